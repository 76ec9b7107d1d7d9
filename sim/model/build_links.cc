// Links, lanes and junction outlines.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_set>

#include "sim/model/build_context.h"

namespace arterial::build {
namespace {

constexpr double kMaxCut = 25;      // a junction reaches no farther along an arm
constexpr double kMaxForkCut = 32;  // a ramp gives way this much
constexpr double kCutStep = 0.5;
constexpr double kLookAlongArm = 60;
constexpr double kCornerRoom = 2.0;  // beyond the crossing edges, so that corners can be turned
constexpr double kWantedLink = 7.5;  // a car and its gap
constexpr double kAcute = 25 * std::numbers::pi / 180;
constexpr double kHeadingReach = 15;

std::string bare(const std::string& id) {  // "node/12" -> "12"
  const auto slash = id.rfind('/');
  return slash == std::string::npos ? id : id.substr(slash + 1);
}

struct Strip {    // the ground of an arm or of a swallowed street
  Polyline line;  // outward from the place
  double half_width = 0;
  double heading = 0;  // outward
  std::uint32_t street = 0;
};

/// Stated over drawn length: more than 1 where a scheme draws a road too short.
double stretch_of(const StreetPlan& plan, const PlanRoad& road) {
  if (!(road.length_m > 0)) return 1;
  double drawn = 0;
  for (std::size_t i = 1; i < road.nodes.size(); ++i)
    drawn += distance(plan.nodes[road.nodes[i - 1]].at, plan.nodes[road.nodes[i]].at);
  return drawn > 0 ? road.length_m / drawn : 1;
}

double width_of(const StreetPlan& plan, const Street& s) {
  return (s.forward.lanes + s.backward.lanes) * plan.roads[s.road].lane_width_m;
}

class LinkMaker {
 public:
  explicit LinkMaker(Context& context) : c_(context), net_(context.network) {}

  void make() {
    cut_begin_.assign(c_.streets.streets.size(), 0);
    cut_end_.assign(c_.streets.streets.size(), 0);
    for (Street& s : c_.streets.streets)
      if (!s.dropped) s.line = simplified(s.line, 0.15), s.length_m = length_of(s.line);
    for (std::uint32_t p = 0; p < c_.streets.places.size(); ++p) cut_arms(p);
    for (std::uint32_t i = 0; i < c_.streets.streets.size(); ++i) balance_cuts(i);
    add_junctions();
    for (std::uint32_t i = 0; i < c_.streets.streets.size(); ++i)
      if (!c_.streets.streets[i].dropped) add_links(i);
    net_.road_lane_count = static_cast<std::uint32_t>(net_.lanes.size());
    for (std::uint32_t p = 0; p < c_.streets.places.size(); ++p) outline(p);
  }

 private:
  Strip strip_of(const Arm& arm) const {
    const Street& s = c_.streets.streets[arm.street];
    Strip strip{arm.at_end ? reversed(s.line) : s.line, width_of(c_.plan, s) / 2, 0, arm.street};
    strip.heading = heading_at_begin(strip.line, kHeadingReach);
    return strip;
  }

  void cut_arms(std::uint32_t p) {
    const Place& place = c_.streets.places[p];
    std::vector<Strip> strips;
    for (const Arm& arm : place.arms) strips.push_back(strip_of(arm));
    for (const std::uint32_t i : place.inside) {
      const Street& s = c_.streets.streets[i];
      strips.push_back({s.line, width_of(c_.plan, s) / 2, heading_at_begin(s.line, 1e9), i});
    }
    for (std::size_t a = 0; a < place.arms.size(); ++a) {
      double needed = place.arms.size() == 1 ? 0.5 : 1.0;
      for (std::size_t b = 0; b < strips.size(); ++b)
        if (b != a) needed = std::max(needed, clear_of(strips[a], strips[b], b >= place.arms.size()));
      if (place.arms.size() >= 3) needed += kCornerRoom;
      needed = std::min(needed, kMaxCut);
      for (std::size_t b = 0; b < place.arms.size(); ++b)
        if (b != a && gives_room(place.arms[a], place.arms[b], strips[a], strips[b]))
          needed = std::max(needed, covered_along(strips[a], strips[b], kMaxForkCut));
      (place.arms[a].at_end ? cut_end_ : cut_begin_)[place.arms[a].street] = needed;
    }
  }

