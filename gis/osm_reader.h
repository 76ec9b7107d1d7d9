#pragma once
// OpenStreetMap extracts (.osm, .osm.gz, .osm.bz2, .osm.pbf) -> StreetPlan, by libosmium: GDAL's OSM driver
// hides the node references and relation members that topology and turn restrictions need.
#include <optional>
#include <string>

#include "sim/model/street_plan.h"

namespace arterial {

struct OsmOptions {
  std::string country;            // ISO 3166 code; empty: from the coordinates, where a small table knows it
  std::optional<bool> left_hand;  // empty: by country
  bool service_roads = true;      // alleys and yards; driveways and parking aisles never
};

/// Throws InputError where the file cannot be read, is cut off, is no OpenStreetMap data or holds no road.
/// Faults of single objects and everything guessed are counted in StreetPlan::problems.
StreetPlan read_osm(const std::string& path, const OsmOptions& options = {});

}  // namespace arterial
