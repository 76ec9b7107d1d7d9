#pragma once
// StreetPlan -> Network: splits roads at shared nodes, makes one junction of what is one place, draws lanes
// and connections, finds conflicts and who yields, and gives signals a program. What it guesses is counted
// and said in Network::problems.
#include "sim/model/network.h"
#include "sim/model/overrides.h"
#include "sim/model/street_plan.h"

namespace arterial {

struct BuildOptions {
  double join_distance_m = 20;          // junctions closer than this, joined by short links, are one place
  double amber_s = -1, all_red_s = -1;  // negative: by the approaches' speed, by the junction's width
  double cycle_s = 80;
  bool right_before_left = true;  // equal minor roads: by the country's rule
  std::vector<BuildEdit> edits;   // from apply_overrides() on the same plan
};

Network build_network(const StreetPlan& plan, const BuildOptions& options = {});

/// Fills Network::conflicts for pairs of connections of one junction whose drawn paths come closer than the
/// vehicles need (half widths plus a margin) or that lead into one lane. Yield flags stay false.
/// Pairs from one lane are no conflict: their vehicles follow each other.
void find_conflicts(Network& network);

}  // namespace arterial
