// Routes of the hierarchy against a plain Dijkstra, on streets with one-ways, turn bans and uneven lengths.
#include <algorithm>
#include <sstream>

#include "sim/model/keyed_hash.h"
#include "sim/routing/components.h"
#include "sim/routing/nested_dissection.h"
#include "sim/routing/router.h"
#include "sim/routing/routing_bench.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

LinkId some_link(const RoadGraph& graph, std::uint64_t key, std::uint64_t purpose) {
  return LinkId(static_cast<std::uint32_t>(below(keyed_draw(7, key, purpose), graph.link_count())));
}

/// Closes every fifth street to cars and lets buses through.
Network grid_with_bus_streets(std::uint32_t links) {
  Network net = routing_grid(links, 3);
  for (std::uint32_t l = 0; l < net.road_lane_count; l += 5)
    net.lanes[l].allowed = mask_of(VehicleClass::kBus);
  return net;
}

void same_as_dijkstra(const Metric& metric, int pairs) {
  const RoadGraph& graph = metric.hierarchy().graph();
  RouteQuery query;
  std::vector<LinkId> got, wanted;
  int found = 0;
  for (int i = 0; i < pairs; ++i) {
    const LinkId from = some_link(graph, i, 1), to = some_link(graph, i, 2);
    const Cost cost = plain_dijkstra(metric, from, to, &wanted);
    const bool ok = query.route(metric, from, to, got);
    REQUIRE(ok == (cost < kUnreachable));
    REQUIRE(got == wanted);
    if (ok) CHECK(query.last_ms() == (cost >> kTieBits) + metric.link_ms(from));
    found += ok;
  }
  CHECK(found > 0);
}

}  // namespace

TEST_CASE("the order holds every link once and does not depend on threads") {
  const Network net = routing_grid(9000, 1);
  auto order = nested_dissection_order(net, 1);
  CHECK(order == nested_dissection_order(net, 3));
  std::sort(order.begin(), order.end());
  for (std::uint32_t l = 0; l < net.links.size(); ++l) REQUIRE(order[l] == LinkId(l));
}

TEST_CASE("routes equal Dijkstra's, link by link") {
  const Network net = routing_grid(1500, 2);
  const RoadGraph graph(net);
  Router router(graph);
  same_as_dijkstra(router.metric({}), 300);
}

TEST_CASE("routes equal Dijkstra's where classes, closures, bans and measured times differ") {
  const Network net = grid_with_bus_streets(1200);
  const RoadGraph graph(net);
  Router router(graph);
  MetricSettings settings;
  SECTION("car") {}
  SECTION("bus") { settings.vehicle_class = VehicleClass::kBus; }
  SECTION("slow truck") {
    settings.vehicle_class = VehicleClass::kTruck;
    settings.speed_cap_mps = 5;
  }
  SECTION("permissions ignored") { settings.ignore_permissions = true; }
  SECTION("route choice") {
    settings.spread = 0.1;
    settings.variant = 4;
  }
  same_as_dijkstra(router.metric(settings), 60);

  std::vector<std::uint32_t> times(graph.link_count()), banned;
  for (std::uint32_t l = 0; l < times.size(); ++l) {
    times[l] = 3000 + static_cast<std::uint32_t>(below(keyed_draw(1, l, 9), 90000));
    if (l % 17 == 0) times[l] = kClosedLink;
  }
  for (std::uint32_t e = 0; e < graph.edge_count(); e += 13) banned.push_back(e);
  const Metric live = router.customize(settings, times, banned);
  same_as_dijkstra(live, 60);
  const Metric for_few = router.customize(settings, times, banned, Queries::kFew);
  CHECK(for_few.bytes() > live.bytes());  // nothing was pruned, and the routes are the same
  same_as_dijkstra(for_few, 60);

  RouteQuery query;
  std::vector<LinkId> links;
  for (int i = 0; i < 100; ++i) {
    if (!query.route(live, some_link(graph, i, 1), some_link(graph, i, 2), links)) continue;
    for (std::size_t k = 0; k < links.size(); ++k) {
      CHECK(links[k].value % 17 != 0);
      if (!settings.ignore_permissions) CHECK(graph.admits(links[k], settings.vehicle_class));
      if (k == 0) continue;
      const RoadGraph::Edge* turn = graph.edge(links[k - 1], links[k]);
      REQUIRE(turn != nullptr);
      const auto index = static_cast<std::uint32_t>(turn - graph.out(LinkId(0)).data());
      CHECK(index % 13 != 0);
    }
  }
}

