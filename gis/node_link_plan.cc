#include "gis/node_link_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/model/build_geometry.h"

namespace arterial::gis {
namespace {

constexpr double kLongest_m = 150'000;  // a lane is at most 200 km long
constexpr double kShortest_m = 0.5;
constexpr double kSameGround_m = 15;  // between the drawings of two directions of one road
constexpr std::uint32_t kMostAtNode = 200;
constexpr std::size_t kComparedPoints = 64;  // of a drawing: a bound on the work of a hostile one
constexpr LengthUnit kUnits[] = {{"metre", 1}, {"kilometre", 1000}, {"foot", 0.3048}, {"mile", 1609.344}};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

build::Polyline line_of(const StreetPlan& plan, const NodeLink& link) {
  build::Polyline line{plan.nodes[link.from].at};
  line.insert(line.end(), link.inner.begin(), link.inner.end());
  line.push_back(plan.nodes[link.to].at);
  return line;
}

bool near_all(const build::Polyline& points, const build::Polyline& line) {
  const std::size_t step = points.size() / kComparedPoints + 1;
  for (std::size_t i = 0; i < points.size(); i += step)
    if (build::distance_to(line, points[i]) > kSameGround_m) return false;
  return true;
}

build::Polyline thinned(const build::Polyline& line) {
  if (line.size() <= kComparedPoints) return line;
  build::Polyline out;
  for (std::size_t i = 0; i + 1 < line.size(); i += line.size() / kComparedPoints + 1) out.push_back(line[i]);
  out.push_back(line.back());
  return out;
}

/// Whether `b`, from where `a` ends to where it begins, runs along the same ground.
bool same_ground(const StreetPlan& plan, const NodeLink& a, const NodeLink& b) {
  const auto first = thinned(line_of(plan, a)), second = thinned(line_of(plan, b));
  return near_all(first, second) && near_all(second, first);
}

class RoadMaker {
 public:
  RoadMaker(StreetPlan& plan, const std::vector<NodeLink>& links) : plan_(plan), links_(links) {}

  std::vector<std::uint32_t> make() {
    road_of_.assign(links_.size(), kNoRoad);
    for (std::uint32_t i = 0; i < links_.size(); ++i)
      if (sound(links_[i]) && !joins_its_twin(i)) add_road(i);
    say(loops_, "link_to_itself", "from a node to itself");
    say(points_, "link_without_extent", "between two nodes at one place");
    say(long_, "link_too_long", "longer than 150 km");
    return std::move(road_of_);
  }

 private:
  bool sound(const NodeLink& link) {
    if (link.from == link.to) return ++loops_, false;
    const double length = std::max(build::length_of(line_of(plan_, link)), link.length_m);
    if (!(length >= kShortest_m) ||
        build::distance(plan_.nodes[link.from].at, plan_.nodes[link.to].at) < 1e-2)
      return ++points_, false;
    if (!(length <= kLongest_m)) return ++long_, false;
    return true;
  }

  /// A link that is the other direction of a road already made becomes just that.
  bool joins_its_twin(std::uint32_t i) {
    const NodeLink& link = links_[i];
    auto& open = one_way_[{link.to, link.from}];
    for (auto it = open.begin(); it != open.end() && !link.both_ways; ++it) {
      const NodeLink& twin = links_[*it];
      if (!same_ground(plan_, twin, link)) continue;
      PlanRoad& road = plan_.roads[road_of_[*it]];
      road.backward = link.way;
      road.backward_id = link.id;
      road.lane_width_m = std::max(road.lane_width_m, link.lane_width_m);
      if (build_rank(link.road_class) < build_rank(road.road_class)) road.road_class = link.road_class;
      if (twin.inner.size() == link.inner.size())
        for (std::size_t k = 0; k < twin.inner.size(); ++k) {  // each is drawn beside the middle
          Point& p = plan_.nodes[road.nodes[k + 1]].at;
          const Point q = link.inner[link.inner.size() - 1 - k];
          p = {(p.x + q.x) / 2, (p.y + q.y) / 2};
        }
      road_of_[i] = road_of_[*it];
      open.erase(it);
      return true;
    }
    return false;
  }

  static int build_rank(RoadClass c) { return static_cast<int>(c); }

  void add_road(std::uint32_t i) {
    const NodeLink& link = links_[i];
    PlanRoad road;
    road.id = link.id;
    road.name = link.name;
    road.road_class = link.road_class;
    road.forward = link.way;
    if (link.both_ways) road.backward = link.way;
    road.lane_width_m = link.lane_width_m;
    road.length_m = link.length_m;
    road.nodes.push_back(link.from);
    for (std::size_t k = 0; k < link.inner.size(); ++k) {
      road.nodes.push_back(static_cast<std::uint32_t>(plan_.nodes.size()));
      plan_.nodes.push_back({link.id + "#" + std::to_string(k + 1), link.inner[k], NodeControl::kNone, 0});
    }
    road.nodes.push_back(link.to);
    road_of_[i] = static_cast<std::uint32_t>(plan_.roads.size());
    plan_.roads.push_back(std::move(road));
    if (!link.both_ways) one_way_[{link.from, link.to}].push_back(i);
  }

