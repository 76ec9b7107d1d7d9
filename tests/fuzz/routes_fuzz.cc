// SUMO route files over a small grid.
#include "scenarios/demand/demand_builder.h"
#include "scenarios/demand/sources.h"
#include "sim/model/scenario.h"
#include "sim/routing/routing_bench.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  static const Network network = routing_grid(60, 1);
  return refuse_or_read([&] {
    DemandOptions options;
    options.most_trips = 2000;
    DemandBuilder builder(network, options);
    read_sumo_routes_text("fuzz", std::string(text_of(data, size)), builder);
    const Demand d = builder.finish();
    demand_sound(d.read == d.trips.size() + d.rejected.size(), "a trip that is neither run nor rejected");
    for (const Trip& t : d.trips) {
      demand_sound(t.route.value < d.routes.size() && !d.routes[t.route.value].links.empty(),
                   "a trip without a route");
      demand_sound(t.type.value < d.types.size(), "a trip without a type");
      demand_sound(t.depart_s >= options.begin_s && t.depart_s <= kLatest_s, "a trip outside the clock");
      demand_sound(std::size_t{t.first_stop} + t.stop_count <= d.stops.size(), "stops out of range");
    }
  });
}
