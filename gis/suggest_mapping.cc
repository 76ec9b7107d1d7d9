#include "gis/suggest_mapping.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "gis/layer_sample.h"
#include "gis/osm_tags.h"
#include "gis/reprojection.h"
#include "gis/text_output.h"
#include "gis/vector_mapping.h"

namespace arterial {
namespace {

using Shapes = VectorLayer::Shapes;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// A name from a file as YAML: plain where it is harmless, else in quotes (a JSON string is one of YAML's).
std::string yaml(std::string_view text) {
  static constexpr std::string_view kReserved[] = {"yes", "no",  "true", "false", "null",
                                                   "on",  "off", "y",    "n"};
  bool plain = !text.empty() && text.size() < 100;
  for (std::size_t k = 0; k < text.size() && plain; ++k) {
    const char c = text[k];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    plain = letter || (c >= '0' && c <= '9') || (k > 0 && (c == '-' || c == '.'));
  }
  if (plain && std::find(std::begin(kReserved), std::end(kReserved), lower(text)) != std::end(kReserved))
    plain = false;
  return plain ? std::string(text) : gis::json_text(text);
}

/// What a value of a class field may mean; the second is false where that is a guess.
std::pair<std::string, bool> class_meaning(const std::string& value) {
  const std::string word = lower(value);
  if (word == "cycleway") return {"none", false};  // {class: cycleway} keeps it, for bicycles
  if (road_class_from(word)) return {word, true};
  static constexpr std::string_view kNoRoad[] = {
      "footway",  "steps",    "path",     "pedestrian", "bridleway", "track",     "construction",
      "proposed", "platform", "corridor", "elevator",   "raceway",   "abandoned", "razed",
      "ferry",    "trail",    "sidewalk", "rest_area",  "services"};
  for (const auto w : kNoRoad)
    if (word == w || word.starts_with("track_")) return {"none", true};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kOthers{
      {{"freeway", "motorway"},
       {"expressway", "trunk"},
       {"interstate", "motorway"},
       {"ramp", "motorway_link"},
       {"arterial", "primary"},
       {"major", "primary"},
       {"collector", "tertiary"},
       {"minor", "tertiary"},
       {"local", "residential"},
       {"street", "residential"},
       {"alley", "service"},
       {"driveway", "service"},
       {"private", "service"},
       {"highway", "trunk"},
       {"cycle", "cycleway"},
       {"road", "unclassified"}}};
  for (const auto& [part, meaning] : kOthers)
    if (word.find(part) != std::string::npos) return {std::string(meaning), false};
  return {"unclassified", false};
}

std::pair<std::string, bool> direction_meaning(const std::string& value) {
  const std::string word = lower(value);
  for (const std::string_view w : {"0", "no", "n", "false", "b", "both", "two-way", "twoway", "2"})
    if (word == w) return {"both", true};
  for (const std::string_view w : {"1", "yes", "y", "true", "f", "ft", "forward", "t>", "one-way", "oneway"})
    if (word == w) return {"forward", true};
  for (const std::string_view w : {"-1", "t", "tf", "backward", "reverse"})
    if (word == w) return {"backward", true};
  if (word == "reversible" || word == "alternating") return {"both", false};
  return {"both", false};
}

std::pair<std::string, bool> control_meaning(const std::string& value) {
  const std::string word = lower(value);
  if (word.find("signal") != std::string::npos || word == "ts") return {"signal", true};
  if (word == "stop") return {"stop", true};
  if (word == "all_way_stop" || word == "4_stop" || word == "allway") return {"all_way_stop", true};
  if (word == "give_way" || word == "yield") return {"yield", true};
  if (word == "mini_roundabout") return {"mini_roundabout", true};
  return {"none", word != "crossing"};
}

class Suggestion {
 public:
  explicit Suggestion(const VectorSources& sources) {
    for (const VectorLayer& layer : sources.layers()) samples_.push_back(sample_of(layer));
    file_ = sources.layers().front().file();
  }

