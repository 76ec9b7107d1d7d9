#pragma once
// Street plans drawn in characters. Every letter or digit is a node at its place in the drawing; roads are
// strings of nodes:
//
//   DrawnPlan plan(R"(
//         N
//     W   X   E
//         S
//   )", 20);                          // 20 m a character across, 40 m a line down
//   plan.road("WXE").road("NXS", RoadClass::kResidential);
//   Network network = plan.build();
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sim/model/network_builder.h"

namespace arterial {

class DrawnPlan {
 public:
  DrawnPlan(std::string_view drawing, double metres_a_character) {
    double x = 0, y = 0;
    for (const char c : drawing) {
      if (c == '\n') {
        x = 0;
        y -= 2 * metres_a_character;
        continue;
      }
      if (c != ' ') {
        if (!nodes_.emplace(c, static_cast<std::uint32_t>(plan.nodes.size())).second)
          throw std::logic_error(std::string("two nodes are called ") + c);
        PlanNode node;
        node.id = std::string("node/") + c;
        node.at = {x, y};
        plan.nodes.push_back(node);
      }
      x += metres_a_character;
    }
  }

  /// A two-way street with one lane each way; change it through the returned plan's last road.
  DrawnPlan& road(std::string_view nodes, RoadClass road_class = RoadClass::kResidential,
                  int forward_lanes = 1, int backward_lanes = 1) {
    PlanRoad r;
    r.id = "way/" + std::string(nodes);
    r.road_class = road_class;
    for (const char c : nodes) r.nodes.push_back(nodes_.at(c));
    r.forward.lanes = forward_lanes;
    r.backward.lanes = backward_lanes;
    plan.roads.push_back(r);
    return *this;
  }
  DrawnPlan& one_way(std::string_view nodes, RoadClass road_class = RoadClass::kResidential, int lanes = 1) {
    return road(nodes, road_class, lanes, 0);
  }

  PlanNode& node(char c) { return plan.nodes[nodes_.at(c)]; }
  PlanRoad& last() { return plan.roads.back(); }
  std::uint32_t road_index(std::string_view nodes) const {
    for (std::uint32_t i = 0; i < plan.roads.size(); ++i)
      if (plan.roads[i].id == "way/" + std::string(nodes)) return i;
    throw std::logic_error("no such road");
  }
  std::uint32_t node_index(char c) const { return nodes_.at(c); }

  Network build(const BuildOptions& options = {}) const { return build_network(plan, options); }

  StreetPlan plan;

 private:
  std::map<char, std::uint32_t> nodes_;
};

}  // namespace arterial
