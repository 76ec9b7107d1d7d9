// SUMO plain XML out: what the files say, by our own XML reader, and that netconvert gives the network back.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "gis/export_sumo.h"
#include "gis/reader.h"
#include "gis/sumo_names.h"
#include "gis/sumo_permissions.h"
#include "gis/sumo_reader.h"
#include "gis/text_output.h"
#include "gis/xml_reader.h"
#include "tests/ascii_network.h"
#include "tests/gis/sumo_text.h"
#include "tests/shared_data.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;
using Attributes = std::map<std::string, std::string>;

/// All elements of a file, in order, by name.
struct Elements : XmlHandler {
  std::multimap<std::string, Attributes> found;
  void begin(const XmlElement& e) override {
    Attributes all;
    for (const char* name : {"id",
                             "from",
                             "to",
                             "x",
                             "y",
                             "type",
                             "tl",
                             "shape",
                             "key",
                             "value",
                             "numLanes",
                             "index",
                             "allow",
                             "disallow",
                             "speed",
                             "width",
                             "length",
                             "fromLane",
                             "toLane",
                             "linkIndex",
                             "state",
                             "duration",
                             "offset",
                             "programID",
                             "netOffset",
                             "projParameter",
                             "keepClear",
                             "contPos",
                             "uncontrolled",
                             "nodes",
                             "edges",
                             "name",
                             "priority",
                             "prohibitor",
                             "prohibited",
                             "lane",
                             "startProg",
                             "changeLeft"})
      if (const auto value = e.attribute(name)) all[name] = *value;
    found.emplace(e.name(), std::move(all));
  }
  std::vector<Attributes> of(const std::string& name) const {
    std::vector<Attributes> out;
    for (auto [it, end] = found.equal_range(name); it != end; ++it) out.push_back(it->second);
    return out;
  }
};

Elements elements_of(const std::string& path) {
  Elements elements;
  read_xml(path, elements);
  return elements;
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Network signalled_cross() {
  Network n = ascii_network(R"(
          N
          |
      W===X===E
          |
          S)",
                            "X signal; WX class=primary speed=50; XE class=primary speed=50", 20);
  n.name = "cross";
  n.crs = "EPSG:32632";
  n.offset_x_m = -500000.5;
  n.source = "a -- drawing", n.attribution = "\xc2\xa9 <us> & them", n.licence = "ODbL 1.0";
  return n;
}

TEST_CASE("SUMO plain XML holds every junction, link, lane, connection and phase") {
  const TemporaryFolder folder;
  const Network n = signalled_cross();
  const SumoPlainFiles files = write_sumo_plain(n, folder.path() + "/net");
  CHECK(files.command == "netconvert -c " + folder.path() + "/net.netccfg");
  CHECK(files.left_out.empty());
  for (const auto& file : files.files) {
    REQUIRE(fs::exists(file));
    if (!file.ends_with(".netccfg")) {
      CHECK(text_of(file).find("\xc2\xa9 &lt;us&gt; &amp; them") != std::string::npos);
      CHECK(text_of(file).find("ODbL 1.0") != std::string::npos);
    }
  }
  const Elements nodes = elements_of(folder.path() + "/net.nod.xml");
  CHECK(nodes.of("node").size() == n.junctions.size());
  REQUIRE(nodes.of("location").size() == 1);
  CHECK(nodes.of("location")[0].at("netOffset") == "-500000.5,0");
  CHECK(nodes.of("location")[0].at("projParameter").starts_with("+proj=utm +zone=32"));
  int signals = 0;
  for (const auto& node : nodes.of("node")) signals += node.count("tl") && node.at("type") == "traffic_light";
  CHECK(signals == 1);

  const Elements edges = elements_of(folder.path() + "/net.edg.xml");
  CHECK(edges.of("edge").size() == n.links.size());
  CHECK(edges.of("lane").size() == n.road_lane_count);
  for (const auto& lane : edges.of("lane")) {
    CHECK(lane.count("shape"));
    CHECK(permissions_of_sumo(lane.at("allow")).mask == kAllRoadClasses);
  }
  const Elements links = elements_of(folder.path() + "/net.con.xml");
  std::size_t dead_ends = 0, connections = 0;
  for (const auto& c : links.of("connection")) (c.count("to") ? connections : dead_ends) += 1;
  CHECK(connections == n.connections.size());
  std::set<std::uint32_t> left;
  for (const Connection& c : n.connections) left.insert(n[c.from].link.value);
  CHECK(dead_ends == n.links.size() - left.size());
  CHECK(!links.of("prohibition").empty());

  const Elements logics = elements_of(folder.path() + "/net.tll.xml");
  REQUIRE(logics.of("tlLogic").size() == 1);
  const Program& program = n.signals[0].programs[0];
  REQUIRE(logics.of("phase").size() == program.phases.size());
  for (std::size_t i = 0; i < program.phases.size(); ++i)
    CHECK(logics.of("phase")[i].at("state") == program.phases[i].state);
  for (const auto& c : logics.of("connection"))
    CHECK(std::stoul(c.at("linkIndex")) < program.phases[0].state.size());
}

