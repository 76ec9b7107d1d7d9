#pragma once
// A mapping held against the layers that are there: layers and fields found (or refused by file:line:column
// with what there is), values of rows turned into words and numbers, coordinates brought to local metres.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gis/vector_mapping.h"
#include "gis/vector_source.h"

namespace arterial {

/// A rule and the field it reads. Without a rule it says nothing.
class BoundField {
 public:
  BoundField() = default;
  BoundField(const ValueRule& rule, int field) : rule_(&rule), field_(field) {}

  bool given() const { return rule_ != nullptr; }
  const ValueRule& rule() const { return *rule_; }
  std::string raw(const VectorRow& row) const { return rule_ ? row.text(field_) : ""; }

  /// The word of a row. Nothing where there is no rule or the field is empty; a value that its table does not
  /// know is counted in `unknown`, too.
  std::optional<std::string> word(const VectorRow& row, std::map<std::string, std::size_t>& unknown) const;
  /// The number of a row in SI, with the rule's unit. A text that is no number, or lies outside, is unknown.
  std::optional<double> number(const VectorRow& row, double low, double high,
                               std::map<std::string, std::size_t>& unknown) const;
  /// The same for speeds, which may state their own unit ("30 mph").
  std::optional<double> speed_mps(const VectorRow& row, std::map<std::string, std::size_t>& unknown) const;

 private:
  const ValueRule* rule_ = nullptr;
  int field_ = -1;
};

class Binder {
 public:
  Binder(const VectorMapping& mapping, const VectorSources& sources) : mapping_(mapping), sources_(sources) {}

  const VectorLayer& layer(const LayerUse& use) const;
  BoundField field(const VectorLayer& layer, const MaybeRule& rule) const;
  /// What the layer's coordinates are in: as it states, else as the mapping does. Throws where neither does.
  std::string crs(const VectorLayer& layer, const LayerUse& use) const;
  const VectorMapping& mapping() const { return mapping_; }

 private:
  const VectorMapping& mapping_;
  const VectorSources& sources_;
};

/// "footway (917), steps (247), 3 others": the most frequent first.
std::string most_frequent(const std::map<std::string, std::size_t>& counts, std::size_t most = 8);
/// "4,451".
std::string grouped(std::uint64_t count);

}  // namespace arterial
