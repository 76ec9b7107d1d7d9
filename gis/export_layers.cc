#include "gis/export_layers.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <fcntl.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "gis/export_styles.h"
#include "gis/gdal_owners.h"
#include "gis/gdal_session.h"
#include "gis/projection.h"
#include "gis/text_output.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

OGRwkbGeometryType ogr_type(GeometryKind kind) {
  switch (kind) {
    case GeometryKind::kPoint: return wkbPoint;
    case GeometryKind::kLine: return wkbLineString;
    case GeometryKind::kPolygon: return wkbPolygon;
    default: return wkbNone;
  }
}

const char* driver_of(LayerFormat format) {
  switch (format) {
    case LayerFormat::kGeoPackage: return "GPKG";
    case LayerFormat::kFlatGeobuf: return "FlatGeobuf";
    case LayerFormat::kGeoJson: return "GeoJSON";
    default: return "CSV";
  }
}

const char* ending_of(LayerFormat format) {
  switch (format) {
    case LayerFormat::kGeoPackage: return ".gpkg";
    case LayerFormat::kFlatGeobuf: return ".fgb";
    case LayerFormat::kGeoJson: return ".geojson";
    default: return ".csv";
  }
}

class LayerFile {
 public:
  LayerFile(const LayerSource& source, const std::string& path, LayerFormat format)
      : source_(source), path_(path), part_(part_of(path, format)), format_(format) {
    remove_part();
    CPLSetThreadLocalConfigOption("OGR_SQLITE_SYNCHRONOUS", "OFF");                 // one fsync at the end
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z");  // same data, same bytes
    const std::string wkt = wkt_of_crs(source.crs);
    if (!wkt.empty() && crs_.importFromWkt(wkt.c_str()) == OGRERR_NONE) {
      crs_.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
      has_crs_ = true;
    }
    if (format == LayerFormat::kGeoJson) prepare_wgs84();
  }
  ~LayerFile() {
    dataset_.reset();
    if (!done_) remove_part();
  }
  LayerFile(const LayerFile&) = delete;
  LayerFile& operator=(const LayerFile&) = delete;

