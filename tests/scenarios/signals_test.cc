#include "scenarios/signals/signals.h"

#include <numeric>
#include <sstream>

#include "scenarios/run/local_tools.h"
#include "scenarios/signals/street_chain.h"
#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;

namespace {

double cycle_of(const Program& program) {
  double sum = 0;
  for (const Phase& phase : program.phases) sum += phase.duration_s;
  return sum;
}

/// Two stages with 5 s of clearance after each, and a lane group for each stage.
struct TwoStages {
  Program program;
  Timing timing;
  TwoStages(double first_ratio, double second_ratio) {
    const auto add = [&](double duration_s, const char* state) {
      Phase phase;
      phase.duration_s = duration_s, phase.state = state;
      program.phases.push_back(phase);
    };
    add(35, "Gr"), add(5, "yr"), add(35, "rG"), add(5, "ry");
    timing.is_stage = {true, false, true, false};
    timing.least_s = {7, 5, 7, 5};
    timing.groups = {{first_ratio, {0}}, {second_ratio, {2}}};
  }
};

/// A main street with three signals and a side street at each.
Network three_signals() {
  return ascii_network(
      R"(
         N         P         R
         |         |         |
    W----A---------B---------C----E
         |         |         |
         S         Q         T
  )",
      "A signal; B signal; C signal; WA class=secondary; AB class=secondary; BC class=secondary; "
      "CE class=secondary",
      20);
}

void name_main_street(Network& network, const std::string& name) {
  for (const char* at : {"WA", "AB", "BC", "CE", "EC", "CB", "BA", "AW"})
    network.links[link_between(network, at).value].name = name;
}

}  // namespace

TEST_CASE("Cycle and splits are Webster's") {
  // By hand: Y = 0.5, L = 10 s, (1.5 * 10 + 5) / (1 - 0.5) = 40 s; 30 s of green as 3 to 2.
  const TwoStages two(0.3, 0.2);
  const Program timed = retimed(two.timing, two.program, {20, 120, 0});
  REQUIRE(cycle_of(timed) == 40);
  REQUIRE(timed.phases[0].duration_s == 18);
  REQUIRE(timed.phases[1].duration_s == 5);
  REQUIRE(timed.phases[2].duration_s == 12);
  REQUIRE(timed.phases[0].state == "Gr");
  REQUIRE(service_of(two.timing, two.program).critical_ratio == Approx(0.5));
  REQUIRE(service_of(two.timing, two.program).saturation == Approx(0.3 / (35 / 80.0)));
  REQUIRE(service_of(two.timing, timed).delay_s < service_of(two.timing, two.program).delay_s);

  SECTION("within the limits") {
    REQUIRE(cycle_of(retimed(two.timing, two.program, {60, 120, 0})) == 60);
    const TwoStages full(0.5, 0.45);
    REQUIRE(cycle_of(retimed(full.timing, full.program, {20, 90, 0})) == 90);
    REQUIRE(cycle_of(retimed(two.timing, two.program, {20, 120, 75})) == 75);
  }
  SECTION("no stage below its least green") {
    const TwoStages lopsided(0.4, 0.001);
    const Program p = retimed(lopsided.timing, lopsided.program, {20, 120, 0});
    REQUIRE(p.phases[2].duration_s == 7);
    REQUIRE(cycle_of(p) == 33);  // (15 + 5) / 0.599
  }
  SECTION("what nobody uses stays") {
    const TwoStages idle(0, 0);
    REQUIRE(cycle_of(retimed(idle.timing, idle.program, {20, 120, 0})) == 80);
  }
}

TEST_CASE("Volumes are those of the busiest quarter of an hour, heavy vehicles twice, shared by the lanes") {
  const Network network = three_signals();
  Demand demand;
  VehicleType car, truck;
  truck.vehicle_class = VehicleClass::kTruck;
  demand.types = {car, truck};
  demand.routes = {{links_along(network, "WABCE")}};
  for (const auto& [depart_s, type] : std::vector<std::pair<double, std::uint32_t>>{
           {0, 0}, {3000, 0}, {3100, 1}, {3200, 0}, {3890, 0}, {9000, 0}}) {
    Trip trip;
    trip.depart_s = depart_s, trip.type = TypeId(type), trip.route = RouteId(0);
    demand.trips.push_back(trip);
  }
  const auto volumes = volumes_of(network, demand);  // from 3,000 to 3,900 s: three cars and a truck
  double straight = 0;
  for (const ConnectionId c : connections_between(network, "ABC")) straight += volumes[c.value];
  REQUIRE(straight == Approx(20));
  REQUIRE(std::accumulate(volumes.begin(), volumes.end(), 0.0) == Approx(60));
}

