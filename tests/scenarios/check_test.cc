#include "scenarios/check/check.h"

#include <sstream>

#include "scenarios/check/approach_capacity.h"
#include "scenarios/run/local_tools.h"
#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;

namespace {

constexpr double kInterval_s = 900;

/// A main street with two side streets: A, B, C, D in a row.
Network main_street() {
  return ascii_network(R"(
    A----B----C----D
         |    |
         S    T
  )",
                       "AB class=primary; BC class=primary; CD class=primary", 20);
}

/// A row for every movement, nobody on any.
ResultTables quiet_tables(const Network& network) {
  ResultTables tables;
  for (std::uint32_t k = 0; k < network.links.size(); ++k) {
    LinkRow row;
    row.link = LinkId(k), row.end_s = kInterval_s;
    tables.links.push_back(row);
  }
  for (const Connection& c : network.connections) {
    MovementRow row;
    row.from = network[c.from].link, row.to = network[c.to].link;
    row.junction = c.junction, row.end_s = kInterval_s;
    bool there = false;
    for (const MovementRow& other : tables.movements) there |= other.from == row.from && other.to == row.to;
    if (!there) tables.movements.push_back(row);
  }
  return tables;
}

MovementRow& movement(ResultTables& tables, LinkId from, LinkId to) {
  for (MovementRow& row : tables.movements)
    if (row.from == from && row.to == to) return row;
  throw std::logic_error("no such movement");
}

void let_through(MovementRow& row, std::uint32_t count, double delay_s_each) {
  row.count = count;
  row.delay_s = count * delay_s_each;
}

void congest(ResultTables& tables, const Network& network, LinkId link) {
  double lane_m = 0;
  for (int k = 0; k < network[link].lane_count; ++k)
    lane_m += network.lanes[network[link].first_lane.value + static_cast<std::uint32_t>(k)].length_m;
  for (LinkRow& row : tables.links)
    if (row.link == link) row.vehicle_s = 0.1 * lane_m * kInterval_s, row.vehicle_m = 0.5 * row.vehicle_s;
}

std::vector<Finding> findings_of(const Network& network, const ResultTables& tables) {
  return findings_in(network, tables, {}, {});
}

}  // namespace

TEST_CASE("What an approach could carry follows its lanes, its green and those it yields to") {
  // Siegloch by hand: 3600 / 3.3 * exp(-600 / 3600 * (6.2 - 1.65)) = 511.0.
  REQUIRE(yielding_capacity_vph(600) == Approx(511.0).epsilon(1e-3));
  REQUIRE(yielding_capacity_vph(0) == Approx(1090.9).epsilon(1e-3));

  const Network network = ascii_network("W====X----E", "", 10);
  auto tables = quiet_tables(network);
  const auto into_one_lane = approaches(network, tables.movements);
  for (std::size_t k = 0; k < tables.movements.size(); ++k)
    if (network[tables.movements[k].to].id == network[link_between(network, "XE")].id)
      REQUIRE(into_one_lane[k].capacity_vph == Approx(kSaturationFlow_vph));  // two lanes lead into one
}

TEST_CASE("A slow place is a fault of the map where it carries little, and busy where the traffic fills it") {
  const Network network = main_street();
  const LinkId ab = link_between(network, "AB"), bc = link_between(network, "BC");
  auto tables = quiet_tables(network);
  REQUIRE(findings_of(network, tables).empty());

  let_through(movement(tables, ab, bc), 30, 300);  // 120 vehicles an hour
  auto findings = findings_of(network, tables);
  REQUIRE(findings.size() == 1);
  REQUIRE(findings[0].kind == FindingKind::kSlow);
  REQUIRE(findings[0].from_link == network[ab].id);
  REQUIRE(findings[0].lost_h == Approx(30 * 300 / 3600.0));

  let_through(movement(tables, ab, bc), 400, 300);  // 1,600 of 1,800
  findings = findings_of(network, tables);
  REQUIRE(findings.size() == 1);
  REQUIRE(findings[0].kind == FindingKind::kBusy);

  let_through(movement(tables, ab, bc), 30, 60);
  REQUIRE(findings_of(network, tables).empty());
  let_through(movement(tables, ab, bc), 2, 600);  // chance
  REQUIRE(findings_of(network, tables).empty());
  let_through(movement(tables, ab, bc), 30, 300);
  movement(tables, ab, bc).spillback_s = 600;  // the cause lies beyond
  REQUIRE(findings_of(network, tables).empty());
}

