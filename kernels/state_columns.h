#pragma once
// Everything that changes while a city runs, as columns listed once: visited by allocate, copy, save and
// bind.
//
// Hot columns hold the active vehicles, packed and sorted by (lane, position): the leader is the next index.
// 24 bytes a vehicle. A trip's cold record stays in its slot (replica * trips + trip).
#include <climits>
#include <cstdint>
#include <vector>

#include "kernels/city_tables.h"

namespace arterial {

// Hot column `ctl`.
constexpr std::uint32_t kCommittedMask = 0xf;  // connections ahead that it can no longer stop before
constexpr std::uint32_t kWontPass = 1u << 4;   // was refused: foes need not wait for it
constexpr std::uint32_t kCouldStop = 1u << 5;  // when green ended it could have stopped
constexpr std::uint32_t kWishLeft = 1u << 6, kWishRight = 1u << 7, kUrgent = 1u << 8;
constexpr std::uint32_t kDwelling = 1u << 9;    // at a stop
constexpr std::uint32_t kHalfWay = 1u << 11;    // let into its last connection only to the waiting place
constexpr std::uint32_t kHasStop = 1u << 10;    // a stop lies ahead
constexpr std::uint32_t kBehindFoe = 1u << 12;  // let in behind a foe that is still on shared ground
constexpr std::uint32_t kHaltShift = 13;        // steps standing, saturating
constexpr std::uint32_t kHaltMax = 0x1ffff;
// What the move that led here knew already, so that nobody need work it out again; no part of the logical
// state.
constexpr std::uint32_t kStandsFar = 1u << 30;  // too far from the line to ask, unless first of its lane
constexpr std::uint32_t kQuiet = 1u << 31;  // has nothing to post: far from the line, all of it on its lane

constexpr std::uint32_t halted_steps(std::uint32_t ctl) { return (ctl >> kHaltShift) & kHaltMax; }
constexpr std::uint32_t with_halted(std::uint32_t ctl, std::uint32_t steps) {
  return (ctl & ~(kHaltMax << kHaltShift)) | (steps << kHaltShift);
}

enum class SlotStatus : std::uint8_t {
  kScheduled,
  kAbsent,
  kRunning,
  kArrived,
  kRemovedWaiting,
  kRemovedRunning,
  kParked
};

constexpr int kTrail = 12;  // grounds a body can still cover behind its front

/// The first 64 bytes are what a step may need of any vehicle, the rest is written when it enters or leaves a
/// ground.
struct alignas(64) TripState {
  std::uint64_t key = 0;     // of the trip
  std::uint64_t usable = 0;  // how far it comes in each of eight lanes without a change: see usable_distance
  std::uint32_t route_first = 0, route_count = 0;
  std::uint32_t cursor = 0;          // index in the route of the link it is on, or leaves
  std::uint32_t next_conn = kNone;   // at the end of its lane; kNone: the lane does not lead on
  std::uint32_t after_conn = kNone;  // at the end of the lane that one leads to
  std::uint32_t masks = 0;  // lanes of its link: low half lead to the next link, high half lead on best
  std::uint32_t next_stop = 0;
  std::int32_t stop_until_ms = 0;
  std::int32_t last_change_ms = -1000000;
  std::uint32_t trip = 0;              // which trip this is, in every replica the same
  std::uint16_t speed_factor = 16384;  // 1/16384
  std::uint8_t status = 0, trail_count = 0;
  std::uint16_t approach_halts = 0;
  std::uint8_t next_best =
      0;  // lanes of the next link that lead on best; none: it has yet to look, or to look anew
  std::uint8_t after_best = 0;  // those of the link after next

