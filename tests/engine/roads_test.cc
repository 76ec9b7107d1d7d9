// Roads without junctions that matter: free flow, queues of departures, stops, steps of any size.
#include <cmath>

#include "tests/engine/town.h"

using namespace arterial;

namespace {
const double kSteps[] = {0.1, 0.25, 0.5, 1.0};

Town street(std::vector<VehicleType> types = {calm_car()}) {
  return Town(ascii_network("A----------------------------------------B", "AB speed=50"), std::move(types));
}
}  // namespace

TEST_CASE("a vehicle alone arrives when length, limit and acceleration say") {
  for (const Backend machine : machines())
    for (const double step : kSteps) {
      INFO("step " << step);
      Town town = street();
      town.options.step_s = step;
      town.options.backend = machine;
      town.trip("one", 5, "AB");
      const WatchedRun run(town);
      REQUIRE(run.all_arrived());
      const TripRow row = run.trip("one");
      const double v = 50 / 3.6,
                   way = town.net[lane_of(town.net, "AB")].length_m - 5;  // it enters with its whole body
      const double expected = way / v + v / 2.6 / 2;
      CHECK(row.entered_s == 5);
      CHECK(row.entered_s == row.scheduled_s);
      CHECK(row.ended_s - row.entered_s == Approx(expected).margin(1.0 + step));
      CHECK(row.distance_m == Approx(way).margin(1e-3));
      CHECK(row.halts == 0);
      CHECK(row.lane_changes == 0);
      CHECK(row.free_flow_s == Approx(way / v).margin(0.1));
      CHECK(row.time_loss_s == Approx(v / 2.6 / 2).margin(1.0 + step));
      CHECK(run.simulation->totals().vkt_km == Approx(way / 1000).margin(1e-6));
    }
}

TEST_CASE("the speed factor is the vehicle's own and its speed keeps to it") {
  VehicleType fast = calm_car();
  fast.speed_factor_mean = 1.2;
  Town town = street({fast});
  town.trip("one", 0, "AB");
  double top = 0;
  const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
    for (const auto& v : s.vehicles) top = std::max(top, v.speed_mps);
  });
  CHECK(top == Approx(1.2 * 50 / 3.6).margin(0.01));
  CHECK(run.trip("one").speed_factor == Approx(1.2).margin(0.001));
}

TEST_CASE("a dense platoon of all kinds is safe at any step") {
  for (const Backend machine : machines())
    for (const double step : kSteps) {
      INFO("step " << step);
      Town town = street({real_car(), truck(), idm_car()});
      town.options.step_s = step;
      town.options.backend = machine;
      for (int i = 0; i < 60; ++i)
        town.trip(numbered("v", i), i * 1.5, "AB", static_cast<std::uint32_t>(i % 3));
      const WatchedRun run(town);
      CHECK(run.all_arrived());
    }
}

TEST_CASE("departures wait in a queue while the road is full, in their order, and none is lost") {
  for (const Backend machine : machines()) {
    Town town = street();
    town.options.backend = machine;
    for (int i = 0; i < 40; ++i) town.trip(numbered("v", i), 10, "AB");
    std::uint64_t most = 0;
    const WatchedRun run(town, [&](const Simulation& s, const Snapshot&) {
      most = std::max(most, s.ledger().waiting);
      if (s.now_s() < 10) CHECK(s.ledger().loaded == 0);
      if (s.now_s() == 10) CHECK(s.ledger().loaded == 40);
    });
    CHECK(most >= 38);
    REQUIRE(run.all_arrived());
    std::vector<double> entered;
    for (const TripRow& row : run.rows()) entered.push_back(row.entered_s);
    CHECK(std::is_sorted(entered.begin(), entered.end()));
    // One lane lets in at most one every second or so, and at least one every four.
    CHECK(entered.back() - entered.front() > 39 * 0.9);
    CHECK(entered.back() - entered.front() < 39 * 4.0);
    CHECK(run.simulation->totals().waiting_h > 0);
  }
}

