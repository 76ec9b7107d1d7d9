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

namespace {

OGRSpatialReference system_of(int epsg) {
  OGRSpatialReference system;
  if (system.importFromEPSG(epsg) != OGRERR_NONE)
    throw std::runtime_error("the coordinate system EPSG:" + std::to_string(epsg) +
                             " is not known to PROJ on this machine");
  system.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return system;
}

void transform(std::vector<Point>& points, const OGRSpatialReference& from, const OGRSpatialReference& to) {
  const std::unique_ptr<OGRCoordinateTransformation> transform(OGRCreateCoordinateTransformation(&from, &to));
  if (!transform) throw std::runtime_error("PROJ cannot project these coordinates");
  constexpr std::size_t kBatch = 1 << 20;
  std::vector<double> x, y;
  for (std::size_t first = 0; first < points.size(); first += kBatch) {
    const std::size_t n = std::min(kBatch, points.size() - first);
    x.resize(n);
    y.resize(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = points[first + i].x, y[i] = points[first + i].y;
    if (!transform->Transform(static_cast<int>(n), x.data(), y.data()))
      throw std::runtime_error("some coordinates cannot be projected");
    for (std::size_t i = 0; i < n; ++i) points[first + i] = {x[i], y[i]};
  }
}

}  // namespace

void project(std::vector<Point>& points, const std::string& crs) {
  if (points.empty()) return;
  transform(points, system_of(4326), system_of(std::stoi(crs.substr(crs.find(':') + 1))));
}

std::string project_to_metres(std::vector<Point>& points, int epsg) {
  const OGRSpatialReference system = system_of(epsg);
  const std::string name = "EPSG:" + std::to_string(epsg);
  if (points.empty() || (system.IsProjected() && std::abs(system.GetLinearUnits() - 1) < 1e-9)) return name;
  transform(points, system, system_of(4326));
  double west = 1e300, east = -1e300, south = 1e300, north = -1e300;
  for (const Point& p : points) {
    west = std::min(west, p.x), east = std::max(east, p.x);
    south = std::min(south, p.y), north = std::max(north, p.y);
  }
  const std::string zone = utm_zone_of((west + east) / 2, (south + north) / 2);
  project(points, zone);
  return zone;
}

}  // namespace arterial::osm
