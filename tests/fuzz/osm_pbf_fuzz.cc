#include "gis/osm_reader.h"
#include "sim/model/network_builder.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    const StreetPlan plan = read_osm(fuzz_file(text_of(data, size), ".osm.pbf"));
    const auto faults = faults_in(build_network(plan));
    demand_sound(faults.empty(), faults.empty() ? "" : faults.front().c_str());
  });
}
