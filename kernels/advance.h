#pragma once
// Stages "plan" and "move": one vehicle's next speed, lane and position from the frozen state of all.
#include "kernels/draws.h"
#include "kernels/lane_change.h"
#include "kernels/move.h"

namespace arterial {

constexpr std::int32_t kCreep = 10;    // 1 mm
constexpr double kAmberReach_s = 2.0;  // of a program's amber of 3 s or more

/// Stands behind one that stands, with no more than the wanted gap between. A last millimetre is not worth a start.
ARTERIAL_HD bool stands_in_queue(const View& v, std::uint32_t row) {
  const StateView& s = v.s;
  const std::uint32_t ahead = row + 1;
  if (s.speed[row] != 0 || (s.ctl[row] & (kDwelling | kHasStop | kCommittedMask))) return false;
  if (ahead >= s.n || s.lane[ahead] != s.lane[row] || s.speed[ahead] != 0) return false;
  const std::int64_t gap = static_cast<std::int64_t>(s.pos[ahead]) - v.city.type[s.kind[ahead] & 0xffff].length_units - s.pos[row];
  return gap >= 0 && gap <= v.city.type[s.kind[row] & 0xffff].min_gap_units + kCreep;
}

/// Of one in a queue: whether nothing of its own changes either, no tail to mark, no line within reach, no count to
/// begin, no lane to change to. Then it stands on, but for the time that it stands.
ARTERIAL_HD bool stand_on(const View& v, std::uint32_t row) {
  const StateView& s = v.s;
  const std::uint32_t lane = s.lane[row], ground = lane - replica_of(v.city, lane) * v.city.grounds, slot = s.slot[row];
  const std::int32_t pos = s.pos[row];
  const std::uint32_t halted = s.ctl[row] >> kHaltShift;
  const TypeParams& type = v.city.type[s.kind[row] & 0xffff];
  const TripState& t = s.trip_state[slot];
  if (halted == 0 || pos < type.length_units || v.p.remove_after_ms > 0) return false;
  const std::int32_t to_end = v.city.lane_length[ground] - pos;
  const double start = type.accel * v.p.step_s;
  if (!surely_within(start, v.p.step_s, type.hard_brake_per_v2, to_metres(to_end) - 0.001) &&
      to_end <= to_units(stopping_distance(start, type.emergency_decel, v.p.step_s)))
    return false;
  std::uint32_t ctl = s.ctl[row] & ((1u << kHaltShift) - 1) & ~(kCommittedMask | kWontPass);  // behind one at its waiting place it has one too
  if (ground < v.city.road_lanes && v.city.link_lane_count[v.city.lane_link[ground]] > 1) {
    if (may_need_lane(v, lane, ground, t)) return false;
    if (may_choose_lane(v, ground, pos, t) && !stands_beside(v, row)) return false;
    ctl &= ~(kWishLeft | kWishRight | kUrgent);
    if (t.next_conn == kNone && t.cursor + 1 < t.route_count) ctl |= kUrgent;
  }
  s.fate[row] = kStays;
  s.next_lane[row] = lane;
  s.next_pos[row] = pos;
  s.next_speed[row] = 0;
  s.next_slot[row] = slot;
  s.next_kind[row] = s.kind[row];
  s.next_ctl[row] = ctl | ((halted < kHaltMax ? halted + 1 : halted) << kHaltShift);
  return true;
}

ARTERIAL_HD void end_stop(const View& v, const Driver& d, std::uint32_t& ctl) {
  const TripParams& trip = v.city.trip[d.slot % v.city.trips];
  TripState& t = d.trip;
  ctl &= ~kDwelling;
  ++t.next_stop;
  if (t.next_stop >= trip.first_stop + trip.stop_count) {
    t.next_stop = kNone;
    ctl &= ~kHasStop;
  }
  know_lanes(v, d.replica, t, d.type);
}

/// What a vehicle at a stop does not look at: the one ahead may not be in it.
template <class W>
ARTERIAL_HD void check_overlap(const View& v, const Driver& d) {
  const std::uint32_t ahead = d.row + 1;
  if (ahead < v.s.n && v.s.lane[ahead] == d.lane &&
      v.s.pos[ahead] - v.city.type[v.s.kind[ahead] & 0xffff].length_units < d.pos)
    count<W>(v, d.replica, kOverlap);
}

/// Who waits on the ground of a connection (at = its place in the state) is followed there.
ARTERIAL_HD void follow_inside(const View& v, const Driver& d, std::uint32_t at, std::int64_t to_start, SpeedLimits& limit) {
  const std::uint32_t k = v.s.lane_first[at];
  if (k < v.s.lane_first[at + 1]) {
    const TypeParams& leader = v.city.type[v.s.kind[k] & 0xffff];
    obey_leader(limit, to_start + v.s.pos[k] - leader.length_units, to_metres(v.s.speed[k]), leader, d.speed, d.desired, d.type, v.p.step_s);
  } else if (v.s.tail_mark[at] != kNoMark) {
    const std::uint64_t mark = v.s.tail_mark[at];
    obey_leader(limit, to_start + packed_rear(mark), packed_speed_mps(mark), v.city.type[packed_type(mark)], d.speed, d.desired, d.type, v.p.step_s);
  }
}

/// Where the walk along the path has come to.
struct Walk {
  std::uint32_t ground, cursor, committed;
  std::int64_t to_start;        // from the front to the start of `ground`
  std::int64_t look;            // how far it looks
  bool leader_found, revoked;
};

/// Whether the mark on the ground its front is on is of its own tail: round a circle shorter than itself.
ARTERIAL_HD_RARE bool is_own_tail(const View& v, const Driver& d, std::uint64_t mark) {
  bool own = false;
  visit_tail(v, d.ground, d.slot, d.trip, d.pos - d.type.length_units, [&](std::uint32_t at, std::int32_t to) {
    own |= at == d.ground && mark == pack_rear(to, v.s.speed[d.row], d.kind & 0xffff);
  });
  return own;
}

/// A leader on `at`, behind the first row on it from `k` on.
template <class W>
ARTERIAL_HD bool follow_on(const View& v, const Driver& d, std::uint32_t at, std::uint32_t k, bool here, bool own_ground,
                           std::int64_t to_start, SpeedLimits& limit) {
  const StateView& s = v.s;
  if (here) {
    const TypeParams& leader = v.city.type[s.kind[k] & 0xffff];
    const std::int64_t gap = to_start + s.pos[k] - leader.length_units;
    if (gap < 0) count<W>(v, d.replica, kOverlap);
    obey_leader(limit, gap, to_metres(s.speed[k]), leader, d.speed, d.desired, d.type, v.p.step_s);
    return true;
  }
  const std::uint64_t mark = s.tail_mark[at];
  if (mark == kNoMark) return false;
  // A vehicle's own tail may mark a ground it comes to again, and in a small circle the one its front is on.
  const std::int64_t gap = to_start + packed_rear(mark);
  if (gap < 0 && (!own_ground || is_own_tail(v, d, mark))) return false;
  if (gap < 0) count<W>(v, d.replica, kOverlap);
  obey_leader(limit, gap, packed_speed_mps(mark), v.city.type[packed_type(mark)], d.speed, d.desired, d.type, v.p.step_s);
  return true;
}

/// Obstacles and its own stop on the ground the walk has come to. True: it looks no further.
ARTERIAL_HD bool halt_on(const View& v, const Driver& d, const Walk& walk, bool own_ground, SpeedLimits& limit) {
  const std::int32_t obstacle = v.s.lane_obstacle[d.base + walk.ground];
  if (obstacle != INT_MAX && walk.to_start + obstacle >= 0)
    obey_wall(limit, walk.to_start + obstacle, kStopGap, d.type, v.p.step_s);
  const TripState& t = d.trip;
  if (t.next_stop == kNone || walk.ground >= v.city.road_lanes) return false;
  const StopParams& stop = v.city.stop[t.next_stop];
  // In the wrong lane it stops before the end of the lane; see below.
  if (stop.route_index != walk.cursor || (stop.lane != walk.ground && own_ground)) return false;
  const std::int64_t distance = walk.to_start + stop.pos;
  obey_wall(limit, distance > 0 ? distance : 0, 0, d.type, v.p.step_s);
  return stop.lane == walk.ground;
}

/// Beyond the end of a ground: stop lines, slower roads, and whoever is there.
template <class W>
ARTERIAL_HD_RARE void look_on(const View& v, const Driver& d, Walk walk, Plan& plan) {
  const CityView& city = v.city;
  const StateView& s = v.s;
  const TypeParams& type = d.type;
  const TripState& t = d.trip;
  const double step = v.p.step_s, v_now = d.speed;
  const std::uint32_t i = d.row, replica = d.replica, base = d.base;
  SpeedLimits& limit = plan.limit;
  std::uint32_t &ground = walk.ground, &cursor = walk.cursor, &committed = walk.committed;
  std::int64_t& to_start = walk.to_start;
  bool &revoked = walk.revoked, &leader_found = walk.leader_found;
  for (int hop = 0; hop < kMaxAhead; ++hop) {
    const std::uint32_t at = base + ground;
    if (hop > 0) {
      if (!leader_found) {
        const std::uint32_t k = s.lane_first[at];
        leader_found = follow_on<W>(v, d, at, k, k < s.lane_first[at + 1] && k != i, false, to_start, limit);  // round a loop not itself
      }
      if (halt_on(v, d, walk, false, limit)) return;
    }
    const std::int64_t to_end = to_start + city.lane_length[ground];
    if (to_end > walk.look) return;
    std::uint32_t c, to;
    if (ground >= city.road_lanes) {
      c = ground - city.road_lanes;
      to = city.conn_to[c];
      to_start = to_end;
    } else {
      const bool stop_here = t.next_stop != kNone && city.stop[t.next_stop].route_index == cursor;
      if (cursor + 1 >= t.route_count && !stop_here) return;  // it arrives on this link
      c = hop == 0 ? t.next_conn : connection_ahead(v, replica, t, ground, cursor, type);
      if (c == kNone || stop_here) {
        // Onto a lane of a few centimetres it has to get too: only there it can change.
        const std::int32_t half_lane = city.lane_length[ground] / 2;
        obey_wall(limit, to_end, half_lane < kStopGap ? half_lane : kStopGap, type, step);
        if (hop == 0 && (plan.ctl & kUrgent)) leave_room_for_other(city, limit, to_end, (plan.ctl & kWishRight) != 0, d, step);
        return;
      }
      to = city.conn_to[c];
      const double turn = to_metres(s.lane_limit[base + city.road_lanes + c]) * speed_factor_of(d.kind);
      if (!(city.conn_flags[c] & kConnFree)) {
        bool may_pass = false, half = false;
        if (committed > 0) {
          --committed;
          may_pass = true;
          half = committed == 0 && (plan.ctl & kHalfWay);
          const std::uint8_t letter = letter_of(v, replica, c);
          if (letter && !is_green(letter)) {
            const double distance = to_metres(to_end);
            const double brake_e = brake_distance(v_now, type.emergency_decel, step);
            if (letter & kGreenEnded) {
              if (brake_e <= distance) plan.ctl |= kCouldStop; else plan.ctl &= ~kCouldStop;
            }
            const std::uint8_t l = letter & 0x7f;
            if (l == 'y' || l == 'Y') {
              // Who cannot stop comfortably goes on, if the amber will last until the line.
              if (brake_distance(v_now, type.decel, step) <= distance - 0.2 || (brake_e <= distance && distance > kAmberReach_s * v_now)) may_pass = false;
            } else if (brake_e <= distance) {
              may_pass = false;
            }
          }
          if (!may_pass) revoked = true;
        } else {
          if (s.request[at] == pack_request(to_end, i)) {
            if (plan.answer == kUnasked || plan.answer == kGranted) plan.answer = s.answer[at];
            may_pass = s.answer[at] == kGranted || s.answer[at] == kGrantedHalf;
            half = s.answer[at] == kGrantedHalf;
            if (may_pass) plan.ctl &= ~kCouldStop;
          }
        }
        if (!may_pass || revoked) {
          obey_wall(limit, to_end, kStopGap, type, step);
          return;
        }
        if (plan.allowed < kCommittedMask) ++plan.allowed;
        if (half) {
          obey_slower_road(limit, to_end, turn, type, step);
          plan.half = true;
          obey_wall(limit, to_end + city.conn_wait[c], 0, type, step);
          // Who waits there already is its leader.
          if (!leader_found) follow_inside(v, d, base + city.road_lanes + c, to_end, limit);
          return;
        }
      }
      obey_slower_road(limit, to_end, turn, type, step);
      to_start = to_end;
      ground = city.road_lanes + c;
      continue;
    }
    ++cursor;
    ground = to;
    obey_slower_road(limit, to_start, to_metres(s.lane_limit[base + to]) * speed_factor_of(d.kind), type, step);
  }
  // Bounded look-ahead: beyond it, a wall.
  obey_wall(limit, to_start, 0, type, step);
  count<W>(v, replica, kBounds);
}

/// Walks along the path: leaders, obstacles, stops, stop lines, slower roads.
template <class W>
ARTERIAL_HD void look_ahead(const View& v, const Driver& d, Plan& plan) {
  const StateView& s = v.s;
  const TypeParams& type = d.type;
  const double step = v.p.step_s;
  const std::uint32_t i = d.row;
  SpeedLimits& limit = plan.limit;
  limit = {1e9, 1e9, 1e9, 1e9, 0, plan.speed};
  if (type.idm) limit.idm_accel = idm_acceleration(d.speed, d.desired, 1e9, 0, type);
  Walk walk{d.ground, d.trip.cursor, plan.ctl & kCommittedMask, -static_cast<std::int64_t>(d.pos), 0, false, false};
  walk.leader_found = follow_on<W>(v, d, d.lane, i + 1, i + 1 < s.n && s.lane[i + 1] == d.lane, true, walk.to_start, limit);
  if (halt_on(v, d, walk, true, limit)) return;
  if (d.ground >= v.city.road_lanes && waits_inside(plan.ctl)) {
    const std::int32_t place = v.city.conn_wait[d.ground - v.city.road_lanes];
    if (s.request[d.lane] == pack_request(place + walk.to_start, i)) plan.answer = s.answer[d.lane];
    if (plan.answer == kGranted) {
      plan.ctl &= ~kHalfWay;
    } else {
      obey_wall(limit, walk.to_start + place, 0, type, step);
      return;
    }
  }
  const double fastest = fastest_next(d.speed, d.desired, type, step);
  const double follow = fastest * (type.tau > step ? type.tau : step);
  const std::int64_t to_end = walk.to_start + v.city.lane_length[d.ground];
  if (surely_within(fastest, step, type.brake_per_v2, to_metres(to_end) - follow - type.min_gap - 2.001)) return;
  walk.look = to_units(stopping_distance(fastest, type.decel, step) + follow + type.min_gap + 2.0);
  if (to_end <= walk.look) look_on<W>(v, d, walk, plan);
}

/// Stages "plan" and "move" of one vehicle.
template <class W>
struct AdvanceVehicles {
  View v;

