// Places where drivers once stood for ever, or where one kept others standing for nothing.
#include <algorithm>
#include <cmath>

#include "sim/engine/city_builder.h"
#include "sim/engine/jams.h"
#include "tests/engine/town.h"

using namespace arterial;

namespace {

constexpr std::uint8_t painted(Turn t) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(t)); }

/// One way from the west, two lanes: the one at the kerb leads only south, the other only east.
Network parting_lanes() {
  StreetPlan plan = ascii_plan(R"(
W>>>>>>>>>>>>>>>>>>>>X>>>>>>>>>>>>>>>>>>>>E
                     v
                     v
                     v
                     v
                     S
)",
                               "WX lanes=2+0");
  for (PlanRoad& road : plan.roads)
    if (road.id == "way/WX") road.forward.turns = {painted(Turn::kRight), painted(Turn::kStraight)};
  return build_network(plan);
}

Trip& in_lane(Trip& t, int lane, double pos_m) {
  t.depart_lane = DepartLane::kIndex, t.depart_lane_index = static_cast<std::uint16_t>(lane);
  t.depart_pos = DepartPos::kValue, t.depart_pos_m = pos_m;
  return t;
}

/// Seconds for which the street WXE has green (its left turns yield) or everybody red.
struct Green {
  double duration_s;
  bool west_east;
};
/// The program of the one signal.
void set_program(Network& net, const std::vector<Green>& phases) {
  Signal& signal = net.signals.at(0);
  Program& program = signal.programs.at(0);
  const LinkId west = link_between(net, "WX"), east = link_between(net, "EX");
  std::string go = program.phases.at(0).state;
  for (const Connection& c : net.connections) {
    if (!c.signal.valid()) continue;
    const LinkId from = net[c.from].link;
    go[c.signal_index] = from != west && from != east ? 'r' : c.turn == Turn::kLeft ? 'g' : 'G';
  }
  program.phases.clear();
  for (const Green& g : phases) {
    Phase phase;
    phase.duration_s = g.duration_s;
    phase.state = g.west_east ? go : std::string(go.size(), 'r');
    program.phases.push_back(phase);
  }
  program.actuated = false;
  program.offset_s = 0;
}

}  // namespace

TEST_CASE("two who stand side by side and want each other's lane both get through") {
  for (const Backend machine : machines())
    for (const double step : {0.5, 1.0})
      for (const double speed_mps : {0.0, 13.0})
        for (const double ahead_m : {-1.0, 0.0, 1.0}) {
          INFO("step " << step << ", at " << speed_mps << " m/s, " << ahead_m << " m ahead");
          Town town(parting_lanes());
          town.options.step_s = step;
          town.options.backend = machine;
          town.options.end_s = 300;
          REQUIRE(connections_between(town.net, "WXE").size() == 1);
          REQUIRE(connections_between(town.net, "WXS").size() == 1);
          const double begin = town.net[lane_of(town.net, "WX")].length_m - 100;
          in_lane(town.trip("straight_on", 0, "WXE"), 0, begin).depart_speed_mps = speed_mps;
          in_lane(town.trip("to_the_right", 0, "WXS"), 1, begin + ahead_m).depart_speed_mps = speed_mps;
          const WatchedRun run(town);
          CHECK(run.all_arrived());
          CHECK(run.trip("straight_on").reroutes + run.trip("to_the_right").reroutes == 0);
        }
}

TEST_CASE("a driver at the end of a lane longer than the one it must get into still gets over") {
  for (const Backend machine : machines()) {
    Town town(parting_lanes());
    town.options.backend = machine;
    town.options.end_s = 300;
    const LaneId kerb = lane_of(town.net, "WX", 0), inner = lane_of(town.net, "WX", 1);
    town.net.lanes[kerb.value].length_m += 1;  // a map with lengths of its own may say so
    const double end = town.net[inner].length_m;
    // Everybody beside it is behind its front: nobody to fall in behind until it has come to the end.
    in_lane(town.trip("late", 0, "WXE"), 0, end - 5);
    for (int i = 0; i < 6; ++i) in_lane(town.trip(numbered("beside.", i), 0, "WXE"), 1, end - 6 - 8 * i);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    CHECK(run.trip("late").reroutes == 0);
  }
}

