#pragma once
// Repairs of a map by the ids of its features: join these nodes, keep those apart, this way has two lanes.
// They change the street plan and the builder's options before a Network is made, so the same repairs serve
// every source that becomes a street plan, and outlive a newer map. What became of each is a Problem of the
// network:
//
//   override_applied      note      done as written
//   override_partly       warning   some of its features are gone; done with the rest
//   override_found_again  warning   a feature is gone, but one stands where the override says it stood
//   override_lost         warning   not done, and why
//
// Never more than one of the four for an override, and never none.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/street_plan.h"

namespace arterial {

enum class OverrideKind : std::uint8_t {
  kJoin,        // nodes: one junction
  kSplit,       // nodes: a junction each
  kSignal,      // one node: the junction there has a signal, or none
  kConnect,     // from, via, to: exactly these lanes lead to these
  kBan,         // from, via, to: nothing leads there
  kRightOfWay,  // from, via: stop, yield or priority on this approach
  kLanes,       // one road
  kSpeed        // one road
};

/// A feature of the source, and where it lay when the override was written.
struct FeatureName {
  std::string id;  // "node/123", "way/45", or as the source names it
  std::vector<Point>
      at;  // local metres; of a way several places, so that all of it is found when it was split
};

struct Override {
  OverrideKind kind = OverrideKind::kJoin;
  std::string place;               // "line 12, column 5": named in messages
  std::vector<FeatureName> nodes;  // join, split: at least two; signal: one; connect, ban, right of way: via
  std::vector<FeatureName> roads;  // connect, ban: from, to; right of way: from; lanes, speed: one
  bool present = true;             // signal
  std::optional<int> forward_lanes, backward_lanes;  // lanes; none: as the map has them
  bool forward = true, backward = true;              // speed: the directions meant
  double speed_mps = 0;
  std::vector<std::pair<int, int>> lane_pairs;  // connect: lane of `from`, lane of `to`, kerb lane 0
  NodeControl sign = NodeControl::kNone;        // right of way: kStop, kYield, or kNone for priority
};

/// What is left for the builder: features found in the plan. The builder says what it could do.
struct BuildEdit {
  Override what;
  std::vector<std::uint32_t> nodes;                 // of the plan
  std::vector<std::uint32_t> from_roads, to_roads;  // a way may be several roads of a plan
  std::string remark;                               // "": as written; else what is unlike it
  bool partly = false;                              // remark tells of features that are gone
};

/// "join node/1, node/2", for messages.
std::string words_of(const Override& wanted);

/// The problem that says what became of an override. `fault` empty: it was done, as `edit.remark` says.
Problem outcome_of(const BuildEdit& edit, Point at, const std::string& fault);

/// Changes the plan (lanes, speeds, signals) and returns the edits that only the builder can make, in order.
/// Outcomes known here are added to plan.problems.
std::vector<BuildEdit> apply_overrides(const std::vector<Override>& overrides, StreetPlan& plan);

}  // namespace arterial