TEST_CASE("Ids that SUMO refuses are repaired without collision and kept as parameters") {
  CHECK(sumo::is_sumo_id("way/1:2-3:f#4"));
  for (const char* bad :
       {"", "a b", ":a", "a\"", "a'", "a<b", "a&b", "a;b", "a,b", "a|b", "a\\b", "a\nb", "\xff"})
    CHECK(!sumo::is_sumo_id(bad));
  const auto ids = sumo::sumo_ids({"a b", "a_b", "a\tb", ":x", "", "a_b"});
  CHECK(ids == std::vector<std::string>{"a_b~2", "a_b", "a_b~3", "_x", "_", "a_b~4"});

  Network n = signalled_cross();
  n.links[0].id = n.links[0].source_id = "Rue \"A\" & <B>";
  n.links[0].name = "=cmd|' /C calc'!A0 \"<&>\x01";
  n.links[1].id = "Rue__A_____B_";  // what the first is repaired to
  n.junctions[0].id = "";
  const TemporaryFolder folder;
  write_sumo_plain(n, folder.path() + "/net");
  const Elements edges = elements_of(folder.path() + "/net.edg.xml");
  std::set<std::string> names;
  for (const auto& edge : edges.of("edge")) {
    CHECK(sumo::is_sumo_id(edge.at("id")));
    CHECK(names.insert(edge.at("id")).second);
  }
  CHECK(names.count("Rue__A_____B_"));
  bool kept = false;
  for (const auto& p : edges.of("param"))
    kept = kept || (p.at("key") == "origId" && p.at("value") == "Rue \"A\" & <B>");
  CHECK(kept);
  CHECK(edges.of("edge")[0].at("name") == "=cmd|' /C calc'!A0 \"<&>\xef\xbf\xbd");
}

TEST_CASE("Every mask of classes comes back from SUMO's words") {
  for (unsigned mask = 0; mask <= kAllClasses; ++mask) {
    const std::string list = sumo_class_list(static_cast<ClassMask>(mask));
    REQUIRE(permissions_of_sumo(list).mask == mask);
    REQUIRE(permissions_of_sumo(list).unknown.empty());
  }
}

TEST_CASE("Stops, detectors and programs by time of day go into an additional file") {
  Network n = signalled_cross();
  n.stops.push_back({n.links[0].first_lane, 10, 20, "stop 1", "<Market>"});
  n.detectors.push_back({n.links[0].first_lane, 5, 60, "loop"});
  n.detectors.push_back({n.connections[0].lane, 1, 60, "inside"});
  Signal& signal = n.signals[0];
  signal.programs.push_back(signal.programs[0]);
  signal.programs[1].id = "night";
  signal.switches = {{3600, 1}};
  const TemporaryFolder folder;
  const SumoPlainFiles files = write_sumo_plain(n, folder.path() + "/net");
  const Elements more = elements_of(folder.path() + "/net.add.xml");
  REQUIRE(more.of("busStop").size() == 1);
  CHECK(more.of("busStop")[0].at("id") == "stop_1");
  CHECK(more.of("busStop")[0].at("name") == "<Market>");
  CHECK(more.of("inductionLoop").size() == 1);
  CHECK(more.of("wautSwitch").size() == 1);
  CHECK(files.left_out.size() == 1);
}

TEST_CASE("A folder that is not there is one message, and nothing is left of the files") {
  const TemporaryFolder folder;
  CHECK(refusal([&] {
          write_sumo_plain(signalled_cross(), folder.path() + "/no/net");
        }).find("net.nod.xml") != std::string::npos);
  CHECK(refusal([&] { write_sumo_plain(signalled_cross(), folder.path() + "/"); }).find("names no file") !=
        std::string::npos);
  CHECK(fs::is_empty(folder.path()));
}

// ---- there and back ----

