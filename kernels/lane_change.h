#pragma once
// Changing lanes: what a driver wishes, whether the gap beside is safe, and how it falls in with one.
#include "kernels/speed_limits.h"

namespace arterial {

constexpr std::int64_t kRounded = 200;  // 2 cm, for what is rounded

/// Whether nobody from upstream can come to a rear at `rear_next` of `lane`, which may still lie before its
/// start: not whoever is on the ground of a connection into it, nor the first one that could enter one. The
/// rear moves on at `v_new` and does not stop harder than at `emergency_decel`.
ARTERIAL_HD bool nobody_comes(const View& v, std::uint32_t replica, std::uint32_t lane,
                              std::int64_t rear_next, double v_new, double emergency_decel) {
  const CityView& city = v.city;
  const StateView& s = v.s;
  const std::uint32_t base = replica * city.grounds;
  auto stops_in = [&](std::uint32_t k, std::int64_t room) {
    const TypeParams& type = city.type[s.kind[k] & 0xffff];
    const double fastest = fastest_next(to_metres(s.speed[k]), type.max_speed, type, v.p.step_s);
    const double hardest = type.emergency_decel > emergency_decel ? type.emergency_decel : emergency_decel;
    const std::int64_t ahead = room + to_units(brake_distance(v_new, hardest, v.p.step_s));
    // Nor may it come so far in this very step.
    return to_units(stopping_distance(fastest, type.emergency_decel, v.p.step_s)) <= ahead - kRounded &&
           to_units(fastest * v.p.step_s) <= room - kRounded;
  };
  for (std::uint32_t e = city.lane_in_first[lane]; e < city.lane_in_first[lane + 1]; ++e) {
    const std::uint32_t c = city.lane_in[e], ground = base + city.road_lanes + c,
                        from = base + city.conn[c].from;
    const std::int64_t length = city.conn[c].length, from_length = city.lane_length[city.conn[c].from];
    if (rear_next + length < 0) return false;
    if (s.lane_first[ground] < s.lane_first[ground + 1]) {
      const std::uint32_t k = s.lane_first[ground + 1] - 1;
      if (!stops_in(k, length - s.pos[k] + rear_next)) return false;
    } else if (s.lane_first[from] < s.lane_first[from + 1]) {
      const std::uint32_t k = s.lane_first[from + 1] - 1;
      const bool may_enter = (city.conn[c].flags & kConnFree) || (s.ctl[k] & kCommittedMask) ||
                             let_in(s.asked[from].answer) || s.asked[from].answer == kGrantedHalf;
      if (may_enter && !stops_in(k, from_length - s.pos[k] + length + rear_next)) return false;
    } else if (s.reach[from] > from_length + length + rear_next) {
      return false;
    }
  }
  return s.reach[base + lane] <= 0 || s.reach[base + lane] <= rear_next;
}

/// A driver who must change lanes falls in behind the vehicle beside it. Where its own lane leads on it does
/// not wait for one that is stuck, which may stand there because of it.
ARTERIAL_HD void align_with_gap(const View& v, const Driver& d, std::uint32_t target, double& next) {
  if (target >= v.city.road_lanes || v.city.lane_link[target] != v.city.lane_link[d.ground]) return;
  const std::uint32_t lead = first_ahead(v.s, d.base + target, d.pos);
  if (lead >= v.s.lane_first[d.base + target + 1]) return;
  if (d.trip.next_conn != kNone && halted_steps(v.s.ctl[lead]) * v.p.step_s > kLongRed_s) return;
  if (v.s.pos[lead] == d.pos && target > d.ground) return;  // of two at one place only one falls behind
  const std::int64_t rear =
      static_cast<std::int64_t>(v.s.pos[lead]) - v.city.type[v.s.kind[lead] & 0xffff].length_units;
  const double hold = hold_back(to_metres(rear - d.pos) - d.type.min_gap, to_metres(v.s.speed[lead]), d.speed,
                                d.type, v.p.step_s);
  if (hold < next) next = hold;
}

constexpr double kLookout_s = 10, kWorthwhile_s = 3;
constexpr std::int32_t kPatience_ms = 5000;  // between two changes that need not be
constexpr std::int32_t kNearLine = 100000;   // nobody changes for speed on the last ten metres

/// Lanes from `k` to the nearest of `lanes` (bits): above zero away from the kerb.
ARTERIAL_HD int hops_to(std::uint32_t lanes, std::uint32_t k) {
  for (int hop = 0; hop < 16; ++hop) {
    if ((lanes >> k >> hop) & 1u) return hop;
    if (k >= static_cast<std::uint32_t>(hop) && ((lanes >> (k - hop)) & 1u)) return -hop;
  }
  return 0;
}

ARTERIAL_HD double queue_of(const StateView& s, std::uint32_t lane) {
  return to_metres(kQueueSpacing) * (s.lane_first[lane + 1] - s.lane_first[lane]);
}

/// What a driver thinks of the lanes of its link.
struct LaneWish {
  int side = 0;            // +1 away from the kerb, -1 to the kerb, 0 none
  bool must = false;       // its lane does not lead to the next link, or is blocked
  std::uint32_t best = 0;  // lanes it would like to be in
  double lookout =
      0;  // metres before the end of a lane's use at which it thinks of a change, for each lane over
};

ARTERIAL_HD double lookout_of(const Driver& d) {
  return (d.desired > 8 ? d.desired : 8) * kLookout_s * d.type.lc_strategic + 20.0;
}

/// Metres it can go on in lane `k` of its link, from where it is, before it has to be in another.
ARTERIAL_HD double metres_left(const CityView& city, const Driver& d, std::uint32_t k) {
  return to_metres(
      usable_distance(d.trip, k, city.lane_length[city.link_first_lane[city.lane_link[d.ground]]]) - d.pos);
}

/// In a lane that does not lead on a driver thinks of a change the earlier the faster it drives and the
/// fuller the lane it has to get into; a lane that leads on for long enough will do for now. Marks the wish
/// in `ctl`.
ARTERIAL_HD LaneWish wish_for_lane(const View& v, const Driver& d, std::uint32_t index, std::uint32_t lanes,
                                   std::uint32_t& ctl) {
  const StateView& s = v.s;
  const std::uint32_t ok = d.trip.masks & 0xffff, here = 1u << index, first = d.ground - index;
  LaneWish wish;
  wish.best = d.trip.masks >> 16;
  wish.lookout = lookout_of(d);
  bool blocked = false;
  if (s.ground[d.lane].obstacle != INT_MAX && s.ground[d.lane].obstacle >= d.pos) {
    // The road is blocked ahead: past it in a lane that is free, the right one if possible.
    std::uint32_t open = 0;
    for (std::uint32_t k = 0; k < lanes && k < 16; ++k)
      if (s.ground[d.base + first + k].obstacle == INT_MAX && admits(v, d.replica, first + k, d.type))
        open |= 1u << k;
    const std::uint32_t wanted = (wish.best & open) ? wish.best & open : (ok & open) ? ok & open : open;
    if (wanted) {
      wish.best = wanted;
      blocked = true;
    }
  }
  if (!wish.best || (wish.best & here)) return wish;
  const int hops = hops_to(wish.best, index), side = hops > 0 ? 1 : -1;
  const double far = wish.lookout * (hops > 0 ? hops : -hops);
  wish.must = blocked || !(ok & here);
  const double left = metres_left(v.city, d, index) - queue_of(s, d.lane + side);
  if (!blocked && left > far) return wish;
  wish.side = side;
  // Who has come half-way through that must change, though the lane leads on for now: at its very end,
  // perhaps beyond the next junction, it would stand in the way of those who belong there.
  wish.must = wish.must || left < 0.5 * far;
  ctl |= side > 0 ? kWishLeft : kWishRight;
  if (wish.must && metres_left(v.city, d, index) < far) ctl |= kUrgent;
  return wish;
}

/// Pace of a lane with a leader at `gap` metres, as far as a driver looks for that.
ARTERIAL_HD double pace_behind(double gap, double leader_mps, double desired) {
  return gap < desired * 4.0 + 10.0 && leader_mps < desired ? leader_mps : desired;
}
ARTERIAL_HD double pace_of(const Driver& d, const SpeedLimits& limit) {
  return pace_behind(limit.gap_to_leader, limit.leader_speed, d.desired);
}

/// Whether a driver without need may prefer the lane `side` of it, as far as can be told without looking
/// there: only between lanes that lead on for long enough, and not too often.
ARTERIAL_HD bool may_prefer_lane(const View& v, const Driver& d, const LaneWish& wish, std::uint32_t index,
                                 int side, const SpeedLimits& mine) {
  const TripState& t = d.trip;
  if (t.next_stop != kNone && v.city.stop[t.next_stop].route_index == t.cursor) return false;
  if (v.p.now_ms - t.last_change_ms < kPatience_ms || v.s.ground[d.lane].length - d.pos < kNearLine)
    return false;
  if (wish.best && !((wish.best >> (index + side)) & 1u)) {
    const int hops = hops_to(wish.best, index + side);
    const double left = metres_left(v.city, d, index + side) - queue_of(v.s, d.lane);
    if (left < wish.lookout * (hops > 0 ? hops : -hops) + kWorthwhile_s * d.desired) return false;
  }
  return (side < 0 && d.type.lc_keep_right > 0) ||
         (d.type.lc_speed_gain > 0 && d.desired > pace_of(d, mine) * 1.1 + 0.8);
}

/// Whether it does, for speed or back to the kerb, by the leader that `limit` knows there.
ARTERIAL_HD bool prefers_lane(const Driver& d, int side, const SpeedLimits& mine, const SpeedLimits& limit) {
  const double pace = pace_of(d, limit), now = pace_of(d, mine);
  const bool faster = d.type.lc_speed_gain > 0 && pace > now * 1.1 + 0.8;
  const bool keep_right =
      side < 0 && d.type.lc_keep_right > 0 && limit.gap_to_leader >= d.desired * 8.0 && pace >= now * 0.98;
  return faster || keep_right;
}

/// Whether a driver without need would go to the lane on the side of this step for what it sees ahead there:
/// said before anything is worked out, for it is mostly not so.
ARTERIAL_HD bool sees_better_lane(const View& v, const Driver& d, std::uint32_t index,
                                  const SpeedLimits& mine) {
  const CityView& city = v.city;
  const StateView& s = v.s;
  const int side = (v.p.step & 1u) ? -1 : 1;
  const std::uint32_t target = d.ground + side, at = d.base + target;
  if ((side > 0 ? city.lane_no_left[d.ground] : city.lane_no_right[d.ground]) & d.type.class_mask)
    return false;
  if (d.pos < d.type.length_units || !admits(v, d.replica, target, d.type)) return false;
  LaneWish wish;
  wish.best = d.trip.masks >> 16;
  wish.lookout = lookout_of(d);
  if (!may_prefer_lane(v, d, wish, index, side, mine)) return false;
  SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0};
  const std::uint32_t lead = first_ahead(s, at, d.pos);
  if (lead < s.lane_first[at + 1]) {
    limit.gap_to_leader =
        to_metres(std::int64_t{s.pos[lead]} - city.type[s.kind[lead] & 0xffff].length_units - d.pos);
    limit.leader_speed = to_metres(s.speed[lead]);
  } else if (s.tail_mark[at] != kNoMark) {
    limit.gap_to_leader = to_metres(packed_rear(s.tail_mark[at]) - d.pos);
    limit.leader_speed = packed_speed_mps(s.tail_mark[at]);
  }
  return limit.gap_to_leader >= 0 && prefers_lane(d, side, mine, limit);
}

