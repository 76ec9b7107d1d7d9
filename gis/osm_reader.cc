#include "gis/osm_reader.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <osmium/io/any_input.hpp>
#include <osmium/osm.hpp>

#include "gis/osm_projection.h"
#include "gis/osm_tags.h"

namespace arterial {
namespace {

using osm::Tags;

constexpr double kLongestPart_m = 150'000;  // of one way; a lane is at most 200 km long
constexpr std::size_t kMaxWays = 20'000'000, kMaxRefs = 200'000'000, kMaxRestrictions = 2'000'000;
constexpr std::size_t kMaxRefsPerWay = 100'000;
constexpr std::uintmax_t kMaxMended = std::uintmax_t{1} << 30;
constexpr std::size_t kPrologue = 1 << 20;  // how far a DOCTYPE is looked for

/// On a sphere; good enough to tell a road from a slip of the keyboard.
double metres_between(Point lon_lat_a, Point lon_lat_b) {
  constexpr double kRadian = 3.14159265358979323846 / 180, kEarth_m = 6'371'000;
  const double north = (lon_lat_b.y - lon_lat_a.y) * kRadian;
  const double east =
      (lon_lat_b.x - lon_lat_a.x) * kRadian * std::cos((lon_lat_a.y + lon_lat_b.y) / 2 * kRadian);
  return kEarth_m * std::hypot(north, east);
}

struct RawWay {
  std::int64_t id = 0;
  std::vector<std::int64_t> refs;
  Tags tags;
};

struct RawRestriction {
  std::int64_t id = 0;
  bool only = false;
  ClassMask except = 0;
  std::vector<std::int64_t> from, to, via_ways;
  std::int64_t via_node = 0;
};

struct RawNode {
  Point lon_lat;
  bool found = false;
  osm::NodeRules rules;
};

bool starts_with_any(std::string_view key, std::initializer_list<std::string_view> list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view p) { return key.starts_with(p); });
}

/// Only what osm_tags reads is kept.
bool wanted(std::string_view key) {
  if (key == "name" || key == "ref" || key == "area" || key == "layer" || key == "bridge" || key == "tunnel")
    return true;
  return starts_with_any(key, {"highway", "junction", "oneway", "lanes", "turn:lanes", "maxspeed",
                               "source:maxspeed", "zone:", "access", "vehicle", "motor", "hgv", "goods",
                               "psv", "bus", "taxi", "bicycle", "emergency", "service"});
}

/// libosmium's own PBF parser (2.19) closes the file at the end of a good one only, so each refused PBF would
/// cost the process a descriptor.
class ClosingPbfParser final : public osmium::io::detail::Parser {
 public:
  explicit ClosingPbfParser(osmium::io::detail::parser_arguments& arguments)
      : Parser(arguments), parser_(arguments), out_(arguments.output_queue), descriptor_(arguments.fd) {}

  /// From now on every Reader of a PBF parses with this class.
  static void take_over() {
    static const bool done = osmium::io::detail::ParserFactory::instance().register_parser(
        osmium::io::file_format::pbf, [](osmium::io::detail::parser_arguments& arguments) {
          return std::make_unique<ClosingPbfParser>(arguments);
        });
    (void)done;
  }

  void run() override {
    try {
      parser_.run();
    } catch (...) {
      // Here and not by rethrowing: the header's promise may be kept already, which this object can't know.
      if (descriptor_ >= 0) ::close(descriptor_);
      osmium::io::detail::add_to_queue(out_, std::current_exception());
    }
  }

 private:
  osmium::io::detail::PBFParser parser_;
  osmium::io::detail::future_buffer_queue_type& out_;
  int descriptor_;
};

