#pragma once
// Formulas that the model is held against. Each with its source; all pure. SI, and vehicles per hour where it
// says so.
#include <cmath>
#include <complex>
#include <numbers>

namespace arterial::validate {

/// Siegloch, "Die Leistungsermittlung an Knotenpunkten ohne Lichtsignalsteuerung" (1973): random arrivals,
/// several followers in a long gap, a continuous number of them.
inline double siegloch_vph(double major_vph, double critical_gap_s, double follow_up_s) {
  const double q = major_vph / 3600;
  return 3600 / follow_up_s * std::exp(-q * (critical_gap_s - follow_up_s / 2));
}

/// Harders (1968), as HCM 6 eq. 20-32 has it for two-way stop control: a whole number of followers.
inline double harders_vph(double major_vph, double critical_gap_s, double follow_up_s) {
  const double q = major_vph / 3600;
  if (q <= 0) return 3600 / follow_up_s;
  return 3600 * q * std::exp(-q * critical_gap_s) / (1 - std::exp(-q * follow_up_s));
}

/// HCM 6 base values for a two-lane major street, passenger cars (exhibits 20-11 and 20-12).
struct GapBase {
  double critical_s, follow_up_s;
};
constexpr GapBase kMajorLeft{4.1, 2.2}, kMinorRight{6.2, 3.3}, kMinorThrough{6.5, 4.0}, kMinorLeft{7.1, 3.5};

/// HCM 6 chapter 21 (exhibit 21-12), one lane each way, passenger cars straight on: departure headway by how
/// many of the other three approaches have somebody waiting.
constexpr double kAllWayAlone = 3.9, kAllWayOpposing = 4.7, kAllWayCrossing = 5.8, kAllWayThree = 7.0,
                 kAllWayFour = 9.6;

/// HCM 6 chapter 22, entry capacity of a roundabout in pc/h: A exp(-B * circulating).
inline double roundabout_pcph(double circulating_pcph, int entry_lanes, int circulating_lanes,
                              bool left_lane = false) {
  double a = 1420, b = 0.91e-3;  // two entry lanes, one circulating
  if (entry_lanes == 1 && circulating_lanes == 1) a = 1380, b = 1.02e-3;
  if (entry_lanes == 1 && circulating_lanes == 2) a = 1420, b = 0.85e-3;
  if (entry_lanes == 2 && circulating_lanes == 2)
    a = left_lane ? 1350 : 1420, b = left_lane ? 0.92e-3 : 0.85e-3;
  return a * std::exp(-b * circulating_pcph);
}

}  // namespace arterial::validate
