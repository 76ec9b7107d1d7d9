#pragma once
// Pieces of SUMO plain XML as text, for gis/export_sumo.cc.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gis/sumo_names.h"
#include "sim/model/network.h"

namespace arterial::sumo {

/// ` name="value"`, escaped.
std::string attribute(std::string_view name, std::string_view value);
/// Metres to 0.1 mm, as the engine counts them; seconds alike.
std::string decimal(double value);
/// "x,y x,y ..."
std::string drawn(std::span<const Point> line);

// Whole files, without the head.
std::string nodes_xml(const Network& network, const Names& names);
std::string edges_xml(const Network& network, const Names& names);
std::string types_xml(const Network& network);
std::string connections_xml(const Network& network, const Names& names);
std::string signals_xml(const Network& network, const Names& names);
/// Empty where the network has no stops, no detectors and no programs that change.
std::string additional_xml(const Network& network, const Names& names, std::vector<std::string>& left_out);

/// Whether paths from different roads into different lanes of one road mostly do without each other here.
/// SUMO makes them foes unless told so; networks of SUMO's have it its way, ours only where the paths touch.
bool lanes_of_a_road_are_apart(const Network& network);

/// Signals that a connection obeys: SUMO keeps no others.
std::vector<bool> used_signals(const Network& network);

}  // namespace arterial::sumo