  void write(const std::vector<const VectorLayer*>& layers) {
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(driver_of(format_));
    if (driver == nullptr) fail("this build of GDAL cannot write " + std::string(driver_of(format_)));
    dataset_.reset(driver->Create(part_.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    if (!dataset_) fail("cannot be created");
    const bool transacts = dataset_->TestCapability(ODsCTransactions) != 0;
    if (transacts && dataset_->StartTransaction() != OGRERR_NONE) fail("no transaction");
    for (const auto* layer : layers) write_layer(*layer);
    if (format_ == LayerFormat::kGeoPackage) write_styles(layers);
    if (transacts && dataset_->CommitTransaction() != OGRERR_NONE) fail("cannot be written");
    // Errors of the last flush show only when the file is closed.
    CPLErrorReset();
    GDALFlushCache(dataset_.get());
    dataset_.reset();
    if (CPLGetLastErrorType() == CE_Failure || CPLGetLastErrorType() == CE_Fatal)
      fail("cannot be written to the end");
    publish(qgis_style(*layers.front()));
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    std::string said = CPLGetLastErrorMsg();
    if (said.size() > 160) said = said.substr(0, 160) + "...";
    const std::string words = said.empty() ? what : what + " (GDAL: " + said + ")";
    throw InputError(path_, "", words, "Check that the folder exists, is writable and has room");
  }

  /// Whose data it is, and where it came from. FlatGeobuf and CSV have no place for it: a text file goes
  /// beside them.
  std::string credit(const char* between) const {
    std::string words = source_.attribution;
    const auto add = [&](const char* gap, const char* what, const std::string& text) {
      if (text.empty()) return;
      if (!words.empty()) words += gap;
      words.append(what).append(text);
    };
    add(", ", "", source_.licence);
    if (!source_.source.empty()) add(between, "Source: ", source_.source);
    return words;
  }

  /// GDAL's GeoJSON does not notice a full disk, so what is written from first to last grows in memory.
  static std::string part_of(const std::string& path, LayerFormat format) {
    return format == LayerFormat::kGeoPackage ? path + ".part.gpkg"
                                              : std::string("/vsimem/arterial_layer") + ending_of(format);
  }

  void remove_part() const {
    if (format_ == LayerFormat::kGeoPackage)  // and its journal
      for (const char* ending : {"", "-journal", "-wal", "-shm"}) std::remove((part_ + ending).c_str());
    else
      VSIUnlink(part_.c_str());
  }

  void prepare_wgs84() {
    wgs84_.importFromEPSG(4326);
    wgs84_.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    if (!has_crs_) return;  // written without geometry: a place in unknown metres is no place on earth
    to_wgs84_.reset(OGRCreateCoordinateTransformation(&crs_, &wgs84_));
  }

  OGRLayer* create_layer(const VectorLayer& layer) {
    char** options = nullptr;
    const bool spatial = layer.geometry.kind != GeometryKind::kNone;
    if (format_ == LayerFormat::kCsv) options = CSLSetNameValue(options, "STRING_QUOTING", "IF_NEEDED");
    if (format_ == LayerFormat::kCsv && spatial) options = CSLSetNameValue(options, "GEOMETRY", "AS_WKT");
    if (format_ == LayerFormat::kGeoJson) {
      options = CSLSetNameValue(options, "RFC7946", "YES");
      if (const auto words = credit(". "); !words.empty())
        options = CSLSetNameValue(options, "DESCRIPTION", words.c_str());
    }
    if (format_ == LayerFormat::kGeoPackage) {
      options = CSLSetNameValue(options, "DESCRIPTION", layer.description.c_str());
      if (!spatial) options = CSLSetNameValue(options, "ASPATIAL_VARIANT", "GPKG_ATTRIBUTES");
    }
    OGRSpatialReference* reference = format_ == LayerFormat::kGeoJson ? &wgs84_ : has_crs_ ? &crs_ : nullptr;
    OGRLayer* made = dataset_->CreateLayer(layer.name.c_str(), spatial ? reference : nullptr,
                                           ogr_type(layer.geometry.kind), options);
    CSLDestroy(options);
    if (made == nullptr) fail("layer " + layer.name + " cannot be created");
    for (const auto& column : layer.columns) {
      const auto type = column.values.index() == 0   ? OFTReal
                        : column.values.index() == 1 ? OFTInteger64
                                                     : OFTString;
      OGRFieldDefn field(column.name.c_str(), type);
      if (made->CreateField(&field) != OGRERR_NONE) fail("column " + column.name + " cannot be created");
    }
    return made;
  }

  void write_layer(const VectorLayer& layer) {
    OGRLayer* made = create_layer(layer);
    if (format_ == LayerFormat::kGeoPackage) {
      made->SetMetadataItem("source", source_.source.c_str());
      made->SetMetadataItem("attribution", source_.attribution.c_str());
      made->SetMetadataItem("licence", source_.licence.c_str());
    }
    const std::size_t rows = layer.rows();
    for (std::size_t row = 0; row < rows; ++row) {
      std::unique_ptr<OGRFeature, DropFeature> feature(OGRFeature::CreateFeature(made->GetLayerDefn()));
      for (std::size_t c = 0; c < layer.columns.size(); ++c)
        set_field(*feature, static_cast<int>(c), layer.columns[c], row);
      if (OGRGeometry* geometry = geometry_of(layer.geometry, row)) feature->SetGeometryDirectly(geometry);
      if (made->CreateFeature(feature.get()) != OGRERR_NONE) fail("cannot be written to the end");
    }
  }

  void set_field(OGRFeature& feature, int index, const LayerColumn& column, std::size_t row) const {
    if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
      if (std::isfinite((*numbers)[row])) {
        feature.SetField(index, (*numbers)[row]);
      } else {
        feature.SetFieldNull(index);
      }
    } else if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values)) {
      feature.SetField(index, static_cast<GIntBig>((*whole)[row]));
    } else {
      const std::string& text = std::get<std::vector<std::string>>(column.values)[row];
      feature.SetField(index, format_ == LayerFormat::kCsv ? gis::no_formula(text).c_str() : text.c_str());
    }
  }

  /// The table that QGIS looks for styles in, by its names.
  void write_styles(const std::vector<const VectorLayer*>& layers) {
    VectorLayer styles;
    styles.name = "layer_styles";
    styles.description = "Styles, as QGIS keeps them";
    std::vector<std::string> names, geometries, texts;
    for (const auto* layer : layers) {
      std::string style = qgis_style(*layer);
      if (style.empty()) continue;
      names.push_back(layer->name), geometries.emplace_back("geom"), texts.push_back(std::move(style));
    }
    if (names.empty()) return;
    const std::vector<std::string> nothing(names.size());
    styles.columns = {{"f_table_catalog", nothing},
                      {"f_table_schema", nothing},
                      {"f_table_name", names},
                      {"f_geometry_column", std::move(geometries)},
                      {"styleName", names},
                      {"styleQML", std::move(texts)},
                      {"styleSLD", nothing},
                      {"useAsDefault", std::vector<std::int64_t>(names.size(), 1)},
                      {"description", std::vector<std::string>(names.size(), "By Arterial")},
                      {"owner", nothing},
                      {"ui", nothing},
                      {"update_time", std::vector<std::string>(names.size(), "2000-01-01T00:00:00.000Z")}};
    write_layer(styles);
  }

  Point placed(Point local) const {
    Point p{local.x - source_.offset_x_m, local.y - source_.offset_y_m};
    if (to_wgs84_ && !to_wgs84_->Transform(1, &p.x, &p.y)) p.x = std::nan("");
    return p;
  }

  /// Nothing where a row has no place, or one that is not on earth.
  OGRGeometry* geometry_of(const LayerGeometry& geometry, std::size_t row) const {
    if (geometry.kind == GeometryKind::kNone) return nullptr;
    if (format_ == LayerFormat::kGeoJson && !to_wgs84_) return nullptr;
    const std::size_t first = geometry.first[row], last = geometry.first[row + 1];
    const std::size_t least = geometry.kind == GeometryKind::kPoint  ? 1
                              : geometry.kind == GeometryKind::kLine ? 2
                                                                     : 3;
    if (last - first < least) return nullptr;
    auto line = std::make_unique<OGRLinearRing>();
    for (std::size_t i = first; i < last; ++i) {
      const Point p = placed(geometry.points[i]);
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) return nullptr;
      if (geometry.kind == GeometryKind::kPoint) return new OGRPoint(p.x, p.y);
      line->addPoint(p.x, p.y);
    }
    if (geometry.kind == GeometryKind::kLine) {
      auto* string = new OGRLineString();
      string->addSubLineString(line.get());
      return string;
    }
    line->closeRings();
    auto* polygon = new OGRPolygon();
    polygon->addRingDirectly(line.release());
    return polygon;
  }

  void publish(const std::string& style) {
    if (format_ == LayerFormat::kGeoPackage) {
      const int descriptor = ::open(part_.c_str(), O_RDONLY | O_CLOEXEC);
      const bool flushed = descriptor >= 0 && ::fsync(descriptor) == 0;
      if (descriptor >= 0) ::close(descriptor);
      CPLErrorReset();
      if (!flushed || std::rename(part_.c_str(), path_.c_str()) != 0) fail(std::strerror(errno));
    } else {
      vsi_l_offset size = 0;
      const GByte* bytes = VSIGetMemFileBuffer(part_.c_str(), &size, FALSE);
      if (bytes == nullptr) fail("cannot be created");
      write_file_atomically(path_, {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
      remove_part();
    }
    done_ = true;
    const bool has_place = format_ == LayerFormat::kGeoPackage || format_ == LayerFormat::kGeoJson;
    if (const auto words = credit("\n"); !has_place && !words.empty())
      write_file_atomically(path_ + ".attribution.txt", words + "\n");
    if (format_ != LayerFormat::kCsv && !style.empty())
      write_file_atomically(std::filesystem::path(path_).replace_extension(".qml").string(), style);
  }

  const LayerSource& source_;
  std::string path_, part_;
  LayerFormat format_;
  OGRSpatialReference crs_, wgs84_;
  std::unique_ptr<OGRCoordinateTransformation> to_wgs84_;
  Dataset dataset_;
  bool has_crs_ = false, done_ = false;
};

std::string stem_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.find_last_of('.'));
}

