#pragma once
// Links drawn in proportion to integer weights: lengths, zone shares.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/model/keyed_hash.h"
#include "sim/model/network.h"

namespace arterial {

class LinkChoice {
 public:
  void add(LinkId link, std::uint64_t weight) {
    if (weight == 0) return;
    links_.push_back(link);
    sums_.push_back((sums_.empty() ? 0 : sums_.back()) + weight);
  }
  bool empty() const { return links_.empty(); }
  std::size_t size() const { return links_.size(); }
  const std::vector<LinkId>& links() const { return links_; }
  LinkId draw(std::uint64_t bits) const {
    const std::uint64_t at = below(bits, sums_.back());
    return links_[static_cast<std::size_t>(std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin())];
  }

 private:
  std::vector<LinkId> links_;
  std::vector<std::uint64_t> sums_;
};

/// Decimetres of lanes open to a class, at least 1 where there is one.
inline std::uint64_t lane_decimetres(const Network& network, LinkId link, VehicleClass c) {
  double sum = 0;
  const Link& l = network[link];
  for (std::uint32_t k = 0; k < l.lane_count; ++k) {
    const Lane& lane = network.lanes[l.first_lane.value + k];
    if (lane.allowed & mask_of(c)) sum += std::max(lane.length_m, 0.1);
  }
  return static_cast<std::uint64_t>(std::min(sum, 1e9) * 10);
}

/// The middle of the link's drawing.
inline Point middle_of(const Network& network, LinkId link) {
  const Link& l = network[link];
  const Shape shape = network[l.first_lane].shape;
  if (shape.count >= 2 && std::size_t{shape.first} + shape.count <= network.points.size()) {
    const Point a = network.points[shape.first + (shape.count - 1) / 2],
                b = network.points[shape.first + shape.count / 2];
    return {(a.x + b.x) / 2, (a.y + b.y) / 2};
  }
  const Point a = network[l.from].at, b = network[l.to].at;
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

}  // namespace arterial
