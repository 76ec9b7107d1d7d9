#include "sim/model/network_builder.h"

#include <cmath>
#include <set>

#include "sim/model/build_conflicts.h"
#include "tests/catch.h"
#include "tests/drawn_plan.h"

using namespace arterial;

namespace {

/// "WX" names the link from node W towards node X.
LinkId link(const Network& net, const std::string& from_to) {
  for (std::uint32_t l = 0; l < net.links.size(); ++l) {
    const auto touches = [&](JunctionId j, char c) {
      for (const std::string& id : net[j].source_ids)
        if (id == std::string("node/") + c) return true;
      return false;
    };
    if (touches(net.links[l].from, from_to[0]) && touches(net.links[l].to, from_to[1])) return LinkId(l);
  }
  return {};
}

std::set<std::string> lanes_of(const Network& net, const std::string& from, const std::string& to) {
  std::set<std::string> out;
  for (const Connection& c : net.connections)
    if (net[c.from].link == link(net, from) && net[c.to].link == link(net, to))
      out.insert(std::to_string(net[c.from].index) + ">" + std::to_string(net[c.to].index));
  return out;
}

using Lanes = std::set<std::string>;

const Connection* connection(const Network& net, const std::string& from, const std::string& to) {
  for (const Connection& c : net.connections)
    if (net[c.from].link == link(net, from) && net[c.to].link == link(net, to)) return &c;
  return nullptr;
}

/// Who of the two movements yields: "first", "second", "both", "none", or "no conflict".
std::string yielding(const Network& net, const std::string& a_from, const std::string& a_to,
                     const std::string& b_from, const std::string& b_to) {
  const Connection *a = connection(net, a_from, a_to), *b = connection(net, b_from, b_to);
  if (!a || !b) return "no connection";
  for (const Conflict& k : net.conflicts) {
    const bool straight = &net[k.a] == a && &net[k.b] == b, swapped = &net[k.a] == b && &net[k.b] == a;
    if (!straight && !swapped) continue;
    const bool first = straight ? k.a_yields : k.b_yields, second = straight ? k.b_yields : k.a_yields;
    return first && second ? "both" : first ? "first" : second ? "second" : "none";
  }
  return "no conflict";
}

std::size_t count(const Network& net, const std::string& code) {
  std::size_t n = 0;
  for (const Problem& p : net.problems) n += p.code == code;
  return n;
}

/// What must hold in every network, whatever the map.
void check_sound(const Network& net) {
  const auto faults = faults_in(net);
  INFO((faults.empty() ? "" : faults.front()));
  CHECK(faults.empty());
  for (std::uint32_t i = 0; i < net.road_lane_count; ++i) CHECK(net.lanes[i].length_m >= 1);
  for (const Conflict& k : net.conflicts) {
    CHECK(net[k.a].from != net[k.b].from);
    CHECK(k.a_begin_m <= k.a_end_m);
    CHECK(k.b_begin_m <= k.b_end_m);
    CHECK_FALSE((k.a_yields && k.b_yields));
    CHECK(k.merge == (net[k.a].to == net[k.b].to));
    const Connection &a = net[k.a], &b = net[k.b];
    if (!a.signal.valid() || a.signal != b.signal) continue;
    for (const Phase& p : net[a.signal].programs.front().phases) {
      const char x = p.state[a.signal_index], y = p.state[b.signal_index];
      CHECK_FALSE((x == 'G' && y == 'G'));
      if (x == 'G' && y == 'g') CHECK(k.b_yields);
      if (x == 'g' && y == 'G') CHECK(k.a_yields);
    }
  }
}

DrawnPlan cross() {
  DrawnPlan plan(R"(
         N

    W    X    E

         S)",
                 20);
  return plan;
}

DrawnPlan tee() {
  DrawnPlan plan(R"(
    W    X    E

         S)",
                 20);
  return plan;
}

}  // namespace

TEST_CASE("a crossing of two streets is one junction with twelve ways through and no U-turn") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE").road("NXS").build();
  check_sound(net);
  CHECK(net.links.size() == 8);
  CHECK(net.junctions.size() == 5);
  std::size_t at_x = 0;
  for (const Connection& c : net.connections)
    if (net[c.junction].id == "node/X") {
      ++at_x;
      CHECK(c.turn != Turn::kUTurn);
    }
  CHECK(at_x == 12);
  CHECK(net[net[link(net, "WX")].to].type == JunctionType::kRightBeforeLeft);
  // A dead end lets vehicles turn round.
  CHECK(lanes_of(net, "XE", "EX") == Lanes{"0>0"});
}

TEST_CASE("links keep the id of their way and name their nodes") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE").road("NXS").build();
  CHECK(net[link(net, "WX")].id == "way/WXE:W-X:f");
  CHECK(net[link(net, "XW")].id == "way/WXE:W-X:b");
  CHECK(net[link(net, "XE")].source_id == "way/WXE");
  CHECK(net[net[link(net, "WX")].first_lane].id == "way/WXE:W-X:f_0");
}

