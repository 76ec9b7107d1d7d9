#pragma once
// FILE.arfcd: trajectories as columns of integers, a block a state. The layout, byte by byte, is in
// docs/RUN_FOLDER.md; `arterial export FILE.arfcd -o FILE.csv` writes the table.
#include <cstdint>
#include <fstream>
#include <string>

#include "scenarios/run/trajectory_tables.h"
#include "sim/model/snapshot.h"

namespace arterial {

constexpr const char* kArfcdEnding = ".arfcd";

/// Appends a file's parts to a buffer: the tables once, then states, then the end.
class ArfcdPacker {
 public:
  /// `offset`: where in the file the buffer begins.
  explicit ArfcdPacker(std::uint64_t offset) : offset_(offset) {}
  void put_tables(const TrajectoryTables& tables, std::string& out);
  /// Throws InputError where a state is too large for a block.
  void put_state(const TrafficColumns& state, std::string& out);
  void put_end(std::string& out);

 private:
  void close_block(std::uint32_t kind, std::size_t begin, std::string& out);
  std::uint64_t offset_;
};

/// Reads a file from wherever it came: whatever does not fit is an InputError. A state that was read refers
/// to vehicles, lanes and replicas of the tables only; its crossings and signals are left as they were.
class ArfcdReader {
 public:
  explicit ArfcdReader(const std::string& path);
  const TrajectoryTables& tables() const { return tables_; }
  /// False at the end.
  bool next(TrafficColumns& state);

 private:
  std::uint32_t read_block();
  void read_tables();
  void read_bytes(char* to, std::size_t size);
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_, body_;
  std::ifstream in_;
  std::uint64_t size_ = 0, offset_ = 0, block_ = 0;  // of the file; read so far; where the last block begins
  TrajectoryTables tables_;
};

}  // namespace arterial
