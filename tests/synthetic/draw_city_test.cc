// The invented city: sound as a street plan, sound as a network, the same for everyone.
#include "scenarios/synthetic/draw_city.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "sim/model/network_builder.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

CityOptions options(std::uint64_t seed, std::uint32_t blocks, bool left_hand = false) {
  CityOptions o;
  o.seed = seed;
  o.blocks = blocks;
  o.left_hand = left_hand;
  return o;
}

/// FNV-1a over everything that a plan says.
class Digest {
 public:
  void add(const void* data, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k)
      h_ = (h_ ^ static_cast<const unsigned char*>(data)[k]) * 0x100000001b3ull;
  }
  void add(const std::string& s) { add(s.data(), s.size()), add(static_cast<double>(s.size())); }
  void add(double v) { add(&v, sizeof v); }
  void add(const std::vector<Point>& ring) {
    for (const Point& p : ring) add(p.x), add(p.y);
  }
  std::uint64_t value() const { return h_; }

 private:
  std::uint64_t h_ = 0xcbf29ce484222325ull;
};

std::uint64_t digest(const StreetPlan& plan) {
  Digest d;
  for (const auto& n : plan.nodes)
    d.add(n.id), d.add(n.at.x), d.add(n.at.y), d.add(static_cast<double>(n.control));
  for (const auto& r : plan.roads) {
    d.add(r.id), d.add(r.name), d.add(static_cast<double>(r.road_class)), d.add(r.level), d.add(r.roundabout),
        d.add(r.lane_width_m);
    for (auto n : r.nodes) d.add(static_cast<double>(n));
    for (const auto* direction : {&r.forward, &r.backward}) {
      d.add(direction->lanes), d.add(direction->speed_mps), d.add(static_cast<double>(direction->allowed));
      for (auto t : direction->turns) d.add(static_cast<double>(t));
    }
  }
  for (const auto& r : plan.restrictions)
    d.add(r.id), d.add(r.from_road), d.add(r.to_road), d.add(r.via_nodes.at(0)), d.add(r.only);
  for (const auto& z : plan.zones)
    d.add(z.id), d.add(z.name), d.add(z.residents), d.add(z.jobs), d.add(z.ring);
  for (const auto& b : plan.buildings) d.add(b.outline), d.add(static_cast<double>(b.height_m));
  for (const auto& w : plan.water) d.add(w);
  return d.value();
}

struct Piece {
  Point a, b;
  std::uint32_t from, to;
  int level;
};

std::vector<Piece> pieces_of(const StreetPlan& plan) {
  std::vector<Piece> pieces;
  for (const auto& r : plan.roads)
    for (std::size_t k = 1; k < r.nodes.size(); ++k)
      pieces.push_back(
          {plan.nodes[r.nodes[k - 1]].at, plan.nodes[r.nodes[k]].at, r.nodes[k - 1], r.nodes[k], r.level});
  return pieces;
}

double side(Point a, Point b, Point p) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); }

bool cross(const Piece& s, const Piece& t) {
  return side(s.a, s.b, t.a) * side(s.a, s.b, t.b) < 0 && side(t.a, t.b, s.a) * side(t.a, t.b, s.b) < 0;
}

}  // namespace

TEST_CASE("the same seed draws the same city, another seed another one") {
  const std::uint64_t first = digest(draw_city(options(1, 100)));
  CHECK(digest(draw_city(options(1, 100))) == first);
  CHECK(digest(draw_city(options(2, 100))) != first);
  CHECK(digest(draw_city(options(1, 110))) != first);
}

TEST_CASE("a city without buildings has the same streets") {
  CityOptions bare = options(4, 400);
  StreetPlan with = draw_city(bare);
  bare.buildings = false;
  const StreetPlan without = draw_city(bare);
  CHECK(with.buildings.size() > 500);
  CHECK(without.buildings.empty());
  with.buildings.clear();
  CHECK(digest(with) == digest(without));
}

