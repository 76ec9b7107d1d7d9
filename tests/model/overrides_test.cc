#include "sim/model/overrides.h"

#include <algorithm>

#include "sim/model/junction_review.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

FeatureName name(const std::string& id, std::vector<Point> at = {}) { return {id, std::move(at)}; }

Override of(OverrideKind kind, std::vector<FeatureName> nodes, std::vector<FeatureName> roads = {}) {
  Override out;
  out.kind = kind;
  out.place = "line 1, column 1";
  out.nodes = std::move(nodes);
  out.roads = std::move(roads);
  return out;
}

Network build(StreetPlan plan, const std::vector<Override>& overrides) {
  BuildOptions options;
  options.edits = apply_overrides(overrides, plan);
  Network network = build_network(plan, options);
  CHECK(faults_in(network).empty());
  return network;
}

/// "applied", "partly", "found_again" or "lost" of the k-th override, with its words.
std::pair<std::string, std::string> outcome(const Network& network, std::size_t k = 0) {
  for (const Problem& p : network.problems)
    if (p.code.starts_with("override_") && k-- == 0) return {p.code.substr(9), p.words};
  return {};
}

const Point& at(const StreetPlan& plan, char node) {
  for (const PlanNode& n : plan.nodes)
    if (n.id == std::string("node/") + node) return n.at;
  throw std::logic_error("no such node");
}

PlanNode& node_of(StreetPlan& plan, char c) {
  for (PlanNode& n : plan.nodes)
    if (n.id == std::string("node/") + c) return n;
  throw std::logic_error("no such node");
}

// 12 m apart: one junction by itself.
constexpr std::string_view kNear = R"(
    N M
    | |
W---X-Y---E
    | |
    S R
)";

// Two crossings, 60 m apart: two junctions.
constexpr std::string_view kApart = R"(
    N     M
    |     |
W---X-----Y---E
    |     |
    S     R
)";

}  // namespace

TEST_CASE("a join makes one junction of two, and a split makes two of one") {
  const StreetPlan plan = ascii_plan(kApart);
  const Network plain = build(plan, {});
  CHECK(junction_at(plain, 'X') != junction_at(plain, 'Y'));
  const Network joined = build(plan, {of(OverrideKind::kJoin, {name("node/X"), name("node/Y")})});
  CHECK(junction_at(joined, 'X') == junction_at(joined, 'Y'));
  CHECK(joined[junction_at(joined, 'X')].source_ids == std::vector<std::string>{"node/X", "node/Y"});
  CHECK(connections_between(joined, "NXR").size() == 1);  // over the street that the junction took in
  CHECK(outcome(joined).first == "applied");

  const StreetPlan near = ascii_plan(kNear, "", 6);
  const Network together = build(near, {});
  REQUIRE(junction_at(together, 'X') == junction_at(together, 'Y'));
  const Network split = build(near, {of(OverrideKind::kSplit, {name("node/X"), name("node/Y")})});
  CHECK(junction_at(split, 'X') != junction_at(split, 'Y'));
  CHECK(outcome(split).first == "applied");
}

TEST_CASE("a join and a split of the same nodes cannot both hold, and that is said") {
  const Network network =
      build(ascii_plan(kApart), {of(OverrideKind::kJoin, {name("node/X"), name("node/Y")}),
                                 of(OverrideKind::kSplit, {name("node/X"), name("node/Y")})});
  CHECK(outcome(network, 0).first == "applied");
  CHECK(outcome(network, 1).first == "lost");
  CHECK(outcome(network, 1).second.find("the opposite") != std::string::npos);
}

TEST_CASE("an override whose features are gone is lost, by name; a cluster keeps what is left of it") {
  const StreetPlan plan = ascii_plan(kApart);
  const Network network =
      build(plan, {of(OverrideKind::kJoin, {name("node/X"), name("node/9999")}),
                   of(OverrideKind::kJoin, {name("node/X"), name("node/Y"), name("node/9999")}),
                   of(OverrideKind::kSpeed, {}, {name("way/none")}),
                   of(OverrideKind::kJoin, {name("node/W"), name("node/E"), name("node/X")})});
  CHECK(outcome(network, 0).first == "lost");  // known before anything is built
  CHECK(outcome(network, 0).second.find("node/9999 is no node") != std::string::npos);
  CHECK(outcome(network, 1).first == "lost");
  CHECK(outcome(network, 1).second.find("way/none") != std::string::npos);
  CHECK(outcome(network, 2).first == "partly");
  CHECK(junction_at(network, 'X') == junction_at(network, 'Y'));
}

TEST_CASE("nodes too far apart are no junction") {
  const Network network =
      build(ascii_plan(kApart, "", 60), {of(OverrideKind::kJoin, {name("node/X"), name("node/Y")})});
  CHECK(outcome(network).first == "lost");
  CHECK(outcome(network).second.find("360 m apart") != std::string::npos);
}

