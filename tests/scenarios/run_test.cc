#include "scenarios/run/run.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "gis/yaml_section.h"
#include "scenarios/run/checkpoints.h"
#include "scenarios/run/stop_signal.h"
#include "scenarios/text.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;
namespace fs = std::filesystem;

namespace {

struct Town {
  TemporaryFolder folder;
  std::ostringstream out, err;
  Town() {
    write_file(folder / "city.arnet", "network");
    write_file(folder / "trips.csv", "trips");
    FakeSimulation::violations_now = {};
    FakeSimulation::on_step = nullptr;
  }
  ~Town() {
    FakeSimulation::violations_now = {};
    FakeSimulation::on_step = nullptr;
  }
  RunRequest request(const std::string& out_folder) const {
    RunRequest r;
    r.source = folder / "city.arnet";
    r.demand = {folder / "trips.csv"};
    r.out = folder / out_folder;
    r.options = {{"end", "60"}};
    r.quiet = true;
    return r;
  }
  int go(const RunRequest& r) { return run(r, fake_tools(), out, err); }
  std::string file(const std::string& name) const { return read_file(folder / name); }
};

std::string header(const std::string& text) { return text.substr(0, text.find('\n')); }
std::size_t rows(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) - 1;
}

}  // namespace

TEST_CASE("a run folder holds every file of the contract, with its columns to the letter") {
  Town town;
  auto request = town.request("OUT");
  request.hash_every = "10";
  request.fcd = town.folder / "fcd.csv";
  REQUIRE(town.go(request) == kDone);
  REQUIRE(
      header(town.file("OUT/trips.csv")) ==
      "vehicle_id,type,class,from_link,to_link,scheduled_s,entered_s,ended_s,status,entry_delay_s,trip_s,"
      "distance_m,"
      "free_flow_s,time_loss_s,halted_s,halts,stop_s,reroutes,lane_changes,enter_lane,end_lane,speed_factor");
  REQUIRE(header(town.file("OUT/links.csv")) ==
          "begin_s,end_s,link_id,source_id,length_m,lanes,n_begin,entered,inserted,left,arrived,removed,n_"
          "end,vehicle_m,"
          "vehicle_s,flow_vph,density_vpkm,speed_mps,travel_time_s,time_loss_s,halted_vehicle_s,queue_mean_m,"
          "queue_max_m,"
          "waiting_end");
  REQUIRE(header(town.file("OUT/movements.csv")) ==
          "begin_s,end_s,junction_id,from_link,to_link,count,delay_s,stops,queue_max_m,spillback_s");
  REQUIRE(header(town.file("OUT/detectors.csv")) ==
          "begin_s,end_s,detector_id,lane_id,pos_m,count,flow_vph,occupancy_pct,speed_mps,harmonic_speed_mps,"
          "mean_length_m");
  REQUIRE(header(town.file("fcd.csv")) ==
          "time_s,vehicle_id,lane_id,pos_m,speed_mps,x_m,y_m,angle_deg,length_m,width_m,type");
  REQUIRE(header(town.file("crossings.csv")) == "time_s,vehicle_id,connection_id");
  REQUIRE(header(town.file("signals.csv")) == "time_s,signal_id,state");
  REQUIRE(rows(town.file("OUT/hashes.csv")) == 7);
  REQUIRE(rows(town.file("OUT/trips.csv")) == 10);
  REQUIRE(rows(town.file("OUT/trips_rejected.csv")) == 1);
  for (const auto name :
       {"jams.csv", "problems.geojson", "manifest.json", "map.png", "report.html", "scenario.yaml"})
    REQUIRE_FALSE(town.file(std::string("OUT/") + name).empty());
}

