#pragma once
// A network as layers: links, lanes, connections, junctions, signals, stops, detectors, zones, buildings,
// problems.
#include <vector>

#include "gis/export_layers.h"

namespace arterial {

std::vector<VectorLayer> network_layers(const Network& network);

/// The link's line and the columns that every layer of links begins with.
VectorLayer link_layer(const Network& network);
VectorLayer problem_layer(const Network& network);

}  // namespace arterial