const VectorLayer* find_layer(const std::vector<VectorLayer>& layers, const std::string& name) {
  for (const auto& layer : layers)
    if (layer.name == name) return &layer;
  return nullptr;
}

}  // namespace

LayerSource layer_source(const Network& network) {
  return {network.crs,         network.offset_x_m, network.offset_y_m, network.name,
          network.attribution, network.licence,    network.source};
}

LayerFormat layer_format(const std::string& path) {
  if (path.ends_with(".gpkg")) return LayerFormat::kGeoPackage;
  if (path.ends_with(".fgb")) return LayerFormat::kFlatGeobuf;
  if (path.ends_with(".geojson") || path.ends_with(".json")) return LayerFormat::kGeoJson;
  if (path.ends_with(".csv")) return LayerFormat::kCsv;
  throw InputError(path, "", "has an ending that is no known format",
                   "Use .gpkg, .fgb, .geojson or .csv, or name the format with --format");
}

std::optional<LayerFormat> layer_format_named(std::string_view name) {
  if (name == "gpkg") return LayerFormat::kGeoPackage;
  if (name == "fgb") return LayerFormat::kFlatGeobuf;
  if (name == "geojson") return LayerFormat::kGeoJson;
  if (name == "csv") return LayerFormat::kCsv;
  return std::nullopt;
}

