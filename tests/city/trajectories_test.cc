// Trajectories of Bologna's Acosta as columns and as CSV: one table.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "gis/sumo_reader.h"
#include "scenarios/demand/demand.h"
#include "scenarios/run/run.h"
#include "scenarios/run/trajectory_export.h"
#include "tests/catch.h"
#include "tests/shared_data.h"

using namespace arterial;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("five minutes of Acosta: the CSV made of columns is the one that the run writes") {
  const auto data = shared_data("sumo_bologna/acosta");
  if (!data) return skip_without("sumo_bologna");
  const std::string at = *data + "/acosta";
  std::string folder = (std::filesystem::temp_directory_path() / "arterial-acosta-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string city = folder + "/city.arnet";
  write_network(read_sumo_net(at + "_buslanes.net.xml", {at + "_tls.add.xml", at + "_bus_stops.add.xml"}),
                city);
  RunTools tools;
  tools.read_network = [](const std::string& path) { return read_network(path); };
  tools.read_demand = [&](const auto&, const Network& network, const SimOptions& options) {
    DemandSource source;
    source.files = {at + ".rou.xml", at + "_busses.rou.xml", at + "_vtypes.add.xml"};
    DemandOptions demand;
    demand.end_s = options.end_s;
    return read_demand(network, {source}, demand);
  };
  tools.make = make_local_simulation;
  RunRequest request;
  request.source = city;
  request.demand = {at + ".rou.xml"};
  request.options = {{"end", "300"}, {"threads", "1"}, {"backend", "cpu"}};
  request.quiet = true;
  std::ostringstream out, err;
  for (const std::string ending : {"csv", "arfcd"}) {
    request.out = folder + "/" + ending;
    request.fcd = request.out + "/fcd." + ending;
    REQUIRE(run(request, tools, out, err) == kDone);
  }
  export_trajectories(folder + "/arfcd/fcd.arfcd", "", folder + "/made.csv");
  const std::string written = content_of(folder + "/csv/fcd.csv");
  CHECK(written.size() > 1'000'000);
  CHECK(content_of(folder + "/made.csv") == written);
  for (const auto name : {"/crossings.csv", "/signals.csv"})
    CHECK(content_of(folder + "/arfcd" + name) == content_of(folder + "/csv" + name));
  std::filesystem::remove_all(folder);
}
