// Changes of a scenario file, looked up in a network.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "gis/yaml_section.h"
#include "scenarios/scenario_file.h"
#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

using Field = ChangeEntry::Field;

class Resolver {
 public:
  Resolver(const ScenarioFile& scenario, const Network& network)
      : file_(scenario.path), calendar_(scenario.calendar), network_(network) {
    for (std::uint32_t i = 0; i < network.links.size(); ++i) {
      by_id_.emplace(network.links[i].id, i);
      by_source_[network.links[i].source_id].push_back(i);
    }
  }

  std::vector<Change> changes_of(const ChangeEntry& entry) {
    entry_ = &entry;
    Change change;
    if (const auto* begin = find("begin")) change.begin_s = clock(*begin);
    if (const auto* end = find("end")) change.end_s = clock(*end);
    if (!(change.end_s > change.begin_s)) fail(*find("end"), "is not after the begin", "Give a later end");
    if (entry.kind == "signal_program" || entry.kind == "signal_offset") return signal_change(change);
    if (entry.kind == "turn_ban") return turn_ban(change);
    if (entry.kind == "demand_factor") {
      change.kind = ChangeKind::kDemandFactor;
      const auto& field = required("factor");
      std::string why;
      const auto factor = parse_number(one(field), why);
      if (!factor) fail(field, why, "Give a number such as 0.9");
      if (!(*factor >= 0 && *factor <= 100))
        fail(field, "is outside 0 to 100", "Give a factor in that range");
      change.factor = *factor;
      return {change};
    }
    return road_change(change);
  }

 private:
  const Field* find(std::string_view key) const {
    for (const auto& field : entry_->fields)
      if (field.key == key) return &field;
    return nullptr;
  }
  const Field& required(std::string_view key) const {
    if (const auto* field = find(key)) return *field;
    fail_at(file_, entry_->place, entry_->kind + " lacks '" + std::string(key) + "'", "Add it");
  }
  [[noreturn]] void fail(const Field& field, const std::string& what, const std::string& remedy) const {
    std::string value;
    for (const auto& v : field.values) value += (value.empty() ? "" : ", ") + v;
    fail_at(file_, field.place, entry_->kind + ": " + field.key + " = '" + value + "' " + what, remedy);
  }
  const std::string& one(const Field& field) const {
    if (field.values.size() != 1) fail(field, "is a list", "Give one value");
    return field.values[0];
  }
  double clock(const Field& field) {
    std::string why;
    const auto value = parse_clock_s(one(field), calendar_, why);
    if (!value) fail(field, why, "Times of day count from 00:00");
    return *value;
  }

  template <class Objects>
  std::string nearest_id(const Objects& objects, const std::string& wrong) const {
    std::vector<std::string_view> ids;
    for (const auto& object : objects) ids.emplace_back(object.id);
    const auto near = nearest_word(wrong, ids);
    return near.empty() ? "List them with 'arterial export city.arnet -o links.csv'"
                        : "Did you mean '" + near + "'?";
  }

