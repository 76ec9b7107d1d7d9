#include "gis/osm_projection.h"

#include <ogr_spatialref.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

namespace arterial::osm {

std::string utm_zone_of(double lon, double lat) {
  const int zone = std::clamp(static_cast<int>(std::floor((lon + 180) / 6)) + 1, 1, 60);
  return "EPSG:" + std::to_string((lat < 0 ? 32700 : 32600) + zone);
}

void project(std::vector<Point>& points, const std::string& crs) {
  if (points.empty()) return;
  OGRSpatialReference degrees, metres;
  const int code = std::stoi(crs.substr(crs.find(':') + 1));
  if (degrees.importFromEPSG(4326) != OGRERR_NONE || metres.importFromEPSG(code) != OGRERR_NONE)
    throw std::runtime_error("the coordinate system " + crs + " is not known to PROJ on this machine");
  degrees.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  metres.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<OGRCoordinateTransformation> transform(
      OGRCreateCoordinateTransformation(&degrees, &metres));
  if (!transform) throw std::runtime_error("PROJ cannot project to " + crs);
  constexpr std::size_t kBatch = 1 << 20;
  std::vector<double> x, y;
  for (std::size_t first = 0; first < points.size(); first += kBatch) {
    const std::size_t n = std::min(kBatch, points.size() - first);
    x.resize(n);
    y.resize(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = points[first + i].x, y[i] = points[first + i].y;
    if (!transform->Transform(static_cast<int>(n), x.data(), y.data()))
      throw std::runtime_error("some coordinates cannot be projected to " + crs);
    for (std::size_t i = 0; i < n; ++i) points[first + i] = {x[i], y[i]};
  }
}

}  // namespace arterial::osm
