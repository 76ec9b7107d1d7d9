#pragma once
// A StreetPlan as a GeoPackage that any GIS can open and edit, and back. Coordinates are kept to the last
// bit, so that drawing a city and importing its GeoPackage give the same network.
//
// Layers (all in one metric CRS)
//   nodes         points: id, control (signal, stop, all_way_stop, yield, mini_roundabout, crossing),
//   control_direction roads         lines that meet where they share a vertex: id, name, class, level,
//   roundabout, lane_width_m and, for
//                 the drawing direction and against it (..._forward, ..._backward): lanes, speed_mps, access,
//                 turns, lane_access, capacity_vph, lanes_guessed, speed_guessed
//   restrictions  id, kind (no, only), from_road, via_nodes or via_roads (ids, space between), to_road,
//   except zones         polygons: id, name, residents, jobs buildings     polygons: height_m water polygons
//   street_plan   key, value: format, name, source, licence, attribution, left_hand, country
// Turns are written per lane from the kerb, "right+straight|straight|left"; access as classes, "car,bus", or
// "all" or "motor". Only roads is needed to read; vertices without a node become plain nodes.
#include <string>

#include "sim/model/street_plan.h"

namespace arterial {

/// Temporary file, fsync, rename. Throws InputError. StreetPlan::problems are not written.
void write_street_plan_gpkg(const StreetPlan& plan, const std::string& path);

/// Takes the file for hostile: only GeoPackage, tables only (no views), no foreign virtual tables, limits on
/// counts, lengths and coordinates. Throws InputError.
StreetPlan read_street_plan_gpkg(const std::string& path);

}  // namespace arterial
