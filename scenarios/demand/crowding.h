#pragma once
// How much longer a link takes with so many drivers on their way over it: what those who choose a route
// reckon with.
#include <cstdint>
#include <span>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

/// Mean delay at the end of a link by its volume and capacity, seconds: the Highway Capacity Manual's
/// incremental delay 900 T [x - 1 + sqrt((x - 1)^2 + 4 x / (c T))], x = volume / capacity, for a peak that
/// lasts T hours.
double queueing_delay_s(double volume_vph, double capacity_vph, double hours);

class Crowding {
 public:
  /// `departures_s`: of all trips, for the hour in which most depart.
  Crowding(const Network& network, const std::vector<double>& departures_s);

  /// Counts a trip on every link of its route.
  void add(std::span<const LinkId> route);
  /// Link times, milliseconds, with what was counted: at the limit of the fastest lane, and the delay.
  std::vector<std::uint32_t> link_ms() const;

 private:
  std::vector<double> capacity_vph_;
  std::vector<std::uint32_t> free_ms_, count_;
  double per_hour_ = 1, hours_ = 1;  // of a link's trips in the busiest hour; how long that lasts
};

}  // namespace arterial
