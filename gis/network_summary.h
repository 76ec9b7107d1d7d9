#pragma once
// What `arterial inspect` and the import report say about a network.
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "sim/model/network.h"

namespace arterial {

struct NetworkSummary {
  std::string name, crs, source, licence, attribution;
  bool left_hand = false;
  std::uint64_t links = 0, lanes = 0, internal_lanes = 0, junctions = 0, connections = 0, conflicts = 0,
                signals = 0, signals_guessed = 0, stops = 0, detectors = 0, zones = 0, buildings = 0,
                roundabout_links = 0;
  double lane_km = 0;                                 // road lanes, whoever may use them
  double car_lane_km = 0;                             // open to cars
  double min_x = 0, min_y = 0, max_x = 0, max_y = 0;  // local metres
  bool has_extent = false;
  std::map<std::string, std::uint64_t> by_severity;                      // every severity, also with 0
  std::map<std::pair<std::string, std::string>, std::uint64_t> by_code;  // (severity, code)
  double strongly_connected_share =
      0;  // of the lane metres open to cars, in the largest strongly connected part
  std::uint64_t parts = 0;
  // quality: what limits traffic without being a fault of the file
  std::uint64_t links_without_exit = 0, links_without_entry = 0, lanes_without_exit = 0, lanes_under_5_m = 0,
                lengths_unlike_drawing = 0;
};

NetworkSummary summary_of(const Network& network);
/// One JSON object; `extent` is [min x, min y, max x, max y] in metres, `extent_wgs84` the same in degrees or
/// null.
std::string summary_json(const NetworkSummary& summary, const Network& network, bool quality);
/// For people: a few lines.
std::string summary_text(const NetworkSummary& summary, bool quality);
/// What became of the overrides of the import: a count, and every one that was not done just as written.
std::string overrides_text(const Network& network);

}  // namespace arterial
