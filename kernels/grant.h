#pragma once
// Stage "grant": every junction decides who of those that ask may enter.
#include "kernels/foes.h"
#include "kernels/tails.h"

namespace arterial {

/// Grounds from which a junction may be asked: lanes that lead to it, then connections with a waiting place.
ARTERIAL_HD std::uint32_t places_to_ask(const CityView& city, std::uint32_t junction) {
  return city.junction_lane_first[junction + 1] - city.junction_lane_first[junction] +
         city.junction_wait_first[junction + 1] - city.junction_wait_first[junction];
}
ARTERIAL_HD std::uint32_t place_to_ask(const CityView& city, std::uint32_t junction, std::uint32_t k) {
  const std::uint32_t first = city.junction_lane_first[junction],
                      lanes = city.junction_lane_first[junction + 1] - first;
  return k < lanes ? city.junction_lane[first + k]
                   : city.road_lanes + city.junction_wait[city.junction_wait_first[junction] + k - lanes];
}

/// Requests and answers of the step before are forgotten.
struct ForgetRequests {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t index) const {
    if (!v.s.junction_asked[index]) return;
    v.s.junction_asked[index] = 0;
    const std::uint32_t replica = index / v.city.junctions, junction = index % v.city.junctions;
    for (std::uint32_t k = 0, n = places_to_ask(v.city, junction); k < n; ++k) {
      const std::uint32_t at = replica * v.city.grounds + place_to_ask(v.city, junction, k);
      v.s.asked[at] = Asked{};
    }
  }
};

ARTERIAL_HD bool leads_into(const View& v, std::uint32_t lane, std::uint32_t junction) {
  const std::uint32_t k = v.city.lane_conn_first[lane];
  return k < v.city.lane_conn_first[lane + 1] && v.city.conn[v.city.lane_conn[k]].junction == junction;
}

/// Room behind the junction for the whole vehicle, along its route.
ARTERIAL_HD bool room_behind(const View& v, std::uint32_t replica, const TripState& t, std::uint32_t c,
                             std::uint32_t cursor, std::uint32_t halted, const TypeParams& type) {
  const std::uint32_t base = replica * v.city.grounds;
  const std::int64_t need = type.length_units + type.min_gap_units;
  std::int64_t room = 0;
  const std::uint32_t junction = v.city.conn[c].junction;
  // Who came this way and stands in another lane by now, with its rear still here, is followed as well.
  const std::uint64_t rear_here = v.s.tail_mark[base + v.city.road_lanes + c];
  if (rear_here != kNoMark && packed_speed_mps(rear_here) < kStands) return false;
  std::uint32_t lane = v.city.conn[c].to;
  for (int hop = 0; hop < 6; ++hop) {
    const std::uint32_t at = base + lane;
    room -= v.s.claim[at] + (hop == 0 ? v.s.promise[at] : 0);  // beyond, another junction promises
    // Moving vehicles take their length, wherever they are; the last standing one ends the room.
    const std::uint32_t end = v.s.lane_first[at + 1];
    for (std::uint32_t k = v.s.lane_first[at], seen = 0; k < end && seen < 24; ++k, ++seen) {
      const TypeParams& ahead = v.city.type[v.s.kind[k] & 0xffff];
      if (v.s.speed[k] < 1000) return room + v.s.pos[k] - ahead.length_units >= need;
      room -= ahead.length_units + ahead.min_gap_units;
    }
    if (v.s.tail_mark[at] != kNoMark && packed_speed_mps(v.s.tail_mark[at]) < kStands)
      return room + packed_rear(v.s.tail_mark[at]) >= need;
    room += v.city.lane_length[lane];
    if (room >= need || cursor + 1 >= t.route_count) return true;
    // Too short for the whole vehicle: its tail will stand on this junction's ground. Against somebody who
    // comes the other way, from there to here, both would stand for ever: the way on must be free of these. A
    // red ahead is waited for only so long.
    c = connection_ahead(v, replica, t, lane, cursor, type);
    const bool waited_long = halted * v.p.step_s > kLongRed_s;
    if (c == kNone) return waited_long;
    // Long enough, but taken by somebody who has to yield at its end: it may come to a stand there.
    if (v.city.lane_length[lane] >= need &&
        (v.city.conn[c].flags & (kConnYields | kConnStop | kConnAllWay)) &&
        (letter_of(v, replica, c) & 0x7f) != 'G')
      return false;
    const std::uint32_t conns = replica * v.city.connections;
    for (std::uint32_t k = v.city.conflict_first[c]; k < v.city.conflict_first[c + 1]; ++k) {
      const ConflictEntry& foe = v.city.conflict[k];
      if (v.s.hold[conns + foe.other].rear_before < foe.other_end &&
          leads_into(v, v.city.conn[foe.other].to, junction))
        return false;
    }
    const std::uint8_t letter = letter_of(v, replica, c);
    if (letter && !is_green(letter) && !waited_long) return false;
    lane = v.city.conn[c].to;
    ++cursor;
  }
  return true;
}

