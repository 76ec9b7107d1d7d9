#pragma once
// Foes as the one who goes behind them sees them.
#include "kernels/right_of_way.h"

namespace arterial {

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

}  // namespace arterial
