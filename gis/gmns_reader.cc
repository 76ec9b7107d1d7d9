#include "gis/gmns_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <sstream>

#include "gis/gmns_rows.h"
#include "gis/gmns_tables.h"
#include "gis/osm_projection.h"
#include "gis/wkt.h"
#include "gis/xml_reader.h"

namespace arterial {
namespace gis {
namespace {

using namespace gmns;  // NOLINT: the words of the tables
namespace fs = std::filesystem;

constexpr std::size_t kMostNodes = 20'000'000, kMostLinks = 20'000'000, kMostPoints = 100'000'000;
constexpr std::size_t kMostPointsOfLink = 20'000;
constexpr int kMostLanes = 100, kWidestRoad = 12;  // read; built

class GmnsImport {
 public:
  GmnsImport(const std::string& folder, bool left_hand) : uses_(folder) {
    t_.folder = folder;
    plan_.left_hand = left_hand;
  }

  StreetPlan read() {
    read_config();
    read_nodes();
    read_geometry();
    read_links();
    project();
    read_lanes();
    settle_links();
    read_gmns_movements(t_, plan_);
    read_gmns_zones(t_, plan_);
    read_gmns_signals(t_, plan_);
    say_what_is_left();
    return std::move(plan_);
  }

 private:
  void problem(Severity severity, const char* code, std::string words) {
    plan_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  // -- what the tables' words mean ------------------------------------------------------------------------

  void read_config() {
    plan_.name = fs::path(t_.folder).lexically_normal().filename().string();
    plan_.junctions_stated = true;
    GmnsUnits& units = t_.units;
    enum : std::size_t { kName, kShort, kLong, kSpeed, kCrs };
    rows_of(t_.folder, "config.csv", {}, {"dataset_name", "short_length", "long_length", "speed", "crs"},
            [&](const CsvRow& row) {
              if (!row.text(kName).empty()) plan_.name = row.text(kName).substr(0, kLongestId);
              set_unit(row, kShort, metres_of_unit(row.text(kShort)), units.short_m);
              set_unit(row, kLong, metres_of_unit(row.text(kLong)), units.long_m);
              set_unit(row, kSpeed, mps_of_unit(row.text(kSpeed)), units.speed_mps);
              units.crs = row.text(kCrs);
            });
    read_dtalite_settings();
    if (!units.stated)
      problem(Severity::kGuess, "units_guessed",
              "Neither config.csv nor settings.yml states units: speeds are taken for miles an hour.");
  }

  void set_unit(const CsvRow& row, std::size_t column, std::optional<double> value, double& unit) {
    if (row.text(column).empty()) return;
    if (!value) row.fail(column, "is no unit that is known", "Write mile, km, foot or m, and mph or km/h");
    unit = *value;
    t_.units.stated = true;
  }

  /// DTALite states two units in settings.yml; the rest of that file steers its own assignment.
  void read_dtalite_settings() {
    const std::string path = table_path(t_.folder, "settings.yml");
    if (path.empty()) return;
    std::istringstream text(read_whole_file(path));
    for (std::string line; std::getline(text, line);) {
      const auto colon = line.find(':');
      if (colon == std::string::npos) continue;
      const std::string_view key = trimmed(std::string_view(line).substr(0, colon)),
                             value = trimmed(std::string_view(line).substr(colon + 1));
      if (key == "length_unit")
        if (const auto unit = metres_of_unit(value)) t_.units.long_m = *unit, t_.units.stated = true;
      if (key == "speed_unit")
        if (const auto unit = mps_of_unit(value)) t_.units.speed_mps = *unit, t_.units.stated = true;
    }
  }

  // -- nodes and links ------------------------------------------------------------------------------------

  void read_nodes() {
    enum : std::size_t { kId, kX, kY, kControl, kControlType, kZone };
    const bool there = rows_of(
        t_.folder, "node.csv", {"node_id", "x_coord", "y_coord"}, {"ctrl_type", "control_type", "zone_id"},
        [&](const CsvRow& row) {
          if (plan_.nodes.size() >= kMostNodes)
            row.fail(kId, "is beyond 20 million nodes", "Import a part of the network");
          PlanNode node;
          node.id = id_of(row, kId, "node");
          node.at = {row.number(kX, -1e8, 1e8), row.number(kY, -1e8, 1e8)};
          node.control =
              control_of(lower(row.text(kControl).empty() ? row.text(kControlType) : row.text(kControl)));
          if (!t_.node_at.emplace(node.id, plan_.nodes.size()).second)
            row.fail(kId, "is the id of two nodes", "Give every node an id of its own");
          const std::string_view zone = row.text(kZone);
          t_.node_zone.emplace_back(zone == "0" || zone == "-1" ? std::string_view() : zone);
          plan_.nodes.push_back(std::move(node));
        });
    if (!there) throw InputError(t_.folder, "node.csv", "is not there", "Name a GMNS folder");
    t_.nodes_read = plan_.nodes.size();
  }

  std::vector<Point> points_of(const CsvRow& row, std::size_t column) {
    const auto parts = wkt_parts(row.text(column), kMostPointsOfLink);
    if (!parts || parts->size() != 1 || parts->front().size() < 2)
      row.fail(column, "is no line of two to 20,000 finite points", "Write LINESTRING (x y, x y, ...)");
    points_ += parts->front().size();
    if (points_ > kMostPoints)
      row.fail(column, "brings more than 100 million points", "Import a part of the network");
    return parts->front();
  }

  void read_geometry() {
    enum : std::size_t { kId, kGeometry };
    rows_of(t_.folder, "geometry.csv", {"geometry_id", "geometry"}, {}, [&](const CsvRow& row) {
      if (!row.text(kGeometry).empty()) geometry_[id_of(row, kId, "geometry")] = points_of(row, kGeometry);
    });
  }

  void read_links() {
    enum : std::size_t {
      kId,
      kFrom,
      kTo,
      kName,
      kDirected,
      kGeometryId,
      kGeometry,
      kLength,
      kFacility,
      kTypeName,
      kCapacity,
      kSpeed,
      kLanes,
      kUses
    };
    const auto read = [&](const CsvRow& row) {
      if (++links_read_ > kMostLinks)
        row.fail(kId, "is beyond 20 million links", "Import a part of the network");
      GmnsLink out;
      NodeLink& link = out.link;
      link.id = id_of(row, kId, "link");
      link.name = row.text(kName).substr(0, 1000);
      const auto from = t_.node_at.find(std::string(row.text(kFrom))),
                 to = t_.node_at.find(std::string(row.text(kTo)));
      if (from == t_.node_at.end() || to == t_.node_at.end()) {
        if (unknown_ends_++ == 0) first_unknown_ = link.id;
        return;
      }
      link.from = from->second;
      link.to = to->second;
      link.both_ways = !row.text(kDirected).empty() && to_boolean(row.text(kDirected)) == false;
      if (!row.text(kGeometry).empty()) {
        link.inner = points_of(row, kGeometry);
      } else if (const auto at = geometry_.find(std::string(row.text(kGeometryId))); at != geometry_.end()) {
        link.inner = at->second;
      }
      stated_length_.push_back(number_or(row, kLength, 0, 1e9, 0));
      const std::string words =
          lower(std::string(row.text(kFacility)) + " " + std::string(row.text(kTypeName)));
      link.connector = has_word(words, {"connector", "centroid"});
      link.way.allowed = uses_.classes_of(row.text(kUses), kAllRoadClasses);
      link.way.lanes = whole(row, kLanes, 0, kMostLanes, 0);
      link.way.lanes_guessed = link.way.lanes == 0;
      link.way.capacity_vph = number_or(row, kCapacity, 0, 1e6, 0);  // of a lane, until settled
      const double speed = number_or(row, kSpeed, 0, 1e4, 0) * t_.units.speed_mps;
      const auto known = class_of_words(words);
      link.road_class = known ? *known : class_of_speed(speed > 0 ? speed : 11, link.way.lanes);
      if (!known) ++guessed_classes_;
      if (link.way.allowed == mask_of(VehicleClass::kBicycle)) link.road_class = RoadClass::kCycleway;
      link.way.speed_guessed = !(speed > 0);
      link.way.speed_mps = std::clamp(speed > 0 ? speed : usual_speed_mps(link.road_class), 1.0, 60.0);
      t_.link_at.emplace(link.id, t_.links.size());
      t_.links.push_back(std::move(out));
    };
    if (!rows_of(t_.folder, "link.csv", {"link_id", "from_node_id", "to_node_id"},
                 {"name", "directed", "geometry_id", "geometry", "length", "facility_type", "link_type_name",
                  "capacity", "free_speed", "lanes", "allowed_uses"},
                 read))
      throw InputError(t_.folder, "link.csv", "is not there", "Name a GMNS folder");
    if (t_.links.empty())
      throw InputError(t_.folder, "link.csv", "holds no link between nodes of node.csv",
                       "Check that both tables belong together");
  }

  // -- coordinates ----------------------------------------------------------------------------------------

  std::optional<int> epsg() const {
    std::string_view text = trimmed(t_.units.crs);
    for (const std::string_view prefix : {"EPSG:", "epsg:"})
      if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    if (text.empty()) {
      for (const PlanNode& node : plan_.nodes)
        if (std::abs(node.at.x) > 180 || std::abs(node.at.y) > 90) return std::nullopt;
      return 4326;
    }
    const auto code = to_integer(text);
    if (!code || *code < 1024 || *code > 32767)
      throw InputError(table_path(t_.folder, "config.csv"), "crs",
                       "\"" + t_.units.crs.substr(0, 80) + "\" is no EPSG code", "Write a code such as 4326");
    return static_cast<int>(*code);
  }

  void project() {
    const auto code = epsg();
    if (!code) {
      problem(
          Severity::kGuess, "crs_unknown",
          "No coordinate system is stated: coordinates are taken for metres, and results have no place on "
          "the earth.");
      return close_drawings();
    }
    if (t_.units.crs.empty())
      problem(Severity::kGuess, "crs_guessed",
              "No coordinate system is stated: coordinates are taken for longitude and latitude (WGS 84).");
    std::vector<Point> all;
    for (const PlanNode& node : plan_.nodes) all.push_back(node.at);
    for (const GmnsLink& l : t_.links) all.insert(all.end(), l.link.inner.begin(), l.link.inner.end());
    t_.epsg = *code;
    try {
      plan_.crs = osm::project_to_metres(all, *code);
    } catch (const std::runtime_error& error) {
      throw InputError(t_.folder, "EPSG:" + std::to_string(*code), error.what(),
                       "State the coordinate system in config.csv, crs");
    }
    std::size_t at = 0;
    for (PlanNode& node : plan_.nodes) node.at = all[at++];
    for (GmnsLink& l : t_.links)
      for (Point& p : l.link.inner) p = all[at++];
    for (const PlanNode& node : plan_.nodes)
      if (!std::isfinite(node.at.x) || !std::isfinite(node.at.y))
        throw InputError(t_.folder, "node " + node.id, "has no place in " + plan_.crs,
                         "Correct it or the crs");
    close_drawings();
  }

  /// A drawing runs from node to node, whichever way it was drawn, and begins and ends at the nodes.
  void close_drawings() {
    constexpr double kAtNode_m = 12;
    const auto gap = [](Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); };
    for (GmnsLink& l : t_.links) {
      std::vector<Point>& line = l.link.inner;
      if (line.empty()) continue;
      const Point from = plan_.nodes[l.link.from].at, to = plan_.nodes[l.link.to].at;
      if (gap(line.front(), to) + gap(line.back(), from) < gap(line.front(), from) + gap(line.back(), to))
        std::reverse(line.begin(), line.end());
      drawn_.push_back(&l - t_.links.data());
      if (gap(line.back(), to) < kAtNode_m) line.pop_back();
      if (!line.empty() && gap(line.front(), from) < kAtNode_m) line.erase(line.begin());
    }
  }

