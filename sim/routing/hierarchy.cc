#include "sim/routing/hierarchy.h"

#include <algorithm>
#include <cmath>

#include "sim/model/keyed_hash.h"
#include "sim/routing/nested_dissection.h"

namespace arterial {

Hierarchy::Hierarchy(const RoadGraph& graph, int threads) : graph_(&graph) {
  link_of_ = nested_dissection_order(graph.network(), threads);
  const std::uint32_t n = size();
  rank_of_.resize(n);
  for (std::uint32_t r = 0; r < n; ++r) rank_of_[link_of_[r].value] = r;

  // Turns as undirected pairs of ranks, lower first; then contraction: what a link leads up to is handed on
  // to the lowest of its neighbours above.
  std::vector<std::vector<std::uint32_t>> above(n);
  for (std::uint32_t l = 0; l < n; ++l)
    for (const RoadGraph::Edge& e : graph.out(LinkId(l))) {
      const std::uint32_t a = rank_of_[l], b = rank_of_[e.to.value];
      if (a != b) above[std::min(a, b)].push_back(std::max(a, b));
    }
  parent_.assign(n, kTop);
  first_.assign(n + 1, 0);
  std::vector<std::uint32_t> merged;
  const auto tidy = [](std::vector<std::uint32_t>& v) {
    std::sort(v.begin(), v.end());
    v.erase(std::unique(v.begin(), v.end()), v.end());
  };
  for (std::uint32_t r = 0; r < n; ++r) tidy(above[r]);
  for (std::uint32_t r = 0; r < n; ++r) {
    auto& mine = above[r];
    if (!mine.empty()) {
      parent_[r] = mine.front();
      auto& theirs = above[mine.front()];
      merged.clear();
      std::set_union(theirs.begin(), theirs.end(), mine.begin() + 1, mine.end(), std::back_inserter(merged));
      theirs.assign(merged.begin(), merged.end());
    }
    head_.insert(head_.end(), mine.begin(), mine.end());
    first_[r + 1] = static_cast<std::uint32_t>(head_.size());
    mine = {};
  }

  first_below_.assign(n + 1, 0);
  for (const std::uint32_t h : head_) ++first_below_[h + 1];
  for (std::uint32_t r = 0; r < n; ++r) first_below_[r + 1] += first_below_[r];
  arc_below_.resize(head_.size());
  tail_below_.resize(head_.size());
  std::vector<std::uint32_t> fill(first_below_.begin(), first_below_.end() - 1);
  for (std::uint32_t r = 0; r < n; ++r)
    for (std::uint32_t a = first_[r]; a < first_[r + 1]; ++a) {
      const std::uint32_t at = fill[head_[a]]++;
      arc_below_[at] = a;
      tail_below_[at] = r;
    }

  up_arc_of_edge_.assign(graph.edge_count(), kTop);
  down_arc_of_edge_.assign(graph.edge_count(), kTop);
  const auto arc = [&](std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint32_t>(
        std::lower_bound(head_.begin() + first_[low], head_.begin() + first_[low + 1], high) - head_.begin());
  };
  for (std::uint32_t l = 0; l < n; ++l) {
    const auto edges = graph.out(LinkId(l));
    for (std::uint32_t k = 0; k < edges.size(); ++k) {
      const std::uint32_t a = rank_of_[l], b = rank_of_[edges[k].to.value];
      if (a < b) up_arc_of_edge_[graph.first_edge(LinkId(l)) + k] = arc(a, b);
      if (b < a) down_arc_of_edge_[graph.first_edge(LinkId(l)) + k] = arc(b, a);
    }
  }
}

std::uint32_t spread_factor_1024(const MetricSettings& settings, std::uint64_t link_hash) {
  if (!(settings.spread > 0)) return 1024;
  const auto range = static_cast<std::uint64_t>(std::lround(std::min(settings.spread, 0.9) * 1024));
  const std::uint64_t draw = keyed_draw(settings.seed, link_hash, 0x70617468 /* "path" */, settings.variant);
  return static_cast<std::uint32_t>(1024 - range + below(draw, 2 * range + 1));
}

Cost Metric::edge_cost(std::uint32_t edge) const {
  const RoadGraph& graph = hierarchy_->graph();
  const RoadGraph::Edge& e = graph.out(LinkId(0)).data()[edge];
  if (!settings_.ignore_permissions && !(e.allowed & mask_of(settings_.vehicle_class))) return kUnreachable;
  if (link_ms_[e.to.value] == kClosedLink) return kUnreachable;
  if (std::binary_search(banned_.begin(), banned_.end(), edge)) return kUnreachable;
  return ((static_cast<Cost>(e.crossing_ms) + link_ms_[e.to.value]) << kTieBits) + graph.tie(e.to);
}

bool same_roads(const RoadGraph& graph, const MetricSettings& a, const MetricSettings& b) {
  MetricSettings class_of_b = a;
  class_of_b.vehicle_class = b.vehicle_class;
  class_of_b.ignore_permissions = b.ignore_permissions;
  if (class_of_b != b) return false;
  const auto open = [&](const RoadGraph::Edge& e, const MetricSettings& s) {
    return s.ignore_permissions || (e.allowed & mask_of(s.vehicle_class)) != 0;
  };
  const auto ms = [&](LinkId link, const MetricSettings& s) {
    return graph.free_flow_ms(link, s.vehicle_class, s.speed_cap_mps, s.ignore_permissions);
  };
  for (std::uint32_t l = 0; l < graph.link_count(); ++l) {
    if (ms(LinkId(l), a) != ms(LinkId(l), b)) return false;
    for (const RoadGraph::Edge& e : graph.out(LinkId(l)))
      if (open(e, a) != open(e, b)) return false;
  }
  return true;
}

Metric::Metric(const Hierarchy& hierarchy, const MetricSettings& settings,
               std::span<const std::uint32_t> link_ms, std::span<const std::uint32_t> banned_edges,
               Queries queries)
    : hierarchy_(&hierarchy), settings_(settings), banned_(banned_edges.begin(), banned_edges.end()) {
  take_times(link_ms);
  keep_arcs(customized(), queries);
}

void Metric::take_times(std::span<const std::uint32_t> link_ms) {
  const RoadGraph& graph = hierarchy_->graph();
  link_ms_.resize(hierarchy_->size());
  for (std::uint32_t l = 0; l < link_ms_.size(); ++l) {
    std::uint32_t ms = graph.free_flow_ms(LinkId(l), settings_.vehicle_class, settings_.speed_cap_mps,
                                          settings_.ignore_permissions);
    if (l < link_ms.size() && ms != kClosedLink) ms = std::max(ms, link_ms[l]);
    if (ms != kClosedLink && settings_.spread > 0) {
      const std::uint64_t factor = spread_factor_1024(settings_, hash_bytes(graph.network().links[l].id));
      ms = static_cast<std::uint32_t>(std::min<std::uint64_t>(ms * factor / 1024, kClosedLink - 1));
    }
    link_ms_[l] = ms;
  }
}

/// Times of the turns on their arcs; then, from below, each arc takes the best way through a lower link.
std::vector<Metric::Weight> Metric::customized() const {
  const Hierarchy& h = *hierarchy_;
  std::vector<Weight> w(h.head_.size());
  for (std::uint32_t e = 0; e < h.graph().edge_count(); ++e) {
    if (h.up_arc_of_edge_[e] != Hierarchy::kTop) w[h.up_arc_of_edge_[e]].up = edge_cost(e);
    if (h.down_arc_of_edge_[e] != Hierarchy::kTop) w[h.down_arc_of_edge_[e]].down = edge_cost(e);
  }
  std::vector<std::uint32_t> arc_to(h.size(), 0);
  for (std::uint32_t v = 0; v < h.size(); ++v) {
    for (std::uint32_t c = h.first_[v]; c < h.first_[v + 1]; ++c) arc_to[h.head_[c]] = c;
    for (std::uint32_t i = h.first_below_[v]; i < h.first_below_[v + 1]; ++i) {
      const std::uint32_t a = h.arc_below_[i], u = h.tail_below_[i];
      const Cost into = w[a].up, out_of = w[a].down;  // u -> v and v -> u
      if (into >= kUnreachable && out_of >= kUnreachable) continue;
      for (std::uint32_t b = a + 1; b < h.first_[u + 1]; ++b) {
        Weight& target = w[arc_to[h.head_[b]]];
        const Cost there = out_of + w[b].up, back = w[b].down + into;
        if (there < target.up) {
          target.up = there;
          target.up_middle = u;
        }
        if (back < target.down) {
          target.down = back;
          target.down_middle = u;
        }
      }
    }
  }
  return w;
}

/// For many queries the true distance of every pair that an arc joins is found, from above. An arc longer
/// than it is never part of a shortest route and goes: few remain, and queries are quick.
void Metric::keep_arcs(const std::vector<Weight>& w, Queries queries) {
  const Hierarchy& h = *hierarchy_;
  const std::uint32_t n = h.size();
  const bool prune = queries == Queries::kMany;
  std::vector<Cost> up, down;
  if (prune) up.resize(w.size()), down.resize(w.size());
  for (std::size_t a = 0; a < up.size(); ++a) {
    up[a] = w[a].up;
    down[a] = w[a].down;
  }
  std::vector<std::uint32_t> arc_to(prune ? n : 0, 0);
  for (std::uint32_t v = prune ? n : 0; v-- > 0;) {
    for (std::uint32_t c = h.first_[v]; c < h.first_[v + 1]; ++c) arc_to[h.head_[c]] = c;
    for (std::uint32_t i = h.first_below_[v]; i < h.first_below_[v + 1]; ++i) {
      const std::uint32_t a = h.arc_below_[i], u = h.tail_below_[i];
      Cost up_a = up[a], down_a = down[a];
      for (std::uint32_t b = a + 1; b < h.first_[u + 1]; ++b) {
        const std::uint32_t c = arc_to[h.head_[b]];  // v -> w
        up[b] = std::min(up[b], up_a + up[c]);
        down[b] = std::min(down[b], down[c] + down_a);
        up_a = std::min(up_a, up[b] + down[c]);
        down_a = std::min(down_a, up[c] + down[b]);
      }
      up[a] = up_a;
      down[a] = down_a;
    }
  }
  const auto keep = [&](Arcs& arcs, std::uint32_t r, Cost basic, Cost perfect, std::uint32_t head,
                        std::uint32_t middle) {
    if (basic >= kUnreachable || basic > perfect) return;
    arcs.cost.push_back(basic);
    arcs.head.push_back(head);
    arcs.middle.push_back(middle);
    arcs.first[r + 1] = static_cast<std::uint32_t>(arcs.head.size());
  };
  for (Arcs* arcs : {&up_, &down_}) arcs->first.assign(n + 1, 0);
  for (std::uint32_t r = 0; r < n; ++r) {
    up_.first[r + 1] = up_.first[r];
    down_.first[r + 1] = down_.first[r];
    for (std::uint32_t a = h.first_[r]; a < h.first_[r + 1]; ++a) {
      keep(up_, r, w[a].up, prune ? up[a] : w[a].up, h.head_[a], w[a].up_middle);
      keep(down_, r, w[a].down, prune ? down[a] : w[a].down, h.head_[a], w[a].down_middle);
    }
  }
  for (Arcs* arcs : {&up_, &down_}) {
    arcs->cost.shrink_to_fit();
    arcs->head.shrink_to_fit();
    arcs->middle.shrink_to_fit();
  }
}

std::uint64_t Metric::bytes() const {
  const auto of = [](const Arcs& a) { return a.head.size() * 16 + a.first.size() * 4; };
  return of(up_) + of(down_) + link_ms_.size() * 4;
}

}  // namespace arterial
