#include "gis/vector_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include "gis/line_topology.h"
#include "gis/osm_projection.h"
#include "gis/reprojection.h"
#include "gis/vector_roads.h"
#include "gis/vector_sides.h"
#include "gis/yaml_section.h"

namespace arterial {
namespace {

constexpr double kLongestRoad_m = 150'000;  // a lane is at most 200 km long
constexpr double kWidestArea_deg = 30;

class VectorImport {
 public:
  VectorImport(const std::vector<std::string>& sources, const VectorMapping& mapping,
               const VectorOptions& options)
      : names_(sources),
        mapping_(mapping),
        options_(options),
        sources_(sources),
        binder_(mapping, sources_) {}

  StreetPlan read() {
    say_country();
    RoadRows rows = read_road_rows(binder_, country_, plan_.left_hand);
    plan_.problems.insert(plan_.problems.end(), rows.problems.begin(), rows.problems.end());
    choose_local_system(rows);
    bring_over(rows);
    make_roads(rows);
    add_sides();
    name_nodes();
    describe();
    return std::move(plan_);
  }

 private:
  void note(Severity severity, const char* code, std::string words) {
    plan_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  const VectorLayer& roads_layer() const { return binder_.layer(mapping_.roads); }

  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
    throw InputError(roads_layer().file(), "layer " + roads_layer().name(), what, remedy);
  }

  // Where on earth.

  /// Some place of the roads, as longitude and latitude; nothing where that cannot be told.
  std::optional<Point> some_place() const {
    std::vector<Point> place;
    std::string crs;
    const VectorLayer& roads = roads_layer();
    if (roads.shapes() != VectorLayer::Shapes::kNone) {
      crs = binder_.crs(roads, mapping_.roads);
      roads.each(
          [&](const VectorRow& row) {
            if (const auto lines = row.lines(); place.empty() && !lines.empty()) place.push_back(lines[0][0]);
          },
          100);
    } else if (mapping_.nodes) {
      const VectorLayer& nodes = binder_.layer(*mapping_.nodes);
      crs = binder_.crs(nodes, *mapping_.nodes);
      const BoundField x = binder_.field(nodes, mapping_.nodes->x),
                       y = binder_.field(nodes, mapping_.nodes->y);
      std::map<std::string, std::size_t> ignored;
      nodes.each(
          [&](const VectorRow& row) {
            if (!x.given())
              place = row.points();
            else if (const auto px = x.number(row, -1e8, 1e8, ignored),
                     py = y.number(row, -1e8, 1e8, ignored);
                     px && py)
              place = {{*px, *py}};
          },
          1);
    }
    const Reprojection to_degrees(crs, "EPSG:4326");
    if (place.empty() || !to_degrees.known() || !to_degrees(place)) return std::nullopt;
    return place.front();
  }

  void say_country() {
    const std::string stated = options_.country.empty() ? mapping_.country : options_.country;
    const auto place = stated.empty() ? some_place() : std::nullopt;
    if (!stated.empty())
      country_ = osm::country_named(stated);
    else if (place)
      country_ = osm::country_at(place->x, place->y);
    plan_.country = country_.code;
    const auto side = options_.left_hand ? options_.left_hand : mapping_.left_hand;
    plan_.left_hand = side.value_or(country_.left_hand);
    if (!side && stated.empty())
      note(Severity::kGuess, "country_guessed",
           std::string(plan_.left_hand ? "Left" : "Right") + "-hand traffic and implicit speed limits " +
               (country_.code.empty() ? "are the usual ones: the country is not known."
                                      : "are those of " + country_.code + ", taken from the coordinates."));
  }

  void choose_local_system(const RoadRows& rows) {
    const std::string& crs = rows.crs.empty() ? rows.nodes_crs : rows.crs;
    const Point middle = middle_of(rows, crs);
    if (!mapping_.local_crs.empty()) {
      plan_.crs = mapping_.local_crs;
      std::vector<Point> there{middle};
      const Reprojection over(crs, plan_.crs);
      if (!over.known() || !over(there) || !measures_metres_at(plan_.crs, there.front()))
        fail_at(mapping_.file, mapping_.local_crs_place, plan_.crs + " does not measure metres at this place",
                "Give a projected system for it, or leave local_crs out");
      return;
    }
    if (measures_metres_at(crs, middle)) {
      plan_.crs = crs;
      return;
    }
    const Reprojection to_degrees(crs, "EPSG:4326");
    std::vector<Point> centre{middle};
    if (!to_degrees.known() || !to_degrees(centre))
      fail("its coordinate reference system is not known to PROJ, or its coordinates do not lie in it",
           "State another with crs in the mapping, or reproject the data");
    if (!(std::abs(centre[0].y) <= 84))
      fail("lies near a pole, where no UTM zone reaches", "State a local_crs in the mapping");
    plan_.crs = osm::utm_zone_of(centre[0].x, centre[0].y);
    note(Severity::kNote, "reprojected",
         "Coordinates were brought from " + crs.substr(0, 60) + " to " + plan_.crs +
             ", which measures metres.");
  }