TEST_CASE("rows say what happened, with hostile names quoted") {
  Town town;
  REQUIRE(town.go(town.request("OUT")) == kDone);
  const auto trips = read_csv(town.folder / "OUT/trips.csv");
  REQUIRE(trips[4][0] == "three, \"3\"");
  REQUIRE(trips[1] == std::vector<std::string>{"t0",    "<car>",  "car",     "a",     "b,2",    "0.000",
                                               "0.000", "22.000", "arrived", "0.000", "22.000", "220.0000",
                                               "0.000", "1.500",  "0.000",   "0",     "0.000",  "0",
                                               "0",     "a_0",    "b,2_0",   "1.0000"});
  const auto links = read_csv(town.folder / "OUT/links.csv");
  REQUIRE(links[1][2] == "a");
  REQUIRE(links[1][15] == "600.0000");  // 1000 m / 100 m / 60 s
  REQUIRE(links[1][16] == "16.6667");   // 100 s / 60 s / 100 m
  REQUIRE(links[1][17] == "10.0000");
  REQUIRE(links[1][18] == "10.000");
  REQUIRE(links[2][2] == "J1");
  REQUIRE(links[2][15].empty());
  const auto jams = read_csv(town.folder / "OUT/jams.csv");
  REQUIRE(jams[1] == std::vector<std::string>{"1", "20.000", "", "t0", "three, \"3\"", "a_0"});
  REQUIRE(jams[2][4] == "t0");
  const auto summary = load_yaml("summary.json", town.file("OUT/summary.json"));
  REQUIRE(summary["arrived"].as<int>() == 8);
  REQUIRE(summary["running"].as<int>() == 2);
  REQUIRE(summary["removed"].as<int>() == 0);
  REQUIRE(summary["mean_trip_s"].as<double>() == Approx(22));
  REQUIRE(summary["mean_speed_mps"].as<double>() == Approx(10));
  REQUIRE(summary["violations"]["overlap"].as<int>() == 0);
  REQUIRE(summary["problems"].as<int>() == 1);
  const auto report = town.file("OUT/report.html");
  REQUIRE(report.find("&lt;nobody@example.org&gt;") != std::string::npos);
  REQUIRE(report.find("<nobody@") == std::string::npos);
  REQUIRE(report.find("http://") == report.find("http://www.w3.org/2000/svg"));
}

TEST_CASE("trajectories name the piece of a connection and place the front on the drawn shape") {
  Town town;
  auto request = town.request("OUT");
  request.options["end"] = "14";
  request.fcd = town.folder / "fcd.csv";
  REQUIRE(town.go(request) == kDone);
  const auto fcd = read_csv(town.folder / "fcd.csv");
  const auto find = [&](const std::string& time) {
    for (const auto& row : fcd)
      if (row[0] == time && row[1] == "t0") return row;
    return std::vector<std::string>{};
  };
  REQUIRE(find("0.0000") == std::vector<std::string>{"0.0000", "t0", "a_0", "0.0000", "10.0000", "0.0000",
                                                     "0.0000", "90.0000", "5.0000", "1.8000", "<car>"});
  REQUIRE(find("5.0000")[5] == "25.0000");  // 50 m driven on a lane drawn at half its length
  REQUIRE(find("11.0000")[2] == ":J1_0_0");
  REQUIRE(find("12.0000")[2] == ":J1_1_0");  // 20 m into the connection; the piece begins at 12 m
  REQUIRE(find("12.0000")[3] == "8.0000");
  REQUIRE(find("13.0000")[2] == "b,2_0");
  REQUIRE(find("13.0000")[7] == "0.0000");
  REQUIRE(town.file("crossings.csv") == "time_s,vehicle_id,connection_id\n11.0000,t0,:J1_0_0\n");
  REQUIRE(town.file("signals.csv") == "time_s,signal_id,state\n0.0000,S,G\n");
}

