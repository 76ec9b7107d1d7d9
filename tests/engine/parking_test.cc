// Stops beside the road: the vehicle leaves its lane, others pass, and it comes back where there is room.
#include <unistd.h>

#include <filesystem>

#include "tests/link_identities.h"
#include "tests/traffic_matches.h"

#include "tests/engine/town.h"

using namespace arterial;

namespace {

Town parking_town(bool parking) {
  Town town(ascii_network(R"(
A------------------------------B----------C
                               |
                               |
                               D
)",
                          "AB speed=50 class=primary; BC class=primary", 12),
            {calm_car(), truck()});
  town.options.end_s = 900;
  town.options.interval_s = 70;
  Trip& van = town.trip("van", 0, "ABC");
  van.stop_count = 1;
  town.demand.stops.push_back({lane_of(town.net, "AB"), 150, 200, -1, parking});
  town.flow("v", "ABC", 5, 5, 300).flow("t", "ABC", 31, 8, 300, 1);
  return town;
}

}  // namespace

TEST_CASE("a parked vehicle lets others pass, runs in the ledger and goes on when its time is up") {
  for (const Backend machine : machines()) {
    Town town = parking_town(true);
    town.options.backend = machine;
    const auto simulation = town.start();
    Snapshot state;
    TrafficColumns traffic;
    int off_the_lane = 0;
    std::uint64_t passed = 0;
    while (!simulation->finished()) {
      simulation->step();
      std::string words;
      const bool fine = counters_fine(*simulation, 1, words);
      INFO(words);
      REQUIRE(fine);
      simulation->snapshot(state);
      REQUIRE(state.vehicles.size() == simulation->ledger().running);
      simulation->copy_traffic(traffic);
      REQUIRE(how_they_differ(state, traffic) == "");
      for (const auto& v : state.vehicles)
        if (!v.lane.valid()) {
          ++off_the_lane;
          passed = simulation->ledger().arrived;
        }
      const std::string broken = simulation->steps_done() % 23 ? "" : broken_link_identity(*simulation);
      INFO("at " << simulation->now_s() << " s: " << broken);
      REQUIRE(broken.empty());
    }
    CHECK(simulation->ledger().arrived == simulation->ledger().scheduled);
    CHECK(off_the_lane >= 199);
    CHECK(passed > 20);
    for (const TripRow& row : simulation->results().trips)
      if (simulation->demand().trips[row.trip.value].id == "van") {
        CHECK(row.stop_s == Approx(200).margin(1));
        CHECK(row.ended_s - row.entered_s > 215);
        CHECK(row.time_loss_s < 60);
      } else {
        CHECK(row.time_loss_s < 60);
      }
  }
}

TEST_CASE("the same stop on the lane holds everybody up") {
  const Town town = parking_town(false);
  const WatchedRun run(town);
  CHECK(run.all_arrived());
  double most = 0;
  for (const TripRow& row : run.rows()) most = std::max(most, row.time_loss_s);
  CHECK(most > 120);
}

TEST_CASE("a checkpoint while parked, and other threads, change nothing") {
  Town town = parking_town(true);
  const auto whole = town.start();
  const std::string path =
      (std::filesystem::temp_directory_path() / ("arterial_parking_" + std::to_string(::getpid()) + ".ckpt"))
          .string();
  while (!whole->finished()) {
    whole->step();
    if (whole->steps_done() == 100) whole->save_checkpoint(path, "");
  }
  std::string extra;
  town.options.threads = 2;
  const auto resumed = resume_local_simulation(town.input(), path, false, extra);
  std::filesystem::remove(path);
  while (!resumed->finished()) resumed->step();
  CHECK(resumed->state_hash() == whole->state_hash());
  CHECK(resumed->results_hash() == whole->results_hash());
}