  std::int32_t enter_ms = 0, enter_pos = 0;  // of the running account on this ground
  std::int32_t entered_ms = -1, ended_ms = -1;
  std::int32_t free_flow_ms = 0, loss_ms = 0, halted_ms = 0, stop_ms = 0, approach_loss_ms = 0;
  std::uint32_t halts = 0, lane_changes = 0, reroutes = 0;
  std::int64_t distance = 0;
  std::uint32_t enter_lane = kNone, end_lane = kNone;
};
static_assert(sizeof(TripState) == 128);

struct SignalState {
  std::uint32_t program = 0, phase = 0;
  std::int32_t phase_begin_ms = 0;
  std::int32_t offset_ms = 0;  // of the program in force, changes included
};

struct LinkAccount {  // links, then junctions
  std::uint64_t entered = 0, inserted = 0, left = 0, arrived = 0, removed = 0;
  std::int64_t vehicle_units = 0, vehicle_ms = 0, loss_ms = 0, halted_ms = 0, queue_sum = 0;
  std::int64_t queue_max = 0;
};

struct MovementAccount {  // connections
  std::uint64_t count = 0, stops = 0;
  std::int64_t delay_ms = 0, spillback_ms = 0, queue_max = 0;
};

struct DetectorAccount {
  std::uint64_t count = 0;
  std::int64_t occupied_ms = 0, speed_sum = 0, length_sum = 0;
  std::int64_t pace_sum = 0;  // microseconds per metre
};

enum Counter : unsigned {
  kDeparted,
  kArrived,
  kRemovedRunning,
  kRemovedWaiting,
  kUpdates,
  kOverlap,
  kRed,
  kConflict,
  kLaneFault,
  kBounds,
  kParkedNow,
  kCounterCount
};

// X(type, name)
#define ARTERIAL_HOT_COLUMNS(X)                          \
  X(std::uint32_t, lane)                                 \
  X(std::int32_t, pos)                                   \
  X(std::int32_t, speed)                                 \
  X(std::uint32_t, slot)                                 \
  X(std::uint32_t, kind) /* type | speed factor << 16 */ \
  X(std::uint32_t, ctl)

struct HotRow {
#define X(type, name) type name;
  ARTERIAL_HOT_COLUMNS(X)
#undef X
  friend bool operator==(const HotRow&, const HotRow&) = default;
};

// X(type, name): sized once. Logical state first, then accounts.
#define ARTERIAL_FIXED_COLUMNS(X)                                                         \
  X(TripState, trip_state)             /* slot */                                         \
  X(std::uint32_t, trail)              /* slot * kTrail: grounds behind, nearest first */ \
  X(std::uint32_t, queue_head)         /* replica * links + link */                       \
  X(std::int32_t, lane_limit)          /* replica * grounds + ground: units/s */          \
  X(std::uint16_t, lane_allowed)       /* classes admitted now */                         \
  X(std::int32_t, lane_obstacle)       /* road blocked from here on; INT_MAX none */      \
  X(std::int32_t, lane_obstacle_end)   /* and until here */                               \
  X(SignalState, signal_state)         /* replica * signals + signal */                   \
  X(std::uint8_t, letter)              /* replica * slots + slot */                       \
  X(std::int32_t, green_since_ms)      /* the same: when it last turned green */          \
  X(std::int32_t, lane_seen_ms)        /* replica * road_lanes: detector last covered */  \
  X(LinkAccount, link_account)         /* replica * (links + junctions) */                \
  X(MovementAccount, movement_account) /* replica * connections */                        \
  X(DetectorAccount, detector_account) /* replica * detectors */                          \
  X(std::uint64_t, counter)            /* replica * kCounterCount */

/// Host image of the whole state: for checkpoints, snapshots, rerouting and tests.
struct StateImage {
#define X(type, name) std::vector<type> name;
  ARTERIAL_HOT_COLUMNS(X)
  ARTERIAL_FIXED_COLUMNS(X)
#undef X
  std::vector<std::uint32_t> route_links;  // every route, rerouted ones appended
};

/// What most laws ask of a ground, with the changes in force: a quarter of a line of memory instead of a line
/// each.
struct alignas(16) GroundNow {
  std::int32_t length = 0;          // units
  std::int32_t limit = 0;           // units/s
  std::int32_t obstacle = INT_MAX;  // units: where something blocks it; INT_MAX: nowhere
  std::uint32_t place = 0;          // pack_place(); 0 on connections
};

enum Fate : std::uint8_t { kStays = 0, kMoves = 1, kGone = 2 };
enum Answer : std::uint8_t {
  kUnasked = 0,
  kGranted,
  kGrantedBehind,
  kGrantedHalf,
  kForFoe,
  kForYield,
  kForSpace,
  kForSignal,
  kForStop
};
ARTERIAL_HD bool let_in(std::uint32_t answer) { return answer == kGranted || answer == kGrantedBehind; }

constexpr std::uint32_t kNoApproach = 0xffffffffu;

/// Who holds a connection, and who will want it. Rears as units on its ground, below zero before it.
struct alignas(16) Hold {
  std::int32_t rear = INT_MAX;              // of the last vehicle that holds it
  std::int32_t half_rear = INT_MAX;         // the same, of vehicles that go to its waiting place only
  std::int32_t rear_before = INT_MAX;       // the lesser of both as posted, before the leave of this step
  std::uint32_t approach_ms = kNoApproach;  // when the first vehicle with the right to go needs it
};

constexpr std::uint64_t kNoMark = ~0ull;

/// The first vehicle of a ground that asks for leave, and what it is told.
struct alignas(16) Asked {
  std::uint64_t request = kNoMark;  // distance << 32 | vehicle
  std::uint8_t answer = kUnasked;   // Answer
};

/// A front passed onto a connection in the last step.
struct CrossingRecord {
  std::uint32_t slot, connection;
};

/// What a kernel sees. `n` vehicles.
struct StateView {
  std::uint32_t n = 0;
#define X(type, name) type *name = nullptr, *next_##name = nullptr;
  ARTERIAL_HOT_COLUMNS(X)
#undef X
#define X(type, name) type* name = nullptr;
  ARTERIAL_FIXED_COLUMNS(X)
#undef X
  const std::uint32_t* route_links = nullptr;