TEST_CASE("a run stopped by a signal and resumed gives the same files byte for byte") {
  const std::string ending = GENERATE("csv", "csv.gz", "arfcd");
  Town town;
  auto whole = town.request("whole/OUT");
  whole.hash_every = "7";
  whole.fcd = town.folder / ("whole/fcd." + ending);
  whole.checkpoint_every = "17";
  REQUIRE(town.go(whole) == kDone);
  auto broken = town.request("broken/OUT");
  broken.hash_every = "7";
  broken.fcd = town.folder / ("broken/fcd." + ending);
  FakeSimulation::on_step = [](std::uint64_t step) {
    if (step == 34) StopSignal::raise_now();
  };
  REQUIRE(town.go(broken) == kStoppedBySignal);
  REQUIRE(fs::exists(town.folder / ("broken/fcd." + ending + ".part")));
  REQUIRE_FALSE(fs::exists(town.folder / "broken/OUT/summary.json"));
  FakeSimulation::on_step = nullptr;
  const bool same_command = GENERATE(true, false);
  if (same_command) {
    broken.resume = broken.out;
  } else {
    broken = {};
    broken.resume = town.folder / "broken/OUT";
    broken.quiet = true;
  }
  REQUIRE(town.go(broken) == kDone);
  for (const auto name :
       {"trips.csv", "links.csv", "movements.csv", "detectors.csv", "jams.csv", "hashes.csv", "series.csv"})
    REQUIRE(town.file(std::string("broken/OUT/") + name) == town.file(std::string("whole/OUT/") + name));
  for (const auto name : {"crossings.csv", "signals.csv"})
    REQUIRE(town.file(std::string("broken/") + name) == town.file(std::string("whole/") + name));
  if (ending != "csv.gz") REQUIRE(town.file("broken/fcd." + ending) == town.file("whole/fcd." + ending));
  REQUIRE_FALSE(fs::exists(town.folder / ("broken/fcd." + ending + ".part")));
}

TEST_CASE("a compressed trajectory is the plain one, compressed") {
  Town town;
  auto request = town.request("OUT");
  request.fcd = town.folder / "a/fcd.csv";
  REQUIRE(town.go(request) == kDone);
  request.fcd = town.folder / "b/fcd.csv.gz";
  request.checkpoint_every = "10";
  REQUIRE(town.go(request) == kDone);
  REQUIRE(std::system(
              ("gzip -dc " + town.folder.path + "/b/fcd.csv.gz | cmp - " + town.folder.path + "/a/fcd.csv")
                  .c_str()) == 0);
}

TEST_CASE("three generations of checkpoints are kept and a damaged one falls back") {
  Town town;
  auto request = town.request("OUT");
  request.checkpoint_every = "10";
  REQUIRE(town.go(request) == kDone);
  const auto kept = checkpoints_in(town.folder / "OUT");
  REQUIRE(kept.size() == kCheckpointGenerations);
  REQUIRE(kept[0].ends_with("step_00000060.ckpt"));
  write_file(kept[0], "rubbish");
  request.resume = request.out;
  REQUIRE(town.go(request) == kDone);
  REQUIRE(town.err.str().find("is damaged") != std::string::npos);
  for (const auto& path : checkpoints_in(town.folder / "OUT")) write_file(path, "rubbish");
  REQUIRE_THROWS_WITH(town.go(request), Catch::Contains("no older checkpoint is good"));
}

TEST_CASE("a new run does not take an older run's checkpoints for its own") {
  Town town;
  auto request = town.request("OUT");
  request.checkpoint_every = "10";
  REQUIRE(town.go(request) == kDone);
  request.checkpoint_every.reset();
  REQUIRE(town.go(request) == kDone);
  REQUIRE(checkpoints_in(town.folder / "OUT").empty());
}

TEST_CASE("changed inputs are refused unless --fork says so") {
  Town town;
  auto request = town.request("OUT");
  request.checkpoint_every = "20";
  REQUIRE(town.go(request) == kDone);
  request.resume = request.out;
  request.out = town.folder / "FORK";
  request.options["seed"] = "2";
  REQUIRE_THROWS_AS(town.go(request), InputError);
  request.fork = true;
  REQUIRE(town.go(request) == kDone);
  request.options["seed"] = "1";
  request.options["threads"] = "2";  // another machine is no other input
  request.fork = false;
  REQUIRE(town.go(request) == kDone);
}

