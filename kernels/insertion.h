#pragma once
// Stage "insert": departures that are due enter where it is safe, else wait in the queue of their link. One
// thread per link, so the order of a queue is its own. Who would lie over other links, being longer than its
// lane, enters after all the others: one in a replica and step, drawn among those who could, for two such
// might lie on one another.
#include "kernels/advance.h"

namespace arterial {

template <class W>
struct InsertDepartures {
  View v;
  static constexpr std::uint32_t kNsEach = 15;  // on a host, see HostMachine
  bool long_ones = false;                       // those who lie over other links; all others are in

  ARTERIAL_HD void operator()(std::uint32_t index) const {
    const CityView& city = v.city;
    if (v.s.next_due[index] > v.p.next_ms) return;
    const std::uint32_t replica = index / city.links, link = index % city.links;
    const std::uint32_t begin = city.queue_first[link], end = city.queue_first[link + 1];
    std::uint32_t head = begin + v.s.queue_head[index];
    const std::int32_t now = v.p.next_ms;
    std::uint32_t full = 0;  // lanes that took or refused one in this step
    for (std::uint32_t k = city.parking_first[link]; k < city.parking_first[link + 1]; ++k)
      if (come_back(replica, link, replica * city.trips + city.parking_trip[k], full) && long_ones) return;
    // Who is parked beside the road may come back at any time.
    const bool parking = city.parking_first[link] < city.parking_first[link + 1];
    if (head >= end) {
      if (!parking) v.s.next_due[index] = INT_MAX;
      return;
    }
    bool leading = true;
    int refused = 0;
    for (std::uint32_t k = head; k < end && refused < 32; ++k) {
      const std::uint32_t trip_index = city.queue_trip[k];
      const TripParams& trip = city.trip[trip_index];
      if (trip.depart_ms > now) break;
      const std::uint32_t slot = replica * city.trips + trip_index;
      TripState& t = v.s.trip_state[slot];
      if (Atomic<W>::get(&t.status) != static_cast<std::uint8_t>(SlotStatus::kScheduled)) {
        if (leading) head = k + 1;
        continue;
      }
      if (try_insert(replica, link, slot, trip, t, full)) {
        if (leading) head = k + 1;
        if (long_ones) break;
      } else {
        leading = false;
        ++refused;
      }
    }
    v.s.queue_head[index] = head - begin;
    if (!parking) v.s.next_due[index] = head < end ? city.trip[city.queue_trip[head]].depart_ms : INT_MAX;
  }

