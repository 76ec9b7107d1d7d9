#include "gis/osm_tags.h"

#include "tests/catch.h"

using namespace arterial;
using namespace arterial::osm;

namespace {

constexpr ClassMask kCar = mask_of(VehicleClass::kCar), kBus = mask_of(VehicleClass::kBus),
                    kTruck = mask_of(VehicleClass::kTruck), kBicycle = mask_of(VehicleClass::kBicycle);
constexpr double kKmh = 1 / 3.6, kMph = 0.44704;

TagCounts counts;
std::optional<RoadRules> rules(const Tags& tags, bool left_hand = false, const Country& country = {}) {
  counts = {};
  return road_rules(tags, country, left_hand, true, counts);
}
std::uint8_t bit(Turn t) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(t)); }

}  // namespace

TEST_CASE("speed limits: units, words, zones, and nonsense") {
  const Country de = country_named("DE"), gb = country_named("GB"), ru = country_named("RU");
  CHECK(*parse_speed("50", de) == Approx(50 * kKmh));
  CHECK(*parse_speed(" 30 mph", gb) == Approx(30 * kMph));
  CHECK(*parse_speed("60 km/h", de) == Approx(60 * kKmh));
  CHECK(*parse_speed("none", de) > 120 * kKmh);
  CHECK(*parse_speed("walk", de) == Approx(7 * kKmh));
  CHECK(*parse_speed("RU:urban", ru) == Approx(60 * kKmh));
  CHECK(*parse_speed("DE:urban", de) == Approx(50 * kKmh));
  CHECK(*parse_speed("DE:rural", de) == Approx(100 * kKmh));
  CHECK(*parse_speed("DE:zone:30", de) == Approx(30 * kKmh));
  CHECK(*parse_speed("DE:zone30", de) == Approx(30 * kKmh));
  CHECK(*parse_speed("GB:nsl_single", gb) == Approx(60 * kMph));
  CHECK(*parse_speed("GB:20", gb) == Approx(20 * kMph));
  CHECK(*parse_speed("50;30", de) == Approx(50 * kKmh));
  for (const char* bad : {"", "fast", "0", "-50", "1e9", "nan", "inf", "50 furlongs", "signals", ";", ":"}) {
    INFO(bad);
    CHECK_FALSE(parse_speed(bad, de));
  }
}

TEST_CASE("implicit limits follow class and country") {
  CHECK(implicit_speed(RoadClass::kResidential, {}) == Approx(50 * kKmh));
  CHECK(implicit_speed(RoadClass::kSecondary, country_named("GB")) == Approx(30 * kMph));
  CHECK(implicit_speed(RoadClass::kResidential, country_named("US")) == Approx(25 * kMph));
  CHECK(implicit_speed(RoadClass::kMotorway, country_named("DE")) == Approx(130 * kKmh));
  const auto r = rules({{"highway", "residential"}});
  CHECK(r->forward.speed_guessed);
  CHECK_FALSE(rules({{"highway", "residential"}, {"maxspeed", "30"}})->forward.speed_guessed);
  const auto both = rules({{"highway", "primary"}, {"maxspeed:forward", "70"}, {"maxspeed", "50"}});
  CHECK(both->forward.speed_mps == Approx(70 * kKmh));
  CHECK(both->backward.speed_mps == Approx(50 * kKmh));
  CHECK(rules({{"highway", "primary"}, {"source:maxspeed", "DE:rural"}})->forward.speed_mps ==
        Approx(100 * kKmh));
}

TEST_CASE("what is no road for motor traffic") {
  CHECK_FALSE(rules({{"highway", "footway"}}));
  CHECK_FALSE(rules({{"highway", "pedestrian"}}));
  CHECK_FALSE(rules({{"highway", "residential"}, {"area", "yes"}}));
  CHECK_FALSE(rules({{"highway", "service"}, {"service", "driveway"}}));
  CHECK_FALSE(rules({{"highway", "service"}, {"service", "parking_aisle"}}));
  CHECK_FALSE(rules({{"highway", "residential"}, {"access", "no"}}));
  CHECK_FALSE(rules({{"highway", "service"}, {"access", "private"}}));
  CHECK_FALSE(rules({{"highway", "residential"}, {"motor_vehicle", "no"}}));
  CHECK(rules({{"highway", "service"}}));
  CHECK(rules({{"highway", "residential"}, {"access", "destination"}}));
}

