#pragma once
// Writes trajectories on a thread of its own: the simulation copies a state and goes on. Where the disk is
// slower than the simulation, the simulation waits; no state is ever left out.
#include <array>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "scenarios/run/trajectory_file.h"

namespace arterial {

class TrajectoryWriter {
 public:
  explicit TrajectoryWriter(std::unique_ptr<TrajectoryFile> file);
  /// What is not yet written is given up; commit() comes before.
  ~TrajectoryWriter();
  TrajectoryWriter(const TrajectoryWriter&) = delete;
  TrajectoryWriter& operator=(const TrajectoryWriter&) = delete;

  // Every call throws what the thread met (InputError: a full disk).
  /// Where to copy the next state; waits until there is room. put() hands it over.
  TrafficColumns& room();
  void put();
  /// As TrajectoryFile's, after everything that was put.
  TrajectoryOffsets sync();
  void keep_parts();
  void commit();

 private:
  /// Few states, because one of a large city takes much memory. Who waits is woken for several at once: in a
  /// small city that costs more than writing them.
  static constexpr std::size_t kRoom = 8, kBatch = 4;
  void work();
  void wait_until_written();

  std::unique_ptr<TrajectoryFile> file_;  // the thread's while it has something to write, else the caller's
  std::array<TrafficColumns, kRoom> states_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t put_ = 0, written_ = 0;    // states; the difference waits
  bool given_up_ = false, hurry_ = false;  // hurry: somebody waits for the last state
  std::exception_ptr fault_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace arterial
