// The mapping file: every mistake is named with its place and the nearest word.
#include "gis/vector_mapping.h"

#include "tests/gis/test_folder.h"

using namespace arterial;

namespace {

std::string refusal_of(const std::string& text) {
  return refusal([&] { parse_mapping("map.yaml", text); });
}

std::string word(const ValueRule& rule, const std::string& text) {
  bool unknown = false;
  const auto found = rule.word_for(text, unknown);
  return found ? *found : unknown ? "(unknown)" : "(none)";
}

const std::string kRoads = "roads:\n  layer: streets\n";

}  // namespace

TEST_CASE("mapping: the shortest one says which layer holds roads") {
  const VectorMapping m = parse_mapping("map.yaml", kRoads);
  CHECK(m.roads.layer == "streets");
  CHECK(m.snap_m == 0.5);
  CHECK(m.crossings == Crossings::kApart);
  CHECK(m.pair_directions);
  CHECK_FALSE(m.left_hand.has_value());
  CHECK_FALSE(m.roads.speed.has_value());
}

TEST_CASE("mapping: everything that it can say is taken") {
  const VectorMapping m = parse_mapping("map.yaml", R"(
name: Town
source: the town's survey
licence: ODbL
attribution: the town
traffic: left
country: AU
crs: EPSG:4326
local_crs: EPSG:32756
snap_tolerance: 2 m
crossings: by_level
pair_directions: no
roads:
  layer: roads
  id: osm_id
  name: name
  direction: {field: oneway, values: {0: both, 1: forward, -1: backward}, otherwise: both}
  lanes_total: lanes
  speed: {field: maxspeed, unit: mph}
  class: {field: speed, values: {">= 60": motorway, "35..60": primary, "< 35": residential}}
  capacity: {field: cap, per: lane}
  allowed: {field: access, values: {private: none, bus: "bus, taxi"}, otherwise: all}
  level: {field: bridge, values: {yes: 1, no: 0}}
  roundabout: {value: no}
  lane_width: 3.5
signals: {layer: signals, within: 15 m}
stop_signs: {layer: signs, control: {field: kind, values: {R1-1: stop, R1-3: all_way_stop}, otherwise: none}}
buildings: {layer: buildings, height: {field: h, unit: ft}}
water: {layer: water}
zones:
  layer: zones
  id: ZONE
  residents: POP
  join: {layer: table, key: ID, with: ZONE}
)");
  CHECK(m.left_hand == true);
  CHECK(m.snap_m == 2);
  CHECK(m.crossings == Crossings::kByLevel);
  CHECK_FALSE(m.pair_directions);
  CHECK(m.roads.speed->scale == 0.44704);
  CHECK(m.roads.capacity->per_lane);
  CHECK(word(*m.roads.direction, "-1") == "backward");
  CHECK(word(*m.roads.direction, "") == "both");
  CHECK(word(*m.roads.road_class, "60") == "motorway");  // the first that fits
  CHECK(word(*m.roads.road_class, "35.0") == "primary");
  CHECK(word(*m.roads.road_class, "34.9") == "residential");
  CHECK(word(*m.roads.road_class, "fast") == "(unknown)");
  CHECK(word(*m.roads.road_class, "") == "(none)");
  CHECK(word(*m.roads.allowed, "bus") == "bus, taxi");
  CHECK(m.signals->within_m == 15);
  CHECK(m.buildings->height->scale == 0.3048);
  CHECK(m.zones->join->with->field == "ZONE");
}

