// Who goes first, and that everybody goes: signals, priority, right before left, all-way stops, roundabouts,
// merges.
#include <cmath>
#include <map>
#include <set>

#include "tests/engine/town.h"

using namespace arterial;

namespace {

constexpr const char* kCrossing = R"(
            N
            |
            |
            |
            |
W-----------X-----------E
            |
            |
            |
            |
            S
)";

struct Cross {
  double time_s;
  std::string trip;
  char letter;
};

/// Crossings onto connections of the junction at `node`, in time.
struct CrossingList {
  const Town& town;
  char node;
  std::vector<Cross> list;
  WatchedRun::Each each() {
    return [this](const Simulation& s, const Snapshot& state) {
      const JunctionId here = junction_at(town.net, node);
      for (const Crossing& x : state.crossings) {
        const Connection& c = town.net[x.connection];
        if (c.junction != here) continue;
        char letter = 0;
        if (c.signal.valid()) letter = state.signal_states[c.signal.value][c.signal_index];
        list.push_back({s.now_s(), s.demand().trips[x.trip.value].id, letter});
      }
    };
  }
};

void four_flows(Town& town, double every_s, double until_s, std::uint32_t types = 1) {
  int n = 0;
  for (const char* way :
       {"WXE", "EXW", "NXS", "SXN", "WXN", "NXW", "EXS", "SXE", "WXS", "SXW", "EXN", "NXE"}) {
    town.flow(way, way, every_s * 12, n * every_s, until_s, static_cast<std::uint32_t>(n) % types);
    ++n;
  }
}

}  // namespace

TEST_CASE("a queue discharges at a signal with a saturation headway, and red is never run") {
  for (const Backend machine : machines())
    for (const double step : {0.25, 1.0}) {
      INFO("step " << step);
      Town town(ascii_network(kCrossing, "X signal"));
      REQUIRE(town.net.signals.size() == 1);
      town.options.step_s = step;
      town.options.backend = machine;
      for (int i = 0; i < 40; ++i) town.trip(numbered("w", i), i * 2, "WXE");
      for (int i = 0; i < 20; ++i) town.trip(numbered("n", i), i * 4, "NXS");
      CrossingList crossings{town, 'X', {}};
      const WatchedRun run(town, crossings.each());
      REQUIRE(run.all_arrived());
      CHECK(run.watch().crossings_on_red == 0);
      CHECK(run.watch().crossings > 0);
      std::vector<double> headways;
      double last = -100;
      for (const Cross& c : crossings.list) {
        CHECK((c.letter == 'G' || c.letter == 'g' || c.letter == 'y'));
        if (c.trip[0] != 'w') continue;
        if (c.time_s - last < 6) headways.push_back(c.time_s - last);
        last = c.time_s;
      }
      REQUIRE(headways.size() > 15);
      double sum = 0;
      for (const double h : headways) sum += h;
      const double mean = sum / static_cast<double>(headways.size());
      INFO("mean headway " << mean);
      CHECK(mean > 1.2);
      CHECK(mean < 3.2);
    }
}

TEST_CASE("a signal crossing carries all twelve movements of all kinds of vehicles at any step") {
  for (const Backend machine : machines())
    for (const double step : {0.1, 0.25, 0.5, 1.0}) {
      INFO("step " << step);
      Town town(ascii_network(kCrossing, "X signal"), {real_car(), truck(), idm_car()});
      town.options.step_s = step;
      town.options.backend = machine;
      town.options.end_s = 900;
      four_flows(town, 3.5, 240, 3);
      const WatchedRun run(town);
      CHECK(run.all_arrived());
      CHECK(run.simulation->results().jams.empty());
    }
}

TEST_CASE("at a priority T junction the minor road waits and both arrive") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
W------------X------------E
             |
             |
             |
             |
             S
)",
                            "WX class=primary; XE class=primary"));
    town.options.backend = machine;
    for (int i = 0; i < 25; ++i) town.trip(numbered("major", i), i * 3, "WXE");
    town.trip("minor", 10, "SXW");  // across the platoon
    CrossingList crossings{town, 'X', {}};
    const WatchedRun run(town, crossings.each());
    REQUIRE(run.all_arrived());
    int before_minor = 0;
    for (const Cross& c : crossings.list) {
      if (c.trip == "minor") break;
      ++before_minor;
    }
    INFO("majors that went first: " << before_minor);
    CHECK(before_minor >= 4);
    CHECK(run.trip("minor").halts >= 1);
    // Nobody on the major road stops for it but one, when its patience has ended.
    std::uint32_t halted = 0;
    for (const TripRow& row : run.rows())
      if (run.simulation->demand().trips[row.trip.value].id != "minor") halted += row.halts;
    CHECK(halted <= 1);
  }
}

