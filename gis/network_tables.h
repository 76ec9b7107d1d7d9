#pragma once
// The network as CSV, for outside checkers and spreadsheets: lanes, connections, conflicts, programs,
// switches.
#include <string>

#include "sim/model/network.h"

namespace arterial {

/// A connection is named by the id of its ground (for SUMO: its first lane inside the junction). `pieces`
/// lists the source's own lanes on it as "id@begin_m", blank separated. Classes and letters are as the model
/// names them.
void write_network_tables(const Network& network, const std::string& folder);

}  // namespace arterial
