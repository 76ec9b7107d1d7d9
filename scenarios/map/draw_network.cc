#include "scenarios/map/draw_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

namespace arterial {

namespace {

constexpr Colour kWater{0.76, 0.86, 0.925}, kShore{0.62, 0.75, 0.84}, kBuilding{0.902, 0.886, 0.855},
    kBuildingEdge{0.82, 0.80, 0.76}, kAsphalt{0.80, 0.80, 0.79}, kCasing{0.42, 0.43, 0.45}, kMarking{1, 1, 1};

/// Larger is drawn later, above.
int rank_of(RoadClass c) {
  switch (c) {
    case RoadClass::kMotorway: return 8;
    case RoadClass::kTrunk: return 7;
    case RoadClass::kMotorwayLink:
    case RoadClass::kTrunkLink: return 6;
    case RoadClass::kPrimary:
    case RoadClass::kPrimaryLink: return 5;
    case RoadClass::kSecondary:
    case RoadClass::kSecondaryLink: return 4;
    case RoadClass::kTertiary:
    case RoadClass::kTertiaryLink: return 3;
    case RoadClass::kUnclassified:
    case RoadClass::kResidential:
    case RoadClass::kBusway:
    case RoadClass::kOther: return 2;
    case RoadClass::kLivingStreet:
    case RoadClass::kService: return 1;
    default: return 0;  // cycleway, rail
  }
}

double class_width_px(int rank) {
  constexpr std::array<double, 9> kWidths{0.7, 0.9, 1.2, 1.7, 2.3, 3.0, 2.4, 3.4, 3.8};
  return kWidths[rank];
}

/// A network without road classes (SUMO nets seldom have them) is told apart by lanes and speed.
int rank_of(const Network& n, const Link& link) {
  if (link.road_class != RoadClass::kOther) return rank_of(link.road_class);
  const double speed_mps = link.lane_count ? n[link.first_lane].speed_mps : 0;
  if (speed_mps > 23) return 8;
  return std::clamp(1 + static_cast<int>(link.lane_count) + (speed_mps > 12), 1, 5);
}

class Painter {
 public:
  Painter(const MapPicture& picture, const MapFrame& frame, Canvas& canvas)
      : p_(picture), n_(*picture.network), f_(frame), canvas_(canvas), cairo_(canvas.cairo()) {}

  void paint() {
    paint_polygons();
    // Lanes show from 2.4 pixels a lane upwards.
    f_.px_per_m * 3.2 >= 2.4 ? paint_lanes() : paint_lines();
  }

 private:
  bool seen(const Shape& s, double margin_m) const {
    double x0 = 1e300, x1 = -1e300, y0 = 1e300, y1 = -1e300;
    for (std::uint32_t k = 0; k < s.count; ++k) {
      const Point& q = n_.points[s.first + k];
      if (!std::isfinite(q.x) || !std::isfinite(q.y)) return false;
      x0 = std::min(x0, q.x), x1 = std::max(x1, q.x), y0 = std::min(y0, q.y), y1 = std::max(y1, q.y);
    }
    const double right_m = f_.x0_m + f_.width_px / f_.px_per_m,
                 bottom_m = f_.y1_m - f_.height_px / f_.px_per_m;
    return s.count > 0 && x1 > f_.x0_m - margin_m && x0 < right_m + margin_m && y1 > bottom_m - margin_m &&
           y0 < f_.y1_m + margin_m;
  }

  /// False when nothing of it lies in the frame.
  bool path(const Shape& s) {
    if (!seen(s, 20)) return false;
    for (std::uint32_t k = 0; k < s.count; ++k) {
      const Point& q = n_.points[s.first + k];
      k ? cairo_line_to(cairo_, f_.x(q.x), f_.y(q.y)) : cairo_move_to(cairo_, f_.x(q.x), f_.y(q.y));
    }
    return true;
  }