/// A roundabout that fills up locks: everybody in it waits for the one ahead. Whoever comes in leaves it some
/// room.
ARTERIAL_HD bool ring_is_full(const View& v, std::uint32_t replica, std::uint32_t ring) {
  std::uint32_t inside = 0;
  const std::uint32_t base = replica * v.city.grounds;
  for (std::uint32_t k = v.city.ring_ground_first[ring]; k < v.city.ring_ground_first[ring + 1]; ++k) {
    const std::uint32_t at = base + v.city.ring_ground[k];
    inside += v.s.lane_first[at + 1] - v.s.lane_first[at];
  }
  return inside >= v.city.ring_room[ring];
}

/// Seconds for which a driver stands at an all-way stop with others at so many other approaches: by so much
/// the departure headways of HCM 6, chapter 21 (cases 2 to 5: 4.7, 5.8, 7.0, 9.6 s), exceed that of one alone
/// (3.9 s).
ARTERIAL_HD double hesitation(int approaches, bool crossing) {
  switch (approaches) {
    case 0: return 0;
    case 1: return crossing ? 1.9 : 0.8;
    case 2: return 3.1;
    default: return 5.7;
  }
}

/// One thread decides for one junction, in a total order: rank, longest wait, key.
template <class W>
struct GrantJunctions {
  View v;
  static constexpr std::uint32_t kNsEach = 60;  // on a host, see HostMachine
  static constexpr int kMaxRequests = 48;

  struct Candidate {
    std::uint64_t order;
    std::uint32_t lane, vehicle, conn, cursor;
    std::int32_t distance;
    bool yields, impatient, inside;
  };

  ARTERIAL_HD void operator()(std::uint32_t index) const {
    const CityView& city = v.city;
    if (!v.s.junction_asked[index]) return;
    const std::uint32_t replica = index / city.junctions, junction = index % city.junctions;
    const std::uint32_t base = replica * city.grounds, asking = places_to_ask(city, junction);
    Candidate list[kMaxRequests];
    int n = 0;
    bool all_way = false;
    for (std::uint32_t k = 0; k < asking; ++k) {
      const std::uint32_t lane = place_to_ask(city, junction, k);
      const std::uint64_t request = v.s.asked[base + lane].request;
      if (request == kNoMark) continue;
      if (n == kMaxRequests) {
        Atomic<W>::add(&v.s.counter[replica * kCounterCount + kBounds], std::uint64_t{1});
        break;
      }
      Candidate& q = list[n];
      q.lane = lane;
      q.vehicle = static_cast<std::uint32_t>(request);
      q.distance = static_cast<std::int32_t>(request >> 32);
      q.inside = lane >= city.road_lanes;
      if (q.inside) {
        q.conn = lane - city.road_lanes;
        q.cursor = v.s.trip_state[v.s.slot[q.vehicle]].cursor + 1;
      } else if (!find_connection(replica, q)) {
        continue;
      }
      const std::uint32_t halted = halted_steps(v.s.ctl[q.vehicle]);
      const std::uint8_t letter = letter_of(v, replica, q.conn) & 0x7f;
      q.yields = (city.conn[q.conn].flags & kConnYields) != 0 && letter != 'G';
      all_way |= (city.conn[q.conn].flags & kConnAllWay) != 0;
      if (letter == 's' || letter == 'r') q.yields = true;
      const double waited = q.inside ? halted * v.p.step_s : waited_for_gap(v, replica, q.conn, halted);
      q.impatient = waited > 3.0 * v.p.impatience_after_s;
      const std::uint64_t rank = q.inside      ? 0
                                 : q.impatient ? 1
                                 : q.yields    ? 3
                                               : 2;  // who is inside clears it first
      q.order = (rank << 60) | (static_cast<std::uint64_t>(kHaltMax - halted) << 40) |
                (mix64(v.s.trip_state[v.s.slot[q.vehicle]].key) >> 24);
      ++n;
    }
    for (int done = 0; done < n; ++done) {
      int best = done;
      for (int k = done + 1; k < n; ++k)
        if (list[k].order < list[best].order) best = k;
      const Candidate q = list[best];
      list[best] = list[done];
      list[done] = q;
      v.s.asked[base + q.lane].answer =
          all_way && hesitates(replica, q, list, n) ? kForStop : decide(replica, q);
    }
  }

