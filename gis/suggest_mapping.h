#pragma once
// A first mapping file for GIS data, from the names and values of its fields, with a remark wherever it is
// unsure.
#include <string>
#include <vector>

namespace arterial {

/// YAML that parse_mapping() takes. Throws InputError where the sources cannot be read or hold nothing that
/// could be roads.
std::string suggest_mapping(const std::vector<std::string>& sources);

}  // namespace arterial
