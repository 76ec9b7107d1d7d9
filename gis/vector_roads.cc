#include "gis/vector_roads.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "gis/gpkg_plan_words.h"
#include "gis/node_link_plan.h"

namespace arterial {
namespace {

constexpr std::size_t kMostId = 200, kMostName = 200;

using Counts = std::map<std::string, std::size_t>;

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;  // whole characters
  text.resize(most);
  return text;
}

std::string id_of(const VectorRow& row, const BoundField& field) {
  std::string id = field.raw(row);
  if (id.size() > kMostId)
    row.fail("has an id of " + std::to_string(id.size()) + " bytes; the most is " + std::to_string(kMostId),
             "Map another field as id");
  return id;
}

/// "car,bus", "all", "motor", "none". Nothing where a word is none of ours.
std::optional<ClassMask> classes_of(std::string_view words) {
  if (words == "all") return kAllRoadClasses;
  if (words == "motor") return kMotorClasses;
  if (words == "none") return ClassMask{0};
  ClassMask mask = 0;
  for (;;) {
    const auto comma = words.find(',');
    std::string_view word = words.substr(0, comma);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    const auto known = vehicle_class_from(word);
    if (!known) return std::nullopt;
    mask |= mask_of(*known);
    if (comma == std::string_view::npos) return mask;
    words.remove_prefix(comma + 1);
  }
}

class RoadReader {
 public:
  RoadReader(const Binder& binder, const osm::Country& country, bool left_hand)
      : binder_(binder),
        m_(binder.mapping().roads),
        country_(country),
        left_hand_(left_hand),
        layer_(binder.layer(m_)) {
    const auto bind = [&](const MaybeRule& rule) { return binder.field(layer_, rule); };
    id_ = bind(m_.id), name_ = bind(m_.name), from_ = bind(m_.from), to_ = bind(m_.to);
    direction_ = bind(m_.direction), lanes_ = bind(m_.lanes), lanes_total_ = bind(m_.lanes_total);
    lanes_forward_ = bind(m_.lanes_forward), lanes_backward_ = bind(m_.lanes_backward);
    speed_ = bind(m_.speed), speed_forward_ = bind(m_.speed_forward),
    speed_backward_ = bind(m_.speed_backward);
    class_ = bind(m_.road_class), capacity_ = bind(m_.capacity), allowed_ = bind(m_.allowed);
    level_ = bind(m_.level), roundabout_ = bind(m_.roundabout), width_ = bind(m_.lane_width);
    length_ = bind(m_.length);
  }

  RoadRows read() {
    has_shapes_ = layer_.shapes() != VectorLayer::Shapes::kNone;
    if (!has_shapes_ && !binder_.mapping().nodes)
      throw InputError(layer_.file(), "layer " + layer_.name(),
                       "has no shapes, and the mapping names no table of nodes that say where its roads lie",
                       "Add 'nodes' to the mapping, and 'from' and 'to' to its roads");
    if (has_shapes_) out_.crs = binder_.crs(layer_, m_);
    if (binder_.mapping().nodes) read_nodes(*binder_.mapping().nodes);
    rows_ = layer_.each([&](const VectorRow& row) { take(row); });
    if (out_.roads.empty())
      throw InputError(layer_.file(), "layer " + layer_.name(),
                       "none of its " + grouped(rows_) + " rows is a road" +
                           (no_road_.empty() ? "" : " (by class: " + most_frequent(no_road_) + ")"),
                       "Correct the mapping of class and direction");
    say_what_was_read();
    say_what_was_guessed();
    return std::move(out_);
  }

