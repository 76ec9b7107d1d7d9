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
    const std::uint32_t c = v.city.lane_conn[k], to = v.city.conn[c].to;
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

/// Calls body(TurnWay) for the connections from `link` to `next`, from the kerb on.
template <class F>
ARTERIAL_HD void for_each_way(const View& v, const LinkAhead& link, std::uint32_t next, const F& body) {
  for (std::uint32_t t = link.turn_first; t < link.turn_end; ++t) {
    if (v.city.turn[t].link != next) continue;
    for (std::uint32_t w = v.city.turn[t].way_first, end = v.city.turn[t + 1].way_first; w < end; ++w)
      body(v.city.turn_way[w]);
    return;
  }
}

/// Lanes of route link `cursor` from which the route goes on at least `depth` links without a lane change.
/// A recursion of fixed depth, unrolled backward: the set for the last link, then for the one before it, ...
ARTERIAL_HD std::uint32_t lanes_leading_on(const View& v, std::uint32_t replica, const TripState& t,
                                           std::uint32_t cursor, std::uint32_t depth,
                                           const TypeParams& type) {
  std::uint32_t last = cursor + depth;
  if (last >= t.route_count) last = t.route_count - 1;
  std::uint32_t good = admitted_lanes(v, replica, route_link(v, t, last), type);
  for (std::uint32_t at = last; at-- > cursor;) {
    const LinkAhead& link = v.city.link_ahead[route_link(v, t, at)];
    const std::uint32_t first = link.first_lane, n = link.lanes;
    std::uint32_t mask = 0;
    for_each_way(v, link, route_link(v, t, at + 1), [&](const TurnWay& way) {
      if (way.from < n && way.from < 16 && way.to < 32 && ((good >> way.to) & 1u) &&
          admits(v, replica, first + way.from, type) &&
          admits(v, replica, v.city.road_lanes + way.conn, type))
        mask |= 1u << way.from;
    });
    good = mask;
  }
  return good;
}

/// Whether another lane of this link leads into one of the lanes `through` (bits) of link `next`.
ARTERIAL_HD bool reached_from_elsewhere(const View& v, std::uint32_t replica, std::uint32_t lane,
                                        std::uint32_t next, std::uint32_t through, const TypeParams& type) {
  const std::uint32_t link = v.city.lane_link[lane], first = v.city.link_first_lane[link];
  for (std::uint32_t other = first; other < first + v.city.link_lane_count[link]; ++other) {
    if (other == lane || !admits(v, replica, other, type)) continue;
    for (std::uint32_t k = v.city.lane_conn_first[other]; k < v.city.lane_conn_first[other + 1]; ++k) {
      const std::uint32_t c = v.city.lane_conn[k], to = v.city.conn[c].to;
      if (v.city.lane_link[to] == next && ((through >> (to - v.city.link_first_lane[next])) & 1u) &&
          admits(v, replica, to, type) && admits(v, replica, v.city.road_lanes + c, type))
        return true;
    }
  }
  return false;
}

constexpr std::uint32_t kBestUnknown = 0xff;    // no more is known of the lanes of a link ahead
constexpr std::int32_t kRoomToChange = 150000;  // 15 m beyond its own length

ARTERIAL_HD bool is_short(const View& v, std::uint32_t link, const TypeParams& type) {
  return v.city.link_ahead[link].length < type.length_units + kRoomToChange;
}

