#include "scenarios/synthetic/plan_writer.h"

#include <algorithm>
#include <cmath>

namespace arterial::synthetic {

namespace {

// The invented city lies in the Gulf of Guinea, where no real one is in its way: UTM zone 31, 3 degrees east.
constexpr double kEastM = 500000, kNorthM = 100000;

double to_mm(double m) { return std::floor(m * 1000 + 0.5) / 1000; }

std::uint8_t swap_sides(std::uint8_t turns) {
  std::uint8_t out = turns & static_cast<std::uint8_t>(bit(Turn::kStraight) | bit(Turn::kUTurn));
  if (turns & bit(Turn::kLeft)) out |= bit(Turn::kRight);
  if (turns & bit(Turn::kRight)) out |= bit(Turn::kLeft);
  if (turns & bit(Turn::kPartLeft)) out |= bit(Turn::kPartRight);
  if (turns & bit(Turn::kPartRight)) out |= bit(Turn::kPartLeft);
  return out;
}

}  // namespace

Point PlanWriter::place(Point world) const {
  return {to_mm(kEastM + (mirrored_ ? -world.x : world.x)), to_mm(kNorthM + world.y)};
}

std::vector<Point> PlanWriter::ring(const std::vector<Point>& world) const {
  std::vector<Point> out;
  out.reserve(world.size() + 1);
  for (const Point& p : world) out.push_back(place(p));
  if (mirrored_) std::reverse(out.begin(), out.end());  // keeps the sense of rotation
  out.push_back(out.front());
  return out;
}

std::uint32_t PlanWriter::node(Point world, NodeControl control) {
  const auto index = static_cast<std::uint32_t>(plan.nodes.size());
  plan.nodes.push_back({"node/" + std::to_string(index + 1), place(world), control, 0});
  return index;
}

std::uint32_t PlanWriter::road(PlanRoad road) {
  const auto index = static_cast<std::uint32_t>(plan.roads.size());
  road.id = "road/" + std::to_string(index + 1);
  if (mirrored_)
    for (PlanDirection* direction : {&road.forward, &road.backward})
      for (std::uint8_t& turns : direction->turns) turns = swap_sides(turns);
  plan.roads.push_back(std::move(road));
  return index;
}

void PlanWriter::restriction(std::uint32_t from_road, std::uint32_t via_node, std::uint32_t to_road,
                             bool only) {
  TurnRestriction r;
  r.id = "restriction/" + std::to_string(plan.restrictions.size() + 1);
  r.from_road = from_road;
  r.to_road = to_road;
  r.via_nodes = {via_node};
  r.only = only;
  plan.restrictions.push_back(std::move(r));
}

}  // namespace arterial::synthetic
