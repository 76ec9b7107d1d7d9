#pragma once
// Stage "move": a vehicle carries out its plan; and the marks it leaves for the coming state.
#include "kernels/accounts.h"
#include "kernels/speed_limits.h"

namespace arterial {

/// Marks for the coming state how far a vehicle might roll into lanes ahead. `allowed`: connections ahead
/// that it was let through. Returns how many of them it can no longer stop before.
template <class W>
ARTERIAL_HD_RARE std::uint32_t mark_ahead(const View& v, std::uint32_t replica, std::uint32_t ground,
                                          std::int64_t to_end, double speed, double fastest,
                                          const TripState& t, const TypeParams& type, std::uint32_t allowed,
                                          bool half, bool waiting) {
  const CityView& city = v.city;
  const std::uint32_t base = replica * city.grounds;
  const double stop_b = brake_distance(speed, type.decel, v.p.step_s);
  const std::int64_t roll = to_units(stopping_distance(fastest, type.emergency_decel, v.p.step_s));
  std::uint32_t g = ground, cursor = t.cursor, committed = 0;
  for (int hop = 0; hop < kMaxAhead; ++hop) {
    const bool holding = to_metres(to_end) - 0.2 < stop_b;
    if (to_end > roll && !holding && to_end > kAtStopLine) break;
    std::uint32_t c;
    if (g >= city.road_lanes) {
      c = g - city.road_lanes;
      if (hop == 0 && waiting) break;  // it stops at its waiting place
    } else {
      if (cursor + 1 >= t.route_count) break;
      c = g == ground ? t.next_conn : connection_ahead(v, replica, t, g, cursor, type);
      if (c == kNone) break;
      if (!(city.conn[c].flags & kConnFree)) {
        // Who has stopped at a line and was let in starts: it does not stop there once more.
        const bool starts = to_end <= kAtStopLine && (city.conn[c].flags & (kConnStop | kConnAllWay));
        if (!(holding || starts) || committed >= allowed) break;
        ++committed;
        if (half && committed == allowed) break;
      }
      to_end += city.conn[c].length;
    }
    g = city.conn[c].to;
    ++cursor;
    if (roll > to_end) {
      Atomic<W>::max(&v.s.next_reach[base + g], static_cast<std::int32_t>(roll - to_end));
      touch<W>(v.s.next_touched_reach, base + g);
    }
    to_end += city.lane_length[g];
  }
  return committed;
}

/// Marks for the coming state: what its tail still covers, and mark_ahead.
template <class W>
ARTERIAL_HD std::uint32_t mark_next(const View& v, std::uint32_t replica, std::uint32_t ground,
                                    std::int32_t pos, std::int32_t speed, double desired, std::uint32_t slot,
                                    const TripState& t, std::uint32_t kind, std::uint32_t ctl,
                                    std::uint32_t allowed, bool half, bool waiting) {
  const TypeParams& type = v.city.type[kind & 0xffff];
  if (pos < type.length_units)
    mark_tail<W>(v, replica, ground, slot, t, pos - type.length_units, speed, kind & 0xffff);
  if (ctl & kDwelling) return 0;
  const double v_now = to_metres(speed), fastest = fastest_next(v_now, desired, type, v.p.step_s);
  const std::int64_t to_end =
      static_cast<std::int64_t>(v.s.ground[replica * v.city.grounds + ground].length) - pos;
  // Mostly far from the end: seen without a division.
  const double metres = to_metres(to_end - kAtStopLine);
  if (surely_within(fastest, v.p.step_s, type.hard_brake_per_v2, metres) &&
      surely_within(v_now, 0, type.brake_per_v2, metres))
    return 0;
  return mark_ahead<W>(v, replica, ground, to_end, v_now, fastest, t, type, allowed, half, waiting);
}

/// The marks of a state that was read from a checkpoint: as the move before it left them.
template <class W>
struct RemarkVehicles {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const Driver d = driver_of(v, i);
    const std::uint32_t ctl = v.s.ctl[i] &= ~(kQuiet | kStandsFar);
    mark_next<W>(v, d.replica, d.ground, d.pos, v.s.speed[i], d.desired, d.slot, d.trip, d.kind, ctl,
                 ctl & kCommittedMask, (ctl & kHalfWay) != 0,
                 d.ground >= v.city.road_lanes && waits_inside(ctl));
  }
};

/// A class where it may not be: neither by the map nor by a change. A lane that was closed after a driver
/// could no longer stop before it is no fault of the driver's.
template <class W>
ARTERIAL_HD void count_forbidden(const View& v, std::uint32_t replica, std::uint32_t ground,
                                 const TypeParams& type) {
  if (type.flags & kIgnoresPermissions) return;
  const std::uint32_t admitted =
      v.city.lane_classes[ground] | v.s.lane_allowed[replica * v.city.grounds + ground];
  if (!(admitted & type.class_mask)) count<W>(v, replica, kLaneFault);
}

