#pragma once
// Stages "plan" and "move": one vehicle's next speed, lane and position from the frozen state of all.
#if !defined(__CUDACC__)
#include "kernels/following_of_eight.h"
#endif
#include "kernels/lane_change.h"
#include "kernels/move.h"

namespace arterial {

constexpr std::int32_t kCreep = 10;    // 1 mm
constexpr double kAmberReach_s = 2.0;  // of a program's amber of 3 s or more

/// Stands behind one that stands, with no more than the wanted gap between. A last millimetre is not worth a
/// start.
ARTERIAL_HD bool stands_in_queue(const View& v, std::uint32_t row) {
  const StateView& s = v.s;
  const std::uint32_t ahead = row + 1;
  if (s.speed[row] != 0 || (s.ctl[row] & (kDwelling | kHasStop | kCommittedMask))) return false;
  if (ahead >= s.n || s.lane[ahead] != s.lane[row] || s.speed[ahead] != 0) return false;
  const std::int64_t gap =
      static_cast<std::int64_t>(s.pos[ahead]) - v.city.type[s.kind[ahead] & 0xffff].length_units - s.pos[row];
  return gap >= 0 && gap <= v.city.type[s.kind[row] & 0xffff].min_gap_units + kCreep;
}

/// Of one in a queue: whether nothing of its own changes either, no tail to mark, no line within reach, no
/// count to begin, no lane to change to. Then it stands on, but for the time that it stands.
ARTERIAL_HD bool stand_on(const View& v, std::uint32_t row) {
  const StateView& s = v.s;
  const std::uint32_t lane = s.lane[row], ground = lane - replica_of(v.city, lane) * v.city.grounds,
                      slot = s.slot[row];
  const std::int32_t pos = s.pos[row];
  const std::uint32_t halted = halted_steps(s.ctl[row]);
  const TypeParams& type = v.city.type[s.kind[row] & 0xffff];
  const TripState& t = s.trip_state[slot];
  if (halted == 0 || pos < type.length_units || v.p.remove_after_ms > 0) return false;
  const std::int32_t to_end = s.ground[lane].length - pos;
  const double start = type.accel * v.p.step_s;
  if (!surely_within(start, v.p.step_s, type.hard_brake_per_v2, to_metres(to_end) - 0.001) &&
      to_end <= to_units(stopping_distance(start, type.emergency_decel, v.p.step_s)))
    return false;
  std::uint32_t ctl =
      s.ctl[row] & ~(kCommittedMask | kWontPass);  // behind one at its waiting place it has one too
  if (place_lanes(s.ground[lane].place) > 1) {
    if (may_need_lane(v, lane, ground, t)) return false;
    if (may_choose_lane(v, ground, pos, t) && !stands_beside(v, row)) return false;
    ctl &= ~(kWishLeft | kWishRight | kUrgent);
    if (t.next_conn == kNone && t.cursor + 1 < t.route_count) ctl |= kUrgent;
  }
  write_next(s, row, kStays,
             {lane, pos, 0, slot, s.kind[row], with_halted(ctl, halted < kHaltMax ? halted + 1 : halted)});
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
ARTERIAL_HD void follow_inside(const View& v, const Driver& d, std::uint32_t at, std::int64_t to_start,
                               SpeedLimits& limit) {
  const std::uint32_t k = v.s.lane_first[at];
  if (k < v.s.lane_first[at + 1]) {
    const TypeParams& leader = v.city.type[v.s.kind[k] & 0xffff];
    obey_leader(limit, to_start + v.s.pos[k] - leader.length_units, to_metres(v.s.speed[k]), leader, d.speed,
                d.desired, d.type, v.p.step_s);
  } else if (v.s.tail_mark[at] != kNoMark) {
    const std::uint64_t mark = v.s.tail_mark[at];
    obey_leader(limit, to_start + packed_rear(mark), packed_speed_mps(mark), v.city.type[packed_type(mark)],
                d.speed, d.desired, d.type, v.p.step_s);
  }
}

/// Where the walk along the path has come to.
struct Walk {
  std::uint32_t ground, cursor, committed;
  std::int64_t to_start;  // from the front to the start of `ground`
  std::int64_t look;      // how far it looks
  bool leader_found, revoked;
  bool behind;  // let in while a foe was still on shared ground
};

/// Whether the mark on the ground its front is on is of its own tail: round a circle shorter than itself.
ARTERIAL_HD_RARE bool is_own_tail(const View& v, std::uint32_t row, std::uint64_t mark) {
  const StateView& s = v.s;
  const std::uint32_t lane = s.lane[row], ground = lane - replica_of(v.city, lane) * v.city.grounds,
                      slot = s.slot[row];
  const std::uint32_t type = s.kind[row] & 0xffff;
  bool own = false;
  visit_tail(v, ground, slot, s.trip_state[slot], s.pos[row] - v.city.type[type].length_units,
             [&](std::uint32_t at, std::int32_t to) {
               own |= at == ground && mark == pack_rear(to, s.speed[row], type);
             });
  return own;
}

/// A leader on `at`, beyond its own ground, behind the first row on it from `k` on.
template <class W>
ARTERIAL_HD bool follow_on(const View& v, const Driver& d, std::uint32_t at, std::uint32_t k, bool here,
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
  const std::int64_t gap = to_start + packed_rear(mark);
  if (gap < 0) return false;  // its own tail may mark a ground it comes to again
  obey_leader(limit, gap, packed_speed_mps(mark), v.city.type[packed_type(mark)], d.speed, d.desired, d.type,
              v.p.step_s);
  return true;
}

/// Obstacles and its own stop on the ground the walk has come to. True: it looks no further.
ARTERIAL_HD bool halt_on(const View& v, const Driver& d, const Walk& walk, bool own_ground,
                         SpeedLimits& limit) {
  const std::int32_t obstacle = v.s.ground[d.base + walk.ground].obstacle;
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

/// One that was let in at a line where it has to stop, and does not stand: it brakes until it almost does,
/// and starts with what is left of the step. Euler's speed is that of the middle of the step behind, so half
/// of the braking is done.
ARTERIAL_HD void stop_and_start(const Driver& d, SpeedLimits& limit, double step) {
  const double left = step - 0.5 * most(d.speed - kAlmostStands, 0.0) / d.type.decel;
  lower(limit.comfortable, kAlmostStands + d.type.accel * left);
  ++d.trip.halts;
  ++d.trip.approach_halts;
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
        leader_found = follow_on<W>(v, d, at, k, k < s.lane_first[at + 1] && k != i, to_start,
                                    limit);  // round a loop not itself
      }
      if (halt_on(v, d, walk, false, limit)) return;
    }
    const std::int64_t to_end = to_start + s.ground[at].length;
    if (to_end > walk.look) return;
    std::uint32_t c, to;
    if (ground >= city.road_lanes) {
      c = ground - city.road_lanes;
      to = city.conn[c].to;
      to_start = to_end;
    } else {
      const bool stop_here = t.next_stop != kNone && city.stop[t.next_stop].route_index == cursor;
      if (cursor + 1 >= t.route_count && !stop_here) return;  // it arrives on this link
      c = hop == 0 ? t.next_conn : connection_ahead(v, replica, t, ground, cursor, type);
      if (c == kNone || stop_here) {
        // Onto a lane of a few centimetres it has to get too: only there it can change.
        const std::int32_t half_lane = s.ground[at].length / 2;
        obey_wall(limit, to_end, half_lane < kStopGap ? half_lane : kStopGap, type, step);
        if (hop == 0 && (plan.ctl & kUrgent))
          leave_room_for_other(city, limit, to_end, (plan.ctl & kWishRight) != 0, d, step);
        return;
      }
      to = city.conn[c].to;
      const double turn = to_metres(s.ground[base + city.road_lanes + c].limit) * speed_factor_of(d.kind);
      if (!(city.conn[c].flags & kConnFree)) {
        bool may_pass = false, half = false, behind = walk.behind;
        if (committed > 0) {
          --committed;
          may_pass = true;
          half = committed == 0 && (plan.ctl & kHalfWay);
          const std::uint8_t letter = letter_of(v, replica, c);
          if (letter && !is_green(letter)) {
            const double distance = to_metres(to_end);
            const double brake_e = brake_distance(v_now, type.emergency_decel, step);
            if (letter & kGreenEnded) {
              if (brake_e <= distance)
                plan.ctl |= kCouldStop;
              else
                plan.ctl &= ~kCouldStop;
            }
            const std::uint8_t l = letter & 0x7f;
            if (l == 'y' || l == 'Y') {
              // Who cannot stop comfortably goes on, if the amber will last until the line.
              if (brake_distance(v_now, type.decel, step) <= distance - 0.2 ||
                  (brake_e <= distance && distance > kAmberReach_s * v_now))
                may_pass = false;
            } else if (brake_e <= distance) {
              may_pass = false;
            }
          }
          if (!may_pass) revoked = true;
        } else {
          if (s.asked[at].request == pack_request(to_end, i)) {
            if (plan.answer == kUnasked || let_in(plan.answer)) plan.answer = s.asked[at].answer;
            may_pass = let_in(s.asked[at].answer) || s.asked[at].answer == kGrantedHalf;
            behind = s.asked[at].answer == kGrantedBehind;
            half = s.asked[at].answer == kGrantedHalf;
            if (may_pass) plan.ctl &= ~kCouldStop;
            if (may_pass && halted_steps(plan.ctl) == 0 &&
                must_stop(city.conn[c].flags, letter_of(v, replica, c)))
              stop_and_start(d, limit, step);
          }
        }
        if (!may_pass || revoked) {
          obey_wall(limit, to_end, kStopGap, type, step);
          const bool stop_line = plan.answer == kForStop || (city.conn[c].flags & (kConnStop | kConnAllWay));
          if (stop_line && to_end <= kAtStopLine && v_now <= type.decel * step) lower(limit.comfortable, 0);
          return;
        }
        if (plan.allowed < kCommittedMask) ++plan.allowed;
        if (half) {
          obey_slower_road(limit, to_end, turn, type, step);
          plan.half = true;
          obey_wall(limit, to_end + city.conn[c].wait, 0, type, step);
          // Who waits there already is its leader.
          if (!leader_found) follow_inside(v, d, base + city.road_lanes + c, to_end, limit);
          return;
        }
        if (behind && obey_foes(v, d, c, to_end, limit)) plan.ctl |= kBehindFoe;
      }
      obey_slower_road(limit, to_end, turn, type, step);
      to_start = to_end;
      ground = city.road_lanes + c;
      continue;
    }
    ++cursor;
    ground = to;
    obey_slower_road(limit, to_start, to_metres(s.ground[base + to].limit) * speed_factor_of(d.kind), type,
                     step);
  }
  // Bounded look-ahead: beyond it, a wall.
  obey_wall(limit, to_start, 0, type, step);
  count<W>(v, replica, kBounds);
}

