// Real nets, where the shared data is. The numbers are those of the nets' own SOURCE files and of counting
// the XML.
#include "gis/network_summary.h"
#include "gis/sumo_reader.h"
#include "tests/catch.h"
#include "tests/shared_data.h"

namespace arterial {
namespace {

struct Expected {
  const char* net;
  std::size_t links, lanes, junctions, connections, signals;
};

TEST_CASE("Real SUMO nets agree with what their files count") {
  const Expected sets[] = {
      {"sumo_bologna/acosta/acosta_buslanes.net.xml", 178, 266, 112, 351, 7},
      {"sumo_bologna/pasubio/pasubio_buslanes.net.xml", 111, 186, 65, 265, 8},
      {"sumo_bologna/joined/joined_buslanes.net.xml", 267, 411, 158, 576, 13},
      {"sumo_resco_cologne/cologne1/cologne1.net.xml", 10, 19, 9, 25, 1},
      {"sumo_resco_cologne/cologne3/cologne3.net.xml", 48, 76, 29, 140, 3},
      {"sumo_resco_cologne/cologne8/cologne8.net.xml", 149, 157, 78, 352, 8},
      {"sumo_berlin_doerpfeldstr/net.net.xml.gz", 630, 931, 334, 1078, 9},
      {"sumo_port_cologne/osm.net.xml.gz", 7366, 7837, 3614, 7138, 46},  // and one rail signal
      {"sumo_eichstaett/eichstaett.net.xml.gz", 1177, 1179, 446, 3523, 4},
  };
  for (const Expected& e : sets) {
    const auto path = shared_data(e.net);
    if (!path) {
      skip_without(e.net);
      continue;
    }
    INFO(e.net);
    const Network n = read_sumo_net(*path);
    CHECK(n.links.size() == e.links);
    CHECK(n.road_lane_count == e.lanes);
    CHECK(n.junctions.size() == e.junctions);
    CHECK(n.connections.size() == e.connections);
    CHECK(n.signals.size() == e.signals);
    const NetworkSummary summary = summary_of(n);
    CHECK(summary.by_severity.at("error") == 0);
    CHECK(summary.strongly_connected_share > 0);
    CHECK(summary_json(summary, n, true).find("\"extent_wgs84\": [") != std::string::npos);
  }
}

}  // namespace
}  // namespace arterial
