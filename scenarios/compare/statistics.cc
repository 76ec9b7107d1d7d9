#include "scenarios/compare/statistics.h"

#include <array>
#include <cmath>
#include <limits>

namespace arterial {

bool PairedDifference::significant() const {
  return std::isfinite(half_width) && std::abs(difference) > half_width;
}

double student_t_95(std::size_t degrees_of_freedom) {
  static constexpr std::array<double, 30> kTable{
      12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
      2.2010,  2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
      2.0796,  2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
  if (degrees_of_freedom == 0) return std::numeric_limits<double>::infinity();
  if (degrees_of_freedom <= kTable.size()) return kTable[degrees_of_freedom - 1];
  // Expansion around the normal quantile (Abramowitz and Stegun 26.7.5), good to 1e-4 from here on.
  constexpr double z = 1.959964;
  const double n = static_cast<double>(degrees_of_freedom);
  const double z3 = z * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * n * n);
}

PairedDifference paired_difference(const std::vector<double>& a, const std::vector<double>& b) {
  PairedDifference result;
  result.pairs = a.size();
  result.half_width = std::numeric_limits<double>::quiet_NaN();
  if (a.empty()) {
    result.a = result.b = result.difference = result.half_width;
    return result;
  }
  const double n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    result.a += a[i] / n;
    result.b += b[i] / n;
    result.difference += (b[i] - a[i]) / n;
  }
  if (a.size() < 2) return result;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = b[i] - a[i] - result.difference;
    squares += off * off;
  }
  result.half_width = student_t_95(a.size() - 1) * std::sqrt(squares / (n - 1) / n);
  return result;
}

double geh(double a_vph, double b_vph) {
  const double sum = a_vph + b_vph;
  return sum > 0 ? std::sqrt(2 * (a_vph - b_vph) * (a_vph - b_vph) / sum) : 0;
}

}  // namespace arterial
