#include "gis/overrides_file.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

#include "gis/projection.h"
#include "gis/yaml_section.h"
#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

constexpr std::size_t kMaxOverrides = 20'000, kMaxNodes = 64, kMaxPairs = 64, kMaxPlaces = 16, kMaxId = 200;
constexpr int kMaxLanes = 16;
constexpr double kFastest_mps = 70;
constexpr YamlLimits kLimits{.document = "overrides file", .manual = "docs/OVERRIDES.md"};

struct KindWord {
  std::string_view word;
  OverrideKind kind;
};
constexpr KindWord kKinds[] = {{"join", OverrideKind::kJoin},     {"split", OverrideKind::kSplit},
                               {"signal", OverrideKind::kSignal}, {"connect", OverrideKind::kConnect},
                               {"ban", OverrideKind::kBan},       {"right_of_way", OverrideKind::kRightOfWay},
                               {"lanes", OverrideKind::kLanes},   {"speed", OverrideKind::kSpeed}};

class Reader {
 public:
  Reader(const std::string& file, const std::string& crs) : file_(file), to_local_(crs) {}

  std::vector<Override> read(const YAML::Node& document) {
    if (document.IsNull()) fail_at(file_, {1, 1}, "is empty", "Begin with 'overrides:'");
    const YamlSection top(file_, document, "the overrides file", {"overrides"});
    std::vector<Override> out;
    const auto list = top.find("overrides");
    if (!list || list->IsNull()) return out;
    if (!list->IsSequence()) top.fail("overrides", "must be a list", "Begin each entry with '- '");
    if (list->size() > kMaxOverrides)
      top.fail("overrides", "holds more than " + std::to_string(kMaxOverrides) + " entries", "Split the map");
    for (const auto& entry : *list) out.push_back(read_entry(entry));
    return out;
  }

 private:
  Override read_entry(const YAML::Node& node) {
    const KindWord& kind = kind_of(node);
    Override out;
    out.kind = kind.kind;
    out.place = place_of(node).words();
    std::vector<std::string_view> keys{kind.word, "note"};
    switch (kind.kind) {
      case OverrideKind::kSignal: keys.push_back("present"); break;
      case OverrideKind::kConnect: keys.push_back("pairs"); break;
      case OverrideKind::kRightOfWay: keys.push_back("sign"); break;
      case OverrideKind::kLanes: keys.insert(keys.end(), {"forward", "backward"}); break;
      case OverrideKind::kSpeed: keys.insert(keys.end(), {"limit", "direction"}); break;
      default: break;
    }
    const YamlSection entry(file_, node, "a '" + std::string(kind.word) + "' entry", keys);
    if (const auto note = entry.find("note")) scalar_at(file_, *note, "'note'");
    const YAML::Node value = *entry.find(kind.word);
    switch (kind.kind) {
      case OverrideKind::kJoin:
      case OverrideKind::kSplit: out.nodes = nodes_of(entry, kind.word, value); break;
      case OverrideKind::kSignal:
        out.nodes = {feature(value, "'signal'")};
        out.present = yes_no(entry, "present").value_or(true);
        break;
      case OverrideKind::kConnect:
        movement(value, kind.word, true, out);
        out.lane_pairs = pairs_of(entry);
        break;
      case OverrideKind::kBan: movement(value, kind.word, true, out); break;
      case OverrideKind::kRightOfWay:
        movement(value, kind.word, false, out);
        out.sign = sign_of(entry);
        break;
      case OverrideKind::kLanes: read_lanes(entry, value, out); break;
      case OverrideKind::kSpeed: read_speed(entry, value, out); break;
    }
    return out;
  }

  const KindWord& kind_of(const YAML::Node& node) const {
    std::vector<std::string_view> words;
    std::string list;
    for (const KindWord& k : kKinds) {
      words.push_back(k.word);
      list += (list.empty() ? "" : ", ") + std::string(k.word);
    }
    if (!node.IsMap())
      fail_at(file_, place_of(node), "an override must be a map", "Begin it with one of: " + list);
    const KindWord* found = nullptr;
    for (const auto& pair : node) {
      const std::string key = scalar_at(file_, pair.first, "a key");
      for (const KindWord& k : kKinds) {
        if (k.word != key) continue;
        if (found && found != &k)
          fail_at(file_, place_of(pair.first),
                  "an override is either '" + std::string(found->word) + "' or '" + key + "', not both",
                  "Make two entries of it");
        found = &k;
      }
    }
    if (found) return *found;
    const std::string key = node.size() == 0 ? "" : scalar_at(file_, node.begin()->first, "a key");
    const std::string near = nearest_word(key, words);
    fail_at(file_, node.size() == 0 ? place_of(node) : place_of(node.begin()->first),
            "'" + key + "' is no kind of override",
            near.empty() ? "It may be: " + list : "Did you mean '" + near + "'?");
  }