  Point middle_of(const RoadRows& rows, const std::string& crs) const {
    Point low{1e300, 1e300}, high{-1e300, -1e300};
    const auto take = [&](Point p) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    };
    for (const DraftLine& line : rows.lines)
      for (const Point& p : line.points) take(p);
    if (low.x > high.x)
      for (const PlanNode& node : rows.nodes) take(node.at);
    if (low.x > high.x) fail("has roads, but no coordinates", "Map the nodes that its roads lead to");
    if (is_geographic(crs) && (low.x < -360 || high.x > 360 || low.y < -90 || high.y > 90))
      fail("has coordinates that are no degrees, though " + crs.substr(0, 60) + " says so",
           "Correct crs in the mapping");
    if (is_geographic(crs) && high.x - low.x > kWidestArea_deg)
      fail("spans " + std::to_string(static_cast<int>(high.x - low.x)) + " degrees of longitude",
           "Cut out one region: a metric system holds for a few degrees only");
    return {(low.x + high.x) / 2, (low.y + high.y) / 2};
  }

  // Coordinates.

  const Reprojection& way_from(const std::string& crs) {
    auto found = ways_.find(crs);
    if (found == ways_.end()) found = ways_.emplace(crs, Reprojection(crs, plan_.crs)).first;
    return found->second;
  }

  void to_plan(const VectorLayer& layer, const std::string& crs, std::vector<Point>& points) {
    const Reprojection& way = way_from(crs);
    if (!way.known() || !way(points))
      throw InputError(
          layer.file(), "layer " + layer.name(),
          "some of its coordinates cannot be brought from " + crs.substr(0, 60) + " to " + plan_.crs,
          "State the right crs in the mapping, or reproject the data");
  }

  void bring_over(RoadRows& rows) {
    for (DraftLine& line : rows.lines)
      if (!line.points.empty()) to_plan(roads_layer(), rows.crs, line.points);
    std::vector<Point> points;
    for (const PlanNode& node : rows.nodes) points.push_back(node.at);
    if (!points.empty()) to_plan(binder_.layer(*mapping_.nodes), rows.nodes_crs, points);
    for (std::size_t k = 0; k < points.size(); ++k) rows.nodes[k].at = points[k];
  }

  // Roads.

  void make_roads(RoadRows& rows) {
    const TopologyOptions how{mapping_.snap_m, mapping_.crossings == Crossings::kByLevel};
    Topology met;
    try {
      met = mapping_.roads.from ? meet_by_id(rows.lines, rows.nodes, how)
                                : meet_by_place(std::move(rows.lines), how);
    } catch (const std::length_error& error) {
      fail(error.what(), "Import a smaller area, or leave crossings apart");
    }
    plan_.nodes = std::move(met.nodes);
    plan_.problems.insert(plan_.problems.end(), met.problems.begin(), met.problems.end());
    std::size_t pointless = 0, too_long = 0;
    for (std::size_t k = 0; k < rows.roads.size(); ++k) {
      PlanRoad& road = rows.roads[k];
      road.nodes = std::move(met.lines[k]);
      if (road.nodes.empty()) {
        ++pointless;
        continue;
      }
      const double drawn_m = length_of(road);
      if (drawn_m > kLongestRoad_m || drawn_m < 0.01) {
        ++(drawn_m < 0.01 ? pointless : too_long);
        continue;
      }
      compare_length(road, drawn_m);
      plan_.roads.push_back(std::move(road));
    }
    if (plan_.roads.empty())
      fail("none of its roads has a length and two ends", "Check 'from' and 'to', and the nodes' ids");
    if (pointless)
      note(Severity::kError, "road_without_length",
           grouped(pointless) + " roads have no length, or an end that is not there, and were left out.");
    if (too_long)
      note(Severity::kError, "road_too_long",
           grouped(too_long) + " roads are longer than 150 km and were left out.");
    if (lengths_odd_)
      note(Severity::kNote, "length_unlike_drawing",
           grouped(lengths_odd_) +
               " roads are drawn more than 10 % and 10 m shorter or longer than stated; the stated length "
               "counts where it is longer by less than "
               "three times, else the drawing.");
    if (mapping_.pair_directions) pair_directions(plan_, std::max(mapping_.snap_m, 0.01));
  }

