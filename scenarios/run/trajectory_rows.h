#pragma once
// The rows of FILE.csv: one a vehicle. A run writes them with --fcd FILE.csv, and `arterial export` from
// FILE.arfcd: one writer, so that both are the same byte for byte.
#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run/stream_file.h"
#include "scenarios/run/trajectory_tables.h"
#include "sim/model/network.h"
#include "sim/model/snapshot.h"

namespace arterial {

/// Where a front bumper is drawn. Driving lengths are scaled to the drawn shape.
class LanePositions {
 public:
  explicit LanePositions(const Network& network);
  struct Place {
    double x_m, y_m;
    const std::string* angle_deg;  // as text: a property of the shape's segment
  };
  Place at(std::uint32_t lane, double pos_m) const;

 private:
  struct Segment {
    double begin_m, x_m, y_m, dx, dy;  // drawn metres; direction of unit length
    std::string angle;
  };
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> first_;  // per lane, and one more
  std::vector<double> scale_;         // drawn / driving length
};

/// "replica," where there are several, and the time, with the comma behind them: how every row begins.
std::string row_begin(const TrafficColumns& state, std::uint32_t replicas);

class TrajectoryRows {
 public:
  TrajectoryRows(const Network& network, const TrajectoryTables& tables);
  std::string header() const;
  void write(const TrafficColumns& state, StreamFile& out);

 private:
  struct Piece {
    double begin_m;
    std::string cell;  // ",lane_id,"
  };
  struct Vehicle {
    std::string id;  // quoted
    std::uint32_t type;
  };
  LanePositions positions_;
  std::uint32_t replicas_;
  std::vector<std::vector<Piece>> pieces_;  // per lane, at least one
  std::vector<Vehicle> vehicles_;
  std::vector<std::string> types_;  // ",length,width,type\n"
};

}  // namespace arterial