ARTERIAL_HD void push_trail(const View& v, std::uint32_t slot, TripState& t, std::uint32_t ground) {
  std::uint32_t* trail = v.s.trail + static_cast<std::size_t>(slot) * kTrail;
  for (int k = kTrail - 1; k > 0; --k) trail[k] = trail[k - 1];
  trail[0] = ground;
  if (t.trail_count < kTrail) ++t.trail_count;
}

/// Whether a front may pass a detector on `lane` (its place in the state).
ARTERIAL_HD bool has_detectors(const View& v, std::uint32_t lane) {
  return place_has_detectors(v.s.ground[lane].place);
}

/// A front that came from `begin` to `end` of a road lane is counted by the detectors it passed there.
template <class W>
ARTERIAL_HD_RARE void count_detectors(const View& v, std::uint32_t replica, std::uint32_t lane,
                                      std::int32_t begin, std::int32_t end, std::int32_t speed,
                                      const TypeParams& type) {
  const CityView& city = v.city;
  for (std::uint32_t k = city.lane_detector_first[lane]; k < city.lane_detector_first[lane + 1]; ++k) {
    const std::uint32_t d = city.lane_detector[k];
    const std::int32_t where = city.detector[d].pos;
    if (where <= begin || where > end) continue;
    DetectorAccount& a = v.s.detector_account[replica * city.detectors + d];
    Atomic<W>::add(&a.count, std::uint64_t{1});
    Atomic<W>::add(&a.speed_sum, static_cast<std::int64_t>(speed));
    Atomic<W>::add(&a.length_sum, static_cast<std::int64_t>(type.length_units));
    Atomic<W>::add(&a.pace_sum, static_cast<std::int64_t>(10000000000ll / (speed > 1000 ? speed : 1000)));
  }
}

/// Steps for which it has been standing.
template <class W>
ARTERIAL_HD std::uint32_t count_halt(const View& v, std::uint32_t replica, std::uint32_t ground, TripState& t,
                                     std::int32_t speed, std::uint32_t ctl) {
  const std::uint32_t halted = halted_steps(ctl);
  if (speed < 1000 && !(ctl & kDwelling)) {
    if (halted == 0) {
      ++t.halts;
      ++t.approach_halts;
    }
    return halted < kHaltMax ? halted + 1 : halted;
  }
  if (halted) settle_halt<W>(v, replica, ground, t, halted, v.p.now_ms);
  return 0;
}

/// What the stage that posts need not work out again (see kQuiet, kStandsFar).
ARTERIAL_HD std::uint32_t with_hints(const View& v, std::uint32_t base, std::uint32_t ground,
                                     std::int32_t pos, std::int32_t speed, double desired, std::uint32_t ctl,
                                     const TypeParams& type) {
  ctl &= ~(kQuiet | kStandsFar);
  if (ground >= v.city.road_lanes || (ctl & kCommittedMask) || pos < type.length_units) return ctl;
  if ((ctl & kUrgent) && (ctl & (kWishLeft | kWishRight))) return ctl;  // it asks for room
  const double to_end = to_metres(v.s.ground[base + ground].length - pos);
  if (to_end > kHorizon_s * most(desired, fastest_next(to_metres(speed), desired, type, v.p.step_s)))
    return ctl | kQuiet;
  return speed == 0 && stands_far(to_end, type, v.p.step_s) ? ctl | kStandsFar : ctl;
}

/// Writes the vehicle where it has come to, with its marks.
template <class W>
ARTERIAL_HD void arrive_at(const View& v, const Driver& d, Fate fate, std::uint32_t ground, std::int32_t pos,
                           std::int32_t speed, double desired, std::uint32_t ctl, std::uint32_t halted,
                           std::uint32_t allowed, bool half, bool waiting, std::uint32_t answer) {
  const TripState& t = d.trip;
  const std::uint32_t committed =
      mark_next<W>(v, d.replica, ground, pos, speed, desired, d.slot, t, d.kind, ctl, allowed, half, waiting);
  ctl = (ctl & ~(kCommittedMask | kWontPass | kHalfWay)) | committed;
  if (waiting || (half && committed > 0 && committed == allowed)) ctl |= kHalfWay;
  // In a lane that leads nowhere, even where there is no other: somebody has to find a way out.
  if (t.next_conn == kNone && t.cursor + 1 < t.route_count && ground < v.city.road_lanes) ctl |= kUrgent;
  if (answer == kForYield || answer == kForSpace || answer == kForSignal || answer == kForStop)
    ctl |= kWontPass;
  ctl = with_hints(v, d.base, ground, pos, speed, desired, ctl, d.type);
  write_next(v.s, d.row, fate, {d.base + ground, pos, speed, d.slot, d.kind, with_halted(ctl, halted)});
}