class OsmFile {
 public:
  explicit OsmFile(std::string path) : path_(std::move(path)) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path_, error))
      throw InputError(path_, "", "there is no such file", "Check the path");
    format_ = sniff();
  }

  [[noreturn]] void refuse(const std::string& what, const std::string& remedy) const {
    throw InputError(path_, "", what, remedy);
  }

  template <class Handler>
  void each(osmium::osm_entity_bits::type entities, Handler&& handler) const {
    try {
      // An absolute path is never taken for a URL or for standard input.
      const osmium::io::File file = text_.empty()
                                        ? osmium::io::File(std::filesystem::absolute(path_).string(), format_)
                                        : osmium::io::File(text_.data(), text_.size(), format_);
      ClosingPbfParser::take_over();
      osmium::io::Reader reader(file, entities, osmium::io::read_meta::no);
      while (const osmium::memory::Buffer buffer = reader.read())
        for (const auto& item : buffer.select<osmium::OSMObject>()) {
          require_whole_tags(item.tags());
          handler(item);
        }
      reader.close();
    } catch (const InputError&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& e) {
      refuse(std::string("cannot be read as OpenStreetMap data (") + e.what() + ")",
             "The file is damaged, cut off or of another kind: download or export it again");
    }
  }

 private:
  /// libosmium walks from one zero byte to the next. A PBF may hold them inside a key or a value, and then
  /// the walk ends somewhere behind the list.
  void require_whole_tags(const osmium::TagList& tags) const {
    if (tags.empty()) return;
    const auto* list = reinterpret_cast<const char*>(&tags);
    const std::string_view content(list + sizeof(osmium::TagList),
                                   tags.byte_size() - sizeof(osmium::TagList));
    if (std::count(content.begin(), content.end(), '\0') % 2 != 0 || content.back() != '\0')
      refuse("a tag holds a zero byte", "Fetch or export the file again");
  }

  /// Some writers call UTF-8 "utf8", which no XML parser knows. Such a file is read with its declaration
  /// blanked.
  void mend_encoding(const std::string& head) {
    const auto close = head.find("?>");
    if (!head.starts_with("<?xml") || close == std::string::npos) return;
    std::string declared = head.substr(0, close);
    for (char& c : declared) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (declared.find("'utf8'") == std::string::npos && declared.find("\"utf8\"") == std::string::npos)
      return;
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    if (error || size > kMaxMended)
      refuse("declares the encoding 'utf8'", "Write encoding='UTF-8' in its first line");
    std::ifstream in(path_, std::ios::binary);
    text_.resize(size);
    in.read(text_.data(), static_cast<std::streamsize>(size));
    if (!in) refuse("cannot be read", "Check its permissions");
    std::fill_n(text_.begin(), close + 2, ' ');
  }

  std::string sniff() {
    std::ifstream in(path_, std::ios::binary);
    if (!in) throw InputError(path_, "", "cannot be opened", "Check its permissions");
    std::string head(64, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in.gcount()));
    if (head.empty()) refuse("is empty", "Download or export it again");
    const auto byte = [&](std::size_t i) {
      return i < head.size() ? static_cast<unsigned char>(head[i]) : 0;
    };
    if (byte(0) == 0x1f && byte(1) == 0x8b) {
      check_xml(gunzipped_head());
      return "osm.gz";
    }
    if (head.starts_with("BZh")) return "osm.bz2";
    if (head.find("OSMHeader") != std::string::npos && byte(0) == 0 && byte(4) == 0x0a) return "pbf";
    const auto text = head.find_first_not_of("\xef\xbb\xbf \t\r\n");
    if (text != std::string::npos && head[text] == '<') {
      std::string prologue(kPrologue, '\0');
      in.clear();
      in.seekg(0);
      in.read(prologue.data(), static_cast<std::streamsize>(prologue.size()));
      prologue.resize(static_cast<std::size_t>(in.gcount()));
      check_xml(prologue);
      mend_encoding(prologue);
      return "osm";
    }
    refuse("is neither OpenStreetMap XML nor PBF", "Give an .osm, .osm.gz, .osm.bz2 or .osm.pbf file");
  }

  std::string gunzipped_head() const {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path_.c_str(), "rb"), gzclose);
    if (!file) refuse("cannot be opened", "Check its permissions");
    std::string text(kPrologue, '\0');
    const int n = gzread(file.get(), text.data(), static_cast<unsigned>(text.size()));
    if (n < 0) refuse("is a damaged gzip file", "Download or export it again");
    text.resize(static_cast<std::size_t>(n));
    return text;
  }

  /// libosmium refuses entities by itself; a document type has no business here at all.
  void check_xml(const std::string& head) const {
    if (head.find("<!DOCTYPE") != std::string::npos || head.find("<!ENTITY") != std::string::npos)
      refuse("has a DOCTYPE, which OpenStreetMap files never have", "Remove it, or export the data again");
    const auto osm = head.find("<osm"), change = head.find("<osmChange");
    if (osm == std::string::npos)
      refuse("is XML but not OpenStreetMap data (no <osm> element)",
             "Give an OpenStreetMap extract; SUMO networks end in .net.xml");
    if (change == osm) refuse("is a change file, not an extract", "Apply it to an extract first");
  }

  std::string path_, format_;
  std::string text_;  // the file's content, only where it had to be mended
};

