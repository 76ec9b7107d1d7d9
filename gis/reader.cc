#include "gis/reader.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gis/gdal_session.h"
#include "gis/gmns_reader.h"
#include "gis/gpkg_street_plan.h"
#include "gis/osm_reader.h"
#include "gis/overrides_file.h"
#include "gis/sumo_reader.h"
#include "gis/tntp_reader.h"
#include "gis/vector_reader.h"
#include "gis/xml_reader.h"
#include "sim/model/network_builder.h"

namespace arterial {
namespace {

struct FoundRoot {
  std::string name;
};

/// Stops at the first element: its name is all that is asked.
class RootHandler : public XmlHandler {
 public:
  void begin(const XmlElement& element) override { throw FoundRoot{std::string(element.name())}; }
};

std::string root_of(const std::string& path) {
  RootHandler handler;
  try {
    read_xml(path, handler);
  } catch (const FoundRoot& root) {
    return root.name;
  }
  return {};
}

std::string first_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw InputError(path, "", std::string("cannot be read (") + std::strerror(errno) + ")",
                     "Correct the path");
  std::string bytes(512, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

SourceKind kind_of_xml(const std::string& path) {
  const std::string root = root_of(path);
  if (root == "net") return SourceKind::kSumoNet;
  if (root == "configuration" || root == "sumoConfiguration") return SourceKind::kSumoConfiguration;
  if (root == "osm") return SourceKind::kOsm;
  if (root == "additional" || root == "add" || root == "routes" || root == "trips")
    return SourceKind::kSumoOther;
  throw InputError(path, "",
                   "an XML file with the root <" + root.substr(0, 40) + "> is no map that can be read",
                   "Give a SUMO .net.xml or .sumocfg, or an OpenStreetMap .osm file");
}

[[noreturn]] void not_yet(const std::string& path, const std::string& what) {
  throw InputError(path, "", what + " cannot be imported yet",
                   "Convert it to OpenStreetMap, a SUMO net or the GeoPackage of street plans");
}

Network network_of(StreetPlan plan, const std::string& path, const ImportOptions& options) {
  BuildOptions build;
  if (!options.overrides.empty())
    build.edits = apply_overrides(read_overrides(options.overrides, plan.crs), plan);
  Network network = build_network(plan, build);
  // What could not be read again must not be written.
  if (const auto faults = faults_in(network); !faults.empty())
    throw InputError(path, "", faults.front(), "Correct that place of the map");
  return network;
}

Network import_street_plan(const std::string& path, SourceKind kind, const ImportOptions& options) {
  StreetPlan plan;
  if (kind == SourceKind::kOsm) {
    OsmOptions osm;
    osm.country = options.country;
    if (options.left_hand >= 0) osm.left_hand = options.left_hand == 1;
    plan = read_osm(path, osm);
  } else if (kind == SourceKind::kGmns || kind == SourceKind::kTntp) {
    plan = kind == SourceKind::kGmns ? read_gmns(path, options.left_hand == 1) : read_tntp(path);
    plan.left_hand = options.left_hand == 1;
    plan.country = options.country;
  } else {
    plan = read_street_plan_gpkg(path);
  }
  return network_of(std::move(plan), path, options);
}

Network import_by_mapping(const std::vector<std::string>& sources, const ImportOptions& options) {
  VectorOptions vector;
  vector.country = options.country;
  if (options.left_hand >= 0) vector.left_hand = options.left_hand == 1;
  const VectorMapping mapping = read_mapping(options.mapping);
  return network_of(read_vector(sources, mapping, vector), sources.front(), options);
}

}  // namespace

const char* name_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kSumoNet: return "SUMO net";
    case SourceKind::kSumoConfiguration: return "SUMO configuration";
    case SourceKind::kOsm: return "OpenStreetMap";
    case SourceKind::kGeoPackage: return "GeoPackage";
    case SourceKind::kGisVector: return "GIS vector data";
    case SourceKind::kGmns: return "GMNS";
    case SourceKind::kTntp: return "TNTP";
    default: return "SUMO additional or route file";
  }
}

