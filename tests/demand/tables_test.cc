// CSV trips, OD matrices and random trips.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "scenarios/demand/crowding.h"
#include "tests/demand/demand_kit.h"

using namespace arterial;

namespace {

Network grid_with_zones() {
  Network net = test_grid();
  const auto zone = [&](const char* id, double west, double east) {
    Zone z;
    z.id = id;
    z.rings.push_back(net.add_shape({{west, -10}, {east, -10}, {east, 900}, {west, 900}, {west, -10}}));
    net.zones.push_back(z);
  };
  zone("W", -10, 250);
  zone("E", 550, 900);
  return net;
}

DemandSource matrix(const std::string& file) {
  DemandSource s;
  s.kind = DemandSource::Kind::kOdMatrix;
  s.files = {file};
  return s;
}

}  // namespace

TEST_CASE("CSV trips: columns by name, quotes, clock times, types, via") {
  const Network net = test_grid();
  const Demand d = demand_of_csv(net,
                                 "\xef\xbb\xbf"
                                 "depart_s,trip_id,to_link,from_link,colour,via,type\r\n"
                                 "00:01:00,\"a,\"\"1\"\"\",2.0>3.0,0.0>1.0,red,,\r\n"
                                 "\r\n"
                                 "30,b,2.0>3.0, 0.0>1.0 ,,\"1.2>2.2;2.2>3.2\",truck\n"
                                 "30,c,2.0>3.0,0.0>1.0,,,hovercraft");
  REQUIRE(d.trips.size() == 2);
  CHECK(d.trips[0].id == "b");
  CHECK(d.types[d.trips[0].type.value].vehicle_class == VehicleClass::kTruck);
  CHECK(d.routes[d.trips[0].route.value].links.size() > 4);
  CHECK(d.trips[1].id == "a,\"1\"");
  CHECK(d.trips[1].depart_s == 60);
  CHECK(d.routes[d.trips[1].route.value].links.size() == 3);
  CHECK(reason_of(d, "c") == "unknown_type");
}

TEST_CASE("CSV trips: errors name file, line, value") {
  const Network net = test_grid();
  const std::string head = "trip_id,depart_s,from_link,to_link\n";
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    const std::string message = message_of([&] { demand_of_csv(net, text); });
    INFO(text << "\n" << message);
    CHECK(message.find("test.csv") != std::string::npos);
    for (const std::string& part : parts) CHECK(message.find(part) != std::string::npos);
  };
  refused("", {"line 1", "empty"});
  refused("trip_id,depart_s,from_link\n", {"line 1", "to_link"});
  refused(head + "a,0,0.0>1.0\n", {"line 2", "3 cells"});
  refused(head + "a,0,0.0>1.0,1.0>2.0\nb,soon,0.0>1.0,1.0>2.0\n", {"line 3", "soon"});
  refused(head + "a,nan,0.0>1.0,1.0>2.0\n", {"line 2", "nan"});
  refused(head + "a,0,0.0>1.0,gone\n", {"line 2", "gone"});
  refused(head + ",0,0.0>1.0,1.0>2.0\n", {"line 2", "trip_id"});
  refused(head + "\"a,0,0.0>1.0,1.0>2.0\n", {"line 2", "quote"});
  refused(head + "\"a\nb\",0,0.0>1.0,1.0>2.0\nc,x,0.0>1.0,1.0>2.0\n", {"line 4", "x"});
  refused(head + std::string(1, '\0'), {"zero byte"});
}

TEST_CASE("an OD matrix over polygons: trips, ends, profile") {
  const Network net = grid_with_zones();
  const TemporaryFolder folder;
  DemandSource s =
      matrix(folder.write("od.csv", "from_zone,to_zone,trips,type\nW,E,200.5,\nE,W,40,truck\nW,W,10,\n"));
  s.profile = folder.write("profile.csv", "begin_s,end_s,share\n0,600,3\n600,1200,0\n1200,00:30:00,1\n");
  const Demand d = read_demand(net, {s}, {});
  CHECK(d.rejected.empty());
  const auto n = d.trips.size();
  CHECK((n == 250 || n == 251));
  std::size_t early = 0, trucks = 0;
  std::set<std::uint32_t> starts;
  for (const Trip& t : d.trips) {
    const bool from_west = t.id.starts_with("od.W");
    const Point a = net[net[t.from].from].at, b = net[net[t.from].to].at;
    CHECK(((a.x + b.x) / 2 < 250) == from_west);
    CHECK((t.depart_s < 600 || t.depart_s >= 1200));
    CHECK(t.depart_s < 1800);
    early += t.depart_s < 600;
    trucks += d.types[t.type.value].vehicle_class == VehicleClass::kTruck;
    starts.insert(t.from.value);
  }
  CHECK(trucks == 40);
  CHECK(starts.size() > 10);
  CHECK(early > n * 0.65);
  CHECK(early < n * 0.85);
}

