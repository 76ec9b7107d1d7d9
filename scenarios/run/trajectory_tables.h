#pragma once
// What a row of trajectories refers to: vehicles and their types by number, lanes by those of a network.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/demand.h"
#include "sim/model/network.h"

namespace arterial {

struct TrajectoryType {
  std::string id;
  double length_m = 0, width_m = 0;
  friend bool operator==(const TrajectoryType&, const TrajectoryType&) = default;
};

struct TrajectoryVehicle {
  std::string id;
  std::uint32_t type = 0;
  friend bool operator==(const TrajectoryVehicle&, const TrajectoryVehicle&) = default;
};

struct TrajectoryTables {
  std::uint32_t replicas = 1, lanes = 0;
  std::string network_path, network_xxh3;  // the file of the network, and what it held: 16 hexadecimal digits
  std::vector<TrajectoryType> types;
  std::vector<TrajectoryVehicle> vehicles;  // by TripId
};

TrajectoryTables trajectory_tables(const Network& network, const Demand& demand, int replicas);

}  // namespace arterial
