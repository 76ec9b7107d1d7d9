#include "gis/sumo_reader.h"

#include <map>

#include "gis/sumo_permissions.h"
#include "tests/gis/sumo_text.h"

namespace arterial {
namespace {

using Catch::Matchers::Contains;

Network read_text(const std::string& net, const std::string& additional = "") {
  const TemporaryFolder folder;
  std::vector<std::string> files;
  if (!additional.empty())
    files.push_back(folder.put("more.add.xml", "<additional>" + additional + "</additional>"));
  return read_sumo_net(folder.put("small.net.xml", net), files);
}

const Link& link(const Network& n, const std::string& id) {
  for (const Link& l : n.links)
    if (l.id == id) return l;
  throw std::runtime_error("no link " + id);
}
const Lane& lane(const Network& n, const std::string& id) {
  for (const Lane& l : n.lanes)
    if (l.id == id) return l;
  throw std::runtime_error("no lane " + id);
}
ConnectionId connection(const Network& n, const std::string& from, const std::string& to) {
  for (std::uint32_t i = 0; i < n.connections.size(); ++i)
    if (n[n.connections[i].from].id == from && n[n.connections[i].to].id == to) return ConnectionId(i);
  throw std::runtime_error("no connection " + from + " " + to);
}
/// "a yields to b" as "<", the other way as ">", neither "-", both "x", no conflict "".
std::string who_yields(const Network& n, ConnectionId a, ConnectionId b) {
  for (const Conflict& c : n.conflicts) {
    if (c.a != std::min(a, b) || c.b != std::max(a, b)) continue;
    const bool first = a < b ? c.a_yields : c.b_yields, second = a < b ? c.b_yields : c.a_yields;
    return first && second ? "x" : first ? "<" : second ? ">" : "-";
  }
  return "";
}
std::map<std::string, int> codes(const Network& n) {
  std::map<std::string, int> count;
  for (const Problem& p : n.problems) ++count[p.code];
  return count;
}

TEST_CASE("A SUMO net keeps its ids, lengths, speeds, widths and shapes") {
  const Network n = read_text(kSmallNet);
  REQUIRE(n.links.size() == 5);
  REQUIRE(n.road_lane_count == 6);
  REQUIRE(n.junctions.size() == 5);
  REQUIRE(n.connections.size() == 4);
  REQUIRE(n.lanes.size() == 10);
  CHECK(n.name == "small");
  CHECK(n.crs == "+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs");
  CHECK(n.offset_x_m == -1000.50);
  CHECK(n.offset_y_m == -2000.25);
  CHECK_FALSE(n.left_hand);
  CHECK(lane(n, "wi_0").length_m == 92.37);
  CHECK(lane(n, "si_0").speed_mps == 8.33);
  CHECK(lane(n, "si_0").width_m == 2.5);
  CHECK(lane(n, "ei_0").width_m == 3.2);
  CHECK(link(n, "wi").name == "West Street");
  CHECK(link(n, "wi").road_class == RoadClass::kPrimary);
  CHECK(link(n, "wi").priority == 3);
  CHECK(n[link(n, "wi").from].id == "W");
  CHECK(n[link(n, "wi").to].id == "J");
  const Shape s = lane(n, "no_0").shape;  // with heights
  REQUIRE(s.count == 2);
  CHECK(n.points[s.first + 1].x == 1.6);
  CHECK(n.points[s.first + 1].y == 100);
}

TEST_CASE("SUMO permissions and lane change rules become class masks") {
  const Network n = read_text(kSmallNet);
  CHECK(lane(n, "wi_0").allowed == kAllClasses);
  CHECK(lane(n, "eo_0").allowed == (mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kBicycle)));
  CHECK(lane(n, "ei_0").allowed ==
        (kAllClasses &
         ~(mask_of(VehicleClass::kTruck) | mask_of(VehicleClass::kTram) | mask_of(VehicleClass::kRail))));
  CHECK(lane(n, "eo_1").no_change_right == (kAllClasses & ~mask_of(VehicleClass::kBus)));
  CHECK(lane(n, "eo_1").no_change_left == 0);
  CHECK(permissions_of_sumo("all").mask == kAllClasses);
  CHECK(permissions_of_sumo("coach").mask == 0);
  CHECK(permissions_of_sumo("bus hovercraft").unknown == "hovercraft");
  CHECK(vehicle_class_of_sumo("trailer") == VehicleClass::kTruck);
  CHECK_FALSE(vehicle_class_of_sumo("aircraft"));
  const Network odd = read_text(with(kSmallNet, R"(allow="bus bicycle")", R"(allow="bus hovercraft")"));
  CHECK(codes(odd)["unknown_vehicle_class"] == 1);
}

TEST_CASE("A connection stands on its internal lanes put end to end") {
  const Network n = read_text(kSmallNet);
  const Connection& left = n[connection(n, "wi_0", "no_0")];
  const Lane& ground = n[left.lane];
  CHECK(ground.id == ":J_3_0");
  CHECK(ground.length_m == Approx(16.0));
  CHECK(ground.speed_mps == 8.0);
  CHECK(ground.shape.count == 3);
  REQUIRE(left.pieces.size() == 2);
  CHECK(left.pieces[0].lane_id == ":J_3_0");
  CHECK(left.pieces[0].begin_m == 0);
  CHECK(left.pieces[1].lane_id == ":J_4_0");
  CHECK(left.pieces[1].begin_m == 7.10);
  CHECK(left.wait_m == 7.10);
  CHECK(left.turn == Turn::kLeft);
  CHECK_FALSE(left.keep_clear);
  const Connection& straight = n[connection(n, "wi_0", "eo_1")];
  CHECK(straight.pieces.empty());
  CHECK(straight.wait_m == 0);
  CHECK(straight.keep_clear);
  CHECK(n[straight.lane].id == ":J_1_0");
}

TEST_CASE("The request matrix says who yields") {
  const Network n = read_text(kSmallNet);
  const ConnectionId si = connection(n, "si_0", "no_0"), straight = connection(n, "wi_0", "eo_1"),
                     left = connection(n, "wi_0", "no_0"), ei = connection(n, "ei_0", "no_0");
  CHECK(who_yields(n, si, straight) == "<");
  CHECK(who_yields(n, si, left) == "<");
  CHECK(who_yields(n, si, ei) == "<");
  CHECK(who_yields(n, left, ei) == "<");
  CHECK(who_yields(n, ei, left) == ">");
  CHECK(who_yields(n, straight, ei) == "");
  CHECK(n[si].priority == Priority::kMinor);
  CHECK(n[straight].priority == Priority::kMajor);
  for (const Conflict& c : n.conflicts) {
    CHECK(c.merge == (n[c.a].to == n[c.b].to));
    CHECK(c.a_begin_m < c.a_end_m);
    CHECK(c.b_begin_m < c.b_end_m);
  }
  // The paths of si and straight cross at (1.6, -1.6): 6.4 m after si enters, 9.6 m after straight does.
  for (const Conflict& c : n.conflicts)
    if (c.a == std::min(si, straight) && c.b == std::max(si, straight)) {
      CHECK((c.a == si ? c.a_begin_m : c.b_begin_m) < 6.4);
      CHECK((c.a == si ? c.a_end_m : c.b_end_m) > 6.4);
      CHECK((c.a == straight ? c.a_begin_m : c.b_begin_m) < 9.6);
      CHECK((c.a == straight ? c.a_end_m : c.b_end_m) > 9.6);
    }
}

TEST_CASE("Foes that never touch as drawn are conflicts all the same, and drawn conflicts need no matrix") {
  std::string net =
      with(kSmallNet, R"(index="1" response="0000" foes="0001")", R"(index="1" response="1000" foes="1001")");
  net = with(net, R"(index="3" response="0000" foes="0101")", R"(index="3" response="0000" foes="0111")");
  const Network foes = read_text(net);
  CHECK(who_yields(foes, connection(foes, "wi_0", "eo_1"), connection(foes, "ei_0", "no_0")) == "<");
  CHECK(codes(foes)["foes_without_contact"] == 1);

  net =
      with(kSmallNet, R"(index="0" response="1110" foes="1110")", R"(index="0" response="1100" foes="1100")");
  net = with(net, R"(index="1" response="0000" foes="0001")", R"(index="1" response="0000" foes="0000")");
  const Network drawn = read_text(net);
  CHECK(who_yields(drawn, connection(drawn, "si_0", "no_0"), connection(drawn, "wi_0", "eo_1")) == "-");
  CHECK(codes(drawn)["conflict_beyond_matrix"] == 1);
}

TEST_CASE("State letters become priorities") {
  for (const auto& [letter, priority] : std::map<std::string, Priority>{{"m", Priority::kMinor},
                                                                        {"=", Priority::kEqual},
                                                                        {"s", Priority::kStop},
                                                                        {"w", Priority::kAllWayStop},
                                                                        {"Z", Priority::kZipper},
                                                                        {"M", Priority::kMajor}}) {
    const Network n = read_text(with(kSmallNet, R"(via=":J_0_0" dir="s" state="m")",
                                     R"(via=":J_0_0" dir="s" state=")" + letter + "\""));
    CHECK(n[connection(n, "si_0", "no_0")].priority == priority);
  }
}

