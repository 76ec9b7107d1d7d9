#pragma once
// Dual carriageways through the wide strips of the layout, under the city's roads, with diamond interchanges.
// Lanes are added before an exit and after an entry, so that ramps join and leave without crossing anybody.
#include <vector>

#include "scenarios/synthetic/city_layout.h"
#include "scenarios/synthetic/plan_writer.h"
#include "scenarios/synthetic/street_roads.h"

namespace arterial::synthetic {

/// Adds the gates at both ends of each motorway.
void write_motorways(const Layout& layout, StreetsDrawn& drawn, PlanWriter& writer);

}  // namespace arterial::synthetic
