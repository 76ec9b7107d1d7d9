#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <unordered_map>

#include "gis/gdal_owners.h"
#include "gis/gdal_session.h"
#include "gis/gpkg_plan_words.h"
#include "gis/gpkg_street_plan.h"
#include "gis/gpkg_tables.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

using namespace gpkg_plan;

constexpr std::uint64_t kMostFeatures = 20'000'000, kMostVertices = 100'000'000;
constexpr int kMostVerticesOfOne = 200'000;
constexpr std::size_t kMostText = 4096;
constexpr double kMostCoordinate = 1e8;

template <std::size_t N>
int index_in(const std::string_view (&words)[N], std::string_view word) {
  for (std::size_t k = 0; k < N; ++k)
    if (words[k] == word) return static_cast<int>(k);
  return -1;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(by, from);
    parts.push_back(text.substr(from, to == text.npos ? text.npos : to - from));
    if (to == text.npos) return parts;
    from = to + 1;
  }
}

struct PlaceHash {
  std::size_t operator()(const std::pair<double, double>& p) const {
    std::uint64_t a, b;
    std::memcpy(&a, &p.first, 8);
    std::memcpy(&b, &p.second, 8);
    a ^= b * 0x9e3779b97f4a7c15ull;
    a = (a ^ (a >> 31)) * 0xbf58476d1ce4e5b9ull;
    return static_cast<std::size_t>(a ^ (a >> 29));
  }
};

class PlanReader {
 public:
  explicit PlanReader(const std::string& path) : path_(path) {}

  StreetPlan read() {
    open_file();
    read_facts();
    read_nodes();
    read_roads();
    read_restrictions();
    read_areas();
    return std::move(plan_);
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what, const std::string& remedy) const {
    throw InputError(path_, place, what, remedy);
  }

  void open_file() {
    require_plain_file(path_);
    char magic[16] = {};
    std::ifstream(path_, std::ios::binary).read(magic, sizeof magic);
    if (std::string_view(magic, 15) != "SQLite format 3")
      fail("", "is no GeoPackage (it does not begin as an SQLite file)", "Save the layers as GeoPackage");
    const char* const drivers[] = {"GPKG", nullptr};
    const char* const options[] = {"LIST_ALL_TABLES=NO", nullptr};
    dataset_.reset(
        GDALDataset::Open(path_.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, options, nullptr));
    if (!dataset_)
      fail("", "cannot be opened as a GeoPackage: " + gdal_said("GDAL does not say why"),
           "Save the layers as GeoPackage");
    refuse_virtual_tables(*dataset_, path_);
    static constexpr std::string_view kLayers[] = {"nodes",     "roads", "restrictions", "zones",
                                                   "buildings", "water", "street_plan"};
    for (const std::string& view : views_in(*dataset_, path_))
      if (index_in(kLayers, view) >= 0)
        fail("table " + view, "is a view, which is not accepted", "Save the layers as plain tables");
  }

  /// Features in the order of their row numbers.
  template <class Take>
  void each(const char* name, bool needed, Take&& take) {
    OGRLayer* layer = dataset_->GetLayerByName(name);
    if (!layer) {
      if (needed)
        fail("", std::string("has no layer '") + name + "'",
             "docs/IMPORT.md lists the layers and fields of a street plan; other GeoPackages need --mapping");
      return;
    }
    if (layer->GetGeomType() != wkbNone) check_crs(*layer, name);
    const GIntBig said = layer->GetFeatureCount();
    if (said > static_cast<GIntBig>(kMostFeatures))
      fail(std::string("layer ") + name,
           "has " + std::to_string(said) + " features; the most is " + std::to_string(kMostFeatures),
           "Import a smaller area");
    layer_name_ = name;
    GIntBig last = -1;
    std::uint64_t count = 0;
    layer->ResetReading();
    while (Feature f{layer->GetNextFeature()}) {
      if (++count > kMostFeatures)
        fail(std::string("layer ") + name, "has too many features", "Import a smaller area");
      if (f->GetFID() < last)
        fail(std::string("layer ") + name, "its rows do not come in order", "Save the layer again");
      last = f->GetFID();
      feature_ = f.get();
      take();
    }
    feature_ = nullptr;
    if (CPLGetLastErrorType() == CE_Failure)
      fail(std::string("layer ") + name, "cannot be read to its end: " + gdal_said(""),
           "The file is damaged; save it again");
  }

