#pragma once
// What a SUMO net and its additional files say, word for word: no reference is followed yet. Every record
// keeps the line it came from, so that whoever finds it wrong can say where.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial::sumo {

struct Source {
  std::uint32_t file = 0;  // index into NetFile::files
  int line = 0;
};

struct NetLane {
  std::string id;
  std::int64_t index = 0;
  ClassMask allowed = kAllClasses, no_change_left = 0, no_change_right = 0;
  double length_m = 0, width_m = 3.2, speed_mps = 0;
  std::vector<Point> shape;
  Source source;
};

enum class EdgeFunction : std::uint8_t { kNormal, kInternal, kCrossing, kWalkingArea };

struct Edge {
  std::string id, from, to, type, name;
  std::string source_id;  // its parameter origId; empty: none
  EdgeFunction function = EdgeFunction::kNormal;
  std::int64_t priority = 0;
  std::vector<NetLane> lanes;
  Source source;
};

struct NetConnection {
  std::string from, to, via, signal;
  std::int64_t from_lane = 0, to_lane = 0, signal_index = -1;
  char state = 'M', dir = 's';
  bool keep_clear = true;
  ClassMask allowed = kAllClasses;
  double length_m = 0;  // stated for this connection alone; 0: as its lanes inside the junction say
  Source source;
};

struct Request {
  std::int64_t index = 0;
  std::string response, foes;
  bool waits_inside = false;
};

struct NetJunction {
  std::string id, type;
  Point at;
  std::vector<std::string> incoming_lanes, internal_lanes;
  std::vector<Point> shape;
  std::vector<Request> requests;
  Source source;
};

struct NetPhase {
  double duration_s = 0, min_s = -1, max_s = -1;  // negative: not stated
  std::string state;
  std::vector<std::int64_t> next;
};

struct Logic {
  std::string id, type, program, offset;
  std::map<std::string, std::string> parameters;
  std::vector<NetPhase> phases;
  bool additional = false;
  Source source;
};

struct Switch {
  double at_s = 0;
  std::string program;
};

/// A plan of program switches by time of day (SUMO: WAUT) and the signals that follow it.
struct SwitchPlan {
  std::string id, start_program;
  double reference_s = 0;
  std::vector<Switch> switches;
  std::vector<std::string> signals;
  Source source;
};

struct StopPlace {
  std::string kind, id, name, lane;
  double begin_m = 0, end_m = 0;
  bool begin_stated = false, end_stated = false;
  Source source;
};

struct Loop {
  std::string id, lane;
  double pos_m = 0, period_s = 0;
  Source source;
};

struct NetFile {
  std::vector<std::string> files;
  std::string version, projection;
  Point net_offset;
  bool left_hand = false, seen_net = false;
  std::vector<Edge> edges;
  std::vector<NetConnection> connections;
  std::vector<NetJunction> junctions;
  std::vector<Logic> logics;
  std::vector<SwitchPlan> switch_plans;
  std::vector<StopPlace> stops;
  std::vector<Loop> loops;
  std::vector<std::string> roundabout_edges, roundabout_nodes;
  std::map<std::string, std::uint64_t> left_out;         // elements that mean nothing here, by name
  std::map<std::string, std::uint64_t> unknown_classes;  // in permissions

  /// Throws InputError about a record: file, line, kind, id.
  [[noreturn]] void fail(const Source& source, const std::string& kind, const std::string& id,
                         const std::string& what, const std::string& remedy) const;
};

/// Reads the net first, then the additional files in the order given.
NetFile read_net_file(const std::string& net, const std::vector<std::string>& additional);

}  // namespace arterial::sumo
