#include "gis/osm_tags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace arterial::osm {
namespace {

constexpr double kKmh = 1 / 3.6, kMph = 0.44704;
constexpr int kMaxLanes = 12;  // in one direction; more is a typing error
constexpr ClassMask kCar = mask_of(VehicleClass::kCar), kBus = mask_of(VehicleClass::kBus),
                    kTaxi = mask_of(VehicleClass::kTaxi), kTruck = mask_of(VehicleClass::kTruck),
                    kBicycle = mask_of(VehicleClass::kBicycle),
                    kMotorcycle = mask_of(VehicleClass::kMotorcycle),
                    kEmergency = mask_of(VehicleClass::kEmergency), kVan = mask_of(VehicleClass::kVan);
constexpr ClassMask kPrivateMotor = kCar | kVan | kTruck | kMotorcycle;

struct ClassName {
  std::string_view tag;
  RoadClass road_class;
};
constexpr ClassName kClassNames[] = {{"motorway", RoadClass::kMotorway},
                                     {"motorway_link", RoadClass::kMotorwayLink},
                                     {"trunk", RoadClass::kTrunk},
                                     {"trunk_link", RoadClass::kTrunkLink},
                                     {"primary", RoadClass::kPrimary},
                                     {"primary_link", RoadClass::kPrimaryLink},
                                     {"secondary", RoadClass::kSecondary},
                                     {"secondary_link", RoadClass::kSecondaryLink},
                                     {"tertiary", RoadClass::kTertiary},
                                     {"tertiary_link", RoadClass::kTertiaryLink},
                                     {"unclassified", RoadClass::kUnclassified},
                                     {"residential", RoadClass::kResidential},
                                     {"living_street", RoadClass::kLivingStreet},
                                     {"service", RoadClass::kService},
                                     {"busway", RoadClass::kBusway},
                                     {"bus_guideway", RoadClass::kBusway},
                                     {"road", RoadClass::kUnclassified}};

std::optional<RoadClass> class_of(std::string_view highway) {
  for (const ClassName& c : kClassNames)
    if (c.tag == highway) return c.road_class;
  return std::nullopt;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::vector<std::string_view> split(std::string_view s, char by) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto at = s.find(by);
    out.push_back(trimmed(s.substr(0, at)));
    if (at == std::string_view::npos || out.size() > 64) return out;
    s.remove_prefix(at + 1);
  }
}

std::optional<double> number(std::string_view s) {
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  if (!trimmed(s.substr(end - s.data())).empty()) return std::nullopt;
  return value;
}

/// A count of lanes; 0 where absent or senseless.
int lane_count(std::string_view s, TagCounts& counts) {
  if (s.empty()) return 0;
  s = split(s, ';').front();
  const auto value = number(s);
  if (!value || *value < 0.5 || *value > 2 * kMaxLanes) {
    ++counts.bad_lanes;
    return 0;
  }
  return std::max(1, static_cast<int>(*value));
}

bool forbids(std::string_view v) {
  return v == "no" || v == "private" || v == "agricultural" || v == "forestry" || v == "military" ||
         v == "emergency" || v == "use_sidepath";
}
bool permits(std::string_view v) {
  return v == "yes" || v == "designated" || v == "official" || v == "permissive" || v == "destination" ||
         v == "customers" || v == "delivery" || v == "permit";
}

struct AccessKey {
  std::string_view key;
  ClassMask classes;
};
// From the general to the special: later keys overrule earlier ones.
constexpr AccessKey kAccess[] = {{"access", kAllRoadClasses},
                                 {"vehicle", kAllRoadClasses},
                                 {"motor_vehicle", kMotorClasses},
                                 {"motorcar", kCar | kVan},
                                 {"hgv", kTruck},
                                 {"goods", kVan},
                                 {"motorcycle", kMotorcycle},
                                 {"psv", kBus | kTaxi},
                                 {"bus", kBus},
                                 {"taxi", kTaxi},
                                 {"bicycle", kBicycle},
                                 {"emergency", kEmergency}};

ClassMask access_of(const Tags& tags, ClassMask base, std::string_view suffix = {}) {
  ClassMask mask = base;
  for (const AccessKey& a : kAccess) {
    std::string key(a.key);
    key += suffix;
    const std::string_view v = tags[key];
    if (v.empty()) continue;
    if (forbids(v))
      mask &= static_cast<ClassMask>(~a.classes);
    else if (permits(v))
      mask |= a.classes == kAllRoadClasses ? base : a.classes;  // "access=yes" lets no bicycle on a motorway
  }
  return mask;
}

