#pragma once
// What a body still covers behind its front, and how far ahead it might roll: marks on grounds.
#include "kernels/right_of_way.h"

namespace arterial {

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

}  // namespace arterial
