#pragma once
// A believable city from a seed and a size, for the demonstration, for tests and as the scale benchmark: ring
// roads and radials, a bent street grid, a river with few bridges, a motorway with ramps, signals,
// roundabouts, priority and all-way-stop junctions, one-way streets, zones with residents and jobs, buildings
// and water.
//
// The map is drawn as a StreetPlan, the form in which every other source comes in, so that
// build_network(draw_city(...)) walks the same path as an OSM extract. Same options, same plan, on every
// platform: only + - * / and sqrt are used. Time and memory grow with the number of blocks.
#include <cstdint>

#include "sim/model/street_plan.h"

namespace arterial {

struct CityOptions {
  std::uint64_t seed = 1;
  /// Blocks of buildings between streets: 100 is a village, 3,600 a city of 300,000 inhabitants with 1,500
  /// lane-kilometres, 360,000 a metropolis of a million links. From 16 to 4,000,000.
  std::uint32_t blocks = 3600;
  bool left_hand = false;
  bool buildings = true;
};

/// Throws std::invalid_argument when `blocks` is out of range.
StreetPlan draw_city(const CityOptions& options);

}  // namespace arterial
