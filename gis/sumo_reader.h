#pragma once
// A SUMO net (.net.xml, .net.xml.gz) with its additional files, as a Network. Lengths, speeds, permissions,
// connections and rights of way are the file's; ids are SUMO's.
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

/// Additional files bring signal programs, stops and detectors; what they hold of demand is another reader's.
/// Throws InputError.
Network read_sumo_net(const std::string& path, const std::vector<std::string>& additional = {});

}  // namespace arterial