  /// "node/1", {id: node/1, at: [13.4021, 52.5211]}, or {id: way/1, at: [[13.40, 52.52], [13.41, 52.52]]}
  FeatureName feature(const YAML::Node& node, const std::string& what) const {
    FeatureName out;
    if (node.IsMap()) {
      const YamlSection section(file_, node, what, {"id", "at"});
      out.id = section.text("id").value_or("");
      if (out.id.empty())
        fail_at(file_, place_of(node), what + " needs an 'id'", "Name a feature of the map");
      if (const auto at = section.find("at")) out.at = locations(*at);
    } else {
      out.id = scalar_at(file_, node, what);
    }
    if (out.id.empty() || out.id.size() > kMaxId)
      fail_at(file_, place_of(node), what + " must be the id of a feature, such as node/123",
              "Copy it from inspect or review.csv");
    return out;
  }

  std::vector<Point> locations(const YAML::Node& node) const {
    if (!node.IsSequence() || node.size() == 0 || !node[0].IsSequence()) return {location(node)};
    if (node.size() > kMaxPlaces)
      fail_at(file_, place_of(node), "'at' lists more than " + std::to_string(kMaxPlaces) + " places",
              "Name a few");
    std::vector<Point> out;
    for (const auto& place : node) out.push_back(location(place));
    return out;
  }

  Point location(const YAML::Node& node) const {
    if (!node.IsSequence() || node.size() != 2)
      fail_at(file_, place_of(node), "'at' must be a longitude and a latitude",
              "Write at: [13.4021, 52.5211]");
    const double lon = number(node[0], "a longitude", -180, 180),
                 lat = number(node[1], "a latitude", -90, 90);
    const auto local = to_local_({lon, lat});
    if (!local)
      fail_at(file_, place_of(node),
              to_local_.known() ? "'at' lies outside the map's reference system"
                                : "'at' means nothing: the map states no reference system",
              to_local_.known() ? "Longitude comes first" : "Leave it out");
    return *local;
  }

  double number(const YAML::Node& node, const std::string& what, double least, double most) const {
    std::string why;
    const auto value = parse_number(scalar_at(file_, node, what), why);
    if (!value) fail_at(file_, place_of(node), what + " " + why, "Correct it");
    if (!(*value >= least && *value <= most))
      fail_at(file_, place_of(node),
              what + " must lie between " + std::to_string(static_cast<int>(least)) + " and " +
                  std::to_string(static_cast<int>(most)),
              "Correct it");
    return *value;
  }

  int count(const YAML::Node& node, const std::string& what, int most) const {
    const double value = number(node, what, 0, most);
    if (value != std::floor(value))
      fail_at(file_, place_of(node), what + " must be a whole number", "Correct it");
    return static_cast<int>(value);
  }

  std::vector<FeatureName> nodes_of(const YamlSection& entry, std::string_view key,
                                    const YAML::Node& value) const {
    if (!value.IsSequence() || value.size() < 2)
      entry.fail(key, "must list at least two nodes", "Write " + std::string(key) + ": [node/1, node/2]");
    if (value.size() > kMaxNodes)
      entry.fail(key, "lists more than " + std::to_string(kMaxNodes) + " nodes", "Name those that matter");
    std::vector<FeatureName> out;
    for (const auto& node : value) out.push_back(feature(node, "a node"));
    return out;
  }

  void movement(const YAML::Node& value, std::string_view kind, bool with_target, Override& out) const {
    std::vector<std::string_view> keys{"from", "via"};
    if (with_target) keys.push_back("to");
    const YamlSection section(file_, value, "'" + std::string(kind) + "'", keys);
    for (const std::string_view key : keys) {
      const auto node = section.find(key);
      if (!node)
        fail_at(
            file_, place_of(value), "'" + std::string(kind) + "' needs '" + std::string(key) + "'",
            with_target ? "Write {from: way/1, via: node/2, to: way/3}" : "Write {from: way/1, via: node/2}");
      (key == "via" ? out.nodes : out.roads).push_back(feature(*node, "'" + std::string(key) + "'"));
    }
  }