TEST_CASE("A wave lets a car pass without a stop one way, and as well as can be both ways") {
  std::vector<WaveSignal> signals(4);
  for (std::size_t k = 0; k < signals.size(); ++k) {
    signals[k].green_there.assign(60, false);
    std::fill_n(signals[k].green_there.begin(), 20, true);
    signals[k].there_s = 13.0 * static_cast<double>(k);
  }
  const Wave before = wave_of(signals, 60);
  REQUIRE(before.there.stops > 0.9);  // all begin together: 39 s away is red
  const Wave wave = make_green_wave(signals, 60);
  REQUIRE(wave.there.stops == 0);
  REQUIRE(wave.there.waits_s == 0);
  REQUIRE(wave.there.band_s == 20);
  for (std::size_t k = 0; k < signals.size(); ++k) REQUIRE(signals[k].offset_s == static_cast<int>(13 * k));

  // Half a cycle apart both ways fit, as every textbook has it.
  for (std::size_t k = 0; k < signals.size(); ++k) {
    signals[k].green_back = signals[k].green_there;
    signals[k].there_s = 30.0 * static_cast<double>(k);
    signals[k].back_s = 30.0 * static_cast<double>(signals.size() - 1 - k);
    signals[k].offset_s = static_cast<int>(7 * k);
  }
  const Wave both = make_green_wave(signals, 60);
  REQUIRE(both.there.band_s == 20);
  REQUIRE(both.back.band_s == 20);
}

TEST_CASE("The way along a street goes straight on, there and back") {
  Network network = three_signals();
  name_main_street(network, "High Street");
  const StreetChain chain = chain_along(network, "High Street");
  REQUIRE(chain.there.size() == 4);
  REQUIRE(chain.back.size() == 4);
  REQUIRE(network[chain.there.front()].from == network[chain.back.back()].to);
  REQUIRE(signals_along(network, chain).size() == 3);
  REQUIRE(chain_along(network, "Low Street").there.empty());
}

TEST_CASE("Too many left turns for the gaps get a stage of their own") {
  StreetPlan plan = ascii_plan(R"(
         N
         |
    W====X====E
         |
         S
  )",
                               "X signal", 20);
  for (PlanRoad& road : plan.roads)
    road.road_class = RoadClass::kResidential;  // the import protects lefts of main roads
  for (PlanRoad& road : plan.roads)
    for (PlanDirection* direction : {&road.forward, &road.backward})
      if (direction->lanes == 2)
        direction->turns = {
            (1u << static_cast<unsigned>(Turn::kStraight)) | (1u << static_cast<unsigned>(Turn::kRight)),
            1u << static_cast<unsigned>(Turn::kLeft)};
  Network network = build_network(plan);
  const SignalId signal(0);
  Volumes_pcuph volumes(network.connections.size(), 0);
  const auto left = connections_between(network, "WXN"), oncoming = connections_between(network, "EXW");
  REQUIRE(left.size() == 1);
  const Program before = network.signals[0].programs[0];
  const auto stages_for = [&](double lefts, double through) {
    volumes[left[0].value] = lefts;
    for (const ConnectionId c : oncoming) volumes[c.value] = through / static_cast<double>(oncoming.size());
    return with_protected_lefts(network, signal, before, volumes);
  };
  REQUIRE(stages_for(60, 300).phases.size() == before.phases.size());  // 18,000: gaps enough
  const Program many = stages_for(150, 600);                           // 90,000 and one opposing lane
  REQUIRE(many.phases.size() == before.phases.size() + 3);
  const std::uint16_t at = network[left[0]].signal_index;
  std::size_t own = 0;
  for (const Phase& phase : many.phases) {
    REQUIRE(phase.state.size() == before.phases[0].state.size());
    if (phase.state[at] != 'G') continue;
    ++own;
    for (std::size_t k = 0; k < phase.state.size(); ++k) REQUIRE((k == at || phase.state[k] == 'r'));
  }
  REQUIRE(own == 1);
  REQUIRE(with_protected_lefts(network, signal, many, volumes).phases.size() ==
          many.phases.size());  // has it already

  const Service with_gaps = service_of(timing_of(network, signal, before, volumes), before);
  const Program timed = retimed(timing_of(network, signal, many, volumes), many, {20, 120, 0});
  const Service with_stage = service_of(timing_of(network, signal, timed, volumes), timed);
  REQUIRE(with_stage.saturation < with_gaps.saturation);
}

