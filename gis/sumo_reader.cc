#include "gis/sumo_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "gis/sumo_net_file.h"
#include "gis/sumo_rights_of_way.h"
#include "gis/sumo_signals.h"
#include "sim/model/strong_parts.h"

namespace arterial {
namespace {

constexpr double kShortestGround_m = 0.1;     // of a connection that the source does not draw
constexpr std::size_t kMostPieces = 16;       // of one connection
constexpr std::size_t kMostAtJunction = 512;  // connections; SUMO's own limit is 256
constexpr std::uint32_t kNone = Id<void>::kNone;

RoadClass road_class_of(std::string_view type) {
  // OSM nets write "highway.primary" and, for shared space, "highway.primary|railway.tram".
  constexpr std::string_view kPrefix = "highway.";
  const auto at = type.find(kPrefix);
  if (at == std::string_view::npos)
    return type.find("railway.") != std::string_view::npos   ? RoadClass::kRail
           : type.find("cycleway") != std::string_view::npos ? RoadClass::kCycleway
                                                             : RoadClass::kOther;
  type.remove_prefix(at + kPrefix.size());
  type = type.substr(0, type.find_first_of("|.;"));
  static constexpr std::pair<std::string_view, RoadClass> kClasses[] = {
      {"motorway", RoadClass::kMotorway},
      {"motorway_link", RoadClass::kMotorwayLink},
      {"trunk", RoadClass::kTrunk},
      {"trunk_link", RoadClass::kTrunkLink},
      {"primary", RoadClass::kPrimary},
      {"primary_link", RoadClass::kPrimaryLink},
      {"secondary", RoadClass::kSecondary},
      {"secondary_link", RoadClass::kSecondaryLink},
      {"tertiary", RoadClass::kTertiary},
      {"tertiary_link", RoadClass::kTertiaryLink},
      {"unclassified", RoadClass::kUnclassified},
      {"residential", RoadClass::kResidential},
      {"living_street", RoadClass::kLivingStreet},
      {"service", RoadClass::kService},
      {"busway", RoadClass::kBusway},
      {"bus_guideway", RoadClass::kBusway},
      {"cycleway", RoadClass::kCycleway}};
  for (const auto& [name, road_class] : kClasses)
    if (name == type) return road_class;
  return RoadClass::kOther;
}

JunctionType junction_type_of(std::string_view type) {
  if (type.starts_with("traffic_light")) return JunctionType::kSignal;
  if (type == "right_before_left" || type == "left_before_right") return JunctionType::kRightBeforeLeft;
  if (type == "allway_stop") return JunctionType::kAllWayStop;
  if (type == "zipper") return JunctionType::kZipper;
  if (type == "unregulated" || type == "district" || type == "unknown") return JunctionType::kUnregulated;
  if (type == "rail_crossing") return JunctionType::kRailCrossing;
  if (type == "dead_end") return JunctionType::kDeadEnd;
  return JunctionType::kPriority;  // priority, priority_stop, rail_signal
}

Turn turn_of(char dir) {
  switch (dir) {
    case 'r': return Turn::kRight;
    case 'l': return Turn::kLeft;
    case 't':
    case 'T': return Turn::kUTurn;
    case 'R': return Turn::kPartRight;
    case 'L': return Turn::kPartLeft;
    default: return Turn::kStraight;
  }
}

std::string network_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (const std::string_view suffix : {".gz", ".xml", ".net"})
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

class Builder {
 public:
  explicit Builder(const sumo::NetFile& net) : net_(net) {}

  Network build() {
    describe();
    junctions();
    links();
    internal_lanes();
    signal_ids_ = sumo::add_signals(net_, out_);
    connections();
    order_network(out_);  // states the order; everything was added in it
    rights_of_way();
    sumo::add_programs(net_, signal_ids_, out_);
    roundabouts();
    furniture();
    notes();
    return std::move(out_);
  }