TEST_CASE("on a road longer than anybody looks ahead drivers still get into the lane that leads on") {
  for (const Backend machine : machines())
    for (const int lane : {0, 1}) {
      INFO("from lane " << lane);
      Town town(parting_lanes());
      town.options.backend = machine;
      town.options.end_s = 600;
      const LaneId first = town.net[link_between(town.net, "WX")].first_lane;
      for (std::uint32_t k = 0; k < 2; ++k) town.net.lanes[first.value + k].length_m = 3000;
      in_lane(town.trip("one", 0, lane == 0 ? "WXE" : "WXS"), lane, 100);
      const WatchedRun run(town);
      CHECK(run.all_arrived());
      CHECK(run.trip("one").halts == 0);
      CHECK(run.trip("one").reroutes == 0);
    }
}

TEST_CASE("before several links too short for a lane change a driver gets over while it can") {
  for (const Backend machine : machines()) {
    StreetPlan plan = ascii_plan(R"(
W>>>>>>>>>>>>>>A>>>>>>>B>>>>>>>C>>>>>>>D>>>>>>>X>>>>>>>>>>E
               v       v       v       v       v
               v       v       v       v       v
               v       v       v       v       v
               F       G       H       J       S
)",
                                 "WA lanes=2+0 speed=30; AB lanes=2+0 speed=30; BC lanes=2+0 speed=30; "
                                 "CD lanes=2+0 speed=30; DX lanes=2+0 speed=30");
    for (PlanRoad& road : plan.roads)
      if (road.id == "way/DX") road.forward.turns = {painted(Turn::kRight), painted(Turn::kStraight)};
    Town town(build_network(plan));
    town.options.backend = machine;
    town.options.end_s = 300;
    const auto shorten = [&](std::string_view link, float metres) {
      const LaneId first = town.net[link_between(town.net, link)].first_lane;
      for (std::uint32_t k = 0; k < 2; ++k) town.net.lanes[first.value + k].length_m = metres;
    };
    shorten("WA", 55), shorten("AB", 19), shorten("BC", 19), shorten("CD", 19), shorten("DX", 19);
    in_lane(town.trip("one", 0, "WABCDXE"), 0, 6);  // only the other lane leads to E
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    CHECK(run.trip("one").halts == 0);
    CHECK(run.trip("one").reroutes == 0);
  }
}

TEST_CASE("a second left turn behind one at its waiting place does not bar oncoming traffic") {
  for (const Backend machine : machines()) {
    // Wide enough for two cars, one behind the other, before the path of the oncoming ones.
    StreetPlan plan = ascii_plan(R"(
                    N
                    |
                    |
                    |
                    |
                    |
W-------------------X-------------------E
                    |
                    |
                    |
                    |
                    |
                    S
)",
                                 "X signal; NX lanes=5+5; XS lanes=5+5");
    for (PlanRoad& road : plan.roads) road.lane_width_m = road.id == "way/WX" || road.id == "way/XE" ? 12 : 4;
    Town town(build_network(plan));
    set_program(town.net, {{300, true}, {5, false}});
    const Connection& left = town.net[connections_between(town.net, "WXN").at(0)];
    town.options.backend = machine;
    town.options.end_s = 300;
    town.options.impatience_after_s = 1000;
    town.flow("oncoming", "EXW", 2.5, 0, 100);
    town.trip("left.0", 10, "WXN");
    town.trip("left.1", 14, "WXN");
    double both_inside_s = 0;
    const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
      int inside = 0;
      for (const auto& v : s.vehicles) inside += v.lane == left.lane && v.speed_mps < 0.1;
      both_inside_s += inside == 2;
    });
    CHECK(run.all_arrived());
    CHECK(both_inside_s > 30);
    std::uint32_t halts = 0;
    for (const TripRow& row : run.rows())
      if (run.simulation->demand().trips[row.trip.value].id[0] == 'o') halts += row.halts;
    CHECK(halts == 0);
  }
}