/// The connection from `lane` (on the link at `cursor`) to the next link of the route. Links too short for a
/// lane change are traps in the wrong lane, so only lanes that lead through them count; among these one of
/// those that lead on farthest is preferred, as know_lanes found them, farther ahead one that leads to the
/// link after next. kNone when the lane does not lead there.
ARTERIAL_HD std::uint32_t connection_at_end(const View& v, std::uint32_t replica, const TripState& t,
                                            std::uint32_t lane, std::uint32_t cursor,
                                            const TypeParams& type) {
  const std::uint32_t next = route_link(v, t, cursor + 1), after = route_link(v, t, cursor + 2);
  if (next == kNone) return kNone;
  const std::uint32_t next_first = v.city.link_first_lane[next];
  std::uint32_t shorts = 0;
  while (shorts < 12 && cursor + 2 + shorts < t.route_count &&
         is_short(v, route_link(v, t, cursor + 1 + shorts), type))
    ++shorts;
  std::uint32_t through = ~0u;
  if (shorts > 0) {
    through = lanes_leading_on(v, replica, t, cursor + 1, shorts, type);
    if (through == 0) through = ~0u;
  }
  const bool trapped = v.city.lane_length[lane] < type.length_units + kRoomToChange;
  const std::uint32_t best = cursor == t.cursor       ? t.next_best
                             : cursor == t.cursor + 1 ? t.after_best
                                                      : kBestUnknown;
  for (int attempt = 0; attempt < 2; ++attempt, through = ~0u) {
    // Several equally good ones share the traffic by a draw of the vehicle.
    std::uint32_t any[4], good[4], any_count = 0, good_count = 0;
    bool into_best = false;
    for (std::uint32_t k = v.city.lane_conn_first[lane]; k < v.city.lane_conn_first[lane + 1]; ++k) {
      const std::uint32_t c = v.city.lane_conn[k], to = v.city.conn[c].to;
      if (v.city.lane_link[to] != next || !((through >> (to - next_first)) & 1u) ||
          !admits(v, replica, to, type) || !admits(v, replica, v.city.road_lanes + c, type))
        continue;
      if (any_count < 4) any[any_count++] = c;
      const bool leads_best =
          best != kBestUnknown && to - next_first < 8 && ((best >> (to - next_first)) & 1u);
      if (leads_best && !into_best) good_count = 0, into_best = true;
      if (good_count < 4 &&
          (leads_best || (!into_best && (after == kNone || leads_to(v, replica, to, after, type)))))
        good[good_count++] = c;
    }
    if (any_count == 0) {
      // Go where the lane leads if there is no room for a change, or no lane to change to.
      if (attempt == 0 && (trapped || !reached_from_elsewhere(v, replica, lane, next, through, type)))
        continue;
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
  t.after_conn = t.next_conn == kNone
                     ? kNone
                     : connection_at_end(v, replica, t, v.city.conn[t.next_conn].to, t.cursor + 1, type);
}

/// connection_at_end of a lane on its way ahead, not the one it is on.
ARTERIAL_HD std::uint32_t connection_ahead(const View& v, std::uint32_t replica, const TripState& t,
                                           std::uint32_t lane, std::uint32_t cursor, const TypeParams& type) {
  return cursor == t.cursor + 1 ? t.after_conn : connection_at_end(v, replica, t, lane, cursor, type);
}

constexpr std::int32_t kSeenAhead =
    10200000;  // 1,020 m: who can go on for so long in a lane is well placed in it
constexpr std::int32_t kGoodAhead =
    3000000;  // 300 m: a lane that leads on for so long is as good as any to come into
/// Round a roundabout people drive in an inner lane although it leads nowhere but round, and go out to the
/// kerb on the last stretch before their exit: every stretch before that one counts for so much more. (SUMO's
/// LC2013 adds the same 100 m.)
constexpr std::int32_t kRingRoom = 1000000;
constexpr std::uint32_t kSeenLinks = 12;
constexpr std::int32_t kQueueSpacing = 75000;  // 7.5 m of lane for a vehicle that stands

/// Where on a link of `length` the stretch begins that a driver looks over for a lane change: at its start,
/// or so far before the end of a long one that half of it lies beyond.
ARTERIAL_HD std::int32_t seen_from(std::int32_t length) {
  return length > kSeenAhead / 2 ? length - kSeenAhead / 2 : 0;
}

/// How far a vehicle comes in each lane of route link `cursor`, from the start of the link, before the route
/// asks for a lane change: units, at most kSeenAhead beyond seen_from, -1 for lanes that do not admit it.
/// What stands on the way in the lanes that lead farthest is taken off: a change has to be made before the
/// end of their queue. The way is worked out backward: what the lanes of the last link allow, then of the one
/// before it, ... best[k]: lanes of the k-th link after the one the vehicle is on to come into, those that
/// lead farthest, as bits.
ARTERIAL_HD void distances_without_change(const View& v, std::uint32_t replica, const TripState& t,
                                          std::uint32_t cursor, const TypeParams& type,
                                          std::int32_t (&far)[16], std::uint32_t (&best)[3]) {
  std::uint32_t last = cursor;
  const std::int32_t from = seen_from(v.city.link_ahead[route_link(v, t, cursor)].length);
  for (std::int64_t ahead = -from;
       last + 1 < t.route_count && last - cursor < kSeenLinks && ahead < kSeenAhead; ++last)
    ahead += v.city.link_ahead[route_link(v, t, last)].length;
  std::uint32_t next = kNone, next_ring = kNone;
  for (std::uint32_t at = last + 1; at-- > cursor;) {
    const std::uint32_t id = route_link(v, t, at);
    const LinkAhead& link = v.city.link_ahead[id];
    const std::uint32_t first = link.first_lane, n = link.lanes < 16 ? link.lanes : 16;
    const bool stops_here =
        at != cursor && t.next_stop != kNone && v.city.stop[t.next_stop].route_index == at;
    std::int64_t here[16];
    std::int32_t farthest = 0;
    if (stops_here || next == kNone) {
      for (std::uint32_t k = 0; k < n; ++k)
        here[k] = !stops_here || v.city.stop[t.next_stop].lane == first + k ? kSeenAhead : 0;
    } else {
      for (std::uint32_t k = 0; k < n; ++k) here[k] = 0;
      for_each_way(v, link, next, [&](const TurnWay& way) {
        if (way.from >= n || way.to >= 16 || far[way.to] < 0 ||
            !admits(v, replica, v.city.road_lanes + way.conn, type))
          return;
        const std::int64_t beyond = std::int64_t{way.length} + far[way.to];
        here[way.from] = beyond > here[way.from] ? beyond : here[way.from];
      });
      const std::int32_t ring = link.ring != kNone && link.ring == next_ring ? kRingRoom : 0;
      for (std::uint32_t k = 0; k < n; ++k) here[k] = here[k] + v.city.lane_length[first + k] + ring;
    }
    const std::int32_t most = at == cursor ? from + kSeenAhead : kSeenAhead;
    for (std::uint32_t k = 0; k < n; ++k) {
      here[k] = !admits(v, replica, first + k, type) ? -1 : here[k] < most ? here[k] : most;
      farthest = here[k] > farthest ? here[k] : farthest;
    }
    if (at - t.cursor < 3) {
      best[at - t.cursor] = 0;
      for (std::uint32_t k = 0; k < n; ++k)
        if (here[k] > 0 && (here[k] == farthest || here[k] >= kGoodAhead)) best[at - t.cursor] |= 1u << k;
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
    for (std::uint32_t k = 0; k < n; ++k) far[k] = static_cast<std::int32_t>(here[k]);
    next = id;
    next_ring = link.ring;
  }
}

constexpr std::int32_t kUsableStep = 40000;  // 4 m

/// What the vehicle knows of the lanes of its link and of the two after it: TripState::masks, ::usable,
/// ::next_best and
/// ::after_best.
ARTERIAL_HD void know_lanes(const View& v, std::uint32_t replica, TripState& t, const TypeParams& type) {
  const std::uint32_t cursor = t.cursor, id = route_link(v, t, cursor);
  const LinkAhead& link = v.city.link_ahead[id];
  const std::uint32_t first = link.first_lane;
  const std::uint32_t next = route_link(v, t, cursor + 1), after = route_link(v, t, cursor + 2);
  const bool stops_here = t.next_stop != kNone && v.city.stop[t.next_stop].route_index == cursor;
  const bool one_lane = link.lanes == 1;
  const bool decided =
      stops_here || one_lane || next == kNone;  // what to do on this link is known without looking on
  std::int32_t far[16];
  std::uint32_t best[3] = {0, 0, 0};
  if (!decided)
    distances_without_change(v, replica, t, cursor, type, far, best);
  else if ((next != kNone && v.city.link_ahead[next].lanes > 1) ||
           (after != kNone && v.city.link_ahead[after].lanes > 1))
    distances_without_change(v, replica, t, cursor + 1, type, far, best);
  t.next_best = (best[1] & 0xff) ? static_cast<std::uint8_t>(best[1]) : kBestUnknown;
  t.after_best = (best[2] & 0xff) ? static_cast<std::uint8_t>(best[2]) : kBestUnknown;
  t.usable = ~0ull;
  if (stops_here) {
    // A stop on this link decides: be in its lane.
    const std::uint32_t k = v.city.stop[t.next_stop].lane - first;
    t.masks = (1u << (k + 16)) | (1u << k);
    t.usable = k < 8 ? 0xffull << (8 * k) : 0;
    return;
  }
  if (one_lane) {
    t.masks = 0x10001u;
    return;
  }
  if (next == kNone) {
    const std::uint32_t all = admitted_lanes(v, replica, id, type);
    t.masks = (all << 16) | all;
    return;
  }
  const std::int32_t from = seen_from(link.length);
  std::uint32_t ok = 0;
  t.usable = 0;
  std::int32_t farthest = 0;
  best[0] = 0;
  // Where the next link is no trap, any lane with a connection to it will do.
  const bool through_shorts = cursor + 2 < t.route_count && is_short(v, next, type);
  for (std::uint32_t k = 0; k < link.lanes && k < 16; ++k) {
    // A lane from which the route is not gone on is of use to its end, however far the one it leads into
    // would do.
    if (through_shorts ? connection_at_end(v, replica, t, first + k, cursor, type) != kNone
                       : leads_to(v, replica, first + k, next, type))
      ok |= 1u << k;
    else if (far[k] > v.city.lane_length[first + k])
      far[k] = v.city.lane_length[first + k];
    if (far[k] > farthest) farthest = far[k], best[0] = 0;
    if (far[k] == farthest) best[0] |= 1u << k;
    if (k < 8 && far[k] > from)
      t.usable |= static_cast<std::uint64_t>((far[k] - from) / kUsableStep) << (8 * k);
  }
  t.masks = (best[0] << 16) | (ok ? ok : best[0]);
}

/// How far a vehicle comes in lane `k` of its link, from the link's start, before it has to be in another;
/// units.
ARTERIAL_HD std::int32_t usable_distance(const TripState& t, std::uint32_t k, std::int32_t link_length) {
  if (k < 8) {
    const std::uint32_t steps = static_cast<std::uint32_t>(t.usable >> (8 * k)) & 0xff;
    return steps ? seen_from(link_length) + static_cast<std::int32_t>(steps) * kUsableStep : 0;
  }
  return (t.masks >> (16 + k)) & 1u ? seen_from(link_length) + kSeenAhead
         : (t.masks >> k) & 1u      ? link_length
                                    : 0;
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
ARTERIAL_HD std::int32_t packed_speed_units(std::uint64_t p) {
  return static_cast<std::int32_t>((p >> 12) & 0xfffffu) * 16;
}
ARTERIAL_HD double packed_speed_mps(std::uint64_t p) { return packed_speed_units(p) * kMetresPerUnit; }
ARTERIAL_HD std::uint32_t packed_type(std::uint64_t p) { return static_cast<std::uint32_t>(p & 0xfffu); }

ARTERIAL_HD double speed_factor_of(std::uint32_t kind) { return (kind >> 16) * (1.0 / 16384.0); }

}  // namespace arterial
