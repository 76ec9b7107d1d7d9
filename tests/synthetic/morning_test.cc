#include "scenarios/synthetic/morning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "scenarios/synthetic/draw_city.h"
#include "sim/model/network_builder.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

const Network& town() {
  static const Network network = [] {
    CityOptions o;
    o.seed = 5;
    o.blocks = 700;
    o.buildings = false;
    return build_network(draw_city(o));
  }();
  return network;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a morning holds the trips asked for, in order, between streets that cars may use") {
  MorningOptions options;
  options.trips = 5000;
  const Demand demand = draw_morning(town(), options);
  CHECK(demand.trips.size() == 5000);
  CHECK(demand.read == 5000);
  CHECK(demand.rejected.empty());
  std::set<std::uint64_t> keys;
  std::map<std::uint32_t, int> types;
  for (const Trip& t : demand.trips) {
    CHECK((t.depart_s >= options.begin_s && t.depart_s < options.end_s));
    REQUIRE((t.from.valid() && t.to.valid()));
    CHECK(t.from != t.to);
    CHECK((town()[town()[t.from].first_lane].allowed & mask_of(VehicleClass::kCar)));
    CHECK_FALSE(town()[t.from].roundabout);
    keys.insert(t.key);
    ++types[t.type.value];
  }
  CHECK(keys.size() == 5000);
  CHECK(std::is_sorted(demand.trips.begin(), demand.trips.end(),
                       [](const Trip& a, const Trip& b) { return a.depart_s < b.depart_s; }));
  REQUIRE(demand.types.size() == 6);
  CHECK(demand.types[0].id == "car");
  CHECK(types[0] > 4000);
  for (std::uint32_t k = 1; k < 6; ++k) CHECK(types[k] > 0);
}

TEST_CASE("the same morning again; another seed, another morning; a smaller one is a part of a larger one") {
  MorningOptions options;
  options.trips = 1000;
  const std::string first = trips_csv(town(), draw_morning(town(), options));
  CHECK(trips_csv(town(), draw_morning(town(), options)) == first);
  MorningOptions other = options;
  other.seed = 2;
  CHECK(trips_csv(town(), draw_morning(town(), other)) != first);
  MorningOptions more = options;
  more.trips = 1200;
  const std::vector<std::string> large = lines_of(trips_csv(town(), draw_morning(town(), more)));
  const std::set<std::string> all(large.begin(), large.end());
  for (const std::string& line : lines_of(first)) CHECK(all.count(line) == 1);
}

TEST_CASE("departures rise to a peak and fall: the profile is a share of one") {
  const std::vector<ProfilePart> profile = morning_profile(7 * 3600, 9 * 3600);
  double sum = 0;
  for (std::size_t k = 0; k < profile.size(); ++k) {
    sum += profile[k].share;
    if (k) CHECK(profile[k].begin_s == profile[k - 1].end_s);
  }
  CHECK(std::abs(sum - 1) < 1e-12);
  CHECK(profile.front().begin_s == 7 * 3600);
  CHECK(profile.back().end_s == 9 * 3600);
  const auto peak = std::max_element(profile.begin(), profile.end(),
                                     [](const auto& a, const auto& b) { return a.share < b.share; });
  CHECK(peak > profile.begin() + 1);
  CHECK(peak < profile.end() - 1);
}

TEST_CASE("nearer jobs are taken more often") {
  MorningOptions near, far;
  near.trips = far.trips = 3000;
  near.half_distance_m = 500;
  far.half_distance_m = 50'000;
  const auto mean_m = [](const Demand& d) {
    double sum = 0;
    for (const Trip& t : d.trips) {
      const Point a = town().points[town()[town()[t.from].first_lane].shape.first];
      const Point b = town().points[town()[town()[t.to].first_lane].shape.first];
      sum += std::hypot(a.x - b.x, a.y - b.y);
    }
    return sum / static_cast<double>(d.trips.size());
  };
  CHECK(mean_m(draw_morning(town(), near)) < 0.9 * mean_m(draw_morning(town(), far)));
}

TEST_CASE("trips pass the gates at the edge of the map in the right direction") {
  MorningOptions options;
  options.trips = 5000;
  const Demand demand = draw_morning(town(), options);
  Point middle{0, 0};
  for (const Junction& j : town().junctions)
    middle.x += j.at.x / static_cast<double>(town().junctions.size()),
        middle.y += j.at.y / static_cast<double>(town().junctions.size());
  const auto outward = [&](LinkId l) {
    const Shape& s = town()[town()[l].first_lane].shape;
    const Point a = town().points[s.first], b = town().points[s.first + s.count - 1];
    return std::hypot(b.x - middle.x, b.y - middle.y) > std::hypot(a.x - middle.x, a.y - middle.y);
  };
  int in = 0, out = 0;
  for (const Trip& t : demand.trips) {
    const auto at_motorway = [&](LinkId l) { return town()[l].road_class == RoadClass::kMotorway; };
    if (at_motorway(t.from)) {
      CHECK_FALSE(outward(t.from));
      ++in;
    }
    if (at_motorway(t.to)) {
      CHECK(outward(t.to));
      ++out;
    }
  }
  CHECK(in > 50);
  CHECK(out > 20);
}

TEST_CASE("the matrix, its zones and the trips tell of the same traffic") {
  MorningOptions options;
  options.trips = 2000;
  const Demand demand = draw_morning(town(), options);
  const auto matrix = lines_of(od_csv(town(), demand));
  REQUIRE(matrix.at(0) == "from_zone,to_zone,trips,type");
  std::set<std::string> zones;
  for (const Zone& z : town().zones) zones.insert(z.id);
  int total = 0;
  for (std::size_t k = 1; k < matrix.size(); ++k) {
    std::istringstream in(matrix[k]);
    std::string from, to, trips;
    std::getline(in, from, ','), std::getline(in, to, ','), std::getline(in, trips, ',');
    CHECK(zones.count(from) == 1);
    CHECK(zones.count(to) == 1);
    total += std::stoi(trips);
  }
  CHECK(total == 2000);
  CHECK(lines_of(zones_csv(town())).at(0) == "zone,link,weight");
  CHECK(lines_of(profile_csv(morning_profile(0, 3600))).size() == 17);
}

TEST_CASE("ids that would break a table are quoted") {
  Network network = town();
  MorningOptions options;
  options.trips = 1;
  const Demand demand = draw_morning(network, options);
  network.links[demand.trips[0].from.value].id = "a \"b\", c";
  CHECK(trips_csv(network, demand).find(",\"a \"\"b\"\", c\",") != std::string::npos);
}

TEST_CASE("a network where nobody lives has no morning") {
  Network network = town();
  network.zones.clear();
  CHECK_THROWS_AS(draw_morning(network, {}), std::invalid_argument);
}