/// Walks along the path, from behind the leader on its own lane: obstacles, stops, stop lines, slower roads,
/// leaders.
template <class W>
ARTERIAL_HD void look_ahead(const View& v, const Driver& d, const Followed<double>& f, Plan& plan) {
  const StateView& s = v.s;
  SpeedLimits& limit = plan.limit;
  Walk walk{
      d.ground,          d.trip.cursor, plan.ctl & kCommittedMask,   -static_cast<std::int64_t>(d.pos), 0,
      f.gap < kFarAhead, false,         (plan.ctl & kBehindFoe) != 0};
  plan.ctl &= ~kBehindFoe;
  if (halt_on(v, d, walk, true, limit)) return;
  if (d.ground >= v.city.road_lanes && waits_inside(plan.ctl)) {
    const std::int32_t place = v.city.conn[d.ground - v.city.road_lanes].wait;
    if (s.asked[d.lane].request == pack_request(place + walk.to_start, d.row))
      plan.answer = s.asked[d.lane].answer;
    if (let_in(plan.answer)) {
      plan.ctl &= ~kHalfWay;
      walk.behind = plan.answer == kGrantedBehind;
    } else {
      obey_wall(limit, walk.to_start + place, 0, d.type, v.p.step_s);
      return;
    }
  }
  if (walk.behind && d.ground >= v.city.road_lanes &&
      obey_foes(v, d, d.ground - v.city.road_lanes, walk.to_start, limit))
    plan.ctl |= kBehindFoe;
  walk.look = static_cast<std::int64_t>(f.look);
  if (f.ends_near > 0) look_on<W>(v, d, walk, plan);
}

