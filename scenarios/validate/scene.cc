#include "scenarios/validate/scene.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/model/keyed_hash.h"

namespace arterial::validate {
namespace {

bool made_of(const Network& net, JunctionId j, char node) {
  const std::string wanted = std::string("node/") + node;
  const auto& ids = net[j].source_ids;
  return std::find(ids.begin(), ids.end(), wanted) != ids.end();
}

}  // namespace

Streets& Streets::node(char name, double x_m, double y_m, NodeControl control) {
  if (!nodes_.emplace(name, static_cast<std::uint32_t>(plan.nodes.size())).second)
    throw std::logic_error(std::string("two nodes are called ") + name);
  PlanNode n;
  n.id = std::string("node/") + name;
  n.at = {x_m, y_m};
  n.control = control;
  plan.nodes.push_back(n);
  return *this;
}

PlanRoad& Streets::road(std::string_view nodes, int lanes, int lanes_back, double speed_mps,
                        RoadClass road_class) {
  PlanRoad r;
  r.id = "way/" + std::string(nodes);
  r.road_class = road_class;
  for (const char c : nodes) r.nodes.push_back(nodes_.at(c));
  r.forward.lanes = lanes, r.backward.lanes = lanes_back;
  r.forward.speed_mps = r.backward.speed_mps = speed_mps;
  plan.roads.push_back(r);
  return plan.roads.back();
}

Network Streets::build(const BuildOptions& options) const { return build_network(plan, options); }

LinkId link_between(const Network& net, std::string_view from_to) {
  for (std::uint32_t l = 0; l < net.links.size(); ++l)
    if (made_of(net, net.links[l].from, from_to[0]) && made_of(net, net.links[l].to, from_to[1]))
      return LinkId(l);
  throw std::logic_error("no link " + std::string(from_to));
}

std::vector<LinkId> links_along(const Network& net, std::string_view nodes) {
  std::vector<LinkId> links;
  for (std::size_t k = 0; k + 1 < nodes.size(); ++k)
    if (junction_at(net, nodes[k]) != junction_at(net, nodes[k + 1]))
      links.push_back(link_between(net, nodes.substr(k, 2)));
  return links;
}

JunctionId junction_at(const Network& net, char node) {
  for (std::uint32_t j = 0; j < net.junctions.size(); ++j)
    if (made_of(net, JunctionId(j), node)) return JunctionId(j);
  throw std::logic_error(std::string("no junction at ") + node);
}

VehicleType default_car() {
  VehicleType type;
  type.id = "car";
  type.startup_delay_s = kUsualStartupDelay_s;
  return type;
}

VehicleType default_truck() {  // SUMO's class "truck", as scenarios/demand/vehicle_types.cc gives it
  VehicleType type;
  type.id = "truck";
  type.vehicle_class = VehicleClass::kTruck;
  type.length_m = 7.1, type.width_m = 2.4, type.max_speed_mps = 130 / 3.6;
  type.accel_mps2 = 1.3, type.decel_mps2 = 4, type.emergency_decel_mps2 = 7;
  type.speed_factor_deviation = 0.05;
  return type;
}

VehicleType calm(VehicleType type) {
  type.sigma = 0;
  type.speed_factor_deviation = 0;
  return type;
}

Scene::Scene(Network network, std::vector<VehicleType> types) : net(std::move(network)) {
  demand.types = std::move(types);
  options.threads = 1;
  options.backend = Backend::kCpu;
  options.interval_s = 300;
}

double Scene::draw() { return unit_interval(keyed_draw(options.seed, 0x5ce3e, 1, draws_++)); }

Trip& Scene::trip(double depart_s, std::string_view nodes, std::uint32_t type) {
  auto known = routes_.find(nodes);
  if (known == routes_.end()) {
    known =
        routes_.emplace(std::string(nodes), RouteId(static_cast<std::uint32_t>(demand.routes.size()))).first;
    demand.routes.push_back({links_along(net, nodes)});
  }
  Trip t;
  t.id = std::string(nodes) + "." + std::to_string(demand.trips.size());
  t.key = trip_key(t.id);
  t.type = TypeId(type);
  t.depart_s = depart_s;
  t.route = known->second;
  t.from = demand.routes[t.route.value].links.front(), t.to = demand.routes[t.route.value].links.back();
  t.depart_speed = DepartSpeed::kMax;
  demand.trips.push_back(t);
  return demand.trips.back();
}

Scene& Scene::saturate(std::string_view nodes, double every_s, double begin_s, double end_s,
                       double truck_share) {
  for (double t = begin_s; t < end_s; t += every_s)
    trip(t, nodes, truck_share > 0 && draw() < truck_share ? 1 : 0).depart_lane = DepartLane::kFree;
  return *this;
}

Scene& Scene::random_flow(std::string_view nodes, double vph, double begin_s, double end_s,
                          double least_headway_s) {
  if (vph <= 0) return *this;
  const double mean = 3600 / vph, least = std::min(least_headway_s, 0.8 * mean);
  for (double t = begin_s;;) {
    t += least - (mean - least) * std::log(1 - draw());
    if (t >= end_s) return *this;
    trip(t, nodes);
  }
}

void Scene::run(const Each& each) {
  SimulationInput in;
  in.network = &net;
  in.demand = demand;
  std::sort(in.demand.trips.begin(), in.demand.trips.end(), [](const Trip& a, const Trip& b) {
    return a.depart_s != b.depart_s ? a.depart_s < b.depart_s : a.key < b.key;
  });
  in.demand.read = in.demand.trips.size();
  in.options = options;
  in.input_hash = 1;
  const auto simulation = make_local_simulation(std::move(in));
  simulation->record_crossings(true);
  Snapshot state;
  simulation->snapshot(state);
  if (each) each(*simulation, state);
  passings.clear();
  while (!simulation->finished()) {
    simulation->step();
    simulation->snapshot(state);
    for (const Crossing& crossing : state.crossings) {
      Passing p{state.time_s - options.step_s / 2, crossing.trip,
                simulation->demand().trips[crossing.trip.value].type, crossing.connection};
      const Connection& c = net[crossing.connection];
      for (const VehicleSnapshot& v : state.vehicles) {
        if (v.trip != crossing.trip) continue;
        const double beyond = v.lane == c.lane ? v.pos_m
                              : v.lane == c.to ? net[c.lane].length_m + v.pos_m
                                               : -1;
        if (beyond >= 0 && v.speed_mps > 0)
          p.time_s = state.time_s - std::min(beyond / v.speed_mps, options.step_s);
      }
      passings.push_back(p);
    }
    if (each) each(*simulation, state);
  }
  std::stable_sort(passings.begin(), passings.end(),
                   [](const Passing& a, const Passing& b) { return a.time_s < b.time_s; });
  violations = simulation->violations();
  ledger = simulation->ledger();
  results = simulation->results();
}

std::vector<Passing> Scene::select(double begin_s, double end_s,
                                   const std::function<bool(const Connection&)>& wanted) const {
  std::vector<char> chosen(net.connections.size());
  for (std::size_t c = 0; c < chosen.size(); ++c) chosen[c] = wanted(net.connections[c]);
  std::vector<Passing> found;
  for (const Passing& p : passings)
    if (chosen[p.connection.value] && p.time_s >= begin_s && p.time_s < end_s) found.push_back(p);
  return found;
}

std::vector<Passing> Scene::through(std::string_view way, double begin_s, double end_s) const {
  const LinkId from = link_between(net, way.substr(0, 2)), to = link_between(net, way.substr(1, 2));
  return select(begin_s, end_s,
                [&](const Connection& c) { return net[c.from].link == from && net[c.to].link == to; });
}

std::vector<Passing> Scene::out_of(std::string_view way, double begin_s, double end_s) const {
  const LinkId from = link_between(net, way);
  return select(begin_s, end_s, [&](const Connection& c) { return net[c.from].link == from; });
}

double per_hour(std::size_t count, double begin_s, double end_s) {
  return static_cast<double>(count) * 3600 / (end_s - begin_s);
}

}  // namespace arterial::validate