TEST_CASE("the network is the same every time") {
  DrawnPlan plan = cross();
  plan.road("WXE", RoadClass::kSecondary, 2, 2).road("NXS");
  plan.node('X').control = NodeControl::kSignal;
  const Network a = plan.build(), b = plan.build();
  REQUIRE(a.lanes.size() == b.lanes.size());
  for (std::size_t i = 0; i < a.lanes.size(); ++i) CHECK(a.lanes[i].id == b.lanes[i].id);
  for (std::size_t i = 0; i < a.points.size(); ++i)
    CHECK((a.points[i].x == b.points[i].x && a.points[i].y == b.points[i].y));
}

TEST_CASE("a way cut into pieces that are alike stays one link and remembers its pieces") {
  DrawnPlan plan(R"(A   B   C)", 20);
  const Network net = plan.road("AB").road("BC").build();
  check_sound(net);
  CHECK(net.links.size() == 2);
  CHECK(net.links[0].source_id.find("way/AB") != std::string::npos);
  CHECK(net.links[0].source_id.find("way/BC") != std::string::npos);
}

TEST_CASE("lanes keep to the right of the centre line, to the left where traffic does") {
  for (const bool left_hand : {false, true}) {
    DrawnPlan plan(R"(W    E)", 20);
    plan.plan.left_hand = left_hand;
    const Network net = plan.road("WE", RoadClass::kPrimary, 2, 2).build();
    check_sound(net);
    const Link& eastbound = net[link(net, "WE")];
    const double kerb = net.points[net[eastbound.first_lane].shape.first].y;
    const double inner = net.points[net.lanes[eastbound.first_lane.value + 1].shape.first].y;
    if (left_hand)
      CHECK((kerb == Approx(4.8) && inner == Approx(1.6)));
    else
      CHECK((kerb == Approx(-4.8) && inner == Approx(-1.6)));
  }
}

TEST_CASE("links end where the junction begins, and the ways through it begin there") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE", RoadClass::kPrimary, 2, 2).road("NXS").build();
  const Lane& lane = net[net[link(net, "NX")].first_lane];
  CHECK(lane.length_m < 80 - 6.4);  // half of the wide street is the junction's
  for (const Connection& c : net.connections) {
    const Shape from = net[c.from].shape, ground = net[c.lane].shape, to = net[c.to].shape;
    const Point end = net.points[from.first + from.count - 1], begin = net.points[ground.first];
    CHECK(std::hypot(end.x - begin.x, end.y - begin.y) < 0.01);
    const Point out = net.points[ground.first + ground.count - 1], next = net.points[to.first];
    CHECK(std::hypot(out.x - next.x, out.y - next.y) < 0.01);
  }
}

TEST_CASE("turns are slower than the road, sharp turns slower than wide ones") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE").road("NXS").build();
  const double right = net[connection(net, "WX", "XS")->lane].speed_mps,
               left = net[connection(net, "WX", "XN")->lane].speed_mps;
  CHECK(right >= 3);
  CHECK(right < left);
  CHECK(left < 13.89);
  CHECK(net[connection(net, "WX", "XE")->lane].speed_mps == Approx(13.89));
}

TEST_CASE("two lanes before a crossing: right from the right, left from the left, straight from both") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE", RoadClass::kPrimary, 2, 2).road("NXS").build();
  CHECK(lanes_of(net, "WX", "XE") == Lanes{"0>0", "1>1"});
  CHECK(lanes_of(net, "WX", "XS") == Lanes{"0>0"});
  CHECK(lanes_of(net, "WX", "XN") == Lanes{"1>0"});
}

TEST_CASE("a third lane before a two-lane road turns left") {
  DrawnPlan plan = cross();
  const Network net =
      plan.road("WX", RoadClass::kPrimary, 3, 2).road("XE", RoadClass::kPrimary, 2, 2).road("NXS").build();
  CHECK(lanes_of(net, "WX", "XE") == Lanes{"0>0", "1>1"});
  CHECK(lanes_of(net, "WX", "XN") == Lanes{"2>0"});
}

TEST_CASE("painted turns rule: turn:lanes=left|through|right") {
  DrawnPlan plan = cross();
  plan.road("WX", RoadClass::kPrimary, 3, 1);
  plan.last().forward.turns = {1u << unsigned(Turn::kRight), 1u << unsigned(Turn::kStraight),
                               1u << unsigned(Turn::kLeft)};
  const Network net = plan.road("XE", RoadClass::kPrimary, 1, 1).road("NXS").build();
  CHECK(lanes_of(net, "WX", "XS") == Lanes{"0>0"});
  CHECK(lanes_of(net, "WX", "XE") == Lanes{"1>0"});
  CHECK(lanes_of(net, "WX", "XN") == Lanes{"2>0"});
}

