#pragma once
// What limits a vehicle's next speed.
//
// Comfortable limits (follow, stop line, slower road ahead) shape the speed; the safe limit, at emergency
// deceleration and without the wanted gap, can only lower it. So no law and no step size can collide.
#include "kernels/right_of_way.h"

namespace arterial {

struct SpeedLimits {
  double comfortable, safe;
  double idm_accel;       // IDM: the least acceleration over all leaders
  double gap_to_leader;   // metres; 1e9 none
  double leader_speed;
};

ARTERIAL_HD void obey_leader(SpeedLimits& limit, std::int64_t gap_units, double leader_speed, const TypeParams& leader,
                             double v, double desired, const TypeParams& type, double step) {
  const double gap = to_metres(gap_units);
  const double e = leader.emergency_decel > type.emergency_decel ? leader.emergency_decel : type.emergency_decel;
  if (gap < limit.gap_to_leader) {
    limit.gap_to_leader = gap;
    limit.leader_speed = leader_speed;
  }
  const double safe = safe_speed(gap - 0.01 + brake_distance(leader_speed, e, step), type.emergency_decel, step);
  limit.safe = safe < limit.safe ? safe : limit.safe;
  const double follow =
      krauss_follow_speed(gap - type.min_gap, leader_speed, type.decel, leader.decel, type.idm ? step : type.tau, step);
  if (type.idm) {
    const double a = idm_acceleration(v, desired, gap, v - leader_speed, type);
    limit.idm_accel = a < limit.idm_accel ? a : limit.idm_accel;
    // Below the standstill gap's reach IDM may creep; the safe limit rules there.
  } else {
    limit.comfortable = follow < limit.comfortable ? follow : limit.comfortable;
  }
}

ARTERIAL_HD void obey_wall(SpeedLimits& limit, std::int64_t distance_units, std::int32_t margin, const TypeParams& type,
                           double step) {
  const double comfortable = safe_speed(to_metres(distance_units - margin), type.decel, step);
  const double safe = safe_speed(to_metres(distance_units), type.emergency_decel, step);
  limit.comfortable = comfortable < limit.comfortable ? comfortable : limit.comfortable;
  limit.safe = safe < limit.safe ? safe : limit.safe;
}

/// Slow down to `next_limit` by `distance`.
ARTERIAL_HD double approach_speed(double distance, double next_limit, double decel, double step) {
  const double bt = decel * step;
  const double v = sqrt(bt * bt + next_limit * next_limit + 2.0 * decel * distance) - bt;
  return v > next_limit ? v : next_limit;
}

/// Speed of a driver who lets another in: as if following it already; braking gently for one that still rolls,
/// firmly for one that stands at the end of its lane.
ARTERIAL_HD double hold_back(double gap, double other_speed, double v, const TypeParams& type, double step) {
  const double follow = krauss_follow_speed(gap, other_speed, type.decel, type.decel, type.tau, step);
  const double gentle = v - (other_speed < 3.0 ? 1.0 : 0.5) * type.decel * step;
  const double hold = follow > gentle ? follow : gentle;
  return hold > 0 ? hold : 0;
}

/// The same for a vehicle that was asked by a mark.
ARTERIAL_HD double speed_making_room(std::uint64_t mark, std::int32_t pos, double v, const TypeParams& type, double step) {
  return hold_back(to_metres(packed_rear(mark) - pos) - type.min_gap, packed_speed_mps(mark), v, type, step);
}

/// First vehicle on `lane` with its front past `pos`.
ARTERIAL_HD std::uint32_t first_ahead(const StateView& s, std::uint32_t lane, std::int32_t pos) {
  std::uint32_t lo = s.lane_first[lane], hi = s.lane_first[lane + 1];
  while (lo < hi) {
    const std::uint32_t mid = (lo + hi) / 2;
    if (s.pos[mid] < pos) lo = mid + 1; else hi = mid;
  }
  return lo;
}

/// A vehicle of the frozen state, as the stages that move it see it.
struct Driver {
  std::uint32_t row, replica, base, lane, ground, slot, kind;  // lane = base + ground
  std::int32_t pos;
  double speed, desired;  // m/s
  const TypeParams& type;
  TripState& trip;
};

ARTERIAL_HD Driver driver_of(const View& v, std::uint32_t row) {
  const std::uint32_t lane = v.s.lane[row], replica = replica_of(v.city, lane), base = replica * v.city.grounds;
  const std::uint32_t slot = v.s.slot[row], kind = v.s.kind[row];
  const TypeParams& type = v.city.type[kind & 0xffff];
  const double limit = to_metres(v.s.lane_limit[lane]) * speed_factor_of(kind);
  return {row, replica, base, lane, lane - base, slot, kind, v.s.pos[row], to_metres(v.s.speed[row]),
          limit > type.max_speed ? type.max_speed : limit, type, v.s.trip_state[slot]};
}

/// What it is going to do: made up by the look ahead, altered by a change of lane, carried out by the move.
struct Plan {
  SpeedLimits limit;
  double speed = 0;               // m/s, of the coming step
  std::uint32_t lane = 0, ctl = 0;
  std::uint32_t allowed = 0;      // connections in a row, free ones not counted, that it may pass
  bool half = false;              // the last of them only to its waiting place
  std::uint32_t answer = kUnasked;
};

}  // namespace arterial
