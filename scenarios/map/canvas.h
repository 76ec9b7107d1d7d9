#pragma once
// Cairo and Pango with owners: a picture in memory, text that fits.
#include <cairo.h>

#include <memory>
#include <string>

#include "scenarios/map/colour_ramp.h"
#include "scenarios/map/printable.h"

namespace arterial {

class Canvas {
 public:
  Canvas(int width_px, int height_px, Colour background);

  cairo_t* cairo() const { return cairo_.get(); }
  void colour(Colour c, double alpha = 1) { cairo_set_source_rgba(cairo(), c.r, c.g, c.b, alpha); }
  void box(double x, double y, double width, double height);  // filled

  enum class Align { kLeft, kCentre, kRight };
  /// Draws at a line box whose top is y; x is the left end, middle or right end. Longer than `most_px`: cut
  /// with an ellipsis. Returns the width.
  double text(const std::string& words, double x, double y, double size_px, Align align = Align::kLeft,
              double most_px = 1e6, bool bold = false);
  double text_width(const std::string& words, double size_px, bool bold = false) const;

  std::string png() const;

 private:
  struct Close {
    void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
    void operator()(cairo_t* c) const { cairo_destroy(c); }
  };
  std::unique_ptr<cairo_surface_t, Close> surface_;
  std::unique_ptr<cairo_t, Close> cairo_;
};

}  // namespace arterial
