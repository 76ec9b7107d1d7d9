#pragma once
// Layers out: anything with geometry and columns as GeoPackage, FlatGeobuf, GeoJSON or CSV. What the columns
// mean is the caller's; reference system, attribution and names of the data travel along.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  std::string source{};  // Network::source
};
LayerSource layer_source(const Network& network);

enum class LayerFormat : std::uint8_t { kGeoPackage, kFlatGeobuf, kGeoJson, kCsv };
/// By the ending of the name. Throws InputError, with a word on the formats that are known.
LayerFormat layer_format(const std::string& path);
/// "gpkg", "fgb", "geojson", "csv".
std::optional<LayerFormat> layer_format_named(std::string_view name);

/// A GeoPackage holds all layers; the other formats hold one, named by `layer`, else by the file
/// (links.geojson), else the first. GeoJSON is WGS 84, the others keep the network's system. The file appears
/// whole or not at all. `format`: none is by the ending.
///
/// Source, attribution and licence are written into the file or, where a format has no place for them, into
/// FILE.attribution.txt. GeoPackages hold a style of every layer (table layer_styles) that QGIS loads by
/// itself; beside the file lies the same as .qml. In CSV no name is a formula to a spreadsheet
/// (gis/text_output.h).
void write_layers(const std::vector<VectorLayer>& layers, const LayerSource& source, const std::string& path,
                  const std::string& layer = {}, std::optional<LayerFormat> format = {});

/// One file a layer, FOLDER/links.geojson and so on; a GeoPackage is one file, FOLDER/<name of the
/// source>.gpkg. The folder is made. Returns what was written.
std::vector<std::string> write_layer_folder(const std::vector<VectorLayer>& layers, const LayerSource& source,
                                            const std::string& folder, LayerFormat format);

}  // namespace arterial
