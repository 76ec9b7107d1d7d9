#pragma once
// Lattice edges -> roads with lanes, speeds and names; ring roads inside roundabouts; turn restrictions.
#include "scenarios/synthetic/plan_writer.h"
#include "scenarios/synthetic/street_lattice.h"

namespace arterial::synthetic {

/// Where a motorway's ramps meet the road that crosses it.
struct RampEnds {
  int gap = 0;                       // of x: the motorway's strip
  double crossing_y_m = 0;           // base plane
  std::uint32_t west = 0, east = 0;  // plan nodes
};

/// A dead end at the edge of the map, where the outside world begins.
struct Gate {
  std::string name;
  std::vector<Point> ring;  // world; holds the first links
  double weight = 0;        // share of the outside traffic
};

struct StreetsDrawn {
  std::vector<RampEnds> ramps;
  std::vector<Gate> gates;
};

inline constexpr double kRampEndM = 82;  // from the motorway's axis
double roundabout_radius_m(const StreetLattice& lattice, int i, int j);

StreetsDrawn write_streets(const StreetLattice& lattice, PlanWriter& writer);

}  // namespace arterial::synthetic
