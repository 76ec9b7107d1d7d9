#include "sim/model/overrides.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "sim/model/build_geometry.h"

namespace arterial {
namespace {

constexpr double kStays_m = 25;     // a feature farther than this from where it lay is another one
constexpr double kSamePlace_m = 4;  // what lies this near is the feature under another id
constexpr double kWidestJunction_m = 250;

std::string metres(double m) { return std::to_string(static_cast<long long>(std::lround(m))) + " m"; }

class Applier {
 public:
  explicit Applier(StreetPlan& plan) : plan_(plan) {
    for (std::uint32_t n = 0; n < plan.nodes.size(); ++n) node_of_.emplace(plan.nodes[n].id, n);
    for (std::uint32_t r = 0; r < plan.roads.size(); ++r) roads_of_[plan.roads[r].id].push_back(r);
  }

  std::vector<BuildEdit> apply(const std::vector<Override>& overrides) {
    std::vector<BuildEdit> left;
    for (const Override& wanted : overrides) {
      BuildEdit edit;
      edit.what = wanted;
      fault_.clear();
      find_features(edit);
      if (fault_.empty()) change_plan(edit);
      const bool done = wanted.kind == OverrideKind::kLanes || wanted.kind == OverrideKind::kSpeed;
      if (!fault_.empty() || done)
        plan_.problems.push_back(outcome_of(edit, place_of(edit), fault_));
      else
        left.push_back(std::move(edit));
    }
    return left;
  }

 private:
  /// Where its features are, or were.
  Point place_of(const BuildEdit& edit) const {
    if (!edit.nodes.empty()) return plan_.nodes[edit.nodes.front()].at;
    if (!edit.from_roads.empty()) {
      const PlanRoad& road = plan_.roads[edit.from_roads.front()];
      return plan_.nodes[road.nodes[road.nodes.size() / 2]].at;
    }
    for (const auto* names : {&edit.what.nodes, &edit.what.roads})
      for (const FeatureName& name : *names)
        if (!name.at.empty()) return name.at.front();
    return {};
  }

  void find_features(BuildEdit& edit) {
    const bool cluster = edit.what.kind == OverrideKind::kJoin || edit.what.kind == OverrideKind::kSplit;
    std::string gone;
    for (const FeatureName& name : edit.what.nodes) {
      const auto node = find_node(name, edit.remark);
      if (node && std::find(edit.nodes.begin(), edit.nodes.end(), *node) == edit.nodes.end())
        edit.nodes.push_back(*node);
      if (!node && cluster && !missing_.empty()) gone += (gone.empty() ? "" : "; ") + missing_;
      if (!node && !cluster) fault_ = missing_;
    }
    if (cluster && edit.nodes.size() < 2) {
      fault_ = gone.empty() ? "names the same node twice" : gone;
    } else if (!gone.empty()) {
      edit.partly = true;
      edit.remark += (edit.remark.empty() ? "" : "; ") + gone;
    }
    for (std::size_t i = 0; i < edit.what.roads.size() && fault_.empty(); ++i)
      (i == 0 ? edit.from_roads : edit.to_roads) = find_road(edit.what.roads[i], edit.remark);
  }

  /// missing_ says why there is none.
  std::optional<std::uint32_t> find_node(const FeatureName& name, std::string& remark) {
    missing_.clear();
    const auto it = node_of_.find(name.id);
    if (it != node_of_.end()) {
      const double moved = name.at.empty() ? 0 : build::distance(plan_.nodes[it->second].at, name.at.front());
      if (moved <= kStays_m) return it->second;
      missing_ = name.id + " now lies " + metres(moved) + " from where it was";
    } else {
      missing_ = name.id + " is no node of this map's roads";
    }
    if (name.at.empty()) return std::nullopt;
    const std::optional<std::uint32_t> found = only_node_at(name.at.front());
    if (found) note_found(name.id, plan_.nodes[*found].id, remark);
    return found;
  }

