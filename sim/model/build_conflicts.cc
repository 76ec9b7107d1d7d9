#include "sim/model/build_conflicts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/model/network_builder.h"

namespace arterial {
namespace {

constexpr double kBodyWidth = 2.0;     // of the vehicles that pass each other
constexpr double kSharedGround = 2.5;  // centre lines closer than this: bodies may touch at any angle
constexpr double kTooClose = 1.2;      // even side by side
constexpr double kSampleStep = 0.5;
constexpr int kMaxSamples = 400;
constexpr double kSideBySideCosine = 0.866;  // 30 degrees

struct Sample {
  Point at;
  double s = 0;           // along the drawn shape
  double dx = 0, dy = 0;  // unit direction
};

/// A connection's centre line, with what is asked of it again and again.
struct Path {
  std::vector<Point> points;
  std::vector<Sample> samples;
  double drawn_m = 0, length_m = 0;
  double min_x = 0, min_y = 0, max_x = 0, max_y = 0;
  double scale() const { return drawn_m > 0 ? length_m / drawn_m : 0; }
};

Path path_of(const Network& network, const Connection& connection) {
  const Lane& lane = network[connection.lane];
  Path path;
  path.length_m = lane.length_m;
  for (std::uint32_t i = 0; i < lane.shape.count; ++i) {
    const Point p = network.points[lane.shape.first + i];
    if (path.points.empty() || p.x != path.points.back().x || p.y != path.points.back().y)
      path.points.push_back(p);
  }
  if (path.points.empty()) return path;
  path.min_x = path.max_x = path.points[0].x;
  path.min_y = path.max_y = path.points[0].y;
  for (const Point& p : path.points) {
    path.min_x = std::min(path.min_x, p.x);
    path.max_x = std::max(path.max_x, p.x);
    path.min_y = std::min(path.min_y, p.y);
    path.max_y = std::max(path.max_y, p.y);
  }
  for (std::size_t i = 1; i < path.points.size(); ++i)
    path.drawn_m +=
        std::hypot(path.points[i].x - path.points[i - 1].x, path.points[i].y - path.points[i - 1].y);
  const double step = std::max(kSampleStep, path.drawn_m / kMaxSamples);
  double before = 0;
  for (std::size_t i = 1; i < path.points.size(); ++i) {
    const Point p = path.points[i - 1], q = path.points[i];
    const double length = std::hypot(q.x - p.x, q.y - p.y);
    const double dx = (q.x - p.x) / length, dy = (q.y - p.y) / length;
    const int pieces = std::max(1, static_cast<int>(std::ceil(length / step)));
    for (int k = 0; k < pieces; ++k) {
      const double t = length * k / pieces;
      path.samples.push_back({{p.x + dx * t, p.y + dy * t}, before + t, dx, dy});
    }
    before += length;
    if (i + 1 == path.points.size()) path.samples.push_back({q, before, dx, dy});
  }
  if (path.samples.empty()) path.samples.push_back({path.points[0], 0, 1, 0});
  return path;
}

struct Foot {
  double distance = std::numeric_limits<double>::infinity();
  double dx = 1, dy = 0;  // direction of the line at the foot
};

Foot nearest_on(const Path& path, Point p) {
  Foot best;
  if (path.points.size() == 1) {
    best.distance = std::hypot(p.x - path.points[0].x, p.y - path.points[0].y);
    return best;
  }
  double best2 = best.distance;
  std::size_t segment = 1;
  for (std::size_t i = 1; i < path.points.size(); ++i) {
    const Point a = path.points[i - 1], b = path.points[i];
    const double ex = b.x - a.x, ey = b.y - a.y;
    const double t = std::clamp(((p.x - a.x) * ex + (p.y - a.y) * ey) / (ex * ex + ey * ey), 0.0, 1.0);
    const double qx = p.x - a.x - ex * t, qy = p.y - a.y - ey * t;
    const double d2 = qx * qx + qy * qy;
    if (d2 < best2) best2 = d2, segment = i;
  }
  const Point a = path.points[segment - 1], b = path.points[segment];
  const double length = std::hypot(b.x - a.x, b.y - a.y);
  best.distance = std::sqrt(best2);
  best.dx = (b.x - a.x) / length;
  best.dy = (b.y - a.y) / length;
  return best;
}

double side_of(Point a, Point b, Point p) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); }

bool lines_cross(const Path& a, const Path& b) {
  for (std::size_t i = 1; i < a.points.size(); ++i) {
    const Point p = a.points[i - 1], q = a.points[i];
    for (std::size_t j = 1; j < b.points.size(); ++j) {
      const Point r = b.points[j - 1], t = b.points[j];
      if (std::max(p.x, q.x) < std::min(r.x, t.x) || std::max(r.x, t.x) < std::min(p.x, q.x) ||
          std::max(p.y, q.y) < std::min(r.y, t.y) || std::max(r.y, t.y) < std::min(p.y, q.y))
        continue;
      if (side_of(p, q, r) * side_of(p, q, t) <= 0 && side_of(r, t, p) * side_of(r, t, q) <= 0) return true;
    }
  }
  return false;
}

