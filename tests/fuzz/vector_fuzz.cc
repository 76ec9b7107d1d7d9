// GIS data from a stranger through a fixed mapping: GeoJSON, or (where the input begins with a letter) CSV
// with shapes as text. GDAL parses, we check and join.
#include "gis/vector_reader.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  const std::string_view text = text_of(data, size);
  if (text.empty()) return 0;
  const bool json = text.front() == '{';
  const std::string file = fuzz_file(text, json ? ".geojson" : ".csv");
  const std::string layer = file.substr(file.rfind('/') + 1, file.rfind('.') - file.rfind('/') - 1);
  static const std::string rules =
      "\n  class: {field: k, values: {m: motorway, none: none, \">= 3\": primary}}\n"
      "  direction: {field: o, values: {f: forward, b: backward}}\n  lanes_total: n\n"
      "  speed: {field: s, unit: kmh}\n  level: l\n  id: i\n";
  return refuse_or_read([&] {
    const StreetPlan plan = read_vector(
        {file}, parse_mapping("map.yaml", "crs: EPSG:4326\ncrossings: by_level\nroads:\n  layer: \"" + layer +
                                              "\"" + rules));
    for (const PlanRoad& road : plan.roads) {
      demand_sound(road.nodes.size() >= 2, "a road without length");
      for (const std::uint32_t node : road.nodes)
        demand_sound(node < plan.nodes.size(), "a node that is not there");
      demand_sound(road.forward.lanes + road.backward.lanes > 0 && road.forward.lanes <= 32,
                   "lanes out of bounds");
    }
  });
}
