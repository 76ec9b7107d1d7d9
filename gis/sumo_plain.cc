#include "gis/sumo_plain.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "gis/projection.h"
#include "gis/sumo_outlines.h"
#include "gis/sumo_permissions.h"
#include "gis/text_output.h"

namespace arterial::sumo {
namespace {

/// SUMO's name for a road of this class in nets made of OpenStreetMap; our reader knows it. None for kOther.
const char* type_of(RoadClass c) {
  static constexpr const char* kTypes[] = {
      "highway.motorway",      "highway.motorway_link",  "highway.trunk",
      "highway.trunk_link",    "highway.primary",        "highway.primary_link",
      "highway.secondary",     "highway.secondary_link", "highway.tertiary",
      "highway.tertiary_link", "highway.unclassified",   "highway.residential",
      "highway.living_street", "highway.service",        "highway.busway",
      "highway.cycleway",      "railway.rail",           ""};
  return kTypes[static_cast<unsigned>(c)];
}

/// What the connections of a junction obey.
struct Rule {
  SignalId signal;  // none where nothing is controlled
  bool stops = false, yields = false, takes_turns = false;
};

std::vector<Rule> rules_of_junctions(const Network& n) {
  std::vector<Rule> rules(n.junctions.size());
  for (const Connection& c : n.connections) {
    Rule& rule = rules[c.junction.value];
    if (c.signal.valid()) rule.signal = c.signal;
    rule.stops = rule.stops || c.priority == Priority::kStop;
    rule.yields = rule.yields || (c.priority != Priority::kMajor && c.priority != Priority::kZipper);
    rule.takes_turns = rule.takes_turns || c.priority == Priority::kZipper;
  }
  return rules;
}

/// A roundabout is a property of its edges in SUMO; the junctions on it are priority junctions. Taking turns
/// is one of the whole junction.
const char* type_of(const Junction& junction, const Rule& rule) {
  if (rule.signal.valid()) return "traffic_light";
  switch (junction.type) {
    case JunctionType::kRightBeforeLeft: return "right_before_left";
    case JunctionType::kAllWayStop: return "allway_stop";
    case JunctionType::kZipper: return "zipper";
    case JunctionType::kUnregulated: return "unregulated";
    case JunctionType::kRailCrossing: return "rail_crossing";
    case JunctionType::kDeadEnd: return "dead_end";
    case JunctionType::kPriority:
      if (rule.takes_turns && !rule.yields) return "zipper";
      return rule.stops ? "priority_stop" : "priority";
    default: return "priority";  // a signal that controls nothing among them
  }
}

/// Nothing where the value is longer than readers of XML take an attribute, ours among them.
std::string parameter(std::string_view key, std::string_view value) {
  constexpr std::size_t kLongest = 60'000;
  if (value.size() > kLongest) return {};
  std::string out("<param");
  return out.append(attribute("key", key)).append(attribute("value", value)).append("/>");
}

std::string location(const Network& n) {
  Point low{0, 0}, high{0, 0};
  for (std::size_t i = 0; i < n.junctions.size(); ++i) {
    const Point p = n.junctions[i].at;
    low = i == 0 ? p : Point{std::min(low.x, p.x), std::min(low.y, p.y)};
    high = i == 0 ? p : Point{std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const std::string proj = proj_of_crs(n.crs);
  const std::string bounds =
      decimal(low.x) + "," + decimal(low.y) + "," + decimal(high.x) + "," + decimal(high.y);
  return "  <location" + attribute("netOffset", decimal(n.offset_x_m) + "," + decimal(n.offset_y_m)) +
         attribute("convBoundary", bounds) + attribute("origBoundary", bounds) +
         attribute("projParameter", proj.empty() ? "!" : proj) + "/>\n";
}

std::string lane_xml(const Network& n, const Lane& lane) {
  std::string out = "    <lane" + attribute("index", std::to_string(lane.index)) +
                    attribute("speed", decimal(lane.speed_mps)) + attribute("width", decimal(lane.width_m));
  const std::string allowed = sumo_class_list(lane.allowed);
  out += allowed.empty() ? attribute("disallow", "all") : attribute("allow", allowed);
  // A list of those who may; where nobody may, a class that is on no road.
  const auto change = [&](const char* name, ClassMask forbidden) {
    if (forbidden == 0) return;
    const std::string may = sumo_class_list(kAllClasses & ~forbidden);
    out += attribute(name, may.empty() ? "container" : may);
  };
  change("changeLeft", lane.no_change_left);
  change("changeRight", lane.no_change_right);
  if (lane.shape.count > 1) out += attribute("shape", drawn(road_line(n, lane.shape)));
  return out + "/>\n";
}

/// The links of each ring, rings in the order of their first link.
std::vector<std::vector<std::uint32_t>> rings_of(const Network& n) {
  std::vector<std::uint32_t> root(n.junctions.size());
  std::iota(root.begin(), root.end(), 0u);
  const auto find = [&](std::uint32_t j) {
    while (root[j] != j) j = root[j] = root[root[j]];
    return j;
  };
  for (const Link& link : n.links)
    if (link.roundabout) root[find(link.from.value)] = find(link.to.value);
  std::vector<std::vector<std::uint32_t>> rings;
  std::vector<std::size_t> ring_of(n.junctions.size(), n.links.size());
  for (std::uint32_t i = 0; i < n.links.size(); ++i) {
    if (!n.links[i].roundabout) continue;
    std::size_t& ring = ring_of[find(n.links[i].from.value)];
    if (ring == n.links.size()) ring = rings.size(), rings.emplace_back();
    rings[ring].push_back(i);
  }
  return rings;
}

std::string roundabouts_xml(const Network& n, const Names& names) {
  std::string out;
  for (const auto& ring : rings_of(n)) {
    std::string edges, nodes;
    std::vector<std::uint32_t> junctions;
    for (const std::uint32_t link : ring) {
      edges += (edges.empty() ? "" : " ") + names.links[link];
      junctions.push_back(n.links[link].from.value), junctions.push_back(n.links[link].to.value);
    }
    std::sort(junctions.begin(), junctions.end());
    junctions.erase(std::unique(junctions.begin(), junctions.end()), junctions.end());
    for (const std::uint32_t j : junctions) nodes += (nodes.empty() ? "" : " ") + names.junctions[j];
    out += "  <roundabout" + attribute("nodes", nodes) + attribute("edges", edges) + "/>\n";
  }
  return out;
}

}  // namespace

std::string attribute(std::string_view name, std::string_view value) {
  std::string out(" ");
  return out.append(name).append("=\"").append(gis::xml_text(value)).append("\"");
}

std::string decimal(double value) {
  char buffer[330];  // the largest double takes 314
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, 4);
  std::string text(buffer, end.ptr);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string drawn(std::span<const Point> line) {
  std::string out;
  for (const Point p : line) {
    if (!out.empty()) out += ' ';
    out.append(decimal(p.x)).append(",").append(decimal(p.y));
  }
  return out;
}

std::vector<bool> used_signals(const Network& n) {
  std::vector<bool> used(n.signals.size(), false);
  for (const Connection& c : n.connections)
    if (c.signal.valid()) used[c.signal.value] = true;
  return used;
}

std::string nodes_xml(const Network& n, const Names& names) {
  const std::vector<Rule> rules = rules_of_junctions(n);
  std::vector<std::vector<std::uint32_t>> touching(n.junctions.size());
  for (std::uint32_t i = 0; i < n.links.size(); ++i) {
    touching[n.links[i].from.value].push_back(i);
    if (n.links[i].to != n.links[i].from) touching[n.links[i].to.value].push_back(i);
  }
  std::string out("<nodes>\n");
  out += location(n);
  for (std::uint32_t j = 0; j < n.junctions.size(); ++j) {
    const Junction& junction = n.junctions[j];
    out += "  <node" + attribute("id", names.junctions[j]) + attribute("x", decimal(junction.at.x)) +
           attribute("y", decimal(junction.at.y)) + attribute("type", type_of(junction, rules[j]));
    if (rules[j].signal.valid()) out += attribute("tl", names.signals[rules[j].signal.value]);
    const std::vector<Point> outline = outline_for_sumo(n, touching[j], j);
    if (!outline.empty()) out += attribute("shape", drawn(outline));
    std::string sources;
    for (const std::string& id : junction.source_ids) sources += (sources.empty() ? "" : " ") + id;
    if (sources.empty() || sources == names.junctions[j])
      out += "/>\n";
    else
      out.append(">").append(parameter("origId", sources)).append("</node>\n");
  }
  return out + "</nodes>\n";
}

std::string edges_xml(const Network& n, const Names& names) {
  std::string out("<edges>\n");
  out += location(n);
  for (std::uint32_t i = 0; i < n.links.size(); ++i) {
    const Link& link = n.links[i];
    const Lane& first = n[link.first_lane];
    const Lane& middle = n.lanes[link.first_lane.value + link.lane_count / 2];
    out += "  <edge" + attribute("id", names.links[i]) + attribute("from", names.junctions[link.from.value]) +
           attribute("to", names.junctions[link.to.value]);
    if (!link.name.empty()) out += attribute("name", link.name);
    if (const std::string_view type = type_of(link.road_class); !type.empty()) out += attribute("type", type);
    out += attribute("priority", std::to_string(link.priority)) +
           attribute("numLanes", std::to_string(link.lane_count)) +
           attribute("speed", decimal(first.speed_mps)) + attribute("length", decimal(first.length_m)) +
           attribute("spreadType", "center");
    if (middle.shape.count > 1) out += attribute("shape", drawn(road_line(n, middle.shape)));
    out += ">\n";
    for (std::uint32_t k = 0; k < link.lane_count; ++k)
      out += lane_xml(n, n.lanes[link.first_lane.value + k]);
    const std::string& source = link.source_id.empty() ? link.id : link.source_id;
    if (source != names.links[i]) out.append("    ").append(parameter("origId", source)).append("\n");
    out += "  </edge>\n";
  }
  return out + roundabouts_xml(n, names) + "</edges>\n";
}

std::string types_xml(const Network& n) {
  bool used[static_cast<unsigned>(RoadClass::kOther) + 1] = {};
  for (const Link& link : n.links) used[static_cast<unsigned>(link.road_class)] = true;
  std::string out = "<types>\n";
  for (unsigned c = 0; c < static_cast<unsigned>(RoadClass::kOther); ++c)
    if (used[c]) out += "  <type" + attribute("id", type_of(static_cast<RoadClass>(c))) + "/>\n";
  return out + "</types>\n";
}

}  // namespace arterial::sumo
