#pragma once
// A city of two links and one signalled connection whose every state is a formula of the step: vehicle i
// enters at its departure and drives 10 m/s. Enough to test what stands around an engine.
#include <memory>
#include <string>

#include "scenarios/run/run.h"
#include "sim/engine/simulation.h"

namespace arterial::testing {

/// "a" (100 m) -> connection of two pieces (20 m) -> "b" (100 m), drawn at half its driving length.
Network fake_network();
/// Ten trips, one every 5 s, and one rejected.
Demand fake_demand();

class FakeSimulation : public Simulation {
 public:
  explicit FakeSimulation(SimulationInput input) : input_(std::move(input)) {}
  double now_s() const override {
    return input_.options.begin_s + static_cast<double>(steps_) * input_.options.step_s;
  }
  std::uint64_t steps_done() const override { return steps_; }
  bool finished() const override { return now_s() >= input_.options.end_s - 1e-9; }
  void step() override {
    ++steps_;
    if (on_step) on_step(steps_);
  }
  Ledger ledger(int replica) const override;
  Violations violations(int) const override { return violations_now; }
  Totals totals(int replica) const override;
  std::uint64_t state_hash(int replica) const override {
    return steps_ * 0x9e3779b97f4a7c15ull + static_cast<unsigned>(replica);
  }
  std::uint64_t results_hash(int replica) const override { return ~state_hash(replica); }
  Machine machine() const override { return {"cpu", "a formula", 1, 1}; }
  double bytes_per_update() const override { return 96; }
  const Demand& demand() const override { return input_.demand; }
  void record_crossings(bool on) override { crossings_ = on; }
  void snapshot(Snapshot& out, int replica) const override;
  void copy_traffic(TrafficColumns& out, int replica) const override;
  ResultTables results(int replica, bool close) const override;
  void save_checkpoint(const std::string& path, const std::string& extra) const override;
  void restore(const std::string& path, bool fork, std::string& extra);

  static inline Violations violations_now{};
  static inline std::function<void(std::uint64_t)> on_step;

 private:
  double driven_m(const Trip& trip) const { return (now_s() - trip.depart_s) * 10.0; }
  SimulationInput input_;
  std::uint64_t steps_ = 0;
  bool crossings_ = false;
};

RunTools fake_tools();

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace arterial::testing