  /// Two arms that part at a sharp angle lie on each other's ground for long. The lesser one (the ramp) is
  /// cut back to where it has ground of its own. The two halves of a dual carriageway are no fork.
  bool gives_room(const Arm& a, const Arm& b, const Strip& sa, const Strip& sb) const {
    if (std::abs(turn_between(sa.heading, sb.heading)) >= kAcute) return false;
    const Street &s = c_.streets.streets[a.street], &t = c_.streets.streets[b.street];
    if (s.nodes[a.at_end ? 1 : 0] != t.nodes[b.at_end ? 1 : 0]) return false;
    const auto leaves = [](const Street& street, const Arm& arm) {
      return street.direction(!arm.at_end).lanes > 0;
    };
    const auto enters = [](const Street& street, const Arm& arm) {
      return street.direction(arm.at_end).lanes > 0;
    };
    if (!(leaves(s, a) && leaves(t, b)) && !(enters(s, a) && enters(t, b))) return false;
    const int mine = priority_of(c_.plan.roads[s.road].road_class),
              other = priority_of(c_.plan.roads[t.road].road_class);
    return mine != other ? mine < other : sa.half_width <= sb.half_width;
  }

  /// How far along `arm` its edges run over the ground of `other`.
  static double clear_of(const Strip& arm, const Strip& other, bool inside) {
    const double between = std::abs(turn_between(arm.heading, other.heading));
    if (between < kAcute) return 0;  // side by side or a fork: they share no corner
    if (inside && std::numbers::pi - between < kAcute) return 0;
    return covered_along(arm, other, kMaxCut);
  }

  static double covered_along(const Strip& arm, const Strip& other, double limit) {
    double needed = 0;
    const double end = std::min(limit, length_of(arm.line));
    for (double t = 0; t <= end; t += kCutStep) {
      const Point p = point_along(arm.line, t), q = point_along(arm.line, t + kCutStep);
      const double d = distance(p, q);
      if (d <= 0) break;
      const double nx = (q.y - p.y) / d * arm.half_width, ny = -(q.x - p.x) / d * arm.half_width;
      bool covered = false;
      for (const double side : {-1.0, 0.0, 1.0})
        covered = covered || distance_to(other.line, {p.x + nx * side, p.y + ny * side}, kLookAlongArm) <
                                 other.half_width - 0.05;
      if (covered)
        needed = t + kCutStep;
      else if (t > needed + 6)
        break;
    }
    return needed;
  }

  void balance_cuts(std::uint32_t i) {
    const Street& s = c_.streets.streets[i];
    if (s.dropped) return;
    double& a = cut_begin_[i];
    double& b = cut_end_[i];
    const double keep = std::min(kWantedLink, s.length_m * 0.75);
    const double room = s.length_m - keep;
    if (a + b > room && a + b > 0) {
      const double scale = room / (a + b);
      a *= scale;
      b *= scale;
    }
  }

  void add_junctions() {
    for (std::uint32_t p = 0; p < c_.streets.places.size(); ++p) {
      const Place& place = c_.streets.places[p];
      Junction j;
      j.at = place.at;
      j.id = junction_id(c_.plan, place);
      for (const std::uint32_t n : place.nodes) j.source_ids.push_back(c_.plan.nodes[n].id);
      net_.junctions.push_back(std::move(j));
    }
    c_.incoming.resize(net_.junctions.size());
    c_.outgoing.resize(net_.junctions.size());
  }

  void add_links(std::uint32_t i) {
    const Street& s = c_.streets.streets[i];
    const Polyline line = cut(s.line, cut_begin_[i], s.length_m - cut_end_[i]);
    for (const bool forward : {true, false})
      if (s.direction(forward).lanes > 0) add_link(i, forward, forward ? line : reversed(line));
  }

