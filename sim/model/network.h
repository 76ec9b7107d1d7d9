#pragma once
// The road network: links hold lanes, lanes join through connections inside junctions, connections know
// their conflicts. Built by gis/ readers and sim/model/network_builder.h, read by everyone, changed by nobody
// afterwards. Metres, seconds, m/s; a local metric CRS (x east, y north).
//
// Vocabulary
//   link        a directed road between two junctions
//   lane        a strip of a link; index 0 is the kerb side (right in right-hand traffic, left in left-hand)
//   connection  a path from the end of one lane to the start of another, inside one junction. Its ground is a
//               lane of its own (an "internal" lane), so vehicles inside a junction have a lane and a
//               position.
//   conflict    two connections of one junction that share ground, with the interval on each
//   signal      a controller with programs; a connection knows its signal and its place in the state string
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/ids.h"
#include "sim/model/problem.h"
#include "sim/model/vehicle_class.h"

namespace arterial {

struct Point {
  double x = 0, y = 0;
};

/// A run of Network::points.
struct Shape {
  std::uint32_t first = 0, count = 0;
};

enum class RoadClass : std::uint8_t {
  kMotorway,
  kMotorwayLink,
  kTrunk,
  kTrunkLink,
  kPrimary,
  kPrimaryLink,
  kSecondary,
  kSecondaryLink,
  kTertiary,
  kTertiaryLink,
  kUnclassified,
  kResidential,
  kLivingStreet,
  kService,
  kBusway,
  kCycleway,
  kRail,
  kOther
};

struct Lane {
  LinkId link;              // none for a lane inside a junction
  std::uint16_t index = 0;  // from the kerb
  bool internal = false;    // the ground of a connection
  ClassMask allowed = kAllRoadClasses;
  ClassMask no_change_left = 0, no_change_right = 0;  // classes that may not change to index+1 / index-1
  double length_m = 0;  // the driving length; may differ from the drawn length of the shape (SUMO)
  double width_m = 3.2;
  double speed_mps = 13.89;
  Shape shape;     // centre line in driving direction
  std::string id;  // the source's lane id where it has one ("a131_0"), else "<link id>_<index>"
};

struct Link {
  JunctionId from, to;
  LaneId first_lane;  // lanes [first_lane, first_lane + lane_count), kerb first
  std::uint16_t lane_count = 0;
  RoadClass road_class = RoadClass::kOther;
  std::int16_t priority = 0;  // larger goes first
  bool roundabout = false;
  std::string id;         // unique in the network, readable; the SUMO edge id where it comes from SUMO
  std::string source_id;  // the feature it came from ("way/123", edge id, row id)
  std::string name;       // street name
};

enum class Turn : std::uint8_t { kStraight, kRight, kLeft, kUTurn, kPartRight, kPartLeft };

/// What a connection owes to its foes when no signal says otherwise.
enum class Priority : std::uint8_t {
  kMajor,       // goes unless the ground is taken
  kMinor,       // yields where its conflicts say so
  kStop,        // as minor, after coming to a stop
  kAllWayStop,  // stop, then in order of arrival
  kEqual,       // right before left (left before right in left-hand traffic), as its conflicts say
  kZipper,      // merges in turn
};

/// The source's own lane for a piece of a connection (SUMO splits a path at internal junctions).
struct LanePiece {
  std::string lane_id;
  double begin_m = 0;  // where on the connection the piece begins
};

struct Connection {
  LaneId from, to;  // road lanes
  LaneId lane;      // its ground: lanes[lane].internal is true
  JunctionId junction;
  SignalId signal;  // none if never controlled
  std::uint16_t signal_index = 0;
  Turn turn = Turn::kStraight;
  Priority priority = Priority::kMajor;
  bool keep_clear = true;         // wait outside when the exit is full
  bool turn_on_red = false;       // may go on red after a stop, yielding to everyone
  double wait_m = 0;              // a yielding turn may wait here, inside the junction; 0 where it may not
  std::vector<LanePiece> pieces;  // empty: the ground's own lane id
};

/// Ground shared by connections a and b of one junction. Positions are metres along each connection's lane.
struct Conflict {
  ConnectionId a, b;
  float a_begin_m = 0, a_end_m = 0, b_begin_m = 0, b_end_m = 0;
  bool a_yields = false, b_yields = false;  // both false or both true: neither goes before the other by rule
  bool merge = false;                       // both lead into the same lane
};

enum class JunctionType : std::uint8_t {
  kPriority,
  kSignal,
  kRightBeforeLeft,
  kAllWayStop,
  kRoundabout,
  kZipper,
  kUnregulated,
  kRailCrossing,
  kDeadEnd
};

struct Junction {
  Point at;
  JunctionType type = JunctionType::kPriority;
  Shape shape;  // outline; may be empty
  std::string id;
  std::vector<std::string> source_ids;  // every source node that it was made of
};

/// One letter per controlled connection: r red, u red-amber, y amber (yellow), g green but yield, G green,
/// s green right-turn arrow after a stop, o flashing amber (as unsignalled, minor yields), O off (as
/// unsignalled).
struct Phase {
  double duration_s = 0;
  double min_s = 0, max_s = 0;  // actuated only
  std::string state;
  std::vector<std::uint32_t> next;  // successors; empty: the following phase
};

struct Program {
  std::string id;
  bool actuated = false;
  double offset_s = 0;          // the cycle counts from 00:00 plus this
  double max_gap_s = 3.0;       // actuated: a phase ends when no vehicle came for this long
  double detector_gap_s = 2.0;  // actuated: detectors stand this travel time before the stop line
  std::vector<Phase> phases;
};

struct ProgramSwitch {
  double at_s = 0;  // from 00:00
  std::uint32_t program = 0;
};

struct Signal {
  std::string id;
  std::vector<std::string> source_ids;
  std::vector<Program> programs;
  std::uint32_t active_program = 0;     // before the first switch
  std::vector<ProgramSwitch> switches;  // by time
  bool guessed = false;                 // the program is ours, not the source's
};

struct Stop {  // bus stop or another named place to halt
  LaneId lane;
  double begin_m = 0, end_m = 0;  // vehicles stop with their front at end_m
  std::string id, name;
};

struct Detector {  // induction loop
  LaneId lane;
  double pos_m = 0;
  double period_s = 0;  // 0: the run's interval
  std::string id;
};

struct Zone {
  std::string id, name;
  double residents = 0, jobs = 0;
  std::vector<Shape> rings;   // outer rings; may be empty
  std::vector<LinkId> links;  // where its trips begin and end
};

struct Building {  // for pictures only
  Shape outline;
  float height_m = 0;
};

struct Network {
  std::string name;
  std::string crs;                           // "EPSG:32632", WKT, or empty where the source states none
  double offset_x_m = 0, offset_y_m = 0;     // x_local = x_crs + offset (SUMO's netOffset)
  std::string source, licence, attribution;  // of the data; travels onto every output
  bool left_hand = false;

