// One city, one answer: threads, replicas, machines, checkpoints. And that the counters can count at all.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "sim/engine/city_builder.h"
#include "sim/engine/jams.h"
#include "sim/model/checksum.h"
#include "tests/engine/town.h"
#include "tests/traffic_matches.h"

using namespace arterial;

namespace {

/// Signals, a priority road, an all-way stop, lane changes, buses at a stop, changes on the way.
Town busy_town() {
  Town town(ascii_network(R"(
        N           M           O
        |           :           |
        |           :           |
        |           :           |
W=======A===========B===========C=======E
        |           :           |
        |           :           |
        |           :           |
V-------F-----------G-----------H-------U
        |           :           |
        |           :           |
        |           :           |
        S           T           R
)",
                          "B signal; C signal; F all_way_stop", 12),
            {real_car(), truck(), idm_car()});
  town.options.end_s = 900;
  town.options.interval_s = 300;
  int n = 0;
  for (const char* way : {"WABCE", "ECBAW", "NAFS", "SFAN", "MBGT", "TGBM", "OCHR", "RHCO", "VFGHU", "UHGFV",
                          "WABGT", "TGHCE", "NABMB", "SFGBCE", "VFABM", "OCBAFS"}) {
    town.flow(std::string(way).append("."), std::string(way) == "NABMB" ? "NABM" : way, 16, n % 7, 500,
              static_cast<std::uint32_t>(n) % 3);
    ++n;
  }
  Trip& bus = town.trip("bus", 20, "WABCE");
  bus.stop_count = 1;
  town.demand.stops.push_back({lane_of(town.net, "AB"), 60, 40, -1, false});
  Change& limit = town.change(ChangeKind::kSpeedLimit, 200, 400);
  limit.link = link_between(town.net, "BC"), limit.speed_mps = 6;
  town.change(ChangeKind::kCloseLink, 250, 420).link = link_between(town.net, "FG");
  return town;
}

std::vector<std::uint64_t> hashes(const Town& town, int replica, std::uint64_t every = 100) {
  const auto simulation = town.start();
  std::vector<std::uint64_t> list{simulation->state_hash(replica)};
  std::string words;
  bool fine = true;
  while (!simulation->finished() && fine) {
    simulation->step();
    fine = counters_fine(*simulation, town.options.replicas, words);
    if (simulation->steps_done() % every == 0) list.push_back(simulation->state_hash(replica));
  }
  INFO(words);
  CHECK(fine);
  list.push_back(simulation->results_hash(replica));
  return list;
}