/// Where along `path` the other line is within reach, and how near it comes.
struct Reach {
  std::vector<double> distance;  // per sample
  std::size_t nearest = 0;
  Foot foot;  // at the nearest sample
};

Reach reach_of(const Path& path, const Path& other) {
  Reach reach;
  reach.distance.reserve(path.samples.size());
  for (std::size_t i = 0; i < path.samples.size(); ++i) {
    const Foot foot = nearest_on(other, path.samples[i].at);
    reach.distance.push_back(foot.distance);
    if (foot.distance < reach.foot.distance) reach.foot = foot, reach.nearest = i;
  }
  return reach;
}

struct Interval {
  double begin = 0, end = 0;
};

/// Driving metres on `path` from the first to the last sample closer than `limit`, one sample wider on each
/// side.
Interval interval_within(const Path& path, const Reach& reach, double limit) {
  std::size_t first = reach.nearest, last = reach.nearest;
  for (std::size_t i = 0; i < reach.distance.size(); ++i)
    if (reach.distance[i] < limit) first = std::min(first, i), last = std::max(last, i);
  if (first > 0) --first;
  if (last + 1 < path.samples.size()) ++last;
  if (path.drawn_m <= 0) return {0, path.length_m};
  return {path.samples[first].s * path.scale(), std::min(path.length_m, path.samples[last].s * path.scale())};
}

bool conflict_of(const Path& a, const Path& b, bool same_target, bool force, Conflict& out) {
  out.merge = same_target;
  const auto fill = [&](Interval on_a, Interval on_b) {
    out.a_begin_m = static_cast<float>(on_a.begin);
    out.a_end_m = static_cast<float>(on_a.end);
    out.b_begin_m = static_cast<float>(on_b.begin);
    out.b_end_m = static_cast<float>(on_b.end);
  };
  if (a.points.empty() || b.points.empty()) {  // nothing drawn: all of it
    fill({0, a.length_m}, {0, b.length_m});
    return same_target || force;
  }
  if (!same_target && !force &&
      (a.min_x > b.max_x + kSharedGround || b.min_x > a.max_x + kSharedGround ||
       a.min_y > b.max_y + kSharedGround || b.min_y > a.max_y + kSharedGround))
    return false;

  const Reach on_a = reach_of(a, b), on_b = reach_of(b, a);
  const double nearest = std::min(on_a.foot.distance, on_b.foot.distance);
  if (same_target) {
    Interval ia = interval_within(a, on_a, kBodyWidth), ib = interval_within(b, on_b, kBodyWidth);
    fill({ia.begin, a.length_m}, {ib.begin, b.length_m});
    return true;
  }
  if (!force && nearest >= kBodyWidth) return false;
  if (!force && nearest >= kTooClose) {
    const Sample& at = a.samples[on_a.nearest];
    const double cosine = at.dx * on_a.foot.dx + at.dy * on_a.foot.dy;
    if (cosine > kSideBySideCosine) return false;
  } else if (!force && !lines_cross(a, b)) {
    // Neighbours whose drawn lines graze each other at their common start or end only stand close by drawing.
    const Sample& at = a.samples[on_a.nearest];
    const double cosine = at.dx * on_a.foot.dx + at.dy * on_a.foot.dy;
    const bool at_start = on_a.nearest == 0 && on_b.nearest == 0;
    if (at_start && cosine > kSideBySideCosine) return false;
  }
  const double limit = std::max(kSharedGround, nearest + kSampleStep);
  fill(interval_within(a, on_a, limit), interval_within(b, on_b, limit));
  return true;
}

}  // namespace

bool conflict_interval(const Network& network, ConnectionId a, ConnectionId b, Conflict& out, bool force) {
  const Connection& ca = network[a];
  const Connection& cb = network[b];
  out = Conflict{};
  out.a = a;
  out.b = b;
  return conflict_of(path_of(network, ca), path_of(network, cb), ca.to == cb.to, force, out);
}

void find_conflicts(Network& network) {
  network.conflicts.clear();
  std::vector<std::vector<std::uint32_t>> at_junction(network.junctions.size());
  for (std::uint32_t c = 0; c < network.connections.size(); ++c)
    at_junction[network.connections[c].junction.value].push_back(c);
  std::vector<Path> paths;
  for (const auto& members : at_junction) {
    if (members.size() < 2) continue;
    paths.clear();
    for (const std::uint32_t c : members) paths.push_back(path_of(network, network.connections[c]));
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Connection& a = network.connections[members[i]];
      for (std::size_t j = i + 1; j < members.size(); ++j) {
        const Connection& b = network.connections[members[j]];
        if (a.from == b.from) continue;
        Conflict conflict;
        conflict.a = ConnectionId(members[i]);
        conflict.b = ConnectionId(members[j]);
        if (conflict_of(paths[i], paths[j], a.to == b.to, false, conflict))
          network.conflicts.push_back(conflict);
      }
    }
  }
}

}  // namespace arterial