class OsmImport {
 public:
  OsmImport(const std::string& path, const OsmOptions& options)
      : path_(path), file_(path), options_(options) {}

  StreetPlan read() {
    read_ways_and_relations();
    read_nodes();
    place_and_country();
    add_roads();
    add_restrictions();
    describe();
    return std::move(plan_);
  }

 private:
  void read_ways_and_relations() {
    std::size_t refs = 0;
    file_.each(osmium::osm_entity_bits::way | osmium::osm_entity_bits::relation,
               [&](const osmium::OSMObject& object) {
                 if (!object.visible()) return;
                 if (object.type() == osmium::item_type::relation) {
                   add_relation(static_cast<const osmium::Relation&>(object));
                   return;
                 }
                 const auto& way = static_cast<const osmium::Way&>(object);
                 const char* highway = way.tags()["highway"];
                 if (!highway || way.nodes().size() < 2) return;
                 RawWay raw;
                 raw.id = way.id();
                 for (const osmium::Tag& tag : way.tags())
                   if (wanted(tag.key())) raw.tags.add(tag.key(), tag.value());
                 // The rules of an unknown country decide here only whether it is a road at all.
                 osm::TagCounts ignored;
                 if (!osm::road_rules(raw.tags, {}, false, options_.service_roads, ignored)) return;
                 if (way.nodes().size() > kMaxRefsPerWay)
                   file_.refuse("way " + std::to_string(way.id()) + " has " +
                                    std::to_string(way.nodes().size()) + " nodes",
                                "Ways hold 2,000 at most: check where the file comes from");
                 for (const osmium::NodeRef& ref : way.nodes()) raw.refs.push_back(ref.ref());
                 refs += raw.refs.size();
                 ways_.push_back(std::move(raw));
                 if (ways_.size() > kMaxWays || refs > kMaxRefs)
                   file_.refuse("holds more roads than can be imported at once",
                                "Cut the extract into smaller pieces");
               });
    // A file may hold an object more than once or out of order; the answer must not depend on it.
    std::stable_sort(ways_.begin(), ways_.end(),
                     [](const RawWay& a, const RawWay& b) { return a.id < b.id; });
    ways_.erase(std::unique(ways_.begin(), ways_.end(),
                            [](const RawWay& a, const RawWay& b) { return a.id == b.id; }),
                ways_.end());
    std::stable_sort(restrictions_.begin(), restrictions_.end(),
                     [](const auto& a, const auto& b) { return a.id < b.id; });
    if (ways_.empty()) file_.refuse("holds no road", "Export the extract with its highways");
    for (const RawWay& w : ways_) node_ids_.insert(node_ids_.end(), w.refs.begin(), w.refs.end());
    std::sort(node_ids_.begin(), node_ids_.end());
    node_ids_.erase(std::unique(node_ids_.begin(), node_ids_.end()), node_ids_.end());
    nodes_.resize(node_ids_.size());
  }