TEST_CASE("a left turn with a short green against a saturated stream gets through in the end") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
                    N
                    |
                    |
                    |
                    |
W-------------------X-------------------E
                    |
                    |
                    |
                    |
                    S
)",
                            "X signal"));
    set_program(town.net, {{10, true}, {80, false}});
    for (Connection& c : town.net.connections) c.wait_m = 0;
    town.options.backend = machine;
    town.options.end_s = 1800;
    town.flow("oncoming", "EXW", 10, 0, 1500);
    town.trip("left", 5, "WXN");
    const WatchedRun run(town);
    CHECK(run.trip("left").status == TripStatus::kArrived);
    CHECK(run.trip("left").ended_s < 600);
  }
}

TEST_CASE("who may wait only three metres over its line does") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
                    N
                    |
                    |
                    |
                    |
                    |
W-------------------X-------------------E
                    |
                    |
                    |
                    |
                    |
                    S
)",
                            "X signal; WX lanes=2+2; XE lanes=2+2; NX lanes=2+2; XS lanes=2+2"));
    set_program(town.net, {{300, true}, {5, false}});
    const Connection& left = town.net[connections_between(town.net, "WXN").at(0)];
    REQUIRE(left.wait_m > 3);
    REQUIRE(left.wait_m < 4);
    town.options.backend = machine;
    town.options.end_s = 300;
    town.options.impatience_after_s = 1000;
    town.flow("oncoming", "EXW", 2, 0, 100);
    town.trip("left", 10, "WXN");
    double inside_s = 0;
    const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
      for (const auto& v : s.vehicles) inside_s += v.lane == left.lane && v.speed_mps < 0.1;
    });
    CHECK(run.all_arrived());
    CHECK(inside_s > 30);
  }
}

TEST_CASE("a small roundabout that gets more than it can take does not lock") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
            N
            |
            |
            |
            |
            |
            A<<<B-----------E
            v   ^
            v   ^
W-----------D>>>C
                |
                |
                |
                |
                |
                S
)",
                            "BA roundabout; AD roundabout; DC roundabout; CB roundabout"));
    town.options.backend = machine;
    town.options.end_s = 1500;
    for (const char* way : {"NADCBE", "WDCBAN", "SCBADW", "EBADCS"}) town.flow(way, way, 2, 0, 120);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
  }
}

TEST_CASE("opposing left turns whose paths cross both wait inside, before that ground where a car has room") {
  for (const double crossing_m : {8.0, 4.0}) {
    Town town(ascii_network(R"(
            N
            |
            |
W-----------X-----------E
            |
            |
            S
)",
                            "X signal"));
    std::vector<std::uint32_t> left;
    for (std::uint32_t c = 0; c < town.net.connections.size(); ++c)
      for (const char* way : {"WXN", "EXS"})
        if (town.net[town.net.connections[c].from].link == links_along(town.net, way)[0] &&
            town.net[town.net.connections[c].to].link == links_along(town.net, way)[1])
          left.push_back(c);
    REQUIRE(left.size() == 2);
    std::erase_if(town.net.conflicts, [&](const Conflict& x) {
      return std::any_of(left.begin(), left.end(),
                         [&](std::uint32_t c) { return x.a.value == c || x.b.value == c; });
    });
    for (const std::uint32_t c : left) {
      town.net.connections[c].wait_m = 13.5;
      town.net.lanes[town.net.connections[c].lane.value].length_m = 25;
    }
    Conflict x{};
    x.a = ConnectionId(left[0]), x.b = ConnectionId(left[1]);
    x.a_begin_m = x.b_begin_m = crossing_m, x.a_end_m = x.b_end_m = 12;
    town.net.conflicts.push_back(x);
    // Each also yields to the straight way of the other side, further on.
    for (std::uint32_t c = 0; c < town.net.connections.size(); ++c)
      for (int k = 0; k < 2; ++k)
        if (town.net.connections[c].from == town.net.connections[left[1 - k]].from && c != left[1 - k] &&
            town.net.connections[c].turn == Turn::kStraight) {
          Conflict straight{};
          straight.a = ConnectionId(left[k]), straight.b = ConnectionId(c);
          straight.a_begin_m = 14, straight.a_end_m = 18, straight.b_begin_m = 4, straight.b_end_m = 8,
          straight.a_yields = true;
          town.net.conflicts.push_back(straight);
        }
    town.trip("any", 0, "WXN");
    const SimulationInput input = town.input();
    const CityTables city = build_city(input, input.demand);
    for (const std::uint32_t c : left) CHECK(city.conn[c].wait == (crossing_m == 8 ? 75000 : 135000));
  }
}

