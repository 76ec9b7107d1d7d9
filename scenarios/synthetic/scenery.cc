#include "scenarios/synthetic/scenery.h"

#include <algorithm>
#include <cmath>

#include "scenarios/synthetic/street_names.h"

namespace arterial::synthetic {

namespace {

struct BlockUse {
  double residents = 0, jobs = 0;
};

BlockUse use_of(const StreetLattice& lattice, const Dice& dice, int i, int j) {
  const Layout& layout = lattice.layout();
  const Ground ground = lattice.ground(layout.x.superblock[i], layout.y.superblock[j]);
  if (ground == Ground::kField || layout.x.strip[i] || layout.y.strip[j]) return {};
  const double d = layout.density(
      {(layout.x.at_m[i] + layout.x.at_m[i + 1]) / 2, (layout.y.at_m[j] + layout.y.at_m[j + 1]) / 2});
  const double u = dice.between(0.8, 1.2, i, j);
  if (ground == Ground::kPark) return {0, 4 * u};
  if (ground == Ground::kIndustry) return {6 * u, 110 * u};
  // The very centre is for offices and shops; people live around it.
  return {u * (50 + 190 * d - 110 * d * d * d), u * (8 + 190 * d * d * d)};
}

class Block {
 public:
  /// Corners counter-clockwise from the south-west, margins of south, east, north, west.
  Block(const std::array<Point, 4>& corners, const std::array<double, 4>& margins_m) : c_(corners) {
    wide_m_ = (distance(c_[0], c_[1]) + distance(c_[3], c_[2])) / 2;
    deep_m_ = (distance(c_[1], c_[2]) + distance(c_[0], c_[3])) / 2;
    u0_ = margins_m[3] / wide_m_, u1_ = 1 - margins_m[1] / wide_m_;
    v0_ = margins_m[0] / deep_m_, v1_ = 1 - margins_m[2] / deep_m_;
  }
  double wide_m() const { return (u1_ - u0_) * wide_m_; }
  double deep_m() const { return (v1_ - v0_) * deep_m_; }
  /// The box (x0, y0)-(x1, y1) in metres inside the margins, bent with the block.
  std::vector<Point> box(double x0, double y0, double x1, double y1) const {
    return {at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)};
  }
  Point at(double x_m, double y_m) const {
    const double u = u0_ + x_m / wide_m_, v = v0_ + y_m / deep_m_;
    const auto mix4 = [&](double a, double b, double c, double d) {
      return (a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + c * u) * v;
    };
    return {mix4(c_[0].x, c_[1].x, c_[2].x, c_[3].x), mix4(c_[0].y, c_[1].y, c_[2].y, c_[3].y)};
  }

 private:
  static double distance(Point a, Point b) {
    return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
  }
  std::array<Point, 4> c_;
  double wide_m_, deep_m_, u0_, u1_, v0_, v1_;
};

class Builder {
 public:
  Builder(const StreetLattice& lattice, PlanWriter& writer)
      : lattice_(lattice),
        layout_(lattice.layout()),
        writer_(writer),
        dice_(layout_.options.seed, "buildings") {}

  void block(int i, int j) {
    const Ground ground = lattice_.ground(layout_.x.superblock[i], layout_.y.superblock[j]);
    if (ground == Ground::kField || ground == Ground::kPark || layout_.x.strip[i] || layout_.y.strip[j])
      return;
    if (lattice_.diagonal(i, j)) return;
    key_ = static_cast<std::int64_t>(j) * layout_.x.gaps() + i;
    count_ = 0;
    const Block block(
        {lattice_.at(i, j), lattice_.at(i + 1, j), lattice_.at(i + 1, j + 1), lattice_.at(i, j + 1)},
        {margin(lattice_.across(i, j)), margin(lattice_.along(i + 1, j)), margin(lattice_.across(i, j + 1)),
         margin(lattice_.along(i, j))});
    if (block.wide_m() < 30 || block.deep_m() < 30) return;
    const double d = layout_.density(
        {(layout_.x.at_m[i] + layout_.x.at_m[i + 1]) / 2, (layout_.y.at_m[j] + layout_.y.at_m[j + 1]) / 2});
    const double round_m = std::max(
        {round_corner(i, j), round_corner(i + 1, j), round_corner(i + 1, j + 1), round_corner(i, j + 1)});
    if (ground == Ground::kIndustry)
      halls(block, round_m);
    else if (d > 0.52)
      perimeter(block, d, round_m);
    else if (d > 0.3)
      rows(block, d, round_m);
    else
      houses(block, round_m);
  }

