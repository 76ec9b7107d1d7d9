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

/// Coordinates of an EPSG system to metres: kept where the system is metric and projected, else brought into
/// the UTM zone of their middle. Returns the system they are in now. Throws std::runtime_error.
std::string project_to_metres(std::vector<Point>& points, int epsg);

}  // namespace arterial::osm
