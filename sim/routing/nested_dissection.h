#pragma once
// An order of the links in which small separators come last: the one thing that the speed of the hierarchy
// rests on. It looks at geometry and topology alone, so one order serves every metric.
#include <cstdint>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

/// Every link once, least important first.
///
/// Junctions are split in two by inertial flow (a minimum cut between the outer quarters along a line, the
/// best of four directions), then each half again. Links that a cut severs separate the turns of the two
/// halves, so they come after both. Independent of the number of threads.
std::vector<LinkId> nested_dissection_order(const Network& network, int threads = 1);

}  // namespace arterial
