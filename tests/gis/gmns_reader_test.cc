// GMNS folders: small ones written here, hostile ones, and the real ones where the shared data is.
#include "gis/gmns_reader.h"

#include <set>
#include <sstream>

#include "gis/network_tables.h"
#include "gis/reader.h"
#include "sim/model/network_builder.h"
#include "tests/gis/table_folder.h"
#include "tests/shared_data.h"

namespace arterial {
namespace {

constexpr const char* kNodes =
    "node_id,name,x_coord,y_coord,ctrl_type,zone_id\n"
    "W,,0,0,,\nX,,300,0,signal,\nE,,600,0,,\nN,,300,300,,\nS,,300,-300,stop,\n";
constexpr const char* kConfig = "dataset_name,short_length,long_length,speed,crs\nTest,foot,mile,mph,32619\n";
constexpr const char* kLinks =
    "link_id,name,from_node_id,to_node_id,directed,facility_type,capacity,free_speed,lanes,allowed_uses\n"
    "1,Main,W,X,1,arterial,900,30,2,all\n2,Main,X,W,1,arterial,900,30,2,all\n"
    "3,Main,X,E,1,arterial,900,30,2,all\n4,Main,E,X,1,arterial,900,30,2,all\n"
    "5,Side,N,X,0,local,600,20,1,auto\n6,Side,S,X,0,local,600,20,1,\"auto, bike\"\n";

/// The folder of the crossing, with other tables in their places.
class Crossing {
 public:
  Crossing() { with("config.csv", kConfig).with("node.csv", kNodes).with("link.csv", kLinks); }
  Crossing& with(const std::string& name, const std::string& text) {
    folder_.write(name, text);
    return *this;
  }
  StreetPlan plan() const { return read_gmns(folder_.path()); }
  Network network() const { return build_network(plan()); }
  const std::string& path() const { return folder_.path(); }

