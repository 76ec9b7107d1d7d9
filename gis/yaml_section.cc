#include "gis/yaml_section.h"

#include <sstream>

#include <yaml-cpp/eventhandler.h>

#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

FilePlace place_of_mark(const YAML::Mark& mark) {
  return mark.is_null() ? FilePlace{} : FilePlace{mark.line + 1, mark.column + 1};
}

/// Counts before anything is built: a document of aliases upon aliases costs nothing here.
class Guard : public YAML::EventHandler {
 public:
  Guard(const std::string& file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail_at(file_, place_of_mark(mark), "holds a second document", "Give one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { node(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (++aliases_ > limits_.aliases)
      fail_at(file_, place_of_mark(mark), "uses more than " + std::to_string(limits_.aliases) + " aliases",
              "Write the values out");
    node(mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    node(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    enter(mark);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    enter(mark);
  }
  void OnMapEnd() override { --depth_; }

 private:
  void node(const YAML::Mark& mark) {
    if (++nodes_ > limits_.nodes)
      fail_at(file_, place_of_mark(mark), "holds more than " + std::to_string(limits_.nodes) + " values",
              "Split the " + std::string(limits_.document));
  }
  void enter(const YAML::Mark& mark) {
    node(mark);
    if (++depth_ > limits_.depth)
      fail_at(file_, place_of_mark(mark),
              "is nested deeper than " + std::to_string(limits_.depth) + " levels",
              "A " + std::string(limits_.document) + " is flat; see " + std::string(limits_.manual));
  }

  const std::string& file_;
  const YamlLimits& limits_;
  std::size_t nodes_ = 0;
  int depth_ = 0, aliases_ = 0, documents_ = 0;
};

}  // namespace

void fail_at(const std::string& file, FilePlace place, const std::string& what, const std::string& remedy) {
  throw InputError(file, place.words(), what, remedy);
}

FilePlace place_of(const YAML::Node& node) { return place_of_mark(node.Mark()); }

YAML::Node load_yaml(const std::string& file, const std::string& text, const YamlLimits& limits) {
  if (text.size() > limits.bytes)
    fail_at(file, {}, "is larger than " + std::to_string(limits.bytes >> 20) + " MiB",
            "Split the " + std::string(limits.document));
  if (text.find('\0') != std::string::npos)
    fail_at(file, {}, "holds a NUL byte: this is no YAML text",
            limits.document == "scenario" ? "Give a scenario file, or a city.arnet with --demand"
                                          : "Give a " + std::string(limits.document) + " file");
  try {
    std::istringstream first(text);
    YAML::Parser parser(first);
    Guard guard(file, limits);
    while (parser.HandleNextDocument(guard)) {
    }
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    fail_at(file, place_of_mark(error.mark), "is no valid YAML: " + error.msg, "Correct the line");
  }
}

std::string scalar_at(const std::string& file, const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar())
    fail_at(file, place_of(node),
            what + " must be a single value, not " +
                (node.IsMap()        ? "a map"
                 : node.IsSequence() ? "a list"
                                     : "nothing"),
            "Write one value");
  return node.Scalar();
}

YamlSection::YamlSection(const std::string& file, const YAML::Node& node, std::string name,
                         const std::vector<std::string_view>& keys)
    : file_(file), name_(std::move(name)), place_(place_of(node)) {
  if (!node.IsMap()) {
    std::string list;
    for (const auto key : keys) list += (list.empty() ? "" : ", ") + std::string(key);
    fail_at(file_, place_, name_ + " must be a map", "Write keys and values; it may hold: " + list);
  }
  for (const auto& pair : node) {
    const std::string key = scalar_at(file_, pair.first, "a key of " + name_);
    bool known = false;
    for (const auto allowed : keys) known = known || key == allowed;
    if (!known) {
      const std::string near = nearest_word(key, keys);
      std::string list;
      for (const auto allowed : keys) list += (list.empty() ? "" : ", ") + std::string(allowed);
      fail_at(file_, place_of(pair.first), "'" + key + "' is no key of " + name_,
              near.empty() ? "It may hold: " + list : "Did you mean '" + near + "'?");
    }
    for (const auto& earlier : entries_)
      if (earlier.key == key)
        fail_at(file_, place_of(pair.first),
                "'" + key + "' stands twice in " + name_ + " (first in line " +
                    std::to_string(earlier.key_place.line) + ")",
                "Keep one of them");
    entries_.push_back({key, place_of(pair.first), pair.second});
  }
}

std::optional<YAML::Node> YamlSection::find(std::string_view key) const {
  for (const auto& entry : entries_)
    if (entry.key == key) return entry.value;
  return std::nullopt;
}

std::optional<std::string> YamlSection::text(std::string_view key) const {
  const auto node = find(key);
  if (!node) return std::nullopt;
  std::string value = scalar_at(file_, *node, "'" + std::string(key) + "'");
  if (value.empty()) fail(key, "is empty", "Give a value, or leave the key out");
  return value;
}

void YamlSection::fail(std::string_view key, const std::string& what, const std::string& remedy) const {
  const auto node = find(key);
  fail_at(file_, node ? place_of(*node) : place_, name_ + ": '" + std::string(key) + "' " + what, remedy);
}

}  // namespace arterial
