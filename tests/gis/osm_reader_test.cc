#include "gis/osm_reader.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "sim/model/network_builder.h"
#include "tests/catch.h"
#include "tests/shared_data.h"

using namespace arterial;

namespace {

/// A file of its own for each test, gone afterwards.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& content, const std::string& ending) {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("arterial_osm_" + std::to_string(getpid()) + "_" + std::to_string(count++) + ending);
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string osm(const std::string& body) {
  return "<?xml version='1.0' encoding='UTF-8'?>\n<osm version='0.6' generator='test'>\n" + body + "</osm>\n";
}

std::string node(int id, double lat, double lon, const std::string& tags = "") {
  return "<node id='" + std::to_string(id) + "' version='1' lat='" + std::to_string(lat) + "' lon='" +
         std::to_string(lon) + "'>" + tags + "</node>\n";
}

std::string way(int id, std::initializer_list<int> nodes, const std::string& tags) {
  std::string out = "<way id='" + std::to_string(id) + "' version='1'>";
  for (const int n : nodes) out += "<nd ref='" + std::to_string(n) + "'/>";
  return out + tags + "</way>\n";
}

std::string tag(const std::string& k, const std::string& v) { return "<tag k='" + k + "' v='" + v + "'/>"; }

/// A crossing in Berlin: 1 - 2 - 3 from west to east, 4 - 2 - 5 from north to south.
std::string crossing(const std::string& extra = "", const std::string& at_2 = "") {
  return node(1, 52.52, 13.400) + node(2, 52.52, 13.402, at_2) + node(3, 52.52, 13.404) +
         node(4, 52.521, 13.402) + node(5, 52.519, 13.402) +
         way(10, {1, 2}, tag("highway", "primary") + tag("name", "Alpha")) +
         way(11, {2, 3}, tag("highway", "primary")) + way(12, {4, 2, 5}, tag("highway", "residential")) +
         extra;
}

StreetPlan read(const std::string& content, const OsmOptions& options = {}) {
  const TemporaryFile file(content, ".osm");
  return read_osm(file.path(), options);
}

std::string refusal(const std::string& content, const std::string& ending = ".osm") {
  const TemporaryFile file(content, ending);
  try {
    read_osm(file.path());
  } catch (const InputError& e) {
    std::string words = e.what();
    CHECK(words.find(file.path()) == 0);  // names the file
    return words;
  }
  return "";
}

std::ptrdiff_t descriptors_open() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

std::size_t count(const std::vector<Problem>& problems, const std::string& code) {
  std::size_t n = 0;
  for (const Problem& p : problems) n += p.code == code;
  return n;
}

}  // namespace

TEST_CASE("an extract becomes a street plan in metres, with its origin") {
  const StreetPlan plan = read(osm(crossing("", tag("highway", "traffic_signals"))));
  CHECK(plan.roads.size() == 3);
  CHECK(plan.nodes.size() == 5);
  CHECK(plan.crs == "EPSG:32633");
  CHECK(plan.licence == "ODbL 1.0");
  CHECK(plan.attribution == "\u00a9 OpenStreetMap contributors");
  CHECK(plan.roads[0].id == "way/10");
  CHECK(plan.roads[0].name == "Alpha");
  CHECK(plan.nodes[1].control == NodeControl::kSignal);
  CHECK(plan.nodes[1].at.x - plan.nodes[0].at.x == Approx(135.7).margin(0.5));
  CHECK(plan.nodes[3].at.y - plan.nodes[1].at.y == Approx(111.2).margin(0.5));
  CHECK_FALSE(plan.left_hand);
}

TEST_CASE("the order of objects in the file does not matter") {
  const std::string nodes = node(1, 52.52, 13.400) + node(2, 52.52, 13.402),
                    reversed = node(2, 52.52, 13.402) + node(1, 52.52, 13.400);
  const std::string ways =
      way(10, {1, 2}, tag("highway", "primary")) + way(9, {2, 1}, tag("highway", "service"));
  const StreetPlan a = read(osm(nodes + ways)), b = read(osm(ways + reversed));
  REQUIRE(a.roads.size() == b.roads.size());
  for (std::size_t i = 0; i < a.roads.size(); ++i)
    CHECK((a.roads[i].id == b.roads[i].id && a.roads[i].nodes == b.roads[i].nodes));
}