TEST_CASE("a movement that the paint forgets is still possible") {
  DrawnPlan plan = cross();
  plan.road("WX", RoadClass::kPrimary, 2, 1);
  plan.last().forward.turns = {1u << unsigned(Turn::kStraight), 1u << unsigned(Turn::kLeft)};
  const Network net = plan.road("XE", RoadClass::kPrimary, 1, 1).road("NXS").build();
  CHECK(lanes_of(net, "WX", "XS") == Lanes{"0>0"});
}

TEST_CASE("every lane leads on and every way out is reached") {
  DrawnPlan plan = cross();
  const Network net =
      plan.road("WXE", RoadClass::kPrimary, 4, 3).road("NXS", RoadClass::kSecondary, 2, 1).build();
  check_sound(net);
  std::set<std::uint32_t> leads, reached;
  for (const Connection& c : net.connections) {
    leads.insert(c.from.value);
    reached.insert(net[c.to].link.value);
  }
  CHECK(leads.size() == net.road_lane_count);
  CHECK(reached.size() == net.links.size());
}

TEST_CASE("lane changes of width: a lane is added on the outside, a lost lane merges") {
  DrawnPlan plan(R"(A     B     C)", 20);
  const Network net =
      plan.one_way("AB", RoadClass::kPrimary, 2).one_way("BC", RoadClass::kPrimary, 3).build();
  const Lanes added = lanes_of(net, "AB", "BC");
  CHECK(added.size() == 3);
  DrawnPlan narrow(R"(A     B     C)", 20);
  const Network less =
      narrow.one_way("AB", RoadClass::kPrimary, 3).one_way("BC", RoadClass::kPrimary, 2).build();
  CHECK(lanes_of(less, "AB", "BC").size() == 3);
  for (const Conflict& k : less.conflicts) CHECK((k.merge && !k.a_yields && !k.b_yields));
  CHECK(less.conflicts.size() == 1);
}

TEST_CASE("an on-ramp whose lane joins the motorway keeps that lane and yields to nobody") {
  DrawnPlan plan(R"(
    A          M          B

    R)",
                 20);
  const Network net = plan.one_way("AM", RoadClass::kMotorway, 2)
                          .one_way("MB", RoadClass::kMotorway, 3)
                          .one_way("RM", RoadClass::kMotorwayLink)
                          .build();
  CHECK(lanes_of(net, "RM", "MB") == Lanes{"0>0"});
  CHECK(lanes_of(net, "AM", "MB") == Lanes{"0>1", "1>2"});
  CHECK(net.conflicts.empty());
}

TEST_CASE("an on-ramp without a lane of its own yields to the motorway") {
  DrawnPlan plan(R"(
    A          M          B

    R)",
                 20);
  const Network net = plan.one_way("AM", RoadClass::kMotorway, 2)
                          .one_way("MB", RoadClass::kMotorway, 2)
                          .one_way("RM", RoadClass::kMotorwayLink)
                          .build();
  CHECK(lanes_of(net, "RM", "MB") == Lanes{"0>0"});
  CHECK(yielding(net, "RM", "MB", "AM", "MB") == "first");
}

TEST_CASE("a motorway exit leaves from the right lane") {
  DrawnPlan plan(R"(
    A          M          B

                          R)",
                 20);
  const Network net = plan.one_way("AM", RoadClass::kMotorway, 3)
                          .one_way("MB", RoadClass::kMotorway, 3)
                          .one_way("MR", RoadClass::kMotorwayLink)
                          .build();
  CHECK(lanes_of(net, "AM", "MB") == Lanes{"0>0", "1>1", "2>2"});
  CHECK(lanes_of(net, "AM", "MR") == Lanes{"0>0"});
}

TEST_CASE("turn restrictions hold, only_ ones too, and spare the classes that they except") {
  DrawnPlan plan = cross();
  plan.road("WX").road("XE").road("NX").road("XS");
  TurnRestriction no_left{
      "relation/1", plan.road_index("WX"),      plan.road_index("NX"), {plan.node_index('X')}, {},
      false,        mask_of(VehicleClass::kBus)};
  TurnRestriction only_straight{
      "relation/2", plan.road_index("NX"), plan.road_index("XS"), {plan.node_index('X')}, {}, true, 0};
  plan.plan.restrictions = {no_left, only_straight};
  const Network net = plan.build();
  const Connection* bus = connection(net, "WX", "XN");
  REQUIRE(bus);
  CHECK(net[bus->lane].allowed == mask_of(VehicleClass::kBus));
  CHECK(connection(net, "NX", "XS"));
  CHECK_FALSE(connection(net, "NX", "XE"));
  CHECK_FALSE(connection(net, "NX", "XW"));
  CHECK(connection(net, "EX", "XN"));
}

