#pragma once
// Stages "post" and "grant": who may enter a junction.
//
// Vocabulary
//   committed   a vehicle that can no longer stop comfortably before a stop line it was let through; it holds
//   the
//               connection until its rear has left the ground it shares with each foe
//   hold        what committed vehicles and bodies inside a junction have: while one is held, no foe is let
//   in leave       the permission of one step to pass a stop line, asked for when the next step would commit
//   approach    when the first vehicle that has the right to go can be at its stop line: yielding vehicles
//   must be clear by then claim       road length behind the junction promised to vehicles on their way in
//   reach       how far into a lane a vehicle on its way might still roll: nobody may appear before that
//
// Why it is safe: leave is decided for a whole junction by one thread in a total order, and everybody without
// leave keeps able to stop. Of two who hold conflicting connections one is on the shared ground and the other
// before it, able to stop there until the first has left: so who waits inside waits for somebody let in
// before it, and the places of both say who that is. Impatience changes the order only.
#include <climits>

#include "kernels/atomics.h"
#include "kernels/following.h"
#include "kernels/signals.h"

namespace arterial {

constexpr int kMaxAhead = 10;                // grounds looked ahead; then a wall, counted
constexpr std::int32_t kStopGap = 2000;      // 0.2 m before the stop line
constexpr std::int32_t kAtStopLine = 20000;  // 2 m: who has to stand does so here, and creeps no further
constexpr double kTimeGap = 1.0;             // s a yielding vehicle leaves to the one it yields to
constexpr double kTimeGapAtStop = 2.5;       // s the same, of one who starts at a stop sign across its way
constexpr std::int32_t kRollIn = 30000;      // 3 m behind the line: room to get going
constexpr double kGoesOn = 1.0;    // m/s: a foe at less may be coming to a stand on the shared ground
constexpr double kStands = 0.1;    // m/s: less than this is a stand
constexpr double kLongRed_s = 60;  // who stands for longer does not wait for a light
constexpr std::uint32_t kNoApproach = 0xffffffffu;

/// On the ground of a connection: let in only to its waiting place. (Before the stop line kHalfWay speaks of
/// the last connection it is committed to.)
ARTERIAL_HD bool waits_inside(std::uint32_t ctl) { return (ctl & kHalfWay) && (ctl & kCommittedMask) == 0; }

/// A body as a foe sees it: on the ground of its connection, negative before its line.
struct Body {
  std::int32_t rear, front;  // the front at the end of the ground where it is beyond
  double speed;
  const TypeParams* type;
};
ARTERIAL_HD Body body_of_row(const View& v, std::uint32_t row, std::int32_t from) {
  const TypeParams& type = v.city.type[v.s.kind[row] & 0xffff];
  return {v.s.pos[row] - from - type.length_units, v.s.pos[row] - from, to_metres(v.s.speed[row]), &type};
}
ARTERIAL_HD Body body_of_mark(const View& v, std::uint64_t mark, std::int32_t length) {
  return {packed_rear(mark), length, packed_speed_mps(mark), &v.city.type[packed_type(mark)]};
}

/// Whether one on a lane was let into connection `c` at its end, and cannot stop before it any more.
ARTERIAL_HD bool on_its_way_in(const View& v, std::uint32_t row, std::uint32_t c) {
  const std::uint32_t ctl = v.s.ctl[row];
  return (ctl & kCommittedMask) > ((ctl & kHalfWay) ? 1u : 0u) && v.s.way_in[row] == c;
}

/// The last of those that hold connection `c`: the one whose rear is `rear`. None where it is not found.
ARTERIAL_HD bool last_holder(const View& v, std::uint32_t replica, std::uint32_t c, std::int32_t rear,
                             Body& body) {
  const std::uint32_t base = replica * v.city.grounds, ground = v.city.road_lanes + c, at = base + ground;
  if (v.s.lane_first[at] < v.s.lane_first[at + 1]) {
    body = body_of_row(v, v.s.lane_first[at], 0);
    if (body.rear == rear) return true;
  } else if (v.s.tail_mark[at] != kNoMark) {
    body = body_of_mark(v, v.s.tail_mark[at], v.city.lane_length[ground]);
    if (body.rear == rear) return true;
  }
  const std::uint32_t from = base + v.city.conn[c].from;
  for (std::uint32_t k = v.s.lane_first[from + 1];
       k-- > v.s.lane_first[from] && (v.s.ctl[k] & kCommittedMask);) {
    body = body_of_row(v, k, v.city.lane_length[v.city.conn[c].from]);
    if (body.rear == rear) return on_its_way_in(v, k, c);
  }
  return false;
}

/// The last of the foes that go over shared ground before one that is `to_end` from the end of its own
/// connection and was let in behind them: who is on that ground already, and where both come into one lane
/// whose front is nearer to it.
ARTERIAL_HD bool foe_ahead(const View& v, std::uint32_t replica, const ConflictEntry& shared,
                           std::int64_t to_end, Body& body) {
  const std::uint32_t base = replica * v.city.grounds, ground = v.city.road_lanes + shared.other,
                      at = base + ground;
  const std::int32_t length = v.city.lane_length[ground];
  bool found = false;
  if (shared.flags & kMerge) {
    const std::uint32_t lane = v.city.conn[shared.other].from, from = base + lane;
    for (std::uint32_t k = v.s.lane_first[from + 1];
         k-- > v.s.lane_first[from] && (v.s.ctl[k] & kCommittedMask);) {
      if (!on_its_way_in(v, k, shared.other)) continue;
      const Body next = body_of_row(v, k, v.city.lane_length[lane]);
      if (length - next.front >= to_end) break;
      body = next;
      found = true;
    }
  }
  for (std::uint32_t k = v.s.lane_first[at]; k < v.s.lane_first[at + 1] && !found; ++k) {
    if (waits_inside(v.s.ctl[k])) continue;
    body = body_of_row(v, k, 0);
    found = body.front > shared.other_begin || ((shared.flags & kMerge) && length - body.front < to_end);
  }
  if (!found && v.s.tail_mark[at] != kNoMark) {
    body = body_of_mark(v, v.s.tail_mark[at], length);
    found = true;
  }
  return found && body.rear < shared.other_end;
}

/// One that goes after a foe, in units: to where it can wait (below zero: it cannot), to the shared ground,
/// and (where both come into one lane) to the foe's rear along the lane they will share.
struct Behind {
  std::int64_t wait, shared, gap;
};
ARTERIAL_HD Behind behind_foe(const ConflictEntry& shared, const Body& foe, std::int64_t to_end,
                              std::int32_t length, std::int32_t foe_length) {
  Behind b;
  b.shared = to_end - length + shared.begin;
  b.wait = b.shared;
  b.gap = LLONG_MAX;
  if (shared.flags & kMerge) {
    // The foe's body comes into the lane before its rear has left: nobody is to be beside it. Before it is on
    // that ground, who is ahead is told by who is nearer to the lane: it may not be passed.
    const std::int64_t clear = to_end - foe.type->length_units - 1000;
    b.wait = foe.front <= shared.other_begin ? -1 : clear < b.shared ? clear : b.shared;
    b.gap = to_end - (foe_length - foe.rear);
  }
  return b;
}

/// Whether a vehicle at `distance` before a line must decide in the coming step.
ARTERIAL_HD bool must_ask(double distance_m, double fastest, const TypeParams& t, double step) {
  return stopping_distance(fastest, t.decel, step) > distance_m - 0.3;
}

/// Whether one that stands `distance` before a line, behind another, is too far to ask in this step.
ARTERIAL_HD bool stands_far(double distance, const TypeParams& type, double step) {
  const double start = type.accel * step;
  return surely_within(start, step, type.brake_per_v2, distance - 0.3) ||
         distance > stopping_distance(start, type.decel, step) + 0.3;
}

/// Remembers that ground or connection `i` bears a mark.
template <class W>
ARTERIAL_HD void touch(std::uint8_t* blocks, std::uint32_t i) {
  Atomic<W>::put(&blocks[i / kMarkBlock], std::uint8_t{1});
}

ARTERIAL_HD std::uint64_t pack_request(std::int64_t distance, std::uint32_t vehicle) {
  const std::uint64_t d = distance < 0 ? 0 : static_cast<std::uint64_t>(distance);
  return ((d > 0x7fffffffu ? 0x7fffffffu : d) << 32) | vehicle;
}

/// Marks a lane (and lanes behind freely passable connections) as possibly reached.
/// `beyond`: how far past the start of `lane` the vehicle might roll, units.
template <class W>
ARTERIAL_HD void mark_reach(const View& v, std::uint32_t replica, const TripState& t, std::uint32_t lane,
                            std::uint32_t cursor, std::int64_t beyond, const TypeParams& type) {
  for (int hop = 0; hop < kMaxAhead; ++hop) {
    Atomic<W>::max(&v.s.reach[replica * v.city.grounds + lane], static_cast<std::int32_t>(beyond));
    touch<W>(v.s.touched_reach, replica * v.city.grounds + lane);
    beyond -= v.city.lane_length[lane];
    if (beyond <= 0 || cursor + 1 >= t.route_count) return;
    const std::uint32_t c = connection_ahead(v, replica, t, lane, cursor, type);
    if (c == kNone || !(v.city.conn[c].flags & kConnFree)) return;
    beyond -= v.city.conn[c].length;
    if (beyond <= 0) return;
    lane = v.city.conn[c].to;
    ++cursor;
  }
}

/// A body that departed on a road shorter than itself lies over whatever leads there: visits every way into
/// `ground`, as covered to `rear`, below zero, from the start of `ground`.
template <class Visit>
ARTERIAL_HD void visit_upstream(const View& v, std::uint32_t ground, std::int32_t rear, const Visit& visit) {
  constexpr int kMostOpen = 16;
  std::uint32_t grounds[kMostOpen] = {ground};
  std::int32_t rears[kMostOpen] = {rear};
  for (int open = 1; open > 0;) {
    --open;
    const std::uint32_t here = grounds[open];
    const std::int32_t back = rears[open];
    if (here >= v.city.road_lanes) {
      const std::uint32_t from = v.city.conn[here - v.city.road_lanes].from;
      const std::int32_t to = back + v.city.lane_length[from];
      visit(from, to);
      if (to < 0) grounds[open] = from, rears[open++] = to;
      continue;
    }
    for (std::uint32_t e = v.city.lane_in_first[here]; e < v.city.lane_in_first[here + 1] && open < kMostOpen;
         ++e) {
      const std::uint32_t inside = v.city.road_lanes + v.city.lane_in[e];
      const std::int32_t to = back + v.city.lane_length[inside];
      visit(inside, to);
      if (to < 0) grounds[open] = inside, rears[open++] = to;
    }
  }
}

/// Visits the grounds that a body still covers behind the one its front is on, with its rear on each. After a
/// change of lanes the tail lies beside the ways into the new lane, and nobody may come in by them either.
/// False: it covers more.
template <class Visit>
ARTERIAL_HD bool visit_tail(const View& v, std::uint32_t ground, std::uint32_t slot, const TripState& t,
                            std::int32_t rear, const Visit& visit) {
  const std::uint32_t* trail = v.s.trail + static_cast<std::size_t>(slot) * kTrail;
  std::uint32_t before = ground;
  for (int k = 0; k < t.trail_count && rear < 0; before = trail[k++]) {
    if (trail[k] >= v.city.road_lanes && v.city.conn[trail[k] - v.city.road_lanes].to != before)
      visit_upstream(v, before, rear, visit);
    rear += v.city.lane_length[trail[k]];
    visit(trail[k], rear);
  }
  if (rear >= 0) return true;
  if (t.trail_count == kTrail) return false;
  visit_upstream(v, before, rear, visit);
  return true;
}

/// Marks them for the coming state.
template <class W>
ARTERIAL_HD_RARE void mark_tail(const View& v, std::uint32_t replica, std::uint32_t ground,
                                std::uint32_t slot, const TripState& t, std::int32_t rear, std::int32_t speed,
                                std::uint32_t type) {
  const bool whole = visit_tail(v, ground, slot, t, rear, [&](std::uint32_t at, std::int32_t to) {
    Atomic<W>::min(&v.s.next_tail_mark[replica * v.city.grounds + at], pack_rear(to, speed, type));
    touch<W>(v.s.next_touched_reach, replica * v.city.grounds + at);
  });
  if (!whole) Atomic<W>::add(&v.s.counter[replica * kCounterCount + kBounds], std::uint64_t{1});
}

/// Words of two bits for each of a replica's conflict entries (a pair uses those of its first).
ARTERIAL_HD std::size_t used_words(std::size_t entries) { return entries / 16 + 1; }

/// Marks of one vehicle's frozen state: what it holds, when it will come, what it asks.
template <class W>
struct PostVehicles {
  View v;
  void prefetch(std::uint32_t i) const { __builtin_prefetch(v.s.trip_state + v.s.slot[i]); }
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const std::uint32_t lane = s.lane[i], ctl = s.ctl[i];
    const bool first_on_lane = i + 1 >= s.n || s.lane[i + 1] != lane;
    if ((ctl & kQuiet) || ((ctl & kStandsFar) && !first_on_lane)) return;
    const std::uint32_t replica = replica_of(city, lane), base = replica * city.grounds;
    const std::uint32_t conns = replica * city.connections;
    const std::uint32_t slot = s.slot[i], kind = s.kind[i];
    const TypeParams& type = city.type[kind & 0xffff];
    const TripState& t = s.trip_state[slot];
    const std::int32_t pos = s.pos[i], speed = s.speed[i];
    std::uint32_t ground = lane - base;
    const bool inside = ground >= city.road_lanes;

