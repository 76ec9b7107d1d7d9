#pragma once
// Any GIS vector data -> StreetPlan, by a mapping file (gis/vector_mapping.h).
#include <optional>
#include <string>
#include <vector>

#include "gis/vector_mapping.h"
#include "sim/model/street_plan.h"

namespace arterial {

struct VectorOptions {
  std::string country;            // of implicit speeds; empty: as the mapping says, else by place
  std::optional<bool> left_hand;  // empty: as the mapping says, else by country
};

/// Sources are files (GeoPackage, Shapefile, GeoJSON, FlatGeobuf, CSV), .zip or .gz with such files, or
/// "PG:..." where the operator allows it. The plan is in a local metric system: the mapping's, the roads' own
/// where it measures metres, else the UTM zone of their middle. What was read, closed, guessed and left out
/// stands in the plan's problems; notes with the code "layer_read" are the import's account. Throws
/// InputError.
StreetPlan read_vector(const std::vector<std::string>& sources, const VectorMapping& mapping,
                       const VectorOptions& options = {});

}  // namespace arterial
