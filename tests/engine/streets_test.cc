// Random streets and traffic against what must hold of every run. More of them by the command: arterial bench
// streets.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "scenarios/synthetic/odd_streets.h"
#include "sim/engine/invariants.h"
#include "tests/engine/town.h"

using namespace arterial;

namespace {

SimulationInput input_of(const OddStreets& streets) {
  SimulationInput input;
  input.network = &streets.network;
  input.demand = streets.demand;
  input.options = streets.options;
  input.changes = streets.changes;
  input.input_hash = 1;
  return input;
}

std::string scratch() {
  return (std::filesystem::temp_directory_path() / ("arterial_streets_" + std::to_string(::getpid())))
      .string();
}

/// In every form of a run, by the engine's own counters; and the bodies once more from outside.
void hold_up(std::uint64_t first, std::uint64_t count) {
  std::uint64_t updates = 0, arrived = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const OddStreets streets = draw_odd_streets(seed, true);
    INFO("seed " << seed << ": arterial bench streets --tiny --seeds 1 --first " << seed);
    REQUIRE(faults_in(streets.network).empty());
    const Finding finding = find_broken_invariant(input_of(streets), scratch(), updates);
    INFO(name_of(finding.form) << ": " << finding.words);
    CHECK(finding.kind == "");
    // BodyWatch knows the map, not its changes, and takes its time.
    if (seed % 4 == 0 && streets.changes.empty() && streets.network.connections.size() < 300) {
      BodyWatch watch(streets.network, streets.options.step_s);
      const auto simulation = make_local_simulation(input_of(streets));
      simulation->record_crossings(true);
      std::vector<std::string> faults = watch.look(*simulation);
      while (!simulation->finished() && faults.empty()) {
        simulation->step();
        faults = watch.look(*simulation);
      }
      INFO((faults.empty() ? "" : faults.front()));
      CHECK(faults.empty());
      arrived += simulation->ledger().arrived;
    }
  }
  CHECK(updates > 1000 * count);  // streets on which nothing happens prove nothing
  CHECK(arrived > count / 4);
}

}  // namespace

TEST_CASE("random streets hold in every form of a run: seeds 0 to 249") { hold_up(0, 250); }
TEST_CASE("random streets hold in every form of a run: seeds 250 to 499") { hold_up(250, 250); }
TEST_CASE("random streets hold in every form of a run: seeds 500 to 749") { hold_up(500, 250); }
TEST_CASE("random streets hold in every form of a run: seeds 750 to 999") { hold_up(750, 250); }

