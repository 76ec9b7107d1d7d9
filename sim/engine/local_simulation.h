#pragma once
// A city on one machine: the Simulation interface over a KernelBackend.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "sim/engine/city_builder.h"
#include "sim/engine/jams.h"
#include "sim/engine/simulation.h"
#include "sim/routing/router.h"

namespace arterial {

class LocalSimulation : public Simulation {
 public:
  using MakeBackend = std::function<std::unique_ptr<KernelBackend>(const CityTables&)>;
  /// `make_backend` stands in for the machine that the options name.
  explicit LocalSimulation(SimulationInput input, const MakeBackend& make_backend = {});
  /// Takes over what a checkpoint holds. Throws InputError; see resume_local_simulation.
  void load(const std::string& path, bool fork, std::string& extra);

  double now_s() const override;
  std::uint64_t steps_done() const override { return steps_; }
  bool finished() const override;
  void step() override;
  Ledger ledger(int replica) const override;
  Violations violations(int replica) const override;
  Totals totals(int replica) const override;
  std::uint64_t state_hash(int replica) const override;
  std::uint64_t results_hash(int replica) const override;
  Machine machine() const override;
  double bytes_per_update() const override { return backend_->bytes_per_update(); }
  const Demand& demand() const override { return demand_.demand; }
  void record_crossings(bool on) override { backend_->record_crossings(on); }
  void snapshot(Snapshot& out, int replica) const override;
  void copy_traffic(TrafficColumns& out, int replica) const override;
  ResultTables results(int replica, bool close) const override;
  void save_checkpoint(const std::string& path, const std::string& extra) const override;

 private:
  struct Interval {  // accounts of one interval, all replicas
    std::int32_t begin_ms = 0, end_ms = 0;
    std::vector<LinkAccount> links;
    std::vector<MovementAccount> movements;
    std::vector<DetectorAccount> detectors;
    std::vector<std::uint32_t> n_begin, n_end, waiting_end;  // per link and junction
    std::uint32_t queue_samples = 0;
  };

  void start();
  StepParams params(std::int32_t now_ms) const;
  std::int32_t ms_at(std::uint64_t step) const;
  bool changes_between(std::int32_t from_ms, std::int32_t to_ms) const;
  void close_interval(std::int32_t now_ms);
  void count_present(std::vector<std::uint32_t>& present) const;
  void count_waiting(std::vector<std::uint32_t>& waiting) const;
  void check_conservation();
  void update_loaded(std::int32_t now_ms);
  void free_stuck_vehicles(std::int32_t now_ms);
  void turn_out_of_circles(std::int32_t now_ms);
  struct OtherWay {
    std::vector<LinkId> way;
    std::int64_t loss_ms = 0;  // beside its route
  };
  OtherWay turn_elsewhere(const StateImage& s, std::uint32_t replica, std::uint32_t row, std::int32_t now_ms);
  std::vector<LinkId> way_from_lane(const StateImage& s, std::uint32_t row, LinkId goal, bool may_turn_back);
  void reroute_drivers(std::int32_t now_ms);
  void choose_at_departure(std::int32_t now_ms);
  /// Somebody who chooses: its trip, its row (kNone: it has not departed), and the place on its route from
  /// where on.
  struct Chooser {
    std::uint32_t slot, row, origin;
  };
  std::vector<Chooser> choosers_before_departure(StateImage& s, std::uint32_t replica, std::int32_t until_ms);
  bool may_choose_before_departure(const StateImage& s, std::uint32_t slot, std::int32_t until_ms) const;
  bool reroute_replica(StateImage& s, std::uint32_t replica, std::int32_t now_ms, bool closures);
  bool choose_ways(StateImage& s, std::uint32_t replica, const std::vector<Chooser>& choosers,
                   const std::vector<std::uint32_t>* times, bool closures);
  bool are_alike(const MetricSettings& a, const MetricSettings& b);
  void turn_away_from_closures(std::int32_t now_ms);
  void carry_accounts(const std::vector<LinkAccount>& taken);
  std::int32_t in_steps(double seconds) const;
  bool knows_the_times(std::uint32_t slot) const;
  bool closures_in_force(std::int32_t now_ms) const;
  const Metric& metric_in_force(const StateImage& s, std::uint32_t replica, const MetricSettings& settings,
                                std::int32_t now_ms);
  bool can_choose(const StateImage& s, std::uint32_t row, std::uint32_t& origin) const;
  bool can_turn_into(const StateImage& s, std::uint32_t row, LinkId next, bool may_turn_back) const;
  static void take_route(StateImage& s, std::uint32_t slot, std::uint32_t origin,
                         const std::vector<LinkId>& way);
  void make_router();
  void add_series_point();
  /// Calls body(replica, ground, trip state) for every vehicle that is parked beside the road.
  template <class Body>
  void each_parked(const StateImage& s, Body body) const {
    if (city_.parking_trip.empty() || city_.trips == 0) return;
    for (std::uint32_t slot = 0; slot < s.trip_state.size(); ++slot)
      if (const TripState& t = s.trip_state[slot]; t.status == static_cast<std::uint8_t>(SlotStatus::kParked))
        body(slot / city_.trips, city_.stop[t.next_stop].lane, t);
  }
  std::uint64_t parked() const {
    std::uint64_t n = 0;
    for (std::uint32_t r = 0; r < city_.replicas; ++r) n += counter(static_cast<int>(r), kParkedNow);
    return n;
  }
  bool is_empty_until(std::int32_t next_ms) const;
  struct OpenAccount {
    LinkAccount part;
    std::int64_t free_flow_ms = 0, halted_ms = 0;  // halted: all of the standing time
  };
  OpenAccount open_account(const StateImage& s, std::size_t row) const;
  const StateImage& image() const;  // of the current state, read once
  void copy_crossings(std::uint32_t replica, std::vector<Crossing>& out) const;
  void copy_signals(std::uint32_t replica, const std::vector<std::uint8_t>& letters,
                    std::vector<std::string>& out) const;
  void look_at_last_state() const;
  std::uint64_t counter(int replica, Counter c) const {
    return backend_->counters()[static_cast<std::size_t>(replica) * kCounterCount + c];
  }

