#pragma once
// First half of the network builder: from roads that share nodes to streets between places.
//
//   street   a piece of road between two plan nodes where something happens; both directions together
//   place    the plan nodes that are one junction in reality
//   arm      one end of a street at a place
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/build_geometry.h"
#include "sim/model/network_builder.h"

namespace arterial::build {

constexpr std::uint32_t kNoIndex = 0xffffffffu;

/// A plan node inside a street, with what is tagged on it: stop line, give way sign, signal of an approach,
/// or nothing.
struct StreetControl {
  NodeControl control = NodeControl::kNone;
  int direction = 0;  // +1 along the street, -1 against it, 0 both
  double at_m = 0;
  std::uint32_t node = 0;
};

struct StreetPiece {  // where a street came from
  std::uint32_t road = 0;
  double length_m = 0;
};

struct Street {
  std::vector<StreetPiece> pieces;  // in order
  std::uint32_t road = 0;           // of the longest piece: gives the attributes
  std::uint32_t nodes[2] = {0, 0};  // plan nodes at the start and the end
  Polyline line;
  double length_m = 0;
  PlanDirection forward, backward;
  std::vector<StreetControl> controls;
  bool dropped = false;     // merged into another, a useless stub, or swallowed by a place
  bool roundabout = false;  // part of a ring, tagged or recognised
  bool inside = false;      // swallowed by a place: no ground of its own, but its directions still hold

  const PlanDirection& direction(bool is_forward) const { return is_forward ? forward : backward; }
};

struct Arm {
  std::uint32_t street = 0;
  bool at_end = false;  // the street's end (true) or start lies here
};

struct Place {
  std::vector<std::uint32_t> nodes;   // plan nodes, ascending
  std::vector<Arm> arms;              // streets that leave the place
  std::vector<std::uint32_t> inside;  // streets swallowed
  Point at;
  bool signal = false;
  bool crossing_signal = false;  // a signal between junctions: it only stops the street for pedestrians
  bool all_way_stop = false, mini_roundabout = false;
  std::vector<std::uint32_t> signal_nodes;
};

struct Streets {
  std::vector<Street> streets;
  std::vector<Place> places;
  std::vector<std::uint32_t> place_of;  // by plan node; kNoIndex where no street ends
  std::vector<Problem> problems;
  std::vector<std::string> edit_faults;   // by BuildOptions::edits: why it could not be made; empty: it was
  std::vector<std::string> edit_remarks;  // and what of it is unlike what was asked
};

/// "node/1+2+3+2more": the first nodes of a place.
std::string junction_id(const StreetPlan& plan, const Place& place);

/// A problem for every place of several nodes, with the builder's confidence that it is one junction.
void review_joins(const StreetPlan& plan, double join_distance_m, const std::vector<char>& by_hand,
                  Streets& streets);
/// The same for a street so short that its two ends might be one junction, and are not.
void review_gap(const StreetPlan& plan, std::uint32_t street, double limit_m, Streets& streets);

/// What goes first where no sign says otherwise. Also Link::priority.
int priority_of(RoadClass c);
inline bool is_minor(RoadClass c) { return priority_of(c) <= 4; }

/// Splits, merges and joins. `plan` must be for right-hand traffic (the builder mirrors left-hand plans).
Streets find_streets(const StreetPlan& plan, const BuildOptions& options);

}  // namespace arterial::build