TEST_CASE("left-hand traffic: by coordinates, by option") {
  const std::string london =
      osm(node(1, 51.50, -0.12) + node(2, 51.50, -0.11) + way(1, {1, 2}, tag("highway", "primary")));
  CHECK(read(london).left_hand);
  CHECK(count(read(london).problems, "country_guessed") == 1);
  CHECK(read(london).roads[0].forward.speed_mps == Approx(30 * 0.44704));
  OsmOptions right;
  right.left_hand = false;
  CHECK_FALSE(read(london, right).left_hand);
  OsmOptions germany;
  germany.country = "DE";
  CHECK_FALSE(read(london, germany).left_hand);
  CHECK(count(read(london, germany).problems, "country_guessed") == 0);
}

TEST_CASE("turn restrictions over a node and over a way") {
  const std::string rule =
      "<relation id='7' version='1'><member type='way' ref='10' role='from'/><member type='node' ref='2' "
      "role='via'/>"
      "<member type='way' ref='12' role='to'/>" +
      tag("type", "restriction") + tag("restriction", "no_left_turn") + tag("except", "bus;bicycle") +
      "</relation>";
  const StreetPlan plan = read(osm(crossing(rule)));
  REQUIRE(plan.restrictions.size() == 1);
  CHECK(plan.restrictions[0].id == "relation/7");
  CHECK_FALSE(plan.restrictions[0].only);
  CHECK(plan.roads[plan.restrictions[0].from_road].id == "way/10");
  CHECK(plan.roads[plan.restrictions[0].to_road].id == "way/12");
  CHECK(plan.restrictions[0].except == (mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kBicycle)));

  const std::string over =
      "<relation id='8' version='1'><member type='way' ref='10' role='from'/><member type='way' ref='11' "
      "role='via'/>"
      "<member type='way' ref='12' role='to'/>" +
      tag("type", "restriction") + tag("restriction", "only_u_turn") + "</relation>";
  const StreetPlan via = read(osm(crossing(over)));
  REQUIRE(via.restrictions.size() == 1);
  CHECK(via.restrictions[0].only);
  CHECK(via.restrictions[0].via_roads.size() == 1);

  const std::string lost =
      "<relation id='9' version='1'><member type='way' ref='10' role='from'/><member type='node' ref='2' "
      "role='via'/>"
      "<member type='way' ref='99' role='to'/>" +
      tag("type", "restriction") + tag("restriction", "no_left_turn") + "</relation>";
  CHECK(count(read(osm(crossing(lost))).problems, "restrictions_ignored") == 1);
}

TEST_CASE("a way that leaves the extract keeps the parts inside") {
  const StreetPlan plan =
      read(osm(node(1, 52.52, 13.40) + node(2, 52.52, 13.41) + node(5, 52.52, 13.44) + node(6, 52.52, 13.45) +
               way(1, {1, 2, 3, 4, 5, 6}, tag("highway", "primary"))));
  REQUIRE(plan.roads.size() == 2);
  CHECK(plan.roads[0].nodes.size() == 2);
  CHECK(count(plan.problems, "ways_cut") == 1);
}

TEST_CASE("a way with a node in the wrong place is cut there") {
  const StreetPlan plan = read(osm(node(1, 52.52, 13.400) + node(2, 52.52, 13.402) + node(3, 25.52, 13.404) +
                                   node(4, 52.52, 13.406) + node(5, 52.52, 13.408) +
                                   way(10, {1, 2, 3, 4, 5}, tag("highway", "primary"))));
  CHECK(plan.roads.size() == 2);
  CHECK(count(plan.problems, "ways_too_long") == 1);
  CHECK(faults_in(build_network(plan)).empty());
}

TEST_CASE("a bollard parts a street") {
  const StreetPlan plan = read(osm(node(1, 52.52, 13.40) + node(2, 52.52, 13.41, tag("barrier", "bollard")) +
                                   node(3, 52.52, 13.42) + way(1, {1, 2, 3}, tag("highway", "residential"))));
  REQUIRE(plan.roads.size() == 2);
  CHECK(plan.roads[0].nodes.back() != plan.roads[1].nodes.front());
  const Network net = build_network(plan);
  for (const Connection& c : net.connections) CHECK(c.turn == Turn::kUTurn);
}