TEST_CASE("Streets that share a signal get one cycle, and the second leaves the first's wave alone") {
  Network network = ascii_network(R"(
         N
         |
    W----A---------B----E
         |         |
         S---------Q----F
         |         |
         T         U
  )",
                                  "A signal; B signal; S signal; Q signal", 20);
  for (const char* at : {"WA", "AB", "BE", "EB", "BA", "AW"})
    network.links[link_between(network, at).value].name = "High Street";
  for (const char* at : {"NA", "AS", "ST", "TS", "SA", "AN"})
    network.links[link_between(network, at).value].name = "Mill Road";
  const Volumes_pcuph volumes(network.connections.size(), 120);
  SignalsRequest request;
  request.along = {"High Street"};
  Network one = network, two = network;
  retime_signals(one, volumes, request);
  request.along = {"High Street", "Mill Road"};
  const auto result = retime_signals(two, volumes, request);
  REQUIRE(result.waves.size() == 2);
  REQUIRE(result.waves[0].cycle_s == result.waves[1].cycle_s);
  const auto ids = signals_along(two, chain_along(two, "High Street"));
  REQUIRE(ids.size() == 2);
  const auto waves = waves_along(two, chain_along(two, "High Street"), ids, result.waves[0].cycle_s);
  REQUIRE(wave_of(waves, result.waves[0].cycle_s).there.waits_s ==
          Approx(result.waves[0].after.there.waits_s));
}

TEST_CASE("Retimed signals serve the demand better, keep the old program, and pass no red") {
  Network network = three_signals();
  name_main_street(network, "High Street");
  const Network base = network;
  TemporaryFolder folder;
  std::string csv = "trip_id,depart_s,from_link,to_link\n";
  for (int k = 0; k < 500; ++k)
    csv += "we" + std::to_string(k) + "," + std::to_string(4 * k) + "," +
           network[link_between(network, "WA")].id + "," + network[link_between(network, "CE")].id + "\n";
  for (int k = 0; k < 60; ++k)
    csv += "ns" + std::to_string(k) + "," + std::to_string(30 * k) + "," +
           network[link_between(network, "PB")].id + "," + network[link_between(network, "BQ")].id + "\n";
  write_file(folder / "trips.csv", csv);
  write_network(network, folder / "city.arnet");
  SignalsRequest request;
  request.network = folder / "city.arnet";
  request.out = folder / "timed.arnet";
  request.report = folder / "signals.csv";
  request.demand = {folder / "trips.csv"};
  request.along = {"High Street"};
  request.cycle = {20, 120, 0};
  std::ostringstream out;
  REQUIRE(signals(request, local_tools(), out) == kDone);
  REQUIRE(out.str().find("High Street: 3 signals") != std::string::npos);
  INFO(read_text_file(request.report, 10000) << out.str());
  REQUIRE(read_csv(request.report).size() == 4);

  const Network timed = read_network(request.out);
  for (const Signal& signal : timed.signals) {
    REQUIRE(signal.programs.size() == 2);
    REQUIRE(signal.programs[0].id == base.signals[0].programs[0].id);
    REQUIRE(signal.programs[1].id == "webster");
    REQUIRE(signal.active_program == 1);
  }
  for (const Signal& s : timed.signals)
    for (const Program& p : s.programs)
      for (const Phase& ph : p.phases)
        UNSCOPED_INFO(s.id << " " << p.id << " " << ph.duration_s << " " << ph.state);
  const auto lost_h = [&](const Network& city) {
    SimulationInput input;
    input.network = &city;
    input.options.threads = 1;
    DemandEntry entry = demand_entry(folder / "trips.csv");
    input.demand = local_tools().read_demand({entry}, city, input.options);
    const auto simulation = local_tools().make(std::move(input));
    while (!simulation->finished()) simulation->step();
    REQUIRE(simulation->violations().total() == 0);
    REQUIRE(simulation->ledger().arrived == 560);
    double seconds = 0;
    for (const TripRow& row : simulation->results().trips)
      seconds += row.ended_s - row.scheduled_s - row.free_flow_s;
    return seconds / 3600;
  };
  REQUIRE(lost_h(timed) < 0.9 * lost_h(base));

  request.along = {"Low Street"};
  REQUIRE_THROWS_AS(signals(request, local_tools(), out), InputError);
}
