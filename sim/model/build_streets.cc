#include "sim/model/build_streets.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/model/build_places.h"

namespace arterial::build {
namespace {

constexpr double kShortPiece = 15;     // attributes of a shorter piece do not make a street of its own
constexpr double kShortStub = 14;      // a dead end that the junction at its mouth leaves no car's length of
constexpr double kSignalReach = 45;    // a signal this near before a junction belongs to it
constexpr double kSignalBehind = 25;   // and this near behind it
constexpr double kSignalSpacing = 40;  // crossing signals closer than this are one
constexpr double kSmallRing = 160, kLongestRing = 300;  // round, without any tag that says so
constexpr std::size_t kMaxRingStreets = 16;
constexpr double kSharpestInRing = 2.3;  // radians: the two halves of a split road are no ring

bool same_direction(const PlanDirection& a, const PlanDirection& b) {
  return a.lanes == b.lanes && std::abs(a.speed_mps - b.speed_mps) < 0.1 && a.allowed == b.allowed &&
         a.lane_allowed == b.lane_allowed && a.capacity_vph == b.capacity_vph;
}

class StreetFinder {
 public:
  StreetFinder(const StreetPlan& plan, const BuildOptions& options)
      : plan_(plan), ends_{plan, options, out_, {}, {}} {}

  Streets find() {
    check_plan();
    split_roads();
    collect_ends();
    if (!plan_.junctions_stated) {
      merge_chains();
      drop_stubs();
      recognise_rings();
    }
    stand_alone_signals();
    join_places(ends_);
    return std::move(out_);
  }

 private:
  const PlanRoad& road_of(const Street& s) const { return plan_.roads[s.road]; }
  Street& street(std::uint32_t i) { return out_.streets[i]; }

  void problem(Severity severity, std::string code, std::string id, Point at, std::string words) {
    out_.problems.push_back({severity, std::move(code), std::move(id), at.x, at.y, std::move(words)});
  }

  void check_plan() {
    usable_.assign(plan_.roads.size(), 1);
    for (std::size_t r = 0; r < plan_.roads.size(); ++r) {
      const PlanRoad& road = plan_.roads[r];
      std::string fault;
      for (const std::uint32_t n : road.nodes) {
        if (n >= plan_.nodes.size())
          fault = "refers to a node that does not exist";
        else if (!std::isfinite(plan_.nodes[n].at.x) || !std::isfinite(plan_.nodes[n].at.y) ||
                 std::abs(plan_.nodes[n].at.x) > 1e9 || std::abs(plan_.nodes[n].at.y) > 1e9)
          fault = "has a node without a place";
      }
      if (road.nodes.size() < 2) fault = "has fewer than two nodes";
      for (const PlanDirection* d : {&road.forward, &road.backward}) {
        if (d->lanes < 0 || d->lanes > 32)
          fault = "has " + std::to_string(d->lanes) + " lanes in one direction";
        if (d->lanes > 0 && !(d->speed_mps > 0 && d->speed_mps < 150)) fault = "has no sensible speed limit";
      }
      if (!(road.lane_width_m > 0.5 && road.lane_width_m < 20)) fault = "has no sensible lane width";
      if (road.forward.lanes <= 0 && road.backward.lanes <= 0 && fault.empty()) {
        usable_[r] = 0;
        continue;
      }
      if (fault.empty()) continue;
      usable_[r] = 0;
      problem(Severity::kError, "road_left_out", road.id, {},
              "Road " + road.id + " " + fault + "; it is left out.");
    }
  }

