#include "gis/overrides_file.h"

#include <fstream>
#include <sstream>

#include "gis/gpkg_street_plan.h"
#include "gis/junction_review_files.h"
#include "gis/network_summary.h"
#include "gis/projection.h"
#include "gis/reader.h"
#include "sim/model/junction_review.h"
#include "sim/model/network_builder.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"
#include "tests/gis/sumo_text.h"

namespace arterial {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kBerlin = "EPSG:32633";

std::vector<Override> parse(const std::string& text, const std::string& crs = kBerlin) {
  return parse_overrides("o.yaml", text, crs);
}

std::string fault(const std::string& entry, const std::string& crs = kBerlin) {
  return refusal([&] { parse("overrides:\n  - " + entry + "\n", crs); });
}

}  // namespace

TEST_CASE("every kind of override is read as it stands") {
  const auto list = parse(R"(
overrides:
  - join: [node/1, node/2, {id: node/3, at: [13.402, 52.52]}]
    note: one square
  - split: [node/4, node/5]
  - {signal: node/6, present: false}
  - signal: {id: node/7, at: [13.4, 52.5]}
  - connect: {from: way/1, via: node/2, to: way/3}
    pairs: [[0, 0], [1, 2]]
  - ban: {from: {id: way/1, at: [[13.4, 52.5], [13.41, 52.5]]}, via: node/2, to: way/3}
  - right_of_way: {from: way/1, via: node/2}
    sign: yield
  - {lanes: way/9, forward: 3, backward: 0}
  - {speed: way/9, limit: 30 km/h, direction: backward}
)");
  REQUIRE(list.size() == 9);
  CHECK(list[0].kind == OverrideKind::kJoin);
  CHECK(list[0].place == "line 3, column 5");
  REQUIRE(list[0].nodes.size() == 3);
  REQUIRE(list[0].nodes[2].at.size() == 1);
  CHECK(list[0].nodes[2].at[0].x == Approx(391584).margin(100));  // UTM zone 33
  CHECK(list[0].nodes[2].at[0].y == Approx(5820100).margin(100));
  CHECK(list[1].kind == OverrideKind::kSplit);
  CHECK_FALSE(list[2].present);
  CHECK(list[3].present);
  CHECK(list[4].lane_pairs == std::vector<std::pair<int, int>>{{0, 0}, {1, 2}});
  CHECK(list[4].roads[1].id == "way/3");
  CHECK(list[5].kind == OverrideKind::kBan);
  CHECK(list[5].roads[0].at.size() == 2);
  CHECK(list[6].sign == NodeControl::kYield);
  CHECK(list[7].forward_lanes == 3);
  CHECK(list[7].backward_lanes == 0);
  CHECK(list[8].speed_mps == Approx(30 / 3.6));
  CHECK_FALSE(list[8].forward);
  CHECK(parse("overrides:\n").empty());
  CHECK(parse("overrides: []\n").empty());
}