 private:
  void describe() {
    out_.name = network_name(net_.files.front());
    out_.crs = net_.projection;
    out_.offset_x_m = net_.net_offset.x;
    out_.offset_y_m = net_.net_offset.y;
    out_.left_hand = net_.left_hand;
    out_.source = "SUMO network " + std::filesystem::path(net_.files.front()).filename().string() +
                  (net_.version.empty() ? "" : ", format " + net_.version);
  }

  void note(Severity severity, std::string code, std::string id, Point at, std::string words) {
    out_.problems.push_back({severity, std::move(code), std::move(id), at.x, at.y, std::move(words)});
  }

  void junctions() {
    for (const sumo::NetJunction& from : net_.junctions) {
      if (from.type == "internal") continue;
      if (from.id.empty()) net_.fail(from.source, "junction", "", "its id is empty", "Give it an id");
      const JunctionId id(static_cast<std::uint32_t>(out_.junctions.size()));
      if (!junction_ids_.emplace(from.id, id).second)
        net_.fail(from.source, "junction", from.id, "the id occurs twice",
                  "Make the net again with netconvert");
      Junction j;
      j.id = from.id;
      j.source_ids = {from.id};
      j.at = from.at;
      j.type = junction_type_of(from.type);
      j.shape = out_.add_shape(from.shape);
      out_.junctions.push_back(std::move(j));
      junction_sources_.push_back(&from);
      if (out_.junctions.back().type == JunctionType::kRailCrossing)
        note(Severity::kNote, "rail_crossing_open", from.id, from.at,
             "A level crossing: open to road traffic, for no trains run");
    }
  }

  JunctionId junction_of(const sumo::Edge& edge, const std::string& id, const char* end) {
    const auto found = junction_ids_.find(id);
    if (found == junction_ids_.end())
      net_.fail(edge.source, "edge", edge.id,
                std::string(end) + "=\"" + id.substr(0, 60) + "\" is no junction of the net",
                "Make the net again with netconvert");
    return found->second;
  }

  void links() {
    for (const sumo::Edge& edge : net_.edges) {
      if (!edges_.emplace(edge.id, &edge).second)
        net_.fail(edge.source, "edge", edge.id, "the id occurs twice", "Make the net again with netconvert");
      if (edge.function != sumo::EdgeFunction::kNormal) continue;
      Link link;
      link.id = edge.id;
      link.source_id = edge.source_id.empty() ? edge.id : edge.source_id;
      link.name = edge.name;
      link.from = junction_of(edge, edge.from, "from");
      link.to = junction_of(edge, edge.to, "to");
      link.road_class = road_class_of(edge.type);
      link.priority = static_cast<std::int16_t>(std::clamp<std::int64_t>(edge.priority, -32768, 32767));
      link.first_lane = LaneId(static_cast<std::uint32_t>(out_.lanes.size()));
      link.lane_count = static_cast<std::uint16_t>(edge.lanes.size());
      if (edge.lanes.empty())
        net_.fail(edge.source, "edge", edge.id, "it has no lane", "Make the net again with netconvert");
      const LinkId id(static_cast<std::uint32_t>(out_.links.size()));
      for (std::size_t i = 0; i < edge.lanes.size(); ++i) {
        const sumo::NetLane& from = edge.lanes[i];
        if (from.index != static_cast<std::int64_t>(i))
          net_.fail(from.source, "lane", from.id,
                    "index=\"" + std::to_string(from.index) + "\" is out of turn",
                    "List the lanes of an edge from index 0 upwards");
        Lane lane = lane_of(from);
        lane.link = id;
        lane.index = static_cast<std::uint16_t>(i);
        if (!lane_ids_.emplace(from.id, LaneId(static_cast<std::uint32_t>(out_.lanes.size()))).second)
          net_.fail(from.source, "lane", from.id, "the id occurs twice",
                    "Make the net again with netconvert");
        out_.lanes.push_back(std::move(lane));
      }
      link_ids_.emplace(edge.id, id);
      out_.links.push_back(std::move(link));
    }
    out_.road_lane_count = static_cast<std::uint32_t>(out_.lanes.size());
  }

