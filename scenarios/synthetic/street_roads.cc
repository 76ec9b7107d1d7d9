#include "scenarios/synthetic/street_roads.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "scenarios/synthetic/street_names.h"

namespace arterial::synthetic {

namespace {

constexpr std::uint32_t kNoRoad = 0xffffffffu;
constexpr double kGateM = 380;

Point minus(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
double length(Point a) { return std::sqrt(a.x * a.x + a.y * a.y); }
Point unit(Point a) {
  const double l = length(a);
  return {a.x / l, a.y / l};
}
Point on_ray(Point from, Point direction, double m) {
  return {from.x + direction.x * m, from.y + direction.y * m};
}

RoadClass class_of(Street s) {
  switch (s) {
    case Street::kPrimary: return RoadClass::kPrimary;
    case Street::kSecondary: return RoadClass::kSecondary;
    case Street::kTertiary: return RoadClass::kTertiary;
    case Street::kLiving: return RoadClass::kLivingStreet;
    default: return RoadClass::kResidential;
  }
}

double speed_of(Street s) {  // 60, 50, 40, 30, 10 km/h
  switch (s) {
    case Street::kPrimary: return 60 / 3.6;
    case Street::kSecondary: return 50 / 3.6;
    case Street::kTertiary: return 40 / 3.6;
    case Street::kLiving: return 10 / 3.6;
    default: return 30 / 3.6;
  }
}

/// Lanes of an approach, kerb first; no turns stated where they would say nothing.
struct Approach {
  int lanes = 1;
  std::vector<std::uint8_t> turns;
  bool operator==(const Approach&) const = default;
};

struct Ways {
  bool left = false, straight = false, right = false, plain = true;  // plain: near right angles, one of each
};

/// Which way out of a node the legs lead, seen by a driver who comes in with `heading` (a unit vector).
Ways ways_out(Point heading, const std::vector<Point>& outs) {
  Ways w;
  for (const Point& out : outs) {
    const double along = heading.x * out.x + heading.y * out.y, left = heading.x * out.y - heading.y * out.x;
    bool* way = along > 0.77 ? &w.straight : left > 0 ? &w.left : &w.right;
    if (*way || (along > 0.45 && along < 0.9) || along < -0.6) w.plain = false;
    *way = true;
  }
  return w;
}

/// Straight on by every lane, right from the kerb, left from the middle: left turns then yield in the main
/// phase and need none of their own, which serves a tidal morning better.
Approach approach_to_signal(Street street, int through, const Ways& w) {
  const std::uint8_t l = bit(Turn::kLeft), s = bit(Turn::kStraight), r = bit(Turn::kRight);
  Approach a{through, {}};
  if (street < Street::kSecondary || through < 2 || !w.plain) return a;
  if (w.straight) {
    a.turns.assign(through, s);
    if (w.right) a.turns.front() |= r;
    if (w.left) a.turns.back() |= l;
  } else if (w.left && w.right) {
    a.turns.assign(through, static_cast<std::uint8_t>(l | r));
    a.turns.front() = r;
    a.turns.back() = l;
  }
  return a;
}

struct RunLook {
  Street street = Street::kNone;
  std::int8_t one_way = 0;
  std::uint8_t level = 0;
  std::uint64_t name_key = 0;
  std::string suffix;  // "Ring", "Bridge" or empty
  Approach forward, backward;
  bool operator==(const RunLook&) const = default;
};

class StreetWriter {
 public:
  StreetWriter(const StreetLattice& lattice, PlanWriter& writer)
      : lattice_(lattice), layout_(lattice.layout()), writer_(writer) {
    const std::size_t nodes = static_cast<std::size_t>(layout_.x.lines()) * layout_.y.lines();
    plan_node_.assign(nodes, kNoRoad);
    road_at_.assign(nodes * 4, kNoRoad);
  }

  StreetsDrawn write() {
    make_nodes();
    for (int j = 0; j < layout_.y.lines(); ++j) write_line(false, j);
    for (int i = 0; i < layout_.x.lines(); ++i) write_line(true, i);
    write_diagonals();
    write_roundabouts();
    write_restrictions();
    write_gate_roads();
    return std::move(drawn_);
  }

 private:
  bool has_signal(int i, int j) const { return lattice_.control(i, j) == Control::kSignal; }

  bool is_round(int i, int j) const { return lattice_.control(i, j) == Control::kRoundabout; }

  void make_nodes() {
    for (int j = 0; j < layout_.y.lines(); ++j)
      for (int i = 0; i < layout_.x.lines(); ++i) {
        if (lattice_.legs(i, j) == 0) continue;
        if (is_round(i, j)) {
          const double radius_m = roundabout_radius_m(lattice_, i, j);
          for (int heading = 0; heading < kHeadings; heading += 2)
            if (lattice_.leg(i, j, heading).exists())
              ring_node_[lattice_.node(i, j) * 4ll + heading / 2] =
                  writer_.node(on_ray(lattice_.at(i, j), direction(i, j, heading), radius_m));
          continue;
        }
        NodeControl control = NodeControl::kNone;
        if (has_signal(i, j)) control = NodeControl::kSignal;
        if (lattice_.control(i, j) == Control::kAllWayStop) control = NodeControl::kAllWayStop;
        plan_node_[lattice_.node(i, j)] = writer_.node(lattice_.at(i, j), control);
      }
  }

  Point direction(int i, int j, int heading) const {
    return unit(minus(lattice_.at(i + kStepX[heading], j + kStepY[heading]), lattice_.at(i, j)));
  }

  std::uint32_t end_node(int i, int j, int heading) const {
    if (is_round(i, j)) return ring_node_.at(lattice_.node(i, j) * 4ll + heading / 2);
    return plan_node_[lattice_.node(i, j)];
  }

  /// The lanes with which traffic on the leg `heading` comes into (i, j).
  Approach approach(int i, int j, int heading, Street street, int through) const {
    if (!has_signal(i, j)) return {through, {}};
    std::vector<Point> outs;
    for (int other = 0; other < kHeadings; ++other)
      if (other != heading && lattice_.leg(i, j, other).out) outs.push_back(direction(i, j, other));
    if (is_gate(i, j)) outs.push_back(gate_direction(i, j));
    const Point in = direction(i, j, heading);
    return approach_to_signal(street, through, ways_out({-in.x, -in.y}, outs));
  }

  RunLook look_of(const Edge& e, bool vertical, int i, int j) const {
    RunLook look;
    look.street = e.street;
    look.one_way = e.one_way;
    look.level = e.level;
    const Axis &own = vertical ? layout_.x : layout_.y, &other = vertical ? layout_.y : layout_.x;
    const int line = vertical ? i : j, gap = vertical ? j : i;
    const std::int64_t tag = vertical ? 2 : 1;
    const Dice dice(layout_.options.seed, "names");
    if (own.arterial[line]) {
      look.name_key = dice.bits(4 * line + tag, -1);
      for (std::size_t k = 0;
           k < layout_.rings.size() && e.street == Street::kPrimary && own.ordinal[line] != 0; ++k) {
        const int ring = layout_.rings[k];
        const int low = other.line_of_ordinal(-ring), high = other.line_of_ordinal(ring);
        if (std::abs(own.ordinal[line]) == ring && gap >= low && gap < high) {
          look.name_key = k;
          look.suffix = "Ring";
        }
      }
      if (e.level && other.strip[gap] && !e.interchange) look.suffix = "Bridge";
    } else {
      look.name_key = dice.bits(4 * line + tag, other.superblock[gap]);
    }
    const int higher = vertical ? kNorth : kEast, lower = vertical ? kSouth : kWest;
    const int i2 = i + !vertical, j2 = j + vertical;
    if (e.one_way >= 0) look.forward = approach(i2, j2, lower, e.street, e.lanes);
    if (e.one_way <= 0) look.backward = approach(i, j, higher, e.street, e.lanes);
    if (e.one_way < 0) look.forward.lanes = 0;
    if (e.one_way > 0) look.backward.lanes = 0;
    return look;
  }

  PlanRoad road_of(const RunLook& look) const {
    PlanRoad road;
    road.road_class = class_of(look.street);
    if (look.suffix == "Ring") {
      road.name = look.name_key == 0   ? "Inner Ring"
                  : look.name_key == 1 ? "Outer Ring"
                                       : "Ring Road " + std::to_string(look.name_key + 1);
    } else {
      road.name = street_name(look.name_key, road.road_class);
      if (!look.suffix.empty()) road.name += " " + look.suffix;
    }
    road.level = look.level;
    road.lane_width_m = look.street == Street::kPrimary ? 3.25 : look.street >= Street::kTertiary ? 3.2 : 3.0;
    for (auto [direction, approach] :
         {std::pair{&road.forward, &look.forward}, {&road.backward, &look.backward}}) {
      direction->lanes = approach->lanes;
      direction->turns = approach->turns;
      direction->speed_mps = speed_of(look.street);
    }
    return road;
  }

  void write_line(bool vertical, int line) {
    const Axis& other = vertical ? layout_.y : layout_.x;
    RunLook look;
    PlanRoad road;
    std::vector<std::pair<int, bool>> ends;  // (node * 4 + quarter) slots that the open road fills
    const auto close = [&] {
      if (road.nodes.empty()) return;
      const std::uint32_t index = writer_.road(std::move(road));
      for (const auto& [slot, unused] : ends) road_at_[slot] = index;
      ends.clear();
      road = {};
    };
    for (int gap = 0; gap < other.gaps(); ++gap) {
      const int i = vertical ? line : gap, j = vertical ? gap : line;
      const int i2 = i + !vertical, j2 = j + vertical;
      const Edge& e = vertical ? lattice_.along(i, j) : lattice_.across(i, j);
      if (e.street == Street::kNone) {
        close();
        continue;
      }
      const int higher = vertical ? kNorth : kEast, lower = vertical ? kSouth : kWest;
      if (e.interchange) {
        close();
        write_interchange(i, j, e);
        continue;
      }
      RunLook next = look_of(e, vertical, i, j);
      const std::uint32_t from = end_node(i, j, higher), to = end_node(i2, j2, lower);
      const bool goes_on = !road.nodes.empty() && road.nodes.back() == from && next == look &&
                           lattice_.control(i, j) != Control::kRightInRightOut &&
                           look.forward.turns.empty() && look.backward.turns.empty();
      if (!goes_on) {
        close();
        road = road_of(next);
        road.nodes.push_back(from);
        look = std::move(next);
      }
      road.nodes.push_back(to);
      ends.push_back({lattice_.node(i, j) * 4 + higher / 2, true});
      ends.push_back({lattice_.node(i2, j2) * 4 + lower / 2, true});
    }
    close();
  }

  /// A road over the motorway: approach, bridge, approach, with the ramps' junctions between.
  void write_interchange(int i, int j, const Edge& e) {
    const double axis_m = (layout_.x.at_m[i] + layout_.x.at_m[i + 1]) / 2, y_m = layout_.y.at_m[j];
    RampEnds ends;
    ends.gap = i;
    ends.crossing_y_m = y_m;
    ends.west = writer_.node(layout_.to_world({axis_m - kRampEndM, y_m}), NodeControl::kSignal);
    ends.east = writer_.node(layout_.to_world({axis_m + kRampEndM, y_m}), NodeControl::kSignal);
    const int through = e.lanes;
    const std::uint8_t l = bit(Turn::kLeft), s = bit(Turn::kStraight), r = bit(Turn::kRight);
    const auto lanes = [&](std::uint8_t kerb, bool left_lane) {
      Approach a;
      a.turns.assign(through, s);
      a.turns.front() |= kerb;
      if (left_lane) a.turns.back() |= l;
      a.lanes = through;
      return a;
    };
    RunLook look = look_of(e, false, i, j);
    look.suffix.clear();
    look.level = 0;
    const Approach into_west_node = look.backward, into_east_node = look.forward;
    const auto write = [&](std::uint32_t a, std::uint32_t b, Approach forward, Approach backward, int level) {
      look.forward = std::move(forward);
      look.backward = std::move(backward);
      look.level = static_cast<std::uint8_t>(level);
      PlanRoad road = road_of(look);
      road.nodes = {a, b};
      return writer_.road(std::move(road));
    };
    road_at_[lattice_.node(i, j) * 4 + kEast / 2] =
        write(end_node(i, j, kEast), ends.west, lanes(r, false), into_west_node, 0);
    write(ends.west, ends.east, lanes(0, true), lanes(0, true), 1);
    road_at_[lattice_.node(i + 1, j) * 4 + kWest / 2] =
        write(ends.east, end_node(i + 1, j, kWest), into_east_node, lanes(r, false), 0);
    drawn_.ramps.push_back(ends);
  }

  void write_diagonals() {
    const Dice dice(layout_.options.seed, "diagonal names");
    // Each avenue is followed from its lower end.
    for (int j = 0; j < layout_.y.gaps(); ++j)
      for (int i = 0; i < layout_.x.gaps(); ++i) {
        const int kind = lattice_.diagonal(i, j);
        if (kind == 0) continue;
        const int heading = kind == 1 ? kNorthEast : kNorthWest, back = kind == 1 ? kSouthWest : kSouthEast;
        int a = kind == 1 ? i : i + 1, b = j;
        if (lattice_.leg(a, b, back).exists()) continue;
        const std::uint64_t key = dice.bits(i, j);
        while (lattice_.leg(a, b, heading).exists()) {
          const int a2 = a + kStepX[heading], b2 = b + kStepY[heading];
          RunLook look;
          look.street = Street::kSecondary;
          look.name_key = key;
          look.forward = approach(a2, b2, back, look.street, 2);
          look.backward = approach(a, b, heading, look.street, 2);
          PlanRoad road = road_of(look);
          road.nodes = {plan_node_[lattice_.node(a, b)], plan_node_[lattice_.node(a2, b2)]};
          writer_.road(std::move(road));
          a = a2, b = b2;
        }
      }
  }

  void write_roundabouts() {
    for (int j = 0; j < layout_.y.lines(); ++j)
      for (int i = 0; i < layout_.x.lines(); ++i) {
        if (!is_round(i, j)) continue;
        const double radius_m = roundabout_radius_m(lattice_, i, j);
        std::vector<int> headings;
        Street biggest = Street::kNone;
        for (int heading = 0; heading < kHeadings; heading += 2) {
          const Leg leg = lattice_.leg(i, j, heading);
          if (!leg.exists()) continue;
          headings.push_back(heading);
          biggest = std::max(biggest, leg.street);
        }
        PlanRoad road;
        road.roundabout = true;
        road.road_class = class_of(biggest);
        road.name = street_name(Dice(layout_.options.seed, "places").bits(i, j), RoadClass::kOther);
        road.name = road.name.substr(0, road.name.rfind(' ')) + " Circus";
        road.lane_width_m = 4;
        road.forward.lanes = 1;
        road.forward.speed_mps = 30 / 3.6;
        // Between two legs the ring is rounded by halving the angle twice.
        const Point centre = lattice_.at(i, j);
        for (std::size_t k = 0; k < headings.size(); ++k) {
          const int heading = headings[k], next = headings[(k + 1) % headings.size()];
          const Point from = direction(i, j, heading), to = direction(i, j, next);
          road.nodes.push_back(end_node(i, j, heading));
          for (const Point& p : between(from, to, (next - heading + kHeadings) % kHeadings))
            road.nodes.push_back(writer_.node(on_ray(centre, p, radius_m)));
        }
        road.nodes.push_back(road.nodes.front());
        writer_.road(std::move(road));
      }
  }

  /// Unit vectors between two, counter-clockwise; `eighths` tells about how far apart they are.
  static std::vector<Point> between(Point from, Point to, int eighths) {
    const auto half = [](Point a, Point b) { return unit({a.x + b.x, a.y + b.y}); };
    if (eighths >= 4) {  // near half a turn or more: go by a quarter turn
      const Point quarter{-from.y, from.x};
      std::vector<Point> points = between(from, quarter, 2);
      points.push_back(quarter);
      for (const Point& p : between(quarter, to, eighths - 2)) points.push_back(p);
      return points;
    }
    const Point middle = half(from, to);
    return {half(from, middle), middle, half(middle, to)};
  }

  void write_restrictions() {
    for (int j = 0; j < layout_.y.lines(); ++j)
      for (int i = 0; i < layout_.x.lines(); ++i) {
        if (lattice_.control(i, j) != Control::kRightInRightOut) continue;
        const std::uint32_t via = plan_node_[lattice_.node(i, j)];
        for (int from = 0; from < kHeadings; from += 2) {
          const Leg in = lattice_.leg(i, j, from);
          if (!in.exists() || !in.in) continue;
          const int right = (from + 2) % kHeadings, left = (from + 6) % kHeadings;
          const Leg to_right = lattice_.leg(i, j, right), to_left = lattice_.leg(i, j, left);
          const auto road = [&](int heading) { return road_at_[lattice_.node(i, j) * 4 + heading / 2]; };
          if (in.street >= Street::kSecondary) {
            if (to_left.exists() && to_left.out && to_left.street < Street::kSecondary)
              writer_.restriction(road(from), via, road(left), false);
          } else if (to_right.exists() && to_right.out) {
            writer_.restriction(road(from), via, road(right), true);
          }
        }
      }
  }

  bool is_gate(int i, int j) const {
    const Axis &x = layout_.x, &y = layout_.y;
    const bool at_x_end = (i == 0 || i == x.gaps()) && j == y.centre,
               at_y_end = (j == 0 || j == y.gaps()) && i == x.centre;
    return (at_x_end || at_y_end) && lattice_.legs(i, j) > 0 && !is_round(i, j);
  }

  Point gate_base(int i, int j, double m) const {
    Point p = layout_.base(i, j);
    if (i == 0)
      p.x -= m;
    else if (i == layout_.x.gaps())
      p.x += m;
    else if (j == 0)
      p.y -= m;
    else
      p.y += m;
    return p;
  }

  Point gate_direction(int i, int j) const {
    return unit(minus(layout_.to_world(gate_base(i, j, 120)), lattice_.at(i, j)));
  }

  void write_gate_roads() {
    const Axis &x = layout_.x, &y = layout_.y;
    for (auto [i, j, where] : {std::tuple{0, y.centre, "West"},
                               {x.gaps(), y.centre, "East"},
                               {x.centre, 0, "South"},
                               {x.centre, y.gaps(), "North"}}) {
      if (!is_gate(i, j)) continue;
      PlanRoad road;
      road.road_class = RoadClass::kPrimary;
      road.name = std::string(where) + " Road";
      road.lane_width_m = 3.25;
      road.forward.speed_mps = road.backward.speed_mps = 70 / 3.6;
      road.forward.lanes = road.backward.lanes = 3;
      road.nodes.push_back(plan_node_[lattice_.node(i, j)]);
      for (double m = kGateM / 4; m <= kGateM; m += kGateM / 4)
        road.nodes.push_back(writer_.node(layout_.to_world(gate_base(i, j, m))));
      writer_.road(std::move(road));
      Gate gate;
      gate.name = std::string(where) + " Gate";
      gate.weight = 1;
      const Point near = gate_base(i, j, 60), far = gate_base(i, j, kGateM + 40);
      const double wide_m = 50, dx = near.x == far.x ? wide_m : 0, dy = near.y == far.y ? wide_m : 0;
      for (const Point& p : {Point{near.x - dx, near.y - dy},
                             {far.x - dx, far.y - dy},
                             {far.x + dx, far.y + dy},
                             {near.x + dx, near.y + dy}})
        gate.ring.push_back(layout_.to_world(p));
      drawn_.gates.push_back(std::move(gate));
    }
  }

  const StreetLattice& lattice_;
  const Layout& layout_;
  PlanWriter& writer_;
  std::vector<std::uint32_t> plan_node_;                    // by lattice node
  std::vector<std::uint32_t> road_at_;                      // by lattice node and quarter
  std::unordered_map<long long, std::uint32_t> ring_node_;  // looked up only, never walked
  StreetsDrawn drawn_;
};

}  // namespace

double roundabout_radius_m(const StreetLattice& lattice, int i, int j) {
  for (int heading = 0; heading < kHeadings; heading += 2)
    if (lattice.leg(i, j, heading).street >= Street::kSecondary) return 24;
  return 18;
}

StreetsDrawn write_streets(const StreetLattice& lattice, PlanWriter& writer) {
  return StreetWriter(lattice, writer).write();
}

}  // namespace arterial::synthetic