struct Folder {
  std::filesystem::path path;
  Folder() {
    path = std::filesystem::temp_directory_path() / ("arterial_engine_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(path);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("the busy town is sound at every state and everybody arrives") {
  for (const Backend machine : machines())
    for (const double step : {0.1, 0.25, 0.5, 1.0}) {
      INFO("step " << step);
      Town town = busy_town();
      town.options.end_s = step < 0.2 ? 300 : 1800;
      town.options.step_s = step;
      town.options.backend = machine;
      const WatchedRun run(town);
      if (step > 0.2) CHECK(run.all_arrived());
    }
}

// What a follower counts on when it keeps its distance.
TEST_CASE("nobody brakes harder than its emergency deceleration") {
  for (const double step : {0.1, 0.25, 0.5, 1.0}) {
    Town town = busy_town();
    town.options.end_s = step < 0.2 ? 300 : 1800;
    town.options.step_s = step;
    const WatchedRun run(town);
    INFO("step " << step << "; " << run.watch().hard_braking);
    CHECK(run.watch().hard_brakings == 0);
  }
}

TEST_CASE("state and results are the same on 1, 2 and 3 threads") {
  Town town = busy_town();
  const auto one = hashes(town, 0);
  CHECK(one.size() > 5);
  CHECK(one[1] != one[2]);
  for (const int threads : {2, 3}) {
    town.options.threads = threads;
    CHECK(hashes(town, 0) == one);
  }
}

TEST_CASE("replica r of seed S is seed S + r run alone, at every 100 steps and in its results") {
  for (const Backend machine : machines()) {
    Town together = busy_town();
    together.options.backend = machine;
    together.options.seed = 7;
    together.options.replicas = 4;
    for (int r = 0; r < 4; ++r) {
      Town alone = busy_town();
      alone.options.backend = machine;
      alone.options.seed = 7 + static_cast<std::uint64_t>(r);
      auto a = hashes(together, r), b = hashes(alone, 0);
      INFO("replica " << r);
      a.resize(std::min(a.size(), b.size()) - 2);  // alone it may end earlier
      b.resize(a.size());
      CHECK(a == b);
    }
  }
}

TEST_CASE("another seed is another day") {
  Town town = busy_town();
  const auto one = hashes(town, 0);
  town.options.seed = 2;
  CHECK(hashes(town, 0)[1] != one[1]);
}

TEST_CASE("the same states on host threads and on a CUDA device", "[cuda]") {
  if (!cuda_available()) {
    WARN("skipped: no CUDA device (" << (cuda_built() ? "this machine has none" : "built without CUDA")
                                     << "); every case of tests/engine ran on host threads only");
    return;
  }
  Town town = busy_town();
  const auto host = hashes(town, 0, 1);
  town.options.backend = Backend::kCuda;
  CHECK(hashes(town, 0, 1) == host);
}

TEST_CASE("resumed from a checkpoint at any step, a run ends as if it had never stopped") {
  const Folder folder;
  std::mt19937 dice(20261122);
  for (const Backend machine : machines()) {
    Town town = busy_town();
    town.options.backend = machine;
    town.options.replicas = 2;
    const auto whole = town.start();
    while (!whole->finished()) whole->step();
    for (int round = 0; round < 5; ++round) {
      const std::uint64_t at = round == 0 ? 0 : 1 + dice() % 600;
      INFO("checkpoint at step " << at);
      const std::string path = folder / "a.ckpt";
      std::uint64_t hash_there = 0, results_there = 0;
      {
        const auto first = town.start();
        while (first->steps_done() < at) first->step();
        first->save_checkpoint(path, "the caller's own");
        hash_there = first->state_hash(1), results_there = first->results_hash(1);
      }
      std::string extra;
      Town other_threads = town;
      other_threads.options.threads = 1 + round % 3;
      const auto resumed = resume_local_simulation(other_threads.input(), path, false, extra);
      CHECK(extra == "the caller's own");
      CHECK(resumed->steps_done() == at);
      CHECK(resumed->state_hash(1) == hash_there);
      CHECK(resumed->results_hash(1) == results_there);
      std::string words;
      while (!resumed->finished()) {
        resumed->step();
        if (!counters_fine(*resumed, 2, words)) break;
      }
      CHECK(words == "");
      for (int r = 0; r < 2; ++r) {
        CHECK(resumed->state_hash(r) == whole->state_hash(r));
        CHECK(resumed->results_hash(r) == whole->results_hash(r));
        CHECK(resumed->ledger(r).arrived == whole->ledger(r).arrived);
        CHECK(resumed->totals(r).vehicle_updates == whole->totals(r).vehicle_updates);
        CHECK(resumed->totals(r).waiting_h == whole->totals(r).waiting_h);
      }
      CHECK(resumed->steps_done() == whole->steps_done());
    }
  }
}

TEST_CASE("a look at results or a snapshot changes nothing") {
  Town town = busy_town();
  const auto quiet = town.start(), watched = town.start();
  watched->record_crossings(true);
  Snapshot s;
  TrafficColumns traffic;
  for (int k = 0; k < 350; ++k) {
    quiet->step();
    watched->step();
    if (k % 3 == 0) watched->snapshot(s);
    if (k % 5 == 0) watched->copy_traffic(traffic);
    if (k % 50 == 0) watched->results(0, true);
    if (k % 70 == 0) watched->results_hash();
  }
  CHECK(quiet->state_hash() == watched->state_hash());
  CHECK(quiet->results_hash() == watched->results_hash());
}

TEST_CASE("what is written of a run does not touch its state") {
  Town town = busy_town();
  const auto often = town.start();
  town.options.interval_s = 70;
  town.options.warm_up_s = 130;
  const auto seldom = town.start();
  for (int k = 0; k < 450; ++k) {
    often->step();
    seldom->step();
    if (k % 90 == 0) CHECK(often->state_hash() == seldom->state_hash());
  }
  CHECK(often->state_hash() == seldom->state_hash());
}

TEST_CASE("a fork differs by its edits alone") {
  const Folder folder;
  Town town = busy_town();
  {
    const auto first = town.start();
    for (int k = 0; k < 300; ++k) first->step();  // a limit and a closure are in force
    first->save_checkpoint(folder / "a.ckpt", "");
  }
  std::string extra;
  town.options.end_s = 1000;
  const auto whole = town.start();
  const auto same = resume_local_simulation(town.input(), folder / "a.ckpt", true, extra);
  Change& slow = town.change(ChangeKind::kSpeedLimit, 310);
  slow.link = link_between(town.net, "AB"), slow.speed_mps = 3;
  const auto edited = resume_local_simulation(town.input(), folder / "a.ckpt", true, extra);
  for (const auto& simulation : {whole.get(), same.get(), edited.get()})
    while (!simulation->finished()) simulation->step();
  CHECK(same->state_hash() == whole->state_hash());
  CHECK(same->results_hash() == whole->results_hash());
  CHECK(edited->results_hash() != whole->results_hash());
}

TEST_CASE("a run goes on to its end, and an empty city costs nothing that shows") {
  Town town(ascii_network(R"(
            N
            |
            |
W-----------X-----------E
            |
            |
            S
)",
                          "X signal"));
  town.options.end_s = 900;
  town.options.interval_s = 100;
  town.options.replicas = 2;
  town.trip("early", 0, "WXE");
  town.trip("late", 500, "NXS");  // a gap in which nobody is there
  const auto simulation = town.start();
  std::uint64_t on_road = 0, crossings = 0;
  Snapshot s;
  TrafficColumns traffic;
  simulation->record_crossings(true);
  while (!simulation->finished()) {
    on_road += simulation->ledger(0).running;
    simulation->step();
    for (const int r : {1, 0}) {
      simulation->snapshot(s, r);
      simulation->copy_traffic(traffic, r);
      REQUIRE(how_they_differ(s, traffic) == "");
    }
    crossings += s.crossings.size();
  }
  CHECK(simulation->steps_done() == 900);
  CHECK(simulation->ledger(0).arrived == 2);
  CHECK(crossings == 2);
  for (int r = 0; r < 2; ++r) CHECK(simulation->totals(r).vehicle_updates == on_road);
  const ResultTables tables = simulation->results(0, true);
  CHECK(tables.links.back().end_s == 900);
  CHECK(tables.series.size() == 16);
  CHECK(simulation->bytes_per_update() > 0);
}

TEST_CASE("a damaged checkpoint is refused, wherever the damage is") {
  const Folder folder;
  Town town = busy_town();
  {
    const auto simulation = town.start();
    for (int k = 0; k < 60; ++k) simulation->step();
    simulation->save_checkpoint(folder / "good.ckpt", "x");
  }
  const std::string good = bytes_of(folder / "good.ckpt");
  REQUIRE(good.size() > 1000);
  std::string extra;
  CHECK_NOTHROW(resume_local_simulation(town.input(), folder / "good.ckpt", false, extra));
  std::mt19937 dice(5);
  const auto refused = [&](const std::string& bytes) {
    put(folder / "bad.ckpt", bytes);
    CHECK_THROWS_AS(resume_local_simulation(town.input(), folder / "bad.ckpt", false, extra), InputError);
    CHECK_THROWS_AS(resume_local_simulation(town.input(), folder / "bad.ckpt", true, extra), InputError);
  };
  for (int k = 0; k < 40; ++k) {
    std::string bad = good;
    const std::size_t at = k < 32 ? static_cast<std::size_t>(k) : dice() % good.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << (dice() % 8)));
    INFO("byte " << at);
    refused(bad);
  }
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{7}, std::size_t{32}, std::size_t{33}, good.size() / 2, good.size() - 1})
    refused(good.substr(0, length));
  refused(good + "x");
  CHECK_THROWS_AS(resume_local_simulation(town.input(), folder / "nowhere.ckpt", false, extra), InputError);
  CHECK_THROWS_AS(resume_local_simulation(town.input(), folder.path.string(), false, extra), InputError);
}

