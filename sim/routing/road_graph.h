#pragma once
// What can be driven after what: a graph whose nodes are links and whose edges are turns that at least one
// connection allows, with the classes it allows. Turn bans and permissions of lanes and connections hold by
// construction. Times are integer milliseconds, so costs are exact and the same everywhere.
#include <cstdint>
#include <span>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

/// A link that nobody can drive through now, where link times are given.
inline constexpr std::uint32_t kClosedLink = 0xffffffffu;

class RoadGraph {
 public:
  struct Edge {
    LinkId to;
    std::uint32_t crossing_ms =
        0;                  // through the junction, by the quickest of its connections; yielding included
    ClassMask allowed = 0;  // classes for which some connection with its two lanes is open
  };

  explicit RoadGraph(const Network& network);

  const Network& network() const { return *network_; }
  std::uint32_t link_count() const { return static_cast<std::uint32_t>(first_.size() - 1); }
  std::uint32_t edge_count() const { return static_cast<std::uint32_t>(edges_.size()); }

  /// Turns out of a link, by ascending target. Index of the first: first_edge(link).
  std::span<const Edge> out(LinkId link) const {
    return {edges_.data() + first_[link.value], first_[link.value + 1] - first_[link.value]};
  }
  std::uint32_t first_edge(LinkId link) const { return first_[link.value]; }

  /// The turn from one link to the next, or nullptr where there is no connection at all.
  const Edge* edge(LinkId from, LinkId to) const;

  /// Whether a class may drive on some lane of the link.
  bool admits(LinkId link, VehicleClass c) const { return (allowed_[link.value] & mask_of(c)) != 0; }
  ClassMask allowed(LinkId link) const { return allowed_[link.value]; }

  /// Free-flow time of a class along the link: the fastest lane it may use, at most `speed_cap_mps` (0: no
  /// cap). kClosedLink where no lane admits it and `ignore_permissions` is false.
  std::uint32_t free_flow_ms(LinkId link, VehicleClass c, double speed_cap_mps = 0,
                             bool ignore_permissions = false) const;

  /// Small number by which equal costs are told apart: from the link's id, so that it survives edits and
  /// re-imports.
  std::uint32_t tie(LinkId link) const { return ties_[link.value]; }

 private:
  const Network* network_;
  std::vector<std::uint32_t> first_;
  std::vector<Edge> edges_;
  std::vector<ClassMask> allowed_;
  std::vector<std::uint16_t> ties_;
};

}  // namespace arterial