TEST_CASE("a feature that moved is not the one that was meant; one that stands in its place is") {
  StreetPlan plan = ascii_plan(kApart);
  const Point x = at(plan, 'X'), y = at(plan, 'Y');
  const std::vector<Override> meant{of(OverrideKind::kJoin, {name("node/X", {x}), name("node/Y", {y})})};
  CHECK(outcome(build(plan, meant)).first == "applied");

  StreetPlan renamed = plan;
  node_of(renamed, 'X').id = "node/777";
  const Network found = build(renamed, meant);
  CHECK(outcome(found).first == "found_again");
  CHECK(outcome(found).second.find("node/X was found again as node/777") != std::string::npos);

  StreetPlan moved = plan;
  node_of(moved, 'X').at.x -= 27;
  const Network lost = build(moved, meant);
  CHECK(outcome(lost).first == "lost");
  CHECK(outcome(lost).second.find("27 m from where it was") != std::string::npos);
  CHECK(junction_at(lost, 'X') != junction_at(lost, 'Y'));
}

TEST_CASE("a way that was split is found again in both parts, where its places are named") {
  StreetPlan plan = ascii_plan("W-----X-----E");
  for (PlanRoad& r : plan.roads)
    if (r.id == "way/XE") r.id = "way/new";  // way/WX ran from W to E before
  Override speed = of(OverrideKind::kSpeed, {}, {name("way/WX", {at(plan, 'W'), at(plan, 'E')})});
  speed.speed_mps = 5;
  const Network network = build(plan, {speed});
  CHECK(outcome(network).first == "found_again");
  CHECK(outcome(network).second.find("way/WX was found again as way/new") != std::string::npos);
  for (std::uint32_t l = 0; l < network.road_lane_count; ++l) CHECK(network.lanes[l].speed_mps == 5);
  // Where nothing lies any more, all of it is lost.
  speed.roads[0].at[1].y += 100;
  CHECK(outcome(build(plan, {speed})).first == "lost");
}

TEST_CASE("a signal can be set and taken away") {
  Override there = of(OverrideKind::kSignal, {name("node/X")});
  const Network with = build(ascii_plan(kApart), {there});
  CHECK(with.signals.size() == 1);
  CHECK(with[junction_at(with, 'X')].type == JunctionType::kSignal);
  CHECK(outcome(with).first == "applied");
  there.present = false;
  const Network without = build(ascii_plan(kApart, "X signal; Y signal"), {there});
  CHECK(without.signals.size() == 1);
  CHECK(without[junction_at(without, 'X')].type != JunctionType::kSignal);
  const Network end = build(ascii_plan(kApart), {of(OverrideKind::kSignal, {name("node/W")})});
  CHECK(outcome(end).first == "lost");  // a dead end
}

TEST_CASE("lanes and speeds of a way") {
  StreetPlan plan = ascii_plan(kApart);
  const std::string way = plan.roads[0].id;
  Override lanes = of(OverrideKind::kLanes, {}, {name(way)});
  lanes.forward_lanes = 3;
  Override speed = of(OverrideKind::kSpeed, {}, {name(way)});
  speed.speed_mps = 5;
  speed.backward = false;
  const double before = plan.roads[0].backward.speed_mps;
  BuildOptions options;
  options.edits = apply_overrides({lanes, speed}, plan);
  CHECK(options.edits.empty());
  CHECK(plan.roads[0].forward.lanes == 3);
  CHECK(plan.roads[0].backward.lanes == 1);
  CHECK(plan.roads[0].forward.speed_mps == 5);
  CHECK(plan.roads[0].backward.speed_mps == before);
  const Network network = build_network(plan, options);
  CHECK(outcome(network, 0).first == "applied");
  CHECK(outcome(network, 1).first == "applied");
}

TEST_CASE("a ban removes a turn, lane connections replace a movement's") {
  const StreetPlan plan = ascii_plan(R"(
      N
      |
  W===X===E
      |
      S
  )");
  const Network plain = build(plan, {});
  REQUIRE(connections_between(plain, "WXN").size() == 1);
  const Network banned =
      build(plan, {of(OverrideKind::kBan, {name("node/X")}, {name("way/WX"), name("way/NX")})});
  CHECK(connections_between(banned, "WXN").empty());
  CHECK(connections_between(banned, "WXE").size() == 2);
  CHECK(outcome(banned).first == "applied");

  Override lanes = of(OverrideKind::kConnect, {name("node/X")}, {name("way/WX"), name("way/XE")});
  lanes.lane_pairs = {{0, 1}};
  const Network connected = build(plan, {lanes});
  const auto ways = connections_between(connected, "WXE");
  REQUIRE(ways.size() == 1);
  CHECK(connected[connected[ways[0]].from].index == 0);
  CHECK(connected[connected[ways[0]].to].index == 1);
  lanes.lane_pairs = {{5, 1}};
  const Network wrong = build(plan, {lanes});
  CHECK(outcome(wrong).first == "lost");
  CHECK(outcome(wrong).second.find("no lane 5 among the 2 lanes") != std::string::npos);
  CHECK(connections_between(wrong, "WXE").size() == 2);  // as without it
}

