#pragma once
// A folder in the General Modeling Network Specification (node.csv, link.csv and what else is there:
// geometry, lane, movement, segment, zone, use and signal tables), also in the form that DTALite writes ->
// StreetPlan. Units come from config.csv (or DTALite's settings.yml); what they say is checked against the
// drawing.
#include <string>

#include "sim/model/street_plan.h"

namespace arterial {

/// Throws InputError where a table cannot be read, lacks a column it must have, or holds a value out of
/// range. Rows that refer to what is not there, and whatever of the tables is not used, are counted in
/// StreetPlan::problems. Lengths of turn pockets (segment.csv) are not used: a link's lanes are constant.
/// GMNS does not say on which side traffic keeps; its lanes count from the left on either.
StreetPlan read_gmns(const std::string& folder, bool left_hand = false);

}  // namespace arterial