    const std::int32_t rear = pos - type.length_units;
    const bool half_inside = inside && waits_inside(ctl);
    if (inside) {
      hold(conns + ground - city.road_lanes, half_inside, rear);
      use_ground(replica, ground - city.road_lanes, rear, pos);
    }
    if (rear < 0) {
      const std::uint32_t* trail = s.trail + static_cast<std::size_t>(slot) * kTrail;
      std::int32_t back = rear;
      for (int k = 0; k < t.trail_count && back < 0; ++k) {
        back += city.lane_length[trail[k]];
        if (trail[k] < city.road_lanes) continue;
        hold(conns + trail[k] - city.road_lanes, false, back);
        use_ground(replica, trail[k] - city.road_lanes, back, city.lane_length[trail[k]]);
      }
    }
    if (ctl & kDwelling) return;
    if ((ctl & kUrgent) && (ctl & (kWishLeft | kWishRight)) && !inside)
      ask_for_room(ground, lane, rear, speed, ctl);

    if (half_inside) {  // at its waiting place, or on the way there: asks for the rest
      ask(replica, ground, ground - city.road_lanes, city.conn[ground - city.road_lanes].wait - pos, i);
      return;
    }

    // Standing behind another: too far from any line to ask, and not the one to be waited for.
    std::uint32_t committed = ctl & kCommittedMask;
    if (committed > 0) s.way_in[i] = kNone;
    std::int64_t distance = s.ground[lane].length - pos;
    if (!first_on_lane && committed == 0 && !inside &&
        ((speed == 0 && stands_far(to_metres(distance), type, v.p.step_s)) || speaks_for(i + 1, t)))
      return;

