#pragma once
// NAME_net.tntp with NAME_node.tntp beside it, as the collection "Transportation Networks for Research" has
// them
// -> StreetPlan. The format states no units: header words, drawn lengths and plausible speeds give them, and
// what was assumed is a Problem. Centroids (nodes before <FIRST THRU NODE>) let no traffic through. Without a
// file of nodes the drawing is a scheme (gis/schematic_layout.h) and lengths are those stated.
#include <string>

#include "sim/model/street_plan.h"

namespace arterial {

/// Throws InputError.
StreetPlan read_tntp(const std::string& net_path);

}  // namespace arterial
