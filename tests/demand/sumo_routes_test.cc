// SUMO route files: what is read, what is rejected and why, and what stops the reading.
#include <algorithm>
#include <cmath>
#include <map>

#include "scenarios/demand/vehicle_types.h"
#include "tests/demand/demand_kit.h"

using namespace arterial;

TEST_CASE("a vehicle with its type, route, departure and stops") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"xml(
    <vehicle id="v" type="fast" depart="00:01:10.5" departLane="best" departPos="12.5" departSpeed="max" arrivalPos="-1">
      <route edges="0.0>1.0 1.0>2.0 2.0>2.1"/>
      <stop busStop="market" duration="20" until="200"/>
      <stop lane="2.0>2.1_0" endPos="-30" duration="00:00:05" parking="true"/>
    </vehicle>
    <vType id="fast" accel="3" decel="5" emergencyDecel="8" sigma="0.3" tau="1.2" length="4.5" minGap="1.5" width="1.9"
           maxSpeed="40" speedFactor="normc(1.1,0.2,0.5,1.5)" impatience="0.4" carFollowModel="IDM" lcStrategic="2"/>)xml");
  REQUIRE(d.read == 1);
  REQUIRE(d.trips.size() == 1);
  const Trip& t = d.trips[0];
  CHECK(t.depart_s == 70.5);
  CHECK(t.depart_lane == DepartLane::kBest);
  CHECK(t.depart_pos == DepartPos::kValue);
  CHECK(t.depart_pos_m == 12.5);
  CHECK(t.depart_speed == DepartSpeed::kMax);
  CHECK(t.arrival_pos_stated);
  CHECK(t.arrival_pos_m == -1);
  CHECK(d.routes[t.route.value].links.size() == 3);
  CHECK(net[t.from].id == "0.0>1.0");
  CHECK(net[t.to].id == "2.0>2.1");
  REQUIRE(t.stop_count == 2);
  CHECK(d.stops[0].pos_m == 100);
  CHECK(d.stops[0].duration_s == 20);
  CHECK(d.stops[0].until_s == 200);
  CHECK(d.stops[1].pos_m == 150);
  CHECK(d.stops[1].duration_s == 5);
  CHECK(d.stops[1].parking);
  const VehicleType& type = d.types[t.type.value];
  CHECK(type.model == FollowingModel::kIdm);
  CHECK(type.accel_mps2 == 3);
  CHECK(type.decel_mps2 == 5);
  CHECK(type.emergency_decel_mps2 == 8);
  CHECK(type.sigma == 0.3);
  CHECK(type.tau_s == 1.2);
  CHECK(type.length_m == 4.5);
  CHECK(type.width_m == 1.9);
  CHECK(type.min_gap_m == 1.5);
  CHECK(type.max_speed_mps == 40);
  CHECK(type.speed_factor_mean == 1.1);
  CHECK(type.speed_factor_deviation == 0.2);
  CHECK(type.speed_factor_min == 0.5);
  CHECK(type.speed_factor_max == 1.5);
  CHECK(type.impatience == 0.4);
  CHECK(type.lc_strategic == 2);
}

TEST_CASE("what a vehicle leaves open is as in SUMO") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"(
    <vType id="b" vClass="bus" decel="9"/>
    <vehicle id="car" depart="0"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="bus" type="b" depart="1"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="bike" type="DEFAULT_BIKETYPE" depart="2"><route edges="0.0>1.0"/></vehicle>)");
  REQUIRE(d.trips.size() == 3);
  const VehicleType &car = d.types[d.trips[0].type.value], &bus = d.types[d.trips[1].type.value],
                    &bike = d.types[d.trips[2].type.value];
  CHECK(d.trips[0].depart_lane == DepartLane::kBest);
  CHECK(d.trips[0].depart_pos == DepartPos::kBase);
  CHECK(d.trips[0].depart_speed == DepartSpeed::kAverage);
  CHECK_FALSE(d.trips[0].arrival_pos_stated);
  CHECK(car.id == "DEFAULT_VEHTYPE");
  CHECK(car.length_m == 5);
  CHECK(car.speed_factor_deviation == 0.1);
  CHECK(bus.vehicle_class == VehicleClass::kBus);
  CHECK(bus.length_m == 12);
  CHECK(bus.accel_mps2 == 1.2);
  CHECK(bus.emergency_decel_mps2 == 9);  // not below decel
  CHECK(bus.speed_factor_deviation == 0);
  CHECK(bike.vehicle_class == VehicleClass::kBicycle);
  CHECK(bike.max_speed_mps == Approx(20 / 3.6));
}