    // Along the path.
    const double v_now = to_metres(speed);
    const double desired_here = to_metres(s.ground[lane].limit) * speed_factor_of(kind);
    const double desired = desired_here < type.max_speed ? desired_here : type.max_speed;
    const double fastest = fastest_next(v_now, desired, type, v.p.step_s);
    const double horizon = kHorizon_s * most(desired, fastest);
    if (committed == 0 && !inside && to_metres(distance) > horizon) return;
    const bool will_come = !(ctl & kWontPass) && (v_now > 1.0 || first_on_lane);
    const std::int32_t room = type.length_units + type.min_gap_units;
    std::uint32_t cursor = t.cursor;
    const double ask_within = stopping_distance(fastest, type.decel, v.p.step_s) + 0.3;
    bool held_back = false;  // a stop or a red ahead: what lies beyond is not approached
    for (int hop = 0; hop < kMaxAhead; ++hop) {
      std::uint32_t c, to;
      if (ground >= city.road_lanes) {
        c = ground - city.road_lanes;
        to = city.conn[c].to;
        if (committed == 0) claim(base + to, room);
      } else {
        const double metres = to_metres(distance);
        if (metres > horizon && committed == 0) return;
        if (cursor + 1 >= t.route_count) return;
        if (t.next_stop != kNone && city.stop[t.next_stop].route_index == cursor) return;
        c = hop == 0 ? t.next_conn : connection_ahead(v, replica, t, ground, cursor, type);
        if (c == kNone) return;
        to = city.conn[c].to;
        if (!(city.conn[c].flags & kConnFree)) {
          if (committed > 0) {
            --committed;
            if (committed == 0 && (ctl & kHalfWay)) {
              hold(conns + c, true, INT_MIN);
              return;
            }
            hold(conns + c, false, static_cast<std::int32_t>(-distance) - type.length_units);
            if (hop == 0) s.way_in[i] = c;
            if (committed == 0) claim(base + to, room);  // once: where it will be able to stand
          } else {
            const std::uint8_t letter = letter_of(v, replica, c);
            const bool stands = speed == 0 && distance <= kAtStopLine &&
                                (city.conn[c].flags & (kConnStop | kConnAllWay | kConnTurnOnRed));
            if (ask_within > metres || stands) ask(replica, ground, c, distance, i);
            if (letter && !is_green(letter)) held_back = true;
            if (will_come && !held_back && (city.conn[c].flags & kConnYieldedTo)) {
              const double turn =
                  to_metres(s.ground[base + city.road_lanes + c].limit) * speed_factor_of(kind);
              const double cruise = v_now > turn ? v_now : turn;
              const double ms =
                  1000.0 * travel_time(metres, v_now, type.accel, cruise < desired ? cruise : desired);
              Atomic<W>::min(&s.hold[conns + c].approach_ms,
                             ms < 1e6 ? static_cast<std::uint32_t>(ms) : 1000000u);
              touch<W>(s.touched_hold, conns + c);
            }
            // Who must first yield here is not yet on its way to what lies beyond.
            if (city.conn[c].flags & (kConnYields | kConnStop | kConnAllWay)) held_back = true;
            if (held_back && ask_within <= metres) return;
          }
        }
        distance += city.conn[c].length;
        ++cursor;
        ground = to;
        distance += s.ground[base + to].length;
        continue;
      }
      // From the ground of a connection onto its lane.
      ++cursor;
      ground = to;
      distance += s.ground[base + to].length;
    }
  }