  void split_roads() {
    const std::size_t node_count = plan_.nodes.size();
    std::vector<std::uint32_t> uses(node_count, 0);
    std::vector<char> is_end(node_count, 0);
    std::vector<std::vector<std::uint32_t>> clean(plan_.roads.size());
    for (std::size_t r = 0; r < plan_.roads.size(); ++r) {
      if (!usable_[r]) continue;
      auto& nodes = clean[r];
      for (const std::uint32_t n : plan_.roads[r].nodes)
        if (nodes.empty() ||
            (n != nodes.back() && distance(plan_.nodes[n].at, plan_.nodes[nodes.back()].at) > 1e-3))
          nodes.push_back(n);
      // Dropping a twin node must not part the road from its neighbours: the ends stay as they were.
      if (nodes.size() >= 2) nodes.back() = plan_.roads[r].nodes.back();
      if (nodes.size() < 2) {
        usable_[r] = 0;
        continue;
      }
      for (const std::uint32_t n : nodes) ++uses[n];
      is_end[nodes.front()] = is_end[nodes.back()] = 1;
    }
    for (std::size_t r = 0; r < plan_.roads.size(); ++r) {
      if (!usable_[r]) continue;
      const auto& nodes = clean[r];
      std::size_t begin = 0;
      for (std::size_t i = 1; i < nodes.size(); ++i) {
        if (i + 1 < nodes.size() && uses[nodes[i]] < 2 && !is_end[nodes[i]]) continue;
        add_street(static_cast<std::uint32_t>(r), nodes, begin, i);
        begin = i;
      }
    }
  }

  void add_street(std::uint32_t r, const std::vector<std::uint32_t>& nodes, std::size_t first,
                  std::size_t last) {
    const PlanRoad& road = plan_.roads[r];
    Street s;
    s.road = r;
    s.nodes[0] = nodes[first];
    s.nodes[1] = nodes[last];
    s.forward = road.forward;
    s.backward = road.backward;
    s.roundabout = road.roundabout;
    for (std::size_t i = first; i <= last; ++i) {
      const PlanNode& node = plan_.nodes[nodes[i]];
      if (!s.line.empty()) s.length_m += distance(s.line.back(), node.at);
      s.line.push_back(node.at);
      if (i != first && i != last)
        s.controls.push_back({node.control, node.control_direction, s.length_m, nodes[i]});
    }
    s.pieces.push_back({r, s.length_m});
    // Turns are painted before the road's end, not at every side street on the way.
    if (last + 1 < nodes.size()) s.forward.turns.clear();
    if (first > 0) s.backward.turns.clear();
    out_.streets.push_back(std::move(s));
  }

  void collect_ends() {
    ends_.at.assign(plan_.nodes.size(), {});
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      ends_.at[out_.streets[i].nodes[0]].push_back({i, false});
      ends_.at[out_.streets[i].nodes[1]].push_back({i, true});
    }
  }

  void flip(Street& s) {
    std::reverse(s.pieces.begin(), s.pieces.end());
    std::reverse(s.line.begin(), s.line.end());
    std::swap(s.nodes[0], s.nodes[1]);
    std::swap(s.forward, s.backward);
    std::reverse(s.controls.begin(), s.controls.end());
    for (StreetControl& c : s.controls) c.direction = -c.direction, c.at_m = s.length_m - c.at_m;
  }

  /// At a node where only two streets meet and nothing changes, they are one. A short piece (a bridge of a
  /// few metres, the last metres before a junction) takes the attributes of its neighbour.
  void merge_chains() {
    for (std::uint32_t n = 0; n < ends_.at.size(); ++n) {
      if (ends_.at[n].size() != 2 || ends_.at[n][0].street == ends_.at[n][1].street) continue;
      const End a = ends_.at[n][0], b = ends_.at[n][1];
      Street& first = street(a.street);
      Street& second = street(b.street);
      const bool flip_second = a.at_end == b.at_end;
      const PlanDirection& second_along = flip_second ? second.backward : second.forward;
      const PlanDirection& second_against = flip_second ? second.forward : second.backward;
      if ((first.forward.lanes > 0) != (second_along.lanes > 0) ||
          (first.backward.lanes > 0) != (second_against.lanes > 0) || first.roundabout != second.roundabout)
        continue;
      if (first.nodes[0] == second.nodes[0] && first.nodes[1] == second.nodes[1])
        continue;  // a two-street loop
      if (first.nodes[0] == second.nodes[1] && first.nodes[1] == second.nodes[0]) continue;
      const bool alike = same_direction(first.forward, second_along) &&
                         same_direction(first.backward, second_against) &&
                         road_of(first).road_class == road_of(second).road_class &&
                         road_of(first).lane_width_m == road_of(second).lane_width_m &&
                         road_of(first).level == road_of(second).level;
      const bool short_piece = std::min(first.length_m, second.length_m) < kShortPiece;
      if (!alike && !short_piece) continue;
      merge(n, a, b);
    }
  }

