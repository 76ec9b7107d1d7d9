#include "scenarios/synthetic/street_lattice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace arterial::synthetic {

namespace {

constexpr double kInterchangeSpacingM = 950;
constexpr double kInterchangeFromRiverM = 380;

/// Union-find with path halving.
class Components {
 public:
  explicit Components(int n) : parent_(n), size_(n, 1) { std::iota(parent_.begin(), parent_.end(), 0); }
  int root(int a) {
    while (parent_[a] != a) a = parent_[a] = parent_[parent_[a]];
    return a;
  }
  bool join(int a, int b) {
    a = root(a), b = root(b);
    if (a == b) return false;
    if (size_[a] < size_[b]) std::swap(a, b);
    parent_[b] = a;
    size_[a] += size_[b];
    return true;
  }
  int size(int a) { return size_[root(a)]; }

 private:
  std::vector<int> parent_, size_;
};

}  // namespace

StreetLattice::StreetLattice(const Layout& layout) : layout_(layout) {
  const int nx = layout.x.lines(), ny = layout.y.lines();
  across_.resize(static_cast<std::size_t>(layout.x.gaps()) * ny);
  along_.resize(static_cast<std::size_t>(nx) * layout.y.gaps());
  diagonal_.resize(static_cast<std::size_t>(layout.x.gaps()) * layout.y.gaps());
  at_.resize(static_cast<std::size_t>(nx) * ny);
  control_.resize(at_.size(), Control::kPlain);
  ground_.resize(static_cast<std::size_t>(layout.x.superblocks()) * layout.y.superblocks(), Ground::kField);
  place_nodes();
  choose_grounds();
  lay_streets();
  lay_bridges();
  lay_diagonals();
  thin_out();
  reconnect();
  make_one_way();
  choose_controls();
}

void StreetLattice::place_nodes() {
  const Dice dice(layout_.options.seed, "wobble");
  for (int j = 0; j < layout_.y.lines(); ++j)
    for (int i = 0; i < layout_.x.lines(); ++i) {
      Point base = layout_.base(i, j);
      // Small streets are not drawn with a ruler; big ones nearly.
      base.x += (layout_.x.arterial[i] ? 1.5 : 7) * dice.between(-1, 1, 2 * i, j);
      base.y += (layout_.y.arterial[j] ? 1.5 : 7) * dice.between(-1, 1, 2 * i + 1, j);
      at_[node(i, j)] = layout_.to_world(base);
    }
}

void StreetLattice::choose_grounds() {
  const Dice dice(layout_.options.seed, "grounds");
  const Axis &x = layout_.x, &y = layout_.y;
  for (int sy = 0; sy < y.superblocks(); ++sy)
    for (int sx = 0; sx < x.superblocks(); ++sx) {
      Ground& ground = ground_[sy * x.superblocks() + sx];
      if (!layout_.built(sx, sy)) continue;
      const double density = layout_.density(layout_.middle(sx, sy)), u = dice.unit(sx, sy);
      if (density > 0.58) {
        ground = u < 0.06 ? Ground::kPark : Ground::kGrid;
      } else if (density > 0.32) {
        ground = u < 0.08   ? Ground::kPark
                 : u < 0.4  ? Ground::kGrid
                 : u < 0.75 ? Ground::kBrick
                            : Ground::kLoops;
      } else {
        ground = u < 0.06   ? Ground::kPark
                 : u < 0.22 ? Ground::kIndustry
                 : u < 0.55 ? Ground::kBrick
                            : Ground::kLoops;
      }
    }
}

/// Rings and radials are primary, other arterials secondary.
Street StreetLattice::arterial_class(const Axis& own, int line, const Axis& other, int gap) const {
  const int ordinal = own.ordinal[line];
  if (ordinal == 0 || ordinal % 8 == 0) return Street::kPrimary;
  for (int ring : layout_.rings) {
    if (std::abs(ordinal) != ring) continue;
    const int low = other.line_of_ordinal(-ring), high = other.line_of_ordinal(ring);
    if (low >= 0 && high >= 0 && gap >= low && gap < high) return Street::kPrimary;
  }
  return Street::kSecondary;
}