TEST_CASE("a ban of what never was is said") {
  const StreetPlan plan = ascii_plan(R"(
      N
      ^
  W---X---E
  )");
  const Network network =
      build(plan, {of(OverrideKind::kBan, {name("node/X")}, {name("way/XN"), name("way/WX")})});
  CHECK(outcome(network).first == "lost");
  CHECK(outcome(network).second.find("does not lead to node/X") != std::string::npos);
}

TEST_CASE("signs on an approach decide who yields") {
  const StreetPlan plan = ascii_plan(R"(
      N
      |
  W---X---E
      |
      S
  )");
  for (const NodeControl sign : {NodeControl::kStop, NodeControl::kYield, NodeControl::kNone}) {
    Override wanted = of(OverrideKind::kRightOfWay, {name("node/X")}, {name("way/NX", {at(plan, 'N')})});
    wanted.sign = sign;
    const Network network = build(plan, {wanted});
    CHECK(outcome(network).first == "applied");
    const auto from_north = connections_between(network, "NXS"),
               from_west = connections_between(network, "WXE");
    REQUIRE(from_north.size() == 1);
    REQUIRE(from_west.size() == 1);
    const bool goes_first = sign == NodeControl::kNone;
    for (const Conflict& k : network.conflicts) {
      if (k.a != from_north[0] && k.b != from_north[0]) continue;
      if (k.a != from_west[0] && k.b != from_west[0]) continue;
      CHECK((k.a == from_north[0] ? k.a_yields : k.b_yields) != goes_first);
      CHECK((k.a == from_north[0] ? k.b_yields : k.a_yields) == goes_first);
    }
    if (sign == NodeControl::kStop) CHECK(network[from_north[0]].priority == Priority::kStop);
  }
}

TEST_CASE("a way on both sides of a junction needs a place to say which is meant") {
  // W-X-E is one way: without a place, either side of it may be meant.
  StreetPlan plan = ascii_plan(R"(
      N
      |
  W---X---E
  )");
  for (PlanRoad& r : plan.roads)
    if (r.id != "way/NX") r.id = "way/whole";
  Override yield = of(OverrideKind::kRightOfWay, {name("node/X")}, {name("way/whole")});
  yield.sign = NodeControl::kYield;
  CHECK(outcome(build(plan, {yield})).second.find("more than one side") != std::string::npos);
  yield.roads[0].at = {at(plan, 'W')};
  CHECK(outcome(build(plan, {yield})).first == "applied");
}

TEST_CASE("overrides hold in left-hand traffic, places included") {
  StreetPlan plan = ascii_plan(kApart);
  plan.left_hand = true;
  const Network network = build(
      plan, {of(OverrideKind::kJoin, {name("node/X", {at(plan, 'X')}), name("node/Y", {at(plan, 'Y')})})});
  CHECK(outcome(network).first == "applied");
  CHECK(junction_at(network, 'X') == junction_at(network, 'Y'));
  for (const Problem& p : network.problems)
    if (p.code == "override_applied") CHECK(p.y_m == at(plan, 'X').y);
}

TEST_CASE("joined clusters and near misses carry a confidence that reads back") {
  const Network joined = build(ascii_plan(kNear, "X signal; Y signal", 6), {});
  int reviews = 0;
  for (const Problem& p : joined.problems)
    if (const auto review = review_of(p)) {
      ++reviews;
      CHECK(review->joined);
      CHECK(review->confidence > 0.5);
      CHECK(review->reasons.find("2 nodes within 12 m") != std::string::npos);
      CHECK(p.object_id == joined[junction_at(joined, 'X')].id);
    }
  CHECK(reviews == 1);
  const Network apart = build(ascii_plan(kNear, "", 12), {});  // 24 m
  REQUIRE(junction_at(apart, 'X') != junction_at(apart, 'Y'));
  reviews = 0;
  for (const Problem& p : apart.problems)
    if (const auto review = review_of(p)) {
      ++reviews;
      CHECK_FALSE(review->joined);
      CHECK(p.object_id == "node/X;node/Y");
    }
  CHECK(reviews == 1);
  for (const double confidence : {0.0, 0.07, 0.5, 0.99, 1.0}) {
    const auto review = review_of(problem_of({true, confidence, "a: b"}, "j", 1, 2));
    REQUIRE(review);
    CHECK(std::abs(review->confidence - confidence) < 1e-9);
    CHECK(review->reasons == "a: b");
  }
  CHECK_FALSE(review_of({Severity::kNote, "junction_joined", "", 0, 0, "Confidence 0.x5: "}));
  CHECK_FALSE(review_of({Severity::kNote, "junction_joined", "", 0, 0, "Confidence"}));
}

TEST_CASE("the entries of a roundabout stay places of their own, however short the ring between them") {
  const StreetPlan plan =
      ascii_plan(R"(
      P Q R
      | | |
      A<B<C
      v   ^
      D>E>F
      |   |
      S   T
  )",
                 "AB roundabout; BC roundabout; AD roundabout; DE roundabout; EF roundabout; "
                 "CF roundabout",
                 5.5);  // entries 11 m apart on a ring of 88 m
  const Network network = build(plan, {});
  CHECK(junction_at(network, 'A') != junction_at(network, 'B'));
  CHECK(junction_at(network, 'B') != junction_at(network, 'C'));
}
