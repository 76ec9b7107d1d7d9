#include "gis/export_network.h"

#include <string_view>

namespace arterial {
namespace {

template <class T>
std::vector<T>& column(VectorLayer& layer, std::string name) {
  layer.columns.push_back({std::move(name), std::vector<T>{}});
  return std::get<std::vector<T>>(layer.columns.back().values);
}

using Whole = std::vector<std::int64_t>;
using Text = std::vector<std::string>;
using Real = std::vector<double>;

/// Columns are made first and filled after: their places must not move.
VectorLayer make(std::string name, std::string description, GeometryKind kind) {
  VectorLayer layer;
  layer.name = std::move(name);
  layer.description = std::move(description);
  layer.geometry.kind = kind;
  layer.columns.reserve(32);
  return layer;
}

std::vector<Point> points_of(const Network& n, Shape shape) {
  return {n.points.begin() + shape.first, n.points.begin() + shape.first + shape.count};
}

std::string_view road_class_name(RoadClass c) {
  static constexpr std::string_view kNames[] = {
      "motorway",      "motorway_link",  "trunk",    "trunk_link",    "primary",      "primary_link",
      "secondary",     "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential",
      "living_street", "service",        "busway",   "cycleway",      "rail",         "other"};
  return kNames[static_cast<unsigned>(c)];
}

const char* junction_type_name(JunctionType t) {
  static constexpr const char* kNames[] = {"priority",     "signal",        "right_before_left",
                                           "all_way_stop", "roundabout",    "zipper",
                                           "unregulated",  "rail_crossing", "dead_end"};
  return kNames[static_cast<unsigned>(t)];
}

const char* turn_name(Turn t) {
  static constexpr const char* kNames[] = {"straight", "right", "left", "u_turn", "part_right", "part_left"};
  return kNames[static_cast<unsigned>(t)];
}

const char* priority_name(Priority p) {
  static constexpr const char* kNames[] = {"major", "minor", "stop", "all_way_stop", "equal", "zipper"};
  return kNames[static_cast<unsigned>(p)];
}

std::string classes(ClassMask mask) {
  std::string out;
  for (unsigned c = 0; c < static_cast<unsigned>(VehicleClass::kCount); ++c)
    if (mask & 1u << c) out.append(out.empty() ? "" : " ").append(kVehicleClassNames[c]);
  return out;
}

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : " ") + id;
  return out;
}

/// The point `pos_m` along a lane, driving length scaled to drawn length.
std::vector<Point> place_on(const Network& n, LaneId id, double pos_m) {
  const Lane& lane = n[id];
  const auto line = points_of(n, lane.shape);
  if (line.empty()) return {};
  double drawn_m = 0;
  const auto gap = [](Point a, Point b) {
    const double dx = b.x - a.x, dy = b.y - a.y;
    return __builtin_sqrt(dx * dx + dy * dy);
  };
  for (std::size_t i = 1; i < line.size(); ++i) drawn_m += gap(line[i - 1], line[i]);
  double left_m = lane.length_m > 0 ? pos_m / lane.length_m * drawn_m : 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const double piece_m = gap(line[i - 1], line[i]);
    if (left_m <= piece_m && piece_m > 0) {
      const double share = left_m / piece_m;
      return {{line[i - 1].x + share * (line[i].x - line[i - 1].x),
               line[i - 1].y + share * (line[i].y - line[i - 1].y)}};
    }
    left_m -= piece_m;
  }
  return {line.back()};
}

VectorLayer lane_layer(const Network& n) {
  auto layer = make("lanes", "Lanes, kerb side first", GeometryKind::kLine);
  auto& id = column<std::string>(layer, "lane_id");
  auto& link = column<std::string>(layer, "link_id");
  auto& index = column<std::int64_t>(layer, "index");
  auto& length = column<double>(layer, "length_m");
  auto& width = column<double>(layer, "width_m");
  auto& speed = column<double>(layer, "speed_mps");
  auto& allowed = column<std::string>(layer, "allowed");
  for (std::uint32_t i = 0; i < n.road_lane_count; ++i) {
    const Lane& l = n.lanes[i];
    id.push_back(l.id), link.push_back(n[l.link].id), index.push_back(l.index), length.push_back(l.length_m);
    width.push_back(l.width_m), speed.push_back(l.speed_mps), allowed.push_back(classes(l.allowed));
    layer.geometry.add(points_of(n, l.shape));
  }
  return layer;
}

