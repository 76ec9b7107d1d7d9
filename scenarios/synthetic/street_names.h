#pragma once
// Invented street names: landscape, trades, trees, weather. No person is named.
#include <cstdint>
#include <string>

#include "sim/model/network.h"

namespace arterial::synthetic {

/// The same key gives the same name.
std::string street_name(std::uint64_t key, RoadClass road_class);
std::string river_name(std::uint64_t key);
std::string city_name(std::uint64_t key);

}  // namespace arterial::synthetic
