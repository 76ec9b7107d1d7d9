#include "gis/vector_binding.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "gis/yaml_section.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

constexpr std::size_t kMostUnknown = 1000;  // distinct values that are told apart

void count(std::map<std::string, std::size_t>& unknown, const std::string& value) {
  const auto found = unknown.find(value.substr(0, 60));
  if (found != unknown.end())
    ++found->second;
  else if (unknown.size() < kMostUnknown)
    unknown.emplace(value.substr(0, 60), 1);
  else
    ++unknown["(other values)"];
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> BoundField::word(const VectorRow& row,
                                            std::map<std::string, std::size_t>& unknown) const {
  if (!rule_) return std::nullopt;
  const std::string text = row.text(field_);
  bool is_unknown = false;
  auto word = rule_->word_for(text, is_unknown);
  if (is_unknown) count(unknown, text);
  return word;
}

std::optional<double> BoundField::number(const VectorRow& row, double low, double high,
                                         std::map<std::string, std::size_t>& unknown) const {
  const auto text = word(row, unknown);
  if (!text) return std::nullopt;
  const auto value = number_of(*text);
  const double scaled = value ? *value * rule_->scale : 0;
  if (value && scaled >= low && scaled <= high) return scaled;
  count(unknown, *text);
  return std::nullopt;
}

std::optional<double> BoundField::speed_mps(const VectorRow& row,
                                            std::map<std::string, std::size_t>& unknown) const {
  const auto text = word(row, unknown);
  if (!text) return std::nullopt;
  auto value = number_of(*text);
  if (value) {
    *value *= rule_->scale;
  } else {
    std::string why;
    value = parse_speed_mps(*text, why);
  }
  if (value && *value == 0) return std::nullopt;  // how many tables say "not known"
  if (value && *value >= 0.5 && *value <= 100) return value;
  count(unknown, *text);
  return std::nullopt;
}

const VectorLayer& Binder::layer(const LayerUse& use) const {
  std::string why;
  if (const VectorLayer* found = sources_.find(use.layer, why)) return *found;
  std::vector<std::string_view> names;
  for (const VectorLayer& layer : sources_.layers()) names.push_back(layer.name());
  const std::string near = nearest_word(use.layer, names);
  fail_at(mapping_.file, use.place, "the layer '" + use.layer.substr(0, 80) + "' " + why,
          near.empty() ? "Correct the name" : "Did you mean '" + near + "'?");
}

BoundField Binder::field(const VectorLayer& layer, const MaybeRule& rule) const {
  if (!rule) return {};
  if (rule->field.empty()) return {*rule, -1};
  const int index = layer.field(rule->field);
  if (index >= 0) return {*rule, index};
  std::string list;
  for (std::size_t k = 0; k < layer.fields().size() && k < 60; ++k)
    list += (k ? ", " : "") + layer.fields()[k];
  const std::vector<std::string_view> names(layer.fields().begin(), layer.fields().end());
  const std::string near = nearest_word(rule->field, names);
  fail_at(mapping_.file, rule->place,
          "the layer '" + layer.name() + "' has no field '" + rule->field.substr(0, 80) + "'",
          near.empty() ? "It has: " + (list.empty() ? std::string("none") : list)
                       : "Did you mean '" + near + "'?");
}

std::string Binder::crs(const VectorLayer& layer, const LayerUse& use) const {
  if (!layer.crs().empty()) return layer.crs();
  if (!mapping_.crs.empty()) return mapping_.crs;
  fail_at(mapping_.file, use.place, "the layer '" + layer.name() + "' states no coordinate reference system",
          "Add it to the mapping, for instance crs: EPSG:4326 for longitude and latitude");
}

std::string most_frequent(const std::map<std::string, std::size_t>& counts, std::size_t most) {
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [value, n] : counts) order.emplace_back(n, value);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  std::size_t others = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k >= most) {
      others += order[k].first;
      continue;
    }
    if (k > 0) text += ", ";
    text += order[k].second.empty() ? "(empty)" : order[k].second;
    text += " (" + grouped(order[k].first) + ")";
  }
  return others ? text + ", others (" + grouped(others) + ")" : text;
}

std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t k = text.size(); k > 3; k -= 3) text.insert(k - 3, 1, ',');
  return text;
}

}  // namespace arterial
