#include "scenarios/map/map.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "scenarios/map/canvas.h"
#include "scenarios/map/draw_network.h"
#include "sim/model/atomic_file.h"

namespace arterial {

namespace {

constexpr double kMarginPx = 24, kHeaderPx = 76, kFooterPx = 92;
constexpr Colour kInk{0.13, 0.15, 0.18}, kSoftInk{0.38, 0.40, 0.43}, kPanel{1, 1, 1}, kRule{0.83, 0.83, 0.81};

struct Bounds {
  double x0 = 1e300, y0 = 1e300, x1 = -1e300, y1 = -1e300;
  bool empty() const { return !(x1 >= x0 && y1 >= y0); }
};

Bounds bounds_of_roads(const Network& n) {
  Bounds b;
  for (std::size_t lane = 0; lane < std::min<std::size_t>(n.road_lane_count, n.lanes.size()); ++lane) {
    const Shape& s = n.lanes[lane].shape;
    for (std::uint32_t k = 0; k < s.count; ++k) {
      const Point& p = n.points[s.first + k];
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) continue;
      b.x0 = std::min(b.x0, p.x), b.x1 = std::max(b.x1, p.x);
      b.y0 = std::min(b.y0, p.y), b.y1 = std::max(b.y1, p.y);
    }
  }
  return b;
}

/// Everything with a margin, or the view asked for.
MapFrame frame_of(const MapPicture& picture, int& height_px) {
  const int width_px = picture.width_px;
  MapFrame frame;
  frame.top_px = kHeaderPx;
  frame.width_px = width_px;
  if (picture.view) {
    if (height_px == 0) height_px = width_px * 3 / 4;
    frame.height_px = height_px - kHeaderPx - kFooterPx;
    frame.px_per_m = width_px / std::clamp(picture.view->width_m, 1.0, 1e7);
    frame.x0_m = picture.view->x_m - 0.5 * frame.width_px / frame.px_per_m;
    frame.y1_m = picture.view->y_m + 0.5 * frame.height_px / frame.px_per_m;
    return frame;
  }
  Bounds b = bounds_of_roads(*picture.network);
  if (b.empty()) b = {0, 0, 100, 100};
  const double wide_m = std::max(b.x1 - b.x0, 10.0), high_m = std::max(b.y1 - b.y0, 10.0);
  if (height_px == 0) {
    const double map_px = (width_px - 2 * kMarginPx) * high_m / wide_m + 2 * kMarginPx;
    height_px =
        static_cast<int>(kHeaderPx + kFooterPx + std::clamp(map_px, 0.45 * width_px, 1.15 * width_px));
  }
  frame.height_px = std::max(16.0, height_px - kHeaderPx - kFooterPx);
  frame.px_per_m = std::min((frame.width_px - 2 * kMarginPx) / wide_m,
                            std::max(8.0, frame.height_px - 2 * kMarginPx) / high_m);
  frame.x0_m = (b.x0 + b.x1) / 2 - 0.5 * frame.width_px / frame.px_per_m;
  frame.y1_m = (b.y0 + b.y1) / 2 + 0.5 * frame.height_px / frame.px_per_m;
  return frame;
}

void draw_marks(const MapPicture& picture, const MapFrame& frame, Canvas& canvas) {
  constexpr double kRadiusPx = 12;
  for (auto mark = picture.marks.rbegin(); mark != picture.marks.rend(); ++mark) {
    const double x = frame.x(mark->at.x), y = frame.y(mark->at.y);
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    cairo_arc(canvas.cairo(), x, y, kRadiusPx, 0, 6.2832);
    canvas.colour(kInk, 0.9);
    cairo_fill_preserve(canvas.cairo());
    canvas.colour(kPanel);
    cairo_set_line_width(canvas.cairo(), 1.5);
    cairo_stroke(canvas.cairo());
    canvas.text(mark->words, x, y - 9, 12, Canvas::Align::kCentre, 2 * kRadiusPx, true);
  }
}

void draw_header(const MapPicture& picture, Canvas& canvas) {
  canvas.colour(kPanel);
  canvas.box(0, 0, picture.width_px, kHeaderPx);
  canvas.colour(kRule);
  canvas.box(0, kHeaderPx - 1, picture.width_px, 1);
  const double most_px = picture.width_px - 2 * kMarginPx;
  const std::string title = picture.title.empty() ? picture.network->name : picture.title;
  canvas.colour(kInk);
  canvas.text(title, kMarginPx, picture.subtitle.empty() ? 22 : 12, 24, Canvas::Align::kLeft, most_px, true);
  canvas.colour(kSoftInk);
  canvas.text(picture.subtitle, kMarginPx, 46, 15, Canvas::Align::kLeft, most_px);
}

std::string tick_words(const Ramp& ramp, double value, double step, bool low_end, bool high_end) {
  std::string words =
      ramp.as_percent ? number_words(value * 100, step * 100) + "\u2009%" : number_words(value, step);
  if (ramp.low < 0 && value > 0) words = "+" + words;
  if (low_end && ramp.open_low) return "\u2264\u2009" + words;
  if (high_end && ramp.open_high) return "\u2265\u2009" + words;
  return words;
}

/// Returns where it ends.
double draw_legend(const MapPicture& picture, double top_px, Canvas& canvas) {
  if (picture.link_value.empty()) return kMarginPx;
  const double wide = std::min(380.0, picture.width_px * 0.4), left = kMarginPx;
  canvas.colour(kInk);
  canvas.text(picture.legend, left, top_px + 8, 13, Canvas::Align::kLeft, wide + 150);
  const double bar = top_px + 30;
  for (int px = 0; px < static_cast<int>(wide); ++px) {
    const double value = picture.ramp.low + (picture.ramp.high - picture.ramp.low) * (px + 0.5) / wide;
    canvas.colour(picture.ramp.at(value));
    canvas.box(left + px, bar, 1, 13);
  }
  std::vector<double> ticks = picture.ramp.ticks;
  if (ticks.empty()) ticks = round_ticks(picture.ramp.low, picture.ramp.high, 5);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : ticks.empty() ? 1 : ticks[0];
  const double span = picture.ramp.high - picture.ramp.low;
  for (std::size_t k = 0; k < ticks.size(); ++k) {
    const double t = span > 0 ? (ticks[k] - picture.ramp.low) / span : 0, x = left + t * wide;
    if (t < -1e-6 || t > 1 + 1e-6) continue;
    canvas.colour(kInk);
    canvas.box(std::round(std::min(x, left + wide - 1)), bar + 13, 1, 4);
    canvas.colour(kSoftInk);
    const auto align = t < 0.03   ? Canvas::Align::kLeft
                       : t > 0.97 ? Canvas::Align::kRight
                                  : Canvas::Align::kCentre;
    canvas.text(tick_words(picture.ramp, ticks[k], step, t<1e-6, t> 1 - 1e-6), x, bar + 18, 12, align);
  }
  const double no_data = left + wide + 28;
  canvas.colour(kNoData);
  canvas.box(no_data, bar, 22, 13);
  canvas.colour(kSoftInk);
  return no_data + 30 + canvas.text("no vehicles", no_data + 30, bar - 2, 12);
}

void draw_scale_bar(const MapFrame& frame, double right_px, double top_px, Canvas& canvas) {
  // The longest round length that fits into 190 pixels.
  const double most_m = 190 / frame.px_per_m;
  double length_m = std::pow(10.0, std::floor(std::log10(most_m)));
  for (double times : {5.0, 2.0})
    if (length_m * times <= most_m) {
      length_m *= times;
      break;
    }
  const double px = length_m * frame.px_per_m, left = right_px - px, y = top_px + 36;
  canvas.colour(kInk);
  canvas.box(left, y, px, 2);
  canvas.box(left, y - 6, 2, 8);
  canvas.box(left + px / 2, y - 4, 1, 5);
  canvas.box(right_px - 2, y - 6, 2, 8);
  const bool km = length_m >= 1000;
  const std::string words =
      km ? number_words(length_m / 1000, length_m / 1000) + " km" : number_words(length_m, length_m) + " m";
  canvas.text(words, left + px / 2, y - 26, 13, Canvas::Align::kCentre);
}

void draw_footer(const MapPicture& picture, const MapFrame& frame, int height_px, Canvas& canvas) {
  const double top = height_px - kFooterPx;
  canvas.colour(kPanel);
  canvas.box(0, top, picture.width_px, kFooterPx);
  canvas.colour(kRule);
  canvas.box(0, top, picture.width_px, 1);
  draw_legend(picture, top, canvas);
  draw_scale_bar(frame, picture.width_px - kMarginPx, top, canvas);
  std::string words = picture.footnote;
  const Network& n = *picture.network;
  const std::string credit = n.attribution.empty() ? n.source : n.attribution;
  if (!credit.empty()) words += (words.empty() ? "" : "  |  ") + std::string("Map data: ") + credit;
  if (!n.licence.empty() && credit.find(n.licence) == std::string::npos) words += " (" + n.licence + ")";
  words += (words.empty() ? "" : "  |  ") + std::string("Drawn by Arterial");
  canvas.colour(kSoftInk);
  canvas.text(words, kMarginPx, height_px - 20, 11, Canvas::Align::kLeft, picture.width_px - 2 * kMarginPx);
}

}  // namespace

