#pragma once
// Full trajectories: every vehicle at every state (--fcd), every crossing of a stop line and every change of
// a signal. An outside checker recomputes overlaps, shared ground, red-light running and the ledger from
// these three files.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/run/arfcd.h"
#include "scenarios/run/stream_file.h"
#include "scenarios/run/trajectory_rows.h"
#include "scenarios/run/trajectory_tables.h"
#include "sim/model/network.h"
#include "sim/model/snapshot.h"

namespace arterial {

struct TrajectoryOffsets {
  std::uint64_t fcd = 0, crossings = 0, signals = 0;
};

/// FILE.csv, FILE.csv.gz or FILE.arfcd; beside it stand crossings.csv and signals.csv.
class TrajectoryFile {
 public:
  TrajectoryFile(const std::string& path, const Network& network, TrajectoryTables tables);
  /// Continues after a checkpoint; `states` are the signals that were last written, by replica. Throws
  /// InputError where the part that is there speaks of other vehicles or another network.
  TrajectoryFile(const std::string& path, const Network& network, TrajectoryTables tables,
                 const TrajectoryOffsets& offsets, std::vector<std::vector<std::string>> states);

  void write(const TrafficColumns& state);
  TrajectoryOffsets sync();
  void keep_parts();
  void commit();

 private:
  void prepare(std::uint64_t offset);
  void write_crossings(const TrafficColumns& state, const std::string& begin);
  void write_signals(const TrafficColumns& state, const std::string& begin);

  const Network& network_;
  const TrajectoryTables tables_;
  const bool columnar_;
  StreamFile fcd_, crossings_, signals_;
  std::optional<TrajectoryRows> rows_;            // of a .csv
  std::optional<ArfcdPacker> packer_;             // of an .arfcd
  std::vector<std::vector<std::string>> states_;  // last written, per replica
};

}  // namespace arterial
