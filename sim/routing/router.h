#pragma once
// The door to routing: one Router per network; metrics are made when first asked for and kept.
//
//   RoadGraph graph(network);
//   Router router(graph, {.threads = 2});
//   std::vector<LinkId> links;
//   if (router.route(from, to, VehicleClass::kCar, 0, links)) ...
//
// Rerouting on measured times: `auto live = router.customize(settings, link_ms, banned_edges)` once an
// interval and class, then one RouteQuery per thread, or route_all(). Same answers for any number of threads.
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "sim/routing/hierarchy.h"
#include "sim/routing/road_graph.h"
#include "sim/routing/route_query.h"

namespace arterial {

struct RouterOptions {
  int threads = 1;
};

struct RouteRequest {
  LinkId from, to;
  std::vector<LinkId> via;
};

/// Answers in the order of the requests, an empty one where there is no route. The same for any number of
/// threads.
std::vector<std::vector<LinkId>> route_all(const Metric& metric, std::span<const RouteRequest> requests,
                                           int threads);

class Router {
 public:
  /// The graph must outlive the router.
  explicit Router(const RoadGraph& graph, const RouterOptions& options = {});

  const RoadGraph& graph() const { return hierarchy_.graph(); }
  const Hierarchy& hierarchy() const { return hierarchy_; }

  /// Free-flow metric of these settings: made on first use, kept. Thread-safe; the reference stays good.
  const Metric& metric(const MetricSettings& settings);

  /// A metric on measured times, the caller's to keep.
  Metric customize(const MetricSettings& settings, std::span<const std::uint32_t> link_ms,
                   std::span<const std::uint32_t> banned_edges = {}, Queries queries = Queries::kMany) const {
    return Metric(hierarchy_, settings, link_ms, banned_edges, queries);
  }

  /// Quickest route at free flow; false where there is none. Thread-safe.
  bool route(LinkId from, LinkId to, VehicleClass vehicle_class, double speed_cap_mps,
             std::vector<LinkId>& out);

  /// The same on all threads of the router.
  std::vector<std::vector<LinkId>> route_all(const Metric& metric,
                                             std::span<const RouteRequest> requests) const {
    return arterial::route_all(metric, requests, options_.threads);
  }

 private:
  Hierarchy hierarchy_;
  RouterOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Metric>> metrics_;
};

/// Textbook search, slow and simple: what the hierarchy is measured and tested against. Cost of the best
/// route over the edges (without the first link's own time), kUnreachable where there is none; the links into
/// `out` if given.
Cost plain_dijkstra(const Metric& metric, LinkId from, LinkId to, std::vector<LinkId>* out = nullptr);

}  // namespace arterial