TEST_CASE("a violation gives exit code 1 and the files") {
  Town town;
  FakeSimulation::violations_now.red = 2;
  REQUIRE(town.go(town.request("OUT")) == kViolated);
  REQUIRE(town.file("OUT/summary.json").find("\"red\": 2") != std::string::npos);
}

TEST_CASE("with replicas the first column says which") {
  Town town;
  auto request = town.request("OUT");
  request.options["replicas"] = "3";
  request.options["end"] = "20";
  request.hash_every = "20";
  request.fcd = town.folder / "OUT/fcd.csv";
  REQUIRE(town.go(request) == kDone);
  for (const auto name : {"trips.csv", "links.csv", "movements.csv", "detectors.csv", "jams.csv",
                          "hashes.csv", "fcd.csv", "crossings.csv", "signals.csv"})
    REQUIRE(town.file(std::string("OUT/") + name).starts_with("replica,"));
  const auto summary = load_yaml("summary.json", town.file("OUT/summary.json"));
  REQUIRE(summary["replicas"].size() == 3);
  REQUIRE(summary["scheduled"].as<int>() == 30);
  REQUIRE(summary["replicas"][2]["scheduled"].as<int>() == 10);
  REQUIRE(summary["replicas"][2]["seed"].as<int>() == 3);
}

TEST_CASE("bad requests say what is wrong") {
  Town town;
  const auto refused = [&](auto change, const std::string& words) {
    auto request = town.request("OUT");
    change(request);
    REQUIRE_THROWS_WITH(town.go(request), Catch::Contains(words));
  };
  refused([&](RunRequest& r) { r.source = town.folder / "no.arnet"; }, "there is no such file");
  refused([&](RunRequest& r) { r.source = town.folder / "x.net.xml"; }, "arterial import");
  refused([&](RunRequest& r) { r.source = town.folder / "x.txt"; }, "neither a scenario");
  refused([](RunRequest& r) { r.demand = {"random:many"}; }, "whole number");
  refused([](RunRequest& r) { r.demand = {}; }, "names no demand");
  refused([](RunRequest& r) { r.options["step"] = "0.3"; }, "does not divide");
  refused([](RunRequest& r) { r.options["end"] = "0"; }, "not after the begin");
  refused([](RunRequest& r) { r.options["backend"] = "gpu"; }, "none of auto, cpu, cuda");
  refused([](RunRequest& r) { r.out = ""; }, "run folder");
  refused([](RunRequest& r) { r.fcd = "fcd.xml"; }, ".csv");
  refused([&](RunRequest& r) { r.out = town.folder / "city.arnet"; }, "cannot be made a folder");
  refused([&](RunRequest& r) { r.resume = town.folder.path; }, "no checkpoint");
}

TEST_CASE("a full disk leaves no half-written file") {
  const std::string ending = GENERATE("csv", "arfcd");
  Town town;
  const pid_t child = fork();
  if (child == 0) {
    // A size limit stands for the full disk: writes beyond it fail.
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{2000, 2000};
    ::setrlimit(RLIMIT_FSIZE, &small);
    auto request = town.request("OUT");
    request.fcd = town.folder / ("fcd." + ending);
    try {
      town.go(request);
      ::_exit(0);
    } catch (const InputError&) {
      ::_exit(2);
    } catch (...) {
      ::_exit(3);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WEXITSTATUS(status) == 2);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(town.folder.path)) {
    const auto name = entry.path().filename().string();
    INFO(name);
    REQUIRE(name.find(".part") == std::string::npos);
    REQUIRE(name.find(".tmp") == std::string::npos);
    REQUIRE(name != "fcd." + ending);
    ++files;
  }
  REQUIRE(files > 0);
}