 private:
  static double margin(const Edge& e) {
    switch (e.street) {
      case Street::kNone: return 4;
      case Street::kPrimary: return 16;
      case Street::kSecondary: return 13;
      case Street::kTertiary: return 11;
      default: return 9.5;
    }
  }
  /// How far buildings keep off the corners of a block beside a roundabout.
  double round_corner(int i, int j) const {
    return lattice_.control(i, j) == Control::kRoundabout ? roundabout_radius_m(lattice_, i, j) - 4 : 0;
  }
  double roll(double low, double high) { return dice_.between(low, high, key_, count_++); }

  void add(const std::vector<Point>& outline, double height_m) {
    writer_.plan.buildings.push_back({writer_.ring(outline), static_cast<float>(height_m)});
  }

  /// Houses wall to wall around a courtyard.
  void perimeter(const Block& b, double d, double corner_m) {
    const double w = b.wide_m(), h = b.deep_m(), deep = roll(11, 14);
    const auto side = [&](double length_m, auto&& box) {
      const double low = std::max(corner_m, 0.0), high = length_m - low;
      const int parts = std::max(1, static_cast<int>((high - low) / roll(16, 30)));
      double from = low;
      for (int k = 1; k <= parts; ++k) {
        const double to = k == parts ? high : low + (high - low) * (k + roll(-0.2, 0.2)) / parts;
        const double gap = roll(0, 1) < 0.1 ? 6 : 0;
        if (to - from - gap > 6) add(box(from, to - gap), roll(9, 12) + roll(4, 22) * d);
        from = to;
      }
    };
    side(w, [&](double a, double z) { return b.box(a, 0, z, deep); });
    side(w, [&](double a, double z) { return b.box(a, h - deep, z, h); });
    const double inset = std::max(0.0, corner_m - deep);
    const auto column = [&](double x0, double x1) {
      const double low = deep + inset, high = h - deep - inset;
      if (high - low < 8) return;
      const double cut = low + (high - low) * roll(0.3, 0.7);
      add(b.box(x0, low, x1, cut), roll(9, 12) + roll(4, 22) * d);
      add(b.box(x0, cut, x1, high), roll(9, 12) + roll(4, 22) * d);
    };
    if (corner_m == 0 || h > 2 * corner_m + 10) {
      column(0, deep);
      column(w - deep, w);
    }
    if (d > 0.8 && roll(0, 1) < 0.35) add(b.box(w * 0.38, h * 0.38, w * 0.62, h * 0.62), roll(35, 80));
  }

  /// Rows of terraces and flats.
  void rows(const Block& b, double d, double corner_m) {
    const double w = b.wide_m(), h = b.deep_m();
    const int n = h > 75 ? 3 : 2;
    for (int row = 0; row < n; ++row) {
      const double deep = roll(10, 13), y0 = n == 1 ? 0 : (h - deep) * row / (n - 1);
      double x = row == 0 || row == n - 1 ? corner_m : 0;
      const double end = w - x;
      while (x < end - 12) {
        const double wide = std::min(end - x, roll(14, 34));
        if (roll(0, 1) < 0.88) add(b.box(x, y0, x + wide, y0 + deep), roll(6, 9) + roll(0, 14) * d);
        x += wide + roll(4, 12);
      }
    }
  }

  /// Detached houses with gardens.
  void houses(const Block& b, double corner_m) {
    const double w = b.wide_m(), h = b.deep_m();
    const int nx = std::max(2, static_cast<int>(w / 22)), ny = h > 85 ? 3 : 2;
    for (int row = 0; row < ny; ++row)
      for (int k = 0; k < nx; ++k) {
        const bool end = (k == 0 || k == nx - 1) && corner_m > 0;
        if (end || roll(0, 1) < 0.1) continue;
        const double wide = roll(8, 12), deep = roll(8, 11);
        const double x0 = (w - 12) * (k + 0.5) / nx - wide / 2 + roll(-2, 2) + 6;
        const double y0 = std::clamp((h - deep) * row / (ny - 1) + roll(-3, 3), 0.0, h - deep);
        add(b.box(x0, y0, x0 + wide, y0 + deep), roll(4, 8));
      }
  }

  void halls(const Block& b, double corner_m) {
    const double w = b.wide_m(), h = b.deep_m(), c = corner_m;
    const double cut = w * roll(0.35, 0.65);
    add(b.box(2 + c, 2, cut - 5, h - 2 - c), roll(7, 13));
    add(b.box(cut + 5, 2 + c, w - 2 - c, h * roll(0.55, 0.95)), roll(7, 13));
  }

  const StreetLattice& lattice_;
  const Layout& layout_;
  PlanWriter& writer_;
  Dice dice_;
  std::int64_t key_ = 0, count_ = 0;
};

}  // namespace

