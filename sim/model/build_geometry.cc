#include "sim/model/build_geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace arterial::build {

double distance(Point a, Point b) { return std::hypot(b.x - a.x, b.y - a.y); }

double length_of(const Polyline& line) {
  double sum = 0;
  for (std::size_t i = 1; i < line.size(); ++i) sum += distance(line[i - 1], line[i]);
  return sum;
}

Polyline reversed(Polyline line) {
  std::reverse(line.begin(), line.end());
  return line;
}

Point point_along(const Polyline& line, double at_m) {
  if (at_m <= 0) return line.front();
  for (std::size_t i = 1; i < line.size(); ++i) {
    const double d = distance(line[i - 1], line[i]);
    if (at_m <= d && d > 0) {
      const double t = at_m / d;
      return {line[i - 1].x + (line[i].x - line[i - 1].x) * t,
              line[i - 1].y + (line[i].y - line[i - 1].y) * t};
    }
    at_m -= d;
  }
  return line.back();
}

Polyline cut(const Polyline& line, double begin_m, double end_m) {
  Polyline out{point_along(line, begin_m)};
  double at = 0;
  for (std::size_t i = 1; i + 1 < line.size(); ++i) {
    at += distance(line[i - 1], line[i]);
    if (at > begin_m + 0.01 && at < end_m - 0.01) out.push_back(line[i]);
  }
  out.push_back(point_along(line, end_m));
  return out;
}

namespace {

double distance_to_segment(Point a, Point b, Point p) {
  const double ex = b.x - a.x, ey = b.y - a.y;
  const double l2 = ex * ex + ey * ey;
  const double t = l2 > 0 ? std::clamp(((p.x - a.x) * ex + (p.y - a.y) * ey) / l2, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - a.x - ex * t, p.y - a.y - ey * t);
}

}  // namespace

Polyline simplified(const Polyline& line, double tolerance_m) {
  if (line.size() < 3) return line;
  std::vector<char> keep(line.size(), 0);
  keep.front() = keep.back() = 1;
  std::vector<std::pair<std::size_t, std::size_t>> todo{{0, line.size() - 1}};
  while (!todo.empty()) {
    const auto [first, last] = todo.back();
    todo.pop_back();
    double farthest = tolerance_m;
    std::size_t at = 0;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double d = distance_to_segment(line[first], line[last], line[i]);
      if (d > farthest) farthest = d, at = i;
    }
    if (at == 0) continue;
    keep[at] = 1;
    todo.emplace_back(first, at);
    todo.emplace_back(at, last);
  }
  Polyline out;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (keep[i] && (out.empty() || distance(out.back(), line[i]) > 1e-3 || i + 1 == line.size()))
      out.push_back(line[i]);
  if (out.size() > 2 && distance(out[out.size() - 2], out.back()) <= 1e-3) out.erase(out.end() - 2);
  return out;
}

Polyline offset_right(const Polyline& line, double right_m) {
  Polyline out;
  out.reserve(line.size());
  const auto normal = [&](std::size_t i) {  // to the right of segment i-1 .. i
    const double d = distance(line[i - 1], line[i]);
    if (d <= 0) return Point{0, 0};
    return Point{(line[i].y - line[i - 1].y) / d, -(line[i].x - line[i - 1].x) / d};
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    Point n;
    if (i == 0) {
      n = normal(1);
    } else if (i + 1 == line.size()) {
      n = normal(i);
    } else {
      const Point a = normal(i), b = normal(i + 1);
      const double dot = a.x * b.x + a.y * b.y;
      const double stretch = 1 / std::max(0.5, 1 + dot);  // mitre, of limited length
      n = {(a.x + b.x) * stretch, (a.y + b.y) * stretch};
    }
    out.push_back({line[i].x + n.x * right_m, line[i].y + n.y * right_m});
  }
  return out;
}

double distance_to(const Polyline& line, Point p, double until_m) {
  double best = std::numeric_limits<double>::infinity(), at = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const double d = distance(line[i - 1], line[i]);
    Point end = line[i];
    if (at + d > until_m && d > 0) {
      const double t = (until_m - at) / d;
      end = {line[i - 1].x + (end.x - line[i - 1].x) * t, line[i - 1].y + (end.y - line[i - 1].y) * t};
    }
    best = std::min(best, distance_to_segment(line[i - 1], end, p));
    at += d;
    if (at >= until_m) break;
  }
  return best;
}

double heading_at_end(const Polyline& line, double reach_m) {
  const Point b = line.back();
  const Point a = point_along(line, std::max(0.0, length_of(line) - reach_m));
  return std::atan2(b.y - a.y, b.x - a.x);
}

double heading_at_begin(const Polyline& line, double reach_m) {
  const Point a = line.front();
  const Point b = point_along(line, reach_m);
  return std::atan2(b.y - a.y, b.x - a.x);
}

double turn_between(double heading_from, double heading_to) {
  double d = heading_to - heading_from;
  while (d <= -std::numbers::pi) d += 2 * std::numbers::pi;
  while (d > std::numbers::pi) d -= 2 * std::numbers::pi;
  return d;
}

Polyline turning_path(Point from, double heading_from, Point to, double heading_to) {
  const double chord = distance(from, to);
  const double turn = std::abs(turn_between(heading_from, heading_to));
  const double ux = std::cos(heading_from), uy = std::sin(heading_from);
  const double vx = std::cos(heading_to), vy = std::sin(heading_to);
  const double quarter = std::cos(turn / 4);
  double handle_from = chord / (3 * quarter * quarter), handle_to = handle_from;
  // Where the two tangents meet ahead of one and behind the other, the curve stays inside their corner.
  const double cross = ux * vy - uy * vx;
  if (std::abs(cross) > 0.17) {
    const double dx = to.x - from.x, dy = to.y - from.y;
    const double a = (dx * vy - dy * vx) / cross, b = (dx * uy - dy * ux) / cross;  // from + a u = to + b v
    const double rounding = 4.0 / 3.0 * std::tan(turn / 4) / std::tan(turn / 2);    // handle of a true arc
    if (a > 0.2 && b < -0.2) {
      handle_from = std::min(a * rounding, chord);
      handle_to = std::min(-b * rounding, chord);
    }
  }
  const int pieces = turn < 0.1 && chord < 15 ? 3 : std::clamp(static_cast<int>(std::ceil(turn * 6)), 6, 14);
  Polyline out;
  out.reserve(pieces + 1);
  for (int i = 0; i <= pieces; ++i) {
    const double t = static_cast<double>(i) / pieces, s = 1 - t;
    const double b0 = s * s * s, b1 = 3 * s * s * t, b2 = 3 * s * t * t, b3 = t * t * t;
    out.push_back(
        {b0 * from.x + b1 * (from.x + ux * handle_from) + b2 * (to.x - vx * handle_to) + b3 * to.x,
         b0 * from.y + b1 * (from.y + uy * handle_from) + b2 * (to.y - vy * handle_to) + b3 * to.y});
  }
  out.back() = to;
  return out;
}

bool inside_ring(const Polyline& ring, Point p) {
  bool inside = false;
  for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++)
    if ((ring[i].y > p.y) != (ring[j].y > p.y) &&
        p.x < (ring[j].x - ring[i].x) * (p.y - ring[i].y) / (ring[j].y - ring[i].y) + ring[i].x)
      inside = !inside;
  return inside;
}

}  // namespace arterial::build
