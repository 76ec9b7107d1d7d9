#pragma once
// Pictures of a network without a screen: map.png of a run, difference maps of a comparison, pictures for
// reports.
//
//   MapPicture picture{.network = &network};
//   picture.title = "Morning, 07:00 to 09:00";
//   picture.ramp = relative_speed_ramp();
//   picture.legend = "Mean speed, share of the limit";
//   picture.link_value = relative_speed_by_link;    // NaN: no data, drawn in grey
//   draw_map_png(picture, "OUT/map.png");
//
// The attribution of the map data always stands at the bottom. Texts come from anybody: they are drawn as
// plain text, made valid UTF-8 and cut to fit.
#include <optional>
#include <string>
#include <vector>

#include "scenarios/map/colour_ramp.h"
#include "sim/model/network.h"

namespace arterial {

struct MapView {
  double x_m = 0, y_m = 0;  // centre, in the network's coordinates
  double width_m = 1000;
};

/// A place that is pointed at: a disc with a word or number in it.
struct MapMark {
  Point at;
  std::string words;
};

struct MapPicture {
  const Network* network = nullptr;
  std::vector<double> link_value;     // by LinkId; NaN: no data; empty: a plain street map
  std::vector<double> link_width_px;  // by LinkId; empty or NaN: by road class
  std::vector<MapMark> marks;         // over the roads, the first on top
  Ramp ramp = relative_speed_ramp();
  std::string title, subtitle;         // above the map
  std::string legend;                  // what the colours mean, with the unit
  std::string footnote;                // before the attribution, for instance how it was computed
  int width_px = 1600, height_px = 0;  // 0: from the shape of the map; 64 to 8192
  std::optional<MapView> view;         // none: everything
};

/// Throws InputError where the file cannot be written, std::invalid_argument without a network.
void draw_map_png(const MapPicture& picture, const std::string& path);

/// The same as bytes, for a report that holds its pictures inside.
std::string map_png(const MapPicture& picture);

/// Each link's mean speed over its limit (the lanes' mean), for relative_speed_ramp(); NaN where
/// `mean_speed_mps` is.
std::vector<double> relative_speeds(const Network& network, const std::vector<double>& mean_speed_mps);

/// Line widths from flows: wider with the square root of the flow. `largest_vph` <= 0: the largest of the
/// values.
std::vector<double> flow_widths_px(const std::vector<double>& flow_vph, double largest_vph = 0);

}  // namespace arterial
