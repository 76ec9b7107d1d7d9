#include "scenarios/run/trajectory_file.h"

#include <algorithm>
#include <cmath>

#include "scenarios/text.h"

namespace arterial {
namespace {

std::string beside(const std::string& path, const char* name) {
  const auto slash = path.find_last_of('/');
  return (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + name;
}

/// Clockwise from north, [0, 360).
std::string angle_text(double dx, double dy) {
  double angle = std::atan2(dx, dy) * (180.0 / 3.14159265358979323846);
  if (angle < 0) angle += 360.0;
  if (angle >= 359.99995) angle = 0;
  return fixed(angle, 4);
}

}  // namespace

LanePositions::LanePositions(const Network& network) {
  first_.reserve(network.lanes.size() + 1);
  for (const auto& lane : network.lanes) {
    first_.push_back(static_cast<std::uint32_t>(segments_.size()));
    double drawn_m = 0;
    for (std::uint32_t i = 1; i < lane.shape.count; ++i) {
      const Point a = network.points[lane.shape.first + i - 1], b = network.points[lane.shape.first + i];
      const double length = std::hypot(b.x - a.x, b.y - a.y);
      if (!(length > 0)) continue;
      const double dx = (b.x - a.x) / length, dy = (b.y - a.y) / length;
      segments_.push_back({drawn_m, a.x, a.y, dx, dy, angle_text(dx, dy)});
      drawn_m += length;
    }
    if (first_.back() == segments_.size()) {  // a lane without extent still has a place
      const Point at = lane.shape.count > 0 ? network.points[lane.shape.first] : Point{};
      segments_.push_back({0, at.x, at.y, 0, 0, "0.0000"});
    }
    scale_.push_back(lane.length_m > 0 ? drawn_m / lane.length_m : 0);
  }
  first_.push_back(static_cast<std::uint32_t>(segments_.size()));
}

LanePositions::Place LanePositions::at(LaneId lane, double pos_m) const {
  const double drawn_m = pos_m * scale_[lane.value];
  const auto begin = segments_.begin() + first_[lane.value], end = segments_.begin() + first_[lane.value + 1];
  auto segment = begin;
  if (end - begin <= 8)
    while (segment + 1 != end && (segment + 1)->begin_m <= drawn_m) ++segment;
  else
    segment = std::max(begin, std::upper_bound(begin, end, drawn_m, [](double d, const Segment& s) {
                                return d < s.begin_m;
                              }) - 1);
  const double along_m = drawn_m - segment->begin_m;
  return {segment->x_m + along_m * segment->dx, segment->y_m + along_m * segment->dy, &segment->angle};
}

TrajectoryFile::TrajectoryFile(const std::string& path, const Network& network, const Demand& demand,
                               int replicas)
    : network_(network),
      positions_(network),
      fcd_(path),
      crossings_(beside(path, "crossings.csv")),
      signals_(beside(path, "signals.csv")),
      with_replica_(replicas > 1),
      states_(static_cast<std::size_t>(replicas)) {
  prepare(demand);
  const std::string first = with_replica_ ? "replica," : "";
  fcd_.buffer() =
      first + "time_s,vehicle_id,lane_id,pos_m,speed_mps,x_m,y_m,angle_deg,length_m,width_m,type\n";
  crossings_.buffer() = first + "time_s,vehicle_id,connection_id\n";
  signals_.buffer() = first + "time_s,signal_id,state\n";
}

TrajectoryFile::TrajectoryFile(const std::string& path, const Network& network, const Demand& demand,
                               int replicas, const TrajectoryOffsets& offsets,
                               std::vector<std::vector<std::string>> states)
    : network_(network),
      positions_(network),
      fcd_(path, offsets.fcd),
      crossings_(beside(path, "crossings.csv"), offsets.crossings),
      signals_(beside(path, "signals.csv"), offsets.signals),
      with_replica_(replicas > 1),
      states_(std::move(states)) {
  prepare(demand);
}

void TrajectoryFile::prepare(const Demand& demand) {
  pieces_.resize(network_.lanes.size());
  for (std::size_t i = 0; i < network_.lanes.size(); ++i)
    pieces_[i].push_back({0, "," + csv_field(network_.lanes[i].id) + ","});
  for (const auto& connection : network_.connections) {
    if (connection.pieces.empty()) continue;
    auto& pieces = pieces_[connection.lane.value];
    pieces.clear();
    for (const auto& piece : connection.pieces)
      pieces.push_back({piece.begin_m, "," + csv_field(piece.lane_id) + ","});
    pieces.front().begin_m = 0;
  }
  for (const auto& trip : demand.trips) vehicles_.push_back(csv_field(trip.id));
  for (const auto& type : demand.types)
    types_.push_back("," + fixed(type.length_m, 4) + "," + fixed(type.width_m, 4) + "," + csv_field(type.id) +
                     "\n");
}

const std::string& TrajectoryFile::connection_id(const Network& network, ConnectionId connection) {
  return network[network[connection].lane].id;
}

void TrajectoryFile::write_vehicle(std::string& out, const VehicleSnapshot& vehicle) const {
  if (!vehicle.lane.valid()) {  // parked beside the road: it is running, but on no lane
    out += time_;
    out += vehicles_[vehicle.trip.value];
    out += ",,,";
    append_fixed(out, vehicle.speed_mps, 4);
    out += ",,,";
    out += types_[vehicle.type.value];
    return;
  }
  const auto& pieces = pieces_[vehicle.lane.value];
  auto piece = pieces.begin();
  while (piece + 1 != pieces.end() && (piece + 1)->begin_m <= vehicle.pos_m) ++piece;
  const auto place = positions_.at(vehicle.lane, vehicle.pos_m);
  out += time_;
  out += vehicles_[vehicle.trip.value];
  out += piece->cell;
  append_fixed(out, vehicle.pos_m - piece->begin_m, 4);
  out += ',';
  append_fixed(out, vehicle.speed_mps, 4);
  out += ',';
  append_fixed(out, place.x_m, 4);
  out += ',';
  append_fixed(out, place.y_m, 4);
  out += ',';
  out += *place.angle_deg;
  out += types_[vehicle.type.value];
}

void TrajectoryFile::write(const Snapshot& snapshot, int replica) {
  time_ = (with_replica_ ? std::to_string(replica) + "," : "") + fixed(snapshot.time_s, 4) + ",";
  for (const auto& vehicle : snapshot.vehicles) {
    write_vehicle(fcd_.buffer(), vehicle);
    fcd_.flush_if_full();
  }
  auto& crossings = crossings_.buffer();
  for (const auto& crossing : snapshot.crossings) {
    crossings += time_;
    crossings += vehicles_[crossing.trip.value];
    crossings += ',';
    crossings += csv_field(connection_id(network_, crossing.connection));
    crossings += '\n';
  }
  crossings_.flush_if_full();
  auto& last = states_[static_cast<std::size_t>(replica)];
  last.resize(snapshot.signal_states.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (last[i] == snapshot.signal_states[i]) continue;
    last[i] = snapshot.signal_states[i];
    signals_.buffer() += time_ + csv_field(network_.signals[i].id) + "," + csv_field(last[i]) + "\n";
  }
  signals_.flush_if_full();
}

TrajectoryOffsets TrajectoryFile::sync() {
  const auto fcd = fcd_.sync();
  const auto crossings = crossings_.sync();
  return {fcd, crossings, signals_.sync()};
}

void TrajectoryFile::keep_parts() {
  fcd_.keep_part();
  crossings_.keep_part();
  signals_.keep_part();
}

void TrajectoryFile::commit() {
  fcd_.commit();
  crossings_.commit();
  signals_.commit();
}

}  // namespace arterial
