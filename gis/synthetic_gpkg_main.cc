// arterial synthetic-gpkg --seed S --size N -o city.gpkg: the map of `arterial synthetic` as a GeoPackage, to
// come in through the door by which every other map comes in.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

#include "gis/gpkg_street_plan.h"
#include "scenarios/synthetic/draw_city.h"
#include "sim/model/problem.h"

int main(int argc, char** argv) {
  CLI::App app("Draws an invented city and writes it as a GeoPackage.", "arterial synthetic-gpkg");
  arterial::CityOptions city;
  std::string out;
  const std::map<std::string, std::uint32_t> sizes{
      {"small", 100}, {"medium", 3600}, {"large", 10'000}, {"huge", 360'000}};
  app.add_option("--seed", city.seed, "Another number, another city");
  app.add_option("--size", city.blocks, "Blocks, or small (100), medium (3600), large (10000), huge (360000)")
      ->transform(CLI::Transformer(sizes))
      ->check(CLI::Range(16u, 4'000'000u));
  app.add_flag("--left-hand", city.left_hand, "Traffic keeps left");
  app.add_flag("!--no-buildings", city.buildings, "Streets only");
  app.add_option("-o,--output", out, "The GeoPackage")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const arterial::StreetPlan plan = arterial::draw_city(city);
    arterial::write_street_plan_gpkg(plan, out);
    std::printf("%s: %zu roads, %zu nodes, %zu zones, %zu buildings\nwritten to %s\n", plan.name.c_str(),
                plan.roads.size(), plan.nodes.size(), plan.zones.size(), plan.buildings.size(), out.c_str());
    return 0;
  } catch (const arterial::InputError& error) {
    std::fprintf(stderr, "arterial synthetic-gpkg: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arterial synthetic-gpkg: internal fault: %s\n", error.what());
    return 3;
  }
}
