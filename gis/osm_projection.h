#pragma once
// Degrees to a local metric system: the UTM zone of the extract's centre. PROJ, through GDAL's OGR, does the
// work.
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial::osm {

/// "EPSG:326xx" or "EPSG:327xx".
std::string utm_zone_of(double lon_deg, double lat_deg);

/// Longitude and latitude (x, y) to metres in `crs`, all at once. Throws std::runtime_error.
void project(std::vector<Point>& lon_lat, const std::string& crs);

}  // namespace arterial::osm