TEST_CASE("streets meet only where they share a node: no two at one level cross elsewhere") {
  for (std::uint64_t seed : {1, 2, 3}) {
    const StreetPlan plan = draw_city(options(seed, 900));
    std::vector<Piece> pieces = pieces_of(plan);
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& s, const Piece& t) { return std::min(s.a.x, s.b.x) < std::min(t.a.x, t.b.x); });
    int crossings = 0, bridged = 0;
    for (std::size_t k = 0; k < pieces.size(); ++k)
      for (std::size_t m = k + 1; m < pieces.size() && std::min(pieces[m].a.x, pieces[m].b.x) <=
                                                           std::max(pieces[k].a.x, pieces[k].b.x);
           ++m) {
        const Piece &s = pieces[k], &t = pieces[m];
        if (s.from == t.from || s.from == t.to || s.to == t.from || s.to == t.to || !cross(s, t)) continue;
        ++(s.level == t.level ? crossings : bridged);
      }
    CHECK(crossings == 0);
    CHECK(bridged >= 4);  // roads over the motorway, the motorway over the river road
  }
}

TEST_CASE("no two nodes share a place, no piece of road is shorter than 4 m") {
  const StreetPlan plan = draw_city(options(7, 900));
  std::set<std::pair<double, double>> places;
  for (const auto& n : plan.nodes) places.insert({n.at.x, n.at.y});
  CHECK(places.size() == plan.nodes.size());
  for (const Piece& p : pieces_of(plan)) CHECK(std::hypot(p.b.x - p.a.x, p.b.y - p.a.y) > 4);
}

TEST_CASE("streets join at angles that a junction can be built for") {
  for (std::uint64_t seed : {1, 9, 10}) {
    const StreetPlan plan = draw_city(options(seed, 900));
    std::map<std::uint32_t, std::vector<Point>> legs;
    for (const auto& r : plan.roads) {
      if (r.road_class <= RoadClass::kMotorwayLink) continue;  // ramps leave at a small angle
      for (std::size_t k = 1; k < r.nodes.size(); ++k) {
        const Point a = plan.nodes[r.nodes[k - 1]].at, b = plan.nodes[r.nodes[k]].at;
        const double l = std::hypot(b.x - a.x, b.y - a.y);
        legs[r.nodes[k - 1]].push_back({(b.x - a.x) / l, (b.y - a.y) / l});
        legs[r.nodes[k]].push_back({(a.x - b.x) / l, (a.y - b.y) / l});
      }
    }
    double sharpest = -1;
    for (const auto& [node, out] : legs)
      for (std::size_t a = 0; a < out.size(); ++a)
        for (std::size_t b = a + 1; b < out.size(); ++b)
          sharpest = std::max(sharpest, out[a].x * out[b].x + out[a].y * out[b].y);
    CHECK(sharpest < std::cos(30 * 3.14159265 / 180));
  }
}