  SimulationInput input_;
  CopiedDemand demand_;
  CityTables city_;
  std::unique_ptr<KernelBackend> backend_;
  std::unique_ptr<RoadGraph> graph_;
  std::unique_ptr<Router> router_;
  std::vector<std::unique_ptr<Metric>> closed_metrics_;  // free flow with the closures of `closed_for_`
  std::vector<std::uint16_t> closed_for_;
  struct Alike {
    MetricSettings a, b;
    bool same;
  };
  std::vector<Alike> alike_;
  JamFinder jams_;
  std::int32_t begin_ms_, end_ms_, step_ms_, interval_ms_;
  std::uint64_t steps_ = 0;
  std::vector<std::uint64_t> updates_;                 // per replica
  int empty_steps_ = 0;                                // made since the city last held anybody
  std::vector<std::vector<std::int32_t>> departures_;  // per replica: scheduled instants, sorted
  std::vector<std::size_t> loaded_;                    // per replica
  std::vector<std::uint64_t> scheduled_, conservation_;
  std::vector<Interval> intervals_;
  std::vector<std::uint32_t> n_begin_;
  std::uint32_t queue_samples_ = 0;
  std::int32_t interval_begin_ms_ = 0;
  std::vector<std::vector<SeriesPoint>> series_;  // per replica
  std::vector<double> waiting_s_;                 // per replica, vehicle-seconds in queues
  /// Link times of the last whole period, used one period later, and the accounts at its begin.
  struct RoadWatch {
    std::vector<std::vector<std::uint32_t>> times;  // per replica, ms per link
    std::vector<LinkAccount> before;
  };
  void measure_road_times(const StateImage& s, RoadWatch& watch) const;
  RoadWatch rerouting_, departing_;
  std::vector<std::uint32_t> choosing_;                    // trips that choose when they depart, by departure
  std::size_t due_to_choose_ = 0;                          // of them, so far
  std::vector<std::vector<std::uint32_t>> yet_to_depart_;  // per replica: slots of those who may still choose
  mutable StateImage image_;
  mutable std::uint64_t image_step_ = ~0ull;
  /// Hot columns and letters of a state that is being copied, read once for all replicas.
  mutable StateImage traffic_;
  mutable std::uint64_t traffic_step_ = ~0ull;
  mutable std::vector<std::uint32_t> parkers_;  // trips that may park, ascending
  /// What only a step past the end shows: overlaps and conflicts of the last state. Empty: nobody has looked.
  mutable std::vector<Violations> last_state_;
  mutable std::vector<CrossingRecord> last_crossings_;
};

}  // namespace arterial
