#include "gis/wkt.h"

#include <cmath>

#include "gis/xml_reader.h"

namespace arterial::gis {
namespace {

/// "x y", "x y z" or "x,y" (POINT in some tables).
std::optional<Point> point_of(std::string_view text) {
  double values[2] = {0, 0};
  for (double& value : values) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::nullopt;
    text.remove_prefix(first);
    const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
    const auto number = to_number(word);
    if (!number || !std::isfinite(*number)) return std::nullopt;
    value = *number;
    text.remove_prefix(word.size());
  }
  return Point{values[0], values[1]};
}

}  // namespace

std::optional<std::vector<std::vector<Point>>> wkt_parts(std::string_view text, std::size_t most_points) {
  constexpr int kDeepest = 4;
  std::vector<std::vector<Point>> parts;
  int depth = 0;
  std::size_t points = 0;
  while (!text.empty()) {
    const auto at = text.find_first_of("()");
    if (at == std::string_view::npos) break;
    const std::string_view before = text.substr(0, at);
    const bool opens = text[at] == '(';
    text.remove_prefix(at + 1);
    if (opens) {
      if (++depth > kDeepest) return std::nullopt;
      continue;
    }
    if (--depth < 0) return std::nullopt;
    if (before.find_first_not_of(" \t\r\n,") == std::string_view::npos) continue;  // closes an outer list
    std::vector<Point> part;
    for (std::string_view rest = before;;) {
      const auto comma = rest.find(',');
      const auto point = point_of(rest.substr(0, comma));
      if (!point || ++points > most_points) return std::nullopt;
      part.push_back(*point);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    parts.push_back(std::move(part));
  }
  if (depth != 0 || parts.empty()) return std::nullopt;
  return parts;
}

}  // namespace arterial::gis