  const GroundNow* ground = nullptr;  // replica * grounds: lane_length, lane_limit, lane_obstacle, lane_place

  // Scratch of one step.
  std::uint32_t* lane_first = nullptr;  // replica * grounds + 1
  std::uint8_t* fate = nullptr;         // vehicle: Fate
  std::uint64_t* tail_mark = nullptr;   // ground: nearest rear whose front is beyond
  std::uint64_t* next_tail_mark = nullptr;
  std::uint32_t* ground_used = nullptr;    // two bits per pair of conflict entries: bodies on shared ground
  std::uint8_t* junction_asked = nullptr;  // junction: somebody asks for leave
  // Blocks of kMarkBlock grounds or connections on which some mark stands: only these are cleared.
  std::uint8_t* touched_claim = nullptr;  // claim, promise
  std::uint8_t* touched_reach = nullptr;  // tail_mark, reach
  std::uint8_t* next_touched_reach = nullptr;
  std::uint8_t* touched_hold = nullptr;
  std::int32_t* next_due = nullptr;  // replica * links + link: before that nobody departs there
  std::int32_t* signal_due =
      nullptr;           // replica * signals + signal: before that nothing changes there by the clock
  Hold* hold = nullptr;  // connection
  std::int32_t* claim = nullptr;    // ground: length promised to vehicles on their way in
  std::int32_t* promise = nullptr;  // ground: the same, by the leaves of this very step
  std::int32_t* reach = nullptr;    // ground: how far in a vehicle on its way might not stop before
  std::int32_t* next_reach = nullptr;
  Asked* asked = nullptr;              // ground
  std::uint32_t* way_in = nullptr;     // vehicle that holds the connection at the end of its lane: which one
  std::uint64_t* make_room = nullptr;  // vehicle: rear of an urgent changer << 32 | its speed
  std::uint32_t* inserted_count = nullptr;  // and how many wait for their turn to lie over other links
  std::uint64_t* long_departure = nullptr;  // replica: whose turn that is, lot << 32 | link
  CrossingRecord* crossing = nullptr;       // null: not recorded
  std::uint32_t* crossing_count = nullptr;
  std::uint32_t crossing_capacity = 0;
};

constexpr std::uint32_t kMarkBlock = 16;

/// Where the vehicle in `row` is after the step, and whether its lane is another then.
ARTERIAL_HD void write_next(const StateView& s, std::uint32_t row, Fate fate, const HotRow& next) {
  s.fate[row] = fate;
#define X(type, name) s.next_##name[row] = next.name;
  ARTERIAL_HOT_COLUMNS(X)
#undef X
}

struct StepParams {
  std::int32_t now_ms = 0, next_ms = 0, step_ms = 1000;
  double step_s = 1;
  std::uint64_t seed = 1;
  std::uint32_t step = 0;
  double impatience_after_s = 20;
  std::int32_t remove_after_ms = 0;
};

}  // namespace arterial