 private:
  /// A vehicle whose time beside the road is up stands in its lane again where it displaces nobody.
  ARTERIAL_HD bool come_back(std::uint32_t replica, std::uint32_t link, std::uint32_t slot,
                             std::uint32_t& full) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    TripState& t = s.trip_state[slot];
    if (Atomic<W>::get(&t.status) != static_cast<std::uint8_t>(SlotStatus::kParked) ||
        t.stop_until_ms > v.p.next_ms)
      return false;
    // The thread of another link may be letting it in at this very moment, with its next stop here: that is
    // not where it is.
    const std::uint32_t stop = Atomic<W>::get(&t.next_stop);
    if (stop == kNone || city.stop[stop].route_index != t.cursor) return false;
    const std::uint32_t lane = city.stop[stop].lane, at = replica * city.grounds + lane;
    if (city.lane_link[lane] != link) return false;
    const std::uint32_t bit = 1u << (lane - city.link_first_lane[link]);
    if (full & bit) return false;
    const TripParams& trip = city.trip[slot % city.trips];
    const TypeParams& type = city.type[trip.type];
    const std::int32_t pos = t.enter_pos, rear = pos - type.length_units;
    if (s.ground[at].obstacle != INT_MAX && pos >= s.ground[at].obstacle && rear < s.ground[at].obstacle)
      return false;
    const std::uint32_t lead = first_ahead(s, at, pos);
    if (lead < s.lane_first[at + 1] &&
        static_cast<std::int64_t>(s.pos[lead]) - city.type[s.kind[lead] & 0xffff].length_units - pos <
            type.min_gap_units)
      return false;
    if (s.tail_mark[at] != kNoMark &&
        static_cast<std::int64_t>(packed_rear(s.tail_mark[at])) - pos < type.min_gap_units)
      return false;
    if ((s.reach[at] > 0 && s.reach[at] > rear) || (s.claim[at] > 0 && s.claim[at] > rear)) return false;
    if (lead > s.lane_first[at]) {
      const std::uint32_t f = lead - 1;
      const TypeParams& follower = city.type[s.kind[f] & 0xffff];
      const double v_f = to_metres(s.speed[f]);
      const std::int64_t gap = static_cast<std::int64_t>(rear) - s.pos[f];
      if (gap < follower.min_gap_units) return false;
      if (brake_distance(v_f, follower.decel, v.p.step_s) + v_f * v.p.step_s > to_metres(gap)) return false;
    }
    if (!has_its_turn(replica, link, lane, rear)) return false;
    full |= bit;
    const std::uint32_t kind = trip.type | (static_cast<std::uint32_t>(t.speed_factor) << 16);
    settle<W>(v, replica, lane, t, kind, v.p.next_ms, pos);
    Atomic<W>::put(&t.next_stop, stop + 1 < trip.first_stop + trip.stop_count ? stop + 1 : kNone);
    know_lanes(v, replica, t, type);
    choose_connections(v, replica, t, lane, type);
    Atomic<W>::put(&t.status, static_cast<std::uint8_t>(SlotStatus::kRunning));
    count<W>(v, replica, kParkedNow, ~std::uint64_t{0});
    const std::uint32_t k = Atomic<W>::add(s.inserted_count, 1u);
    s.next_lane[k] = at;
    s.next_pos[k] = pos;
    s.next_speed[k] = 0;
    s.next_slot[k] = slot;
    s.next_kind[k] = kind;
    s.next_ctl[k] = t.next_stop != kNone ? kHasStop : 0;
    return true;
  }

  /// Whether a body may enter now that it could enter: over other links only in its turn, which it asks for
  /// here.
  ARTERIAL_HD bool has_its_turn(std::uint32_t replica, std::uint32_t link, std::uint32_t lane,
                                std::int32_t rear) const {
    const bool lies_over = rear < 0 && v.city.lane_in_first[lane] < v.city.lane_in_first[lane + 1];
    if (lies_over && !clear_upstream(replica, lane, rear)) return false;
    if (lies_over == long_ones) return true;
    if (lies_over) {
      const std::uint64_t lot = mix64((static_cast<std::uint64_t>(v.p.step) << 32) | link) >> 32 << 32;
      Atomic<W>::min(&v.s.long_departure[replica], lot | link);
      Atomic<W>::add(v.s.inserted_count + 1, 1u);
    }
    return false;
  }

  ARTERIAL_HD bool try_insert(std::uint32_t replica, std::uint32_t link, std::uint32_t slot,
                              const TripParams& trip, TripState& t, std::uint32_t& full) const {
    const CityView& city = v.city;
    const TypeParams& type = city.type[trip.type];
    const std::uint32_t first = city.link_first_lane[link], lanes = city.link_lane_count[link];
    const std::uint32_t admitted = admitted_lanes(v, replica, link, type);
    // Where there is room in none, that is all there is to know: queues stand for many steps.
    std::uint32_t roomy = admitted & ~full;
    for (std::uint32_t k = 0; k < lanes && k < 16; ++k) {
      const std::uint32_t at = replica * city.grounds + first + k;
      if ((roomy >> k & 1u) && !has_room(at, depart_position(at, first + k, trip, t, type), type))
        roomy &= ~(1u << k);
    }
    if (!roomy) {
      full |= admitted;
      return false;
    }
    t.cursor = 0;
    know_lanes(v, replica, t, type);
    std::uint32_t wanted = admitted;
    switch (trip.depart_lane_mode) {
      case 0: wanted = admitted & (~admitted + 1); break;  // first
      case 1: wanted = trip.depart_lane < lanes ? (1u << trip.depart_lane) & admitted : 0; break;
      case 4: wanted = (t.masks >> 16) & admitted; break;  // best
      case 5: {                                            // random
        int n = 0;
        for (std::uint32_t b = admitted; b; b &= b - 1) ++n;
        if (n == 0) return false;
        std::uint32_t pick = random_bits(v.p.seed + replica, Purpose::kDepart, trip.key, 0) % n;
        std::uint32_t b = admitted;
        while (pick--) b &= b - 1;
        wanted = b & (~b + 1);
        break;
      }
      default: break;  // free, allowed
    }
    if (!wanted) wanted = admitted;
    // The emptiest of the wanted lanes; the kerb side first among equals.
    std::uint32_t lane = kNone, load = kNone;
    for (std::uint32_t k = 0; k < lanes && k < 16; ++k) {
      if (!((wanted & ~full) >> k & 1u)) continue;
      const std::uint32_t at = replica * city.grounds + first + k;
      const std::uint32_t n = v.s.lane_first[at + 1] - v.s.lane_first[at];
      if (n < load) {
        load = n;
        lane = first + k;
      }
    }
    if (lane == kNone) return false;
    full |= 1u << (lane - first);
    return enter(replica, lane, slot, trip, t, type);
  }