/// Rings and radials are boulevards. The number of lanes stays the same along a street: where a signal takes
/// one for left turns, the others go on, and nobody has to merge inside a junction.
std::uint8_t StreetLattice::lanes_of(Street street) {
  return street == Street::kPrimary ? 3 : street == Street::kSecondary ? 2 : 1;
}

void StreetLattice::lay_streets() {
  const Axis &x = layout_.x, &y = layout_.y;
  const auto has_streets = [&](int sx, int sy) {
    return sx >= 0 && sy >= 0 && sx < x.superblocks() && sy < y.superblocks() &&
           ground(sx, sy) != Ground::kField;
  };
  const auto lay = [&](Edge& edge, const Axis& own, int line, const Axis& other, int gap, bool beside,
                       bool in_strip) {
    if (in_strip) return;  // bridges come later
    if (own.arterial[line]) {
      const Street street = arterial_class(own, line, other, gap);
      if (beside || own.ordinal[line] == 0) {
        edge.street = street;
        edge.lanes = lanes_of(street);
      }
    } else if (beside) {
      edge.street = own.collector[line] ? Street::kTertiary : Street::kResidential;
    }
  };
  for (int j = 0; j < y.lines(); ++j)
    for (int i = 0; i < x.gaps(); ++i) {
      const int sx = x.superblock[i];
      const int above = j < y.gaps() ? y.superblock[j] : -1, below = j > 0 ? y.superblock[j - 1] : -1;
      lay(across(i, j), y, j, x, i, has_streets(sx, above) || has_streets(sx, below), x.strip[i]);
    }
  for (int j = 0; j < y.gaps(); ++j)
    for (int i = 0; i < x.lines(); ++i) {
      const int sy = y.superblock[j];
      const int right = i < x.gaps() ? x.superblock[i] : -1, left = i > 0 ? x.superblock[i - 1] : -1;
      lay(along(i, j), x, i, y, j, has_streets(right, sy) || has_streets(left, sy), y.strip[j]);
    }
}

void StreetLattice::lay_bridges() {
  const Axis &x = layout_.x, &y = layout_.y;
  const auto reaches = [&](int i, int j) { return inside(i, j) && legs(i, j) > 0; };
  // Over the river: every big road and every second of the others.
  if (layout_.river_gap >= 0) {
    const int j = layout_.river_gap;
    for (int i = 0; i < x.lines(); ++i) {
      if (!x.arterial[i] || !reaches(i, j) || !reaches(i, j + 1)) continue;
      const Street street = arterial_class(x, i, y, j);
      if (street != Street::kPrimary && x.ordinal[i] % 2 != 0) continue;
      along(i, j) = {street, 0, 1, lanes_of(street), false};
    }
  }
  // Over the motorway: the same, some with ramps.
  for (int gap : layout_.motorway_gaps) {
    double last_ramp_y_m = -1e18;
    for (int j = 0; j < y.lines(); ++j) {
      if (!y.arterial[j] || !reaches(gap, j) || !reaches(gap + 1, j)) continue;
      if (j == layout_.river_gap || j == layout_.river_gap + 1) continue;  // embankments end at the motorway
      const Street street = arterial_class(y, j, x, gap);
      if (street != Street::kPrimary && y.ordinal[j] % 2 != 0) continue;
      Edge& edge = across(gap, j);
      edge = {street, 0, 1, lanes_of(street), false};
      const double y_m = y.at_m[j];
      if (layout_.river_gap >= 0) {
        const double river_m = (y.at_m[layout_.river_gap] + y.at_m[layout_.river_gap + 1]) / 2;
        if (std::abs(y_m - river_m) < kInterchangeFromRiverM) continue;
      }
      if (street != Street::kPrimary || y_m - last_ramp_y_m < kInterchangeSpacingM) continue;
      edge.interchange = true;
      last_ramp_y_m = y_m;
    }
  }
}

