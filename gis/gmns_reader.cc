#include "gis/gmns_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <sstream>

#include "gis/csv_table.h"
#include "gis/gmns_tables.h"
#include "gis/osm_projection.h"
#include "gis/wkt.h"
#include "gis/xml_reader.h"

namespace arterial {
namespace gis {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 30;
constexpr std::size_t kMostNodes = 20'000'000, kMostLinks = 20'000'000, kMostPoints = 100'000'000;
constexpr std::size_t kMostPointsOfLink = 20'000, kMostPointsOfZone = 1'000'000, kLongestId = 200;
constexpr int kMostLanes = 100, kWidestRoad = 12;  // read; built
constexpr ClassMask kCars = kAllRoadClasses & ~mask_of(VehicleClass::kBicycle) &
                            ~mask_of(VehicleClass::kTruck) & ~mask_of(VehicleClass::kBus);

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

bool has_word(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* w) { return text.find(w) != std::string::npos; });
}

std::string id_of(const CsvRow& row, std::size_t column, const char* what) {
  const std::string_view id = row.text(column);
  if (id.empty()) row.fail(column, std::string("names no ") + what, "Write the id");
  if (id.size() > kLongestId) row.fail(column, "is an id of more than 200 characters", "Shorten the id");
  return std::string(id);
}

double number_or(const CsvRow& row, std::size_t column, double least, double most, double otherwise) {
  return row.text(column).empty() ? otherwise : row.number(column, least, most);
}

int whole(const CsvRow& row, std::size_t column, int least, int most, int otherwise) {
  return static_cast<int>(std::floor(number_or(row, column, least, most, otherwise)));
}

/// facility_type and DTALite's link_type_name in the words people use.
std::optional<RoadClass> class_of_words(const std::string& w) {
  if (has_word(w, {"connector", "centroid"})) return RoadClass::kService;
  if (has_word(w, {"ramp"})) return RoadClass::kMotorwayLink;
  if (has_word(w, {"freeway", "motorway", "interstate"})) return RoadClass::kMotorway;
  if (has_word(w, {"expressway", "highway", "trunk"})) return RoadClass::kTrunk;
  if (has_word(w, {"minor arterial", "secondary"})) return RoadClass::kSecondary;
  if (has_word(w, {"arterial", "primary"})) return RoadClass::kPrimary;
  if (has_word(w, {"collector", "tertiary"})) return RoadClass::kTertiary;
  if (has_word(w, {"local", "residential", "street"})) return RoadClass::kResidential;
  if (has_word(w, {"bike", "cycle"})) return RoadClass::kCycleway;
  if (has_word(w, {"busway", "transit"})) return RoadClass::kBusway;
  if (has_word(w, {"service", "alley", "driveway"})) return RoadClass::kService;
  return std::nullopt;
}

double usual_speed_mps(RoadClass c) {
  switch (c) {
    case RoadClass::kMotorway: return 29.1;
    case RoadClass::kTrunk: return 24.6;
    case RoadClass::kMotorwayLink: return 15.6;
    case RoadClass::kPrimary: return 17.9;
    case RoadClass::kSecondary: return 15.6;
    case RoadClass::kTertiary: return 13.4;
    case RoadClass::kCycleway: return 5.4;
    case RoadClass::kService: return 6.7;
    default: return 11.2;
  }
}

NodeControl control_of(const std::string& word) {
  if (word.starts_with("signal") || word == "5" || word == "6") return NodeControl::kSignal;
  if (word == "stop_4_way" || word == "4_stop" || word == "all_way_stop" || word == "4")
    return NodeControl::kAllWayStop;
  if (word == "stop" || word == "stop_2_way" || word == "3") return NodeControl::kStop;
  if (word == "yield" || word == "2") return NodeControl::kYield;
  if (word == "roundabout" || word == "7") return NodeControl::kMiniRoundabout;
  return NodeControl::kNone;
}

class GmnsImport {
 public:
  explicit GmnsImport(std::string folder) { t_.folder = std::move(folder); }