TEST_CASE("who waited for a foe rolls in while it leaves, and is never on shared ground with it") {
  for (const Backend machine : machines())
    for (const double step : {0.1, 0.25, 0.5, 1.0})
      for (const char* way : {"SXN", "SXE", "SXW"}) {
        INFO("step " << step << ", " << way);
        VehicleType slow = calm_car();
        slow.max_speed_mps = 5;
        Town town(ascii_network(kCrossing, "WX class=primary; XE class=primary"), {calm_car(), slow});
        town.options.backend = machine;
        town.options.step_s = step;
        for (int i = 0; i < 6; ++i) town.trip(numbered("major", i), i * 2.5, "WXE", 1);
        // It comes when the second of them is at the junction.
        const auto length_m = [&](const char* nodes) {
          return town.net[town.net[links_along(town.net, nodes)[0]].first_lane].length_m;
        };
        town.trip("minor", 4 + length_m("WX") / 5 - length_m("SX") / 13.9, way);
        // In some state the one that waited is over its line and the last of the others still on the ground
        // they share.
        bool together = false;
        const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
          for (const Conflict& x : town.net.conflicts) {
            const VehicleSnapshot *minor = nullptr, *major = nullptr;
            bool swapped = false;
            for (const VehicleSnapshot& v : state.vehicles) {
              const std::string& id = s.demand().trips[v.trip.value].id;
              if (id == "major5") major = &v;
              if (id != "minor") continue;
              for (const bool second : {false, true})
                if (v.lane == town.net[second ? x.b : x.a].lane) minor = &v, swapped = second;
            }
            if (!minor || !major) continue;
            const Connection& foe = town.net[swapped ? x.a : x.b];
            const double ends = swapped ? x.a_end_m : x.b_end_m, begins = swapped ? x.a_begin_m : x.b_begin_m;
            const double front = major->lane == foe.lane ? major->pos_m
                                 : major->lane == foe.to ? town.net[foe.lane].length_m + major->pos_m
                                                         : -1;
            together |= front > begins && front - 5 < ends;
          }
        });
        CHECK(run.all_arrived());
        CHECK(together);
      }
}

TEST_CASE("with no major traffic the minor road does not stop for a yield, and stops at a stop sign") {
  for (const bool stop : {false, true}) {
    INFO("stop sign " << stop);
    Town town(ascii_network(kCrossing,
                            std::string("WX class=primary; XE class=primary") + (stop ? "; X stop" : "")));
    town.trip("minor", 0, "SXN");
    const WatchedRun run(town);
    REQUIRE(run.all_arrived());
    CHECK(run.trip("minor").halts == (stop ? 1 : 0));
  }
}

TEST_CASE("a queue at a stop sign: each stands at the line and the next is there within five seconds") {
  Town town(ascii_network(kCrossing, "WX class=primary; XE class=primary; X stop"), {real_car()});
  for (int i = 0; i < 40; ++i) town.trip(numbered("minor", i), i * 2, "SXN");
  CrossingList crossings{town, 'X', {}};
  const WatchedRun run(town, crossings.each());
  REQUIRE(run.all_arrived());
  REQUIRE(crossings.list.size() == 40);
  CHECK((crossings.list.back().time_s - crossings.list[4].time_s) / 35 < 5.4);
  for (const TripRow& row : run.rows()) CHECK(row.halts >= 1);
}

TEST_CASE("a gap that is taken from a yield sign is too short for one who starts at a stop sign") {
  double crossed_s[2] = {0, 0};
  for (const bool stop : {false, true}) {
    Town town(ascii_network(kCrossing,
                            std::string("WX class=primary; XE class=primary") + (stop ? "; X stop" : "")));
    town.options.step_s = 0.5;
    for (int i = 0; i < 12; ++i) town.trip(numbered("major", i), i * 5.2, "WXE");
    town.trip("minor", 8, "SXN");
    CrossingList crossings{town, 'X', {}};
    const WatchedRun run(town, crossings.each());
    REQUIRE(run.all_arrived());
    for (const Cross& c : crossings.list)
      if (c.trip == "minor") crossed_s[stop] = c.time_s;
  }
  CHECK(crossed_s[1] - crossed_s[0] > 10);
}

