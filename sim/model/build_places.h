#pragma once
// Middle of the network builder: which ends of streets are one place. Behind build_streets.cc, which calls it
// once streets are split, merged and broken at signals.
#include <cstdint>
#include <vector>

#include "sim/model/build_streets.h"

namespace arterial::build {

constexpr double kCarLength = 7.5;  // with the gap before it: a shorter street holds nobody

struct End {
  std::uint32_t street;
  bool at_end;
};

struct StreetEnds {
  const StreetPlan& plan;
  const BuildOptions& options;
  Streets& out;
  std::vector<std::vector<End>> at;                         // by plan node: the streets that end there
  std::vector<std::vector<std::uint32_t>> signal_nodes_at;  // by plan node: the signals that it answers for

  bool is_junction(std::uint32_t node) const { return at[node].size() >= 3; }
};

/// Parts a street at a node inside it. The tail becomes a new street, the last one.
void break_street(StreetEnds& ends, std::uint32_t street, const StreetControl& at);

/// Fills places, place_of and what became of the edits that concern places.
void join_places(StreetEnds& ends);

}  // namespace arterial::build
