#pragma once
// One machine that holds a city's state and steps it: host threads or a CUDA device. Same stages, same
// answer.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/city_tables.h"
#include "kernels/stage_clock.h"
#include "kernels/state_columns.h"

namespace arterial {

class KernelBackend {
 public:
  virtual ~KernelBackend() = default;
  virtual std::string name() const = 0;  // "cpu", "cuda"
  virtual std::string device() const = 0;

  /// Puts a whole state in place. Hot columns need not be sorted by the caller beyond what read() gave.
  virtual void write(const StateImage& image) = 0;
  virtual void read(StateImage& image) const = 0;
  /// Only the hot columns: cheap.
  virtual void read_hot(StateImage& image) const = 0;
  /// Only the hot columns, and the trip states and trails of the vehicles on the road; other trips stay as
  /// they were.
  virtual void read_active(StateImage& image) const = 0;
  virtual void read_trips(const std::vector<std::uint32_t>& slots, std::vector<TripState>& trips) const = 0;
  /// Only the hot columns, trip states, trails and letters: for pictures and files.
  virtual void read_visible(StateImage& image) const = 0;
  /// Only the accounts of links and junctions, as they stand.
  virtual void read_link_accounts(std::vector<LinkAccount>& accounts) const = 0;
  /// Only the letters of the signals.
  virtual void read_letters(std::vector<std::uint8_t>& letters) const = 0;

  /// The signals of the state at p.next_ms: after the step (and after changes) that led there, and once at
  /// the begin.
  virtual void control(const StepParams& p) = 0;
  /// One step from the state at p.now_ms, whose signals are those of control(), to the one at p.next_ms.
  virtual void step(const StepParams& p) = 0;
  /// Departures due at p.next_ms, without moving anyone: state 0.
  virtual void insert_due(const StepParams& p) = 0;

  virtual std::uint32_t active() const = 0;
  virtual const std::vector<std::uint64_t>& counters() const = 0;  // replica * kCounterCount
  /// Settles the running accounts of all vehicles at p.next_ms, so that sums belong to the interval that ends
  /// there.
  virtual void settle_accounts(const StepParams& p) = 0;
  virtual void sample_queues(const StepParams& p) = 0;

  /// Accounts since the last call, and zeroes them.
  virtual void take_accounts(std::vector<LinkAccount>& links, std::vector<MovementAccount>& movements,
                             std::vector<DetectorAccount>& detectors) = 0;

  /// After a change of the scenario: limits, admissions, obstacles, signal states; then every vehicle that is
  /// not committed chooses its way on anew.
  virtual void write_overlays(const StateImage& image, const StepParams& p) = 0;
  /// After rerouting: trip states and routes of the image.
  virtual void write_trips(const StateImage& image, const StepParams& p) = 0;

  /// The same for a few trips: their states, and the routes that `route_links` has more than before.
  virtual void edit_trips(const std::vector<std::uint32_t>& slots, const std::vector<TripState>& trips,
                          const std::vector<std::uint32_t>& route_links, const StepParams& p) = 0;

  virtual void record_crossings(bool on) = 0;
  virtual void read_crossings(std::vector<CrossingRecord>& out) const = 0;
  virtual double bytes_per_update() const = 0;

  /// From here on every stage is timed, and waited for.
  virtual void time_stages() = 0;
  virtual std::vector<StageTime> stage_times() const = 0;
};

/// threads 0: all cores. The tables must outlive the backend.
std::unique_ptr<KernelBackend> make_host_backend(const CityTables& city, int threads);
/// For tests: threads that share every loop, however short, and one thread that takes every loop in a drawn
/// order.
std::unique_ptr<KernelBackend> make_eager_backend(const CityTables& city, int threads);
std::unique_ptr<KernelBackend> make_shuffled_backend(const CityTables& city, std::uint64_t seed);
/// Null where this build or this machine has no CUDA device.
std::unique_ptr<KernelBackend> make_cuda_backend(const CityTables& city);
bool cuda_built();
bool cuda_available();

}  // namespace arterial