  /// The roads that now lie where the named one lay. fault_ says why there are none.
  std::vector<std::uint32_t> find_road(const FeatureName& name, std::string& remark) {
    const auto it = roads_of_.find(name.id);
    std::vector<std::uint32_t> found;
    if (it != roads_of_.end()) found = it->second;
    if (name.at.empty()) {
      if (found.empty()) fault_ = name.id + " is no road of this map";
      return found;
    }
    for (const Point& at : name.at) {
      double away = 1e18;
      for (const std::uint32_t r : found) away = std::min(away, build::distance_to(line_of(r), at));
      if (away < kSamePlace_m) continue;
      const std::string there = only_road_at(at);
      if (!there.empty()) {
        note_found(name.id, there, remark);
        const auto& more = roads_of_.at(there);
        found.insert(found.end(), more.begin(), more.end());
      } else if (away > kStays_m) {
        fault_ = it == roads_of_.end() ? name.id + " is no road of this map"
                                       : name.id + " now lies " + metres(away) + " from where it was";
      }
    }
    return found;
  }

  /// Nothing where no node lies there, or more than one.
  std::optional<std::uint32_t> only_node_at(Point at) {
    if (by_x_.empty()) {
      for (std::uint32_t n = 0; n < plan_.nodes.size(); ++n)
        if (std::isfinite(plan_.nodes[n].at.x)) by_x_.emplace_back(plan_.nodes[n].at.x, n);
      std::sort(by_x_.begin(), by_x_.end());
    }
    std::optional<std::uint32_t> found;
    auto it = std::lower_bound(by_x_.begin(), by_x_.end(), std::pair(at.x - kSamePlace_m, std::uint32_t{0}));
    for (; it != by_x_.end() && it->first < at.x + kSamePlace_m; ++it) {
      if (!(build::distance(plan_.nodes[it->second].at, at) < kSamePlace_m)) continue;
      if (found) return std::nullopt;
      found = it->second;
    }
    return found;
  }

  /// Nothing where no road runs there, or more than one.
  std::string only_road_at(Point at) {
    if (boxes_.empty())
      for (std::uint32_t r = 0; r < plan_.roads.size(); ++r) boxes_.push_back(box_of(r));
    std::string found;
    for (std::uint32_t r = 0; r < boxes_.size(); ++r) {
      const Box& box = boxes_[r];
      if (at.x < box.low.x || at.x > box.high.x || at.y < box.low.y || at.y > box.high.y) continue;
      if (plan_.roads[r].id == found || !(build::distance_to(line_of(r), at) < kSamePlace_m)) continue;
      if (!found.empty()) return {};
      found = plan_.roads[r].id;
    }
    return found;
  }

  struct Box {
    Point low{1e18, 1e18}, high{-1e18, -1e18};
  };
  Box box_of(std::uint32_t r) const {
    Box box;
    for (const Point& p : line_of(r)) {
      box.low = {std::min(box.low.x, p.x - kSamePlace_m), std::min(box.low.y, p.y - kSamePlace_m)};
      box.high = {std::max(box.high.x, p.x + kSamePlace_m), std::max(box.high.y, p.y + kSamePlace_m)};
    }
    return box;
  }

  static void note_found(const std::string& old_id, const std::string& id, std::string& remark) {
    remark += (remark.empty() ? "" : "; ") + old_id + " was found again as " + id;
  }

  build::Polyline line_of(std::uint32_t r) const {
    build::Polyline line;
    for (const std::uint32_t n : plan_.roads[r].nodes)
      if (n < plan_.nodes.size()) line.push_back(plan_.nodes[n].at);
    return line;
  }

  void change_plan(BuildEdit& edit) {
    switch (edit.what.kind) {
      case OverrideKind::kJoin: check_spread(edit); break;
      case OverrideKind::kSignal: set_signal(edit); break;
      case OverrideKind::kLanes:
        for (const std::uint32_t r : edit.from_roads) set_lanes(plan_.roads[r], edit.what);
        break;
      case OverrideKind::kSpeed: set_speed(edit); break;
      default: break;
    }
  }

