#pragma once
// The door through which every map comes in: what kind a source is, and the network made of it. A new format
// adds a kind, its sign by which it is known, and a case in import_network().
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

enum class SourceKind : std::uint8_t {
  kSumoNet,
  kSumoConfiguration,
  kOsm,
  kGeoPackage,
  kGisVector,
  kGmns,
  kTntp,
  kSumoOther
};

const char* name_of(SourceKind kind);

/// By content first (a renamed file is still what it is), by name where the content says nothing. Throws
/// InputError for what cannot be read or is no map.
SourceKind kind_of_source(const std::string& path);

struct ImportOptions {
  std::vector<std::string> additional;  // SUMO additional files
  std::string overrides, mapping;       // files; empty: none
  std::string country;                  // of OSM rules; empty: by place
  int left_hand = -1;                   // 1 or 0 where the user states it; -1: by the source
};

/// Reads one source, or several of one kind that belong together. Throws InputError.
Network import_network(const std::vector<std::string>& sources, const ImportOptions& options);

}  // namespace arterial