  void prefetch(std::uint32_t i) const { __builtin_prefetch(v.s.trip_state + v.s.slot[i], 1); }
  /// Draws of the imperfection of eight vehicles in a row: a host makes them together.
  struct Eight {
    std::uint32_t bits[8];
  };
  Eight eight(std::uint32_t begin, std::uint32_t end) const {
    Eight e;
    std::uint64_t key[8] = {};
    for (std::uint32_t i = begin; i < end; ++i) key[i - begin] = v.s.trip_state[v.s.slot[i]].key;
    if (v.city.replicas == 1) {
      random_bits_of_eight(v.p.seed, Purpose::kDawdle, key, second(), e.bits);
    } else {
      for (std::uint32_t i = begin; i < end; ++i)
        e.bits[i - begin] = random_bits(v.p.seed + replica_of(v.city, v.s.lane[i]), Purpose::kDawdle, key[i - begin], second());
    }
    return e;
  }
  ARTERIAL_HD void operator()(std::uint32_t i, const Eight& e) const {
    advance(i, [&](const Driver&) { return e.bits[i % 8]; });
  }
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    advance(i, [this](const Driver& d) { return random_bits(v.p.seed + d.replica, Purpose::kDawdle, d.trip.key, second()); });
  }

 private:
  ARTERIAL_HD std::uint64_t second() const { return static_cast<std::uint64_t>(v.p.now_ms / 1000); }

