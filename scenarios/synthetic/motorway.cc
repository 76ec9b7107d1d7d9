#include "scenarios/synthetic/motorway.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace arterial::synthetic {

namespace {

constexpr double kCarriagewayM = 11;  // its axis from the motorway's axis
constexpr double kRampM = 260;        // along the motorway from the nose of a ramp to the crossing road
constexpr double kExtraLaneM = 220;   // length of the lanes for slowing down and speeding up
constexpr double kBeyondM = 900;      // past the last street
constexpr double kSampleM = 60;
constexpr double kMotorwaySpeed = 100 / 3.6, kRampSpeed = 50 / 3.6;
constexpr int kLanes = 2;

struct Nose {
  double y_m;
  std::uint32_t ramp_end;  // plan node on the crossing road
};

class Carriageway {
 public:
  /// `sign` +1: northbound, east of the axis (right-hand traffic); -1: southbound.
  Carriageway(const Layout& layout, PlanWriter& writer, double axis_m, int sign, std::string name)
      : layout_(layout), writer_(writer), axis_m_(axis_m), sign_(sign), name_(std::move(name)) {}

  void add_interchange(double y_m, std::uint32_t ramp_end) {
    exits_.push_back({y_m - sign_ * kRampM, ramp_end});
    entries_.push_back({y_m + sign_ * kRampM, ramp_end});
  }

  void write() {
    const double low = layout_.y.at_m.front() - kBeyondM, high = layout_.y.at_m.back() + kBeyondM;
    struct Piece {
      double until;
    };
    std::vector<double> cuts{low, high};
    for (const Nose& n : exits_) cuts.insert(cuts.end(), {n.y_m, n.y_m - sign_ * kExtraLaneM});
    for (const Nose& n : entries_) cuts.insert(cuts.end(), {n.y_m, n.y_m + sign_ * kExtraLaneM});
    double bridge_low = 1e18, bridge_high = 1e18;
    if (layout_.river_gap >= 0) {
      bridge_low = layout_.y.at_m[layout_.river_gap] - 10;
      bridge_high = layout_.y.at_m[layout_.river_gap + 1] + 10;
      cuts.insert(cuts.end(), {bridge_low, bridge_high});
    }
    std::sort(cuts.begin(), cuts.end());
    if (sign_ < 0) std::reverse(cuts.begin(), cuts.end());
    std::uint32_t from = writer_.node(at(cuts.front()));
    first_node = from;
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
      const double a = cuts[k], b = cuts[k + 1], middle = (a + b) / 2;
      if (std::abs(b - a) < 1) continue;
      PlanRoad road;
      road.name = name_;
      road.road_class = RoadClass::kMotorway;
      road.lane_width_m = 3.5;
      road.level = middle > bridge_low && middle < bridge_high ? 1 : 0;
      road.forward.speed_mps = kMotorwaySpeed;
      road.forward.allowed = road.backward.allowed = kMotorClasses;
      road.forward.lanes = kLanes + (has_extra_lane(middle) ? 1 : 0);
      if (const Nose* exit = nose_at(exits_, b)) {
        (void)exit;
        road.forward.turns.assign(road.forward.lanes, bit(Turn::kStraight));
        road.forward.turns.front() = bit(Turn::kPartRight);
      }
      road.nodes.push_back(from);
      const int samples = std::max(1, static_cast<int>(std::lround(std::abs(b - a) / kSampleM)));
      for (int n = 1; n <= samples; ++n) road.nodes.push_back(writer_.node(at(a + (b - a) * n / samples)));
      from = road.nodes.back();
      writer_.road(std::move(road));
      if (const Nose* exit = nose_at(exits_, b)) write_ramp(*exit, from, true);
      if (const Nose* entry = nose_at(entries_, b)) write_ramp(*entry, from, false);
    }
    last_node = from;
  }

  std::uint32_t first_node = 0, last_node = 0;

 private:
  Point at(double y_m, double from_carriageway_m = 0) const {
    return layout_.to_world({axis_m_ + sign_ * (kCarriagewayM + from_carriageway_m), y_m});
  }

  static const Nose* nose_at(const std::vector<Nose>& noses, double y_m) {
    for (const Nose& n : noses)
      if (std::abs(n.y_m - y_m) < 0.5) return &n;
    return nullptr;
  }

  bool has_extra_lane(double y_m) const {
    const auto within = [&](double from, double to) {
      return y_m > std::min(from, to) && y_m < std::max(from, to);
    };
    for (const Nose& n : exits_)
      if (within(n.y_m - sign_ * kExtraLaneM, n.y_m)) return true;
    for (const Nose& n : entries_)
      if (within(n.y_m, n.y_m + sign_ * kExtraLaneM)) return true;
    return false;
  }

