#include "scenarios/scenario_file.h"

#include "sim/model/problem.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using arterial::testing::fake_network;

namespace {

constexpr const char* kHead = "network: city.arnet\ndemand: [random: 100]\n";

std::string message(const std::string& text) {
  try {
    const auto scenario = parse_scenario("s.yaml", text);
    resolve_changes(scenario, fake_network());
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void refuses(const std::string& text, const std::vector<std::string>& words) {
  const auto said = message(text);
  INFO(text);
  INFO(said);
  REQUIRE_FALSE(said.empty());
  for (const auto& word : words) REQUIRE(said.find(word) != std::string::npos);
}

}  // namespace

TEST_CASE("a full scenario is read with units, clock times and paths beside it") {
  const auto s = parse_scenario("town/s.yaml", R"(
name: Morning
network: city.arnet
demand:
  - random: 5000
  - {files: [types.add.xml, routes.rou.xml]}
  - {od: od.csv, zones: zones.csv, factor: 1.1}
  - trips.csv
time: {begin: 2024-03-05T07:30:00, end: "2024-03-05T09:00", step: 500 ms, warm_up: 10 min}
seed: 7
replicas: 4
backend: cpu
threads: 2
outputs: {interval: 5 min, fcd: fcd.csv.gz, hash_every: 10, map: no}
rerouting: {share: 0.3, period: 00:10:00}
jams: {after: 2 min, remove_after: 300}
)");
  REQUIRE(s.network == "town/city.arnet");
  REQUIRE(s.demand.size() == 4);
  REQUIRE(s.demand[0].trips == 5000);
  REQUIRE(s.demand[1].files == std::vector<std::string>{"town/types.add.xml", "town/routes.rou.xml"});
  REQUIRE(s.demand[2].factor == Approx(1.1));
  REQUIRE(s.demand[3].files[0] == "town/trips.csv");
  REQUIRE(s.options.begin_s == 27000);
  REQUIRE(s.options.end_s == 32400);
  REQUIRE(s.options.step_s == 0.5);
  REQUIRE(s.options.warm_up_s == 600);
  REQUIRE(s.options.seed == 7);
  REQUIRE(s.options.replicas == 4);
  REQUIRE(s.options.backend == Backend::kCpu);
  REQUIRE(s.options.interval_s == 300);
  REQUIRE(s.options.reroute_period_s == 600);
  REQUIRE(s.options.remove_after_s == 300);
  REQUIRE(s.outputs.hash_every == 10);
  REQUIRE_FALSE(s.outputs.map);
}

TEST_CASE("what a run wrote as resolved is read as the same scenario") {
  const auto s = parse_scenario("/town/s.yaml", std::string(kHead) + R"(
time: {begin: 2024-03-05T07:30:00, end: 2024-03-05T09:00:00}
changes:
  - close_lanes: {link: a, lanes: [0], begin: 2024-03-05T08:00:00, note: "works: \"phase 1\""}
  - permissions: {link: way/2, disallow: [truck, bus]}
)");
  const auto again = parse_scenario("/other/scenario.yaml", resolved_yaml(s));
  REQUIRE(resolved_yaml(again) == resolved_yaml(s));
  REQUIRE(again.network == "/town/city.arnet");
  const auto changes = resolve_changes(again, fake_network());
  REQUIRE(changes.size() == 2);
  REQUIRE(changes[0].begin_s == 28800);
}

TEST_CASE("every kind of change is looked up in the network") {
  const auto s = parse_scenario("s.yaml", std::string(kHead) + R"(
changes:
  - close_link: {link: [a, "b,2"], begin: "08:00", end: "09:00"}
  - close_lanes: {link: a, lanes: 0}
  - speed_limit: {link: way/1, speed: 30 km/h}
  - permissions: {link: a, allow: [bus, taxi]}
  - signal_program: {signal: node/1, program: night}
  - signal_offset: {signal: S, offset: 12 s}
  - turn_ban: {from_link: a, to_link: "b,2"}
  - demand_factor: {factor: 0.9}
  - incident: {link: a, lanes: [0], position: -30 m, length: 15 m, begin: 600, end: 20 min}
)");
  const auto c = resolve_changes(s, fake_network());
  REQUIRE(c.size() == 10);
  REQUIRE((c[0].kind == ChangeKind::kCloseLink && c[0].link == LinkId(0) && c[0].begin_s == 28800 &&
           c[0].end_s == 32400));
  REQUIRE(c[1].link == LinkId(1));
  REQUIRE((c[2].kind == ChangeKind::kCloseLane && c[2].lane == LaneId(0)));
  REQUIRE(c[3].speed_mps == Approx(30 / 3.6));
  REQUIRE(c[4].allowed == (mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kTaxi)));
  REQUIRE((c[5].kind == ChangeKind::kSignalProgram && c[5].program == 1));
  REQUIRE((c[6].kind == ChangeKind::kSignalOffset && c[6].offset_s == 12));
  REQUIRE((c[7].kind == ChangeKind::kTurnBan && c[7].link == LinkId(0) && c[7].to_link == LinkId(1)));
  REQUIRE(c[8].factor == 0.9);
  REQUIRE(
      (c[9].kind == ChangeKind::kIncident && c[9].pos_m == 70 && c[9].length_m == 15 && c[9].end_s == 1200));
}

TEST_CASE("a misspelt word is an error with its place and the nearest valid word") {
  refuses("network: c.arnet\ndemnad: [random: 1]\n",
          {"s.yaml: line 2, column 1", "'demnad'", "Did you mean 'demand'"});
  refuses(std::string(kHead) + "time: {begin: 0, ende: 10}\n",
          {"line 3, column 18", "'ende'", "Did you mean 'end'"});
  refuses(std::string(kHead) + "changes:\n  - close_lnk: {link: a}\n",
          {"line 4", "Did you mean 'close_link'"});
  refuses(std::string(kHead) + "changes:\n  - close_link: {link: aa}\n",
          {"line 4", "no link 'aa'", "Did you mean 'a'"});
  refuses(std::string(kHead) + "changes:\n  - signal_offset: {signal: T, offset: 3}\n",
          {"no signal 'T'", "'S'"});
  refuses(std::string(kHead) + "changes:\n  - signal_program: {signal: S, program: nigth}\n",
          {"Did you mean 'night'"});
  refuses(std::string(kHead) + "changes:\n  - permissions: {link: a, allow: buss}\n", {"Did you mean 'bus'"});
}

TEST_CASE("wrong values are errors that say what would be right") {
  refuses(std::string(kHead) + "time: {step: 2 kg}\n", {"line 3", "kg", "duration"});
  refuses(std::string(kHead) + "time: {begin: 25h61}\n", {"begin", "HH:MM"});
  refuses(std::string(kHead) + "time: {begin: 2024-02-30T07:00:00}\n", {"date and time"});
  refuses(std::string(kHead) + "time: {step: .nan}\n", {"step"});
  refuses(std::string(kHead) + "seed: -1\n", {"seed", "whole number"});
  refuses(std::string(kHead) + "rerouting: {share: 1.5}\n", {"outside 0 to 1"});
  refuses(std::string(kHead) + "changes:\n  - speed_limit: {link: a, speed: 30 kmm/h}\n", {"kmm/h", "km/h"});
  refuses(std::string(kHead) + "changes:\n  - speed_limit: {link: a, speed: 1e999}\n", {"speed"});
  refuses(std::string(kHead) + "changes:\n  - close_lanes: {link: a, lanes: [1]}\n",
          {"does not have", "kerb"});
  refuses(std::string(kHead) + "changes:\n  - close_link: {link: a, begin: 10, end: 5}\n",
          {"not after the begin"});
  refuses(std::string(kHead) + "changes:\n  - turn_ban: {from_link: \"b,2\", to_link: a}\n", {"one turn"});
  refuses(std::string(kHead) + "changes:\n  - close_link: {begin: 10}\n", {"lacks 'link'"});
  refuses("network: c.arnet\ndemand:\n  - {random: 1, od: x.csv}\n", {"line 3", "several sources"});
  refuses("network: c.arnet\ndemand:\n  - {random: 1, within: 0 s}\n", {"line 3", "not above zero"});
  refuses("network: c.arnet\ndemand:\n  - {od: x.csv, within: 1 h}\n", {"line 3", "belongs to random trips"});
  refuses("demand: [random: 1]\n", {"names no network"});
  refuses("network: a\nnetwork: b\n", {"line 2", "stands twice", "line 1"});
  refuses("network: [a\n", {"line", "YAML"});
  refuses("network: {a: b}\n", {"single value"});
  refuses("- a\n", {"must be a map"});
  refuses("", {"empty"});
}

TEST_CASE("documents made to exhaust the reader are refused early") {
  std::string deep = "network: ";
  for (int i = 0; i < 2000; ++i) deep += "[";
  refuses(deep, {"s.yaml"});
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'z'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) +
            ",*" + char(c - 1) + "]\n";
  refuses(bomb, {"aliases"});
  refuses(std::string("network: a\0b", 12), {"NUL"});
  refuses(std::string(5 << 20, '#'), {"larger than"});
}

