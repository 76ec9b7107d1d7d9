#include "gis/network_tables.h"

#include <cmath>
#include <filesystem>

#include "gis/text_output.h"
#include "sim/model/atomic_file.h"

namespace arterial {
namespace {

using gis::csv_text;
using gis::number_text;

std::string class_list(ClassMask mask) {
  std::string out;
  for (unsigned c = 0; c < static_cast<unsigned>(VehicleClass::kCount); ++c)
    if (mask & 1u << c) out += (out.empty() ? "" : " ") + std::string(kVehicleClassNames[c]);
  return out;
}

const char* name_of(Turn turn) {
  static constexpr const char* kNames[] = {"straight", "right", "left", "u_turn", "part_right", "part_left"};
  return kNames[static_cast<unsigned>(turn)];
}

const char* name_of(Priority priority) {
  static constexpr const char* kNames[] = {"major", "minor", "stop", "all_way_stop", "equal", "zipper"};
  return kNames[static_cast<unsigned>(priority)];
}

/// A table under way: row({...}) writes one line.
class Table {
 public:
  Table(const std::string& folder, const char* name, const char* header) : file_(folder + "/" + name) {
    file_.write(std::string(header) + "\n");
  }
  void row(std::initializer_list<std::string> cells) {
    std::string line;
    for (const std::string& cell : cells) line += cell + ",";
    line.back() = '\n';
    file_.write(line);
  }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
};

std::string yes(bool value) { return value ? "1" : "0"; }

constexpr const char* kLaneColumns =
    "lane_id,link_id,source_id,index,internal,from_junction,to_junction,length_m,width_m,speed_mps,allowed,"
    "no_change_left,no_change_right,x_begin_m,y_begin_m,x_end_m,y_end_m";

/// Differences of metres, without the last bits' noise.
double tidy(double metres) { return std::round(metres * 1e6) / 1e6; }

void write_lane(const Network& n, const Lane& l, const std::string& id, double length_m, bool first,
                bool last, Table& table) {
  const Link* link = l.link.valid() ? &n[l.link] : nullptr;
  const bool drawn = l.shape.count > 0;
  const Point begin = drawn ? n.points[l.shape.first] : Point{},
              end = drawn ? n.points[l.shape.first + l.shape.count - 1] : Point{};
  table.row({csv_text(id), link ? csv_text(link->id) : "", link ? csv_text(link->source_id) : "",
             std::to_string(l.index), yes(l.internal), link ? csv_text(n[link->from].id) : "",
             link ? csv_text(n[link->to].id) : "", number_text(length_m), number_text(l.width_m),
             number_text(l.speed_mps), class_list(l.allowed), class_list(l.no_change_left),
             class_list(l.no_change_right), drawn && first ? number_text(begin.x) : "",
             drawn && first ? number_text(begin.y) : "", drawn && last ? number_text(end.x) : "",
             drawn && last ? number_text(end.y) : ""});
}

/// Where the source has several lanes for one connection, each has its own row and length, as in the source.
void write_lanes(const Network& n, const std::string& folder) {
  Table table(folder, "lanes.csv", kLaneColumns);
  for (std::uint32_t i = 0; i < n.road_lane_count; ++i)
    write_lane(n, n.lanes[i], n.lanes[i].id, n.lanes[i].length_m, true, true, table);
  for (const Connection& c : n.connections) {
    const Lane& ground = n[c.lane];
    if (c.pieces.empty()) write_lane(n, ground, ground.id, ground.length_m, true, true, table);
    for (std::size_t k = 0; k < c.pieces.size(); ++k) {
      const bool last = k + 1 == c.pieces.size();
      const double end_m = last ? ground.length_m : c.pieces[k + 1].begin_m;
      write_lane(n, ground, c.pieces[k].lane_id, tidy(end_m - c.pieces[k].begin_m), k == 0, last, table);
    }
  }
  table.commit();
}

void write_connections(const Network& n, const std::string& folder) {
  Table table(folder, "connections.csv",
              "connection_id,junction_id,from_lane,to_lane,signal_id,signal_index,turn,priority,keep_clear,"
              "turn_on_red,"
              "wait_m,length_m,speed_mps,allowed,pieces");
  for (const Connection& c : n.connections) {
    std::string pieces;
    for (const LanePiece& p : c.pieces)
      pieces += (pieces.empty() ? "" : " ") + p.lane_id + "@" + number_text(p.begin_m);
    const Lane& ground = n[c.lane];
    table.row({csv_text(ground.id), csv_text(n[c.junction].id), csv_text(n[c.from].id), csv_text(n[c.to].id),
               c.signal.valid() ? csv_text(n[c.signal].id) : "",
               c.signal.valid() ? std::to_string(c.signal_index) : "", name_of(c.turn), name_of(c.priority),
               yes(c.keep_clear), yes(c.turn_on_red), number_text(c.wait_m), number_text(ground.length_m),
               number_text(ground.speed_mps), class_list(ground.allowed), csv_text(pieces)});
  }
  table.commit();
}

void write_conflicts(const Network& n, const std::string& folder) {
  Table table(
      folder, "conflicts.csv",
      "a,b,junction_id,a_from,a_to,b_from,b_to,a_begin_m,a_end_m,b_begin_m,b_end_m,a_yields,b_yields,merge");
  for (const Conflict& c : n.conflicts) {
    const Connection &a = n[c.a], &b = n[c.b];
    table.row({csv_text(n[a.lane].id), csv_text(n[b.lane].id), csv_text(n[a.junction].id),
               csv_text(n[a.from].id), csv_text(n[a.to].id), csv_text(n[b.from].id), csv_text(n[b.to].id),
               number_text(c.a_begin_m), number_text(c.a_end_m), number_text(c.b_begin_m),
               number_text(c.b_end_m), yes(c.a_yields), yes(c.b_yields), yes(c.merge)});
  }
  table.commit();
}

void write_programs(const Network& n, const std::string& folder) {
  Table programs(folder, "programs.csv",
                 "signal_id,program_id,active,actuated,offset_s,max_gap_s,detector_gap_s,phase,duration_s,"
                 "min_s,max_s,state,next");
  Table switches(folder, "program_switches.csv", "signal_id,at_s,program_id");
  for (const Signal& s : n.signals) {
    for (std::size_t i = 0; i < s.programs.size(); ++i) {
      const Program& p = s.programs[i];
      for (std::size_t k = 0; k < p.phases.size(); ++k) {
        const Phase& phase = p.phases[k];
        std::string next;
        for (const std::uint32_t to : phase.next) next += (next.empty() ? "" : " ") + std::to_string(to);
        programs.row({csv_text(s.id), csv_text(p.id), yes(i == s.active_program), yes(p.actuated),
                      number_text(p.offset_s), number_text(p.max_gap_s), number_text(p.detector_gap_s),
                      std::to_string(k), number_text(phase.duration_s), number_text(phase.min_s),
                      number_text(phase.max_s), phase.state, next});
      }
    }
    for (const ProgramSwitch& change : s.switches)
      switches.row({csv_text(s.id), number_text(change.at_s), csv_text(s.programs[change.program].id)});
  }
  programs.commit();
  switches.commit();
}

}  // namespace

void write_network_tables(const Network& network, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder))
    throw InputError(folder, "",
                     "the folder cannot be made" + (error ? " (" + error.message() + ")" : std::string()),
                     "Choose another folder for --tables");
  write_lanes(network, folder);
  write_connections(network, folder);
  write_conflicts(network, folder);
  write_programs(network, folder);
}

}  // namespace arterial