  std::string write() {
    choose_layers();
    if (!roads_)
      throw InputError(file_, "",
                       "no layer looks like roads: none has lines, and none has fields such as from and to",
                       "Write the mapping by hand; docs/MAPPING.md shows every key");
    line(0,
         "# A first mapping, made from names and values. Read it before you use it: '# unsure' marks "
         "guesses.");
    line(0, "# docs/MAPPING.md shows every key.");
    write_facts();
    write_roads();
    if (nodes_) write_nodes();
    write_points(signals_, "signals", "signal");
    write_points(stop_signs_, "stop_signs", "stop");
    if (buildings_) write_buildings();
    if (water_) {
      line(0, "water:");
      line(1, "layer: " + yaml(water_->layer->name()));
    }
    if (zones_) write_zones();
    write_unused();
    return out_;
  }

 private:
  void line(int indent, const std::string& text, const std::string& remark = "") {
    out_ += std::string(static_cast<std::size_t>(indent) * 2, ' ') + text;
    if (!remark.empty()) (out_ += "  # ") += remark;
    out_ += '\n';
  }

  // Which layer is what.

  void choose_layers() {
    long best = 0;
    for (const LayerSample& s : samples_) {
      const bool lines = s.layer->shapes() == Shapes::kLines, table = s.layer->shapes() == Shapes::kNone;
      const bool ends = field_for(s, FieldRole::kFrom) && field_for(s, FieldRole::kTo);
      if (!lines && !(table && ends)) continue;
      long score = 1 + static_cast<long>(std::min<std::size_t>(s.rows, 1000));
      if (is_named(s, {"road", "street", "link", "edge", "highway", "network", "strasse", "route"}))
        score += 5000;
      if (is_named(s, {"water", "river", "rail", "contour", "bound", "power"})) score -= 5000;
      if (field_for(s, FieldRole::kClass)) score += 500;
      if (score > best) best = score, roads_ = &s;
    }
    for (const LayerSample& s : samples_) {
      if (&s == roads_ || s.rows == 0) continue;
      if (s.layer->shapes() == Shapes::kNone) choose_table(s);
      if (s.layer->shapes() == Shapes::kPoints) choose_points(s);
      if (s.layer->shapes() == Shapes::kAreas) choose_areas(s);
    }
    if (!zones_) return;
    if (!field_for(*zones_, FieldRole::kResidents) && !field_for(*zones_, FieldRole::kJobs)) return;
    if (table_ && !is_named(*table_, {"land"})) table_ = nullptr;
  }

  void choose_table(const LayerSample& s) {
    const bool place = field_for(s, FieldRole::kX) && field_for(s, FieldRole::kY);
    if (!nodes_ && roads_ && field_for(*roads_, FieldRole::kFrom) && place && field_for(s, FieldRole::kId))
      nodes_ = &s;
    else if (!table_ && field_for(s, FieldRole::kZone) &&
             (field_for(s, FieldRole::kResidents) || field_for(s, FieldRole::kJobs)))
      table_ = &s;
  }

  void choose_points(const LayerSample& s) {
    if (is_named(s, {"signal", "trafficlight"}))
      signals_ = signals_ ? signals_ : &s;
    else if (is_named(s, {"stopsign", "sign"}))
      stop_signs_ = stop_signs_ ? stop_signs_ : &s;
    else if (!nodes_ && roads_ && field_for(*roads_, FieldRole::kFrom) && field_for(s, FieldRole::kId) &&
             is_named(s, {"node", "junction", "intersection"}))
      nodes_ = &s;
  }

  void choose_areas(const LayerSample& s) {
    const bool counts = field_for(s, FieldRole::kResidents) || field_for(s, FieldRole::kJobs);
    if (is_named(s, {"build", "footprint", "gebaeude", "bati"}))
      buildings_ = buildings_ ? buildings_ : &s;
    else if (is_named(s, {"water", "lake", "river", "sea", "ocean"}))
      water_ = water_ ? water_ : &s;
    else if (counts || is_named(s, {"zone", "taz", "tract", "district", "plot", "ward", "lsoa", "msoa"}))
      zones_ = zones_ ? zones_ : &s;
  }

