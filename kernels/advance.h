#pragma once
// Stages "plan" and "move": one vehicle's next speed, lane and position from the frozen state of all.
//
// Comfortable limits (follow, stop line, slower road ahead) shape the speed; the safe limit, at emergency
// deceleration and without the wanted gap, can only lower it. So no law and no step size can collide.
#include "kernels/accounts.h"
#include "kernels/right_of_way.h"

namespace arterial {

constexpr std::int32_t kCreep = 10;     // 1 mm
constexpr double kAmberReach_s = 2.0;  // of a program's amber of 3 s or more

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

/// Marks for the coming state what a vehicle's tail still covers and how far it might roll into lanes ahead.
/// `allowed`: connections ahead that it was let through. Returns how many of them it can no longer stop before.
template <class W>
ARTERIAL_HD std::uint32_t mark_next(const View& v, std::uint32_t replica, std::uint32_t lane, std::int32_t pos,
                                    std::int32_t speed, std::uint32_t slot, const TripState& t, std::uint32_t kind,
                                    bool dwelling, std::uint32_t allowed, bool half, bool waiting) {
  const CityView& city = v.city;
  const std::uint32_t base = replica * city.grounds, ground = lane - base;
  const TypeParams& type = city.type[kind & 0xffff];
  if (pos < type.length_units) mark_tail<W>(v, replica, slot, t, pos - type.length_units, speed, kind & 0xffff);
  if (dwelling) return 0;
  const double v_now = to_metres(speed);
  const double stop_b = brake_distance(v_now, type.decel, v.p.step_s);
  double desired = to_metres(v.s.lane_limit[lane]) * speed_factor_of(kind);
  if (desired > type.max_speed) desired = type.max_speed;
  const double fastest = fastest_next(v_now, desired, type, v.p.step_s);
  const std::int64_t roll = to_units(stopping_distance(fastest, type.emergency_decel, v.p.step_s));
  std::int64_t to_end = static_cast<std::int64_t>(city.lane_length[ground]) - pos;
  std::uint32_t g = ground, cursor = t.cursor, committed = 0;
  for (int hop = 0; hop < kMaxAhead; ++hop) {
    const bool holding = to_metres(to_end) - 0.2 < stop_b;
    if (to_end > roll && !holding) break;
    std::uint32_t c;
    if (g >= city.road_lanes) {
      c = g - city.road_lanes;
      if (hop == 0 && waiting) break;  // it stops at its waiting place
    } else {
      if (cursor + 1 >= t.route_count) break;
      c = g == ground ? t.next_conn : connection_at_end(v, replica, t, g, cursor, type);
      if (c == kNone) break;
      if (!(city.conn_flags[c] & kConnFree)) {
        if (!holding || committed >= allowed) break;
        ++committed;
        if (half && committed == allowed) break;
      }
      to_end += city.lane_length[city.road_lanes + c];
    }
    g = city.conn_to[c];
    ++cursor;
    if (roll > to_end) Atomic<W>::max(&v.s.next_reach[base + g], static_cast<std::int32_t>(roll - to_end));
    to_end += city.lane_length[g];
  }
  return committed;
}

/// The marks of a state that was read from a checkpoint: as the move before it left them.
template <class W>
struct RemarkVehicles {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::uint32_t lane = v.s.lane[i], slot = v.s.slot[i];
    mark_next<W>(v, replica_of(v.city, lane), lane, v.s.pos[i], v.s.speed[i], slot, v.s.trip_state[slot], v.s.kind[i],
                 (v.s.ctl[i] & kDwelling) != 0, v.s.ctl[i] & kCommittedMask, (v.s.ctl[i] & kHalfWay) != 0,
                 lane - replica_of(v.city, lane) * v.city.grounds >= v.city.road_lanes && waits_inside(v.s.ctl[i]));
  }
};

template <class W>
struct AdvanceVehicles {
  View v;

  struct Ahead {           // what the walk along the path found
    SpeedLimits limit;
    std::uint32_t allowed = 0;      // connections in a row, free ones not counted, that it may pass
    bool half = false;              // the last of them only to its waiting place
    bool revoked = false;
  };

  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const double step = v.p.step_s;
    const std::uint32_t lane = s.lane[i], replica = replica_of(city, lane), base = replica * city.grounds;
    const std::uint32_t slot = s.slot[i], kind = s.kind[i];
    std::uint32_t ctl = s.ctl[i];
    const TypeParams& type = city.type[kind & 0xffff];
    TripState& t = s.trip_state[slot];
    const std::int32_t pos = s.pos[i];
    const std::uint32_t ground = lane - base;
    const double v_now = to_metres(s.speed[i]);
    double desired = to_metres(s.lane_limit[lane]) * speed_factor_of(kind);
    if (desired > type.max_speed) desired = type.max_speed;