TEST_CASE("a bus dwells at its stop, those behind wait or pass, and it goes on") {
  for (const Backend machine : machines()) {
    Town town = street();
    town.options.backend = machine;
    Trip& bus = town.trip("bus", 0, "AB");
    bus.first_stop = 0, bus.stop_count = 1;
    town.demand.stops.push_back({lane_of(town.net, "AB"), 200, 30, -1, false});
    town.trip("behind", 5, "AB");
    double standing_from = -1, standing_to = -1, at = 0;
    const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
      for (const auto& v : state.vehicles)
        if (s.demand().trips[v.trip.value].id == "bus" && v.speed_mps < 0.1 && s.now_s() > 5) {
          if (standing_from < 0) standing_from = s.now_s();
          standing_to = s.now_s(), at = v.pos_m;
        }
    });
    REQUIRE(run.all_arrived());
    CHECK(standing_to - standing_from >= 28);
    CHECK(standing_to - standing_from <= 34);
    CHECK(at == Approx(200).margin(0.6));
    CHECK(run.trip("bus").stop_s == Approx(30).margin(1.01));
    CHECK(run.trip("behind").ended_s > run.trip("bus").ended_s);
    CHECK(run.trip("behind").stop_s == 0);
  }
}

TEST_CASE("a stop with a time to leave holds the bus until then") {
  Town town = street();
  Trip& bus = town.trip("bus", 0, "AB");
  bus.stop_count = 1;
  town.demand.stops.push_back({lane_of(town.net, "AB"), 150, 5, 120, false});
  const WatchedRun run(town);
  REQUIRE(run.all_arrived());
  CHECK(run.trip("bus").ended_s > 120);
  CHECK(run.trip("bus").ended_s < 170);
}

TEST_CASE("an arrival position ends a trip before the end of the road") {
  Town town = street();
  Trip& t = town.trip("short", 0, "AB");
  t.arrival_pos_stated = true, t.arrival_pos_m = 100;
  const WatchedRun run(town);
  REQUIRE(run.all_arrived());
  CHECK(run.trip("short").distance_m >= 95 - 1e-6);
  CHECK(run.trip("short").distance_m < 95 + 15);
}

TEST_CASE("a departure speed and position are kept where they are safe") {
  Town town = street();
  Trip& t = town.trip("fast", 0, "AB");
  t.depart_speed = DepartSpeed::kMax;
  t.depart_pos = DepartPos::kValue, t.depart_pos_m = 50;
  double first_speed = -1, first_pos = -1;
  const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
    if (first_speed < 0 && !s.vehicles.empty())
      first_speed = s.vehicles[0].speed_mps, first_pos = s.vehicles[0].pos_m;
  });
  CHECK(first_speed == Approx(50 / 3.6).margin(0.01));
  CHECK(first_pos == 50);
  CHECK(run.all_arrived());
}

TEST_CASE("a departure at the pace of the road takes the mean of its lane, or of the last one there") {
  VehicleType slow = calm_car();
  slow.max_speed_mps = 5;
  struct Case {
    DepartSpeed mode;
    double expected_mps;  // with vehicles of 5 m/s and 50 km/h on the lane, the slow one last
  };
  const double v = 50 / 3.6;
  for (const Backend machine : machines())
    for (const Case c :
         {Case{DepartSpeed::kAverage, (5 + v) / 2}, Case{DepartSpeed::kLast, 5}, Case{DepartSpeed::kMax, v}})
      for (const bool empty : {false, true}) {
        Town town = street({calm_car(), slow});
        town.options.backend = machine;
        if (!empty) {
          for (const std::uint32_t type : {0u, 1u}) {
            Trip& ahead = town.trip(type ? "slow" : "quick", 0, "AB", type);
            ahead.depart_speed = DepartSpeed::kMax;
            ahead.depart_pos = DepartPos::kValue, ahead.depart_pos_m = type ? 150 : 250;
          }
        }
        town.trip("late", 3, "AB").depart_speed = c.mode;
        const std::uint32_t late = static_cast<std::uint32_t>(town.demand.trips.size() - 1);
        double first = -1;
        const WatchedRun run(town, [&](const Simulation&, const Snapshot& s) {
          for (const auto& vehicle : s.vehicles)
            if (first < 0 && vehicle.trip.value == late) first = vehicle.speed_mps;
        });
        CHECK(first == Approx(empty ? v : c.expected_mps).margin(0.01));
        CHECK(run.all_arrived());
      }
}