  Lane lane_of(const sumo::NetLane& from) {
    Lane lane;
    lane.id = from.id;
    lane.length_m = from.length_m;
    lane.width_m = from.width_m;
    lane.speed_mps = from.speed_mps;
    lane.allowed = from.allowed;
    lane.no_change_left = from.no_change_left;
    lane.no_change_right = from.no_change_right;
    lane.shape = out_.add_shape(from.shape);
    return lane;
  }

  /// The lanes inside junctions by id, and the connections that leave each.
  void internal_lanes() {
    for (const sumo::Edge& edge : net_.edges) {
      if (edge.function == sumo::EdgeFunction::kCrossing) ++crossings_;
      if (edge.function == sumo::EdgeFunction::kWalkingArea) ++walking_areas_;
      if (edge.function != sumo::EdgeFunction::kInternal) continue;
      for (const sumo::NetLane& lane : edge.lanes)
        if (lane_ids_.count(lane.id) || !internal_.emplace(lane.id, &lane).second)
          net_.fail(lane.source, "lane", lane.id, "the id occurs twice",
                    "Make the net again with netconvert");
    }
    for (std::uint32_t i = 0; i < net_.connections.size(); ++i) {
      const sumo::NetConnection& c = net_.connections[i];
      const auto edge = edges_.find(c.from);
      if (edge == edges_.end())
        net_.fail(c.source, "connection", c.from + " -> " + c.to,
                  "from=\"" + c.from.substr(0, 60) + "\" is no edge of the net",
                  "Make the net again with netconvert");
      if (edge->second->function == sumo::EdgeFunction::kInternal)
        onward_[c.from + "_" + std::to_string(c.from_lane)].push_back(i);
    }
  }

  LaneId road_lane(const sumo::NetConnection& c, const std::string& edge, std::int64_t index,
                   const char* end) {
    const auto found = link_ids_.find(edge);
    if (found == link_ids_.end())
      net_.fail(c.source, "connection", c.from + " -> " + c.to,
                std::string(end) + "=\"" + edge.substr(0, 60) + "\" is no edge of the net",
                "Make the net again with netconvert");
    const Link& link = out_.links[found->second.value];
    if (index < 0 || index >= link.lane_count)
      net_.fail(
          c.source, "connection", c.from + " -> " + c.to,
          "edge \"" + edge.substr(0, 60) + "\" has no lane " + std::to_string(index) + " (" + end + "Lane)",
          "Name a lane from 0 to " + std::to_string(link.lane_count - 1));
    return LaneId(link.first_lane.value + static_cast<std::uint32_t>(index));
  }

  /// The internal lanes of a connection, in driving order.
  std::vector<const sumo::NetLane*> pieces_of(const sumo::NetConnection& c) {
    std::vector<const sumo::NetLane*> pieces;
    for (std::string via = c.via; !via.empty();) {
      const auto lane = internal_.find(via);
      if (lane == internal_.end())
        net_.fail(c.source, "connection", c.from + " -> " + c.to,
                  "via=\"" + via.substr(0, 60) + "\" is no lane inside a junction",
                  "Make the net again with netconvert");
      if (pieces.size() == kMostPieces ||
          std::find(pieces.begin(), pieces.end(), lane->second) != pieces.end())
        net_.fail(c.source, "connection", c.from + " -> " + c.to, "its way through the junction has no end",
                  "Make the net again with netconvert");
      pieces.push_back(lane->second);
      const auto onward = onward_.find(via);
      via.clear();
      if (onward == onward_.end()) break;
      for (const std::uint32_t i : onward->second)
        if (net_.connections[i].to == c.to && net_.connections[i].to_lane == c.to_lane) {
          via = net_.connections[i].via;
          break;
        }
    }
    return pieces;
  }

  static bool for_vehicles(const sumo::Edge& edge) { return edge.function == sumo::EdgeFunction::kNormal; }