TEST_CASE("the crossing of a dual carriageway is one place, and restrictions over its middle hold") {
  //  eastbound W-A-B-E is south of westbound F-C-D-V
  DrawnPlan plan(R"(
          N
   V      D         F
   W      A         E
          S)",
                 5);
  plan.node('N').at = {50, 60};
  plan.node('S').at = {50, -90};
  plan.one_way("WAE", RoadClass::kPrimary, 2)
      .one_way("FDV", RoadClass::kPrimary, 2)
      .road("ND")
      .road("DA")
      .road("AS");
  const Network net = plan.build();
  check_sound(net);
  CHECK(net[net[link(net, "SA")].to].source_ids.size() == 2);
  CHECK(connection(net, "SA", "DV"));  // left over the middle
  CHECK(connection(net, "SA", "AE"));
  CHECK(connection(net, "SA", "DN"));
  CHECK_FALSE(connection(net, "WA", "DV"));  // no turning round
  TurnRestriction no_left{
      "relation/1", plan.road_index("AS"), plan.road_index("FDV"), {}, {plan.road_index("DA")}, false, 0};
  plan.plan.restrictions = {no_left};
  const Network strict = plan.build();
  CHECK_FALSE(connection(strict, "SA", "DV"));
  CHECK(connection(strict, "SA", "DN"));
  CHECK(count(strict, "restriction_not_applied") == 0);
}

TEST_CASE("a street long enough for a bus stop is not swallowed") {
  DrawnPlan plan(R"(
      A  B
   W  X  Y  E
      C  D)",
                 15);
  const Network net = plan.road("WXYE").road("AXC").road("BYD").build();
  CHECK(link(net, "XY").valid());
  CHECK(net[net[link(net, "XY")].from].source_ids.size() == 1);
}

TEST_CASE("no link between two junctions is too short for a car") {
  DrawnPlan plan(R"(
      A B
   W  X Y  E
      C D)",
                 6);
  plan.node('A').at.y += 60;
  plan.node('B').at.y += 60;
  plan.node('C').at.y -= 60;
  plan.node('D').at.y -= 60;
  const Network net = plan.road("WXYE").road("AXC").road("BYD").build();
  check_sound(net);
  for (const Link& l : net.links) CHECK(net[l.first_lane].length_m >= 7);
}

TEST_CASE("a useless stub is dropped and its junction with it") {
  DrawnPlan plan(R"(
   W    X    E
        S)",
                 3);
  plan.node('W').at.x -= 100;
  plan.node('E').at.x += 100;
  const Network net = plan.road("WXE").road("XS").build();
  CHECK(net.links.size() == 2);
  CHECK(count(net, "stubs_dropped") == 1);
}

TEST_CASE("the minor road yields to the major one, the left turn to oncoming traffic") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE", RoadClass::kPrimary).road("NXS").build();
  CHECK(yielding(net, "NX", "XS", "WX", "XE") == "first");
  CHECK(yielding(net, "WX", "XE", "SX", "XN") == "second");
  CHECK(yielding(net, "WX", "XN", "EX", "XW") == "first");
  CHECK(yielding(net, "WX", "XN", "EX", "XN") == "first");  // left against right into one lane
  CHECK(yielding(net, "NX", "XE", "SX", "XN") == "first");
  CHECK(connection(net, "WX", "XE")->priority == Priority::kMajor);
  CHECK(connection(net, "NX", "XS")->priority == Priority::kMinor);
  CHECK(net[net[link(net, "WX")].to].type == JunctionType::kPriority);
}

TEST_CASE("equal minor streets: the one from the right goes first, from the left where traffic keeps left") {
  for (const bool left_hand : {false, true}) {
    DrawnPlan plan = cross();
    plan.plan.left_hand = left_hand;
    const Network net = plan.road("WXE").road("NXS").build();
    check_sound(net);
    // Going east, south is on the right.
    CHECK(yielding(net, "WX", "XE", "SX", "XN") == (left_hand ? "second" : "first"));
    CHECK(yielding(net, "WX", "XE", "NX", "XS") == (left_hand ? "first" : "second"));
    CHECK(connection(net, "WX", "XE")->priority == Priority::kEqual);
  }
}

TEST_CASE("equal main roads: the one that runs on straight goes first") {
  DrawnPlan plan = tee();
  const Network net = plan.road("WXE", RoadClass::kSecondary).road("XS", RoadClass::kSecondary).build();
  CHECK(yielding(net, "SX", "XW", "WX", "XE") == "first");
  CHECK(yielding(net, "SX", "XE", "WX", "XE") == "first");
}

TEST_CASE("without right before left the stem of a T yields") {
  DrawnPlan plan = tee();
  BuildOptions options;
  options.right_before_left = false;
  const Network net = plan.road("WXE").road("XS").build(options);
  CHECK(yielding(net, "SX", "XW", "WX", "XE") == "first");
}