  void paint_polygons() {
    for (const Shape& s : n_.water) {
      if (s.count < 3 || !path(s)) continue;
      cairo_close_path(cairo_);
      canvas_.colour(kWater);
      cairo_fill_preserve(cairo_);
      canvas_.colour(kShore);
      cairo_set_line_width(cairo_, 0.8);
      cairo_stroke(cairo_);
    }
    for (const Building& b : n_.buildings) {
      if (b.outline.count < 3 || !path(b.outline)) continue;
      cairo_close_path(cairo_);
      canvas_.colour(kBuilding);
      if (f_.px_per_m < 0.35) {
        cairo_fill(cairo_);
        continue;
      }
      cairo_fill_preserve(cairo_);
      canvas_.colour(kBuildingEdge);
      cairo_set_line_width(cairo_, 0.7);
      cairo_stroke(cairo_);
    }
  }

  Colour colour_of(std::size_t link, int rank) const {
    if (p_.link_value.empty()) {  // a plain street map
      constexpr std::array<Colour, 9> kPlain{{{0.80, 0.80, 0.78},
                                              {0.72, 0.72, 0.71},
                                              {0.62, 0.63, 0.64},
                                              {0.52, 0.55, 0.58},
                                              {0.42, 0.48, 0.55},
                                              {0.30, 0.39, 0.50},
                                              {0.36, 0.44, 0.56},
                                              {0.24, 0.33, 0.47},
                                              {0.17, 0.26, 0.42}}};
      return kPlain[rank];
    }
    const double value = link < p_.link_value.size() ? p_.link_value[link] : NAN;
    return std::isfinite(value) ? p_.ramp.at(value) : kNoData;
  }

  bool has_data(std::size_t link) const {
    return p_.link_value.empty() || (link < p_.link_value.size() && std::isfinite(p_.link_value[link]));
  }

  /// Links in drawing order: those with data over those without, small streets first.
  std::vector<std::uint32_t> in_order() const {
    std::vector<std::uint32_t> order(n_.links.size());
    for (std::uint32_t k = 0; k < order.size(); ++k) order[k] = k;
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int ra = rank_of(n_, n_.links[a]), rb = rank_of(n_, n_.links[b]);
      return ra != rb ? ra < rb : has_data(a) < has_data(b);
    });
    return order;
  }

  // --- from far away ---

  struct Line {
    std::uint32_t link;
    int rank;
    double width_px, aside_px;
  };

  void paint_lines() {
    std::unordered_set<std::uint64_t> pairs;  // asked only, never walked
    pairs.reserve(n_.links.size() * 2);
    for (const Link& l : n_.links) pairs.insert(std::uint64_t{l.from.value} << 32 | l.to.value);
    std::vector<Line> lines;
    lines.reserve(n_.links.size());
    // A large map has thinner lines.
    const double scale = std::clamp(std::sqrt(f_.px_per_m / 0.30), 0.45, 1.6);
    for (std::uint32_t k : in_order()) {
      const Link& l = n_.links[k];
      if (l.lane_count == 0 || !seen(n_[l.first_lane].shape, 50)) continue;
      Line line{k, rank_of(n_, l), 0, 0};
      line.width_px = class_width_px(line.rank) * scale;
      if (k < p_.link_width_px.size() && std::isfinite(p_.link_width_px[k]))
        line.width_px = std::clamp(p_.link_width_px[k], 0.3, 40.0);
      if (!has_data(k)) line.width_px *= 0.6;
      // Both directions of a street side by side, however far away.
      if (pairs.contains(std::uint64_t{l.to.value} << 32 | l.from.value))
        line.aside_px = 0.5 * line.width_px + 0.35;
      lines.push_back(line);
    }
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    const std::vector<std::vector<std::uint32_t>> bridges = through_connections();
    for (std::size_t first = 0; first < lines.size();) {
      std::size_t last = first;
      while (last < lines.size() && lines[last].rank == lines[first].rank) ++last;
      if (lines[first].rank >= 3) {
        canvas_.colour(kCasing, 0.55);
        for (std::size_t k = first; k < last; ++k) stroke(lines[k], lines[k].width_px + 1.1);
      }
      for (std::size_t k = first; k < last; ++k) {
        canvas_.colour(colour_of(lines[k].link, lines[k].rank));
        stroke(lines[k], lines[k].width_px);
        if (bridges.empty()) continue;
        for (std::uint32_t connection : bridges[lines[k].link]) stroke_through(lines[k], connection);
      }
      first = last;
    }
  }

