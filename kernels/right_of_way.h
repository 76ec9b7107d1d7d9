#pragma once
// Who may enter a junction: what its stages share. post.h: vehicles say what they hold, when they come and
// what they ask; grant.h: junctions answer; foes.h: whoever goes behind a foe; tails.h: what bodies cover and
// might reach.
//
// Vocabulary
// - committed: a vehicle that can no longer stop comfortably before a stop line it was let through; it holds
//   the connection until its rear has left the ground it shares with each foe.
// - hold: what committed vehicles and bodies inside a junction have; while one is held, no foe is let in.
// - leave: the permission of one step to pass a stop line, asked for when the next step would commit.
// - approach: when the first vehicle that has the right to go can be at its stop line; who yields must be
//   clear by then.
// - claim: road length behind the junction promised to vehicles on their way in.
// - reach: how far into a lane a vehicle on its way might still roll; nobody may appear before that.
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
constexpr std::int32_t kAtStopLine = 20000;  // 2 m: who has to stop does so here, and creeps no further
constexpr double kTimeGap = 1.0;             // s a yielding vehicle leaves to the one it yields to
// s the same, of one who starts at a stop sign: across its way, into its lane. With these, critical gaps are
// those of HCM 6, exhibit 20-11.
constexpr double kTimeGapAcrossAtStop = 3.5, kTimeGapIntoAtStop = 2.5;
constexpr std::int32_t kFirstAtLine = 40000;  // 4 m: who stands so near to the line is the first there
constexpr double kAlmostStands = 0.8;         // m/s: the least speed of one that stops and finds its way free
constexpr std::int32_t kRollIn = 30000;       // 3 m behind the line: room to get going
constexpr double kGoesOn = 1.0;    // m/s: a foe at less may be coming to a stand on the shared ground
constexpr double kStands = 0.1;    // m/s: less than this is a stand
constexpr double kLongRed_s = 60;  // who stands for longer does not wait for a light

/// On the ground of a connection: let in only to its waiting place. (Before the stop line kHalfWay speaks of
/// the last connection it is committed to.)
ARTERIAL_HD bool waits_inside(std::uint32_t ctl) { return (ctl & kHalfWay) && (ctl & kCommittedMask) == 0; }

/// Whether who passes the line of a connection has to stop before it: at a stop sign where no signal is at
/// work, at an arrow, on red.
ARTERIAL_HD bool must_stop(std::uint32_t flags, std::uint8_t letter) {
  switch (letter & 0x7f) {
    case 0:
    case 'o':
    case 'O': return (flags & (kConnStop | kConnAllWay)) != 0;
    case 'r': return (flags & kConnTurnOnRed) != 0;
    default: return (letter & 0x7f) == 's';
  }
}

/// A stop is a moment, which mostly lies between two states. Whether one at its line, if let in, stops within
/// the coming step and starts again.
ARTERIAL_HD bool stops_now(double speed, std::int64_t distance, const TypeParams& type, double step) {
  return distance <= kAtStopLine && speed - kAlmostStands <= type.decel * step;
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

}  // namespace arterial