ClassMask base_access(RoadClass c, const Tags& tags) {
  ClassMask mask = kAllRoadClasses;
  if (c == RoadClass::kMotorway || c == RoadClass::kMotorwayLink || tags.is("motorroad", "yes"))
    mask = kMotorClasses;
  if (c == RoadClass::kBusway) mask = kBus | kEmergency;
  return mask;
}

std::optional<double> zone_speed(std::string_view country, std::string_view zone) {
  if (zone == "living_street") return (country == "RU" || country == "CH" ? 20 : 10) * kKmh;
  if (zone == "walk") return 7 * kKmh;
  if (country == "GB" || country == "IE") {
    if (zone == "nsl_single" || zone == "rural") return country == "GB" ? 60 * kMph : 80 * kKmh;
    if (zone == "nsl_dual" || zone == "motorway" || zone == "nsl_motorway")
      return country == "GB" ? 70 * kMph : 120 * kKmh;
    if (zone == "nsl_restricted" || zone == "urban") return country == "GB" ? 30 * kMph : 50 * kKmh;
  }
  if (zone == "urban") return (country == "RU" || country == "UA" ? 60 : 50) * kKmh;
  if (zone == "rural") {
    if (country == "DE" || country == "AT" || country == "PL") return 100 * kKmh;
    if (country == "FR" || country == "NL" || country == "CH" || country == "DK" || country == "FI" ||
        country == "NO")
      return 80 * kKmh;
    return 90 * kKmh;
  }
  if (zone == "trunk") return (country == "CH" || country == "DE" ? 100 : 110) * kKmh;
  if (zone == "motorway")
    return (country == "CH" || country == "BE" || country == "ES" || country == "FI" ? 120 : 130) * kKmh;
  if (zone == "bicycle_road" || zone == "school") return 30 * kKmh;
  return std::nullopt;
}

/// Lanes in one direction where none are tagged. Two on main roads, as SUMO's netconvert assumes: cities
/// whose main roads are single file choke on demand that they carry in reality.
int default_lanes(RoadClass c, const Country& country) {
  switch (c) {
    case RoadClass::kMotorway:
    case RoadClass::kTrunk:
    case RoadClass::kPrimary: return 2;
    case RoadClass::kSecondary: return country.code == "US" || country.code == "CA" ? 2 : 1;
    default: return 1;
  }
}

/// turn:lanes from left to right -> bits per lane, in the same order; empty where a part makes no sense.
std::vector<std::uint8_t> turn_bits(std::string_view text) {
  std::vector<std::uint8_t> out;
  if (text.empty()) return out;
  const auto bit = [](Turn t) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(t)); };
  for (const std::string_view lane : split(text, '|')) {
    std::uint8_t bits = 0;
    for (const std::string_view t : split(lane, ';')) {
      if (t == "through")
        bits |= bit(Turn::kStraight);
      else if (t == "left" || t == "sharp_left")
        bits |= bit(Turn::kLeft);
      else if (t == "right" || t == "sharp_right")
        bits |= bit(Turn::kRight);
      else if (t == "slight_left")
        bits |= bit(Turn::kPartLeft);
      else if (t == "slight_right")
        bits |= bit(Turn::kPartRight);
      else if (t == "reverse")
        bits |= bit(Turn::kUTurn);
    }
    out.push_back(bits);
  }
  return out;
}

class DirectionReader {
 public:
  DirectionReader(const Tags& tags, bool left_hand, TagCounts& counts)
      : tags_(tags), left_hand_(left_hand), counts_(counts) {}

