#pragma once
// What stands on the ground of a junction and its approaches: arrows, ways through, conflicts, marks.
#include "scenarios/map/draw_network.h"
#include "scenarios/map/junction_picture.h"

namespace arterial {

/// `focus` gets letters and full colour; other junctions in the frame are drawn pale.
void draw_junctions(const Network& network, JunctionId focus, const MapFrame& frame, Canvas& canvas);

void draw_mark(MarkKind kind, double x_px, double y_px, double size_px, Canvas& canvas);

Colour colour_of(Turn turn);

inline constexpr Colour kCrossing{0.80, 0.10, 0.18}, kMerging{0.95, 0.80, 0.10};

}  // namespace arterial
