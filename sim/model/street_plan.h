#pragma once
// What a map says before junctions exist: nodes and centre lines with attributes. OSM, GIS layers and the
// synthetic city are all brought into this form; sim/model/network_builder.h makes the Network. Local metric
// CRS.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

enum class NodeControl : std::uint8_t {
  kNone,
  kSignal,
  kStop,
  kAllWayStop,
  kYield,
  kMiniRoundabout,
  kCrossing
};

struct PlanNode {
  std::string id;  // "node/123"
  Point at;
  NodeControl control = NodeControl::kNone;
  int control_direction = 0;  // +1: only for traffic along the way's drawing, -1: against it, 0: both
};

/// Lanes and turns of one direction of a road.
struct PlanDirection {
  int lanes = 0;  // 0: no traffic this way
  double speed_mps = 13.89;
  ClassMask allowed = kAllRoadClasses;
  std::vector<std::uint8_t> turns;      // per lane, kerb first; bits by Turn (1 << Turn); empty: not stated
  std::vector<ClassMask> lane_allowed;  // per lane, kerb first; empty: as `allowed`
  double capacity_vph = 0;              // as stated by the source; 0 unknown
  bool lanes_guessed = false, speed_guessed = false;
};

struct PlanRoad {
  std::string id;           // "way/123"
  std::string backward_id;  // where the source has a feature of its own for each direction; empty: `id`
  std::string name;
  RoadClass road_class = RoadClass::kResidential;
  std::vector<std::uint32_t> nodes;  // indexes into StreetPlan::nodes, in drawing order, at least 2
  PlanDirection forward, backward;
  bool roundabout = false;
  int level = 0;  // bridge and tunnel layer; roads meet only in shared nodes
  double lane_width_m = 3.2;
  double length_m = 0;  // as stated, where the drawing is a scheme; 0: as drawn
};

struct TurnRestriction {  // OSM relation "restriction"
  std::string id;
  std::uint32_t from_road = 0, to_road = 0;
  std::vector<std::uint32_t> via_nodes;  // one node, or
  std::vector<std::uint32_t> via_roads;  // a chain of roads
  bool only = false;                     // only_* instead of no_*
  ClassMask except = 0;                  // classes it does not bind
};

/// A way over one node, from the road that ends there to one that begins there.
struct PlanTurn {
  std::uint32_t from_road = 0, node = 0, to_road = 0;
  friend bool operator==(const PlanTurn&, const PlanTurn&) = default;
};

/// Programs as the source states them. Ways of an approach that it does not name go with the others of it.
struct PlanSignal {
  std::string id;
  std::vector<PlanTurn> turns;
  std::vector<Program> programs;  // states with a letter for each turn
  std::uint32_t active_program = 0;
  std::vector<ProgramSwitch> switches;
};

struct StreetPlan {
  std::string name, crs, source, licence, attribution;
  bool left_hand = false;
  /// Every node at a road's end is one junction and every road one street: a node-link table says what a map
  /// leaves to be found out, so nothing is joined, parted or left out.
  bool junctions_stated = false;
  std::string country;  // ISO 3166 code for implicit speeds and right before left; may be empty
  std::vector<PlanNode> nodes;
  std::vector<PlanRoad> roads;
  std::vector<TurnRestriction> restrictions;
  std::vector<PlanSignal> signals;
  std::vector<Problem> problems;

  struct PlanZone {
    std::string id, name;
    double residents = 0, jobs = 0;
    std::vector<Point> ring;
    /// Where they are given, trips begin on links that leave these and end on links that enter them.
    std::vector<std::uint32_t> nodes;
  };
  struct PlanStop {  // of buses, beside the road
    std::string id, name;
    Point at;
  };
  struct PlanBuilding {
    std::vector<Point> outline;
    float height_m = 0;
  };
  std::vector<PlanZone> zones;
  std::vector<PlanStop> stops;
  std::vector<PlanBuilding> buildings;
  std::vector<std::vector<Point>> water;
};

}  // namespace arterial
