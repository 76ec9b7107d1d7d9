// Rerouting on measured times, and ways around what is closed.
#include <unistd.h>

#include <filesystem>
#include <set>

#include "tests/engine/town.h"

using namespace arterial;

namespace {

/// Two ways from A to B: the straight one, which is short, and one round about.
constexpr const char* kTwoWays = R"(
      K-----P-----------Q-----L
            |           |
            |           |
W-----------A-----------B-----------E
            |           |
            |           |
      M-----R-----------S-----N
)";

Town two_ways(double share) {
  Town town(ascii_network(kTwoWays, "", 12), {calm_car()});
  town.options.end_s = 3000;
  town.options.reroute_share = share, town.options.reroute_period_s = 100;
  town.flow("v", "WABE", 6, 0, 1200);
  // The straight way is slow, and no map says so.
  Change& slow = town.change(ChangeKind::kSpeedLimit);
  slow.link = link_between(town.net, "AB"), slow.speed_mps = 1.2;
  return town;
}

struct Taken {
  std::uint32_t reroutes = 0, changed = 0;
  double first_s = 1e18;  // when the first vehicle turned off the straight way
  std::uint64_t hash = 0;
};

/// The same for trips that choose when they depart.
Town two_ways_chosen(double every_s) {
  Town town = two_ways(0);
  for (Trip& t : town.demand.trips) t.chooses_at_departure = true;
  town.options.departure_choice_s = every_s;
  return town;
}

Taken drive(const Town& town) {
  Taken taken;
  std::set<std::uint32_t> off;
  const std::set<std::uint32_t> round{lane_of(town.net, "AP").value, lane_of(town.net, "AR").value};
  const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
    for (const auto& v : state.vehicles)
      if (round.count(v.lane.value)) {
        off.insert(v.trip.value);
        taken.first_s = std::min(taken.first_s, s.now_s());
      }
  });
  CHECK(run.all_arrived());
  for (const TripRow& row : run.rows()) taken.reroutes += row.reroutes;
  taken.changed = static_cast<std::uint32_t>(off.size());
  taken.hash = run.simulation->results_hash();
  return taken;
}

}  // namespace

TEST_CASE("drivers of the share leave a slow road one period after its times were measured, others stay") {
  const Taken none = drive(two_ways(0)), half = drive(two_ways(0.5)), all = drive(two_ways(1));
  CHECK(none.changed == 0);
  CHECK(none.reroutes == 0);
  CHECK(half.changed > 20);
  CHECK(half.changed < 140);
  CHECK(half.reroutes >= half.changed);
  CHECK(all.changed > half.changed);
  // Measured in [0, 100), known at 100, used at 200.
  CHECK(all.first_s > 200);
  CHECK(all.first_s < 300);
}

TEST_CASE(
    "trips that choose at departure take the way that measured times say, those on the road keep theirs") {
  Town town = two_ways_chosen(100);
  const Taken all = drive(town);
  // Measured in [0, 100), known at 100, used at 200 by whoever departs from then on.
  CHECK(all.first_s > 200);
  CHECK(all.changed > 100);
  CHECK(all.reroutes == all.changed);
  for (Trip& t : town.demand.trips) t.chooses_at_departure = trip_key("half of them") > t.key;
  const Taken some = drive(town);
  CHECK(some.changed > 20);
  CHECK(some.changed < all.changed);
  CHECK(drive(two_ways_chosen(0)).changed == 0);
  CHECK(drive(two_ways_chosen(0)).hash == drive(two_ways(0)).hash);
}

TEST_CASE("rerouted drivers are the same for any number of threads and as one of several replicas") {
  for (const bool at_departure : {false, true}) {
    Town town = at_departure ? two_ways_chosen(40) : two_ways(0.4);
    town.options.seed = 7;
    const std::uint64_t alone = drive(town).hash;
    town.options.threads = 3;
    CHECK(drive(town).hash == alone);
    town.options.threads = 2;
    town.options.seed = 6;
    town.options.replicas = 2;
    const auto simulation = town.start();
    while (!simulation->finished()) simulation->step();
    CHECK(simulation->results_hash(1) == alone);
    if (!at_departure) CHECK(simulation->results_hash(0) != alone);  // otherwise calm drivers draw nothing
  }
}

TEST_CASE("a checkpoint between measuring and using changes nothing") {
  for (const bool at_departure : {false, true}) {
    Town town = at_departure ? two_ways_chosen(100) : two_ways(0.4);
    town.options.interval_s = 130;
    const auto whole = town.start();
    const std::string path = (std::filesystem::temp_directory_path() /
                              ("arterial_reroute_" + std::to_string(::getpid()) + ".ckpt"))
                                 .string();
    while (!whole->finished()) {
      whole->step();
      if (whole->steps_done() == 170) whole->save_checkpoint(path, "");
    }
    std::string extra;
    const auto resumed = resume_local_simulation(town.input(), path, false, extra);
    std::filesystem::remove(path);
    while (!resumed->finished()) resumed->step();
    CHECK(resumed->state_hash() == whole->state_hash());
    CHECK(resumed->results_hash() == whole->results_hash());
  }
}

TEST_CASE("a closure turns everybody away at once, a ban too, and nobody drives through either") {
  for (const bool ban : {false, true})
    for (const double share : {0.0, 0.5}) {
      INFO("ban " << ban << " share " << share);
      Town town(ascii_network(kTwoWays, "", 12), {real_car()});
      town.options.end_s = 2000;
      town.options.reroute_share = share, town.options.reroute_period_s = 100;
      town.flow("v", "WABE", 6, 0, 900);
      Change& change = town.change(ban ? ChangeKind::kTurnBan : ChangeKind::kCloseLink, 200, 600);
      change.link = link_between(town.net, ban ? "WA" : "AB");
      if (ban) change.to_link = link_between(town.net, "AB");
      std::set<std::uint32_t> inside_before, through, round;
      const LaneId straight = lane_of(town.net, "AB");
      const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
        for (const auto& v : state.vehicles) {
          if ((v.lane == lane_of(town.net, "AP") || v.lane == lane_of(town.net, "AR")) && s.now_s() < 600)
            round.insert(v.trip.value);
          if (v.lane != straight) continue;
          if (s.now_s() <= 206)
            inside_before.insert(v.trip.value);
          else if (s.now_s() < 600 && !inside_before.count(v.trip.value))
            through.insert(v.trip.value);
        }
      });
      CHECK(run.all_arrived());
      CHECK(through.empty());
      CHECK(round.size() >
            25);  // 400 s of a vehicle every 6 s; waiting two minutes each would let three pass
    }
}