void StreetLattice::lay_diagonals() {
  const Dice dice(layout_.options.seed, "diagonals");
  int wanted = layout_.x.lines() >= 14 ? 2 : layout_.x.lines() >= 9 ? 1 : 0;
  const int first = static_cast<int>(dice.pick(4, 0));
  for (int q = 0; q < 4 && wanted > 0; ++q) {
    const int quadrant = (first + 2 * q + q / 2) % 4;  // opposite ones first
    if (lay_diagonal(quadrant & 1 ? 1 : -1, quadrant & 2 ? 1 : -1)) --wanted;
  }
}

/// An avenue from the inner ring outwards, crossing arterials between their own crossings.
bool StreetLattice::lay_diagonal(int qx, int qy) {
  const Axis &x = layout_.x, &y = layout_.y;
  const int i0 = x.line_of_ordinal(qx);
  if (i0 < 0) return false;
  for (int off = 2; off <= 3; ++off) {
    const int j0 = y.centre + qy * off;
    if (j0 < 0 || j0 >= y.lines() || y.arterial[j0]) continue;
    int good = 0;  // steps up to the last arterial reached
    for (int k = 1; k <= 16; ++k) {
      const int i = i0 + qx * k, j = j0 + qy * k;
      if (!inside(i, j)) break;
      const int ci = std::min(i, i - qx), cj = std::min(j, j - qy);  // the cell just crossed
      if (x.strip[ci] || y.strip[cj]) break;
      const Ground g = ground(x.superblock[ci], y.superblock[cj]);
      if (g == Ground::kField || g == Ground::kPark) break;
      if (x.arterial[i] && y.arterial[j]) break;
      if (x.arterial[i] || y.arterial[j]) good = k;
    }
    if (good < 4) continue;
    for (int k = 0; k <= good; ++k) {
      const int i = i0 + qx * k, j = j0 + qy * k;
      // At each node the avenue replaces one of the two streets, so that four ways meet, not six or eight.
      const bool drop_across = x.arterial[i] ? true : y.arterial[j] ? false : k % 2 == 0;
      const bool inner_end = k == 0, outer_end = k == good;
      for (int heading : {int(kEast), int(kNorth), int(kWest), int(kSouth)}) {
        const bool horizontal = heading == kEast || heading == kWest;
        if (horizontal != drop_across) continue;
        // At its ends the avenue takes the place of the leg on its own side only.
        const int step = horizontal ? kStepX[heading] * qx : kStepY[heading] * qy;
        if ((inner_end && step < 0) || (outer_end && step > 0)) continue;
        if (Edge* e = edge(i, j, heading)) *e = {};
      }
      if (k < good) diagonal_[std::min(j, j + qy) * x.gaps() + std::min(i, i + qx)] = qx == qy ? 1 : 2;
    }
    return true;
  }
  return false;
}

Edge* StreetLattice::edge(int i, int j, int heading) {
  switch (heading) {
    case kEast: return i < layout_.x.gaps() ? &across(i, j) : nullptr;
    case kWest: return i > 0 ? &across(i - 1, j) : nullptr;
    case kNorth: return j < layout_.y.gaps() ? &along(i, j) : nullptr;
    case kSouth: return j > 0 ? &along(i, j - 1) : nullptr;
    default: return nullptr;
  }
}

Leg StreetLattice::leg(int i, int j, int heading) const {
  if (heading % 2 == 1) {
    const int ci = i + std::min(0, kStepX[heading]), cj = j + std::min(0, kStepY[heading]);
    if (ci < 0 || cj < 0 || ci >= layout_.x.gaps() || cj >= layout_.y.gaps()) return {};
    const int wanted = kStepX[heading] == kStepY[heading] ? 1 : 2;
    if (diagonal(ci, cj) != wanted) return {};
    return {Street::kSecondary, true, true, 0, 2};
  }
  const Edge* e = const_cast<StreetLattice*>(this)->edge(i, j, heading);
  if (!e || e->street == Street::kNone) return {};
  const int towards_higher = kStepX[heading] + kStepY[heading];
  return {e->street, e->one_way == 0 || e->one_way == towards_higher,
          e->one_way == 0 || e->one_way == -towards_higher, e->level, e->lanes};
}