  void merge(std::uint32_t n, End a, End b) {
    Street& first = street(a.street);
    Street& second = street(b.street);
    if (!a.at_end) flip(first), swap_ends(a.street);
    if (street(b.street).nodes[0] != n || b.at_end) flip(second), swap_ends(b.street);
    const PlanNode& node = plan_.nodes[n];
    first.controls.push_back({node.control, node.control_direction, first.length_m, n});
    for (StreetControl c : second.controls) {
      c.at_m += first.length_m;
      first.controls.push_back(c);
    }
    const auto forward_turns = second.forward.turns;  // painted where the merged street ends
    const auto backward_turns = first.backward.turns;
    if (second.length_m > first.length_m) {
      first.forward = second.forward;
      first.backward = second.backward;
    }
    const auto fitting = [](const std::vector<std::uint8_t>& turns, int lanes) {
      return static_cast<int>(turns.size()) == lanes ? turns : std::vector<std::uint8_t>{};
    };
    first.forward.turns = fitting(forward_turns, first.forward.lanes);
    first.backward.turns = fitting(backward_turns, first.backward.lanes);
    first.line.insert(first.line.end(), second.line.begin() + 1, second.line.end());
    first.length_m += second.length_m;
    for (const StreetPiece& p : second.pieces) {
      if (first.pieces.back().road == p.road)
        first.pieces.back().length_m += p.length_m;
      else
        first.pieces.push_back(p);
    }
    first.road = std::max_element(first.pieces.begin(), first.pieces.end(), [](const auto& x, const auto& y) {
                   return x.length_m < y.length_m;
                 })->road;
    first.nodes[1] = second.nodes[1];
    second.dropped = true;
    ends_.at[n].clear();
    for (End& e : ends_.at[first.nodes[1]])
      if (e.street == b.street) e = {a.street, true};
  }

  void swap_ends(std::uint32_t s) {
    for (const std::uint32_t n : {street(s).nodes[0], street(s).nodes[1]}) {
      for (End& e : ends_.at[n])
        if (e.street == s) e.at_end = street(s).nodes[1] == n;
      if (street(s).nodes[0] == street(s).nodes[1]) break;
    }
  }

  void remove(std::uint32_t s) {
    street(s).dropped = true;
    for (const std::uint32_t n : street(s).nodes)
      std::erase_if(ends_.at[n], [s](const End& e) { return e.street == s; });
  }

  /// A dead end too short for a car is a drawing habit, not a street.
  void drop_stubs() {
    std::size_t dropped = 0;
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      const Street& s = out_.streets[i];
      if (s.dropped || s.length_m > (is_minor(road_of(s).road_class) ? kShortStub : kCarLength + 2)) continue;
      for (const int e : {0, 1})
        if (!street(i).dropped && ends_.at[s.nodes[e]].size() == 1 && ends_.at[s.nodes[1 - e]].size() >= 3)
          remove(i), ++dropped;
    }
    if (dropped == 0) return;
    problem(Severity::kNote, "stubs_dropped", "", {},
            std::to_string(dropped) + " dead ends too short for a car were left out.");
    merge_chains();
  }