TEST_CASE("a roundabout of two lanes on pieces of one car's length does not lock") {
  for (const Backend machine : machines())
    for (const int lanes : {1, 2}) {
      INFO(lanes << " lanes");
      const std::string words = numbered("lanes=", lanes).append("+0 roundabout; ");
      Town town(ascii_network(R"(
            N
            |
            |
            |
            |
            |
            |
            A<<<<<<<<<<<B----------------------E
            v           ^
            v           ^
            v           ^
W-----------D>>>>>>>>>>>C
                        |
                        |
                        |
                        |
                        |
                        |
                        S
)",
                              "BA " + words + "AD " + words + "DC " + words + "CB " + words +
                                  "NA lanes=2+2; WD lanes=2+2; SC lanes=2+2; EB lanes=2+2",
                              1.8));
      town.options.backend = machine;
      town.options.end_s = 2400;
      for (const char* way : {"NADCBE", "WDCBAN", "SCBADW", "EBADCS"}) town.flow(way, way, 2.5, 0, 400);
      const WatchedRun run(town);
      CHECK(run.all_arrived());
    }
}

TEST_CASE("drivers in a circle who wait for each other are told, and one turns elsewhere") {
  // Everybody goes round three sides of a small block: four short streets full of drivers who want on.
  Town town(ascii_network(R"(
K-------N-------L
|       |       |
|       |       |
W-----P-Q       |
|     | |       |
|     R-T-------E
|     |         |
|     |         |
M-----S---------O
)"),
            {real_car()});
  town.options.end_s = 3600;
  for (const auto& [name, nodes] :
       {std::pair{"w", "WPRTQN"}, {"s", "SRTQPW"}, {"e", "ETQPRS"}, {"n", "NQPRTE"}})
    town.flow(name, nodes, 3, 0, 18);
  const WatchedRun run(town);
  CHECK(run.all_arrived());
  const auto jams = run.simulation->results().jams;
  CHECK(!jams.empty());
  for (const JamRow& jam : jams) CHECK(jam.until_s > jam.since_s);
}

