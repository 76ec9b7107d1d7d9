#include "scenarios/map/plot.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "scenarios/map/colour_ramp.h"

namespace arterial {

namespace {

// Okabe and Ito's palette, told apart by everyone.
constexpr const char* kLineColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                        "#e69f00", "#56b4e9", "#000000"};

std::string px(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 1);
  return {text, end.ptr};
}

std::string clock_words(double seconds) {
  const long long minutes = static_cast<long long>(std::floor(seconds / 60 + 0.5));
  const auto two = [](long long v) { return (v < 10 ? "0" : "") + std::to_string(v); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

std::vector<double> clock_ticks(double low, double high, int most) {
  for (double step :
       {60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0}) {
    if ((high - low) / step > most) continue;
    std::vector<double> ticks;
    for (double t = std::ceil(low / step) * step; t <= high + 1e-6; t += step) ticks.push_back(t);
    return ticks;
  }
  return round_ticks(low, high, most);
}

struct Range {
  double low = 1e300, high = -1e300;
  void include(double v) {
    if (!std::isfinite(v)) return;
    low = std::min(low, v), high = std::max(high, v);
  }
  void make_wide() {
    if (!(high >= low)) low = 0, high = 1;
    if (!(high > low)) high = low + 1;
  }
};

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

std::string plot_svg(const Plot& plot) {
  Range x, y;
  if (plot.y_from_zero) y.include(0);
  for (const PlotSeries& s : plot.series)
    for (std::size_t k = 0; k < std::min(s.x.size(), s.y.size()); ++k) x.include(s.x[k]), y.include(s.y[k]);
  x.make_wide();
  y.make_wide();
  std::vector<double> y_ticks = round_ticks(y.low, y.high, 5);
  const double y_step = y_ticks.size() > 1 ? y_ticks[1] - y_ticks[0] : 1;
  // The axis ends on a tick.
  if (!y_ticks.empty() && y_ticks.back() < y.high - 1e-9 * y_step) y_ticks.push_back(y_ticks.back() + y_step);
  y.high = std::max(y.high, y_ticks.empty() ? y.high : y_ticks.back());

  const double width = std::clamp(plot.width_px, 200, 4000), height = std::clamp(plot.height_px, 120, 4000);
  const bool named = plot.series.size() > 1;
  double label_px = 0;
  for (double tick : y_ticks)
    label_px = std::max(label_px, 7.0 * static_cast<double>(number_words(tick, y_step).size()));
  const double left = 40 + label_px, right = width - 22,
               top = (plot.title.empty() ? 12 : 34) + (named ? 20 : 0), bottom = height - 46;
  const auto sx = [&](double v) { return left + (v - x.low) / (x.high - x.low) * (right - left); };
  const auto sy = [&](double v) { return bottom - (v - y.low) / (y.high - y.low) * (bottom - top); };

  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + px(width) + " " +
                    px(height) + "\" width=\"" + px(width) + "\" height=\"" + px(height) +
                    "\" role=\"img\" aria-label=\"" + escaped(plot.title) +
                    "\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"12\">\n";
  const auto text = [&](double at_x, double at_y, const char* anchor, const std::string& words,
                        const std::string& more = "fill=\"#555\"") {
    svg += "<text x=\"" + px(at_x) + "\" y=\"" + px(at_y) + "\" text-anchor=\"" + anchor + "\" " + more +
           ">" + escaped(words) + "</text>\n";
  };
  const auto line = [&](double x0, double y0, double x1, double y1, const char* colour) {
    svg += "<line x1=\"" + px(x0) + "\" y1=\"" + px(y0) + "\" x2=\"" + px(x1) + "\" y2=\"" + px(y1) +
           "\" stroke=\"" + colour + "\"/>\n";
  };
  if (!plot.title.empty())
    text(left, 20, "start", plot.title, "fill=\"#222\" font-size=\"14\" font-weight=\"bold\"");
  for (double tick : y_ticks) {
    line(left, sy(tick), right, sy(tick), "#e4e4e0");
    text(left - 7, sy(tick) + 4, "end", number_words(tick, y_step));
  }
  const int most_x = std::max(2, static_cast<int>((right - left) / 70));
  const std::vector<double> x_ticks =
      plot.x_is_clock ? clock_ticks(x.low, x.high, most_x) : round_ticks(x.low, x.high, most_x);
  const double x_step = x_ticks.size() > 1 ? x_ticks[1] - x_ticks[0] : 1;
  for (double tick : x_ticks) {
    line(sx(tick), bottom, sx(tick), bottom + 5, "#888");
    text(sx(tick), bottom + 18, "middle", plot.x_is_clock ? clock_words(tick) : number_words(tick, x_step));
  }
  line(left, bottom, right, bottom, "#888");
  text((left + right) / 2, height - 9, "middle", plot.x_label);
  text(0, 0, "middle", plot.y_label,
       "fill=\"#555\" transform=\"translate(15 " + px((top + bottom) / 2) + ") rotate(-90)\"");

  double name_x = left;
  for (std::size_t n = 0; n < plot.series.size(); ++n) {
    const PlotSeries& s = plot.series[n];
    const std::string colour = kLineColours[n % std::size(kLineColours)];
    if (s.dots) {
      const std::string size = s.x.size() > 500 ? "1.2" : "3";
      svg += "<g fill=\"" + colour + "\" fill-opacity=\"" + (s.x.size() > 500 ? "0.35" : "0.9") + "\">\n";
      for (std::size_t k = 0; k < std::min(s.x.size(), s.y.size()); ++k)
        if (std::isfinite(s.x[k]) && std::isfinite(s.y[k]))
          svg += "<circle cx=\"" + px(sx(s.x[k])) + "\" cy=\"" + px(sy(s.y[k])) + "\" r=\"" + size + "\"/>\n";
      svg += "</g>\n";
    }
    std::string path, area;
    double run_start = 0, run_end = 0;
    bool drawing = false;
    const auto end_run = [&] {
      if (drawing && s.filled)
        area += " L" + px(run_end) + " " + px(bottom) + " L" + px(run_start) + " " + px(bottom) + " Z";
      drawing = false;
    };
    for (std::size_t k = 0; !s.dots && k < std::min(s.x.size(), s.y.size()); ++k) {
      if (!std::isfinite(s.y[k]) || !std::isfinite(s.x[k])) {
        end_run();
        continue;
      }
      const std::string at = px(sx(s.x[k])) + " " + px(sy(s.y[k]));
      path += (drawing ? " L" : path.empty() ? "M" : " M") + at;
      if (s.filled) area += (drawing ? " L" : area.empty() ? "M" : " M") + at;
      if (!drawing) run_start = sx(s.x[k]);
      run_end = sx(s.x[k]);
      drawing = true;
    }
    end_run();
    if (!area.empty()) svg += "<path d=\"" + area + "\" fill=\"" + colour + "\" fill-opacity=\"0.13\"/>\n";
    if (!path.empty())
      svg += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour +
             "\" stroke-width=\"1.8\" stroke-linejoin=\"round\"" +
             (s.dashed ? " stroke-dasharray=\"6 4\"" : "") + "/>\n";
    if (named) {
      const double name_y = top - 12;
      if (s.dots)
        svg += "<circle cx=\"" + px(name_x + 10) + "\" cy=\"" + px(name_y - 4) + "\" r=\"3\" fill=\"" +
               colour + "\"/>\n";
      else
        svg += "<line x1=\"" + px(name_x) + "\" y1=\"" + px(name_y - 4) + "\" x2=\"" + px(name_x + 20) +
               "\" y2=\"" + px(name_y - 4) + "\" stroke=\"" + colour + "\" stroke-width=\"2.5\"" +
               (s.dashed ? " stroke-dasharray=\"6 4\"" : "") + "/>\n";
      text(name_x + 26, name_y, "start", s.name);
      name_x += 46 + 7.3 * static_cast<double>(s.name.size());
    }
  }
  return svg + "</svg>\n";
}

}  // namespace arterial