 private:
  TableFolder folder_;
};

const PlanRoad& road_named(const StreetPlan& plan, const std::string& id) {
  for (const PlanRoad& road : plan.roads)
    if (road.id == id) return road;
  throw std::logic_error("no road " + id);
}

std::set<std::string> sources(const Network& network) {
  std::set<std::string> out;
  for (const Link& link : network.links) out.insert(link.source_id);
  return out;
}

bool leads(const Network& network, const std::string& from, const std::string& to) {
  for (const Connection& c : network.connections)
    if (network[network[c.from].link].source_id == from && network[network[c.to].link].source_id == to)
      return true;
  return false;
}

TEST_CASE("GMNS: links that face each other are one road, and each keeps its id") {
  const Crossing crossing;
  const StreetPlan plan = crossing.plan();
  CHECK(plan.crs == "EPSG:32619");
  CHECK(plan.name == "Test");
  REQUIRE(plan.roads.size() == 4);
  const PlanRoad& main = road_named(plan, "1");
  CHECK(main.backward_id == "2");
  CHECK(main.forward.lanes == 2);
  CHECK(main.forward.speed_mps == Approx(13.4112));
  CHECK(main.forward.capacity_vph == 1800);  // stated by lane
  CHECK(main.road_class == RoadClass::kPrimary);
  CHECK(road_named(plan, "5").backward.lanes == 1);  // not directed
  CHECK(road_named(plan, "5").forward.allowed == kMotorClasses);
  CHECK(road_named(plan, "6").forward.allowed == kAllRoadClasses);
  const Network network = build_network(plan);
  CHECK(network.links.size() == 8);
  CHECK(network.junctions.size() == 5);
  CHECK(network.signals.size() == 1);
  CHECK(sources(network) == std::set<std::string>{"1", "2", "3", "4", "5", "6"});
  CHECK(faults_in(network).empty());
}

TEST_CASE("GMNS: nodes are junctions however near they lie") {
  Crossing crossing;
  crossing.with("node.csv", "node_id,x_coord,y_coord\nW,0,0\nX,300,0\nE,312,0\nN,300,300\nS,300,-300\n");
  const Network network = crossing.network();
  CHECK(network.junctions.size() == 5);
  CHECK(network.links.size() == 8);
  CHECK(faults_in(network).empty());
}

TEST_CASE("GMNS: a drawing counts, whichever way it was drawn; without one a longer stated length does") {
  Crossing crossing;
  crossing.with("link.csv",
                "link_id,from_node_id,to_node_id,directed,geometry,dir_flag,length,lanes\n"
                "1,W,X,0,\"LINESTRING (300 0, 150 80, 0 0)\",-1,0.2,1\n"
                "2,X,E,0,,1,0.28,1\n3,X,N,0,,1,0.19,1\n");
  const StreetPlan plan = crossing.plan();
  const PlanRoad& drawn = road_named(plan, "1");
  REQUIRE(drawn.nodes.size() == 3);
  CHECK(plan.nodes[drawn.nodes[1]].at.y == 80);
  CHECK(plan.nodes[drawn.nodes.front()].id == "W");
  CHECK(drawn.length_m == 0);
  CHECK(road_named(plan, "2").length_m == Approx(0.28 * 1609.344));
  CHECK(road_named(plan, "3").length_m == 0);
  const Network network = build_network(plan);
  for (const Link& link : network.links)
    if (link.source_id == "2") CHECK(network[link.first_lane].length_m > 400);
}

TEST_CASE("GMNS: a wrong unit of length is found by the drawing and said") {
  Crossing crossing;
  std::string links = kLinks;
  links = "link_id,from_node_id,to_node_id,directed,length\n1,W,X,0,984\n2,X,E,0,984\n3,X,N,0,984\n";
  crossing.with("link.csv", links);
  CHECK(problem_words(crossing.plan(), "length_unit").find("foot") != std::string::npos);
}

TEST_CASE("GMNS: lanes of their own, for bicycles and with turns") {
  Crossing crossing;
  crossing
      .with("lane.csv",
            "lane_id,link_id,lane_num,allowed_uses,width\na,1,1,ALL,11\nb,1,2,ALL,11\nc,1,3,BIKE,5\n"
            "d,1,4,PARKING,8\ne,99,1,ALL,11\n")
      .with("movement.csv",
            "mvmt_id,node_id,ib_link_id,start_ib_lane,end_ib_lane,ob_link_id,type\n"
            "m1,X,1,-1,,5,left\nm2,X,1,1,2,3,thru\n");
  const StreetPlan plan = crossing.plan();
  const PlanRoad& road = road_named(plan, "1");
  REQUIRE(road.forward.lanes == 3);
  CHECK(road.forward.lane_allowed.front() == mask_of(VehicleClass::kBicycle));  // at the kerb
  REQUIRE(road.forward.turns.size() == 3);
  CHECK(road.forward.turns[2] == ((1u << static_cast<unsigned>(Turn::kLeft)) |
                                  (1u << static_cast<unsigned>(Turn::kStraight))));  // the pocket's turn too
  CHECK(problem_words(plan, "lanes_unknown").starts_with("1 lane"));
  const Network network = build_network(plan);
  CHECK(leads(network, "1", "5"));
  CHECK(leads(network, "1", "3"));
  CHECK_FALSE(leads(network, "1", "6"));  // not listed
  CHECK(leads(network, "4", "6"));        // nothing is listed for link 4
}

TEST_CASE("GMNS: lanes count from the left where traffic keeps left too") {
  Crossing crossing;
  crossing.with("lane.csv", "lane_id,link_id,lane_num,allowed_uses\na,1,1,BUS\nb,1,2,ALL\n")
      .with("movement.csv",
            "mvmt_id,node_id,ib_link_id,start_ib_lane,end_ib_lane,ob_link_id,type\nm1,X,1,1,,5,left\n"
            "m2,X,1,2,,3,thru\n");
  const StreetPlan right = read_gmns(crossing.path()), left = read_gmns(crossing.path(), true);
  CHECK(road_named(right, "1").forward.lane_allowed.back() == mask_of(VehicleClass::kBus));
  CHECK(road_named(left, "1").forward.lane_allowed.front() == mask_of(VehicleClass::kBus));  // kerb first
  CHECK(road_named(right, "1").forward.turns.back() == 1u << static_cast<unsigned>(Turn::kLeft));
  CHECK(road_named(left, "1").forward.turns.front() == 1u << static_cast<unsigned>(Turn::kLeft));
  const Network network = build_network(left);
  CHECK(network.left_hand);
  CHECK(faults_in(network).empty());
}

TEST_CASE("GMNS: zones begin and end at their nodes, and nobody drives through a centroid") {
  Crossing crossing;
  crossing
      .with("node.csv",
            "node_id,x_coord,y_coord,zone_id\nW,0,0,\nX,300,0,\nE,600,0,\nC,300,300,7\nD,450,200,8\n")
      .with("link.csv",
            "link_id,from_node_id,to_node_id,directed,lanes,link_type_name\n"
            "1,W,X,0,1,Collector\n2,X,E,0,1,Collector\n3,C,X,0,9,Zonal connector\n4,C,E,0,9,Zonal connector\n"
            "5,D,E,0,9,Zonal connector\n")
      .with("zone.csv",
            "zone_id,name,boundary,population,employment\n"
            "7,Seven,\"POLYGON ((200 200, 400 200, 400 400, 200 400, 200 200))\",1200,300\n");
  const StreetPlan plan = crossing.plan();
  REQUIRE(plan.zones.size() == 2);
  CHECK(plan.zones[0].residents == 1200);
  CHECK(plan.zones[0].jobs == 300);
  CHECK(plan.zones[0].ring.size() == 5);
  CHECK(road_named(plan, "3").forward.lanes == 1);
  CHECK_FALSE(problem_words(plan, "connector_lanes").empty());
  const Network network = build_network(plan);
  REQUIRE(network.zones.size() == 2);
  CHECK(network.zones[0].links.size() == 4);
  CHECK(network.zones[1].links.size() == 2);
  CHECK_FALSE(leads(network, "3", "4"));
  CHECK_FALSE(leads(network, "4", "3"));
  CHECK_FALSE(leads(network, "3", "3"));
  CHECK(leads(network, "1", "3"));
  CHECK(problem_words(network, "no_way_out").empty());  // a centroid is no fault of the map
}

TEST_CASE("GMNS: zones with one id between them take their names") {
  Crossing crossing;
  crossing.with("zone.csv", "zone_id,name\n2.5E+11,north\n2.5E+11,south\n2.5E+11,south\n");
  const StreetPlan plan = crossing.plan();
  REQUIRE(plan.zones.size() == 3);
  CHECK(plan.zones[1].id == "south");
  CHECK(plan.zones[2].id == "2.5E+11#4");
  CHECK(problem_words(plan, "zone_ids_repeat").starts_with("2 zones"));
}

/// Two rings: 1 (main left) and 2 (main through) run beside 5 and 6; side streets have phase 4 behind the
/// barrier.
Crossing with_signals(const std::string& plans, const std::string& coordination = "") {
  Crossing crossing;
  crossing
      .with("movement.csv",
            "mvmt_id,node_id,ib_link_id,start_ib_lane,end_ib_lane,ob_link_id,type\n"
            "w,X,1,1,2,3,thru\nwl,X,1,1,,5,left\nwr,X,1,2,,6,right\n"
            "e,X,4,1,2,2,thru\nel,X,4,1,,6,left\ner,X,4,2,,5,right\n"
            "n,X,5,1,,6,thru\nnl,X,5,1,,3,left\nnr,X,5,1,,2,right\n"
            "s,X,6,1,,5,thru\nsl,X,6,1,,2,left\nsr,X,6,1,,3,right\n")
      .with("signal_timing_plan.csv", "timing_plan_id,controller_id,time_day,cycle_length\n" + plans)
      .with("signal_timing_phase.csv",
            "timing_phase_id,timing_plan_id,signal_phase_num,min_green,max_green,clearance,ring,barrier,"
            "position\n"
            "1,p,1,5,10,5,1,1,1\n2,p,2,5,20,5,1,1,2\n5,p,5,5,15,5,2,1,1\n6,p,6,5,15,5,2,1,2\n"
            "4,p,4,5,15,5,1,2,1\n")
      .with("signal_phase_mvmt.csv",
            "signal_phase_mvmt_id,timing_phase_id,mvmt_id,link_id,protection\n"
            "a,1,wl,,protected\nb,2,e,,protected\nc,2,er,,protected\nd,5,el,,protected\ne,6,w,,protected\n"
            "f,6,wr,,protected\ng,4,n,,protected\nh,4,nl,,permitted\ni,4,nr,,protected\nj,4,s,,protected\n"
            "k,4,sl,,permitted\nl,4,sr,,protected\nm,4,,99,protected\n")
      .with("signal_coordination.csv",
            "coordination_id,timing_plan_id,controller_id,coord_contr_id,coord_phase,coord_ref_to,offset\n" +
                coordination);
  return crossing;
}

std::string letters(const Network& network, const Phase& phase, const std::string& from,
                    const std::string& to) {
  std::string out;
  for (const Connection& c : network.connections)
    if (network[network[c.from].link].source_id == from && network[network[c.to].link].source_id == to)
      out += phase.state.at(c.signal_index);
  return out.substr(0, 1);
}

TEST_CASE("GMNS: two rings of phases become one program, with offset and amber") {
  const Crossing crossing = with_signals("p,X,,60\n", "1,p,X,X,2,begin_of_green,10\n");
  const Network network = crossing.network();
  CHECK(problem_words(network, "signal_program_guessed").empty());
  REQUIRE(network.signals.size() == 1);
  const Signal& signal = network.signals[0];
  CHECK_FALSE(signal.guessed);
  REQUIRE(signal.programs.size() == 1);
  const Program& program = signal.programs[0];
  CHECK(program.id == "p");
  double cycle = 0;
  for (const Phase& phase : program.phases) cycle += phase.duration_s;
  CHECK(cycle == Approx(60));
  CHECK(program.offset_s == Approx(55));  // phase 2 begins at 15 in the cycle, and at 10 past the minute
  CHECK(program.phases[0].duration_s == Approx(10));
  CHECK(letters(network, program.phases[0], "1", "5") == "G");
  CHECK(letters(network, program.phases[0], "4", "6") == "G");
  CHECK(letters(network, program.phases[0], "1", "3") == "r");
  CHECK(letters(network, program.phases[1], "1", "5") == "y");  // while the other ring is still green
  CHECK(letters(network, program.phases[1], "4", "6") == "G");
  bool left_waits = false, through = false;
  for (const Phase& phase : program.phases) {
    left_waits = left_waits || letters(network, phase, "5", "3") == "g";
    through =
        through || (letters(network, phase, "1", "3") == "G" && letters(network, phase, "4", "2") == "G");
    const bool main_green = letters(network, phase, "1", "3") == "G",
               side = letters(network, phase, "5", "6") != "r";
    CHECK_FALSE((main_green && side));
  }
  CHECK(left_waits);
  CHECK(through);
  CHECK(faults_in(network).empty());
}

TEST_CASE("GMNS: timed plans switch, other days and wrong cycles are left out and said") {
  const Crossing timed = with_signals("p,X,01111100_06:00_09:00,60\n");
  const Network network = timed.network();
  REQUIRE(network.signals.size() == 1);
  REQUIRE(network.signals[0].switches.size() == 2);
  CHECK(network.signals[0].switches[0].at_s == 6 * 3600);
  CHECK(network.signals[0].switches[1].at_s == 9 * 3600);
  const StreetPlan wrong = with_signals("p,X,,90\n").plan();
  CHECK(wrong.signals.empty());
  CHECK(problem_words(wrong, "timing_plan_not_used").find("cycle of 90 s, but its phases take 60 s") !=
        std::string::npos);
  CHECK(build_network(wrong).signals.at(0).guessed);
  const StreetPlan weekend = with_signals("p,X,1000001_0600_0900,60\n").plan();
  CHECK(weekend.signals.empty());
  CHECK_FALSE(problem_words(weekend, "other_days_not_used").empty());
  CHECK_FALSE(problem_words(with_signals("p,X,,\n").plan(), "actuated_plan_fixed").empty());
  const Crossing hostile = with_signals("p,X,=cmd|x,60\n");
  CHECK(refusal([&] { hostile.plan(); }).find("signal_timing_plan.csv: line 2: time_day") !=
        std::string::npos);
  const Crossing endless = with_signals("p,X,,1e300\n");
  CHECK(refusal([&] { endless.plan(); }).find("out of range") != std::string::npos);
}

TEST_CASE("GMNS: DTALite's units, controls and degrees") {
  Crossing crossing;
  crossing.with(
      "node.csv",
      "node_id,x_coord,y_coord,control_type,zone_id,,\n1,-110.97,32.22,1,0,,\n2,-110.96,32.22,5,0,,\n"
      "3,-110.95,32.22,4,0,,\n");
  crossing.with("link.csv",
                "link_id,from_node_id,to_node_id,dir_flag,length,lanes,free_speed,link_type_name\n"
                "1,1,2,1,0.94,2,70,Freeway\n2,2,3,1,0.94,2,60,Highway/Expressway\n");
  std::filesystem::remove(crossing.path() + "/config.csv");
  crossing.with("settings.yml", "unit:\n  length_unit: km\n  speed_unit: kmh\n");
  const StreetPlan plan = crossing.plan();
  CHECK(plan.crs == "EPSG:32612");
  CHECK_FALSE(problem_words(plan, "crs_guessed").empty());
  CHECK(plan.nodes[1].control == NodeControl::kSignal);
  CHECK(plan.nodes[2].control == NodeControl::kAllWayStop);
  CHECK(road_named(plan, "1").forward.speed_mps == Approx(70 / 3.6));
  CHECK(road_named(plan, "1").backward.lanes == 0);  // the form has no column "directed": all are
  CHECK(road_named(plan, "1").road_class == RoadClass::kMotorway);
  CHECK(road_named(plan, "2").road_class == RoadClass::kTrunk);
  CHECK(problem_words(plan, "length_unit").empty());
}

TEST_CASE("GMNS: rows that fit nothing are counted, not fatal") {
  Crossing crossing;
  crossing.with("link.csv", std::string(kLinks) +
                                "7,,X,Q,1,local,,,1,all\n8,,X,X,1,local,,,1,all\n9,,N,E,1,path,,,1,WALK\n"
                                "10,,N,E,1,spaceway,,,1,hovercraft\n");
  const StreetPlan plan = crossing.plan();
  CHECK(problem_words(plan, "link_ends_unknown").find("1 link refers") == 0);
  CHECK(problem_words(plan, "link_to_itself").find("1 link") == 0);
  CHECK(problem_words(plan, "walkways_left_out").find("1 link") == 0);
  CHECK(problem_words(plan, "uses_unknown").find("1 use") == 0);
  CHECK(problem_words(plan, "gmns_read").find("5 nodes and 10 links") == 0);
  CHECK(plan.roads.size() == 5);
}

TEST_CASE("GMNS: hostile tables are refused with file, line and remedy") {
  const auto refused = [](const std::string& table, const std::string& text, const std::string& words) {
    Crossing crossing;
    crossing.with(table, text);
    INFO(table << ": " << text.substr(0, 200));
    const std::string message = refusal([&] { crossing.plan(); });
    INFO(message);
    CHECK(message.find(table) != std::string::npos);
    CHECK(message.find(words) != std::string::npos);
  };
  refused("node.csv", "node_id,x_coord,y_coord\nW,nan,0\n", "line 2: x_coord \"nan\" is no number");
  refused("node.csv", "node_id,x_coord,y_coord\nW,inf,0\n", "is no number");
  refused("node.csv", "node_id,x_coord,y_coord\nW,1e308,0\n", "out of range");
  refused("node.csv", "node_id,x_coord\nW,0\n", "has no column y_coord");
  refused("node.csv", "", "empty");
  refused("node.csv", "node_id,x_coord,y_coord\nW,0,0\nW,1,1\n", "two nodes");
  refused("node.csv", "node_id,x_coord,y_coord\n" + std::string(1000, '9') + ",0,0\n", "200 characters");
  refused("node.csv", std::string("node_id,x_coord,y_coord\nW\0,0,0\n", 31), "zero byte");
  refused("link.csv", "link_id,from_node_id\n1,W\n", "has no column to_node_id");
  refused("link.csv", "link_id,from_node_id,to_node_id,lanes\n1,W,X,1e9\n", "lanes \"1e9\" is out of range");
  refused("link.csv", "link_id,from_node_id,to_node_id,lanes\n1,W,X,-1\n", "out of range");
  refused("link.csv", "link_id,from_node_id,to_node_id,capacity\n1,W,X,-1800\n", "capacity \"-1800\"");
  refused("link.csv", "link_id,from_node_id,to_node_id,free_speed\n1,W,X,1e99\n", "free_speed");
  refused("link.csv", "link_id,from_node_id,to_node_id,length\n1,W,X,-1\n", "length");
  refused("link.csv", "link_id,from_node_id,to_node_id\n1,Q,R\n", "no link between nodes");
  refused("link.csv", "link_id,from_node_id,to_node_id\n1,W\n", "cells");
  refused("link.csv", "link_id,from_node_id,to_node_id,geometry\n1,W,X,\"LINESTRING (0 0, nan 1)\"\n",
          "geometry");
  refused("link.csv", "link_id,from_node_id,to_node_id,geometry\n1,W,X,\"LINESTRING ((((((0 0))))))\"\n",
          "geometry");
  refused("link.csv", "link_id,from_node_id,to_node_id,geometry\n1,W,X,\"POINT (0 0)\"\n", "no line");
  refused("config.csv", "long_length\nfurlong\n", "is no unit");
  refused("config.csv", "crs\nhttp://example.invalid/crs\n", "is no EPSG code");
  refused("config.csv", "crs\n999999\n", "is no EPSG code");
  refused("zone.csv", "zone_id,boundary\n1,\"POLYGON ((0 0, 1 1))\"\n", "three points");
  refused("zone.csv", "zone_id,population\n1,-5\n", "out of range");
  refused("lane.csv", "link_id,lane_num\n1,99\n", "lane_num");
}

TEST_CASE("GMNS: a star of more links than any junction has is refused before it is built") {
  Crossing crossing;
  std::string links = "link_id,from_node_id,to_node_id\n";
  for (int i = 0; i < 300; ++i) links += std::to_string(i) + ",W,X\n";
  crossing.with("link.csv", links);
  CHECK(refusal([&] { crossing.plan(); }).find("more than 200 links") != std::string::npos);
}

TEST_CASE("GMNS: no table is read through a symbolic link") {
  Crossing crossing;
  std::filesystem::remove(crossing.path() + "/node.csv");
  std::filesystem::create_symlink("/etc/passwd", crossing.path() + "/node.csv");
  CHECK(refusal([&] { crossing.plan(); }).find("no regular file of this folder") != std::string::npos);
}

TEST_CASE("GMNS: a name that a spreadsheet would run stays a name") {
  Crossing crossing;
  std::string links = kLinks;
  links.replace(links.find("1,Main"), 6, "\"=cmd|'/c calc'!A1\",Main");
  crossing.with("link.csv", links);
  const Network network = crossing.network();
  TableFolder out;
  write_network_tables(network, out.path());
  std::stringstream text;
  for (const auto& file : std::filesystem::directory_iterator(out.path()))
    text << std::ifstream(file.path()).rdbuf();
  CHECK(text.str().find("cmd|") != std::string::npos);
  CHECK(text.str().find("\n=") == std::string::npos);
  CHECK(text.str().find(",=") == std::string::npos);
  CHECK(text.str().find("\"=") == std::string::npos);
}

TEST_CASE("GMNS: the real networks have the links that their sources count") {
  struct Expected {
    const char* folder;
    const char* read;
    std::size_t links, zones, signals, stated;
  };
  for (const Expected& e : {Expected{"gmns_open/Arlington_Signals", "20 nodes and 27 links", 14, 5, 2, 2},
                            Expected{"gmns_open/Freeway_Interchange", "10 nodes and 12 links", 12, 0, 1, 0},
                            Expected{"gmns_tucson/05_Tucson_planning_network", "4534 nodes and 12230 links",
                                     12230, 1120, 743, 0}}) {
    const auto path = shared_data(e.folder);
    if (!path) {
      skip_without(e.folder);
      continue;
    }
    INFO(e.folder);
    const Network network = import_network({*path}, {});
    CHECK(problem_words(network, "gmns_read").starts_with(e.read));
    CHECK(network.links.size() == e.links);
    CHECK(network.zones.size() == e.zones);
    CHECK(network.signals.size() == e.signals);
    std::size_t stated = 0;
    for (const Signal& signal : network.signals) stated += !signal.guessed;
    CHECK(stated == e.stated);
    CHECK(faults_in(network).empty());
  }
}

}  // namespace
}  // namespace arterial