  /// Masks and turns of the lanes of one direction. `suffix` is ":forward", ":backward" or "" on a one-way
  /// road.
  void read(PlanDirection& d, std::string_view suffix) {
    if (d.lanes <= 0) return;
    std::vector<ClassMask> masks(d.lanes, d.allowed);
    bool special = false;
    for (const AccessKey& a : kAccess) {
      const std::string_view text = lanes_tag(a.key, suffix);
      if (text.empty()) continue;
      auto values = split(text, '|');
      if (static_cast<int>(values.size()) != d.lanes) {
        ++counts_.turn_lanes_ignored;
        continue;
      }
      if (!left_hand_) std::reverse(values.begin(), values.end());
      for (int i = 0; i < d.lanes; ++i) {
        if (forbids(values[i]))
          masks[i] &= static_cast<ClassMask>(~a.classes), special = true;
        else if (permits(values[i])) {
          // "bus:lanes=designated" alone reserves the lane; beside vehicle:lanes it only adds a class.
          if (values[i] == "designated" && (a.key == "bus" || a.key == "psv") &&
              lanes_tag("vehicle", suffix).empty() && lanes_tag("access", suffix).empty() &&
              lanes_tag("motor_vehicle", suffix).empty())
            masks[i] &= static_cast<ClassMask>(~kPrivateMotor);
          masks[i] |= a.classes;
          special = true;
        }
      }
    }
    if (!special && d.lanes > 1) special = kerb_bus_lanes(masks, suffix);
    if (special) {
      bool general = false;
      for (ClassMask& m : masks) {
        if (m != 0) m |= kEmergency;
        general = general || (m & kCar) == (d.allowed & kCar);
      }
      if (!general) masks.assign(d.lanes, d.allowed);  // all reserved: more likely a slip of the pen
      for (ClassMask& m : masks)
        if (m == 0) m = kBus | kEmergency;
      if (std::any_of(masks.begin(), masks.end(), [&](ClassMask m) { return m != d.allowed; }))
        d.lane_allowed = masks;
    }
    auto turns = turn_bits(lanes_tag("turn", suffix));
    if (turns.empty()) return;
    if (static_cast<int>(turns.size()) != d.lanes) {
      ++counts_.turn_lanes_ignored;
      return;
    }
    if (!left_hand_) std::reverse(turns.begin(), turns.end());
    d.turns = std::move(turns);
  }

  /// The number of lanes that some "...:lanes" tag of this direction lists; 0 where none does.
  int listed(std::string_view suffix) const {
    for (const std::string_view key : {"turn", "vehicle", "motor_vehicle", "bus", "psv", "access"}) {
      const std::string_view text = lanes_tag(key, suffix);
      if (!text.empty()) return static_cast<int>(split(text, '|').size());
    }
    return 0;
  }

 private:
  std::string_view lanes_tag(std::string_view key, std::string_view suffix) const {
    std::string name(key);
    name += ":lanes";
    name += suffix;
    return tags_[name];
  }

  bool kerb_bus_lanes(std::vector<ClassMask>& masks, std::string_view suffix) {
    int count = 0;
    for (const std::string_view key : {"lanes:psv", "lanes:bus"}) {
      std::string name(key);
      name += suffix;
      if (!tags_[name].empty()) count = lane_count(tags_[name], counts_);
    }
    const std::string_view kerb = left_hand_ ? "left" : "right", other = left_hand_ ? "right" : "left";
    if (count == 0) {
      const bool against = suffix == ":backward";
      const std::string side = "busway:" + std::string(against ? other : kerb);
      if (tags_.is("busway", "lane") || tags_.is("busway:both", "lane") || tags_.is(side, "lane")) count = 1;
    }
    if (count <= 0 || count >= static_cast<int>(masks.size())) return false;
    for (int i = 0; i < count; ++i)
      masks[i] = (masks[i] & static_cast<ClassMask>(~kPrivateMotor)) | kBus | kTaxi;
    return true;
  }

  const Tags& tags_;
  bool left_hand_;
  TagCounts& counts_;
};

}  // namespace

std::string_view Tags::operator[](std::string_view key) const {
  for (const auto& [k, v] : list_)
    if (k == key) return v;
  return {};
}

std::optional<double> parse_speed(std::string_view text, const Country& country) {
  text = trimmed(split(text, ';').front());
  if (text.empty() || text == "signals" || text == "variable") return std::nullopt;
  if (text == "none" || text == "unlimited") return 130 * kKmh;
  if (text == "walk" || text == "walking") return 7 * kKmh;
  double unit = kKmh;
  std::string_view digits = text;
  for (const auto& [name, factor] : {std::pair<std::string_view, double>{"mph", kMph},
                                     {"km/h", kKmh},
                                     {"kmh", kKmh},
                                     {"kph", kKmh},
                                     {"knots", 0.514444}})
    if (digits.size() > name.size() && digits.ends_with(name)) {
      digits = trimmed(digits.substr(0, digits.size() - name.size()));
      unit = factor;
      break;
    }
  if (const auto value = number(digits)) {
    if (*value <= 0 || *value > 300) return std::nullopt;
    return std::max(1.0, *value * unit);
  }
  const auto parts = split(text, ':');
  if (parts.size() >= 2) {
    const std::string_view zone = parts.back();
    if (const auto value = number(zone); value && *value >= 5 && *value <= 150)
      return *value * (parts.front() == "GB" ? kMph : kKmh);
    if (zone.starts_with("zone"))
      if (const auto value = number(zone.substr(4)); value && *value >= 5)
        return *value * (parts.front() == "GB" ? kMph : kKmh);
    return zone_speed(parts.front(), zone);
  }
  return zone_speed(country.code, text);
}