int StreetLattice::legs(int i, int j) const {
  int n = 0;
  for (int heading = 0; heading < kHeadings; ++heading) n += leg(i, j, heading).exists();
  return n;
}

/// Takes small streets out, so that blocks differ and three-legged junctions and culs-de-sac appear.
void StreetLattice::thin_out() {
  const Dice dice(layout_.options.seed, "thinning");
  const Axis &x = layout_.x, &y = layout_.y;
  const auto take_out = [&](int i, int j, int heading) {
    Edge* e = edge(i, j, heading);
    removed_.push_back({i, j, heading, *e});
    *e = {};
  };
  const auto consider = [&](int i, int j, int heading) {
    const bool vertical = heading == kNorth;
    const Axis& own = vertical ? x : y;
    const int line = vertical ? i : j;
    Edge* e = edge(i, j, heading);
    if (!e || e->street == Street::kNone || own.arterial[line]) return;
    const int sx = x.superblock[std::min(i, x.gaps() - 1)], sy = y.superblock[std::min(j, y.gaps() - 1)];
    const int i2 = i + kStepX[heading], j2 = j + kStepY[heading];
    const std::int64_t tag = vertical ? 2 : 1;
    if (e->street == Street::kTertiary) {
      if (ground(sx, sy) == Ground::kPark && vertical) take_out(i, j, heading);
      return;
    }
    switch (ground(sx, sy)) {
      case Ground::kPark: take_out(i, j, heading); break;
      case Ground::kIndustry:
        if (line % 2 == 1 || dice.chance(0.15, 4 * i + tag, j)) take_out(i, j, heading);
        break;
      case Ground::kBrick: {
        const bool bricks_lie_across = dice.chance(0.5, sx * 8 + 3, sy);
        if (vertical == bricks_lie_across && (i + j) % 2 == 0) take_out(i, j, heading);
        break;
      }
      case Ground::kLoops: {
        if (!dice.chance(0.4, 4 * i + tag, j)) break;
        const int a = legs(i, j), b = legs(i2, j2);
        const bool dead_end = dice.chance(0.25, 4 * i + tag, -1 - j);
        if ((a >= 3 && b >= 3) || (dead_end && a >= 2 && b >= 2)) take_out(i, j, heading);
        break;
      }
      default: break;
    }
  };
  for (int j = 0; j < y.lines(); ++j)
    for (int i = 0; i < x.lines(); ++i) {
      if (i < x.gaps()) consider(i, j, kEast);
      if (j < y.gaps()) consider(i, j, kNorth);
    }
}

/// Puts back what the thinning cut off, then drops what still hangs loose.
void StreetLattice::reconnect() {
  const Axis &x = layout_.x, &y = layout_.y;
  Components components(static_cast<int>(at_.size()));
  for (int j = 0; j < y.lines(); ++j)
    for (int i = 0; i < x.lines(); ++i)
      for (int heading : {int(kEast), int(kNorthEast), int(kNorth), int(kNorthWest)})
        if (leg(i, j, heading).exists())
          components.join(node(i, j), node(i + kStepX[heading], j + kStepY[heading]));
  for (const Removed& r : removed_) {
    const int i2 = r.i + kStepX[r.heading], j2 = r.j + kStepY[r.heading];
    if (legs(r.i, r.j) == 0 || legs(i2, j2) == 0) continue;
    if (components.join(node(r.i, r.j), node(i2, j2))) *edge(r.i, r.j, r.heading) = r.edge;
  }
  removed_.clear();
  int main = 0;
  for (int n = 0; n < static_cast<int>(at_.size()); ++n)
    if (components.size(n) > components.size(main)) main = n;
  for (int j = 0; j < y.lines(); ++j)
    for (int i = 0; i < x.lines(); ++i) {
      if (components.root(node(i, j)) == components.root(main)) continue;
      for (int heading : {int(kEast), int(kNorth)})
        if (Edge* e = edge(i, j, heading)) *e = {};
    }
}

