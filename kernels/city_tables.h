#pragma once
// The network and the demand as flat arrays: built once on the host, copied to where the kernels run, stored
// once for all replicas. Columns are listed once and visited by allocate, copy and bind.
//
// A "ground" is anything a vehicle can stand on: road lanes [0, R), then the grounds of connections: R + c.
#include <cstdint>
#include <vector>

#include "kernels/car_following.h"

namespace arterial {

constexpr std::uint32_t kNone = 0xffffffffu;

struct ConflictEntry {
  std::uint32_t other;      // connection
  std::int32_t begin, end;  // on this connection, units
  std::int32_t other_begin, other_end;
  std::uint32_t flags;
};
constexpr std::uint32_t kIYield = 1, kOtherYields = 2, kMerge = 4;

/// Where a road lane lies: its index from the kerb, how many lanes its link has, whether it has a detector.
constexpr std::uint32_t pack_place(std::uint32_t index, std::uint32_t lanes, bool detectors) {
  return index | lanes << 15 | (detectors ? 1u << 30 : 0);
}
constexpr std::uint32_t place_index(std::uint32_t place) { return place & 0x7fff; }
constexpr std::uint32_t place_lanes(std::uint32_t place) { return (place >> 15) & 0x7fff; }
constexpr bool place_has_detectors(std::uint32_t place) { return (place >> 30) != 0; }

/// A connection: half a line of memory, for whoever comes to one asks for most of it.
struct alignas(32) ConnParams {
  std::uint32_t from = kNone, to = kNone;  // lanes
  std::uint32_t junction = 0;
  std::uint32_t slot = kNone;  // into signal letters, or kNone
  std::int32_t wait = 0;       // units: where a yielding turn may wait inside; 0 nowhere
  std::uint32_t flags = 0;     // kConn...
  std::int32_t length = 0;     // units: of its ground
};

/// What a driver who looks ahead along the route asks of a link: half a line of memory.
struct alignas(32) LinkAhead {
  std::uint32_t first_lane = 0, lanes = 0;
  std::uint32_t turn_first = 0, turn_end = 0;  // run of turn: its next links
  std::int32_t length = 0;                     // units: of its first lane
  std::uint32_t ring = kNone;                  // lane_ring of its first lane
};

/// From a link to a next one; its ways end where those of the turn after it begin.
struct TurnTo {
  std::uint32_t link, way_first;
};

/// A connection of a turn, between lanes counted from the kerb.
struct TurnWay {
  std::uint32_t conn;
  std::uint16_t from, to;
  std::int32_t length;  // units
};

/// Connection flags.
constexpr std::uint32_t kConnFree = 1,  // nobody's leave is needed: no conflict, no signal, no stop line
    kConnKeepClear = 2, kConnStop = 4, kConnAllWay = 8, kConnTurnOnRed = 16, kConnConflicts = 32,
                        kConnYields = 64, kConnYieldedTo = 128;

struct TripParams {
  std::uint64_t key;
  std::uint32_t type;
  std::uint32_t route_first, route_count;  // run of route_links
  std::int32_t depart_ms;
  std::int32_t arrival_pos;   // units on the last link; may exceed the lane: then its end
  std::int32_t depart_pos;    // units; negative counts from the end
  std::int32_t depart_speed;  // units/s
  std::uint16_t depart_lane;  // index, for DepartLane::kIndex
  std::uint8_t depart_lane_mode, depart_pos_mode, depart_speed_mode, pad = 0;
  std::uint32_t first_stop, stop_count;
};

struct StopParams {
  std::uint32_t lane;
  std::int32_t pos, duration_ms, until_ms;
  std::uint32_t route_index;  // which link of the route it stands on
  std::uint32_t parking;
};

struct PhaseParams {
  std::int32_t duration_ms, min_ms, max_ms;
  std::uint32_t letters;  // into phase_letters, one per slot of the signal
};

struct ProgramParams {
  std::uint32_t first_phase, phase_count;
  std::int32_t cycle_ms, offset_ms;
  std::int32_t actuated, max_gap_ms;
};

struct SignalParams {
  std::uint32_t first_slot, slot_count;
  std::uint32_t first_program, program_count;
};

struct DetectorParams {
  std::uint32_t lane;
  std::int32_t pos;
};

// X(type, name): what it is per.
#define ARTERIAL_CITY_COLUMNS(X)                                                                            \
  X(std::int32_t, lane_length)      /* ground */                                                            \
  X(std::uint16_t, lane_classes)    /* ground: classes it admits before any change */                       \
  X(std::uint32_t, lane_place)      /* ground: pack_place(); 0 on connections  */                           \
  X(std::uint32_t, lane_link)       /* road lane */                                                         \
  X(std::uint32_t, lane_conn_first) /* road lane + 1: run of lane_conn */                                   \
  X(std::uint32_t, lane_conn)                                                                               \
  X(std::uint32_t, lane_in_first) /* road lane + 1: run of lane_in, connections into it */                  \
  X(std::uint32_t, lane_in)                                                                                 \
  X(std::uint16_t, lane_no_left) /* road lane: classes that may not change to index + 1 */                  \
  X(std::uint16_t, lane_no_right)                                                                           \
  X(std::int32_t, lane_detector_pos) /* road lane: of the actuated signal ahead; -1 none */                 \
  X(std::uint32_t, link_first_lane)  /* link */                                                             \
  X(std::uint32_t, link_lane_count)                                                                         \
  X(LinkAhead, link_ahead)            /* link */                                                            \
  X(TurnTo, turn)                     /* and one more */                                                    \
  X(TurnWay, turn_way)                /* by lane */                                                         \
  X(std::uint32_t, lane_ring)         /* road lane: the circle it is part of in a roundabout, or kNone */   \
  X(std::uint32_t, ring_ground_first) /* ring + 1: run of ring_ground, lanes, connections on and onto it */ \
  X(std::uint32_t, ring_ground)                                                                             \
  X(std::uint32_t, ring_room) /* ring: vehicles that may be in it */                                        \
  X(ConnParams, conn)                                                                                       \
  X(std::uint32_t, junction_wait_first) /* junction + 1: its connections with a waiting place */            \
  X(std::uint32_t, junction_wait)                                                                           \
  X(std::uint32_t, conflict_first) /* connection + 1 */                                                     \
  X(std::uint32_t, conflict_twin)  /* conflict: the entry of the other connection */                        \
  X(ConflictEntry, conflict)                                                                                \
  X(std::uint32_t, junction_lane_first) /* junction + 1: lanes whose vehicles may need leave */             \
  X(std::uint32_t, junction_lane)                                                                           \
  X(TypeParams, type)                                                                                       \
  X(TripParams, trip)                                                                                       \
  X(StopParams, stop)                                                                                       \
  X(std::uint32_t, queue_first) /* link + 1: run of queue_trip, by (depart, key) */                         \
  X(std::uint32_t, queue_trip)                                                                              \
  X(std::uint32_t, parking_first) /* link + 1: run of parking_trip, by key */                               \
  X(std::uint32_t, parking_trip)  /* trips that park beside this link */                                    \
  X(SignalParams, signal)                                                                                   \
  X(ProgramParams, program)                                                                                 \
  X(PhaseParams, phase)                                                                                     \
  X(std::uint8_t, phase_letters)                                                                            \
  X(std::uint32_t, slot_lane) /* signal slot -> from lane, or kNone */                                      \
  X(DetectorParams, detector)                                                                               \
  X(std::uint32_t, lane_detector_first) /* road lane + 1: run of lane_detector */                           \
  X(std::uint32_t, lane_detector)

struct CitySizes {
  std::uint32_t grounds = 0, road_lanes = 0, links = 0, junctions = 0, connections = 0, signals = 0,
                slots = 0, trips = 0, detectors = 0, replicas = 1;
};

/// Host side.
struct CityTables : CitySizes {
#define X(type, name) std::vector<type> name;
  ARTERIAL_CITY_COLUMNS(X)
#undef X
};

/// What a kernel sees.
struct CityView : CitySizes {
#define X(type, name) const type* name = nullptr;
  ARTERIAL_CITY_COLUMNS(X)
#undef X
};

}  // namespace arterial