    // In a standing queue nothing can come of all that follows: a glance at the leader will do.
    const bool queued = stands_in_queue(i, lane, pos, ctl, type);
    const bool side_lane = ground < city.road_lanes && city.link_lane_count[city.lane_link[ground]] > 1;
    if (queued && !side_lane && keeps_standing(ground, pos, ctl, type)) {
      const std::uint32_t halted = ctl >> kHaltShift;
      ctl &= ((1u << kHaltShift) - 1) & ~(kCommittedMask | kWontPass | kHalfWay);
      s.fate[i] = kStays;
      s.next_lane[i] = lane;
      s.next_pos[i] = pos;
      s.next_speed[i] = 0;
      s.next_slot[i] = slot;
      s.next_kind[i] = kind;
      s.next_ctl[i] = ctl | ((halted < kHaltMax ? halted + 1 : halted) << kHaltShift);
      return;
    }

    double next = 0;
    bool half = false;
    std::uint32_t new_lane = lane, allowed = 0;
    std::uint32_t answer = kUnasked;
    if (ctl & kDwelling) {
      if (v.p.next_ms >= t.stop_until_ms) end_stop(replica, t, ctl, type);
      check_overlap(i, replica, lane, pos, t);
    } else {
      Ahead ahead;
      if (queued) {
        ahead.limit = {0, 0, 0, to_metres(static_cast<std::int64_t>(s.pos[i + 1]) - city.type[s.kind[i + 1] & 0xffff].length_units - pos), 0};
      } else {
        const double fastest = fastest_next(v_now, desired, type, step);
        look_ahead(i, replica, t, type, v_now, desired, fastest, kind, ctl, ahead, answer);
      }
      allowed = ahead.allowed;
      half = ahead.half;
      const double faster = v_now + type.accel * step, slower = v_now - type.decel * step;
      next = faster < desired ? faster : (desired > slower ? desired : slower);
      if (type.idm) {
        const double idm = v_now + ahead.limit.idm_accel * step;
        next = idm < next ? idm : next;
      }
      next = ahead.limit.comfortable < next ? ahead.limit.comfortable : next;
      if (s.make_room[i] != kNoMark && type.lc_cooperative > 0) {
        const double hold = speed_making_room(s.make_room[i], pos, v_now, type, step);
        if (hold < next) next = hold;
      }
      if (!type.idm && type.sigma > 0)
        next = dawdle(next, type.accel, type.sigma, step,
                      random_unit(v.p.seed + replica, Purpose::kDawdle, city.trip[slot % city.trips].key,
                                  static_cast<std::uint64_t>(v.p.now_ms / 1000)));
      // A leader that comes into sight is no reason to brake harder than followers can rely on.
      const double hardest = v_now - type.emergency_decel * step;
      if (next < hardest) next = hardest;
      next = ahead.limit.safe < next ? ahead.limit.safe : next;
      if (!(next > 0)) next = 0;
      if (ground < city.road_lanes && city.link_lane_count[city.lane_link[ground]] > 1)
        change_lane(i, replica, t, type, v_now, desired, ahead, ctl, next, new_lane, allowed);
    }
    if (allowed == 0) half = false;
    move(i, replica, lane, new_lane, pos, next, allowed, half, answer, ctl, kind, type, t);
  }

 private:
  /// Stands behind one that stands, with no more than the wanted gap between. A last millimetre is not worth a start.
  ARTERIAL_HD bool stands_in_queue(std::uint32_t i, std::uint32_t lane, std::int32_t pos, std::uint32_t ctl,
                                   const TypeParams& type) const {
    const StateView& s = v.s;
    if (s.speed[i] != 0 || (ctl & (kDwelling | kHasStop)) || (ctl & kCommittedMask)) return false;
    if (i + 1 >= s.n || s.lane[i + 1] != lane || s.speed[i + 1] != 0) return false;
    const std::int64_t gap = static_cast<std::int64_t>(s.pos[i + 1]) - v.city.type[s.kind[i + 1] & 0xffff].length_units - pos;
    return gap >= 0 && gap <= type.min_gap_units + kCreep;
  }

  /// Nothing of its own changes either: no tail to mark, no line within reach, no count begins.
  ARTERIAL_HD bool keeps_standing(std::uint32_t ground, std::int32_t pos, std::uint32_t ctl, const TypeParams& type) const {
    return (ctl >> kHaltShift) > 0 && pos >= type.length_units && v.p.remove_after_ms == 0 &&
           v.city.lane_length[ground] - pos > to_units(stopping_distance(type.accel * v.p.step_s, type.emergency_decel, v.p.step_s));
  }

  ARTERIAL_HD void end_stop(std::uint32_t replica, TripState& t, std::uint32_t& ctl, const TypeParams& type) const {
    const TripParams& trip = v.city.trip[(&t - v.s.trip_state) % v.city.trips];
    ctl &= ~kDwelling;
    ++t.next_stop;
    if (t.next_stop >= trip.first_stop + trip.stop_count) {
      t.next_stop = kNone;
      ctl &= ~kHasStop;
    }
    t.masks = lane_masks(v, replica, t, t.cursor, type);
  }

  ARTERIAL_HD void check_overlap(std::uint32_t i, std::uint32_t replica, std::uint32_t lane, std::int32_t pos,
                                 const TripState&) const {
    if (i + 1 < v.s.n && v.s.lane[i + 1] == lane &&
        v.s.pos[i + 1] - v.city.type[v.s.kind[i + 1] & 0xffff].length_units < pos)
      count<W>(v, replica, kOverlap);
  }

  ARTERIAL_HD void look_ahead(std::uint32_t i, std::uint32_t replica, const TripState& t, const TypeParams& type,
                              double v_now, double desired, double fastest, std::uint32_t kind, std::uint32_t& ctl,
                              Ahead& ahead, std::uint32_t& answer) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const double step = v.p.step_s;
    const std::uint32_t base = replica * city.grounds;
    SpeedLimits& limit = ahead.limit;
    limit = {1e9, 1e9, 1e9, 1e9, 0};
    if (type.idm) {
      const double a = idm_acceleration(v_now, desired, 1e9, 0, type);
      limit.idm_accel = a;
    }
    std::uint32_t ground = s.lane[i] - base, cursor = t.cursor, committed = ctl & kCommittedMask;
    std::int64_t to_start = -static_cast<std::int64_t>(s.pos[i]);  // from the front to the start of `ground`
    const double far = stopping_distance(fastest, type.decel, step) + fastest * (type.tau > step ? type.tau : step) +
                       type.min_gap + 2.0;
    const std::int64_t look = to_units(far);
    bool leader_found = false;
    for (int hop = 0; hop < kMaxAhead; ++hop) {
      const std::uint32_t at = base + ground;
      if (!leader_found) {
        std::uint32_t k = hop == 0 ? i + 1 : s.lane_first[at];
        const bool here = hop == 0 ? (k < s.n && s.lane[k] == at) : k < s.lane_first[at + 1];
        if (here) {
          const TypeParams& leader = city.type[s.kind[k] & 0xffff];
          const std::int64_t gap = to_start + s.pos[k] - leader.length_units;
          if (gap < 0) count<W>(v, replica, kOverlap);
          obey_leader(limit, gap, to_metres(s.speed[k]), leader, v_now, desired, type, step);
          leader_found = true;
        } else if (s.tail_mark[at] != kNoMark) {
          const std::uint64_t mark = s.tail_mark[at];
          // A vehicle's own tail never marks the ground its front is on, but may mark one it comes to again.
          const std::int64_t gap = to_start + packed_rear(mark);
          if (hop == 0 || gap >= 0) {
            if (gap < 0) count<W>(v, replica, kOverlap);
            obey_leader(limit, gap, packed_speed_mps(mark), city.type[packed_type(mark)], v_now, desired, type, step);
            leader_found = true;
          }
        }
      }
      if (s.lane_obstacle[at] != INT_MAX) {
        const std::int64_t d = to_start + s.lane_obstacle[at];
        if (d >= 0) obey_wall(limit, d, kStopGap, type, step);
      }
      if (t.next_stop != kNone && city.stop[t.next_stop].route_index == cursor && ground < city.road_lanes) {
        // In the wrong lane it stops before the end of the lane; see below.
        const StopParams& stop = city.stop[t.next_stop];
        if (stop.lane == ground || hop > 0) {
          const std::int64_t d = to_start + stop.pos;
          obey_wall(limit, d > 0 ? d : 0, 0, type, step);
          if (stop.lane == ground) return;
        }
      }
      const std::int64_t to_end = to_start + city.lane_length[ground];
      if (hop == 0 && ground >= city.road_lanes && waits_inside(ctl)) {
        const std::int32_t place = city.conn_wait[ground - city.road_lanes];
        if (s.request[at] == pack_request(place + to_start, i)) answer = s.answer[at];
        if (answer == kGranted) {
          ctl &= ~kHalfWay;
        } else {
          obey_wall(limit, to_start + place, 0, type, step);
          return;
        }
      }
      if (to_end > look) return;
      std::uint32_t c, to;
      if (ground >= city.road_lanes) {
        c = ground - city.road_lanes;
        to = city.conn_to[c];
        to_start = to_end;
      } else {
        const bool stop_here = t.next_stop != kNone && city.stop[t.next_stop].route_index == cursor;
        if (cursor + 1 >= t.route_count && !stop_here) return;  // it arrives on this link
        c = hop == 0 ? t.next_conn : connection_at_end(v, replica, t, ground, cursor, type);
        if (c == kNone || stop_here) {
          obey_wall(limit, to_end, kStopGap, type, step);
          return;
        }
        to = city.conn_to[c];
        if (!(city.conn_flags[c] & kConnFree)) {
          bool may_pass = false, half = false;
          if (committed > 0) {
            --committed;
            may_pass = true;
            half = committed == 0 && (ctl & kHalfWay);
            const std::uint8_t letter = letter_of(v, replica, c);
            if (letter && !is_green(letter)) {
              const double d = to_metres(to_end);
              const double brake_e = brake_distance(v_now, type.emergency_decel, step);
              if (letter & kGreenEnded) {
                if (brake_e <= d) ctl |= kCouldStop; else ctl &= ~kCouldStop;
              }
              const std::uint8_t l = letter & 0x7f;
              if (l == 'y' || l == 'Y') {
                // Who cannot stop comfortably goes on, if the amber will last until the line.
                if (brake_distance(v_now, type.decel, step) <= d - 0.2 || (brake_e <= d && d > kAmberReach_s * v_now)) may_pass = false;
              } else if (brake_e <= d) {
                may_pass = false;
              }
            }
            if (!may_pass) ahead.revoked = true;
          } else {
            if (s.request[at] == pack_request(to_end, i)) {
              if (answer == kUnasked || answer == kGranted) answer = s.answer[at];
              may_pass = s.answer[at] == kGranted || s.answer[at] == kGrantedHalf;
              half = s.answer[at] == kGrantedHalf;
              if (may_pass) ctl &= ~kCouldStop;
            }
          }
          if (!may_pass || ahead.revoked) {
            obey_wall(limit, to_end, kStopGap, type, step);
            return;
          }
          if (ahead.allowed < kCommittedMask) ++ahead.allowed;
          if (half) {
            const double slow = approach_speed(to_metres(to_end), to_metres(s.lane_limit[base + city.road_lanes + c]) * speed_factor_of(kind), type.decel, step);
            limit.comfortable = slow < limit.comfortable ? slow : limit.comfortable;
            ahead.half = true;
            obey_wall(limit, to_end + city.conn_wait[c], 0, type, step);
            // Who waits there already is its leader.
            if (!leader_found) follow_inside(i, base + city.road_lanes + c, to_end, v_now, desired, type, limit);
            return;
          }
        }
        const double turn = to_metres(s.lane_limit[base + city.road_lanes + c]) * speed_factor_of(kind);
        const double slow = approach_speed(to_metres(to_end), turn, type.decel, step);
        limit.comfortable = slow < limit.comfortable ? slow : limit.comfortable;
        to_start = to_end;
        ground = city.road_lanes + c;
        continue;
      }
      ++cursor;
      ground = to;
      const double road = to_metres(s.lane_limit[base + to]) * speed_factor_of(kind);
      const double slow = approach_speed(to_metres(to_start), road, type.decel, step);
      limit.comfortable = slow < limit.comfortable ? slow : limit.comfortable;
    }
    // Bounded look-ahead: beyond it, a wall.
    obey_wall(limit, to_start, 0, type, step);
    count<W>(v, replica, kBounds);
  }

  /// Nobody holds a connection into `lane`, and each is long enough for `back` units of a tail.
  ARTERIAL_HD bool entry_is_empty(std::uint32_t replica, std::uint32_t lane, std::int32_t back) const {
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
  ARTERIAL_HD void align_with_gap(std::uint32_t i, std::uint32_t base, std::uint32_t target, std::int32_t pos,
                                  const TypeParams& type, double v_now, double& next) const {
    if (target >= v.city.road_lanes || v.city.lane_link[target] != v.city.lane_link[v.s.lane[i] - base]) return;
    const std::uint32_t lead = first_ahead(v.s, base + target, pos);
    if (lead >= v.s.lane_first[base + target + 1]) return;
    const std::int64_t rear = static_cast<std::int64_t>(v.s.pos[lead]) - v.city.type[v.s.kind[lead] & 0xffff].length_units;
    const double hold = hold_back(to_metres(rear - pos) - type.min_gap, to_metres(v.s.speed[lead]), v_now, type, v.p.step_s);
    if (hold < next) next = hold;
  }

  ARTERIAL_HD void follow_inside(std::uint32_t, std::uint32_t at, std::int64_t to_start, double v_now, double desired,
                                 const TypeParams& type, SpeedLimits& limit) const {
    const std::uint32_t k = v.s.lane_first[at];
    if (k < v.s.lane_first[at + 1]) {
      const TypeParams& leader = v.city.type[v.s.kind[k] & 0xffff];
      obey_leader(limit, to_start + v.s.pos[k] - leader.length_units, to_metres(v.s.speed[k]), leader, v_now, desired, type, v.p.step_s);
    } else if (v.s.tail_mark[at] != kNoMark) {
      const std::uint64_t mark = v.s.tail_mark[at];
      obey_leader(limit, to_start + packed_rear(mark), packed_speed_mps(mark), v.city.type[packed_type(mark)], v_now, desired, type, v.p.step_s);
    }
  }

  /// One side per step parity. Accepted only where the gaps stay safe under the worst next move of the follower.
  ARTERIAL_HD void change_lane(std::uint32_t i, std::uint32_t replica, TripState& t, const TypeParams& type,
                               double v_now, double desired, const Ahead& ahead, std::uint32_t& ctl,
                               double& next, std::uint32_t& new_lane, std::uint32_t& allowed) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const double step = v.p.step_s;
    const std::uint32_t base = replica * city.grounds, ground = s.lane[i] - base, link = city.lane_link[ground];
    const std::uint32_t index = ground - city.link_first_lane[link], lanes = city.link_lane_count[link];
    const std::uint32_t ok = t.masks & 0xffff, here = 1u << index;
    std::uint32_t best = t.masks >> 16;
    const std::int32_t pos = s.pos[i], to_end = city.lane_length[ground] - pos;
    ctl &= ~(kWishLeft | kWishRight | kUrgent);

    // What it wants.
    int wish = 0;      // +1 away from the kerb, -1 to the kerb
    bool must = false, blocked = false;
    if (s.lane_obstacle[s.lane[i]] != INT_MAX && s.lane_obstacle[s.lane[i]] >= pos) {
      // The road is blocked ahead: past it in a lane that is free, the right one if possible.
      std::uint32_t open = 0;
      for (std::uint32_t k = 0; k < lanes && k < 16; ++k) {
        const std::uint32_t l = ground - index + k;
        if (s.lane_obstacle[base + l] == INT_MAX && admits(v, replica, l, type)) open |= 1u << k;
      }
      const std::uint32_t wanted = (best & open) ? best & open : (ok & open) ? ok & open : open;
      if (wanted) {
        best = wanted;
        blocked = true;
      }
    }
    if (best && !(best & here)) {
      const double lookout = (desired > 8 ? desired : 8) * 12.0 * type.lc_strategic + 20.0;
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
      if (wish && must && to_metres(to_end) < lookout * hops) ctl |= kUrgent;
      if (wish) ctl |= wish > 0 ? kWishLeft : kWishRight;
    }
    if ((ctl & kUrgent) && to_end < 400000) align_with_gap(i, base, ground + wish, pos, type, v_now, next);
    const int side = (v.p.step & 1u) ? -1 : 1;
    if (wish != 0 && wish != side) return;
    if (side < 0 ? index == 0 : index + 1 >= lanes) return;
    const std::uint32_t target = ground + side;
    if (side > 0 ? (city.lane_no_left[ground] & type.class_mask) : (city.lane_no_right[ground] & type.class_mask)) return;
    if (!admits(v, replica, target, type)) return;
    if (s.lane_obstacle[base + target] != INT_MAX) {
      // Not onto what is blocked, nor back in before it.
      if (s.lane_obstacle_end[base + target] > pos - type.length_units && (s.lane_obstacle[base + target] <= pos || !must)) return;
    }
    if (ahead.allowed > 0 && wish == 0) return;  // already on its way through the junction
    if ((ctl & kCommittedMask) != 0) return;

    // With the tail still on an earlier ground: only where nobody is, or must come, from behind on the way in.
    if (pos < type.length_units && (!must || !entry_is_empty(replica, target, type.length_units - pos))) return;

    const std::uint32_t at = base + target;
    const std::uint32_t lead = first_ahead(s, at, pos);
    SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0};
    if (type.idm) limit.idm_accel = idm_acceleration(v_now, desired, 1e9, 0, type);
    if (lead < s.lane_first[at + 1]) {
      const TypeParams& leader = city.type[s.kind[lead] & 0xffff];
      const std::int64_t gap = static_cast<std::int64_t>(s.pos[lead]) - leader.length_units - pos;
      if (gap < 0) return;
      obey_leader(limit, gap, to_metres(s.speed[lead]), leader, v_now, desired, type, step);
    } else if (s.tail_mark[at] != kNoMark) {
      const std::uint64_t mark = s.tail_mark[at];
      const std::int64_t gap = static_cast<std::int64_t>(packed_rear(mark)) - pos;
      if (gap < 0) return;
      obey_leader(limit, gap, packed_speed_mps(mark), city.type[packed_type(mark)], v_now, desired, type, step);
    }
    if (s.lane_obstacle[at] != INT_MAX && s.lane_obstacle[at] >= pos)
      obey_wall(limit, s.lane_obstacle[at] - pos, kStopGap, type, step);
    if (wish == 0) {
      // For speed, or back to the kerb: only between lanes that both lead on, and not too often.
      if (t.next_stop != kNone && city.stop[t.next_stop].route_index == t.cursor) return;
      if (best && !((best >> (index + side)) & 1u)) return;
      if (v.p.now_ms - t.last_change_ms < 5000) return;
      if (to_metres(to_end) < 3.0 * desired + 10) return;
      const double look = desired * 4.0 + 10.0;
      const double mine = ahead.limit.gap_to_leader < look ? (ahead.limit.leader_speed < desired ? ahead.limit.leader_speed : desired) : desired;
      const double other = limit.gap_to_leader < look ? (limit.leader_speed < desired ? limit.leader_speed : desired) : desired;
      if (side > 0) {
        if (!(type.lc_speed_gain > 0) || !(other > mine * 1.1 + 0.8)) return;
      } else {
        if (!(type.lc_keep_right > 0) || limit.gap_to_leader < desired * 8.0 || other < mine * 0.98) return;
      }
      if (limit.comfortable < next * 0.9) return;
    }
    // The new lane's end: no leave is carried over. Its stop, if it is there.
    obey_wall(limit, to_end, kStopGap, type, step);
    if (t.next_stop != kNone && city.stop[t.next_stop].route_index == t.cursor && city.stop[t.next_stop].lane == target) {
      const std::int32_t d = city.stop[t.next_stop].pos - pos;
      obey_wall(limit, d > 0 ? d : 0, 0, type, step);
    }
    double v_new = next;
    if (type.idm) {
      const double idm = v_now + limit.idm_accel * step;
      v_new = idm < v_new ? idm : v_new;
    }
    if (limit.comfortable < v_new) v_new = limit.comfortable;
    if (limit.safe < v_new) v_new = limit.safe;
    if (!(v_new > 0)) v_new = 0;
    const double least = v_now - (must ? type.emergency_decel * 0.7 : type.decel) * step;
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
        const double needed = krauss_follow_speed(gap - follower.min_gap, v_now, follower.decel, type.decel, follower.tau, step);
        if (needed < v_f - follower.decel * 0.5 * step) return;
      }
    }
    next = v_new;
    new_lane = at;
    allowed = 0;
  }

  ARTERIAL_HD void move(std::uint32_t i, std::uint32_t replica, std::uint32_t lane, std::uint32_t new_lane,
                        std::int32_t pos, double next, std::uint32_t allowed, bool half, std::uint32_t answer, std::uint32_t ctl,
                        std::uint32_t kind, const TypeParams& type, TripState& t) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const std::uint32_t base = replica * city.grounds;
    const std::uint32_t slot = s.slot[i];
    std::uint32_t ground = lane - base;
    std::uint8_t fate = kStays;
    const std::int32_t speed = static_cast<std::int32_t>(next * kUnitsPerMetre);
    const std::int32_t moved = static_cast<std::int32_t>(static_cast<std::int64_t>(speed) * v.p.step_ms / 1000);
    std::int64_t at = static_cast<std::int64_t>(pos) + moved;
    std::uint32_t halted = ctl >> kHaltShift;

    if (new_lane != lane) {
      fate = kMoves;
      ground = new_lane - base;
      count_forbidden(replica, ground, type);
      ++t.lane_changes;
      t.last_change_ms = v.p.now_ms;
      t.next_conn = connection_at_end(v, replica, t, ground, t.cursor, type);
      ctl &= ~(kWishLeft | kWishRight | kUrgent);
    }
    // Halts.
    if (speed < 1000 && !(ctl & kDwelling)) {
      if (halted == 0) {
        ++t.halts;
        ++t.approach_halts;
      }
      if (halted < kHaltMax) ++halted;
    } else if (halted) {
      settle_halt<W>(v, replica, ground, t, halted);
      halted = 0;
    }

    bool gone = false;
    bool waiting = ground >= city.road_lanes && waits_inside(ctl);
    for (int hop = 0; hop < kMaxAhead + 2 && !gone; ++hop) {
      const bool last = t.cursor + 1 >= t.route_count && ground < city.road_lanes;
      if (last) {
        const std::int32_t goal = city.trip[slot % city.trips].arrival_pos;
        const std::int32_t length = city.lane_length[ground];
        if (at >= (goal < length ? goal : length) && t.next_stop == kNone) {
          if (at > length) at = length;
          gone = true;
          break;
        }
      }
      if (at <= city.lane_length[ground]) break;
      if (ground < city.road_lanes) {
        const std::uint32_t c = t.next_conn;
        const bool needs_leave = c != kNone && !(city.conn_flags[c] & kConnFree);
        if (c == kNone || (needs_leave && allowed == 0)) {  // our slip: never met, counted
          count<W>(v, replica, kLaneFault);
          at = city.lane_length[ground];
          break;
        }
        if (needs_leave) {
          --allowed;
          if (half && allowed == 0) {
            half = false;
            waiting = true;  // it is inside now
          }
          const std::uint8_t letter = letter_of(v, replica, c) & 0x7f;
          if ((letter == 'r' || letter == 'u') && (ctl & kCouldStop) && !(city.conn_flags[c] & kConnTurnOnRed))
            count<W>(v, replica, kRed);
        }
        if (halted) {
          settle_halt<W>(v, replica, ground, t, halted);
          halted = 0;
        }
        t.approach_loss_ms = settle<W>(v, replica, ground, t, kind, v.p.next_ms, city.lane_length[ground]);
        Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].left, std::uint64_t{1});
        at -= city.lane_length[ground];
        push_trail(slot, t, ground);
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
          settle_halt<W>(v, replica, ground, t, halted);
          halted = 0;
        }
        const std::int32_t loss = settle<W>(v, replica, ground, t, kind, v.p.next_ms, city.lane_length[ground]);
        Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].left, std::uint64_t{1});
        MovementAccount& m = s.movement_account[replica * city.connections + c];
        Atomic<W>::add(&m.count, std::uint64_t{1});
        Atomic<W>::add(&m.delay_ms, static_cast<std::int64_t>(t.approach_loss_ms + loss));
        Atomic<W>::add(&m.stops, static_cast<std::uint64_t>(t.approach_halts));
        t.approach_halts = 0;
        at -= city.lane_length[ground];
        push_trail(slot, t, ground);
        ground = city.conn_to[c];
        waiting = false;
        ++t.cursor;
        t.enter_pos = 0;
        Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].entered, std::uint64_t{1});
        t.next_conn = connection_at_end(v, replica, t, ground, t.cursor, type);
        t.masks = lane_masks(v, replica, t, t.cursor, type);
        ctl &= ~kCouldStop;
      }
      fate = kMoves;
      count_forbidden(replica, ground, type);
    }
    count_detectors(replica, ground, lane - base, pos, static_cast<std::int32_t>(at), speed, type);

    if (gone) {
      if (halted) settle_halt<W>(v, replica, ground, t, halted);
      settle<W>(v, replica, ground, t, kind, v.p.next_ms, static_cast<std::int32_t>(at));
      Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].arrived, std::uint64_t{1});
      count<W>(v, replica, kArrived);
      t.ended_ms = v.p.next_ms;
      t.end_lane = ground;
      t.status = static_cast<std::uint8_t>(SlotStatus::kArrived);
      s.fate[i] = kGone;
      s.next_lane[i] = base + ground;
      s.next_pos[i] = static_cast<std::int32_t>(at);
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
          if (halted) settle_halt<W>(v, replica, ground, t, halted);
          settle<W>(v, replica, ground, t, kind, v.p.next_ms, static_cast<std::int32_t>(at));
          count<W>(v, replica, kParkedNow);
          t.status = static_cast<std::uint8_t>(SlotStatus::kParked);
          s.fate[i] = kGone;
          s.next_lane[i] = base + ground;
          s.next_pos[i] = static_cast<std::int32_t>(at);
          return;
        }
      }
    }

    if (v.p.remove_after_ms > 0 && !(ctl & kDwelling) &&
        static_cast<std::int64_t>(halted) * v.p.step_ms >= v.p.remove_after_ms && !(answer == kForSignal)) {
      settle_halt<W>(v, replica, ground, t, halted);
      settle<W>(v, replica, ground, t, kind, v.p.next_ms, static_cast<std::int32_t>(at));
      Atomic<W>::add(&s.link_account[account_of(v, replica, ground)].removed, std::uint64_t{1});
      count<W>(v, replica, kRemovedRunning);
      t.ended_ms = v.p.next_ms;
      t.end_lane = ground;
      t.status = static_cast<std::uint8_t>(SlotStatus::kRemovedRunning);
      fate = kGone;
    }
    if (fate != kGone) {
      const std::uint32_t committed = mark_next<W>(v, replica, base + ground, static_cast<std::int32_t>(at), speed, slot,
                                                   t, kind, (ctl & kDwelling) != 0, allowed, half, waiting);
      ctl = (ctl & ~(kCommittedMask | kWontPass | kHalfWay)) | committed;
      if (waiting || (half && committed > 0 && committed == allowed)) ctl |= kHalfWay;
      // In a lane that leads nowhere, even where there is no other: somebody has to find a way out.
      if (ground < city.road_lanes && t.next_conn == kNone && t.cursor + 1 < t.route_count) ctl |= kUrgent;
      if (answer == kForYield || answer == kForSpace || answer == kForSignal || answer == kForStop) ctl |= kWontPass;
      ctl = (ctl & ((1u << kHaltShift) - 1)) | (halted << kHaltShift);
    }
    s.fate[i] = fate;
    s.next_lane[i] = base + ground;
    s.next_pos[i] = static_cast<std::int32_t>(at);
    s.next_speed[i] = speed;
    s.next_slot[i] = slot;
    s.next_kind[i] = kind;
    s.next_ctl[i] = ctl;
  }

  /// A class where it may not be: neither by the map nor by a change. A lane that was closed after a driver could no
  /// longer stop before it is no fault of the driver's.
  ARTERIAL_HD void count_forbidden(std::uint32_t replica, std::uint32_t ground, const TypeParams& type) const {
    if (type.flags & kIgnoresPermissions) return;
    const std::uint32_t admitted = v.city.lane_classes[ground] | v.s.lane_allowed[replica * v.city.grounds + ground];
    if (!(admitted & type.class_mask)) count<W>(v, replica, kLaneFault);
  }

  ARTERIAL_HD void push_trail(std::uint32_t slot, TripState& t, std::uint32_t ground) const {
    std::uint32_t* trail = v.s.trail + static_cast<std::size_t>(slot) * kTrail;
    for (int k = kTrail - 1; k > 0; --k) trail[k] = trail[k - 1];
    trail[0] = ground;
    if (t.trail_count < kTrail) ++t.trail_count;
  }

  ARTERIAL_HD void count_detectors(std::uint32_t replica, std::uint32_t ground, std::uint32_t from, std::int32_t pos,
                                   std::int32_t at, std::int32_t speed, const TypeParams& type) const {
    const CityView& city = v.city;
    if (city.detectors == 0) return;
    for (int side = 0; side < 2; ++side) {
      const std::uint32_t g = side == 0 ? from : ground;
      if (g >= city.road_lanes || (side == 1 && ground == from)) continue;
      for (std::uint32_t k = city.lane_detector_first[g]; k < city.lane_detector_first[g + 1]; ++k) {
        const std::uint32_t d = city.lane_detector[k];
        const std::int32_t where = city.detector[d].pos;
        const bool passed = ground == from ? (pos < where && at >= where) : side == 0 ? pos < where : at >= where;
        if (!passed) continue;
        DetectorAccount& a = v.s.detector_account[replica * city.detectors + d];
        Atomic<W>::add(&a.count, std::uint64_t{1});
        Atomic<W>::add(&a.speed_sum, static_cast<std::int64_t>(speed));
        Atomic<W>::add(&a.length_sum, static_cast<std::int64_t>(type.length_units));
        Atomic<W>::add(&a.pace_sum, static_cast<std::int64_t>(10000000000ll / (speed > 1000 ? speed : 1000)));
      }
    }
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