  std::vector<Link> links;
  std::vector<Lane> lanes;  // road lanes [0, road_lane_count), then internal lanes
  std::uint32_t road_lane_count = 0;
  std::vector<Connection> connections;  // sorted by junction; lanes[road_lane_count + c] is the ground of c
  std::vector<Conflict> conflicts;      // each unordered pair once
  std::vector<Junction> junctions;
  std::vector<Signal> signals;
  std::vector<Stop> stops;
  std::vector<Detector> detectors;
  std::vector<Zone> zones;
  std::vector<Building> buildings;
  std::vector<Shape> water;  // polygons, for pictures only
  std::vector<Point> points;
  std::vector<Problem> problems;

  Shape add_shape(const std::vector<Point>& p) {
    Shape s{static_cast<std::uint32_t>(points.size()), static_cast<std::uint32_t>(p.size())};
    points.insert(points.end(), p.begin(), p.end());
    return s;
  }
  const Link& operator[](LinkId i) const { return links[i.value]; }
  const Lane& operator[](LaneId i) const { return lanes[i.value]; }
  const Connection& operator[](ConnectionId i) const { return connections[i.value]; }
  const Junction& operator[](JunctionId i) const { return junctions[i.value]; }
  const Signal& operator[](SignalId i) const { return signals[i.value]; }
};

/// Brings a freshly read network into the order stated above (connections by junction, internal lanes after
/// road lanes in connection order, kerb-first lanes), keeping all references right.
/// Precondition: internal lanes were added for every connection. Idempotent.
void order_network(Network& network);

/// What is wrong inside a network: an index out of range, a NaN, a negative length, a connection between
/// lanes that do not meet its junction. Empty means sound. Everything that reads a network from outside calls
/// this.
std::vector<std::string> faults_in(const Network& network);

/// Reads and writes the .arnet file: flat sections, versioned, checksummed. Throws InputError.
/// Writing goes to a temporary file, fsync, rename: a reader never sees half a file.
void write_network(const Network& network, const std::string& path);
Network read_network(const std::string& path);

}  // namespace arterial
