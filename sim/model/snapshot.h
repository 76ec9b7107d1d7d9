#pragma once
// What can be seen of one replica at one state: plain records, no engine behind them. Feeds --fcd, the
// stream, the viewer and the outside checks.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/ids.h"

namespace arterial {

struct VehicleSnapshot {
  TripId trip;
  TypeId type;
  LaneId lane;       // of the front bumper; may be inside a junction
  double pos_m = 0;  // front bumper, from the start of the lane
  double speed_mps = 0;
  // Lanes that the body still covers behind `lane`, nearest first, as a run of Snapshot::trails.
  std::uint32_t first_trail = 0, trail_count = 0;
};

struct Crossing {  // a front passed from a lane onto a connection during the step that led here
  TripId trip;
  ConnectionId connection;
};

struct Snapshot {
  double time_s = 0;
  std::uint64_t step = 0;
  std::vector<VehicleSnapshot> vehicles;  // sorted by (lane, position)
  std::vector<LaneId> trails;
  std::vector<Crossing> crossings;         // sorted by (connection, trip)
  std::vector<std::string> signal_states;  // by SignalId
};

/// Who is where in one replica at one state, in the engine's integers (units.h) and as columns: what a file
/// of trajectories holds, and cheap enough to be copied at every state.
struct TrafficColumns {
  std::int64_t time_ms = 0;
  int replica = 0;
  // One row a vehicle on the road, sorted by (lane, position).
  std::vector<std::uint32_t> trip, lane;
  std::vector<std::int32_t> pos, speed;
  std::vector<std::uint32_t> parked;       // trips whose vehicles are parked beside the road, on no lane
  std::vector<Crossing> crossings;         // as of Snapshot
  std::vector<std::string> signal_states;  // as of Snapshot
};

}  // namespace arterial