  void check_spread(const BuildEdit& edit) {
    for (const std::uint32_t a : edit.nodes)
      for (const std::uint32_t b : edit.nodes) {
        const double apart = build::distance(plan_.nodes[a].at, plan_.nodes[b].at);
        if (apart > kWidestJunction_m)
          fault_ = plan_.nodes[a].id + " and " + plan_.nodes[b].id + " lie " + metres(apart) +
                   " apart, which is no junction";
      }
  }

  void set_signal(const BuildEdit& edit) {
    PlanNode& node = plan_.nodes[edit.nodes.front()];
    if (edit.what.present) {
      node.control = NodeControl::kSignal;
      node.control_direction = 0;
    } else if (node.control == NodeControl::kSignal) {
      node.control = NodeControl::kNone;
    }
  }

  static void set_lanes(PlanRoad& road, const Override& wanted) {
    const auto set = [&](PlanDirection& d, const PlanDirection& other, std::optional<int> lanes) {
      if (!lanes || d.lanes == *lanes) return;
      if (d.lanes == 0) d = other;  // a direction that the map does not have: as the other one
      d.lanes = *lanes;
      d.turns.clear();
      d.lane_allowed.clear();
      d.lanes_guessed = false;
    };
    const PlanDirection forward = road.forward;
    set(road.forward, road.backward, wanted.forward_lanes);
    set(road.backward, forward, wanted.backward_lanes);
  }

  void set_speed(const BuildEdit& edit) {
    for (const std::uint32_t r : edit.from_roads) {
      for (const bool forward : {true, false}) {
        PlanDirection& d = forward ? plan_.roads[r].forward : plan_.roads[r].backward;
        if (!(forward ? edit.what.forward : edit.what.backward)) continue;
        d.speed_mps = edit.what.speed_mps;
        d.speed_guessed = false;
      }
    }
  }

  StreetPlan& plan_;
  std::unordered_map<std::string, std::uint32_t> node_of_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> roads_of_;
  std::vector<std::pair<double, std::uint32_t>> by_x_;  // nodes, once one is looked for
  std::vector<Box> boxes_;                              // of roads, likewise
  std::string fault_, missing_;
};

}  // namespace

std::string words_of(const Override& wanted) {
  static constexpr const char* kNames[] = {"join", "split",        "signal", "connect",
                                           "ban",  "right_of_way", "lanes",  "speed"};
  std::string out = kNames[static_cast<unsigned>(wanted.kind)];
  const auto add = [&](const FeatureName& f) { out += " " + f.id; };
  if (wanted.roads.empty() || wanted.nodes.empty()) {
    for (const auto* list : {&wanted.nodes, &wanted.roads})
      for (std::size_t i = 0; i < list->size() && i < 6; ++i) add((*list)[i]);
    if (wanted.nodes.size() > 6) out += " and " + std::to_string(wanted.nodes.size() - 6) + " more";
    return out;
  }
  add(wanted.roads.front());
  add(wanted.nodes.front());
  if (wanted.roads.size() > 1) add(wanted.roads[1]);
  return out;
}

Problem outcome_of(const BuildEdit& edit, Point at, const std::string& fault) {
  const Override& wanted = edit.what;
  const std::string id = !wanted.nodes.empty()   ? wanted.nodes.front().id
                         : !wanted.roads.empty() ? wanted.roads.front().id
                                                 : std::string();
  const std::string name = (wanted.place.empty() ? "" : wanted.place + ": ") + words_of(wanted);
  if (!fault.empty())
    return {Severity::kWarning, "override_lost", id, at.x, at.y, name + " is lost: " + fault + "."};
  if (edit.remark.empty())
    return {Severity::kNote, "override_applied", id, at.x, at.y, name + " is applied."};
  return {Severity::kWarning,
          edit.partly ? "override_partly" : "override_found_again",
          id,
          at.x,
          at.y,
          name + (edit.partly ? " is applied in part: " : " is applied: ") + edit.remark + "."};
}

std::vector<BuildEdit> apply_overrides(const std::vector<Override>& overrides, StreetPlan& plan) {
  if (overrides.empty()) return {};
  return Applier(plan).apply(overrides);
}

}  // namespace arterial
