// What outside programs read: the tables of `inspect`, its JSON and problems.geojson.
#include "gis/network_tables.h"

#include <fstream>
#include <sstream>

#include "gis/network_summary.h"
#include "gis/problems_geojson.h"
#include "gis/projection.h"
#include "gis/sumo_reader.h"
#include "gis/text_output.h"
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

Network small_network() {
  const TemporaryFolder folder;
  return read_sumo_net(folder.put("small.net.xml", small_net_with_signal(kSmallLogic)));
}

TEST_CASE("The tables name the source's lanes, each with its own length") {
  const TemporaryFolder folder;
  write_network_tables(small_network(), folder.path() + "/deep/tables");
  const std::string lanes = content(folder.path() + "/deep/tables/lanes.csv");
  CHECK_THAT(lanes, Contains("\nwi_0,wi,wi,0,0,W,J,92.37,3.2,13.89,car van truck"));
  CHECK_THAT(lanes, Contains("\n:J_3_0,,,0,1,,,7.1,3.2,8,"));
  CHECK_THAT(lanes, Contains("\n:J_4_0,,,0,1,,,8.9,3.2,8,"));
  const std::string connections = content(folder.path() + "/deep/tables/connections.csv");
  CHECK_THAT(connections, Contains("\n:J_3_0,J,wi_0,no_0,T,2,left,minor,0,0,7.1,16,8,"));
  CHECK_THAT(connections, Contains(":J_3_0@0 :J_4_0@7.1\n"));
  const std::string conflicts = content(folder.path() + "/deep/tables/conflicts.csv");
  CHECK_THAT(conflicts, Contains("\n:J_0_0,:J_1_0,J,si_0,no_0,wi_0,eo_1,"));
  const std::string programs = content(folder.path() + "/deep/tables/programs.csv");
  CHECK_THAT(programs, Contains("\nT,0,1,0,5,3,2,1,3,3,3,ryyy,\n"));
}

TEST_CASE("A folder that cannot be made is refused") {
  const TemporaryFolder folder;
  const std::string file = folder.put("file", "x");
  CHECK_THAT(refusal([&] { write_network_tables(small_network(), file + "/tables"); }), Contains("folder"));
}

TEST_CASE("The summary counts and measures") {
  const Network n = small_network();
  const NetworkSummary s = summary_of(n);
  CHECK(s.links == 5);
  CHECK(s.lanes == 6);
  CHECK(s.lane_km == Approx(0.55237));
  CHECK(s.car_lane_km == Approx(0.46037));
  CHECK(s.min_x == -100);
  CHECK(s.max_y == 100);
  CHECK(s.links_without_exit == 2);
  CHECK(s.by_severity.at("warning") == 0);
  const std::string json = summary_json(s, n, true);
  for (const char* key : {"links", "lanes", "lane_km", "junctions", "connections", "signals", "crs", "extent",
                          "problems", "strongly_connected_share", "quality"})
    CHECK_THAT(json, Contains("\"" + std::string(key) + "\": "));
}

TEST_CASE("Problems become points in degrees, and hostile words stay words") {
  Network n = small_network();
  n.problems.clear();
  // 500 km east, 0 km north of zone 32's origin: 9 degrees east, on the equator.
  n.problems.push_back(
      {Severity::kWarning, "odd", "a\"b", 500000 - 1000.50, -2000.25, std::string("<x>\n\xff", 5)});
  n.problems.push_back({Severity::kNote, "nowhere", "", 0, 0, ""});
  const std::string json = problems_geojson(n);
  CHECK_THAT(json, Contains("\"severity\":\"warning\",\"code\":\"odd\",\"object_id\":\"a\\\"b\",\"words\":\"<"
                            "x>\\u000a\\ufffd\""));
  CHECK_THAT(json, Contains("\"geometry\":null"));
  const auto place = ToWgs84(n)({500000 - 1000.50, -2000.25});
  REQUIRE(place);
  CHECK(place->lon == Approx(9.0));
  CHECK(place->lat == Approx(0.0).margin(1e-9));
}

TEST_CASE("A reference system that is none, or that could open files, is not used") {
  Network n = small_network();
  for (const char* crs :
       {"", "EPSG:0", "EPSG:4294967296", "EPSG:32632x", "+proj=nonsense", "http://epsg.io/4326",
        "+proj=utm +zone=32 +nadgrids=/etc/passwd", "+init=epsg:32632", "/etc/passwd", "PROJCS["}) {
    INFO(crs);
    n.crs = crs;
    CHECK_FALSE(ToWgs84(n).known());
  }
  n.crs = "EPSG:32632";
  CHECK(ToWgs84(n).known());
}

TEST_CASE("Numbers and names for files") {
  CHECK(gis::number_text(0.1) == "0.1");
  CHECK(gis::number_text(2.4f) == "2.4");
  CHECK(gis::number_text(1e300 * 1e300) == "null");
  CHECK(gis::csv_text("a,b\"c") == "\"a,b\"\"c\"");
  CHECK(gis::json_text("\xc3\xa4\x01") == "\"\xc3\xa4\\u0001\"");
  CHECK(gis::json_text("\xed\xa0\x80") == "\"\\ufffd\\ufffd\\ufffd\"");
}

}  // namespace
}  // namespace arterial