TEST_CASE("speed factors in every form") {
  VehicleType t;
  t.speed_factor_deviation = 0.07;
  REQUIRE(read_speed_factor("1.2", t));
  CHECK(t.speed_factor_mean == 1.2);
  CHECK(t.speed_factor_deviation == 0.07);
  REQUIRE(read_speed_factor("norm(0.9,0.3)", t));
  CHECK(t.speed_factor_mean == 0.9);
  CHECK(t.speed_factor_deviation == 0.3);
  CHECK(t.speed_factor_min > 0);
  REQUIRE(read_speed_factor("normc(1,0.1,0.2,2)", t));
  CHECK(t.speed_factor_min == 0.2);
  CHECK(t.speed_factor_max == 2);
  for (const char* wrong : {"", "fast", "-1", "nan", "norm(1)", "normc(1,0.1,2,0.2)", "norm(1,2,3)",
                            "normc(1,-1)", "norm(1,0.1", "uniform(0,1)", "normc(,,,)"})
    CHECK_FALSE(read_speed_factor(wrong, t));
}

TEST_CASE("types of a distribution come in their shares, whatever the order of the vehicles") {
  const Network net = test_grid();
  const std::string types = R"(<vTypeDistribution id="mix"><vType id="a" probability="0.7"/>
    <vType id="b" length="6" probability="0.3"/></vTypeDistribution>)";
  const auto vehicle = [](int i) {
    const std::string n = std::to_string(i);
    return "<vehicle id=\"" + n + "\" type=\"mix\" depart=\"" + n + "\"><route edges=\"0.0>1.0\"/></vehicle>";
  };
  std::string forward = types, backward;
  for (int i = 0; i < 2000; ++i) forward += vehicle(i);
  for (int i = 2000; i-- > 0;) backward += vehicle(i);
  backward += types;
  const Demand x = demand_of_xml(net, forward), y = demand_of_xml(net, backward);
  CHECK(everything_in(x) == everything_in(y));
  const auto a = std::count_if(x.trips.begin(), x.trips.end(),
                               [&](const Trip& t) { return x.types[t.type.value].id == "a"; });
  CHECK(a > 1400 - 80);
  CHECK(a < 1400 + 80);

  const Demand listed = demand_of_xml(net, R"(<vType id="a"/><vType id="b" length="7"/>
    <vTypeDistribution id="mix" vTypes="a b" probabilities="0 1"/>)" +
                                               vehicle(1));
  REQUIRE(listed.trips.size() == 1);
  CHECK(listed.types[0].id == "b");
}

TEST_CASE("flows depart as SUMO lets them") {
  const Network net = test_grid();
  const std::string route = "><route edges=\"0.0>1.0 1.0>2.0\"/></flow>";
  const auto times = [&](const std::string& attributes) {
    std::vector<double> t;
    const Demand d = demand_of_xml(net, "<flow id=\"f\" " + attributes + route);
    for (const Trip& trip : d.trips) {
      CHECK(trip_named(d, "f." + std::to_string(t.size())) != nullptr);
      t.push_back(trip.depart_s);
    }
    return t;
  };
  CHECK(times("begin=\"100\" end=\"200\" number=\"4\"") == std::vector<double>{100, 125, 150, 175});
  CHECK(times("begin=\"0\" end=\"20\" period=\"8\"") == std::vector<double>{0, 8, 16});
  CHECK(times("begin=\"0\" end=\"20\" vehsPerHour=\"360\"") == std::vector<double>{0, 10});
  CHECK(times("begin=\"10\" number=\"3\" vehsPerHour=\"1800\"") == std::vector<double>{10, 12, 14});
  CHECK(times("begin=\"0\" end=\"0\" number=\"0\"").empty());
  CHECK(times("begin=\"0\" end=\"9\" vehsPerHour=\"0\"").empty());
  const auto poisson = times("begin=\"0\" end=\"3600\" period=\"exp(0.5)\"");
  CHECK(poisson.size() > 1800 - 150);
  CHECK(poisson.size() < 1800 + 150);
  CHECK(poisson == times("begin=\"0\" end=\"3600\" period=\"exp(0.5)\""));
  const auto chance = times("begin=\"0\" end=\"3600\" probability=\"0.25\"");
  CHECK(chance.size() > 900 - 100);
  CHECK(chance.size() < 900 + 100);
  for (const double t : chance) CHECK(t == std::floor(t));
}

