#pragma once
// Stage "post": of every vehicle what it holds, when it will come, what it asks.
#include "kernels/right_of_way.h"

namespace arterial {

/// Words of two bits for each of a replica's conflict entries (a pair uses those of its first).
ARTERIAL_HD std::size_t used_words(std::size_t entries) { return entries / 16 + 1; }

/// Marks of one vehicle's frozen state: what it holds, when it will come, what it asks.
template <class W>
struct PostVehicles {
  View v;
  static constexpr std::uint32_t kNsEach = 40;  // on a host, see HostMachine
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
            const bool at_line = stops_now(v_now, distance, type, v.p.step_s) &&
                                 (city.conn[c].flags & (kConnStop | kConnAllWay | kConnTurnOnRed));
            if (ask_within > metres || at_line) ask(replica, ground, c, distance, i);
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

}  // namespace arterial