TEST_CASE("a stop sign beats the road class and binds its direction only") {
  DrawnPlan plan(R"(
              N

    W    T    X         E

              S)",
                 8);
  plan.node('T').control = NodeControl::kStop;
  plan.node('T').control_direction = 1;
  const Network net = plan.road("WTXE", RoadClass::kPrimary).road("NXS").build();
  CHECK(yielding(net, "WX", "XE", "NX", "XS") == "first");
  CHECK(connection(net, "WX", "XE")->priority == Priority::kStop);
  CHECK(yielding(net, "EX", "XW", "NX", "XS") == "second");
}

TEST_CASE("all-way stop: nobody yields by rule, everybody stops") {
  DrawnPlan plan = cross();
  plan.node('X').control = NodeControl::kAllWayStop;
  const Network net = plan.road("WXE", RoadClass::kPrimary).road("NXS").build();
  CHECK(net[net[link(net, "WX")].to].type == JunctionType::kAllWayStop);
  CHECK(yielding(net, "WX", "XE", "NX", "XS") == "none");
  CHECK(connection(net, "WX", "XE")->priority == Priority::kAllWayStop);
}

TEST_CASE("who enters a roundabout yields to who drives on it, whatever the classes") {
  DrawnPlan plan(R"(
            N

            A
   W     B     D    E
            C

            S)",
                 10);
  plan.one_way("ABCDA", RoadClass::kResidential);
  plan.last().roundabout = true;
  const Network net =
      plan.road("NA", RoadClass::kPrimary).road("WB").road("SC", RoadClass::kPrimary).road("ED").build();
  check_sound(net);
  const Network& n = net;
  CHECK(net[net[link(net, "NA")].to].type == JunctionType::kRoundabout);
  CHECK(yielding(n, "NA", "AB", "DA", "AB") == "first");
  CHECK(yielding(n, "SC", "CD", "BC", "CD") == "first");
  CHECK(connection(net, "DA", "AN"));
  CHECK_FALSE(connection(net, "NA", "AD"));  // against the ring
}

TEST_CASE("a ring with two lanes can be left from both") {
  DrawnPlan plan(R"(
            N

            A
   W     B     D    E
            C

            S)",
                 10);
  plan.one_way("ABCDA", RoadClass::kPrimary, 2);
  plan.last().roundabout = true;
  const Network net = plan.road("NA", RoadClass::kPrimary, 2, 2).road("WB").road("SC").road("ED").build();
  check_sound(net);
  CHECK(lanes_of(net, "DA", "AN") == Lanes{"0>0", "1>1"});
  CHECK(lanes_of(net, "DA", "AB") == Lanes{"0>0", "1>1"});
  // Who leaves from the inner lane crosses the outer one: they take turns, nobody who drives round stands and
  // yields.
  int crossings = 0;
  for (const Conflict& k : net.conflicts)
    if (net[net[k.a].from].link == link(net, "DA") && net[net[k.b].from].link == link(net, "DA")) {
      ++crossings;
      CHECK_FALSE((k.a_yields || k.b_yields));
    }
  CHECK(crossings > 0);
}

TEST_CASE("where a street parts into the halves of a divided road the two directions do not meet") {
  DrawnPlan plan(R"(
                    F
    W     X    S
                    E

          N)",
                 20);
  plan.node('F').at.y = plan.node('X').at.y + 6;
  plan.node('E').at.y = plan.node('X').at.y - 6;
  plan.one_way("XE", RoadClass::kPrimary, 2).one_way("FX", RoadClass::kPrimary, 2);
  const Network fork = plan.road("WX", RoadClass::kPrimary, 2, 2).build();
  check_sound(fork);
  REQUIRE(connection(fork, "WX", "XE"));
  CHECK(fork.conflicts.empty());
  for (const Connection& c : fork.connections) CHECK_FALSE(c.keep_clear);  // nobody crosses here
  // With a side street there are ways across.
  const Network crossing = plan.road("XN").build();
  CHECK_FALSE(crossing.conflicts.empty());
  CHECK(connection(crossing, "NX", "XW")->keep_clear);
}

TEST_CASE("a small ring of one-way streets is a roundabout even where no tag says so") {
  const auto ring = [](const char* nodes, bool sign) {
    DrawnPlan plan(R"(
            N

            A
   W     B     D    E
            C

            S)",
                   5);
    if (sign) plan.node('A').control = NodeControl::kSignal;
    return plan.one_way(nodes).road("NA", RoadClass::kPrimary).road("WB").road("SC").road("ED").build();
  };
  const Network net = ring("ABCDA", false);
  check_sound(net);
  CHECK(count(net, "roundabout_guessed") == 1);
  CHECK(yielding(net, "NA", "AB", "DA", "AB") == "first");
  CHECK(count(ring("ADCBA", false), "roundabout_guessed") == 0);  // driven to the right: a block
  CHECK(count(ring("ABCDA", true), "roundabout_guessed") == 0);   // signals rule
}

