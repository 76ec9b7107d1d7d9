// Bodies longer than the road they are on: on short links, round small circles, across a change of lanes, at
// departure. Each of these streets was drawn by chance first (arterial bench streets) and had an overlap.
#include "tests/engine/town.h"

using namespace arterial;

namespace {

const double kSteps[] = {0.1, 0.25, 0.5, 1.0};

VehicleType long_bus() {
  VehicleType t = calm_car();
  t.id = "long bus";
  t.vehicle_class = VehicleClass::kBus;
  t.length_m = 24, t.accel_mps2 = 1.2, t.decel_mps2 = 4, t.emergency_decel_mps2 = 7, t.max_speed_mps = 24;
  return t;
}
VehicleType slow_car() {
  VehicleType t = calm_car();
  t.max_speed_mps = 2;
  return t;
}

Network drawn(std::string_view drawing, std::string_view words = "") {
  return build_network(ascii_plan(drawing, words), {.join_distance_m = 0});
}
/// Gives the link so many metres.
void set_length(Network& net, std::string_view from_to, double metres) {
  const Link& link = net[link_between(net, from_to)];
  for (std::uint32_t k = 0; k < link.lane_count; ++k) net.lanes[link.first_lane.value + k].length_m = metres;
}

}  // namespace

TEST_CASE("a bus on a circle that is shorter than itself does not count as one that lies on another") {
  for (const double step : kSteps) {
    INFO("step " << step);
    Network net = drawn(R"(
S    N
|    |
A<<<<B
v    ^
v    ^
D>>>>C----E
|
T
)");
    for (const char* side : {"AD", "DC", "CB", "BA"}) set_length(net, side, 2);
    double round = 0;
    for (const char* way : {"BAD", "ADC", "DCB", "CBA"})
      round += 2 + net[net[connections_between(net, way).at(0)].lane].length_m;
    VehicleType longer = long_bus();
    longer.length_m = round + 3;
    Town town(std::move(net), {longer});
    town.options.step_s = step;
    town.trip("bus", 0, "ADCBADCBADT");
    const WatchedRun run(town);  // it can get no farther than to its own tail
    CHECK(run.ledger().running == 1);
  }
}

TEST_CASE("a bus that departs over other links and a departure there do not lie on one another") {
  for (const double step : kSteps)
    for (const char* other : {"WABC", "ABC"}) {
      INFO("step " << step << ", " << other);
      Network net = drawn(R"(
W----------A----------B----------C
           |          |
           |          |
           S          T
)");
      set_length(net, "AB", 6), set_length(net, "BC", 6);
      Town town(std::move(net), {long_bus(), calm_car()});
      town.options.step_s = step;
      town.trip("bus", 5, "BC", 0);
      Trip& car = town.trip("other", 5, other, std::string_view(other) == "ABC" ? 0 : 1);
      car.depart_pos = DepartPos::kValue, car.depart_pos_m = 1000;  // at the end of its lane
      const WatchedRun run(town);
      CHECK(run.all_arrived());
    }
}

TEST_CASE("two buses that depart side by side on a short link do not lie over the same road twice") {
  for (const double step : kSteps) {
    INFO("step " << step);
    Network net = drawn(R"(
W----------A==========B
           |
           |
           S
)");
    set_length(net, "AB", 6);
    Town town(std::move(net), {long_bus()});
    town.options.step_s = step;
    for (int lane = 0; lane < 2; ++lane) {
      Trip& bus = town.trip(numbered("bus", lane), 5, "AB");
      bus.depart_lane = DepartLane::kIndex, bus.depart_lane_index = static_cast<std::uint16_t>(lane);
    }
    double first = 0;
    const WatchedRun run(town, [&](const Simulation& simulation, const Snapshot& s) {
      if (s.vehicles.size() == 1 && first == 0) first = s.time_s;
      CHECK(simulation.ledger().running < 2);
    });
    CHECK(first == 5);
    CHECK(run.all_arrived());
  }
}

TEST_CASE(
    "a bus that comes back from beside a short road waits until nobody stands where its tail will lie") {
  for (const double step : kSteps) {
    INFO("step " << step);
    Network net = drawn(R"(
W----------A----------B----------C----------D
           |          |          |
           |          |          |
           S          T          U
)");
    set_length(net, "BC", 6);
    Town town(std::move(net), {long_bus(), calm_car()});
    town.options.step_s = step;
    Trip& bus = town.trip("bus", 0, "BCD", 0);
    bus.stop_count = 1;
    town.demand.stops.push_back({lane_of(town.net, "BC"), 6, 60, -1, true});
    for (int k = 0; k < 40; ++k) town.trip(numbered("car", k), 30 + 2 * k, "WABCD", 1);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
  }
}

TEST_CASE(
    "nobody comes in under the tail of a bus that changed lanes with its tail still on the road before") {
  for (const double step : kSteps)
    for (const double length : {12.0, 18.0}) {
      INFO("step " << step << ", " << length << " m");
      Network net = drawn(R"(
W==========A==========B
           |
           |
           S
)");
      set_length(net, "WA", 60);
      Town town(std::move(net), {long_bus(), slow_car()});
      town.options.step_s = step;
      town.options.end_s = 300;
      Trip& bus = town.trip("bus", 0, "WAB", 0);
      bus.depart_lane = DepartLane::kIndex, bus.depart_lane_index = 0;
      bus.stop_count = 1;
      town.demand.stops.push_back({lane_of(town.net, "AB", 1), length, 120, -1, false});
      for (int k = 0; k < 4; ++k) {
        Trip& car = town.trip(numbered("car", k), 2 + 3 * k, "WAB", 1);
        car.depart_lane = DepartLane::kIndex, car.depart_lane_index = 1;
      }
      bool changed = false;
      const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
        for (const VehicleSnapshot& x : s.vehicles)
          changed |= x.type.value == 0 && x.lane == lane_of(town.net, "AB", 1) && x.pos_m < 24;
      });
      CHECK(changed);
      CHECK(run.all_arrived());
    }
}