std::string map_png(const MapPicture& asked) {
  if (!asked.network) throw std::invalid_argument("a map needs a network");
  MapPicture picture = asked;
  picture.width_px = std::clamp(picture.width_px, 64, 8192);
  int height_px = picture.height_px <= 0 ? 0 : std::clamp(picture.height_px, 64, 8192);
  const MapFrame frame = frame_of(picture, height_px);
  Canvas canvas(picture.width_px, height_px, kPaper);
  draw_network(picture, frame, canvas);
  draw_marks(picture, frame, canvas);
  draw_header(picture, canvas);
  draw_footer(picture, frame, height_px, canvas);
  return canvas.png();
}

void draw_map_png(const MapPicture& picture, const std::string& path) {
  write_file_atomically(path, map_png(picture));
}

std::vector<double> relative_speeds(const Network& network, const std::vector<double>& mean_speed_mps) {
  std::vector<double> share(network.links.size(), NAN);
  for (std::size_t k = 0; k < std::min(share.size(), mean_speed_mps.size()); ++k) {
    const Link& link = network.links[k];
    double limit_mps = 0;
    for (int lane = 0; lane < link.lane_count; ++lane)
      limit_mps += network.lanes[link.first_lane.value + lane].speed_mps / link.lane_count;
    if (limit_mps > 0 && std::isfinite(mean_speed_mps[k])) share[k] = mean_speed_mps[k] / limit_mps;
  }
  return share;
}

std::vector<double> flow_widths_px(const std::vector<double>& flow_vph, double largest_vph) {
  if (!(largest_vph > 0))
    for (double flow : flow_vph)
      if (std::isfinite(flow)) largest_vph = std::max(largest_vph, flow);
  std::vector<double> widths(flow_vph.size(), NAN);
  for (std::size_t k = 0; k < widths.size(); ++k)
    if (std::isfinite(flow_vph[k]) && largest_vph > 0)
      widths[k] = 0.6 + 8 * std::sqrt(std::clamp(flow_vph[k] / largest_vph, 0.0, 1.0));
  return widths;
}

}  // namespace arterial
