#include "scenarios/map/draw_junction.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace arterial {
namespace {

constexpr double kArrowBefore_m = 7;  // the arrow's middle stands this far before the stop line
constexpr double kLetterBefore_m = 15;
constexpr Colour kWhite{1, 1, 1}, kInk{0.13, 0.15, 0.18};

struct Along {  // a place on a lane
  Point at;
  double heading = 0;
};

/// `m` metres from the start of the drawn line (negative: from its end), clamped.
Along along(const Network& n, const Shape& s, double m) {
  double length = 0;
  const auto point = [&](std::uint32_t k) { return n.points[s.first + k]; };
  for (std::uint32_t k = 1; k < s.count; ++k)
    length += std::hypot(point(k).x - point(k - 1).x, point(k).y - point(k - 1).y);
  double left = std::clamp(m < 0 ? length + m : m, 0.0, length);
  for (std::uint32_t k = 1; k < s.count; ++k) {
    const Point p = point(k - 1), q = point(k);
    const double d = std::hypot(q.x - p.x, q.y - p.y);
    if (d <= 0 || (left > d && k + 1 < s.count)) {
      left -= d;
      continue;
    }
    const double t = std::min(1.0, left / d);
    return {{p.x + (q.x - p.x) * t, p.y + (q.y - p.y) * t}, std::atan2(q.y - p.y, q.x - p.x)};
  }
  return {s.count > 0 ? point(0) : Point{}, 0};
}

class Overlay {
 public:
  Overlay(const Network& network, JunctionId focus, const MapFrame& frame, Canvas& canvas)
      : n_(network), focus_(focus), f_(frame), canvas_(canvas), cairo_(canvas.cairo()) {
    const double right_m = f_.x0_m + f_.width_px / f_.px_per_m,
                 bottom_m = f_.y1_m - f_.height_px / f_.px_per_m;
    shown_.resize(n_.junctions.size());
    for (std::size_t j = 0; j < shown_.size(); ++j) {
      const Point at = n_.junctions[j].at;
      shown_[j] = at.x > f_.x0_m - 50 && at.x < right_m + 50 && at.y > bottom_m - 50 && at.y < f_.y1_m + 50;
    }
  }

  void paint() {
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    paint_outline();
    for (const bool focus : {false, true}) paint_ways(focus);
    paint_conflicts();
    paint_arrows();
    paint_marks();
    paint_letters();
  }

 private:
  bool drawn(JunctionId j, bool focus) const { return shown_[j.value] && (j == focus_) == focus; }

  void path(const Shape& s) {
    for (std::uint32_t k = 0; k < s.count; ++k) {
      const Point& p = n_.points[s.first + k];
      k ? cairo_line_to(cairo_, f_.x(p.x), f_.y(p.y)) : cairo_move_to(cairo_, f_.x(p.x), f_.y(p.y));
    }
  }

  void paint_outline() {
    const Shape& s = n_[focus_].shape;
    if (s.count < 3) return;
    path(s);
    cairo_close_path(cairo_);
    const double dashes[] = {6, 4};
    cairo_set_dash(cairo_, dashes, 2, 0);
    cairo_set_line_width(cairo_, 1.2);
    canvas_.colour(kInk, 0.7);
    cairo_stroke(cairo_);
    cairo_set_dash(cairo_, nullptr, 0, 0);
  }

  void paint_ways(bool focus) {
    for (const Connection& c : n_.connections) {
      const Shape& s = n_[c.lane].shape;
      if (!drawn(c.junction, focus) || s.count < 2) continue;
      canvas_.colour(colour_of(c.turn), focus ? 0.95 : 0.35);
      cairo_set_line_width(cairo_, focus ? 1.8 : 1.1);
      path(s);
      cairo_stroke(cairo_);
      arrow_head(along(n_, s, -0.4), focus ? 7 : 5);
    }
  }

