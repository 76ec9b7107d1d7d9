#include <cpl_conv.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "gis/gdal_owners.h"
#include "gis/gdal_session.h"
#include "gis/gpkg_plan_words.h"
#include "gis/gpkg_street_plan.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

using namespace gpkg_plan;

std::string access_words(ClassMask mask) {
  if (mask == kAllRoadClasses) return "all";
  if (mask == kMotorClasses) return "motor";
  std::string words;
  for (unsigned c = 0; c < static_cast<unsigned>(VehicleClass::kCount); ++c)
    if (mask >> c & 1) words += (words.empty() ? "" : ",") + std::string(kVehicleClassNames[c]);
  return words.empty() ? "none" : words;
}

std::string turn_words(const std::vector<std::uint8_t>& lanes) {
  std::string words;
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    if (lane) words += '|';
    bool first = true;
    for (std::size_t turn = 0; turn < std::size(kTurns); ++turn) {
      if (!(lanes[lane] >> turn & 1)) continue;
      if (!first) words += '+';
      words += kTurns[turn];
      first = false;
    }
    if (first) words += "none";
  }
  return words;
}

class PlanFile {
 public:
  PlanFile(const StreetPlan& plan, const std::string& path)
      : plan_(plan), path_(path), part_(path + ".part.gpkg") {}
  ~PlanFile() {
    dataset_.reset();
    if (!done_) std::remove(part_.c_str());
  }

