#pragma once
// Time series as a piece of SVG for the HTML report: no script, no foreign file, texts escaped.
#include <string>
#include <vector>

namespace arterial {

struct PlotSeries {
  std::string name;
  std::vector<double> x, y;  // a NaN in y interrupts the line
  bool filled = false;       // the area under it, pale
  bool dashed = false;
  bool dots = false;  // points instead of a line
};

struct Plot {
  std::string title;
  std::string x_label = "time of day", y_label;  // with the unit: "vehicles", "speed (m/s)"
  bool x_is_clock = true;                        // x in seconds, written as HH:MM
  std::vector<PlotSeries> series;
  int width_px = 720, height_px = 300;
  bool y_from_zero = true;
};

/// One <svg> element. Same plot, same text.
std::string plot_svg(const Plot& plot);

/// & < > " ' and control characters made harmless for HTML and XML text and attributes.
std::string escaped(const std::string& text);

}  // namespace arterial
