#include "scenarios/map/junction_picture.h"

#include <stdexcept>

#include "sim/model/problem.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

constexpr std::string_view kCrossing = R"(
    N
    |
W===X===E
    |
    S
)";

bool is_png(const std::string& bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n") && bytes.size() > 5000;
}

std::string drawn(const Network& network, JunctionId junction, double width_m = 0) {
  return junction_png({.network = &network, .junction = junction, .width_m = width_m});
}

}  // namespace

TEST_CASE("a junction is found by its id or by a node that it was made of") {
  const Network network = ascii_network(kCrossing);
  const JunctionId x = junction_at(network, 'X');
  CHECK(find_junction(network, network[x].id, "a.arnet") == x);
  CHECK(find_junction(network, "node/X", "a.arnet") == x);
  CHECK_THROWS_AS(find_junction(network, "node/Z", "a.arnet"), InputError);
}

TEST_CASE("approaches have their letters clockwise from north") {
  const Network network = ascii_network(kCrossing);
  const auto list = approaches_of(network, junction_at(network, 'X'));
  REQUIRE(list.size() == 4);
  CHECK(list[0] == link_between(network, "NX"));
  CHECK(list[1] == link_between(network, "EX"));
  CHECK(list[2] == link_between(network, "SX"));
  CHECK(list[3] == link_between(network, "WX"));
}

TEST_CASE("pictures show what is there: a signal changes them, so does a ban of turns") {
  const Network plain = ascii_network(kCrossing), signal = ascii_network(kCrossing, "X signal");
  const std::string one = drawn(plain, junction_at(plain, 'X')),
                    other = drawn(signal, junction_at(signal, 'X'));
  CHECK(is_png(one));
  CHECK(one != other);
  CHECK(one == drawn(plain, junction_at(plain, 'X')));  // the same junction, the same picture
  Network banned = plain;
  for (Connection& c : banned.connections) c.turn = Turn::kUTurn;
  CHECK(drawn(banned, junction_at(banned, 'X')) != one);
  CHECK(is_png(drawn(plain, junction_at(plain, 'W'))));  // a dead end
  CHECK(is_png(drawn(plain, junction_at(plain, 'X'), 1e9)));
}

TEST_CASE("hostile names and programs are drawn, not obeyed") {
  Network network = ascii_network(kCrossing, "X signal");
  network.attribution = std::string(5000, '<') + "\x1b[2J";
  for (Link& l : network.links) l.name = "<b>&\xff\xfe" + std::string(1000, 'x');
  for (Signal& s : network.signals)
    for (Program& p : s.programs)
      for (Phase& phase : p.phases) phase.duration_s = 0, phase.state.clear();
  CHECK(is_png(drawn(network, junction_at(network, 'X'))));
  CHECK_THROWS_AS(junction_png({}), std::invalid_argument);
  CHECK_THROWS_AS(drawn(network, JunctionId(9999)), std::invalid_argument);
}

TEST_CASE("marks tell who goes first") {
  Connection c;
  CHECK(mark_of(c) == MarkKind::kPriority);
  c.priority = Priority::kMinor;
  CHECK(mark_of(c) == MarkKind::kYield);
  c.priority = Priority::kAllWayStop;
  CHECK(mark_of(c) == MarkKind::kStop);
  c.signal = SignalId(0);
  CHECK(mark_of(c) == MarkKind::kSignal);
}
