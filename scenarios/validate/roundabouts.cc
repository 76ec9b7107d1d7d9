// Entry capacity of roundabouts against HCM 6 chapter 22.
#include <cmath>
#include <numbers>

#include "scenarios/validate/cases.h"
#include "scenarios/validate/gaps.h"
#include "scenarios/validate/scene.h"
#include "scenarios/validate/theory.h"

namespace arterial::validate {
namespace {

/// Four arms, entry and exit apart by a splitter island. On the ring, in the direction of travel: exit and
/// entry of the west arm (1, 2), south (3, 4), east (5, 6), north (7, 8). Arms begin at W, S, E, N and end at
/// A, B, C, D.
Network ring(int ring_lanes, int entry_lanes, double radius_m) {
  Streets s;
  const auto on_circle = [](double degrees, double radius) {
    const double a = degrees * std::numbers::pi / 180;
    return Point{radius * std::cos(a), radius * std::sin(a)};
  };
  const double island = 20;
  const char* arms[] = {"W12A", "S34B", "E56C", "N78D"};
  for (int k = 0; k < 4; ++k) {
    const double middle = 180 + 90.0 * k;
    const Point out = on_circle(middle - island, radius_m), in = on_circle(middle + island, radius_m);
    const Point far_in = on_circle(middle + 1, 400), far_out = on_circle(middle - 1, 400);
    s.node(arms[k][1], out.x, out.y).node(arms[k][2], in.x, in.y);
    s.node(arms[k][0], far_in.x, far_in.y).node(arms[k][3], far_out.x, far_out.y);
    const Point middle_point = on_circle(middle + 45, radius_m);
    s.node("abcd"[k], middle_point.x, middle_point.y);
  }
  for (const char* piece : {"12", "2a3", "34", "4b5", "56", "6c7", "78", "8d1"})
    s.road(piece, ring_lanes, 0, 30 / 3.6).roundabout = true;
  for (const char* arm : arms) {
    s.road(std::string{arm[0], arm[2]}, entry_lanes);
    s.road(std::string{arm[1], arm[3]}, entry_lanes);
  }
  return s.build();
}

Observed measure(int ring_lanes, int entry_lanes, double flow_vph, double hours, double radius_m,
                 double step_s) {
  Scene scene(ring(ring_lanes, entry_lanes, radius_m));
  Observed o;
  const double begin = o.begin_s = 180, end = o.end_s = begin + 3600 * hours;
  scene.options.end_s = end;
  scene.options.step_s = step_s;
  // Those who drive past the south entry come from the west and leave in the east; two lanes of them where
  // there are.
  for (int lane = 0; lane < entry_lanes; ++lane) {
    const std::size_t first = scene.demand.trips.size();
    scene.random_flow("W2345C", flow_vph / entry_lanes, 0, end);
    for (std::size_t k = first; k < scene.demand.trips.size(); ++k) {
      scene.demand.trips[k].depart_lane = DepartLane::kIndex;
      scene.demand.trips[k].depart_lane_index = static_cast<std::uint16_t>(lane);
    }
  }
  // Two lanes of them leave at the next exit, side by side: further on, the inner lane's way out crosses the
  // outer lane, and the ring would set the measure, not the entry.
  scene.saturate("S45C", entry_lanes == 2 ? 0.9 : 4, 0, end);
  if (entry_lanes == 1) scene.saturate("S4567D", 2, 0.5, end);
  scene.run();
  const JunctionId entry = junction_at(scene.net, '4');
  const auto on_ring = [&](LaneId lane) { return scene.net[scene.net[lane].link].roundabout; };
  const auto circulating = scene.select(begin, end, [&](const Connection& c) {
    return c.junction == entry && on_ring(c.from) && on_ring(c.to);
  });
  const auto entering =
      scene.select(begin, end, [&](const Connection& c) { return c.junction == entry && !on_ring(c.from); });
  o.violations = scene.violations.total();
  o.note(circulating, entering);
  return o;
}

}  // namespace

Section roundabouts(const Effort& effort) {
  Section s;
  s.id = "roundabouts";
  s.title = "Roundabouts";
  s.words =
      "Entry with a queue that never ends, beside circulating traffic that comes from the arm before and "
      "leaves at the "
      "arm after (random arrivals with a least headway of 1.8 s, thinned by the entry they themselves pass; "
      "radius 20 m "
      "for one lane and 25 m for two, splitter islands, 30 km/h on the ring), against HCM 6 chapter 22: 1380 "
      "exp(-0.00102 v) for one lane, 1420 exp(-0.00085 v) and 1350 exp(-0.00092 v) for the right and left "
      "entry lane "
      "beside two. Gate: 15 %.";
  const double hours = effort.quick ? 0.6 : 2;
  std::uint64_t violations = 0;
  struct Kind {
    const char* name;
    const char* file;
    int ring_lanes, entry_lanes;
    double radius_m;
  };
  for (const Kind& kind :
       {Kind{"single-lane", "roundabout_1.svg", 1, 1, 20}, Kind{"two-lane", "roundabout_2.svg", 2, 2, 25}}) {
    Plot plot;
    plot.title = std::string("Entry capacity of a ") + kind.name + " roundabout";
    plot.x_label = "circulating flow (veh/h)", plot.y_label = "entering (veh/h)", plot.x_is_clock = false;
    PlotSeries hcm{"HCM 6", {}, {}, false, true};
    for (double v = 0; v <= (kind.entry_lanes == 2 ? 1600 : 1100); v += 50) {
      hcm.x.push_back(v);
      hcm.y.push_back(kind.entry_lanes == 2 ? roundabout_pcph(v, 2, 2) + roundabout_pcph(v, 2, 2, true)
                                            : roundabout_pcph(v, 1, 1));
    }
    plot.series.push_back(hcm);
    for (const double step : {1.0, 0.5}) {
      const std::string name = std::string(kind.name) + ", step " + number(step) + " s: ";
      PlotSeries in{"step " + number(step) + " s", {}, {}, false, false};
      std::vector<Observed> runs;
      for (const double flow : effort.quick ? std::vector<double>{0, 400, 800}
                                            : std::vector<double>{0, 200, 400, 600, 800, 1000}) {
        const double wanted = flow * (kind.entry_lanes == 2 ? 1.5 : 1);
        const Observed e = measure(kind.ring_lanes, kind.entry_lanes, wanted, hours, kind.radius_m, step);
        violations += e.violations;
        const double expected = kind.entry_lanes == 2 ? roundabout_pcph(e.major_vph, 2, 2) +
                                                            roundabout_pcph(e.major_vph, 2, 2, true)
                                                      : roundabout_pcph(e.major_vph, 1, 1);
        s.within(name + number(wanted) + " veh/h on the ring", "veh/h", expected, e.minor_vph, 0.15,
                 "measured " + number(e.major_vph) + " circulating");
        in.x.push_back(e.major_vph), in.y.push_back(e.minor_vph);
        runs.push_back(e);
      }
      if (kind.entry_lanes == 1) {
        const GapBase own = fitted(runs);
        s.beside(name + "critical gap", "s", 4.98, own.critical_s, "expected: implied by HCM 6");
        s.beside(name + "follow-up time", "s", 2.61, own.follow_up_s, "expected: implied by HCM 6");
      }
      plot.series.push_back(in);
    }
    s.figures.push_back({kind.file, plot});
  }
  s.count("violations", 0, static_cast<double>(violations));
  return s;
}

}  // namespace arterial::validate
