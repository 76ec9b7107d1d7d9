// On-ramp, lane drop and weaving section on a motorway at more demand than they carry: what gets through, who
// had to stop at the end of a lane, and that it never locks.
#include <algorithm>
#include <set>

#include "scenarios/validate/cases.h"
#include "scenarios/validate/scene.h"

namespace arterial::validate {
namespace {

constexpr double kMotorwaySpeed = 120 / 3.6, kRampSpeed = 80 / 3.6;

/// A-M: the motorway, R-M: the on-ramp, M-K: its lane added, K-B: on; K-F: the off-ramp of a weaving section.
Network motorway(int lanes, int ramp, double merge_m, bool off_ramp) {
  Streets s;
  s.node('A', -1500, 0).node('M', 0, 0).node('K', merge_m, 0).node('B', merge_m + 1500, 0);
  s.road("AM", lanes, 0, kMotorwaySpeed, RoadClass::kMotorway);
  s.road("MK", lanes + ramp, 0, kMotorwaySpeed, RoadClass::kMotorway);
  s.road("KB", lanes, 0, kMotorwaySpeed, RoadClass::kMotorway);
  if (ramp) {
    s.node('R', -600, -60);
    s.road("RM", 1, 0, kRampSpeed, RoadClass::kMotorwayLink);
  }
  if (off_ramp) {
    s.node('F', merge_m + 500, -60);
    s.road("KF", 1, 0, kRampSpeed, RoadClass::kMotorwayLink);
  }
  return s.build();
}

Network drop(int before, int after) {
  Streets s;
  s.node('A', -2000, 0).node('K', 0, 0).node('B', 1500, 0);
  s.road("AK", before, 0, kMotorwaySpeed, RoadClass::kMotorway);
  s.road("KB", after, 0, kMotorwaySpeed, RoadClass::kMotorway);
  return s.build();
}

/// A plain road of so many lanes: what the same drivers manage where nothing is in the way.
Network plain(int lanes) {
  Streets s;
  s.node('A', -2000, 0).node('K', 0, 0).node('B', 1500, 0);
  s.road("AK", lanes, 0, kMotorwaySpeed, RoadClass::kMotorway);
  s.road("KB", lanes, 0, kMotorwaySpeed, RoadClass::kTrunk);  // other roads of one kind would be one link
  return s.build();
}

struct Outcome {
  double through_vph = 0;    // on the road behind
  double slowest_vph = 1e9;  // of any ten minutes
  double stopped_share =
      0;  // of those who left by the lane that ends (or asked out of it): stood in its last 60 m
  double jams = 0;
  std::uint64_t violations = 0;
  double ramp_vph = 0;
};

/// Stands in the last 60 m of the link that ends in K.
Outcome run(Scene& scene, std::string_view last_link, std::string_view behind, std::string_view ramp,
            double hours) {
  Outcome o;
  const double begin = 600, end = begin + 3600 * hours;
  scene.options.end_s = end;
  const LinkId last = link_between(scene.net, last_link);
  std::set<std::uint32_t> stopped, came;
  scene.run([&](const Simulation&, const Snapshot& state) {
    if (state.time_s < begin) return;
    for (const VehicleSnapshot& v : state.vehicles) {
      const Lane& lane = scene.net[v.lane];
      if (lane.link != last || v.pos_m < lane.length_m - 60) continue;
      came.insert(v.trip.value);
      if (v.speed_mps < 0.1) stopped.insert(v.trip.value);
    }
  });
  const auto passed = scene.out_of(last_link, begin, end);
  std::vector<Passing> on = scene.through(std::string{last_link[0]} + std::string(behind), begin, end);
  o.through_vph = per_hour(on.size(), begin, end);
  for (double t = begin; t + 600 <= end; t += 600) {
    std::size_t n = 0;
    for (const Passing& p : passed) n += p.time_s >= t && p.time_s < t + 600;
    o.slowest_vph = std::min(o.slowest_vph, per_hour(n, 0, 600));
  }
  o.stopped_share = came.empty() ? 0 : static_cast<double>(stopped.size()) / static_cast<double>(came.size());
  o.jams = static_cast<double>(scene.results.jams.size());
  o.violations = scene.violations.total();
  if (!ramp.empty()) o.ramp_vph = per_hour(scene.out_of(ramp, begin, end).size(), begin, end);
  return o;
}

}  // namespace

Section merging(const Effort& effort) {
  Section s;
  s.id = "merging";
  s.title = "Merging and weaving";
  s.words =
      "Motorway at 120 km/h, more demand than fits; the default fleet. Active freeway bottlenecks discharge "
      "about 1,700 "
      "to 2,300 veh/h/ln (Hall and Agyemang-Duah 1991; Banks 1991; Cassidy and Bertini 1999; HCM 6: at most "
      "2,400 "
      "pc/h/ln at 120 km/h). No ten minutes may fall below half of the mean (no deadlock), and no blocker "
      "cycle may be "
      "found. Who stood in the last 60 m before the lane's end was forced to stop by the merge.";
  const double hours = effort.quick ? 0.5 : 1.5, until = 600 + 3600 * hours;
  std::uint64_t violations = 0;
  for (int lanes = 1; lanes <= 2; ++lanes) {
    Scene scene(plain(lanes));
    scene.saturate("AKB", 1.2 / lanes, 0, until);
    const Outcome o = run(scene, "AK", "KB", "", hours);
    violations += o.violations;
    s.told("what enters a plain road of " + number(lanes) + (lanes == 1 ? " lane" : " lanes"), "veh/h",
           o.through_vph, "departing at the speed that is safe");
  }
  const auto tell = [&](const std::string& name, const Outcome& o, int lanes_behind,
                        const std::string& note = "") {
    violations += o.violations;
    s.between(name + ": throughput a lane", "veh/h/ln", 1700, 2400, o.through_vph / lanes_behind,
              number(o.through_vph) + " veh/h" + note);
    s.between(name + ": least ten minutes over mean", "", 0.5, 1,
              std::min(1.0, o.slowest_vph / o.through_vph));
    s.count(name + ": blocker cycles", 0, o.jams);
    s.told(name + ": stood in the last 60 m", "share", o.stopped_share);
  };
  for (const double ramp : {400.0, 1200.0}) {
    Scene scene(motorway(2, 1, 300, false));
    scene.saturate("AMKB", 0.9, 0, until);
    scene.random_flow("RMKB", ramp, 0, until);
    const Outcome o = run(scene, "MK", "KB", "RM", hours);
    tell("on-ramp of " + number(ramp) + " veh/h", o, 2, ", of them " + number(o.ramp_vph) + " from the ramp");
  }
  {
    Scene scene(drop(2, 1));
    scene.saturate("AKB", 0.9, 0, until);
    tell("lane drop, 2 to 1", run(scene, "AK", "KB", "", hours), 1);
  }
  {
    Scene scene(drop(3, 2));
    scene.saturate("AKB", 0.7, 0, until);
    tell("lane drop, 3 to 2", run(scene, "AK", "KB", "", hours), 2);
  }
  {
    // Everybody from the ramp must leave a lane that leads to the exit alone, and those for the exit must
    // come in.
    Scene scene(motorway(2, 1, 400, true));
    scene.random_flow("AMKB", 2000, 0, until);
    scene.random_flow("AMKF", 500, 0, until);
    scene.random_flow("RMKB", 500, 0, until);
    scene.random_flow("RMKF", 100, 0, until);
    const Outcome o = run(scene, "MK", "KB", "RM", hours);
    violations += o.violations;
    const double off = per_hour(scene.through("MKF", 600, until).size(), 600, until);
    s.between("weaving, 3,100 veh/h, 1,000 of them weave: served", "veh/h", 0.95 * 3100, 1.05 * 3100,
              o.through_vph + off);
    s.count("weaving: blocker cycles", 0, o.jams);
    s.told("weaving: stood in the last 60 m", "share", o.stopped_share);
  }
  {
    Scene scene(motorway(2, 1, 400, true));
    scene.saturate("AMKB", 1.2, 0, until);
    scene.random_flow("AMKF", 600, 0, until);
    scene.random_flow("RMKB", 700, 0, until);
    const Outcome o = run(scene, "MK", "KB", "RM", hours);
    violations += o.violations;
    const double off = per_hour(scene.through("MKF", 600, until).size(), 600, until);
    s.told("weaving, overloaded: through and off", "veh/h", o.through_vph + off);
    s.between("weaving, overloaded: least ten minutes over mean", "", 0.5, 1,
              std::min(1.0, o.slowest_vph / (o.through_vph + off)));
    s.count("weaving, overloaded: blocker cycles", 0, o.jams);
    s.told("weaving, overloaded: stood in the last 60 m", "share", o.stopped_share);
  }
  s.count("violations", 0, static_cast<double>(violations));
  return s;
}

}  // namespace arterial::validate
