#pragma once
// The two looks at one state beside each other: what people see (Snapshot) and what files hold.
#include <string>

#include "sim/model/snapshot.h"
#include "sim/model/units.h"

namespace arterial {

/// Empty where both say the same.
inline std::string how_they_differ(const Snapshot& state, const TrafficColumns& traffic) {
  const std::size_t rows = traffic.trip.size();
  if (static_cast<double>(traffic.time_ms) / 1000.0 != state.time_s) return "the time";
  if (state.vehicles.size() != rows + traffic.parked.size()) return "how many vehicles there are";
  for (std::size_t i = 0; i < state.vehicles.size(); ++i) {
    const VehicleSnapshot& v = state.vehicles[i];
    const std::string which = " of vehicle " + std::to_string(i);
    if (v.trip.value != (i < rows ? traffic.trip[i] : traffic.parked[i - rows])) return "the trip" + which;
    if (v.lane.valid() != i < rows) return "whether it is parked," + which;
    if (i >= rows) continue;
    if (v.lane.value != traffic.lane[i]) return "the lane" + which;
    if (v.pos_m != to_metres(traffic.pos[i])) return "the place" + which;
    if (v.speed_mps != to_metres(traffic.speed[i])) return "the speed" + which;
  }
  if (state.crossings.size() != traffic.crossings.size()) return "how many crossings there are";
  for (std::size_t i = 0; i < state.crossings.size(); ++i)
    if (state.crossings[i].trip != traffic.crossings[i].trip ||
        state.crossings[i].connection != traffic.crossings[i].connection)
      return "a crossing";
  return state.signal_states == traffic.signal_states ? "" : "the signals";
}

}  // namespace arterial
