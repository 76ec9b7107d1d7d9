#include "sim/model/build_stops.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "sim/model/build_geometry.h"
#include "sim/model/build_streets.h"

namespace arterial::build {
namespace {

constexpr double kReach_m = 30, kStop_m = 12;
constexpr double kCell_m = 100,
                 kSample_m = 50;  // whoever is in reach of a lane is in a neighbouring cell of a sample

struct Spot {
  std::uint32_t lane = kNoIndex;
  double gap_m = kReach_m, along_m = 0;  // along the drawing
};

class KerbLanes {
 public:
  explicit KerbLanes(const Network& network) : network_(network) {
    for (std::uint32_t l = 0; l < network.road_lane_count; ++l) {
      const Lane& lane = network.lanes[l];
      if (lane.index != 0 || !(lane.allowed & mask_of(VehicleClass::kBus))) continue;
      for (std::uint32_t k = 0; k + 1 < lane.shape.count; ++k) {
        const Point a = point(lane, k), b = point(lane, k + 1);
        const int samples = 1 + static_cast<int>(distance(a, b) / kSample_m);
        for (int i = 0; i <= samples; ++i) {
          const double t = static_cast<double>(i) / samples;
          auto& lanes = cells_[cell({a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t}, 0, 0)];
          if (lanes.empty() || lanes.back() != l) lanes.push_back(l);
        }
      }
    }
  }

  Spot nearest(Point p) const {
    Spot best;
    for (int dy = -1; dy <= 1; ++dy)
      for (int dx = -1; dx <= 1; ++dx)
        if (const auto found = cells_.find(cell(p, dx, dy)); found != cells_.end())
          for (const std::uint32_t lane : found->second) look_at(lane, p, best);
    return best;
  }

 private:
  Point point(const Lane& lane, std::uint32_t k) const { return network_.points[lane.shape.first + k]; }

  static std::uint64_t cell(Point p, int dx, int dy) {
    const auto part = [](double v, int d) {
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(std::floor(v / kCell_m)) + d) & 0xffffffffu;
    };
    return part(p.x, dx) << 32 | part(p.y, dy);
  }

  void look_at(std::uint32_t l, Point p, Spot& best) const {
    const Lane& lane = network_.lanes[l];
    double before_m = 0;
    for (std::uint32_t k = 0; k + 1 < lane.shape.count; ++k) {
      const Point a = point(lane, k), b = point(lane, k + 1);
      const double dx = b.x - a.x, dy = b.y - a.y, length = std::hypot(dx, dy);
      const double t =
          length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (length * length), 0.0, 1.0) : 0;
      const double gap = distance(p, {a.x + t * dx, a.y + t * dy});
      if (gap < best.gap_m || (gap == best.gap_m && l < best.lane)) best = {l, gap, before_m + t * length};
      before_m += length;
    }
  }

  const Network& network_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> cells_;  // looked up only
};

double drawn_m(const Network& network, const Lane& lane) {
  double length = 0;
  for (std::uint32_t k = 0; k + 1 < lane.shape.count; ++k)
    length += distance(network.points[lane.shape.first + k], network.points[lane.shape.first + k + 1]);
  return length;
}

}  // namespace

void add_stops(Network& network, const StreetPlan& plan) {
  if (plan.stops.empty()) return;
  const KerbLanes kerbs(network);
  std::unordered_map<std::string, int> times;
  for (const StreetPlan::PlanStop& wanted : plan.stops) {
    const Spot spot = kerbs.nearest(wanted.at);
    if (spot.lane == kNoIndex) {
      network.problems.push_back(
          {Severity::kWarning, "stop_far_from_road", wanted.id, wanted.at.x, wanted.at.y,
           "Stop " + wanted.id +
               " is farther than 30 m from every lane that buses may use; it is left out."});
      continue;
    }
    const Lane& lane = network.lanes[spot.lane];
    Stop stop;
    stop.lane = LaneId(spot.lane);
    const double drawn = drawn_m(network, lane);
    const double middle = drawn > 0 ? spot.along_m * lane.length_m / drawn : 0;
    stop.end_m = std::min(lane.length_m, std::max(middle + kStop_m / 2, std::min(kStop_m, lane.length_m)));
    stop.begin_m = std::max(0.0, stop.end_m - kStop_m);
    stop.id = wanted.id;
    if (const int n = ++times[wanted.id]; n > 1) stop.id.append(1, '#').append(std::to_string(n));
    stop.name = wanted.name;
    network.stops.push_back(std::move(stop));
  }
}

}  // namespace arterial::build