  void check_crs(const OGRLayer& layer, const char* name) {
    const OGRSpatialReference* crs = const_cast<OGRLayer&>(layer).GetSpatialRef();
    std::string words;
    if (crs && !crs->IsLocal()) {
      if (crs->IsGeographic())
        fail(std::string("layer ") + name, "has coordinates in degrees",
             "Reproject it to a metric coordinate reference system, for instance the UTM zone of the place");
      const char* authority = crs->GetAuthorityName(nullptr);
      const char* code = crs->GetAuthorityCode(nullptr);
      if (authority && code && std::string_view(authority) == "EPSG") {
        words = "EPSG:" + std::string(code);
      } else if (std::string_view(crs->GetName() ? crs->GetName() : "").find("Undefined") ==
                 std::string_view::npos) {
        char* wkt = nullptr;
        if (crs->exportToWkt(&wkt) == OGRERR_NONE && wkt) words = wkt;
        CPLFree(wkt);
        if (words.size() > 16384)
          fail(std::string("layer ") + name, "has a coordinate reference system of more than 16 KiB",
               "Use one with an EPSG code");
      }
    }
    if (crs_seen_ && words != plan_.crs)
      fail(std::string("layer ") + name, "has another coordinate reference system than the layers before it",
           "Give all layers the same one");
    plan_.crs = words;
    crs_seen_ = true;
  }

  // Values of the current feature.

  std::string place() const { return "layer " + layer_name_ + ", row " + std::to_string(feature_->GetFID()); }

  int field(const char* name) const { return feature_->GetFieldIndex(name); }

  bool has(const char* name) const {
    const int k = field(name);
    return k >= 0 && feature_->IsFieldSetAndNotNull(k);
  }

  std::string text(const char* name) const {
    if (!has(name)) return "";
    std::string value = feature_->GetFieldAsString(field(name));
    if (value.size() > kMostText)
      fail(place(),
           std::string(name) + " has " + std::to_string(value.size()) + " bytes; the most is " +
               std::to_string(kMostText),
           "Shorten it");
    return value;
  }

  double number(const char* name, double otherwise, double low, double high) const {
    if (!has(name)) return otherwise;
    const double value = feature_->GetFieldAsDouble(field(name));
    if (!(value >= low && value <= high))
      fail(place(), std::string(name) + " is " + std::to_string(value),
           "Give a number from " + std::to_string(low) + " to " + std::to_string(high));
    return value;
  }

  int whole(const char* name, int otherwise, int low, int high) const {
    const double value = number(name, otherwise, low, high);
    if (value != std::floor(value))
      fail(place(), std::string(name) + " is " + std::to_string(value), "Give a whole number");
    return static_cast<int>(value);
  }

  Point checked(double x, double y) const {
    if (!(std::abs(x) <= kMostCoordinate && std::abs(y) <= kMostCoordinate))
      fail(place(), "has the coordinate " + std::to_string(x) + ", " + std::to_string(y),
           "Coordinates are metres, at most 100,000 km from the origin");
    return {x + 0.0, y + 0.0};  // no negative zero
  }

  std::vector<Point> points_of(const OGRSimpleCurve* line, int least) {
    const int n = line ? line->getNumPoints() : 0;
    if (n < least || n > kMostVerticesOfOne)
      fail(place(), "has a shape of " + std::to_string(n) + " points",
           "It takes from " + std::to_string(least) + " to " + std::to_string(kMostVerticesOfOne));
    if ((vertices_ += n) > kMostVertices)
      fail(place(), "the file has too many vertices", "Import a smaller area");
    std::vector<Point> points;
    points.reserve(n);
    for (int k = 0; k < n; ++k) points.push_back(checked(line->getX(k), line->getY(k)));
    return points;
  }

  const OGRGeometry* geometry(OGRwkbGeometryType type, const char* words) const {
    const OGRGeometry* g = feature_->GetGeometryRef();
    if (!g || wkbFlatten(g->getGeometryType()) != type)
      fail(place(), std::string("is no ") + words,
           std::string("Every row needs a ") + words + " (split multi-part shapes)");
    return g;
  }

  std::vector<Point> ring() {
    const auto* polygon = static_cast<const OGRPolygon*>(geometry(wkbPolygon, "polygon"));
    return points_of(polygon->getExteriorRing(), 3);
  }

  ClassMask access(const char* what, std::string_view words) const {
    if (words.empty() || words == "all") return kAllRoadClasses;
    if (words == "motor") return kMotorClasses;
    if (words == "none") return 0;
    ClassMask mask = 0;
    for (std::string_view word : split(words, ',')) {
      const auto known = vehicle_class_from(word);
      if (!known)
        fail(place(),
             std::string(what) + " names the vehicle class '" + std::string(word.substr(0, 60)) + "'",
             "Known are all, motor, none, car, van, truck, bus, motorcycle, bicycle, emergency, taxi, tram, "
             "rail, ship, pedestrian");
      mask |= mask_of(*known);
    }
    return mask;
  }