TEST_CASE(
    "A net without internal lanes gets short straight grounds and the matrix by the order of connections") {
  std::string net = kSmallNet;
  for (std::size_t at; (at = net.find("<edge id=\":")) != std::string::npos;)
    net.erase(at, net.find("</edge>", at) + 7 - at);
  for (std::size_t at; (at = net.find("<connection from=\":")) != std::string::npos;)
    net.erase(at, net.find("/>", at) + 2 - at);
  for (std::size_t at; (at = net.find("via=\"")) != std::string::npos;)
    net.erase(at, net.find('"', at + 5) + 1 - at);
  net = with(net, R"(intLanes=":J_0_0 :J_1_0 :J_4_0 :J_2_0")", R"(intLanes="")");
  const Network n = read_text(net);
  REQUIRE(n.connections.size() == 4);
  const ConnectionId si = connection(n, "si_0", "no_0"), left = connection(n, "wi_0", "no_0"),
                     ei = connection(n, "ei_0", "no_0");
  CHECK(n[n[si].lane].length_m == 0.1);
  CHECK(n[n[si].lane].shape.count == 2);
  CHECK(n[n[si].lane].speed_mps == 8.33);
  CHECK(who_yields(n, si, connection(n, "wi_0", "eo_1")) == "<");
  CHECK(who_yields(n, left, ei) == "<");
  CHECK(codes(n)["connection_not_drawn"] == 1);
}

