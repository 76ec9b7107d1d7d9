#pragma once
// Who can reach whom.
#include <cstdint>
#include <vector>

#include "sim/routing/road_graph.h"

namespace arterial {

/// Parts of the network within which every link can be reached from every other.
struct Components {
  static constexpr std::uint32_t kNone = 0xffffffffu;
  std::vector<std::uint32_t> of_link;  // kNone where the class may not be; numbered by their smallest link
  std::vector<std::uint32_t> size;     // links in each
  std::uint32_t largest = kNone;       // of equals the first

  bool in_largest(LinkId link) const { return largest != kNone && of_link[link.value] == largest; }
};

/// Strongly connected components for one class.
Components strongly_connected(const RoadGraph& graph, VehicleClass vehicle_class);

/// Where a trip may start and end so that there is a way for sure: links that lead to the largest component,
/// and links that it leads to. The component itself is both; a road into town is the one, a road out of it
/// the other.
struct TripEnds {
  std::vector<bool> origin, destination;
};
TripEnds trip_ends(const RoadGraph& graph, VehicleClass vehicle_class);

/// Every link that the class can reach from `from`, itself included.
std::vector<bool> reachable_from(const RoadGraph& graph, LinkId from, VehicleClass vehicle_class);

}  // namespace arterial