TEST_CASE("0.9 of a matrix is a subset of 1.0 of it, and 1.0 of 1.7") {
  const Network net = grid_with_zones();
  const TemporaryFolder folder;
  std::string text = "from_zone,to_zone,trips\n";
  for (int i = 0; i < 40; ++i) text += i % 2 ? "W,E,1.3\n" : "E,W,0.45\n";
  DemandSource s = matrix(folder.write("od.csv", text));
  std::set<std::string> less;
  std::size_t last = 0;
  for (const double factor : {0.0, 0.5, 0.9, 1.0, 1.7}) {
    s.factor = factor;
    const Demand d = read_demand(net, {s}, {});
    std::set<std::string> now;
    for (const Trip& t : d.trips) {
      std::string record = t.id + "@" + std::to_string(t.depart_s);
      for (const LinkId l : d.routes[t.route.value].links) record += " " + std::to_string(l.value);
      now.insert(record);
    }
    CHECK(std::includes(now.begin(), now.end(), less.begin(), less.end()));
    CHECK(now.size() >= last);
    const double wanted = (20 * 1.3 + 20 * 0.45) * factor;
    CHECK(std::abs(static_cast<double>(now.size()) - wanted) <= 16);
    less = now;
    last = now.size();
  }
  CHECK(last > 30);
}

TEST_CASE("zones from a file, with weights; an unknown zone or link is an error with its line") {
  const Network net = test_grid();
  const TemporaryFolder folder;
  DemandSource s = matrix(folder.write("od.csv", "from_zone,to_zone,trips\nA,B,300\n"));
  s.zones =
      folder.write("zones.csv", "zone,link,weight\nA,0.0>1.0,3\nA,1.0>2.0,1\nA,2.0>3.0,0\nB,3.3>4.3,\n");
  const Demand d = read_demand(net, {s}, {});
  std::map<std::string, int> from;
  for (const Trip& t : d.trips) ++from[net[t.from].id];
  CHECK(from["0.0>1.0"] + from["1.0>2.0"] == 300);
  CHECK(from["0.0>1.0"] > 190);
  CHECK(from["0.0>1.0"] < 255);

  s.files = {folder.write("bad.csv", "from_zone,to_zone,trips\nA,B,1\nA,Z,1\n")};
  CHECK(message_of([&] { read_demand(net, {s}, {}); }).find("bad.csv: line 3: to_zone \"Z\"") !=
        std::string::npos);
  s.files = {folder.write("neg.csv", "from_zone,to_zone,trips\nA,B,-1\n")};
  CHECK(message_of([&] { read_demand(net, {s}, {}); }).find("line 2") != std::string::npos);
  s.files = {folder.write("huge.csv", "from_zone,to_zone,trips\nA,B,1e12\n")};
  CHECK(message_of([&] { read_demand(net, {s}, {}); }).find("limit") != std::string::npos);
  s.zones = folder.write("zones2.csv", "zone,link\nA,gone\n");
  CHECK(message_of([&] { read_demand(net, {s}, {}); }).find("gone") != std::string::npos);
}

TEST_CASE("random trips: all run, far enough apart, the same on any number of threads") {
  const Network net = routing_grid(900, 3);
  DemandOptions options;
  options.begin_s = 3600;
  options.end_s = 7200;
  const Demand d = read_demand(net, {demand_source("random:800")}, options);
  REQUIRE(d.trips.size() == 800);
  double sum = 0;
  for (const Trip& t : d.trips) {
    CHECK(t.depart_s >= 3600);
    CHECK(t.depart_s < 7200);
    sum += t.depart_s;
    const Point a = net[net[t.from].from].at, b = net[net[t.to].from].at;
    CHECK(std::hypot(a.x - b.x, a.y - b.y) > 150);
  }
  CHECK(sum / 800 == Approx(5400).margin(120));
  options.threads = 3;
  CHECK(everything_in(d) == everything_in(read_demand(net, {demand_source("random:800")}, options)));
  options.seed = 2;
  CHECK(everything_in(d) != everything_in(read_demand(net, {demand_source("random:800")}, options)));
}

TEST_CASE("random trips keep within the first part of the run where that is asked") {
  const Network net = routing_grid(900, 3);
  DemandSource s = demand_source("random:200");
  s.within_s = 600;
  double latest = 0;
  for (const Trip& t : read_demand(net, {s}, {}).trips) latest = std::max(latest, t.depart_s);
  CHECK(latest < 600);
  CHECK(latest > 500);
}

TEST_CASE("fewer random trips are the first of more") {
  const Network net = routing_grid(900, 3);
  const Demand few = read_demand(net, {demand_source("random:50")}, {});
  const Demand many = read_demand(net, {demand_source("random:90")}, {});
  for (const Trip& t : few.trips) {
    const Trip* same = trip_named(many, t.id);
    REQUIRE(same != nullptr);
    CHECK(few.routes[t.route.value].links == many.routes[same->route.value].links);
    CHECK(t.depart_s == same->depart_s);
  }
}

