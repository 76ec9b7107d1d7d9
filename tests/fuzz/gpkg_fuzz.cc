// GeoPackages of street plans: edits of a good one, or (where the input begins as SQLite does) the bytes
// themselves.
#include "gis/gpkg_street_plan.h"
#include "tests/ascii_network.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

std::string good_plan() {
  using namespace arterial;
  const std::string path = fuzz_file("", ".gpkg");
  write_street_plan_gpkg(ascii_plan(R"(
        N
        |
W=======X-------E
        v
        S
)",
                                    "X signal; WX lanes=3+1 speed=50 class=primary"),
                         path);
  return content_of(path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  static const std::string good = good_plan();
  const bool whole = text_of(data, size).starts_with("SQLite");
  const std::string file = whole ? std::string(text_of(data, size)) : with_edits(good, data, size);
  return refuse_or_read([&] {
    const StreetPlan plan = read_street_plan_gpkg(fuzz_file(file, ".gpkg"));
    for (const PlanRoad& road : plan.roads) {
      demand_sound(road.nodes.size() >= 2, "a road without length");
      for (std::uint32_t node : road.nodes)
        demand_sound(node < plan.nodes.size(), "a road over a node that is not there");
    }
  });
}
