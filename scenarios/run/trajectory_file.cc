#include "scenarios/run/trajectory_file.h"

#include <filesystem>

#include "scenarios/text.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

std::string beside(const std::string& path, const char* name) {
  const auto slash = path.find_last_of('/');
  return (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + name;
}

/// The numbers of the rows to come must mean what those of the rows there mean.
const std::string& with_same_tables(const std::string& path, const TrajectoryTables& tables) {
  if (!path.ends_with(kArfcdEnding)) return path;
  std::error_code ignored;
  const std::string part = path + ".part";
  const std::string& there = std::filesystem::exists(part, ignored) ? part : path;
  if (!std::filesystem::exists(there, ignored)) return path;
  const TrajectoryTables before = ArfcdReader(there).tables();
  if (before.replicas != tables.replicas || before.lanes != tables.lanes ||
      before.network_xxh3 != tables.network_xxh3 || before.types != tables.types ||
      before.vehicles != tables.vehicles)
    throw InputError(there, "", "holds the trajectories of another network or of other vehicles",
                     "Give the trajectories of this run another name with --fcd, in another run folder");
  return path;
}

}  // namespace

TrajectoryFile::TrajectoryFile(const std::string& path, const Network& network, TrajectoryTables tables)
    : network_(network),
      tables_(std::move(tables)),
      columnar_(path.ends_with(kArfcdEnding)),
      fcd_(path),
      crossings_(beside(path, "crossings.csv")),
      signals_(beside(path, "signals.csv")),
      states_(tables_.replicas) {
  prepare(0);
  if (packer_)
    packer_->put_tables(tables_, fcd_.buffer());
  else
    fcd_.buffer() = rows_->header();
  const std::string first = tables_.replicas > 1 ? "replica," : "";
  crossings_.buffer() = first + "time_s,vehicle_id,connection_id\n";
  signals_.buffer() = first + "time_s,signal_id,state\n";
}

TrajectoryFile::TrajectoryFile(const std::string& path, const Network& network, TrajectoryTables tables,
                               const TrajectoryOffsets& offsets, std::vector<std::vector<std::string>> states)
    : network_(network),
      tables_(std::move(tables)),
      columnar_(path.ends_with(kArfcdEnding)),
      fcd_(with_same_tables(path, tables_), offsets.fcd),
      crossings_(beside(path, "crossings.csv"), offsets.crossings),
      signals_(beside(path, "signals.csv"), offsets.signals),
      states_(std::move(states)) {
  prepare(offsets.fcd);
}

void TrajectoryFile::prepare(std::uint64_t offset) {
  if (columnar_)
    packer_.emplace(offset);
  else
    rows_.emplace(network_, tables_);
}

void TrajectoryFile::write(const TrafficColumns& state) {
  if (packer_) {
    packer_->put_state(state, fcd_.buffer());
    fcd_.flush_if_full();
  } else {
    rows_->write(state, fcd_);
  }
  const std::string begin = row_begin(state, tables_.replicas);
  write_crossings(state, begin);
  write_signals(state, begin);
}

/// A connection's id is that of its ground: the source's, as in `inspect --tables`.
void TrajectoryFile::write_crossings(const TrafficColumns& state, const std::string& begin) {
  auto& out = crossings_.buffer();
  for (const auto& crossing : state.crossings) {
    out += begin;
    out += csv_field(tables_.vehicles[crossing.trip.value].id);
    out += ',';
    out += csv_field(network_[network_[crossing.connection].lane].id);
    out += '\n';
  }
  crossings_.flush_if_full();
}

void TrajectoryFile::write_signals(const TrafficColumns& state, const std::string& begin) {
  auto& last = states_[static_cast<std::size_t>(state.replica)];
  last.resize(state.signal_states.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (last[i] == state.signal_states[i]) continue;
    last[i] = state.signal_states[i];
    signals_.buffer() += begin + csv_field(network_.signals[i].id) + "," + csv_field(last[i]) + "\n";
  }
  signals_.flush_if_full();
}

TrajectoryOffsets TrajectoryFile::sync() {
  const auto fcd = fcd_.sync();
  const auto crossings = crossings_.sync();
  return {fcd, crossings, signals_.sync()};
}

void TrajectoryFile::keep_parts() {
  fcd_.keep_part();
  crossings_.keep_part();
  signals_.keep_part();
}

void TrajectoryFile::commit() {
  if (packer_) packer_->put_end(fcd_.buffer());
  fcd_.commit();
  crossings_.commit();
  signals_.commit();
}

}  // namespace arterial
