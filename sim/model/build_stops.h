#pragma once
// Bus stops of a plan on the kerb lanes of a network.
#include "sim/model/network.h"
#include "sim/model/street_plan.h"

namespace arterial::build {

/// Each stop goes to the nearest kerb lane that buses may use, at most 30 m away: 12 m of it, or the whole of
/// a shorter lane. One that is farther from every such lane becomes a problem. Precondition: the network is
/// built, in the plan's coordinates. Ids that are given twice are numbered.
void add_stops(Network& network, const StreetPlan& plan);

}  // namespace arterial::build