/// What the driver in `row` sees on its own lane, as number `k` of `seen`.
template <class R>
ARTERIAL_HD void see(const View& v, std::uint32_t row, Seen<R>& seen, unsigned k) {
  const StateView& s = v.s;
  const std::uint32_t lane = s.lane[row], ahead = row + 1;
  const std::uint32_t kind = s.kind[row];
  const TypeParams& type = v.city.type[kind & 0xffff];
  const GroundNow& here = s.ground[lane];
  nth(seen.pos, k) = s.pos[row];
  nth(seen.speed, k) = s.speed[row];
  nth(seen.lane_limit, k) = here.limit;
  nth(seen.speed_factor, k) = kind >> 16;
  nth(seen.lane_length, k) = here.length;
  nth(seen.max_speed, k) = type.max_speed;
  nth(seen.accel, k) = type.accel;
  nth(seen.decel, k) = type.decel;
  nth(seen.emergency_decel, k) = type.emergency_decel;
  nth(seen.sigma, k) = type.sigma;
  nth(seen.tau, k) = type.tau;
  nth(seen.min_gap, k) = type.min_gap;
  nth(seen.length_units, k) = type.length_units;
  nth(seen.brake_per_v2, k) = type.brake_per_v2;
  nth(seen.hard_brake_per_v2, k) = type.hard_brake_per_v2;
  const TypeParams* leader = &type;
  double rear = kNobodyAhead, speed = 0;
  if (ahead < s.n && s.lane[ahead] == lane) {
    leader = &v.city.type[s.kind[ahead] & 0xffff];
    rear = static_cast<double>(std::int64_t{s.pos[ahead]} - leader->length_units);
    speed = s.speed[ahead];
  } else if (const std::uint64_t mark = s.tail_mark[lane];
             mark != kNoMark && (packed_rear(mark) >= s.pos[row] || !is_own_tail(v, row, mark))) {
    leader = &v.city.type[packed_type(mark)];
    rear = packed_rear(mark);
    speed = packed_speed_units(mark);
  }
  nth(seen.leader_rear, k) = rear;
  nth(seen.leader_speed, k) = speed;
  nth(seen.leader_decel, k) = leader->decel;
  nth(seen.leader_emergency, k) = leader->emergency_decel;
}