TEST_CASE(
    "circles are told through who waits inside behind a foe, at a line for another, or for a lane beside") {
  Town town(build_network(ascii_plan(R"(
K--------M<<<<<<<<<<<<N--------O
         v            ^
         v            ^
         v            ^
         v            ^
L--------W>>>>>>>>>>>>X>>>>>>>>>>>>E
                      ^
                      ^
                      ^
                      S
)",
                                     "XN lanes=2+0")));
  struct Standing {
    const char* id;
    const char* way;
    std::uint32_t link_of_way;  // it stands on this one, or
    bool inside;                // on the connection to the one after it
    double pos_m;
    std::uint32_t ctl;
  };
  // The first goes behind the second, which has no room behind the third; and so on round the block.
  const std::vector<Standing> standing = {
      {"behind", "MWXE", 1, true, 1, kBehindFoe}, {"foe", "SXNM", 0, true, 9, 0},
      {"north", "XNMW", 0, false, 10, 0},         {"west", "NMWX", 0, false, 10, 0},
      {"south", "MWXE", 0, false, 10, 0},         {"queue", "WXE", 0, false, 20, 0}};
  for (const Standing& v : standing) town.trip(v.id, 0, v.way);
  const bool beside = GENERATE(false, true), at_lines = GENERATE(false, true);
  if (beside)
    town.trip("changer", 0,
              "XNMW");  // the foe waits for this one, and it for the one that it must get behind
  const SimulationInput input = town.input();
  const CityTables city = build_city(input, input.demand);

  StateImage s;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> rows;  // lane, trip
  s.trip_state.resize(city.trips);
  s.trail.resize(city.trips * kTrail);
  std::vector<std::uint32_t> ctl(city.trips);
  std::vector<double> pos_m(city.trips);
  for (std::uint32_t trip = 0; trip < city.trips; ++trip) {
    const std::string& id = input.demand.trips[trip].id;
    const auto known =
        std::find_if(standing.begin(), standing.end(), [&](const Standing& v) { return v.id == id; });
    Standing v =
        known != standing.end() ? *known : Standing{"changer", "XNMW", 0, false, 2, kUrgent | kWishLeft};
    const bool at_line =
        at_lines && v.inside;  // the foe was refused for want of room, and the other for the foe
    const std::vector<LinkId> route = links_along(town.net, v.way);
    TripState& t = s.trip_state[trip];
    t.trip = trip;
    t.route_first = static_cast<std::uint32_t>(s.route_links.size()),
    t.route_count = static_cast<std::uint32_t>(route.size());
    for (const LinkId link : route) s.route_links.push_back(link.value);
    t.cursor = v.link_of_way;
    const LinkId here = route[v.link_of_way];
    // On the road of two lanes the one in the way of the foe stands in the lane that it comes into.
    const std::uint32_t last_lane = town.net[here].first_lane.value + town.net[here].lane_count - 1;
    std::uint32_t lane = town.net[here].first_lane.value;
    for (std::uint32_t c = 0; c < town.net.connections.size(); ++c) {
      const Connection& connection = town.net.connections[c];
      if (town.net[connection.from].link == here && town.net[connection.to].link == route[v.link_of_way + 1])
        t.next_conn = c;
    }
    if (id == "north") lane = last_lane;
    if (id == "changer") t.masks = 0x20003;
    if (at_line) v.pos_m = town.net[LaneId(lane)].length_m - 0.2;
    if (v.inside) REQUIRE(t.next_conn != kNone);
    if (v.inside && !at_line) {
      s.trail[trip * kTrail] = city.conn[t.next_conn].from;
      t.trail_count = 1;
      lane = city.road_lanes + t.next_conn;
    }
    if (id == "foe") {  // into the lane where one stands
      const LaneId into = beside ? lane_of(town.net, "XN", 0) : lane_of(town.net, "XN", 1);
      for (std::uint32_t c = 0; c < town.net.connections.size(); ++c)
        if (town.net[town.net.connections[c].from].link == here && town.net.connections[c].to == into)
          t.next_conn = c;
      if (!at_line) lane = city.road_lanes + t.next_conn;
    }
    ctl[trip] = with_halted(at_line ? (id == "foe" ? kWontPass : 0) : v.ctl, id == "foe" ? 201 : 200);
    pos_m[trip] = v.pos_m;
    rows.emplace_back(lane, trip);
  }
  std::sort(rows.begin(), rows.end());
  for (const auto& [lane, trip] : rows) {
    s.lane.push_back(lane), s.slot.push_back(trip), s.kind.push_back(0), s.speed.push_back(0);
    s.pos.push_back(static_cast<std::int32_t>(pos_m[trip] * 10000)), s.ctl.push_back(ctl[trip]);
  }
  JamFinder finder;
  finder.look(city, s, 0, 1000, 1, 120);
  REQUIRE(finder.records().size() == 1);
  CHECK(finder.records()[0].trips.size() == (beside ? 7 : 6));
}
