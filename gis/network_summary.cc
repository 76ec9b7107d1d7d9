#include "gis/network_summary.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gis/projection.h"
#include "gis/text_output.h"
#include "sim/model/strong_parts.h"

namespace arterial {
namespace {

using gis::json_text;
using gis::number_text;

constexpr double kShortLane_m = 5;

double drawn_length(const Network& network, Shape shape) {
  double length = 0;
  for (std::uint32_t i = 1; i < shape.count; ++i) {
    const Point a = network.points[shape.first + i - 1], b = network.points[shape.first + i];
    length += std::hypot(b.x - a.x, b.y - a.y);
  }
  return length;
}

void measure_quality(const Network& network, NetworkSummary& s) {
  std::vector<bool> left(network.road_lane_count, false), exit(network.links.size(), false),
      entry(network.links.size(), false);
  for (const Connection& c : network.connections) {
    left[c.from.value] = true;
    exit[network[c.from].link.value] = true;
    entry[network[c.to].link.value] = true;
  }
  // Footpaths and rails have no exit where walking areas and stations are not drawn: not a matter of road
  // traffic.
  const auto on_road = [&](const Link& link) {
    for (std::uint32_t k = 0; k < link.lane_count; ++k)
      if (network.lanes[link.first_lane.value + k].allowed & kAllRoadClasses) return true;
    return false;
  };
  for (std::size_t i = 0; i < exit.size(); ++i) {
    if (!on_road(network.links[i])) continue;
    s.links_without_exit += !exit[i];
    s.links_without_entry += !entry[i];
  }
  for (std::uint32_t i = 0; i < network.road_lane_count; ++i) {
    const Lane& lane = network.lanes[i];
    if (!(lane.allowed & kAllRoadClasses)) continue;
    s.lanes_without_exit += !left[i] && exit[lane.link.value];
    s.lanes_under_5_m += lane.length_m < kShortLane_m;
    s.lengths_unlike_drawing +=
        std::abs(drawn_length(network, lane.shape) - lane.length_m) > std::max(10.0, 0.1 * lane.length_m);
  }
}

std::string fixed_text(double value, int decimals) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

constexpr std::string_view kOverride = "override_";

/// What became of each override of the import; empty where there was none.
std::string overrides_json(const Network& network) {
  std::string out;
  for (const Problem& p : network.problems) {
    if (!p.code.starts_with(kOverride)) continue;
    out += (out.empty() ? "[\n    " : ",\n    ") + std::string("{\"outcome\": ") +
           json_text(std::string_view(p.code).substr(kOverride.size())) +
           ", \"object_id\": " + json_text(p.object_id) + ", \"words\": " + json_text(p.words) + "}";
  }
  return out.empty() ? out : out + "]";
}

/// Ids come from files: nothing of them may steer a terminal.
std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string wgs84_extent(const NetworkSummary& s, const Network& network) {
  const ToWgs84 to_wgs84(network);
  if (!s.has_extent || !to_wgs84.known()) return "null";
  double box[4] = {1e9, 1e9, -1e9, -1e9};
  for (const double x : {s.min_x, s.max_x})
    for (const double y : {s.min_y, s.max_y}) {
      const auto p = to_wgs84({x, y});
      if (!p) return "null";
      box[0] = std::min(box[0], p->lon), box[1] = std::min(box[1], p->lat);
      box[2] = std::max(box[2], p->lon), box[3] = std::max(box[3], p->lat);
    }
  return "[" + number_text(box[0]) + "," + number_text(box[1]) + "," + number_text(box[2]) + "," +
         number_text(box[3]) + "]";
}

}  // namespace

NetworkSummary summary_of(const Network& network) {
  NetworkSummary s;
  s.name = network.name;
  s.crs = network.crs;
  s.source = network.source;
  s.licence = network.licence;
  s.attribution = network.attribution;
  s.left_hand = network.left_hand;
  s.links = network.links.size();
  s.lanes = network.road_lane_count;
  s.internal_lanes = network.lanes.size() - network.road_lane_count;
  s.junctions = network.junctions.size();
  s.connections = network.connections.size();
  s.conflicts = network.conflicts.size();
  s.signals = network.signals.size();
  s.stops = network.stops.size();
  s.detectors = network.detectors.size();
  s.zones = network.zones.size();
  s.buildings = network.buildings.size();
  for (const Signal& signal : network.signals) s.signals_guessed += signal.guessed;
  for (const Link& link : network.links) s.roundabout_links += link.roundabout;
  double metres = 0, car_metres = 0;
  for (std::uint32_t i = 0; i < network.road_lane_count; ++i) {
    metres += network.lanes[i].length_m;
    if (network.lanes[i].allowed & mask_of(VehicleClass::kCar)) car_metres += network.lanes[i].length_m;
  }
  s.lane_km = metres / 1000;
  s.car_lane_km = car_metres / 1000;
  for (const Lane& lane : network.lanes)
    for (std::uint32_t k = 0; k < lane.shape.count; ++k) {
      const Point p = network.points[lane.shape.first + k];
      if (!s.has_extent) s.min_x = s.max_x = p.x, s.min_y = s.max_y = p.y, s.has_extent = true;
      s.min_x = std::min(s.min_x, p.x), s.max_x = std::max(s.max_x, p.x);
      s.min_y = std::min(s.min_y, p.y), s.max_y = std::max(s.max_y, p.y);
    }
  for (const Severity severity : {Severity::kNote, Severity::kGuess, Severity::kWarning, Severity::kError})
    s.by_severity[name_of(severity)] = 0;
  for (const Problem& p : network.problems) {
    ++s.by_severity[name_of(p.severity)];
    ++s.by_code[{name_of(p.severity), p.code}];
  }
  const StrongParts parts = strong_parts(network);
  s.strongly_connected_share = parts.largest_share();
  s.parts = parts.lane_m.size();
  measure_quality(network, s);
  return s;
}

std::string summary_json(const NetworkSummary& s, const Network& network, bool quality) {
  std::string out = "{\n";
  const auto add = [&](const char* key, const std::string& value) {
    out += (out.size() > 2 ? ",\n  " : "  ") + json_text(key) + ": " + value;
  };
  const auto counts = [&](const std::map<std::string, std::uint64_t>& map) {
    std::string object;
    for (const auto& [key, count] : map)
      object += (object.empty() ? "" : ", ") + json_text(key) + ": " + std::to_string(count);
    return "{" + object + "}";
  };
  add("name", json_text(s.name));
  add("links", std::to_string(s.links));
  add("lanes", std::to_string(s.lanes));
  add("internal_lanes", std::to_string(s.internal_lanes));
  add("lane_km", number_text(s.lane_km));
  add("car_lane_km", number_text(s.car_lane_km));
  add("junctions", std::to_string(s.junctions));
  add("connections", std::to_string(s.connections));
  add("conflicts", std::to_string(s.conflicts));
  add("signals", std::to_string(s.signals));
  add("signals_guessed", std::to_string(s.signals_guessed));
  add("stops", std::to_string(s.stops));
  add("detectors", std::to_string(s.detectors));
  add("zones", std::to_string(s.zones));
  add("buildings", std::to_string(s.buildings));
  add("left_hand", s.left_hand ? "true" : "false");
  add("crs", s.crs.empty() ? "null" : json_text(s.crs));
  add("extent", s.has_extent ? "[" + number_text(s.min_x) + "," + number_text(s.min_y) + "," +
                                   number_text(s.max_x) + "," + number_text(s.max_y) + "]"
                             : "null");
  add("extent_wgs84", wgs84_extent(s, network));
  add("problems", counts(s.by_severity));
  std::map<std::string, std::uint64_t> codes;
  for (const auto& [key, count] : s.by_code) codes[key.second] += count;
  add("problem_codes", counts(codes));
  const std::string overrides = overrides_json(network);
  if (!overrides.empty()) add("overrides", overrides);
  add("strongly_connected_share", number_text(s.strongly_connected_share));
  add("source", json_text(s.source));
  add("licence", json_text(s.licence));
  add("attribution", json_text(s.attribution));
  if (quality)
    add("quality", counts({{"parts", s.parts},
                           {"links_without_exit", s.links_without_exit},
                           {"links_without_entry", s.links_without_entry},
                           {"lanes_without_exit", s.lanes_without_exit},
                           {"lanes_under_5_m", s.lanes_under_5_m},
                           {"lengths_unlike_drawing", s.lengths_unlike_drawing}}));
  return out + "\n}\n";
}

std::string summary_text(const NetworkSummary& s, bool quality) {
  std::string out =
      (s.name.empty() ? "network" : s.name) + (s.source.empty() ? "" : " (" + s.source + ")") + "\n";
  out += "  " + std::to_string(s.links) + " links, " + std::to_string(s.lanes) + " lanes, " +
         fixed_text(s.lane_km, 1) + " lane-km (" + fixed_text(s.car_lane_km, 1) + " open to cars)" +
         (s.left_hand ? ", left-hand traffic" : "") + "\n";
  out += "  " + std::to_string(s.junctions) + " junctions, " + std::to_string(s.connections) +
         " connections, " + std::to_string(s.conflicts) + " conflicts, " + std::to_string(s.signals) +
         " signals";
  if (s.signals_guessed) out += " (" + std::to_string(s.signals_guessed) + " with a guessed program)";
  out += "\n";
  if (s.stops + s.detectors + s.zones + s.buildings > 0)
    out += "  " + std::to_string(s.stops) + " stops, " + std::to_string(s.detectors) + " detectors, " +
           std::to_string(s.zones) + " zones, " + std::to_string(s.buildings) + " buildings\n";
  if (s.has_extent)
    out += "  " + fixed_text((s.max_x - s.min_x) / 1000, 2) + " x " +
           fixed_text((s.max_y - s.min_y) / 1000, 2) + " km, " +
           (s.crs.empty() ? "no reference system stated" : s.crs) + "\n";
  out += "  largest strongly connected part: " + fixed_text(100 * s.strongly_connected_share, 1) +
         " % of the lanes open to cars (" + std::to_string(s.parts) + " parts; all are kept)\n";
  if (!s.attribution.empty()) out += "  " + s.attribution + "\n";
  if (!s.by_code.empty()) {
    out += "  problems:";
    for (const auto& [severity, count] : s.by_severity) out += " " + std::to_string(count) + " " + severity;
    out += "\n";
    for (const auto& [key, count] : s.by_code)
      out += "    " + key.first + " " + key.second + ": " + std::to_string(count) + "\n";
  }
  if (quality)
    out += "  quality: " + std::to_string(s.links_without_exit) + " links without exit, " +
           std::to_string(s.links_without_entry) + " without entry; " + std::to_string(s.lanes_without_exit) +
           " lanes without exit beside lanes that have one; " + std::to_string(s.lanes_under_5_m) +
           " lanes under 5 m; " + std::to_string(s.lengths_unlike_drawing) +
           " lanes whose length is unlike their drawing\n";
  return out;
}

std::string overrides_text(const Network& network) {
  std::string unlike;
  std::size_t all = 0, applied = 0;
  for (const Problem& p : network.problems) {
    if (!p.code.starts_with(kOverride)) continue;
    ++all;
    if (p.severity == Severity::kNote)
      ++applied;
    else
      unlike += "    " + on_one_line(p.words) + "\n";
  }
  if (all == 0) return {};
  return "  overrides: " + std::to_string(applied) + " of " + std::to_string(all) + " applied as written\n" +
         unlike;
}

}  // namespace arterial
