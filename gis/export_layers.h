#pragma once
// Layers out: anything with geometry and columns as GeoPackage, FlatGeobuf, GeoJSON or CSV. What the columns
// mean is the caller's; reference system, attribution and names of the data travel along.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

enum class GeometryKind : std::uint8_t { kNone, kPoint, kLine, kPolygon };

/// A column; NaN is written as "no value".
struct LayerColumn {
  std::string name;
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;
};

/// Vertices of all rows in one array: row i has [first[i], first[i + 1]).
struct LayerGeometry {
  GeometryKind kind = GeometryKind::kNone;
  std::vector<Point> points;
  std::vector<std::size_t> first{0};
  void add(const std::vector<Point>& row) {
    points.insert(points.end(), row.begin(), row.end());
    first.push_back(points.size());
  }
};

struct VectorLayer {
  std::string name, description;
  LayerGeometry geometry;  // kNone: a table
  std::vector<LayerColumn> columns;
  std::size_t rows() const {
    if (columns.empty()) return geometry.first.size() - 1;
    return std::visit([](const auto& values) { return values.size(); }, columns[0].values);
  }
};

/// Where the coordinates are and whose they are.
struct LayerSource {
  std::string crs;  // Network::crs; empty or unknown: local metres
  double offset_x_m = 0, offset_y_m = 0;
  std::string name, attribution, licence;
};
LayerSource layer_source(const Network& network);

enum class LayerFormat : std::uint8_t { kGeoPackage, kFlatGeobuf, kGeoJson, kCsv };
/// By the ending of the name. Throws InputError, with a word on the formats that are known.
LayerFormat layer_format(const std::string& path);

/// A GeoPackage holds all layers; the other formats hold one, named by `layer`, else by the file
/// (links.geojson), else the first. GeoJSON is WGS 84, the others keep the network's system. The file appears
/// whole or not at all.
void write_layers(const std::vector<VectorLayer>& layers, const LayerSource& source, const std::string& path,
                  const std::string& layer = {});

}  // namespace arterial
