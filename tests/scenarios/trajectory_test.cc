// Trajectories as columns: what goes in comes out, the CSV made of them is that of the run byte for byte, and
// whatever is damaged or forged is refused.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <limits>
#include <random>
#include <sstream>

#include "scenarios/run/arfcd.h"
#include "scenarios/run/run.h"
#include "scenarios/run/trajectory_export.h"
#include "scenarios/run/trajectory_writer.h"
#include "sim/model/problem.h"
#include "tests/arfcd_forgery.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

TrajectoryTables some_tables() {
  TrajectoryTables tables;
  tables.replicas = 2;
  tables.lanes = std::numeric_limits<std::uint32_t>::max();
  tables.network_path = "/no/city.arnet", tables.network_xxh3 = "0123456789abcdef";
  tables.types = {{"car", 4.5, 1.8}, {"", -0.0, 1e300}};
  for (int i = 0; i < 70'000; ++i)  // more than a block
    tables.vehicles.push_back({i == 3 ? "three, \"3\"\n" : std::to_string(i), i % 2u});
  return tables;
}

std::vector<TrafficColumns> some_states() {
  std::vector<TrafficColumns> states(4);
  using Units = std::numeric_limits<std::int32_t>;
  states[1].time_ms = 100, states[1].replica = 1;
  states[1].trip = {69'999, 0, 5, 3};
  states[1].lane = {0xfffffffe, 0, 7, 7};
  states[1].pos = {Units::min(), Units::max(), Units::max(), Units::min()};
  states[1].speed = {Units::max(), Units::min(), 0, -1};
  states[2].parked = {1, 69'999};
  std::mt19937 dice(1);
  auto& large = states[3];
  large.time_ms = std::numeric_limits<std::int64_t>::min();
  for (int i = 0; i < 5000; ++i) {
    large.trip.push_back(dice() % 70'000);
    large.lane.push_back(static_cast<std::uint32_t>(i) / 7);
    large.pos.push_back(static_cast<std::int32_t>(dice()));
    large.speed.push_back(static_cast<std::int32_t>(dice() % 200'000));
  }
  return states;
}

std::string packed(const TrajectoryTables& tables, const std::vector<TrafficColumns>& states) {
  std::string file;
  ArfcdPacker packer(0);
  packer.put_tables(tables, file);
  for (const auto& state : states) packer.put_state(state, file);
  packer.put_end(file);
  return file;
}

bool same(const TrafficColumns& a, const TrafficColumns& b) {
  return a.time_ms == b.time_ms && a.replica == b.replica && a.trip == b.trip && a.lane == b.lane &&
         a.pos == b.pos && a.speed == b.speed && a.parked == b.parked;
}

void read_all(const std::string& path) {
  ArfcdReader reader(path);
  TrafficColumns state;
  while (reader.next(state)) {
  }
}

/// The city of two links with its network on the disk, where the export finds it.
struct Town {
  TemporaryFolder folder;
  std::ostringstream out, err;
  Town() {
    write_network(fake_network(), folder / "city.arnet");
    write_file(folder / "trips.csv", "trips");
    FakeSimulation::on_step = nullptr;
  }
  void drive(const std::string& fcd, const std::string& replicas = "1") {
    RunRequest r;
    r.source = folder / "city.arnet";
    r.demand = {folder / "trips.csv"};
    r.out = folder / "OUT";
    r.options = {{"end", "60"}, {"step", "0.5"}, {"replicas", replicas}};
    r.quiet = true;
    r.fcd = fcd;
    REQUIRE(run(r, fake_tools(), out, err) == kDone);
  }
};

}  // namespace

TEST_CASE("columns come out of a file as they went in") {
  const TemporaryFolder folder;
  const auto tables = some_tables();
  const auto states = some_states();
  write_file(folder / "a.arfcd", packed(tables, states));
  ArfcdReader reader(folder / "a.arfcd");
  CHECK(reader.tables().replicas == 2);
  CHECK(reader.tables().lanes == tables.lanes);
  CHECK(reader.tables().network_path == tables.network_path);
  CHECK(reader.tables().network_xxh3 == tables.network_xxh3);
  CHECK(reader.tables().types == tables.types);
  CHECK(reader.tables().vehicles == tables.vehicles);
  TrafficColumns state;
  for (const auto& expected : states) {
    REQUIRE(reader.next(state));
    CHECK(same(state, expected));
  }
  CHECK_FALSE(reader.next(state));
}

TEST_CASE("the CSV made of columns is the one that the run writes, byte for byte") {
  Town town;
  const std::string replicas = GENERATE("1", "3");
  town.drive(town.folder / "csv/fcd.csv", replicas);
  town.drive(town.folder / "arfcd/fcd.arfcd", replicas);
  for (const auto name : {"crossings.csv", "signals.csv"})
    CHECK(read_file(town.folder / (std::string("arfcd/") + name)) ==
          read_file(town.folder / (std::string("csv/") + name)));
  export_trajectories(town.folder / "arfcd/fcd.arfcd", "", town.folder / "made.csv");
  REQUIRE(read_file(town.folder / "made.csv").size() > 1000);
  CHECK(read_file(town.folder / "made.csv") == read_file(town.folder / "csv/fcd.csv"));
  CHECK(read_file(town.folder / "arfcd/fcd.arfcd").size() * 3 <
        read_file(town.folder / "csv/fcd.csv").size());
  export_trajectories(town.folder / "arfcd/fcd.arfcd", town.folder / "city.arnet",
                      town.folder / "made.csv.gz");
  CHECK(
      std::system(("gzip -dc " + town.folder.path + "/made.csv.gz | cmp - " + town.folder.path + "/made.csv")
                      .c_str()) == 0);
}

TEST_CASE("columns are exported with their own network only") {
  Town town;
  const auto fcd = town.folder / "fcd.arfcd", csv = town.folder / "made.csv";
  town.drive(fcd);
  CHECK_THROWS_WITH(export_trajectories(fcd, "", town.folder / "made.txt"), Contains(".csv.gz"));
  CHECK_THROWS_WITH(export_trajectories(town.folder / "no.arfcd", "", csv), Contains("no such file"));
  CHECK_THROWS_WITH(export_trajectories(fcd, town.folder / "no.arnet", csv), Contains("--network"));
  CHECK_THROWS_WITH(export_trajectories(fcd, town.folder.path, csv), Contains("--network"));
  fs::rename(town.folder / "city.arnet", town.folder / "moved.arnet");
  CHECK_THROWS_WITH(export_trajectories(fcd, "", csv), Contains("--network"));
  export_trajectories(fcd, town.folder / "moved.arnet", csv);
  CHECK(fs::exists(csv));
  auto other = fake_network();
  other.name = "another";
  write_network(other, town.folder / "city.arnet");
  CHECK_THROWS_WITH(export_trajectories(fcd, "", csv), Contains("has changed"));
  CHECK_FALSE(fs::exists(csv + ".part"));
}

TEST_CASE("a damaged file of columns is refused, wherever the damage is") {
  const TemporaryFolder folder;
  TrajectoryTables tables = some_tables();
  tables.vehicles.resize(6);
  auto states = some_states();
  states.pop_back();
  states[1].trip = {5, 0, 5, 3};
  states[2].parked = {1};
  const std::string good = packed(tables, states), path = folder / "a.arfcd";
  write_file(path, good);
  REQUIRE_NOTHROW(read_all(path));
  for (std::size_t i = 0; i < good.size(); ++i) {
    INFO("byte " << i);
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    write_file(path, bad);
    CHECK_THROWS_AS(read_all(path), InputError);
    write_file(path, good.substr(0, i));
    CHECK_THROWS_AS(read_all(path), InputError);
  }
  write_file(path, good + "x");
  CHECK_THROWS_AS(read_all(path), InputError);
  // A state twice, or one left out, has good checksums and is noticed all the same.
  ArfcdPacker at(0);
  std::string head, one, two;
  at.put_tables(tables, head);
  at.put_state(states[0], one);
  at.put_state(states[1], two);
  write_file(path, good.substr(0, head.size()) + good.substr(head.size() + one.size()));
  CHECK_THROWS_AS(read_all(path), InputError);
  write_file(path, head + one + one + two);
  CHECK_THROWS_AS(read_all(path), InputError);
}

TEST_CASE("a forged file of columns is refused or sound") {
  const TemporaryFolder folder;
  TrajectoryTables tables = some_tables();
  tables.vehicles.resize(6);
  tables.lanes = 3;
  TrafficColumns state;
  state.trip = {5, 0, 3}, state.lane = {0, 2, 2}, state.pos = {1, 2'000'000, 70'000}, state.speed = {0, 1, 2};
  state.parked = {4};
  const std::string good = packed(tables, {state, state}), path = folder / "a.arfcd";
  std::mt19937 dice(1);
  int refused = 0, read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string forged = good;
    for (unsigned k = 1 + dice() % 3; k > 0; --k) {
      const std::size_t at = dice() % forged.size();
      constexpr unsigned kOdd[] = {0, 1, 0x7f, 0x80, 0xff};
      forged[at] = static_cast<char>(dice() % 2 ? kOdd[dice() % 5] : dice() % 256);
    }
    if (dice() % 8 == 0) forged.resize(dice() % forged.size());
    write_file(path, with_true_checksums(forged));
    try {
      ArfcdReader reader(path);
      const auto& known = reader.tables();
      TrafficColumns s;
      while (reader.next(s)) {
        bool sound = s.replica >= 0 && static_cast<std::uint32_t>(s.replica) < known.replicas &&
                     s.lane.size() == s.trip.size() && s.pos.size() == s.trip.size() &&
                     s.speed.size() == s.trip.size();
        for (const auto trip : s.trip) sound = sound && trip < known.vehicles.size();
        for (const auto trip : s.parked) sound = sound && trip < known.vehicles.size();
        for (const auto lane : s.lane) sound = sound && lane < known.lanes;
        REQUIRE(sound);
      }
      for (const auto& vehicle : known.vehicles) REQUIRE(vehicle.type < known.types.size());
      ++read;
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
  CHECK(read > 1000);
}

TEST_CASE("a forged count asks for no more memory than the file has") {
  const TemporaryFolder folder;
  TrajectoryTables tables = some_tables();
  tables.vehicles.resize(6);
  std::string head;
  ArfcdPacker(0).put_tables(tables, head);
  const std::string good = packed(tables, {TrafficColumns{}}), path = folder / "a.arfcd";
  constexpr std::size_t kCounts = 16 + 8 + 4;  // of a block: behind its head, the time and the replica
  for (std::size_t from = 0; from < 7; ++from)
    for (std::size_t to = from + 1; to <= 7; ++to) {
      std::string forged = good;
      std::fill_n(forged.begin() + static_cast<std::ptrdiff_t>(head.size() + kCounts + 4 * from),
                  4 * (to - from), '\xff');
      write_file(path, with_true_checksums(forged));
      CHECK_THROWS_AS(read_all(path), InputError);
    }
}

TEST_CASE("a part of other vehicles is not gone on with") {
  Town town;
  const auto network = fake_network();
  auto tables = trajectory_tables(network, fake_demand(), 1);
  const std::string path = town.folder / "fcd.arfcd";
  TrajectoryOffsets offsets;
  {
    TrajectoryFile file(path, network, tables);
    offsets = file.sync();
    file.keep_parts();
  }
  REQUIRE_NOTHROW(TrajectoryFile(path, network, tables, offsets, {{"G"}}));
  tables.network_path = "moved";
  REQUIRE_NOTHROW(TrajectoryFile(path, network, tables, offsets, {{"G"}}));
  tables.vehicles[2].id = "somebody else";
  REQUIRE_THROWS_WITH(TrajectoryFile(path, network, tables, offsets, {{"G"}}), Contains("other vehicles"));
  CHECK(fs::exists(path + ".part"));
}

TEST_CASE("the writer's thread leaves no state out, and what stops it is told") {
  Town town;
  const auto network = fake_network();
  const auto tables = trajectory_tables(network, fake_demand(), 1);
  constexpr int kStates = 300;
  const auto write_states = [&](const std::string& path, std::size_t rows) {
    TrajectoryWriter writer(std::make_unique<TrajectoryFile>(path, network, tables));
    for (int k = 0; k < kStates; ++k) {
      TrafficColumns& state = writer.room();
      state = {};
      state.time_ms = 1000 * k;
      state.signal_states = {"G"};
      state.trip.assign(rows, 9), state.lane.assign(rows, 1), state.pos.assign(rows, k),
          state.speed.assign(rows, 7);
      writer.put();
    }
    writer.commit();
  };
  write_states(town.folder / "fcd.arfcd", 2000);
  ArfcdReader reader(town.folder / "fcd.arfcd");
  TrafficColumns state;
  for (int k = 0; k < kStates; ++k) {
    REQUIRE(reader.next(state));
    REQUIRE(state.time_ms == 1000 * k);
    REQUIRE(state.pos == std::vector<std::int32_t>(2000, k));
  }
  REQUIRE_FALSE(reader.next(state));

  const std::string ending = GENERATE("csv", "arfcd");
  fs::create_directory(town.folder / "full");
  const pid_t child = fork();
  if (child == 0) {  // a size limit stands for the full disk; it is met long before the last state
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1 << 21, 1 << 21};
    ::setrlimit(RLIMIT_FSIZE, &small);
    try {
      write_states(town.folder / ("full/fcd." + ending), 20'000);
      ::_exit(0);
    } catch (const InputError&) {
      ::_exit(2);
    } catch (...) {
      ::_exit(3);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 2);
  CHECK_FALSE(fs::exists(town.folder / ("full/fcd." + ending)));
  CHECK_FALSE(fs::exists(town.folder / ("full/fcd." + ending + ".part")));
}
