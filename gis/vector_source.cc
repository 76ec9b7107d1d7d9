#include "gis/vector_source.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "gis/archive.h"
#include "gis/gdal_owners.h"
#include "gis/gdal_session.h"
#include "gis/text_output.h"

namespace arterial {
namespace {

constexpr std::uint64_t kMostFeatures = 20'000'000, kMostLayers = 1000;
constexpr int kMostVerticesOfOne = 200'000, kMostParts = 10'000, kMostFields = 2000;
constexpr std::size_t kMostText = 4096;
constexpr double kMostCoordinate = 1e8;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string crs_of(OGRLayer& layer, const std::string& file, const std::string& name) {
  const OGRSpatialReference* crs = layer.GetSpatialRef();
  if (!crs || crs->IsLocal()) return "";
  if (std::string_view(crs->GetName() ? crs->GetName() : "").find("Undefined") != std::string_view::npos)
    return "";
  const char* authority = crs->GetAuthorityName(nullptr);
  const char* code = crs->GetAuthorityCode(nullptr);
  if (authority && code && std::string_view(authority) == "EPSG") return "EPSG:" + std::string(code);
  OGRSpatialReference known(*crs);
  if (known.AutoIdentifyEPSG() == OGRERR_NONE && known.GetAuthorityCode(nullptr))
    return "EPSG:" + std::string(known.GetAuthorityCode(nullptr));
  char* wkt = nullptr;
  std::string words;
  if (crs->exportToWkt(&wkt) == OGRERR_NONE && wkt) words = wkt;
  CPLFree(wkt);
  if (words.size() > 16384)
    throw InputError(file, "layer " + name, "has a coordinate reference system of more than 16 KiB",
                     "Use one with an EPSG code");
  return words;
}

VectorLayer::Shapes shapes_of(const OGRLayer& layer) {
  switch (wkbFlatten(const_cast<OGRLayer&>(layer).GetGeomType())) {
    case wkbNone: return VectorLayer::Shapes::kNone;
    case wkbPoint:
    case wkbMultiPoint: return VectorLayer::Shapes::kPoints;
    case wkbLineString:
    case wkbMultiLineString: return VectorLayer::Shapes::kLines;
    case wkbPolygon:
    case wkbMultiPolygon: return VectorLayer::Shapes::kAreas;
    default: return VectorLayer::Shapes::kMixed;
  }
}

/// The first column of what an SQL query of ours says.
std::vector<std::string> names_by(GDALDataset& dataset, const std::string& file, const char* sql) {
  std::vector<std::string> names;
  OGRLayer* rows = dataset.ExecuteSQL(sql, nullptr, nullptr);
  if (rows) {
    while (const Feature row{rows->GetNextFeature()}) names.emplace_back(row->GetFieldAsString(0));
    dataset.ReleaseResultSet(rows);
  } else if (CPLGetLastErrorType() == CE_Failure) {
    throw InputError(file, "", "its list of tables cannot be read: " + gdal_said(""),
                     "Save the layers as GeoPackage again");
  }
  return names;
}

/// What is stored must be data: a foreign virtual table runs what the author of the file wrote.
void refuse_virtual_tables(GDALDataset& dataset, const std::string& file) {
  const auto found = names_by(
      dataset, file,
      "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%' AND NOT (sql "
      "LIKE '%USING rtree%')");
  if (!found.empty())
    throw InputError(file, "table " + found.front().substr(0, 80),
                     "is a virtual table, which is not accepted", "Save the layers as plain tables");
}

/// GDAL's own messages about a source may hold a password.
std::string without_secrets(const std::string& source) {
  return source.starts_with("PG:") || source.find("://") != std::string::npos ? "(database)" : source;
}

}  // namespace

// --- Rows.

std::string VectorRow::place() const {
  return "layer " + layer_ + ", row " + std::to_string(number_of_row());
}
std::int64_t VectorRow::number_of_row() const { return feature_.GetFID(); }

void VectorRow::fail(const std::string& what, const std::string& remedy) const {
  throw InputError(file_, place(), what, remedy);
}

std::string VectorRow::text(int field) const {
  if (field < 0 || !feature_.IsFieldSetAndNotNull(field)) return "";
  const OGRFieldType type = feature_.GetFieldDefnRef(field)->GetType();
  if (type == OFTReal) {
    const double value = feature_.GetFieldAsDouble(field);
    return std::isfinite(value) ? gis::number_text(value) : "";
  }
  const std::string_view value = trimmed(const_cast<OGRFeature&>(feature_).GetFieldAsString(field));
  if (value.size() > kMostText)
    fail("a field of it has " + std::to_string(value.size()) + " bytes; the most is " +
             std::to_string(kMostText),
         "Shorten it");
  return std::string(value);
}

namespace {

class ShapeReader {
 public:
  explicit ShapeReader(const VectorRow& row) : row_(row) {}