TEST_CASE("a mini-roundabout gives way to the left of the driver") {
  DrawnPlan plan = cross();
  plan.node('X').control = NodeControl::kMiniRoundabout;
  const Network net = plan.road("WXE").road("NXS").build();
  CHECK(yielding(net, "WX", "XE", "NX", "XS") == "first");  // from the left: already on the circle
  CHECK(yielding(net, "WX", "XE", "SX", "XN") == "second");
}

TEST_CASE("a signal: facing approaches together, left turns yield, crossing ones apart") {
  DrawnPlan plan = cross();
  plan.node('X').control = NodeControl::kSignal;
  const Network net = plan.road("WXE", RoadClass::kSecondary).road("NXS").build();
  check_sound(net);
  REQUIRE(net.signals.size() == 1);
  const Signal& signal = net.signals[0];
  CHECK(signal.guessed);
  CHECK(signal.source_ids == std::vector<std::string>{"node/X"});
  CHECK(count(net, "signal_program_guessed") == 1);
  const auto& phases = signal.programs.front().phases;
  REQUIRE(phases.size() == 6);
  const auto index = [&](const char* from, const char* to) {
    return connection(net, from, to)->signal_index;
  };
  CHECK(phases[0].state[index("WX", "XE")] == 'G');  // the heavier road first
  CHECK(phases[0].state[index("EX", "XW")] == 'G');
  CHECK(phases[0].state[index("WX", "XN")] == 'g');
  CHECK(phases[0].state[index("NX", "XS")] == 'r');
  CHECK(phases[1].state[index("WX", "XE")] == 'y');
  CHECK(phases[1].duration_s == Approx(3));
  CHECK(phases[2].state == std::string(12, 'r'));
  CHECK(phases[2].duration_s == Approx(1));  // a car is across in less than 2 s, and others need 1 s to start
  CHECK(phases[3].state[index("NX", "XS")] == 'G');
  double cycle = 0;
  for (const Phase& p : phases) cycle += p.duration_s;
  CHECK(cycle == Approx(80));
  CHECK(phases[0].duration_s > phases[3].duration_s);
}

TEST_CASE("amber follows the approaches' speed, all red the width of the junction") {
  const auto clearance = [](double speed_mps, int lanes) {
    DrawnPlan plan = cross();
    plan.node('X').control = NodeControl::kSignal;
    plan.road("WXE", RoadClass::kSecondary, lanes, lanes);
    plan.last().forward.speed_mps = plan.last().backward.speed_mps = speed_mps;
    plan.road("NXS", RoadClass::kSecondary, lanes, lanes);
    const Network net = plan.build();
    double amber_s = 0, all_red_s = 0;
    for (const Phase& phase : net.signals.at(0).programs[0].phases) {
      if (phase.state.find('y') != std::string::npos) amber_s = std::max(amber_s, phase.duration_s);
      if (phase.state.find_first_not_of('r') == std::string::npos)
        all_red_s = std::max(all_red_s, phase.duration_s);
    }
    return std::pair(amber_s, all_red_s);
  };
  CHECK(clearance(30 / 3.6, 1).first == Approx(3));  // no shorter
  CHECK(clearance(50 / 3.6, 1).first == Approx(3));  // 1 + 13.9 / 6.1 = 3.3
  CHECK(clearance(80 / 3.6, 1).first == Approx(5));  // 1 + 22.2 / 6.1 = 4.6
  CHECK(clearance(50 / 3.6, 4).second > clearance(50 / 3.6, 1).second);
}

TEST_CASE(
    "a left turn that yields waits in the middle of a wide junction, just over the line of a narrow one") {
  DrawnPlan wide = cross(), narrow = cross();
  for (DrawnPlan* plan : {&wide, &narrow}) plan->node('X').control = NodeControl::kSignal;
  const Network a =
      wide.road("WXE", RoadClass::kTertiary, 2, 2).road("NXS", RoadClass::kTertiary, 3, 3).build();
  const Connection* left = connection(a, "WX", "XN");
  CHECK(left->wait_m > 2.5);
  CHECK(left->wait_m < a[left->lane].length_m / 2);
  const Network b = narrow.road("WXE").road("NXS").build();
  CHECK(connection(b, "WX", "XN")->wait_m >= 1);
  CHECK(connection(b, "WX", "XN")->wait_m < 2.5);
}

TEST_CASE("a left turn with its own lane against a wide main road gets a phase of its own") {
  DrawnPlan plan = cross();
  plan.node('X').control = NodeControl::kSignal;
  const Network net =
      plan.road("WX", RoadClass::kPrimary, 3, 2).road("EX", RoadClass::kPrimary, 3, 2).road("NXS").build();
  check_sound(net);
  REQUIRE(net.signals.size() == 1);
  const auto left = connection(net, "WX", "XN")->signal_index,
             straight = connection(net, "EX", "XW")->signal_index;
  bool protected_left = false;
  for (const Phase& p : net.signals[0].programs[0].phases) {
    CHECK_FALSE((p.state[left] == 'g' && p.state[straight] == 'G'));
    protected_left = protected_left || (p.state[left] == 'G' && p.state[straight] == 'r');
  }
  CHECK(protected_left);
}

