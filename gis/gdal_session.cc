#include "gis/gdal_session.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <cpl_vsi_virtual.h>
#include <gdal_priv.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <mutex>
#include <string_view>
#include <vector>

#include "sim/model/problem.h"

namespace arterial {
namespace {

/// Takes the place of a virtual file system and opens nothing. GDAL forgets the handler whose place is taken;
/// some serve several prefixes, so they are kept and not deleted. The new one keeps no copy of its prefix, so
/// that stays too.
void shut(const char* name) {
  static auto* const replaced = new std::vector<VSIFilesystemHandler*>;
  static auto* const prefixes = new std::deque<std::string>;
  const char* const prefix = prefixes->emplace_back(name).c_str();
  replaced->push_back(VSIFileManager::GetHandler(prefix));
  VSIFilesystemPluginCallbacksStruct* nothing = VSIAllocFilesystemPluginCallbacksStruct();
  nothing->open = [](void*, const char*, const char*) -> void* { return nullptr; };
  nothing->read = [](void*, void*, size_t, size_t) -> size_t { return 0; };
  nothing->seek = [](void*, vsi_l_offset, int) { return -1; };
  nothing->tell = [](void*) -> vsi_l_offset { return 0; };
  nothing->eof = [](void*) { return 1; };
  nothing->close = [](void*) { return 0; };
  nothing->stat = [](void*, const char*, VSIStatBufL*, int) { return -1; };
  VSIInstallPluginHandler(prefix, nothing);
  VSIFreeFilesystemPluginCallbacksStruct(nothing);
}

/// Every virtual file system that GDAL lists, whatever version it is; only /vsimem/ stays, where drivers keep
/// their scratch.
void shut_file_systems() {
  char** prefixes = VSIGetFileSystemsPrefixes();
  for (char** prefix = prefixes; prefix && *prefix; ++prefix)
    if (std::string_view(*prefix) != "/vsimem/" && std::string_view(*prefix).starts_with("/vsi"))
      shut(*prefix);
  CSLDestroy(prefixes);
  shut("/vsicurl?");  // the one that the list leaves out
}

std::string first_bytes(const std::string& path, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw InputError(path, "", std::string("cannot be read (") + std::strerror(errno) + ")",
                     "Check its permissions");
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

std::string ending_of(const std::string& path) {
  const std::size_t dot = path.find_last_of("./");
  if (dot == std::string::npos || path[dot] != '.') return "";
  std::string end = path.substr(dot);
  for (char& c : end) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return end;
}

[[noreturn]] void refuse_xml(const std::string& path, const std::string& head) {
  const bool vrt =
      head.find("VRTDataSource") != std::string::npos || head.find("VRTDataset") != std::string::npos;
  throw InputError(path, "",
                   vrt ? "is a VRT, which makes GDAL open other files and addresses, whatever its name says"
                       : "holds XML, which is no map that comes in through a mapping",
                   vrt ? "Give the data itself (ogr2ogr -f GPKG data.gpkg data.vrt, where you trust it)"
                       : "Save the data as GeoPackage");
}

constexpr std::string_view kSqlite("SQLite format 3\0", 16);

bool says_geopackage(std::string_view head) {
  if (head.size() < 72) return false;
  const std::string_view id = head.substr(68, 4);
  return id == "GPKG" || id == "GP10" || id == "GP11";
}

VectorFormat format_by_content(const std::string& path, const std::string& head, const std::string& ending) {
  const std::string_view bytes(head);
  if (bytes.starts_with(kSqlite)) {
    if (is_spatialite(path))
      throw InputError(
          path, "", "is a SpatiaLite database, which is not read: its tables may run what their author wrote",
          "Convert it where you trust it: ogr2ogr -f GPKG city.gpkg FILE");
    if (!says_geopackage(bytes) && ending != ".gpkg")
      throw InputError(path, "", "is an SQLite database but no GeoPackage", "Save the layers as GeoPackage");
    return VectorFormat::kGeoPackage;
  }
  if (bytes.starts_with(std::string_view("\0\0\x27\x0a", 4))) return VectorFormat::kShapefile;
  if (bytes.starts_with("fgb")) return VectorFormat::kFlatGeobuf;
  const std::string_view blank = "\xef\xbb\xbf \t\r\n";
  const std::size_t text = bytes.find_first_not_of(blank);
  if (text == std::string_view::npos) throw InputError(path, "", "holds nothing", "Fetch or write it again");
  if (bytes[text] == '<') refuse_xml(path, head);
  if (bytes[text] == '{') return VectorFormat::kGeoJson;
  if ((ending == ".csv" || ending == ".tsv") && bytes.find('\0') == std::string_view::npos)
    return VectorFormat::kCsv;
  throw InputError(path, "", "is no GeoPackage, Shapefile, GeoJSON, FlatGeobuf or CSV",
                   "Save the layers as GeoPackage");
}

/// A file of that ending holds this and nothing else.
std::optional<VectorFormat> promised_by(const std::string& ending) {
  if (ending == ".gpkg") return VectorFormat::kGeoPackage;
  if (ending == ".shp") return VectorFormat::kShapefile;
  if (ending == ".geojson" || ending == ".json") return VectorFormat::kGeoJson;
  if (ending == ".fgb") return VectorFormat::kFlatGeobuf;
  if (ending == ".csv" || ending == ".tsv") return VectorFormat::kCsv;
  return std::nullopt;
}

std::uint32_t big_endian(std::string_view b, std::size_t at) {
  const auto byte = [&](std::size_t k) { return std::uint32_t{static_cast<unsigned char>(b[at + k])}; };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

/// The header says how long a shapefile is: one that was cut off is known before its records are read.
void check_shapefile(const std::string& path, const std::string& head) {
  struct stat info;
  if (head.size() < 100 || stat(path.c_str(), &info) != 0 ||
      std::uint64_t{big_endian(head, 24)} * 2 > static_cast<std::uint64_t>(info.st_size))
    throw InputError(path, "", "is shorter than its header says", "It was cut off: fetch or export it again");
  const std::string base = path.substr(0, path.size() - ending_of(path).size());
  for (const char* part : {".shx", ".SHX"})
    if (stat((base + part).c_str(), &info) == 0) return;
  throw InputError(path, "", "has no .shx file beside it",
                   "A shapefile is .shp, .shx and .dbf together (and .prj, for its reference system)");
}

}  // namespace

bool postgres_allowed() {
  const char* said = std::getenv("ARTERIAL_POSTGRES");
  return said && std::string_view(said) == "1";
}

void start_gdal() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::vector<std::string_view> allowed{"GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "CSV", "Memory"};
    if (postgres_allowed()) allowed.push_back("PostgreSQL");
    CPLSetConfigOption("GDAL_DRIVER_PATH", "disable");
    CPLSetConfigOption("GDAL_PYTHON_DRIVER_PATH", "disable");
    CPLSetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO");
    CPLSetConfigOption("OGR_SQLITE_LOAD_EXTENSIONS", nullptr);
    GDALAllRegister();
    GDALDriverManager& drivers = *GetGDALDriverManager();
    for (int k = drivers.GetDriverCount() - 1; k >= 0; --k) {
      GDALDriver* driver = drivers.GetDriver(k);
      if (std::find(allowed.begin(), allowed.end(), std::string_view(driver->GetDescription())) !=
          allowed.end())
        continue;
      drivers.DeregisterDriver(driver);
      delete driver;
    }
    shut_file_systems();
  });
}

void require_plain_file(const std::string& path) {
  const bool odd = path.empty() || path.find('\0') != std::string::npos || path.starts_with("/vsi") ||
                   path.find("://") != std::string::npos || path.starts_with("GPKG:");
  if (odd)
    throw InputError(path.empty() ? "(no name)" : path, "", "not the name of a file",
                     "Give the path of a file on this machine");
  struct stat info;
  if (stat(path.c_str(), &info) != 0) throw InputError(path, "", std::strerror(errno), "Check the path");
  if (!S_ISREG(info.st_mode))
    throw InputError(path, "", "not a regular file", "Give the path of a file on this machine");
}

const char* driver_of(VectorFormat format) {
  switch (format) {
    case VectorFormat::kGeoPackage: return "GPKG";
    case VectorFormat::kShapefile: return "ESRI Shapefile";
    case VectorFormat::kGeoJson: return "GeoJSON";
    case VectorFormat::kFlatGeobuf: return "FlatGeobuf";
    default: return "CSV";
  }
}

bool is_spatialite(const std::string& path) {
  // The first page lists the tables; SpatiaLite makes its own first.
  const std::string head = first_bytes(path, 64 << 10);
  const std::string_view bytes(head);
  return bytes.starts_with(kSqlite) && !says_geopackage(bytes) &&
         (bytes.find("spatialite_history") != std::string_view::npos ||
          (bytes.find("geometry_columns") != std::string_view::npos &&
           bytes.find("gpkg_contents") == std::string_view::npos));
}

VectorFormat format_of_file(const std::string& path) {
  require_plain_file(path);
  const std::string head = first_bytes(path, 4096), ending = ending_of(path);
  const VectorFormat format = format_by_content(path, head, ending);
  if (const auto promised = promised_by(ending); promised && *promised != format)
    throw InputError(path, "",
                     std::string("is named as ") + driver_of(*promised) + " and holds " + driver_of(format),
                     "Rename it, or check where it comes from");
  if (format == VectorFormat::kShapefile) check_shapefile(path, head);
  return format;
}

}  // namespace arterial
