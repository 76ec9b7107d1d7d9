#include "gis/vector_mapping.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "gis/gpkg_plan_words.h"
#include "gis/yaml_section.h"
#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

constexpr std::size_t kMostBytes = 1 << 20, kMostCases = 5000, kMostText = 1000;
constexpr YamlLimits kLimits{kMostBytes, 50'000, 8, 16, "mapping", "docs/MAPPING.md"};

using Words = std::vector<std::string_view>;

const Words kDirectionWords{"both", "forward", "backward", "none"};
const Words kControlWords{"none", "signal", "stop", "all_way_stop", "yield", "mini_roundabout", "crossing"};
const Words kSignWords{"none", "stop", "all_way_stop", "yield"};
const Words kYesNo{"yes", "no"};

/// What the words of a rule may be.
struct Kind {
  enum class Of : std::uint8_t { kText, kNumber, kWord, kClasses } of = Of::kText;
  const Words* words = nullptr;
  enum class Unit : std::uint8_t { kNone, kSpeed, kLength } unit = Unit::kNone;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool field_only = false;  // ids: one value for all rows makes no sense
  bool may_be_per_lane = false;
};

const Kind kText{};
const Kind kIdentity{Kind::Of::kText, nullptr, Kind::Unit::kNone, 0, 0, true, false};
const Kind kDirection{Kind::Of::kWord, &kDirectionWords};
const Kind kRoundabout{Kind::Of::kWord, &kYesNo};
const Kind kControl{Kind::Of::kWord, &kControlWords};
const Kind kSign{Kind::Of::kWord, &kSignWords};
const Kind kClass{Kind::Of::kWord, &road_class_words()};
const Kind kAllowed{Kind::Of::kClasses};
const Kind kLanes{Kind::Of::kNumber, nullptr, Kind::Unit::kNone, 0, 32};
const Kind kLevel{Kind::Of::kNumber, nullptr, Kind::Unit::kNone, -20, 20};
const Kind kCapacity{Kind::Of::kNumber, nullptr, Kind::Unit::kNone, 0, 1e6, false, true};
const Kind kSpeed{Kind::Of::kNumber, nullptr, Kind::Unit::kSpeed, 0, 150};
const Kind kMetres{Kind::Of::kNumber, nullptr, Kind::Unit::kLength, 0, 1e6};
const Kind kCount{Kind::Of::kNumber, nullptr, Kind::Unit::kNone, 0, 1e9};
const Kind kCoordinate{Kind::Of::kNumber, nullptr, Kind::Unit::kNone, -1e8, 1e8, true};

std::string list_of(const Words& words) {
  std::string list;
  for (const auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return list;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

/// "< 35", ">= 60", "50..65": a range of numbers.
bool read_range(std::string_view text, ValueRule::Case& out) {
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  out.low = -kEndless;
  out.high = kEndless;
  if (text.starts_with('<') || text.starts_with('>')) {
    const bool equal = text.size() > 1 && text[1] == '=';
    const auto bound = number(trimmed(text.substr(equal ? 2 : 1)));
    if (!bound) return false;
    (text[0] == '<' ? out.high : out.low) = *bound;
    (text[0] == '<' ? out.high_open : out.low_open) = !equal;
    return out.is_range = true;
  }
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return false;
  const auto low = number(trimmed(text.substr(0, dots))), high = number(trimmed(text.substr(dots + 2)));
  if (!low || !high || *low > *high) return false;
  out.low = *low;
  out.high = *high;
  return out.is_range = true;
}

class MappingReader {
 public:
  MappingReader(const std::string& file, const std::string& text)
      : file_(file), root_(load_yaml(file, text, kLimits)) {}

  VectorMapping read() {
    const YamlSection top(file_, root_, "the mapping",
                          {"name", "source", "licence", "attribution", "traffic", "country", "crs",
                           "local_crs", "snap_tolerance", "crossings", "pair_directions", "roads", "nodes",
                           "signals", "stop_signs", "buildings", "water", "zones"});
    out_.file = file_;
    read_facts(top);
    const auto roads = top.find("roads");
    if (!roads)
      fail_at(file_, place_of(root_), "has no 'roads'",
              "Say which layer holds the roads; arterial import --suggest-mapping writes a first mapping");
    read_roads(*roads);
    if (const auto node = top.find("nodes")) read_nodes(*node);
    if (const auto node = top.find("signals")) out_.signals = control_points(*node, "signals", kControl);
    if (const auto node = top.find("stop_signs"))
      out_.stop_signs = control_points(*node, "stop_signs", kSign);
    if (const auto node = top.find("buildings")) {
      const YamlSection section(file_, *node, "buildings", {"layer", "height"});
      out_.buildings.emplace();
      use_layer(section, *out_.buildings);
      out_.buildings->height = rule(section, "height", kMetres);
    }
    if (const auto node = top.find("water")) {
      const YamlSection section(file_, *node, "water", {"layer"});
      out_.water.emplace();
      use_layer(section, *out_.water);
    }
    if (const auto node = top.find("zones")) read_zones(*node);
    check_together(top);
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(FilePlace place, const std::string& what, const std::string& remedy) const {
    fail_at(file_, place, what, remedy);
  }

  std::string short_text(const YamlSection& section, std::string_view key) const {
    const auto text = section.text(key);
    if (!text) return "";
    if (text->size() > kMostText) section.fail(key, "is longer than 1000 bytes", "Shorten it");
    return *text;
  }

  std::string word(const YamlSection& section, std::string_view key, const Words& words,
                   const char* otherwise) const {
    const auto text = section.text(key);
    if (!text) return otherwise;
    if (std::find(words.begin(), words.end(), *text) == words.end())
      unknown_word(place_of(*section.find(key)), *text, words);
    return *text;
  }

  [[noreturn]] void unknown_word(FilePlace place, const std::string& text, const Words& words) const {
    const std::string near = nearest_word(text, words);
    fail(place, "'" + text.substr(0, 60) + "' is no word that is known here",
         near.empty() ? "Known are " + list_of(words)
                      : "Did you mean '" + near + "'? Known are " + list_of(words));
  }

  double length(const YamlSection& section, std::string_view key, double otherwise, double most) const {
    const auto text = section.text(key);
    if (!text) return otherwise;
    std::string why;
    const auto value = parse_length_m(*text, why);
    if (!value) section.fail(key, "is '" + text->substr(0, 60) + "', which " + why, "For instance: 2 m");
    if (*value < 0 || *value > most)
      section.fail(key, "is " + text->substr(0, 60),
                   "Give a length from 0 to " + std::to_string(static_cast<int>(most)) + " m");
    return *value;
  }

  void read_facts(const YamlSection& top) {
    out_.name = short_text(top, "name");
    out_.source = short_text(top, "source");
    out_.licence = short_text(top, "licence");
    out_.attribution = short_text(top, "attribution");
    out_.country = short_text(top, "country");
    if (!out_.country.empty() &&
        (out_.country.size() != 2 ||
         !std::all_of(out_.country.begin(), out_.country.end(), [](char c) { return c >= 'A' && c <= 'Z'; })))
      top.fail("country", "is '" + out_.country.substr(0, 40) + "'",
               "Give the two capital letters of ISO 3166, for instance AU");
    out_.crs = crs(top, "crs", out_.crs_place);
    out_.local_crs = crs(top, "local_crs", out_.local_crs_place);
    if (top.find("traffic")) out_.left_hand = word(top, "traffic", {"right", "left"}, "right") == "left";
    out_.snap_m = length(top, "snap_tolerance", out_.snap_m, 50);
    out_.crossings = word(top, "crossings", {"apart", "by_level"}, "apart") == "apart" ? Crossings::kApart
                                                                                       : Crossings::kByLevel;
    out_.pair_directions = word(top, "pair_directions", kYesNo, "yes") == "yes";
  }

  /// A code, never an address, a file or a PROJ pipeline.
  std::string crs(const YamlSection& top, std::string_view key, FilePlace& place) const {
    const std::string text = short_text(top, key);
    if (text.empty()) return text;
    place = place_of(*top.find(key));
    const std::string_view digits = std::string_view(text).substr(std::min<std::size_t>(5, text.size()));
    const auto code = number(digits);
    if (!text.starts_with("EPSG:") || !code || *code < 1 || *code > 999999 || *code != std::floor(*code))
      top.fail(key, "is '" + text.substr(0, 60) + "'", "Give an EPSG code, for instance EPSG:4326");
    return text;
  }

  void use_layer(const YamlSection& section, LayerUse& use) const {
    const auto text = section.text("layer");
    if (!text) fail(section.place(), section.name() + " names no layer", "Write layer: NAME");
    use.layer = *text;
    use.place = place_of(*section.find("layer"));
  }

  void read_roads(const YAML::Node& node) {
    const YamlSection s(file_, node, "roads",
                        {"layer",
                         "id",
                         "name",
                         "from",
                         "to",
                         "direction",
                         "lanes",
                         "lanes_forward",
                         "lanes_backward",
                         "lanes_total",
                         "speed",
                         "speed_forward",
                         "speed_backward",
                         "class",
                         "capacity",
                         "allowed",
                         "level",
                         "roundabout",
                         "lane_width",
                         "length"});
    VectorMapping::Roads& r = out_.roads;
    use_layer(s, r);
    r.id = rule(s, "id", kIdentity);
    r.name = rule(s, "name", kText);
    r.from = rule(s, "from", kIdentity);
    r.to = rule(s, "to", kIdentity);
    r.direction = rule(s, "direction", kDirection);
    r.lanes = rule(s, "lanes", kLanes);
    r.lanes_forward = rule(s, "lanes_forward", kLanes);
    r.lanes_backward = rule(s, "lanes_backward", kLanes);
    r.lanes_total = rule(s, "lanes_total", kLanes);
    r.speed = rule(s, "speed", kSpeed);
    r.speed_forward = rule(s, "speed_forward", kSpeed);
    r.speed_backward = rule(s, "speed_backward", kSpeed);
    r.road_class = rule(s, "class", kClass);
    r.capacity = rule(s, "capacity", kCapacity);
    r.allowed = rule(s, "allowed", kAllowed);
    r.level = rule(s, "level", kLevel);
    r.roundabout = rule(s, "roundabout", kRoundabout);
    r.lane_width = rule(s, "lane_width", kMetres);
    r.length = rule(s, "length", kMetres);
    if (r.from.has_value() != r.to.has_value())
      s.fail(r.from ? "from" : "to", "stands alone",
             "Give both ends, or neither (then lines meet where they touch)");
    if (r.lanes && r.lanes_total)
      s.fail("lanes_total", "stands beside 'lanes'", "Keep one of them: lanes counts one direction");
  }

  void read_nodes(const YAML::Node& node) {
    const YamlSection s(file_, node, "nodes", {"layer", "id", "x", "y", "control"});
    VectorMapping::Nodes& n = out_.nodes.emplace();
    use_layer(s, n);
    n.id = rule(s, "id", kIdentity);
    n.x = rule(s, "x", kCoordinate);
    n.y = rule(s, "y", kCoordinate);
    n.control = rule(s, "control", kControl);
    if (!n.id) fail(s.place(), "nodes have no 'id'", "Say which field the roads' 'from' and 'to' name");
    if (n.x.has_value() != n.y.has_value())
      s.fail(n.x ? "x" : "y", "stands alone", "Give both, or neither where the layer has points");
    if (!out_.roads.from)
      fail(s.place(), "nodes are of no use without 'from' and 'to' of roads",
           "Name these fields, or leave nodes out");
  }

  VectorMapping::ControlPoints control_points(const YAML::Node& node, const char* name, const Kind& kind) {
    const YamlSection s(file_, node, name, {"layer", "control", "within"});
    VectorMapping::ControlPoints points;
    use_layer(s, points);
    points.control = rule(s, "control", kind);
    points.within_m = length(s, "within", points.within_m, 200);
    return points;
  }

  void read_zones(const YAML::Node& node) {
    const YamlSection s(file_, node, "zones", {"layer", "id", "name", "residents", "jobs", "join"});
    VectorMapping::Zones& z = out_.zones.emplace();
    use_layer(s, z);
    z.id = rule(s, "id", kIdentity);
    z.name = rule(s, "name", kText);
    z.residents = rule(s, "residents", kCount);
    z.jobs = rule(s, "jobs", kCount);
    const auto join = s.find("join");
    if (!join) return;
    const YamlSection j(file_, *join, "join", {"layer", "key", "with"});
    z.join.emplace();
    use_layer(j, *z.join);
    z.join->key = rule(j, "key", kIdentity);
    z.join->with = rule(j, "with", kIdentity);
    if (!z.join->key)
      fail(j.place(), "join has no 'key'", "Name the field of the table by which its rows are known");
    if (!z.join->with) z.join->with = z.id;
    if (!z.join->with)
      fail(j.place(), "join has no 'with'", "Name the field of the zones that equals the key");
  }

  void check_together(const YamlSection& top) const {
    if (out_.roads.from && out_.crossings == Crossings::kByLevel)
      top.fail("crossings", "is by_level, but 'from' and 'to' already say where roads meet",
               "Leave one of them out");
  }

  // Rules.

  MaybeRule rule(const YamlSection& section, std::string_view key, const Kind& kind) const {
    const auto node = section.find(key);
    if (!node) return std::nullopt;
    ValueRule out;
    out.place = place_of(*node);
    if (node->IsScalar()) {
      out.field = *section.text(key);
      if (kind.unit == Kind::Unit::kSpeed)
        section.fail(key, "states no unit",
                     "Write {field: " + out.field.substr(0, 40) + ", unit: kmh} (kmh, mph or mps)");
      return out;
    }
    Words keys{"field", "values", "otherwise", "value"};
    if (kind.unit != Kind::Unit::kNone) keys.push_back("unit");
    if (kind.may_be_per_lane) keys.push_back("per");
    const YamlSection s(file_, *node, "'" + std::string(key) + "'", keys);
    out.field = s.text("field").value_or("");
    if (const auto unit = s.text("unit"))
      out.scale = scale_of(s, *unit, kind);
    else if (kind.unit == Kind::Unit::kSpeed)
      fail(s.place(), "'" + std::string(key) + "' states no unit", "Add unit: kmh (kmh, mph or mps)");
    if (kind.may_be_per_lane) out.per_lane = word(s, "per", {"direction", "lane"}, "direction") == "lane";
    if (const auto values = s.find("values")) read_cases(*values, kind, out);
    const auto value = s.find("value"), otherwise = s.find("otherwise");
    if (out.field.empty() == !value.has_value())
      fail(s.place(), "'" + std::string(key) + "' needs either a field or one value for all rows",
           "Write field: NAME or value: X");
    if (value && (otherwise || !out.cases.empty()))
      s.fail("value", "stands beside other rules", "One value for all rows needs no table");
    if (value && kind.field_only) s.fail("value", "would be the same for every row", "Name a field");
    if (const auto& last = value ? value : otherwise) {
      out.otherwise = checked_word(*last, kind);
      out.has_otherwise = true;
    }
    if (kind.field_only && !out.cases.empty())
      s.fail("values", "makes no sense for an identity", "Name the field alone");
    return out;
  }

  double scale_of(const YamlSection& s, const std::string& unit, const Kind& kind) const {
    if (kind.unit == Kind::Unit::kSpeed) {
      if (unit == "kmh" || unit == "km/h") return 1 / 3.6;
      if (unit == "mph") return 0.44704;
      if (unit == "mps" || unit == "m/s") return 1;
      unknown_word(place_of(*s.find("unit")), unit, {"kmh", "mph", "mps"});
    }
    if (unit == "m") return 1;
    if (unit == "km") return 1000;
    if (unit == "ft") return 0.3048;
    if (unit == "mi") return 1609.344;
    unknown_word(place_of(*s.find("unit")), unit, {"m", "km", "ft", "mi"});
  }

  void read_cases(const YAML::Node& values, const Kind& kind, ValueRule& out) const {
    if (!values.IsMap() || values.size() == 0)
      fail(place_of(values), "'values' must be a map", "Write values: {VALUE OF THE FIELD: WORD, ...}");
    if (values.size() > kMostCases)
      fail(place_of(values), "'values' has more than " + std::to_string(kMostCases) + " entries",
           "Use ranges or 'otherwise'");
    for (const auto& pair : values) {
      ValueRule::Case c;
      c.text = scalar_at(file_, pair.first, "a value of the field");
      const auto same = [&](const ValueRule::Case& other) { return other.text == c.text; };
      if (std::any_of(out.cases.begin(), out.cases.end(), same))
        fail(place_of(pair.first), "'" + c.text.substr(0, 60) + "' stands twice", "Keep one of them");
      read_range(trimmed(c.text), c);
      c.word = checked_word(pair.second, kind);
      out.cases.push_back(std::move(c));
    }
  }

  std::string checked_word(const YAML::Node& node, const Kind& kind) const {
    const std::string text = scalar_at(file_, node, "the meaning of a value");
    if (text.size() > kMostText) fail(place_of(node), "is longer than 1000 bytes", "Shorten it");
    if (kind.of == Kind::Of::kWord) {
      const bool yes_no = kind.words == &kYesNo && (text == "true" || text == "false");
      if (!yes_no && std::find(kind.words->begin(), kind.words->end(), text) == kind.words->end())
        unknown_word(place_of(node), text, *kind.words);
      return yes_no ? (text == "true" ? "yes" : "no") : text;
    }
    if (kind.of == Kind::Of::kNumber) {
      const auto value = number(trimmed(text));
      if (!value || *value < kind.low || *value > kind.high)
        fail(place_of(node), "'" + text.substr(0, 60) + "' is no number that makes sense here", "Correct it");
      return std::string(trimmed(text));
    }
    if (kind.of == Kind::Of::kClasses) check_classes(node, text);
    return text;
  }

  void check_classes(const YAML::Node& node, const std::string& text) const {
    static const Words kWords = [] {
      Words words{"all", "motor", "none"};
      words.insert(words.end(), std::begin(kVehicleClassNames), std::end(kVehicleClassNames));
      return words;
    }();
    for (std::string_view rest = text;;) {
      const auto comma = rest.find(',');
      const std::string part(trimmed(rest.substr(0, comma)));
      if (std::find(kWords.begin(), kWords.end(), part) == kWords.end())
        unknown_word(place_of(node), part, kWords);
      if (comma == std::string_view::npos) return;
      rest.remove_prefix(comma + 1);
    }
  }

  const std::string& file_;
  YAML::Node root_;
  VectorMapping out_;
};

}  // namespace

std::optional<std::string> ValueRule::word_for(std::string_view text, bool& unknown) const {
  unknown = false;
  const auto fallback = [&]() -> std::optional<std::string> {
    if (has_otherwise) return otherwise;
    return std::nullopt;
  };
  if (field.empty() || text.empty()) {
    // An empty field may be a case of its own: {"": residential}.
    for (const Case& c : cases)
      if (c.text.empty() && !field.empty()) return c.word;
    return fallback();
  }
  if (cases.empty()) return std::string(text);
  const auto value = number(text);
  for (const Case& c : cases) {
    if (!c.is_range) {
      if (c.text == text) return c.word;
      const auto same = value ? number(c.text) : std::nullopt;
      if (same && *same == *value) return c.word;
      continue;
    }
    if (value && (c.low_open ? *value > c.low : *value >= c.low) &&
        (c.high_open ? *value < c.high : *value <= c.high))
      return c.word;
  }
  unknown = !has_otherwise;
  return fallback();
}

std::optional<RoadClass> road_class_from(std::string_view word) {
  for (std::size_t k = 0; k < std::size(gpkg_plan::kClasses); ++k)
    if (gpkg_plan::kClasses[k] == word) return static_cast<RoadClass>(k);
  return std::nullopt;
}

const std::vector<std::string_view>& road_class_words() {
  static const Words words = [] {
    Words all(std::begin(gpkg_plan::kClasses), std::end(gpkg_plan::kClasses));
    all.push_back("none");
    return all;
  }();
  return words;
}

VectorMapping parse_mapping(const std::string& file, const std::string& text) {
  return MappingReader(file, text).read();
}

VectorMapping read_mapping(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw InputError(path, "", "there is no such file", "Correct the path after --mapping");
  std::ifstream in(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) throw InputError(path, "", "cannot be read", "Check its permissions");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_mapping(path, text);
}

}  // namespace arterial