  // The parts of the file.

  void write_facts() {
    line(0, "name: " + yaml(roads_->layer->name()));
    line(0, "# licence: ", "of the data, and whom to name for it: both travel onto every map and report");
    line(0, "# attribution: ");
    std::string crs = roads_->layer->crs();
    const LayerSample& placed = nodes_ && roads_->layer->shapes() == Shapes::kNone ? *nodes_ : *roads_;
    if (crs.empty()) crs = placed.layer->crs();
    std::vector<Point> place;
    if (placed.place) place.push_back(*placed.place);
    if (crs.empty()) crs = stated_crs(placed, place);
    const Reprojection to_degrees(crs.empty() ? "EPSG:4326" : crs, "EPSG:4326");
    osm::Country country;
    if (!crs.empty() && !place.empty() && to_degrees.known() && to_degrees(place))
      country = osm::country_at(place[0].x, place[0].y);
    if (country.code.empty())
      line(0, "# country: ", "two letters of ISO 3166, for speeds and rules that the data leaves open");
    else
      line(0, "country: " + country.code, "by the coordinates");
    line(0, std::string("traffic: ") + (country.left_hand ? "left" : "right"),
         country.code.empty() ? "unsure: the country is not known here" : "");
    const bool meets_by_id = field_for(*roads_, FieldRole::kFrom) && field_for(*roads_, FieldRole::kTo);
    if (!meets_by_id) {
      line(0, "snap_tolerance: 0.5 m", "ends of lines nearer than this meet");
      line(0, "crossings: apart",
           "by_level: lines of one level that cross without a common vertex meet there");
    }
  }

  /// Writes the system of a layer that states none; empty where it cannot be told.
  std::string stated_crs(const LayerSample& placed, std::vector<Point>& place) {
    const FieldSample *x = field_for(placed, FieldRole::kX), *y = field_for(placed, FieldRole::kY);
    bool degrees = !place.empty() && std::abs(place[0].x) <= 180 && std::abs(place[0].y) <= 90;
    if (x && y && x->all_numbers && y->all_numbers) {
      degrees = x->low >= -180 && x->high <= 180 && y->low >= -90 && y->high <= 90;
      place.assign(1, Point{(x->low + x->high) / 2, (y->low + y->high) / 2});
    }
    if (degrees) {
      line(0, "crs: EPSG:4326", "unsure: the data states none, and its coordinates look like degrees");
      return "EPSG:4326";
    }
    line(0, "# crs: EPSG:", "the data states no reference system; it must be added here");
    return "";
  }

  void field(const LayerSample& s, FieldRole role, const char* key, const std::string& remark = "") {
    if (const FieldSample* f = field_for(s, role)) line(1, std::string(key) + ": " + yaml(f->name), remark);
  }

  void write_roads() {
    const LayerSample& s = *roads_;
    line(0, "roads:");
    line(1, "layer: " + yaml(s.layer->name()));
    if (const FieldSample* id = field_for(s, FieldRole::kId))
      line(1, "id: " + yaml(id->name),
           id->all_different ? "" : "unsure: it repeats; each further road is numbered");
    else
      line(1, "# id: ", "without one, roads are known by their row");
    field(s, FieldRole::kName, "name");
    const FieldSample *from = field_for(s, FieldRole::kFrom), *to = field_for(s, FieldRole::kTo);
    const bool ends = from && to && (nodes_ || s.layer->shapes() != Shapes::kNone);
    if (ends) {
      line(1, "from: " + yaml(from->name), "ids of nodes say where roads meet");
      line(1, "to: " + yaml(to->name));
    }
    write_direction(s, ends ? from : nullptr, ends ? to : nullptr);
    field(s, FieldRole::kLanes, "lanes",
          "unsure: counts the lanes of one direction; use lanes_total if it counts both");
    if (!field_for(s, FieldRole::kLanes)) field(s, FieldRole::kLanesTotal, "lanes_total");
    field(s, FieldRole::kLanesForward, "lanes_forward");
    field(s, FieldRole::kLanesBackward, "lanes_backward");
    write_speed(s);
    write_class(s);
    field(s, FieldRole::kCapacity, "capacity",
          "unsure: vehicles an hour of one direction; {field: F, per: lane} otherwise");
    write_level(s);
    if (const FieldSample* f = field_for(s, FieldRole::kLength); f && s.layer->shapes() == Shapes::kNone)
      line(1, "length: {field: " + yaml(f->name) + ", unit: m}", "unsure: the unit");
    field(s, FieldRole::kLaneWidth, "lane_width");
  }