TEST_CASE("the writer's slip 'utf8' is understood") {
  std::string text = osm(crossing());
  text.replace(text.find("UTF-8"), 5, "utf8");
  CHECK(read(text).roads.size() == 3);
}

TEST_CASE("hostile and wrong files are refused with the file's name and a remedy") {
  CHECK(refusal("").find("empty") != std::string::npos);
  CHECK(refusal("hello, world").find("neither") != std::string::npos);
  CHECK(
      refusal("<?xml version='1.0'?><!DOCTYPE osm [<!ENTITY a 'b'>]><osm version='0.6'/>").find("DOCTYPE") !=
      std::string::npos);
  CHECK(refusal("<?xml version='1.0'?><net version='1.9'/>").find("no <osm>") != std::string::npos);
  CHECK(refusal("<osmChange version='0.6'></osmChange>").find("change file") != std::string::npos);
  CHECK(refusal(osm(node(1, 1, 1))).find("no road") != std::string::npos);
  CHECK(refusal(osm(way(1, {1, 2}, tag("highway", "primary")))).find("none of their nodes") !=
        std::string::npos);
  CHECK(refusal("<osm version='0.6'><node id='1'").find("cannot be read") != std::string::npos);
  CHECK(refusal(osm("<node id='1' version='1' lat='nan' lon='13'/>" + crossing())).find("cannot be read") !=
        std::string::npos);
  CHECK(refusal(osm("<node id='abc' version='1' lat='1' lon='13'/>" + crossing())).find("cannot be read") !=
        std::string::npos);
  CHECK(refusal(osm(node(1, 52, -170) + node(2, 52, 170) + way(1, {1, 2}, tag("highway", "primary"))))
            .find("longitude") != std::string::npos);
  CHECK(refusal(osm(node(1, 89, 10) + node(2, 89, 11) + way(1, {1, 2}, tag("highway", "primary"))))
            .find("pole") != std::string::npos);
  CHECK(refusal(std::string("\x1f\x8b\x08\x00garbage", 11), ".osm.gz") != "");
  CHECK(refusal(std::string("\x00\x00\x00\x0e\x0a\x09OSMHeader\x18\x7f\x7f\x7f\x7f", 20), ".osm.pbf") != "");
  CHECK_THROWS_AS(read_osm("/nowhere/at/all.osm"), InputError);
  CHECK_THROWS_AS(read_osm("https://example.org/map.osm"), InputError);
  CHECK_THROWS_AS(read_osm("-"), InputError);
}

TEST_CASE("a PBF with a zero byte inside a tag is refused") {
  std::ifstream in(std::string(ARTERIAL_SOURCE_DIR) + "/tests/fuzz/corpus/osm_pbf_fuzz/cross.osm.pbf",
                   std::ios::binary);
  std::string file((std::istreambuf_iterator<char>(in)), {});
  CHECK(refusal(file, ".osm.pbf") == "");
  const auto at = file.find("lanes:forward");
  REQUIRE(at != std::string::npos);
  file[at + 2] = '\0';
  CHECK(refusal(file, ".osm.pbf").find("zero byte") != std::string::npos);
}