TEST_CASE("departures that wait before one lane keep nobody from another") {
  for (const Backend machine : machines()) {
    Town town(ascii_network("A----------------------------------------B", "AB lanes=2+0"));
    town.options.backend = machine;
    for (int i = 0; i < 20; ++i) {
      Trip& t = town.trip("queue." + std::to_string(i), 0, "AB");
      t.depart_lane = DepartLane::kIndex, t.depart_lane_index = 1;
    }
    Trip& t = town.trip("other", 1, "AB");
    t.depart_lane = DepartLane::kIndex, t.depart_lane_index = 0;
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    CHECK(run.trip("queue.19").entered_s > 20);
    CHECK(run.trip("other").entered_s < 5);  // who has entered before it may have come over
  }
}

TEST_CASE("what cannot be run is refused in words") {
  Town town = street();
  town.trip("one", 0, "AB");
  const auto refused = [&](auto&& edit) {
    Town bad = street();
    bad.trip("one", 0, "AB");
    edit(bad);
    CHECK_THROWS_AS(bad.start(), InputError);
  };
  refused([](Town& t) { t.options.step_s = 0.3; });
  refused([](Town& t) { t.options.step_s = 2; });
  refused([](Town& t) { t.options.step_s = std::nan(""); });
  refused([](Town& t) { t.options.replicas = 0; });
  refused([](Town& t) { t.options.end_s = -1; });
  refused([](Town& t) { t.demand.trips[0].route = {}; });
  if (!cuda_available()) refused([](Town& t) { t.options.backend = Backend::kCuda; });
}

TEST_CASE("a row of detectors across the road counts every vehicle once, whatever lane it changes to") {
  for (const double step : kSteps) {
    INFO("step " << step);
    Town town(ascii_network("A------------------------------------------------------------B",
                            "AB speed=80 lanes=2"),
              {real_car(), truck()});
    town.options.step_s = step;
    const LaneId first = lane_of(town.net, "AB");
    const double length_m = town.net[first].length_m;
    for (std::uint32_t k = 0; k < 2; ++k)
      for (const double share : {0.4, 0.8})
        town.net.detectors.push_back({LaneId(first.value + k), share * length_m, 0, numbered("loop", k)});
    for (int i = 0; i < 60; ++i)
      town.trip(numbered("v", i), i * 2.5, "AB", static_cast<std::uint32_t>(i % 2));
    const WatchedRun run(town);
    REQUIRE(run.all_arrived());
    std::uint64_t near = 0, far = 0, changes = 0;
    const auto results = run.simulation->results();
    for (const DetectorRow& row : results.detectors)
      (town.net.detectors[row.detector].pos_m < 0.5 * length_m ? near : far) += row.count;
    for (const TripRow& row : results.trips) changes += row.lane_changes;
    CHECK(changes > 10);
    CHECK(near == 60);
    CHECK(far == 60);
  }
}

TEST_CASE("on a road shorter than itself a vehicle departs only where its body displaces nobody upstream") {
  for (const double step : {0.2, 0.5, 1.0}) {
    INFO("step " << step);
    VehicleType lorry = truck();
    lorry.length_m = 18;
    Town town(ascii_network(R"(
W>>>>>>>>>>>>>>>A>>>>>B>>>>>>>>>>>>>>>>E
                v     v
                v     v
                C     D
)"),
              {real_car(), lorry});
    town.options.step_s = step;
    town.net.lanes[lane_of(town.net, "AB").value].length_m = 0.2;  // as in maps cut at every crossing
    town.flow("v", "WABE", 4, 0, 400).flow("t", "ABE", 20, 3, 400, 1);
    const WatchedRun run(town);
    CHECK(run.all_arrived());
    // And who comes up behind one that has to stand there sees where its body ends.
    Change& slow = town.change(ChangeKind::kSpeedLimit);
    slow.link = link_between(town.net, "BE"), slow.speed_mps = 0.8;
    town.options.end_s = 4000;
    const WatchedRun queue(town);
    CHECK(queue.all_arrived());
  }
}
