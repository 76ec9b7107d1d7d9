#include "gis/projection.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <ogr_spatialref.h>
#include <ogr_srs_api.h>

#include <cmath>
#include <string_view>

#include "gis/xml_reader.h"

namespace arterial {
namespace {

constexpr std::size_t kLongest = 64 << 10;

/// PROJ strings can name files (grids, init files, pipelines): only those that state numbers are taken.
bool is_harmless_proj(std::string_view text) {
  if (!text.starts_with("+proj=") || text.find_first_of("/\\@:") != std::string_view::npos) return false;
  for (const std::string_view word : {"grids", "init", "catalog", "file", "pipeline", "xyzgridshift"})
    if (text.find(word) != std::string_view::npos) return false;
  return true;
}

bool read_crs(OGRSpatialReference& reference, const std::string& crs) {
  if (crs.empty() || crs.size() > kLongest) return false;
  if (crs.starts_with("EPSG:")) {
    const auto code = to_integer(std::string_view(crs).substr(5));
    return code && *code > 0 && *code < 1000000 &&
           reference.importFromEPSG(static_cast<int>(*code)) == OGRERR_NONE;
  }
  if (is_harmless_proj(crs)) return reference.importFromProj4(crs.c_str()) == OGRERR_NONE;
  for (const std::string_view start :
       {"PROJCS[", "GEOGCS[", "PROJCRS[", "GEOGCRS[", "BOUNDCRS[", "COMPD_CS["})
    if (crs.starts_with(start)) return reference.importFromWkt(crs.c_str()) == OGRERR_NONE;
  return false;
}

/// A reference system that PROJ does not know is no reason to print on somebody's terminal.
struct QuietGdal {
  QuietGdal() { CPLPushErrorHandler(CPLQuietErrorHandler); }
  ~QuietGdal() { CPLPopErrorHandler(); }
};

}  // namespace

struct ToWgs84::Impl {
  std::unique_ptr<OGRCoordinateTransformation> transformation;
  double offset_x_m = 0, offset_y_m = 0;
};

ToWgs84::ToWgs84(const Network& network) : impl_(std::make_unique<Impl>()) {
  const QuietGdal quiet;
  OSRSetPROJEnableNetwork(0);
  impl_->offset_x_m = network.offset_x_m;
  impl_->offset_y_m = network.offset_y_m;
  OGRSpatialReference from, to;
  if (!read_crs(from, network.crs) || to.importFromEPSG(4326) != OGRERR_NONE) return;
  from.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  to.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  impl_->transformation.reset(OGRCreateCoordinateTransformation(&from, &to));
}

ToWgs84::~ToWgs84() = default;

bool ToWgs84::known() const { return impl_->transformation != nullptr; }

std::optional<LonLat> ToWgs84::operator()(Point local) const {
  if (!known()) return std::nullopt;
  const QuietGdal quiet;
  double x = local.x - impl_->offset_x_m, y = local.y - impl_->offset_y_m;
  if (!impl_->transformation->Transform(1, &x, &y) || !std::isfinite(x) || !std::isfinite(y))
    return std::nullopt;
  return LonLat{x, y};
}

struct FromWgs84::Impl {
  std::unique_ptr<OGRCoordinateTransformation> transformation;
};

FromWgs84::FromWgs84(const std::string& crs) : impl_(std::make_unique<Impl>()) {
  const QuietGdal quiet;
  OSRSetPROJEnableNetwork(0);
  OGRSpatialReference from, to;
  if (!read_crs(to, crs) || from.importFromEPSG(4326) != OGRERR_NONE) return;
  from.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  to.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  impl_->transformation.reset(OGRCreateCoordinateTransformation(&from, &to));
}

FromWgs84::~FromWgs84() = default;

bool FromWgs84::known() const { return impl_->transformation != nullptr; }

std::optional<Point> FromWgs84::operator()(LonLat place) const {
  if (!known()) return std::nullopt;
  const QuietGdal quiet;
  double x = place.lon, y = place.lat;
  if (!impl_->transformation->Transform(1, &x, &y) || !std::isfinite(x) || !std::isfinite(y))
    return std::nullopt;
  return Point{x, y};
}

std::function<std::optional<std::pair<double, double>>(Point)> lonlat_of(const Network& network) {
  const auto to_wgs84 = std::make_shared<ToWgs84>(network);
  return [to_wgs84](Point at) -> std::optional<std::pair<double, double>> {
    const auto place = (*to_wgs84)(at);
    if (!place) return std::nullopt;
    return std::pair{place->lon, place->lat};
  };
}

std::string wkt_of_crs(const std::string& crs) {
  OGRSpatialReference reference;
  char* text = nullptr;
  std::string wkt;
  if (read_crs(reference, crs) && reference.exportToWkt(&text) == OGRERR_NONE && text != nullptr) wkt = text;
  CPLFree(text);
  return wkt;
}

std::string proj_of_crs(const std::string& crs) {
  if (is_harmless_proj(crs)) return crs;
  const QuietGdal quiet;
  OGRSpatialReference reference;
  char* text = nullptr;
  std::string proj;
  if (read_crs(reference, crs) && reference.exportToProj4(&text) == OGRERR_NONE && text != nullptr)
    proj = text;
  CPLFree(text);
  return proj;
}

}  // namespace arterial
