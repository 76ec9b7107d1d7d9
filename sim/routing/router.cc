#include "sim/routing/router.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <queue>
#include <thread>

namespace arterial {

Router::Router(const RoadGraph& graph, const RouterOptions& options)
    : hierarchy_(graph, options.threads), options_(options) {}

const Metric& Router::metric(const MetricSettings& settings) {
  const std::lock_guard lock(mutex_);
  for (const auto& m : metrics_)
    if (m->settings() == settings) return *m;
  metrics_.push_back(std::make_unique<Metric>(hierarchy_, settings));
  return *metrics_.back();
}

bool Router::route(LinkId from, LinkId to, VehicleClass vehicle_class, double speed_cap_mps,
                   std::vector<LinkId>& out) {
  // A workspace per thread; it sizes itself to the network and leaves itself clean after every query.
  thread_local RouteQuery query;
  MetricSettings settings;
  settings.vehicle_class = vehicle_class;
  settings.speed_cap_mps = speed_cap_mps;
  return query.route(metric(settings), from, to, out);
}

std::vector<std::vector<LinkId>> route_all(const Metric& metric, std::span<const RouteRequest> requests,
                                           int threads) {
  std::vector<std::vector<LinkId>> answers(requests.size());
  // Neighbours in the order of work share most of what they look at: origins by blocks of ranks, within a
  // block by destination.
  const Hierarchy& h = metric.hierarchy();
  constexpr std::uint32_t kBlocks = 64;
  const std::uint32_t block = h.size() / kBlocks + 1;
  std::vector<std::uint64_t> work_order(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i)
    work_order[i] = (std::uint64_t{h.rank(requests[i].from) / block} << 58) ^
                    (std::uint64_t{h.rank(requests[i].to) & 0x3ffffffu} << 32) ^ i;
  std::sort(work_order.begin(), work_order.end());
  std::atomic<std::size_t> next{0};
  constexpr std::size_t kBatch = 64;
  const auto work = [&] {
    RouteQuery query;
    for (std::size_t begin; (begin = next.fetch_add(kBatch)) < requests.size();)
      for (std::size_t k = begin; k < std::min(begin + kBatch, requests.size()); ++k) {
        const auto i = static_cast<std::size_t>(work_order[k] & 0xffffffffu);
        query.route(metric, requests[i].from, requests[i].via, requests[i].to, answers[i]);
      }
  };
  const auto wanted = static_cast<std::size_t>(std::max(1, threads));
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < std::min(wanted, requests.size() / kBatch + 1); ++t) others.emplace_back(work);
  work();
  for (std::thread& t : others) t.join();
  return answers;
}

Cost plain_dijkstra(const Metric& metric, LinkId from, LinkId to, std::vector<LinkId>* out) {
  const RoadGraph& graph = metric.hierarchy().graph();
  if (out) out->clear();
  if (metric.link_ms(from) == kClosedLink || metric.link_ms(to) == kClosedLink) return kUnreachable;
  std::vector<Cost> cost(graph.link_count(), kUnreachable);
  std::vector<std::uint32_t> before(graph.link_count(), kClosedLink);
  using Entry = std::pair<Cost, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  cost[from.value] = 0;
  queue.push({0, from.value});
  while (!queue.empty()) {
    const auto [c, l] = queue.top();
    queue.pop();
    if (c != cost[l]) continue;
    if (l == to.value) break;
    const auto edges = graph.out(LinkId(l));
    for (std::uint32_t k = 0; k < edges.size(); ++k) {
      const Cost edge = metric.edge_cost(graph.first_edge(LinkId(l)) + k);
      const std::uint32_t head = edges[k].to.value;
      if (edge < kUnreachable && c + edge < cost[head]) {
        cost[head] = c + edge;
        before[head] = l;
        queue.push({cost[head], head});
      }
    }
  }
  if (out && cost[to.value] < kUnreachable) {
    for (std::uint32_t l = to.value; l != kClosedLink; l = before[l]) out->push_back(LinkId(l));
    std::reverse(out->begin(), out->end());
  }
  return cost[to.value];
}

}  // namespace arterial