  double length_of(const PlanRoad& road) const {
    double length = 0;
    for (std::size_t k = 1; k < road.nodes.size(); ++k) {
      const Point a = plan_.nodes[road.nodes[k - 1]].at, b = plan_.nodes[road.nodes[k]].at;
      length += std::hypot(b.x - a.x, b.y - a.y);
    }
    return length;
  }

  /// A stated length is that of a bent road drawn straight; what is shorter than its own chord, or much
  /// longer, is taken for a mistake.
  void compare_length(PlanRoad& road, double drawn_m) {
    if (!(road.length_m > 0)) return;
    const double off = std::abs(road.length_m - drawn_m);
    lengths_odd_ += off > 10 && off > drawn_m / 10;
    if (road.length_m < drawn_m || road.length_m > 3 * drawn_m) road.length_m = 0;
  }

  // The rest.

  void add_sides() {
    const ToPlan over = [this](const VectorLayer& layer, const std::string& crs, std::vector<Point>& points) {
      to_plan(layer, crs, points);
    };
    if (mapping_.signals)
      add_control_points(binder_, *mapping_.signals, "signals", NodeControl::kSignal, over, plan_);
    if (mapping_.stop_signs)
      add_control_points(binder_, *mapping_.stop_signs, "stop signs", NodeControl::kStop, over, plan_);
    if (mapping_.buildings) add_buildings(binder_, *mapping_.buildings, over, plan_);
    if (mapping_.water) add_water(binder_, *mapping_.water, over, plan_);
    if (mapping_.zones) add_zones(binder_, *mapping_.zones, over, plan_);
  }

  /// Nodes that have no id of the source's are known by where they lie (in cm), so that the id survives a
  /// re-import. Any vertex may become a junction: a ring is parted somewhere.
  void name_nodes() {
    std::unordered_map<std::string, int> times;  // lines of two levels through one place are two nodes
    for (PlanNode& node : plan_.nodes) {
      if (!node.id.empty()) continue;
      node.id = "at/";
      node.id.append(std::to_string(std::llround(node.at.x * 100))).append(1, '/');
      node.id.append(std::to_string(std::llround(node.at.y * 100)));
      if (const int n = ++times[node.id]; n > 1) node.id.append(1, '#').append(std::to_string(n));
    }
  }

  void describe() {
    std::string files;
    for (const std::string& name : names_) {
      const bool database = name.starts_with("PG:") || name.find("://") != std::string::npos;
      if (!files.empty()) files += ", ";
      files.append(database ? std::string("a database") : std::filesystem::path(name).filename().string());
    }
    plan_.name = mapping_.name.empty() ? roads_layer().name() : mapping_.name;
    plan_.source = mapping_.source;
    if (plan_.source.empty())
      plan_.source = files;
    else
      plan_.source.append(" (").append(files).append(")");
    plan_.licence = mapping_.licence;
    plan_.attribution = mapping_.attribution;
    if (plan_.licence.empty())
      note(Severity::kNote, "licence_not_stated",
           "The mapping states no licence; add licence and attribution if the data has them.");
    for (const std::string& file : sources_.left_aside())
      note(Severity::kNote, "file_left_aside",
           "'" + file.substr(0, 200) + "' in the archive is no map and was left aside.");
  }

  const std::vector<std::string>& names_;
  const VectorMapping& mapping_;
  const VectorOptions& options_;
  VectorSources sources_;
  Binder binder_;
  osm::Country country_;
  StreetPlan plan_;
  std::map<std::string, Reprojection> ways_;
  std::size_t lengths_odd_ = 0;
};

}  // namespace

StreetPlan read_vector(const std::vector<std::string>& sources, const VectorMapping& mapping,
                       const VectorOptions& options) {
  return VectorImport(sources, mapping, options).read();
}

}  // namespace arterial