  std::vector<Point> points_of(const OGRSimpleCurve& curve) const {
    const int n = curve.getNumPoints();
    if (n > kMostVerticesOfOne)
      row_.fail("has a shape of " + std::to_string(n) + " points",
                "The most is " + std::to_string(kMostVerticesOfOne));
    std::vector<Point> points;
    points.reserve(static_cast<std::size_t>(n));
    for (int k = 0; k < n; ++k) points.push_back(checked(curve.getX(k), curve.getY(k)));
    return points;
  }

  Point checked(double x, double y) const {
    if (!(std::abs(x) <= kMostCoordinate && std::abs(y) <= kMostCoordinate))
      row_.fail("has the coordinate " + std::to_string(x) + ", " + std::to_string(y),
                "Coordinates are degrees or metres, at most 100,000 km from the origin");
    return {x + 0.0, y + 0.0};  // no negative zero
  }

  /// Calls for every part that is no collection, at most kMostParts.
  template <class Take>
  void each_part(const OGRGeometry& shape, Take&& take, int depth = 0) {
    const auto type = wkbFlatten(shape.getGeometryType());
    if (!OGR_GT_IsSubClassOf(type, wkbGeometryCollection)) {
      if (++parts_ > kMostParts) row_.fail("has too many parts", "Split it");
      take(shape, type);
      return;
    }
    if (depth > 8) row_.fail("is nested too deeply", "Save it as plain multi-part shapes");
    for (const OGRGeometry* part : *shape.toGeometryCollection()) each_part(*part, take, depth + 1);
  }