  void arrow_head(const Along& tip, double size_px) {
    const double x = f_.x(tip.at.x), y = f_.y(tip.at.y), h = -tip.heading;  // the picture's y points down
    cairo_move_to(cairo_, x, y);
    for (const double side : {0.42, -0.42})
      cairo_line_to(cairo_, x - size_px * std::cos(h + side), y - size_px * std::sin(h + side));
    cairo_close_path(cairo_);
    cairo_fill(cairo_);
  }

  void paint_conflicts() {
    for (const bool merge : {true, false})
      for (const Conflict& k : n_.conflicts) {
        if (n_[k.a].junction != focus_ || k.merge != merge) continue;
        canvas_.colour(merge ? kMerging : kCrossing, merge ? 0.55 : 0.45);
        const Lane& lane = n_[n_[k.a].lane];
        // A merge shares the ground to its end; it is marked where it begins.
        const Along at = along(n_, lane.shape, merge ? k.a_begin_m : (k.a_begin_m + k.a_end_m) / 2);
        cairo_arc(cairo_, f_.x(at.at.x), f_.y(at.at.y), std::clamp(0.55 * f_.px_per_m, 2.5, 7.0), 0,
                  2 * std::numbers::pi);
        cairo_fill(cairo_);
      }
  }

  // -- lanes

  void paint_arrows() {
    std::vector<unsigned> turns(n_.road_lane_count, 0);
    for (const Connection& c : n_.connections)
      if (shown_[c.junction.value]) turns[c.from.value] |= 1u << static_cast<unsigned>(c.turn);
    for (std::uint32_t l = 0; l < n_.road_lane_count; ++l) {
      const Lane& lane = n_.lanes[l];
      if (turns[l] == 0 || lane.length_m < 5) continue;
      const Along at = along(n_, lane.shape, -std::min(kArrowBefore_m, lane.length_m / 2));
      for (unsigned t = 0; t < 6; ++t)
        if (turns[l] & (1u << t)) lane_arrow(at, static_cast<Turn>(t));
    }
  }

  /// A stem of four metres with the head of its turn, as painted on the road.
  void lane_arrow(const Along& at, Turn turn) {
    static constexpr double kBend[] = {0, -90, 90, 160, -45, 45};  // degrees, by Turn
    const double bend = kBend[static_cast<unsigned>(turn)] * std::numbers::pi / 180, px = f_.px_per_m;
    cairo_save(cairo_);
    cairo_translate(cairo_, f_.x(at.at.x), f_.y(at.at.y));
    cairo_rotate(cairo_, -at.heading);
    canvas_.colour(kWhite);
    cairo_set_line_width(cairo_, std::max(1.2, 0.22 * px));
    cairo_move_to(cairo_, -2.0 * px, 0);
    const double bend_x = turn == Turn::kStraight ? 1.0 * px : 0.2 * px;
    cairo_line_to(cairo_, bend_x, 0);
    const double tip_x = bend_x + 1.1 * px * std::cos(-bend), tip_y = 1.1 * px * std::sin(-bend);
    if (turn != Turn::kStraight) cairo_line_to(cairo_, tip_x, tip_y);
    cairo_stroke(cairo_);
    cairo_translate(cairo_, turn == Turn::kStraight ? bend_x : tip_x, turn == Turn::kStraight ? 0 : tip_y);
    cairo_rotate(cairo_, -bend);
    cairo_move_to(cairo_, 0.9 * px, 0);
    cairo_line_to(cairo_, -0.2 * px, 0.5 * px);
    cairo_line_to(cairo_, -0.2 * px, -0.5 * px);
    cairo_close_path(cairo_);
    cairo_fill(cairo_);
    cairo_restore(cairo_);
  }

  // -- right of way

