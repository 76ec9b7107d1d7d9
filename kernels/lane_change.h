#pragma once
// Changing lanes: what a driver wishes, whether the gap beside is safe, and how it falls in with one.
#include "kernels/speed_limits.h"

namespace arterial {

/// Nobody holds a connection into `lane`, and each is long enough for `back` units of a tail.
ARTERIAL_HD bool entry_is_empty(const View& v, std::uint32_t replica, std::uint32_t lane, std::int32_t back) {
  const CityView& city = v.city;
  for (std::uint32_t k = city.lane_in_first[lane]; k < city.lane_in_first[lane + 1]; ++k) {
    const std::uint32_t c = city.lane_in[k];
    if (v.s.hold_rear[replica * city.connections + c] != INT_MAX) return false;
    const std::int32_t ground_length = city.lane_length[city.road_lanes + c];
    if (ground_length < back) return false;
    if (!(city.conn_flags[c] & kConnFree)) continue;
    // Nobody asks for leave there: look at the one who would come next.
    const std::uint32_t base = replica * city.grounds, ground = base + city.road_lanes + c, from = base + city.conn_from[c];
    if (v.s.lane_first[ground] < v.s.lane_first[ground + 1] || v.s.tail_mark[ground] != kNoMark) return false;
    if (v.s.lane_first[from] == v.s.lane_first[from + 1]) {
      if (v.s.reach[from] > 0) return false;
      continue;
    }
    const std::uint32_t next = v.s.lane_first[from + 1] - 1;
    const TypeParams& type = city.type[v.s.kind[next] & 0xffff];
    const double v_next = fastest_next(to_metres(v.s.speed[next]), type.max_speed, type, v.p.step_s);
    const std::int64_t room = static_cast<std::int64_t>(city.lane_length[city.conn_from[c]]) - v.s.pos[next] + ground_length - back;
    if (to_units(stopping_distance(v_next, type.emergency_decel, v.p.step_s)) > room) return false;
  }
  return v.s.reach[replica * city.grounds + lane] <= 0;
}

/// A driver who must change lanes falls in behind the vehicle beside it.
ARTERIAL_HD void align_with_gap(const View& v, const Driver& d, std::uint32_t target, double& next) {
  if (target >= v.city.road_lanes || v.city.lane_link[target] != v.city.lane_link[d.ground]) return;
  const std::uint32_t lead = first_ahead(v.s, d.base + target, d.pos);
  if (lead >= v.s.lane_first[d.base + target + 1]) return;
  const std::int64_t rear = static_cast<std::int64_t>(v.s.pos[lead]) - v.city.type[v.s.kind[lead] & 0xffff].length_units;
  const double hold = hold_back(to_metres(rear - d.pos) - d.type.min_gap, to_metres(v.s.speed[lead]), d.speed, d.type, v.p.step_s);
  if (hold < next) next = hold;
}

/// One side per step parity. Accepted only where the gaps stay safe under the worst next move of the follower.
ARTERIAL_HD void change_lane(const View& v, const Driver& d, Plan& plan) {
  const CityView& city = v.city;
  const StateView& s = v.s;
  const TypeParams& type = d.type;
  const TripState& t = d.trip;
  const double step = v.p.step_s;
  const std::uint32_t base = d.base, ground = d.ground, link = city.lane_link[ground];
  const std::uint32_t index = ground - city.link_first_lane[link], lanes = city.link_lane_count[link];
  const std::uint32_t ok = t.masks & 0xffff, here = 1u << index;
  std::uint32_t best = t.masks >> 16;
  const std::int32_t pos = d.pos, to_end = city.lane_length[ground] - pos;
  plan.ctl &= ~(kWishLeft | kWishRight | kUrgent);

  // What it wants.
  int wish = 0;      // +1 away from the kerb, -1 to the kerb
  bool must = false, blocked = false;
  if (s.lane_obstacle[d.lane] != INT_MAX && s.lane_obstacle[d.lane] >= pos) {
    // The road is blocked ahead: past it in a lane that is free, the right one if possible.
    std::uint32_t open = 0;
    for (std::uint32_t k = 0; k < lanes && k < 16; ++k) {
      const std::uint32_t l = ground - index + k;
      if (s.lane_obstacle[base + l] == INT_MAX && admits(v, d.replica, l, type)) open |= 1u << k;
    }
    const std::uint32_t wanted = (best & open) ? best & open : (ok & open) ? ok & open : open;
    if (wanted) {
      best = wanted;
      blocked = true;
    }
  }
  if (best && !(best & here)) {
    const double lookout = (d.desired > 8 ? d.desired : 8) * 12.0 * type.lc_strategic + 20.0;
    const std::uint32_t above = best >> index, below = best & (here - 1);
    int up = 99, down = 99;
    for (int k = 1; k < 16; ++k) {
      if (up == 99 && ((above >> k) & 1u)) up = k;
      if (down == 99 && index >= static_cast<std::uint32_t>(k) && ((below >> (index - k)) & 1u)) down = k;
    }
    wish = up <= down ? 1 : -1;
    const int hops = up <= down ? up : down;
    must = blocked || !(ok & here);
    if (!must && to_metres(to_end) > lookout * hops) wish = 0;
    if (wish && must && to_metres(to_end) < lookout * hops) plan.ctl |= kUrgent;
    if (wish) plan.ctl |= wish > 0 ? kWishLeft : kWishRight;
  }
  if ((plan.ctl & kUrgent) && to_end < 400000) align_with_gap(v, d, ground + wish, plan.speed);
  const int side = (v.p.step & 1u) ? -1 : 1;
  if (wish != 0 && wish != side) return;
  if (side < 0 ? index == 0 : index + 1 >= lanes) return;
  const std::uint32_t target = ground + side;
  if (side > 0 ? (city.lane_no_left[ground] & type.class_mask) : (city.lane_no_right[ground] & type.class_mask)) return;
  if (!admits(v, d.replica, target, type)) return;
  if (s.lane_obstacle[base + target] != INT_MAX) {
    // Not onto what is blocked, nor back in before it.
    if (s.lane_obstacle_end[base + target] > pos - type.length_units && (s.lane_obstacle[base + target] <= pos || !must)) return;
  }
  if (plan.allowed > 0 && wish == 0) return;  // already on its way through the junction
  if ((plan.ctl & kCommittedMask) != 0) return;

  // With the tail still on an earlier ground: only where nobody is, or must come, from behind on the way in.
  if (pos < type.length_units && (!must || !entry_is_empty(v, d.replica, target, type.length_units - pos))) return;

  const std::uint32_t at = base + target;
  const std::uint32_t lead = first_ahead(s, at, pos);
  SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0};
  if (type.idm) limit.idm_accel = idm_acceleration(d.speed, d.desired, 1e9, 0, type);
  if (lead < s.lane_first[at + 1]) {
    const TypeParams& leader = city.type[s.kind[lead] & 0xffff];
    const std::int64_t gap = static_cast<std::int64_t>(s.pos[lead]) - leader.length_units - pos;
    if (gap < 0) return;
    obey_leader(limit, gap, to_metres(s.speed[lead]), leader, d.speed, d.desired, type, step);
  } else if (s.tail_mark[at] != kNoMark) {
    const std::uint64_t mark = s.tail_mark[at];
    const std::int64_t gap = static_cast<std::int64_t>(packed_rear(mark)) - pos;
    if (gap < 0) return;
    obey_leader(limit, gap, packed_speed_mps(mark), city.type[packed_type(mark)], d.speed, d.desired, type, step);
  }
  if (s.lane_obstacle[at] != INT_MAX && s.lane_obstacle[at] >= pos)
    obey_wall(limit, s.lane_obstacle[at] - pos, kStopGap, type, step);
  if (wish == 0) {
    // For speed, or back to the kerb: only between lanes that both lead on, and not too often.
    if (t.next_stop != kNone && city.stop[t.next_stop].route_index == t.cursor) return;
    if (best && !((best >> (index + side)) & 1u)) return;
    if (v.p.now_ms - t.last_change_ms < 5000) return;
    if (to_metres(to_end) < 3.0 * d.desired + 10) return;
    const double look = d.desired * 4.0 + 10.0;
    const double mine = plan.limit.gap_to_leader < look ? (plan.limit.leader_speed < d.desired ? plan.limit.leader_speed : d.desired) : d.desired;
    const double other = limit.gap_to_leader < look ? (limit.leader_speed < d.desired ? limit.leader_speed : d.desired) : d.desired;
    if (side > 0) {
      if (!(type.lc_speed_gain > 0) || !(other > mine * 1.1 + 0.8)) return;
    } else {
      if (!(type.lc_keep_right > 0) || limit.gap_to_leader < d.desired * 8.0 || other < mine * 0.98) return;
    }
    if (limit.comfortable < plan.speed * 0.9) return;
  }
  // The new lane's end: no leave is carried over. Its stop, if it is there.
  obey_wall(limit, to_end, kStopGap, type, step);
  if (t.next_stop != kNone && city.stop[t.next_stop].route_index == t.cursor && city.stop[t.next_stop].lane == target) {
    const std::int32_t to_stop = city.stop[t.next_stop].pos - pos;
    obey_wall(limit, to_stop > 0 ? to_stop : 0, 0, type, step);
  }
  double v_new = plan.speed;
  if (type.idm) {
    const double idm = d.speed + limit.idm_accel * step;
    v_new = idm < v_new ? idm : v_new;
  }
  if (limit.comfortable < v_new) v_new = limit.comfortable;
  if (limit.safe < v_new) v_new = limit.safe;
  if (!(v_new > 0)) v_new = 0;
  const double least = d.speed - (must ? type.emergency_decel * 0.7 : type.decel) * step;
  if (v_new < least) return;
  const std::int32_t moved = static_cast<std::int32_t>(static_cast<std::int64_t>(v_new * kUnitsPerMetre) * v.p.step_ms / 1000);
  const std::int64_t rear_next = static_cast<std::int64_t>(pos) + moved - type.length_units;
  if (static_cast<std::int64_t>(pos) + moved > city.lane_length[target]) return;
  // Who comes from upstream has the follower before it, where there is one.
  if (pos >= type.length_units && lead == s.lane_first[at] &&
      (rear_next < s.reach[at] || (s.claim[at] > 0 && pos - type.length_units < s.claim[at])))
    return;
  if (lead > s.lane_first[at]) {
    const std::uint32_t f = lead - 1;
    const TypeParams& follower = city.type[s.kind[f] & 0xffff];
    const double v_f = to_metres(s.speed[f]);
    const double top = to_metres(s.lane_limit[at]) * speed_factor_of(s.kind[f]);
    double worst = fastest_next(v_f, top < follower.max_speed ? top : follower.max_speed, follower, step);
    if (s.make_room[f] != kNoMark && follower.lc_cooperative > 0 && !(s.ctl[f] & kDwelling)) {
      const double held = speed_making_room(s.make_room[f], s.pos[f], v_f, follower, step);
      worst = held < worst ? held : worst;
    }
    const double e = follower.emergency_decel > type.emergency_decel ? follower.emergency_decel : type.emergency_decel;
    const double room = to_metres(rear_next - s.pos[f]) + brake_distance(v_new, e, step) - 0.02;
    if (stopping_distance(worst, follower.emergency_decel, step) > room) return;
    if (worst * step > to_metres(rear_next - s.pos[f]) - 0.02) return;  // nor may it be passed in this very step
    if (!must) {  // and nobody has to brake hard for it
      const double gap = to_metres(static_cast<std::int64_t>(pos) - type.length_units - s.pos[f]);
      const double needed = krauss_follow_speed(gap - follower.min_gap, d.speed, follower.decel, type.decel, follower.tau, step);
      if (needed < v_f - follower.decel * 0.5 * step) return;
    }
  }
  plan.speed = v_new;
  plan.lane = at;
  plan.allowed = 0;
}

}  // namespace arterial
