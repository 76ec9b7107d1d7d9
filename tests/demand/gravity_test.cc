// The gravity model: what it balances, what it draws, and what it refuses.
#include "scenarios/demand/gravity.h"

#include <cmath>
#include <map>
#include <set>

#include "gis/reader.h"
#include "sim/routing/zone_times.h"
#include "tests/demand/demand_kit.h"
#include "tests/shared_data.h"

namespace arterial {
namespace {

/// Zones A (corner), B (beside it) and C (far corner), each a single link with its other direction.
Network grid_with_zones(double a = 1000, double b = 0, double c = 0) {
  Network net = test_grid();
  const auto add = [&](const char* id, std::initializer_list<const char*> links, double residents,
                       double jobs) {
    Zone zone;
    zone.id = id;
    zone.residents = residents;
    zone.jobs = jobs;
    for (const char* name : links)
      for (std::uint32_t l = 0; l < net.links.size(); ++l)
        if (net.links[l].id == name) zone.links.push_back(LinkId(l));
    net.zones.push_back(zone);
  };
  add("A", {"1.0>2.0", "2.0>1.0"}, a, 10);
  add("B", {"2.0>3.0", "3.0>2.0"}, b, 100);
  add("C", {"3.4>4.4", "4.4>3.4"}, c, 100);
  return net;
}

std::map<std::string, int> pairs_of(const Demand& d) {
  std::map<std::string, int> out;
  for (const Trip& t : d.trips) ++out[t.id.substr(0, t.id.rfind('.'))];
  return out;
}

TEST_CASE("The balanced matrix has the sums it was given, and its deterrence") {
  const std::vector<double> made{300, 500, 200}, ended{400, 400, 200};
  const std::vector<std::uint32_t> ms{150'000, 300'000, 900'000, 300'000, 150'000,
                                      600'000, 900'000, 600'000, 150'000};
  const auto t = gravity_matrix(made, ended, ms);
  for (int i = 0; i < 3; ++i) {
    CHECK(t[i * 3] + t[i * 3 + 1] + t[i * 3 + 2] == Approx(made[i]).epsilon(1e-9));
    CHECK(t[i] + t[3 + i] + t[6 + i] == Approx(ended[i]).epsilon(1e-4));
  }
  // What balancing cannot change: the cross ratio of four cells is that of their deterrence.
  const auto f = [&](int k) { return std::exp(-(ms[k] / 600000.0)); };
  CHECK(t[0] * t[4] / (t[1] * t[3]) == Approx(f(0) * f(4) / (f(1) * f(3))).epsilon(1e-6));
  CHECK(t[2] * t[3] / (t[0] * t[5]) == Approx(f(2) * f(3) / (f(0) * f(5))).epsilon(1e-6));
}

TEST_CASE("No trips where there is no way") {
  const auto t = gravity_matrix({10, 10}, {10, 10}, {kNoTime, 60'000, kNoTime, kNoTime});
  CHECK(t == std::vector<double>{0, 10, 0, 0});
}

TEST_CASE("gravity:TRIPS draws exactly so many, nearer and larger zones first") {
  const Network net = grid_with_zones();
  const Demand d = read_demand(net, {demand_source("gravity:1000")}, {});
  CHECK(d.read == 1000);
  CHECK(d.rejected.empty());
  auto pairs = pairs_of(d);
  CHECK(pairs["gravity.A.B"] + pairs["gravity.A.C"] == 1000);  // nobody lives elsewhere
  CHECK(std::abs(pairs["gravity.A.B"] - 500) <= 1);  // as many jobs there: balanced, whatever the way
  for (const Trip& t : d.trips) CHECK((t.depart_s >= 0 && t.depart_s < 3600));
  CHECK(everything_in(d) == everything_in(read_demand(net, {demand_source("gravity:1000")}, {})));
  DemandOptions threads;
  threads.threads = 3;
  CHECK(everything_in(d) == everything_in(read_demand(net, {demand_source("gravity:1000")}, threads)));
}

TEST_CASE("The rate counts residents and hours") {
  const Network net = grid_with_zones(600, 300, 100);
  DemandOptions options;
  options.end_s = 7200;
  CHECK(read_demand(net, {demand_source("gravity")}, options).read == 360);  // 1000 x 0.18 x 2 h
  CHECK(read_demand(net, {demand_source("gravity:0.5/resident")}, options).read == 1000);
}

TEST_CASE("What a zone's trips are does not hang on the other zones' order") {
  Network net = grid_with_zones(600, 300, 100);
  const auto before = pairs_of(read_demand(net, {demand_source("gravity:997")}, {}));
  std::swap(net.zones[0], net.zones[2]);
  int off = 0;
  for (const auto& [pair, n] : pairs_of(read_demand(net, {demand_source("gravity:997")}, {})))
    off += std::abs(n - (before.contains(pair) ? before.at(pair) : 0));
  CHECK(off <= 6);  // within a row the systematic draw goes by the order
}

TEST_CASE("Zones without residents or jobs: said, not invented in silence") {
  Network net = grid_with_zones(0, 0, 0);
  for (Zone& zone : net.zones) zone.jobs = 0;
  CHECK(message_of([&] { read_demand(net, {demand_source("gravity")}, {}); }).find("state no residents") !=
        std::string::npos);
  const Demand d = read_demand(net, {demand_source("gravity:90")}, {});
  CHECK(d.read == 90);
  std::set<std::string> codes;
  for (const Problem& p : d.problems) codes.insert(p.code);
  CHECK(codes.contains("zones_without_residents"));
  CHECK(codes.contains("zones_without_jobs"));
  CHECK(message_of([&] { read_demand(test_grid(), {demand_source("gravity:90")}, {}); }).find("two zones") !=
        std::string::npos);
}

TEST_CASE("What stands behind gravity: is a number or a rate") {
  CHECK_FALSE(gravity_wish("random:5"));
  CHECK_FALSE(gravity_wish("gravity.csv"));
  CHECK(gravity_wish("gravity")->trips == 0);
  CHECK(gravity_wish("gravity:5000")->trips == 5000);
  CHECK(gravity_wish("gravity:0.25/resident")->trips_per_resident_h == 0.25);
  for (const char* wrong :
       {"gravity:", "gravity:many", "gravity:-1", "gravity:0", "gravity:nan/resident", "gravity:0/resident",
        "gravity:1e9/resident", "gravity:99999999999", "gravity:0.5"})
    CHECK(message_of([&] { gravity_wish(wrong); }).find("gravity:0.2/resident") != std::string::npos);
}

TEST_CASE("Times between sets of links are those of single routes") {
  const Network net = test_grid(7);
  const RoadGraph graph(net);
  const Hierarchy hierarchy(graph);
  const Metric metric(hierarchy);
  const std::vector<std::vector<LinkId>> from{{LinkId(0)}, {LinkId(5), LinkId(90)}, {LinkId(33)}, {}},
      to{{LinkId(0)}, {LinkId(120), LinkId(7)}, {LinkId(64)}};
  const auto ms = times_between(metric, from, to);
  CHECK(ms == times_between(metric, from, to, 3));
  RouteQuery query;
  std::vector<LinkId> links;
  for (std::size_t i = 0; i < from.size(); ++i)
    for (std::size_t j = 0; j < to.size(); ++j) {
      std::uint64_t best = kNoTime;
      for (const LinkId a : from[i])
        for (const LinkId b : to[j])
          if (query.route(metric, a, b, links)) best = std::min(best, query.last_ms());
      CHECK(ms[i * to.size() + j] == best);
    }
}

TEST_CASE("Tucson's zones make a gravity demand that runs from end to end of the network") {
  const auto path = shared_data("gmns_tucson/05_Tucson_planning_network");
  if (!path) return skip_without("gmns_tucson");
  const Network network = import_network({*path}, {});
  DemandOptions options;
  options.threads = 2;
  const Demand d = read_demand(network, {demand_source("gravity:5000")}, options);
  CHECK(d.trips.size() == 5000);
  CHECK(d.rejected.empty());
}

}  // namespace
}  // namespace arterial
