#include "scenarios/map/colour_ramp.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace arterial {

namespace {

Colour from_hex(unsigned rgb) {
  return {((rgb >> 16) & 255) / 255.0, ((rgb >> 8) & 255) / 255.0, (rgb & 255) / 255.0};
}

Ramp ramp_of(double low, double high, std::initializer_list<unsigned> colours) {
  Ramp ramp;
  ramp.low = low;
  ramp.high = high;
  for (unsigned c : colours) ramp.colours.push_back(from_hex(c));
  return ramp;
}

}  // namespace

Colour Ramp::at(double value) const {
  if (colours.empty() || !std::isfinite(value)) return {0.7, 0.7, 0.7};
  if (colours.size() == 1 || !(high > low)) return colours.front();
  const double t =
      std::clamp((value - low) / (high - low), 0.0, 1.0) * static_cast<double>(colours.size() - 1);
  const auto k = std::min(static_cast<std::size_t>(t), colours.size() - 2);
  const double u = t - static_cast<double>(k);
  const Colour &a = colours[k], &b = colours[k + 1];
  return {a.r + (b.r - a.r) * u, a.g + (b.g - a.g) * u, a.b + (b.b - a.b) * u};
}

Ramp relative_speed_ramp() {
  Ramp ramp = ramp_of(
      0, 1,
      {0x67001f, 0xb2182b, 0xe0532f, 0xf58b42, 0xf7bb52, 0xe6cf7a, 0xa9c7ba, 0x6aa6cd, 0x3d7fb8, 0x2a5f9e});
  ramp.as_percent = true;
  ramp.ticks = {0, 0.25, 0.5, 0.75, 1};
  ramp.open_high = true;
  return ramp;
}

Ramp quantity_ramp(double high) {
  Ramp ramp =
      ramp_of(0, high > 0 ? high : 1, {0xcfe1c6, 0x9fd0bd, 0x5cb3b8, 0x2f86b4, 0x27569c, 0x1f2a70, 0x150f3c});
  ramp.open_high = true;
  return ramp;
}

Ramp difference_ramp(double reach) {
  if (!(reach > 0)) reach = 1;
  Ramp ramp =
      ramp_of(-reach, reach,
              {0x7f3b08, 0xb9601a, 0xe8964a, 0xf0c48f, 0xd3d3cf, 0x9fc3dd, 0x5b9bc8, 0x2a6cab, 0x0b3c6f});
  ramp.open_low = ramp.open_high = true;
  return ramp;
}

std::vector<double> round_ticks(double low, double high, int most) {
  if (!(high > low) || !std::isfinite(low) || !std::isfinite(high) || most < 1) return {low};
  double step = std::pow(10.0, std::floor(std::log10((high - low) / most)));
  for (double times : {1.0, 2.0, 5.0, 10.0}) {
    if ((high - low) / (step * times) <= most) {
      step *= times;
      break;
    }
  }
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) {
    ticks.push_back(k * step == 0 ? 0.0 : k * step);
    if (ticks.size() > 1000) break;
  }
  return ticks;
}

std::string number_words(double value, double step) {
  if (!std::isfinite(value)) return "-";
  step = std::abs(step);
  int decimals = 0;
  for (double s = step; decimals < 6 && s > 0 && std::abs(s - std::round(s)) > 1e-6 * s; s *= 10) ++decimals;
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals);
  std::string words(text, end.ptr);
  const std::size_t sign = words.starts_with('-') ? 1 : 0;
  std::size_t point = std::min(words.find('.'), words.size());
  while (point > sign + 3) words.insert(point -= 3, 1, ',');
  if (words.find_first_not_of("-0.,") == std::string::npos && sign) words.erase(0, 1);  // no "-0"
  if (words.starts_with('-')) words.replace(0, 1, "\u2212");
  return words;
}

std::string hex_of(Colour c) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "#";
  for (double part : {c.r, c.g, c.b}) {
    const int v = static_cast<int>(std::lround(std::clamp(part, 0.0, 1.0) * 255));
    text += kDigits[v >> 4];
    text += kDigits[v & 15];
  }
  return text;
}

}  // namespace arterial
