#pragma once
// What a run has to tell, per replica: plain rows as the run folder of docs/RUN_FOLDER.md states them. The
// engine fills them; scenarios/ writes them. Integer sums inside, SI here.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/ids.h"

namespace arterial {

/// Every trip is in exactly one place at every step:
///   read = scheduled + rejected, loaded = waiting + running + arrived + removed,
///   departed = running + arrived + removed_running, removed = removed_waiting + removed_running.
struct Ledger {
  std::uint64_t read = 0, rejected = 0, scheduled = 0, loaded = 0, waiting = 0, departed = 0, running = 0,
                arrived = 0, removed_waiting = 0, removed_running = 0;
  std::uint64_t removed() const { return removed_waiting + removed_running; }
  bool balanced() const {
    return read == scheduled + rejected && loaded == waiting + running + arrived + removed() &&
           departed == running + arrived + removed_running;
  }
};

struct Violations {
  std::uint64_t overlap = 0, red = 0, conflict = 0, lane = 0, conservation = 0;
  std::uint64_t total() const { return overlap + red + conflict + lane + conservation; }
};

/// Sums over a run (after the warm-up).
struct Totals {
  std::uint64_t vehicle_updates = 0;
  double vkt_km = 0, vht_h = 0;  // driven and spent on the road
  double waiting_h = 0;          // spent in departure queues
  std::uint64_t lookahead_bounds =
      0;  // times a bounded look-ahead or tail ended early (a wall, never a risk)
};

enum class TripStatus : std::uint8_t {
  kScheduled,
  kWaiting,
  kRunning,
  kArrived,
  kRemovedWaiting,
  kRemovedRunning
};

struct TripRow {
  TripId trip;
  TripStatus status = TripStatus::kScheduled;
  double speed_factor = 1;
  double scheduled_s = 0, entered_s = -1, ended_s = -1;  // negative: did not happen
  double distance_m = 0, free_flow_s = 0, time_loss_s = 0, halted_s = 0, stop_s = 0;
  std::uint32_t halts = 0, reroutes = 0, lane_changes = 0;
  LaneId enter_lane, end_lane;
  LinkId from, to;
};

/// One link, or one junction (then `junction` is valid), in one interval; Edie's definitions.
struct LinkRow {
  double begin_s = 0, end_s = 0;
  LinkId link;
  JunctionId junction;
  std::uint32_t n_begin = 0, entered = 0, inserted = 0, left = 0, arrived = 0, removed = 0, n_end = 0,
                waiting_end = 0;
  double vehicle_m = 0, vehicle_s = 0, time_loss_s = 0, halted_vehicle_s = 0, queue_mean_m = 0,
         queue_max_m = 0;
};

struct MovementRow {
  double begin_s = 0, end_s = 0;
  JunctionId junction;
  LinkId from, to;
  std::uint32_t count = 0, stops = 0;
  double delay_s = 0, queue_max_m = 0, spillback_s = 0;  // delay: summed over vehicles
};

struct DetectorRow {
  double begin_s = 0, end_s = 0;
  std::uint32_t detector = 0;  // index into Network::detectors
  std::uint32_t count = 0;
  double occupied_s = 0, speed_sum_mps = 0, inverse_speed_sum_spm = 0, length_sum_m = 0;
};

/// A cycle of vehicles that block each other, or one that stands without being able to say why.
struct JamRow {
  double since_s = 0, until_s = -1;  // negative: to the end
  std::vector<TripId> vehicles;      // each blocked by the next, the last by the first
  std::vector<LaneId> lanes;
};

/// State of the run at an instant, for progress bars and time series.
struct SeriesPoint {
  double time_s = 0;
  Ledger ledger;
  double mean_speed_mps = 0;
  std::uint32_t halted = 0;
};

struct ResultTables {
  std::vector<TripRow> trips;  // every scheduled trip, in TripId order
  std::vector<LinkRow> links;  // by (begin, links then junctions)
  std::vector<MovementRow> movements;
  std::vector<DetectorRow> detectors;
  std::vector<JamRow> jams;
  std::vector<SeriesPoint> series;  // once a minute
};

}  // namespace arterial