  void connections() {
    // Sorted by junction from the start, so that ids are final.
    std::vector<std::pair<JunctionId, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < net_.connections.size(); ++i) {
      const sumo::NetConnection& c = net_.connections[i];
      const sumo::Edge& from = *edges_.at(c.from);
      const auto to = edges_.find(c.to);
      if (to == edges_.end())
        net_.fail(c.source, "connection", c.from + " -> " + c.to,
                  "to=\"" + c.to.substr(0, 60) + "\" is no edge of the net",
                  "Make the net again with netconvert");
      if (!for_vehicles(from) || !for_vehicles(*to->second)) continue;
      order.push_back({out_.links[link_ids_.at(c.from).value].to, i});
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    if (order.size() + out_.lanes.size() >= kNone)
      net_.fail({}, "net", "", "it has too many connections", "Cut the net into parts");
    out_.connections.reserve(order.size());
    connection_of_.assign(net_.connections.size(), kNone);
    std::size_t at_junction = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      at_junction = k > 0 && order[k].first == order[k - 1].first ? at_junction + 1 : 1;
      const sumo::NetConnection& c = net_.connections[order[k].second];
      if (at_junction > kMostAtJunction)
        net_.fail(c.source, "connection", c.from + " -> " + c.to,
                  "its junction has more than " + std::to_string(kMostAtJunction) + " connections",
                  "Split the junction");
      connection_of_[order[k].second] = static_cast<std::uint32_t>(out_.connections.size());
      add_connection(c, order[k].first);
    }
  }

  void add_connection(const sumo::NetConnection& from, JunctionId junction) {
    Connection c;
    c.from = road_lane(from, from.from, from.from_lane, "from");
    c.to = road_lane(from, from.to, from.to_lane, "to");
    c.junction = junction;
    if (out_[out_[c.to].link].from != junction)
      net_.fail(from.source, "connection", from.from + " -> " + from.to,
                "its edges do not meet at a junction", "Make the net again with netconvert");
    c.turn = turn_of(from.dir);
    c.keep_clear = from.keep_clear;
    c.lane = LaneId(static_cast<std::uint32_t>(out_.lanes.size()));
    if (!from.signal.empty()) {
      const auto signal = signal_ids_.find(from.signal);
      const std::string& type = junction_sources_[junction.value]->type;
      if (signal != signal_ids_.end()) {
        c.signal = signal->second;
        c.signal_index = static_cast<std::uint16_t>(from.signal_index);
      } else if (!type.starts_with("rail_")) {
        net_.fail(from.source, "connection", from.from + " -> " + from.to,
                  "tl=\"" + from.signal.substr(0, 60) + "\" has no tlLogic",
                  "Add its program, or make the net again with netconvert");
      }
    }
    ground(c, from);
    switch (from.state) {
      case 'm': c.priority = Priority::kMinor; break;
      case '=': c.priority = Priority::kEqual; break;
      case 's': c.priority = Priority::kStop; break;
      case 'w': c.priority = Priority::kAllWayStop; break;
      case 'Z': c.priority = Priority::kZipper; break;
      default: c.priority = Priority::kMajor; break;  // or as the matrix says: by_matrix_
    }
    by_matrix_.push_back(c.signal.valid() ||
                         std::string_view("Mm=swZ").find(from.state) == std::string_view::npos);
    out_.connections.push_back(std::move(c));
  }