  /// `draw`: 32 random bits for a driver's imperfection.
  template <class Draw>
  ARTERIAL_HD void advance(std::uint32_t i, const Draw& draw) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const bool queued = stands_in_queue(v, i);
    if (queued && stand_on(v, i)) return;
    const Driver d = driver_of(v, i);
    Plan plan;
    plan.lane = d.lane;
    plan.ctl = s.ctl[i];

    if (plan.ctl & kDwelling) {
      if (v.p.next_ms >= d.trip.stop_until_ms) end_stop(v, d, plan.ctl);
      check_overlap<W>(v, d);
      move<W>(v, d, plan);
      return;
    }
    // In a standing queue nothing comes of looking ahead: a glance at the leader will do.
    const bool side_lane = d.ground < city.road_lanes && city.link_lane_count[city.lane_link[d.ground]] > 1;
    if (queued) {
      plan.limit = {0, 0, 0, to_metres(static_cast<std::int64_t>(s.pos[i + 1]) - city.type[s.kind[i + 1] & 0xffff].length_units - d.pos), 0};
    } else {
      plan.speed = wanted_speed(d);
      look_ahead<W>(v, d, plan);
      plan.speed = lowered_speed(d, plan.speed, plan.limit, draw);
    }
    if (side_lane) {
      const bool chooses = plan.allowed == 0 && !(plan.ctl & kCommittedMask) && may_choose_lane(v, d.ground, d.pos, d.trip) &&
                           ((d.type.lc_keep_right > 0 && (v.p.step & 1u)) ||
                            (d.type.lc_speed_gain > 0 && d.desired > pace_of(d, plan.limit) * 1.1 + 0.8));
      if (chooses || may_need_lane(v, d.lane, d.ground, d.trip))
        change_lane(v, d, plan);
      else
        plan.ctl &= ~(kWishLeft | kWishRight | kUrgent);
    }
    move<W>(v, d, plan);
  }

  /// Without anything ahead.
  ARTERIAL_HD double wanted_speed(const Driver& d) const {
    const double faster = d.speed + d.type.accel * v.p.step_s, slower = d.speed - d.type.decel * v.p.step_s;
    return faster < d.desired ? faster : (d.desired > slower ? d.desired : slower);
  }

  template <class Draw>
  ARTERIAL_HD double lowered_speed(const Driver& d, double next, const SpeedLimits& limit, const Draw& draw) const {
    const TypeParams& type = d.type;
    const double step = v.p.step_s;
    const double slower = d.speed - type.decel * step;
    double cap = d.desired > slower ? d.desired : slower;  // all that limits it but its own acceleration
    if (type.idm) {
      const double idm = d.speed + limit.idm_accel * step;
      cap = idm < cap ? idm : cap;
    }
    cap = limit.comfortable < cap ? limit.comfortable : cap;
    const std::uint64_t asked = v.s.make_room[d.row];
    if (asked != kNoMark && type.lc_cooperative > 0) {
      const double hold = speed_making_room(asked, d.pos, d.speed, type, step);
      if (hold < cap) cap = hold;
    }
    next = cap < next ? cap : next;
    if (!type.idm && type.sigma > 0 && next > 0)
      next = dawdle(d.speed, cap, type.accel, type.decel, type.sigma, step, unit_of(draw(d)));
    // A leader that comes into sight is no reason to brake harder than followers can rely on.
    const double hardest = d.speed - type.emergency_decel * step;
    if (next < hardest) next = hardest;
    next = limit.safe < next ? limit.safe : next;
    return next > 0 ? next : 0;
  }
};

/// Stage "observe": occupancy of detectors, once a step.
template <class W>
struct ObserveDetectors {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::uint32_t replica = i / v.city.detectors, d = i % v.city.detectors;
    const DetectorParams& detector = v.city.detector[d];
    if (detector_covered(v, replica * v.city.grounds + detector.lane, detector.pos))
      v.s.detector_account[i].occupied_ms += v.p.step_ms;
  }
};

}  // namespace arterial
