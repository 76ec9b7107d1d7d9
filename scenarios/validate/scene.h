#pragma once
// A small street with traffic on it, as every validation needs one: nodes named by a character, roads by the
// nodes they pass, demand by routes of nodes, and a run that tells exactly when each front crossed a stop
// line.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/simulation.h"
#include "sim/model/network_builder.h"

namespace arterial::validate {

class Streets {
 public:
  Streets& node(char name, double x_m, double y_m, NodeControl control = NodeControl::kNone);
  /// Lanes along `nodes` and back; change more of it through the returned road.
  PlanRoad& road(std::string_view nodes, int lanes, int lanes_back = 0, double speed_mps = 50 / 3.6,
                 RoadClass road_class = RoadClass::kSecondary);
  Network build(const BuildOptions& options = {}) const;
  StreetPlan plan;

 private:
  std::map<char, std::uint32_t> nodes_;
};

/// The link from one named node to the other. Throws std::logic_error where there is none.
LinkId link_between(const Network& network, std::string_view from_to);
/// Nodes that became one junction are one step of the way.
std::vector<LinkId> links_along(const Network& network, std::string_view nodes);
JunctionId junction_at(const Network& network, char node);

VehicleType default_car();
VehicleType default_truck();
/// No dawdling, everybody at the limit.
VehicleType calm(VehicleType type);

struct Passing {      // a front over the stop line of a connection
  double time_s = 0;  // between states: from the place and speed at the state after it
  TripId trip;
  TypeId type;
  ConnectionId connection;
};

struct Scene {
  Network net;
  Demand demand;
  SimOptions options;

  explicit Scene(Network network, std::vector<VehicleType> types = {default_car()});

  Trip& trip(double depart_s, std::string_view nodes, std::uint32_t type = 0);
  /// More than the road can take: one trip every `every_s`, entering at the speed that is safe.
  Scene& saturate(std::string_view nodes, double every_s, double begin_s, double end_s,
                  double truck_share = 0);
  /// Random arrivals: exponential headways on top of a least one (Cowan's M2), `vph` on average.
  Scene& random_flow(std::string_view nodes, double vph, double begin_s, double end_s,
                     double least_headway_s = 1.8);

  using Each = std::function<void(const Simulation&, const Snapshot&)>;
  /// Runs to options.end_s. `each` sees every state.
  void run(const Each& each = {});

  std::vector<Passing> passings;  // in time
  Violations violations;
  Ledger ledger;
  ResultTables results;

  /// Passings of connections from one link to the next: "SXE".
  std::vector<Passing> through(std::string_view from_via_to, double begin_s = 0, double end_s = 1e9) const;
  /// Of all connections out of a link: "SX".
  std::vector<Passing> out_of(std::string_view from_to, double begin_s = 0, double end_s = 1e9) const;
  std::vector<Passing> select(double begin_s, double end_s,
                              const std::function<bool(const Connection&)>& wanted) const;
  /// Uniform in [0,1), the n-th of this scene.
  double draw();

 private:
  std::map<std::string, RouteId, std::less<>> routes_;
  std::uint64_t draws_ = 0;
};

double per_hour(std::size_t count, double begin_s, double end_s);

}  // namespace arterial::validate