TEST_CASE("access: the special rule beats the general one") {
  const auto bus_street = rules({{"highway", "residential"}, {"motor_vehicle", "no"}, {"bus", "yes"}});
  REQUIRE(bus_street);
  CHECK((bus_street->forward.allowed & kBus) != 0);
  CHECK((bus_street->forward.allowed & kCar) == 0);
  CHECK((rules({{"highway", "primary"}, {"hgv", "no"}})->forward.allowed & kTruck) == 0);
  CHECK((rules({{"highway", "motorway"}})->forward.allowed & kBicycle) == 0);
  CHECK((rules({{"highway", "motorway"}, {"access", "yes"}})->forward.allowed & kBicycle) == 0);
  CHECK(rules({{"highway", "busway"}})->forward.allowed == (kBus | mask_of(VehicleClass::kEmergency)));
}

TEST_CASE("one way: stated, reversed, implied, denied") {
  const auto lanes = [](const Tags& t) {
    const auto r = rules(t);
    return std::pair(r->forward.lanes, r->backward.lanes);
  };
  CHECK(lanes({{"highway", "residential"}}) == std::pair(1, 1));
  CHECK(lanes({{"highway", "residential"}, {"oneway", "yes"}}) == std::pair(1, 0));
  CHECK(lanes({{"highway", "residential"}, {"oneway", "-1"}}) == std::pair(0, 1));
  CHECK(lanes({{"highway", "motorway"}}) == std::pair(2, 0));
  CHECK(lanes({{"highway", "motorway"}, {"oneway", "no"}}) == std::pair(2, 2));
  CHECK(lanes({{"highway", "tertiary"}, {"junction", "roundabout"}}) == std::pair(1, 0));
  CHECK(rules({{"highway", "tertiary"}, {"junction", "roundabout"}})->roundabout);
  CHECK_FALSE(rules({{"highway", "tertiary"}, {"junction", "circular"}})->roundabout);
  CHECK(lanes({{"highway", "tertiary"}, {"junction", "circular"}}) == std::pair(1, 0));
}

TEST_CASE("numbers of lanes: total, by direction, shared, absent, absurd") {
  const auto lanes = [](const Tags& t) {
    const auto r = rules(t);
    return std::pair(r->forward.lanes, r->backward.lanes);
  };
  CHECK(lanes({{"highway", "primary"}, {"lanes", "4"}}) == std::pair(2, 2));
  CHECK(lanes({{"highway", "primary"}, {"lanes", "3"}}) == std::pair(2, 1));
  CHECK(lanes({{"highway", "primary"}, {"lanes", "3"}, {"lanes:backward", "2"}}) == std::pair(1, 2));
  CHECK(lanes({{"highway", "primary"}, {"lanes", "5"}, {"lanes:both_ways", "1"}}) == std::pair(2, 2));
  CHECK(lanes({{"highway", "residential"}, {"lanes", "1"}}) == std::pair(1, 1));
  CHECK(lanes({{"highway", "primary"}, {"oneway", "yes"}, {"lanes", "3"}}) == std::pair(3, 0));
  CHECK(lanes({{"highway", "primary"}, {"oneway", "yes"}, {"turn:lanes", "left|through|through"}}) ==
        std::pair(3, 0));
  CHECK(rules({{"highway", "primary"}})->forward.lanes_guessed);
  CHECK(lanes({{"highway", "primary"}}) == std::pair(2, 2));
  CHECK(lanes({{"highway", "secondary"}}) == std::pair(1, 1));
  CHECK(rules({{"highway", "secondary"}}, false, country_named("US"))->forward.lanes == 2);
  CHECK_FALSE(rules({{"highway", "primary"}, {"lanes", "2"}})->forward.lanes_guessed);
  CHECK(lanes({{"highway", "primary"}, {"lanes", "1000000"}}) == std::pair(2, 2));
  CHECK(counts.bad_lanes == 1);
  CHECK(lanes({{"highway", "primary"}, {"lanes", "nan"}}) == std::pair(2, 2));
  CHECK(counts.bad_lanes == 1);
}

TEST_CASE("turn lanes are listed from the left; lanes are kept from the kerb") {
  const Tags tags{{"highway", "primary"},
                  {"oneway", "yes"},
                  {"lanes", "3"},
                  {"turn:lanes", "left|through|through;right"}};
  const auto right = rules(tags)->forward.turns;
  REQUIRE(right.size() == 3);
  CHECK(right[0] == (bit(Turn::kStraight) | bit(Turn::kRight)));
  CHECK(right[2] == bit(Turn::kLeft));
  const auto left = rules(tags, true)->forward.turns;
  CHECK(left[0] == bit(Turn::kLeft));
  const auto none = rules(
      {{"highway", "primary"}, {"oneway", "yes"}, {"lanes", "2"}, {"turn:lanes", "left|through|right"}});
  CHECK(none->forward.turns.empty());
  CHECK(counts.turn_lanes_ignored == 1);
  const auto two_way =
      rules({{"highway", "primary"}, {"lanes", "3"}, {"turn:lanes:forward", "left|through"}});
  CHECK(two_way->forward.turns.size() == 2);
  CHECK(two_way->backward.turns.empty());
}