TEST_CASE("what is no override is refused where it stands, with the nearest word") {
  CHECK_THAT(fault("{joni: [node/1, node/2]}"),
             Contains("line 2, column 6") && Contains("Did you mean 'join'?"));
  CHECK_THAT(fault("{join: [node/1, node/2], nots: x}"), Contains("Did you mean 'note'?"));
  CHECK_THAT(fault("{ban: {from: way/1, vie: node/2, to: way/3}}"), Contains("Did you mean 'via'?"));
  CHECK_THAT(fault("{right_of_way: {from: way/1, via: node/2}, sign: yeild}"),
             Contains("Did you mean 'yield'?"));
  CHECK_THAT(fault("{join: [node/1, node/2], split: [node/1, node/2]}"), Contains("not both"));
  CHECK_THAT(fault("{join: [node/1]}"), Contains("at least two"));
  CHECK_THAT(fault("{join: node/1}"), Contains("at least two"));
  CHECK_THAT(fault("{join: [node/1, [node/2]]}"), Contains("single value"));
  CHECK_THAT(fault("{join: [node/1, '']}"), Contains("id of a feature"));
  CHECK_THAT(fault("{join: [node/1, " + std::string(300, 'x') + "]}"), Contains("id of a feature"));
  CHECK_THAT(fault("{signal: {at: [13, 52]}}"), Contains("needs an 'id'"));
  CHECK_THAT(fault("{signal: {id: node/1, at: [13]}}"), Contains("longitude and a latitude"));
  CHECK_THAT(fault("{signal: {id: node/1, at: [[13, 52], 52]}}"), Contains("longitude and a latitude"));
  CHECK_THAT(fault("{signal: {id: node/1, at: [13, 99]}}"), Contains("between -90 and 90"));
  CHECK_THAT(fault("{signal: {id: node/1, at: [.nan, 52]}}"), Contains("longitude"));
  CHECK_THAT(fault("{signal: {id: node/1, at: [13, 52]}}", ""), Contains("no reference system"));
  CHECK_THAT(fault("{signal: node/1, present: perhaps}"), Contains("present"));
  CHECK_THAT(fault("{ban: {from: way/1, to: way/2}}"), Contains("needs 'via'"));
  CHECK_THAT(fault("{connect: {from: way/1, via: node/2, to: way/3}}"), Contains("needs 'pairs'"));
  CHECK_THAT(fault("{connect: {from: way/1, via: node/2, to: way/3}, pairs: []}"),
             Contains("pairs of lanes"));
  CHECK_THAT(fault("{connect: {from: way/1, via: node/2, to: way/3}, pairs: [[0]]}"), Contains("two lanes"));
  CHECK_THAT(fault("{connect: {from: way/1, via: node/2, to: way/3}, pairs: [[0, -1]]}"),
             Contains("between 0 and"));
  CHECK_THAT(fault("{connect: {from: way/1, via: node/2, to: way/3}, pairs: [[0, 1.5]]}"),
             Contains("whole number"));
  CHECK_THAT(fault("{lanes: way/1}"), Contains("changes nothing"));
  CHECK_THAT(fault("{lanes: way/1, forward: 1000000}"), Contains("between 0 and 16"));
  CHECK_THAT(fault("{speed: way/1}"), Contains("needs a 'limit'"));
  CHECK_THAT(fault("{speed: way/1, limit: fast}"), Contains("limit"));
  CHECK_THAT(fault("{speed: way/1, limit: 900 km/h}"), Contains("no limit for a road"));
  CHECK_THAT(fault("{speed: way/1, limit: 30 km/h, direction: up}"), Contains("forward, backward, both"));
  CHECK_THAT(fault("join"), Contains("must be a map"));
  CHECK_THAT(refusal([] { parse(""); }), Contains("is empty"));
  CHECK_THAT(refusal([] { parse("overides: []"); }), Contains("Did you mean 'overrides'?"));
  CHECK_THAT(refusal([] { parse("overrides: {}"); }), Contains("must be a list"));
  CHECK_THAT(refusal([] { parse(std::string("overrides: []\0", 14)); }), Contains("NUL"));
  CHECK_THAT(refusal([] { parse("overrides: [" + std::string(100, '[') + "]"); }), Contains("line 1"));
  CHECK_THAT(refusal([] { read_overrides("/nowhere/o.yaml", kBerlin); }), Contains("cannot be read"));
}

TEST_CASE("aliases upon aliases and too many entries cost nothing") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += (i ? ", *" : "*") + std::string(1, static_cast<char>(c - 1));
    bomb += "]\n";
  }
  CHECK_THAT(refusal([&] { parse(bomb); }), Contains("aliases"));
  std::string many = "overrides:\n";
  for (int i = 0; i < 20'001; ++i) many += "  - {signal: node/1}\n";
  CHECK_THAT(refusal([&] { parse(many); }), Contains("20000 entries"));
}