 private:
  const VectorRow& row_;
  int parts_ = 0;
};

}  // namespace

std::vector<std::vector<Point>> VectorRow::lines() const {
  std::vector<std::vector<Point>> lines;
  const OGRGeometry* shape = feature_.GetGeometryRef();
  if (!shape || shape->IsEmpty()) return lines;
  ShapeReader reader(*this);
  reader.each_part(*shape, [&](const OGRGeometry& part, OGRwkbGeometryType type) {
    if (type != wkbLineString) fail("is no line", "Map a layer of lines; curves must be straightened first");
    auto points = reader.points_of(*part.toLineString());
    if (points.size() >= 2) lines.push_back(std::move(points));
  });
  return lines;
}

std::vector<std::vector<Point>> VectorRow::rings() const {
  std::vector<std::vector<Point>> rings;
  const OGRGeometry* shape = feature_.GetGeometryRef();
  if (!shape || shape->IsEmpty()) return rings;
  ShapeReader reader(*this);
  reader.each_part(*shape, [&](const OGRGeometry& part, OGRwkbGeometryType type) {
    if (type != wkbPolygon) fail("is no polygon", "Map a layer of polygons");
    const OGRLinearRing* ring = part.toPolygon()->getExteriorRing();
    if (!ring) return;
    auto points = reader.points_of(*ring);
    if (points.size() > 1 && points.front().x == points.back().x && points.front().y == points.back().y)
      points.pop_back();
    if (points.size() >= 3) rings.push_back(std::move(points));
  });
  return rings;
}

std::vector<Point> VectorRow::points() const {
  std::vector<Point> points;
  const OGRGeometry* shape = feature_.GetGeometryRef();
  if (!shape || shape->IsEmpty()) return points;
  ShapeReader reader(*this);
  reader.each_part(*shape, [&](const OGRGeometry& part, OGRwkbGeometryType type) {
    if (type != wkbPoint) fail("is no point", "Map a layer of points");
    points.push_back(reader.checked(part.toPoint()->getX(), part.toPoint()->getY()));
  });
  return points;
}

// --- Layers.

int VectorLayer::field(std::string_view name) const {
  for (std::size_t k = 0; k < fields_.size(); ++k)
    if (fields_[k] == name) return static_cast<int>(k);
  const std::string wanted = lower(name);
  for (std::size_t k = 0; k < fields_.size(); ++k)
    if (lower(fields_[k]) == wanted) return static_cast<int>(k);
  return -1;
}

std::uint64_t VectorLayer::each(const std::function<void(const VectorRow&)>& take, std::uint64_t most) const {
  const QuietGdal quiet;
  if (is_view_)
    throw InputError(file_, "layer " + name_, "is a view, which is not accepted", "Save it as a plain table");
  const GIntBig said = layer_->GetFeatureCount(0);
  const auto too_many = [&] {
    throw InputError(file_, "layer " + name_,
                     "has more than " + std::to_string(kMostFeatures) + " rows, which is the most",
                     "Import a smaller area");
  };
  if (said > static_cast<GIntBig>(kMostFeatures) && most > kMostFeatures) too_many();
  std::uint64_t count = 0;
  CPLErrorReset();
  layer_->ResetReading();
  while (count < most) {
    const Feature feature{layer_->GetNextFeature()};
    if (!feature) break;
    if (++count > kMostFeatures) too_many();
    take(VectorRow(file_, name_, *feature));
  }
  if (CPLGetLastErrorType() == CE_Failure)
    throw InputError(file_, "layer " + name_, "cannot be read to its end: " + gdal_said(""),
                     "The file is damaged; save it again");
  return count;
}

// --- Sources.

struct VectorSources::Impl {
  std::vector<std::unique_ptr<PrivateFolder>> folders;  // removed after the files in them are closed
  std::vector<Dataset> datasets;
};

VectorSources::VectorSources(const std::vector<std::string>& sources) : impl_(std::make_unique<Impl>()) {
  start_gdal();
  const QuietGdal quiet;
  for (const std::string& source : sources) add_source(source);
  if (layers_.empty())
    throw InputError(sources.empty() ? "import" : sources.front(), "", "holds no layer",
                     "Give files with map layers");
}

VectorSources::~VectorSources() {
  layers_.clear();
  impl_->datasets.clear();
}

void VectorSources::add_source(const std::string& source) {
  if (source.starts_with("PG:") || source.starts_with("postgresql://")) return add_database(source);
  require_plain_file(source);
  if (is_zip(source) || is_gzip(source)) return add_archive(source);
  add_file(source, source);
}

void VectorSources::add_archive(const std::string& source) {
  impl_->folders.push_back(std::make_unique<PrivateFolder>());
  const std::size_t before = layers_.size();
  for (const std::string& file : unpack(source, impl_->folders.back()->path())) {
    const std::string ending = lower(std::filesystem::path(file).extension().string());
    const std::string inside = file.substr(impl_->folders.back()->path().size() + 1);
    static constexpr std::string_view kMaps[] = {".gpkg", ".shp", ".geojson", ".json", ".fgb",
                                                 ".csv",  ".tsv", ".sqlite",  ".db",   ".vrt"};
    static constexpr std::string_view kParts[] = {".shx", ".dbf", ".prj", ".cpg",
                                                  ".qix", ".sbn", ".sbx", ".qpj"};
    if (std::find(std::begin(kMaps), std::end(kMaps), ending) != std::end(kMaps))
      add_file(file, source + "/" + inside);
    else if (std::find(std::begin(kParts), std::end(kParts), ending) == std::end(kParts))
      left_aside_.push_back(inside);
  }
  if (layers_.size() == before)
    throw InputError(source, "", "holds no GeoPackage, Shapefile, GeoJSON, FlatGeobuf or CSV",
                     "Give an archive with map files");
}

void VectorSources::add_file(const std::string& path, const std::string& shown_as) {
  VectorFormat format;
  try {
    format = format_of_file(path);
  } catch (const InputError& error) {
    if (path == shown_as) throw;  // from an archive: the message names the private copy
    std::string words = error.what();
    if (words.starts_with(path + ": ")) words.erase(0, path.size() + 2);
    throw InputError(shown_as, "", words, "");
  }
  const std::string absolute =
      std::filesystem::absolute(path).string();  // never taken for a prefix or an address
  const char* const drivers[] = {driver_of(format), nullptr};
  const char* const csv_options[] = {"AUTODETECT_TYPE=NO", "EMPTY_STRING_AS_NULL=YES",
                                     "GEOM_POSSIBLE_NAMES=WKT,wkt,geometry,geom,the_geom", nullptr};
  const char* const gpkg_options[] = {"LIST_ALL_TABLES=NO", nullptr};
  const char* const* options = format == VectorFormat::kCsv          ? csv_options
                               : format == VectorFormat::kGeoPackage ? gpkg_options
                                                                     : nullptr;
  CPLErrorReset();
  Dataset dataset(
      GDALDataset::Open(absolute.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, options, nullptr));
  if (!dataset)
    throw InputError(
        shown_as, "",
        std::string("cannot be opened as ") + driver_of(format) + ": " + gdal_said("GDAL does not say why"),
        "The file is damaged; save it again");
  if (format == VectorFormat::kGeoPackage) refuse_virtual_tables(*dataset, shown_as);
  impl_->datasets.push_back(std::move(dataset));
  add_layers(shown_as);
  if (format != VectorFormat::kGeoPackage) return;
  const auto views =
      names_by(*impl_->datasets.back(), shown_as, "SELECT name FROM sqlite_master WHERE type = 'view'");
  for (VectorLayer& layer : layers_)
    layer.is_view_ |=
        layer.file_ == shown_as && std::find(views.begin(), views.end(), layer.name_) != views.end();
}

void VectorSources::add_database(const std::string& source) {
  if (!postgres_allowed())
    throw InputError("(database)", "",
                     "databases are no sources here, unless the operator of the machine allows them",
                     "Export the layers to a GeoPackage, or set ARTERIAL_POSTGRES=1 in the environment");
  const char* const drivers[] = {"PostgreSQL", nullptr};
  Dataset dataset(
      GDALDataset::Open(source.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, nullptr, nullptr));
  if (!dataset)  // what the server or libpq says may repeat the password
    throw InputError("(database)", "", "cannot be reached with this connection",
                     "Check host, name, user and password");
  impl_->datasets.push_back(std::move(dataset));
  add_layers(without_secrets(source));
}

void VectorSources::add_layers(const std::string& shown_as) {
  GDALDataset& dataset = *impl_->datasets.back();
  const int count = dataset.GetLayerCount();
  if (static_cast<std::uint64_t>(count) + layers_.size() > kMostLayers)
    throw InputError(shown_as, "", "has too many layers", "Give a file with fewer");
  for (int k = 0; k < count; ++k) {
    OGRLayer* from = dataset.GetLayer(k);
    if (!from) continue;
    VectorLayer layer;
    layer.layer_ = from;
    layer.name_ = from->GetName();
    layer.file_ = shown_as;
    layer.shapes_ = shapes_of(*from);
    layer.crs_ = layer.shapes_ == VectorLayer::Shapes::kNone ? "" : crs_of(*from, shown_as, layer.name_);
    const OGRFeatureDefn& definition = *from->GetLayerDefn();
    if (definition.GetFieldCount() > kMostFields)
      throw InputError(shown_as, "layer " + layer.name_, "has too many fields", "Drop some");
    for (int f = 0; f < definition.GetFieldCount(); ++f)
      layer.fields_.emplace_back(definition.GetFieldDefn(f)->GetNameRef());
    layers_.push_back(std::move(layer));
  }
}

const VectorLayer* VectorSources::find(std::string_view name, std::string& why) const {
  const VectorLayer* found = nullptr;
  std::size_t matches = 0;
  for (const VectorLayer& layer : layers_) {
    const std::string full = std::filesystem::path(layer.file_).filename().string() + "/" + layer.name_;
    if (layer.name_ != name && full != name) continue;
    found = found ? found : &layer;
    ++matches;
  }
  if (matches == 1) return found;
  std::string list;
  for (std::size_t k = 0; k < layers_.size() && k < 30; ++k)
    list += (k ? ", " : "") +
            (matches > 1 ? std::filesystem::path(layers_[k].file_).filename().string() + "/" : "") +
            layers_[k].name_;
  why = matches > 1 ? "is in several sources; write one of: " + list : "is in no source; there are: " + list;
  return nullptr;
}

}  // namespace arterial
