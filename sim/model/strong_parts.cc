#include "sim/model/strong_parts.h"

#include <algorithm>

namespace arterial {
namespace {

/// Who follows whom, as one array of targets and where each link's begin.
struct Graph {
  std::vector<std::uint32_t> first, to;
};

Graph graph_of(const Network& network, ClassMask classes) {
  const auto open = [&](LaneId id) { return (network[id].allowed & classes) != 0; };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> moves;
  for (const Connection& c : network.connections)
    if (open(c.from) && open(c.to) && open(c.lane))
      moves.push_back({network[c.from].link.value, network[c.to].link.value});
  std::sort(moves.begin(), moves.end());
  moves.erase(std::unique(moves.begin(), moves.end()), moves.end());
  Graph graph;
  graph.first.assign(network.links.size() + 1, 0);
  for (const auto& [from, to] : moves) ++graph.first[from + 1], graph.to.push_back(to);
  for (std::size_t i = 1; i < graph.first.size(); ++i) graph.first[i] += graph.first[i - 1];
  return graph;
}

}  // namespace

StrongParts strong_parts(const Network& network, ClassMask classes) {
  constexpr std::uint32_t kNone = StrongParts::kNone;
  const Graph graph = graph_of(network, classes);
  const auto count = static_cast<std::uint32_t>(network.links.size());
  StrongParts parts;
  parts.of_link.assign(count, kNone);
  std::vector<double> lane_m(count, 0);
  for (std::uint32_t i = 0; i < network.road_lane_count; ++i)
    if (network.lanes[i].allowed & classes) lane_m[network.lanes[i].link.value] += network.lanes[i].length_m;

  // Tarjan's algorithm with a stack of its own: a street of a million links must not exhaust the program's.
  std::vector<std::uint32_t> number(count, kNone), low(count, 0), at(count, 0), open, path;
  std::vector<bool> is_open(count, false);
  std::uint32_t next_number = 0;
  for (std::uint32_t root = 0; root < count; ++root) {
    if (lane_m[root] <= 0 || number[root] != kNone) continue;
    path.push_back(root);
    while (!path.empty()) {
      const std::uint32_t link = path.back();
      if (number[link] == kNone) {
        number[link] = low[link] = next_number++;
        at[link] = graph.first[link];
        open.push_back(link);
        is_open[link] = true;
      }
      bool deeper = false;
      while (at[link] < graph.first[link + 1] && !deeper) {
        const std::uint32_t to = graph.to[at[link]];
        if (number[to] == kNone) {
          path.push_back(to);
          deeper = true;  // and look at `to` again on the way back, for its low
        } else {
          if (is_open[to]) low[link] = std::min(low[link], low[to]);
          ++at[link];
        }
      }
      if (deeper) continue;
      path.pop_back();
      if (low[link] != number[link]) continue;
      const auto part = static_cast<std::uint32_t>(parts.lane_m.size());
      parts.lane_m.push_back(0);
      for (std::uint32_t member = kNone; member != link;) {
        member = open.back();
        open.pop_back();
        is_open[member] = false;
        parts.of_link[member] = part;
        parts.lane_m[part] += lane_m[member];
      }
    }
  }
  for (std::uint32_t p = 0; p < parts.lane_m.size(); ++p) {
    parts.all_lane_m += parts.lane_m[p];
    if (parts.largest == kNone || parts.lane_m[p] > parts.lane_m[parts.largest]) parts.largest = p;
  }
  return parts;
}

}  // namespace arterial
