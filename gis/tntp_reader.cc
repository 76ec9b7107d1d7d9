#include "gis/tntp_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "gis/csv_table.h"
#include "gis/node_link_plan.h"
#include "gis/osm_projection.h"
#include "gis/schematic_layout.h"
#include "gis/xml_reader.h"

namespace arterial {
namespace gis {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 28;
constexpr std::int64_t kMostNodes = 1'000'000, kMostLinks = 3'000'000;
constexpr double kLane_vph = 1800;  // one lane, for lanes from capacities
constexpr std::uint32_t kNeverSignal = 0xffffffffu;
constexpr double kFewVehicles = 100;  // a capacity below says nothing of vehicles an hour
constexpr double kLeastSpeed_mps = 3, kMostSpeed_mps = 36, kConnectorSpeed_mps = 11;
constexpr double kSlow_mps = 25 / 3.6, kFast_mps = 115 / 3.6;  // plausible in the median

struct Row {
  std::uint32_t from = 0, to = 0;  // from 0
  double capacity = 0, length = 0, time = 0;
};

/// Lines of words; "~" begins a remark, ";" ends a row.
class Lines {
 public:
  Lines(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)), rest_(text_) {}

  bool next() {
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    if (line_.find('\0') != std::string_view::npos || line_.size() > 100'000)
      fail("is no line of text", "Is this a TNTP file?");
    return true;
  }

  std::string_view whole() const { return line_; }

  std::vector<std::string_view> words() const {
    std::vector<std::string_view> out;
    std::string_view line = line_.substr(0, line_.find_first_of("~;"));
    while (out.size() < 64) {
      const auto first = line.find_first_not_of(" \t\r,");
      if (first == std::string_view::npos) break;
      line.remove_prefix(first);
      out.push_back(line.substr(0, line.find_first_of(" \t\r,")));
      line.remove_prefix(out.back().size());
    }
    return out;
  }

  double number(std::string_view word, double least, double most) const {
    const auto value = to_number(word);
    if (!value) fail("\"" + std::string(word.substr(0, 60)) + "\" is no number", "Write a number");
    if (!(*value >= least && *value <= most))
      fail("\"" + std::string(word.substr(0, 60)) + "\" is out of range", "Correct the value");
    return *value;
  }

  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
    throw InputError(path_, "line " + std::to_string(number_), what, remedy);
  }

 private:
  std::string path_, text_;
  std::string_view rest_, line_;
  int number_ = 0;
};

std::string read_checked(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) throw InputError(path, "", "is no regular file", "Name a TNTP file");
  if (fs::file_size(path, error) > kMostBytes || error)
    throw InputError(path, "", "is larger than 256 MiB", "Is this a TNTP file?");
  return read_whole_file(path);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

class TntpImport {
 public:
  explicit TntpImport(const std::string& path) : path_(path) {}

  StreetPlan read() {
    describe();
    read_net();
    read_nodes();
    find_units();
    place_nodes();
    add_links();
    add_zones();
    return std::move(plan_);
  }

