#pragma once
// The figures of one run: summary.json, the table on the terminal and the report all show these.
#include <string>
#include <vector>

#include "scenarios/run/result_tables.h"
#include "sim/engine/simulation.h"

namespace arterial {

struct ReplicaSummary {
  Ledger ledger;
  Violations violations;
  Totals totals;
  double mean_trip_s = 0, mean_delay_s = 0, mean_depart_delay_s = 0;  // NaN where nobody arrived or departed
  double trip_sum_s = 0, delay_sum_s = 0, depart_delay_sum_s = 0;
  std::uint64_t arrived_rows = 0, departed_rows = 0;
  std::uint64_t state_hash = 0, results_hash = 0;
  double total_time_h() const { return totals.vht_h + totals.waiting_h; }
  double mean_speed_mps() const;
};

struct RunSummary {
  Machine machine;
  SimOptions options;
  double now_s = 0;
  std::uint64_t steps = 0;
  double wall_s = 0, bytes_per_update = 0;
  std::size_t problems = 0;
  ReplicaSummary all;  // sums over replicas; of one replica the replica itself
  std::vector<ReplicaSummary> replicas;
  double updates_per_s() const {
    return wall_s > 0 ? static_cast<double>(all.totals.vehicle_updates) / wall_s : 0;
  }
  double real_time_factor() const { return wall_s > 0 ? (now_s - options.begin_s) / wall_s : 0; }
};

RunSummary summarize(const Simulation& simulation, const RunTables& tables, const SimOptions& options);

std::string summary_json(const RunSummary& summary);
/// For a person at a terminal.
std::string summary_table(const RunSummary& summary);

}  // namespace arterial