TEST_CASE(
    "times of stops: of a vehicle by the clock, of a route from its departure, of a flow from its first "
    "copy") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"(
    <route id="line" edges="0.0>1.0 1.0>2.0"><stop busStop="market" duration="5" until="60"/></route>
    <vehicle id="v" route="line" depart="100"/>
    <flow id="f" begin="10" end="40" period="20" from="0.0>1.0" to="1.0>2.0"><stop busStop="market" until="90"/></flow>)");
  REQUIRE(d.trips.size() == 3);
  CHECK(d.stops[trip_named(d, "v")->first_stop].until_s == 160);
  CHECK(d.stops[trip_named(d, "f.0")->first_stop].until_s == 90);
  CHECK(d.stops[trip_named(d, "f.1")->first_stop].until_s == 110);
}

TEST_CASE("who states no route chooses it at departure") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"(
    <route id="line" edges="0.0>1.0 1.0>2.0"/>
    <vehicle id="stated" route="line" depart="0"/>
    <trip id="ends" depart="0" from="0.0>1.0" to="1.0>2.0"/>
    <flow id="f" begin="0" end="10" number="1" from="0.0>1.0" to="1.0>2.0"/>
    <flow id="g" begin="0" end="10" number="1" route="line"/>)");
  CHECK(!trip_named(d, "stated")->chooses_at_departure);
  CHECK(trip_named(d, "ends")->chooses_at_departure);
  CHECK(trip_named(d, "f.0")->chooses_at_departure);
  CHECK(!trip_named(d, "g.0")->chooses_at_departure);
}

TEST_CASE("trips are routed, over via links and stops, to junctions and zones") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"(
    <taz id="west" edges="0.0>1.0"/> <taz id="east"><tazSink id="3.3>4.3" weight="1"/></taz>
    <trip id="plain" depart="0" from="0.0>1.0" to="3.0>4.0"/>
    <trip id="round" depart="0" from="0.0>1.0" to="3.0>4.0" via="2.2>3.2"/>
    <trip id="halt" depart="0" from="0.0>1.0" to="3.0>4.0"><stop lane="2.2>3.2_0" duration="5"/></trip>
    <trip id="junctions" depart="0" fromJunction="1.1" toJunction="3.1"/>
    <trip id="zones" depart="0" fromTaz="west" toTaz="east"/>)");
  CHECK(d.rejected.empty());
  REQUIRE(d.trips.size() == 5);
  const auto links = [&](const char* id) { return d.routes[trip_named(d, id)->route.value].links; };
  const auto passes = [&](const char* id, const std::string& link) {
    const auto route = links(id);
    return std::any_of(route.begin(), route.end(), [&](LinkId l) { return net[l].id == link; });
  };
  CHECK(links("plain").size() == 4);
  CHECK_FALSE(passes("plain", "2.2>3.2"));
  CHECK(passes("round", "2.2>3.2"));
  CHECK(passes("halt", "2.2>3.2"));
  CHECK(links("junctions").size() == 2);
  CHECK(net[links("junctions").front()].from == net[*links("junctions").begin()].from);
  CHECK(net[links("zones").front()].id == "0.0>1.0");
  CHECK(net[links("zones").back()].id == "3.3>4.3");
}