  /// Many pairs of rows that run from a to b and from b to a: one row for each direction.
  bool rows_are_directed(const LayerSample& s, const FieldSample& from, const FieldSample& to) const {
    const int f = s.layer->field(from.name), t = s.layer->field(to.name);
    std::unordered_set<std::string> seen;
    std::size_t rows = 0, reversed = 0;
    s.layer->each(
        [&](const VectorRow& row) {
          const std::string a = row.text(f), b = row.text(t);
          ++rows;
          reversed += seen.count(b + "\n" + a);
          seen.insert(a + "\n" + b);
        },
        200'000);
    return reversed * 10 > rows;
  }

  void write_direction(const LayerSample& s, const FieldSample* from, const FieldSample* to) {
    const FieldSample* f = field_for(s, FieldRole::kDirection);
    if (f && f->values.size() <= 12) return write_table(*f, "direction", direction_meaning, "both");
    if (f) line(1, "# direction: " + yaml(f->name) + " has too many values to be a direction");
    if (from && to && rows_are_directed(s, *from, *to))
      line(1, "direction: {value: forward}", "many rows have another one in the opposite direction");
    else
      line(1, "direction: {value: both}", "unsure: no field says which roads are one-way");
  }

  void write_speed(const LayerSample& s) {
    const FieldSample* f = field_for(s, FieldRole::kSpeed);
    if (!f) return line(1, "# speed: {field: , unit: kmh}", "without one, the class decides");
    const std::string name = lower(f->name);
    const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
    if (holds("mph")) return line(1, "speed: {field: " + yaml(f->name) + ", unit: mph}");
    if (holds("kmh") || holds("kph")) return line(1, "speed: {field: " + yaml(f->name) + ", unit: kmh}");
    if (holds("mps")) return line(1, "speed: {field: " + yaml(f->name) + ", unit: mps}");
    std::string remark = "unsure: the unit (kmh, mph or mps)";
    if (f->filled * 2 < s.rows)
      remark += "; " + std::to_string(s.rows - f->filled) + " of " + std::to_string(s.rows) +
                " rows state none, the class decides";
    line(1, "speed: {field: " + yaml(f->name) + ", unit: kmh}", remark);
  }

  void write_class(const LayerSample& s) {
    const FieldSample* f = field_for(s, FieldRole::kClass);
    if (!f) return line(1, "# class: ", "without one, speed and lanes decide; {value: residential} for all");
    if (f->values.size() > 60) {
      line(1, "# class: " + yaml(f->name) + " has too many values to be a class");
      return;
    }
    write_table(*f, "class", class_meaning, "unclassified");
  }

  void write_level(const LayerSample& s) {
    const FieldSample* f = field_for(s, FieldRole::kLevel);
    if (!f || f->values.size() > 20) return;
    const bool tunnel = lower(f->name).find("tunnel") != std::string::npos;
    if (f->all_numbers && f->low >= -20 && f->high <= 20 && !tunnel)
      return line(1, "level: " + yaml(f->name), "bridges and tunnels pass without meeting");
    write_table(
        *f, "level",
        [&](const std::string& value) {
          const std::string word = lower(value);
          const bool no = word == "0" || word == "no" || word == "f" || word == "false" || word == "n";
          return std::pair<std::string, bool>{no ? "0" : tunnel ? "-1" : "1", true};
        },
        "0");
  }

  template <class Meaning>
  void write_table(const FieldSample& f, const char* key, Meaning&& meaning, const char* otherwise) {
    line(1, std::string(key) + ":");
    line(2, "field: " + yaml(f.name));
    line(2, "values:");
    std::vector<std::pair<std::size_t, std::string>> order;
    for (const auto& [value, count] : f.values) order.emplace_back(count, value);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [count, value] : order) {
      const auto [word, sure] = meaning(value);
      line(3, yaml(value) + ": " + word, std::to_string(count) + " rows" + (sure ? "" : "; unsure"));
    }
    line(2, std::string("otherwise: ") + otherwise);
  }