TEST_CASE("a checkpoint of other inputs is refused without fork and taken with it") {
  const Folder folder;
  Town town = busy_town();
  const auto base = town.start();
  for (int k = 0; k < 100; ++k) base->step();
  base->save_checkpoint(folder / "a.ckpt", "");
  SimulationInput other = town.input();
  other.input_hash = 43;
  Change closed;
  closed.kind = ChangeKind::kCloseLink, closed.begin_s = 0, closed.link = link_between(town.net, "CE");
  other.changes.push_back(closed);
  std::string extra;
  CHECK_THROWS_AS(resume_local_simulation(other, folder / "a.ckpt", false, extra), InputError);
  const auto forked = resume_local_simulation(other, folder / "a.ckpt", true, extra);
  CHECK(forked->steps_done() == 100);
  std::string words;
  for (int k = 0; k < 100; ++k) {
    base->step();
    forked->step();
    if (!counters_fine(*forked, 1, words)) break;
  }
  CHECK(words == "");
  CHECK(forked->state_hash() != base->state_hash());

  Town fewer = busy_town();
  fewer.demand.trips.pop_back();
  CHECK_THROWS_AS(resume_local_simulation(fewer.input(), folder / "a.ckpt", true, extra), InputError);
}

TEST_CASE("a checkpoint that cannot be written is an input error") {
  Town town = busy_town();
  CHECK_THROWS_AS(town.start()->save_checkpoint("/nonexistent/folder/a.ckpt", ""), InputError);
}