  /// By link: its way onwards, straight where there is one, which carries its colour over the junction so
  /// that streets do not look cut up. Empty where junctions are smaller than a pixel.
  std::vector<std::vector<std::uint32_t>> through_connections() const {
    if (f_.px_per_m < 0.08) return {};
    std::vector<std::vector<std::uint32_t>> by_link(n_.links.size());
    for (std::uint32_t c = 0; c < n_.connections.size(); ++c) {
      const Connection& connection = n_.connections[c];
      const LinkId from = n_[connection.from].link, to = n_[connection.to].link;
      if (!from.valid() || !to.valid() || connection.turn == Turn::kUTurn) continue;
      if (rank_of(n_, n_[to]) > rank_of(n_, n_[from])) continue;
      std::vector<std::uint32_t>& chosen = by_link[from.value];
      if (chosen.empty()) {
        chosen.push_back(c);
      } else if (connection.turn == Turn::kStraight && n_.connections[chosen[0]].turn != Turn::kStraight) {
        chosen[0] = c;
      }
    }
    return by_link;
  }

  void stroke_through(const Line& line, std::uint32_t connection) {
    const Connection& c = n_.connections[connection];
    const Lane &from = n_[c.from], &to = n_[c.to];
    const LinkId to_link = to.link;
    if (from.shape.count < 2 || to.shape.count < 2 || !to_link.valid()) return;
    cairo_set_line_width(cairo_, line.width_px);
    if (c.turn != Turn::kStraight) {
      if (path(n_[c.lane].shape)) cairo_stroke(cairo_);
      return;
    }
    const auto end = [&](LinkId link, bool last) { return pushed_end(line, link, last); };
    const auto [x0, y0] = end(LinkId(line.link), true);
    const auto [x1, y1] = end(to_link, false);
    cairo_move_to(cairo_, x0, y0);
    cairo_line_to(cairo_, x1, y1);
    cairo_stroke(cairo_);
  }

  /// Where the drawn line of a link ends or begins, pushed aside as `line` is.
  std::pair<double, double> pushed_end(const Line& line, LinkId link, bool last) const {
    const Link& l = n_[link];
    const Shape& kerb = n_[l.first_lane].shape;
    return pushed(l, push_px(line, l), last ? kerb.count - 1 : 0);
  }

  double push_px(const Line& line, const Link& l) const {
    const double lane_px = n_[l.first_lane].width_m * f_.px_per_m;
    return std::max(0.0, line.aside_px - 0.5 * l.lane_count * lane_px) - 0.5 * (l.lane_count - 1) * lane_px;
  }

  /// Point k of the kerb lane, moved to the kerb side of the direction of travel.
  std::pair<double, double> pushed(const Link& l, double push_px, std::uint32_t k) const {
    const Shape& kerb = n_[l.first_lane].shape;
    const Point& q = n_.points[kerb.first + k];
    const Point& before = n_.points[kerb.first + (k ? k - 1 : 0)];
    const Point& after = n_.points[kerb.first + std::min(k + 1, kerb.count - 1)];
    double dx = after.x - before.x, dy = after.y - before.y;
    const double length = std::sqrt(dx * dx + dy * dy);
    if (length > 0) dx /= length, dy /= length;
    // On the picture y points down: the right-hand side of (dx, dy) is (dy, dx).
    const double side = n_.left_hand ? -1 : 1;
    return {f_.x(q.x) + side * push_px * dy, f_.y(q.y) + side * push_px * dx};
  }

  void stroke(const Line& line, double width_px) {
    const Link& l = n_.links[line.link];
    // The middle of the link, pushed to its own side until the pixels of both directions lie apart.
    const double push = push_px(line, l);
    for (std::uint32_t k = 0; k < n_[l.first_lane].shape.count; ++k) {
      const auto [x, y] = pushed(l, push, k);
      k ? cairo_line_to(cairo_, x, y) : cairo_move_to(cairo_, x, y);
    }
    cairo_set_line_width(cairo_, width_px);
    cairo_stroke(cairo_);
  }

