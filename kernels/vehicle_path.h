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

ARTERIAL_HD bool is_short(const View& v, std::uint32_t link, const TypeParams& type) {
  return v.city.lane_length[v.city.link_first_lane[link]] < type.length_units + kRoomToChange;
}

/// The connection from `lane` (on the link at `cursor`) to the next link of the route. Links too short for a lane
/// change are traps in the wrong lane, so only lanes that lead through them count; among these one that leads on to
/// the link after next is preferred. kNone when the lane does not lead there.
ARTERIAL_HD std::uint32_t connection_at_end(const View& v, std::uint32_t replica, const TripState& t,
                                            std::uint32_t lane, std::uint32_t cursor, const TypeParams& type) {
  const std::uint32_t next = route_link(v, t, cursor + 1), after = route_link(v, t, cursor + 2);
  if (next == kNone) return kNone;
  const std::uint32_t next_first = v.city.link_first_lane[next];
  std::uint32_t shorts = 0;
  while (shorts < 12 && cursor + 2 + shorts < t.route_count && is_short(v, route_link(v, t, cursor + 1 + shorts), type)) ++shorts;
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
    const std::uint32_t pick = static_cast<std::uint32_t>(mix64(t.key + cursor) % n);
    return good_count ? good[pick] : any[pick];
  }
  return kNone;
}

/// Looks where `lane` leads, the one it is on or comes to, and where the lane behind it does.
ARTERIAL_HD void choose_connections(const View& v, std::uint32_t replica, TripState& t, std::uint32_t lane,
                                    const TypeParams& type) {
  t.next_conn = connection_at_end(v, replica, t, lane, t.cursor, type);
  t.after_conn = t.next_conn == kNone ? kNone : connection_at_end(v, replica, t, v.city.conn_to[t.next_conn], t.cursor + 1, type);
}

/// connection_at_end of a lane on its way ahead, not the one it is on.
ARTERIAL_HD std::uint32_t connection_ahead(const View& v, std::uint32_t replica, const TripState& t, std::uint32_t lane,
                                           std::uint32_t cursor, const TypeParams& type) {
  return cursor == t.cursor + 1 ? t.after_conn : connection_at_end(v, replica, t, lane, cursor, type);
}

constexpr std::int32_t kSeenAhead = 10200000;  // 1,020 m: who can go on for so long in a lane is well placed in it
constexpr std::uint32_t kSeenLinks = 12;
constexpr std::int32_t kQueueSpacing = 75000;  // 7.5 m of lane for a vehicle that stands

/// Where on a link of `length` the stretch begins that a driver looks over for a lane change: at its start, or so far
/// before the end of a long one that half of it lies beyond.
ARTERIAL_HD std::int32_t seen_from(std::int32_t length) { return length > kSeenAhead / 2 ? length - kSeenAhead / 2 : 0; }

/// How far a vehicle comes in each lane of route link `cursor`, from the start of the link, before the route asks for a
/// lane change: units, at most kSeenAhead beyond seen_from, -1 for lanes that do not admit it. What stands on the way in
/// the lanes that lead farthest is taken off: a change has to be made before the end of their queue.
/// The way is worked out backward: what the lanes of the last link allow, then of the one before it, ...
ARTERIAL_HD void distances_without_change(const View& v, std::uint32_t replica, const TripState& t, std::uint32_t cursor,
                                          const TypeParams& type, std::int32_t (&far)[16]) {
  std::uint32_t last = cursor;
  const std::int32_t from = seen_from(v.city.lane_length[v.city.link_first_lane[route_link(v, t, cursor)]]);
  for (std::int64_t ahead = -from; last + 1 < t.route_count && last - cursor < kSeenLinks && ahead < kSeenAhead; ++last)
    ahead += v.city.lane_length[v.city.link_first_lane[route_link(v, t, last)]];
  std::uint32_t next = kNone, next_first = 0;
  for (std::uint32_t at = last + 1; at-- > cursor;) {
    const std::uint32_t link = route_link(v, t, at), first = v.city.link_first_lane[link];
    const std::uint32_t n = v.city.link_lane_count[link] < 16 ? v.city.link_lane_count[link] : 16;
    const bool stops_here = at != cursor && t.next_stop != kNone && v.city.stop[t.next_stop].route_index == at;
    std::int32_t here[16], farthest = 0;
    for (std::uint32_t k = 0; k < n; ++k) {
      here[k] = -1;
      if (!admits(v, replica, first + k, type)) continue;
      std::int64_t beyond = 0;
      if (stops_here) {
        beyond = v.city.stop[t.next_stop].lane == first + k ? kSeenAhead : 0;
      } else if (next == kNone) {
        beyond = kSeenAhead;
      } else {
        for (std::uint32_t e = v.city.lane_conn_first[first + k]; e < v.city.lane_conn_first[first + k + 1]; ++e) {
          const std::uint32_t c = v.city.lane_conn[e], to = v.city.conn_to[c];
          if (v.city.lane_link[to] != next || to - next_first >= 16 || far[to - next_first] < 0 ||
              !admits(v, replica, v.city.road_lanes + c, type))
            continue;
          const std::int64_t way = static_cast<std::int64_t>(v.city.lane_length[v.city.road_lanes + c]) + far[to - next_first];
          beyond = way > beyond ? way : beyond;
        }
        beyond += v.city.lane_length[first + k];
      }
      const std::int32_t most = at == cursor ? from + kSeenAhead : kSeenAhead;
      here[k] = beyond < most ? static_cast<std::int32_t>(beyond) : most;
      farthest = here[k] > farthest ? here[k] : farthest;
    }
    if (at != cursor) {
      std::int64_t standing = 0, lanes = 0;
      for (std::uint32_t k = 0; k < n; ++k) {
        if (here[k] != farthest) continue;
        const std::uint32_t lane = replica * v.city.grounds + first + k;
        standing += v.s.lane_first[lane + 1] - v.s.lane_first[lane];
        ++lanes;
      }
      const std::int32_t queue = static_cast<std::int32_t>((standing * kQueueSpacing) / (lanes ? lanes : 1));
      for (std::uint32_t k = 0; k < n; ++k)
        if (here[k] >= 0 && here[k] < farthest) here[k] = here[k] > queue ? here[k] - queue : 0;
    }
    for (std::uint32_t k = 0; k < 16; ++k) far[k] = k < n ? here[k] : -1;
    next = link;
    next_first = first;
  }
}