/// Whether the follower `f` in the new lane can cope with a rear that comes to `rear_next` at `v_new`,
/// whatever it does next; and, unless the change must be, without braking hard.
ARTERIAL_HD bool follower_copes(const View& v, const Driver& d, std::uint32_t f, std::int64_t rear_next,
                                double v_new, const LaneWish& wish) {
  const StateView& s = v.s;
  const double step = v.p.step_s;
  const TypeParams& follower = v.city.type[s.kind[f] & 0xffff];
  const double v_f = to_metres(s.speed[f]);
  const double top = to_metres(s.ground[s.lane[f]].limit) * speed_factor_of(s.kind[f]);
  double worst = fastest_next(v_f, top < follower.max_speed ? top : follower.max_speed, follower, step);
  if (s.make_room[f] != kNoMark && follower.lc_cooperative > 0 && !(s.ctl[f] & kDwelling)) {
    const double held = speed_making_room(s.make_room[f], s.pos[f], v_f, follower, step);
    worst = held < worst ? held : worst;
  }
  const double e =
      follower.emergency_decel > d.type.emergency_decel ? follower.emergency_decel : d.type.emergency_decel;
  const double room = to_metres(rear_next - s.pos[f]) + brake_distance(v_new, e, step) - 0.02;
  if (stopping_distance(worst, follower.emergency_decel, step) > room) return false;
  if (worst * step > to_metres(rear_next - s.pos[f]) - 0.02)
    return false;  // nor may it be passed in this very step
  if (wish.must) return true;
  const double gap = to_metres(static_cast<std::int64_t>(d.pos) - d.type.length_units - s.pos[f]);
  const double needed =
      krauss_follow_speed(gap - follower.min_gap, d.speed, follower.decel, d.type.decel, follower.tau, step);
  return needed >= v_f - (wish.side == 0 ? 0.1 : 0.5) * follower.decel * step;
}