TEST_CASE("right before left: four who arrive at once do not deadlock") {
  for (const Backend machine : machines())
    for (const double step : {0.25, 1.0}) {
      INFO("step " << step);
      Town town(ascii_network(R"(
            N
            |
            |
            |
W-----------X-----------E
            |
            |
            |
            S
)"));
      // Arms of one length.
      town.options.step_s = step;
      town.options.backend = machine;
      town.options.end_s = 300;
      REQUIRE(town.net[junction_at(town.net, 'X')].type == JunctionType::kRightBeforeLeft);
      for (const char* way : {"WXE", "EXW", "NXS", "SXN"})
        town.trip(way, way[0] == 'N' || way[0] == 'S' ? 5 : 0, way);
      const WatchedRun run(town);
      REQUIRE(run.all_arrived());
      for (const TripRow& row : run.rows()) CHECK(row.ended_s - row.entered_s < 90);
    }
}

TEST_CASE("right before left: the one from the right goes first") {
  Town town(ascii_network(kCrossing));
  town.trip("from_west", 0, "WXE");
  town.trip("from_south", 0, "SXN");  // to the right of the one from the west
  const double w = town.net[lane_of(town.net, "WX")].length_m, s = town.net[lane_of(town.net, "SX")].length_m;
  for (Trip& t : town.demand.trips) {  // both 60 m before the junction
    t.depart_pos = DepartPos::kValue, t.depart_pos_m = (t.id == "from_west" ? w : s) - 60;
  }
  CrossingList crossings{town, 'X', {}};
  const WatchedRun run(town, crossings.each());
  REQUIRE(run.all_arrived());
  REQUIRE(crossings.list.size() == 2);
  CHECK(crossings.list[0].trip == "from_south");
}

TEST_CASE("right before left under steady traffic from everywhere keeps flowing") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(kCrossing), {real_car(), truck(), idm_car()});
    town.options.backend = machine;
    town.options.end_s = 1200;
    four_flows(town, 3.5, 300, 3);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    CHECK(run.simulation->results().jams.empty());
  }
}

TEST_CASE("all-way stop: everybody stops, and they go in the order in which they came") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(kCrossing, "X all_way_stop"));
    town.options.backend = machine;
    REQUIRE(town.net[junction_at(town.net, 'X')].type == JunctionType::kAllWayStop);
    const std::vector<std::string> ways{"WXE", "NXS", "EXW", "SXN"};
    // Three seconds between their arrivals, whatever the length of their arm.
    double at = 30;
    for (const std::string& way : ways) {
      const LinkId in = link_between(town.net, way.substr(0, 2));
      town.trip(way, at - town.net[town.net[in].first_lane].length_m / 13.89, way);
      at += 3;
    }
    CrossingList crossings{town, 'X', {}};
    const WatchedRun run(town, crossings.each());
    REQUIRE(run.all_arrived());
    REQUIRE(crossings.list.size() == 4);
    for (std::size_t k = 0; k < 4; ++k) {
      CHECK(crossings.list[k].trip == ways[k]);
      CHECK(run.trip(ways[k]).halts >= 1);
    }
  }
}

TEST_CASE("a roundabout carries traffic from every arm, trucks longer than its segments too") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
            N
            |
            |
            |
            |
W-----------A<<<B-----------E
            v   ^
            v   ^
            D>>>C-----------F
            |
            |
            |
            |
            S
)",
                            "BA roundabout; AD roundabout; DC roundabout; CB roundabout"),
              {real_car(), truck(), idm_car()});
    town.options.backend = machine;
    town.options.end_s = 1500;
    int n = 0;
    for (const char* way :
         {"WADCBE", "NADCF", "SDCBAW", "EBAW", "FCBAN", "EBADS", "WADS", "NADCBE", "SDCF", "FCBADS"}) {
      town.flow(way, way, 20, n * 2, 300, static_cast<std::uint32_t>(n) % 3);
      ++n;
    }
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    CHECK(run.simulation->results().jams.empty());
  }
}

