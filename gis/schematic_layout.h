#pragma once
// Places for the nodes of a network that has none: a drawing in which distances come near to the lengths of
// the shortest ways. First axes by pivot MDS (Brandes and Pich 2007, "Eigensolver methods for progressive
// multidimensional scaling"), then stress majorization (Gansner, Koren and North 2005, "Graph drawing by
// stress majorization"), node after node.
#include <cstdint>
#include <vector>

#include "sim/model/network.h"

namespace arterial::gis {

struct SchemeEdge {
  std::uint32_t a = 0, b = 0;
  double length_m = 0;  // finite, above 0
};

/// The same for the same input. Short edges are drawn at least some 60 m long, so that junctions have room;
/// the longest axis lies east to west. Preconditions: ends below `nodes`; `nodes` at most kMostSchemeNodes.
std::vector<Point> schematic_layout(std::uint32_t nodes, const std::vector<SchemeEdge>& edges);

constexpr std::uint32_t kMostSchemeNodes = 20'000;

}  // namespace arterial::gis
