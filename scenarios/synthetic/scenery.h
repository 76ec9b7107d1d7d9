#pragma once
// What is not road: zones with residents and jobs, buildings, water.
#include "scenarios/synthetic/plan_writer.h"
#include "scenarios/synthetic/street_lattice.h"
#include "scenarios/synthetic/street_roads.h"

namespace arterial::synthetic {

void write_zones(const StreetLattice& lattice, const std::vector<Gate>& gates, PlanWriter& writer);
void write_water(const StreetLattice& lattice, PlanWriter& writer);
void write_buildings(const StreetLattice& lattice, PlanWriter& writer);

}  // namespace arterial::synthetic