constexpr std::int32_t kRoomForOther = 150000;

/// Two who want each other's lane must not stand side by side at the lanes' ends: whoever must go to the kerb
/// waits some way before the end (of a short lane a third), so that the other fits in before it. And nobody
/// drives on to where the lane it wants has ended, should that be the shorter one.
ARTERIAL_HD void leave_room_for_other(const CityView& city, SpeedLimits& limit, std::int64_t to_end,
                                      bool to_kerb, const Driver& d, double step) {
  const std::int32_t length = city.lane_length[d.ground], third = length / 3;
  const std::uint32_t target = to_kerb ? d.ground - 1 : d.ground + 1;
  std::int32_t room = to_kerb ? (kRoomForOther < third ? kRoomForOther : third) : 0;
  if (target < city.road_lanes && city.lane_link[target] == city.lane_link[d.ground]) {
    const std::int32_t shorter = length - city.lane_length[target] + kStopGap;
    room = room > shorter ? room : shorter;
  }
  if (room <= kStopGap) return;
  const double gentle = d.speed - d.type.decel * step;
  const double stop = safe_speed(to_metres(to_end - room), d.type.decel, step);
  const double hold = stop > gentle ? stop : gentle;
  limit.comfortable = hold < limit.comfortable ? hold : limit.comfortable;
}