  /// At an all-way stop drivers make sure whose turn it is, which takes the longer the more others are there.
  ARTERIAL_HD bool hesitates(std::uint32_t replica, const Candidate& q, const Candidate* list, int n) const {
    if (q.inside || !(v.city.conn[q.conn].flags & kConnAllWay) ||
        !must_stop(v.city.conn[q.conn].flags, letter_of(v, replica, q.conn)))
      return false;
    int approaches = 0;
    bool crossing = false;
    for (int k = 0; k < n; ++k) {
      if (!stands_beside(list[k], q)) continue;
      bool counted = false;
      for (int before = 0; before < k && !counted; ++before)
        counted = stands_beside(list[before], q) && !stands_beside(list[before], list[k]);
      approaches += !counted;
      for (std::uint32_t e = v.city.conflict_first[q.conn]; e < v.city.conflict_first[q.conn + 1]; ++e)
        crossing |= v.city.conflict[e].other == list[k].conn;
    }
    return halted_steps(v.s.ctl[q.vehicle]) * v.p.step_s < hesitation(approaches, crossing);
  }

  /// Whether `other` is at the line of an approach that is not that of `q`.
  ARTERIAL_HD bool stands_beside(const Candidate& other, const Candidate& q) const {
    return !other.inside && other.distance <= kFirstAtLine &&
           v.city.lane_link[other.lane] != v.city.lane_link[q.lane];
  }

  /// Walks the candidate's path to the lane it asks from.
  ARTERIAL_HD bool find_connection(std::uint32_t replica, Candidate& q) const {
    const std::uint32_t base = replica * v.city.grounds;
    const TripState& t = v.s.trip_state[v.s.slot[q.vehicle]];
    const TypeParams& type = v.city.type[v.s.kind[q.vehicle] & 0xffff];
    std::uint32_t ground = v.s.lane[q.vehicle] - base, cursor = t.cursor;
    for (int hop = 0; hop < kMaxAhead; ++hop) {
      std::uint32_t c;
      if (ground >= v.city.road_lanes) {
        c = ground - v.city.road_lanes;
      } else {
        c = hop == 0 ? t.next_conn : connection_ahead(v, replica, t, ground, cursor, type);
        if (c == kNone) return false;
        if (ground == q.lane) {
          q.conn = c;
          q.cursor = cursor + 1;
          return true;
        }
      }
      ground = v.city.conn[c].to;
      ++cursor;
    }
    return false;
  }

  /// The foe that holds the ground shared with `q` leaves it before `q` can be there: `q` goes after it. Such
  /// a foe is on that ground; or, where both come into one lane, ahead on the way there, so that it can be
  /// followed.
  ARTERIAL_HD bool leaves_in_time(std::uint32_t replica, const Candidate& q, const ConflictEntry& shared,
                                  std::int32_t from, double v_now, double v_turn,
                                  const TypeParams& type) const {
    Body foe;
    const std::uint32_t ground = v.city.road_lanes + shared.other;
    if (!last_holder(v, replica, shared.other, v.s.hold[replica * v.city.connections + shared.other].rear,
                     foe) ||
        foe.speed < kGoesOn)
      return false;
    const bool merge = (shared.flags & kMerge) != 0;
    // Equals who meet right behind their lines go lane by lane: taking turns each would start from a stand.
    if (merge && shared.begin - from < kRollIn &&
        ((shared.flags & kIYield) != 0) == ((shared.flags & kOtherYields) != 0))
      return false;
    const std::int32_t length = v.city.conn[q.conn].length;
    const Behind b = behind_foe(shared, foe, q.distance + length - from, length, v.city.lane_length[ground]);
    if (foe.front <= shared.other_begin && (!merge || b.gap <= 0)) return false;
    // It must be able to wait, or to follow.
    const bool waits = b.wait >= q.distance + (merge ? 0 : kStopGap);
    if (!waits && (!merge || !follows_safely(foe, b.gap, v_now, type))) return false;
    const double limit = to_metres(v.s.ground[replica * v.city.grounds + ground].limit);
    const double leaves_s =
        travel_time(to_metres(shared.other_end - foe.rear), foe.speed, foe.type->accel, limit);
    return leaves_s <= travel_time(to_metres(b.shared), v_now, type.accel, v_turn) +
                           (merge ? type.tau : 0.5 * v.p.step_s);
  }

