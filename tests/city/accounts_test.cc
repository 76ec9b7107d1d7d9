// Rows of links and junctions on Bologna's Acosta, an hour: they follow from each other, with and without
// rerouting.
#include "gis/sumo_reader.h"
#include "scenarios/demand/demand.h"
#include "tests/catch.h"
#include "tests/link_identities.h"
#include "tests/shared_data.h"

using namespace arterial;

TEST_CASE("rows of links and junctions of a real town follow from each other") {
  const auto folder = shared_data("sumo_bologna/acosta");
  if (!folder) return skip_without("sumo_bologna");
  const std::string at = *folder + "/acosta";
  const Network net =
      read_sumo_net(at + "_buslanes.net.xml", {at + "_tls.add.xml", at + "_bus_stops.add.xml"});
  DemandSource source;
  source.files = {at + ".rou.xml", at + "_busses.rou.xml", at + "_vtypes.add.xml"};
  DemandOptions demand_options;
  demand_options.end_s = 3600;
  for (const double share : {0.0, 0.3}) {
    SimulationInput input;
    input.network = &net;
    input.demand = read_demand(net, {source}, demand_options);
    input.options.end_s = 3600;
    input.options.backend = Backend::kCpu, input.options.threads = 1;
    input.options.reroute_share = share;
    const auto simulation = make_local_simulation(input);
    while (!simulation->finished()) {
      simulation->step();
      if (simulation->steps_done() % 700 != 0) continue;
      INFO("at " << simulation->now_s() << " s: " << broken_link_identity(*simulation));
      REQUIRE(broken_link_identity(*simulation).empty());
    }
    INFO(broken_link_identity(*simulation));
    REQUIRE(broken_link_identity(*simulation).empty());
    REQUIRE(simulation->ledger().arrived > 1000);
    std::uint32_t reroutes = 0;
    for (const TripRow& t : simulation->results().trips) reroutes += t.reroutes;
    if (share > 0) CHECK(reroutes > 100);
  }
}
