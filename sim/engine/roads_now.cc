#include "sim/engine/roads_now.h"

#include <algorithm>

namespace arterial {

RoadsNow::RoadsNow(const Router& router, const CityTables& city, const StateImage& state,
                   std::uint32_t replica, bool closures)
    : router_(router),
      city_(city),
      allowed_(state.lane_allowed.data() + static_cast<std::size_t>(replica) * city.grounds),
      limit_(state.lane_limit.data() + static_cast<std::size_t>(replica) * city.grounds),
      closures_(closures) {}

bool RoadsNow::admits(std::uint32_t ground, const MetricSettings& settings) const {
  return settings.ignore_permissions ? allowed_[ground] != 0
                                     : (allowed_[ground] & mask_of(settings.vehicle_class)) != 0;
}

bool RoadsNow::some_lane_admits(std::uint32_t link, const MetricSettings& settings) const {
  const std::uint32_t first = city_.link_first_lane[link];
  for (std::uint32_t lane = first; lane < first + city_.link_lane_count[link]; ++lane)
    if (admits(lane, settings)) return true;
  return false;
}

/// From a closed lane nobody turns, unless the whole link is closed: who is on it still must leave.
bool RoadsNow::connection_is_open(std::uint32_t c, const MetricSettings& settings) const {
  return admits(city_.conn[c].to, settings) && admits(city_.road_lanes + c, settings) &&
         (admits(city_.conn[c].from, settings) ||
          !some_lane_admits(city_.lane_link[city_.conn[c].from], settings));
}

bool RoadsNow::turn_is_open(LinkId from, LinkId to, const MetricSettings& settings) const {
  const std::uint32_t first = city_.link_first_lane[from.value];
  for (std::uint32_t lane = first; lane < first + city_.link_lane_count[from.value]; ++lane)
    for (std::uint32_t k = city_.lane_conn_first[lane]; k < city_.lane_conn_first[lane + 1]; ++k)
      if (city_.lane_link[city_.conn[city_.lane_conn[k]].to] == to.value &&
          connection_is_open(city_.lane_conn[k], settings))
        return true;
  return false;
}

RoadTimes RoadsNow::times(const MetricSettings& settings,
                          const std::vector<std::uint32_t>& measured_ms) const {
  std::vector<std::uint32_t> link_ms = measured_ms;
  link_ms.resize(city_.links, 0);
  for (std::uint32_t link = 0; link < city_.links; ++link) {
    const std::uint32_t first = city_.link_first_lane[link];
    std::int32_t limit = 0;
    for (std::uint32_t lane = first; lane < first + city_.link_lane_count[link]; ++lane)
      if (admits(lane, settings)) limit = std::max(limit, limit_[lane]);
    if (limit == 0) {
      link_ms[link] = kClosedLink;
      continue;
    }
    const std::uint64_t free_ms =
        1000ull * static_cast<std::uint64_t>(city_.lane_length[first]) / static_cast<std::uint64_t>(limit);
    link_ms[link] = static_cast<std::uint32_t>(
        std::max<std::uint64_t>(link_ms[link], std::min<std::uint64_t>(free_ms, 1u << 30)));
  }
  std::vector<std::uint32_t> banned;
  if (closures_) {
    const RoadGraph& graph = router_.graph();
    std::vector<std::uint8_t> open(graph.edge_count(), 0);
    const RoadGraph::Edge* edges = graph.edge_count() ? graph.out(LinkId(0)).data() : nullptr;
    for (std::uint32_t c = 0; c < city_.connections; ++c) {
      if (!connection_is_open(c, settings)) continue;
      const RoadGraph::Edge* e =
          graph.edge(LinkId(city_.lane_link[city_.conn[c].from]), LinkId(city_.lane_link[city_.conn[c].to]));
      if (e) open[static_cast<std::size_t>(e - edges)] = 1;
    }
    for (std::uint32_t e = 0; e < open.size(); ++e)
      if (!open[e]) banned.push_back(e);
  }
  return {std::move(link_ms), std::move(banned)};
}

std::uint64_t way_ms(const Metric& metric, const std::vector<LinkId>& way) {
  const RoadGraph& graph = metric.hierarchy().graph();
  Cost sum = 0;
  for (std::size_t k = 0; k + 1 < way.size(); ++k) {
    const RoadGraph::Edge* e = graph.edge(way[k], way[k + 1]);
    if (!e) return kNoWay;
    const Cost cost = metric.edge_cost(static_cast<std::uint32_t>(e - graph.out(LinkId(0)).data()));
    if (cost >= kUnreachable) return kNoWay;
    sum += cost >> kTieBits;
  }
  return sum;
}

std::vector<LinkId> way_out(const Metric& metric, RouteQuery& query, const RouteRequest& request) {
  std::vector<LinkId> best, rest;
  std::uint64_t best_ms = kNoWay;
  for (const RoadGraph::Edge& e : metric.hierarchy().graph().out(request.from)) {
    if (way_ms(metric, {request.from, e.to}) == kNoWay ||
        !query.route(metric, e.to, request.via, request.to, rest))
      continue;
    rest.insert(rest.begin(), request.from);
    if (const std::uint64_t ms = way_ms(metric, rest); ms < best_ms) {
      best_ms = ms;
      best = rest;
    }
  }
  return best;
}

}  // namespace arterial
