#pragma once
// A small town on a drawn plan: who drives where, and a run in which every state is looked at.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "sim/engine/simulation.h"
#include "sim/model/keyed_hash.h"
#include "tests/ascii_network.h"
#include "tests/body_watch.h"
#include "tests/catch.h"

namespace arterial {

/// Where every case runs: host threads, and the CUDA device where there is one.
inline std::vector<Backend> machines() {
  std::vector<Backend> list{Backend::kCpu};
  if (cuda_available()) list.push_back(Backend::kCuda);
  return list;
}

inline std::string numbered(std::string prefix, long number) { return prefix.append(std::to_string(number)); }

/// A driver without moods: no dawdling, everybody at the limit.
inline VehicleType calm_car() {
  VehicleType t;
  t.id = "calm";
  t.sigma = 0;
  t.speed_factor_deviation = 0;
  return t;
}
inline VehicleType real_car() {
  VehicleType t;
  t.id = "car";
  return t;
}
inline VehicleType truck() {
  VehicleType t;
  t.id = "truck";
  t.vehicle_class = VehicleClass::kTruck;
  t.length_m = 12, t.width_m = 2.5, t.accel_mps2 = 1.1, t.decel_mps2 = 4, t.emergency_decel_mps2 = 7,
  t.max_speed_mps = 25;
  return t;
}
inline VehicleType idm_car() {
  VehicleType t;
  t.id = "idm";
  t.model = FollowingModel::kIdm;
  return t;
}

struct Town {
  Network net;
  Demand demand;
  SimOptions options;
  std::vector<Change> changes;

  explicit Town(Network network, std::vector<VehicleType> types = {calm_car()}) : net(std::move(network)) {
    demand.types = std::move(types);
    options.threads = 1;
    options.backend = Backend::kCpu;
    options.end_s = 600;
  }

  Trip& trip(const std::string& id, double depart_s, std::string_view nodes, std::uint32_t type = 0) {
    return trip(id, depart_s, links_along(net, nodes), type);
  }
  Trip& trip(const std::string& id, double depart_s, const std::vector<LinkId>& links,
             std::uint32_t type = 0) {
    Trip t;
    t.id = id;
    t.key = trip_key(id);
    t.type = TypeId(type);
    t.depart_s = depart_s;
    t.route = RouteId(static_cast<std::uint32_t>(demand.routes.size()));
    t.from = links.front(), t.to = links.back();
    demand.routes.push_back({links});
    demand.trips.push_back(t);
    return demand.trips.back();
  }
  /// A vehicle every `every_s` seconds in [begin, end).
  Town& flow(const std::string& name, std::string_view nodes, double every_s, double begin_s, double end_s,
             std::uint32_t type = 0) {
    int n = 0;
    for (double t = begin_s; t < end_s; t += every_s) trip(numbered(name + ".", n++), t, nodes, type);
    return *this;
  }
  Change& change(ChangeKind kind, double begin_s = 0, double end_s = 1e18) {
    changes.emplace_back();
    changes.back().kind = kind, changes.back().begin_s = begin_s, changes.back().end_s = end_s;
    return changes.back();
  }

  SimulationInput input() const {
    SimulationInput in;
    in.network = &net;
    in.demand = demand;
    std::sort(in.demand.trips.begin(), in.demand.trips.end(), [](const Trip& a, const Trip& b) {
      return a.depart_s != b.depart_s ? a.depart_s < b.depart_s : a.key < b.key;
    });
    in.demand.read = in.demand.trips.size();
    in.options = options;
    in.changes = changes;
    in.input_hash = 42;
    return in;
  }
  std::unique_ptr<Simulation> start() const { return make_local_simulation(input()); }
};

inline bool is_zero(const Violations& v) { return v.total() == 0; }

/// What must hold at every state of every replica, by the engine's own counters.
inline bool counters_fine(const Simulation& simulation, int replicas, std::string& words) {
  for (int r = 0; r < replicas; ++r) {
    const Violations v = simulation.violations(r);
    const Ledger l = simulation.ledger(r);
    if (v.total() == 0 && l.balanced()) continue;
    words = "replica " + std::to_string(r) + " at " + std::to_string(simulation.now_s()) + " s: overlap " +
            std::to_string(v.overlap) + ", red " + std::to_string(v.red) + ", conflict " +
            std::to_string(v.conflict) + ", lane " + std::to_string(v.lane) + ", conservation " +
            std::to_string(v.conservation) + (l.balanced() ? "" : ", ledger out of balance");
    return false;
  }
  return true;
}

/// A run to the end, watched at every state; `each` sees every state too.
class WatchedRun {
 public:
  using Each = std::function<void(const Simulation&, const Snapshot&)>;

  explicit WatchedRun(const Town& town, const Each& each = {}) : watch_(town.net, town.options.step_s) {
    simulation = town.start();
    simulation->record_crossings(true);
    look(each);
    while (!simulation->finished() && clean_) {
      simulation->step();
      look(each);
    }
  }

  std::unique_ptr<Simulation> simulation;
  const BodyWatch& watch() const { return watch_; }
  Ledger ledger() const { return simulation->ledger(); }
  TripRow trip(const std::string& id) const {
    for (const TripRow& row : rows())
      if (simulation->demand().trips[row.trip.value].id == id) return row;
    throw std::logic_error("no trip " + id);
  }
  const std::vector<TripRow>& rows() const {
    if (rows_.empty()) rows_ = simulation->results().trips;
    return rows_;
  }
  bool all_arrived() const { return ledger().arrived == ledger().scheduled && ledger().scheduled > 0; }

 private:
  void look(const Each& each) {
    std::string words;
    const bool fine = counters_fine(*simulation, 1, words);
    INFO(words);
    CHECK(fine);
    const auto faults = watch_.look(*simulation);
    for (const std::string& fault : faults) {
      INFO(fault);
      CHECK(faults.empty());
      break;
    }
    clean_ = fine && faults.empty();
    if (each) each(*simulation, watch_.state());
  }

  BodyWatch watch_;
  bool clean_ = true;
  mutable std::vector<TripRow> rows_;
};

}  // namespace arterial