/// Whether a vehicle may wish for another lane: one that is not among the best, or is blocked.
ARTERIAL_HD bool may_need_lane(const View& v, std::uint32_t lane, std::uint32_t ground, const TripState& t) {
  const std::uint32_t best = t.masks >> 16, index = ground - v.city.link_first_lane[v.city.lane_link[ground]];
  return (best && !((best >> index) & 1u)) || v.s.ground[lane].obstacle != INT_MAX;
}

/// Whether one without such a wish may change in this step: there is a lane on its side, and the last change
/// was some time ago.
ARTERIAL_HD bool may_choose_lane(const View& v, std::uint32_t ground, std::int32_t pos, const TripState& t) {
  if (v.p.now_ms - t.last_change_ms < kPatience_ms || v.city.lane_length[ground] - pos < kNearLine)
    return false;
  const std::uint32_t link = v.city.lane_link[ground], index = ground - v.city.link_first_lane[link];
  return (v.p.step & 1u) ? index > 0 : index + 1 < v.city.link_lane_count[link];
}

/// Whether the lane on the side of this step stands too, beside and just ahead of one who stands: nothing to
/// be gained.
ARTERIAL_HD bool stands_beside(const View& v, std::uint32_t row) {
  const StateView& s = v.s;
  const std::uint32_t target = s.lane[row] + ((v.p.step & 1u) ? ~0u : 1u),
                      lead = first_ahead(s, target, s.pos[row]);
  if (lead >= s.lane_first[target + 1] || s.speed[lead] > 8000) return false;
  const double limit = to_metres(s.ground[s.lane[row]].limit) * speed_factor_of(s.kind[row]);
  const double most = v.city.type[s.kind[row] & 0xffff].max_speed;
  const double gap = to_metres(static_cast<std::int64_t>(s.pos[lead]) -
                               v.city.type[s.kind[lead] & 0xffff].length_units - s.pos[row]);
  return gap < 10 && gap < 8.0 * (limit > most ? most : limit);
}

