#include "sim/routing/nested_dissection.h"

#include <algorithm>
#include <array>
#include <limits>
#include <thread>
#include <utility>

namespace arterial {
namespace {

using Index = std::uint32_t;
constexpr Index kNone = std::numeric_limits<Index>::max();

/// Undirected graph of a set of junctions; parallel roads are one edge with their number as its capacity.
struct FlowGraph {
  std::vector<Index> first, head, twin;
  std::vector<int> capacity;

  Index size() const { return static_cast<Index>(first.size() - 1); }
};

FlowGraph make_flow_graph(Index nodes, std::vector<std::pair<Index, Index>> pairs) {
  for (auto& [a, b] : pairs)
    if (a > b) std::swap(a, b);
  std::sort(pairs.begin(), pairs.end());
  struct Road {
    Index a, b;
    int count;
  };
  std::vector<Road> roads;
  for (const auto& [a, b] : pairs) {
    if (a == b) continue;
    if (!roads.empty() && roads.back().a == a && roads.back().b == b)
      ++roads.back().count;
    else
      roads.push_back({a, b, 1});
  }
  FlowGraph g;
  g.first.assign(nodes + 1, 0);
  for (const Road& r : roads) {
    ++g.first[r.a + 1];
    ++g.first[r.b + 1];
  }
  for (Index i = 0; i < nodes; ++i) g.first[i + 1] += g.first[i];
  std::vector<Index> fill(g.first.begin(), g.first.end() - 1);
  g.head.resize(2 * roads.size());
  g.twin.resize(2 * roads.size());
  g.capacity.resize(2 * roads.size());
  for (const Road& r : roads) {
    const Index x = fill[r.a]++, y = fill[r.b]++;
    g.head[x] = r.b;
    g.head[y] = r.a;
    g.twin[x] = y;
    g.twin[y] = x;
    g.capacity[x] = g.capacity[y] = r.count;
  }
  return g;
}

/// Dinic's maximum flow from the nodes marked 1 to those marked 2. Gives up above `limit`.
class MaxFlow {
 public:
  explicit MaxFlow(const FlowGraph& g) : g_(g) {}

  int run(const std::vector<std::uint8_t>& mark, int limit) {
    residual_ = g_.capacity;
    int flow = 0;
    while (flow <= limit && levels(mark)) {
      cursor_.assign(g_.first.begin(), g_.first.end() - 1);
      for (Index s = 0; s < g_.size() && flow <= limit; ++s) {
        if (mark[s] != 1) continue;
        while (const int pushed = push(s, mark)) {
          flow += pushed;
          if (flow > limit) break;
        }
      }
    }
    return flow;
  }

  /// Source side of the minimum cut of the last complete run.
  std::vector<std::uint8_t> source_side(const std::vector<std::uint8_t>& mark) {
    std::vector<std::uint8_t> side(g_.size(), 0);
    levels(mark);
    for (Index v = 0; v < g_.size(); ++v) side[v] = level_[v] != kNone;
    return side;
  }

 private:
  bool levels(const std::vector<std::uint8_t>& mark) {
    level_.assign(g_.size(), kNone);
    queue_.clear();
    for (Index v = 0; v < g_.size(); ++v)
      if (mark[v] == 1) {
        level_[v] = 0;
        queue_.push_back(v);
      }
    bool reached = false;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const Index v = queue_[i];
      if (mark[v] == 2) {
        reached = true;
        continue;
      }
      for (Index e = g_.first[v]; e < g_.first[v + 1]; ++e)
        if (residual_[e] > 0 && level_[g_.head[e]] == kNone) {
          level_[g_.head[e]] = level_[v] + 1;
          queue_.push_back(g_.head[e]);
        }
    }
    return reached;
  }

  int push(Index source, const std::vector<std::uint8_t>& mark) {
    path_.clear();
    Index v = source;
    while (true) {
      if (mark[v] == 2) {
        int room = std::numeric_limits<int>::max();
        for (const Index e : path_) room = std::min(room, residual_[e]);
        for (const Index e : path_) {
          residual_[e] -= room;
          residual_[g_.twin[e]] += room;
        }
        return room;
      }
      Index& e = cursor_[v];
      for (; e < g_.first[v + 1]; ++e)
        if (residual_[e] > 0 && level_[g_.head[e]] == level_[v] + 1) break;
      if (e < g_.first[v + 1]) {
        path_.push_back(e);
        v = g_.head[e];
      } else {
        if (path_.empty()) return 0;
        const Index back = path_.back();
        path_.pop_back();
        v = g_.head[g_.twin[back]];
        ++cursor_[v];
      }
    }
  }