  /// The lane under a connection: its pieces put end to end.
  void ground(Connection& c, const sumo::NetConnection& from) {
    Lane lane;
    lane.internal = true;
    const std::vector<const sumo::NetLane*> pieces = pieces_of(from);
    const Lane &before = out_[c.from], &after = out_[c.to];
    if (pieces.empty()) {
      ++undrawn_;
      lane.id = own_lane_id(from);
      lane.length_m = kShortestGround_m;
      lane.width_m = std::min(before.width_m, after.width_m);
      lane.speed_mps = std::min(before.speed_mps, after.speed_mps);
      lane.allowed = before.allowed & after.allowed & from.allowed;
      const Point begin = out_.points[before.shape.first + before.shape.count - 1],
                  end = out_.points[after.shape.first];
      lane.shape = out_.add_shape({begin, end});
    } else {
      lane.id = pieces.front()->id;
      lane.allowed = from.allowed;
      lane.width_m = pieces.front()->width_m;
      lane.length_m = 0;
      lane.speed_mps = std::numeric_limits<double>::infinity();
      std::vector<Point> shape;
      const auto ground = static_cast<std::uint32_t>(out_.connections.size());
      for (const sumo::NetLane* piece : pieces) {
        if (!ground_of_piece_.emplace(piece->id, PieceOf{ConnectionId(ground), lane.length_m}).second)
          net_.fail(from.source, "connection", from.from + " -> " + from.to,
                    "lane \"" + piece->id.substr(0, 60) +
                        "\" inside the junction belongs to another connection too",
                    "Make the net again with netconvert");
        c.pieces.push_back({piece->id, lane.length_m});
        lane.length_m += piece->length_m;
        lane.speed_mps = std::min(lane.speed_mps, piece->speed_mps);
        lane.allowed &= piece->allowed;
        for (const Point p : piece->shape)
          if (shape.empty() || p.x != shape.back().x || p.y != shape.back().y) shape.push_back(p);
      }
      if (from.length_m > 0) state_length(from.length_m, pieces, c, lane);
      lane.length_m = std::max(lane.length_m, kShortestGround_m);
      if (shape.size() == 1) shape.push_back(shape.front());
      lane.shape = out_.add_shape(shape);
      if (pieces.size() == 1) c.pieces.clear();  // the ground's own id says it
    }
    out_.lanes.push_back(std::move(lane));
  }

  /// netconvert gives lanes of one internal edge the mean of their lengths, but keeps what was stated of each
  /// connection. The pieces share it as they are drawn.
  void state_length(double length_m, const std::vector<const sumo::NetLane*>& pieces, Connection& c,
                    Lane& lane) {
    std::vector<double> drawn_m;
    for (const sumo::NetLane* piece : pieces) {
      drawn_m.push_back(0);
      for (std::size_t i = 1; i < piece->shape.size(); ++i)
        drawn_m.back() +=
            std::hypot(piece->shape[i].x - piece->shape[i - 1].x, piece->shape[i].y - piece->shape[i - 1].y);
    }
    const double all_m = std::accumulate(drawn_m.begin(), drawn_m.end(), 0.0);
    if (all_m <= 0) return;
    lane.length_m = length_m;
    double before_m = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      c.pieces[i].begin_m = length_m * before_m / all_m;
      ground_of_piece_.at(pieces[i]->id).begin_m = c.pieces[i].begin_m;
      before_m += drawn_m[i];
    }
  }

  /// For a net without lanes inside junctions. The id is in SUMO's manner and nobody else's.
  std::string own_lane_id(const sumo::NetConnection& from) {
    const std::string stem = ":" + from.from + "_" + std::to_string(from.from_lane) + "_to_" + from.to + "_" +
                             std::to_string(from.to_lane);
    std::string id = stem;
    for (int copy = 1; lane_ids_.count(id) || internal_.count(id) || !own_ids_.insert(id).second; ++copy)
      id = stem + "_" + std::to_string(copy);
    return id;
  }

  // ---- rights of way ----

  void rights_of_way() {
    std::unordered_map<std::string, std::vector<std::uint32_t>> leaving;  // lane -> connections in file order
    for (std::uint32_t i = 0; i < net_.connections.size(); ++i)
      if (connection_of_[i] != kNone)
        leaving[out_[out_.connections[connection_of_[i]].from].id].push_back(connection_of_[i]);
    std::vector<std::vector<ConnectionId>> matrix;
    for (const sumo::NetJunction* junction : junction_sources_)
      matrix.push_back(connections_by_index(*junction, leaving));
    counts_ = sumo::add_rights_of_way(net_, junction_sources_, matrix, by_matrix_, out_);
  }

  /// The place of each connection in the junction's request matrix: the order of its internal lanes or, in a
  /// net without them, of the incoming lanes and of the connections that leave each.
  std::vector<ConnectionId> connections_by_index(
      const sumo::NetJunction& junction,
      const std::unordered_map<std::string, std::vector<std::uint32_t>>& leaving) {
    std::vector<ConnectionId> at;
    for (const std::string& id : junction.internal_lanes) {
      const auto piece = ground_of_piece_.find(id);
      at.push_back(piece == ground_of_piece_.end() ? ConnectionId() : piece->second.connection);
    }
    if (!at.empty()) return at;
    for (const std::string& id : junction.incoming_lanes) {
      const auto found = leaving.find(id);
      if (found == leaving.end()) continue;
      for (const std::uint32_t c : found->second) at.push_back(ConnectionId(c));
    }
    return at;
  }