TEST_CASE("what is not run is listed with its reason") {
  const Network net = test_grid();
  DemandOptions options;
  options.begin_s = 100;
  options.end_s = 200;
  const Demand d = demand_of_xml(net, R"(
    <vType id="tram" vClass="tram"/> <vType id="ship" vClass="ship"/> <vType id="bus" vClass="bus"/>
    <vehicle id="early" depart="99.9"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="after the end" depart="200"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="late" depart="2000000"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="first" depart="100"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="first" depart="120"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="type" type="nobody" depart="150"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="route" route="nowhere" depart="150"/>
    <vehicle id="broken" depart="150"><route edges="0.0>1.0 3.3>3.4"/></vehicle>
    <vehicle id="turn" depart="150"><route edges="0.0>1.0 1.0>0.0"/></vehicle>
    <vehicle id="forbidden" depart="150"><route edges="0.0>0.1 0.1>1.1"/></vehicle>
    <vehicle id="bus" type="bus" depart="150"><route edges="0.0>0.1 0.1>1.1"/></vehicle>
    <trip id="end" depart="150" from="0.1>1.1" to="2.2>3.2"/>
    <trip id="nothing" depart="150"/>
    <vehicle id="tram" type="tram" depart="150"><route edges="rails"/></vehicle>
    <trip id="ship" type="ship" depart="150" from="sea" to="port"/>
    <vehicle id="lane" depart="150" departLane="3"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="pos" depart="150" departPos="500"><route edges="0.0>1.0"/></vehicle>
    <vehicle id="stop" depart="150"><route edges="0.0>1.0"/><stop busStop="moon" duration="1"/></vehicle>
    <vehicle id="off" depart="150"><route edges="1.0>2.0"/><stop busStop="market" duration="1"/></vehicle>
    <vehicle id="back" depart="150"><route edges="0.0>1.0"/><stop lane="0.0>1.0_0" endPos="90" duration="1"/>
      <stop lane="0.0>1.0_0" endPos="50" duration="1"/></vehicle>
    <vehicle id="wait" depart="triggered"><route edges="0.0>1.0"/></vehicle>
    <person id="anna" depart="150"><walk edges="0.0>1.0 1.0>2.0"/><stop busStop="market"/></person>
    <container id="box" depart="150"/>)",
                                 options);
  std::map<std::string, std::string> reasons;
  for (const RejectedTrip& r : d.rejected) {
    reasons[r.id] = r.reason;
    CHECK_FALSE(r.words.empty());
  }
  CHECK(reasons ==
        std::map<std::string, std::string>{{"early", "before_begin"},  {"late", "depart_time"},
                                           {"first", "duplicate_id"},  {"type", "unknown_type"},
                                           {"route", "unknown_route"}, {"broken", "route_broken"},
                                           {"turn", "route_broken"},   {"forbidden", "class_forbidden"},
                                           {"end", "class_forbidden"}, {"nothing", "no_ends"},
                                           {"tram", "class_not_run"},  {"ship", "class_not_run"},
                                           {"lane", "depart_lane"},    {"pos", "depart_position"},
                                           {"stop", "unknown_stop"},   {"off", "stop_off_route"},
                                           {"back", "stop_off_route"}, {"wait", "depart_triggered"},
                                           {"anna", "person"},         {"box", "container"}});
  CHECK(d.trips.size() == 3);
  CHECK(trip_named(d, "after the end") != nullptr);
  CHECK(d.read == d.trips.size() + d.rejected.size());
}

TEST_CASE("vehicles that ignore permissions drive where others may not, but not where there is no road") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"(<vType id="i" vClass="ignoring"/>
    <vehicle id="in" type="i" depart="0"><route edges="0.0>0.1 0.1>1.1"/></vehicle>
    <vehicle id="off" type="i" depart="0"><route edges="0.0>0.1 3.1>4.1"/></vehicle>)");
  REQUIRE(d.trips.size() == 1);
  CHECK(d.trips[0].id == "in");
  CHECK(d.types[0].ignores_permissions);
  CHECK(reason_of(d, "off") == "route_broken");
}

TEST_CASE("a trip that has no way is listed") {
  Network net = test_grid(2);
  net.connections.clear();
  const Demand d = demand_of_xml(net, R"(<trip id="t" depart="0" from="0.0>1.0" to="1.0>1.1"/>)");
  CHECK(reason_of(d, "t") == "no_route");
  CHECK(d.read == 1);
}

TEST_CASE("a route over a missing edge ends the reading, with file, place, value and remedy") {
  const Network net = test_grid();
  for (const std::string xml :
       {"<vehicle id=\"v\" depart=\"0\"><route edges=\"0.0>1.0 gone\"/></vehicle>",
        "<route id=\"r\" edges=\"0.0>1.0 gone\"/>",
        "<trip id=\"v\" depart=\"0\" from=\"0.0>1.0\" to=\"gone\"/>",
        "<trip id=\"v\" depart=\"0\" from=\"0.0>1.0\" to=\"1.0>2.0\" via=\"gone\"/>"}) {
    const std::string message = message_of([&] { demand_of_xml(net, xml); });
    INFO(message);
    CHECK(message.find("test.rou.xml") != std::string::npos);
    CHECK(message.find("line 2") != std::string::npos);
    CHECK(message.find("\"gone\"") != std::string::npos);
    CHECK(message.find("Correct") != std::string::npos);
  }
}