  StreetPlan read() {
    read_config();
    read_uses();
    read_nodes();
    read_geometry();
    read_links();
    project();
    read_lanes();
    settle_links();
    read_movements();
    read_zones();
    read_gmns_signals(t_, plan_);
    say_what_is_left();
    return std::move(plan_);
  }

 private:
  using Columns = std::initializer_list<const char*>;

  /// False where the folder has no such table.
  bool rows_of(const char* name, Columns required, Columns optional,
               const std::function<void(const CsvRow&)>& row) const {
    const std::string path = gmns_table(t_.folder, name);
    if (path.empty()) return false;
    for_each_row(path, read_whole_file(path), required, optional, row);
    return true;
  }

  void problem(Severity severity, const char* code, std::string words) {
    plan_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  // -- what the tables' words mean ------------------------------------------------------------------------

  void read_config() {
    plan_.name = fs::path(t_.folder).lexically_normal().filename().string();
    plan_.junctions_stated = true;
    GmnsUnits& units = t_.units;
    enum : std::size_t { kName, kShort, kLong, kSpeed, kCrs };
    rows_of("config.csv", {}, {"dataset_name", "short_length", "long_length", "speed", "crs"},
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
    const std::string path = gmns_table(t_.folder, "settings.yml");
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

  void read_uses() {
    const ClassMask truck = mask_of(VehicleClass::kTruck) | mask_of(VehicleClass::kVan);
    uses_ = {{"all", kAllRoadClasses},
             {"auto", kMotorClasses},
             {"car", kCars},
             {"sov", kCars},
             {"hov", kCars},
             {"hov2", kCars},
             {"hov3", kCars},
             {"hov3+", kCars},
             {"truck", truck},
             {"trucks", truck},
             {"bus", mask_of(VehicleClass::kBus)},
             {"transit", mask_of(VehicleClass::kBus)},
             {"taxi", mask_of(VehicleClass::kTaxi)},
             {"bike", mask_of(VehicleClass::kBicycle)},
             {"bicycle", mask_of(VehicleClass::kBicycle)},
             {"walk", 0},
             {"ped", 0},
             {"parking", 0}};
    enum : std::size_t { kGroup, kUses };
    rows_of("use_group.csv", {"use_group", "uses"}, {}, [&](const CsvRow& row) {
      if (uses_.size() > 10'000) row.fail(kGroup, "is one group too many", "Keep fewer than 10,000");
      const std::string name = lower(row.text(kGroup));
      if (!uses_.contains(name)) uses_[name] = classes_of(row.text(kUses), 0);
    });
  }

  ClassMask classes_of(std::string_view text, ClassMask otherwise) {
    if (trimmed(text).empty()) return otherwise;
    ClassMask mask = 0;
    while (!text.empty()) {
      const auto comma = text.find_first_of(",;");
      const std::string word = lower(trimmed(text.substr(0, comma)));
      text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
      if (word.empty()) continue;
      const auto known = uses_.find(word);
      if (known == uses_.end())
        ++unknown_uses_, mask |= kMotorClasses;
      else
        mask |= known->second;
    }
    return mask;
  }

  // -- nodes and links ------------------------------------------------------------------------------------

  void read_nodes() {
    enum : std::size_t { kId, kX, kY, kControl, kControlType, kZone };
    const bool there = rows_of(
        "node.csv", {"node_id", "x_coord", "y_coord"}, {"ctrl_type", "control_type", "zone_id"},
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
    nodes_read_ = plan_.nodes.size();
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
    rows_of("geometry.csv", {"geometry_id", "geometry"}, {}, [&](const CsvRow& row) {
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
      link.way.allowed = classes_of(row.text(kUses), kAllRoadClasses);
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
    if (!rows_of("link.csv", {"link_id", "from_node_id", "to_node_id"},
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
      throw InputError(gmns_table(t_.folder, "config.csv"), "crs",
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
    epsg_ = *code;
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
    rows_of("lane.csv", {"link_id", "lane_num"}, {"allowed_uses", "width"}, [&](const CsvRow& row) {
      const auto link = t_.link_at.find(std::string(row.text(kLink)));
      if (link == t_.link_at.end()) return void(++unknown_lanes_);
      auto& lanes = t_.links[link->second].lanes;
      if (lanes.size() > 20) row.fail(kLink, "has more than 20 lanes", "Correct the table of lanes");
      GmnsLane lane;
      lane.number = whole(row, kNumber, -10, 10, 0);
      const std::string uses = lower(row.text(kUses));
      lane.allowed = classes_of(uses, t_.links[link->second].link.way.allowed);
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
    const auto roads = add_node_links(plan_, links, gmns_table(t_.folder, "link.csv"));
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

  // -- movements ------------------------------------------------------------------------------------------

  void read_movements() {
    enum : std::size_t { kId, kNode, kIn, kOut, kFirst, kLast, kType };
    std::size_t unknown = 0;
    rows_of("movement.csv", {"mvmt_id", "node_id", "ib_link_id", "ob_link_id"},
            {"start_ib_lane", "end_ib_lane", "type"}, [&](const CsvRow& row) {
              const auto in = t_.link_at.find(std::string(row.text(kIn))),
                         out = t_.link_at.find(std::string(row.text(kOut)));
              const bool known = in != t_.link_at.end() && out != t_.link_at.end() &&
                                 t_.road_of[in->second] != kNoRoad && t_.road_of[out->second] != kNoRoad &&
                                 t_.node_at.contains(std::string(row.text(kNode)));
              if (!known) return void(++unknown);
              GmnsMovement m{id_of(row, kId, "movement"),
                             std::string(row.text(kNode)),
                             lower(row.text(kType)),
                             in->second,
                             out->second,
                             whole(row, kFirst, -20, 20, 0),
                             whole(row, kLast, -20, 20, 0)};
              if (m.last_lane == 0) m.last_lane = m.first_lane;
              t_.movement_at.emplace(m.id, t_.movements.size());
              t_.movements.push_back(std::move(m));
            });
    if (unknown > 0)
      problem(Severity::kWarning, "movements_unknown",
              counted(unknown, "movement names", "movements name") + " a link or node that is not there.");
    paint_turns();
    ban_what_is_not_listed();
  }

  bool enters(std::uint32_t link, std::uint32_t node) const {
    const NodeLink& l = t_.links[link].link;
    return l.to == node || (l.both_ways && l.from == node);
  }

  PlanDirection& direction_into(std::uint32_t link, std::uint32_t node) {
    PlanRoad& road = plan_.roads[t_.road_of[link]];
    return road.nodes.back() == node ? road.forward : road.backward;
  }

  static std::optional<Turn> turn_of(const std::string& type) {
    if (type == "left" || type == "l") return Turn::kLeft;
    if (type == "right" || type == "r") return Turn::kRight;
    if (type == "thru" || type == "through" || type == "t") return Turn::kStraight;
    if (type == "uturn" || type == "u_turn" || type == "u") return Turn::kUTurn;
    return std::nullopt;
  }

  /// Which lanes turn where. A pocket's turns fall to the lane beside it.
  void paint_turns() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const GmnsMovement*>> by_link;
    for (const GmnsMovement& m : t_.movements) by_link[{m.in, t_.node_at.at(m.node)}].push_back(&m);
    for (const auto& [key, movements] : by_link) {
      const auto [link, node] = key;
      if (!enters(link, node)) continue;
      PlanDirection& way = direction_into(link, node);
      const int motor = t_.links[link].motor_lanes;
      if (way.lanes == 0) continue;
      std::vector<std::uint8_t> turns(static_cast<std::size_t>(way.lanes), 0);
      bool all = true;
      for (const GmnsMovement* m : movements) {
        const auto turn = turn_of(m->type);
        if (!turn || m->first_lane == 0) {
          all = false;
          break;
        }
        const int low = std::min(m->first_lane, m->last_lane), high = std::max(m->first_lane, m->last_lane);
        for (int n = low; n <= high; ++n) {
          if (n == 0) continue;
          const int from_left = n < 0 ? 1 : std::min(n, std::max(1, motor));
          turns[static_cast<std::size_t>(way.lanes - from_left)] |=
              static_cast<std::uint8_t>(1u << static_cast<unsigned>(*turn));
        }
      }
      if (all) way.turns = std::move(turns);
    }
  }

  /// Where a link's movements at its end are listed, others are not allowed.
  void ban_what_is_not_listed() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> listed;  // roads out
    for (const GmnsMovement& m : t_.movements)
      if (const std::uint32_t node = t_.node_at.at(m.node); enters(m.in, node))
        listed[{t_.road_of[m.in], node}].insert(t_.road_of[m.out]);
    if (listed.empty()) return;
    std::map<std::uint32_t, std::vector<std::uint32_t>> roads_at;
    for (std::uint32_t r = 0; r < plan_.roads.size(); ++r) {
      roads_at[plan_.roads[r].nodes.front()].push_back(r);
      roads_at[plan_.roads[r].nodes.back()].push_back(r);
    }
    std::size_t bans = 0;
    for (const auto& [key, allowed] : listed) {
      const auto [from, node] = key;
      for (const std::uint32_t to : roads_at[node]) {
        const PlanRoad& road = plan_.roads[to];
        const bool leaves = (road.nodes.front() == node ? road.forward : road.backward).lanes > 0;
        if (!leaves || to == from || allowed.contains(to)) continue;
        TurnRestriction ban;
        ban.id = "movement of " + plan_.roads[from].id;
        ban.from_road = from;
        ban.to_road = to;
        ban.via_nodes = {node};
        plan_.restrictions.push_back(std::move(ban));
        ++bans;
      }
    }
    if (bans > 0)
      problem(Severity::kNote, "turns_banned",
              counted(bans, "turn is", "turns are") + " closed because movement.csv does not list them.");
  }

  // -- zones ----------------------------------------------------------------------------------------------

  void read_zones() {
    std::vector<char> real(nodes_read_, 0), touched(nodes_read_, 0);
    for (const GmnsLink& l : t_.links)
      for (const std::uint32_t n : {l.link.from, l.link.to}) touched[n] = 1, real[n] |= !l.link.connector;
    std::vector<std::uint32_t> centroids;
    std::map<std::string, std::vector<std::uint32_t>> nodes_of;
    std::vector<std::string> order;
    for (std::uint32_t n = 0; n < nodes_read_; ++n) {
      if (t_.node_zone[n].empty() || !touched[n]) continue;
      auto& nodes = nodes_of[t_.node_zone[n]];
      if (nodes.empty()) order.push_back(t_.node_zone[n]);
      nodes.push_back(n);
      if (!real[n]) centroids.push_back(n);
    }
    close_to_through_traffic(plan_, centroids);
    if (!centroids.empty())
      problem(Severity::kNote, "centroids",
              counted(centroids.size(), "node", "nodes") +
                  " where only connectors of zones meet: trips begin and end there, none pass through.");
    for (const std::string& id : order) {
      auto& nodes = nodes_of[id];
      const bool has_centroid = std::any_of(nodes.begin(), nodes.end(), [&](auto n) { return !real[n]; });
      if (has_centroid) std::erase_if(nodes, [&](auto n) { return real[n] != 0; });
      plan_.zones.push_back({id, "", 0, 0, {}, nodes});
    }
    read_zone_table();
  }

  void read_zone_table() {
    std::unordered_map<std::string, std::size_t> zone_at;
    for (std::size_t z = 0; z < plan_.zones.size(); ++z) zone_at.emplace(plan_.zones[z].id, z);
    std::set<std::string> seen;
    std::size_t renamed = 0;
    enum : std::size_t { kId, kName, kBoundary, kResidents, kPopulation, kJobs, kEmployment };
    rows_of("zone.csv", {"zone_id"}, {"name", "boundary", "residents", "population", "jobs", "employment"},
            [&](const CsvRow& row) {
              std::string id = id_of(row, kId, "zone");
              const std::string name(row.text(kName).substr(0, kLongestId));
              if (seen.contains(id)) {
                id = name.empty() || seen.contains(name) ? id + "#" + std::to_string(row.line()) : name;
                ++renamed;
              }
              seen.insert(id);
              const auto [at, fresh] = zone_at.emplace(id, plan_.zones.size());
              if (fresh) plan_.zones.emplace_back().id = id;
              auto& zone = plan_.zones[at->second];
              zone.name = name;
              const auto people = [&](std::size_t a, std::size_t b) {
                return number_or(row, row.text(a).empty() ? b : a, 0, 1e9, 0);
              };
              zone.residents = people(kResidents, kPopulation);
              zone.jobs = people(kJobs, kEmployment);
              if (!row.text(kBoundary).empty()) zone.ring = ring_of(row, kBoundary);
            });
    if (renamed > 0)
      problem(Severity::kWarning, "zone_ids_repeat",
              counted(renamed, "zone has", "zones have") +
                  " the id of another (a spreadsheet rounds long numbers): their names take its place.");
  }

  /// The longest ring stands for the zone.
  std::vector<Point> ring_of(const CsvRow& row, std::size_t column) {
    auto parts = wkt_parts(row.text(column), kMostPointsOfZone);
    if (!parts) row.fail(column, "is no polygon of finite points", "Write POLYGON ((x y, x y, ...))");
    auto ring = *std::max_element(parts->begin(), parts->end(),
                                  [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (ring.size() < 3) row.fail(column, "has fewer than three points", "Write the whole boundary");
    if (epsg_ > 0 && plan_.crs != "EPSG:" + std::to_string(epsg_)) {
      try {
        if (osm::project_to_metres(ring, epsg_) != plan_.crs) return {};
      } catch (const std::runtime_error& error) {
        row.fail(column, error.what(), "Correct the boundary");
      }
    }
    return ring;
  }

  void say_what_is_left() {
    plan_.source = plan_.name;
    problem(Severity::kNote, "gmns_read",
            std::to_string(nodes_read_) + " nodes and " + std::to_string(links_read_) + " links were read.");
    if (unknown_ends_ > 0)
      problem(Severity::kError, "link_ends_unknown",
              counted(unknown_ends_, "link refers", "links refer") + " to a node that is not there and " +
                  (unknown_ends_ == 1 ? "is" : "are") + " left out; the first is " + first_unknown_ + ".");
    if (unknown_lanes_ > 0)
      problem(Severity::kWarning, "lanes_unknown",
              counted(unknown_lanes_, "lane belongs", "lanes belong") + " to a link that is not there.");
    if (unknown_uses_ > 0)
      problem(Severity::kWarning, "uses_unknown",
              counted(unknown_uses_, "use is", "uses are") + " unknown and taken for all motor vehicles.");
    if (guessed_classes_ > 0)
      problem(Severity::kGuess, "class_guessed",
              counted(guessed_classes_, "link states", "links state") +
                  " no facility type that is known: speed and lanes gave the class.");
    std::size_t pockets = 0;
    rows_of("segment.csv", {"link_id"}, {}, [&](const CsvRow&) { ++pockets; });
    if (pockets > 0)
      problem(
          Severity::kNote, "segments_not_used",
          counted(pockets, "segment", "segments") +
              " with turn pockets or lanes of their own: a link's lanes are the same all along, so pockets "
              "are not drawn and their turns fall to the lane beside them.");
  }

  GmnsTables t_;
  StreetPlan plan_;
  std::map<std::string, ClassMask> uses_;
  std::unordered_map<std::string, std::vector<Point>> geometry_;
  std::vector<double> stated_length_;
  std::vector<std::ptrdiff_t> drawn_;  // links with a drawing
  std::size_t nodes_read_ = 0, links_read_ = 0, points_ = 0, unknown_ends_ = 0, unknown_lanes_ = 0,
              unknown_uses_ = 0, guessed_classes_ = 0;
  std::string first_unknown_;
  int epsg_ = 0;
};

}  // namespace

std::string gmns_table(const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name;
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_regular_file(status))
    throw InputError(path, "", "is no regular file of this folder", "Put the table itself into the folder");
  if (fs::file_size(path, error) > kMostBytes || error)
    throw InputError(path, "", "is larger than 1 GiB", "Import a part of the network");
  return path;
}

}  // namespace gis

StreetPlan read_gmns(const std::string& folder) { return gis::GmnsImport(folder).read(); }

}  // namespace arterial
