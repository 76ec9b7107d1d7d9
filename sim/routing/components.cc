#include "sim/routing/components.h"

#include <algorithm>

namespace arterial {

Components strongly_connected(const RoadGraph& graph, VehicleClass vehicle_class) {
  // Tarjan's algorithm with a stack of its own: a city is deeper than a call stack.
  const std::uint32_t n = graph.link_count();
  constexpr std::uint32_t kNone = Components::kNone;
  const ClassMask mask = mask_of(vehicle_class);
  struct Frame {
    std::uint32_t link, edge;
  };
  std::vector<std::uint32_t> index(n, kNone), low(n, 0), component(n, kNone), open;
  std::vector<Frame> frames;
  std::uint32_t next_index = 0, count = 0;
  for (std::uint32_t root = 0; root < n; ++root) {
    if (index[root] != kNone || !graph.admits(LinkId(root), vehicle_class)) continue;
    frames.push_back({root, 0});
    while (!frames.empty()) {
      Frame& f = frames.back();
      const std::uint32_t v = f.link;
      if (f.edge == 0) {
        index[v] = low[v] = next_index++;
        open.push_back(v);
      }
      const auto edges = graph.out(LinkId(v));
      bool descended = false;
      while (f.edge < edges.size()) {
        const RoadGraph::Edge& e = edges[f.edge++];
        if (!(e.allowed & mask)) continue;
        const std::uint32_t w = e.to.value;
        if (index[w] == kNone) {
          frames.push_back({w, 0});
          descended = true;
          break;
        }
        if (component[w] == kNone) low[v] = std::min(low[v], index[w]);
      }
      if (descended) continue;
      if (edges.empty() || f.edge >= edges.size()) {
        if (low[v] == index[v]) {
          while (true) {
            const std::uint32_t w = open.back();
            open.pop_back();
            component[w] = count;
            if (w == v) break;
          }
          ++count;
        }
        frames.pop_back();
        if (!frames.empty()) low[frames.back().link] = std::min(low[frames.back().link], low[v]);
      }
    }
  }
  Components result;
  result.of_link.assign(n, kNone);
  std::vector<std::uint32_t> name(count, kNone);
  for (std::uint32_t l = 0; l < n; ++l) {
    if (component[l] == kNone) continue;
    std::uint32_t& c = name[component[l]];
    if (c == kNone) {
      c = static_cast<std::uint32_t>(result.size.size());
      result.size.push_back(0);
    }
    result.of_link[l] = c;
    ++result.size[c];
  }
  for (std::uint32_t c = 0; c < result.size.size(); ++c)
    if (result.largest == kNone || result.size[c] > result.size[result.largest]) result.largest = c;
  return result;
}

TripEnds trip_ends(const RoadGraph& graph, VehicleClass vehicle_class) {
  const std::uint32_t n = graph.link_count();
  const ClassMask mask = mask_of(vehicle_class);
  const Components parts = strongly_connected(graph, vehicle_class);
  std::vector<std::uint32_t> first(n + 1, 0), before;
  for (std::uint32_t l = 0; l < n; ++l)
    for (const RoadGraph::Edge& e : graph.out(LinkId(l)))
      if (e.allowed & mask) ++first[e.to.value + 1];
  for (std::uint32_t l = 0; l < n; ++l) first[l + 1] += first[l];
  before.resize(first[n]);
  std::vector<std::uint32_t> fill(first.begin(), first.end() - 1);
  for (std::uint32_t l = 0; l < n; ++l)
    for (const RoadGraph::Edge& e : graph.out(LinkId(l)))
      if (e.allowed & mask) before[fill[e.to.value]++] = l;

  TripEnds ends;
  ends.origin.assign(n, false);
  for (std::uint32_t l = 0; l < n; ++l) ends.origin[l] = parts.in_largest(LinkId(l));
  ends.destination = ends.origin;
  std::vector<std::uint32_t> open;
  for (std::uint32_t l = 0; l < n; ++l)
    if (ends.origin[l]) open.push_back(l);
  std::vector<std::uint32_t> other = open;
  while (!open.empty()) {
    const std::uint32_t l = open.back();
    open.pop_back();
    for (std::uint32_t i = first[l]; i < first[l + 1]; ++i)
      if (!ends.origin[before[i]]) {
        ends.origin[before[i]] = true;
        open.push_back(before[i]);
      }
  }
  while (!other.empty()) {
    const std::uint32_t l = other.back();
    other.pop_back();
    for (const RoadGraph::Edge& e : graph.out(LinkId(l)))
      if ((e.allowed & mask) && !ends.destination[e.to.value]) {
        ends.destination[e.to.value] = true;
        other.push_back(e.to.value);
      }
  }
  return ends;
}

std::vector<bool> reachable_from(const RoadGraph& graph, LinkId from, VehicleClass vehicle_class) {
  std::vector<bool> seen(graph.link_count(), false);
  if (!graph.admits(from, vehicle_class)) return seen;
  std::vector<LinkId> open{from};
  seen[from.value] = true;
  while (!open.empty()) {
    const LinkId at = open.back();
    open.pop_back();
    for (const RoadGraph::Edge& e : graph.out(at))
      if ((e.allowed & mask_of(vehicle_class)) && !seen[e.to.value]) {
        seen[e.to.value] = true;
        open.push_back(e.to);
      }
  }
  return seen;
}

}  // namespace arterial
