// Rows of links and junctions against the ledger and the trips, at any time of a run.
#include "tests/link_identities.h"

#include "tests/engine/town.h"

using namespace arterial;

namespace {

/// Cars, trucks, a bus at a stop, a signal, departures at the very begin, queues to enter.
Town crossing_town() {
  Town town(ascii_network(R"(
            N
            |
            |
            |
W===========X===========E
            |
            |
            |
            S
)",
                          "X signal", 12),
            {real_car(), truck(), idm_car()});
  town.options.end_s = 700;
  town.options.interval_s = 120;
  town.flow("we", "WXE", 4, 0, 400)
      .flow("ns", "NXS", 7, 0, 400, 1)
      .flow("en", "EXN", 9, 0, 400, 2)
      .flow("sw", "SXW", 11, 3, 400);
  Trip& bus = town.trip("bus", 10, "WXE");
  bus.stop_count = 1;
  town.demand.stops.push_back({lane_of(town.net, "XE"), 60, 150, -1, false});
  return town;
}

void check_all_along(const Town& town) {
  const auto simulation = town.start();
  const auto check = [&] {
    const std::string broken = broken_link_identity(*simulation);
    INFO("at " << simulation->now_s() << " s: " << broken);
    REQUIRE(broken.empty());
  };
  while (!simulation->finished()) {
    simulation->step();
    if (simulation->steps_done() % 47 == 0) check();
  }
  check();
  REQUIRE(simulation->ledger().arrived > 100);
}

}  // namespace

TEST_CASE("rows of links and junctions follow from each other and sum to the running vehicles") {
  for (const Backend machine : machines()) {
    Town town = crossing_town();
    town.options.backend = machine;
    check_all_along(town);
  }
}

TEST_CASE("the rows hold with removals, with rerouting, and with intervals that no period divides") {
  Town town = crossing_town();
  town.options.remove_after_s = 20;
  town.options.reroute_share = 0.5, town.options.reroute_period_s = 70;
  check_all_along(town);
}

TEST_CASE("the time of a trip is free flow, loss and stops, whenever one looks") {
  Town town = crossing_town();
  const auto simulation = town.start();
  double worst_s = 0, stopped_s = 0;
  std::size_t on_their_way = 0;
  while (!simulation->finished()) {
    simulation->step();
    if (simulation->steps_done() % 47 != 0) continue;
    for (const TripRow& t : simulation->results().trips) {
      if (t.entered_s < 0) continue;
      on_their_way += t.ended_s < 0 ? 1 : 0;
      const double spent_s = (t.ended_s >= 0 ? t.ended_s : simulation->now_s()) - t.entered_s;
      worst_s = std::max(worst_s, std::abs(spent_s - t.free_flow_s - t.time_loss_s - t.stop_s));
      if (t.ended_s < 0 && t.stop_s > stopped_s && t.stop_s < 150) stopped_s = t.stop_s;
    }
  }
  CHECK(on_their_way > 100);
  CHECK(worst_s <= 1.1);  // a step, for who was given more than it lost
  CHECK(stopped_s > 0);   // the bus, seen at its stop
}

TEST_CASE("standing time belongs to the interval it was stood in, and sums to that of the trips") {
  for (const Backend machine : machines()) {
    Town town = crossing_town();
    town.options.backend = machine;
    town.options.interval_s = 7;  // reds are longer
    const auto simulation = town.start();
    while (!simulation->finished()) {
      simulation->step();
      if (simulation->steps_done() % 47 != 0) continue;
      const ResultTables tables = simulation->results();
      double of_rows_s = 0, of_trips_s = 0;
      for (const LinkRow& row : tables.links) {
        CHECK(row.halted_vehicle_s <= row.vehicle_s);
        of_rows_s += row.halted_vehicle_s;
      }
      for (const TripRow& t : tables.trips) of_trips_s += t.halted_s;
      REQUIRE(of_rows_s == Approx(of_trips_s));
      if (simulation->now_s() > 600) REQUIRE(of_trips_s > 1000);
    }
  }
}

TEST_CASE("after a warm-up rows and sums begin anew") {
  Town town = crossing_town();
  town.options.warm_up_s = 200;
  const auto simulation = town.start();
  while (!simulation->finished()) simulation->step();
  INFO(broken_link_identity(*simulation));
  REQUIRE(broken_link_identity(*simulation).empty());
  const ResultTables tables = simulation->results();
  REQUIRE(tables.links.front().begin_s == 200);
  std::uint32_t present = 0;
  for (const LinkRow& r : tables.links)
    if (r.begin_s == 200) present += r.n_begin;
  CHECK(present > 0);
  // Time on the road since then, by the trips.
  double hours = 0;
  for (const TripRow& t : tables.trips)
    if (t.entered_s >= 0)
      hours +=
          std::max(0.0, (t.ended_s >= 0 ? t.ended_s : simulation->now_s()) - std::max(200.0, t.entered_s)) /
          3600;
  CHECK(simulation->totals().vht_h == Approx(hours).epsilon(1e-9));
}
