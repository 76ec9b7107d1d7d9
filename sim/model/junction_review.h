#pragma once
// How sure the network builder is of a junction made of several nodes, or of two that it kept apart though
// they lie close. Kept in Network::problems, so that a list for review goes with the network file.
#include <optional>
#include <string>
#include <vector>

#include "sim/model/problem.h"

namespace arterial {

struct JunctionReview {
  bool joined = true;     // else: kept apart
  double confidence = 0;  // 0 to 1, that this is right
  std::string reasons;    // for people: "14 m from end to end; signals at all 4 nodes"
};

/// Code "junction_joined" with the junction's id, or "junctions_kept_apart" with two node ids,
/// "node/1;node/2".
Problem problem_of(const JunctionReview& review, std::string object_id, double x_m, double y_m);
/// What problem_of() put in; nothing for any other problem.
std::optional<JunctionReview> review_of(const Problem& problem);

}  // namespace arterial
