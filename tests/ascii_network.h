#pragma once
// Street plans whose roads are drawn too. Capital letters and digits are nodes; a line between two of them is
// a road:
//
//       N             -  |   a street, one lane each way
//       |             =  :   a road of two lanes each way
//   W===X===E         >  <   v  ^   one way, one lane, as the arrow points
//       v
//       S             A character is `metres` wide and twice as high.
//
// `words` say what a drawing cannot, entries apart by ';':
//   "X signal; W stop"            control: signal, stop, all_way_stop, yield, mini_roundabout
//   "WX lanes=3+1 speed=50 class=primary roundabout"   lanes from W to X, and back; speed in km/h
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/network_builder.h"

namespace arterial {

StreetPlan ascii_plan(std::string_view drawing, std::string_view words = "", double metres = 10);
Network ascii_network(std::string_view drawing, std::string_view words = "", double metres = 10);

/// The link from node 'W' towards node 'X': "WX". Throws std::logic_error where there is none.
LinkId link_between(const Network& network, std::string_view from_to);
/// Links of "WXE": WX, then XE.
std::vector<LinkId> links_along(const Network& network, std::string_view nodes);
LaneId lane_of(const Network& network, std::string_view from_to, int index = 0);
JunctionId junction_at(const Network& network, char node);
/// Connections from one link to another, all lanes.
std::vector<ConnectionId> connections_between(const Network& network, std::string_view from_via_to);

}  // namespace arterial
