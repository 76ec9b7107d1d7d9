#pragma once
// Places for people: longitude and latitude, and a link to a map there.
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "scenarios/text.h"
#include "sim/model/network.h"

namespace arterial {

/// Longitude and latitude of a place, where the network knows where it lies. Mains make it of
/// gis/projection.h.
using ToLonLat = std::function<std::optional<std::pair<double, double>>(Point)>;

/// An address that shows the place; empty where it is not known.
inline std::string map_link(const std::optional<std::pair<double, double>>& lonlat) {
  if (!lonlat) return {};
  const std::string lon = fixed(lonlat->first, 6), lat = fixed(lonlat->second, 6);
  return "https://www.openstreetmap.org/?mlat=" + lat + "&mlon=" + lon + "#map=19/" + lat + "/" + lon;
}

}  // namespace arterial
