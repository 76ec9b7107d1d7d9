#pragma once
// Names that SUMO takes: what it forbids in an id is replaced, and no two objects of a kind come out alike.
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/network.h"

namespace arterial::sumo {

/// Ids in SUMO's files, by index of the Network. An id that SUMO takes is kept as it is.
struct Names {
  std::vector<std::string> links, junctions, signals, stops, detectors;
  std::vector<std::vector<std::string>> programs;  // by signal

  explicit Names(const Network& network);
  /// "<edge>_<index>", as netconvert names lanes.
  std::string lane(const Network& network, LaneId road_lane) const;
};

/// SUMO's own rule: none of blank | \ ' " ; , < > &, no control character, no colon in front, UTF-8.
bool is_sumo_id(std::string_view id);

/// In the order given. Valid ids that occur once stay; others are repaired and numbered ("a b" -> "a_b",
/// "a_b~2").
std::vector<std::string> sumo_ids(const std::vector<std::string_view>& ids);

}  // namespace arterial::sumo