  const FlowGraph& g_;
  std::vector<int> residual_;
  std::vector<Index> level_, cursor_, queue_, path_;
};

class Dissector {
 public:
  Dissector(const Network& network, std::vector<LinkId>& order)
      : network_(network),
        order_(order),
        local_(network.junctions.size(), 0),
        side_(network.junctions.size(), 0) {}

  /// Writes the order of `links` (all inside `junctions`) to order_[at, at + links.size()).
  void run(std::vector<Index> junctions, std::vector<Index> links, std::size_t at, int threads) {
    if (junctions.size() < 2 || links.size() <= 2) {
      for (std::size_t i = 0; i < links.size(); ++i) order_[at + i] = LinkId(links[i]);
      return;
    }
    split(junctions, links);
    std::array<std::vector<Index>, 2> parts, inner;
    std::vector<Index> cut;
    for (const Index j : junctions) parts[side_[j]].push_back(j);
    for (const Index l : links) {
      const auto a = side_[network_.links[l].from.value], b = side_[network_.links[l].to.value];
      if (a == b)
        inner[a].push_back(l);
      else
        cut.push_back(l);
    }
    const std::size_t second = at + inner[0].size(), last = second + inner[1].size();
    for (std::size_t i = 0; i < cut.size(); ++i) order_[last + i] = LinkId(cut[i]);
    junctions = {};
    links = {};
    if (threads > 1 && inner[0].size() > 2000 && inner[1].size() > 2000) {
      std::thread other([&, t = threads / 2] { run(std::move(parts[1]), std::move(inner[1]), second, t); });
      run(std::move(parts[0]), std::move(inner[0]), at, threads - threads / 2);
      other.join();
    } else {
      run(std::move(parts[0]), std::move(inner[0]), at, threads);
      run(std::move(parts[1]), std::move(inner[1]), second, threads);
    }
  }

 private:
  /// Puts each junction on side_ 0 or 1; neither side is empty.
  void split(const std::vector<Index>& junctions, const std::vector<Index>& links) {
    const auto n = static_cast<Index>(junctions.size());
    for (Index i = 0; i < n; ++i) local_[junctions[i]] = i;
    std::vector<std::pair<Index, Index>> pairs;
    pairs.reserve(links.size());
    for (const Index l : links)
      pairs.emplace_back(local_[network_.links[l].from.value], local_[network_.links[l].to.value]);
    const FlowGraph graph = make_flow_graph(n, std::move(pairs));
    MaxFlow flow(graph);

    constexpr std::array<std::array<double, 2>, 4> kDirections = {{{1, 0}, {0, 1}, {1, 1}, {1, -1}}};
    int best_cut = std::numeric_limits<int>::max() - 1;
    Index best_balance = 0;
    std::vector<std::uint8_t> best_side;
    std::vector<double> along(n);
    std::vector<Index> sorted(n);
    std::vector<std::uint8_t> mark(n);
    for (const auto& d : kDirections) {
      for (Index i = 0; i < n; ++i) {
        const Point p = network_.junctions[junctions[i]].at;
        along[i] = d[0] * p.x + d[1] * p.y;
        sorted[i] = i;
      }
      std::sort(sorted.begin(), sorted.end(),
                [&](Index a, Index b) { return along[a] != along[b] ? along[a] < along[b] : a < b; });
      const Index outer = std::max<Index>(1, n / 4);
      std::fill(mark.begin(), mark.end(), 0);
      for (Index i = 0; i < outer; ++i) {
        mark[sorted[i]] = 1;
        mark[sorted[n - 1 - i]] = 2;
      }
      const int value = flow.run(mark, best_cut);
      if (value > best_cut) continue;
      auto side = flow.source_side(mark);
      Index inside = 0;
      for (Index i = 0; i < n; ++i) inside += side[i];
      const Index balance = std::min(inside, n - inside);
      if (value < best_cut || balance > best_balance) {
        best_cut = value;
        best_balance = balance;
        best_side = std::move(side);
      }
    }
    for (Index i = 0; i < n; ++i) side_[junctions[i]] = best_side[i];
  }

  const Network& network_;
  std::vector<LinkId>& order_;
  // Shared by all threads: each junction is in the hands of one part only.
  std::vector<Index> local_;
  std::vector<std::uint8_t> side_;
};

}  // namespace

std::vector<LinkId> nested_dissection_order(const Network& network, int threads) {
  std::vector<LinkId> order(network.links.size());
  std::vector<Index> junctions(network.junctions.size()), links(network.links.size());
  for (Index i = 0; i < junctions.size(); ++i) junctions[i] = i;
  for (Index i = 0; i < links.size(); ++i) links[i] = i;
  Dissector(network, order).run(std::move(junctions), std::move(links), 0, std::max(1, threads));
  return order;
}

}  // namespace arterial
