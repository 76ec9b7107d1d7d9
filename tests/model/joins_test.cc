// What is one junction, and who is stopped at it.
#include <algorithm>

#include "tests/ascii_network.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

bool one_junction(const Network& network, char a, char b) {
  return junction_at(network, a) == junction_at(network, b);
}

// Two crossings `metres` x 4 apart.
constexpr std::string_view kTwo = R"(
    N   M
    |   |
W---X---Y---E
    |   |
    S   R
)";

}  // namespace

TEST_CASE("signals make one junction of what would be two") {
  CHECK_FALSE(one_junction(ascii_network(kTwo, "", 6), 'X', 'Y'));  // 24 m
  CHECK(one_junction(ascii_network(kTwo, "X signal; Y signal", 6), 'X', 'Y'));
  CHECK_FALSE(one_junction(ascii_network(kTwo, "X signal; Y signal", 9), 'X', 'Y'));  // 36 m
}

TEST_CASE("a signal at one node of a cluster speaks for the cluster") {
  // X and Y lie 12 m apart and are one; its signal stands at X, the other crossing's at Z, 24 m from Y.
  constexpr std::string_view kThree = R"(
    N M   O
    | |   |
W---X-Y---Z---E
    | |   |
    S R   T
)";
  const Network network = ascii_network(kThree, "X signal; Z signal", 6);
  CHECK(one_junction(network, 'X', 'Y'));
  CHECK(one_junction(network, 'Y', 'Z'));
  CHECK(network.signals.size() == 1);
}

TEST_CASE("a chain of side streets is no single junction") {
  // 17 m from one to the next: the ends of the row are 51 m apart.
  constexpr std::string_view kRow = R"(
    M N O P
    | | | |
W---A-B-C-D---E
)";
  const Network network = ascii_network(kRow, "", 8.5);
  CHECK_FALSE(one_junction(network, 'A', 'D'));
  CHECK_FALSE(one_junction(network, 'A', 'C'));
}

TEST_CASE("a side street close to a roundabout is not swallowed by its entry") {
  // The ring's entry D, then side streets after 17 and 34 m.
  constexpr std::string_view kRing = R"(
      A<<B   P Q
      v  ^   | |
  W---C  D---F-G---E
      v  ^
      H>>I
)";
  const Network network =
      ascii_network(kRing,
                    "AB roundabout; AC roundabout; CH roundabout; HI roundabout; DI roundabout; "
                    "BD roundabout",
                    6);
  CHECK(one_junction(network, 'F', 'G'));
  CHECK_FALSE(one_junction(network, 'D', 'F'));
  CHECK(network[junction_at(network, 'F')].type != JunctionType::kRoundabout);
}

TEST_CASE("a line of buses through a signalled junction has a signal, a yard's mouth has none") {
  StreetPlan plan = ascii_plan(R"(
      N
      |
  W===X===E
      |
      S
  )",
                               "X signal; NX class=service; XS class=service");
  const auto stopped = [](const Network& network) {
    const auto ways = connections_between(network, "NXS");
    REQUIRE(ways.size() == 1);
    return network[ways[0]].signal.valid();
  };
  CHECK_FALSE(stopped(build_network(plan)));
  for (PlanRoad& r : plan.roads)
    if (r.road_class == RoadClass::kService)
      r.forward.allowed = r.backward.allowed = mask_of(VehicleClass::kBus);
  CHECK(stopped(build_network(plan)));
}

TEST_CASE(
    "in Britain the street that runs on goes before the one that ends; elsewhere the right side decides") {
  StreetPlan plan = ascii_plan(R"(
      N
      |
  W---X---E
  )");
  // From the east straight on, against the right turn out of N: it comes from the right.
  const auto east_yields = [&](const char* country) {
    plan.country = country;
    const Network network = build_network(plan);
    const ConnectionId east = connections_between(network, "EXW").at(0),
                       north = connections_between(network, "NXW").at(0);
    for (const Conflict& k : network.conflicts)
      if ((k.a == east && k.b == north) || (k.a == north && k.b == east))
        return (k.a == east ? k.a_yields : k.b_yields) && !(k.a == east ? k.b_yields : k.a_yields);
    throw std::logic_error("they do not meet");
  };
  CHECK(east_yields("DE"));
  CHECK_FALSE(east_yields("GB"));
}
