// The demand of real scenarios: as many trips as their authors and SUMO count, all with a route that can be
// driven.
#include <map>

#include "gis/sumo_reader.h"
#include "sim/routing/router.h"
#include "tests/demand/demand_kit.h"
#include "tests/shared_data.h"

using namespace arterial;

namespace {

struct Case {
  std::string folder, net;
  std::vector<std::string> additional, demand;
  double begin_s, end_s;
  std::uint64_t read, run;
  std::map<std::string, std::uint64_t> rejected;
};

void check(const Case& c) {
  const auto folder = shared_data(c.folder);
  if (!folder) return skip_without(c.folder);
  const auto in = [&](const std::string& name) { return *folder + "/" + name; };
  std::vector<std::string> additional;
  for (const std::string& name : c.additional) additional.push_back(in(name));
  const Network net = read_sumo_net(in(c.net), additional);
  DemandSource source;
  for (const std::string& name : c.demand) source.files.push_back(in(name));
  DemandOptions options;
  options.begin_s = c.begin_s;
  options.end_s = c.end_s;
  const Demand d = read_demand(net, {source}, options);
  CHECK(d.read == c.read);
  CHECK(d.trips.size() == c.run);
  std::map<std::string, std::uint64_t> reasons;
  for (const RejectedTrip& r : d.rejected) ++reasons[r.reason];
  CHECK(reasons == c.rejected);
  const RoadGraph graph(net);
  std::uint64_t broken = 0;
  for (const Trip& t : d.trips) {
    const VehicleType& type = d.types[t.type.value];
    const auto& links = d.routes[t.route.value].links;
    for (std::size_t i = 1; i < links.size(); ++i) {
      const RoadGraph::Edge* turn = graph.edge(links[i - 1], links[i]);
      broken += !turn || (!type.ignores_permissions && !(turn->allowed & mask_of(type.vehicle_class)));
    }
  }
  CHECK(broken == 0);
}

Case bologna(const std::string& part, std::uint64_t read) {
  return {"sumo_bologna/" + part,
          part + "_buslanes.net.xml",
          {part + "_bus_stops.add.xml"},
          {part + ".rou.xml", part + "_busses.rou.xml", part + "_vtypes.add.xml"},
          0,
          4000,
          read,
          read,
          {}};
}

}  // namespace

TEST_CASE("Bologna: every car and bus") {
  check(bologna("acosta", 8779));
  check(bologna("pasubio", 8776));
  check(bologna("joined", 11176));
}

TEST_CASE("Cologne: trips before the begin are listed") {
  const auto cologne = [](const std::string& n, std::uint64_t read, std::uint64_t before) {
    Case c{"sumo_resco_cologne/cologne" + n,
           "cologne" + n + ".net.xml",
           {},
           {"cologne" + n + ".rou.xml"},
           25200,
           28800,
           read,
           read - before,
           {}};
    if (before > 0) c.rejected["before_begin"] = before;
    return c;
  };
  check(cologne("1", 2015, 0));
  check(cologne("3", 4494, 1638));
  check(cologne("8", 2046, 0));
}

TEST_CASE("Berlin: cars, bicycles, buses and deliveries run; trams do not") {
  check({"sumo_berlin_doerpfeldstr",
         "net.net.xml.gz",
         {"stops.add.xml"},
         {"samplertrips.rou.xml", "samplertrips_bike.rou.xml", "parking_heavy.rou.xml",
          "parking_vehicle.rou.xml", "pt_lines.rou.xml", "vtypes.add.xml"},
         50300,
         54100,
         2746,
         2734,
         {{"class_not_run", 12}}});
}

TEST_CASE("the port of Cologne: cars and trucks run; trains and ships do not") {
  check({"sumo_port_cologne",
         "osm.net.xml.gz",
         {},
         {"osm.passenger.trips.xml", "osm.truck.trips.xml", "osm.rail.trips.xml", "osm.ship.trips.xml"},
         0,
         3600,
         3238,
         3157,
         {{"class_not_run", 81}}});
}

TEST_CASE("a route over an edge that the Berlin net no longer has is an input error") {
  const auto folder = shared_data("sumo_berlin_doerpfeldstr");
  if (!folder) return skip_without("sumo_berlin_doerpfeldstr");
  const Network net = read_sumo_net(*folder + "/net.net.xml.gz");
  const std::string message =
      message_of([&] { read_demand(net, {demand_source(*folder + "/flows_2.rou.xml")}, {}); });
  CHECK(message.find("flows_2.rou.xml: line 11") != std::string::npos);
  CHECK(message.find("\"178028204#3\"") != std::string::npos);
}
