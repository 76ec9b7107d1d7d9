#include "tests/scenarios/fake_simulation.h"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/model/atomic_file.h"
#include "sim/model/units.h"

namespace arterial::testing {

constexpr double kRoad_m = 220;

Network fake_network() {
  Network n;
  n.name = "two links";
  n.attribution = "Nobody <nobody@example.org>";
  n.junctions.resize(3);
  for (int i = 0; i < 3; ++i) {
    n.junctions[static_cast<std::size_t>(i)].id = "J" + std::to_string(i);
    n.junctions[static_cast<std::size_t>(i)].at = {i * 60.0, 0};
  }
  Link a;
  a.id = "a", a.source_id = "way/1", a.name = "High \"Street\"";
  a.from = JunctionId(0), a.to = JunctionId(1), a.first_lane = LaneId(0), a.lane_count = 1;
  Link b = a;
  b.id = "b,2", b.source_id = "way/2", b.from = JunctionId(1), b.to = JunctionId(2), b.first_lane = LaneId(1);
  n.links = {a, b};
  Lane lane;
  lane.link = LinkId(0), lane.length_m = 100, lane.id = "a_0";
  lane.shape = n.add_shape({{0, 0}, {50, 0}});
  n.lanes.push_back(lane);
  lane.link = LinkId(1), lane.id = "b,2_0";
  lane.shape = n.add_shape({{60, 0}, {60, 50}});
  n.lanes.push_back(lane);
  n.road_lane_count = 2;
  lane.link = LinkId(), lane.internal = true, lane.length_m = 20, lane.id = ":J1_0_0";
  lane.shape = n.add_shape({{50, 0}, {60, 0}});
  n.lanes.push_back(lane);
  Connection c;
  c.from = LaneId(0), c.to = LaneId(1), c.lane = LaneId(2), c.junction = JunctionId(1),
  c.signal = SignalId(0);
  c.pieces = {{":J1_0_0", 0}, {":J1_1_0", 12}};
  n.connections.push_back(c);
  Signal s;
  s.id = "S";
  s.source_ids = {"node/1"};
  Program p;
  p.id = "0";
  p.phases.resize(2);
  p.phases[0].duration_s = 30, p.phases[0].state = "G", p.phases[1].duration_s = 30, p.phases[1].state = "r";
  s.programs = {p, p};
  s.programs[1].id = "night";
  n.signals.push_back(s);
  Detector d;
  d.lane = LaneId(0), d.pos_m = 50, d.id = "loop";
  n.detectors.push_back(d);
  n.problems.push_back({Severity::kGuess, "speed_guessed", "way/1", 10, 20, "no maxspeed; \"50\" taken"});
  return n;
}

Demand fake_demand() {
  Demand d;
  d.types.resize(1);
  d.types[0].id = "<car>";
  d.routes.push_back({{LinkId(0), LinkId(1)}});
  for (int i = 0; i < 10; ++i) {
    Trip t;
    t.id = i == 3 ? "three, \"3\"" : "t" + std::to_string(i);
    t.key = static_cast<std::uint64_t>(i) + 1;
    t.type = TypeId(0), t.route = RouteId(0), t.from = LinkId(0), t.to = LinkId(1);
    t.depart_s = 5.0 * i;
    d.trips.push_back(t);
  }
  d.rejected.push_back({"early", -1, "before_begin", "departs before 00:00:00"});
  d.read = d.trips.size() + d.rejected.size();
  return d;
}

Ledger FakeSimulation::ledger(int) const {
  Ledger l;
  l.read = input_.demand.read, l.rejected = input_.demand.rejected.size(),
  l.scheduled = input_.demand.trips.size();
  for (const auto& trip : input_.demand.trips) {
    if (trip.depart_s > now_s()) continue;
    ++l.loaded, ++l.departed;
    ++(driven_m(trip) >= kRoad_m ? l.arrived : l.running);
  }
  return l;
}

Totals FakeSimulation::totals(int) const {
  Totals t;
  for (const auto& trip : input_.demand.trips) {
    const double m = std::clamp(driven_m(trip), 0.0, kRoad_m);
    t.vkt_km += m / 1000, t.vht_h += m / 10 / 3600;
    t.vehicle_updates += static_cast<std::uint64_t>(m / 10);
  }
  return t;
}

void FakeSimulation::snapshot(Snapshot& out, int) const {
  out = {};
  out.time_s = now_s();
  out.step = steps_;
  for (std::uint32_t i = 0; i < input_.demand.trips.size(); ++i) {
    const double m = driven_m(input_.demand.trips[i]);
    if (m < 0 || m >= kRoad_m) continue;
    VehicleSnapshot v;
    v.trip = TripId(i), v.type = TypeId(0), v.speed_mps = 10;
    v.lane = LaneId(m <= 100 ? 0 : m <= 120 ? 2 : 1);
    v.pos_m = m <= 100 ? m : m <= 120 ? m - 100 : m - 120;
    out.vehicles.push_back(v);
    if (crossings_ && m > 100 && m - 10 * input_.options.step_s <= 100)
      out.crossings.push_back({TripId(i), ConnectionId(0)});
  }
  out.signal_states = {static_cast<long>(now_s()) / 30 % 2 == 0 ? "G" : "r"};
}

void FakeSimulation::copy_traffic(TrafficColumns& out, int replica) const {
  Snapshot state;
  snapshot(state, replica);
  out = {};
  out.time_ms = std::llround(state.time_s * 1000);
  out.replica = replica;
  for (const auto& vehicle : state.vehicles) {
    out.trip.push_back(vehicle.trip.value);
    out.lane.push_back(vehicle.lane.value);
    out.pos.push_back(to_units(vehicle.pos_m));
    out.speed.push_back(to_units(vehicle.speed_mps));
  }
  out.crossings = state.crossings;
  out.signal_states = state.signal_states;
}

ResultTables FakeSimulation::results(int, bool) const {
  ResultTables t;
  const auto& o = input_.options;
  for (std::uint32_t i = 0; i < input_.demand.trips.size(); ++i) {
    const auto& trip = input_.demand.trips[i];
    TripRow row;
    row.trip = TripId(i), row.from = LinkId(0), row.to = LinkId(1), row.scheduled_s = trip.depart_s;
    const double m = driven_m(trip);
    if (m >= 0) row.entered_s = trip.depart_s, row.status = TripStatus::kRunning, row.enter_lane = LaneId(0);
    if (m >= kRoad_m)
      row.ended_s = trip.depart_s + 22, row.status = TripStatus::kArrived, row.end_lane = LaneId(1);
    row.distance_m = std::clamp(m, 0.0, kRoad_m);
    row.time_loss_s = 1.5;
    t.trips.push_back(row);
  }
  for (const bool junction : {false, true}) {
    LinkRow row;
    row.begin_s = o.begin_s, row.end_s = now_s();
    if (junction)
      row.junction = JunctionId(1);
    else
      row.link = LinkId(0);
    row.vehicle_m = 1000, row.vehicle_s = 100, row.entered = 3, row.time_loss_s = 42;
    t.links.push_back(row);
  }
  t.movements.push_back({o.begin_s, now_s(), JunctionId(1), LinkId(0), LinkId(1), 10, 2, 12.5, 30, 0});
  t.detectors.push_back({o.begin_s, now_s(), 0, 10, 5.0, 100.0, 1.0, 50.0});
  t.jams.push_back({20, -1, {TripId(0), TripId(3)}, {LaneId(0), LaneId(2)}});
  for (double at = o.begin_s; at <= now_s(); at += 10) t.series.push_back({at, ledger(0), 10, 1});
  return t;
}

void FakeSimulation::save_checkpoint(const std::string& path, const std::string& extra) const {
  write_file_atomically(
      path, "fake " + std::to_string(input_.input_hash) + " " + std::to_string(steps_) + " " + extra);
}

void FakeSimulation::restore(const std::string& path, bool fork, std::string& extra) {
  std::istringstream in(read_file(path));
  std::string magic;
  std::uint64_t hash = 0;
  in >> magic >> hash >> steps_;
  if (magic != "fake") throw InputError(path, "", "is damaged", "Use an older one");
  if (hash != input_.input_hash && !fork) throw InputError(path, "", "belongs to other inputs", "Use --fork");
  in.get();
  extra.assign(std::istreambuf_iterator<char>(in), {});
}

RunTools fake_tools() {
  RunTools tools;
  tools.read_network = [](const std::string&) { return fake_network(); };
  tools.read_demand = [](const auto&, const auto&, const auto&) { return fake_demand(); };
  tools.make = [](SimulationInput input) { return std::make_unique<FakeSimulation>(std::move(input)); };
  tools.resume = [](SimulationInput input, const std::string& path, bool fork, std::string& extra) {
    auto simulation = std::make_unique<FakeSimulation>(std::move(input));
    simulation->restore(path, fork, extra);
    return simulation;
  };
  return tools;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "arterial-test-XXXXXX").string();
  path = ::mkdtemp(name.data());
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
}

}  // namespace arterial::testing