  /// A link id, or the id of a source feature (then all its links).
  std::vector<std::uint32_t> links(const Field& field) const {
    std::vector<std::uint32_t> found;
    for (const auto& id : field.values) {
      if (const auto link = by_id_.find(id); link != by_id_.end()) {
        found.push_back(link->second);
      } else if (const auto source = by_source_.find(id); source != by_source_.end() && !id.empty()) {
        found.insert(found.end(), source->second.begin(), source->second.end());
      } else {
        fail_at(file_, field.place, entry_->kind + ": the network has no link '" + id + "'",
                nearest_id(network_.links, id));
      }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  /// The lanes that `lanes` names on a link, all where it is absent.
  std::vector<LaneId> lanes(std::uint32_t link) const {
    const auto& road = network_.links[link];
    std::vector<LaneId> found;
    const auto* field = find("lanes");
    if (!field) {
      for (std::uint32_t i = 0; i < road.lane_count; ++i) found.emplace_back(road.first_lane.value + i);
      return found;
    }
    for (const auto& text : field->values) {
      std::string why;
      const auto index = parse_count(text, why);
      if (!index || *index >= road.lane_count)
        fail(*field, "names a lane that link '" + road.id + "' does not have",
             "Lanes count from the kerb: 0 to " + std::to_string(road.lane_count - 1));
      found.emplace_back(road.first_lane.value + static_cast<std::uint32_t>(*index));
    }
    return found;
  }

  ClassMask classes(const Field& field) const {
    ClassMask mask = 0;
    for (const auto& name : field.values) {
      if (name == "all") {
        mask |= kAllRoadClasses;
        continue;
      }
      const auto known = vehicle_class_from(name);
      if (!known) {
        const std::vector<std::string_view> names(std::begin(kVehicleClassNames),
                                                  std::end(kVehicleClassNames));
        const auto near = nearest_word(name, names);
        fail(field, "names no vehicle class: '" + name + "'",
             near.empty() ? "Classes are car, van, truck, bus, motorcycle, bicycle, emergency, taxi, all"
                          : "Did you mean '" + near + "'?");
      }
      mask |= mask_of(*known);
    }
    return mask;
  }

  std::vector<Change> road_change(Change change) const {
    std::vector<Change> out;
    const auto roads = links(required("link"));
    const std::string& kind = entry_->kind;
    if (kind == "close_link") {
      change.kind = ChangeKind::kCloseLink;
      for (const auto link : roads) {
        change.link = LinkId(link);
        out.push_back(change);
      }
      return out;
    }
    if (kind == "close_lanes") {
      change.kind = ChangeKind::kCloseLane;
      required("lanes");
    } else if (kind == "speed_limit") {
      change.kind = ChangeKind::kSpeedLimit;
      const auto& field = required("speed");
      std::string why;
      const auto speed = parse_speed_mps(one(field), why);
      if (!speed) fail(field, why, "");
      if (!(*speed > 0 && *speed <= 150))
        fail(field, "is outside 0 to 150 m/s", "To close a link use close_link");
      change.speed_mps = *speed;
    } else if (kind == "permissions") {
      change.kind = ChangeKind::kPermissions;
      if ((find("allow") == nullptr) == (find("disallow") == nullptr))
        fail_at(file_, entry_->place, "permissions needs one of 'allow' and 'disallow'", "Give exactly one");
    } else {
      change.kind = ChangeKind::kIncident;
      required("lanes");
      change.length_m = find("length") ? length(*find("length")) : 10;
      if (!(change.length_m > 0))
        fail(*find("length"), "is not above 0", "Give the length of the blocked part");
    }
    for (const auto link : roads)
      for (const auto lane : lanes(link)) {
        change.link = LinkId(link);
        change.lane = lane;
        const auto& road = network_[lane];
        if (kind == "permissions")
          change.allowed = find("allow") ? classes(*find("allow"))
                                         : static_cast<ClassMask>(road.allowed & ~classes(*find("disallow")));
        if (kind == "incident") place_incident(change, road);
        out.push_back(change);
      }
    return out;
  }

  double length(const Field& field) const {
    std::string why;
    const auto value = parse_length_m(one(field), why);
    if (!value) fail(field, why, "");
    return *value;
  }

  void place_incident(Change& change, const Lane& lane) const {
    const auto* field = find("position");
    change.pos_m = field ? length(*field) : std::max(0.0, (lane.length_m - change.length_m) / 2);
    if (change.pos_m < 0) change.pos_m += lane.length_m;  // counts from the end
    if (!(change.pos_m >= 0 && change.pos_m <= lane.length_m))
      fail(field ? *field : required("link"),
           "lies outside the lane, which is " + fixed(lane.length_m, 1) + " m long", "Give a position on it");
  }

  std::vector<Change> turn_ban(Change change) const {
    change.kind = ChangeKind::kTurnBan;
    std::vector<Change> out;
    const auto from = links(required("from_link")), to = links(required("to_link"));
    for (const auto& connection : network_.connections) {
      const auto a = network_[connection.from].link, b = network_[connection.to].link;
      if (!std::binary_search(from.begin(), from.end(), a.value) ||
          !std::binary_search(to.begin(), to.end(), b.value))
        continue;
      change.link = a;
      change.to_link = b;
      const bool known =
          std::any_of(out.begin(), out.end(), [&](const Change& c) { return c.link == a && c.to_link == b; });
      if (!known) out.push_back(change);
    }
    if (out.empty())
      fail(required("to_link"),
           "cannot be reached from '" + required("from_link").values[0] + "' by one turn",
           "Name two links that meet");
    return out;
  }

  std::vector<Change> signal_change(Change change) const {
    const auto& field = required("signal");
    std::vector<Change> out;
    for (const auto& id : field.values) {
      bool found = false;
      for (std::uint32_t i = 0; i < network_.signals.size(); ++i) {
        const auto& signal = network_.signals[i];
        if (signal.id != id &&
            std::find(signal.source_ids.begin(), signal.source_ids.end(), id) == signal.source_ids.end())
          continue;
        found = true;
        change.signal = SignalId(i);
        if (entry_->kind == "signal_program") {
          change.kind = ChangeKind::kSignalProgram;
          change.program = program(signal);
        } else {
          change.kind = ChangeKind::kSignalOffset;
          const auto& offset = required("offset");
          std::string why;
          const auto value = parse_duration_s(one(offset), why);
          if (!value) fail(offset, why, "");
          change.offset_s = *value;
        }
        out.push_back(change);
        if (signal.id == id) break;
      }
      if (!found)
        fail_at(file_, field.place, entry_->kind + ": the network has no signal '" + id + "'",
                nearest_id(network_.signals, id));
    }
    return out;
  }

  std::uint32_t program(const Signal& signal) const {
    const auto& field = required("program");
    for (std::uint32_t i = 0; i < signal.programs.size(); ++i)
      if (signal.programs[i].id == one(field)) return i;
    fail(field, "is no program of signal '" + signal.id + "'", nearest_id(signal.programs, one(field)));
  }

  const std::string& file_;
  Calendar calendar_;
  const Network& network_;
  const ChangeEntry* entry_ = nullptr;
  std::unordered_map<std::string, std::uint32_t> by_id_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_source_;
};

}  // namespace

std::vector<Change> resolve_changes(const ScenarioFile& scenario, const Network& network) {
  std::vector<Change> out;
  if (scenario.changes.empty()) return out;
  Resolver resolver(scenario, network);
  for (const auto& entry : scenario.changes) {
    auto changes = resolver.changes_of(entry);
    out.insert(out.end(), changes.begin(), changes.end());
  }
  return out;
}

}  // namespace arterial