  void add_relation(const osmium::Relation& relation) {
    const char* type = relation.tags()["type"];
    if (!type || !std::string_view(type).starts_with("restriction")) return;
    RawRestriction raw;
    raw.id = relation.id();
    std::string_view rule;
    ClassMask bound = kAllClasses;
    struct Specific {
      const char* key;
      ClassMask classes;
    };
    static constexpr Specific kSpecific[] = {
        {"restriction:hgv", mask_of(VehicleClass::kTruck)},
        {"restriction:bus", mask_of(VehicleClass::kBus)},
        {"restriction:motorcar", mask_of(VehicleClass::kCar) | mask_of(VehicleClass::kVan)},
        {"restriction:motor_vehicle", kMotorClasses}};
    if (const char* v = relation.tags()["restriction"]) {
      rule = v;
    } else {
      for (const Specific& s : kSpecific)
        if (const char* w = relation.tags()[s.key]) rule = w, bound = s.classes;
    }
    if (rule.empty()) {
      conditional_restrictions_ += relation.tags()["restriction:conditional"] != nullptr;
      return;
    }
    raw.only = rule.starts_with("only_");
    if (!raw.only && !rule.starts_with("no_")) return;
    raw.except = static_cast<ClassMask>(kAllClasses & ~bound);
    if (const char* except = relation.tags()["except"]) {
      const std::string_view e(except);
      if (e.find("psv") != std::string_view::npos)
        raw.except |= mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kTaxi);
      if (e.find("bus") != std::string_view::npos) raw.except |= mask_of(VehicleClass::kBus);
      if (e.find("taxi") != std::string_view::npos) raw.except |= mask_of(VehicleClass::kTaxi);
      if (e.find("hgv") != std::string_view::npos) raw.except |= mask_of(VehicleClass::kTruck);
      if (e.find("bicycle") != std::string_view::npos) raw.except |= mask_of(VehicleClass::kBicycle);
      if (e.find("motorcar") != std::string_view::npos)
        raw.except |= mask_of(VehicleClass::kCar) | mask_of(VehicleClass::kVan);
      if (e.find("emergency") != std::string_view::npos) raw.except |= mask_of(VehicleClass::kEmergency);
    }
    for (const osmium::RelationMember& m : relation.members()) {
      const std::string_view role(m.role());
      if (m.type() == osmium::item_type::way && role == "from")
        raw.from.push_back(m.ref());
      else if (m.type() == osmium::item_type::way && role == "to")
        raw.to.push_back(m.ref());
      else if (m.type() == osmium::item_type::way && role == "via")
        raw.via_ways.push_back(m.ref());
      else if (m.type() == osmium::item_type::node && role == "via")
        raw.via_node = m.ref();
    }
    if (raw.from.size() > 8 || raw.to.size() > 8 || raw.via_ways.size() > 8) return;
    restrictions_.push_back(std::move(raw));
    if (restrictions_.size() > kMaxRestrictions)
      file_.refuse("holds more turn restrictions than can be imported at once",
                   "Cut the extract into smaller pieces");
  }

  std::size_t index_of(std::int64_t id) const {
    const auto it = std::lower_bound(node_ids_.begin(), node_ids_.end(), id);
    return it != node_ids_.end() && *it == id ? static_cast<std::size_t>(it - node_ids_.begin())
                                              : node_ids_.size();
  }

  void read_nodes() {
    Tags tags;
    file_.each(osmium::osm_entity_bits::node, [&](const osmium::OSMObject& object) {
      const auto& node = static_cast<const osmium::Node&>(object);
      const std::size_t i = index_of(node.id());
      if (i == node_ids_.size() || !node.visible() || !node.location().valid()) return;
      nodes_[i].found = true;
      nodes_[i].lon_lat = {node.location().lon(), node.location().lat()};
      if (node.tags().empty()) return;
      tags.clear();
      for (const osmium::Tag& tag : node.tags())
        if (std::strlen(tag.value()) < 100) tags.add(tag.key(), tag.value());
      nodes_[i].rules = osm::node_rules(tags);
    });
  }

  void place_and_country() {
    double west = 1e9, east = -1e9, south = 1e9, north = -1e9;
    for (const RawNode& n : nodes_) {
      if (!n.found) continue;
      west = std::min(west, n.lon_lat.x), east = std::max(east, n.lon_lat.x);
      south = std::min(south, n.lon_lat.y), north = std::max(north, n.lon_lat.y);
    }
    if (west > east)
      file_.refuse("holds roads but none of their nodes",
                   "Export the extract with its nodes (complete ways)");
    const double lon = (west + east) / 2, lat = (south + north) / 2;
    if (lat > 84 || lat < -80)
      file_.refuse("lies near a pole, where no UTM zone reaches",
                   "Give an extract between 80 degrees south and 84 degrees north");
    if (east - west > 30)
      file_.refuse("spans " + std::to_string(static_cast<int>(east - west)) + " degrees of longitude",
                   "Cut out one region: a metric system holds for a few degrees only");
    plan_.crs = osm::utm_zone_of(lon, lat);
    country_ = options_.country.empty() ? osm::country_at(lon, lat) : osm::country_named(options_.country);
    plan_.country = country_.code;
    plan_.left_hand = options_.left_hand.value_or(country_.left_hand);
    if (!options_.left_hand && options_.country.empty())
      note(Severity::kGuess, "country_guessed",
           std::string(plan_.left_hand ? "Left" : "Right") + "-hand traffic and implicit speed limits " +
               (country_.code.empty() ? "are the usual ones: the country is not known."
                                      : "are those of " + country_.code + ", taken from the coordinates."));
  }

  void note(Severity severity, std::string code, std::string words) {
    plan_.problems.push_back({severity, std::move(code), "", 0, 0, std::move(words)});
  }

  std::uint32_t add_node(std::size_t raw, bool twin) {
    PlanNode node;
    node.id = "node/" + std::to_string(node_ids_[raw]);
    if (twin) node.id += "b" + std::to_string(++twins_);
    node.at = nodes_[raw].lon_lat;
    node.control = nodes_[raw].rules.control;
    node.control_direction = nodes_[raw].rules.direction;
    plan_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(plan_.nodes.size() - 1);
  }

  void add_roads() {
    std::vector<std::uint32_t> plan_node(nodes_.size(), 0xffffffffu);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].found) plan_node[i] = add_node(i, false);
    std::size_t cut = 0, missing = 0, too_long = 0;
    for (const RawWay& way : ways_) {
      const auto rules =
          osm::road_rules(way.tags, country_, plan_.left_hand, options_.service_roads, counts_);
      if (!rules) continue;
      PlanRoad road;
      road.id = "way/" + std::to_string(way.id);
      const std::string_view name = way.tags["name"];
      road.name = std::string((name.empty() ? way.tags["ref"] : name).substr(0, 200));
      road.road_class = rules->road_class;
      road.forward = rules->forward;
      road.backward = rules->backward;
      road.roundabout = rules->roundabout;
      road.level = rules->level;
      road.lane_width_m =
          rules->road_class == RoadClass::kMotorway                                                   ? 3.5
          : rules->road_class == RoadClass::kService || rules->road_class == RoadClass::kLivingStreet ? 2.8
                                                                                                      : 3.2;
      bool was_cut = false;
      double length_m = 0;  // of the part since the last cut
      const auto flush = [&] {
        if (road.nodes.size() >= 2) {
          roads_of_.emplace_back(way.id, static_cast<std::uint32_t>(plan_.roads.size()));
          plan_.roads.push_back(road);
        }
        road.nodes.clear();
        length_m = 0;
      };
      for (std::size_t k = 0; k < way.refs.size(); ++k) {
        const std::size_t i = index_of(way.refs[k]);
        if (plan_node[i] == 0xffffffffu) {
          ++missing;
          was_cut = true;
          flush();
          continue;
        }
        if (nodes_[i].rules.blocked && k > 0 &&
            k + 1 < way.refs.size()) {  // a bollard: a dead end on either side
          ++bollards_;
          if (!road.nodes.empty()) road.nodes.push_back(add_node(i, true));
          flush();
          road.nodes.push_back(add_node(i, true));
          continue;
        }
        if (!road.nodes.empty())
          length_m += metres_between(plan_.nodes[road.nodes.back()].at, nodes_[i].lon_lat);
        if (length_m > kLongestPart_m) {  // a node whose place is wrong; the way goes on behind it
          ++too_long;
          flush();
        }
        road.nodes.push_back(plan_node[i]);
      }
      flush();
      cut += was_cut;
    }
    if (plan_.roads.empty())
      file_.refuse("holds no road that vehicles may use", "Export the extract with its highways and nodes");
    std::vector<Point> points;
    points.reserve(plan_.nodes.size());
    for (const PlanNode& n : plan_.nodes) points.push_back(n.at);
    try {
      osm::project(points, plan_.crs);
    } catch (const std::exception& e) {
      file_.refuse(e.what(), "Install PROJ's data (proj-data), or check the coordinates");
    }
    for (std::size_t i = 0; i < points.size(); ++i) plan_.nodes[i].at = points[i];
    if (too_long)
      note(Severity::kError, "ways_too_long",
           std::to_string(too_long) +
               " times a way ran for more than 150 km and was cut there: nodes may lie in the wrong place.");
    if (missing)
      note(Severity::kWarning, "ways_cut",
           std::to_string(cut) + " roads leave the extract (" + std::to_string(missing) +
               " nodes are missing); the parts inside were kept.");
  }

  std::vector<std::uint32_t> roads_of(std::int64_t way) const {
    std::vector<std::uint32_t> out;
    auto it =
        std::lower_bound(roads_of_.begin(), roads_of_.end(), std::pair<std::int64_t, std::uint32_t>{way, 0});
    for (; it != roads_of_.end() && it->first == way; ++it) out.push_back(it->second);
    return out;
  }

  void add_restrictions() {
    std::vector<std::pair<std::int64_t, std::uint32_t>>
        plan_node;  // first plan node of each OSM node, in id order
    std::size_t broken = 0;
    std::vector<std::uint32_t> node_index(node_ids_.size(), 0xffffffffu);
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].found) node_index[i] = next++;
    for (const RawRestriction& raw : restrictions_) {
      const std::size_t before = plan_.restrictions.size();
      for (const std::int64_t from : raw.from)
        for (const std::int64_t to : raw.to) add_restriction(raw, from, to, node_index);
      broken += plan_.restrictions.size() == before;
    }
    if (broken)
      note(Severity::kNote, "restrictions_ignored",
           std::to_string(broken) +
               " turn restrictions refer to roads outside the extract or closed to motor traffic.");
    if (conditional_restrictions_)
      note(Severity::kWarning, "conditional_restrictions",
           std::to_string(conditional_restrictions_) +
               " turn restrictions that hold only at times were left out.");
  }

  void add_restriction(const RawRestriction& raw, std::int64_t from, std::int64_t to,
                       const std::vector<std::uint32_t>& node_index) {
    TurnRestriction r;
    r.id = "relation/" + std::to_string(raw.id);
    r.only = raw.only;
    r.except = raw.except;
    const auto touches = [&](std::uint32_t road, std::uint32_t node) {
      const auto& nodes = plan_.roads[road].nodes;
      return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    };
    if (!raw.via_ways.empty()) {
      for (const std::int64_t via : raw.via_ways) {
        const auto roads = roads_of(via);
        if (roads.size() != 1) return;
        r.via_roads.push_back(roads.front());
      }
      const auto a = roads_of(from), b = roads_of(to);
      if (a.size() != 1 || b.size() != 1) return;
      r.from_road = a.front();
      r.to_road = b.front();
      plan_.restrictions.push_back(std::move(r));
      return;
    }
    const std::size_t i = index_of(raw.via_node);
    if (raw.via_node == 0 || i == node_ids_.size() || node_index[i] == 0xffffffffu) return;
    const std::uint32_t node = node_index[i];
    r.via_nodes = {node};
    for (const std::uint32_t a : roads_of(from))
      for (const std::uint32_t b : roads_of(to)) {
        if (!touches(a, node) || !touches(b, node)) continue;
        r.from_road = a;
        r.to_road = b;
        plan_.restrictions.push_back(r);
      }
  }

  void describe() {
    plan_.name = std::filesystem::path(path_).filename().string();
    plan_.name = plan_.name.substr(0, plan_.name.find(".osm"));
    plan_.source = "OpenStreetMap, " + std::filesystem::path(path_).filename().string();
    plan_.licence = "ODbL 1.0";
    plan_.attribution = "\u00a9 OpenStreetMap contributors";
    if (counts_.bad_speed)
      note(Severity::kWarning, "speed_not_understood",
           std::to_string(counts_.bad_speed) + " speed limits make no sense; the road class decides.");
    if (counts_.bad_lanes)
      note(Severity::kWarning, "lanes_not_understood",
           std::to_string(counts_.bad_lanes) + " numbers of lanes make no sense; the road class decides.");
    if (counts_.turn_lanes_ignored)
      note(Severity::kWarning, "lane_tags_ignored",
           std::to_string(counts_.turn_lanes_ignored) +
               " lane tags list another number of lanes than the road has; they were left out.");
    if (counts_.conditional)
      note(Severity::kNote, "conditional_rules_ignored",
           std::to_string(counts_.conditional) + " rules that hold only at times were left out.");
    if (bollards_)
      note(Severity::kNote, "bollards", std::to_string(bollards_) + " roads are closed by bollards.");
  }

  std::string path_;
  OsmFile file_;
  OsmOptions options_;
  StreetPlan plan_;
  osm::Country country_;
  osm::TagCounts counts_;
  std::vector<RawWay> ways_;
  std::vector<RawRestriction> restrictions_;
  std::vector<std::int64_t> node_ids_;                            // sorted
  std::vector<RawNode> nodes_;                                    // by node_ids_
  std::vector<std::pair<std::int64_t, std::uint32_t>> roads_of_;  // way id, road; sorted
  std::size_t conditional_restrictions_ = 0, bollards_ = 0, twins_ = 0;
};

}  // namespace

StreetPlan read_osm(const std::string& path, const OsmOptions& options) {
  return OsmImport(path, options).read();
}

}  // namespace arterial