  // --- from near by ---

  void stroke_lane(const Lane& lane, double extra_m) {
    if (!path(lane.shape)) return;
    cairo_set_line_width(cairo_, (lane.width_m + extra_m) * f_.px_per_m);
    cairo_stroke(cairo_);
  }

  void paint_lanes() {
    // A casing under everything, then the ground of junctions, lanes, markings.
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_BUTT);
    canvas_.colour(kCasing, 0.8);
    const double edge_m = std::min(0.8, 1.6 / f_.px_per_m);
    for (const Lane& lane : n_.lanes) stroke_lane(lane, edge_m);
    canvas_.colour(kAsphalt);
    for (const Junction& j : n_.junctions) {
      if (j.shape.count < 3 || !path(j.shape)) continue;
      cairo_close_path(cairo_);
      cairo_fill(cairo_);
    }
    for (std::size_t k = n_.road_lane_count; k < n_.lanes.size(); ++k) stroke_lane(n_.lanes[k], 0.1);
    for (std::uint32_t k : in_order()) {
      const Link& l = n_.links[k];
      canvas_.colour(p_.link_value.empty() ? kAsphalt : colour_of(k, rank_of(n_, l)));
      for (int lane = 0; lane < l.lane_count; ++lane) stroke_lane(n_.lanes[l.first_lane.value + lane], 0.05);
    }
    paint_markings();
  }

  void paint_markings() {
    cairo_set_line_width(cairo_, std::max(0.6, 0.15 * f_.px_per_m));
    const double dashes[] = {3 * f_.px_per_m, 4.5 * f_.px_per_m};
    for (const Link& l : n_.links) {
      for (int lane = 0; lane < l.lane_count; ++lane) {
        const Lane& here = n_.lanes[l.first_lane.value + lane];
        if (!seen(here.shape, 5)) continue;
        const bool divides_lanes = lane + 1 < l.lane_count;
        canvas_.colour(kMarking, divides_lanes ? 0.9 : 0.6);
        if (divides_lanes)
          cairo_set_dash(cairo_, dashes, 2, 0);
        else
          cairo_set_dash(cairo_, nullptr, 0, 0);
        offset_path(here, (n_.left_hand ? 0.5 : -0.5) * here.width_m);
        cairo_stroke(cairo_);
      }
    }
    cairo_set_dash(cairo_, nullptr, 0, 0);
  }

  /// A line beside the lane's middle; positive: to the right.
  void offset_path(const Lane& lane, double right_m) {
    for (std::uint32_t k = 0; k < lane.shape.count; ++k) {
      const Point& q = n_.points[lane.shape.first + k];
      const Point& before = n_.points[lane.shape.first + (k ? k - 1 : 0)];
      const Point& after = n_.points[lane.shape.first + std::min(k + 1, lane.shape.count - 1)];
      double dx = after.x - before.x, dy = after.y - before.y;
      const double length = std::sqrt(dx * dx + dy * dy);
      if (length > 0) dx /= length, dy /= length;
      const double x = f_.x(q.x + right_m * dy), y = f_.y(q.y - right_m * dx);
      k ? cairo_line_to(cairo_, x, y) : cairo_move_to(cairo_, x, y);
    }
  }

  const MapPicture& p_;
  const Network& n_;
  const MapFrame& f_;
  Canvas& canvas_;
  cairo_t* cairo_;
};

}  // namespace

void draw_network(const MapPicture& picture, const MapFrame& frame, Canvas& canvas) {
  cairo_save(canvas.cairo());
  cairo_rectangle(canvas.cairo(), frame.left_px, frame.top_px, frame.width_px, frame.height_px);
  cairo_clip(canvas.cairo());
  Painter(picture, frame, canvas).paint();
  cairo_restore(canvas.cairo());
}

}  // namespace arterial