/// Number `k` of eight.
ARTERIAL_HD Followed<double> one_of(const Followed<EightNumbers>& f, unsigned k) {
  return {nth(f.speed_mps, k),   nth(f.desired, k),   nth(f.gap, k),           nth(f.leader_mps, k),
          nth(f.comfortable, k), nth(f.safe, k),      nth(f.look, k),          nth(f.next_speed, k),
          nth(f.at, k),          nth(f.ends_near, k), nth(f.keeps_to_lane, k), nth(f.far_from_line, k)};
}

/// Whether a driver in one of several lanes has reason to change in this step: need, or, where `may_choose`,
/// a better lane.
ARTERIAL_HD bool thinks_of_lane(const View& v, const Driver& d, std::uint32_t place, const SpeedLimits& mine,
                                bool may_choose) {
  const std::uint32_t best = d.trip.masks >> 16, index = place_index(place);
  if ((best && !((best >> index) & 1u)) || v.s.ground[d.lane].obstacle != INT_MAX) return true;
  const bool odd = v.p.step & 1u;
  if (!may_choose || (odd ? index == 0 : index + 1 >= place_lanes(place))) return false;
  return sees_better_lane(v, d, index, mine);
}

/// Stages "plan" and "move" of one vehicle.
template <class W>
struct AdvanceVehicles {
  View v;
  static constexpr std::uint32_t kNsEach = 130;  // on a host, see HostMachine

#if !defined(__CUDACC__)
  static constexpr std::uint32_t kRowsTogether = 64;
  /// On a host: rows [begin, end), at most kRowsTogether. Those who stand on in a queue are done with first;
  /// what the others do behind their leaders is worked out for eight at once.
  void visit_rows(std::uint32_t begin, std::uint32_t end) const {
    const StateView& s = v.s;
    std::uint32_t todo[kRowsTogether + 8], rows = 0;
    for (std::uint32_t i = begin; i < end; ++i) {
      __builtin_prefetch(s.trip_state + s.slot[i + kRowsTogether],
                         1);  // the columns are longer than n by more than that
      const bool queued = stands_in_queue(v, i);
      if (queued && stand_on(v, i)) continue;
      todo[rows++] = i - begin + (queued ? kRowsTogether : 0);
    }
    for (std::uint32_t k = rows; k < rows + 8; ++k) todo[k] = 0;
    EightVehicles eight;
    for (std::uint32_t first = 0; first < rows; first += 8) {
      for (std::uint32_t k = 0; k < 8; ++k) {
        const std::uint32_t i = begin + todo[first + k] % kRowsTogether;
        see(v, i, eight.seen, k);
        eight.key[k] = s.trip_state[s.slot[i]].key;
      }
      draw_noise(begin, end, todo + first, eight);
      follow_eight(eight, second(), v.p.step_s, v.p.step_ms);
      const std::uint32_t many = rows - first < 8 ? rows - first : 8;
      for (std::uint32_t k = 0; k < many; ++k) {
        const std::uint32_t row = todo[first + k];
        go_on(begin + row % kRowsTogether, row >= kRowsTogether, one_of(eight.followed, k),
              eight.seen.noise.of[k]);
      }
    }
  }
#endif

  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const bool queued = stands_in_queue(v, i);
    if (queued && stand_on(v, i)) return;
    Seen<double> seen;
    see(v, i, seen, 0);
    seen.noise = random_unit(v.p.seed + replica_of(v.city, v.s.lane[i]), Purpose::kDawdle,
                             v.s.trip_state[v.s.slot[i]].key, second());
    Followed<double> followed;
    follow<double>(seen, 0, v.p.step_s, v.p.step_ms, followed);
    go_on(i, queued, followed, seen.noise);
  }

 private:
  ARTERIAL_HD std::uint64_t second() const { return static_cast<std::uint64_t>(v.p.now_ms / 1000); }

