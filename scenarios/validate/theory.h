#pragma once
// Formulas that the model is held against. Each with its source; all pure. SI, and vehicles per hour where it
// says so.
#include <algorithm>
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

// -- Homogeneous flow: every vehicle at the speed v behind a net gap s (bumper to bumper), all alike.

/// Krauss (1998): the safe speed behind a leader of the same speed is (gap - min_gap)/tau, up to the desired
/// speed. In Euler's update with the step T this holds where the headway tau is at least T.
inline double krauss_speed(double gap_m, double desired, double tau, double min_gap) {
  const double v = (gap_m - min_gap) / tau;
  return v < 0 ? 0 : v > desired ? desired : v;
}

/// Treiber, Hennecke, Helbing (2000), eq. 6: the equilibrium gap of IDM.
inline double idm_gap(double v, double desired, double tau, double min_gap, double delta) {
  return (min_gap + v * tau) / std::sqrt(1 - std::pow(v / desired, delta));
}
/// Its inverse, by bisection.
inline double idm_speed(double gap_m, double desired, double tau, double min_gap, double delta) {
  double low = 0, high = desired;
  if (gap_m <= min_gap) return 0;
  for (int k = 0; k < 200; ++k) {
    const double middle = (low + high) / 2;
    (idm_gap(middle, desired, tau, min_gap, delta) < gap_m ? low : high) = middle;
  }
  return low;
}

/// Partial derivatives of an acceleration f(gap, gap's rate of change, speed) at equilibrium.
struct Slopes {
  double gap, rate, speed;
};
inline Slopes idm_slopes(double gap_m, double v, double desired, double tau, double min_gap, double accel,
                         double decel, double delta) {
  const double wanted = min_gap + v * tau;
  return {
      2 * accel * wanted * wanted / (gap_m * gap_m * gap_m),
      accel * v / std::sqrt(accel * decel) * wanted / (gap_m * gap_m),
      -accel * (delta * std::pow(v / desired, delta) / (v > 0 ? v : 1) + 2 * tau * wanted / (gap_m * gap_m))};
}

/// Wilson and Ward, "Car-following models: fifty years of linear stability analysis" (2011), eq. 22: long
/// waves die out in a platoon where this is positive (continuous time).
inline double string_stability(const Slopes& f) { return f.speed * f.speed / 2 - f.rate * f.speed - f.gap; }

/// Growth rate (1/s) of the wave of which `waves` fit a ring of `n` vehicles, in Euler's update with `step`
/// s: ln|z|/step of the larger root z of v' = v + step * f, x' = x + step * v'.
inline double wave_growth(const Slopes& f, int n, int waves, double step) {
  const std::complex<double> w =
      std::polar(1.0, 2 * std::numbers::pi * waves / n) - 1.0;  // the leader's less one's own
  // On (v, x): [[a, b], [step a, 1 + step b]], whose determinant is a.
  const std::complex<double> a = 1.0 + step * (f.rate * w + f.speed), b = step * f.gap * w;
  const std::complex<double> trace = a + 1.0 + step * b;
  const std::complex<double> root = std::sqrt(trace * trace / 4.0 - a);
  return std::log(std::max(std::abs(trace / 2.0 + root), std::abs(trace / 2.0 - root))) / step;
}

struct Wave {
  int waves = 1;
  double growth = -1e9;
};
/// The one that grows fastest, or dies out slowest.
inline Wave fastest_wave(const Slopes& f, int n, double step) {
  Wave best;
  for (int k = 1; k <= n / 2; ++k)
    if (const double growth = wave_growth(f, n, k, step); growth > best.growth) best = {k, growth};
  return best;
}

}  // namespace arterial::validate