TEST_CASE("two lanes become one: everybody gets through, nobody touches") {
  for (const Backend machine : machines())
    for (const double step : {0.5, 1.0}) {
      INFO("step " << step);
      Town town(
          ascii_network("A------------------------M------------------------C", "AM lanes=2+0; MC lanes=1+0"),
          {real_car(), truck(), idm_car()});
      town.options.step_s = step;
      town.options.backend = machine;
      town.options.end_s = 1200;
      for (int i = 0; i < 80; ++i) {
        Trip& t = town.trip(numbered("v", i), i * 1.5, "AMC", static_cast<std::uint32_t>(i % 3));
        t.depart_lane = DepartLane::kIndex, t.depart_lane_index = static_cast<std::uint16_t>(i % 2);
      }
      const WatchedRun run(town);
      CHECK(run.all_arrived());
      CHECK(run.simulation->results().jams.empty());
    }
}

TEST_CASE("two streets join one without a stop: merge") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
A>>>>>>>>>>>>>>>>>>>>M>>>>>>>>>>>>>>>>>>>>C
                     ^
                     ^
                     ^
                     ^
                     B
)"),
              {real_car(), truck(), idm_car()});
    town.options.backend = machine;
    town.options.end_s = 1200;
    for (int i = 0; i < 60; ++i)
      town.trip(numbered("v", i), i * 2, i % 2 ? "AMC" : "BMC", static_cast<std::uint32_t>(i % 3));
    const WatchedRun run(town);
    CHECK(run.all_arrived());
  }
}

TEST_CASE("a driver in the wrong lane changes in time for its turn") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(R"(
                        N
                        :
                        :
                        :
                        :
W=======================X=======================E
                        :
                        :
                        :
                        :
                        S
)",
                            "X signal"));
    town.options.backend = machine;
    // Lanes that lead to the north.
    std::set<std::uint16_t> leading;
    for (const ConnectionId c : connections_between(town.net, "WXN"))
      leading.insert(town.net[town.net[c].from].index);
    REQUIRE(leading.size() == 1);
    const std::uint16_t wrong = leading.count(0) ? 1 : 0;
    Trip& t = town.trip("turner", 0, "WXN");
    t.depart_lane = DepartLane::kIndex, t.depart_lane_index = wrong;
    for (int i = 0; i < 20; ++i) {
      Trip& other = town.trip(numbered("v", i), i * 2, "WXE");
      other.depart_lane = DepartLane::kIndex, other.depart_lane_index = static_cast<std::uint16_t>(i % 2);
    }
    const WatchedRun run(town);
    REQUIRE(run.all_arrived());
    CHECK(run.trip("turner").lane_changes >= 1);
    CHECK(run.trip("turner").reroutes == 0);
  }
}

TEST_CASE("a faster vehicle overtakes a slow truck on two lanes and goes back to the kerb side") {
  VehicleType slow = truck();
  slow.max_speed_mps = 6;
  Town town(ascii_network("A============================================================B",
                          "AB lanes=2+0 speed=60"),
            {calm_car(), slow});
  town.options.end_s = 900;
  town.trip("truck", 0, "AB", 1);
  town.trip("car", 20, "AB", 0);
  for (Trip& t : town.demand.trips) t.depart_lane = DepartLane::kIndex, t.depart_lane_index = 0;
  const WatchedRun run(town);
  REQUIRE(run.all_arrived());
  CHECK(run.trip("car").ended_s < run.trip("truck").ended_s);
  CHECK(run.trip("car").lane_changes >= 2);
  CHECK(run.trip("car").time_loss_s < 20);
}