  // -- lanes ----------------------------------------------------------------------------------------------

  void read_lanes() {
    enum : std::size_t { kLink, kNumber, kUses, kWidth };
    rows_of(t_.folder, "lane.csv", {"link_id", "lane_num"}, {"allowed_uses", "width"},
            [&](const CsvRow& row) {
              const auto link = t_.link_at.find(std::string(row.text(kLink)));
              if (link == t_.link_at.end()) return void(++unknown_lanes_);
              auto& lanes = t_.links[link->second].lanes;
              if (lanes.size() > 20) row.fail(kLink, "has more than 20 lanes", "Correct the table of lanes");
              GmnsLane lane;
              lane.number = whole(row, kNumber, -10, 10, 0);
              const std::string uses = lower(row.text(kUses));
              lane.allowed = uses_.classes_of(uses, t_.links[link->second].link.way.allowed);
              lane.motor = (lane.allowed & kMotorClasses) != 0;
              lane.width_m = number_or(row, kWidth, 0, 1000, 0) * t_.units.short_m;
              if (lane.number != 0 && lane.allowed != 0) lanes.push_back(lane);
            });
    for (GmnsLink& l : t_.links)
      std::stable_sort(l.lanes.begin(), l.lanes.end(),
                       [](const GmnsLane& a, const GmnsLane& b) { return a.number < b.number; });
  }