 private:
  /// The body covers [from, to] of a connection: said to every conflict whose interval it touches. Two bodies
  /// on ground that their connections share: never, and counted, by the one that sets the second of the
  /// pair's two bits.
  ARTERIAL_HD void use_ground(std::uint32_t replica, std::uint32_t conn, std::int32_t from,
                              std::int32_t to) const {
    const std::size_t words = used_words(v.city.conflict_first[v.city.connections]);
    for (std::uint32_t k = v.city.conflict_first[conn]; k < v.city.conflict_first[conn + 1]; ++k) {
      if (from >= v.city.conflict[k].end || to <= v.city.conflict[k].begin) continue;
      const std::uint32_t twin = v.city.conflict_twin[k], pair = k < twin ? k : twin;
      const std::uint32_t mine = (k < twin ? 1u : 2u) << (2 * (pair % 16)), both = 3u << (2 * (pair % 16));
      const std::uint32_t before = Atomic<W>::set_bits(&v.s.ground_used[replica * words + pair / 16], mine);
      if (!(before & mine) && (before & both))
        Atomic<W>::add(&v.s.counter[replica * kCounterCount + kConflict], std::uint64_t{1});
    }
  }

  ARTERIAL_HD void ask(std::uint32_t replica, std::uint32_t ground, std::uint32_t conn, std::int64_t distance,
                       std::uint32_t vehicle) const {
    const std::uint32_t at = replica * v.city.grounds + ground;
    Atomic<W>::min(&v.s.asked[at].request, pack_request(distance, vehicle));
    Atomic<W>::put(&v.s.junction_asked[replica * v.city.junctions + v.city.conn[conn].junction],
                   std::uint8_t{1});
  }