/// One side per step parity. Accepted only where the gaps stay safe under the worst next move of the
/// follower.
ARTERIAL_HD_RARE void change_lane(const View& v, const Driver& d, Plan& plan) {
  const CityView& city = v.city;
  const StateView& s = v.s;
  const TypeParams& type = d.type;
  const TripState& t = d.trip;
  const double step = v.p.step_s;
  const std::uint32_t base = d.base, ground = d.ground, link = city.lane_link[ground];
  const std::uint32_t index = ground - city.link_first_lane[link], lanes = city.link_lane_count[link];
  const std::int32_t pos = d.pos, to_end = s.ground[d.lane].length - pos;
  plan.ctl &= ~(kWishLeft | kWishRight | kUrgent);
  const LaneWish wish = wish_for_lane(v, d, index, lanes, plan.ctl);
  if ((plan.ctl & kUrgent) && to_end < 400000) align_with_gap(v, d, ground + wish.side, plan.speed);

  // Where it may.
  const int side = (v.p.step & 1u) ? -1 : 1;
  if (wish.side != 0 && wish.side != side) return;
  if (side < 0 ? index == 0 : index + 1 >= lanes) return;
  const std::uint32_t target = ground + side, at = base + target;
  if (side > 0 ? (city.lane_no_left[ground] & type.class_mask)
               : (city.lane_no_right[ground] & type.class_mask))
    return;
  if (wish.side == 0 && !may_prefer_lane(v, d, wish, index, side, plan.limit)) return;
  if (!admits(v, d.replica, target, type)) return;
  if (s.ground[at].obstacle != INT_MAX) {
    // Not onto what is blocked, nor back in before it.
    if (s.lane_obstacle_end[at] > pos - type.length_units && (s.ground[at].obstacle <= pos || !wish.must))
      return;
  }
  if (plan.allowed > 0 && wish.side == 0) return;  // already on its way through the junction
  if ((plan.ctl & kCommittedMask) != 0) return;

  if (pos < type.length_units && !wish.must)
    return;  // with the tail still on an earlier ground: only in need

  // What is ahead there.
  const std::uint32_t lead = first_ahead(s, at, pos);
  SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0, plan.speed};
  if (type.idm) limit.idm_accel = idm_acceleration(d.speed, d.desired, 1e9, 0, type);
  const std::uint64_t mark = s.tail_mark[at];
  const bool here = lead < s.lane_first[at + 1], any = here || mark != kNoMark;
  const TypeParams& leader = city.type[here ? s.kind[lead] & 0xffff : any ? packed_type(mark) : 0];
  std::int64_t gap = 0;
  if (any) {
    gap = (here ? static_cast<std::int64_t>(s.pos[lead]) - leader.length_units : packed_rear(mark)) - pos;
    if (gap < 0) return;
    limit.gap_to_leader = to_metres(gap);
    limit.leader_speed = here ? to_metres(s.speed[lead]) : packed_speed_mps(mark);
  }
  if (wish.side == 0 && !prefers_lane(d, side, plan.limit, limit)) return;
  if (any) obey_leader(limit, gap, limit.leader_speed, leader, d.speed, d.desired, type, step);
  if (s.ground[at].obstacle != INT_MAX && s.ground[at].obstacle >= pos)
    obey_wall(limit, s.ground[at].obstacle - pos, kStopGap, type, step);
  if (wish.side == 0 && !(limit.comfortable >= plan.speed * 0.9)) return;
  // The new lane's end: no leave is carried over. Its stop, if it is there.
  obey_wall(limit, to_end, kStopGap, type, step);
  if (t.next_stop != kNone && city.stop[t.next_stop].route_index == t.cursor &&
      city.stop[t.next_stop].lane == target) {
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
  const double least = d.speed - (wish.must ? type.emergency_decel * 0.7 : type.decel) * step;
  if (v_new < least) return;

  // What comes from behind. Who comes from upstream has the follower before it, where there is one.
  const std::int32_t moved =
      static_cast<std::int32_t>(static_cast<std::int64_t>(v_new * kUnitsPerMetre) * v.p.step_ms / 1000);
  const std::int64_t rear_next = static_cast<std::int64_t>(pos) + moved - type.length_units;
  if (static_cast<std::int64_t>(pos) + moved > city.lane_length[target]) return;
  if (pos < type.length_units) {
    if (!nobody_comes(v, d.replica, target, rear_next, v_new, type.emergency_decel)) return;
  } else if (lead == s.lane_first[at]) {
    if (rear_next < s.reach[at]) return;
    // The room that was promised to somebody at the line is left to them, but not for ever: they may stand
    // there because of who stands behind this one.
    const double stood_s = halted_steps(s.ctl[d.row]) * step;
    if (pos - type.length_units < s.claim[at] && !(wish.must && stood_s > v.p.impatience_after_s)) return;
  }
  if (lead > s.lane_first[at] && !follower_copes(v, d, lead - 1, rear_next, v_new, wish)) return;
  plan.speed = v_new;
  plan.lane = at;
  plan.allowed = 0;
}

}  // namespace arterial
