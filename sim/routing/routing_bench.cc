#include "sim/routing/routing_bench.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <ostream>
#include <string>

#include "sim/model/keyed_hash.h"
#include "sim/routing/components.h"
#include "sim/routing/router.h"

namespace arterial {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Seconds that this thread had a core: what others do on the machine does not count.
double core_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

Network routing_grid(std::uint32_t links, std::uint64_t seed) {
  Network net;
  net.name = "routing grid";
  // side * side junctions have about 4 * side * side directed links, less the one-way streets.
  const auto side =
      std::max<std::uint32_t>(2, static_cast<std::uint32_t>(std::lround(std::sqrt(links / 3.7))));
  const auto draw = [&](std::uint64_t key, std::uint64_t purpose) {
    return unit_interval(keyed_draw(seed, key, purpose));
  };
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x) {
      Junction j;
      const std::uint64_t key = y * std::uint64_t{side} + x;
      j.at = {120.0 * x + 50 * draw(key, 1), 120.0 * y + 50 * draw(key, 2)};
      j.id = std::to_string(x).append(".").append(std::to_string(y));
      net.junctions.push_back(j);
    }
  std::vector<std::vector<std::uint32_t>> in(net.junctions.size()), out(net.junctions.size());
  const auto add_link = [&](std::uint32_t a, std::uint32_t b, bool arterial_road) {
    const Point p = net.junctions[a].at, q = net.junctions[b].at;
    Link link;
    link.from = JunctionId(a);
    link.to = JunctionId(b);
    link.first_lane = LaneId(static_cast<std::uint32_t>(net.lanes.size()));
    link.lane_count = 1;
    link.id = net.junctions[a].id + ">" + net.junctions[b].id;
    Lane lane;
    lane.link = LinkId(static_cast<std::uint32_t>(net.links.size()));
    lane.length_m = std::hypot(q.x - p.x, q.y - p.y);
    lane.speed_mps = arterial_road ? 16.67 : 8.33;
    lane.id = link.id + "_0";
    in[b].push_back(lane.link.value);
    out[a].push_back(lane.link.value);
    net.lanes.push_back(lane);
    net.links.push_back(link);
  };
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x) {
      const std::uint32_t a = y * side + x;
      for (const bool east : {true, false}) {
        if (east ? x + 1 == side : y + 1 == side) continue;
        const std::uint32_t b = east ? a + 1 : a + side;
        const std::uint32_t street = east ? y : x;
        const bool fast = street % 8 == 0;
        // Every tenth minor street block is one way.
        const bool one_way = !fast && draw(a, east ? 3 : 4) < 0.1;
        const bool flip = draw(a, 5) < 0.5;
        if (!one_way || !flip) add_link(a, b, fast);
        if (!one_way || flip) add_link(b, a, fast);
      }
    }
  net.road_lane_count = static_cast<std::uint32_t>(net.lanes.size());
  for (std::uint32_t j = 0; j < net.junctions.size(); ++j)
    for (const std::uint32_t a : in[j])
      for (const std::uint32_t b : out[j]) {
        const bool u_turn = net.links[a].from == net.links[b].to;
        const bool banned = draw((std::uint64_t{a} << 32) | b, 6) < 0.05;
        if (out[j].size() > 1 && (u_turn || banned)) continue;
        Connection c;
        c.from = net.links[a].first_lane;
        c.to = net.links[b].first_lane;
        c.junction = JunctionId(j);
        c.lane = LaneId(static_cast<std::uint32_t>(net.lanes.size()));
        Lane ground;
        ground.internal = true;
        ground.length_m = 12;
        ground.speed_mps = 7;
        net.lanes.push_back(ground);
        net.connections.push_back(c);
      }
  return net;
}

bool run_routing_bench(const RoutingBenchOptions& options, std::ostream& out) {
  return run_routing_bench(routing_grid(options.links, options.seed), options, out);
}

bool run_routing_bench(const Network& net, const RoutingBenchOptions& options, std::ostream& out) {
  using Clock = std::chrono::steady_clock;
  const auto line = [&](const char* what, double value, const char* unit) {
    char text[120];
    std::snprintf(text, sizeof text, "%-42s %14.3f %s\n", what, value, unit);
    out << text;
  };
  const RoadGraph graph(net);
  line("links", graph.link_count(), "");
  line("turns", graph.edge_count(), "");
  auto begin = Clock::now();
  Router router(graph, {.threads = options.threads});
  line("order and shortcuts", seconds_since(begin), "s (once per network)");
  line("arcs", static_cast<double>(router.hierarchy().arc_count()), "");
  begin = Clock::now();
  const Metric& metric = router.metric({});
  line("customization", seconds_since(begin), "s (once per class or set of measured times)");
  line("metric", static_cast<double>(metric.bytes()) / 1e6, "MB");

  const Components parts = strongly_connected(graph, VehicleClass::kCar);
  std::vector<LinkId> ends;
  for (std::uint32_t l = 0; l < graph.link_count(); ++l)
    if (parts.in_largest(LinkId(l))) ends.push_back(LinkId(l));
  std::vector<RouteRequest> requests;
  for (std::uint32_t i = 0; i < options.routes; ++i)
    requests.push_back({ends[below(keyed_draw(options.seed, i, 11), ends.size())],
                        ends[below(keyed_draw(options.seed, i, 12), ends.size())],
                        {}});

  RouteQuery query;
  std::vector<LinkId> links, reference;
  std::uint64_t driven = 0, settled = 0;
  double start = core_seconds();
  for (const RouteRequest& r : requests) {
    query.route(metric, r.from, r.to, links);
    driven += links.size();
    settled += query.last_settled();
  }
  const double alone = options.routes / (core_seconds() - start);
  start = core_seconds();
  const auto answers = route_all(metric, requests, 1);
  const double per_second = options.routes / (core_seconds() - start);
  line("routes a second of one core, one by one", alone, "");
  line("routes a second of one core, as a batch", per_second, "");
  line("links a route", static_cast<double>(driven) / options.routes, "");
  line("ranks a query looks at", static_cast<double>(settled) / options.routes, "");

  const std::uint32_t checked = std::min(options.checked, options.routes);
  std::uint32_t wrong = 0;
  double dijkstra_s = 0;
  for (std::uint32_t i = 0; i < checked; ++i) {
    const double before = core_seconds();
    const Cost cost = plain_dijkstra(metric, requests[i].from, requests[i].to, &reference);
    dijkstra_s += core_seconds() - before;
    query.route(metric, requests[i].from, requests[i].to, links);
    const std::uint64_t ms = (cost >> kTieBits) + metric.link_ms(requests[i].from);
    wrong += ms != query.last_ms() || links != reference || answers[i] != reference;
  }
  line("routes a second of one core, Dijkstra", checked / dijkstra_s, "");
  line("times quicker", per_second * dijkstra_s / checked, "");
  line("routes compared", checked, "");
  line("of them different", wrong, "");
  const bool good = wrong == 0 && per_second >= 5000;
  out << (good ? "pass: at least 5,000 routes a second, all equal to Dijkstra's\n"
               : "FAIL: below 5,000 routes a second, or a route differs from Dijkstra's\n");
  return good;
}

}  // namespace arterial