TEST_CASE("nobody enters a junction that cannot be left") {
  // The road east is blocked; its queue must end before the junction, and north to south goes on.
  Town town(ascii_network(kCrossing));
  town.options.end_s = 400;
  for (int i = 0; i < 40; ++i) town.trip(numbered("w", i), i * 2, "WXE");
  for (int i = 0; i < 10; ++i) town.trip(numbered("n", i), 120 + i * 10, "NXS");
  Change& incident = town.change(ChangeKind::kIncident, 0, 330);
  incident.lane = lane_of(town.net, "XE"), incident.pos_m = 60, incident.length_m = 5;
  const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
    for (const auto& v : s.vehicles)
      if (v.speed_mps < 0.1 && town.net[v.lane].internal)
        CHECK(s.time_s < 0);  // nobody stands in the junction
  });
  int across = 0;
  for (const TripRow& row : run.rows())
    across += run.simulation->demand().trips[row.trip.value].id[0] == 'n' &&
              row.status == TripStatus::kArrived && row.ended_s < 330;
  CHECK(across == 10);
}

TEST_CASE("nobody enters behind one that changed lanes with its rear in the junction, and stands") {
  // The kerb lane east stands behind a stop. Who has to get into it does so at its very begin; the way into
  // the lane beside is free, but for the rear of that one.
  for (int at = 0; at < 10; ++at) {
    INFO("from " << at << " half metres on");
    Town town(ascii_network(kCrossing, "XE lanes=2+2"), {calm_car()});
    VehicleType slow = calm_car();
    slow.id = "slow";
    slow.max_speed_mps = 4.5;
    town.demand.types.push_back(slow);
    const auto ways = connections_between(town.net, "NXE");
    REQUIRE(ways.size() == 1);
    const Connection& way = town.net[ways[0]];
    const LinkId east = link_between(town.net, "XE");
    REQUIRE(way.to == lane_of(town.net, "XE", 1));
    const auto stop_at = [&](Trip& t, double pos_m, double duration_s) {
      t.first_stop = static_cast<std::uint32_t>(town.demand.stops.size()), t.stop_count = 1;
      town.demand.stops.push_back({lane_of(town.net, "XE", 0), pos_m, duration_s, -1, false});
    };
    Trip& bus = town.trip("stops", 0, std::vector<LinkId>{east});
    bus.depart_lane = DepartLane::kIndex, bus.depart_lane_index = 0, bus.depart_pos = DepartPos::kValue,
    bus.depart_pos_m = 8.5;
    stop_at(bus, 8.5, 100);
    Trip& changer = town.trip("changer", 0, "NXE", 1);
    changer.depart_pos = DepartPos::kValue, changer.depart_pos_m = 50 - 0.5 * at;
    stop_at(changer, 30, 1);
    town.trip("follows", 15, "NXE");
    town.trip("across", 60, "WXE");
    double two_inside_s = 0;
    const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
      int inside = 0;
      for (const auto& v : s.vehicles) inside += v.speed_mps < 0.1 && v.lane == way.lane;
      two_inside_s += inside > 0;
    });
    CHECK(run.all_arrived());
    CHECK(two_inside_s == 0);
  }
}

TEST_CASE("impatience: a left turner against an endless stream gets its turn") {
  Town town(ascii_network(kCrossing, "WX class=primary; XE class=primary"));
  town.options.end_s = 900;
  town.flow("major", "WXE", 2.2, 0, 600);
  town.flow("other", "EXW", 2.2, 0, 600);
  town.trip("minor", 30, "SXW");
  const WatchedRun run(town);
  CHECK(run.all_arrived());
  CHECK(run.trip("minor").ended_s < 500);
}

TEST_CASE("who slows down for a sharp turn does not run out of amber") {
  for (const int speed_kmh : {60, 80, 100}) {
    Network net = ascii_network(R"(
                                        N
                                        |
    W-----------------------------------X----------E
                                        |
                                        S
)",
                                "X signal; WX speed=" + std::to_string(speed_kmh), 10);
    for (Program& program : net.signals[0].programs)
      for (Phase& phase : program.phases)
        if (phase.state.find('y') != std::string::npos) phase.duration_s = phase.min_s = phase.max_s = 3;
    Town town(net, {real_car(), truck()});
    town.options.end_s = 5000;
    town.options.replicas = 24;
    town.flow("right", "WXS", 13, 0, 4800).flow("trucks", "WXS", 61, 3, 4800, 1);
    const auto simulation = town.start();
    while (!simulation->finished()) simulation->step();
    INFO(speed_kmh << " km/h");
    CHECK(simulation->ledger().arrived > 400);
    std::uint64_t red = 0;
    for (int r = 0; r < town.options.replicas; ++r) red += simulation->violations(r).total();
    CHECK(red == 0);
  }
}
