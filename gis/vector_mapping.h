#pragma once
// The mapping file: which layer and field of any GIS data means what. YAML, strict: a misspelt key, a word
// that is none, a value given twice is an InputError with file, line, column and the nearest valid word.
// docs/MAPPING.md shows every key. It names layers, never files: what is read stands on the command line.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/file_place.h"
#include "sim/model/network.h"

namespace arterial {

/// How a value comes from a row: a field and a table that turns its values into ours, or one value for all
/// rows.
struct ValueRule {
  struct Case {
    std::string text;  // equal as text, or as numbers where both are
    bool is_range = false;
    double low = 0, high = 0;  // of a range, both inclusive unless stated; "< 35", ">= 60", "50..65"
    bool low_open = false, high_open = false;
    std::string word;
  };
  std::string field;        // empty: always `otherwise`
  std::vector<Case> cases;  // the first that fits wins; none: the field's own value
  std::string otherwise;    // where the field is empty or fits no case
  bool has_otherwise = false;
  double scale = 1;       // of numbers, to SI
  bool per_lane = false;  // capacity
  FilePlace place;        // of the field's name, or the value

  /// The word for a field's text; nothing where the text is empty or fits no case and there is no
  /// `otherwise`. `unknown` tells the two apart.
  std::optional<std::string> word_for(std::string_view text, bool& unknown) const;
};

using MaybeRule = std::optional<ValueRule>;

struct LayerUse {
  std::string layer;
  FilePlace place;
};

enum class Crossings : std::uint8_t { kApart, kByLevel };

struct VectorMapping {
  struct Roads : LayerUse {
    MaybeRule id, name, from, to, direction, lanes, lanes_forward, lanes_backward, lanes_total, speed,
        speed_forward, speed_backward, road_class, capacity, allowed, level, roundabout, lane_width, length;
  };
  struct Nodes : LayerUse {
    MaybeRule id, x, y, control;
  };
  struct ControlPoints : LayerUse {
    MaybeRule control;
    double within_m = 20;
  };
  struct Areas : LayerUse {
    MaybeRule height;  // buildings
  };
  struct Join : LayerUse {
    MaybeRule key, with;  // a field of the joined table, and the field of the layer that equals it
  };
  struct Zones : LayerUse {
    MaybeRule id, name, residents, jobs;
    std::optional<Join> join;
  };

  std::string file;  // for messages
  std::string name, source, licence, attribution, country, crs, local_crs;
  FilePlace crs_place, local_crs_place;
  std::optional<bool> left_hand;
  double snap_m = 0.5;
  Crossings crossings = Crossings::kApart;
  bool pair_directions = true;
  Roads roads;
  std::optional<Nodes> nodes;
  std::optional<ControlPoints> signals, stop_signs;
  std::optional<Areas> buildings, water;
  std::optional<Zones> zones;
};

/// Throws InputError.
VectorMapping parse_mapping(const std::string& file, const std::string& text);
VectorMapping read_mapping(const std::string& path);

// The words that value tables end in.
std::optional<RoadClass> road_class_from(std::string_view word);
const std::vector<std::string_view>& road_class_words();  // and "none": the row is no road

}  // namespace arterial
