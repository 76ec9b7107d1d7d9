#pragma once
// The overrides file of `arterial import --overrides`: repairs of a map, one entry each, read strictly. Keys,
// meaning and what happens on a newer map: docs/OVERRIDES.md.
#include <string>
#include <vector>

#include "sim/model/overrides.h"

namespace arterial {

/// `crs` is the street plan's: places in the file are longitudes and latitudes. Throws InputError with line
/// and column for anything that is not exactly an entry, and for places where the plan states no reference
/// system.
std::vector<Override> read_overrides(const std::string& path, const std::string& crs);
std::vector<Override> parse_overrides(const std::string& file, const std::string& text,
                                      const std::string& crs);

}  // namespace arterial