  void write_nodes() {
    const LayerSample& s = *nodes_;
    line(0, "nodes:");
    line(1, "layer: " + yaml(s.layer->name()));
    field(s, FieldRole::kId, "id");
    if (s.layer->shapes() == Shapes::kNone) {
      field(s, FieldRole::kX, "x");
      field(s, FieldRole::kY, "y");
    }
    const FieldSample* control = field_for(s, FieldRole::kControl);
    if (control && control->values.size() <= 40) write_table(*control, "control", control_meaning, "none");
  }

  void write_points(const LayerSample* s, const char* key, const char* control) {
    if (!s) return;
    line(0, std::string(key) + ":");
    line(1, "layer: " + yaml(s->layer->name()));
    line(1, std::string("control: {value: ") + control + "}");
    line(1, "within: 20 m", "of a node of a road");
  }

  void write_buildings() {
    line(0, "buildings:");
    line(1, "layer: " + yaml(buildings_->layer->name()));
    if (const FieldSample* f = field_for(*buildings_, FieldRole::kHeight))
      line(1, "height: {field: " + yaml(f->name) + ", unit: m}", "unsure: the unit");
  }

  void write_zones() {
    const LayerSample& s = *zones_;
    line(0, "zones:");
    line(1, "layer: " + yaml(s.layer->name()),
         is_named(s, {"plot"}) ? "unsure: plots as zones of demand" : "");
    const FieldSample* id = field_for(s, FieldRole::kZone);
    if (id) line(1, "id: " + yaml(id->name), id->all_different ? "" : "unsure: it repeats");
    field(s, FieldRole::kName, "name");
    const LayerSample& counts = table_ ? *table_ : s;
    field(counts, FieldRole::kResidents, "residents");
    field(counts, FieldRole::kJobs, "jobs");
    const FieldSample* key = table_ ? field_for(*table_, FieldRole::kZone) : nullptr;
    if (!key || !id) return;
    line(1, "join:");
    line(2, "layer: " + yaml(table_->layer->name()));
    line(2, "key: " + yaml(key->name), "unsure: equals " + gis::json_text(id->name) + " of the zones");
  }

  void write_unused() {
    std::string names;
    for (const LayerSample& s : samples_) {
      const LayerSample* const used[] = {roads_,     nodes_, signals_, stop_signs_,
                                         buildings_, water_, zones_,   zones_ ? table_ : nullptr};
      if (std::find(std::begin(used), std::end(used), &s) != std::end(used)) continue;
      if (!names.empty()) names += ", ";
      names += gis::json_text(s.layer->name());
    }
    if (!names.empty()) line(0, "# Layers that are not used: " + names);
  }

  std::vector<LayerSample> samples_;
  std::string file_, out_;
  const LayerSample *roads_ = nullptr, *nodes_ = nullptr, *signals_ = nullptr, *stop_signs_ = nullptr,
                    *buildings_ = nullptr, *water_ = nullptr, *zones_ = nullptr, *table_ = nullptr;
};

}  // namespace

std::string suggest_mapping(const std::vector<std::string>& sources) {
  const VectorSources opened(sources);
  return Suggestion(opened).write();
}

}  // namespace arterial