namespace {

/// A ring of four one-way links, one vehicle at the end of each, all standing for a long time.
struct Ring {
  Town town{ascii_network(R"(
W-----A<<<<<<<<B-----N
      v        ^
      v        ^
      v        ^
S-----D>>>>>>>>C-----E
)")};
  SimulationInput input;
  CityTables city;
  CopiedDemand demand;
  StateImage image;

  Ring() {
    for (const char* way : {"ADC", "DCB", "CBA", "BAD"}) town.trip(way, 0, way);
    input = town.input();
    demand = copy_trips(input);
    city = build_city(input, demand.demand);
    image = first_state(input, city, demand);
  }
  /// Puts trip `i` on its first link with its front at `pos_m`. Call in the order of lanes.
  void put(std::uint32_t i, LaneId lane, double pos_m, std::uint32_t halted_steps, double speed_mps = 0) {
    TripState& t = image.trip_state[i];
    t.status = static_cast<std::uint8_t>(SlotStatus::kRunning);
    t.next_conn = connections_between(town.net, demand.demand.trips[i].id).at(0).value;
    image.lane.push_back(lane.value);
    image.pos.push_back(to_units(pos_m));
    image.speed.push_back(to_units(speed_mps));
    image.slot.push_back(i);
    image.kind.push_back(16384u << 16);
    image.ctl.push_back(halted_steps << kHaltShift);
  }
};

}  // namespace

TEST_CASE("the finder of jams names a cycle of vehicles that block each other, once, and its end") {
  Ring ring;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order;  // lane, trip
  for (std::uint32_t i = 0; i < 4; ++i)
    order.emplace_back(
        ring.town.net[ring.demand.demand.routes[ring.demand.demand.trips[i].route.value].links[0]]
            .first_lane.value,
        i);
  std::sort(order.begin(), order.end());
  for (const auto& [lane, trip] : order)
    ring.put(trip, LaneId(lane), to_metres(ring.city.lane_length[lane]) - 0.5, 200);

  JamFinder finder;
  finder.look(ring.city, ring.image, 0, 300, 1, 120);
  REQUIRE(finder.rows(0).size() == 1);
  CHECK(finder.rows(0)[0].vehicles.size() == 4);
  CHECK(finder.rows(0)[0].until_s < 0);
  CHECK(finder.rows(0)[0].since_s == Approx(180));
  finder.look(ring.city, ring.image, 0, 330, 1, 120);
  CHECK(finder.rows(0).size() == 1);
  for (auto& ctl : ring.image.ctl) ctl = 0;  // they roll again
  for (auto& speed : ring.image.speed) speed = 50000;
  finder.look(ring.city, ring.image, 0, 360, 1, 120);
  REQUIRE(finder.rows(0).size() == 1);
  CHECK(finder.rows(0)[0].until_s == 360);
}

TEST_CASE("those who stand behind a red or a stop are no jam") {
  Ring ring;
  ring.put(
      0,
      ring.town.net[ring.demand.demand.routes[ring.demand.demand.trips[0].route.value].links[0]].first_lane,
      20, 500);
  JamFinder finder;
  finder.look(ring.city, ring.image, 0, 600, 1, 120);
  CHECK(finder.rows(0).empty());
}

TEST_CASE("the counter of overlaps counts two bodies on one spot") {
  Ring ring;
  const LaneId lane = lane_of(ring.town.net, "AD");
  std::uint32_t a = 0, b = 1;
  ring.put(a, lane, 40, 0);
  ring.put(b, lane, 42, 0);  // 5 m long
  const auto backend = make_host_backend(ring.city, 1);
  backend->write(ring.image);
  StepParams p;
  p.now_ms = 0, p.next_ms = 1000, p.step_ms = 1000, p.step_s = 1, p.step = 1;
  backend->step(p);
  CHECK(backend->counters()[kOverlap] > 0);
}

/// The file with some bytes in place of others, and a checksum that fits.
void forge_checkpoint(const std::string& path, const std::string& from, const std::string& to) {
  std::string bytes = bytes_of(path);
  const std::size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(from.size() == to.size());
  bytes.replace(at, from.size(), to);
  constexpr std::size_t kHeader = 32;  // magic, version, length, checksum
  const std::uint64_t sum = xxh64(bytes.data() + kHeader, bytes.size() - kHeader);
  std::memcpy(bytes.data() + kHeader - sizeof sum, &sum, sizeof sum);
  put(path, bytes);
}

TEST_CASE("violations of the last state are counted, and looking at it changes nothing") {
  Folder folder;
  Town town(ascii_network(R"(
W-----------------------E
)"));
  town.trip("a", 0, "WE");
  town.trip("b", 4, "WE");
  town.options.end_s = 12;
  const auto simulation = town.start();
  while (!simulation->finished()) simulation->step();
  const std::string path = folder / "end.ckpt";
  simulation->save_checkpoint(path, "");
  const std::uint64_t hash = simulation->state_hash(0), results = simulation->results_hash(0);
  CHECK(simulation->violations(0).total() == 0);
  CHECK(simulation->state_hash(0) == hash);
  CHECK(simulation->results_hash(0) == results);
  Snapshot last;
  simulation->snapshot(last, 0);
  REQUIRE(last.vehicles.size() == 2);
  const auto places = [](std::int32_t follower, std::int32_t leader) {
    const std::int32_t both[2] = {follower, leader};
    return std::string(reinterpret_cast<const char*>(both), sizeof both);
  };
  const std::int32_t follower = to_units(last.vehicles[0].pos_m), leader = to_units(last.vehicles[1].pos_m);
  forge_checkpoint(path, places(follower, leader), places(leader - 1000, leader));
  std::string extra;
  const auto forged = resume_local_simulation(town.input(), path, false, extra);
  REQUIRE(forged->finished());
  CHECK(forged->violations(0).overlap == 1);
  CHECK(forged->violations(0).overlap == 1);  // not once more
}

TEST_CASE("the counter of conflicts counts two bodies on the shared ground of a junction") {
  Town town(ascii_network(R"(
            N
            |
            |
W-----------X-----------E
            |
            |
            S
)"));
  town.trip("a", 0, "WXE");
  town.trip("b", 0, "NXS");
  const SimulationInput input = town.input();
  const CopiedDemand demand = copy_trips(input);
  const CityTables city = build_city(input, demand.demand);
  StateImage image = first_state(input, city, demand);
  const ConnectionId a = connections_between(town.net, "WXE").at(0),
                     b = connections_between(town.net, "NXS").at(0);
  double pos_a = -1, pos_b = -1;
  for (const Conflict& x : town.net.conflicts) {
    if (x.a == a && x.b == b) pos_a = x.a_end_m, pos_b = x.b_end_m;
    if (x.a == b && x.b == a) pos_a = x.b_end_m, pos_b = x.a_end_m;
  }
  REQUIRE(pos_a >= 0);
  std::vector<std::tuple<std::uint32_t, double, std::uint32_t>> places;
  for (std::uint32_t i = 0; i < 2; ++i) {
    const bool is_a = demand.demand.trips[i].id == "a";
    places.emplace_back(town.net[is_a ? a : b].lane.value, is_a ? pos_a : pos_b, i);
  }
  std::sort(places.begin(), places.end());
  for (const auto& [lane, pos, i] : places) {
    TripState& t = image.trip_state[i];
    t.status = static_cast<std::uint8_t>(SlotStatus::kRunning);
    t.trail_count = 1;
    image.trail[i * kTrail] = town.net.connections[lane - city.road_lanes].from.value;
    image.lane.push_back(lane);
    image.pos.push_back(to_units(pos));
    image.speed.push_back(0);
    image.slot.push_back(i);
    image.kind.push_back(16384u << 16);
    image.ctl.push_back(0);
  }
  const auto backend = make_host_backend(city, 1);
  backend->write(image);
  StepParams p;
  p.now_ms = 0, p.next_ms = 1000, p.step_ms = 1000, p.step_s = 1, p.step = 1;
  backend->step(p);
  CHECK(backend->counters()[kConflict] > 0);
}

TEST_CASE("the counter of lanes counts a class where neither the map nor a change admits it") {
  Town town(ascii_network(R"(
            N
            |
            |
W-----------X-----------E
            |
            |
            S
)"));
  town.trip("a", 0, "WXE");
  const SimulationInput input = town.input();
  const CopiedDemand demand = copy_trips(input);
  const ConnectionId through = connections_between(town.net, "WXE").at(0);
  const Connection& connection = town.net.connections[through.value];
  for (const bool forbidden : {false, true}) {
    CAPTURE(forbidden);
    CityTables city = build_city(input, demand.demand);
    StateImage image = first_state(input, city, demand);
    if (forbidden) city.lane_classes[connection.to.value] = image.lane_allowed[connection.to.value] = 0;
    TripState& t = image.trip_state[0];
    t.status = static_cast<std::uint8_t>(SlotStatus::kRunning);
    t.trail_count = 1;
    image.trail[0] = connection.from.value;
    image.lane.push_back(connection.lane.value);
    image.pos.push_back(city.lane_length[connection.lane.value] - 1000);
    image.speed.push_back(50000);
    image.slot.push_back(0);
    image.kind.push_back(16384u << 16);
    image.ctl.push_back(0);
    const auto backend = make_host_backend(city, 1);
    backend->write(image);
    StepParams p;
    p.now_ms = 0, p.next_ms = 1000, p.step_ms = 1000, p.step_s = 1, p.step = 1;
    backend->step(p);
    CHECK(backend->counters()[kLaneFault] == (forbidden ? 1 : 0));
  }
}
