#pragma once
// Well-known text of points, lines and polygons, as tables carry it.
#include <optional>
#include <string_view>
#include <vector>

#include "sim/model/network.h"

namespace arterial::gis {

/// The innermost lists of points: one of a LINESTRING, the rings of a POLYGON or MULTIPOLYGON in their order.
/// Heights are dropped. Nothing where the text is no geometry, a coordinate is no finite number, or there are
/// more than `most_points`.
std::optional<std::vector<std::vector<Point>>> wkt_parts(std::string_view text, std::size_t most_points);

}  // namespace arterial::gis
