#include "scenarios/synthetic/draw_city.h"

#include <stdexcept>

#include "scenarios/synthetic/city_layout.h"
#include "scenarios/synthetic/motorway.h"
#include "scenarios/synthetic/plan_writer.h"
#include "scenarios/synthetic/scenery.h"
#include "scenarios/synthetic/street_lattice.h"
#include "scenarios/synthetic/street_names.h"
#include "scenarios/synthetic/street_roads.h"

namespace arterial {

StreetPlan draw_city(const CityOptions& options) {
  using namespace synthetic;
  if (options.blocks < 16 || options.blocks > 4'000'000)
    throw std::invalid_argument("a city has from 16 to 4000000 blocks, not " +
                                std::to_string(options.blocks));
  PlanWriter writer(options.left_hand);
  writer.plan.name = city_name(options.seed);
  writer.plan.crs = "EPSG:32631";
  writer.plan.source = "arterial synthetic, seed " + std::to_string(options.seed) + ", " +
                       std::to_string(options.blocks) + " blocks";
  writer.plan.licence = "CC0-1.0";
  writer.plan.attribution = "An invented city, drawn by Arterial";

  const Layout layout(options);
  const StreetLattice lattice(layout);
  StreetsDrawn drawn = write_streets(lattice, writer);
  write_motorways(layout, drawn, writer);
  write_zones(lattice, drawn.gates, writer);
  write_water(lattice, writer);
  if (options.buildings) write_buildings(lattice, writer);
  return std::move(writer.plan);
}

}  // namespace arterial
