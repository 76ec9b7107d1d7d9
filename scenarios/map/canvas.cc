#include "scenarios/map/canvas.h"

#include <pango/pangocairo.h>

#include <cmath>
#include <stdexcept>

namespace arterial {

namespace {

struct Release {
  void operator()(void* object) const { g_object_unref(object); }
};
using Layout = std::unique_ptr<PangoLayout, Release>;

Layout lay_out(cairo_t* cairo, const std::string& words, double size_px, bool bold) {
  Layout layout(pango_cairo_create_layout(cairo));
  PangoFontDescription* font = pango_font_description_new();
  pango_font_description_set_family(font, "DejaVu Sans, sans-serif");
  pango_font_description_set_absolute_size(font, size_px * PANGO_SCALE);
  if (bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout.get(), font);
  pango_font_description_free(font);
  const std::string clean = printable(words);
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_text(layout.get(), clean.data(), static_cast<int>(clean.size()));  // text, never markup
  return layout;
}

}  // namespace

Canvas::Canvas(int width_px, int height_px, Colour background)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px, height_px)),
      cairo_(cairo_create(surface_.get())) {
  if (cairo_status(cairo()) != CAIRO_STATUS_SUCCESS)
    throw std::runtime_error(std::string("cannot make a picture: ") +
                             cairo_status_to_string(cairo_status(cairo())));
  colour(background);
  cairo_paint(cairo());
  cairo_set_line_join(cairo(), CAIRO_LINE_JOIN_ROUND);
}

void Canvas::box(double x, double y, double width, double height) {
  cairo_rectangle(cairo(), x, y, width, height);
  cairo_fill(cairo());
}

double Canvas::text(const std::string& words, double x, double y, double size_px, Align align, double most_px,
                    bool bold) {
  const Layout layout = lay_out(cairo(), words, size_px, bold);
  int width = 0, height = 0;
  pango_layout_get_pixel_size(layout.get(), &width, &height);
  if (width > most_px) {
    pango_layout_set_width(layout.get(), static_cast<int>(std::max(1.0, most_px) * PANGO_SCALE));
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    width = static_cast<int>(most_px);
  }
  const double left = align == Align::kLeft ? x : align == Align::kRight ? x - width : x - width / 2.0;
  cairo_move_to(cairo(), std::round(left), std::round(y));
  pango_cairo_show_layout(cairo(), layout.get());
  cairo_new_path(cairo());
  return width;
}

double Canvas::text_width(const std::string& words, double size_px, bool bold) const {
  const Layout layout = lay_out(cairo(), words, size_px, bold);
  int width = 0;
  pango_layout_get_pixel_size(layout.get(), &width, nullptr);
  return width;
}

std::string Canvas::png() const {
  std::string bytes;
  const auto append = [](void* closure, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  cairo_surface_flush(surface_.get());
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface_.get(), append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS)
    throw std::runtime_error(std::string("cannot encode a PNG: ") + cairo_status_to_string(status));
  return bytes;
}

}  // namespace arterial
