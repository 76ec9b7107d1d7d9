#include "gis/gpkg_street_plan.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    const StreetPlan plan = read_street_plan_gpkg(fuzz_file(text_of(data, size), ".gpkg"));
    for (const PlanRoad& road : plan.roads) {
      demand_sound(road.nodes.size() >= 2, "a road without length");
      for (std::uint32_t node : road.nodes)
        demand_sound(node < plan.nodes.size(), "a road over a node that is not there");
    }
  });
}