TEST_CASE("signals tagged on the approaches make one signal of the junction") {
  DrawnPlan plan(R"(
                N
                n

  W        w    X    e        E

                s
                S)",
                 8);
  for (const char c : {'n', 'w', 'e', 's'}) plan.node(c).control = NodeControl::kSignal;
  plan.node('N').at.y += 60;
  plan.node('S').at.y -= 60;
  const Network net = plan.road("WwXeE", RoadClass::kPrimary).road("NnXsS").build();
  check_sound(net);
  REQUIRE(net.signals.size() == 1);
  CHECK(net.signals[0].source_ids.size() == 4);
  CHECK(count(net, "crossing_signal") == 0);
  CHECK(net.links.size() == 8);
}

TEST_CASE("a signal between junctions stops the street once a cycle") {
  DrawnPlan plan(R"(W         p         E)", 20);
  plan.node('p').control = NodeControl::kSignal;
  const Network net = plan.road("WpE", RoadClass::kPrimary).build();
  check_sound(net);
  REQUIRE(net.signals.size() == 1);
  CHECK(count(net, "crossing_signal") == 1);
  REQUIRE(net.signals[0].programs[0].phases.size() == 3);
  CHECK(net.signals[0].programs[0].phases[0].state == "GG");
  CHECK(net.signals[0].programs[0].phases[2].state == "rr");
  CHECK(net.signals[0].programs[0].phases[2].duration_s > 10);
}

TEST_CASE("a yard that ends in a signalled junction has no phase and waits for a gap") {
  DrawnPlan plan = cross();
  plan.node('X').control = NodeControl::kSignal;
  const Network net = plan.road("WXE", RoadClass::kPrimary)
                          .road("NX", RoadClass::kResidential)
                          .road("XS", RoadClass::kService)
                          .build();
  check_sound(net);
  CHECK_FALSE(connection(net, "SX", "XE")->signal.valid());
  CHECK(yielding(net, "SX", "XE", "WX", "XE") == "first");
  CHECK(connection(net, "NX", "XS")->signal.valid());
}

TEST_CASE("bus lanes lead to bus lanes and carry only buses") {
  DrawnPlan plan(R"(A     B     C)", 20);
  const ClassMask bus = mask_of(VehicleClass::kBus);
  plan.one_way("AB", RoadClass::kPrimary, 2);
  plan.last().forward.lane_allowed = {bus, kAllRoadClasses};
  plan.one_way("BC", RoadClass::kPrimary, 3);
  plan.last().forward.lane_allowed = {bus, kAllRoadClasses, kAllRoadClasses};
  const Network net = plan.build();
  check_sound(net);
  for (const Connection& c : net.connections) {
    CHECK(net[c.lane].allowed == (net[c.from].allowed & net[c.to].allowed));
    CHECK((net[c.from].index == 0) == (net[c.to].index == 0));
  }
  CHECK(net.connections.size() == 3);
}

TEST_CASE("side by side left turns share no ground; what crosses or merges does") {
  DrawnPlan plan = cross();
  plan.road("WX", RoadClass::kPrimary, 3, 1);
  const auto bit = [](Turn t) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(t)); };
  plan.last().forward.turns = {bit(Turn::kStraight), bit(Turn::kLeft), bit(Turn::kLeft)};
  const Network net =
      plan.road("XE", RoadClass::kPrimary).road("NX", RoadClass::kPrimary, 1, 2).road("XS").build();
  check_sound(net);
  CHECK(lanes_of(net, "WX", "XN") == Lanes{"1>0", "2>1"});
  for (const Conflict& k : net.conflicts)
    CHECK_FALSE((net[net[k.a].from].link == link(net, "WX") && net[net[k.b].from].link == link(net, "WX")));
  CHECK(yielding(net, "WX", "XE", "NX", "XS") != "no conflict");
}

TEST_CASE("a declared foe gets an interval even where the paths stay apart") {
  DrawnPlan plan = cross();
  const Network net = plan.road("WXE").road("NXS").build();
  ConnectionId right_turn, other;
  for (std::uint32_t c = 0; c < net.connections.size(); ++c) {
    if (&net.connections[c] == connection(net, "WX", "XS")) right_turn = ConnectionId(c);
    if (&net.connections[c] == connection(net, "EX", "XN")) other = ConnectionId(c);
  }
  Conflict conflict;
  CHECK_FALSE(conflict_interval(net, right_turn, other, conflict));
  REQUIRE(conflict_interval(net, right_turn, other, conflict, true));
  CHECK(conflict.a_end_m > conflict.a_begin_m);
  CHECK(conflict.b_end_m > conflict.b_begin_m);
}