 private:
  void problem(Severity severity, const char* code, std::string words) {
    plan_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  void describe() {
    std::string name = fs::path(path_).filename().string();
    for (const std::string_view end : {".tntp", "_net"})
      if (name.ends_with(end)) name.resize(name.size() - end.size());
    plan_.name = plan_.source = name;
    plan_.junctions_stated = true;
  }

  // -- the files ------------------------------------------------------------------------------------------

  std::int64_t count(const Lines& lines, std::string_view text, std::int64_t most) const {
    return static_cast<std::int64_t>(lines.number(text, 0, static_cast<double>(most)));
  }

  void read_net() {
    Lines lines(path_, read_checked(path_));
    std::int64_t nodes = -1, links = -1;
    bool ended = false;
    while (!ended && lines.next()) {
      const std::string line = lower(lines.whole());
      const auto open = line.find('<'), close = line.find('>');
      if (open == std::string::npos || close == std::string::npos || close < open) continue;
      const std::string key = line.substr(open + 1, close - open - 1);
      const auto first = line.find_first_not_of(" \t", close + 1);
      std::string value = first == std::string::npos ? "" : line.substr(first);
      if (key == "original header") header_ = value;
      value = value.substr(0, value.find_first_of(" \t\r~;"));
      if (key == "number of zones") zones_ = count(lines, value, kMostNodes);
      if (key == "number of nodes") nodes = count(lines, value, kMostNodes);
      if (key == "first thru node") first_through_ = count(lines, value, kMostNodes + 1);
      if (key == "number of links") links = count(lines, value, kMostLinks);
      if (key == "total od flow")
        throw InputError(path_, "", "is a table of trips, not a network",
                         "Import NAME_net.tntp; give the trips to arterial run --demand");
      ended = key == "end of metadata";
    }
    if (!ended || nodes < 1 || links < 0)
      throw InputError(path_, "", "states no <NUMBER OF NODES>, <NUMBER OF LINKS> or <END OF METADATA>",
                       "Give a TNTP network (NAME_net.tntp)");
    if (zones_ > nodes)
      throw InputError(path_, "<NUMBER OF ZONES>", "there are more zones than nodes", "Correct the number");
    node_count_ = static_cast<std::uint32_t>(nodes);
    read_rows(lines);
    if (static_cast<std::int64_t>(rows_.size()) != links)
      problem(Severity::kWarning, "links_miscounted",
              "The file announces " + std::to_string(links) + " links and holds " +
                  std::to_string(rows_.size()) + ".");
    if (rows_.empty()) throw InputError(path_, "", "holds no link", "Fetch the file again");
  }

  void read_rows(Lines& lines) {
    while (lines.next()) {
      const auto words = lines.words();
      if (words.empty()) continue;
      if (words.size() < 5)
        lines.fail("has fewer than five values", "Write init_node term_node capacity length free_flow_time");
      if (static_cast<std::int64_t>(rows_.size()) >= kMostLinks)
        lines.fail("is beyond 3 million links", "Import a part of the network");
      Row row;
      const auto node = [&](std::string_view word) {
        const double number = lines.number(word, 1, node_count_);
        if (number != std::floor(number)) lines.fail("names a node that is no whole number", "Correct it");
        return static_cast<std::uint32_t>(number) - 1;
      };
      row.from = node(words[0]);
      row.to = node(words[1]);
      row.capacity = lines.number(words[2], 0, 1e9);
      row.length = lines.number(words[3], 0, 1e9);
      row.time = lines.number(words[4], 0, 1e9);
      rows_.push_back(row);
    }
  }

  /// "x_net.tntp" has its nodes in "x_node.tntp".
  void read_nodes() {
    std::string path = path_;
    const auto at = path.rfind("_net.tntp");
    if (at == std::string::npos || at + 9 != path.size()) return;
    path.replace(at, std::string::npos, "_node.tntp");
    std::error_code error;
    if (!fs::exists(fs::symlink_status(path, error))) return;
    if (fs::is_symlink(path, error))
      throw InputError(path, "", "is a symbolic link", "Put the file itself there");
    Lines lines(path, read_checked(path));
    coordinates_.assign(node_count_, Point{NAN, NAN});
    std::size_t found = 0;
    for (bool first = true; lines.next(); first = false) {
      const auto words = lines.words();
      if (words.empty() || (first && !to_number(words[0]))) continue;
      if (words.size() < 3) lines.fail("has fewer than three values", "Write node x y");
      const double number = lines.number(words[0], 1, node_count_);
      if (number != std::floor(number)) lines.fail("names a node that is no whole number", "Correct it");
      Point& p = coordinates_[static_cast<std::size_t>(number) - 1];
      found += std::isnan(p.x);
      p = {lines.number(words[1], -1e9, 1e9), lines.number(words[2], -1e9, 1e9)};
    }
    if (found == node_count_) return;
    coordinates_.clear();
    problem(Severity::kWarning, "nodes_without_place",
            path + " places " + std::to_string(found) + " of " + std::to_string(node_count_) +
                " nodes: a scheme is drawn instead.");
  }

  // -- units ----------------------------------------------------------------------------------------------

  /// The unit in brackets after a word of the header: "length (ft)".
  std::string unit_after(std::initializer_list<const char*> words) const {
    for (const std::string_view word : words) {
      const auto at = header_.find(word);
      if (at == std::string::npos) continue;
      const auto open = header_.find_first_not_of(" \t", at + word.size());
      if (open == std::string::npos || header_[open] != '(') continue;
      return header_.substr(open + 1, header_.find(')', open) - open - 1);
    }
    return {};
  }

  bool has_places() const { return !coordinates_.empty(); }
  bool degrees() const {
    return std::all_of(coordinates_.begin(), coordinates_.end(),
                       [](Point p) { return std::abs(p.x) <= 180 && std::abs(p.y) <= 90; });
  }

  void find_units() {
    std::size_t same = 0;
    for (const Row& r : rows_) same += r.length == r.time;
    if (has_places() && degrees()) {
      try {
        plan_.crs = osm::project_to_metres(coordinates_, 4326);
      } catch (const std::runtime_error& error) {
        throw InputError(path_, "coordinates", error.what(), "Correct the file of nodes");
      }
      for (const Point& p : coordinates_)
        if (!std::isfinite(p.x) || !std::isfinite(p.y))
          throw InputError(path_, "coordinates", "cannot be projected", "Correct the file of nodes");
    }
    if (10 * same > 9 * rows_.size() && has_places() && !plan_.crs.empty()) {
      length_m_ = 0;
      time_s_ = fitting_time(drawn_lengths());
      problem(
          Severity::kGuess, "units_assumed",
          "The lengths repeat the free-flow times, so they are none: links are as long as they are drawn, "
          "and times are taken for " +
              time_name_ + ".");
      return;
    }
    const auto stated_length = metres_of_unit(unit_after({"length"}));
    const std::string stated_time = unit_after({"free flow time", "fftt", "fft", "time"});
    if (stated_length) length_m_ = *stated_length, length_name_ = unit_after({"length"});
    if (stated_time.starts_with("min")) time_s_ = 60, time_name_ = "minutes";
    if (stated_time.starts_with("h")) time_s_ = 3600, time_name_ = "hours";
    if (stated_time.starts_with("s")) time_s_ = 1, time_name_ = "seconds";
    const bool stated = length_m_ > 0 && time_s_ > 0;
    if (!stated) plausible_units();
    problem(stated ? Severity::kNote : Severity::kGuess, stated ? "units_stated" : "units_assumed",
            std::string(stated ? "The header states units: " : "No unit is stated: ") +
                "lengths are taken for " + length_name_ + ", times for " + time_name_ + ".");
  }

  std::vector<double> drawn_lengths() const {
    std::vector<double> out;
    for (const Row& r : rows_)
      out.push_back(std::hypot(coordinates_[r.from].x - coordinates_[r.to].x,
                               coordinates_[r.from].y - coordinates_[r.to].y));
    return out;
  }

  /// Median of length over time, in the units of the file.
  double median_speed(const std::vector<double>& lengths) const {
    std::vector<double> v;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (lengths[i] > 0 && rows_[i].time > 0) v.push_back(lengths[i] / rows_[i].time);
    if (v.empty()) return 0;
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
  }

  double fitting_time(const std::vector<double>& lengths_m) {
    struct Unit {
      double s;
      const char* name;
    };
    const double speed = median_speed(lengths_m);
    double best = 60, off = 1e9;
    time_name_ = "minutes";
    for (const Unit& unit :
         {Unit{60, "minutes"}, Unit{36, "hundredths of an hour"}, Unit{3600, "hours"}, Unit{1, "seconds"}})
      if (const double d = std::abs(std::log(speed / unit.s / 16.7)); speed > 0 && d < off)
        off = d, best = unit.s, time_name_ = unit.name;
    return best;
  }

  /// The collection comes from the United States: its units first, then what makes a plausible speed.
  void plausible_units() {
    struct Pair {
      const char *length, *time;
      double metres, seconds;
    };
    std::vector<double> lengths;
    for (const Row& r : rows_) lengths.push_back(r.length);
    const double speed = median_speed(lengths);
    for (const Pair& p : {Pair{"miles", "hours", 1609.344, 3600}, Pair{"miles", "minutes", 1609.344, 60},
                          Pair{"kilometres", "hours", 1000, 3600}, Pair{"kilometres", "minutes", 1000, 60},
                          Pair{"feet", "minutes", 0.3048, 60}, Pair{"metres", "seconds", 1, 1},
                          Pair{"feet", "seconds", 0.3048, 1}, Pair{"metres", "minutes", 1, 60}}) {
      if (length_m_ > 0 && p.metres != length_m_) continue;
      if (time_s_ > 0 && p.seconds != time_s_) continue;
      const double mps = speed * p.metres / p.seconds;
      if (mps < kSlow_mps || mps > kFast_mps) continue;
      length_m_ = p.metres, time_s_ = p.seconds, length_name_ = p.length, time_name_ = p.time;
      return;
    }
    if (!(length_m_ > 0)) length_m_ = 1609.344, length_name_ = "miles";
    if (!(time_s_ > 0)) time_s_ = 60, time_name_ = "minutes";
  }

  // -- the plan -------------------------------------------------------------------------------------------

  void place_nodes() {
    if (!has_places()) {
      draw_scheme();
      schematic_ = true;
      problem(
          Severity::kGuess, "schematic_layout",
          "The network has no coordinates: the drawing is a scheme made from lengths; links are as long as "
          "they are stated, not as they are drawn.");
    } else if (plan_.crs.empty()) {
      scale_coordinates();
    }
    for (std::uint32_t n = 0; n < node_count_; ++n)
      plan_.nodes.push_back({std::to_string(n + 1), coordinates_[n], NodeControl::kNone, 0});
  }

  /// Nodes without links need no place of their own.
  void draw_scheme() {
    std::vector<std::uint32_t> drawn(node_count_, kNoRoad);
    std::uint32_t count = 0;
    for (const Row& r : rows_) drawn[r.from] = drawn[r.to] = 0;
    for (std::uint32_t& d : drawn)
      if (d == 0) d = count++;
    if (count > kMostSchemeNodes)
      throw InputError(path_, "", "has no file of nodes beside it and more than 20,000 nodes",
                       "Put NAME_node.tntp beside it");
    std::vector<SchemeEdge> edges;
    for (const Row& r : rows_)
      edges.push_back({drawn[r.from], drawn[r.to], std::clamp(r.length * length_m_, 30.0, 100'000.0)});
    const auto scheme = schematic_layout(count, edges);
    coordinates_.assign(node_count_, Point{});
    for (std::uint32_t n = 0; n < node_count_; ++n)
      if (drawn[n] != kNoRoad) coordinates_[n] = scheme[drawn[n]];
  }

  void scale_coordinates() {
    std::vector<double> stated;
    for (const Row& r : rows_) stated.push_back(r.length * length_m_);
    const auto drawn = drawn_lengths();
    double unit = 1, off = 1e9;
    const char* name = "a metre";
    struct Unit {
      double metres;
      const char* name;
    };
    for (const Unit& u :
         {Unit{1, "a metre"}, Unit{0.3048, "a foot"}, Unit{1000, "a kilometre"}, Unit{1609.344, "a mile"}}) {
      const double ratio = median_ratio(stated, drawn, 1 / u.metres);
      if (ratio > 0 && std::abs(std::log(ratio)) < off)
        off = std::abs(std::log(ratio)), unit = u.metres, name = u.name;
    }
    for (Point& p : coordinates_) p = {p.x * unit, p.y * unit};
    problem(Severity::kGuess, "coordinates_assumed",
            std::string("No coordinate system is stated: a coordinate of 1 is taken for ") + name +
                ", by the stated lengths; results have no place on the earth.");
  }

  /// Zones whose links take no time are centroids, whatever <FIRST THRU NODE> says.
  std::vector<char> find_centroids() const {
    std::vector<char> timed(node_count_, 0), centroid(node_count_, 0);
    for (const Row& r : rows_)
      if (r.time > 0) timed[r.from] = timed[r.to] = 1;
    for (std::uint32_t n = 0; n < node_count_; ++n)
      centroid[n] = n < zones_ && (n + 1 < static_cast<std::uint64_t>(first_through_) || !timed[n]);
    return centroid;
  }

  void add_links() {
    const auto centroid = find_centroids();
    std::vector<double> capacities;
    for (const Row& r : rows_)
      if (!centroid[r.from] && !centroid[r.to]) capacities.push_back(r.capacity);
    std::sort(capacities.begin(), capacities.end());
    const bool telling = !capacities.empty() && capacities[capacities.size() / 2] >= kFewVehicles;
    if (!telling)
      problem(Severity::kGuess, "capacity_unit_unknown",
              "Capacities are too small for vehicles an hour: every link gets one lane.");
    const auto drawn = drawn_lengths_now();
    std::vector<NodeLink> links;
    std::vector<std::uint32_t> approaches(node_count_, 0);
    std::size_t slow = 0, wide = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Row& r = rows_[i];
      NodeLink link;
      link.id = std::to_string(r.from + 1) + "-" + std::to_string(r.to + 1);
      link.from = r.from;
      link.to = r.to;
      link.connector = centroid[r.from] || centroid[r.to];
      const int most = link.connector ? 4 : 8,
                wanted = static_cast<int>(std::min(r.capacity / kLane_vph + 0.5, 1e6));
      link.way.lanes = telling ? std::clamp(wanted, 1, most) : 1;
      wide += telling && !link.connector && wanted > most;
      link.way.lanes_guessed = true;
      link.way.capacity_vph = r.capacity;
      link.way.allowed = kMotorClasses;
      const double stated = r.length * length_m_;
      if (schematic_ || (stated > 1.2 * drawn[i] && stated < 20 * drawn[i]))
        link.length_m = std::max(stated, 10.0);
      const double length = link.length_m > 0 ? link.length_m : drawn[i];
      double speed = link.connector ? kConnectorSpeed_mps : 13.9;
      if (r.time > 0) speed = length / (r.time * time_s_);
      slow += r.time > 0 && (speed < kLeastSpeed_mps || speed > kMostSpeed_mps);
      link.way.speed_mps = std::clamp(speed, kLeastSpeed_mps, kMostSpeed_mps);
      link.road_class = link.connector ? RoadClass::kService : class_of_speed(speed, link.way.lanes);
      if (link.road_class == RoadClass::kMotorway)
        approaches[r.to] = kNeverSignal;  // nor do its other approaches count
      else if (approaches[r.to] != kNeverSignal)
        approaches[r.to] += !link.connector;
      links.push_back(std::move(link));
    }
    guess_signals(approaches);
    add_node_links(plan_, links, path_);
    if (telling)
      problem(Severity::kGuess, "lanes_from_capacity",
              "Lanes are capacities by 1,800 vehicles an hour and lane, at most eight (four on connectors of "
              "zones); " +
                  counted(wide, "link would", "links would") + " have more.");
    if (slow > 0)
      problem(Severity::kWarning, "speed_limited",
              counted(slow, "link has", "links have") +
                  " a free-flow speed outside 3 to 36 m/s, which is limited to that.");
    std::vector<std::uint32_t> closed;
    for (std::uint32_t n = 0; n < node_count_; ++n)
      if (centroid[n]) closed.push_back(n);
    close_to_through_traffic(plan_, closed);
    if (!closed.empty())
      problem(Severity::kNote, "centroids",
              counted(closed.size(), "node is a centroid", "nodes are centroids") +
                  ": trips begin and end there, none pass through.");
  }

  std::vector<double> drawn_lengths_now() const {
    std::vector<double> out;
    for (const Row& r : rows_)
      out.push_back(std::hypot(plan_.nodes[r.from].at.x - plan_.nodes[r.to].at.x,
                               plan_.nodes[r.from].at.y - plan_.nodes[r.to].at.y));
    return out;
  }

  void guess_signals(const std::vector<std::uint32_t>& approaches) {
    std::size_t signals = 0;
    for (std::uint32_t n = 0; n < node_count_; ++n)
      if (approaches[n] >= 3 && approaches[n] != kNeverSignal)
        plan_.nodes[n].control = NodeControl::kSignal, ++signals;
    if (signals > 0)
      problem(Severity::kGuess, "signals_guessed",
              "The format says nothing of junctions: " + counted(signals, "node", "nodes") +
                  " with three or more approaches, none of them a motorway, " +
                  (signals == 1 ? "gets" : "get") + " a signal.");
  }

  void add_zones() {
    for (std::uint32_t n = 0; n < zones_; ++n)
      plan_.zones.push_back({std::to_string(n + 1), "", 0, 0, {}, {n}});
    problem(Severity::kNote, "tntp_read",
            std::to_string(node_count_) + " nodes, " + std::to_string(rows_.size()) + " links and " +
                std::to_string(zones_) + " zones were read.");
  }

  std::string path_, header_;
  StreetPlan plan_;
  std::int64_t zones_ = 0, first_through_ = 1;
  std::uint32_t node_count_ = 0;
  std::vector<Row> rows_;
  std::vector<Point> coordinates_;  // empty: none
  double length_m_ = 0, time_s_ = 0;
  std::string length_name_, time_name_;
  bool schematic_ = false;
};

}  // namespace
}  // namespace gis

StreetPlan read_tntp(const std::string& net_path) { return gis::TntpImport(net_path).read(); }

}  // namespace arterial
