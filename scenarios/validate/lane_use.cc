// Who drives in which lane of a three-lane motorway, and that the right lane is kept where it is free.
#include <algorithm>
#include <array>

#include "scenarios/validate/cases.h"
#include "scenarios/validate/scene.h"

namespace arterial::validate {
namespace {

struct Use {
  std::array<double, 3> share{};  // of the flow, kerb first
  double flow_vph = 0, changes_a_km = 0;
  std::uint64_t violations = 0;
};

/// Shares 5 km behind the start, where nobody remembers the lane that was drawn for the departure.
Use measure(double flow_vph, double truck_share, double hours, int only_lane = -1) {
  Streets s;
  s.node('A', 0, 0).node('B', 5600, 0);
  s.road("AB", 3, 0, 130 / 3.6, RoadClass::kMotorway);
  Network net = s.build();
  const LinkId link = link_between(net, "AB");
  VehicleType truck = default_truck();
  truck.length_m = 12, truck.max_speed_mps = 88 / 3.6;
  Scene scene(std::move(net), {default_car(), truck});
  const double begin = 600, end = begin + 3600 * hours;
  scene.options.end_s = end;
  scene.random_flow("AB", flow_vph, 0, end, 0.3);
  for (Trip& t : scene.demand.trips) {
    t.type = TypeId(scene.draw() < truck_share ? 1 : 0);
    t.depart_lane = only_lane < 0 ? DepartLane::kRandom : DepartLane::kIndex;
    if (only_lane >= 0) t.depart_lane_index = static_cast<std::uint16_t>(only_lane);
  }
  Use use;
  double total = 0;
  const std::uint32_t kerb = scene.net[link].first_lane.value;
  std::vector<char> seen(scene.demand.trips.size(), 0);
  scene.run([&](const Simulation&, const Snapshot& state) {
    for (const VehicleSnapshot& v : state.vehicles) {
      if (v.pos_m < 5000 || seen[v.trip.value]) continue;
      seen[v.trip.value] = 1;
      if (state.time_s >= begin) ++use.share[v.lane.value - kerb], ++total;
    }
  });
  for (double& share : use.share) share = total > 0 ? share / total : 0;
  use.flow_vph = total / hours;
  double changes = 0, km = 0;
  for (const TripRow& row : scene.results.trips) changes += row.lane_changes, km += row.distance_m / 1000;
  use.changes_a_km = km > 0 ? changes / km : 0;
  use.violations = scene.violations.total();
  return use;
}

struct Band {
  double flow_vph;
  double right[2], left[2];
};
// Wide enough to hold the published curves of three-lane motorways with a rule to keep right; see the words
// below.
constexpr Band kBands[] = {{600, {0.45, 0.85}, {0, 0.12}},
                           {1200, {0.33, 0.65}, {0.02, 0.2}},
                           {2400, {0.25, 0.45}, {0.1, 0.35}},
                           {3600, {0.2, 0.38}, {0.2, 0.42}},
                           {4500, {0.18, 0.36}, {0.25, 0.45}}};

}  // namespace

Section lane_use(const Effort& effort) {
  Section s;
  s.id = "lanes";
  s.title = "Lane use on a three-lane motorway";
  s.words =
      "5 km at 130 km/h, 10 % trucks of 88 km/h, departures in lanes drawn at random. Observation on "
      "three-lane roads with "
      "a rule to keep right (Sparmann 1978; Heidemann 1994; Wu 2006, Germany; Duret, Ahn and Buisson 2012, "
      "France): "
      "the share of the shoulder lane falls with the flow, that of the median lane rises, the median lane "
      "carries "
      "most of all near capacity, the shoulder lane most at low flow. The bands are this project's, drawn "
      "wide around those curves, not digitised. "
      "Keep right: whoever starts in the median lane of an empty road must come back to the shoulder lane.";
  const double hours = effort.quick ? 0.5 : 1;
  std::uint64_t violations = 0;
  Plot plot;
  plot.title = "Share of the lanes of a three-lane motorway";
  plot.x_label = "flow (veh/h)", plot.y_label = "share", plot.x_is_clock = false;
  plot.series = {
      {"shoulder", {}, {}, false, false}, {"middle", {}, {}, false, false}, {"median", {}, {}, false, false}};
  double last_right = 2, last_left = -1;
  bool falls = true, rises = true;
  for (const Band& band : kBands) {
    if (effort.quick && (band.flow_vph == 1200 || band.flow_vph == 3600)) continue;
    const Use use = measure(band.flow_vph, 0.1, hours);
    violations += use.violations;
    const std::string at = number(band.flow_vph) + " veh/h: ";
    s.between(at + "shoulder lane", "share", band.right[0], band.right[1], use.share[0],
              "measured flow " + number(use.flow_vph) + ", " + number(use.changes_a_km) +
                  " lane changes a km and vehicle");
    s.told(at + "middle lane", "share", use.share[1]);
    s.between(at + "median lane", "share", band.left[0], band.left[1], use.share[2]);
    falls = falls && use.share[0] < last_right + 0.03, rises = rises && use.share[2] > last_left - 0.03;
    last_right = use.share[0], last_left = use.share[2];
    for (std::size_t k = 0; k < 3; ++k)
      plot.series[k].x.push_back(use.flow_vph), plot.series[k].y.push_back(use.share[k]);
  }
  s.count("shoulder lane's share falls with the flow", 1, falls);
  s.count("median lane's share rises with the flow", 1, rises);
  const Use alone = measure(60, 0, effort.quick ? 0.5 : 2, 2);
  violations += alone.violations;
  s.between("keep right: back from the median lane of an empty road", "share", 0.95, 1, alone.share[0]);
  s.count("violations", 0, static_cast<double>(violations));
  s.figures.push_back({"lane_use.svg", plot});
  return s;
}

}  // namespace arterial::validate