double implicit_speed(RoadClass c, const Country& country, bool urban) {
  const bool us = country.code == "US", miles = country.miles;
  switch (c) {
    case RoadClass::kMotorway:
      if (us) return 60 * kMph;
      if (miles) return 70 * kMph;
      return country.code == "DE" ? 130 * kKmh : country.code == "JP" ? 100 * kKmh : 120 * kKmh;
    case RoadClass::kMotorwayLink: return miles ? 45 * kMph : 80 * kKmh;
    case RoadClass::kTrunk: return urban ? (miles ? 40 * kMph : 70 * kKmh) : 90 * kKmh;
    case RoadClass::kTrunkLink: return miles ? 35 * kMph : 60 * kKmh;
    case RoadClass::kPrimary:
    case RoadClass::kSecondary:
      return urban ? (us ? 35 : 30) * kMph * (miles ? 1 : 50 * kKmh / (30 * kMph)) : 80 * kKmh;
    case RoadClass::kResidential:
      if (miles) return (us ? 25 : 30) * kMph;
      return country.code == "JP" ? 30 * kKmh : 50 * kKmh;
    case RoadClass::kLivingStreet: return 10 * kKmh;
    case RoadClass::kService: return 20 * kKmh;
    case RoadClass::kBusway: return 50 * kKmh;
    default: return miles ? 30 * kMph : 50 * kKmh;
  }
}

