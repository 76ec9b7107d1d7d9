#pragma once
// What the first rows of a layer look like, and what its fields may mean by their names.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gis/vector_source.h"

namespace arterial {

struct FieldSample {
  std::string name;
  std::map<std::string, std::size_t> values;  // at most 400 distinct ones
  std::size_t filled = 0;
  bool all_numbers = true, all_different = true;
  double low = 0, high = 0;  // of numbers
};

struct LayerSample {
  const VectorLayer* layer = nullptr;
  std::size_t rows = 0;  // that were looked at, at most 20,000
  std::vector<FieldSample> fields;
  std::optional<Point> place;  // of its first shape
};

LayerSample sample_of(const VectorLayer& layer);

/// What a field may be for; the words of the mapping file where it has one.
enum class FieldRole : std::uint8_t {
  kId,
  kFrom,
  kTo,
  kName,
  kDirection,
  kLanes,
  kLanesTotal,
  kLanesForward,
  kLanesBackward,
  kSpeed,
  kClass,
  kCapacity,
  kLevel,
  kRoundabout,
  kLaneWidth,
  kLength,
  kX,
  kY,
  kControl,
  kHeight,
  kResidents,
  kJobs,
  kZone
};

/// The field whose name fits the role best, or null. Fields without any value never fit.
const FieldSample* field_for(const LayerSample& sample, FieldRole role);

/// Whether the layer's name holds one of these words.
bool is_named(const LayerSample& sample, std::initializer_list<std::string_view> words);

}  // namespace arterial