/// Where its trip ends on a lane of its last link.
ARTERIAL_HD std::int32_t goal_on(const View& v, std::uint32_t slot, std::uint32_t ground) {
  const std::int32_t goal = v.city.trip[slot % v.city.trips].arrival_pos, length = v.city.lane_length[ground];
  return goal < length ? goal : length;
}

/// Takes a vehicle off the road, with its accounts closed.
template <class W>
ARTERIAL_HD void leave_road(const View& v, const Driver& d, SlotStatus status, std::uint32_t ground,
                            std::int32_t pos, std::uint32_t halted) {
  TripState& t = d.trip;
  if (halted) settle_halt<W>(v, d.replica, ground, t, halted, v.p.next_ms);
  settle<W>(v, d.replica, ground, t, d.kind, v.p.next_ms, pos);
  t.status = static_cast<std::uint8_t>(status);
  if (status != SlotStatus::kParked) {
    t.ended_ms = v.p.next_ms;
    t.end_lane = ground;
  }
  v.s.fate[d.row] = kGone;
  v.s.next_lane[d.row] = d.base + ground;
  v.s.next_pos[d.row] = pos;
}

/// Carries out a plan by which it may come onto other ground, to a stop or to the end of its trip.
template <class W>
ARTERIAL_HD_RARE void move_on(const View& v, const Driver& d, const Plan& plan, std::int32_t speed,
                              std::int64_t at) {
  const CityView& city = v.city;
  const StateView& s = v.s;
  const std::uint32_t replica = d.replica, base = d.base, slot = d.slot, kind = d.kind;
  const TypeParams& type = d.type;
  TripState& t = d.trip;
  std::uint32_t ground = d.ground, allowed = plan.allowed, ctl = plan.ctl;
  bool half = plan.half && allowed > 0;
  Fate fate = kStays;

  if (plan.lane != d.lane) {
    fate = kMoves;
    ground = plan.lane - base;
    count_forbidden<W>(v, replica, ground, type);
    ++t.lane_changes;
    t.last_change_ms = v.p.now_ms;
    choose_connections(v, replica, t, ground, type);
    ctl &= ~(kWishLeft | kWishRight | kUrgent);
  }
  std::uint32_t halted = count_halt<W>(v, replica, ground, t, speed, ctl);

  bool gone = false;
  std::int32_t seen_to = d.pos;  // the detectors of this lane were told so far
  bool waiting = ground >= city.road_lanes && waits_inside(ctl);
  for (int hop = 0; hop < kMaxAhead + 2 && !gone; ++hop) {
    const bool last = t.cursor + 1 >= t.route_count && ground < city.road_lanes;
    if (last) {
      if (at >= goal_on(v, slot, ground) && t.next_stop == kNone) {
        if (at > city.lane_length[ground]) at = city.lane_length[ground];
        gone = true;
        break;
      }
    }
    const std::int32_t length = s.ground[base + ground].length;
    if (at <= length) break;
    if (ground < city.road_lanes) {
      const std::uint32_t c = t.next_conn;
      const bool needs_leave = c != kNone && !(city.conn[c].flags & kConnFree);
      if (c == kNone || (needs_leave && allowed == 0)) {  // our slip: never met, counted
        count<W>(v, replica, kLaneFault);
        at = length;
        break;
      }
      if (needs_leave) {
        --allowed;
        if (half && allowed == 0) {
          half = false;
          waiting = true;  // it is inside now
        }
        const std::uint8_t letter = letter_of(v, replica, c) & 0x7f;
        if ((letter == 'r' || letter == 'u') && (ctl & kCouldStop) && !(city.conn[c].flags & kConnTurnOnRed))
          count<W>(v, replica, kRed);
      }
      if (halted) {
        settle_halt<W>(v, replica, ground, t, halted, v.p.next_ms);
        halted = 0;
      }
      t.approach_loss_ms = settle<W>(v, replica, ground, t, kind, v.p.next_ms, length);
      Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].left, std::uint64_t{1});
      if (has_detectors(v, base + ground))
        count_detectors<W>(v, replica, ground, seen_to, length, speed, type);
      at -= length;
      push_trail(v, slot, t, ground);
      ground = city.road_lanes + c;
      t.enter_pos = 0;
      Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].entered, std::uint64_t{1});
      if (s.crossing) {
        const std::uint32_t k = Atomic<W>::add(s.crossing_count, 1u);
        if (k < s.crossing_capacity) s.crossing[k] = {slot, c};
      }
    } else {
      const std::uint32_t c = ground - city.road_lanes;
      if (halted) {
        settle_halt<W>(v, replica, ground, t, halted, v.p.next_ms);
        halted = 0;
      }
      const std::int32_t loss = settle<W>(v, replica, ground, t, kind, v.p.next_ms, length);
      Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].left, std::uint64_t{1});
      MovementAccount& m = s.movement_account[replica * city.connections + c];
      Atomic<W>::add(&m.count, std::uint64_t{1});
      Atomic<W>::add(&m.delay_ms, std::int64_t{t.approach_loss_ms} + loss);
      Atomic<W>::add(&m.stops, static_cast<std::uint64_t>(t.approach_halts));
      t.approach_halts = 0;
      at -= length;
      push_trail(v, slot, t, ground);
      ground = city.conn[c].to;
      seen_to = -1;
      waiting = false;
      ++t.cursor;
      t.enter_pos = 0;
      Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].entered, std::uint64_t{1});
      know_lanes(v, replica, t, type);
      t.next_conn = t.after_conn;
      t.after_conn = t.next_conn == kNone
                         ? kNone
                         : connection_at_end(v, replica, t, city.conn[t.next_conn].to, t.cursor + 1, type);
      ctl &= ~kCouldStop;
    }
    fate = kMoves;
    count_forbidden<W>(v, replica, ground, type);
  }
  if (has_detectors(v, base + ground))
    count_detectors<W>(v, replica, ground, seen_to, static_cast<std::int32_t>(at), speed, type);

  if (gone) {
    Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].arrived, std::uint64_t{1});
    count<W>(v, replica, kArrived);
    leave_road<W>(v, d, SlotStatus::kArrived, ground, static_cast<std::int32_t>(at), halted);
    return;
  }

  // Reached a stop?
  if (!(ctl & kDwelling) && t.next_stop != kNone) {
    const StopParams& stop = city.stop[t.next_stop];
    if (stop.lane == ground && stop.route_index == t.cursor && at >= stop.pos - 5000 && speed < 5000) {
      ctl |= kDwelling;
      const std::int32_t least = v.p.next_ms + stop.duration_ms;
      t.stop_until_ms = least > stop.until_ms ? least : stop.until_ms;
      t.stop_ms += t.stop_until_ms - v.p.next_ms;
      if (stop.parking && at >= type.length_units) {
        // It leaves the lane with its whole body, and comes back by the rules of insertion.
        count<W>(v, replica, kParkedNow);
        leave_road<W>(v, d, SlotStatus::kParked, ground, static_cast<std::int32_t>(at), halted);
        return;
      }
    }
  }

  if (v.p.remove_after_ms > 0 && !(ctl & kDwelling) &&
      static_cast<std::int64_t>(halted) * v.p.step_ms >= v.p.remove_after_ms &&
      !(plan.answer == kForSignal)) {
    Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].removed, std::uint64_t{1});
    count<W>(v, replica, kRemovedRunning);
    leave_road<W>(v, d, SlotStatus::kRemovedRunning, ground, static_cast<std::int32_t>(at), halted);
    return;
  }
  const double limit = to_metres(s.ground[base + ground].limit) * speed_factor_of(kind);
  arrive_at<W>(v, d, fate, ground, static_cast<std::int32_t>(at), speed,
               limit > type.max_speed ? type.max_speed : limit, ctl, halted, allowed, half, waiting,
               plan.answer);
}