std::string netconvert() {
  const char* stated = std::getenv("NETCONVERT");
  if (stated && fs::is_regular_file(stated)) return stated;
  std::error_code ignored;
  const fs::path peer = fs::path(ARTERIAL_SOURCE_DIR) / "build" / "peer" / "lib";
  for (const auto& python : fs::directory_iterator(peer, ignored)) {
    const fs::path program = python.path() / "site-packages" / "sumo" / "bin" / "netconvert";
    if (fs::is_regular_file(program, ignored)) return program.string();
  }
  return std::system("netconvert --version > /dev/null 2>&1") == 0 ? "netconvert" : "";
}

Network there_and_back(const Network& n, const std::string& program, const TemporaryFolder& folder) {
  write_sumo_plain(n, folder.path() + "/net");
  const std::string command =
      program + " -c " + folder.path() + "/net.netccfg > " + folder.path() + "/log 2>&1";
  const int code = std::system(command.c_str());
  INFO(text_of(folder.path() + "/log"));
  REQUIRE(code == 0);
  std::vector<std::string> more;
  if (fs::exists(folder.path() + "/net.add.xml")) more.push_back(folder.path() + "/net.add.xml");
  return read_sumo_net(folder.path() + "/net.net.xml", more);
}

bool near(double a, double b) { return std::abs(a - b) < 0.0011; }

void same_lanes(const Network& a, const Network& b) {
  std::map<std::string, const Lane*> lanes;
  for (std::uint32_t i = 0; i < b.road_lane_count; ++i) lanes[b.lanes[i].id] = &b.lanes[i];
  REQUIRE(lanes.size() == a.road_lane_count);
  for (std::uint32_t i = 0; i < a.road_lane_count; ++i) {
    const Lane& x = a.lanes[i];
    INFO(x.id);
    REQUIRE(lanes.count(x.id));
    const Lane& y = *lanes[x.id];
    const Link &from = a[x.link], &to = b[y.link];
    CHECK(from.id == to.id);
    CHECK(from.source_id == to.source_id);
    CHECK(from.road_class == to.road_class);
    CHECK(from.priority == to.priority);
    CHECK(from.name == to.name);
    CHECK(from.roundabout == to.roundabout);
    CHECK(a[from.from].id == b[to.from].id);
    CHECK(a[from.to].id == b[to.to].id);
    CHECK(x.index == y.index);
    CHECK(x.allowed == y.allowed);
    CHECK(near(x.length_m, y.length_m));
    CHECK(near(x.width_m, y.width_m));
    CHECK(near(x.speed_mps, y.speed_mps));
    for (const bool last : {false, true}) {
      const Point p = a.points[x.shape.first + (last ? x.shape.count - 1 : 0)],
                  q = b.points[y.shape.first + (last ? y.shape.count - 1 : 0)];
      CHECK(near(p.x, q.x));
      CHECK(near(p.y, q.y));
    }
  }
}

void same_connections(const Network& a, const Network& b) {
  std::map<std::pair<std::string, std::string>, const Connection*> found;
  for (const Connection& c : b.connections) found[{b[c.from].id, b[c.to].id}] = &c;
  REQUIRE(found.size() == a.connections.size());
  for (const Connection& x : a.connections) {
    INFO(a[x.from].id + " -> " + a[x.to].id);
    const auto place = found.find({a[x.from].id, a[x.to].id});
    REQUIRE(place != found.end());
    const Connection& y = *place->second;
    CHECK(near(a[x.lane].length_m, b[y.lane].length_m));
    CHECK(near(a[x.lane].speed_mps, b[y.lane].speed_mps));
    CHECK(a[x.lane].allowed == b[y.lane].allowed);
    CHECK(x.keep_clear == y.keep_clear);
    CHECK(near(x.wait_m, y.wait_m));
    REQUIRE(x.signal.valid() == y.signal.valid());
    if (!x.signal.valid()) continue;
    CHECK(a[x.signal].id == b[y.signal].id);
    CHECK(x.signal_index == y.signal_index);
  }
}

void same_signals(const Network& a, const Network& b) {
  std::map<std::string, const Signal*> found;
  for (const Signal& s : b.signals) found[s.id] = &s;
  REQUIRE(found.size() == a.signals.size());
  for (const Signal& x : a.signals) {
    INFO(x.id);
    REQUIRE(found.count(x.id));
    const Signal& y = *found[x.id];
    REQUIRE(x.programs.size() == y.programs.size());
    CHECK(x.programs[x.active_program].id == y.programs[y.active_program].id);
    for (const Program& p : x.programs)
      for (const Program& q : y.programs) {
        if (p.id != q.id) continue;
        CHECK(near(p.offset_s, q.offset_s));
        REQUIRE(p.phases.size() == q.phases.size());
        for (std::size_t k = 0; k < p.phases.size(); ++k) {
          CHECK(p.phases[k].state == q.phases[k].state);
          CHECK(near(p.phases[k].duration_s, q.phases[k].duration_s));
        }
      }
  }
}