TEST_CASE("hostile and wrong files are refused with one message") {
  const Network net = test_grid();
  const auto refused = [&](const std::string& xml, const std::string& part) {
    const std::string message = message_of([&] { demand_of_xml(net, xml); });
    INFO(xml << "\n" << message);
    CHECK(message.find("test.rou.xml") != std::string::npos);
    CHECK(message.find(part) != std::string::npos);
  };
  const std::string route = "><route edges=\"0.0>1.0\"/></flow>";
  refused("<vType id=\"a\" length=\"nan\"/>", "length");
  refused("<vType id=\"a\" length=\"-4\"/>", "length");
  refused("<vType id=\"a\" accel=\"0\"/>", "accel");
  refused("<vType id=\"a\" tau=\"1e999\"/>", "tau");
  refused("<vType id=\"a\" vClass=\"dragon\"/>", "dragon");
  refused("<vType id=\"a\" speedFactor=\"norm(1\"/>", "speedFactor");
  refused("<vType id=\"a\"/><vType id=\"a\" length=\"9\"/>", "before");
  refused("<vTypeDistribution id=\"m\" vTypes=\"a b\" probabilities=\"1\"/>", "probabilities");
  refused("<vTypeDistribution id=\"m\" vTypes=\"a b\" probabilities=\"1 -1\"/>", "probabilities");
  refused("<vTypeRef refId=\"x\"/>", "distribution");
  refused("<vehicle depart=\"0\"/>", "id");
  refused("<vehicle id=\"v\"/>", "depart");
  refused("<vehicle id=\"v\" depart=\"soon\"/>", "soon");
  refused("<vehicle id=\"v\" depart=\"0\" departLane=\"middle\"/>", "middle");
  refused("<vehicle id=\"v\" depart=\"0\" departSpeed=\"-3\"/>", "departSpeed");
  refused("<vehicle id=\"v\" depart=\"0\" departPos=\"inf\"/>", "departPos");
  refused("<route id=\"r\" edges=\" \"/>", "edges");
  refused("<route id=\"r\" edges=\"0.0>1.0\" repeat=\"9999999999\"/>", "repeat");
  refused("<route id=\"r\" edges=\"0.0>1.0\" repeat=\"9223372036854775807\"/>", "repeat");
  refused("<flow id=\"f\" begin=\"0\" end=\"9\"" + route, "period");
  refused("<flow id=\"f\" begin=\"0\" end=\"9\" number=\"99999999999\"" + route, "trips");
  refused("<flow id=\"f\" begin=\"0\" end=\"1e9\" period=\"1e-9\"" + route, "trips");
  refused("<flow id=\"f\" begin=\"0\" end=\"9\" period=\"exp(-1)\"" + route, "exp");
  refused("<flow id=\"f\" begin=\"0\" end=\"9\" probability=\"7\"" + route, "probability");
  refused("<flow id=\"f\" begin=\"9\" end=\"0\" number=\"1\"" + route, "end");
  refused("<vehicle id=\"v\" depart=\"0\"><route edges=\"0.0>1.0\"/><stop duration=\"1\"/></vehicle>",
          "stop");

  DemandBuilder builder(net, {});
  CHECK_THROWS_AS(read_sumo_routes_text("x.rou.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><routes/>", builder),
                  InputError);
  CHECK_THROWS_AS(read_sumo_routes_text("x.rou.xml", "<routes><vehicle", builder), InputError);
}

TEST_CASE("vehicles with the same list of edges share a route; repeats and stops stay their own") {
  const Network net = test_grid();
  const std::string round = "edges=\"1.0>2.0 2.0>2.1 2.1>1.1 1.1>1.0\"";
  const Demand d = demand_of_xml(net, "<route id=\"r\" " + round + R"( repeat="1"/>
    <vehicle id="once" depart="0"><route )" +
                                          round + R"(/></vehicle>
    <vehicle id="thrice" depart="1"><route )" +
                                          round + R"( repeat="2"/></vehicle>
    <vehicle id="named" depart="2" route="r"/>
    <vehicle id="halting" depart="3"><route )" +
                                          round + R"(><stop lane="2.0>2.1_0" duration="5"/></route></vehicle>
    <vehicle id="spaced" depart="4"><route edges=" 1.0>2.0  2.0>2.1 2.1>1.1 1.1>1.0 "/></vehicle>)");
  REQUIRE(d.trips.size() == 5);
  const auto links = [&](const char* id) { return d.routes[trip_named(d, id)->route.value].links.size(); };
  CHECK(links("once") == 4);
  CHECK(links("thrice") == 12);
  CHECK(links("named") == 8);
  CHECK(trip_named(d, "halting")->route == trip_named(d, "once")->route);
  CHECK(trip_named(d, "spaced")->route == trip_named(d, "once")->route);
  CHECK(trip_named(d, "halting")->stop_count == 1);
  CHECK(trip_named(d, "once")->stop_count == 0);
}

