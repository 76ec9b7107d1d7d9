#pragma once
// From one reference system to another, and whether a system measures metres. Systems are named as in
// gis/projection.h: an EPSG code or WKT, never an address or a file, and no grid is fetched.
#include <memory>
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

class Reprojection {
 public:
  Reprojection(const std::string& from, const std::string& to);
  ~Reprojection();
  Reprojection(Reprojection&&) noexcept;
  /// Both systems are known to PROJ on this machine.
  bool known() const;
  /// False where some point cannot be brought over; the points are then of no use. Precondition: known().
  bool operator()(std::vector<Point>& points) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

bool is_geographic(const std::string& crs);

/// A projected system that draws a metre at this place (in its own coordinates) as 0.99 to 1.01: neither feet
/// nor Web Mercator away from the equator.
bool measures_metres_at(const std::string& crs, Point at);

}  // namespace arterial
