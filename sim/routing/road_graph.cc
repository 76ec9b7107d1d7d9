#include "sim/routing/road_graph.h"

#include <algorithm>
#include <cmath>

#include "sim/model/keyed_hash.h"

namespace arterial {
namespace {

constexpr double kSlowestMps = 0.1;  // a limit of zero in the data must not make a time infinite
constexpr std::uint32_t kYieldMs =
    1500;  // expected at a turn that yields, unsignalled; SUMO's minor-link penalty
constexpr double kLongestMs = 1u << 30;  // twelve days on one link: a fault of the map, still a number

std::uint32_t time_ms(double length_m, double speed_mps) {
  const double ms = std::ceil(1000.0 * length_m / std::max(speed_mps, kSlowestMps));
  if (!(ms > 0)) return 0;
  return static_cast<std::uint32_t>(std::min(ms, kLongestMs));
}

}  // namespace

RoadGraph::RoadGraph(const Network& network) : network_(&network) {
  const std::size_t n = network.links.size();
  allowed_.assign(n, 0);
  ties_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Link& link = network.links[i];
    for (std::uint32_t k = 0; k < link.lane_count; ++k)
      allowed_[i] |= network.lanes[link.first_lane.value + k].allowed;
    ties_[i] = static_cast<std::uint16_t>(hash_bytes(link.id, 0x7469657300ull) & 0x3fffu);
  }

  struct Turn {
    std::uint32_t from;
    Edge edge;
  };
  std::vector<Turn> turns;
  turns.reserve(network.connections.size());
  for (const Connection& c : network.connections) {
    const Lane& from = network[c.from];
    const Lane& to = network[c.to];
    const Lane& ground = network[c.lane];
    if (!from.link.valid() || !to.link.valid()) continue;
    const ClassMask mask = from.allowed & to.allowed & ground.allowed;
    std::uint32_t crossing_ms = time_ms(ground.length_m, ground.speed_mps);
    if (c.priority != Priority::kMajor && c.priority != Priority::kZipper && !c.signal.valid())
      crossing_ms += kYieldMs;
    turns.push_back({from.link.value, {to.link, crossing_ms, mask}});
  }
  std::sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) {
    return a.from != b.from ? a.from < b.from : a.edge.to < b.edge.to;
  });
  first_.assign(n + 1, 0);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const Turn& t = turns[i];
    if (i > 0 && turns[i - 1].from == t.from && turns[i - 1].edge.to == t.edge.to) {
      edges_.back().crossing_ms = std::min(edges_.back().crossing_ms, t.edge.crossing_ms);
      edges_.back().allowed |= t.edge.allowed;
    } else {
      edges_.push_back(t.edge);
      ++first_[t.from + 1];
    }
  }
  for (std::size_t i = 0; i < n; ++i) first_[i + 1] += first_[i];
}

const RoadGraph::Edge* RoadGraph::edge(LinkId from, LinkId to) const {
  const auto edges = out(from);
  const auto it =
      std::lower_bound(edges.begin(), edges.end(), to, [](const Edge& e, LinkId t) { return e.to < t; });
  return it != edges.end() && it->to == to ? &*it : nullptr;
}

std::uint32_t RoadGraph::free_flow_ms(LinkId link, VehicleClass c, double speed_cap_mps,
                                      bool ignore_permissions) const {
  const Link& l = (*network_)[link];
  double speed = -1, length = 0;
  for (std::uint32_t k = 0; k < l.lane_count; ++k) {
    const Lane& lane = network_->lanes[l.first_lane.value + k];
    if (!ignore_permissions && !(lane.allowed & mask_of(c))) continue;
    if (lane.speed_mps > speed) {
      speed = lane.speed_mps;
      length = lane.length_m;
    }
  }
  if (speed < 0) return kClosedLink;
  if (speed_cap_mps > 0) speed = std::min(speed, speed_cap_mps);
  return time_ms(length, speed);
}

}  // namespace arterial
