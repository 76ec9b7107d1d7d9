#pragma once
// Full trajectories: every vehicle at every state (--fcd), every crossing of a stop line and every change of
// a signal. An outside checker recomputes overlaps, shared ground, red-light running and the ledger from
// these three files.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/run/stream_file.h"
#include "sim/model/demand.h"
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
  Place at(LaneId lane, double pos_m) const;

 private:
  struct Segment {
    double begin_m, x_m, y_m, dx, dy;  // drawn metres; direction of unit length
    std::string angle;
  };
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> first_;  // per lane, and one more
  std::vector<double> scale_;         // drawn / driving length
};

struct TrajectoryOffsets {
  std::uint64_t fcd = 0, crossings = 0, signals = 0;
};

/// Beside FCD_FILE stand crossings.csv and signals.csv.
class TrajectoryFile {
 public:
  TrajectoryFile(const std::string& path, const Network& network, const Demand& demand, int replicas);
  /// Continues after a checkpoint; `states` are the signals that were last written, by replica.
  TrajectoryFile(const std::string& path, const Network& network, const Demand& demand, int replicas,
                 const TrajectoryOffsets& offsets, std::vector<std::vector<std::string>> states);

  void write(const Snapshot& snapshot, int replica);
  TrajectoryOffsets sync();
  void keep_parts();
  void commit();

  /// The id by which crossings.csv names a connection: the source's id of its ground, as in `inspect
  /// --tables`.
  static const std::string& connection_id(const Network& network, ConnectionId connection);

 private:
  void prepare(const Demand& demand);
  void write_vehicle(std::string& out, const VehicleSnapshot& vehicle) const;

  const Network& network_;
  LanePositions positions_;
  StreamFile fcd_, crossings_, signals_;
  bool with_replica_;
  struct Piece {
    double begin_m;
    std::string cell;  // ",lane_id,"
  };
  std::vector<std::vector<Piece>> pieces_;        // per lane, at least one
  std::vector<std::string> vehicles_, types_;     // quoted ids; ",length,width,type\n"
  std::vector<std::vector<std::string>> states_;  // last written, per replica
  std::string time_;
};

}  // namespace arterial
