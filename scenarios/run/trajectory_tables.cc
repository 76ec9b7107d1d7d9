#include "scenarios/run/trajectory_tables.h"

namespace arterial {

TrajectoryTables trajectory_tables(const Network& network, const Demand& demand, int replicas) {
  TrajectoryTables tables;
  tables.replicas = static_cast<std::uint32_t>(replicas);
  tables.lanes = static_cast<std::uint32_t>(network.lanes.size());
  for (const auto& type : demand.types) tables.types.push_back({type.id, type.length_m, type.width_m});
  tables.vehicles.reserve(demand.trips.size());
  for (const auto& trip : demand.trips) tables.vehicles.push_back({trip.id, trip.type.value});
  return tables;
}

}  // namespace arterial
