#pragma once
// Where a vehicle goes next: which connection at the end of a lane, which lanes of a link lead on.
#include "kernels/state_columns.h"
#include "sim/model/random.h"

namespace arterial {

struct View {
  CityView city;
  StateView s;
  StepParams p;
};

ARTERIAL_HD std::uint32_t replica_of(const CityView& c, std::uint32_t lane) {
  return c.replicas == 1 ? 0 : lane / c.grounds;
}

ARTERIAL_HD bool admits(const View& v, std::uint32_t replica, std::uint32_t ground, const TypeParams& type) {
  return (v.s.lane_allowed[replica * v.city.grounds + ground] & type.class_mask) != 0 ||
         ((type.flags & kIgnoresPermissions) && v.s.lane_allowed[replica * v.city.grounds + ground] != 0);
}

/// Whether some connection leads from `lane` to `link` for this type.
ARTERIAL_HD bool leads_to(const View& v, std::uint32_t replica, std::uint32_t lane, std::uint32_t link,
                          const TypeParams& type) {
  for (std::uint32_t k = v.city.lane_conn_first[lane]; k < v.city.lane_conn_first[lane + 1]; ++k) {
    const std::uint32_t c = v.city.lane_conn[k], to = v.city.conn_to[c];
    if (v.city.lane_link[to] == link && admits(v, replica, to, type) &&
        admits(v, replica, v.city.road_lanes + c, type))
      return true;
  }
  return false;
}

ARTERIAL_HD std::uint32_t route_link(const View& v, const TripState& t, std::uint32_t cursor) {
  return cursor < t.route_count ? v.s.route_links[t.route_first + cursor] : kNone;
}

/// Lanes of `link` admitted to the type, as bits from the kerb.
ARTERIAL_HD std::uint32_t admitted_lanes(const View& v, std::uint32_t replica, std::uint32_t link,
                                         const TypeParams& type) {
  std::uint32_t mask = 0;
  const std::uint32_t first = v.city.link_first_lane[link], n = v.city.link_lane_count[link];
  for (std::uint32_t k = 0; k < n && k < 16; ++k)
    if (admits(v, replica, first + k, type)) mask |= 1u << k;
  return mask;
}

/// Lanes of route link `cursor` from which the route goes on at least `depth` links without a lane change.
/// A recursion of fixed depth, unrolled backward: the set for the last link, then for the one before it, ...
ARTERIAL_HD std::uint32_t lanes_leading_on(const View& v, std::uint32_t replica, const TripState& t,
                                           std::uint32_t cursor, std::uint32_t depth, const TypeParams& type) {
  std::uint32_t last = cursor + depth;
  if (last >= t.route_count) last = t.route_count - 1;
  std::uint32_t good = admitted_lanes(v, replica, route_link(v, t, last), type);
  for (std::uint32_t at = last; at-- > cursor;) {
    const std::uint32_t link = route_link(v, t, at), next = route_link(v, t, at + 1);
    const std::uint32_t first = v.city.link_first_lane[link], n = v.city.link_lane_count[link];
    const std::uint32_t next_first = v.city.link_first_lane[next];
    std::uint32_t mask = 0;
    for (std::uint32_t k = 0; k < n && k < 16; ++k) {
      if (!admits(v, replica, first + k, type)) continue;
      for (std::uint32_t e = v.city.lane_conn_first[first + k]; e < v.city.lane_conn_first[first + k + 1]; ++e) {
        const std::uint32_t c = v.city.lane_conn[e], to = v.city.conn_to[c];
        if (v.city.lane_link[to] == next && ((good >> (to - next_first)) & 1u) &&
            admits(v, replica, v.city.road_lanes + c, type)) {
          mask |= 1u << k;
          break;
        }
      }
    }
    good = mask;
  }
  return good;
}

/// Whether another lane of this link leads into one of the lanes `through` (bits) of link `next`.
ARTERIAL_HD bool reached_from_elsewhere(const View& v, std::uint32_t replica, std::uint32_t lane, std::uint32_t next,
                                        std::uint32_t through, const TypeParams& type) {
  const std::uint32_t link = v.city.lane_link[lane], first = v.city.link_first_lane[link];
  for (std::uint32_t other = first; other < first + v.city.link_lane_count[link]; ++other) {
    if (other == lane || !admits(v, replica, other, type)) continue;
    for (std::uint32_t k = v.city.lane_conn_first[other]; k < v.city.lane_conn_first[other + 1]; ++k) {
      const std::uint32_t c = v.city.lane_conn[k], to = v.city.conn_to[c];
      if (v.city.lane_link[to] == next && ((through >> (to - v.city.link_first_lane[next])) & 1u) &&
          admits(v, replica, to, type) && admits(v, replica, v.city.road_lanes + c, type))
        return true;
    }
  }
  return false;
}

constexpr std::int32_t kRoomToChange = 150000;  // 15 m beyond its own length

/// The connection from `lane` (on the link at `cursor`) to the next link of the route. Links too short for a lane
/// change are traps in the wrong lane, so only lanes that lead through them count; among these one that leads on to
/// the link after next is preferred. kNone when the lane does not lead there.
ARTERIAL_HD std::uint32_t connection_at_end(const View& v, std::uint32_t replica, const TripState& t,
                                            std::uint32_t lane, std::uint32_t cursor, const TypeParams& type) {
  const std::uint32_t next = route_link(v, t, cursor + 1), after = route_link(v, t, cursor + 2);
  if (next == kNone) return kNone;
  const std::uint32_t next_first = v.city.link_first_lane[next];
  std::uint32_t shorts = 0;
  while (shorts < 12 && cursor + 2 + shorts < t.route_count &&
         v.city.lane_length[v.city.link_first_lane[route_link(v, t, cursor + 1 + shorts)]] <
             type.length_units + kRoomToChange)
    ++shorts;
  std::uint32_t through = ~0u;
  if (shorts > 0) {
    through = lanes_leading_on(v, replica, t, cursor + 1, shorts, type);
    if (through == 0) through = ~0u;
  }
  const bool trapped = v.city.lane_length[lane] < type.length_units + kRoomToChange;
  for (int attempt = 0; attempt < 2; ++attempt, through = ~0u) {
    // Several equally good ones share the traffic by a draw of the vehicle.
    std::uint32_t any[4], good[4], any_count = 0, good_count = 0;
    for (std::uint32_t k = v.city.lane_conn_first[lane]; k < v.city.lane_conn_first[lane + 1]; ++k) {
      const std::uint32_t c = v.city.lane_conn[k], to = v.city.conn_to[c];
      if (v.city.lane_link[to] != next || !((through >> (to - next_first)) & 1u) || !admits(v, replica, to, type) ||
          !admits(v, replica, v.city.road_lanes + c, type))
        continue;
      if (any_count < 4) any[any_count++] = c;
      if (good_count < 4 && (after == kNone || leads_to(v, replica, to, after, type))) good[good_count++] = c;
    }
    if (any_count == 0) {
      // Go where the lane leads if there is no room for a change, or no lane to change to.
      if (attempt == 0 && (trapped || !reached_from_elsewhere(v, replica, lane, next, through, type))) continue;
      return kNone;
    }
    const std::uint32_t n = good_count ? good_count : any_count;
    if (n == 1) return good_count ? good[0] : any[0];
    const std::uint32_t pick = static_cast<std::uint32_t>(mix64(v.city.trip[t.trip].key + cursor) % n);
    return good_count ? good[pick] : any[pick];
  }
  return kNone;
}

/// TripState::masks for the link at `cursor`: (best << 16) | ok. The deepest look-ahead (300 m) that leaves a lane wins.
ARTERIAL_HD std::uint32_t lane_masks(const View& v, std::uint32_t replica, const TripState& t, std::uint32_t cursor,
                                     const TypeParams& type) {
  const std::uint32_t link = route_link(v, t, cursor);
  // A stop on this link decides: be in its lane.
  if (t.next_stop != kNone && v.city.stop[t.next_stop].route_index == cursor) {
    const std::uint32_t bit = 1u << (v.city.stop[t.next_stop].lane - v.city.link_first_lane[link]);
    return (bit << 16) | bit;
  }
  if (v.city.link_lane_count[link] == 1) return 0x10001u;
  if (cursor + 1 >= t.route_count) {
    const std::uint32_t all = admitted_lanes(v, replica, link, type);
    return (all << 16) | all;
  }
  std::uint32_t ok = 0;
  for (std::uint32_t k = 0; k < v.city.link_lane_count[link] && k < 16; ++k)
    if (connection_at_end(v, replica, t, v.city.link_first_lane[link] + k, cursor, type) != kNone) ok |= 1u << k;
  std::uint32_t depth = 1;
  for (std::int64_t ahead = 0; depth < 10 && cursor + depth + 1 < t.route_count && ahead < 3000000; ++depth)
    ahead += v.city.lane_length[v.city.link_first_lane[route_link(v, t, cursor + depth)]];
  std::uint32_t best = 0;
  for (; depth > 0 && !best; --depth) best = lanes_leading_on(v, replica, t, cursor, depth, type);
  if (!ok) ok = best;
  return (best << 16) | ok;
}

/// Packs a rear for tail marks: nearest first under unsigned minimum.
ARTERIAL_HD std::uint64_t pack_rear(std::int32_t rear, std::int32_t speed, std::uint32_t type) {
  const std::uint32_t biased = static_cast<std::uint32_t>(rear) ^ 0x80000000u;
  const std::uint32_t s = static_cast<std::uint32_t>(speed < 0 ? 0 : speed) >> 4;
  return (static_cast<std::uint64_t>(biased) << 32) | ((s & 0xfffffu) << 12) | (type & 0xfffu);
}
ARTERIAL_HD std::int32_t packed_rear(std::uint64_t p) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(p >> 32) ^ 0x80000000u);
}
ARTERIAL_HD double packed_speed_mps(std::uint64_t p) { return ((p >> 12) & 0xfffffu) * 16 * kMetresPerUnit; }
ARTERIAL_HD std::uint32_t packed_type(std::uint64_t p) { return static_cast<std::uint32_t>(p & 0xfffu); }
constexpr std::uint64_t kNoMark = ~0ull;

ARTERIAL_HD double speed_factor_of(std::uint32_t kind) { return (kind >> 16) * (1.0 / 16384.0); }

}  // namespace arterial
