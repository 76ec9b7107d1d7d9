#include "scenarios/synthetic/sumo_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"

namespace arterial {

namespace {

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", x);
  return text;
}
/// Links by number: ids of maps hold characters that SUMO reads otherwise.
std::string edge(LinkId l) { return "e" + std::to_string(l.value); }
std::string junction(JunctionId j) { return "j" + std::to_string(j.value); }
std::string quoted(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + value + "\"";
}

const char* sumo_class(VehicleClass c) {
  switch (c) {
    case VehicleClass::kTruck: return "truck";
    case VehicleClass::kBus: return "bus";
    case VehicleClass::kVan: return "delivery";
    case VehicleClass::kMotorcycle: return "motorcycle";
    case VehicleClass::kBicycle: return "bicycle";
    case VehicleClass::kEmergency: return "emergency";
    case VehicleClass::kTaxi: return "taxi";
    default: return "passenger";
  }
}
std::string sumo_classes(ClassMask mask) {
  std::string text;
  for (unsigned c = 0; c <= static_cast<unsigned>(VehicleClass::kTaxi); ++c)
    if (mask & mask_of(static_cast<VehicleClass>(c)))
      text += (text.empty() ? "" : " ") + std::string(sumo_class(static_cast<VehicleClass>(c)));
  return text;
}

std::string nodes_xml(const Network& net) {
  std::vector<SignalId> signal(net.junctions.size());
  for (const Connection& c : net.connections)
    if (c.signal.valid()) signal[c.junction.value] = c.signal;
  constexpr const char* kTypes[] = {"priority",    "traffic_light", "right_before_left",
                                    "allway_stop", "priority",      "zipper",
                                    "unregulated", "rail_crossing", "dead_end"};
  std::string text = "<nodes>\n";
  for (std::uint32_t j = 0; j < net.junctions.size(); ++j) {
    const JunctionType type = net.junctions[j].type;
    const bool light = signal[j].valid();
    text += "<node" + quoted("id", junction(JunctionId(j))) + quoted("x", number(net.junctions[j].at.x)) +
            quoted("y", number(net.junctions[j].at.y)) +
            quoted("type", light                           ? "traffic_light"
                           : type == JunctionType::kSignal ? "priority"
                                                           : kTypes[static_cast<int>(type)]) +
            (light ? quoted("tl", "s" + std::to_string(signal[j].value)) : "");
    text += "/>\n";
  }
  return text + "</nodes>\n";
}

std::string edges_xml(const Network& net) {
  std::string text = "<edges>\n";
  for (std::uint32_t l = 0; l < net.links.size(); ++l) {
    const Link& link = net.links[l];
    const Lane& first = net[link.first_lane];
    text += "<edge" + quoted("id", edge(LinkId(l))) + quoted("from", junction(link.from)) +
            quoted("to", junction(link.to)) + quoted("numLanes", std::to_string(link.lane_count)) +
            quoted("priority", std::to_string(link.priority)) + quoted("speed", number(first.speed_mps)) +
            quoted("length", number(first.length_m));
    const Shape& shape = first.shape;
    if (shape.count > 1) {
      std::string points;
      for (std::uint32_t k = shape.first; k < shape.first + shape.count; ++k)
        points += (points.empty() ? "" : " ") + number(net.points[k].x) + "," + number(net.points[k].y);
      text += quoted("shape", points);
    }
    text += ">";
    for (std::uint32_t k = 0; k < link.lane_count; ++k)
      if (const Lane& lane = net.lanes[link.first_lane.value + k]; lane.allowed != kAllRoadClasses)
        text +=
            "<lane" + quoted("index", std::to_string(k)) + quoted("allow", sumo_classes(lane.allowed)) + "/>";
    text += "</edge>\n";
  }
  return text + "</edges>\n";
}

std::string turn_of(const Network& net, const Connection& c) {
  return quoted("from", edge(net[c.from].link)) + quoted("to", edge(net[c.to].link)) +
         quoted("fromLane", std::to_string(net[c.from].index)) +
         quoted("toLane", std::to_string(net[c.to].index));
}

std::string signals_xml(const Network& net) {
  std::string text = "<tlLogics>\n";
  for (std::uint32_t s = 0; s < net.signals.size(); ++s) {
    const Program& p = net.signals[s].programs[net.signals[s].active_program];
    text += "<tlLogic" + quoted("id", "s" + std::to_string(s)) + quoted("type", "static") +
            quoted("programID", "0") + quoted("offset", number(p.offset_s)) + ">";
    for (const Phase& phase : p.phases)
      text += "<phase" + quoted("duration", number(phase.duration_s)) + quoted("state", phase.state) + "/>";
    text += "</tlLogic>\n";
  }
  for (const Connection& c : net.connections)
    if (c.signal.valid())
      text += "<connection" + turn_of(net, c) + quoted("tl", "s" + std::to_string(c.signal.value)) +
              quoted("linkIndex", std::to_string(c.signal_index)) + "/>\n";
  return text + "</tlLogics>\n";
}

}  // namespace

