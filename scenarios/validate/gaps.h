#pragma once
// Gaps of a major stream and what entered in each of them; critical gap and follow-up time out of that.
#include <vector>

#include "scenarios/validate/scene.h"
#include "scenarios/validate/theory.h"

namespace arterial::validate {

struct Gap {
  double headway_s;
  int entered;
};

struct Observed {
  double major_vph = 0, minor_vph = 0, begin_s = 0, end_s = 0;
  std::vector<Gap> gaps;
  std::vector<double> follow_ups;  // between entries of one gap, at the stop line
  bool always_queued = true;
  std::uint64_t violations = 0;

  /// Passings of both streams, in time.
  void note(const std::vector<Passing>& major, const std::vector<Passing>& minor);
};

/// What the measured headways allow: the sum over gaps of floor((h - tc)/tf + 1).
double allowed(const std::vector<Gap>& gaps, double critical_s, double follow_up_s);

/// Critical gap and follow-up time by which every single gap is told best (least squares over gaps, one pair
/// for all flows up to 1,000 veh/h). They are the model's own: measured, not wished.
GapBase fitted(const std::vector<Observed>& runs);

}  // namespace arterial::validate
