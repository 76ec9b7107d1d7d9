#pragma once
// One line on a terminal that says how far a run is. Writes nothing unless `on`.
#include <chrono>
#include <iosfwd>

#include "sim/engine/simulation.h"

namespace arterial {

class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool on, double begin_s, double end_s);
  ~ProgressBar() { clear(); }
  /// Cheap to call at every step: draws ten times a second.
  void show(const Simulation& simulation);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::ostream& out_;
  bool on_, drawn_ = false;
  double begin_s_, end_s_, first_s_ = 0;
  std::uint64_t shown_ = 0;
  Clock::time_point start_, last_;
};

}  // namespace arterial
