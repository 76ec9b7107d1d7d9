#pragma once
// An invented city and whoever is under way in it, as SUMO's plain files: for a comparison that starts from
// one state.
#include <cstdint>
#include <string>

#include "sim/model/demand.h"
#include "sim/model/network.h"
#include "sim/model/snapshot.h"

namespace arterial {

/// FOLDER/city.nod.xml, .edg.xml, .con.xml, .tll.xml for netconvert, and FOLDER/under_way.rou.xml: every
/// vehicle departs at once on its lane, where it is and as fast as it is, on what is left of its way. Returns
/// how many were left out, being inside a junction. What SUMO makes anew: the paths and conflicts inside
/// junctions, and who yields there.
std::uint64_t write_sumo_files(const Network& network, const Demand& demand, const Snapshot& state,
                               const std::string& folder);

}  // namespace arterial
