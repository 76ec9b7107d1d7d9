#pragma once
// problems.geojson: the faults and guesses of a network as points on the map.
#include <string>

#include "sim/model/network.h"

namespace arterial {

/// WGS 84, as the format demands. Problems without a place, or in a network without a known reference system,
/// have no geometry; x_m and y_m are always there.
std::string problems_geojson(const Network& network);
void write_problems_geojson(const Network& network, const std::string& path);

}  // namespace arterial