  /// Where its front would be on `lane` (at = its place in the state).
  ARTERIAL_HD std::int32_t depart_position(std::uint32_t at, std::uint32_t lane, const TripParams& trip,
                                           const TripState& t, const TypeParams& type) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const std::int32_t length = city.lane_length[lane];
    // Front bumper; the body must be on the road where the lane is long enough.
    const std::int32_t base = type.length_units < length ? type.length_units : length;
    std::int32_t pos = base;
    if (trip.depart_pos_mode == 0) {
      pos = trip.depart_pos < 0 ? length + trip.depart_pos : trip.depart_pos;
    } else if (trip.depart_pos_mode == 3 || trip.depart_pos_mode == 4) {
      const std::uint32_t replica = replica_of(city, at);
      pos =
          static_cast<std::int32_t>(random_unit(v.p.seed + replica, Purpose::kDepart, trip.key, 1) * length);
    } else if (trip.depart_pos_mode == 5) {  // last: behind the last vehicle
      pos = length;
      if (s.lane_first[at] < s.lane_first[at + 1]) {
        const std::uint32_t k = s.lane_first[at];
        pos = s.pos[k] - city.type[s.kind[k] & 0xffff].length_units - type.min_gap_units;
      }
    }
    if (pos > length) pos = length;
    if (pos < base) pos = base;
    if (t.next_stop != kNone && city.stop[t.next_stop].route_index == 0 &&
        city.stop[t.next_stop].lane == lane && pos > city.stop[t.next_stop].pos)
      pos = city.stop[t.next_stop].pos;
    return pos;
  }

  /// Whether nothing stands on the wanted gap before a front at `pos`, nor under it.
  ARTERIAL_HD bool has_room(std::uint32_t at, std::int32_t pos, const TypeParams& type) const {
    const StateView& s = v.s;
    if (s.ground[at].obstacle != INT_MAX && pos >= s.ground[at].obstacle) return false;
    const std::uint32_t lead = first_ahead(s, at, pos);
    if (lead < s.lane_first[at + 1] &&
        std::int64_t{s.pos[lead]} - v.city.type[s.kind[lead] & 0xffff].length_units - pos <
            type.min_gap_units)
      return false;
    return s.tail_mark[at] == kNoMark ||
           std::int64_t{packed_rear(s.tail_mark[at])} - pos >= type.min_gap_units;
  }

  /// What it would enter `at` with if there were room: at most its own desired speed.
  ARTERIAL_HD double depart_speed(std::uint32_t replica, std::uint32_t at, const TripParams& trip,
                                  double desired) const {
    const StateView& s = v.s;
    const std::uint32_t first = s.lane_first[at], end = s.lane_first[at + 1];
    double wanted = desired;
    switch (trip.depart_speed_mode) {
      case 0: wanted = to_metres(trip.depart_speed); break;
      case 4: wanted *= random_unit(v.p.seed + replica, Purpose::kDepart, trip.key, 2); break;
      case 5:  // as the last vehicle on the lane
        if (first < end) wanted = to_metres(s.speed[first]);
        break;
      case 6:  // as they drive there on average
        if (first < end) {
          std::int64_t sum = 0;
          for (std::uint32_t k = first; k < end; ++k) sum += s.speed[k];
          wanted = to_metres(sum / (end - first));
        }
        break;
      default: break;
    }
    return wanted < desired ? wanted : desired;
  }

  ARTERIAL_HD bool enter(std::uint32_t replica, std::uint32_t lane, std::uint32_t slot,
                         const TripParams& trip, TripState& t, const TypeParams& type) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const double step = v.p.step_s;
    const std::uint32_t at = replica * city.grounds + lane;
    const std::int32_t length = city.lane_length[lane], pos = depart_position(at, lane, trip, t, type);
    if (!has_room(at, pos, type)) return false;
    const std::uint32_t kind = trip.type | (static_cast<std::uint32_t>(t.speed_factor) << 16);
    double desired = to_metres(s.ground[at].limit) * speed_factor_of(kind);
    if (desired > type.max_speed) desired = type.max_speed;
    const bool exact = trip.depart_speed_mode == 0;
    double wanted = depart_speed(replica, at, trip, desired);

    SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0, wanted};
    const std::uint32_t lead = first_ahead(s, at, pos);
    if (lead < s.lane_first[at + 1]) {
      const TypeParams& leader = city.type[s.kind[lead] & 0xffff];
      const std::int64_t gap = static_cast<std::int64_t>(s.pos[lead]) - leader.length_units - pos;
      obey_leader(limit, gap, to_metres(s.speed[lead]), leader, wanted, desired, type, step);
    }
    const std::uint64_t mark = s.tail_mark[at];
    if (mark != kNoMark) {
      const std::int64_t gap = static_cast<std::int64_t>(packed_rear(mark)) - pos;
      obey_leader(limit, gap, packed_speed_mps(mark), city.type[packed_type(mark)], wanted, desired, type,
                  step);
    }
    t.cursor = 0;
    choose_connections(v, replica, t, lane, type);
    if (t.route_count > 1) obey_wall(limit, length - pos, kStopGap, type, step);
    if (s.ground[at].obstacle != INT_MAX) obey_wall(limit, s.ground[at].obstacle - pos, kStopGap, type, step);
    if (t.next_stop != kNone && city.stop[t.next_stop].route_index == 0)
      obey_wall(limit, city.stop[t.next_stop].pos - pos, 0, type, step);
    // The speed it enters with must be one it can brake from: safe_speed(room) also covers the first step.
    const double most = limit.safe < limit.comfortable ? limit.safe : limit.comfortable;
    if (wanted > most) {
      if (exact && wanted > most + 0.1) return false;
      wanted = most;
    }
    // Whoever comes from behind.
    const std::int32_t rear = pos - type.length_units;
    if (s.reach[at] > rear && s.reach[at] > 0) return false;
    if (s.claim[at] > 0 && rear < s.claim[at]) return false;
    if (lead > s.lane_first[at] &&
        !stops_behind(lead - 1, static_cast<std::int64_t>(rear) - s.pos[lead - 1], wanted))
      return false;
    if (!has_its_turn(replica, city.lane_link[lane], lane, rear)) return false;

    const std::uint32_t k = Atomic<W>::add(s.inserted_count, 1u);
    s.next_lane[k] = at;
    s.next_pos[k] = pos;
    s.next_speed[k] = static_cast<std::int32_t>(wanted * kUnitsPerMetre);
    s.next_slot[k] = slot;
    s.next_kind[k] = kind;
    s.next_ctl[k] = t.next_stop != kNone ? kHasStop : 0;
    Atomic<W>::put(&t.status, static_cast<std::uint8_t>(SlotStatus::kRunning));
    t.entered_ms = v.p.next_ms;
    t.enter_ms = v.p.next_ms;
    t.enter_pos = pos;
    t.enter_lane = lane;
    count<W>(v, replica, kDeparted);
    Atomic<W>::add(&s.link_account[account_of(v, replica, lane)].inserted, std::uint64_t{1});
    return true;
  }

  /// Whether the vehicle in `row` can stop comfortably behind a rear `gap` ahead of it that goes on with
  /// `speed`.
  ARTERIAL_HD bool stops_behind(std::uint32_t row, std::int64_t gap, double speed) const {
    const TypeParams& type = v.city.type[v.s.kind[row] & 0xffff];
    const double v_f = to_metres(v.s.speed[row]), step = v.p.step_s;
    return gap >= type.min_gap_units && brake_distance(v_f, type.decel, step) + v_f * step <=
                                            to_metres(gap) + brake_distance(speed, 9.0, step);
  }

  /// Whether the vehicle in `row`, which does not see it in the coming step, stops behind a rear `gap` ahead
  /// of it.
  ARTERIAL_HD bool never_reaches(std::uint32_t row, std::int64_t gap) const {
    const TypeParams& type = v.city.type[v.s.kind[row] & 0xffff];
    const double fastest = fastest_next(to_metres(v.s.speed[row]), type.max_speed, type, v.p.step_s);
    return gap >= type.min_gap_units &&
           stopping_distance(fastest, type.emergency_decel, v.p.step_s) < to_metres(gap) - 0.02;
  }

  /// On a lane shorter than itself a body lies over what leads there: whether nobody is on that road, nor the
  /// first one behind it too near. `rear`: below zero, from the start of `lane`.
  ARTERIAL_HD bool clear_upstream(std::uint32_t replica, std::uint32_t lane, std::int32_t rear) const {
    const CityView& city = v.city;
    const StateView& s = v.s;
    const std::uint32_t base = replica * city.grounds;
    constexpr int kMostLanes = 16;
    std::uint32_t lanes[kMostLanes] = {lane};
    std::int32_t rears[kMostLanes] = {rear};
    for (int open = 1; open > 0;) {
      --open;
      const std::uint32_t here = lanes[open];
      const std::int64_t covered = -static_cast<std::int64_t>(rears[open]);
      for (std::uint32_t e = city.lane_in_first[here]; e < city.lane_in_first[here + 1]; ++e) {
        const std::uint32_t c = city.lane_in[e], ground = base + city.road_lanes + c,
                            from = base + city.conn[c].from;
        const std::int64_t inside = city.conn[c].length, before = city.lane_length[city.conn[c].from];
        if (s.lane_first[ground] < s.lane_first[ground + 1]) {
          const std::uint32_t k = s.lane_first[ground + 1] - 1;
          if (!never_reaches(k, inside - s.pos[k] - covered)) return false;
        } else if (s.lane_first[from] < s.lane_first[from + 1]) {
          const std::uint32_t k = s.lane_first[from + 1] - 1;
          if (!never_reaches(k, before - s.pos[k] + inside - covered)) return false;
        } else if (s.reach[from] > 0 && s.reach[from] > before + inside - covered) {
          return false;
        } else if (covered > inside && s.tail_mark[from] != kNoMark) {
          return false;  // a tail lies there whose front went another way
        } else if (covered > before + inside) {
          if (open == kMostLanes) return false;
          lanes[open] = city.conn[c].from;
          rears[open++] = static_cast<std::int32_t>(before + inside - covered);
        }
      }
    }
    return true;
  }
};

/// Of every replica the link whose turn it is to let somebody in who lies over other links.
template <class W>
struct InsertLongDepartures {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t replica) const {
    const std::uint64_t turn = v.s.long_departure[replica];
    v.s.long_departure[replica] = kNoMark;
    if (turn != kNoMark)
      InsertDepartures<W>{v, true}(replica * v.city.links + static_cast<std::uint32_t>(turn));
  }
};

/// The marks of who has just entered: the step to come sees them, and a state read from a checkpoint has the
/// same.
template <class W>
struct MarkDepartures {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t k) const {
    const StateView& s = v.s;
    const std::uint32_t lane = s.next_lane[k], replica = replica_of(v.city, lane), slot = s.next_slot[k],
                        kind = s.next_kind[k];
    const double limit = to_metres(s.ground[lane].limit) * speed_factor_of(kind),
                 most = v.city.type[kind & 0xffff].max_speed;
    mark_next<W>(v, replica, lane - replica * v.city.grounds, s.next_pos[k], s.next_speed[k],
                 limit > most ? most : limit, slot, s.trip_state[slot], kind, s.next_ctl[k], 0, false, false);
  }
};

}  // namespace arterial
