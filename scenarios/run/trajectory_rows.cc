#include "scenarios/run/trajectory_rows.h"

#include <algorithm>
#include <cmath>

#include "scenarios/text.h"
#include "sim/model/units.h"

namespace arterial {
namespace {

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

LanePositions::Place LanePositions::at(std::uint32_t lane, double pos_m) const {
  const double drawn_m = pos_m * scale_[lane];
  const auto begin = segments_.begin() + first_[lane], end = segments_.begin() + first_[lane + 1];
  auto segment = begin;
  if (end - begin <= 8)
    while (segment + 1 != end && (segment + 1)->begin_m <= drawn_m) ++segment;
  else
    segment =
        std::upper_bound(begin + 1, end, drawn_m, [](double d, const Segment& s) { return d < s.begin_m; }) -
        1;
  const double along_m = drawn_m - segment->begin_m;
  return {segment->x_m + along_m * segment->dx, segment->y_m + along_m * segment->dy, &segment->angle};
}

std::string row_begin(const TrafficColumns& state, std::uint32_t replicas) {
  return (replicas > 1 ? std::to_string(state.replica) + "," : "") +
         fixed(static_cast<double>(state.time_ms) / 1000.0, 4) + ",";
}

TrajectoryRows::TrajectoryRows(const Network& network, const TrajectoryTables& tables)
    : positions_(network), replicas_(tables.replicas) {
  pieces_.resize(network.lanes.size());
  for (std::size_t i = 0; i < network.lanes.size(); ++i)
    pieces_[i].push_back({0, "," + csv_field(network.lanes[i].id) + ","});
  for (const auto& connection : network.connections) {
    if (connection.pieces.empty()) continue;
    auto& pieces = pieces_[connection.lane.value];
    pieces.clear();
    for (const auto& piece : connection.pieces)
      pieces.push_back({piece.begin_m, "," + csv_field(piece.lane_id) + ","});
    pieces.front().begin_m = 0;
  }
  vehicles_.reserve(tables.vehicles.size());
  for (const auto& vehicle : tables.vehicles) vehicles_.push_back({csv_field(vehicle.id), vehicle.type});
  for (const auto& type : tables.types)
    types_.push_back("," + fixed(type.length_m, 4) + "," + fixed(type.width_m, 4) + "," + csv_field(type.id) +
                     "\n");
}

std::string TrajectoryRows::header() const {
  return std::string(replicas_ > 1 ? "replica," : "") +
         "time_s,vehicle_id,lane_id,pos_m,speed_mps,x_m,y_m,angle_deg,length_m,width_m,type\n";
}

void TrajectoryRows::write(const TrafficColumns& state, StreamFile& file) {
  const std::string begin = row_begin(state, replicas_);
  std::string& out = file.buffer();
  for (std::size_t i = 0; i < state.trip.size(); ++i) {
    const Vehicle& vehicle = vehicles_[state.trip[i]];
    const double pos_m = to_metres(state.pos[i]);
    const auto& pieces = pieces_[state.lane[i]];
    auto piece = pieces.begin();
    while (piece + 1 != pieces.end() && (piece + 1)->begin_m <= pos_m) ++piece;
    const auto place = positions_.at(state.lane[i], pos_m);
    out += begin;
    out += vehicle.id;
    out += piece->cell;
    append_fixed(out, pos_m - piece->begin_m, 4);
    out += ',';
    append_fixed(out, to_metres(state.speed[i]), 4);
    out += ',';
    append_fixed(out, place.x_m, 4);
    out += ',';
    append_fixed(out, place.y_m, 4);
    out += ',';
    out += *place.angle_deg;
    out += types_[vehicle.type];
    file.flush_if_full();
  }
  for (const std::uint32_t trip : state.parked) {  // running, but on no lane
    const Vehicle& vehicle = vehicles_[trip];
    out += begin;
    out += vehicle.id;
    out += ",,,0.0000,,,";
    out += types_[vehicle.type];
    file.flush_if_full();
  }
}

}  // namespace arterial