/// Carries out the plan: position, grounds passed, halts, accounts, stops, arrival, and the marks of the
/// coming state.
template <class W>
ARTERIAL_HD void move(const View& v, const Driver& d, const Plan& plan) {
  const std::int32_t speed = static_cast<std::int32_t>(plan.speed * kUnitsPerMetre);
  const std::int32_t moved = static_cast<std::int32_t>(static_cast<std::int64_t>(speed) * v.p.step_ms / 1000);
  const std::int64_t at = static_cast<std::int64_t>(d.pos) + moved;
  const bool inside = d.ground >= v.city.road_lanes,
             last = !inside && d.trip.cursor + 1 >= d.trip.route_count;
  if (plan.lane != d.lane || at > v.s.ground[d.lane].length || (plan.ctl & (kDwelling | kHasStop)) ||
      v.p.remove_after_ms > 0 || (last && at >= goal_on(v, d.slot, d.ground))) {
    move_on<W>(v, d, plan, speed, at);
    return;
  }
  const std::uint32_t halted = count_halt<W>(v, d.replica, d.ground, d.trip, speed, plan.ctl);
  if (moved > 0 && has_detectors(v, d.lane))
    count_detectors<W>(v, d.replica, d.ground, d.pos, static_cast<std::int32_t>(at), speed, d.type);
  arrive_at<W>(v, d, kStays, d.ground, static_cast<std::int32_t>(at), speed, d.desired, plan.ctl, halted,
               plan.allowed, plan.half && plan.allowed > 0, inside && waits_inside(plan.ctl), plan.answer);
}

}  // namespace arterial
