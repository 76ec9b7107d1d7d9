#pragma once
// The network's local metres as longitude and latitude (WGS 84).
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/model/network.h"

namespace arterial {

struct LonLat {
  double lon = 0, lat = 0;
};

/// Takes an EPSG code, a PROJ string or WKT; never a URL or a file, and asks no network for grids. Where the
/// source states no reference system, or one that PROJ does not know, known() is false and nothing is
/// transformed.
class ToWgs84 {
 public:
  explicit ToWgs84(const Network& network);
  ~ToWgs84();
  bool known() const;
  std::optional<LonLat> operator()(Point local) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The other way, for a CRS by the same rules: where a longitude and latitude lie in the network's metres.
class FromWgs84 {
 public:
  explicit FromWgs84(const std::string& crs);
  ~FromWgs84();
  bool known() const;
  std::optional<Point> operator()(LonLat place) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same as a function that lives as long as it is held: pairs of longitude and latitude.
std::function<std::optional<std::pair<double, double>>(Point)> lonlat_of(const Network& network);

/// The reference system as WKT, by the same rules; empty where it is not known.
std::string wkt_of_crs(const std::string& crs);
/// The same as a PROJ string, as SUMO writes it.
std::string proj_of_crs(const std::string& crs);

}  // namespace arterial