TEST_CASE("bus lanes, however they are tagged") {
  const auto check = [](const Tags& tags, bool left_hand = false) {
    const auto r = rules(tags, left_hand);
    REQUIRE(r->forward.lane_allowed.size() == 2);
    CHECK((r->forward.lane_allowed[0] & kCar) == 0);
    CHECK((r->forward.lane_allowed[0] & kBus) != 0);
    CHECK((r->forward.lane_allowed[1] & kCar) != 0);
  };
  check({{"highway", "primary"}, {"oneway", "yes"}, {"lanes", "2"}, {"bus:lanes", "|designated"}});
  check({{"highway", "primary"},
         {"oneway", "yes"},
         {"lanes", "2"},
         {"vehicle:lanes", "yes|no"},
         {"bus:lanes", "yes|designated"}});
  check({{"highway", "primary"}, {"oneway", "yes"}, {"lanes", "2"}, {"lanes:psv", "1"}});
  check({{"highway", "primary"}, {"lanes", "4"}, {"busway", "lane"}});
  check({{"highway", "primary"}, {"lanes", "4"}, {"busway:right", "lane"}});
  check({{"highway", "primary"}, {"oneway", "yes"}, {"lanes", "2"}, {"bus:lanes", "designated|"}}, true);
  const auto all = rules(
      {{"highway", "primary"}, {"oneway", "yes"}, {"lanes", "2"}, {"bus:lanes", "designated|designated"}});
  CHECK(all->forward.lane_allowed.empty());  // nobody could drive there: a slip of the pen
}

TEST_CASE("buses may run against a one-way street") {
  const auto r = rules({{"highway", "secondary"}, {"oneway", "yes"}, {"oneway:bus", "no"}});
  CHECK(r->backward.lanes == 1);
  CHECK((r->backward.allowed & kCar) == 0);
  CHECK((r->backward.allowed & kBus) != 0);
}

TEST_CASE("what nodes ask of traffic") {
  CHECK(node_rules({{"highway", "traffic_signals"}}).control == NodeControl::kSignal);
  const NodeRules approach =
      node_rules({{"highway", "traffic_signals"}, {"traffic_signals:direction", "backward"}});
  CHECK(approach.direction == -1);
  CHECK(node_rules({{"highway", "stop"}, {"direction", "forward"}}).control == NodeControl::kStop);
  CHECK(node_rules({{"highway", "stop"}, {"stop", "all"}}).control == NodeControl::kAllWayStop);
  CHECK(node_rules({{"highway", "give_way"}}).control == NodeControl::kYield);
  CHECK(node_rules({{"highway", "mini_roundabout"}}).control == NodeControl::kMiniRoundabout);
  CHECK(node_rules({{"highway", "crossing"}, {"crossing", "traffic_signals"}}).control ==
        NodeControl::kCrossing);
  CHECK(node_rules({{"highway", "crossing"}, {"crossing", "zebra"}}).control == NodeControl::kNone);
  CHECK(node_rules({{"barrier", "bollard"}}).blocked);
  CHECK_FALSE(node_rules({{"barrier", "bollard"}, {"motor_vehicle", "yes"}}).blocked);
  CHECK_FALSE(node_rules({{"barrier", "gate"}}).blocked);
}

TEST_CASE("the side of the road, by coordinates") {
  CHECK(country_at(-0.12, 51.5).code == "GB");
  CHECK(country_at(-6.26, 53.35).code == "IE");
  CHECK(country_at(-5.93, 54.6).code == "GB");
  CHECK(country_at(139.7, 35.7).left_hand);
  CHECK(country_at(151.2, -33.9).left_hand);
  CHECK(country_at(18.4, -33.9).left_hand);
  CHECK(country_at(77.2, 28.6).left_hand);
  CHECK_FALSE(country_at(2.35, 48.85).left_hand);    // Paris
  CHECK_FALSE(country_at(1.85, 50.95).left_hand);    // Calais
  CHECK_FALSE(country_at(126.98, 37.57).left_hand);  // Seoul
  CHECK_FALSE(country_at(121.5, 25.0).left_hand);    // Taipei
  CHECK(country_at(-76.6, 39.3).code == "US");
  CHECK_FALSE(country_at(13.4, 52.5).left_hand);
}
