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
  std::vector<std::string> node_zone;                               // by node; empty: none
  std::vector<GmnsLink> links;
  std::vector<std::uint32_t> road_of;  // by link
  std::vector<GmnsMovement> movements;
  std::unordered_map<std::string, std::uint32_t> movement_at;
};

/// "folder/name.csv" where it is there: never a symbolic link, never anything but a regular file of at most 1
/// GiB (InputError). Empty where it is not.
std::string gmns_table(const std::string& folder, const char* name);

/// Programs of signals (signal_*.csv), for the builder. After links and movements are known.
void read_gmns_signals(const GmnsTables& tables, StreetPlan& plan);

}  // namespace arterial::gis