  /// By road lane, -1 without connection. The gentlest of a lane's connections tells: a left turn that yields
  /// to oncoming traffic has no sign. Who must give way straight on to a road no greater than his own meets
  /// right before left there.
  std::vector<int> marks_of_lanes() const {
    std::vector<char> to_equal(n_.connections.size(), 0);
    for (const Conflict& k : n_.conflicts) {
      const auto note = [&](ConnectionId mine, ConnectionId other, bool yields) {
        const Turn turn = n_[mine].turn;
        if (yields && turn == Turn::kStraight &&
            n_[n_[n_[mine].from].link].priority == n_[n_[n_[other].from].link].priority)
          to_equal[mine.value] = 1;
      };
      note(k.a, k.b, k.a_yields);
      note(k.b, k.a, k.b_yields);
    }
    std::vector<int> kind(n_.road_lane_count, -1);
    std::vector<char> equal(n_.road_lane_count, 0);
    for (std::uint32_t c = 0; c < n_.connections.size(); ++c) {
      const Connection& connection = n_.connections[c];
      if (!shown_[connection.junction.value]) continue;
      MarkKind mark = mark_of(connection);
      if (mark == MarkKind::kYield && to_equal[c]) equal[connection.from.value] = 1;
      int& k = kind[connection.from.value];
      if (k < 0 || mark < static_cast<MarkKind>(k)) k = static_cast<int>(mark);
    }
    for (std::size_t l = 0; l < kind.size(); ++l)
      if (equal[l] && kind[l] == static_cast<int>(MarkKind::kPriority))
        kind[l] = static_cast<int>(MarkKind::kEqual);
    return kind;
  }

  /// One mark for each approach, on its kerb side; each lane of a signal its own head.
  void paint_marks() {
    const std::vector<int> kind = marks_of_lanes();
    const double size = std::clamp(2.4 * f_.px_per_m, 9.0, 18.0);
    for (const Link& link : n_.links) {
      if (!shown_[link.to.value]) continue;
      bool marked = false;
      for (int lane = 0; lane < link.lane_count; ++lane) {
        const std::uint32_t l = link.first_lane.value + lane;
        if (kind[l] < 0) continue;
        const auto mark = static_cast<MarkKind>(kind[l]);
        const Along at = along(n_, n_.lanes[l].shape, -1.2);
        if (mark == MarkKind::kSignal) {
          draw_mark(mark, f_.x(at.at.x), f_.y(at.at.y), size, canvas_);
        } else if (!marked && mark != MarkKind::kZipper) {
          const double aside = (n_.left_hand ? -1 : 1) * (n_.lanes[l].width_m / 2 + 1.3);
          draw_mark(mark, f_.x(at.at.x + aside * std::sin(at.heading)),
                    f_.y(at.at.y - aside * std::cos(at.heading)), size, canvas_);
          marked = true;
        }
      }
    }
  }

  void paint_letters() {
    char letter = 'A';
    for (const LinkId l : approaches_of(n_, focus_)) {
      const Link& link = n_[l];
      const double length = n_[link.first_lane].length_m;
      const Along at = along(n_, n_[link.first_lane].shape, -std::min(kLetterBefore_m, length / 2));
      const double aside = (n_.left_hand ? -1 : 1) * (n_[link.first_lane].width_m / 2 + 2.5);
      const double x = f_.x(at.at.x + aside * std::sin(at.heading)),
                   y = f_.y(at.at.y - aside * std::cos(at.heading));
      canvas_.colour(kInk, 0.9);
      cairo_arc(cairo_, x, y, 11, 0, 2 * std::numbers::pi);
      cairo_fill(cairo_);
      canvas_.colour(kWhite);
      canvas_.text(std::string(1, letter), x, y - 10, 15, Canvas::Align::kCentre, 40, true);
      if (letter++ == 'Z') break;
    }
  }

