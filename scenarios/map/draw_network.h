#pragma once
// The ground of a map: water, buildings, roads. From far away a link is one line per direction, wide by its
// class; from near by its lanes are drawn with their width, markings between them, and the ground of the
// junctions.
#include "scenarios/map/canvas.h"
#include "scenarios/map/map.h"

namespace arterial {

/// Metres to pixels; y grows downwards on the picture.
struct MapFrame {
  double left_px = 0, top_px = 0, width_px = 0, height_px = 0;
  double x0_m = 0, y1_m = 0;  // the upper left corner
  double px_per_m = 1;

  double x(double m) const { return left_px + (m - x0_m) * px_per_m; }
  double y(double m) const { return top_px + (y1_m - m) * px_per_m; }
};

void draw_network(const MapPicture& picture, const MapFrame& frame, Canvas& canvas);

inline constexpr Colour kPaper{0.976, 0.973, 0.957};
inline constexpr Colour kNoData{0.72, 0.72, 0.71};

}  // namespace arterial