void write_zones(const StreetLattice& lattice, const std::vector<Gate>& gates, PlanWriter& writer) {
  const Layout& layout = lattice.layout();
  const Axis &x = layout.x, &y = layout.y;
  const Dice people(layout.options.seed, "people"), names(layout.options.seed, "zone names");
  double residents = 0, jobs = 0;
  for (int sy = 0; sy < y.superblocks(); ++sy)
    for (int sx = 0; sx < x.superblocks(); ++sx) {
      if (lattice.ground(sx, sy) == Ground::kField) continue;
      const int i0 = x.superblock_first[sx], i1 = x.superblock_first[sx + 1];
      const int j0 = y.superblock_first[sy], j1 = y.superblock_first[sy + 1];
      StreetPlan::PlanZone zone;
      for (int j = j0; j < j1; ++j)
        for (int i = i0; i < i1; ++i) {
          const BlockUse use = use_of(lattice, people, i, j);
          zone.residents += use.residents;
          zone.jobs += use.jobs;
        }
      zone.residents = std::floor(zone.residents);
      zone.jobs = std::floor(zone.jobs);
      if (zone.residents + zone.jobs == 0) continue;
      zone.id = "zone/" + std::to_string(writer.plan.zones.size() + 1);
      zone.name = city_name(names.bits(sx, sy));
      std::vector<Point> ring;
      for (int i = i0; i < i1; ++i) ring.push_back(lattice.at(i, j0));
      for (int j = j0; j < j1; ++j) ring.push_back(lattice.at(i1, j));
      for (int i = i1; i > i0; --i) ring.push_back(lattice.at(i, j1));
      for (int j = j1; j > j0; --j) ring.push_back(lattice.at(i0, j));
      zone.ring = writer.ring(ring);
      residents += zone.residents;
      jobs += zone.jobs;
      writer.plan.zones.push_back(std::move(zone));
    }
  for (const Gate& gate : gates) {
    StreetPlan::PlanZone zone;
    zone.id = "gate/" + std::to_string(writer.plan.zones.size() + 1);
    zone.name = gate.name;
    zone.residents = std::floor(0.018 * gate.weight * residents);
    zone.jobs = std::floor(0.012 * gate.weight * jobs);
    zone.ring = writer.ring(gate.ring);
    writer.plan.zones.push_back(std::move(zone));
  }
}

void write_water(const StreetLattice& lattice, PlanWriter& writer) {
  const Layout& layout = lattice.layout();
  const Axis &x = layout.x, &y = layout.y;
  if (layout.river_gap >= 0) {
    const double low = y.at_m[layout.river_gap] + 26, high = y.at_m[layout.river_gap + 1] - 26;
    const double west = x.at_m.front() - 1200, east = x.at_m.back() + 1200;
    const int samples = std::max(2, static_cast<int>((east - west) / 40));
    // In pieces, so that no polygon of a large city is unwieldy.
    constexpr int kPiece = 200;
    for (int from = 0; from < samples; from += kPiece) {
      const int to = std::min(samples, from + kPiece);
      std::vector<Point> ring;
      const auto bank = [&](int k, double y_m) {
        const double x_m = west + (east - west) * k / samples;
        ring.push_back(layout.to_world({x_m, y_m}));
      };
      for (int k = from; k <= to; ++k) bank(k, low);
      for (int k = to; k >= from; --k) bank(k, high);
      writer.plan.water.push_back(writer.ring(ring));
    }
  }
  // A pond in each park: an uneven octagon inside one block.
  const Dice dice(layout.options.seed, "ponds");
  constexpr double kX[] = {1, 0.72, 0, -0.72, -1, -0.7, 0, 0.7}, kY[] = {0, 0.7, 1, 0.72, 0, -0.7, -1, -0.72};
  for (int sy = 0; sy < y.superblocks(); ++sy)
    for (int sx = 0; sx < x.superblocks(); ++sx) {
      if (lattice.ground(sx, sy) != Ground::kPark) continue;
      const int i = (x.superblock_first[sx] + x.superblock_first[sx + 1]) / 2,
                j = (y.superblock_first[sy] + y.superblock_first[sy + 1]) / 2;
      if (i + 1 >= x.lines() || j + 1 >= y.lines() || x.strip[i] || y.strip[j]) continue;
      const Point m{(x.at_m[i] + x.at_m[i + 1]) / 2, (y.at_m[j] + y.at_m[j + 1]) / 2};
      std::vector<Point> ring;
      for (int k = 0; k < 8; ++k) {
        const double r = dice.between(24, 36, sx * 8 + k, sy);
        ring.push_back(layout.to_world({m.x + r * kX[k], m.y + r * kY[k]}));
      }
      writer.plan.water.push_back(writer.ring(ring));
    }
}

void write_buildings(const StreetLattice& lattice, PlanWriter& writer) {
  Builder builder(lattice, writer);
  for (int j = 0; j < lattice.layout().y.gaps(); ++j)
    for (int i = 0; i < lattice.layout().x.gaps(); ++i) builder.block(i, j);
}

}  // namespace arterial::synthetic