constexpr std::int32_t kUsableStep = 40000;  // 4 m

/// Sets TripState::masks and ::usable for the link at `cursor`.
ARTERIAL_HD void know_lanes(const View& v, std::uint32_t replica, TripState& t, std::uint32_t cursor,
                            const TypeParams& type) {
  const std::uint32_t link = route_link(v, t, cursor), first = v.city.link_first_lane[link];
  t.look_anew = 0;
  t.usable = ~0ull;
  // A stop on this link decides: be in its lane.
  if (t.next_stop != kNone && v.city.stop[t.next_stop].route_index == cursor) {
    const std::uint32_t k = v.city.stop[t.next_stop].lane - first;
    t.masks = (1u << (k + 16)) | (1u << k);
    t.usable = k < 8 ? 0xffull << (8 * k) : 0;
    return;
  }
  if (v.city.link_lane_count[link] == 1) {
    t.masks = 0x10001u;
    return;
  }
  if (cursor + 1 >= t.route_count) {
    const std::uint32_t all = admitted_lanes(v, replica, link, type);
    t.masks = (all << 16) | all;
    return;
  }
  std::int32_t far[16], farthest = 0;
  distances_without_change(v, replica, t, cursor, type, far);
  const std::int32_t from = seen_from(v.city.lane_length[first]);
  std::uint32_t ok = 0, best = 0;
  t.usable = 0;
  // Where the next link is no trap, any lane with a connection to it will do.
  const std::uint32_t next = route_link(v, t, cursor + 1);
  const bool through_shorts = cursor + 2 < t.route_count && is_short(v, next, type);
  for (std::uint32_t k = 0; k < v.city.link_lane_count[link] && k < 16; ++k) {
    if (far[k] > farthest) farthest = far[k], best = 0;
    if (far[k] == farthest) best |= 1u << k;
    if (k < 8 && far[k] > from) t.usable |= static_cast<std::uint64_t>((far[k] - from) / kUsableStep) << (8 * k);
    if (through_shorts ? connection_at_end(v, replica, t, first + k, cursor, type) != kNone : leads_to(v, replica, first + k, next, type))
      ok |= 1u << k;
  }
  t.masks = (best << 16) | (ok ? ok : best);
}

/// How far a vehicle comes in lane `k` of its link, from the link's start, before it has to be in another; units.
ARTERIAL_HD std::int32_t usable_distance(const TripState& t, std::uint32_t k, std::int32_t link_length) {
  if (k < 8) {
    const std::uint32_t steps = static_cast<std::uint32_t>(t.usable >> (8 * k)) & 0xff;
    return steps ? seen_from(link_length) + static_cast<std::int32_t>(steps) * kUsableStep : 0;
  }
  return (t.masks >> (16 + k)) & 1u ? seen_from(link_length) + kSeenAhead : (t.masks >> k) & 1u ? link_length : 0;
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