TEST_CASE("A drawn network comes back from netconvert: links, lanes, connections, signals") {
  const std::string program = netconvert();
  if (program.empty()) {
    WARN("skipped: no netconvert in build/peer, NETCONVERT or PATH");
    return;
  }
  const char* drawings[] = {R"(
          N
          |
      W===X===E
          |
          S)",
                            R"(
      A---B---C---D
          |   |
          F>>>G===H
          v   ^
          I---J)"};
  for (const char* drawing : drawings)
    for (const bool left_hand : {false, true}) {
      INFO(drawing);
      StreetPlan plan =
          ascii_plan(drawing, drawing == drawings[0] ? "X signal; WX class=primary speed=50" : "G stop", 20);
      plan.left_hand = left_hand;
      Network n = build_network(plan);
      n.crs = "EPSG:32633";
      n.offset_x_m = 250, n.offset_y_m = -5800000;
      for (Signal& signal : n.signals) {  // one that changes to a program that is not the last by name
        signal.programs.push_back(signal.programs[0]);
        signal.programs[1].id = "a";
        signal.programs[1].offset_s = 7;
      }
      const TemporaryFolder folder;
      const Network back = there_and_back(n, program, folder);
      CHECK(back.left_hand == left_hand);
      CHECK(near(back.offset_x_m, n.offset_x_m));
      CHECK(near(back.offset_y_m, n.offset_y_m));
      same_lanes(n, back);
      same_connections(n, back);
      same_signals(n, back);
    }
}

TEST_CASE("Real cities come back from netconvert: links, lanes, connections, signals") {
  const std::string program = netconvert();
  if (program.empty()) {
    WARN("skipped: no netconvert in build/peer, NETCONVERT or PATH");
    return;
  }
  for (const char* name : {"osm_open/Helsinki.osm.pbf", "osm_open/london.osm.pbf"}) {  // right, left
    const auto path = shared_data(name);
    if (!path) {
      skip_without(name);
      continue;
    }
    INFO(name);
    const Network n = import_network({*path}, ImportOptions{});
    const TemporaryFolder folder;
    const Network back = there_and_back(n, program, folder);
    same_lanes(n, back);
    same_connections(n, back);
    same_signals(n, back);
  }
}

TEST_CASE("A SUMO net goes out and comes back through netconvert") {
  const std::string program = netconvert();
  if (program.empty()) {
    WARN("skipped: no netconvert in build/peer, NETCONVERT or PATH");
    return;
  }
  const TemporaryFolder folder;
  const Network n = read_sumo_net(folder.put("small.net.xml", small_net_with_signal(kSmallLogic)));
  const Network back = there_and_back(n, program, folder);
  same_lanes(n, back);
  same_signals(n, back);
  CHECK(back.connections.size() == n.connections.size());
}

TEST_CASE("The length that a net states of a connection is that of its ground, pieces in proportion") {
  const TemporaryFolder folder;
  std::string net = with(kSmallNet, R"(via=":J_3_0" dir="l" state="m" keepClear="0")",
                         R"(via=":J_3_0" dir="l" state="m" keepClear="0" length="20")");
  net = with(net, R"(via=":J_0_0" dir="s" state="m")", R"(via=":J_0_0" dir="s" state="m" length="-1")");
  const Network n = read_sumo_net(folder.put("x.net.xml", net));
  for (const Connection& c : n.connections) {
    if (n[c.lane].id == ":J_0_0") CHECK(n[c.lane].length_m == 16);  // as before: nothing was stated
    if (n[c.lane].id != ":J_3_0") continue;
    CHECK(n[c.lane].length_m == 20);
    const double first_m = std::hypot(7.0, 1.1), second_m = std::hypot(2.6, 8.5);
    REQUIRE(c.pieces.size() == 2);
    CHECK(near(c.pieces[1].begin_m, 20 * first_m / (first_m + second_m)));
    CHECK(near(c.wait_m, c.pieces[1].begin_m));
  }
  net =
      with(kSmallNet, R"(via=":J_0_0" dir="s" state="m")", R"(via=":J_0_0" dir="s" state="m" length="1e9")");
  CHECK(refusal([&] { read_sumo_net(folder.put("y.net.xml", net)); }).find("length") != std::string::npos);
}

}  // namespace
}  // namespace arterial
