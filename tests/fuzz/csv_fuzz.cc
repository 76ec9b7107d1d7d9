// CSV trips, and the same bytes as an OD matrix, as zones and as a profile.
#include "scenarios/demand/demand.h"
#include "scenarios/demand/demand_builder.h"
#include "scenarios/demand/sources.h"
#include "sim/routing/routing_bench.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  static const Network network = [] {
    Network net = routing_grid(60, 1);
    for (const char* id : {"A", "B"}) {
      Zone zone;
      zone.id = id;
      zone.links = {LinkId(net.zones.empty() ? 3 : 20), LinkId(7)};
      net.zones.push_back(zone);
    }
    return net;
  }();
  DemandOptions options;
  options.most_trips = 500;
  const auto counted = [](const Demand& d) {
    demand_sound(d.read == d.trips.size() + d.rejected.size(), "a trip that is neither run nor rejected");
  };
  refuse_or_read([&] {
    DemandBuilder builder(network, options);
    read_csv_trips_text("fuzz", std::string(text_of(data, size)), "", builder);
    counted(builder.finish());
  });
  const std::string file = fuzz_file(text_of(data, size), ".csv");
  DemandSource source;
  source.kind = DemandSource::Kind::kOdMatrix;
  source.files = {file};
  refuse_or_read([&] { counted(read_demand(network, {source}, options)); });
  source.profile = file;
  refuse_or_read([&] { counted(read_demand(network, {source}, options)); });
  source.zones = file;
  return refuse_or_read([&] { counted(read_demand(network, {source}, options)); });
}