  /// Whether the vehicle in `row` goes the way of one behind it on its lane, which cannot be at any line
  /// before it does.
  ARTERIAL_HD bool speaks_for(std::uint32_t row, const TripState& behind) const {
    if ((v.s.ctl[row] & (kCommittedMask | kHasStop)) != 0) return false;
    const TripState& t = v.s.trip_state[v.s.slot[row]];
    return t.next_conn == behind.next_conn && t.after_conn == behind.after_conn;
  }

  /// `half`: to its waiting place only.
  ARTERIAL_HD void hold(std::uint32_t conn, bool half, std::int32_t rear) const {
    Hold& h = v.s.hold[conn];
    Atomic<W>::min(half ? &h.half_rear : &h.rear, rear);
    touch<W>(v.s.touched_hold, conn);
  }

  ARTERIAL_HD void claim(std::uint32_t at, std::int32_t room) const {
    Atomic<W>::add(&v.s.claim[at], room);
    touch<W>(v.s.touched_claim, at);
  }

  /// A driver who must change lanes asks the one behind the gap beside it to hold back.
  ARTERIAL_HD void ask_for_room(std::uint32_t ground, std::uint32_t lane, std::int32_t rear,
                                std::int32_t speed, std::uint32_t ctl) const {
    const std::uint32_t link = v.city.lane_link[ground], first = v.city.link_first_lane[link];
    const bool up = (ctl & kWishLeft) != 0;
    if (up ? ground + 1 >= first + v.city.link_lane_count[link] : ground == first) return;
    const std::uint32_t target = up ? lane + 1 : lane - 1;
    std::uint32_t lo = v.s.lane_first[target], hi = v.s.lane_first[target + 1];
    while (lo < hi) {
      const std::uint32_t mid = (lo + hi) / 2;
      if (v.s.pos[mid] < rear)
        lo = mid + 1;
      else
        hi = mid;  // one alongside drives on; the one behind it holds
    }
    if (lo == v.s.lane_first[target]) return;
    Atomic<W>::min(&v.s.make_room[lo - 1], pack_rear(rear, speed, 0));
  }
};

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

