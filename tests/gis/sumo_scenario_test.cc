#include "gis/sumo_scenario.h"

#include <fstream>
#include <sstream>

#include "tests/gis/sumo_text.h"

namespace arterial {
namespace {

using Catch::Matchers::Contains;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::string kRoutes = R"(<routes><vehicle id="a" depart="100"><route edges="wi eo"/></vehicle>
  <flow id="f" begin="0" end="01:30:00" number="3" from="wi" to="eo"/></routes>)";

std::string configuration(const std::string& inside) {
  return R"(<configuration><input><net-file value="small.net.xml"/><route-files value="r/a.rou.xml, b/a.rou.xml"/>
    <additional-files value="types.add.xml,stops.add.xml"/></input>)" +
         inside + "</configuration>";
}

void put_files(const TemporaryFolder& folder) {
  std::filesystem::create_directories(folder.path() + "/r");
  std::filesystem::create_directories(folder.path() + "/b");
  folder.put("small.net.xml", kSmallNet);
  folder.put("r/a.rou.xml", kRoutes);
  folder.put("b/a.rou.xml", "<routes/>");
  folder.put("types.add.xml", R"(<additional><vType id="car"/></additional>)");
  folder.put("stops.add.xml",
             R"(<additional><busStop id="s" lane="no_0" startPos="1" endPos="20"/></additional>)");
}

TEST_CASE("A SUMO configuration comes over in one step, demand in load order") {
  const TemporaryFolder folder;
  put_files(folder);
  const std::string path = folder.put(
      "x.sumocfg",
      configuration(R"(<time><begin value="25200"/><end value="8:0:0"/><step-length value="0.5"/></time>
    <random_number><seed value="42"/></random_number><processing><time-to-teleport value="100"/></processing>
    <output><tripinfo-output value="never/there.xml"/></output><gui_only><gui-settings-file value="none.xml"/></gui_only>)"));
  const SumoImport import = import_sumo_configuration(path, folder.path() + "/out", false);
  CHECK(import.demand_files ==
        std::vector<std::string>{"demand/types.add.xml", "demand/a.rou.xml", "demand/2_a.rou.xml"});
  CHECK(import.network.stops.size() == 1);
  CHECK(content(folder.path() + "/out/demand/a.rou.xml") == kRoutes);
  const Network again = read_network(folder.path() + "/out/city.arnet");
  CHECK(again.links.size() == 5);
  const std::string yaml = content(folder.path() + "/out/scenario.yaml");
  CHECK_THAT(yaml, Contains("network: city.arnet\n"));
  CHECK_THAT(yaml, Contains("begin: \"07:00:00\"\n"));
  CHECK_THAT(yaml, Contains("end: \"08:00:00\"\n"));
  CHECK_THAT(yaml, Contains("step: \"0.5 s\"\n"));
  CHECK_THAT(yaml, Contains("seed: 42\n"));
  CHECK_THAT(yaml, Contains("#   time-to-teleport=100\n"));
  CHECK(yaml.find("tripinfo") == std::string::npos);
}

TEST_CASE("Without a stated end the scenario runs an hour beyond the last departure") {
  const TemporaryFolder folder;
  put_files(folder);
  const SumoImport import =
      import_sumo_configuration(folder.put("x.sumocfg", configuration("")), folder.path() + "/out", false);
  CHECK(import.end_s == 3 * 3600);
}

TEST_CASE(
    "A configuration that names what is not there, or what is no file, is refused and nothing is written") {
  const TemporaryFolder folder;
  put_files(folder);
  std::filesystem::remove(folder.path() + "/stops.add.xml");
  const std::string path = folder.put("x.sumocfg", configuration(""));
  const std::string out = folder.path() + "/out";
  CHECK_THAT(refusal([&] { import_sumo_configuration(path, out, false); }), Contains("stops.add.xml"));
  CHECK_FALSE(std::filesystem::exists(out));
  const SumoImport without = import_sumo_configuration(path, out, true);
  REQUIRE(without.missing.size() == 1);
  CHECK_THAT(content(out + "/scenario.yaml"), Contains("missing file"));
  for (const char* wrong : {"http://example.org/a.net.xml", "/vsicurl/x"})
    CHECK_THAT(
        refusal([&] {
          read_sumo_configuration(folder.put("y.sumocfg", std::string("<configuration><net-file value=\"") +
                                                              wrong + "\"/></configuration>"));
        }),
        Contains("no file name"));
  CHECK_THAT(refusal([&] { read_sumo_configuration(folder.put("z.sumocfg", "<configuration/>")); }),
             Contains("no net"));
  CHECK_THAT(refusal([&] {
               read_sumo_configuration(folder.put(
                   "t.sumocfg", configuration(R"(<time><begin value="10"/><end value="5"/></time>)")));
             }),
             Contains("not after"));
}

}  // namespace
}  // namespace arterial