  const Network& n_;
  JunctionId focus_;
  const MapFrame& f_;
  Canvas& canvas_;
  cairo_t* cairo_;
  std::vector<char> shown_;  // by junction
};

void polygon(cairo_t* cairo, double x, double y, double radius, int corners, double first_angle) {
  for (int k = 0; k < corners; ++k) {
    const double a = first_angle + 2 * std::numbers::pi * k / corners;
    k ? cairo_line_to(cairo, x + radius * std::cos(a), y + radius * std::sin(a))
      : cairo_move_to(cairo, x + radius * std::cos(a), y + radius * std::sin(a));
  }
  cairo_close_path(cairo);
}

void traffic_light(double x, double y, double size, Canvas& canvas) {
  static constexpr Colour kLamps[] = {{0.85, 0.15, 0.15}, {0.95, 0.75, 0.1}, {0.1, 0.7, 0.45}};
  canvas.colour(kInk);
  canvas.box(x - size * 0.24, y - size * 0.6, size * 0.48, size * 1.2);
  for (int k = 0; k < 3; ++k) {
    canvas.colour(kLamps[k]);
    cairo_arc(canvas.cairo(), x, y + (k - 1) * size * 0.37, size * 0.15, 0, 2 * std::numbers::pi);
    cairo_fill(canvas.cairo());
  }
}

void sign(double x, double y, double size, int corners, double first_angle, Colour face, Colour edge,
          Canvas& canvas) {
  polygon(canvas.cairo(), x, y, size * 0.62, corners, first_angle);
  canvas.colour(face);
  cairo_fill_preserve(canvas.cairo());
  canvas.colour(edge);
  cairo_set_line_width(canvas.cairo(), std::max(1.2, size * 0.14));
  cairo_stroke(canvas.cairo());
}

}  // namespace

std::vector<LinkId> approaches_of(const Network& n, JunctionId junction) {
  std::vector<std::pair<double, std::uint32_t>> order;
  for (std::uint32_t l = 0; l < n.links.size(); ++l) {
    if (n.links[l].to != junction) continue;
    const Shape& s = n[n.links[l].first_lane].shape;
    const Along at = along(n, s, -20);
    double angle =
        std::atan2(at.at.x - n[junction].at.x, at.at.y - n[junction].at.y);  // clockwise from north
    if (angle < -0.2) angle += 2 * std::numbers::pi;
    order.emplace_back(angle, l);
  }
  std::sort(order.begin(), order.end());
  std::vector<LinkId> out;
  for (const auto& [angle, l] : order) out.push_back(LinkId(l));
  return out;
}

MarkKind mark_of(const Connection& c) {
  if (c.signal.valid()) return MarkKind::kSignal;
  switch (c.priority) {
    case Priority::kMinor: return MarkKind::kYield;
    case Priority::kStop:
    case Priority::kAllWayStop: return MarkKind::kStop;
    case Priority::kEqual: return MarkKind::kEqual;
    case Priority::kZipper: return MarkKind::kZipper;
    default: return MarkKind::kPriority;
  }
}

void draw_mark(MarkKind kind, double x, double y, double size, Canvas& canvas) {
  constexpr double kUp = -std::numbers::pi / 2;
  constexpr Colour kRed{0.8, 0.1, 0.15}, kYellow{0.98, 0.8, 0.15};
  switch (kind) {
    case MarkKind::kSignal: traffic_light(x, y, size, canvas); break;
    case MarkKind::kPriority: sign(x, y, size, 4, kUp, kYellow, kWhite, canvas); break;
    case MarkKind::kYield: sign(x, y, size, 3, -kUp, kWhite, kRed, canvas); break;
    case MarkKind::kStop: sign(x, y, size, 8, std::numbers::pi / 8, kRed, kWhite, canvas); break;
    case MarkKind::kEqual: sign(x, y, size, 3, kUp, kWhite, kInk, canvas); break;
    case MarkKind::kZipper: break;
  }
}

Colour colour_of(Turn turn) {
  switch (turn) {
    case Turn::kRight: return {0.0, 0.62, 0.45};
    case Turn::kPartRight: return {0.35, 0.70, 0.90};
    case Turn::kLeft: return {0.84, 0.37, 0.0};
    case Turn::kPartLeft: return {0.90, 0.60, 0.0};
    case Turn::kUTurn: return {0.62, 0.28, 0.52};
    default: return {0.0, 0.27, 0.60};
  }
}

void draw_junctions(const Network& network, JunctionId focus, const MapFrame& frame, Canvas& canvas) {
  cairo_save(canvas.cairo());
  cairo_rectangle(canvas.cairo(), frame.left_px, frame.top_px, frame.width_px, frame.height_px);
  cairo_clip(canvas.cairo());
  Overlay(network, focus, frame, canvas).paint();
  cairo_restore(canvas.cairo());
}

}  // namespace arterial
