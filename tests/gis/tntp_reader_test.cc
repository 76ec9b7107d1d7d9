// TNTP networks: small ones written here, hostile ones, the scheme, and the real ones where the shared data
// is.
#include "gis/tntp_reader.h"

#include <cmath>

#include "gis/reader.h"
#include "gis/schematic_layout.h"
#include "sim/model/network_builder.h"
#include "tests/gis/table_folder.h"
#include "tests/shared_data.h"

namespace arterial {
namespace {

std::string head(int zones, int nodes, int through, int links, const std::string& header = "~") {
  return "<NUMBER OF ZONES> " + std::to_string(zones) + "\t\n<NUMBER OF NODES> " + std::to_string(nodes) +
         "\n<FIRST THRU NODE> " + std::to_string(through) + "\n<NUMBER OF LINKS> " + std::to_string(links) +
         "\n<ORIGINAL HEADER>" + header + "\n<END OF METADATA>\n\n~\tinit\tterm\tcapacity\n";
}

/// 1 and 2 are centroids at 3 and 5; 3-4-5-6 is a square.
std::string square(const std::string& header = "~ length (ft) free flow time (min)") {
  std::string text = head(2, 6, 3, 12, header);
  const auto row = [&](int a, int b, const char* rest) {
    for (const auto& [x, y] : {std::pair{a, b}, std::pair{b, a}})
      text.append("\t")
          .append(std::to_string(x))
          .append("\t")
          .append(std::to_string(y))
          .append("\t")
          .append(rest)
          .append("\t0.15\t4\t0\t0\t1\t;\n");
  };
  row(1, 3, "49500\t500\t0");
  row(2, 5, "49500\t500\t0");
  row(3, 4, "3600\t2640\t1");
  row(4, 5, "3600\t2640\t1");
  row(5, 6, "1800\t2640\t1");
  row(6, 3, "1800\t2640\t1");
  return text;
}

StreetPlan plan_of(const std::string& net, const std::string& nodes = "") {
  TableFolder folder;
  if (!nodes.empty()) folder.write("t_node.tntp", nodes);
  return read_tntp(folder.write("t_net.tntp", net));
}

const Link* link_named(const Network& network, const std::string& id) {
  for (const Link& link : network.links)
    if (link.source_id == id) return &link;
  return nullptr;
}

TEST_CASE("TNTP: lanes from capacities, speeds from stated units, centroids closed") {
  const StreetPlan plan = plan_of(square());
  CHECK(problem_words(plan, "units_stated").find("lengths are taken for ft, times for minutes") !=
        std::string::npos);
  CHECK(plan.zones.size() == 2);
  const Network network = build_network(plan);
  REQUIRE(network.links.size() == 12);
  CHECK(network.junctions.size() == 6);
  const Link* link = link_named(network, "3-4");
  REQUIRE(link);
  CHECK(link->lane_count == 2);
  CHECK(network[link->first_lane].speed_mps == Approx(2640 * 0.3048 / 60));
  CHECK(network[link->first_lane].length_m > 700);  // of 804.7, less the junctions
  CHECK(network[link->first_lane].length_m < 805);
  CHECK(link_named(network, "1-3")->lane_count == 4);
  CHECK(link_named(network, "1-3")->road_class == RoadClass::kService);
  for (const Connection& c : network.connections)  // no turning round at a centroid either
    CHECK(network[network[c.from].link].source_id != "3-1");
  CHECK(network.zones[0].links.size() == 2);
  CHECK(faults_in(network).empty());
}

TEST_CASE("TNTP: units that nobody states are those that make speeds plausible") {
  const auto speed = [](const char* row) {
    const StreetPlan plan = plan_of(head(1, 2, 1, 1) + row);
    return std::pair{plan.roads.at(0).forward.speed_mps, problem_words(plan, "units_assumed")};
  };
  const auto [miles, miles_words] = speed("1\t2\t2000\t16.1\t0.239\t.15\t4\t0\t0\t1;\n");
  CHECK(miles == Approx(16.1 * 1609.344 / (0.239 * 3600)));
  CHECK(miles_words.find("miles, times for hours") != std::string::npos);
  const auto [metres, metres_words] = speed("1\t2\t2000\t100\t10\t.15\t4\t0\t0\t1;\n");
  CHECK(metres == Approx(10));
  CHECK(metres_words.find("metres, times for seconds") != std::string::npos);
  const auto [km, km_words] = speed("1\t2\t2000\t1\t1.2\t.15\t4\t0\t0\t1;\n");
  CHECK(km_words.find("miles, times for minutes") != std::string::npos);
  CHECK(km == Approx(1609.344 / 72));
}

TEST_CASE("TNTP: lengths that repeat the times are none; the drawing counts") {
  const StreetPlan plan = plan_of(head(2, 2, 1, 2) + "1 2 5000 6 6 .15 4 0 0 1;\n2 1 5000 6 6 .15 4 0 0 1;\n",
                                  "Node\tX\tY\t;\n1\t-96.77\t43.61\t;\n2\t-96.71\t43.61\t;\n");
  CHECK(plan.crs == "EPSG:32614");
  CHECK(problem_words(plan, "units_assumed").find("repeat the free-flow times") != std::string::npos);
  REQUIRE(plan.roads.size() == 1);
  CHECK(plan.roads[0].id == "1-2");
  CHECK(plan.roads[0].backward_id == "2-1");
  CHECK(plan.roads[0].length_m == 0);
  CHECK(plan.roads[0].forward.speed_mps == Approx(4840.0 / 360).epsilon(0.02));
}

TEST_CASE("TNTP: the unit of coordinates comes from the stated lengths") {
  const StreetPlan plan =
      plan_of(head(2, 2, 1, 1, "~ length (miles) fftt(min)") + "1 2 5000 1 1.5 .15 4 0 0 1;\n",
              "node X Y ;\n1 600000 1900000 ;\n2 605280 1900000 ;\n");
  CHECK(problem_words(plan, "coordinates_assumed").find("a foot") != std::string::npos);
  CHECK(plan.nodes[1].at.x - plan.nodes[0].at.x == Approx(1609.344));
}

TEST_CASE("TNTP: signals are guessed where three roads arrive, and said") {
  std::string text = head(0, 5, 1, 8, "~ length (ft) free flow time (min)");
  for (int arm = 2; arm <= 5; ++arm)
    for (const auto& [a, b] : {std::pair{1, arm}, std::pair{arm, 1}})
      text += std::to_string(a) + " " + std::to_string(b) + " 1800 2640 1 .15 4 0 0 1;\n";
  const StreetPlan plan = plan_of(text);
  CHECK(plan.nodes[0].control == NodeControl::kSignal);
  CHECK(plan.nodes[1].control == NodeControl::kNone);
  CHECK(problem_words(plan, "signals_guessed").find("1 node") != std::string::npos);
  CHECK(build_network(plan).signals.size() == 1);
}

TEST_CASE("TNTP: hostile files are refused") {
  const auto refused = [](const std::string& net, const std::string& words, const std::string& nodes = "") {
    INFO(net.substr(0, 300));
    const std::string message = refusal([&] { plan_of(net, nodes); });
    INFO(message);
    CHECK(message.find(words) != std::string::npos);
  };
  const std::string row = "1 2 1800 100 10 .15 4 0 0 1;\n";
  refused("<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 1e9\n", "out of range");
  refused("<NUMBER OF ZONES> 2\n<NUMBER OF NODES> nan\n", "is no number");
  refused("<NUMBER OF ZONES> 2\n<NUMBER OF NODES> -4\n", "out of range");
  refused("<NUMBER OF NODES> 4\n<NUMBER OF LINKS> 99999999999\n", "out of range");
  refused("<NUMBER OF NODES> 4\n", "END OF METADATA");
  refused(head(9, 4, 1, 1) + row, "more zones than nodes");
  refused(head(1, 2, 1, 1) + "1 3 1800 100 10 ;\n", "out of range");
  refused(head(1, 2, 1, 1) + "1 1.5 1800 100 10 ;\n", "no whole number");
  refused(head(1, 2, 1, 1) + "1 0 1800 100 10 ;\n", "out of range");
  refused(head(1, 2, 1, 1) + "1 2 -1800 100 10 ;\n", "out of range");
  refused(head(1, 2, 1, 1) + "1 2 1800 nan 10 ;\n", "is no number");
  refused(head(1, 2, 1, 1) + "1 2 1800 inf 10 ;\n", "is no number");
  refused(head(1, 2, 1, 1) + "1 2 1800 ;\n", "fewer than five");
  refused(head(1, 2, 1, 1), "holds no link");
  refused("<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 6.0\n<END OF METADATA>\n", "table of trips");
  refused(head(1, 2, 1, 1) + row, "is no number", "node X Y\n1 nan 0;\n2 1 1;\n");
  refused(head(1, 2, 1, 1) + row, "out of range", "node X Y\n7 0 0;\n");
  std::string many = head(1, 30'000, 1, 29'999);
  for (int n = 1; n < 30'000; ++n)
    many += std::to_string(n) + " " + std::to_string(n + 1) + " 1800 100 10;\n";
  refused(many, "more than 20,000 nodes");
  refused(head(1, 2, 1, 1) + std::string(200'000, '1'), "no line of text");
}

TEST_CASE("TNTP: a file of nodes that leaves some out is not used, and said") {
  const StreetPlan plan = plan_of(head(1, 2, 1, 1) + "1 2 1800 100 10 ;\n", "node X Y\n1 0 0;\n");
  CHECK(problem_words(plan, "nodes_without_place").find("places 1 of 2") != std::string::npos);
  CHECK_FALSE(problem_words(plan, "schematic_layout").empty());
}

TEST_CASE("TNTP: what the file announces and does not hold is said") {
  CHECK(problem_words(plan_of(head(1, 2, 1, 5) + "1 2 1800 100 10 ;\n"), "links_miscounted")
            .find("5 links and holds 1") != std::string::npos);
}

// -- the scheme
// -----------------------------------------------------------------------------------------------

TEST_CASE("A scheme keeps the distances that a plane can keep") {
  // A grid of 6 by 4 with sides of 500 m.
  std::vector<gis::SchemeEdge> edges;
  for (std::uint32_t y = 0; y < 4; ++y)
    for (std::uint32_t x = 0; x < 6; ++x) {
      if (x < 5) edges.push_back({y * 6 + x, y * 6 + x + 1, 500});
      if (y < 3) edges.push_back({y * 6 + x, y * 6 + x + 6, 500});
    }
  const auto at = gis::schematic_layout(24, edges);
  REQUIRE(at.size() == 24);
  double wide = 0, high = 0;
  for (const gis::SchemeEdge& e : edges) {
    const double drawn = std::hypot(at[e.a].x - at[e.b].x, at[e.a].y - at[e.b].y);
    CHECK(drawn > 250);
    CHECK(drawn < 750);
  }
  for (const Point& p : at)
    for (const Point& q : at) wide = std::max(wide, p.x - q.x), high = std::max(high, p.y - q.y);
  CHECK(wide > high);  // the long side lies east to west
  CHECK(at[0].x < 0);
  const auto again = gis::schematic_layout(24, edges);
  for (std::size_t i = 0; i < at.size(); ++i) CHECK((at[i].x == again[i].x && at[i].y == again[i].y));
}

TEST_CASE("A scheme has a place for nodes that nothing joins, for twins and for many") {
  const auto apart = gis::schematic_layout(4, {{0, 1, 100}, {2, 3, 100}});
  for (const Point& p : apart) CHECK((std::isfinite(p.x) && std::isfinite(p.y)));
  CHECK(std::hypot(apart[0].x - apart[2].x, apart[0].y - apart[2].y) > 50);
  const auto star = gis::schematic_layout(9, {{0, 1, 100},
                                              {0, 2, 100},
                                              {0, 3, 100},
                                              {0, 4, 100},
                                              {0, 5, 100},
                                              {0, 6, 100},
                                              {0, 7, 100},
                                              {0, 8, 100},
                                              {3, 3, 1}});
  for (std::size_t i = 1; i < 9; ++i)
    for (std::size_t j = 1; j < i; ++j) CHECK(std::hypot(star[i].x - star[j].x, star[i].y - star[j].y) > 20);
  std::vector<gis::SchemeEdge> ring;
  for (std::uint32_t i = 0; i < 3000; ++i) ring.push_back({i, (i + 1) % 3000, 100});
  for (const Point& p : gis::schematic_layout(3000, ring))
    REQUIRE((std::isfinite(p.x) && std::isfinite(p.y)));
  CHECK(gis::schematic_layout(1, {}).size() == 1);
  CHECK(gis::schematic_layout(0, {}).empty());
}

TEST_CASE("TNTP: the real networks have the nodes and links that their sources count") {
  struct Expected {
    const char* net;
    std::size_t nodes, links, zones;
    bool scheme;
  };
  for (const Expected& e :
       {Expected{"tntp_open/SiouxFalls/SiouxFalls_net.tntp", 24, 76, 24, false},
        Expected{"tntp_open/Anaheim/Anaheim_net.tntp", 416, 914, 38, true},
        Expected{"tntp_open/Chicago-Sketch/ChicagoSketch_net.tntp", 933, 2950, 387, false},
        Expected{"tntp_open/Eastern-Massachusetts/EMA_net.tntp", 74, 258, 74, true},
        Expected{"tntp_open/Braess-Example/Braess_net.tntp", 4, 5, 2, true}}) {
    const auto path = shared_data(e.net);
    if (!path) {
      skip_without(e.net);
      continue;
    }
    INFO(e.net);
    CHECK(kind_of_source(*path) == SourceKind::kTntp);
    const Network network = import_network({*path}, {});
    CHECK(network.junctions.size() == e.nodes);
    CHECK(network.links.size() == e.links);
    CHECK(network.zones.size() == e.zones);
    CHECK(problem_words(network, "schematic_layout").empty() != e.scheme);
    CHECK(faults_in(network).empty());
    for (const Zone& zone : network.zones) CHECK_FALSE(zone.links.empty());
  }
}

}  // namespace
}  // namespace arterial
