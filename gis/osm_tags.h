#pragma once
// What the tags of one OpenStreetMap way mean for traffic. No libosmium here: a way's tags are a plain list,
// so that the rules can be tested by writing them down.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/model/street_plan.h"

namespace arterial::osm {

class Tags {
 public:
  Tags() = default;
  Tags(std::initializer_list<std::pair<std::string, std::string>> list) : list_(list) {}
  void add(std::string key, std::string value) { list_.emplace_back(std::move(key), std::move(value)); }
  void clear() { list_.clear(); }
  /// Empty where the key is absent.
  std::string_view operator[](std::string_view key) const;
  bool is(std::string_view key, std::string_view value) const { return (*this)[key] == value; }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

struct Country {
  std::string code;  // ISO 3166; empty: unknown
  bool left_hand = false;
  bool miles = false;  // implicit limits are those of a country that signs in mph
};

/// The country of a place, where a small table of boxes knows it: left-hand countries and those with odd
/// limits.
Country country_at(double lon_deg, double lat_deg);
Country country_named(std::string_view code);

/// "50", "30 mph", "none", "walk", "DE:urban", "RO:trunk", "DE:zone:30" -> m/s. Empty where it makes no
/// sense.
std::optional<double> parse_speed(std::string_view text, const Country& country);

/// The limit where none is signed.
double implicit_speed(RoadClass road_class, const Country& country, bool urban = true);

struct TagCounts {  // what could not be taken as it stands
  std::size_t bad_speed = 0, bad_lanes = 0, turn_lanes_ignored = 0, conditional = 0;
};

struct RoadRules {
  RoadClass road_class = RoadClass::kOther;
  PlanDirection forward, backward;
  bool roundabout = false;
  int level = 0;
};

/// Empty where the way is no road for motor traffic. Lanes come kerb first.
std::optional<RoadRules> road_rules(const Tags& tags, const Country& country, bool left_hand,
                                    bool service_roads, TagCounts& counts);

/// What a node asks of traffic, and for which direction of its way.
struct NodeRules {
  NodeControl control = NodeControl::kNone;
  int direction = 0;
  bool blocked = false;  // a bollard: no motor traffic passes
};
NodeRules node_rules(const Tags& tags);

}  // namespace arterial::osm
