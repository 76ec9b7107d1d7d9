#pragma once
// Streets as no town has them, with traffic, drawn from a seed: what the laws must survive. Links of 1 m,
// five and more legs, dead ends, loops, lane drops, 8 lanes, small roundabouts, grounds of no length, every
// control, odd rights of way and signal programs, all classes, long and weak vehicles, stops, changes,
// rerouting, any step. Sound by faults_in(), with an amber of 3 s at least (docs/MODELS.md: less is counted
// as red).
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/model/demand.h"
#include "sim/model/network.h"
#include "sim/model/scenario.h"

namespace arterial {

struct OddStreets {
  Network network;
  Demand demand;  // routed: every trip walks along connections open to its class
  SimOptions options;
  std::vector<Change> changes;
};

/// The same seed draws the same streets on every machine. `tiny`: some twenty links and up to 60 trips for up
/// to 200 steps; otherwise one in four is larger.
OddStreets draw_odd_streets(std::uint64_t seed, bool tiny);

/// The smallest streets found that still fail: fewer trips, changes and stops, an earlier end, then only the
/// links and turns that somebody needs. `fails` is asked at most `attempts` times.
OddStreets shrink_streets(const OddStreets& streets, const std::function<bool(const OddStreets&)>& fails,
                          int attempts = 400);

/// Without the connections for which `keep` says no, and without the links whose `keep_link` says no.
/// What refers to a link that is gone must be gone before.
Network without_parts(const Network& network, const std::vector<bool>& keep_link,
                      const std::vector<bool>& keep_connection);

/// What there is to know about small streets, for a person who draws the case again.
std::string in_words(const OddStreets& streets);

}  // namespace arterial
