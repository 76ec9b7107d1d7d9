#pragma once
// Collects a StreetPlan: world coordinates in, rounded to the millimetre and, for left-hand traffic,
// mirrored. The mirror image of a right-hand city is a left-hand one: directions along roads stay, left and
// right turns swap.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/street_plan.h"

namespace arterial::synthetic {

inline constexpr std::uint8_t bit(Turn turn) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(turn));
}

class PlanWriter {
 public:
  explicit PlanWriter(bool left_hand) : mirrored_(left_hand) { plan.left_hand = left_hand; }

  Point place(Point world) const;
  std::vector<Point> ring(
      const std::vector<Point>& world) const;  // closed: the first point comes again at the end
  std::uint32_t node(Point world, NodeControl control = NodeControl::kNone);
  /// Returns its index. The id is made here.
  std::uint32_t road(PlanRoad road);
  void restriction(std::uint32_t from_road, std::uint32_t via_node, std::uint32_t to_road, bool only);

  StreetPlan plan;

 private:
  bool mirrored_;
};

}  // namespace arterial::synthetic