TEST_CASE("Signals keep programs, offsets and places in the state string") {
  const Network n = read_text(small_net_with_signal(kSmallLogic));
  REQUIRE(n.signals.size() == 1);
  const Signal& s = n.signals[0];
  CHECK(s.id == "T");
  REQUIRE(s.programs.size() == 1);
  CHECK_FALSE(s.programs[0].actuated);
  CHECK(s.programs[0].offset_s == 5);
  REQUIRE(s.programs[0].phases.size() == 4);
  CHECK(s.programs[0].phases[1].state == "ryyy");
  CHECK(s.programs[0].phases[2].duration_s == 20);
  const Connection& left = n[connection(n, "wi_0", "no_0")];
  CHECK(left.signal == SignalId(0));
  CHECK(left.signal_index == 2);
  // With the signal off the matrix rules: the letters o and O of the net say nothing else.
  CHECK(left.priority == Priority::kMinor);
  CHECK(n[connection(n, "wi_0", "eo_1")].priority == Priority::kMajor);
  CHECK(n[connection(n, "si_0", "no_0")].priority == Priority::kMinor);
  CHECK(n[left.junction].type == JunctionType::kSignal);
}

TEST_CASE("Actuated programs take their gaps, and SUMO's defaults for what is not stated") {
  const Network n =
      read_text(small_net_with_signal(R"(<tlLogic id="T" type="actuated" programID="a" offset="0">
    <param key="max-gap" value="2.5"/><param key="detector-gap" value="1.5"/>
    <phase duration="30" minDur="5" maxDur="50" state="rGgG" next="1 2"/><phase duration="3" state="ryyy"/>
    <phase duration="20" minDur="7" state="Grrr"/></tlLogic>)"));
  const Program& p = n.signals[0].programs[0];
  CHECK(p.actuated);
  CHECK(p.max_gap_s == 2.5);
  CHECK(p.detector_gap_s == 1.5);
  CHECK(p.phases[0].min_s == 5);
  CHECK(p.phases[0].max_s == 50);
  CHECK(p.phases[0].next == std::vector<std::uint32_t>{1, 2});
  CHECK(p.phases[1].min_s == 3);
  CHECK(p.phases[1].max_s == 3);
  CHECK(p.phases[2].min_s == 7);
  CHECK(p.phases[2].max_s > 1e6);
  const Network delay = read_text(small_net_with_signal(with(kSmallLogic, "static", "delay_based")));
  CHECK(delay.signals[0].programs[0].actuated);
  CHECK(codes(delay)["signal_type_replaced"] == 1);
}

TEST_CASE("The program loaded last is active; a program without phases changes an offset") {
  const std::string net = small_net_with_signal(kSmallLogic);
  const Network more = read_text(net, with(kSmallLogic, R"(programID="0")", R"(programID="night")"));
  REQUIRE(more.signals[0].programs.size() == 2);
  CHECK(more.signals[0].programs[more.signals[0].active_program].id == "night");
  const Network shifted = read_text(net, R"(<tlLogic id="T" programID="0" offset="-12.5"/>)");
  REQUIRE(shifted.signals[0].programs.size() == 1);
  CHECK(shifted.signals[0].programs[0].offset_s == -12.5);
  const Network off = read_text(net, R"(<tlLogic id="T" programID="off"/>)");
  const Program& program = off.signals[0].programs[off.signals[0].active_program];
  CHECK(program.id == "off");
  CHECK(program.phases[0].state == "oOoO");
}

TEST_CASE("A WAUT switches programs by the time of day") {
  const Network n =
      read_text(small_net_with_signal(kSmallLogic),
                with(kSmallLogic, R"(programID="0")", R"(programID="night")") +
                    R"(<WAUT id="w" refTime="100" startProg="0"><wautSwitch time="3600" to="night"/>
                                     <wautSwitch time="1:0:0:0" to="off"/><wautSwitch time="02:00:00" to="0"/></WAUT>
                                     <wautJunction wautID="w" junctionID="T"/>)");
  const Signal& s = n.signals[0];
  CHECK(s.programs[s.active_program].id == "0");
  REQUIRE(s.switches.size() == 3);
  CHECK(s.switches[0].at_s == 3700);
  CHECK(s.programs[s.switches[0].program].id == "night");
  CHECK(s.switches[1].at_s == 7300);
  CHECK(s.programs[s.switches[1].program].id == "0");
  CHECK(s.switches[2].at_s == 86500);
  CHECK(s.programs[s.switches[2].program].id == "off");
}

TEST_CASE("Stops and detectors stand on their lanes, counted from either end") {
  const Network n = read_text(kSmallNet, R"(
    <busStop id="b" name="Church" lane="wi_0" startPos="10" endPos="-20"/>
    <parkingArea id="p" lane="no_0" startPos="30" endPos="95"><space x="1" y="2"/></parkingArea>
    <e1Detector id="d" lane="ei_0" pos="-5" freq="300" file="x"/>
    <inductionLoop id="i" lane=":J_4_0" pos="1" period="60" file="x"/>
    <vType id="car"/><rerouter id="r"/><rerouter id="s"/>)");
  REQUIRE(n.stops.size() == 2);
  CHECK(n.stops[0].begin_m == 10);
  CHECK(n.stops[0].end_m == Approx(72.37));
  CHECK(n.stops[0].name == "Church");
  CHECK(n.stops[1].end_m == 92);
  CHECK(codes(n)["position_beyond_lane"] == 1);
  REQUIRE(n.detectors.size() == 2);
  CHECK(n.detectors[0].pos_m == 87);
  CHECK(n.detectors[0].period_s == 300);
  CHECK(n.detectors[1].lane == n[connection(n, "wi_0", "no_0")].lane);
  CHECK(n.detectors[1].pos_m == Approx(8.1));
  int left_out = 0;
  for (const Problem& p : n.problems)
    if (p.code == "element_left_out") {
      ++left_out;
      CHECK(p.object_id == "rerouter");
      CHECK_THAT(p.words, Contains("2 elements"));
    }
  CHECK(left_out == 1);  // a vehicle type is the demand's: no word about it
}

TEST_CASE("Roundabouts, left-hand traffic, level crossings and nets without a projection") {
  const Network ring = read_text(with(kSmallNet, "</net>", R"(<roundabout nodes="J" edges="eo no"/></net>)"));
  CHECK(link(ring, "eo").roundabout);
  CHECK_FALSE(link(ring, "wi").roundabout);
  CHECK(ring[link(ring, "wi").to].type == JunctionType::kRoundabout);
  CHECK(read_text(with(kSmallNet, R"(version="1.20")", R"(version="1.20" lefthand="true")")).left_hand);
  CHECK(read_text(with(kSmallNet, "+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs", "!"))
            .crs.empty());
  std::string crossing = with(kSmallNet, R"(id="J" type="priority")", R"(id="J" type="rail_crossing")");
  crossing = with(crossing, R"(via=":J_0_0" dir="s" state="m")",
                  R"(via=":J_0_0" tl="J" linkIndex="0" dir="s" state="o")");
  const Network open = read_text(crossing);
  CHECK(open.signals.empty());
  CHECK_FALSE(open[connection(open, "si_0", "no_0")].signal.valid());
  CHECK(open[connection(open, "si_0", "no_0")].priority == Priority::kMinor);
  CHECK(codes(open)["rail_crossing_open"] == 1);
}

TEST_CASE("Crossings and walking areas are left out and said") {
  const Network n = read_text(with(kSmallNet, R"(  <edge id="wi")", R"(
    <edge id=":J_c0" function="crossing" crossingEdges="wi"><lane id=":J_c0_0" index="0" allow="pedestrian" speed="1" length="4" shape="-8,-4 -8,4"/></edge>
    <edge id=":J_w0" function="walkingarea"><lane id=":J_w0_0" index="0" allow="pedestrian" speed="1" length="4" shape="-8,-4 -9,-4"/></edge>
    <edge id="wi")"));
  CHECK(n.road_lane_count == 6);
  CHECK(codes(n)["pedestrian_paths_left_out"] == 1);
}

}  // namespace
}  // namespace arterial
