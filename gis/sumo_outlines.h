#pragma once
// Outlines of junctions that leave lanes as long as they are: netconvert cuts a lane where it meets the
// outline of its junction, or draws it out to it.
#include <cstdint>
#include <vector>

#include "sim/model/network.h"

namespace arterial::sumo {

/// A lane's line without points within 0.1 m of another: netconvert takes these for one, and the direction of
/// so short an end for the lane's. Both ends stay.
std::vector<Point> road_line(const Network& network, Shape shape);

/// The network's own outline where it cuts no lane; else a star through the lane ends, else a small square
/// beside the lanes. Empty where the junction has no lanes, or no outline and more than one road: netconvert
/// then draws its own. `links`: all that begin or end here.
std::vector<Point> outline_for_sumo(const Network& network, const std::vector<std::uint32_t>& links,
                                    std::uint32_t junction);

}  // namespace arterial::sumo