#if !defined(__CUDACC__)
  /// Of rows of one replica with their following; of several here, for each its own.
  void draw_noise(std::uint32_t begin, std::uint32_t end, const std::uint32_t* todo,
                  EightVehicles& eight) const {
    const std::uint32_t replica = replica_of(v.city, v.s.lane[begin]);
    eight.seed = v.p.seed + replica;
    eight.noise_given = replica != replica_of(v.city, v.s.lane[end - 1]);
    if (!eight.noise_given) return;
    for (std::uint32_t k = 0; k < 8; ++k) {
      const std::uint32_t i = begin + todo[k] % kRowsTogether;
      eight.seen.noise.of[k] =
          random_unit(v.p.seed + replica_of(v.city, v.s.lane[i]), Purpose::kDawdle, eight.key[k], second());
    }
  }
#endif

  /// With nothing in its way but the leader, on its own lane, and no reason to change it: it does what `f`
  /// says. False where that is not so.
  ARTERIAL_HD bool only_follows(const Driver& d, const Followed<double>& f) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const std::uint32_t i = d.row;
    std::uint32_t ctl = s.ctl[i];
    if (!(f.keeps_to_lane > 0)) return false;
    if ((ctl & (kDwelling | kHasStop | kHalfWay | kBehindFoe | kCommittedMask)) || d.type.idm ||
        v.p.remove_after_ms > 0)
      return false;
    if ((s.make_room[i] != kNoMark) | (s.ground[d.lane].obstacle != INT_MAX)) return false;
    const std::int32_t speed = static_cast<std::int32_t>(f.next_speed), at = static_cast<std::int32_t>(f.at);
    const bool road = d.ground < city.road_lanes;
    if (road && d.trip.next_conn == kNone &&
        (d.trip.cursor + 1 < d.trip.route_count || at >= goal_on(v, d.slot, d.ground)))
      return false;
    const std::uint32_t place = s.ground[d.lane].place;
    if (place_lanes(place) > 1) {
      if (thinks_of_lane(v, d, place, SpeedLimits{0, 0, 0, f.gap, f.leader_mps}, true)) return false;
      ctl &= ~(kWishLeft | kWishRight | kUrgent);
    }
    const std::uint32_t halted = count_halt<W>(v, d.replica, d.ground, d.trip, speed, ctl);
    if (place_has_detectors(place) && at > d.pos)
      count_detectors<W>(v, d.replica, d.ground, d.pos, at, speed, d.type);
    ctl &= ~(kWontPass | kQuiet | kStandsFar);
    if (road && f.far_from_line > 0 && !(ctl & kUrgent)) ctl |= kQuiet;
    write_next(s, i, kStays, {d.lane, at, speed, d.slot, d.kind, with_halted(ctl, halted)});
    return true;
  }

  /// `noise`: what is drawn for a driver's imperfection.
  ARTERIAL_HD void go_on(std::uint32_t i, bool queued, const Followed<double>& f, double noise) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const std::uint32_t lane = s.lane[i], replica = replica_of(city, lane), base = replica * city.grounds,
                        slot = s.slot[i];
    const std::uint32_t kind = s.kind[i];
    const TypeParams& type = city.type[kind & 0xffff];
    const Driver d = {i,    replica,  base,        lane,      lane - base, slot,
                      kind, s.pos[i], f.speed_mps, f.desired, type,        s.trip_state[slot]};
    if (!queued && only_follows(d, f)) return;
    Plan plan;
    plan.lane = d.lane;
    plan.ctl = s.ctl[i];

    if (plan.ctl & kDwelling) {
      if (v.p.next_ms >= d.trip.stop_until_ms) end_stop(v, d, plan.ctl);
      check_overlap<W>(v, d);
      move<W>(v, d, plan);
      return;
    }
    if (queued) {  // in a standing queue nothing comes of looking ahead: a glance at the leader will do
      plan.limit = {0, 0, 0, f.gap, 0};
    } else {
      if (f.gap < 0) count<W>(v, replica, kOverlap);
      plan.limit = {f.comfortable, f.safe,       1e9,
                    f.gap,         f.leader_mps, highest_cap(d.speed, d.desired, type, v.p.step_s)};
      if (type.idm) {
        plan.limit.comfortable = 1e9;
        plan.limit.idm_accel = idm_acceleration(d.speed, d.desired, 1e9, 0, type);
        if (f.gap < kFarAhead)
          lower(plan.limit.idm_accel,
                idm_acceleration(d.speed, d.desired, f.gap, d.speed - f.leader_mps, type));
      }
      look_ahead<W>(v, d, f, plan);
      plan.speed = lowered_speed(d, plan.limit, noise);
    }
    const std::uint32_t place = s.ground[d.lane].place;
    if (place_lanes(place) > 1) {
      const bool chooses = plan.allowed == 0 && !(plan.ctl & kCommittedMask);
      if (thinks_of_lane(v, d, place, plan.limit, chooses))
        change_lane(v, d, plan);
      else
        plan.ctl &= ~(kWishLeft | kWishRight | kUrgent);
    }
    move<W>(v, d, plan);
  }

  ARTERIAL_HD double lowered_speed(const Driver& d, const SpeedLimits& limit, double noise) const {
    const TypeParams& type = d.type;
    const double step = v.p.step_s;
    double cap = limit.comfortable;  // all that limits it but its own wish
    if (type.idm) cap = least(cap, d.speed + limit.idm_accel * step);
    const std::uint64_t asked = v.s.make_room[d.row];
    if (asked != kNoMark && type.lc_cooperative > 0) {
      const double hold = speed_making_room(asked, d.pos, d.speed, type, step);
      if (hold < cap) cap = hold;
    }
    return next_speed(d.speed, limit.most, cap, limit.safe, type.accel, type.decel, type.emergency_decel,
                      type.idm ? 0.0 : type.sigma, step, noise);
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
