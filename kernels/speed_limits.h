#pragma once
// What limits a vehicle's next speed, beyond the leader on its own lane (following.h).
#include "kernels/foes.h"
#include "kernels/tails.h"

namespace arterial {

struct SpeedLimits {
  double comfortable, safe;
  double idm_accel;      // IDM: the least acceleration over all leaders
  double gap_to_leader;  // metres; 1e9 none
  double leader_speed;
  double most = 1e9;  // no more than this is asked for: a limit that is surely above need not be worked out
};

/// What a driver's speed could be at most if only its own wish ruled it; who drives too fast brakes no harder
/// than comfortably.
ARTERIAL_HD double highest_cap(double speed, double desired, const TypeParams& type, double step) {
  return most(desired, speed - type.decel * step);
}

ARTERIAL_HD void lower(double& limit, double to) { limit = to < limit ? to : limit; }

ARTERIAL_HD void obey_leader(SpeedLimits& limit, std::int64_t gap_units, double leader_speed,
                             const TypeParams& leader, double v, double desired, const TypeParams& type,
                             double step) {
  const double gap = to_metres(gap_units);
  const double e =
      leader.emergency_decel > type.emergency_decel ? leader.emergency_decel : type.emergency_decel;
  if (gap < limit.gap_to_leader) {
    limit.gap_to_leader = gap;
    limit.leader_speed = leader_speed;
  }
  const double hard_per_v2 =
      leader.hard_brake_per_v2 < type.hard_brake_per_v2 ? leader.hard_brake_per_v2 : type.hard_brake_per_v2;
  if (!surely_within(limit.most, step, type.hard_brake_per_v2,
                     gap - 0.01 + least_braked(leader_speed, hard_per_v2, step)))
    lower(limit.safe,
          safe_speed(gap - 0.01 + brake_distance(leader_speed, e, step), type.emergency_decel, step));
  if (type.idm) {
    // Below the standstill gap's reach IDM may creep; the safe limit rules there.
    lower(limit.idm_accel, idm_acceleration(v, desired, gap, v - leader_speed, type));
    return;
  }
  const double per_v2 = leader.brake_per_v2 < type.brake_per_v2 ? leader.brake_per_v2 : type.brake_per_v2;
  const double headway = type.tau - 0.5 * step > step ? type.tau - 0.5 * step : step;
  if (!surely_within(limit.most, headway, type.brake_per_v2,
                     gap - type.min_gap + least_braked(leader_speed, per_v2, step)))
    lower(limit.comfortable,
          krauss_follow_speed(gap - type.min_gap, leader_speed, type.decel, leader.decel, type.tau, step));
}

ARTERIAL_HD void obey_wall(SpeedLimits& limit, std::int64_t distance_units, std::int32_t margin,
                           const TypeParams& type, double step) {
  const double comfortably = to_metres(distance_units - margin), safely = to_metres(distance_units);
  if (!surely_within(limit.most, step, type.brake_per_v2, comfortably))
    lower(limit.comfortable, safe_speed(comfortably, type.decel, step));
  if (!surely_within(limit.most, step, type.hard_brake_per_v2, safely))
    lower(limit.safe, safe_speed(safely, type.emergency_decel, step));
}

/// Slow down to `next_limit` by `distance`.
ARTERIAL_HD double approach_speed(double distance, double next_limit, double decel, double step) {
  const double bt = decel * step;
  const double v = sqrt(bt * bt + next_limit * next_limit + 2.0 * decel * distance) - bt;
  return v > next_limit ? v : next_limit;
}

ARTERIAL_HD void obey_slower_road(SpeedLimits& limit, std::int64_t distance_units, double next_limit,
                                  const TypeParams& type, double step) {
  const double distance = to_metres(distance_units);
  if (next_limit >= limit.most || next_limit * next_limit + 2.0 * type.decel * distance >
                                      limit.most * (limit.most + 2.0 * type.decel * step) + 1e-6)
    return;
  lower(limit.comfortable, approach_speed(distance, next_limit, type.decel, step));
}

/// Speed of a driver who lets another in: as if following it already; braking gently for one that still
/// rolls, firmly for one that stands at the end of its lane.
ARTERIAL_HD double hold_back(double gap, double other_speed, double v, const TypeParams& type, double step) {
  const double follow = krauss_follow_speed(gap, other_speed, type.decel, type.decel, type.tau, step);
  const double gentle = v - (other_speed < 3.0 ? 1.0 : 0.5) * type.decel * step;
  const double hold = follow > gentle ? follow : gentle;
  return hold > 0 ? hold : 0;
}

/// The same for a vehicle that was asked by a mark.
ARTERIAL_HD double speed_making_room(std::uint64_t mark, std::int32_t pos, double v, const TypeParams& type,
                                     double step) {
  return hold_back(to_metres(packed_rear(mark) - pos) - type.min_gap, packed_speed_mps(mark), v, type, step);
}

/// First vehicle on `lane` with its front past `pos`.
ARTERIAL_HD std::uint32_t first_ahead(const StateView& s, std::uint32_t lane, std::int32_t pos) {
  std::uint32_t first = s.lane_first[lane], n = s.lane_first[lane + 1] - first;
  for (; n > 0; n /= 2) {  // which half is no branch: nobody could guess it
    const std::uint32_t half = n - n / 2;
    first += s.pos[first + half - 1] < pos ? half : 0;
  }
  return first;
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
  const std::uint32_t lane = v.s.lane[row], replica = replica_of(v.city, lane),
                      base = replica * v.city.grounds;
  const std::uint32_t slot = v.s.slot[row], kind = v.s.kind[row];
  const TypeParams& type = v.city.type[kind & 0xffff];
  const double limit = to_metres(v.s.ground[lane].limit) * speed_factor_of(kind);
  return {row,
          replica,
          base,
          lane,
          lane - base,
          slot,
          kind,
          v.s.pos[row],
          to_metres(v.s.speed[row]),
          limit > type.max_speed ? type.max_speed : limit,
          type,
          v.s.trip_state[slot]};
}

/// Shared ground ahead that a foe goes over first: a wall at its begin for as long as the foe needs, were it
/// to brake as hard as it can (safe), or at the speed it has (comfortable). Into the lane that both come to
/// the foe is followed too. Where following is no use, the wall stands until the foe has left.
ARTERIAL_HD void obey_foe(SpeedLimits& limit, const Driver& d, const Body& foe, std::int32_t foe_end,
                          const Behind& b, double step) {
  const TypeParams& type = d.type;
  double safe = 0, comfortable = 0;
  if (b.gap > 0) {
    const double room = to_metres(b.shared), left = to_metres(foe_end - foe.rear) + 0.01;
    SpeedLimits follow = {1e9, 1e9, 1e9, 1e9, 0, limit.most};
    if (b.gap != LLONG_MAX) obey_leader(follow, b.gap, foe.speed, *foe.type, d.speed, d.desired, type, step);
    safe = safe_speed_for(room, type.emergency_decel, step,
                          steps_to_cover(left, foe.speed, foe.type->emergency_decel, step));
    comfortable = safe_speed_for(room, type.decel, step, steps_to_cover(left, foe.speed, 0, step));
    lower(safe, follow.safe);
    lower(comfortable, follow.comfortable);
  }
  const double room = to_metres(b.wait);
  const double waits_safe = safe_speed(room, type.emergency_decel, step),
               waits = safe_speed(room, type.decel, step);
  lower(limit.safe, safe > waits_safe ? safe : waits_safe);
  lower(limit.comfortable, comfortable > waits ? comfortable : waits);
}

/// Foes that go before it over ground on connection `c`, whose ground begins `to_start` ahead of the front.
/// Whether there are any.
ARTERIAL_HD_RARE bool obey_foes(const View& v, const Driver& d, std::uint32_t c, std::int64_t to_start,
                                SpeedLimits& limit) {
  bool any = false;
  const std::int32_t length = v.city.conn[c].length;
  for (std::uint32_t k = v.city.conflict_first[c]; k < v.city.conflict_first[c + 1]; ++k) {
    const ConflictEntry& shared = v.city.conflict[k];
    Body foe;
    if (to_start + shared.begin < 0 || !foe_ahead(v, d.replica, shared, to_start + length, foe)) continue;
    any = true;
    const Behind b = behind_foe(shared, foe, to_start + length, length, v.city.conn[shared.other].length);
    obey_foe(limit, d, foe, shared.other_end, b, v.p.step_s);
  }
  return any;
}

/// What it is going to do: made up by the look ahead, altered by a change of lane, carried out by the move.
struct Plan {
  SpeedLimits limit;
  double speed = 0;  // m/s, of the coming step
  std::uint32_t lane = 0, ctl = 0;
  std::uint32_t allowed = 0;  // connections in a row, free ones not counted, that it may pass
  bool half = false;          // the last of them only to its waiting place
  std::uint32_t answer = kUnasked;
};

}  // namespace arterial
