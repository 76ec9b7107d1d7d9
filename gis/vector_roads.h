#pragma once
// Rows of a layer of roads -> roads of a StreetPlan: attributes by the mapping, the rest by class as for
// OpenStreetMap, everything guessed counted and said.
#include "gis/line_topology.h"
#include "gis/osm_tags.h"
#include "gis/vector_binding.h"
#include "sim/model/street_plan.h"

namespace arterial {

/// Roads and their lines, still apart: coordinates are those of the layer.
struct RoadRows {
  std::vector<DraftLine> lines;  // one for each road
  std::vector<PlanRoad> roads;   // without nodes
  NodeTable nodes;               // of the mapping's table of nodes; empty where there is none
  std::vector<Problem> problems;
  std::string crs, nodes_crs;
};

/// Throws InputError.
RoadRows read_road_rows(const Binder& binder, const osm::Country& country, bool left_hand);

/// Roads that run one way each along the same ground become one road with two directions, which keep their
/// ids. Precondition: roads have nodes. Adds a note on what was paired.
void pair_directions(StreetPlan& plan, double tolerance_m);

}  // namespace arterial
