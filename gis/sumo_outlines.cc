#include "gis/sumo_outlines.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace arterial::sumo {
namespace {

using Line = std::vector<Point>;

constexpr double kDeep_m = 0.1;      // of the strip across a dead end
constexpr double kInLine_m = 0.5;    // ends that lie no farther apart along the road are side by side
constexpr double kDrawnOut_m = 100;  // netconvert looks this far beyond a lane for its outline
constexpr double kSame_m = 0.0005;
constexpr double kSmall_m = 0.5;  // half a side of the square
constexpr double kReach_m = 60;   // it lies within

double cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }
Point minus(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
double norm(Point a) { return std::hypot(a.x, a.y); }

/// The end of a lane at the junction: its line from there outwards.
struct End {
  Line line;
  double width_m = 0;
  Point out() const {  // away from the junction, a unit vector
    const Point d = minus(line[1], line[0]);
    return {d.x / norm(d), d.y / norm(d)};
  }
};

class Outliner {
 public:
  Outliner(const Network& n, const std::vector<std::uint32_t>& links, std::uint32_t junction)
      : n_(n), junction_(n.junctions[junction]) {
    for (const std::uint32_t i : links) {
      if (n.links[i].from.value == junction) add_ends(n.links[i], true);
      if (n.links[i].to.value == junction) add_ends(n.links[i], false);
    }
  }

  Line outline() const {
    if (ends_.empty()) return {};
    const auto own = std::span(n_.points).subspan(junction_.shape.first, junction_.shape.count);
    Line shape(own.begin(), own.end());
    if (shape.size() < 3) shape = strip();
    if (shape.size() < 3 || leaves_lanes(shape)) return shape;
    shape = star();
    return leaves_lanes(shape) ? shape : square_aside();
  }

 private:
  void add_ends(const Link& link, bool begins) {
    for (std::uint32_t k = 0; k < link.lane_count; ++k) {
      const Lane& lane = n_.lanes[link.first_lane.value + k];
      End end{{}, lane.width_m};
      end.line = road_line(n_, lane.shape);
      if (!begins) std::reverse(end.line.begin(), end.line.end());
      if (end.line.size() > 1 && norm(minus(end.line[1], end.line[0])) > 0) ends_.push_back(std::move(end));
    }
  }

  /// As netconvert cuts: at the farthest meeting of lane and outline, else of the lane prolonged at both
  /// ends.
  bool leaves_lanes(const Line& shape) const {
    for (const End& end : ends_) {
      double cut_m = -std::numeric_limits<double>::infinity();
      Line line = end.line;
      const Point out = end.out();
      line[0] = {line[0].x - kDrawnOut_m * out.x, line[0].y - kDrawnOut_m * out.y};
      const Point ahead = minus(line.back(), end.line[end.line.size() - 2]);
      line.push_back({line.back().x + kDrawnOut_m * ahead.x / norm(ahead),
                      line.back().y + kDrawnOut_m * ahead.y / norm(ahead)});
      double at_m = -kDrawnOut_m;
      for (std::size_t i = 1; i < line.size(); ++i) {
        const Point d = minus(line[i], line[i - 1]);
        for (std::size_t k = 0; k < shape.size(); ++k) {
          const double share = meets(line[i - 1], d, shape[k], shape[(k + 1) % shape.size()]);
          if (share >= 0) cut_m = std::max(cut_m, at_m + share * norm(d));
        }
        at_m += norm(d);
      }
      if (std::isfinite(cut_m) && std::abs(cut_m) > kSame_m) return false;
    }
    return true;
  }

  /// Where on p + share * d the edge from a to b is met, -1 where it is not. A hair beyond either end counts.
  static double meets(Point p, Point d, Point a, Point b) {
    constexpr double kHair = 1e-6;
    const Point e = minus(b, a), from = minus(a, p);
    const double area = cross(d, e);
    if (std::abs(area) < 1e-12) return -1;
    const double share = cross(from, e) / area, on_edge = cross(from, d) / area;
    return share >= -kHair && share <= 1 + kHair && on_edge >= -kHair && on_edge <= 1 + kHair
               ? std::clamp(share, 0.0, 1.0)
               : -1;
  }

  /// Across the ends of roads that end side by side.
  Line strip() const {
    const Point origin = ends_[0].line[0], road = ends_[0].out(), out{-road.x, -road.y};
    double right = 0, left = 0, farthest = 0, nearest = 0;
    for (const End& end : ends_) {
      const Point p = minus(end.line[0], origin);
      const double along = p.x * out.x + p.y * out.y, across = cross(p, out);
      farthest = std::max(farthest, along), nearest = std::min(nearest, along);
      right = std::max(right, across + end.width_m / 2), left = std::min(left, across - end.width_m / 2);
    }
    if (right <= left || farthest - nearest > kInLine_m) return {};
    const auto corner = [&](double along, double across) {
      return Point{origin.x + along * out.x + across * out.y, origin.y + along * out.y - across * out.x};
    };
    return {corner(farthest, right), corner(farthest, left), corner(farthest + kDeep_m, left),
            corner(farthest + kDeep_m, right)};
  }

  Point middle() const {
    Point sum{0, 0};
    for (const End& end : ends_) sum.x += end.line[0].x, sum.y += end.line[0].y;
    const auto count = static_cast<double>(ends_.size());
    return {sum.x / count, sum.y / count};
  }

  /// From the middle to the end of each lane and back, by angle.
  Line star() const {
    const Point centre = middle();
    std::vector<std::pair<double, const End*>> order;
    for (const End& end : ends_) {
      const Point p = minus(end.line[0], centre);
      order.emplace_back(std::atan2(p.y, p.x), &end);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Line shape;
    for (const auto& [angle, end] : order) {
      const Point out = end->out(), p = end->line[0];
      const double half = end->width_m / 2;
      shape.push_back({p.x + half * out.y, p.y - half * out.x});
      shape.push_back({p.x - half * out.y, p.y + half * out.x});
      shape.push_back(centre);
    }
    return shape;
  }

  /// Where no lane and no prolongation of one comes by; as near the middle as can be.
  Line square_aside() const {
    const Point centre = middle();
    for (double radius = 0; radius <= kReach_m; radius += 1)
      for (int turn = 0; turn < 24; ++turn) {
        const double angle = turn * std::numbers::pi / 12;
        const double x = centre.x + radius * std::cos(angle), y = centre.y + radius * std::sin(angle);
        const Line shape{{x - kSmall_m, y - kSmall_m},
                         {x + kSmall_m, y - kSmall_m},
                         {x + kSmall_m, y + kSmall_m},
                         {x - kSmall_m, y + kSmall_m}};
        if (leaves_lanes(shape)) return shape;
        if (radius == 0) break;
      }
    return star();
  }

  const Network& n_;
  const Junction& junction_;
  std::vector<End> ends_;
};

}  // namespace

std::vector<Point> road_line(const Network& network, Shape shape) {
  constexpr double kOne_m = 0.12;
  Line line;
  for (std::uint32_t i = 0; i < shape.count; ++i) {
    const Point p = network.points[shape.first + i];
    if (i + 1 < shape.count) {
      if (line.empty() || norm(minus(p, line.back())) > kOne_m) line.push_back(p);
      continue;
    }
    while (line.size() > 1 && norm(minus(p, line.back())) <= kOne_m) line.pop_back();
    line.push_back(p);
  }
  return line;
}

std::vector<Point> outline_for_sumo(const Network& network, const std::vector<std::uint32_t>& links,
                                    std::uint32_t junction) {
  return Outliner(network, links, junction).outline();
}

}  // namespace arterial::sumo