TEST_CASE("a town has everything that a driver meets") {
  const StreetPlan plan = draw_city(options(1, 900));
  std::map<NodeControl, int> controls;
  std::map<RoadClass, int> classes;
  int rings = 0, bridges = 0, one_way = 0;
  for (const auto& n : plan.nodes) ++controls[n.control];
  for (const auto& r : plan.roads) {
    ++classes[r.road_class];
    rings += r.roundabout;
    bridges += r.level > 0;
    one_way += r.road_class == RoadClass::kResidential && (r.forward.lanes == 0 || r.backward.lanes == 0);
    CHECK_FALSE(r.name.empty());
    CHECK(r.forward.lanes + r.backward.lanes > 0);
    if (r.roundabout) CHECK(r.nodes.front() == r.nodes.back());
    for (const auto* d : {&r.forward, &r.backward})
      if (!d->turns.empty()) CHECK(static_cast<int>(d->turns.size()) == d->lanes);
  }
  CHECK(controls[NodeControl::kSignal] > 50);
  CHECK(controls[NodeControl::kAllWayStop] > 3);
  CHECK(rings > 2);
  CHECK(bridges > 4);
  CHECK(one_way > 10);
  for (RoadClass c : {RoadClass::kMotorway, RoadClass::kMotorwayLink, RoadClass::kPrimary,
                      RoadClass::kSecondary, RoadClass::kTertiary, RoadClass::kResidential})
    CHECK(classes[c] > 0);
  CHECK(plan.water.size() >= 2);
  CHECK(plan.restrictions.size() > 50);
  CHECK(plan.zones.size() > 20);
  double residents = 0;
  for (const auto& z : plan.zones) residents += z.residents;
  CHECK(residents > 50'000);
}

TEST_CASE("every drawn city is a sound network in which every link reaches every other") {
  for (auto [seed, blocks, left] :
       {std::tuple{1u, 16u, false}, {2u, 100u, false}, {3u, 400u, true}, {4u, 900u, false}}) {
    const Network network = build_network(draw_city(options(seed, blocks, left)));
    CHECK(faults_in(network).empty());
    CHECK(network.left_hand == left);
    std::vector<std::vector<std::uint32_t>> on(network.links.size()), back(network.links.size());
    for (const auto& c : network.connections) {
      const auto a = network[c.from].link.value, b = network[c.to].link.value;
      on[a].push_back(b), back[b].push_back(a);
    }
    for (const auto* next : {&on, &back}) {
      std::vector<bool> seen(network.links.size());
      std::vector<std::uint32_t> open{0};
      seen[0] = true;
      std::size_t count = 0;
      while (!open.empty()) {
        const auto l = open.back();
        open.pop_back();
        ++count;
        for (auto m : (*next)[l])
          if (!seen[m]) seen[m] = true, open.push_back(m);
      }
      INFO("seed " << seed << ", " << blocks << " blocks");
      CHECK(count == network.links.size());
    }
  }
}

TEST_CASE("a left-hand city is the mirror image: same roads, left and right turns swapped") {
  const StreetPlan right = draw_city(options(6, 200)), left = draw_city(options(6, 200, true));
  REQUIRE(left.roads.size() == right.roads.size());
  REQUIRE(left.nodes.size() == right.nodes.size());
  CHECK(left.left_hand);
  for (std::size_t k = 0; k < left.nodes.size(); ++k) {
    CHECK(std::abs((left.nodes[k].at.x - 500'000) + (right.nodes[k].at.x - 500'000)) < 0.0021);
    CHECK(left.nodes[k].at.y == right.nodes[k].at.y);
  }
  const auto bit = [](Turn t) { return 1 << static_cast<int>(t); };
  int lefts = 0;
  for (std::size_t k = 0; k < left.roads.size(); ++k)
    for (std::size_t lane = 0; lane < left.roads[k].forward.turns.size(); ++lane) {
      const bool turns_left = left.roads[k].forward.turns[lane] & bit(Turn::kLeft);
      CHECK(turns_left == static_cast<bool>(right.roads[k].forward.turns[lane] & bit(Turn::kRight)));
      lefts += turns_left;
    }
  CHECK(lefts > 0);
}

TEST_CASE("cities grow with the number of blocks, up to the benchmark's size") {
  const std::size_t small = draw_city(options(1, 1000)).nodes.size();
  CityOptions large = options(1, 40'000);
  large.buildings = false;
  const StreetPlan plan = draw_city(large);
  CHECK(plan.nodes.size() > 25 * small);
  CHECK(plan.nodes.size() < 60 * small);
}

TEST_CASE("sizes that are no city are refused") {
  CHECK_THROWS_AS(draw_city(options(1, 0)), std::invalid_argument);
  CHECK_THROWS_AS(draw_city(options(1, 15)), std::invalid_argument);
  CHECK_THROWS_AS(draw_city(options(1, 4'000'001)), std::invalid_argument);
  for (std::uint32_t blocks = 16; blocks < 80; ++blocks)
    CHECK(draw_city(options(blocks, blocks)).roads.size() > 10);
}
