#include "gis/reprojection.h"

#include <cpl_error.h>
#include <ogr_spatialref.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <cmath>

#include "gis/projection.h"

namespace arterial {
namespace {

/// Grids are files that a system may name; only the one that means "none" is taken.
bool names_a_grid(const std::string& wkt) {
  for (std::size_t at = wkt.find("grids="); at != std::string::npos; at = wkt.find("grids=", at + 6))
    if (wkt.compare(at + 6, 5, "@null") != 0) return true;
  return false;
}

bool read_system(OGRSpatialReference& system, const std::string& crs) {
  const std::string wkt = wkt_of_crs(crs);
  if (wkt.empty() || names_a_grid(wkt) || system.importFromWkt(wkt.c_str()) != OGRERR_NONE) return false;
  system.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return true;
}

struct Quiet {
  Quiet() { CPLPushErrorHandler(CPLQuietErrorHandler); }
  ~Quiet() { CPLPopErrorHandler(); }
};

}  // namespace

struct Reprojection::Impl {
  std::unique_ptr<OGRCoordinateTransformation> transformation;
  bool same = false;
};

Reprojection::Reprojection(const std::string& from, const std::string& to) : impl_(std::make_unique<Impl>()) {
  const Quiet quiet;
  OSRSetPROJEnableNetwork(0);
  OGRSpatialReference a, b;
  if (!read_system(a, from) || !read_system(b, to)) return;
  impl_->same = from == to;
  impl_->transformation.reset(OGRCreateCoordinateTransformation(&a, &b));
}

Reprojection::~Reprojection() = default;
Reprojection::Reprojection(Reprojection&&) noexcept = default;

bool Reprojection::known() const { return impl_->transformation != nullptr; }

bool Reprojection::operator()(std::vector<Point>& points) const {
  if (impl_->same) return true;
  const Quiet quiet;
  constexpr std::size_t kBatch = 1 << 16;
  std::vector<double> x, y;
  for (std::size_t first = 0; first < points.size(); first += kBatch) {
    const std::size_t n = std::min(kBatch, points.size() - first);
    x.resize(n);
    y.resize(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = points[first + i].x, y[i] = points[first + i].y;
    if (!impl_->transformation->Transform(static_cast<int>(n), x.data(), y.data())) return false;
    for (std::size_t i = 0; i < n; ++i) {
      if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return false;
      points[first + i] = {x[i], y[i]};
    }
  }
  return true;
}

bool is_geographic(const std::string& crs) {
  OGRSpatialReference system;
  return read_system(system, crs) && system.IsGeographic();
}

bool measures_metres_at(const std::string& crs, Point at) {
  OGRSpatialReference system;
  if (!read_system(system, crs) || !system.IsProjected()) return false;
  const Reprojection to_degrees(crs, "EPSG:4326");
  constexpr double kStep_m = 100;
  std::vector<Point> places{at, {at.x + kStep_m, at.y}, {at.x, at.y + kStep_m}};
  if (!to_degrees.known() || !to_degrees(places)) return false;
  // Radii of curvature of the WGS 84 ellipsoid (meridian and prime vertical).
  constexpr double kRadian = 3.14159265358979323846 / 180, kAxis_m = 6378137, kSquare = 0.00669437999014;
  const double sine = std::sin(places[0].y * kRadian), w = 1 - kSquare * sine * sine;
  const double north_m = kAxis_m * (1 - kSquare) / (w * std::sqrt(w)) * kRadian;
  const double east_m = kAxis_m / std::sqrt(w) * std::cos(places[0].y * kRadian) * kRadian;
  for (const std::size_t k : {1, 2}) {
    const double length =
        std::hypot((places[k].x - places[0].x) * east_m, (places[k].y - places[0].y) * north_m);
    if (!(std::abs(length / kStep_m - 1) < 0.01)) return false;
  }
  return true;
}

}  // namespace arterial