  void settle_links() {
    check_lengths();
    std::size_t walks = 0, cut = 0, connectors = 0;
    std::vector<NodeLink> links;
    std::vector<std::uint32_t> row_of;
    for (std::uint32_t i = 0; i < t_.links.size(); ++i) {
      GmnsLink& l = t_.links[i];
      if (l.link.way.allowed == 0) {
        ++walks;
        continue;
      }
      if (l.link.connector && l.link.way.lanes > 1) ++connectors, l.link.way.lanes = 1;
      if (l.link.way.lanes > kWidestRoad) ++cut, l.link.way.lanes = kWidestRoad;
      settle_lanes(l);
      links.push_back(l.link);
      row_of.push_back(i);
    }
    const auto roads = add_node_links(plan_, links, table_path(t_.folder, "link.csv"));
    t_.road_of.assign(t_.links.size(), kNoRoad);
    for (std::size_t k = 0; k < row_of.size(); ++k) t_.road_of[row_of[k]] = roads[k];
    if (walks > 0)
      problem(Severity::kNote, "walkways_left_out",
              counted(walks, "link", "links") + " for pedestrians only: they are not run, and left out.");
    if (cut > 0)
      problem(Severity::kWarning, "lanes_cut", counted(cut, "link", "links") + " state more than 12 lanes.");
    if (connectors > 0)
      problem(Severity::kGuess, "connector_lanes",
              counted(connectors, "connector", "connectors") +
                  " of zones state several lanes, a way of saying \"no limit\": each gets one.");
  }

