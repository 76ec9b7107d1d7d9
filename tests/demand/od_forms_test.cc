// Matrices in the forms of others: DTALite and TNTP, known by content; zones that are points.
#include "scenarios/demand/od_cells.h"

#include <map>

#include "gis/reader.h"
#include "sim/model/network_builder.h"
#include "tests/demand/demand_kit.h"
#include "tests/shared_data.h"

namespace arterial {
namespace {

constexpr const char* kTntp =
    "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 12.0\n<END OF METADATA>\n~ a remark: 5 ;\n"
    "Origin \t1\n  1 :  0.0;  2 :  7.0;\n\nOrigin 2\n 1:5 ;\n";

/// The grid with zones 1 and 2: the junctions at two corners, as points.
Network grid_of_points() {
  Network net = test_grid();
  for (const auto& [id, junction] : {std::pair{"1", 0u}, std::pair{"2", 24u}}) {
    Zone zone;
    zone.id = id;
    for (std::uint32_t l = 0; l < net.links.size(); ++l)
      if (net.links[l].from.value == junction || net.links[l].to.value == junction)
        zone.links.push_back(LinkId(l));
    net.zones.push_back(zone);
  }
  return net;
}

std::map<std::string, double> cells_of(const std::string& text) {
  std::map<std::string, double> out;
  for_each_tntp_cell("t", text,
                     [&](const OdCell& c) { out[std::string(c.from) + ">" + std::string(c.to)] += c.trips; });
  return out;
}

TEST_CASE("A TNTP table of trips, cell by cell") {
  CHECK(cells_of(kTntp) == std::map<std::string, double>{{"1>2", 7}, {"2>1", 5}});
}

TEST_CASE("A hostile TNTP table is refused with its line") {
  const auto refused = [](const std::string& text, const std::string& words) {
    INFO(text);
    const std::string message = message_of([&] { cells_of(text); });
    INFO(message);
    CHECK(message.find(words) != std::string::npos);
  };
  const std::string head = "<NUMBER OF ZONES> 2\n<END OF METADATA>\n";
  refused("<NUMBER OF ZONES> 2\nOrigin 1\n1 : 2;\n", "END OF METADATA");
  refused(head + "1 : 2;\n", "before the first Origin");
  refused(head + "Origin 1\n1 ; 2;\n", "line 4: \";\" stands where \":\"");
  refused(head + "Origin 1\n1 : nan;\n", "is no number of trips");
  refused(head + "Origin 1\n1 : -3;\n", "is no number of trips");
  refused(head + "Origin 1\n1 : 1e99;\n", "is no number of trips");
  refused(head + "Origin 1\n1 : 2", "\"\" stands where \";\"");
  refused(head + "Origin 0\n1 : 2;\n", "is no number of a zone");
  refused(head + "Origin 1\n=1+1 : 2;\n", "is no number of a zone");
  refused(head + "Origin 1\n" + std::string(500, '7') + " : 2;\n", "more than 200 letters");
}

TEST_CASE("Matrices are known by what they hold") {
  const TemporaryFolder folder;
  CHECK(od_form_of(folder.write("a", kTntp)) == OdForm::kTntp);
  CHECK(od_form_of(folder.write("b", "\xef\xbb\xbfo_zone_id,d_zone_id,volume\n")) == OdForm::kDtalite);
  CHECK(od_form_of(folder.write("c", "from_zone, to_zone ,trips,type\n")) == OdForm::kTable);
  CHECK(od_form_of(folder.write("d", "trip_id,depart_s,from_link,to_link\n")) == OdForm::kNone);
  CHECK(od_form_of(folder.write("e", "<routes/>")) == OdForm::kNone);
  CHECK(od_form_of(folder.write("f", "")) == OdForm::kNone);
}

TEST_CASE("the option --demand FILE takes every form, and the totals are exact") {
  const Network net = grid_of_points();
  const TemporaryFolder folder;
  const std::string tntp = folder.write("trips.tntp", kTntp);
  const std::string table = folder.write("t.csv", "from_zone,to_zone,trips\n1,2,7\n2,1,5\n");
  const std::string dtalite = folder.write("d.csv", "o_zone_id,d_zone_id,volume\n1,2,7\n2,1,5\n");
  const Demand first = read_demand(net, {demand_source(tntp)}, {});
  CHECK(first.trips.size() == 12);
  CHECK(first.rejected.empty());
  for (const Trip& t : first.trips) CHECK((t.depart_s >= 0 && t.depart_s < 3600));
  for (const std::string& other : {table, dtalite})
    CHECK(everything_in(read_demand(net, {demand_source(other)}, {})) == everything_in(first));
  CHECK(message_of([&] {
          read_demand(net, {demand_source(folder.write("x.csv", "o_zone_id,d_zone_id,volume\n1,9,7\n"))}, {});
        }).find("x.csv: line 2: d_zone_id \"9\" is no zone") != std::string::npos);
}

TEST_CASE("Trips of a zone that is a point leave it and end in it") {
  const Network net = grid_of_points();
  const TemporaryFolder folder;
  const Demand d = read_demand(
      net, {demand_source(folder.write("d.csv", "o_zone_id,d_zone_id,volume\n1,2,40\n2,1,40\n"))}, {});
  REQUIRE(d.trips.size() == 80);
  for (const Trip& t : d.trips) {
    const bool out = t.id.starts_with("od.1.");
    CHECK(net[net[t.from].from].id == (out ? "0.0" : "4.4"));
    CHECK(net[net[t.to].to].id == (out ? "4.4" : "0.0"));
  }
}

TEST_CASE("A matrix too large for a run is refused before a trip is made") {
  const Network net = grid_of_points();
  const TemporaryFolder folder;
  DemandOptions options;
  options.most_trips = 1000;
  const std::string file = folder.write("d.csv", "o_zone_id,d_zone_id,volume\n1,2,1e12\n");
  CHECK(message_of([&] { read_demand(net, {demand_source(file)}, options); }).find("limit") !=
        std::string::npos);
}

TEST_CASE("The real matrices have the trips that their sources count") {
  struct Expected {
    const char *net, *trips;
    std::uint64_t least, most;
  };
  for (const Expected& e : {Expected{"gmns_tucson/05_Tucson_planning_network",
                                     "gmns_tucson/05_Tucson_planning_network/demand.csv", 232143, 232143},
                            Expected{"tntp_open/SiouxFalls/SiouxFalls_net.tntp",
                                     "tntp_open/SiouxFalls/SiouxFalls_trips.tntp", 360600, 360600},
                            Expected{"tntp_open/Chicago-Sketch/ChicagoSketch_net.tntp",
                                     "tntp_open/Chicago-Sketch/ChicagoSketch_trips.tntp", 1260907, 1260907},
                            // Fractions become trips by a draw of the pair, so the sum is near 104,694.40.
                            Expected{"tntp_open/Anaheim/Anaheim_net.tntp",
                                     "tntp_open/Anaheim/Anaheim_trips.tntp", 104600, 104790},
                            Expected{"tntp_open/Eastern-Massachusetts/EMA_net.tntp",
                                     "tntp_open/Eastern-Massachusetts/EMA_trips.tntp", 65500, 65650},
                            Expected{"tntp_open/Braess-Example/Braess_net.tntp",
                                     "tntp_open/Braess-Example/Braess_trips.tntp", 6, 6}}) {
    const auto net = shared_data(e.net), trips = shared_data(e.trips);
    if (!net || !trips) {
      skip_without(e.trips);
      continue;
    }
    INFO(e.trips);
    const Network network = import_network({*net}, {});
    double sum = 0;
    std::uint64_t cells = 0;
    for_each_od_cell(*trips, [&](const OdCell& c) { sum += c.trips, ++cells; });
    if (std::string(e.net).starts_with("gmns_tucson")) CHECK(cells == 153509);
    CHECK(std::abs(sum - static_cast<double>(e.least + e.most) / 2) <
          1 + static_cast<double>(e.most - e.least));
    if (e.most > 250000) continue;  // routes of so many take long
    DemandOptions options;
    options.threads = 2;
    const Demand d = read_demand(network, {demand_source(*trips)}, options);
    CHECK(d.read >= e.least);
    CHECK(d.read <= e.most);
    CHECK(d.rejected.empty());
  }
}

}  // namespace
}  // namespace arterial
