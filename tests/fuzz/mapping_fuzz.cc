// A mapping file from a stranger ends in a VectorMapping or in an InputError; rules answer any text.
#include "gis/vector_mapping.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    const VectorMapping m = parse_mapping("map.yaml", std::string(text_of(data, size)));
    demand_sound(!m.roads.layer.empty(), "roads without a layer");
    demand_sound(m.snap_m >= 0 && m.snap_m <= 50, "a snap tolerance out of bounds");
    demand_sound(m.roads.from.has_value() == m.roads.to.has_value(), "one end of a road");
    for (const MaybeRule* rule :
         {&m.roads.direction, &m.roads.road_class, &m.roads.speed, &m.roads.allowed}) {
      if (!*rule) continue;
      bool unknown = false;
      for (const char* text : {"", "0", "-1", "nan", "1e400", "forward"}) (*rule)->word_for(text, unknown);
    }
    if (m.roads.road_class)
      for (const ValueRule::Case& c : m.roads.road_class->cases)
        demand_sound(c.word == "none" || road_class_from(c.word), "a class that is none");
  });
}