  // ---- what else stands on the road ----

  void roundabouts() {
    for (const std::string& id : net_.roundabout_edges) {
      const auto link = link_ids_.find(id);
      if (link != link_ids_.end()) out_.links[link->second.value].roundabout = true;
    }
    for (const std::string& id : net_.roundabout_nodes) {
      const auto junction = junction_ids_.find(id);
      if (junction == junction_ids_.end()) continue;
      JunctionType& type = out_.junctions[junction->second.value].type;
      if (type == JunctionType::kPriority) type = JunctionType::kRoundabout;
    }
  }

  struct OnLane {
    LaneId lane;
    double begin_m = 0, length_m = 0;  // of the source's lane on ours
  };

  OnLane place_on(const sumo::Source& source, const std::string& kind, const std::string& id,
                  const std::string& lane) {
    const auto road = lane_ids_.find(lane);
    if (road != lane_ids_.end()) return {road->second, 0, out_[road->second].length_m};
    const auto piece = ground_of_piece_.find(lane);
    if (piece == ground_of_piece_.end())
      net_.fail(source, kind, id, "lane=\"" + lane.substr(0, 60) + "\" is no lane of the net",
                "Correct the lane, or leave this additional file out");
    const LaneId ground = out_[piece->second.connection].lane;
    return {ground, piece->second.begin_m,
            std::min(internal_.at(lane)->length_m, out_[ground].length_m - piece->second.begin_m)};
  }

  /// Positions below zero count from the end of the lane. What lies beyond the lane is brought back and said.
  double on_lane(const OnLane& place, double pos_m, const std::string& kind, const std::string& id) {
    double pos = pos_m < 0 ? place.length_m + pos_m : pos_m;
    if (!(pos >= 0 && pos <= place.length_m)) {
      const Point at = out_.points[out_[place.lane].shape.first];
      note(Severity::kWarning, "position_beyond_lane", id, at,
           "The " + kind + " lay at " + std::to_string(pos_m) + " m of lane " + out_[place.lane].id +
               ", which is " + std::to_string(place.length_m) + " m long");
      pos = pos > place.length_m ? place.length_m : 0;
    }
    return place.begin_m + pos;
  }

  void furniture() {
    std::unordered_set<std::string> stops, loops;
    for (const sumo::StopPlace& from : net_.stops) {
      const OnLane place = place_on(from.source, from.kind, from.id, from.lane);
      Stop stop;
      stop.lane = place.lane;
      stop.id = from.id;
      stop.name = from.name;
      stop.begin_m = on_lane(place, from.begin_stated ? from.begin_m : 0, from.kind, from.id);
      stop.end_m = on_lane(place, from.end_stated ? from.end_m : place.length_m, from.kind, from.id);
      if (stop.end_m < stop.begin_m) std::swap(stop.begin_m, stop.end_m);
      if (from.id.empty() || !stops.insert(from.id).second) {
        note(Severity::kWarning, "stop_left_out", from.id, out_.points[out_[place.lane].shape.first],
             "A second " + from.kind + " of this id, or one without an id");
        continue;
      }
      out_.stops.push_back(std::move(stop));
    }
    for (const sumo::Loop& from : net_.loops) {
      const OnLane place = place_on(from.source, "detector", from.id, from.lane);
      Detector detector;
      detector.lane = place.lane;
      detector.id = from.id;
      detector.period_s = from.period_s;
      detector.pos_m = on_lane(place, from.pos_m, "detector", from.id);
      if (from.id.empty() || !loops.insert(from.id).second) {
        note(Severity::kWarning, "detector_left_out", from.id, out_.points[out_[place.lane].shape.first],
             "A second detector of this id, or one without an id");
        continue;
      }
      out_.detectors.push_back(std::move(detector));
    }
  }

