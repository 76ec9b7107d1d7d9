#pragma once
// Plane geometry of centre lines for the network builder: lengths, cuts, offsets, distances, curves.
// Angles are radians, counter-clockwise from east; a left turn is positive.
#include <vector>

#include "sim/model/network.h"

namespace arterial::build {

using Polyline = std::vector<Point>;

double distance(Point a, Point b);
double length_of(const Polyline& line);
Polyline reversed(Polyline line);

/// The point `at_m` metres along the line; clamped to its ends.
Point point_along(const Polyline& line, double at_m);

/// The piece between two stations, with both ends as points.
Polyline cut(const Polyline& line, double begin_m, double end_m);

/// The line without points that matter less than `tolerance_m` (Douglas-Peucker) or repeat one another.
Polyline simplified(const Polyline& line, double tolerance_m);

/// Parallel line `right_m` metres to the right (negative: left), with mitred corners.
Polyline offset_right(const Polyline& line, double right_m);

/// Distance of a point to the part of the line before `until_m`.
double distance_to(const Polyline& line, Point p, double until_m = 1e18);

/// Direction of travel over the last (first) `reach_m` metres.
double heading_at_end(const Polyline& line, double reach_m);
double heading_at_begin(const Polyline& line, double reach_m);

/// In (-pi, pi].
double turn_between(double heading_from, double heading_to);

/// A smooth path between two lane ends, close to a circular arc where one fits.
Polyline turning_path(Point from, double heading_from, Point to, double heading_to);

bool inside_ring(const Polyline& ring, Point p);

}  // namespace arterial::build