TEST_CASE("mapping: mistakes are named with line, column and the nearest word") {
  struct Mistake {
    std::string text, place, words;
  };
  const Mistake mistakes[] = {
      {"road:\n  layer: a\n", "line 1, column 1", "Did you mean 'roads'?"},
      {"roads:\n  layer: a\n  speeed: x\n", "line 3, column 3", "Did you mean 'speed'?"},
      {"roads:\n  layer: a\n  layer: b\n", "line 3, column 3", "stands twice"},
      {"roads:\n  layer: a\n  speed: maxspeed\n", "line 3", "states no unit"},
      {"roads:\n  layer: a\n  speed: {field: maxspeed}\n", "line 3", "states no unit"},
      {"roads:\n  layer: a\n  speed: {field: maxspeed, unit: kph}\n", "line 3, column 34",
       "Did you mean 'kmh'?"},
      {"roads:\n  layer: a\n  class: {field: c, values: {1: motorwy}}\n", "line 3, column 33",
       "Did you mean 'motorway'?"},
      {"roads:\n  layer: a\n  class: {field: c, values: {1: rail, 1: other}}\n", "line 3, column 39",
       "stands twice"},
      {"roads:\n  layer: a\n  direction: {field: o, values: {1: forwards}}\n", "line 3",
       "Did you mean 'forward'?"},
      {"roads:\n  layer: a\n  allowed: {value: \"car, buss\"}\n", "line 3", "Did you mean 'bus'?"},
      {"roads:\n  layer: a\n  lanes: {value: 40}\n", "line 3", "no number that makes sense"},
      {"roads:\n  layer: a\n  level: {field: b, values: {1: high}}\n", "line 3",
       "no number that makes sense"},
      {"roads:\n  layer: a\n  id: {value: 1}\n", "line 3", "same for every row"},
      {"roads:\n  layer: a\n  class: {otherwise: rail}\n", "line 3", "either a field or one value"},
      {"roads:\n  layer: a\n  class: {field: c, value: rail}\n", "line 3", "either a field or one value"},
      {"roads:\n  layer: a\n  class: {field: c, values: []}\n", "line 3", "must be a map"},
      {"roads:\n  layer: a\n  lanes: l\n  lanes_total: t\n", "line 4", "beside 'lanes'"},
      {"roads:\n  layer: a\n  from: u\n", "line 3", "stands alone"},
      {"roads: streets\n", "line 1", "must be a map"},
      {"roads:\n  id: a\n", "line 2", "names no layer"},
      {kRoads + "traffic: links\n", "line 3, column 10", "Known are right, left"},
      {kRoads + "country: Australia\n", "line 3, column 10", "ISO 3166"},
      {kRoads + "crs: http://example.com/crs\n", "line 3, column 6", "EPSG code"},
      {kRoads + "crs: EPSG:4326:1\n", "line 3, column 6", "EPSG code"},
      {kRoads + "local_crs: /vsicurl/x\n", "line 3, column 12", "EPSG code"},
      {kRoads + "snap_tolerance: 1 parsec\n", "line 3, column 17", "For instance"},
      {kRoads + "snap_tolerance: 500 m\n", "line 3, column 17", "from 0 to 50"},
      {kRoads + "crossings: joined\n", "line 3, column 12", "apart, by_level"},
      {kRoads + "nodes:\n  layer: n\n  id: i\n", "line 4", "no use without 'from' and 'to'"},
      {kRoads + "zones:\n  layer: z\n  join: {layer: t, key: k}\n", "line 5", "has no 'with'"},
      {kRoads + "zones:\n  layer: z\n  id: i\n  join: {layer: t}\n", "line 6", "has no 'key'"},
      {"roads:\n  layer: a\n  from: u\n  to: v\ncrossings: by_level\n", "line 5, column 12",
       "already say where roads meet"},
      {"name: Town\n", "line 1", "has no 'roads'"},
      {"roads: [\n", "line 2", "no valid YAML"},
      {"", "", "must be a map"},
  };
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.text);
    const std::string said = refusal_of(mistake.text);
    CHECK(says(said, "map.yaml: " + mistake.place));
    CHECK(says(said, mistake.words));
  }
}

TEST_CASE("mapping: hostile files cost nothing") {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [*" + before + ",*" + before + ",*" + before + ",*" + before +
            "]\n";
  }
  CHECK_FALSE(refusal_of(bomb).empty());
  CHECK_FALSE(refusal_of(std::string(100'000, '[')).empty());
  CHECK(says(refusal_of(std::string(2 << 20, ' ')), "larger than 1 MiB"));
  CHECK(says(refusal_of(std::string("roads:\0", 7)), "NUL"));
  std::string many = "roads:\n  layer: a\n  class:\n    field: c\n    values:\n";
  for (int k = 0; k < 6000; ++k) many += "      v" + std::to_string(k) + ": rail\n";
  CHECK(says(refusal_of(many), "more than 5000 entries"));
  CHECK(says(refusal([] { read_mapping("/nowhere/map.yaml"); }), "there is no such file"));
}

TEST_CASE("mapping: the examples of docs/MAPPING.md are mappings") {
  const std::string manual = content_of_file(std::string(ARTERIAL_SOURCE_DIR) + "/docs/MAPPING.md");
  std::size_t examples = 0;
  for (std::size_t at = manual.find("```yaml\n"); at != std::string::npos; at = manual.find("```yaml\n", at + 1)) {
    const std::size_t from = at + 8, to = manual.find("```", from);
    INFO(manual.substr(from, to - from));
    CHECK_FALSE(parse_mapping("docs/MAPPING.md", manual.substr(from, to - from)).roads.layer.empty());
    ++examples;
  }
  CHECK(examples == 2);
}