std::optional<RoadRules> road_rules(const Tags& tags, const Country& country, bool left_hand,
                                    bool service_roads, TagCounts& counts) {
  const auto c = class_of(tags["highway"]);
  if (!c || tags.is("area", "yes")) return std::nullopt;
  if (*c == RoadClass::kService) {
    const std::string_view s = tags["service"];
    if (!service_roads || s == "driveway" || s == "parking_aisle" || s == "drive-through" ||
        s == "emergency_access" || s == "slipway")
      return std::nullopt;
  }
  RoadRules rules;
  rules.road_class = *c;
  const ClassMask allowed = access_of(tags, base_access(*c, tags));
  if ((allowed & (kPrivateMotor | kBus | kTaxi)) == 0) return std::nullopt;
  const auto with_emergency = [](ClassMask m) { return static_cast<ClassMask>(m | kEmergency); };
  rules.forward.allowed = with_emergency(access_of(tags, allowed, ":forward"));
  rules.backward.allowed = with_emergency(access_of(tags, allowed, ":backward"));
  for (const std::string_view key :
       {"access:conditional", "motor_vehicle:conditional", "maxspeed:conditional", "oneway:conditional"})
    counts.conditional += !tags[key].empty();

  // One way?
  const std::string_view junction = tags["junction"], oneway = tags["oneway"];
  const bool ring = junction == "roundabout" || junction == "circular";
  rules.roundabout = junction == "roundabout";
  int direction = 0;  // +1 only along the drawing, -1 only against it
  if (ring || *c == RoadClass::kMotorway) direction = 1;
  if (oneway == "yes" || oneway == "true" || oneway == "1")
    direction = 1;
  else if (oneway == "-1" || oneway == "reverse")
    direction = -1;
  else if (oneway == "no" || oneway == "false" || oneway == "0")
    direction = 0;
  else if (*c == RoadClass::kMotorwayLink && oneway.empty())
    direction = 1;

  // How many lanes?
  DirectionReader reader(tags, left_hand, counts);
  const int total = lane_count(tags["lanes"], counts),
            both = tags["lanes:both_ways"].empty() ? 0 : lane_count(tags["lanes:both_ways"], counts);
  int forward = lane_count(tags["lanes:forward"], counts),
      backward = lane_count(tags["lanes:backward"], counts);
  bool guessed = false;
  if (direction != 0) {
    const int listed = reader.listed(""), stated = total ? total : direction > 0 ? forward : backward;
    const int lanes = stated ? stated : listed ? listed : default_lanes(*c, country);
    guessed = !stated && !listed;
    forward = direction > 0 ? lanes : 0;
    backward = direction > 0 ? 0 : lanes;
  } else {
    if (!forward) forward = reader.listed(":forward");
    if (!backward) backward = reader.listed(":backward");
    const int shared = std::max(0, total - both);
    if (!forward && !backward) {
      guessed = shared < 1;
      forward = backward = shared >= 1 ? std::max(1, shared / 2) : default_lanes(*c, country);
      if (shared > 2 && shared % 2) ++forward;
    } else if (!forward || !backward) {
      int& missing = forward ? backward : forward;
      missing = std::max(1, shared - (forward ? forward : backward));
      guessed = shared == 0;
    }
  }
  rules.forward.lanes = std::min(forward, kMaxLanes);
  rules.backward.lanes = std::min(backward, kMaxLanes);
  rules.forward.lanes_guessed = rules.backward.lanes_guessed = guessed;

  // How fast?
  std::string_view signed_limit = tags["maxspeed"];
  if (signed_limit.empty() || !parse_speed(signed_limit, country)) {
    counts.bad_speed += !signed_limit.empty() && signed_limit != "signals" && signed_limit != "variable";
    for (const std::string_view key :
         {"maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic", "maxspeed:variable"})
      if (const std::string_view v = tags[key];
          v.find(':') != std::string_view::npos && parse_speed(v, country)) {
        signed_limit = v;
        break;
      }
  }
  const auto limit = parse_speed(signed_limit, country);
  for (auto* d : {&rules.forward, &rules.backward}) {
    const auto own =
        parse_speed(tags[d == &rules.forward ? "maxspeed:forward" : "maxspeed:backward"], country);
    d->speed_guessed = !own && !limit;
    d->speed_mps = own ? *own : limit ? *limit : implicit_speed(*c, country);
  }

  if (direction != 0) {
    reader.read(direction > 0 ? rules.forward : rules.backward, "");
    // Buses against the one-way.
    const bool contraflow =
        tags.is("oneway:bus", "no") || tags.is("oneway:psv", "no") || tags.is("busway", "opposite_lane");
    PlanDirection& against = direction > 0 ? rules.backward : rules.forward;
    if (contraflow && !ring) {
      against.lanes = 1;
      against.allowed = kBus | kEmergency | (tags.is("oneway:psv", "no") ? kTaxi : ClassMask{0});
      PlanDirection& along = direction > 0 ? rules.forward : rules.backward;
      if (tags.is("busway", "opposite_lane") && along.lanes > 1 && along.turns.empty() &&
          along.lane_allowed.empty())
        --along.lanes;
    }
  } else {
    reader.read(rules.forward, ":forward");
    reader.read(rules.backward, ":backward");
  }
  for (PlanDirection* d : {&rules.forward, &rules.backward})
    if ((d->allowed & (kPrivateMotor | kBus | kTaxi)) == 0) d->lanes = 0;
  if (rules.forward.lanes == 0 && rules.backward.lanes == 0) return std::nullopt;

  if (const auto layer = number(tags["layer"]); layer && std::abs(*layer) <= 20)
    rules.level = static_cast<int>(*layer);
  else if (!tags["bridge"].empty() && !tags.is("bridge", "no"))
    rules.level = 1;
  else if (!tags["tunnel"].empty() && !tags.is("tunnel", "no"))
    rules.level = -1;
  return rules;
}

NodeRules node_rules(const Tags& tags) {
  NodeRules rules;
  const std::string_view highway = tags["highway"];
  if (highway == "traffic_signals" && !tags.is("traffic_signals", "ramp_meter") &&
      !tags.is("traffic_signals", "emergency"))
    rules.control = NodeControl::kSignal;
  else if (highway == "stop")
    rules.control = tags.is("stop", "all") ? NodeControl::kAllWayStop : NodeControl::kStop;
  else if (highway == "give_way")
    rules.control = NodeControl::kYield;
  else if (highway == "mini_roundabout")
    rules.control = NodeControl::kMiniRoundabout;
  else if (highway == "crossing" &&
           (tags.is("crossing", "traffic_signals") || tags.is("crossing:signals", "yes")))
    rules.control = NodeControl::kCrossing;
  std::string_view direction = tags["traffic_signals:direction"];
  if (direction.empty()) direction = tags["direction"];
  if (direction == "forward")
    rules.direction = 1;
  else if (direction == "backward")
    rules.direction = -1;
  const std::string_view barrier = tags["barrier"];
  if (barrier == "bollard" || barrier == "block" || barrier == "jersey_barrier" || barrier == "log" ||
      barrier == "debris") {
    const std::string_view motor = !tags["motor_vehicle"].empty() ? tags["motor_vehicle"] : tags["access"];
    rules.blocked = !permits(motor);
  }
  return rules;
}

