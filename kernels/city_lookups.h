#pragma once
// Tables that follow from other tables of a city, so that a step need not search.
#include "kernels/city_tables.h"

namespace arterial {

/// Fills lane_place and the turns, from lanes, links, connections and detectors.
void derive_lookups(CityTables& city);

}  // namespace arterial
