// The run program with the real engine and the real readers, on a city of two links.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "gis/yaml_section.h"
#include "scenarios/run/checkpoints.h"
#include "scenarios/run/local_tools.h"
#include "scenarios/run/run.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;

namespace {

constexpr const char* kTables[] = {"trips.csv",     "links.csv",  "movements.csv", "detectors.csv",
                                   "jams.csv",      "series.csv", "hashes.csv",    "fcd.csv",
                                   "crossings.csv", "signals.csv"};

struct RealTown {
  TemporaryFolder folder;
  std::ostringstream out, err;
  RunTools tools = local_tools();
  RealTown() {
    tools.export_layers = nullptr;  // a program beside this one, which tests do not have
    write_network(fake_network(), folder / "city.arnet");
    std::string trips = "trip_id,depart_s,from_link,to_link\n";
    for (int i = 0; i < 60; ++i)
      trips += "\"t," + std::to_string(i) + "\"," + std::to_string(3 * i) + ",a,\"b,2\"\n";
    write_file(folder / "trips.csv", trips);
  }
  RunRequest request(const std::string& name) const {
    RunRequest r;
    r.source = folder / "city.arnet";
    r.demand = {folder / "trips.csv"};
    r.out = folder / name;
    r.options = {{"end", "240"}, {"interval", "60"}, {"threads", "1"}, {"backend", "cpu"}};
    r.hash_every = "10";
    r.fcd = r.out + "/fcd.csv";
    r.quiet = true;
    return r;
  }
  std::string file(const std::string& name) const { return read_file(folder / name); }
  std::size_t equal(const std::string& a, const std::string& b) const {
    std::size_t same = 0;
    for (const auto name : kTables) {
      INFO(name);
      CHECK(file(a + "/" + name) == file(b + "/" + name));
      same += file(a + "/" + name) == file(b + "/" + name) ? 1 : 0;
    }
    return same;
  }
};

/// The rows of one replica, as if it had run alone.
std::string of_replica(const std::string& text, const std::string& replica) {
  std::istringstream in(text);
  std::string out, line;
  while (std::getline(in, line)) {
    const auto comma = line.find(',');
    if (line.substr(0, comma) == replica || line.starts_with("replica")) out += line.substr(comma + 1) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("the real engine runs a city of two links, and threads change nothing") {
  RealTown town;
  auto request = town.request("one");
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  const auto summary = load_yaml("summary.json", town.file("one/summary.json"));
  REQUIRE(summary["read"].as<int>() == 60);
  REQUIRE(summary["arrived"].as<int>() > 20);
  REQUIRE(summary["loaded"].as<int>() == summary["waiting"].as<int>() + summary["running"].as<int>() +
                                             summary["arrived"].as<int>() + summary["removed"].as<int>());
  request = town.request("two");
  request.options["threads"] = "2";
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  REQUIRE(town.equal("one", "two") == std::size(kTables));
}

TEST_CASE("a run resumed from a checkpoint equals one without a break") {
  RealTown town;
  auto request = town.request("whole");
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  request = town.request("parts");
  request.checkpoint_every = "70";
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  REQUIRE(town.equal("whole", "parts") == std::size(kTables));  // writing changes nothing
  prune_checkpoints(town.folder / "parts", 3);
  const auto kept = checkpoints_in(town.folder / "parts");
  REQUIRE(kept.size() == 3);
  std::filesystem::remove(kept[0]);
  request.resume = request.out;
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  REQUIRE(town.equal("whole", "parts") == std::size(kTables));
  request.options["seed"] = "9";
  REQUIRE_THROWS_AS(run(request, town.tools, town.out, town.err), InputError);
}

TEST_CASE("a replica equals the run of its seed alone") {
  RealTown town;
  auto request = town.request("three");
  request.options["replicas"] = "3";
  request.options["seed"] = "5";
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  request = town.request("alone");
  request.options["seed"] = "7";
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  for (const auto name : kTables) {
    INFO(name);
    REQUIRE(of_replica(town.file(std::string("three/") + name), "2") ==
            town.file(std::string("alone/") + name));
  }
}

TEST_CASE("trips after the end stay scheduled, and those at the end are in its state") {
  RealTown town;
  auto request = town.request("short");
  request.options["end"] = "90";
  REQUIRE(run(request, town.tools, town.out, town.err) == kDone);
  const auto summary = load_yaml("summary.json", town.file("short/summary.json"));
  CHECK(summary["read"].as<int>() == 60);
  CHECK(summary["rejected"].as<int>() == 0);
  CHECK(summary["scheduled"].as<int>() == 60);
  CHECK(summary["loaded"].as<int>() == 31);  // every 3 s, at 0 and at 90 too
  std::istringstream trips(town.file("short/trips.csv"));
  std::string line;
  int scheduled = 0;
  while (std::getline(trips, line)) scheduled += line.find(",scheduled,") != std::string::npos ? 1 : 0;
  CHECK(scheduled == 29);
}
