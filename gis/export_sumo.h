#pragma once
// A network as SUMO plain XML, from which netconvert makes a net: users can leave as easily as they come.
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

struct SumoPlainFiles {
  std::vector<std::string> files;     // as written, the configuration last
  std::string command;                // what makes PREFIX.net.xml of them
  std::vector<std::string> left_out;  // what SUMO has no word for here, one sentence each
};

/// PREFIX.nod.xml, .edg.xml, .con.xml, .tll.xml, .typ.xml; .add.xml with stops, detectors and programs by
/// time of day where there are any; PREFIX.netccfg, which names them to netconvert. Coordinates are the
/// network's local ones and the offset is stated, so places stay where they are. Ids that SUMO takes are
/// kept, others repaired without collision and kept as the parameter origId; lane k of edge E is E_k. Right
/// of way goes out as prohibitions between edges; where lanes of one pair of edges differ, netconvert's own
/// rule decides. All files appear or, of each, the former stays. Throws InputError.
SumoPlainFiles write_sumo_plain(const Network& network, const std::string& prefix);

}  // namespace arterial