  /// Many small rings are not tagged as roundabouts. Ruled by right before left or by class they would lock,
  /// so a small round of one-way streets, driven to the left all the way, without signals or signs, counts as
  /// one.
  void recognise_rings() {
    std::size_t found = 0;
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      std::vector<std::uint32_t> ring;
      if (street(i).dropped || street(i).roundabout || !round_from(i, ring)) continue;
      for (const std::uint32_t r : ring) street(r).roundabout = true;
      ++found;
      problem(Severity::kGuess, "roundabout_guessed", plan_.roads[street(i).road].id, street(i).line.front(),
              "A small ring of one-way streets is taken for a roundabout: who is in it goes first.");
    }
  }

  static bool one_way(const Street& s) { return (s.forward.lanes > 0) != (s.backward.lanes > 0); }

  bool round_from(std::uint32_t start, std::vector<std::uint32_t>& ring) {
    Polyline outline;
    double around = 0;
    std::size_t corners = 0;
    const auto driven = [&](std::uint32_t s) {
      return street(s).forward.lanes > 0 ? street(s).line : reversed(street(s).line);
    };
    std::uint32_t at = start;
    for (;;) {
      const Street& s = street(at);
      if (!one_way(s) || is_motorway(s) || ring.size() == kMaxRingStreets) return false;
      ring.push_back(at);
      around += s.length_m;
      if (around > kLongestRing) return false;
      const Polyline line = driven(at);
      outline.insert(outline.end(), line.begin(), line.end() - 1);
      const std::uint32_t node = s.nodes[s.forward.lanes > 0 ? 1 : 0];
      const NodeControl control = plan_.nodes[node].control;
      if (control == NodeControl::kSignal || control == NodeControl::kStop || control == NodeControl::kYield)
        return false;
      std::uint32_t next = kNoIndex;
      double most = -0.8;  // the leftmost way on, if it does not bend sharply to the right
      double straightest = 10;
      for (const End& e : ends_.at[node]) {
        const Street& o = street(e.street);
        const bool leaves = !e.at_end ? o.forward.lanes > 0 : o.backward.lanes > 0;
        for (const StreetControl& c : o.controls)
          if (c.control == NodeControl::kSignal && (e.at_end ? o.length_m - c.at_m : c.at_m) < kSignalReach)
            return false;
        if (e.street == at || !leaves || !one_way(o)) continue;
        const double turn = turn_between(heading_at_end(line, 10), heading_at_begin(driven(e.street), 10));
        straightest = std::min(straightest, std::abs(turn));
        if (turn < kSharpestInRing && turn > most) most = turn, next = e.street;
      }
      corners += straightest < 0.45 && most > 0.9;
      if (next == start) break;
      if (next == kNoIndex || std::find(ring.begin(), ring.end(), next) != ring.end()) return false;
      at = next;
    }
    // Where traffic runs straight out of the round at every other corner, two dual carriageways cross.
    if (ring.size() < 3 || 2 * corners >= ring.size()) return false;
    double twice_area = 0;
    for (std::size_t k = 0; k < outline.size(); ++k) {
      const Point p = outline[k], q = outline[(k + 1) % outline.size()];
      twice_area += p.x * q.y - q.x * p.y;
    }
    const double roundness = 2 * std::numbers::pi * twice_area / (around * around);  // 1: a circle
    // A long round that is not round is a city block, unless main roads make it.
    bool main_roads = true;
    for (const std::uint32_t r : ring) main_roads = main_roads && !is_minor(road_of(street(r)).road_class);
    return roundness > (around < kSmallRing || main_roads ? 0.45 : 0.8);
  }

  /// Signals inside a street belong to the junction ahead, or to the one just passed; what is left over
  /// stands between junctions and becomes a signal of its own that stops the street for pedestrians.
  void stand_alone_signals() {
    ends_.signal_nodes_at.assign(plan_.nodes.size(), {});
    for (std::uint32_t n = 0; n < plan_.nodes.size(); ++n)
      if (plan_.nodes[n].control == NodeControl::kSignal && !ends_.at[n].empty())
        ends_.signal_nodes_at[n].push_back(n);
    // A node between two unlike streets near a junction is an approach too.
    for (std::uint32_t n = 0; n < plan_.nodes.size(); ++n) {
      if (plan_.nodes[n].control != NodeControl::kSignal || ends_.at[n].size() != 2 || plan_.junctions_stated)
        continue;
      std::uint32_t nearest = kNoIndex;
      double reach = kSignalReach;
      for (const End& e : ends_.at[n]) {
        const Street& s = street(e.street);
        const std::uint32_t other = s.nodes[e.at_end ? 0 : 1];
        const bool leads_there = (e.at_end ? s.backward : s.forward).lanes > 0;
        const double limit = leads_there ? reach : std::min(reach, kSignalBehind);
        if (ends_.is_junction(other) && s.length_m < limit) reach = s.length_m, nearest = other;
      }
      if (nearest == kNoIndex) continue;
      ends_.signal_nodes_at[n].clear();
      ends_.signal_nodes_at[nearest].push_back(n);
    }
    const std::size_t count = out_.streets.size();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (out_.streets[i].dropped) continue;
      std::vector<StreetControl> alone;
      for (const StreetControl& c : out_.streets[i].controls) {
        if (c.control != NodeControl::kSignal) continue;
        const Street& s = out_.streets[i];
        const bool along = s.forward.lanes > 0 && c.direction >= 0,
                   against = s.backward.lanes > 0 && c.direction <= 0;
        const double to_end = s.length_m - c.at_m, to_begin = c.at_m;
        std::uint32_t owner = kNoIndex;
        double nearest = kSignalReach;
        if (ends_.is_junction(s.nodes[1]) && to_end < (along ? kSignalReach : kSignalBehind))
          owner = s.nodes[1], nearest = to_end;
        if (ends_.is_junction(s.nodes[0]) &&
            to_begin < std::min(nearest, against ? kSignalReach : kSignalBehind))
          owner = s.nodes[0];
        if (owner != kNoIndex) {
          ends_.signal_nodes_at[owner].push_back(c.node);
        } else if (alone.empty() || c.at_m - alone.back().at_m > kSignalSpacing) {
          if (to_end > kCarLength && to_begin > kCarLength) alone.push_back(c);
        }
      }
      for (auto it = alone.rbegin(); it != alone.rend(); ++it) {  // from the end: stations stay right
        break_street(ends_, i, *it);
        ends_.signal_nodes_at[it->node] = {it->node};
      }
    }
  }

  bool is_motorway(const Street& s) const {
    const RoadClass c = road_of(s).road_class;
    return c == RoadClass::kMotorway || c == RoadClass::kMotorwayLink;
  }

  const StreetPlan& plan_;
  Streets out_;
  StreetEnds ends_;
  std::vector<char> usable_;
};

}  // namespace

int priority_of(RoadClass c) {
  switch (c) {
    case RoadClass::kMotorway: return 14;
    case RoadClass::kMotorwayLink: return 13;
    case RoadClass::kTrunk: return 12;
    case RoadClass::kTrunkLink: return 11;
    case RoadClass::kPrimary: return 10;
    case RoadClass::kPrimaryLink: return 9;
    case RoadClass::kSecondary: return 8;
    case RoadClass::kSecondaryLink: return 7;
    case RoadClass::kTertiary: return 6;
    case RoadClass::kTertiaryLink: return 5;
    case RoadClass::kUnclassified:
    case RoadClass::kResidential:
    case RoadClass::kOther: return 4;
    case RoadClass::kBusway: return 3;
    case RoadClass::kLivingStreet: return 2;
    case RoadClass::kService: return 1;
    case RoadClass::kCycleway: return 0;
    case RoadClass::kRail: return 20;
  }
  return 4;
}

Streets find_streets(const StreetPlan& plan, const BuildOptions& options) {
  return StreetFinder(plan, options).find();
}

}  // namespace arterial::build