TEST_CASE("broken roads are left out and said, the rest is built") {
  DrawnPlan plan = cross();
  plan.road("WXE").road("NXS");
  PlanRoad bad = plan.plan.roads[0];
  bad.id = "way/bad";
  SECTION("a node that does not exist") { bad.nodes.push_back(4711); }
  SECTION("too many lanes") { bad.forward.lanes = 1000000; }
  SECTION("a limit that is no number") { bad.forward.speed_mps = std::nan(""); }
  SECTION("one node") { bad.nodes.resize(1); }
  plan.plan.roads.push_back(bad);
  const Network net = plan.build();
  check_sound(net);
  CHECK(net.links.size() == 8);
  CHECK(count(net, "road_left_out") == 1);
}

TEST_CASE("what does not connect is said") {
  DrawnPlan plan(R"(
    A     B

    C     D)",
                 20);
  const Network net = plan.road("AB").road("CD").one_way("BD").build();
  CHECK(count(net, "largest_part") == 1);
  CHECK(count(net, "not_connected") >= 1);
}

TEST_CASE("a street that comes back to where it began is parted halfway") {
  DrawnPlan plan(R"(
          1  2
  W    X
          4  3)",
                 20);
  const Network net = plan.road("WX").road("X1234X").build();
  check_sound(net);
  for (const Link& l : net.links) CHECK(l.from != l.to);
}

TEST_CASE("zones find the streets inside them") {
  DrawnPlan plan(R"(A     B     C     D)", 20);
  plan.road("AB").road("BC", RoadClass::kTertiary).road("CD");
  plan.plan.zones.push_back({"z1", "west", 100, 50, {{-10, -30}, {100, -30}, {100, 30}, {-10, 30}}});
  plan.plan.zones.push_back({"z2", "nowhere near", 1, 1, {{5000, 5000}, {5010, 5000}, {5010, 5010}}});
  const Network net = plan.build();
  REQUIRE(net.zones.size() == 2);
  REQUIRE(net.zones[0].links.size() == 2);
  CHECK(net[net.zones[0].links[0]].source_id == "way/AB");
  CHECK(net.zones[1].links.size() == 1);
}

TEST_CASE("arrows on a bend name the ways on in their order from the kerb") {
  // The way that bends more is the one painted "through": a branch leaves straight on.
  DrawnPlan plan(R"(A M B C)", 100);
  plan.node('B').at = {330, 150};
  plan.node('C').at = {400, -20};
  plan.one_way("AM", RoadClass::kPrimary, 3);
  const std::uint8_t through = 1u << unsigned(Turn::kStraight),
                     slight_right = 1u << unsigned(Turn::kPartRight);
  plan.last().forward.turns = {slight_right, through, through};  // from the kerb
  const Network net = plan.one_way("MB", RoadClass::kPrimary, 2).one_way("MC", RoadClass::kPrimary).build();
  check_sound(net);
  CHECK(lanes_of(net, "AM", "MB") == Lanes{"1>0", "2>1"});
  CHECK(lanes_of(net, "AM", "MC") == Lanes{"0>0"});
}

TEST_CASE("a ring whose nodes stand so close that they are one junction can still be driven round") {
  DrawnPlan plan(R"(
    W   A B   E

        D C

        N)",
                 3);
  plan.node('W').at.x -= 100;
  plan.node('E').at.x += 100;
  plan.node('N').at.y -= 100;
  // Counter-clockwise: down the left side, up the right one.
  for (const char c : {'D', 'C', 'N'}) plan.node(c).at.y -= 20;
  plan.one_way("ADCBA");
  plan.last().roundabout = true;
  const Network net = plan.road("WA").road("BE").road("DN").build();
  check_sound(net);
  REQUIRE(net[net[link(net, "WA")].to].source_ids.size() == 2);  // A and B
  const Connection* round = connection(net, "DB", "AD");
  REQUIRE(round);
  CHECK(round->turn != Turn::kUTurn);
  CHECK(connection(net, "DB", "AW"));
  CHECK(connection(net, "WA", "AD"));
}

TEST_CASE("the lanes of a curved link have one length, the outer as the inner") {
  DrawnPlan plan(R"(W A B C)", 60);
  plan.node('A').at = {120, 0};
  plan.node('B').at = {170, 50};
  plan.node('C').at = {170, 170};
  const Network net = plan.road("WABC", RoadClass::kPrimary, 2, 2).build();
  check_sound(net);
  REQUIRE(net.links.size() == 2);
  for (const Link& l : net.links) {
    const Lane &kerb = net[l.first_lane], &inner = net.lanes[l.first_lane.value + 1];
    CHECK(kerb.length_m == inner.length_m);
    CHECK(kerb.length_m > 280);
  }
}
