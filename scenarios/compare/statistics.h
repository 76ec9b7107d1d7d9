#pragma once
// Paired differences of two runs with the same seeds: what the option changed, with chance taken out.
#include <cstddef>
#include <vector>

namespace arterial {

struct PairedDifference {
  double a = 0, b = 0;    // means
  double difference = 0;  // mean of b - a, pair by pair
  double half_width = 0;  // of the 95 % interval, by Student's t; NaN with fewer than two pairs
  std::size_t pairs = 0;
  /// The interval leaves zero out.
  bool significant() const;
};

/// Precondition: as many in `a` as in `b`.
PairedDifference paired_difference(const std::vector<double>& a, const std::vector<double>& b);

/// Two-sided 95 % quantile of Student's t; infinite for 0 degrees of freedom.
double student_t_95(std::size_t degrees_of_freedom);

/// The GEH statistic of two hourly flows; 0 where both are 0.
double geh(double a_vph, double b_vph);

}  // namespace arterial
