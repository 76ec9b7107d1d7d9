#pragma once
// The tables of a GMNS folder as rows of values, before they become roads.
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "gis/node_link_plan.h"
#include "sim/model/street_plan.h"

namespace arterial::gis {

struct GmnsUnits {
  double short_m = 0.3048, long_m = 1609.344, speed_mps = 1609.344 / 3600;
  std::string crs;
  bool stated = false;  // by config.csv or settings.yml
};

/// From 1 at the left; turn pockets at the left are negative (-1 is the one next to lane 1).
struct GmnsLane {
  int number = 0;
  ClassMask allowed = kAllRoadClasses;
  bool motor = true;  // counts among link.csv's lanes
  double width_m = 0;
};

struct GmnsLink {
  NodeLink link;
  int motor_lanes = 0;  // after everything is known
  std::vector<GmnsLane> lanes;
};

struct GmnsMovement {
  std::string id, node, type;
  std::uint32_t in = 0, out = 0;  // rows of links
  int first_lane = 0, last_lane = 0;
};

struct GmnsTables {
  std::string folder;
  GmnsUnits units;
  std::unordered_map<std::string, std::uint32_t> node_at, link_at;  // by id
  std::size_t nodes_read = 0;
  int epsg = 0;                        // of the coordinates as stated; 0: unknown
  std::vector<std::string> node_zone;  // by node; empty: none
  std::vector<GmnsLink> links;
  std::vector<std::uint32_t> road_of;  // by link
  std::vector<GmnsMovement> movements;
  std::unordered_map<std::string, std::uint32_t> movement_at;
};

/// movement.csv: which lanes turn where, and turns that are closed because it does not list them.
void read_gmns_movements(GmnsTables& tables, StreetPlan& plan);

/// Zones of nodes and of zone.csv; nobody drives through a node where only connectors meet.
void read_gmns_zones(const GmnsTables& tables, StreetPlan& plan);

/// Programs of signals (signal_*.csv), for the builder. After links and movements are known.
void read_gmns_signals(const GmnsTables& tables, StreetPlan& plan);

}  // namespace arterial::gis
