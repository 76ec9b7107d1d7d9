// Two-way and all-way stop control against HCM 6 chapters 20 and 21.
#include <algorithm>
#include <string>
#include <vector>

#include "scenarios/validate/cases.h"
#include "scenarios/validate/gaps.h"
#include "scenarios/validate/scene.h"
#include "scenarios/validate/theory.h"

namespace arterial::validate {
namespace {

Network two_way_stop() {
  Streets s;
  s.node('W', -700, 0)
      .node('X', 0, 0, NodeControl::kStop)
      .node('E', 700, 0)
      .node('S', 0, -400)
      .node('N', 0, 400);
  s.road("WX", 1, 1);
  s.road("XE", 1, 1);
  s.road("SX", 1, 0, 50 / 3.6, RoadClass::kResidential);
  s.road("XN", 1, 0, 50 / 3.6, RoadClass::kResidential);
  return s.build();
}

Network all_way_stop() {
  Streets s;
  s.node('W', -500, 0)
      .node('X', 0, 0, NodeControl::kAllWayStop)
      .node('E', 500, 0)
      .node('S', 0, -500)
      .node('N', 0, 500);
  s.road("WX", 1, 1);
  s.road("XE", 1, 1);
  s.road("SX", 1, 1);
  s.road("XN", 1, 1);
  return s.build();
}

struct Minor {
  const char* name;
  const char* way;
  bool from_both;  // conflicts with both directions of the major road
  GapBase hcm;
};

const std::vector<double>& steps() {
  static const std::vector<double> both{1.0, 0.5};
  return both;
}

Observed minor_beside(const Minor& m, double flow_vph, double step_s, double hours) {
  Scene scene(two_way_stop());
  Observed o;
  o.begin_s = 180, o.end_s = o.begin_s + 3600 * hours;
  scene.options.end_s = o.end_s;
  scene.options.step_s = step_s;
  scene.random_flow("WXE", m.from_both ? flow_vph / 2 : flow_vph, 0, o.end_s);
  if (m.from_both) scene.random_flow("EXW", flow_vph / 2, 0, o.end_s);
  scene.saturate(m.way, 2, 0, o.end_s);
  scene.run();
  o.violations = scene.violations.total();
  auto stream = scene.through("WXE", o.begin_s, o.end_s);
  if (m.from_both) {
    const auto back = scene.through("EXW", o.begin_s, o.end_s);
    stream.insert(stream.end(), back.begin(), back.end());
    std::sort(stream.begin(), stream.end(),
              [](const Passing& a, const Passing& b) { return a.time_s < b.time_s; });
  }
  o.note(stream, scene.out_of("SX", o.begin_s, o.end_s));
  return o;
}

void two_way(Section& s, double step, const Effort& effort, std::uint64_t& violations) {
  const Minor minors[] = {{"right", "SXE", false, kMinorRight},
                          {"through", "SXN", true, kMinorThrough},
                          {"left", "SXW", true, kMinorLeft}};
  Plot plot;
  plot.title = "Two-way stop, step " + number(step) + " s: capacity of the minor movements";
  plot.x_label = "conflicting flow (veh/h)", plot.y_label = "veh/h", plot.x_is_clock = false;
  for (const Minor& m : minors) {
    const std::string name = "two-way stop, step " + number(step) + " s, " + m.name + ": ";
    PlotSeries in{m.name, {}, {}, false, false}, hcm{std::string(m.name) + ", HCM 6", {}, {}, false, true};
    std::vector<Observed> runs;
    for (const double flow :
         effort.quick ? std::vector<double>{0, 400, 800} : std::vector<double>{0, 200, 400, 600, 800, 1000}) {
      const Observed o = minor_beside(m, flow, step, effort.quick ? 0.6 : 2);
      violations += o.violations;
      const double expected = harders_vph(o.major_vph, m.hcm.critical_s, m.hcm.follow_up_s);
      s.within(name + number(flow) + " veh/h", "veh/h", expected, o.minor_vph, 0.15);
      in.x.push_back(o.major_vph), in.y.push_back(o.minor_vph);
      hcm.x.push_back(o.major_vph), hcm.y.push_back(expected);
      runs.push_back(o);
    }
    const GapBase own = fitted(runs);
    s.beside(name + "critical gap", "s", m.hcm.critical_s, own.critical_s, "expected: HCM 6");
    s.beside(name + "follow-up time", "s", m.hcm.follow_up_s, own.follow_up_s, "expected: HCM 6");
    plot.series.push_back(in);
    plot.series.push_back(hcm);
  }
  s.figures.push_back({step == 1 ? "two_way_stop.svg" : "two_way_stop_half.svg", plot});
}

void all_way(Section& s, double step, const Effort& effort, std::uint64_t& violations) {
  struct Set {
    const char* name;
    std::vector<std::string> ways;
    double headway_s;
  };
  const Set sets[] = {{"one approach", {"WXE"}, kAllWayAlone},
                      {"two opposing", {"WXE", "EXW"}, kAllWayOpposing},
                      {"two crossing", {"WXE", "SXN"}, kAllWayCrossing},
                      {"all four", {"WXE", "EXW", "SXN", "NXS"}, kAllWayFour}};
  const double begin = 180, end = begin + 3600 * (effort.quick ? 0.6 : 2);
  for (const Set& set : sets) {
    Scene scene(all_way_stop());
    scene.options.end_s = end;
    scene.options.step_s = step;
    for (const std::string& way : set.ways) scene.saturate(way, 2, 0, end);
    scene.run();
    violations += scene.violations.total();
    double sum = 0, least = 1e9;
    for (const std::string& way : set.ways) {
      const double flow = per_hour(scene.out_of(way.substr(0, 2), begin, end).size(), begin, end);
      sum += flow, least = std::min(least, flow);
    }
    const double mean = sum / static_cast<double>(set.ways.size());
    const std::string name = "all-way stop, step " + number(step) + " s, " + set.name + ": ";
    s.within(name + "an approach", "veh/h", 3600 / set.headway_s, mean, 0.15);
    if (set.ways.size() > 1)
      s.between(name + "least over mean", "", 0.9, 1, least / mean, "nobody is starved");
  }
}

}  // namespace

Section stop_signs(const Effort& effort) {
  Section s;
  s.id = "stops";
  s.title = "Stop signs";
  s.words =
      "Two-way stop: capacity of a minor movement with a queue that never ends, against HCM 6 eq. 20-32 with "
      "base "
      "critical headways and follow-up times (exhibits 20-11, 20-12) at the measured conflicting flow. "
      "All-way stop: "
      "departures of saturated single-lane approaches, straight on, against the saturation headways of HCM 6 "
      "chapter "
      "21 (3.9 s alone, 4.7 s with the opposing approach, 5.8 s with one crossing, 9.6 s with all). Gate: 15 "
      "%.";
  std::uint64_t violations = 0;
  for (const double step : steps()) two_way(s, step, effort, violations);
  for (const double step : steps()) all_way(s, step, effort, violations);
  s.count("violations", 0, static_cast<double>(violations));
  return s;
}

}  // namespace arterial::validate