TEST_CASE("random trips may depart within the first part of a run only") {
  CHECK(
      parse_scenario("s.yaml", "network: a\ndemand:\n  - {random: 5, within: 1 h}\n").demand.at(0).within_s ==
      3600);
  CHECK(demand_entry("random:5:900").within_s == 900);
  CHECK(demand_entry("random:5:900").trips == 5);
  CHECK(demand_entry("random:5").within_s == 0);
  for (const char* wrong : {"random:5:", "random:5:0", "random:5:x", "random:5:-1", "random:5:9:9"})
    CHECK_THROWS_AS(demand_entry(wrong), InputError);
  ScenarioFile s = parse_scenario("s.yaml", "network: a\ndemand:\n  - {random: 5, within: 15 min}\n");
  CHECK(parse_scenario("again.yaml", resolved_yaml(s)).demand.at(0).within_s == 900);
}

TEST_CASE("gravity stands as a word, a number or a rate, and comes back as it was") {
  CHECK(demand_entry("gravity").kind == DemandEntry::Kind::kGravity);
  CHECK(demand_entry("gravity:5000").trips == 5000);
  CHECK(demand_entry("gravity:0.25/resident").trips_per_resident_h == 0.25);
  const ScenarioFile s = parse_scenario("s.yaml",
                                        "network: a\ndemand:\n  - gravity\n  - gravity: 0.25/resident\n  - "
                                        "{gravity: 700, type: bus, profile: p.csv}\n"
                                        "  - gravity: yes\n");
  REQUIRE(s.demand.size() == 4);
  const ScenarioFile again = parse_scenario("s.yaml", resolved_yaml(s));
  REQUIRE(again.demand.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(again.demand[i].kind == DemandEntry::Kind::kGravity);
    CHECK(again.demand[i].trips == s.demand[i].trips);
    CHECK(again.demand[i].trips_per_resident_h == s.demand[i].trips_per_resident_h);
    CHECK(again.demand[i].type == s.demand[i].type);
  }
  CHECK(s.demand[2].profile == "p.csv");
  refuses("network: c.arnet\ndemand:\n  - gravity: lots\n", {"line 3", "gravity", "0.2/resident"});
  refuses("network: c.arnet\ndemand:\n  - {gravity: 5, od: x.csv}\n", {"line 3", "several sources"});
  refuses("network: c.arnet\ndemand:\n  - {gravity: 5, zones: x.csv}\n",
          {"line 3", "belongs to an OD matrix"});
}