  void say(std::size_t n, const char* code, const std::string& words) {
    if (n == 0) return;
    plan_.problems.push_back(
        {Severity::kError, code, "", 0, 0,
         counted(n, "link", "links") + " " + words + (n == 1 ? " is" : " are") + " left out."});
  }

  StreetPlan& plan_;
  const std::vector<NodeLink>& links_;
  std::vector<std::uint32_t> road_of_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> one_way_;
  std::size_t loops_ = 0, points_ = 0, long_ = 0;
};

}  // namespace

std::vector<std::uint32_t> add_node_links(StreetPlan& plan, const std::vector<NodeLink>& links,
                                          const std::string& file) {
  std::vector<std::uint32_t> ends(plan.nodes.size(), 0);
  for (const NodeLink& link : links)
    for (const std::uint32_t n : {link.from, link.to})
      if (++ends[n] > kMostAtNode)
        throw InputError(file, "node " + plan.nodes[n].id,
                         "more than " + std::to_string(kMostAtNode) + " links begin or end there",
                         "Correct the table of links");
  return RoadMaker(plan, links).make();
}

void close_to_through_traffic(StreetPlan& plan, const std::vector<std::uint32_t>& nodes) {
  std::vector<char> closed(plan.nodes.size(), 0);
  for (const std::uint32_t n : nodes) closed[n] = 1;
  std::map<std::uint32_t, std::vector<std::uint32_t>> in, out;
  for (std::uint32_t r = 0; r < plan.roads.size(); ++r) {
    const PlanRoad& road = plan.roads[r];
    const std::uint32_t a = road.nodes.front(), b = road.nodes.back();
    if (road.forward.lanes > 0) {
      if (closed[b]) in[b].push_back(r);
      if (closed[a]) out[a].push_back(r);
    }
    if (road.backward.lanes > 0) {
      if (closed[a]) in[a].push_back(r);
      if (closed[b]) out[b].push_back(r);
    }
  }
  for (const auto& [node, entering] : in)
    for (const std::uint32_t from : entering)
      for (const std::uint32_t to : out[node]) {
        TurnRestriction ban;
        ban.id = plan.nodes[node].id;
        ban.from_road = from;
        ban.to_road = to;
        ban.via_nodes = {node};
        plan.restrictions.push_back(std::move(ban));
      }
}

std::optional<double> metres_of_unit(std::string_view unit) {
  const std::string u = lower(unit);
  const auto is = [&](std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), u) != words.end();
  };
  if (is({"m", "metre", "metres", "meter", "meters"})) return 1;
  if (is({"km", "kilometre", "kilometres", "kilometer", "kilometers"})) return 1000;
  if (is({"ft", "foot", "feet"})) return 0.3048;
  if (is({"mi", "mile", "miles"})) return 1609.344;
  if (is({"yd", "yard", "yards"})) return 0.9144;
  return std::nullopt;
}

std::optional<double> mps_of_unit(std::string_view unit) {
  const std::string u = lower(unit);
  if (u == "mph") return 1609.344 / 3600;
  if (u == "kph" || u == "kmh" || u == "kmph") return 1 / 3.6;
  for (const std::string_view over : {"/", "per"}) {
    const auto at = u.find(over);
    if (at == std::string::npos) continue;
    const auto length = metres_of_unit(std::string_view(u).substr(0, at));
    const std::string time = u.substr(at + over.size());
    if (!length) return std::nullopt;
    if (time == "s" || time == "sec" || time == "second") return *length;
    if (time == "min" || time == "minute") return *length / 60;
    if (time == "h" || time == "hr" || time == "hour") return *length / 3600;
  }
  return std::nullopt;
}

double median_ratio(const std::vector<double>& stated, const std::vector<double>& drawn_m, double unit_m) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < stated.size(); ++i)
    if (stated[i] > 0 && drawn_m[i] > kShortest_m) ratios.push_back(stated[i] * unit_m / drawn_m[i]);
  if (ratios.empty()) return 0;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}

std::optional<LengthUnit> fitting_unit(const std::vector<double>& stated,
                                       const std::vector<double>& drawn_m) {
  std::optional<LengthUnit> best;
  double least = std::log(2.0);
  for (const LengthUnit& unit : kUnits) {
    const double ratio = median_ratio(stated, drawn_m, unit.metres);
    if (!(ratio > 0) || !(std::abs(std::log(ratio)) < least)) continue;
    least = std::abs(std::log(ratio));
    best = unit;
  }
  return best;
}

double drawn_length_m(const StreetPlan& plan, const NodeLink& link) {
  return build::length_of(line_of(plan, link));
}

RoadClass class_of_speed(double speed_mps, int lanes) {
  const double kmh = speed_mps * 3.6;
  if (kmh >= 88 && lanes >= 2) return RoadClass::kMotorway;
  if (kmh >= 80) return RoadClass::kTrunk;
  if (kmh >= 60) return RoadClass::kPrimary;
  if (kmh >= 48) return RoadClass::kSecondary;
  if (kmh >= 40) return RoadClass::kTertiary;
  return RoadClass::kResidential;
}

std::string counted(std::size_t n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace arterial::gis