  std::vector<std::uint8_t> turns(const char* what, const std::string& words, int lanes) const {
    if (words.empty()) return {};
    std::vector<std::uint8_t> out;
    for (std::string_view lane : split(words, '|')) {
      std::uint8_t mask = 0;
      for (std::string_view turn : split(lane, '+')) {
        const int k = index_in(kTurns, turn);
        if (k < 0 && turn != "none")
          fail(place(), std::string(what) + " names the turn '" + std::string(turn.substr(0, 60)) + "'",
               "Known are straight, right, left, u_turn, part_right, part_left and none");
        if (k >= 0) mask |= static_cast<std::uint8_t>(1u << k);
      }
      out.push_back(mask);
    }
    if (static_cast<int>(out.size()) != lanes)
      fail(place(),
           std::string(what) + " speaks of " + std::to_string(out.size()) + " lanes, but there are " +
               std::to_string(lanes),
           "Write one part for each lane, from the kerb");
    return out;
  }

  void read_facts() {
    each("street_plan", false, [&] {
      const std::string key = text("key"), value = text("value");
      if (key == "format" && value != kFormat)
        fail(place(), "the street plan has format " + value.substr(0, 40),
             "This version reads format " + std::string(kFormat));
      if (key == "name") plan_.name = value;
      if (key == "source") plan_.source = value;
      if (key == "licence") plan_.licence = value;
      if (key == "attribution") plan_.attribution = value;
      if (key == "country") plan_.country = value;
      if (key == "left_hand") plan_.left_hand = value == "yes";
    });
  }

  void read_nodes() {
    each("nodes", false, [&] {
      const auto* point = static_cast<const OGRPoint*>(geometry(wkbPoint, "point"));
      PlanNode node;
      node.id = text("id");
      node.at = checked(point->getX(), point->getY());
      const int control = index_in(kControls, text("control"));
      if (control < 0)
        fail(place(), "control is '" + text("control").substr(0, 60) + "'",
             "Known are signal, stop, all_way_stop, yield, mini_roundabout, crossing");
      node.control = static_cast<NodeControl>(control);
      node.control_direction = whole("control_direction", 0, -1, 1);
      const auto index = static_cast<std::uint32_t>(plan_.nodes.size());
      if (!at_.emplace(std::pair{node.at.x, node.at.y}, index).second)
        fail(place(), "two nodes lie at " + std::to_string(node.at.x) + ", " + std::to_string(node.at.y),
             "Remove one, or move it: roads that share a vertex meet there");
      if (!node.id.empty() && !node_of_id_.emplace(node.id, index).second)
        fail(place(), "the id '" + node.id.substr(0, 60) + "' is given twice", "Give every node its own id");
      plan_.nodes.push_back(std::move(node));
    });
  }

  std::uint32_t node_at(Point p) {
    const auto [found, is_new] =
        at_.try_emplace(std::pair{p.x, p.y}, static_cast<std::uint32_t>(plan_.nodes.size()));
    if (is_new)
      plan_.nodes.push_back({"vertex/" + std::to_string(plan_.nodes.size() + 1), p, NodeControl::kNone, 0});
    return found->second;
  }

  void read_direction(PlanDirection& d, const std::string& side, int lanes_otherwise) {
    const auto name = [&](const char* what) { return what + side; };
    d.lanes = whole(name("lanes").c_str(), lanes_otherwise, 0, 32);
    d.speed_mps = number(name("speed_mps").c_str(), 13.89, 0.1, 150);
    d.allowed = access(name("access").c_str(), text(name("access").c_str()));
    d.turns = turns(name("turns").c_str(), text(name("turns").c_str()), d.lanes);
    d.capacity_vph = number(name("capacity_vph").c_str(), 0, 0, 1e6);
    d.lanes_guessed = whole(name("lanes_guessed").c_str(), has(name("lanes").c_str()) ? 0 : 1, 0, 1);
    d.speed_guessed = whole(name("speed_guessed").c_str(), has(name("speed_mps").c_str()) ? 0 : 1, 0, 1);
    const std::string lanes = text(name("lane_access").c_str());
    if (lanes.empty()) return;
    for (std::string_view lane : split(lanes, '|'))
      d.lane_allowed.push_back(access(name("lane_access").c_str(), lane));
    if (static_cast<int>(d.lane_allowed.size()) != d.lanes)
      fail(place(),
           name("lane_access") + " speaks of " + std::to_string(d.lane_allowed.size()) +
               " lanes, but there are " + std::to_string(d.lanes),
           "Write one part for each lane, from the kerb");
  }