/// In dense superblocks small streets run one way, from arterial to arterial, alternating. A line that is
/// interrupted stays two-way.
void StreetLattice::make_one_way() {
  const Dice dice(layout_.options.seed, "one way");
  const Axis &x = layout_.x, &y = layout_.y;
  for (int sy = 0; sy < y.superblocks(); ++sy)
    for (int sx = 0; sx < x.superblocks(); ++sx) {
      if (ground(sx, sy) != Ground::kGrid) continue;
      const double density = layout_.density(layout_.middle(sx, sy));
      if (!dice.chance(density > 0.58 ? 0.85 : 0.35, sx, sy)) continue;
      const int i0 = x.superblock_first[sx], i1 = x.superblock_first[sx + 1];
      const int j0 = y.superblock_first[sy], j1 = y.superblock_first[sy + 1];
      const auto whole = [&](int line, bool vertical) {
        for (int k = vertical ? j0 : i0; k < (vertical ? j1 : i1); ++k)
          if ((vertical ? along(line, k) : across(k, line)).street != Street::kResidential) return false;
        return true;
      };
      for (int i = i0 + 1; i < i1; ++i)
        if (whole(i, true))
          for (int j = j0; j < j1; ++j) along(i, j).one_way = (i % 2 ? 1 : -1);
      for (int j = j0 + 1; j < j1; ++j)
        if (whole(j, false))
          for (int i = i0; i < i1; ++i) across(i, j).one_way = (j % 2 ? 1 : -1);
    }
}

void StreetLattice::choose_controls() {
  for (int j = 0; j < layout_.y.lines(); ++j)
    for (int i = 0; i < layout_.x.lines(); ++i) control_[node(i, j)] = choose_control(i, j);
}

Control StreetLattice::choose_control(int i, int j) const {
  const Dice dice(layout_.options.seed, "controls");
  // The biggest street along each of the four directions through the node.
  std::array<Street, 4> big{};
  int n = 0;
  bool bridge = false, diagonal = false, wide = false;
  for (int heading = 0; heading < kHeadings; ++heading) {
    const Leg l = leg(i, j, heading);
    if (!l.exists()) continue;
    ++n;
    bridge |= l.level != 0;
    wide |= l.lanes > 2;
    diagonal |= heading % 2 == 1;
    big[heading % 4] = std::max(big[heading % 4], l.street);
  }
  if (n < 3) return Control::kPlain;
  std::sort(big.begin(), big.end(), std::greater<>());
  const Street a = big[0], b = big[1];
  const double density = layout_.density(layout_.base(i, j)), u = dice.unit(i, j);
  const bool may_be_round = !bridge && !diagonal && !wide;  // rings have one lane
  if (b >= Street::kSecondary) {
    if (a == Street::kSecondary && density < 0.3 && may_be_round && u < 0.35) return Control::kRoundabout;
    return Control::kSignal;
  }
  if (b == Street::kTertiary) {
    if (a == Street::kPrimary) return Control::kSignal;
    if (a == Street::kSecondary) return density > 0.5 ? Control::kSignal : Control::kPlain;
    if (density > 0.6) return Control::kSignal;
    if (may_be_round && u < 0.35) return Control::kRoundabout;
    return n == 4 && u < 0.8 ? Control::kAllWayStop : Control::kPlain;
  }
  if (a == Street::kPrimary) return Control::kRightInRightOut;
  if (a == Street::kResidential && n == 4 && u < 0.04) return Control::kAllWayStop;
  return Control::kPlain;
}

}  // namespace arterial::synthetic