  std::vector<std::pair<int, int>> pairs_of(const YamlSection& entry) const {
    const auto list = entry.find("pairs");
    const std::string remedy = "Write pairs: [[0, 0], [1, 1]], the kerb lane is 0";
    if (!list) entry.fail("connect", "needs 'pairs' of lanes", remedy);
    if (!list->IsSequence() || list->size() == 0 || list->size() > kMaxPairs)
      entry.fail("pairs", "must list pairs of lanes", remedy);
    std::vector<std::pair<int, int>> out;
    for (const auto& pair : *list) {
      if (!pair.IsSequence() || pair.size() != 2)
        fail_at(file_, place_of(pair), "a pair is two lanes, from and to", remedy);
      out.emplace_back(count(pair[0], "a lane", kMaxLanes), count(pair[1], "a lane", kMaxLanes));
    }
    return out;
  }

  std::string word_of(const YamlSection& entry, std::string_view key,
                      const std::vector<std::string_view>& words, const std::string& absent) const {
    const auto text = entry.text(key);
    if (!text && !absent.empty()) return absent;
    std::string list;
    for (const std::string_view word : words) {
      if (text && *text == word) return *text;
      list += (list.empty() ? "" : ", ") + std::string(word);
    }
    const std::string near = text ? nearest_word(*text, words) : "";
    entry.fail(key, text ? "cannot be '" + *text + "'" : "is missing",
               near.empty() ? "It may be: " + list : "Did you mean '" + near + "'?");
  }

  NodeControl sign_of(const YamlSection& entry) const {
    const std::string word = word_of(entry, "sign", {"stop", "yield", "priority"}, "");
    return word == "stop" ? NodeControl::kStop : word == "yield" ? NodeControl::kYield : NodeControl::kNone;
  }

  std::optional<bool> yes_no(const YamlSection& entry, std::string_view key) const {
    const auto text = entry.text(key);
    if (!text) return std::nullopt;
    std::string why;
    const auto value = parse_yes_no(*text, why);
    if (!value) entry.fail(key, why, "Write true or false");
    return value;
  }

  void read_lanes(const YamlSection& entry, const YAML::Node& value, Override& out) const {
    out.roads = {feature(value, "'lanes'")};
    if (const auto n = entry.find("forward")) out.forward_lanes = count(*n, "'forward'", kMaxLanes);
    if (const auto n = entry.find("backward")) out.backward_lanes = count(*n, "'backward'", kMaxLanes);
    if (!out.forward_lanes && !out.backward_lanes)
      entry.fail("lanes", "changes nothing", "Add forward: 2, backward: 1, or both");
  }

  void read_speed(const YamlSection& entry, const YAML::Node& value, Override& out) const {
    out.roads = {feature(value, "'speed'")};
    const auto text = entry.text("limit");
    if (!text) entry.fail("speed", "needs a 'limit'", "Add limit: 30 km/h");
    std::string why;
    const auto speed = parse_speed_mps(*text, why);
    if (!speed) entry.fail("limit", why, "Write limit: 30 km/h");
    if (!(*speed > 0.5 && *speed <= kFastest_mps))
      entry.fail("limit", "is no limit for a road", "Write limit: 30 km/h");
    out.speed_mps = *speed;
    const std::string direction = word_of(entry, "direction", {"forward", "backward", "both"}, "both");
    out.forward = direction != "backward";
    out.backward = direction != "forward";
  }

  const std::string& file_;
  const FromWgs84 to_local_;
};

}  // namespace

std::vector<Override> parse_overrides(const std::string& file, const std::string& text,
                                      const std::string& crs) {
  return Reader(file, crs).read(load_yaml(file, text, kLimits));
}

std::vector<Override> read_overrides(const std::string& path, const std::string& crs) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw InputError(path, "", std::string("cannot be read (") + std::strerror(errno) + ")",
                     "Correct the path");
  std::string text(kLimits.bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) throw InputError(path, "", "cannot be read", "Check its permissions");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_overrides(path, text, crs);
}

}  // namespace arterial
