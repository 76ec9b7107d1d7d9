#pragma once
// Shapefiles for tests, byte by byte: lines with one text field each, so that headers can lie.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

struct Shapefile {
  std::string shp, shx, dbf;
};

inline Shapefile shapefile_of(const std::vector<std::vector<Point>>& lines, const std::string& field) {
  const auto big = [](std::string& to, std::uint32_t v) {
    for (int k = 3; k >= 0; --k) to += static_cast<char>(v >> 8 * k & 0xff);
  };
  const auto little = [](std::string& to, std::uint32_t v, int bytes = 4) {
    for (int k = 0; k < bytes; ++k) to += static_cast<char>(v >> 8 * k & 0xff);
  };
  const auto real = [](std::string& to, double v) {
    char bytes[8];
    std::memcpy(bytes, &v, 8);
    to.append(bytes, 8);
  };
  std::string records, index;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    std::string record;
    little(record, 3);  // polyline
    for (const Point& corner : {lines[n].front(), lines[n].back()})
      real(record, corner.x), real(record, corner.y);
    little(record, 1);
    little(record, static_cast<std::uint32_t>(lines[n].size()));
    little(record, 0);
    for (const Point& p : lines[n]) real(record, p.x), real(record, p.y);
    big(index, static_cast<std::uint32_t>((100 + records.size()) / 2));
    big(index, static_cast<std::uint32_t>(record.size() / 2));
    big(records, static_cast<std::uint32_t>(n + 1));
    big(records, static_cast<std::uint32_t>(record.size() / 2));
    records += record;
  }
  const auto header = [&](std::size_t content) {
    std::string out;
    big(out, 9994);
    for (int k = 0; k < 5; ++k) big(out, 0);
    big(out, static_cast<std::uint32_t>((100 + content) / 2));
    little(out, 1000);
    little(out, 3);
    for (int k = 0; k < 8; ++k) real(out, k < 4 ? (k < 2 ? -1e6 : 1e6) : 0);
    return out;
  };
  Shapefile file;
  file.shp = header(records.size()) + records;
  file.shx = header(index.size()) + index;
  file.dbf = std::string("\x03\x1a\x01\x01", 4);
  little(file.dbf, static_cast<std::uint32_t>(lines.size()));
  little(file.dbf, 32 + 32 + 1, 2);
  little(file.dbf, 1 + 10, 2);
  file.dbf += std::string(20, '\0');
  file.dbf += (field + std::string(11, '\0')).substr(0, 11) + "C" + std::string(4, '\0') + "\x0a" +
              std::string(15, '\0') + "\x0d";
  for (std::size_t n = 0; n < lines.size(); ++n)
    file.dbf += (" road" + std::to_string(n) + std::string(10, ' ')).substr(0, 11);
  return file;
}

}  // namespace arterial