  void notes() {
    const auto counted = [&](Severity severity, const char* code, std::uint64_t count,
                             const std::string& words) {
      if (count > 0) note(severity, code, "", {}, std::to_string(count) + " " + words);
    };
    counted(Severity::kNote, "pedestrian_paths_left_out", crossings_ + walking_areas_,
            "pedestrian crossings and walking areas are not modelled");
    counted(Severity::kGuess, "connection_not_drawn", undrawn_,
            "connections have no lane inside the junction; each is a straight path of 0.1 m");
    counted(Severity::kNote, "conflict_beyond_matrix", counts_.beyond_matrix,
            "pairs of connections share ground although the request matrix does not call them foes; neither "
            "goes first");
    counted(Severity::kNote, "foes_without_contact", counts_.without_contact,
            "pairs of foes in the request matrix do not touch as drawn; they share the ground where they "
            "come nearest");
    const bool from_osm = std::any_of(net_.edges.begin(), net_.edges.end(), [](const sumo::Edge& edge) {
      return edge.type.find("highway.") != std::string::npos;
    });
    if (from_osm) {
      out_.attribution = "\xc2\xa9 OpenStreetMap contributors";
      note(Severity::kGuess, "attribution_guessed", "", {},
           "The net states no licence; its road types are OpenStreetMap's, so OpenStreetMap's contributors "
           "are named");
    }
    const StrongParts parts = strong_parts(out_);
    if (parts.all_lane_m > 0) {
      const auto tenths = static_cast<int>(std::lround(1000 * parts.largest_share()));
      note(Severity::kNote, "largest_part", "", {},
           "Of the lane metres open to cars " + std::to_string(tenths / 10) + "." +
               std::to_string(tenths % 10) +
               " % lie in the largest part in which every link reaches every other; " +
               std::to_string(parts.lane_m.size() - 1) + " other parts are kept");
    }
    for (const auto& [name, count] : net_.left_out)
      note(Severity::kNote, "element_left_out", name, {},
           std::to_string(count) + " elements <" + name + "> are not used");
    for (const auto& [name, count] : net_.unknown_classes)
      note(Severity::kWarning, "unknown_vehicle_class", name, {},
           "Permissions of " + std::to_string(count) + " lanes or connections name \"" + name +
               "\", which is no class of SUMO's");
  }

  struct PieceOf {
    ConnectionId connection;
    double begin_m = 0;
  };

  const sumo::NetFile& net_;
  Network out_;
  std::vector<const sumo::NetJunction*> junction_sources_;  // by JunctionId
  std::unordered_map<std::string, JunctionId> junction_ids_;
  std::unordered_map<std::string, const sumo::Edge*> edges_;
  std::unordered_map<std::string, LinkId> link_ids_;
  std::unordered_map<std::string, LaneId> lane_ids_;                // of roads
  std::unordered_map<std::string, const sumo::NetLane*> internal_;  // lanes inside junctions
  std::unordered_map<std::string, std::vector<std::uint32_t>> onward_;
  std::unordered_map<std::string, PieceOf> ground_of_piece_;
  std::unordered_map<std::string, SignalId> signal_ids_;
  std::unordered_set<std::string> own_ids_;
  std::vector<std::uint32_t> connection_of_;  // by place in the file
  std::vector<bool> by_matrix_;               // by ConnectionId
  std::uint64_t crossings_ = 0, walking_areas_ = 0, undrawn_ = 0;
  sumo::RightsOfWay counts_;
};

}  // namespace

Network read_sumo_net(const std::string& path, const std::vector<std::string>& additional) {
  const sumo::NetFile file = sumo::read_net_file(path, additional);
  Network network = Builder(file).build();
  if (network.links.empty())
    throw InputError(path, "", "holds no road", "Give the net that netconvert wrote");
  const std::vector<std::string> faults = faults_in(network);
  if (!faults.empty())
    throw InputError(path, "", faults.front(), "Correct the net, or make it again with netconvert");
  return network;
}

}  // namespace arterial
