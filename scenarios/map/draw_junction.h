#pragma once
// What stands on the ground of a junction and its approaches: arrows, ways through, conflicts, marks.
#include <string>
#include <vector>

#include "scenarios/map/draw_network.h"

namespace arterial {

/// Approaches in the order of their letters: clockwise from north.
std::vector<LinkId> approaches_of(const Network& network, JunctionId junction);

/// `focus` gets letters and full colour; other junctions in the frame are drawn pale.
void draw_junctions(const Network& network, JunctionId focus, const MapFrame& frame, Canvas& canvas);

enum class MarkKind { kSignal, kPriority, kYield, kStop, kEqual, kZipper };
/// The sign of right of way for a connection without regard to others of its lane.
MarkKind mark_of(const Connection& connection);
void draw_mark(MarkKind kind, double x_px, double y_px, double size_px, Canvas& canvas);

Colour colour_of(Turn turn);

inline constexpr Colour kCrossing{0.80, 0.10, 0.18}, kMerging{0.95, 0.80, 0.10};

}  // namespace arterial
