#include "scenarios/quality/quality.h"

#include <numeric>

#include "scenarios/text.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;
using namespace arterial::testing;

namespace {

const ToLonLat kNowhere = [](Point) { return std::nullopt; };

std::size_t found(const Quality& quality, Aspect aspect, const std::string& words) {
  std::size_t count = 0;
  for (const QualityFinding& f : quality.findings)
    count += f.aspect == aspect && f.words.find(words) != std::string::npos;
  return count;
}

Network crossing(const char* words) {
  return ascii_network(R"(
         N
         |
    W----X----E
         |
         S
  )",
                       words, 20);
}

}  // namespace

TEST_CASE("A sound signalled crossing has a full score") {
  const Quality quality = quality_of(crossing("X signal"));
  INFO(quality_text(quality));
  REQUIRE(quality.findings.empty());
  REQUIRE(quality.score() == Approx(100));
}

TEST_CASE("The points of all aspects make a hundred") {
  double points = 0;
  for (std::size_t k = 0; k < kAspects; ++k) points += rule_of(static_cast<Aspect>(k)).points;
  REQUIRE(points == Approx(100));
}

TEST_CASE("Greens that cross, and greens that never come, are found and said") {
  Network network = crossing("X signal");
  REQUIRE(meeting_greens(network).empty());
  for (Phase& phase : network.signals[0].programs[0].phases) phase.state.assign(phase.state.size(), 'G');
  REQUIRE_FALSE(meeting_greens(network).empty());
  REQUIRE(found(quality_of(network), Aspect::kPrograms, "which cross") > 0);

  for (Phase& phase : network.signals[0].programs[0].phases) phase.state[0] = 'r';
  const Quality quality = quality_of(network);
  REQUIRE(found(quality, Aspect::kPrograms, "never shows green") == 1);
  REQUIRE(quality.points_lost(Aspect::kPrograms) == Approx(rule_of(Aspect::kPrograms).points));
  REQUIRE(quality.score() <= 90);
}

TEST_CASE("Main roads that cross without a signal are found, side streets are not") {
  const char* names = "WX class=primary; XE class=primary; NX class=primary; XS class=primary";
  Network main_roads = crossing(names);
  for (const char* at : {"WX", "XW", "EX", "XE"})
    main_roads.links[link_between(main_roads, at).value].name = "High Street";
  for (const char* at : {"NX", "XN", "SX", "XS"})
    main_roads.links[link_between(main_roads, at).value].name = "Mill Road";
  REQUIRE(found(quality_of(main_roads), Aspect::kSignals, "main roads cross") == 1);
  REQUIRE(found(quality_of(crossing("")), Aspect::kSignals, "main roads cross") == 0);
}

TEST_CASE("A street's odd speed, and what cannot be both reached and left, are found") {
  Network network = ascii_network(
      R"(
    A----B----C----D----E----F
         |    |    |    |
         S    T    U    V
  )",
      "AB class=primary; BC class=primary; CD class=primary; DE class=primary; EF class=primary", 20);
  for (const char* at : {"AB", "BC", "CD", "DE", "EF"})
    network.links[link_between(network, at).value].name = "High Street";
  REQUIRE(found(quality_of(network), Aspect::kOutliers, "most of the street") == 0);
  for (std::uint32_t k = 0; k < network.road_lane_count; ++k)
    if (network.lanes[k].link == link_between(network, "CD")) network.lanes[k].speed_mps *= 2;
  REQUIRE(found(quality_of(network), Aspect::kOutliers, "most of the street") == 1);

  Network one_way = ascii_network("A>>>>B----C", "", 40);
  REQUIRE(quality_of(one_way).points_lost(Aspect::kConnected) > 0);
}

TEST_CASE("Every finding stands on the page and in the layer, with hostile names as text") {
  Network network = crossing("X signal");
  network.name = "<script>alert(1)</script>";
  network.signals[0].id = "<img src=x onerror=alert(2)>";
  for (Phase& phase : network.signals[0].programs[0].phases) phase.state[0] = 'r';
  const Quality quality = quality_of(network);
  const ToLonLat somewhere = [](Point) { return std::pair{13.4, 52.5}; };
  const std::string html = quality_html(network, quality, somewhere, "");
  REQUIRE(html.find("<script>alert") == std::string::npos);
  REQUIRE(html.find("<img src=x") == std::string::npos);
  REQUIRE(html.find("never shows green") != std::string::npos);
  REQUIRE(html.find("mlat=52.500000") != std::string::npos);
  const std::string json = quality_geojson(network, quality, kNowhere);
  REQUIRE(json.find("\"aspect\":\"programs\"") != std::string::npos);
  TemporaryFolder folder;
  write_quality_report(network, quality, kNowhere, folder / ".");
  for (const char* name : {"quality.html", "quality.geojson", "quality.png"})
    REQUIRE_FALSE(read_text_file(folder / std::string(name), 50'000'000).empty());
}
