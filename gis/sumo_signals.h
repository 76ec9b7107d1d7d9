#pragma once
// Signal programs of a SUMO net and its additional files.
#include <string>
#include <unordered_map>

#include "gis/sumo_net_file.h"
#include "sim/model/network.h"

namespace arterial::sumo {

/// One Signal for each id, in the order of first mention, without programs. Rail signals and crossings are
/// left out: SUMO runs them by the trains, and no train runs here.
std::unordered_map<std::string, SignalId> add_signals(const NetFile& net, Network& network);

/// Fills in the programs once the connections stand: the program loaded last is the active one, unless a WAUT
/// says otherwise. Throws InputError where a state is shorter than the connections need.
void add_programs(const NetFile& net, const std::unordered_map<std::string, SignalId>& ids, Network& network);

}  // namespace arterial::sumo
