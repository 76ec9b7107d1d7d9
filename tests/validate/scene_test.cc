// The measuring itself: times between steps, rings that are what they say, files that are refused.
#include "scenarios/validate/scene.h"

#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "scenarios/validate/cases.h"
#include "scenarios/validate/observed.h"
#include "scenarios/validate/report.h"
#include "scenarios/validate/ring.h"
#include "scenarios/validate/theory.h"
#include "sim/model/problem.h"
#include "tests/catch.h"

using namespace arterial;
using namespace arterial::validate;

namespace {

std::string scratch(const std::string& name) {
  return (std::filesystem::temp_directory_path() /
          ("arterial_validate_" + std::to_string(::getpid()) + "_" + name))
      .string();
}

}  // namespace

TEST_CASE("a front's passing is known between two states") {
  for (const double step : {0.1, 0.5, 1.0}) {
    Streets s;
    s.node('A', -500, 0).node('X', 0, 0).node('B', 500, 0);
    s.road("AX", 1);
    s.road("XB", 1, 0, 50 / 3.6, RoadClass::kPrimary);
    Scene scene(s.build(), {calm(default_car())});
    scene.options.step_s = step;
    scene.options.end_s = 120;
    scene.trip(0, "AXB");
    scene.run();
    const auto passed = scene.through("AXB");
    REQUIRE(passed.size() == 1);
    // From 5 m on at the limit all the way.
    const double line = scene.net[scene.net.connections[passed[0].connection.value].from].length_m;
    CHECK(passed[0].time_s == Approx((line - 5) / (50 / 3.6)).margin(0.02));
    CHECK(scene.violations.total() == 0);
  }
}

TEST_CASE("a ring holds as many as it says, and a driver of another headway is found out") {
  RingSetting setting;
  setting.type = calm(default_car());
  setting.vehicles = 60;
  setting.settle_s = 120, setting.measure_s = 60;
  const RingRun usual = run_ring(setting);
  CHECK(usual.entered == 60);
  CHECK(usual.length_m == Approx(1000).margin(5));
  const double gap = usual.length_m / 60 - 5;
  CHECK(usual.speed_mps == Approx(krauss_speed(gap, setting.speed_limit_mps, 1, 2.5)).epsilon(0.01));
  setting.type.tau_s = 1.5;
  const RingRun slower = run_ring(setting);
  CHECK(std::abs(slower.speed_mps / krauss_speed(gap, setting.speed_limit_mps, 1, 2.5) - 1) > 0.2);
}

TEST_CASE("observed tables are read plain and gzipped, and refused where they are none") {
  const std::string path = scratch("t.csv");
  std::ofstream(path) << "a,b,c\n1,x,2.5\n-3,y,4e1\n";
  const auto table = read_numbers(path, {"a", "c"});
  REQUIRE(table);
  CHECK(table->rows == 2);
  CHECK(table->columns.at("a") == std::vector<double>{1, -3});
  CHECK(table->columns.at("c") == std::vector<double>{2.5, 40});
  CHECK(!read_numbers(scratch("absent"), {"a"}));
  CHECK_THROWS_AS(read_numbers(path, {"a", "no such column"}), InputError);
  std::ofstream(path) << "a,b\n1,2\n3\n";
  CHECK_THROWS_AS(read_numbers(path, {"a"}), InputError);
  if (gzFile file = gzopen(path.c_str(), "wb")) {
    gzputs(file, "a\n7\n");
    gzclose(file);
  }
  REQUIRE(read_numbers(path, {"a"}));
  CHECK(read_numbers(path, {"a"})->columns.at("a") == std::vector<double>{7});
  std::remove(path.c_str());
}

TEST_CASE("the report is written, names what is red, and is the same twice") {
  Section s;
  s.id = "roundabouts", s.title = "A title", s.words = "Words.";
  s.within("single-lane: 0", "veh/h", 100, 50, 0.1).told("a | b", "", 1);
  Plot plot;
  plot.title = "<plot>";
  plot.series = {{"dots", {1, 2}, {3, 4}, false, false, true}};
  s.figures.push_back({"figure.svg", plot});
  const std::string folder = scratch("report");
  write_report({s}, folder);
  const auto whole = [](const std::string& path) {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string first = whole(folder + "/VALIDATION.md");
  CHECK(first.find("| all | 1 | 1 |") != std::string::npos);
  CHECK(first.find("**RED**") != std::string::npos);
  CHECK(first.find("a \\| b") != std::string::npos);
  const std::string svg = whole(folder + "/validation/figure.svg");
  CHECK(svg.find("<circle") != std::string::npos);
  CHECK(svg.find("<plot>") == std::string::npos);
  write_report({s}, folder);
  CHECK(whole(folder + "/VALIDATION.md") == first);
  std::filesystem::remove_all(folder);
}