Country country_named(std::string_view code) {
  static constexpr std::array<std::string_view, 32> kLeft = {
      "GB", "IE", "MT", "CY", "AU", "NZ", "JP", "IN", "PK", "BD", "LK", "NP", "BT", "TH", "MY", "SG",
      "ID", "BN", "HK", "MO", "ZA", "NA", "BW", "ZW", "ZM", "MW", "MZ", "TZ", "KE", "UG", "LS", "SZ"};
  Country country;
  country.code = std::string(code);
  country.left_hand = std::find(kLeft.begin(), kLeft.end(), code) != kLeft.end();
  country.miles = code == "GB" || code == "US";
  return country;
}

Country country_at(double lon, double lat) {
  struct Box {
    std::string_view code;
    double west, south, east, north;
  };
  // Coarse; the first that holds the place wins. An empty code takes a neighbour out of a box that follows.
  static constexpr Box kBoxes[] = {{"IE", -10.7, 51.3, -6.0, 54.2},      {"IE", -10.7, 54.2, -7.6, 55.5},
                                   {"GB", -8.7, 54.0, -5.3, 55.4},       {"GB", -6.5, 51.4, 1.85, 61.0},
                                   {"GB", -6.5, 51.0, 1.5, 51.4},        {"GB", -2.0, 50.5, 1.1, 51.0},
                                   {"GB", -6.5, 49.85, -2.0, 51.0},      {"GB", -2.75, 49.1, -1.95, 49.8},
                                   {"MT", 14.1, 35.7, 14.7, 36.2},       {"CY", 32.2, 34.5, 34.1, 35.3},
                                   {"", 124.5, 33.0, 129.3, 43.0},       {"JP", 129.3, 30.0, 146.0, 45.6},
                                   {"JP", 122.9, 24.0, 131.4, 30.0},     {"AU", 112.9, -43.8, 153.7, -10.6},
                                   {"NZ", 166.3, -47.4, 178.7, -34.3},   {"HK", 113.82, 22.14, 114.45, 22.57},
                                   {"MO", 113.52, 22.10, 113.61, 22.22}, {"SG", 103.6, 1.15, 104.1, 1.48},
                                   {"MY", 99.6, 1.2, 104.6, 6.8},        {"BN", 114.0, 4.0, 115.4, 5.1},
                                   {"ID", 95.0, -11.0, 141.0, 1.2},      {"TH", 97.3, 5.6, 102.5, 20.5},
                                   {"LK", 79.6, 5.9, 81.95, 9.9},        {"NP", 80.0, 27.3, 88.2, 30.5},
                                   {"BD", 88.0, 20.6, 92.7, 26.6},       {"PK", 61.0, 23.6, 74.0, 37.0},
                                   {"IN", 68.1, 6.7, 97.4, 35.5},        {"ZA", 16.4, -34.9, 32.9, -22.1},
                                   {"NA", 11.7, -28.9, 20.9, -17.0},     {"BW", 20.0, -26.9, 29.4, -17.8},
                                   {"ZW", 25.2, -22.4, 33.1, -15.6},     {"ZM", 22.0, -18.1, 33.0, -8.2},
                                   {"MZ", 33.0, -26.9, 40.9, -10.4},     {"TZ", 29.5, -11.7, 40.5, -1.0},
                                   {"UG", 29.6, -1.5, 35.0, 4.2},        {"KE", 33.9, -4.7, 41.9, 5.0},
                                   {"CH", 6.1, 45.9, 9.6, 47.75},        {"FI", 20.5, 59.7, 31.0, 70.1},
                                   {"DE", 9.6, 47.6, 13.0, 54.8},        {"DE", 6.2, 49.5, 9.6, 54.8},
                                   {"DE", 13.0, 50.9, 14.6, 54.6},       {"CA", -141.0, 49.0, -52.6, 70.0},
                                   {"CA", -83.0, 42.3, -78.9, 44.0},     {"US", -124.8, 24.5, -66.9, 49.0},
                                   {"US", -170.0, 52.0, -141.0, 71.5},   {"US", -160.3, 18.9, -154.8, 22.3}};
  for (const Box& b : kBoxes)
    if (lon >= b.west && lon <= b.east && lat >= b.south && lat <= b.north) return country_named(b.code);
  return {};
}

}  // namespace arterial::osm
