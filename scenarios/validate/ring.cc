#include "scenarios/validate/ring.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scenarios/validate/scene.h"

namespace arterial::validate {
namespace {

/// Two half circles; the nodes at their ends keep two links apart (a road of another class does not melt into
/// one).
Network ring(double length_m, double speed) {
  Streets s;
  const double radius = length_m / (2 * std::numbers::pi);
  const int corners = 48;
  std::string first, second;
  for (int k = 0; k < corners; ++k) {
    const double a = 2 * std::numbers::pi * k / corners;
    const char name = static_cast<char>(40 + k);  // any character names a node
    s.node(name, radius * std::cos(a), radius * std::sin(a));
    if (k <= corners / 2) first += name;
    if (k >= corners / 2) second += name;
  }
  second += first[0];
  s.road(first, 1, 0, speed, RoadClass::kPrimary);
  s.road(second, 1, 0, speed, RoadClass::kSecondary);
  return s.build();
}

}  // namespace

RingRun run_ring(const RingSetting& setting) {
  Scene scene(ring(setting.length_m, setting.speed_limit_mps), {setting.type});
  const Network& net = scene.net;
  const std::uint32_t links = static_cast<std::uint32_t>(net.links.size());
  std::vector<LinkId> around;  // in the order of travel, from link 0
  std::vector<LaneId> lanes;   // road lanes and grounds, in the order of travel
  std::vector<double> begins;  // of each of them, from the start of the first
  double length = 0;
  for (LinkId at(0); around.size() < links;) {
    around.push_back(at);
    for (const Connection& c : net.connections) {
      if (net[c.from].link != at) continue;
      for (const LaneId lane : {c.from, c.lane}) {
        lanes.push_back(lane), begins.push_back(length);
        length += net[lane].length_m;
      }
      at = net[c.to].link;
      break;
    }
  }
  const double release_s = std::ceil(setting.vehicles * setting.step_s) + 60,
               end_s = release_s + setting.settle_s + setting.measure_s;
  const int rounds = static_cast<int>(end_s * setting.speed_limit_mps * 2.1 / length) + 3;
  RingRun run;
  run.length_m = length;
  // A route that goes round long enough from each link.
  for (std::size_t start = 0; start < around.size(); ++start) {
    Route route;
    for (std::size_t k = 0; k < around.size() * static_cast<std::size_t>(rounds); ++k)
      route.links.push_back(around[(start + k) % around.size()]);
    scene.demand.routes.push_back(route);
  }
  // Where everybody stands at first: at equal distances, shifted so that as few as can be fall on ground
  // where nobody may start (inside a junction, or with the body over the start of a lane).
  const double spacing = length / setting.vehicles;
  const auto place_of = [&](int n, double shift) {
    const double wave = 2 * std::numbers::pi * setting.push_waves * n / setting.vehicles;
    double place = n * spacing + shift + setting.push_m * std::sin(wave);
    place -= std::floor(place / length) * length;
    return place;
  };
  const auto piece_of = [&](double place) {
    std::size_t piece = 0;
    while (piece + 1 < lanes.size() && begins[piece + 1] <= place) ++piece;
    return piece;
  };
  double shift = 0;
  int least_moved = setting.vehicles + 1;
  for (int k = 0; k < 40; ++k) {
    int moved = 0;
    for (int n = 0; n < setting.vehicles; ++n) {
      const double place = place_of(n, spacing * k / 40);
      const std::size_t piece = piece_of(place);
      const double pos = place - begins[piece];
      moved +=
          net[lanes[piece]].internal || pos < setting.type.length_m || pos > net[lanes[piece]].length_m - 0.5;
    }
    if (moved < least_moved) least_moved = moved, shift = spacing * k / 40;
  }
  for (int n = 0; n < setting.vehicles; ++n) {
    const double place = place_of(n, shift);
    std::size_t piece = piece_of(place);
    double pos = place - begins[piece];
    if (net[lanes[piece]].internal) --piece, pos = net[lanes[piece]].length_m;
    const LinkId link = net[lanes[piece]].link;
    pos = std::clamp(pos, setting.type.length_m, net[lanes[piece]].length_m - 0.5);
    Trip t;
    t.id = "ring." + std::to_string(n);
    t.key = 1000 + static_cast<std::uint64_t>(n);
    t.type = TypeId(0);
    t.route =
        RouteId(static_cast<std::uint32_t>(std::find(around.begin(), around.end(), link) - around.begin()));
    t.from = link, t.to = scene.demand.routes[t.route.value].links.back();
    t.depart_s = 0;
    t.depart_pos = DepartPos::kValue, t.depart_pos_m = pos;
    t.depart_speed = DepartSpeed::kValue, t.depart_speed_mps = 0;
    t.first_stop = static_cast<std::uint32_t>(scene.demand.stops.size()), t.stop_count = 1;
    scene.demand.stops.push_back({lanes[piece], pos, 0, release_s, false});
    scene.demand.trips.push_back(t);
  }
  scene.options.step_s = setting.step_s;
  scene.options.seed = setting.seed;
  scene.options.end_s = end_s;
  std::vector<double> place_of_lane(net.lanes.size(), 0);
  for (std::size_t k = 0; k < lanes.size(); ++k) place_of_lane[lanes[k].value] = begins[k];
  double speed_sum = 0;
  std::uint64_t looks = 0;
  std::vector<double> fronts;
  scene.run([&](const Simulation&, const Snapshot& state) {
    run.entered = std::max(run.entered, static_cast<int>(state.vehicles.size()));
    if (state.time_s < release_s + 1) return;
    fronts.clear();
    double sum = 0, in_phase = 0, across = 0;
    for (const VehicleSnapshot& v : state.vehicles) {
      fronts.push_back(place_of_lane[v.lane.value] + v.pos_m);
      sum += v.speed_mps;
      // Trips are numbered by their place on the ring: all depart at 0 and their keys go up.
      const double angle = 2 * std::numbers::pi * setting.push_waves * v.trip.value / setting.vehicles;
      in_phase += v.speed_mps * std::cos(angle), across += v.speed_mps * std::sin(angle);
    }
    const double n = static_cast<double>(fronts.size());
    if (fronts.empty()) return;
    std::sort(fronts.begin(), fronts.end());
    for (std::size_t k = 0; k < fronts.size(); ++k) {
      const double ahead = k + 1 < fronts.size() ? fronts[k + 1] : fronts[0] + length;
      run.least_gap_m = std::min(run.least_gap_m, ahead - fronts[k] - setting.type.length_m);
    }
    const double since = state.time_s - release_s;
    if (std::abs(since / 10 - std::round(since / 10)) < 1e-6)
      run.wave_mps.push_back(2 * std::hypot(in_phase, across) / n);
    if (since > setting.settle_s) speed_sum += sum / n, ++looks;
  });
  run.violations = scene.violations.total();
  run.density_vpkm = run.entered / length * 1000;
  run.speed_mps = looks ? speed_sum / static_cast<double>(looks) : 0;
  run.flow_vph = run.density_vpkm * run.speed_mps * 3.6;
  return run;
}

}  // namespace arterial::validate