TEST_CASE("classes whose roads are the same are told from those whose are not") {
  const Network net = grid_with_bus_streets(300);
  const RoadGraph graph(net);
  const MetricSettings car, bus{.vehicle_class = VehicleClass::kBus},
      van{.vehicle_class = VehicleClass::kVan};
  CHECK(same_roads(graph, car, van));
  CHECK_FALSE(same_roads(graph, car, bus));
  CHECK(same_roads(graph, bus, {.vehicle_class = VehicleClass::kCar, .ignore_permissions = true}));
  CHECK_FALSE(same_roads(graph, car, {.speed_cap_mps = 5}));
  CHECK_FALSE(same_roads(graph, car, {.spread = 0.1}));
}

TEST_CASE("batches give the same answers on any number of threads") {
  const Network net = routing_grid(2000, 5);
  const RoadGraph graph(net);
  Router one(graph, {.threads = 1}), three(graph, {.threads = 3});
  std::vector<RouteRequest> requests;
  for (int i = 0; i < 1000; ++i)
    requests.push_back({some_link(graph, i, 1), some_link(graph, i, 2), {some_link(graph, i, 3)}});
  CHECK(one.route_all(one.metric({}), requests) == three.route_all(three.metric({}), requests));
}

TEST_CASE("a route over via links passes them in order and its time is the sum of its legs") {
  const Network net = routing_grid(800, 5);
  const RoadGraph graph(net);
  Router router(graph);
  const Metric& metric = router.metric({});
  RouteQuery query;
  std::vector<LinkId> links;
  int checked = 0;
  for (int i = 0; i < 50; ++i) {
    const LinkId a = some_link(graph, i, 1), b = some_link(graph, i, 2), c = some_link(graph, i, 3);
    if (!query.route(metric, a, {b}, c, links)) continue;
    const std::uint64_t ms = query.last_ms();
    REQUIRE(links.front() == a);
    REQUIRE(links.back() == c);
    CHECK(std::find(links.begin(), links.end(), b) != links.end());
    std::uint64_t sum = metric.link_ms(links[0]);
    for (std::size_t k = 1; k < links.size(); ++k) {
      const RoadGraph::Edge* turn = graph.edge(links[k - 1], links[k]);
      REQUIRE(turn != nullptr);
      sum += turn->crossing_ms + metric.link_ms(links[k]);
    }
    CHECK(sum == ms);
    ++checked;
  }
  CHECK(checked > 20);
}

TEST_CASE("with times that change, a route is the earliest arrival and constant times change nothing") {
  const Network net = routing_grid(600, 8);
  const RoadGraph graph(net);
  Router router(graph);
  TimeProfile profile;
  profile.begin_s = 0;
  profile.interval_s = 60;
  for (int k = 0; k < 8; ++k) {
    profile.ms.emplace_back(graph.link_count());
    for (std::uint32_t l = 0; l < graph.link_count(); ++l)
      profile.ms.back()[l] = 2000 + static_cast<std::uint32_t>(below(keyed_draw(3, l, k), 150000));
  }
  const Metric bounds = router.customize({}, profile.least());
  RouteQuery query;
  std::vector<LinkId> links;
  for (int i = 0; i < 40; ++i) {
    const LinkId from = some_link(graph, i, 1), to = some_link(graph, i, 2);
    const double depart_s = 10.0 * i;
    // Label-correcting search over instants: right for any first-in-first-out times.
    std::vector<std::uint64_t> at(graph.link_count(), kUnreachable);
    std::vector<std::uint32_t> open{from.value};
    const auto leave = [&](LinkId l, std::uint64_t t) {
      return std::max(leave_ms(profile, l, t), t + bounds.link_ms(l));
    };
    at[from.value] = leave(from, static_cast<std::uint64_t>(depart_s * 1000));
    for (std::size_t k = 0; k < open.size(); ++k)
      for (const RoadGraph::Edge& e : graph.out(LinkId(open[k]))) {
        const std::uint64_t t = leave(e.to, at[open[k]] + e.crossing_ms);
        if (t < at[e.to.value]) {
          at[e.to.value] = t;
          open.push_back(e.to.value);
        }
      }
    const bool ok = query.route_at(bounds, profile, from, to, depart_s, links);
    REQUIRE(ok == (at[to.value] < kUnreachable));
    if (!ok) continue;
    CHECK(query.last_ms() == at[to.value] - static_cast<std::uint64_t>(depart_s * 1000));
    std::uint64_t t = leave(from, static_cast<std::uint64_t>(depart_s * 1000));
    for (std::size_t k = 1; k < links.size(); ++k) {
      const RoadGraph::Edge* turn = graph.edge(links[k - 1], links[k]);
      REQUIRE(turn != nullptr);
      t = leave(links[k], t + turn->crossing_ms);
    }
    CHECK(t == at[to.value]);
  }

  TimeProfile constant;
  constant.ms = {profile.least()};
  std::vector<LinkId> still;
  for (int i = 0; i < 40; ++i) {
    const LinkId from = some_link(graph, i, 4), to = some_link(graph, i, 5);
    const bool ok = query.route(bounds, from, to, still);
    CHECK(ok == query.route_at(bounds, constant, from, to, 123, links));
    CHECK(links == still);
  }
}

