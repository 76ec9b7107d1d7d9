#pragma once
// Where lines meet. GIS layers of roads rarely say it: ends miss each other by centimetres, a side road ends
// on the middle of another line, a bridge crosses without a node. Metres; no GDAL here.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/network.h"
#include "sim/model/street_plan.h"

namespace arterial {

struct DraftLine {
  std::string id;             // of the road, for problems
  std::vector<Point> points;  // at least 2; or empty where both ends are nodes of the table
  std::string from, to;       // ids of nodes; empty where the layer has none
  int level = 0;
};

/// Known nodes, by id. Each id once.
using NodeTable = std::vector<PlanNode>;

struct TopologyOptions {
  double snap_m = 0.5;          // ends nearer than this meet
  bool cross_by_level = false;  // lines of one level that cross meet there
};

struct Topology {
  std::vector<PlanNode> nodes;
  std::vector<std::vector<std::uint32_t>>
      lines;                      // nodes of each draft; empty where it has no length or no end
  std::vector<Problem> problems;  // each closed gap (the first 1,000), and counts of the rest
};

/// By coordinates: vertices at one place (1 mm) are one node, except where lines of different levels only
/// pass through; then gaps are closed (an end moves to the nearest vertex, or onto the nearest line of its
/// level) and crossings joined, as the options say. Lines keep their order; the answer depends on nothing
/// else. Throws std::length_error where the lines cross too often, or too many lie in one place.
Topology meet_by_place(std::vector<DraftLine> lines, const TopologyOptions& options);

/// By the ids of their ends. Ends of lines move to their nodes; where the table lacks a node that lines have
/// a shape for, the first line says where it is. Lines to unknown nodes are left out and counted.
Topology meet_by_id(const std::vector<DraftLine>& lines, const NodeTable& table,
                    const TopologyOptions& options);

}  // namespace arterial
