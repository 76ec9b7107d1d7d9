#pragma once
// The one door to a running city. Local, partitioned and remote simulations look alike through it.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/results.h"
#include "sim/model/demand.h"
#include "sim/model/network.h"
#include "sim/model/scenario.h"
#include "sim/model/snapshot.h"

namespace arterial {

/// What a run is made of. The network must outlive the simulation.
struct SimulationInput {
  const Network* network = nullptr;
  Demand demand;  // before the demand factor: the engine thins or copies by key
  SimOptions options;
  std::vector<Change> changes;
  std::uint64_t input_hash = 0;  // of everything that decides the result; a checkpoint refuses another
};

struct Machine {        // what the run used
  std::string backend;  // "cpu" or "cuda"
  std::string device;   // "2 threads", "NVIDIA H100"
  int threads = 1, ranks = 1;
};

class Simulation {
 public:
  virtual ~Simulation() = default;

  /// Label of the current state: begin + steps * step.
  virtual double now_s() const = 0;
  virtual std::uint64_t steps_done() const = 0;
  virtual bool finished() const = 0;  // the end is reached

  /// Advances one step. After it, every count below belongs to the new state.
  virtual void step() = 0;

  virtual Ledger ledger(int replica = 0) const = 0;
  virtual Violations violations(int replica = 0) const = 0;
  virtual Totals totals(int replica = 0) const = 0;
  virtual std::uint64_t state_hash(int replica = 0) const = 0;
  virtual std::uint64_t results_hash(int replica = 0) const = 0;
  virtual Machine machine() const = 0;
  virtual double bytes_per_update() const = 0;

  /// Trips as the engine runs them: after the demand factor. Ids index ResultTables::trips.
  virtual const Demand& demand() const = 0;

  /// Copies out what can be seen. `with_crossings` needs record_crossings(true) before the step.
  virtual void record_crossings(bool on) = 0;
  virtual void snapshot(Snapshot& out, int replica = 0) const = 0;
  /// The same for files of every state: only what they hold, as columns.
  virtual void copy_traffic(TrafficColumns& out, int replica = 0) const = 0;

  /// Tables so far; closes the running interval at `now` when `close` is true (at the end of a run).
  virtual ResultTables results(int replica = 0, bool close = true) const = 0;

  /// Everything logical, results so far included. `extra` is the caller's own (output offsets) and comes back
  /// on resume. Temp file, fsync, rename. Throws InputError where the place cannot be written.
  virtual void save_checkpoint(const std::string& path, const std::string& extra) const = 0;
};

/// Throws InputError for a network or demand that cannot be run.
std::unique_ptr<Simulation> make_local_simulation(SimulationInput input);

/// Continues from a checkpoint. Input of another hash is refused unless `fork`. Returns the caller's own in
/// `extra`.
std::unique_ptr<Simulation> resume_local_simulation(SimulationInput input, const std::string& path, bool fork,
                                                    std::string& extra);

}  // namespace arterial