TEST_CASE("a vehicle in another stands for it") {
  const Network net = test_grid();
  const Demand d = demand_of_xml(net, R"(<vehicle id="outer" depart="0"><route edges="1.0>2.0"/>
    <vehicle id="inner" depart="1"><route edges="2.0>2.1"/></vehicle></vehicle>
    <vehicle id="next" depart="2"><route edges="1.0>2.0"/></vehicle>)");
  CHECK(d.read == 2);
  CHECK(trip_named(d, "inner") != nullptr);
  CHECK(trip_named(d, "next") != nullptr);
}

TEST_CASE("trips of all flows together are limited") {
  const Network net = test_grid();
  std::string xml;
  for (int i = 0; i < 3; ++i)
    xml += "<flow id=\"f" + std::to_string(i) +
           "\" begin=\"0\" end=\"9\" number=\"40\" from=\"0.0>1.0\" to=\"1.0>2.0\"/>";
  DemandOptions options;
  options.most_trips = 120;
  CHECK(demand_of_xml(net, xml, options).read == 120);
  options.most_trips = 119;
  CHECK(message_of([&] { demand_of_xml(net, xml, options); }).find("limit of 119") != std::string::npos);
  DemandBuilder builder(net, options);
  CHECK_THROWS_AS(builder.expect(~std::uint64_t{0}, "f", "line 1"), InputError);

  xml.clear();
  for (int i = 0; i < 200; ++i)
    xml += "<flow id=\"f" + std::to_string(i) +
           "\" begin=\"0\" end=\"2000000\" probability=\"1e-12\" from=\"0.0>1.0\" to=\"1.0>2.0\"/>";
  CHECK(message_of([&] { demand_of_xml(net, xml); }).find("probability") != std::string::npos);
}

TEST_CASE("types and routes may stand in another file, behind the vehicles that use them") {
  const Network net = test_grid();
  const TemporaryFolder folder;
  const auto vehicles =
      folder.write("a.rou.xml", R"(<routes><vehicle id="v" type="t" route="r" depart="0"/></routes>)");
  const auto rest =
      folder.write("b.add.xml", R"(<additional><vType id="t" length="7"/><route id="r" edges="0.0>1.0"/>
    <busStop id="new" lane="0.0>1.0_0" startPos="10" endPos="30"/></additional>)");
  DemandSource together, first, second;
  together.files = {vehicles, rest};
  first.files = {vehicles};
  second.files = {rest};
  const Demand a = read_demand(net, {together}, {}), b = read_demand(net, {first, second}, {});
  REQUIRE(a.trips.size() == 1);
  CHECK(a.types[0].length_m == 7);
  CHECK(everything_in(a) == everything_in(b));
}

TEST_CASE("route distributions, named and nested") {
  const Network net = test_grid();
  std::string xml = R"(<routeDistribution id="both"><route id="x" edges="0.0>1.0" probability="1"/>
    <route edges="1.0>2.0" probability="3"/></routeDistribution>)";
  for (int i = 0; i < 400; ++i)
    xml += "<vehicle id=\"" + std::to_string(i) + "\" depart=\"0\" route=\"both\"/>";
  xml +=
      R"(<vehicle id="own" depart="0"><routeDistribution><route edges="2.0>3.0" probability="1"/></routeDistribution></vehicle>)";
  const Demand d = demand_of_xml(net, xml);
  CHECK(d.rejected.empty());
  std::map<std::string, int> count;
  for (const Trip& t : d.trips) ++count[net[t.from].id];
  CHECK(count["2.0>3.0"] == 1);
  CHECK(count["0.0>1.0"] > 60);
  CHECK(count["0.0>1.0"] < 140);
  CHECK(count["0.0>1.0"] + count["1.0>2.0"] == 400);
}