  void settle_lanes(GmnsLink& l) {
    PlanDirection& way = l.link.way;
    int motor = 0;
    for (const GmnsLane& lane : l.lanes) motor += lane.motor && lane.number > 0;
    if (way.lanes == 0) {
      way.lanes = motor > 0 ? motor : l.link.road_class == RoadClass::kMotorway ? 2 : 1;
      way.lanes_guessed = motor == 0 && l.lanes.empty();
    }
    l.motor_lanes = way.lanes;
    way.capacity_vph *= way.lanes;
    double width = 0;
    std::vector<ClassMask> from_left(static_cast<std::size_t>(way.lanes), way.allowed);
    for (const GmnsLane& lane : l.lanes) {
      if (lane.motor && lane.width_m > width) width = lane.width_m;
      if (lane.number < 1) continue;  // a pocket
      if (lane.motor && lane.number <= way.lanes)
        from_left[static_cast<std::size_t>(lane.number - 1)] = lane.allowed;
      // Lanes for bicycles alone stand beside those that link.csv counts.
      else if (!lane.motor && lane.number > way.lanes && from_left.size() < 20)
        from_left.push_back(lane.allowed);
    }
    if (width >= 2 && width <= 6) l.link.lane_width_m = width;
    way.lanes = static_cast<int>(from_left.size());
    way.lane_allowed.assign(from_left.rbegin(), from_left.rend());
    if (plan_.left_hand) way.lane_allowed = from_left;
    way.allowed = 0;
    for (const ClassMask m : way.lane_allowed) way.allowed |= m;
    if (std::all_of(from_left.begin(), from_left.end(), [&](ClassMask m) { return m == way.allowed; }))
      way.lane_allowed.clear();
  }