  void add_link(std::uint32_t street, bool forward, const Polyline& line) {
    const Street& s = c_.streets.streets[street];
    const PlanRoad& road = c_.plan.roads[s.road];
    const PlanDirection& d = s.direction(forward);
    const std::uint32_t from = s.nodes[forward ? 0 : 1], to = s.nodes[forward ? 1 : 0];
    Link link;
    link.from = JunctionId(c_.streets.place_of[from]);
    link.to = JunctionId(c_.streets.place_of[to]);
    link.first_lane = LaneId(static_cast<std::uint32_t>(net_.lanes.size()));
    link.lane_count = static_cast<std::uint16_t>(d.lanes);
    link.road_class = road.road_class;
    link.priority = static_cast<std::int16_t>(priority_of(road.road_class));
    link.roundabout = s.roundabout;
    link.name = road.name;
    const std::string& own_id = forward || road.backward_id.empty() ? road.id : road.backward_id;
    link.id = unique(own_id + ":" + bare(c_.plan.nodes[s.nodes[0]].id) + "-" +
                     bare(c_.plan.nodes[s.nodes[1]].id) + (forward ? ":f" : ":b"));
    link.source_id = own_id;
    for (const StreetPiece& piece : s.pieces)
      if (piece.road != s.road) link.source_id += ";" + c_.plan.roads[piece.road].id;

    LinkOrigin origin{street,
                      forward,
                      heading_at_begin(line, kHeadingReach),
                      heading_at_end(line, kHeadingReach),
                      sign_at_end(s, forward),
                      false,
                      {}};
    const LinkId id(static_cast<std::uint32_t>(net_.links.size()));
    const double width = road.lane_width_m, right_edge = width_of(c_.plan, s) / 2;
    // One length for all lanes of a link, as its middle has it: places beside each other have one position.
    const double drawn_m = length_of(offset_right(line, right_edge - d.lanes * 0.5 * width));
    const double length_m = std::max(1.0, drawn_m * stretch_of(c_.plan, road));
    for (int k = 0; k < d.lanes; ++k) {
      Lane lane;
      lane.link = id;
      lane.index = static_cast<std::uint16_t>(k);
      lane.allowed =
          d.lane_allowed.size() == static_cast<std::size_t>(d.lanes) ? d.lane_allowed[k] : d.allowed;
      lane.width_m = width;
      lane.speed_mps = d.speed_mps;
      Polyline shape = offset_right(line, right_edge - (k + 0.5) * width);
      lane.length_m = length_m;
      lane.shape = net_.add_shape(shape);
      lane.id = link.id + "_" + std::to_string(k);
      if (lane.allowed & mask_of(VehicleClass::kCar))
        origin.car_lanes.push_back(static_cast<std::uint32_t>(k));
      net_.lanes.push_back(std::move(lane));
    }
    if (origin.car_lanes.empty())
      for (int k = 0; k < d.lanes; ++k) origin.car_lanes.push_back(static_cast<std::uint32_t>(k));
    c_.outgoing[link.from.value].push_back(id);
    c_.incoming[link.to.value].push_back(id);
    net_.links.push_back(std::move(link));
    c_.origins.push_back(std::move(origin));
  }

  std::string unique(const std::string& wanted) {
    std::string id = wanted;
    for (int k = 2; !ids_.insert(id).second; ++k) id = wanted + "~" + std::to_string(k);
    return id;
  }

  NodeControl sign_at_end(const Street& s, bool forward) const {
    constexpr double kReach = 60;
    NodeControl found = NodeControl::kNone;
    for (const StreetControl& k : s.controls) {
      if (k.control != NodeControl::kStop && k.control != NodeControl::kYield) continue;
      const double ahead = forward ? s.length_m - k.at_m : k.at_m;
      if (ahead > kReach) continue;
      const bool oneway = s.direction(!forward).lanes == 0;
      if (k.direction != 0 ? (k.direction > 0) == forward : oneway || ahead < s.length_m / 2)
        found = k.control;
    }
    return found;
  }

  void outline(std::uint32_t p) {
    const Place& place = c_.streets.places[p];
    struct Corner {
      double angle;
      Point right, left;
    };
    std::vector<Corner> corners;
    Point middle{0, 0};
    std::vector<std::pair<Point, Point>> edges;
    for (const Arm& arm : place.arms) {
      const Street& s = c_.streets.streets[arm.street];
      const double half = width_of(c_.plan, s) / 2,
                   at = arm.at_end ? s.length_m - cut_end_[arm.street] : cut_begin_[arm.street];
      const Point a = point_along(s.line, at);
      const Point b = point_along(s.line, arm.at_end ? at - 0.5 : at + 0.5);
      const double d = distance(a, b);
      if (d <= 0) continue;
      const double nx = (b.y - a.y) / d * half, ny = -(b.x - a.x) / d * half;  // right of the way out
      edges.push_back({{a.x + nx, a.y + ny}, {a.x - nx, a.y - ny}});
      middle.x += a.x;
      middle.y += a.y;
    }
    if (edges.size() < 2) return;
    middle.x /= static_cast<double>(edges.size());
    middle.y /= static_cast<double>(edges.size());
    for (const auto& [right, left] : edges) {
      const double mx = (right.x + left.x) / 2 - middle.x, my = (right.y + left.y) / 2 - middle.y;
      corners.push_back({std::atan2(my, mx), right, left});
    }
    std::stable_sort(corners.begin(), corners.end(),
                     [](const Corner& a, const Corner& b) { return a.angle < b.angle; });
    Polyline ring;
    for (const Corner& k : corners) ring.push_back(k.right), ring.push_back(k.left);
    net_.junctions[p].shape = net_.add_shape(ring);
  }

  Context& c_;
  Network& net_;
  std::vector<double> cut_begin_, cut_end_;  // by street
  std::unordered_set<std::string> ids_;
};

}  // namespace

void make_links(Context& context) { LinkMaker(context).make(); }

}  // namespace arterial::build