SourceKind kind_of_source(const std::string& path) {
  if (path.starts_with("PG:") || path.starts_with("postgresql://"))  // no message repeats a password
    throw InputError("(database)", "", "a database needs a mapping", "Add --mapping FILE (docs/MAPPING.md)");
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status))
    throw InputError(path, "", "the file does not exist or cannot be reached", "Correct the path");
  if (std::filesystem::is_directory(status)) {
    if (std::filesystem::exists(path + "/link.csv") && std::filesystem::exists(path + "/node.csv"))
      return SourceKind::kGmns;
    throw InputError(path, "", "this folder holds no GMNS network (node.csv and link.csv)",
                     "Name a map file");
  }
  if (!std::filesystem::is_regular_file(status))
    throw InputError(path, "", "this is no regular file", "Name a map file");
  const std::string bytes = first_bytes(path);
  const std::string_view start(bytes);
  if (start.empty()) throw InputError(path, "", "the file is empty", "Fetch or write it again");
  if (start.starts_with(std::string_view("SQLite format 3\0", 16))) {
    format_of_file(path);  // refuses SpatiaLite and other databases
    return SourceKind::kGeoPackage;
  }
  if (start.starts_with("PK\3\4")) return SourceKind::kGisVector;
  if (start.starts_with("BZh")) return SourceKind::kOsm;  // .osm.bz2; the reader says if it is not
  if (start.find("OSMHeader") < 32) return SourceKind::kOsm;
  for (const std::string_view name : {".csv.gz", ".tsv.gz", ".geojson.gz", ".gpkg.gz", ".fgb.gz"})
    if (path.ends_with(name)) return SourceKind::kGisVector;
  if (start.starts_with("\x1f\x8b")) return kind_of_xml(path);
  const auto mark =
      start.find_first_not_of(start.starts_with("\xef\xbb\xbf") ? std::string_view("\xef\xbb\xbf \t\r\n")
                                                                : std::string_view(" \t\r\n"));
  for (const std::string_view tntp : {"<NUMBER OF ", "<FIRST THRU NODE>", "<TOTAL OD FLOW>"})
    if (mark != std::string_view::npos && start.substr(mark).starts_with(tntp)) return SourceKind::kTntp;
  if ((mark != std::string_view::npos && start[mark] == '<') || start.starts_with("\xff\xfe") ||
      start.starts_with("\xfe\xff"))
    return kind_of_xml(path);
  if (path.ends_with(".pbf") || path.ends_with(".osm")) return SourceKind::kOsm;
  if (path.ends_with(".tntp")) return SourceKind::kTntp;
  for (const std::string_view name : {".shp", ".geojson", ".json", ".fgb", ".csv", ".gml", ".kml"})
    if (path.ends_with(name)) return SourceKind::kGisVector;
  throw InputError(path, "", "this is no map that can be read",
                   "Give OpenStreetMap (.osm, .osm.pbf), a SUMO net or configuration, a GeoPackage, a GMNS "
                   "folder or a TNTP network");
}

Network import_network(const std::vector<std::string>& sources, const ImportOptions& options) {
  if (!options.mapping.empty() && !sources.empty()) return import_by_mapping(sources, options);
  if (sources.size() != 1)
    throw InputError(sources.empty() ? "import" : sources[1], "", "one source can be imported at a time",
                     "Merge the maps first (for instance with osmium merge); SUMO's additional files go "
                     "after --additional");
  const std::string& path = sources.front();
  const SourceKind kind = kind_of_source(path);
  if (kind != SourceKind::kSumoNet && !options.additional.empty())
    throw InputError(path, "--additional",
                     std::string("only a SUMO net has additional files, this is ") + name_of(kind),
                     "Leave the option out");
  if (kind == SourceKind::kSumoNet && !options.overrides.empty())
    throw InputError(path, "--overrides", "a SUMO net is taken as it is; overrides repair maps of streets",
                     "Leave the option out");
  switch (kind) {
    case SourceKind::kSumoNet: return read_sumo_net(path, options.additional);
    case SourceKind::kOsm:
    case SourceKind::kGmns:
    case SourceKind::kTntp:
    case SourceKind::kGeoPackage: return import_street_plan(path, kind, options);
    case SourceKind::kSumoConfiguration:
      throw InputError(path, "", "a SUMO configuration gives a whole scenario, not one network",
                       "Give a folder: arterial import " + path + " -o FOLDER");
    case SourceKind::kSumoOther:
      throw InputError(path, "", "this SUMO file holds no net",
                       "Give the .net.xml as SOURCE and this file after --additional");
    case SourceKind::kGisVector:
      throw InputError(path, "", "GIS data needs a mapping that says which layer and field means what",
                       "arterial import --suggest-mapping " + path +
                           " -o mapping.yaml writes a first one; then: --mapping mapping.yaml");
    default: not_yet(path, name_of(kind));
  }
}

}  // namespace arterial
