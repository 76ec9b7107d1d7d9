#include "scenarios/validate/gaps.h"

#include <cmath>

namespace arterial::validate {

void Observed::note(const std::vector<Passing>& major, const std::vector<Passing>& minor) {
  major_vph = per_hour(major.size(), begin_s, end_s);
  minor_vph = per_hour(minor.size(), begin_s, end_s);
  std::size_t next = 0;
  while (next < minor.size() && !major.empty() && minor[next].time_s < major.front().time_s) ++next;
  for (std::size_t k = 0; k + 1 < major.size(); ++k) {
    Gap gap{major[k + 1].time_s - major[k].time_s, 0};
    for (; next < minor.size() && minor[next].time_s < major[k + 1].time_s; ++next, ++gap.entered)
      if (gap.entered > 0) follow_ups.push_back(minor[next].time_s - minor[next - 1].time_s);
    gaps.push_back(gap);
  }
  if (major.empty())
    for (std::size_t k = 1; k < minor.size(); ++k)
      follow_ups.push_back(minor[k].time_s - minor[k - 1].time_s);
}

double allowed(const std::vector<Gap>& gaps, double critical_s, double follow_up_s) {
  double sum = 0;
  for (const Gap& g : gaps)
    if (g.headway_s >= critical_s) sum += std::floor((g.headway_s - critical_s) / follow_up_s + 1);
  return sum;
}

GapBase fitted(const std::vector<Observed>& runs) {
  std::vector<Gap> gaps;
  double follow_sum = 0;
  std::size_t follow_count = 0;
  for (const Observed& o : runs) {
    if (o.major_vph > 1000) continue;  // where gaps are accepted by the patient
    gaps.insert(gaps.end(), o.gaps.begin(), o.gaps.end());
    for (const double f : o.follow_ups) follow_sum += f, ++follow_count;
  }
  const double start = follow_count ? follow_sum / static_cast<double>(follow_count) : 3;
  GapBase best{6, start};
  double least = 1e300;
  for (double tf = start - 0.5; tf <= start + 0.5001; tf += 0.05)
    for (double tc = 2; tc <= 12; tc += 0.05) {
      double sum = 0;
      for (const Gap& g : gaps) {
        const double n = g.headway_s < tc ? 0 : std::floor((g.headway_s - tc) / tf + 1);
        sum += (n - g.entered) * (n - g.entered);
      }
      if (sum < least) least = sum, best = {tc, tf};
    }
  return best;
}

}  // namespace arterial::validate
