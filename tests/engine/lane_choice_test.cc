// Which lane a driver comes into, how long it stays there, and how it gets out of it.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/engine/town.h"

using namespace arterial;

namespace {

constexpr std::uint8_t painted(Turn t) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(t)); }

StreetPlan with_arrows(StreetPlan plan, const std::string& road,
                       const std::vector<std::uint8_t>& from_the_kerb) {
  for (PlanRoad& r : plan.roads)
    if (r.id == road) r.forward.turns = from_the_kerb;
  return plan;
}

VehicleType bus() {
  VehicleType t;
  t.id = "bus";
  t.vehicle_class = VehicleClass::kBus;
  t.length_m = 12, t.width_m = 2.5, t.sigma = 0, t.speed_factor_deviation = 0;
  return t;
}

/// Index from the kerb of the lane of link `link` that a vehicle is on, or -1.
int lane_on(const Network& net, LinkId link, LaneId lane) {
  const Link& l = net[link];
  return lane.value >= l.first_lane.value && lane.value < l.first_lane.value + l.lane_count
             ? static_cast<int>(lane.value - l.first_lane.value)
             : -1;
}

}  // namespace

TEST_CASE("who has a choice comes into the lane that leads on, not into one beside it") {
  for (const Backend machine : machines()) {
    // Two links before the lanes part.
    Town town(build_network(with_arrows(ascii_plan(R"(
                   T
                   v
                   v
W>>>>>>>>X>>>>>>>>>Y>>>>>>>>>Z>>>>>>>>E
                             v
                             v
                             v
                             S
)",
                                                   "XY lanes=2+0; YZ lanes=2+0; ZE lanes=1+0"),
                                        "way/YZ", {painted(Turn::kRight), painted(Turn::kStraight)})));
    town.options.backend = machine;
    town.flow("straight", "WXYZE", 12, 0, 400).flow("right", "WXYZS", 12, 6, 400);
    const LinkId link = link_between(town.net, "XY");
    std::map<std::string, std::set<int>> used;
    const WatchedRun run(town, [&](const Simulation& simulation, const Snapshot& s) {
      for (const auto& v : s.vehicles)
        if (const int k = lane_on(town.net, link, v.lane); k >= 0)
          used[simulation.demand().trips[v.trip.value].id.substr(0, 5)].insert(k);
    });
    CHECK(run.all_arrived());
    CHECK(used["strai"] == std::set<int>{1});
    CHECK(used["right"] == std::set<int>{0});
  }
}

TEST_CASE("drivers who go on round a roundabout use its inner lane too") {
  for (const Backend machine : machines()) {
    StreetPlan plan = ascii_plan(
        R"(
                N
                |
                |
                |
                |
                A<<<<<<<B---------------F
                v       ^
                v       ^
                v       ^
W===============D>>>>>>>C---------------E
                        |
                        |
                        |
                        |
                        S
)",
        "BA roundabout lanes=2+0; AD roundabout lanes=2+0; DC roundabout lanes=2+0; CB roundabout lanes=2+0");
    // Only the lane at the kerb leads out.
    for (const char* ring : {"way/BA", "way/AD", "way/DC", "way/CB"})
      plan = with_arrows(
          plan, ring,
          {painted(Turn::kRight) | painted(Turn::kStraight) | painted(Turn::kLeft), painted(Turn::kLeft)});
    Town town(build_network(plan));
    town.options.backend = machine;
    town.options.end_s = 1800;
    town.flow("round", "WDCBAN", 6, 0, 600).flow("out", "WDCE", 6, 3, 600);
    const LinkId entry = link_between(town.net, "WD");
    REQUIRE(town.net[entry].lane_count == 2);
    std::map<char, std::set<std::uint32_t>> inner, all;
    const WatchedRun run(town, [&](const Simulation& simulation, const Snapshot& s) {
      for (const auto& v : s.vehicles) {
        const int k = lane_on(town.net, link_between(town.net, "DC"), v.lane);
        const char who = simulation.demand().trips[v.trip.value].id[0];
        if (k >= 0) all[who].insert(v.trip.value);
        if (k == 1) inner[who].insert(v.trip.value);
      }
    });
    CHECK(run.all_arrived());
    INFO("inner: " << inner['r'].size() << " of " << all['r'].size() << " going round, " << inner['o'].size()
                   << " of " << all['o'].size() << " going out");
    CHECK(inner['r'].size() * 4 > all['r'].size());
    CHECK(inner['o'].size() * 4 < all['o'].size());
  }
}

TEST_CASE("a bus gets out of its lane past a driver who waits for the one behind it") {
  for (const Backend machine : machines()) {
    // The stop takes one bus; the tail of the next one bars the way into the other lane, whose room is
    // promised to the first car that waits for it.
    Town town(build_network(with_arrows(ascii_plan(R"(
W>>>>>>>>>>>>>>X>>>Y>>>>>>>>E
                   v
                   v
                   v
                   S
)",
                                                   "XY lanes=2+0"),
                                        "way/XY", {painted(Turn::kRight), painted(Turn::kStraight)})),
              {calm_car(), bus()});
    REQUIRE(connections_between(town.net, "WXY").size() == 2);
    town.options.backend = machine;
    const double length = town.net[lane_of(town.net, "XY", 0)].length_m;
    for (int k = 0; k < 2; ++k) {
      Trip& t = town.trip(numbered("bus.", k), 5 * k, "WXYE", 1);
      t.first_stop = static_cast<std::uint32_t>(town.demand.stops.size()), t.stop_count = 1;
      town.demand.stops.push_back({lane_of(town.net, "XY", 0), length - 0.1, 60, -1, false});
    }
    town.flow("car", "WXYE", 3, 10, 60);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
  }
}

TEST_CASE("who wants into a lane that is stuck goes on in its own where that leads on") {
  for (const Backend machine : machines()) {
    Town town(build_network(with_arrows(ascii_plan(R"(
             N
             v
             v
             v
W>>>>>>>>>>>>X>>>Y>>>>>>>>E
                 v
                 v
                 v
                 S
)",
                                                   "WX lanes=2+0; XY lanes=2+0"),
                                        "way/XY", {painted(Turn::kRight), painted(Turn::kStraight)})));
    REQUIRE(connections_between(town.net, "WXY").size() == 2);
    town.options.backend = machine;
    town.options.end_s = 600;
    const double end = town.net[lane_of(town.net, "WX", 0)].length_m;
    const auto at = [](Trip& t, int lane, double pos_m) -> Trip& {
      t.depart_lane = DepartLane::kIndex, t.depart_lane_index = static_cast<std::uint16_t>(lane);
      t.depart_pos = DepartPos::kValue, t.depart_pos_m = pos_m;
      return t;
    };
    // Nobody can go on from the lane at the kerb: one stands at a stop behind the junction. Beside its queue
    // stands the one that has to get in.
    Trip& stops = at(town.trip("stops", 0, "XYS"), 0, 6);
    stops.first_stop = 0, stops.stop_count = 1;
    town.demand.stops.push_back({lane_of(town.net, "XY", 0), 7, 400, -1, false});
    for (int k = 0; k < 4; ++k) at(town.trip(numbered("behind.", k), 1 + k, "WXYS"), 0, end - 10 - 8 * k);
    at(town.trip("wants_in", 20, "WXYS"), 1, end - 10);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    CHECK(run.trip("wants_in").ended_s < 200);
    CHECK(run.trip("wants_in").reroutes == 0);
  }
}