/// One thread decides for one junction, in a total order: rank, longest wait, key.
template <class W>
struct GrantJunctions {
  View v;
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
      v.s.asked[base + q.lane].answer = decide(replica, q);
    }
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
    const bool at_line = halted > 0 && q.distance < 40000;  // 4 m

    bool yields = q.yields, to_all = false;
    const std::int32_t from = q.inside ? city.conn[q.conn].wait : 0;  // ground before this is behind it
    if (!q.inside) switch (letter) {
        case 'r':
        case 'u':
          if (!(flags & kConnTurnOnRed) || letter == 'u') return kForSignal;
          if (!at_line) return kForStop;
          to_all = true;
          break;
        case 'y':
        case 'Y':
          // The one who waited in the mouth of the junction for a gap that never came clears it on amber.
          if (!(flags & kConnYields) || !at_line) return kForSignal;
          break;
        case 's':
          if (!at_line) return kForStop;
          to_all = true;
          break;
        case 'G':
        case 'g':
          // The first of a queue takes a moment to see that it may go.
          if (at_line && type.startup_ms > 0 &&
              v.p.now_ms - v.s.green_since_ms[replica * city.slots + city.conn[q.conn].slot] <
                  type.startup_ms)
            return kForFoe;
          break;
        default:
          if ((flags & (kConnStop | kConnAllWay)) && !at_line) return kForStop;
      }
    const bool in_turn = (flags & kConnAllWay) && (letter == 0 || letter == 'o' || letter == 'O');

    // Ground held by foes, and vehicles that have the right to go first.
    const double v_now = to_metres(v.s.speed[q.vehicle]);
    const double v_turn = to_metres(v.s.ground[replica * city.grounds + city.road_lanes + q.conn].limit);
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
      double need_s;
      if (foe.flags & kMerge) {  // into the same lane: it has to be in before the other, and not in its way
        const double in =
            to_metres(static_cast<std::int64_t>(q.distance) + foe.begin - from + type.length_units);
        const double v_in = sqrt(v_now * v_now + 2.0 * type.accel * (in > 0 ? in : 0));
        const double slower = v_foe - (v_in < v_turn ? v_in : v_turn);
        need_s = travel_time(in, v_now, type.accel, v_turn) +
                 (slower > 0 ? slower * slower / (2.0 * type.decel * v_foe) : 0);
      } else {
        need_s =
            travel_time(to_metres(static_cast<std::int64_t>(q.distance) + foe.end - from + type.length_units),
                        v_now, type.accel, v_turn);
      }
      const bool from_stop = (flags & kConnStop) && letter == 0 && !(foe.flags & kMerge);
      const double need_ms = 1000.0 * (need_s + (from_stop ? kTimeGapAtStop : kTimeGap)) * patience;
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
