#pragma once
// Looks at states from outside, with nothing of the engine's but the snapshot: where bodies are, whether two
// share ground, who crossed on red, who jumped. The engine's own counters must agree, so a counter that never
// counts shows.
#include <map>
#include <string>
#include <vector>

#include "sim/engine/simulation.h"

namespace arterial {

class BodyWatch {
 public:
  BodyWatch(const Network& network, double step_s) : net_(network), step_s_(step_s) {}

  /// Faults of the state in words; empty when all is well. `crossings_recorded`: record_crossings was on
  /// before the step.
  std::vector<std::string> look(const Simulation& simulation, int replica = 0);

  std::uint64_t crossings = 0, crossings_on_red = 0;
  /// Brakings beyond the emergency deceleration of the type, and the last of them in words.
  std::uint64_t hard_brakings = 0;
  std::string hard_braking;
  const Snapshot& state() const { return now_; }

 private:
  struct Body {  // a stretch of ground under one vehicle
    double rear, front;
    std::size_t vehicle;
  };
  void find_bodies(const Demand& demand);
  void check_ground(const Demand& demand);
  void check_conflicts(const Demand& demand);
  void check_moves(const Demand& demand);
  void check_red(const Demand& demand);
  void say(const std::string& words) {
    if (faults_.size() < 20) faults_.push_back("t=" + std::to_string(now_.time_s) + ": " + words);
  }

  const Network& net_;
  double step_s_;
  Snapshot now_;
  std::vector<std::vector<Body>> bodies_;  // by lane
  struct Before {
    double speed_mps;
    LaneId lane;
    double pos_m;
  };
  std::map<std::uint32_t, Before> before_;  // by trip
  double before_s_ = -1;
  std::vector<std::string> letters_before_, letters_older_;
  /// Where vehicles were when the green of their signal ended: trip -> (connection -> could stop).
  std::map<std::uint32_t, bool> could_stop_;
  std::vector<std::string> faults_;
};

}  // namespace arterial