  ARTERIAL_HD bool follows_safely(const Body& foe, std::int64_t gap, double v_now,
                                  const TypeParams& type) const {
    if (gap <= 0) return false;
    const double step = v.p.step_s, e = foe.type->emergency_decel > type.emergency_decel
                                            ? foe.type->emergency_decel
                                            : type.emergency_decel;
    const double room = to_metres(gap);
    return safe_speed(room - 0.02 + brake_distance(foe.speed, e, step), type.emergency_decel, step) >=
               v_now - type.emergency_decel * step &&
           krauss_follow_speed(room - type.min_gap, foe.speed, type.decel, foe.type->decel, type.tau, step) >=
               v_now - type.decel * step;
  }

  /// Whether one that stands holds ground shared with connection `c`.
  ARTERIAL_HD bool somebody_stands_before(std::uint32_t replica, std::uint32_t c) const {
    const Hold* holds = v.s.hold + replica * v.city.connections;
    for (std::uint32_t k = v.city.conflict_first[c]; k < v.city.conflict_first[c + 1]; ++k) {
      const ConflictEntry& foe = v.city.conflict[k];
      Body body;
      if (holds[foe.other].rear < foe.other_end &&
          last_holder(v, replica, foe.other, holds[foe.other].rear, body) && body.speed < kStands)
        return true;
    }
    return false;
  }