TEST_CASE("a file that is refused is closed again, whatever its kind and its fault") {
  std::ifstream in(std::string(ARTERIAL_SOURCE_DIR) + "/tests/fuzz/corpus/osm_pbf_fuzz/cross.osm.pbf",
                   std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  const auto data = good.find("OSMData");
  REQUIRE(data != std::string::npos);
  std::string of_no_kind = good, of_no_content = good, with_zero_byte = good;
  of_no_kind[data] = 'X';
  std::fill(of_no_content.begin() + static_cast<std::ptrdiff_t>(data) + 20, of_no_content.end(), '\xff');
  with_zero_byte[good.find("lanes:forward") + 2] = '\0';
  struct Bad {
    const char* fault;
    std::string content;
    const char* ending;
  };
  const Bad files[] = {
      {"cut off", good.substr(0, good.size() - 5), ".osm.pbf"},
      {"broken header", std::string("\x00\x00\x00\x0e\x0a\x09OSMHeader\x18\x7f\x7f\x7f\x7f", 20), ".osm.pbf"},
      {"blob of no kind", of_no_kind, ".osm.pbf"},
      {"blob of no content", of_no_content, ".osm.pbf"},
      {"zero byte in a tag", with_zero_byte, ".osm.pbf"},
      {"broken gzip", std::string("\x1f\x8b\x08\x00garbage", 11), ".osm.gz"},
      {"broken bzip2", "BZh9garbage", ".osm.bz2"},
      {"XML that ends early", "<osm version='0.6'><node id='1'", ".osm"},
  };
  for (const Bad& bad : files) {
    INFO(bad.fault);
    const TemporaryFile file(bad.content, bad.ending);
    const auto refuse = [&] { CHECK_THROWS_AS(read_osm(file.path()), InputError); };
    refuse();  // what is opened once and kept (projections, threads) is no leak
    const std::ptrdiff_t before = descriptors_open();
    for (int i = 0; i < 20; ++i) refuse();
    CHECK(descriptors_open() == before);
  }
}

TEST_CASE("a truncated PBF is refused wherever it is cut") {
  const auto data = shared_data("osm_open/Helsinki.osm.pbf");
  if (!data) return skip_without("osm_open");
  std::ifstream in(*data, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  for (const double share : {0.0001, 0.01, 0.3, 0.5, 0.9, 0.9999}) {
    INFO(share);
    CHECK(refusal(whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * share)),
                  ".osm.pbf") != "");
  }
}

TEST_CASE("real cities come in sound") {
  struct City {
    const char* file;
    const char* crs;
    bool left_hand;
    std::size_t least_links, least_signals;
  };
  for (const City& city : {City{"osm_open/Helsinki.osm.pbf", "EPSG:32635", false, 500, 50},
                           City{"osm_open/london.osm.pbf", "EPSG:32630", true, 1200, 50},
                           City{"osm_open/baltimore.osm.pbf", "EPSG:32618", false, 9000, 150},
                           City{"osm_open/berlin_centre_osm_bbox.osm.xml.gz", "EPSG:32633", false, 700, 50},
                           City{"osm_open/andorra.osm.pbf", "EPSG:32631", false, 2000, 1},
                           City{"sumo_eichstaett/eichstaett.osm", "EPSG:32632", false, 500, 4}}) {
    const auto data = shared_data(city.file);
    if (!data) return skip_without(city.file);
    INFO(city.file);
    const StreetPlan plan = read_osm(*data);
    const Network net = build_network(plan);
    CHECK(faults_in(net).empty());
    CHECK(net.crs == city.crs);
    CHECK(net.left_hand == city.left_hand);
    CHECK(net.links.size() >= city.least_links);
    CHECK(net.signals.size() >= city.least_signals);
    std::set<std::uint32_t> leads, leaves;
    for (const Connection& c : net.connections) {
      leads.insert(c.from.value);
      leaves.insert(net[c.from].link.value);
    }
    std::size_t idle = 0, tight = 0, both_green = 0;
    for (std::uint32_t i = 0; i < net.road_lane_count; ++i)
      idle += leaves.count(net.lanes[i].link.value) && !leads.count(i);
    for (const Link& l : net.links) tight += net[l.first_lane].length_m < 7;
    for (const Conflict& k : net.conflicts) {
      const Connection &a = net[k.a], &b = net[k.b];
      if (!a.signal.valid() || a.signal != b.signal) continue;
      for (const Phase& p : net[a.signal].programs[0].phases) {
        const char x = p.state[a.signal_index], y = p.state[b.signal_index];
        both_green += (x == 'G' && y == 'G') || (x == 'G' && y == 'g' && !k.b_yields) ||
                      (x == 'g' && y == 'G' && !k.a_yields);
      }
    }
    CHECK(idle == 0);
    CHECK(both_green == 0);
    CHECK(tight * 100 <= net.links.size());
  }
}
