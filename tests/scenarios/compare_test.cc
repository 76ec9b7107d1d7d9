#include "scenarios/compare/compare.h"

#include <cmath>
#include <sstream>

#include "scenarios/report/result_layers.h"
#include "scenarios/run/run.h"
#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;

namespace {

/// A network that can be read back, and runs in it.
struct TwoRuns {
  TemporaryFolder folder;
  std::ostringstream out, err;
  TwoRuns() {
    write_network(fake_network(), folder / "city.arnet");
    write_file(folder / "trips.csv", "trips");
  }
  std::string make(const std::string& name, const std::string& end, const std::string& replicas = "1") {
    RunRequest request;
    request.source = folder / "city.arnet";
    request.demand = {folder / "trips.csv"};
    request.out = folder / name;
    request.options = {{"end", end}, {"replicas", replicas}};
    request.quiet = true;
    auto tools = fake_tools();
    tools.read_network = [](const std::string& path) { return read_network(path); };
    REQUIRE(run(request, tools, out, err) == kDone);
    return request.out;
  }
};

const Figure& figure(const Comparison& comparison, const std::string& key) {
  for (const auto& f : comparison.figures)
    if (f.key == key) return f;
  FAIL("no figure " << key);
  return comparison.figures[0];
}

}  // namespace

TEST_CASE("Student's t and paired differences agree with printed tables") {
  REQUIRE(student_t_95(1) == Approx(12.706).epsilon(1e-4));
  REQUIRE(student_t_95(9) == Approx(2.262).epsilon(1e-3));
  REQUIRE(student_t_95(40) == Approx(2.0211).epsilon(1e-4));
  REQUIRE(student_t_95(120) == Approx(1.9799).epsilon(1e-4));
  // Differences 1, 2, 3: mean 2, deviation 1, t(2) = 4.3027.
  const auto d = paired_difference({10, 20, 30}, {11, 22, 33});
  REQUIRE(d.difference == Approx(2));
  REQUIRE(d.half_width == Approx(4.3027 / std::sqrt(3.0)));
  REQUIRE_FALSE(d.significant());
  REQUIRE(paired_difference({1, 2, 3, 4}, {2, 3, 4, 5}).significant());
  REQUIRE(std::isnan(paired_difference({1}, {2}).half_width));
  REQUIRE(geh(1000, 1100) == Approx(3.0861).epsilon(1e-4));
  REQUIRE(geh(0, 0) == 0);
}

TEST_CASE("two runs are set side by side, unserved demand first") {
  TwoRuns runs;
  const auto a = runs.make("A", "40"), b = runs.make("B", "60");
  const auto comparison = compare_runs(a, b);
  REQUIRE(comparison.figures[0].key == "waiting");
  REQUIRE(comparison.figures[1].key == "removed");
  REQUIRE(figure(comparison, "arrived").values.a == 4);
  REQUIRE(figure(comparison, "arrived").values.b == 8);
  REQUIRE(figure(comparison, "arrived").values.difference == 4);
  CompareRequest request{a, b, runs.folder / "REPORT", false, false, nullptr};
  REQUIRE(compare(request, runs.out, runs.err) == 0);
  const auto links = read_csv(runs.folder / "REPORT/links_difference.csv");
  REQUIRE(links[1][0] == "a");
  REQUIRE(links[1][2] == "High \"Street\"");
  REQUIRE(links[1][3] == "900.00");
  REQUIRE(links[1][4] == "600.00");
  REQUIRE(links[1][5] == "-300.00");
  for (const auto name : {"difference.png", "difference_flow.png", "report.html", "compare.json"})
    REQUIRE_FALSE(read_file(runs.folder / (std::string("REPORT/") + name)).empty());
  REQUIRE(read_file(runs.folder / "REPORT/report.html").find("A    end: 40") != std::string::npos);
}

TEST_CASE("replicas with the same seeds are paired") {
  TwoRuns runs;
  const auto a = runs.make("A", "40", "3"), b = runs.make("B", "60", "3"), c = runs.make("C", "60", "2");
  const auto paired = compare_runs(a, b);
  REQUIRE(paired.paired);
  REQUIRE(figure(paired, "arrived").values.pairs == 3);
  REQUIRE(figure(paired, "arrived").values.half_width == Approx(0));
  REQUIRE(figure(paired, "arrived").values.significant());
  REQUIRE_FALSE(compare_runs(a, c).paired);
  REQUIRE(figure(compare_runs(a, c), "arrived").values.difference == Approx(4));
}

TEST_CASE("a folder that is no finished run is refused") {
  TwoRuns runs;
  REQUIRE_THROWS_AS(compare_runs(runs.folder.path, runs.folder.path), InputError);
  REQUIRE_THROWS_AS(compare_runs(runs.folder / "none", runs.folder.path), InputError);
  const auto a = runs.make("A", "40");
  write_file(a + "/links.csv", "link_id\nx,y\n");
  CompareRequest request{a, a, runs.folder / "REPORT", false, false, nullptr};
  REQUIRE_THROWS_AS(compare(request, runs.out, runs.err), InputError);
}

TEST_CASE("a run becomes layers, and a table can be joined to the links") {
  TwoRuns runs;
  const auto folder = read_run_folder(runs.make("A", "60"));
  const Network network = read_network(folder.network_path);
  VectorLayer links;
  links.name = "links";
  links.geometry.kind = GeometryKind::kLine;
  links.columns.push_back({"link_id", std::vector<std::string>{"a", "b,2"}});
  const auto layers = result_layers(folder, network, links);
  REQUIRE(layers[0].name == "links");
  REQUIRE(layers[0].columns[1].name == "flow_vph");
  REQUIRE(std::get<std::vector<double>>(layers[0].columns[1].values)[0] == Approx(600));
  REQUIRE(layers[1].rows() == 2);
  REQUIRE(layers[3].name == "jams");
  REQUIRE(layers[3].geometry.first.size() == 3);
  write_file(runs.folder / "more.csv", "link_id,count,words\n\"b,2\",7,x\nelse,8,y\n");
  join_csv(links, runs.folder / "more.csv");
  const auto& count = std::get<std::vector<double>>(links.columns[1].values);
  REQUIRE(std::isnan(count[0]));
  REQUIRE(count[1] == 7);
  REQUIRE(std::get<std::vector<std::string>>(links.columns[2].values)[1] == "x");
  write_file(runs.folder / "bad.csv", "id\n1\n");
  REQUIRE_THROWS_AS(join_csv(links, runs.folder / "bad.csv"), InputError);
}