TEST_CASE("entering later never means leaving earlier") {
  TimeProfile profile;
  profile.interval_s = 10;
  profile.ms = {{50000}, {kClosedLink}, {1000}, {30000}};
  std::uint64_t last = 0;
  for (std::uint64_t t = 0; t < 60000; t += 250) {
    const std::uint64_t leave = leave_ms(profile, LinkId(0), t);
    CHECK(leave >= last);
    CHECK(leave >= t + 1000);
    last = leave;
  }
  CHECK(leave_ms(profile, LinkId(0), 0) == 21000);  // waiting for the third interval is quicker
}

TEST_CASE("components: whoever reaches and is reached by a link shares its part") {
  const Network net = grid_with_bus_streets(400);
  const RoadGraph graph(net);
  const Components parts = strongly_connected(graph, VehicleClass::kCar);
  std::uint32_t all = 0;
  for (const std::uint32_t s : parts.size) all += s;
  std::vector<std::vector<bool>> reach;
  for (std::uint32_t a = 0; a < graph.link_count(); ++a)
    reach.push_back(reachable_from(graph, LinkId(a), VehicleClass::kCar));
  std::uint32_t open = 0;
  for (std::uint32_t a = 0; a < graph.link_count(); ++a) {
    open += graph.admits(LinkId(a), VehicleClass::kCar);
    CHECK((parts.of_link[a] == Components::kNone) == !graph.admits(LinkId(a), VehicleClass::kCar));
    for (std::uint32_t b = 0; b < graph.link_count(); ++b)
      REQUIRE((reach[a][b] && reach[b][a]) ==
              (parts.of_link[a] != Components::kNone && parts.of_link[a] == parts.of_link[b]));
  }
  CHECK(all == open);

  const TripEnds ends = trip_ends(graph, VehicleClass::kCar);
  const std::uint32_t core = static_cast<std::uint32_t>(
      std::find(parts.of_link.begin(), parts.of_link.end(), parts.largest) - parts.of_link.begin());
  for (std::uint32_t l = 0; l < graph.link_count(); ++l) {
    CHECK(ends.origin[l] == reach[l][core]);
    CHECK(ends.destination[l] == reach[core][l]);
  }
}

TEST_CASE("route choice: variants differ among themselves and repeat themselves") {
  const Network net = routing_grid(3000, 4);
  const RoadGraph graph(net);
  Router router(graph);
  const auto routes_of = [&](std::uint64_t variant) {
    MetricSettings s;
    s.spread = 0.2;
    s.seed = 5;
    s.variant = variant;
    RouteQuery query;
    std::vector<std::vector<LinkId>> all;
    for (int i = 0; i < 30; ++i) {
      std::vector<LinkId> links;
      query.route(Metric(router.hierarchy(), s), some_link(graph, i, 1), some_link(graph, i, 2), links);
      all.push_back(links);
    }
    return all;
  };
  CHECK(routes_of(1) == routes_of(1));
  CHECK(routes_of(1) != routes_of(2));
}

TEST_CASE("the routing benchmark compares every checked route") {
  RoutingBenchOptions options;
  options.links = 2000;
  options.routes = 200;
  options.checked = 50;
  std::ostringstream table;
  run_routing_bench(options, table);
  CHECK(table.str().find("of them different                                   0.000") != std::string::npos);
}