void write_layers(const std::vector<VectorLayer>& layers, const LayerSource& source, const std::string& path,
                  const std::string& layer, std::optional<LayerFormat> stated) {
  const LayerFormat format = stated ? *stated : layer_format(path);
  check_output_path(path);
  start_gdal();
  const QuietGdal quiet;
  std::vector<const VectorLayer*> chosen;
  if (!layer.empty()) {
    chosen.push_back(find_layer(layers, layer));
    if (chosen[0] == nullptr) {
      std::string names;
      for (const auto& known : layers) names += (names.empty() ? "" : ", ") + known.name;
      throw InputError(path, "--layer " + layer, "there is no such layer", "It may be " + names);
    }
  } else if (format == LayerFormat::kGeoPackage) {
    for (const auto& each : layers) chosen.push_back(&each);
  } else {
    const auto* named = find_layer(layers, stem_of(path));
    chosen.push_back(named != nullptr ? named : &layers.at(0));
  }
  LayerFile(source, path, format).write(chosen);
}

std::vector<std::string> write_layer_folder(const std::vector<VectorLayer>& layers, const LayerSource& source,
                                            const std::string& folder, LayerFormat format) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder))
    throw InputError(folder, "", "cannot be made a folder", "Choose another place with -o");
  std::vector<std::string> written;
  const auto write = [&](const std::string& name, const std::string& layer) {
    written.push_back((std::filesystem::path(folder) / (name + ending_of(format))).string());
    write_layers(layers, source, written.back(), layer, format);
  };
  if (format == LayerFormat::kGeoPackage) {
    std::string name;  // of a file, whatever the map is called
    for (const char c : source.name)
      name += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '_';
    write(name.empty() ? "network" : name.substr(0, 100), "");
    return written;
  }
  for (const VectorLayer& layer : layers)
    if (layer.rows() > 0) write(layer.name, layer.name);
  return written;
}

}  // namespace arterial