TEST_CASE("random streets have what they are drawn for") {
  std::set<std::string> seen;
  std::size_t trips = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const OddStreets s = draw_odd_streets(seed, true);
    const Network& net = s.network;
    trips += s.demand.trips.size();
    std::vector<std::set<std::uint32_t>> ways_in(net.junctions.size()), ways_out(net.junctions.size());
    for (const Link& link : net.links) {
      ways_in[link.to.value].insert(link.from.value), ways_out[link.from.value].insert(link.to.value);
      const Lane& lane = net[link.first_lane];
      if (lane.length_m <= 1) seen.insert("a link of 1 m");
      if (link.lane_count >= 8) seen.insert("8 lanes");
      if (link.from == link.to) seen.insert("a loop");
      if (link.roundabout) seen.insert("a roundabout");
    }
    for (std::size_t j = 0; j < ways_in.size(); ++j) {
      if (ways_in[j].size() >= 5) seen.insert("five legs");
      if (!ways_in[j].empty() && ways_out[j].empty()) seen.insert("a dead end");
    }
    for (const Connection& c : net.connections) {
      seen.insert("priority " + std::to_string(static_cast<int>(c.priority)));
      if (net[c.lane].length_m <= 0.1) seen.insert("ground of no length");
      if (c.wait_m > 0) seen.insert("a waiting place");
      if (c.signal.valid()) seen.insert("a signal");
      const Link &from = net[net[c.from].link], &to = net[net[c.to].link];
      if (to.lane_count < from.lane_count) seen.insert("a lane drop");
    }
    for (const VehicleType& t : s.demand.types) {
      seen.insert(std::string(name_of(t.vehicle_class)));
      seen.insert(t.model == FollowingModel::kIdm ? "IDM" : "Krauss");
      if (t.length_m > 20) seen.insert("a long bus");
    }
    for (const TripStop& stop : s.demand.stops) seen.insert(stop.parking ? "parking" : "a stop");
    for (const Change& c : s.changes) seen.insert("change " + std::to_string(static_cast<int>(c.kind)));
    if (s.options.reroute_share > 0) seen.insert("rerouting");
    if (s.options.replicas > 1) seen.insert("replicas");
    seen.insert("step " + std::to_string(s.options.step_s));
    if (net.left_hand) seen.insert("left-hand traffic");
  }
  CHECK(trips > 400 * 20);
  for (const char* wanted : {"a link of 1 m",
                             "8 lanes",
                             "a loop",
                             "a roundabout",
                             "five legs",
                             "a dead end",
                             "ground of no length",
                             "a waiting place",
                             "a signal",
                             "a lane drop",
                             "a long bus",
                             "IDM",
                             "Krauss",
                             "parking",
                             "a stop",
                             "rerouting",
                             "replicas",
                             "left-hand traffic",
                             "priority 0",
                             "priority 1",
                             "priority 2",
                             "priority 3",
                             "priority 4",
                             "car",
                             "van",
                             "truck",
                             "bus",
                             "motorcycle",
                             "bicycle",
                             "emergency",
                             "taxi",
                             "step 0.100000",
                             "step 0.125000",
                             "step 0.200000",
                             "step 0.250000",
                             "step 0.500000",
                             "step 1.000000",
                             "change 0",
                             "change 1",
                             "change 2",
                             "change 3",
                             "change 4",
                             "change 5",
                             "change 6",
                             "change 7",
                             "change 8"}) {
    INFO(wanted);
    CHECK(seen.count(wanted) == 1);
  }
}

TEST_CASE("the same seed draws the same streets, another one others") {
  for (const std::uint64_t seed : {3u, 77u, 412u}) {
    const OddStreets a = draw_odd_streets(seed, false), b = draw_odd_streets(seed, false),
                     c = draw_odd_streets(seed + 1, false);
    CHECK(in_words(a) == in_words(b));
    CHECK(in_words(a) != in_words(c));
  }
}

TEST_CASE("what fails is made small and still fails") {
  const OddStreets whole = draw_odd_streets(12, true);
  REQUIRE(whole.demand.trips.size() > 3);
  const std::string wanted = whole.demand.trips[whole.demand.trips.size() / 2].id;
  int asked = 0;
  const auto fails = [&](const OddStreets& s) {  // as if this one trip did it
    ++asked;
    for (const Trip& t : s.demand.trips)
      if (t.id == wanted) return true;
    return false;
  };
  const OddStreets small = shrink_streets(whole, fails);
  REQUIRE(small.demand.trips.size() == 1);
  CHECK(small.demand.trips[0].id == wanted);
  CHECK(small.changes.empty());
  CHECK(small.network.connections.empty());
  const Route& way = small.demand.routes[small.demand.trips[0].route.value];
  std::set<std::uint32_t> links;
  for (const LinkId link : way.links) links.insert(link.value);
  CHECK(small.network.links.size() == links.size());
  CHECK(faults_in(small.network).empty());
  CHECK(asked <= 400);
}

TEST_CASE("a broken invariant is found and named") {
  OddStreets streets = draw_odd_streets(12, true);
  streets.demand.read += 1;  // a trip that was read and is nowhere
  const Finding finding = find_broken_invariant(input_of(streets), scratch(), RunForm::kPlain);
  CHECK((finding.kind == "ledger" || finding.kind == "conservation"));
  streets.demand.trips[0].route = {};
  CHECK(find_broken_invariant(input_of(streets), scratch(), RunForm::kPlain).kind == "refused");
}
