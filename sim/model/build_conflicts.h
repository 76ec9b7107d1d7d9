#pragma once
// Which connections of a junction share ground, and where. Used by the network builder and by readers whose
// source says who is a foe of whom but not where they meet (SUMO's request matrix).
#include "sim/model/network.h"

namespace arterial {

/// The ground that connections `a` and `b` share, measured along their driving lengths.
///
/// Two paths conflict when they lead into one lane (a merge: from where they come close to the end of both),
/// when their centre lines cross, or when they pass closer than two bodies need. Paths that run side by side,
/// such as two left turns from neighbouring lanes into neighbouring lanes, do not.
///
/// With `force` the answer is always true and the interval is the one around the nearest approach: for pairs
/// that the source declares to be foes. Yield flags of `out` stay false.
bool conflict_interval(const Network& network, ConnectionId a, ConnectionId b, Conflict& out,
                       bool force = false);

}  // namespace arterial