 private:
  void note(Severity severity, const char* code, std::string words) {
    out_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  // Nodes.

  void read_nodes(const VectorMapping::Nodes& use) {
    const VectorLayer& layer = binder_.layer(use);
    const BoundField id = binder_.field(layer, use.id), x = binder_.field(layer, use.x),
                     y = binder_.field(layer, use.y), control = binder_.field(layer, use.control);
    if (!x.given() && layer.shapes() == VectorLayer::Shapes::kNone)
      throw InputError(layer.file(), "layer " + layer.name(), "has no points",
                       "Name the fields of its coordinates in the mapping: x and y of nodes");
    out_.nodes_crs = binder_.crs(layer, use);
    std::unordered_set<std::string> known;
    std::size_t twice = 0, controlled = 0;
    Counts unknown_control;
    const std::uint64_t rows = layer.each([&](const VectorRow& row) {
      PlanNode node;
      node.id = id_of(row, id);
      if (node.id.empty()) row.fail("has no id", "Give every node an id");
      node.at = x.given() ? Point{coordinate(row, x), coordinate(row, y)} : point_of(row);
      if (!known.insert(node.id).second) {
        ++twice;
        return;
      }
      node.control = control_of(control.word(row, unknown_control).value_or("none"), unknown_control);
      controlled += node.control != NodeControl::kNone;
      out_.nodes.push_back(std::move(node));
    });
    note(Severity::kNote, "layer_read",
         "Layer " + layer.name() + ": " + grouped(rows) + " rows, " + grouped(out_.nodes.size()) + " nodes" +
             (control.given() ? ", " + grouped(controlled) + " of them with a signal or sign" : "") +
             (unknown_control.empty() ? "" : " (no control: " + most_frequent(unknown_control) + ")") + ".");
    if (twice)
      note(Severity::kWarning, "node_twice",
           grouped(twice) + " nodes have the id of an earlier one and were left out.");
  }

  static double coordinate(const VectorRow& row, const BoundField& field) {
    Counts unknown;
    const auto value = field.number(row, -1e8, 1e8, unknown);
    if (!value)
      row.fail("has no coordinate in '" + field.rule().field.substr(0, 60) + "'", "Correct the row");
    return *value;
  }

  static Point point_of(const VectorRow& row) {
    const auto points = row.points();
    if (points.size() != 1)
      row.fail("is " + std::to_string(points.size()) + " points", "A node is one point");
    return points.front();
  }

  static NodeControl control_of(const std::string& word, Counts& unknown) {
    if (word == "none" || word.empty()) return NodeControl::kNone;
    for (std::size_t k = 0; k < std::size(gpkg_plan::kControls); ++k)
      if (gpkg_plan::kControls[k] == word) return static_cast<NodeControl>(k);
    ++unknown[word.substr(0, 60)];
    return NodeControl::kNone;
  }

  // Roads.

  void take(const VectorRow& row) {
    const RoadClass road_class = class_of(row);
    if (is_no_road_) return;
    const std::string direction = direction_of(row);
    if (direction == "none") {
      ++no_road_["(direction none)"];
      return;
    }
    PlanRoad road = by_class(road_class);
    set_lanes(row, direction, road);
    set_speeds(row, road);
    if (!set_access(row, road)) return;
    set_rest(row, road);
    add_lines(row, std::move(road));
  }

  RoadClass class_of(const VectorRow& row) {
    is_no_road_ = false;
    if (!class_.given()) {
      Counts ignored;
      const auto speed = speed_.speed_mps(row, ignored);
      const auto lanes = lanes_.number(row, 1, 32, ignored);
      ++class_guessed_;
      return speed ? gis::class_of_speed(*speed, lanes ? static_cast<int>(*lanes) : 1)
                   : RoadClass::kUnclassified;
    }
    const std::size_t unknown_before = class_unknown_.size();
    const auto word = class_.word(row, class_unknown_);
    if (word && *word == "none") {
      ++no_road_[class_.raw(row).substr(0, 60)];
      is_no_road_ = true;
      return RoadClass::kOther;
    }
    const auto known = word ? road_class_from(*word) : std::nullopt;
    if (known) return *known;
    if (word)
      ++class_unknown_[word->substr(0, 60)];  // no table: the value itself is no class
    else if (class_unknown_.size() == unknown_before && class_.raw(row).empty())
      ++class_unknown_[""];
    return RoadClass::kUnclassified;
  }

  std::string direction_of(const VectorRow& row) {
    if (!direction_.given()) return "both";
    const auto word = direction_.word(row, direction_unknown_);
    if (word && (*word == "both" || *word == "forward" || *word == "backward" || *word == "none"))
      return *word;
    if (word) ++direction_unknown_[word->substr(0, 60)];
    return "both";
  }

  /// Lanes, speed and access that the class suggests, as the OpenStreetMap reader has them.
  PlanRoad by_class(RoadClass road_class) const {
    PlanRoad road;
    road.road_class = road_class;
    osm::TagCounts ignored;
    const osm::Tags tags{{"highway", std::string(gpkg_plan::kClasses[static_cast<unsigned>(road_class)])},
                         {"oneway", "no"}};
    if (const auto rules = osm::road_rules(tags, country_, left_hand_, true, ignored)) {
      road.forward = rules->forward;
      road.backward = rules->backward;
    } else {  // cycleway, rail, other
      for (PlanDirection* d : {&road.forward, &road.backward}) {
        d->lanes = 1;
        d->lanes_guessed = d->speed_guessed = true;
        d->speed_mps = road_class == RoadClass::kCycleway ? 25 / 3.6 : 50 / 3.6;
        if (road_class == RoadClass::kCycleway) d->allowed = mask_of(VehicleClass::kBicycle);
        if (road_class == RoadClass::kRail)
          d->allowed = mask_of(VehicleClass::kRail) | mask_of(VehicleClass::kTram);
      }
    }
    road.lane_width_m = road_class == RoadClass::kMotorway                                            ? 3.5
                        : road_class == RoadClass::kService || road_class == RoadClass::kLivingStreet ? 2.8
                                                                                                      : 3.2;
    return road;
  }

  std::optional<int> lanes_of(const VectorRow& row, const BoundField& field) {
    const auto value = field.number(row, 0, 32, lanes_unknown_);
    if (!value || *value < 0.5) return std::nullopt;  // 0 stands for "not known" in most tables
    return std::max(1, static_cast<int>(*value));
  }

  void set_lanes(const VectorRow& row, const std::string& direction, PlanRoad& road) {
    const bool both = direction == "both";
    std::optional<int> forward = lanes_of(row, lanes_forward_), backward = lanes_of(row, lanes_backward_);
    const auto each = lanes_of(row, lanes_), total = lanes_of(row, lanes_total_);
    if (total && both) {
      if (!forward) forward = std::max(1, backward ? *total - *backward : (*total + 1) / 2);
      if (!backward) backward = std::max(1, *total - *forward);
    }
    for (auto* lanes : {&forward, &backward})
      if (!*lanes) *lanes = each ? each : total;
    const auto set = [](PlanDirection& d, const std::optional<int>& lanes) {
      d.lanes_guessed = !lanes;
      if (lanes) d.lanes = *lanes;
      d.lanes = std::max(d.lanes, 1);
    };
    set(road.forward, forward);
    set(road.backward, backward);
    if (direction == "forward") road.backward.lanes = 0;
    if (direction == "backward") road.forward.lanes = 0;
    lanes_guessed_ += (road.forward.lanes > 0 && road.forward.lanes_guessed) ||
                      (road.backward.lanes > 0 && road.backward.lanes_guessed);
  }

  void set_speeds(const VectorRow& row, PlanRoad& road) {
    const auto each = speed_.speed_mps(row, speed_unknown_);
    const auto forward = speed_forward_.speed_mps(row, speed_unknown_),
               backward = speed_backward_.speed_mps(row, speed_unknown_);
    const auto set = [&](PlanDirection& d, const std::optional<double>& own) {
      const auto speed = own ? own : each;
      d.speed_guessed = !speed;
      if (speed) d.speed_mps = *speed;
    };
    set(road.forward, forward);
    set(road.backward, backward);
    speeds_guessed_ += (road.forward.lanes > 0 && road.forward.speed_guessed) ||
                       (road.backward.lanes > 0 && road.backward.speed_guessed);
  }

  bool set_access(const VectorRow& row, PlanRoad& road) {
    const auto word = allowed_.word(row, allowed_unknown_);
    if (!word) return true;
    const auto classes = classes_of(*word);
    if (!classes) {
      ++allowed_unknown_[word->substr(0, 60)];
      return true;
    }
    if (*classes == 0) {
      ++no_road_["(closed to all)"];
      return false;
    }
    road.forward.allowed = road.backward.allowed = *classes;
    return true;
  }

  void set_rest(const VectorRow& row, PlanRoad& road) {
    road.name = shortened(name_.word(row, rest_unknown_).value_or(""), kMostName);
    if (const auto level = level_.number(row, -20, 20, level_unknown_))
      road.level = static_cast<int>(std::lround(*level));
    if (const auto capacity = capacity_.number(row, 0, 1e6, rest_unknown_))
      for (PlanDirection* d : {&road.forward, &road.backward})
        d->capacity_vph = *capacity * (capacity_.rule().per_lane ? d->lanes : 1);
    if (const auto word = roundabout_.word(row, rest_unknown_))
      road.roundabout = *word == "yes" || *word == "true" || *word == "1" || *word == "roundabout";
    if (const auto width = width_.number(row, 1, 10, rest_unknown_)) road.lane_width_m = *width;
    if (const auto length = length_.number(row, 0, 1e6, rest_unknown_)) {
      road.length_m = *length;
      stated_lane_m_ += *length * (road.forward.lanes + road.backward.lanes);
      if (!(*length > 0)) road.length_m = 0;
    }
  }

  void add_lines(const VectorRow& row, PlanRoad road) {
    std::string id = id_of(row, id_);
    if (id.empty()) id = "row/" + std::to_string(row.number_of_row());
    DraftLine line;
    line.from = id_of(row, from_);
    line.to = id_of(row, to_);
    line.level = road.level;
    if (!has_shapes_) return add(std::move(id), std::move(line), std::move(road));
    auto parts = row.lines();
    if (parts.empty() && !from_.given()) {
      ++without_shape_;
      return;
    }
    if (parts.size() > 1) {
      several_parts_ += 1;
      road.length_m = 0;
      if (from_.given())
        row.fail("has " + std::to_string(parts.size()) + " parts, but one 'from' and one 'to'",
                 "Split multi-part lines, or leave from and to out of the mapping");
    }
    if (parts.empty()) return add(std::move(id), std::move(line), std::move(road));
    for (auto& part : parts) {
      line.points = std::move(part);
      add(id, line, road);
    }
  }

  void add(std::string id, DraftLine line, PlanRoad road) {
    std::size_t& times = times_[id];
    if (++times > 1) {
      ++ids_twice_;
      id.append(1, '#').append(std::to_string(times));
    }
    line.id = road.id = id;
    out_.lines.push_back(std::move(line));
    out_.roads.push_back(std::move(road));
  }

  // The report.

  void say_what_was_read() {
    std::size_t left_out = 0;
    for (const auto& [value, n] : no_road_) left_out += n;
    std::string words =
        "Layer " + layer_.name() + ": " + grouped(rows_) + " rows, " + grouped(out_.roads.size()) + " roads";
    if (left_out) words += "; " + grouped(left_out) + " rows are no road: " + most_frequent(no_road_);
    if (stated_lane_m_ > 0)
      words +=
          "; stated length " + grouped(static_cast<std::uint64_t>(stated_lane_m_ / 1000 + 0.5)) + " lane-km";
    note(Severity::kNote, "layer_read", words + ".");
    if (without_shape_)
      note(Severity::kWarning, "row_without_shape",
           grouped(without_shape_) + " rows have no line and were left out.");
    if (several_parts_)
      note(Severity::kNote, "lines_in_parts",
           grouped(several_parts_) + " rows have several parts; each became a road.");
    if (ids_twice_)
      note(Severity::kNote, "id_twice",
           grouped(ids_twice_) + " roads have the id of an earlier one; they were numbered (ID#2).");
  }

  void say_what_was_guessed() {
    const auto guess = [&](std::size_t n, const char* code, const std::string& words) {
      if (n) note(Severity::kGuess, code, grouped(n) + words);
    };
    guess(class_guessed_, "class_guessed",
          " roads state no class: speed and lanes decide, where they are stated.");
    guess(lanes_guessed_, "lanes_guessed", " roads state no number of lanes: the class decides.");
    guess(speeds_guessed_, "speed_guessed", " roads state no speed: the class decides.");
    const auto odd = [&](const Counts& unknown, const char* code, const char* what, const char* instead) {
      if (!unknown.empty())
        note(Severity::kWarning, code,
             std::string(what) + " is not understood: " + most_frequent(unknown) + "; " + instead + ".");
    };
    odd(class_unknown_, "class_not_understood", "The class", "these roads are unclassified");
    odd(direction_unknown_, "direction_not_understood", "The direction", "these roads run both ways");
    odd(lanes_unknown_, "lanes_not_understood", "The number of lanes", "the class decides");
    odd(speed_unknown_, "speed_not_understood", "The speed", "the class decides");
    odd(allowed_unknown_, "access_not_understood", "Who may use the road", "the class decides");
    odd(level_unknown_, "level_not_understood", "The level", "these roads lie on the ground");
    odd(rest_unknown_, "value_not_understood", "A value", "it was left out");
  }

  const Binder& binder_;
  const VectorMapping::Roads& m_;
  osm::Country country_;
  bool left_hand_, has_shapes_ = false, is_no_road_ = false;
  const VectorLayer& layer_;
  BoundField id_, name_, from_, to_, direction_, lanes_, lanes_forward_, lanes_backward_, lanes_total_,
      speed_, speed_forward_, speed_backward_, class_, capacity_, allowed_, level_, roundabout_, width_,
      length_;
  RoadRows out_;
  std::uint64_t rows_ = 0;
  double stated_lane_m_ = 0;
  std::unordered_map<std::string, std::size_t> times_;
  Counts no_road_, class_unknown_, direction_unknown_, lanes_unknown_, speed_unknown_, allowed_unknown_,
      level_unknown_, rest_unknown_;
  std::size_t class_guessed_ = 0, lanes_guessed_ = 0, speeds_guessed_ = 0, without_shape_ = 0,
              several_parts_ = 0, ids_twice_ = 0;
};

}  // namespace

RoadRows read_road_rows(const Binder& binder, const osm::Country& country, bool left_hand) {
  return RoadReader(binder, country, left_hand).read();
}

void pair_directions(StreetPlan& plan, double tolerance_m) {
  const auto key = [](std::uint32_t from, std::uint32_t to) { return std::uint64_t{from} << 32 | to; };
  const auto one_way = [](const PlanRoad& r) { return (r.forward.lanes > 0) != (r.backward.lanes > 0); };
  // From here on a road that runs against its drawing is drawn the other way.
  for (PlanRoad& road : plan.roads)
    if (one_way(road) && road.forward.lanes == 0) {
      std::reverse(road.nodes.begin(), road.nodes.end());
      std::swap(road.forward, road.backward);
    }
  const auto same_ground = [&](const PlanRoad& a, const PlanRoad& b) {
    if (a.nodes.size() != b.nodes.size() || a.level != b.level) return false;
    for (std::size_t k = 0; k < a.nodes.size(); ++k) {
      const Point p = plan.nodes[a.nodes[k]].at, q = plan.nodes[b.nodes[b.nodes.size() - 1 - k]].at;
      if (std::hypot(p.x - q.x, p.y - q.y) > tolerance_m) return false;
    }
    return true;
  };
  std::unordered_map<std::uint64_t, std::vector<std::size_t>>
      open;  // one-way roads by their ends; looked up only
  std::vector<char> gone(plan.roads.size(), 0);
  std::size_t pairs = 0;
  for (std::size_t r = 0; r < plan.roads.size(); ++r) {
    PlanRoad& road = plan.roads[r];
    if (!one_way(road)) continue;
    auto& twins = open[key(road.nodes.back(), road.nodes.front())];
    const auto twin = std::find_if(twins.begin(), twins.end(),
                                   [&](std::size_t t) { return same_ground(plan.roads[t], road); });
    if (twin == twins.end()) {
      open[key(road.nodes.front(), road.nodes.back())].push_back(r);
      continue;
    }
    PlanRoad& first = plan.roads[*twin];
    first.backward = road.forward;
    first.backward_id = road.id;
    first.road_class = std::min(first.road_class, road.road_class);
    first.length_m = std::max(first.length_m, road.length_m);
    if (first.name.empty()) first.name = road.name;
    twins.erase(twin);
    gone[r] = 1;
    ++pairs;
  }
  if (pairs == 0) return;
  std::size_t kept = 0;
  for (std::size_t r = 0; r < plan.roads.size(); ++r)
    if (!gone[r]) {
      if (kept != r) plan.roads[kept] = std::move(plan.roads[r]);
      ++kept;
    }
  plan.roads.resize(kept);
  plan.problems.push_back({Severity::kNote, "directions_paired", "", 0, 0,
                           grouped(2 * pairs) + " one-way roads are the two directions of " + grouped(pairs) +
                               " roads; each direction keeps its id."});
}

}  // namespace arterial