  /// Stated lengths count where a link has no drawing; their unit is what the drawings say it is.
  void check_lengths() {
    std::vector<double> drawn;
    for (const GmnsLink& l : t_.links) drawn.push_back(drawn_length_m(plan_, l.link));
    const double ratio = median_ratio(stated_length_, drawn, t_.units.long_m);
    double unit = t_.units.long_m;
    if (ratio > 0 && (ratio < 0.5 || ratio > 2)) {
      const auto fits = fitting_unit(stated_length_, drawn);
      unit = fits ? fits->metres : 0;
      problem(
          Severity::kWarning, "length_unit",
          std::string("Stated lengths do not fit the drawing in the stated unit; ") +
              (fits ? std::string("they are taken for ") + fits->name + " lengths." : "they are not used."));
    }
    std::set<std::ptrdiff_t> has_drawing(drawn_.begin(), drawn_.end());
    std::size_t off = 0;
    for (std::size_t i = 0; i < t_.links.size(); ++i) {
      const double stated = stated_length_[i] * unit;
      if (!(stated > 0) || !(drawn[i] > 0)) continue;
      if (!has_drawing.contains(static_cast<std::ptrdiff_t>(i)) && stated > 1.2 * drawn[i] &&
          stated < 20 * drawn[i])
        t_.links[i].link.length_m = stated;
      else if ((stated > 2 * drawn[i] || stated < drawn[i] / 2) && std::abs(stated - drawn[i]) > 50)
        ++off;
    }
    if (off > 0)
      problem(Severity::kNote, "length_off",
              counted(off, "link is", "links are") +
                  " drawn less than half or more than twice as long as stated: the drawing counts.");
  }

  void say_what_is_left() {
    plan_.source = plan_.name;
    problem(
        Severity::kNote, "gmns_read",
        std::to_string(t_.nodes_read) + " nodes and " + std::to_string(links_read_) + " links were read.");
    if (unknown_ends_ > 0)
      problem(Severity::kError, "link_ends_unknown",
              counted(unknown_ends_, "link refers", "links refer") + " to a node that is not there and " +
                  (unknown_ends_ == 1 ? "is" : "are") + " left out; the first is " + first_unknown_ + ".");
    if (unknown_lanes_ > 0)
      problem(Severity::kWarning, "lanes_unknown",
              counted(unknown_lanes_, "lane belongs", "lanes belong") + " to a link that is not there.");
    if (uses_.unknown() > 0)
      problem(Severity::kWarning, "uses_unknown",
              counted(uses_.unknown(), "use is", "uses are") + " unknown and taken for all motor vehicles.");
    if (guessed_classes_ > 0)
      problem(Severity::kGuess, "class_guessed",
              counted(guessed_classes_, "link states", "links state") +
                  " no facility type that is known: speed and lanes gave the class.");
    std::size_t pockets = 0;
    rows_of(t_.folder, "segment.csv", {"link_id"}, {}, [&](const CsvRow&) { ++pockets; });
    if (pockets > 0)
      problem(
          Severity::kNote, "segments_not_used",
          counted(pockets, "segment", "segments") +
              " with turn pockets or lanes of their own: a link's lanes are the same all along, so pockets "
              "are not drawn and their turns fall to the lane beside them.");
  }

  GmnsTables t_;
  StreetPlan plan_;
  Uses uses_;
  std::unordered_map<std::string, std::vector<Point>> geometry_;
  std::vector<double> stated_length_;
  std::vector<std::ptrdiff_t> drawn_;  // links with a drawing
  std::size_t links_read_ = 0, points_ = 0, unknown_ends_ = 0, unknown_lanes_ = 0, guessed_classes_ = 0;
  std::string first_unknown_;
};

}  // namespace

}  // namespace gis

StreetPlan read_gmns(const std::string& folder, bool left_hand) {
  return gis::GmnsImport(folder, left_hand).read();
}

}  // namespace arterial
