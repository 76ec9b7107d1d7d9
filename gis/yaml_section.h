#pragma once
// YAML from strangers, read strictly: caps on size, depth and aliases before a node is built, and sections
// that know which keys they may hold. Mapping files and scenario files stand on it.
//
// std, yaml-cpp and sim/model only; library target `arterial_yaml`.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "sim/model/file_place.h"

namespace arterial {

struct YamlLimits {
  std::size_t bytes = 4 << 20;
  std::size_t nodes = 500000;
  int depth = 16;
  int aliases = 64;
  // For messages: what the file is, and where its keys are written down.
  std::string_view document = "scenario", manual = "docs/SCENARIO_FILE.md";
};

/// One document. Throws InputError with line and column.
YAML::Node load_yaml(const std::string& file, const std::string& text, const YamlLimits& limits = {});

FilePlace place_of(const YAML::Node& node);
[[noreturn]] void fail_at(const std::string& file, FilePlace place, const std::string& what,
                          const std::string& remedy);

/// A map whose keys are all known, each given once.
class YamlSection {
 public:
  YamlSection(const std::string& file, const YAML::Node& node, std::string name,
              const std::vector<std::string_view>& keys);

  struct Entry {
    std::string key;
    FilePlace key_place;
    YAML::Node value;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  std::optional<YAML::Node> find(std::string_view key) const;
  /// The scalar of a key; fails where it is a list, a map or empty.
  std::optional<std::string> text(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, const std::string& what, const std::string& remedy) const;
  const std::string& file() const { return file_; }

 private:
  std::string file_, name_;
  FilePlace place_;
  std::vector<Entry> entries_;
};

std::string scalar_at(const std::string& file, const YAML::Node& node, const std::string& what);

}  // namespace arterial
