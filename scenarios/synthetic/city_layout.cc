#include "scenarios/synthetic/city_layout.h"

#include <algorithm>
#include <cmath>

namespace arterial::synthetic {

namespace {

struct StripWish {
  int side = 0;  // -1 or 1; 0 none
  int after_ordinal = 0;
  int every = 0;  // further ones, on both sides, every so many arterials; 0: no more
  double width_m = 0;
};

struct SideLine {
  double gap_m;
  bool arterial, strip_before;
};

/// The lines of one side, from the centre outwards.
std::vector<SideLine> draw_side(const Dice& dice, int side, int blocks, const StripWish& wish) {
  std::vector<SideLine> lines;
  int ordinal = 0, left = blocks, drawn = 0;
  while (left > 0) {
    int step = 4 + static_cast<int>(dice.pick(2, side, 1000 + ordinal));
    if (left - step < 3) step = left <= 6 ? left : 4;
    for (int k = 1; k <= step; ++k) {
      // Blocks grow from the centre outwards, as land gets cheaper.
      const double size_m = 108 + std::min(20.0, 1.2 * drawn);
      lines.push_back({size_m * dice.between(0.93, 1.08, side, drawn), k == step, false});
      ++drawn;
    }
    left -= step;
    ++ordinal;
    const bool first = wish.side == side && ordinal == wish.after_ordinal;
    const bool further =
        wish.every > 0 && ordinal > wish.after_ordinal && (ordinal - wish.after_ordinal) % wish.every == 0;
    if (left > 0 && (first || further)) {
      lines.push_back({wish.width_m, true, true});
      ++ordinal;
    }
  }
  return lines;
}

Axis draw_axis(const Dice& dice, int blocks, const StripWish& wish) {
  const std::vector<SideLine> low = draw_side(dice, -1, blocks / 2, wish);
  const std::vector<SideLine> high = draw_side(dice, 1, blocks - blocks / 2, wish);
  Axis axis;
  axis.centre = static_cast<int>(low.size());
  const int lines = static_cast<int>(low.size() + high.size()) + 1;
  axis.at_m.assign(lines, 0);
  axis.arterial.assign(lines, 0);
  axis.collector.assign(lines, 0);
  axis.strip.assign(lines - 1, 0);
  axis.superblock.assign(lines - 1, 0);
  axis.ordinal.assign(lines, Axis::kNoOrdinal);
  axis.arterial[axis.centre] = 1;
  axis.ordinal[axis.centre] = 0;
  for (int side : {-1, 1}) {
    int line = axis.centre, ordinal = 0;
    for (const SideLine& next : side < 0 ? low : high) {
      axis.at_m[line + side] = axis.at_m[line] + side * next.gap_m;
      if (next.strip_before) axis.strip[std::min(line, line + side)] = 1;
      line += side;
      axis.arterial[line] = next.arterial;
      if (next.arterial) axis.ordinal[line] = ordinal += side;
    }
  }
  for (int k = 0; k < lines; ++k) {
    if (axis.arterial[k]) axis.superblock_first.push_back(k);
    if (k + 1 < lines) axis.superblock[k] = static_cast<int>(axis.superblock_first.size()) - 1;
  }
  for (std::size_t s = 0; s + 1 < axis.superblock_first.size(); ++s) {
    const int first = axis.superblock_first[s], last = axis.superblock_first[s + 1];
    if (last - first >= 4) axis.collector[(first + last) / 2] = 1;
  }
  return axis;
}

double smooth_step(double t) {
  t = std::clamp(t, 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

int largest_ordinal(const Axis& axis) { return std::min(-axis.ordinal.front(), axis.ordinal.back()); }

}  // namespace

int Axis::line_of_ordinal(int wanted) const {
  for (int first : superblock_first)
    if (ordinal[first] == wanted) return first;
  return -1;
}

Layout::Layout(const CityOptions& city)
    : options(city),
      bend_(city.seed, "bend"),
      fine_(city.seed, "fine bend"),
      meander_(city.seed, "meander"),
      town_(city.seed, "towns") {
  const Dice dice(city.seed, "layout");
  const int across = std::max(4, static_cast<int>(std::lround(std::sqrt(static_cast<double>(city.blocks)))));
  const int along = std::max(4, static_cast<int>((city.blocks + across / 2) / across));

  StripWish motorway;
  if (across >= 24) {
    motorway.side = dice.chance(0.5, 1) ? 1 : -1;
    motorway.after_ordinal = across < 40 ? 2 : 3;
    motorway.every = 16;
    motorway.width_m = kMotorwayStripM;
  }
  StripWish river;
  river.side = dice.chance(0.5, 2) ? 1 : -1;
  river.after_ordinal = 1;
  river.width_m = kRiverStripM;
  x = draw_axis(Dice(city.seed, "lines across"), across, motorway);
  y = draw_axis(Dice(city.seed, "lines along"), along, river);

  for (int k = 0; k < x.gaps(); ++k)
    if (x.strip[k]) motorway_gaps.push_back(k);
  for (int k = 0; k < y.gaps(); ++k)
    if (y.strip[k]) river_gap = k;

  const int most = std::min(largest_ordinal(x), largest_ordinal(y));
  for (int ring = 1, step = 2; ring <= most; ring += step++) rings.push_back(ring);
  const int outer = rings.empty() ? 1 : rings.size() == 1 ? rings[0] : rings[1];
  for (int side : {-1, 1})
    for (const Axis* axis : {&x, &y}) {
      const int line = axis->line_of_ordinal(side * std::min(outer, most));
      if (line >= 0) ring_radius_m += std::abs(axis->at_m[line]) / 4;
    }
  ring_radius_m = std::max(ring_radius_m, 400.0);
}

Point Layout::to_world(Point p) const {
  // Square rings become circles: each ring of constant s = max(|x|, |y|) is mapped onto the circle of radius
  // s by the elliptical grid mapping (x sqrt(1 - (y/s)^2 / 2), and the same for y), and blended with the
  // square. The maximum is a smooth one, so that lines do not kink where they cross the diagonal.
  const double ax = std::abs(p.x), ay = std::abs(p.y), d = ax - ay;
  const double s = 0.5 * (ax + ay + std::sqrt(d * d + 150.0 * 150.0));
  const double round = 0.8 * (1 - smooth_step((s - ring_radius_m) / (2.5 * ring_radius_m)));
  const double rx = p.x / s, ry = p.y / s;
  Point q{p.x + round * (p.x * std::sqrt(1 - ry * ry / 2) - p.x),
          p.y + round * (p.y * std::sqrt(1 - rx * rx / 2) - p.y)};

  if (river_gap >= 0) {
    const double from_river_m = p.y - 0.5 * (y.at_m[river_gap] + y.at_m[river_gap + 1]);
    const double u = from_river_m / 700;
    q.y += 120 * meander_.noise(p.x / 1300, 0.5) / (1 + u * u);
  }
  q.x += 45 * bend_.noise(q.x / 1700, q.y / 1700) + 8 * fine_.noise(q.x / 450, q.y / 450);
  q.y += 45 * bend_.noise(q.x / 1700 + 1000, q.y / 1700) + 8 * fine_.noise(q.x / 450 + 1000, q.y / 450);
  return q;
}

double Layout::density(Point p) const {
  const double reach_m = 0.45 * std::min(std::min(x.half_extent_m(), y.half_extent_m()), 6000.0);
  const double r2 = (p.x * p.x + p.y * p.y) / (reach_m * reach_m);
  const double centre = 1 / (1 + r2);
  const double towns = 0.35 + 0.45 * town_.noise(p.x / 3500, p.y / 3500);
  const double local = 0.12 * town_.noise(p.x / 600 + 5000, p.y / 600);
  return std::clamp(0.82 * centre + 0.3 * towns + local, 0.0, 1.0);
}

Point Layout::middle(int sx, int sy) const {
  return {(x.at_m[x.superblock_first[sx]] + x.at_m[x.superblock_first[sx + 1]]) / 2,
          (y.at_m[y.superblock_first[sy]] + y.at_m[y.superblock_first[sy + 1]]) / 2};
}

bool Layout::built(int sx, int sy) const {
  if (sx < 0 || sy < 0 || sx >= x.superblocks() || sy >= y.superblocks()) return false;
  const Point m = middle(sx, sy);
  const double mx = (x.at_m.front() + x.at_m.back()) / 2, my = (y.at_m.front() + y.at_m.back()) / 2;
  const double rx = (m.x - mx) / x.half_extent_m(), ry = (m.y - my) / y.half_extent_m();
  const double r2 = rx * rx + ry * ry;
  if (r2 > 1.12 + 0.25 * town_.noise(sx + 0.5, sy + 0.5)) return false;
  // Open country between the towns of a large area.
  const double far_m2 = m.x * m.x + m.y * m.y;
  return far_m2 < 6000.0 * 6000.0 || town_.noise(m.x / 3500, m.y / 3500) > -0.55;
}

}  // namespace arterial::synthetic
