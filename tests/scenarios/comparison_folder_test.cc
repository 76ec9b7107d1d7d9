// The folder of a comparison as `arterial export` finds it.
#include <unistd.h>

#include <filesystem>

#include "scenarios/report/run_folder.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"
#include "tests/catch.h"

using namespace arterial;
namespace fs = std::filesystem;

TEST_CASE("a comparison is told from a run, and leads to the network of its first run") {
  const fs::path folder = fs::temp_directory_path() / ("arterial-comparison-" + std::to_string(::getpid()));
  fs::create_directories(folder / "cmp");
  fs::create_directories(folder / "run");
  const std::string cmp = (folder / "cmp").string(), run = (folder / "run").string();
  CHECK(!is_comparison_folder(cmp));
  write_file_atomically(cmp + "/links_difference.csv", "link_id\n");
  write_file_atomically(cmp + "/compare.json", "{\"a\": \"" + run + "\"}");
  CHECK(is_comparison_folder(cmp));
  CHECK(!is_comparison_folder(run));
  CHECK_THROWS_AS(network_of_comparison(cmp), InputError);  // the run is not there yet
  write_file_atomically(run + "/summary.json", "{\"seed\": 1}");
  write_file_atomically(run + "/scenario.yaml", "network: city.arnet\ndemand: []\n");
  CHECK(fs::path(network_of_comparison(cmp)).filename() == "city.arnet");
  write_file_atomically(cmp + "/compare.json", "[1]");
  CHECK_THROWS_AS(network_of_comparison(cmp), InputError);
  write_file_atomically(cmp + "/summary.json", "{}");
  CHECK(!is_comparison_folder(cmp));
  fs::remove_all(folder);
}
