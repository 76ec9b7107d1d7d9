#pragma once
// A first demand for a city that has none: trips between zones by a doubly constrained gravity model,
//   T_ij = a_i b_j O_i D_j f(t_ij),  f(t) = exp(-t / 10 min)
// (A. G. Wilson 1967, "A statistical theory of spatial distribution models"; a and b by K. P. Furness'
// balancing, 1965). O_i: trips made in zone i, in proportion to its residents; D_j: trips that end in zone j,
// in proportion to its jobs; t_ij: free-flow time between the zones, within a zone half the time to the
// nearest other one. Where jobs lie evenly in the plane the mean trip of this f takes 20 min. Rate: 1,865 car
// trips a household and year and 2.55 people a household (National Household Travel Survey 2017,
// FHWA-PL-18-019) are 2.0 car trips a resident and day; 9 % of a day's traffic falls into its busiest hour
// (the K-factor of the Highway Capacity Manual).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/demand/demand.h"

namespace arterial {

class DemandBuilder;

constexpr double kTripsPerResidentHour = 0.18;
constexpr double kDeterrence_min = 10;

struct GravityWish {
  std::uint64_t trips = 0;          // 0: by the rate
  double trips_per_resident_h = 0;  // 0: the usual one
};

/// "gravity", "gravity:5000" (trips in all), "gravity:0.2/resident" (an hour of the run); nothing where the
/// text does not begin so. Throws InputError where what follows the colon is neither.
std::optional<GravityWish> gravity_wish(const std::string& text);

/// Ids: gravity.FROM.TO.N. The number of trips is exact; it is shared out to zones by largest remainders and
/// within a zone by a systematic draw of the zone's own, so that it belongs to the zone and not to an order.
/// Throws InputError where the network has no zones, or no residents and no number of trips is given.
void draw_gravity_trips(const DemandSource& source, int ordinal, DemandBuilder& builder);

/// The balanced matrix, row by row: its row sums are `origins`, its column sums in proportion to
/// `destinations`, both as near as 50 rounds bring them. `time_ms` by row; no trips where it is ~0u.
std::vector<double> gravity_matrix(const std::vector<double>& origins,
                                   const std::vector<double>& destinations,
                                   const std::vector<std::uint32_t>& time_ms);

}  // namespace arterial