VectorLayer connection_layer(const Network& n) {
  auto layer = make("connections", "Paths through junctions", GeometryKind::kLine);
  auto& id = column<std::string>(layer, "connection_id");
  auto& junction = column<std::string>(layer, "junction_id");
  auto& from = column<std::string>(layer, "from_lane");
  auto& to = column<std::string>(layer, "to_lane");
  auto& turn = column<std::string>(layer, "turn");
  auto& priority = column<std::string>(layer, "priority");
  auto& signal = column<std::string>(layer, "signal_id");
  auto& length = column<double>(layer, "length_m");
  auto& speed = column<double>(layer, "speed_mps");
  for (const auto& c : n.connections) {
    const Lane& ground = n[c.lane];
    id.push_back(ground.id), junction.push_back(n[c.junction].id), from.push_back(n[c.from].id),
        to.push_back(n[c.to].id);
    turn.push_back(turn_name(c.turn)), priority.push_back(priority_name(c.priority));
    signal.push_back(c.signal.valid() ? n[c.signal].id : ""), length.push_back(ground.length_m),
        speed.push_back(ground.speed_mps);
    layer.geometry.add(points_of(n, ground.shape));
  }
  return layer;
}

VectorLayer junction_layer(const Network& n) {
  auto layer = make("junctions", "Junctions", GeometryKind::kPoint);
  auto& id = column<std::string>(layer, "junction_id");
  auto& type = column<std::string>(layer, "type");
  auto& sources = column<std::string>(layer, "source_ids");
  for (const auto& j : n.junctions) {
    id.push_back(j.id), type.push_back(junction_type_name(j.type)), sources.push_back(joined(j.source_ids));
    layer.geometry.add({j.at});
  }
  return layer;
}

VectorLayer signal_layer(const Network& n) {
  auto layer = make("signals", "Traffic signals, in the middle of what they control", GeometryKind::kPoint);
  auto& id = column<std::string>(layer, "signal_id");
  auto& sources = column<std::string>(layer, "source_ids");
  auto& program = column<std::string>(layer, "program");
  auto& programs = column<std::int64_t>(layer, "programs");
  auto& actuated = column<std::int64_t>(layer, "actuated");
  auto& cycle = column<double>(layer, "cycle_s");
  auto& guessed = column<std::int64_t>(layer, "guessed");
  std::vector<Point> sum(n.signals.size());
  std::vector<int> count(n.signals.size());
  for (const auto& c : n.connections) {
    if (!c.signal.valid()) continue;
    sum[c.signal.value].x += n[c.junction].at.x, sum[c.signal.value].y += n[c.junction].at.y;
    ++count[c.signal.value];
  }
  for (std::size_t i = 0; i < n.signals.size(); ++i) {
    const auto& s = n.signals[i];
    const Program* p = s.active_program < s.programs.size() ? &s.programs[s.active_program] : nullptr;
    double cycle_s = 0;
    if (p != nullptr)
      for (const auto& phase : p->phases) cycle_s += phase.duration_s;
    id.push_back(s.id), sources.push_back(joined(s.source_ids)), program.push_back(p ? p->id : "");
    programs.push_back(static_cast<std::int64_t>(s.programs.size())),
        actuated.push_back(p && p->actuated ? 1 : 0);
    cycle.push_back(cycle_s), guessed.push_back(s.guessed ? 1 : 0);
    layer.geometry.add(count[i] ? std::vector<Point>{{sum[i].x / count[i], sum[i].y / count[i]}}
                                : std::vector<Point>{});
  }
  return layer;
}

VectorLayer stop_layer(const Network& n) {
  auto layer = make("stops", "Bus stops and other named places to halt", GeometryKind::kPoint);
  auto& id = column<std::string>(layer, "stop_id");
  auto& name = column<std::string>(layer, "name");
  auto& lane = column<std::string>(layer, "lane_id");
  for (const auto& s : n.stops) {
    id.push_back(s.id), name.push_back(s.name), lane.push_back(n[s.lane].id);
    layer.geometry.add(place_on(n, s.lane, s.end_m));
  }
  return layer;
}