TEST_CASE("the import report lists every override, and in words those that were not done as written") {
  Network network;
  network.problems = {
      {Severity::kNote, "override_applied", "node/1", 0, 0, "line 1: join node/1 is applied."},
      {Severity::kWarning, "override_lost", "way/2", 0, 0, "line 2: speed way/2 is lost\x1b[2J: gone."}};
  CHECK(overrides_text(network) ==
        "  overrides: 1 of 2 applied as written\n    line 2: speed way/2 is lost [2J: gone.\n");
  const std::string json = summary_json(summary_of(network), network, false);
  CHECK_THAT(json, Contains("{\"outcome\": \"lost\", \"object_id\": \"way/2\""));
  CHECK(overrides_text(Network{}).empty());
}

TEST_CASE("overrides repair a GeoPackage as they repair OpenStreetMap, and no SUMO net") {
  const TemporaryFolder folder;
  StreetPlan plan = ascii_plan(R"(
    N   M
    |   |
W---X---Y---E
    |   |
    S   R
)",
                               "", 6);
  plan.crs = kBerlin;
  const std::string map = folder.path() + "/town.gpkg";
  write_street_plan_gpkg(plan, map);
  const std::string file =
      folder.put("o.yaml", "overrides:\n  - join: [node/X, node/Y]\n  - signal: node/X\n");
  ImportOptions options;
  CHECK(junction_at(import_network({map}, options), 'X') != junction_at(import_network({map}, options), 'Y'));
  options.overrides = file;
  const Network repaired = import_network({map}, options);
  CHECK(junction_at(repaired, 'X') == junction_at(repaired, 'Y'));
  CHECK(repaired.signals.size() == 1);
  CHECK_THAT(overrides_text(repaired), Contains("2 of 2 applied as written"));
}

TEST_CASE("the review ranks doubts first, with the override that undoes each") {
  const TemporaryFolder folder;
  Network network = ascii_network(R"(
      N M
      | |
  W---X-Y---E
      | |
      S R
  )",
                                  "", 6);
  network.junctions[0].source_ids = {"node/X", "=cmd()|' /C calc'!A0"};
  network.junctions[0].id = "=evil";
  network.problems = {problem_of({true, 0.9, "sure"}, "=evil", 1, 2),
                      problem_of({false, 0.5, "24 m of street between them"}, "node/1;node/2", 3, 4),
                      problem_of({true, 0.3, "unknown junction"}, "gone", 1, 2)};
  write_junction_review(network, folder.path());
  std::stringstream csv;
  csv << std::ifstream(folder.path() + "/review.csv").rdbuf();
  std::string header, first, second, end;
  std::getline(csv, header);
  std::getline(csv, first);
  std::getline(csv, second);
  CHECK_FALSE(std::getline(csv, end));
  CHECK(header == "rank,id,lon,lat,confidence,decision,reasons,source_nodes,override");
  CHECK(first ==
        "1,node/1;node/2,,,0.5,kept apart,24 m of street between them,node/1 node/2,"
        "\"{join: [node/1, node/2]}\"");
  CHECK_THAT(second, Contains("2,'=evil,,,0.9,joined,sure,") &&
                         Contains("{split: [node/X, \"\"=cmd()|' /C calc'!A0\"\"]}"));
  std::stringstream json;
  json << std::ifstream(folder.path() + "/review.geojson").rdbuf();
  CHECK_THAT(json.str(), Contains("\"decision\":\"kept apart\"") && Contains("\"geometry\":null"));
}

TEST_CASE("there and back through WGS 84") {
  Network network;
  network.crs = kBerlin;
  const auto there = FromWgs84(kBerlin)({13.4, 52.5});
  REQUIRE(there);
  const auto back = ToWgs84(network)(*there);
  REQUIRE(back);
  CHECK(back->lon == Approx(13.4).margin(1e-9));
  CHECK(back->lat == Approx(52.5).margin(1e-9));
  CHECK_FALSE(FromWgs84("").known());
  CHECK_FALSE(FromWgs84("http://example.org/crs")({1, 2}));
}

}  // namespace arterial
