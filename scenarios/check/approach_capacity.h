#pragma once
// What an approach could carry by its lanes and its control alone, to tell a queue that the traffic makes
// from one that the map makes. A bound for comparisons, not a forecast.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/engine/results.h"
#include "sim/model/network.h"

namespace arterial {

/// Vehicles an hour of green and lane: HCM 6 (2016), chapter 19, base saturation flow 1,900 pc/h/ln, less 5 %
/// for turns and vans.
constexpr double kSaturationFlow_vph = 1800;

/// Siegloch (1973): 3600 / tf * exp(-q (tc - tf / 2)), q the major flow in vehicles a second. HCM 6, chapter
/// 20: tc 6.2 s, tf 3.3 s (right turn at a two-lane street), used here for every turn.
inline double yielding_capacity_vph(double major_vph) {
  constexpr double kCriticalGap_s = 6.2, kFollowUp_s = 3.3;
  return 3600 / kFollowUp_s * std::exp(-major_vph / 3600 * (kCriticalGap_s - kFollowUp_s / 2));
}

/// Of a controlled connection, over the program that is active at the begin of the day: shares of its cycle.
struct GreenShares {
  double protected_green = 0, yielding_green = 0, cycle_s = 0;
};
GreenShares green_shares(const Network& network, const Connection& connection);

/// One movement in one interval, as far as it is asked here.
struct Approach {
  double flow_vph = 0;      // that went
  double saturation = 0;    // of what the lanes it shares could carry (HCM's shared lane: sum of v / c)
  double capacity_vph = 0;  // of the movement, had it its lanes for itself
  double cycle_s = 0;       // of its signal; 0: none
};

/// For the movements of one interval, in their order. `rows`: of the interval begin_s to end_s.
std::vector<Approach> approaches(const Network& network, const std::vector<MovementRow>& rows);

}  // namespace arterial
