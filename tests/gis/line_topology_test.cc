// Where lines meet: gaps, side roads without a vertex, crossings, bridges.
#include "gis/line_topology.h"

#include "tests/catch.h"

using namespace arterial;

namespace {

DraftLine line(const char* id, std::vector<Point> points, int level = 0) {
  DraftLine out;
  out.id = id;
  out.points = std::move(points);
  out.level = level;
  return out;
}

std::size_t count(const Topology& t, const std::string& code) {
  std::size_t n = 0;
  for (const Problem& p : t.problems) n += p.code == code;
  return n;
}

bool meet(const Topology& t, std::size_t a, std::size_t b) {
  for (const std::uint32_t n : t.lines[a])
    for (const std::uint32_t m : t.lines[b])
      if (n == m) return true;
  return false;
}

}  // namespace

TEST_CASE("topology: lines that share a vertex meet there") {
  const auto t = meet_by_place(
      {line("a", {{0, 0}, {100, 0}}), line("b", {{100, 0}, {200, 0}}), line("c", {{0, 50}, {9, 9}})}, {});
  CHECK(meet(t, 0, 1));
  CHECK_FALSE(meet(t, 0, 2));
  CHECK(t.nodes.size() == 5);
  CHECK(t.problems.empty());
}

TEST_CASE("topology: gaps up to the tolerance are closed and listed with their place") {
  const std::vector<DraftLine> lines{line("a", {{0, 0}, {100, 0}}), line("b", {{100.4, 0}, {200, 0}})};
  const auto closed = meet_by_place(lines, {0.5, false});
  CHECK(meet(closed, 0, 1));
  REQUIRE(count(closed, "gap_closed") == 1);
  CHECK(closed.problems[0].object_id == "a");
  CHECK(closed.problems[0].words == "The end of a lay 0.40 m from b; they meet now.");
  CHECK(closed.problems[0].x_m == 100.4);
  const auto open = meet_by_place(lines, {0.3, false});
  CHECK_FALSE(meet(open, 0, 1));
  CHECK(count(open, "gap_closed") == 0);
}

TEST_CASE("topology: a side road that ends near the middle of another meets it") {
  const auto t =
      meet_by_place({line("main", {{0, 0}, {100, 0}}), line("side", {{50, 40}, {50, 0.3}})}, {0.5, false});
  CHECK(meet(t, 0, 1));
  CHECK(t.lines[0].size() == 3);
  REQUIRE(count(t, "gap_closed") == 1);
  // Not where a bridge passes over it.
  const auto over = meet_by_place(
      {line("bridge", {{0, 0}, {100, 0}}, 1), line("side", {{50, 40}, {50, 0.3}})}, {0.5, false});
  CHECK_FALSE(meet(over, 0, 1));
}

TEST_CASE("topology: lines that cross without a common vertex meet by level, where that is asked for") {
  const std::vector<DraftLine> lines{line("a", {{0, 0}, {100, 0}}), line("b", {{50, -50}, {50, 50}}),
                                     line("c", {{20, -50}, {20, 50}}, 1)};
  const auto apart = meet_by_place(lines, {0.5, false});
  CHECK_FALSE(meet(apart, 0, 1));
  CHECK(count(apart, "crossings_apart") == 1);
  CHECK(count(apart, "crossings_over") == 1);
  const auto by_level = meet_by_place(lines, {0.5, true});
  CHECK(meet(by_level, 0, 1));
  CHECK_FALSE(meet(by_level, 0, 2));
  CHECK(count(by_level, "crossings_joined") == 1);
}

TEST_CASE("topology: a vertex that two levels share in passing joins nothing, an end of a bridge does") {
  const auto t =
      meet_by_place({line("ground", {{0, 0}, {50, 0}, {100, 0}}),
                     line("bridge", {{50, -50}, {50, 0}, {50, 50}}, 1), line("ramp", {{50, 50}, {80, 80}})},
                    {0.5, false});
  CHECK_FALSE(meet(t, 0, 1));
  CHECK(meet(t, 1, 2));
}

TEST_CASE("topology: ids of nodes say where roads meet, whatever the drawing says") {
  NodeTable table(3);
  table[0].id = "n1", table[1].id = "n2", table[2].id = "n3";
  table[1].at = {100, 0};
  table[2].at = {100, 100};
  std::vector<DraftLine> lines{line("a", {{0, 0}, {50, 9}, {90, 0}}), line("b", {}), line("lost", {}),
                               line("loop", {})};
  lines[0].from = "n1", lines[0].to = "n2";
  lines[1].from = "n2", lines[1].to = "n3";
  lines[2].from = "n3", lines[2].to = "n4";
  lines[3].from = "n3", lines[3].to = "n3";
  const auto t = meet_by_id(lines, table, {});
  CHECK(meet(t, 0, 1));
  CHECK(t.lines[0].size() == 3);
  CHECK(t.nodes[t.lines[0].back()].at.x == 100);
  CHECK(count(t, "end_far_from_node") == 1);
  CHECK(t.lines[2].empty());
  CHECK(count(t, "node_unknown") == 1);
  CHECK(t.lines[3].empty());
}

TEST_CASE("topology: the answer does not depend on where the map lies") {
  std::vector<DraftLine> here, there;
  for (int k = 0; k < 20; ++k) {
    here.push_back(line("h", {{k * 30.0, -150}, {k * 30.0 + 7, 150}}));
    here.push_back(line("v", {{-100, k * 10.0 - 90.3}, {700, k * 10.0 - 88}}));
  }
  for (DraftLine l : here) {
    for (Point& p : l.points) p = {p.x + 4'500'000, p.y - 6'200'000};
    there.push_back(std::move(l));
  }
  const auto a = meet_by_place(here, {0.5, true}), b = meet_by_place(there, {0.5, true});
  CHECK(a.lines == b.lines);
  CHECK(a.nodes.size() == 20 * 20 + 80);
}