  void read_roads() {
    each("roads", true, [&] {
      PlanRoad road;
      road.id = text("id");
      if (road.id.empty()) road.id = "road/" + std::to_string(feature_->GetFID());
      if (!road_of_id_.emplace(road.id, static_cast<std::uint32_t>(plan_.roads.size())).second)
        fail(place(), "the id '" + road.id.substr(0, 60) + "' is given twice", "Give every road its own id");
      road.name = text("name");
      const std::string words = text("class");
      const int road_class = index_in(kClasses, words.empty() ? "unclassified" : std::string_view(words));
      if (road_class < 0)
        fail(place(), "class is '" + words.substr(0, 60) + "'",
             "Known are OpenStreetMap's highway classes: motorway, trunk, primary, secondary, tertiary (each "
             "with _link), unclassified, residential, living_street, service, busway, cycleway; rail, other");
      road.road_class = static_cast<RoadClass>(road_class);
      road.level = whole("level", 0, -20, 20);
      road.roundabout = whole("roundabout", 0, 0, 1);
      road.lane_width_m = number("lane_width_m", 3.2, 1, 10);
      read_direction(road.forward, "_forward", 1);
      read_direction(road.backward, "_backward", 0);
      const auto* line = static_cast<const OGRLineString*>(geometry(wkbLineString, "line"));
      for (const Point& p : points_of(line, 2)) {
        const std::uint32_t node = node_at(p);
        if (road.nodes.empty() || road.nodes.back() != node) road.nodes.push_back(node);
      }
      if (road.nodes.size() < 2) fail(place(), "has no length", "Remove it");
      plan_.roads.push_back(std::move(road));
    });
    if (plan_.roads.empty()) fail("layer roads", "holds no road", "Import an area with roads");
  }

  std::uint32_t id_of(const std::unordered_map<std::string, std::uint32_t>& known, std::string_view id,
                      const char* what) const {
    const auto found = known.find(std::string(id));
    if (found == known.end())
      fail(place(),
           std::string("names the ") + what + " '" + std::string(id.substr(0, 60)) + "', which is not there",
           "Correct the id or remove the restriction");
    return found->second;
  }

  void read_restrictions() {
    each("restrictions", false, [&] {
      TurnRestriction r;
      r.id = text("id");
      const std::string kind = text("kind");
      if (kind != "no" && kind != "only")
        fail(place(), "kind is '" + kind.substr(0, 60) + "'", "Known are no and only");
      r.only = kind == "only";
      r.from_road = id_of(road_of_id_, text("from_road"), "road");
      r.to_road = id_of(road_of_id_, text("to_road"), "road");
      const std::string nodes = text("via_nodes"), roads = text("via_roads");
      if (!nodes.empty())
        for (std::string_view id : split(nodes, ' ')) r.via_nodes.push_back(id_of(node_of_id_, id, "node"));
      if (!roads.empty())
        for (std::string_view id : split(roads, ' ')) r.via_roads.push_back(id_of(road_of_id_, id, "road"));
      if (r.via_nodes.empty() == r.via_roads.empty())
        fail(place(), "needs either via_nodes or via_roads", "Fill one of them");
      const std::string except = text("except");
      r.except = except.empty() ? ClassMask{0} : access("except", except);
      plan_.restrictions.push_back(std::move(r));
    });
  }

  void read_areas() {
    each("zones", false, [&] {
      StreetPlan::PlanZone zone;
      zone.id = text("id");
      zone.name = text("name");
      zone.residents = number("residents", 0, 0, 1e9);
      zone.jobs = number("jobs", 0, 0, 1e9);
      if (feature_->GetGeometryRef()) zone.ring = ring();
      plan_.zones.push_back(std::move(zone));
    });
    each("buildings", false, [&] {
      StreetPlan::PlanBuilding building;
      building.height_m = static_cast<float>(number("height_m", 0, -100, 2000));
      building.outline = ring();
      plan_.buildings.push_back(std::move(building));
    });
    each("water", false, [&] { plan_.water.push_back(ring()); });
  }

  std::string path_, layer_name_;
  Dataset dataset_;
  const OGRFeature* feature_ = nullptr;
  StreetPlan plan_;
  bool crs_seen_ = false;
  std::uint64_t vertices_ = 0;
  std::unordered_map<std::pair<double, double>, std::uint32_t, PlaceHash>
      at_;  // looked up only, never walked
  std::unordered_map<std::string, std::uint32_t> node_of_id_, road_of_id_;
};

}  // namespace

StreetPlan read_street_plan_gpkg(const std::string& path) {
  start_gdal();
  const QuietGdal quiet;
  return PlanReader(path).read();
}

}  // namespace arterial