  /// Between the nose and the crossing road: an S that leaves at a small angle and arrives nearly square.
  void write_ramp(const Nose& nose, std::uint32_t nose_node, bool exit) {
    const double out_m = kRampEndM - kCarriagewayM;
    struct Step {
      double along, aside;
    };
    // From the nose; along is a share of kRampM, aside a share of the way out.
    constexpr Step kCurve[] = {{0.16, 0.12}, {0.32, 0.36}, {0.48, 0.64}, {0.64, 0.85}, {0.82, 0.97}};
    const int way = exit ? sign_ : -sign_;  // in which y direction the ramp leads away from the nose
    std::vector<std::uint32_t> nodes{nose_node};
    for (const Step& s : kCurve)
      nodes.push_back(writer_.node(at(nose.y_m + way * s.along * kRampM, s.aside * out_m)));
    nodes.push_back(nose.ramp_end);
    PlanRoad road;
    road.name = name_ + (exit ? " exit" : " entry");
    road.road_class = RoadClass::kMotorwayLink;
    road.lane_width_m = 3.5;
    road.forward.speed_mps = kRampSpeed;
    road.forward.allowed = road.backward.allowed = kMotorClasses;
    road.forward.lanes = 1;
    if (!exit) {
      std::reverse(nodes.begin(), nodes.end());
      road.nodes = std::move(nodes);
      writer_.road(std::move(road));
      return;
    }
    // The last part has a lane for each turn.
    PlanRoad last = road;
    road.nodes.assign(nodes.begin(), nodes.begin() + 4);
    last.nodes.assign(nodes.begin() + 3, nodes.end());
    last.forward.lanes = 2;
    last.forward.turns = {bit(Turn::kRight), bit(Turn::kLeft)};
    writer_.road(std::move(road));
    writer_.road(std::move(last));
  }

  const Layout& layout_;
  PlanWriter& writer_;
  double axis_m_;
  int sign_;
  std::string name_;
  std::vector<Nose> exits_, entries_;
};

/// Where the map ends the traffic of one carriageway may turn round into the other, so that every link can
/// reach every other; the outside world begins and ends there.
void write_turn_round(const Layout& layout, PlanWriter& writer, double axis_m, double end_m, int outwards,
                      std::uint32_t from, std::uint32_t to, const std::string& name) {
  PlanRoad road;
  road.name = name;
  road.road_class = RoadClass::kMotorwayLink;
  road.forward.lanes = 1;
  road.forward.speed_mps = 30 / 3.6;
  road.forward.allowed = road.backward.allowed = kMotorClasses;
  road.nodes = {from};
  // Northern end: from the eastern carriageway over to the western one; southern end the other way.
  for (auto [aside, beyond] :
       {std::pair{20.0, 25.0}, {18.0, 48.0}, {0.0, 62.0}, {-18.0, 48.0}, {-20.0, 25.0}})
    road.nodes.push_back(
        writer.node(layout.to_world({axis_m + outwards * aside, end_m + outwards * beyond})));
  road.nodes.push_back(to);
  writer.road(std::move(road));
}

}  // namespace

void write_motorways(const Layout& layout, StreetsDrawn& drawn, PlanWriter& writer) {
  int number = 1;
  for (int gap : layout.motorway_gaps) {
    const double axis_m = (layout.x.at_m[gap] + layout.x.at_m[gap + 1]) / 2;
    const std::string name = "Motorway " + std::to_string(number++);
    Carriageway north(layout, writer, axis_m, 1, name), south(layout, writer, axis_m, -1, name);
    for (const RampEnds& ends : drawn.ramps) {
      if (ends.gap != gap) continue;
      north.add_interchange(ends.crossing_y_m, ends.east);
      south.add_interchange(ends.crossing_y_m, ends.west);
    }
    north.write();
    south.write();
    const double low_m = layout.y.at_m.front() - kBeyondM, high_m = layout.y.at_m.back() + kBeyondM;
    write_turn_round(layout, writer, axis_m, high_m, 1, north.last_node, south.first_node, name);
    write_turn_round(layout, writer, axis_m, low_m, -1, south.last_node, north.first_node, name);
    for (auto [where, near_m, far_m] :
         {std::tuple{"North", high_m - 400, high_m + 100}, {"South", low_m + 400, low_m - 100}}) {
      Gate gate;
      gate.name = name + " " + where;
      gate.weight = 2.5;
      for (const Point& p :
           {Point{axis_m - 45, near_m}, {axis_m + 45, near_m}, {axis_m + 45, far_m}, {axis_m - 45, far_m}})
        gate.ring.push_back(layout.to_world(p));
      drawn.gates.push_back(std::move(gate));
    }
  }
}

}  // namespace arterial::synthetic