  void write() {
    std::remove(part_.c_str());
    CPLSetThreadLocalConfigOption("OGR_SQLITE_SYNCHRONOUS", "OFF");  // one fsync at the end instead of many
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z");  // same plan, same bytes
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GPKG");
    if (!driver) fail("this build of GDAL has no GeoPackage driver");
    dataset_.reset(driver->Create(part_.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    if (!dataset_) fail("cannot be created");
    set_crs();
    if (dataset_->StartTransaction() != OGRERR_NONE) fail("no transaction");
    write_nodes();
    write_roads();
    write_restrictions();
    write_areas();
    write_facts();
    if (dataset_->CommitTransaction() != OGRERR_NONE) fail("cannot be written");
    if (GDALFlushCache(dataset_.get()); CPLGetLastErrorType() == CE_Failure) fail("cannot be written");
    dataset_.reset();
    if (CPLGetLastErrorType() == CE_Failure) fail("cannot be written");
    publish();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(path_, "", gdal_said(what), "Check that the folder exists, is writable and has room");
  }

  void set_crs() {
    if (plan_.crs.empty()) return;
    crs_.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    int code = 0;
    OGRErr error = OGRERR_NONE;
    if (plan_.crs.starts_with("EPSG:")) {
      std::from_chars(plan_.crs.data() + 5, plan_.crs.data() + plan_.crs.size(), code);
      error = crs_.importFromEPSG(code);
    } else {
      error = crs_.importFromWkt(plan_.crs.c_str());
    }
    if (error != OGRERR_NONE)
      fail("the coordinate reference system " + plan_.crs.substr(0, 80) + " is not known");
    has_crs_ = true;
  }

  OGRLayer& layer(const char* name, OGRwkbGeometryType type,
                  std::initializer_list<std::pair<const char*, OGRFieldType>> fields) {
    OGRLayer* made =
        dataset_->CreateLayer(name, has_crs_ && type != wkbNone ? &crs_ : nullptr, type, nullptr);
    if (!made) fail(std::string("no layer ") + name);
    for (const auto& [field, kind] : fields) {
      OGRFieldDefn definition(field, kind);
      if (made->CreateField(&definition) != OGRERR_NONE) fail(std::string("no field ") + field);
    }
    return *made;
  }

  void add(OGRLayer& layer, OGRFeature& feature) {
    feature.SetFID(OGRNullFID);
    if (layer.CreateFeature(&feature) != OGRERR_NONE) fail("cannot be written");
  }

  void write_nodes() {
    OGRLayer& nodes = layer("nodes", wkbPoint,
                            {{"id", OFTString}, {"control", OFTString}, {"control_direction", OFTInteger}});
    OGRFeature feature(nodes.GetLayerDefn());
    for (const PlanNode& node : plan_.nodes) {
      feature.SetField(0, node.id.c_str());
      feature.SetField(1, std::string(kControls[static_cast<int>(node.control)]).c_str());
      feature.SetField(2, node.control_direction);
      OGRPoint at(node.at.x, node.at.y);
      feature.SetGeometry(&at);
      add(nodes, feature);
    }
  }

  void write_roads() {
    OGRLayer& roads = layer("roads", wkbLineString,
                            {{"id", OFTString},
                             {"name", OFTString},
                             {"class", OFTString},
                             {"level", OFTInteger},
                             {"roundabout", OFTInteger},
                             {"lane_width_m", OFTReal},
                             {"lanes_forward", OFTInteger},
                             {"speed_mps_forward", OFTReal},
                             {"access_forward", OFTString},
                             {"turns_forward", OFTString},
                             {"lane_access_forward", OFTString},
                             {"capacity_vph_forward", OFTReal},
                             {"lanes_guessed_forward", OFTInteger},
                             {"speed_guessed_forward", OFTInteger},
                             {"lanes_backward", OFTInteger},
                             {"speed_mps_backward", OFTReal},
                             {"access_backward", OFTString},
                             {"turns_backward", OFTString},
                             {"lane_access_backward", OFTString},
                             {"capacity_vph_backward", OFTReal},
                             {"lanes_guessed_backward", OFTInteger},
                             {"speed_guessed_backward", OFTInteger}});
    OGRFeature feature(roads.GetLayerDefn());
    for (const PlanRoad& road : plan_.roads) {
      feature.SetField(0, road.id.c_str());
      feature.SetField(1, road.name.c_str());
      feature.SetField(2, std::string(kClasses[static_cast<int>(road.road_class)]).c_str());
      feature.SetField(3, road.level);
      feature.SetField(4, road.roundabout ? 1 : 0);
      feature.SetField(5, road.lane_width_m);
      for (int against = 0; against < 2; ++against) {
        const PlanDirection& d = against ? road.backward : road.forward;
        const int first = 6 + 8 * against;
        std::string lane_access;
        for (std::size_t k = 0; k < d.lane_allowed.size(); ++k)
          lane_access += (k ? "|" : "") + access_words(d.lane_allowed[k]);
        feature.SetField(first, d.lanes);
        feature.SetField(first + 1, d.speed_mps);
        feature.SetField(first + 2, access_words(d.allowed).c_str());
        feature.SetField(first + 3, turn_words(d.turns).c_str());
        feature.SetField(first + 4, lane_access.c_str());
        feature.SetField(first + 5, d.capacity_vph);
        feature.SetField(first + 6, d.lanes_guessed ? 1 : 0);
        feature.SetField(first + 7, d.speed_guessed ? 1 : 0);
      }
      OGRLineString line;
      line.setNumPoints(static_cast<int>(road.nodes.size()), FALSE);
      for (std::size_t k = 0; k < road.nodes.size(); ++k) {
        const Point& p = plan_.nodes[road.nodes[k]].at;
        line.setPoint(static_cast<int>(k), p.x, p.y);
      }
      feature.SetGeometry(&line);
      add(roads, feature);
    }
  }

  void write_restrictions() {
    OGRLayer& table = layer("restrictions", wkbNone,
                            {{"id", OFTString},
                             {"kind", OFTString},
                             {"from_road", OFTString},
                             {"via_nodes", OFTString},
                             {"via_roads", OFTString},
                             {"to_road", OFTString},
                             {"except", OFTString}});
    OGRFeature feature(table.GetLayerDefn());
    for (const TurnRestriction& r : plan_.restrictions) {
      std::string nodes, roads;
      for (std::uint32_t n : r.via_nodes) nodes += (nodes.empty() ? "" : " ") + plan_.nodes[n].id;
      for (std::uint32_t n : r.via_roads) roads += (roads.empty() ? "" : " ") + plan_.roads[n].id;
      feature.SetField(0, r.id.c_str());
      feature.SetField(1, r.only ? "only" : "no");
      feature.SetField(2, plan_.roads[r.from_road].id.c_str());
      feature.SetField(3, nodes.c_str());
      feature.SetField(4, roads.c_str());
      feature.SetField(5, plan_.roads[r.to_road].id.c_str());
      feature.SetField(6, access_words(r.except).c_str());
      add(table, feature);
    }
  }

  static OGRPolygon polygon_of(const std::vector<Point>& ring) {
    OGRLinearRing line;
    line.setNumPoints(static_cast<int>(ring.size()), FALSE);
    for (std::size_t k = 0; k < ring.size(); ++k) line.setPoint(static_cast<int>(k), ring[k].x, ring[k].y);
    line.closeRings();
    OGRPolygon polygon;
    polygon.addRing(&line);
    return polygon;
  }

  void write_areas() {
    OGRLayer& zones =
        layer("zones", wkbPolygon,
              {{"id", OFTString}, {"name", OFTString}, {"residents", OFTReal}, {"jobs", OFTReal}});
    OGRFeature zone(zones.GetLayerDefn());
    for (const StreetPlan::PlanZone& z : plan_.zones) {
      zone.SetField(0, z.id.c_str());
      zone.SetField(1, z.name.c_str());
      zone.SetField(2, z.residents);
      zone.SetField(3, z.jobs);
      OGRPolygon polygon = polygon_of(z.ring);
      zone.SetGeometry(z.ring.size() >= 3 ? &polygon : nullptr);
      add(zones, zone);
    }
    OGRLayer& buildings = layer("buildings", wkbPolygon, {{"height_m", OFTReal}});
    OGRFeature building(buildings.GetLayerDefn());
    for (const StreetPlan::PlanBuilding& b : plan_.buildings) {
      if (b.outline.size() < 3) continue;
      building.SetField(0, static_cast<double>(b.height_m));
      OGRPolygon polygon = polygon_of(b.outline);
      building.SetGeometry(&polygon);
      add(buildings, building);
    }
    OGRLayer& water = layer("water", wkbPolygon, {});
    OGRFeature pool(water.GetLayerDefn());
    for (const std::vector<Point>& ring : plan_.water) {
      if (ring.size() < 3) continue;
      OGRPolygon polygon = polygon_of(ring);
      pool.SetGeometry(&polygon);
      add(water, pool);
    }
  }

  void write_facts() {
    OGRLayer& table = layer("street_plan", wkbNone, {{"key", OFTString}, {"value", OFTString}});
    OGRFeature feature(table.GetLayerDefn());
    for (const auto& [key, value] : {std::pair<const char*, std::string>{"format", std::string(kFormat)},
                                     {"name", plan_.name},
                                     {"source", plan_.source},
                                     {"licence", plan_.licence},
                                     {"attribution", plan_.attribution},
                                     {"left_hand", plan_.left_hand ? "yes" : "no"},
                                     {"country", plan_.country}}) {
      feature.SetField(0, key);
      feature.SetField(1, value.c_str());
      add(table, feature);
    }
  }

  void publish() {
    const int descriptor = open(part_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool flushed = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0) close(descriptor);
    if (!flushed || std::rename(part_.c_str(), path_.c_str()) != 0) fail(std::strerror(errno));
    done_ = true;
  }

  const StreetPlan& plan_;
  std::string path_, part_;
  Dataset dataset_;
  OGRSpatialReference crs_;
  bool has_crs_ = false, done_ = false;
};

}  // namespace

void write_street_plan_gpkg(const StreetPlan& plan, const std::string& path) {
  check_output_path(path);
  start_gdal();
  const QuietGdal quiet;
  PlanFile(plan, path).write();
}

}  // namespace arterial