  ARTERIAL_HD std::uint8_t decide(std::uint32_t replica, const Candidate& q) const {
    const CityView& city = v.city;
    const std::uint32_t conns = replica * city.connections, flags = city.conn[q.conn].flags;
    const TypeParams& type = city.type[v.s.kind[q.vehicle] & 0xffff];
    const std::uint32_t halted = halted_steps(v.s.ctl[q.vehicle]);
    const std::uint8_t letter = letter_of(v, replica, q.conn) & 0x7f;
    const double v_now = to_metres(v.s.speed[q.vehicle]);
    const bool at_line = halted > 0 && q.distance < kFirstAtLine;
    const bool stops = must_stop(flags, letter);
    if (!q.inside && stops && !at_line && !stops_now(v_now, q.distance, type, v.p.step_s)) return kForStop;

    bool yields = q.yields, to_all = false;
    const std::int32_t from = q.inside ? city.conn[q.conn].wait : 0;  // ground before this is behind it
    if (!q.inside) switch (letter) {
        case 'r':
        case 'u':
          if (!stops) return kForSignal;
          to_all = true;
          break;
        case 'y':
        case 'Y':
          // The one who waited in the mouth of the junction for a gap that never came clears it on amber.
          if (!(flags & kConnYields) || !at_line) return kForSignal;
          break;
        case 's': to_all = true; break;
        case 'G':
        case 'g':
          // The first of a queue takes a moment to see that it may go.
          if (at_line && type.startup_ms > 0 &&
              v.p.now_ms - v.s.green_since_ms[replica * city.slots + city.conn[q.conn].slot] <
                  type.startup_ms)
            return kForFoe;
          break;
        default: break;
      }
    const bool in_turn = (flags & kConnAllWay) && stops;

    // Ground held by foes, and vehicles that have the right to go first.
    const double v_turn = to_metres(v.s.ground[replica * city.grounds + city.road_lanes + q.conn].limit);
    // Euler's update is ahead of steady acceleration by half a step: as if it had this speed to begin with.
    const double v_from = (stops && !q.inside ? 0 : v_now) + 0.5 * type.accel * v.p.step_s;
    const double waited = q.inside ? halted * v.p.step_s : waited_for_gap(v, replica, q.conn, halted);
    double patience = 1.0 - (waited - v.p.impatience_after_s) / (2.0 * v.p.impatience_after_s);
    patience = patience > 1 ? 1 : patience < 0 ? 0 : patience;
    bool held = false, held_early = false, behind = false, wait = false;
    for (std::uint32_t k = city.conflict_first[q.conn]; k < city.conflict_first[q.conn + 1]; ++k) {
      const ConflictEntry& foe = city.conflict[k];
      if (foe.end <= from) continue;
      const bool half_held = v.s.hold[conns + foe.other].half_rear < foe.other_end &&
                             foe.other_begin < city.conn[foe.other].wait;
      if (half_held || v.s.hold[conns + foe.other].rear < foe.other_end) {
        if (foe.begin < city.conn[q.conn].wait) held_early = true;
        if (half_held || !leaves_in_time(replica, q, foe, from, v_now, v_turn, type)) {
          held = true;
          continue;
        }
        behind = true;
      }
      if (wait || in_turn) continue;
      const bool mine = to_all || (yields && (foe.flags & kIYield) && !(foe.flags & kOtherYields));
      if (!mine) continue;
      const std::uint32_t comes_ms = v.s.hold[conns + foe.other].approach_ms;
      if (comes_ms == kNoApproach) continue;
      const double v_foe = to_metres(v.s.ground[replica * city.grounds + city.road_lanes + foe.other].limit);
      const double there_ms = comes_ms + 1000.0 * to_metres(foe.other_begin) / (v_foe > 1 ? v_foe : 1.0);
      const bool merge = (foe.flags & kMerge) != 0;
      double gap_s = kTimeGap;
      if ((flags & kConnStop) && letter == 0) gap_s = merge ? kTimeGapIntoAtStop : kTimeGapAcrossAtStop;
      double need_s;
      if (merge) {  // into the same lane: it has to be in before the other, and not in its way
        const double in =
            to_metres(static_cast<std::int64_t>(q.distance) + foe.begin - from + type.length_units);
        const double v_in = sqrt(v_from * v_from + 2.0 * type.accel * (in > 0 ? in : 0));
        const double slower = v_foe - (v_in < v_turn ? v_in : v_turn);
        need_s = travel_time(in, v_from, type.accel, v_turn) +
                 (slower > 0 ? slower * slower / (2.0 * type.decel * v_foe) : 0);
      } else {
        need_s =
            travel_time(to_metres(static_cast<std::int64_t>(q.distance) + foe.end - from + type.length_units),
                        v_from, type.accel, v_turn);
      }
      const double need_ms = 1000.0 * (need_s + gap_s) * patience;
      if (there_ms < need_ms) wait = true;
    }
    // Behind one that waits half-way it waits too: let in for good, it would lay claim to the room the other
    // needs.
    if (!q.inside && v.s.hold[conns + q.conn].half_rear != INT_MAX) held = true;
    if (wait && q.inside) return kForYield;
    // What it cannot pass now it may still wait for inside, where there is a place and one vehicle's room in
    // it.
    const bool half = !q.inside && (wait || held) && !held_early && city.conn[q.conn].wait > 0 && !to_all &&
                      (letter == 0 || letter == 'g' || letter == 'G' || letter == 'o' || letter == 'O') &&
                      v.s.hold[conns + q.conn].rear == INT_MAX &&
                      v.s.hold[conns + q.conn].half_rear >= type.length_units + type.min_gap_units;
    if (wait && !half) return kForYield;
    touch<W>(v.s.touched_hold, conns + q.conn);  // from here on it may be held
    const std::uint32_t ring = city.lane_ring[city.conn[q.conn].to];
    const bool round = ring != kNone && ring == city.lane_ring[city.conn[q.conn].from];
    // Who drives on round a roundabout keeps no entry clear: everybody in it would wait for room before the
    // one ahead.
    if ((flags & kConnKeepClear) && (flags & kConnConflicts) && !round &&
        !room_behind(v, replica, v.s.trip_state[v.s.slot[q.vehicle]], q.conn, q.cursor, halted, type))
      return kForSpace;
    if (!q.inside && ring != kNone && !round && ring_is_full(v, replica, ring)) return kForSpace;
    if (half) {
      v.s.hold[conns + q.conn].half_rear = INT_MIN;
      return kGrantedHalf;
    }
    if (held) {
      // An impatient driver keeps others from slipping in before the ground is free. While one stands on it
      // that is no use, and may bar the very ones that it waits for.
      if (q.impatient && !q.inside && !somebody_stands_before(replica, q.conn))
        v.s.hold[conns + q.conn].rear = INT_MIN;
      return kForFoe;
    }
    v.s.hold[conns + q.conn].rear = INT_MIN;
    touch<W>(v.s.touched_claim, replica * city.grounds + city.conn[q.conn].to);
    const std::uint32_t to = city.conn[q.conn].to;
    Atomic<W>::add(&v.s.promise[replica * city.grounds + to], type.length_units + type.min_gap_units);
    const double desired = v_turn > v_now ? v_turn : v_now;
    const double roll = stopping_distance(fastest_next(v_now, desired + 30.0, type, v.p.step_s),
                                          type.emergency_decel, v.p.step_s);
    const std::int64_t beyond =
        static_cast<std::int64_t>(to_units(roll)) - q.distance - (city.conn[q.conn].length - from);
    if (beyond > 0)
      mark_reach<W>(v, replica, v.s.trip_state[v.s.slot[q.vehicle]], to, q.cursor, beyond, type);
    return behind ? kGrantedBehind : kGranted;
  }
};

}  // namespace arterial