VectorLayer detector_layer(const Network& n) {
  auto layer = make("detectors", "Induction loops", GeometryKind::kPoint);
  auto& id = column<std::string>(layer, "detector_id");
  auto& lane = column<std::string>(layer, "lane_id");
  auto& pos = column<double>(layer, "pos_m");
  for (const auto& d : n.detectors) {
    id.push_back(d.id), lane.push_back(n[d.lane].id), pos.push_back(d.pos_m);
    layer.geometry.add(place_on(n, d.lane, d.pos_m));
  }
  return layer;
}

VectorLayer zone_layer(const Network& n) {
  auto layer = make("zones", "Zones of demand", GeometryKind::kPolygon);
  auto& id = column<std::string>(layer, "zone_id");
  auto& name = column<std::string>(layer, "name");
  auto& residents = column<double>(layer, "residents");
  auto& jobs = column<double>(layer, "jobs");
  for (const auto& z : n.zones) {
    id.push_back(z.id), name.push_back(z.name), residents.push_back(z.residents), jobs.push_back(z.jobs);
    layer.geometry.add(z.rings.empty() ? std::vector<Point>{} : points_of(n, z.rings[0]));
  }
  return layer;
}

VectorLayer building_layer(const Network& n) {
  auto layer = make("buildings", "Building outlines", GeometryKind::kPolygon);
  auto& height = column<double>(layer, "height_m");
  for (const auto& b : n.buildings) {
    height.push_back(b.height_m);
    layer.geometry.add(points_of(n, b.outline));
  }
  return layer;
}

}  // namespace

VectorLayer link_layer(const Network& n) {
  auto layer = make("links", "Directed roads between junctions", GeometryKind::kLine);
  auto& id = column<std::string>(layer, "link_id");
  auto& source = column<std::string>(layer, "source_id");
  auto& name = column<std::string>(layer, "name");
  auto& road_class = column<std::string>(layer, "class");
  auto& from = column<std::string>(layer, "from_junction");
  auto& to = column<std::string>(layer, "to_junction");
  auto& lanes = column<std::int64_t>(layer, "lanes");
  auto& length = column<double>(layer, "length_m");
  auto& speed = column<double>(layer, "limit_mps");
  auto& allowed = column<std::string>(layer, "allowed");
  auto& roundabout = column<std::int64_t>(layer, "roundabout");
  for (const auto& l : n.links) {
    ClassMask mask = 0;
    for (std::uint32_t k = 0; k < l.lane_count; ++k) mask |= n.lanes[l.first_lane.value + k].allowed;
    const Lane& lane = n[l.first_lane];
    id.push_back(l.id), source.push_back(l.source_id), name.push_back(l.name),
        road_class.emplace_back(road_class_name(l.road_class));
    from.push_back(n[l.from].id), to.push_back(n[l.to].id), lanes.push_back(l.lane_count),
        length.push_back(lane.length_m);
    speed.push_back(lane.speed_mps), allowed.push_back(classes(mask)),
        roundabout.push_back(l.roundabout ? 1 : 0);
    layer.geometry.add(points_of(n, n.lanes[l.first_lane.value + l.lane_count / 2].shape));
  }
  return layer;
}

VectorLayer problem_layer(const Network& n) {
  auto layer = make("problems", "Guesses and faults of the import", GeometryKind::kPoint);
  auto& severity = column<std::string>(layer, "severity");
  auto& code = column<std::string>(layer, "code");
  auto& object = column<std::string>(layer, "object_id");
  auto& words = column<std::string>(layer, "words");
  for (const auto& p : n.problems) {
    severity.emplace_back(name_of(p.severity)), code.push_back(p.code), object.push_back(p.object_id),
        words.push_back(p.words);
    layer.geometry.add(p.x_m != 0 || p.y_m != 0 ? std::vector<Point>{{p.x_m, p.y_m}} : std::vector<Point>{});
  }
  return layer;
}

std::vector<VectorLayer> network_layers(const Network& n) {
  return {link_layer(n), lane_layer(n),     connection_layer(n), junction_layer(n), signal_layer(n),
          stop_layer(n), detector_layer(n), zone_layer(n),       building_layer(n), problem_layer(n)};
}

}  // namespace arterial
