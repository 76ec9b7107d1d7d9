#pragma once
// Network + demand -> the flat tables of the kernels and the state at the beginning.
#include "kernels/city_tables.h"
#include "kernels/state_columns.h"
#include "sim/engine/simulation.h"

namespace arterial {

/// Flat tables of an input. `demand` must already hold the copies that a demand factor above 1 asks for.
CityTables build_city(const SimulationInput& input, const Demand& demand);

/// Routes of the demand, concatenated, as build_city's trips refer to them.
std::vector<std::uint32_t> flat_routes(const Demand& demand);

/// Copies of trips so that a factor above 1 can be drawn; `copy[i]` is the copy number of trip i, `source[i]`
/// its trip.
struct CopiedDemand {
  Demand demand;
  std::vector<std::uint32_t> copy;
  std::vector<double> factor;  // in force at its departure
};
CopiedDemand copy_trips(const SimulationInput& input);

/// State before anything has entered: overlays without changes, signals by the clock, trips absent where the
/// replica's draw leaves them out.
StateImage first_state(const SimulationInput& input, const CityTables& city, const CopiedDemand& demand);

/// Lane limits, admissions, obstacles, programs and offsets with the changes in force at `now_ms`.
void apply_changes(const SimulationInput& input, const CityTables& city, std::int32_t now_ms,
                   StateImage& image);

std::int32_t to_ms(double seconds);

}  // namespace arterial