TEST_CASE("A queue over several links is told of its head") {
  const Network network = main_street();
  const LinkId ab = link_between(network, "AB"), bc = link_between(network, "BC"),
               cd = link_between(network, "CD");
  auto tables = quiet_tables(network);
  let_through(movement(tables, ab, bc), 30, 300);
  let_through(movement(tables, bc, cd), 30, 40);
  congest(tables, network, bc);
  const auto findings = findings_of(network, tables);
  REQUIRE(findings.size() == 1);
  REQUIRE(findings[0].from_link == network[bc].id);
  REQUIRE(findings[0].to_link == network[cd].id);
}

TEST_CASE("The check finds a signal that never shows green, and nothing on a sound street") {
  Network network = ascii_network(R"(
         N
         |
    W----X----E
         |
         S
  )",
                                  "X signal", 20);
  CheckRequest request;
  request.threads = 1;
  request.vehicles_per_lane_km = 60;
  const CheckResult sound = check_network(network, request, local_tools());
  REQUIRE(sound.ledger.loaded > 30);
  REQUIRE(sound.ledger.arrived == sound.ledger.loaded);
  REQUIRE(sound.sound());

  const LinkId approach = link_between(network, "WX");
  for (const Connection& c : network.connections)
    if (network[c.from].link == approach)
      for (Program& program : network.signals[c.signal.value].programs)
        for (Phase& phase : program.phases) phase.state[c.signal_index] = 'r';
  const CheckResult red = check_network(network, request, local_tools());
  INFO(findings_csv(red, [](Point) { return std::nullopt; })
       << red.ledger.loaded << " " << red.ledger.arrived << " " << red.ledger.running << " "
       << red.ledger.waiting);
  REQUIRE_FALSE(red.sound());
  REQUIRE(red.findings.front().kind == FindingKind::kNobodyLeaves);
  REQUIRE(red.findings.front().from_link == network[approach].id);
  REQUIRE(red.violations.total() == 0);
}

TEST_CASE("A hostile name stays a name in the files of the check") {
  Network network = main_street();
  network.name = "\"><script>";
  const LinkId ab = link_between(network, "AB"), bc = link_between(network, "BC");
  network.links[ab.value].id = "=HYPERLINK(\"x\")";
  auto tables = quiet_tables(network);
  let_through(movement(tables, ab, bc), 30, 300);
  CheckResult result;
  result.findings = findings_of(network, tables);
  const ToLonLat nowhere = [](Point) { return std::nullopt; };
  const std::string csv = findings_csv(result, nowhere);
  REQUIRE(csv.find(",\"'=HYPERLINK(\"\"x\"\")\",") != std::string::npos);
  const std::string json = findings_geojson(network, result, nowhere);
  REQUIRE(json.find("\\\"><script>") != std::string::npos);
  REQUIRE(json.find("\"geometry\":null") != std::string::npos);
}

TEST_CASE("The check writes its files, and says by its exit code what it found") {
  TemporaryFolder folder;
  write_network(main_street(), folder / "city.arnet");
  CheckRequest request;
  request.network = folder / "city.arnet";
  request.out = folder / "check";
  request.threads = 1;
  std::ostringstream out;
  const auto nowhere = [](const Network&) -> ToLonLat { return [](Point) { return std::nullopt; }; };
  REQUIRE(check(request, local_tools(), nowhere, out) == kDone);
  REQUIRE(out.str().find("No place holds a light traffic up.") != std::string::npos);
  for (const char* name : {"findings.csv", "findings.geojson", "map.png"})
    REQUIRE_FALSE(read_text_file(folder / "check/" + std::string(name), 10'000'000).empty());
  request.network = folder / "absent.arnet";
  REQUIRE_THROWS_AS(check(request, local_tools(), nowhere, out), InputError);
}