TEST_CASE("drivers between the same ends do not all take one route") {
  const Network net = routing_grid(900, 3);
  const TemporaryFolder folder;
  DemandSource s = matrix(folder.write("od.csv", "from_zone,to_zone,trips\nA,B,100\n"));
  s.zones = folder.write("zones.csv", "zone,link\nA," + net.links[0].id + "\nB," + net.links[700].id + "\n");
  CHECK(read_demand(net, {s}, {}).routes.size() > 1);
  DemandOptions one;
  one.spread = 0;
  CHECK(read_demand(net, {s}, one).routes.size() == 1);
}

TEST_CASE("the delay of a full road is the Manual's, and drivers reckon with it when they choose") {
  CHECK(queueing_delay_s(0, 600, 1) == Approx(0).margin(1e-9));
  CHECK(queueing_delay_s(600, 600, 1) == Approx(900 * std::sqrt(4.0 / 600)));  // at capacity
  CHECK(queueing_delay_s(1200, 600, 1) > 1800);  // half of them wait for an hour on average
  const Network net = test_grid();
  const TemporaryFolder folder;
  const auto share_straight_on = [&](const char* trips) {
    DemandSource s =
        matrix(folder.write("od.csv", std::string("from_zone,to_zone,trips\nA,B,") + trips + "\n"));
    s.zones = folder.write("zones.csv", "zone,link\nA,0.0>1.0\nB,3.0>4.0\n");
    const Demand d = read_demand(net, {s}, {});
    double straight = 0;
    for (const Trip& t : d.trips) straight += d.routes[t.route.value].links.size() == 4;
    return straight / static_cast<double>(d.trips.size());
  };
  CHECK(share_straight_on("100") == 1);  // any other way is longer
  const double crowded = share_straight_on("5000");
  CHECK(crowded < 0.8);
  CHECK(crowded > 0.2);
}

TEST_CASE("random trips leave and arrive in the direction of the street that is quicker") {
  const Network net = test_grid();
  const Demand d = read_demand(net, {demand_source("random:300")}, {});
  REQUIRE(d.trips.size() == 300);
  const RoadGraph graph(net);
  Router router(graph);
  const auto other_way = [&](LinkId l) {
    for (std::uint32_t k = 0; k < net.links.size(); ++k)
      if (net.links[k].from == net[l].to && net.links[k].to == net[l].from) return LinkId(k);
    return l;
  };
  for (const Trip& t : d.trips) {
    const auto& links = d.routes[t.route.value].links;
    std::vector<LinkId> other;
    // All links are alike, so the shorter way has fewer.
    if (router.route(other_way(links.front()), links.back(), VehicleClass::kCar, 0, other))
      CHECK(links.size() <= other.size());
    if (router.route(links.front(), other_way(links.back()), VehicleClass::kCar, 0, other))
      CHECK(links.size() <= other.size());
  }
}

TEST_CASE("sources on the command line") {
  CHECK(demand_source("random:20").trips == 20);
  CHECK(demand_source("trips.csv").files == std::vector<std::string>{"trips.csv"});
  for (const char* wrong : {"random:", "random:many", "random:-1", "random:99999999999", "random:1e3"})
    CHECK_THROWS_AS(demand_source(wrong), InputError);
  const Network net = test_grid();
  CHECK_THROWS_AS(read_demand(net, {demand_source("no such file")}, {}), InputError);
  const TemporaryFolder folder;
  CHECK_THROWS_AS(read_demand(net, {demand_source(folder.write("empty", ""))}, {}), InputError);
}

TEST_CASE("with measured times, later trips avoid what is slow later") {
  const Network net = test_grid();
  TimeProfile times;
  times.interval_s = 900;
  const std::vector<std::uint32_t> free(net.links.size(), 13000);
  times.ms = {free, free};
  LinkId slow;
  for (std::uint32_t l = 0; l < net.links.size(); ++l)
    if (net.links[l].id == "2.0>3.0") slow = LinkId(l);
  times.ms[1][slow.value] = 600000;
  DemandOptions options;
  options.times = &times;
  const Demand d =
      demand_of_csv(net,
                    "trip_id,depart_s,from_link,to_link\n"
                    "early,10,0.0>1.0,3.0>4.0\nlate,1000,0.0>1.0,3.0>4.0\nnone,5,0.0>1.0,0.0>1.0\n",
                    options);
  REQUIRE(d.trips.size() == 3);
  const auto passes = [&](const char* id) {
    const auto& links = d.routes[trip_named(d, id)->route.value].links;
    return std::find(links.begin(), links.end(), slow) != links.end();
  };
  CHECK(passes("early"));
  CHECK_FALSE(passes("late"));
  CHECK(d.routes[trip_named(d, "none")->route.value].links.size() == 1);
}