std::uint64_t write_sumo_files(const Network& net, const Demand& demand, const Snapshot& state,
                               const std::string& folder) {
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    throw InputError(folder, "", std::string("the folder cannot be made: ") + std::strerror(errno),
                     "Give a folder that you may write to");
  write_file_atomically(folder + "/city.nod.xml", nodes_xml(net));
  write_file_atomically(folder + "/city.edg.xml", edges_xml(net));
  std::string turns = "<connections>\n";
  for (const Connection& c : net.connections) turns += "<connection" + turn_of(net, c) + "/>\n";
  write_file_atomically(folder + "/city.con.xml", turns + "</connections>\n");
  write_file_atomically(folder + "/city.tll.xml", signals_xml(net));

  std::string text = "<routes>\n";
  for (std::size_t k = 0; k < demand.types.size(); ++k) {
    const VehicleType& t = demand.types[k];
    text += "<vType" + quoted("id", "t" + std::to_string(k)) + quoted("vClass", sumo_class(t.vehicle_class)) +
            quoted("length", number(t.length_m)) + quoted("minGap", number(t.min_gap_m)) +
            quoted("accel", number(t.accel_mps2)) + quoted("decel", number(t.decel_mps2)) +
            quoted("sigma", number(t.sigma)) + quoted("tau", number(t.tau_s)) +
            quoted("maxSpeed", number(t.max_speed_mps)) +
            quoted("carFollowModel", t.model == FollowingModel::kIdm ? "IDM" : "Krauss") + "/>\n";
  }
  std::uint64_t left_out = 0;
  for (const VehicleSnapshot& v : state.vehicles) {
    const LinkId here = v.lane.valid() ? net[v.lane].link : LinkId();
    const Trip& trip = demand.trips[v.trip.value];
    const std::vector<LinkId>& way = demand.routes[trip.route.value].links;
    const auto at = std::find(way.begin(), way.end(), here);
    if (!here.valid() || at == way.end()) {
      ++left_out;
      continue;
    }
    std::string edges;
    for (auto l = at; l != way.end(); ++l) edges += (edges.empty() ? "" : " ") + edge(*l);
    text += "<vehicle" + quoted("id", std::to_string(v.trip.value)) +
            quoted("type", "t" + std::to_string(v.type.value)) + quoted("depart", "0") +
            quoted("departLane", std::to_string(net[v.lane].index)) + quoted("departPos", number(v.pos_m)) +
            quoted("departSpeed", number(v.speed_mps)) + quoted("insertionChecks", "none") + "><route" +
            quoted("edges", edges) + "/></vehicle>\n";
  }
  write_file_atomically(folder + "/under_way.rou.xml", text + "</routes>\n");
  return left_out;
}

}  // namespace arterial
