#include "sim/model/build_streets.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <set>

namespace arterial::build {
namespace {

constexpr double kCarLength = 7.5;     // with the gap before it: a shorter street holds nobody
constexpr double kShortPiece = 15;     // attributes of a shorter piece do not make a street of its own
constexpr double kShortStub = 14;      // a dead end that the junction at its mouth leaves no car's length of
constexpr double kSignalReach = 45;    // a signal this near before a junction belongs to it
constexpr double kSignalBehind = 25;   // and this near behind it
constexpr double kSignReach = 60;      // same for stop and give way
constexpr double kSignalSpacing = 40;  // crossing signals closer than this are one
constexpr double kTightRing = 45;      // a ring this short is one place
constexpr double kRingTogether = 10;   // on a longer one only nodes this near are one place
constexpr double kSmallRing = 160, kLongestRing = 300;  // round, without any tag that says so
constexpr std::size_t kMaxRingStreets = 16;
constexpr double kSharpestInRing = 2.3;  // radians: the two halves of a split road are no ring
constexpr double kMaxSwallowed = 60;
constexpr double kDoubtful = 1.6;            // times the length below which two places are one: worth a look
constexpr double kMaxSwallowedByHand = 150;  // an override knows what it joins

bool same_direction(const PlanDirection& a, const PlanDirection& b) {
  return a.lanes == b.lanes && std::abs(a.speed_mps - b.speed_mps) < 0.1 && a.allowed == b.allowed &&
         a.lane_allowed == b.lane_allowed && a.capacity_vph == b.capacity_vph;
}

struct End {
  std::uint32_t street;
  bool at_end;
};

class StreetFinder {
 public:
  StreetFinder(const StreetPlan& plan, const BuildOptions& options) : plan_(plan), options_(options) {}

  Streets find() {
    check_plan();
    split_roads();
    collect_ends();
    merge_chains();
    drop_stubs();
    recognise_rings();
    stand_alone_signals();
    join_places();
    judge_edits();
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
    ends_.assign(plan_.nodes.size(), {});
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      ends_[out_.streets[i].nodes[0]].push_back({i, false});
      ends_[out_.streets[i].nodes[1]].push_back({i, true});
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
    for (std::uint32_t n = 0; n < ends_.size(); ++n) {
      if (ends_[n].size() != 2 || ends_[n][0].street == ends_[n][1].street) continue;
      const End a = ends_[n][0], b = ends_[n][1];
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
    ends_[n].clear();
    for (End& e : ends_[first.nodes[1]])
      if (e.street == b.street) e = {a.street, true};
  }

  void swap_ends(std::uint32_t s) {
    for (const std::uint32_t n : {street(s).nodes[0], street(s).nodes[1]}) {
      for (End& e : ends_[n])
        if (e.street == s) e.at_end = street(s).nodes[1] == n;
      if (street(s).nodes[0] == street(s).nodes[1]) break;
    }
  }

  void remove(std::uint32_t s) {
    street(s).dropped = true;
    for (const std::uint32_t n : street(s).nodes)
      std::erase_if(ends_[n], [s](const End& e) { return e.street == s; });
  }

  /// A dead end too short for a car is a drawing habit, not a street.
  void drop_stubs() {
    std::size_t dropped = 0;
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      const Street& s = out_.streets[i];
      if (s.dropped || s.length_m > (is_minor(road_of(s).road_class) ? kShortStub : kCarLength + 2)) continue;
      for (const int e : {0, 1})
        if (!street(i).dropped && ends_[s.nodes[e]].size() == 1 && ends_[s.nodes[1 - e]].size() >= 3)
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
      for (const End& e : ends_[node]) {
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

  bool is_junction(std::uint32_t node) const { return ends_[node].size() >= 3; }

  /// Signals inside a street belong to the junction ahead, or to the one just passed; what is left over
  /// stands between junctions and becomes a signal of its own that stops the street for pedestrians.
  void stand_alone_signals() {
    signal_nodes_at_.assign(plan_.nodes.size(), {});
    for (std::uint32_t n = 0; n < plan_.nodes.size(); ++n)
      if (plan_.nodes[n].control == NodeControl::kSignal && !ends_[n].empty())
        signal_nodes_at_[n].push_back(n);
    // A node between two unlike streets near a junction is an approach too.
    for (std::uint32_t n = 0; n < plan_.nodes.size(); ++n) {
      if (plan_.nodes[n].control != NodeControl::kSignal || ends_[n].size() != 2) continue;
      std::uint32_t nearest = kNoIndex;
      double reach = kSignalReach;
      for (const End& e : ends_[n]) {
        const Street& s = street(e.street);
        const std::uint32_t other = s.nodes[e.at_end ? 0 : 1];
        const bool leads_there = (e.at_end ? s.backward : s.forward).lanes > 0;
        const double limit = leads_there ? reach : std::min(reach, kSignalBehind);
        if (is_junction(other) && s.length_m < limit) reach = s.length_m, nearest = other;
      }
      if (nearest == kNoIndex) continue;
      signal_nodes_at_[n].clear();
      signal_nodes_at_[nearest].push_back(n);
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
        if (is_junction(s.nodes[1]) && to_end < (along ? kSignalReach : kSignalBehind))
          owner = s.nodes[1], nearest = to_end;
        if (is_junction(s.nodes[0]) && to_begin < std::min(nearest, against ? kSignalReach : kSignalBehind))
          owner = s.nodes[0];
        if (owner != kNoIndex) {
          signal_nodes_at_[owner].push_back(c.node);
        } else if (alone.empty() || c.at_m - alone.back().at_m > kSignalSpacing) {
          if (to_end > kCarLength && to_begin > kCarLength) alone.push_back(c);
        }
      }
      for (auto it = alone.rbegin(); it != alone.rend(); ++it) {  // from the end: stations stay right
        break_street(i, *it);
        signal_nodes_at_[it->node] = {it->node};
      }
    }
  }

  void break_street(std::uint32_t i, const StreetControl& at) {
    Street tail = out_.streets[i];
    Street& head = out_.streets[i];
    const auto index = static_cast<std::uint32_t>(out_.streets.size());
    tail.line = cut(head.line, at.at_m, head.length_m);
    tail.length_m = head.length_m - at.at_m;
    tail.nodes[0] = at.node;
    tail.controls.clear();
    tail.backward.turns.clear();
    std::vector<StreetControl> kept;
    for (StreetControl c : head.controls) {
      if (c.at_m < at.at_m) {
        kept.push_back(c);
      } else if (c.at_m > at.at_m) {
        c.at_m -= at.at_m;
        tail.controls.push_back(c);
      }
    }
    head.controls = std::move(kept);
    head.line = cut(head.line, 0, at.at_m);
    tail.pieces = pieces_between(head.pieces, at.at_m, head.length_m);
    head.pieces = pieces_between(head.pieces, 0, at.at_m);
    head.length_m = at.at_m;
    head.forward.turns.clear();
    for (End& e : ends_[head.nodes[1]])
      if (e.street == i && e.at_end) e.street = index;
    head.nodes[1] = at.node;
    ends_[at.node] = {{i, true}, {index, false}};
    out_.streets.push_back(std::move(tail));
  }

  static std::vector<StreetPiece> pieces_between(const std::vector<StreetPiece>& pieces, double begin,
                                                 double end) {
    std::vector<StreetPiece> out;
    double at = 0;
    for (const StreetPiece& p : pieces) {
      const double shared = std::min(end, at + p.length_m) - std::max(begin, at);
      at += p.length_m;
      if (shared > 0) out.push_back({p.road, shared});
    }
    if (out.empty()) out.push_back({pieces.front().road, end - begin});
    return out;
  }

  // -- places ---------------------------------------------------------------------------------------------

  std::uint32_t root(std::uint32_t n) {
    while (parent_[n] != n) n = parent_[n] = parent_[parent_[n]];
    return n;
  }

  /// Only service roads branch off here: a yard entrance, not worth a place in a big junction.
  bool only_yards(std::uint32_t node) {
    int real = 0;
    for (const End& e : ends_[node])
      if (road_of(street(e.street)).road_class != RoadClass::kService) ++real;
    return real <= 2;
  }

  /// What the junction at this end will take of the street: half the widest street across, and room for
  /// corners.
  double taken_at(std::uint32_t node, const Street& self) {
    double half = 0;
    for (const End& e : ends_[node]) {
      const Street& s = street(e.street);
      if (&s != &self)
        half = std::max(half, (s.forward.lanes + s.backward.lanes) * road_of(s).lane_width_m / 2);
    }
    return ends_[node].size() >= 3 ? half + 2 : 1;
  }

  bool is_motorway(const Street& s) const {
    const RoadClass c = road_of(s).road_class;
    return c == RoadClass::kMotorway || c == RoadClass::kMotorwayLink;
  }

  /// A ramp meets an ordinary road here.
  bool ramp_terminal(std::uint32_t node) {
    int ordinary = 0;
    for (const End& e : ends_[node]) ordinary += !is_motorway(street(e.street));
    return ordinary >= 2;
  }

  /// Places closer than this along the street are one; `signals`: both have some, and one controller then.
  double join_limit(const Street& s, bool signals) {
    const std::uint32_t a = s.nodes[0], b = s.nodes[1];
    if (is_motorway(s) &&
        !(road_of(s).road_class == RoadClass::kMotorwayLink && ramp_terminal(a) && ramp_terminal(b)))
      return kCarLength;
    // Joined at least where no car would fit between the two.
    const double least = std::min(taken_at(a, s) + taken_at(b, s) + kCarLength, 28.0);
    if (s.roundabout) return std::min(12.0, options_.join_distance_m);
    if (!is_junction(a) || !is_junction(b)) return ends_[a].size() >= 2 && ends_[b].size() >= 2 ? least : 0;
    if (only_yards(a) || only_yards(b)) return std::max(least, std::min(10.0, options_.join_distance_m));
    return std::max(least, options_.join_distance_m * (signals ? 1.6 : 1.0));
  }

  void join_places() {
    const auto node_count = static_cast<std::uint32_t>(plan_.nodes.size());
    parent_.resize(node_count);
    std::iota(parent_.begin(), parent_.end(), 0u);
    std::vector<std::vector<std::uint32_t>> members(node_count);
    for (std::uint32_t n = 0; n < node_count; ++n)
      if (!ends_[n].empty()) members[n] = {n};

    join_by_hand(members);
    join_tight_rings(members);
    std::vector<std::pair<double, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      const Street& s = out_.streets[i];
      if (!s.dropped && s.nodes[0] != s.nodes[1] && s.length_m < join_limit(s, true))
        order.emplace_back(s.length_m, i);
    }
    std::sort(order.begin(), order.end());
    for (const auto& [length, i] : order) {
      const Street& s = out_.streets[i];
      const std::uint32_t a = root(s.nodes[0]), b = root(s.nodes[1]);
      if (a == b) continue;
      const bool signals = has_signals(members[a]) && has_signals(members[b]);
      if (!(length < join_limit(s, signals))) continue;
      double widest = length < kCarLength ? 1e9 : options_.join_distance_m * (signals ? 3.2 : 1.6);
      if (on_ring(members[a]) || on_ring(members[b])) widest = options_.join_distance_m;
      bool fits = members[a].size() + members[b].size() <= 24 && may_unite(a, b, members) &&
                  !breaks_ring(members[a], members[b]);
      for (const std::uint32_t x : members[a])
        for (const std::uint32_t y : members[b])
          fits = fits && distance(plan_.nodes[x].at, plan_.nodes[y].at) <= widest;
      if (!fits) continue;
      unite(a, b, members);
    }

    out_.place_of.assign(node_count, kNoIndex);
    std::size_t joined = 0;
    for (std::uint32_t n = 0; n < node_count; ++n) {
      if (ends_[n].empty()) continue;
      const std::uint32_t r = root(n);
      if (out_.place_of[r] == kNoIndex) {
        out_.place_of[r] = static_cast<std::uint32_t>(out_.places.size());
        out_.places.emplace_back();
      }
      out_.place_of[n] = out_.place_of[r];
      out_.places[out_.place_of[n]].nodes.push_back(n);
    }
    std::vector<std::pair<std::uint32_t, double>>
        short_of_joining;  // street, and below which length it joins
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      if (street(i).dropped) continue;
      const std::uint32_t a = out_.place_of[street(i).nodes[0]];
      std::uint32_t b = out_.place_of[street(i).nodes[1]];
      const double longest =
          joined_by_hand_.contains(street(i).nodes[0]) ? kMaxSwallowedByHand : kMaxSwallowed;
      if (a == b && street(i).nodes[0] != street(i).nodes[1] && street(i).length_m < longest) {
        street(i).dropped = street(i).inside = true;
        out_.places[a].inside.push_back(i);
        continue;
      }
      if (a == b)
        b = part_loop(i, b);
      else if (const double limit = doubtful_limit(street(i)); limit > 0)
        short_of_joining.emplace_back(i, limit);
      out_.places[a].arms.push_back({i, false});
      out_.places[b].arms.push_back({i, true});
    }
    for (Place& place : out_.places) {
      joined += place.nodes.size() > 1;
      describe(place);
    }
    review(short_of_joining);
    if (joined > 0)
      problem(
          Severity::kNote, "junctions_joined", "", {},
          std::to_string(joined) + " junctions were made of several nodes each, because they are one place.");
  }

  /// Below which length the street's ends would be one place, where it is not much longer than that; else 0.
  double doubtful_limit(const Street& s) {
    if (!is_junction(s.nodes[0]) || !is_junction(s.nodes[1]) || s.roundabout || is_motorway(s)) return 0;
    const bool signals = !signal_nodes_at_[s.nodes[0]].empty() && !signal_nodes_at_[s.nodes[1]].empty();
    const double limit = join_limit(s, signals);
    return s.length_m < kDoubtful * limit ? limit : 0;
  }

  void review(const std::vector<std::pair<std::uint32_t, double>>& short_of_joining) {
    std::vector<char> by_hand(out_.places.size(), 0);
    for (const std::uint32_t n : joined_by_hand_) by_hand[out_.place_of[n]] = 1;
    review_joins(plan_, options_.join_distance_m, by_hand, out_);
    for (const auto& [i, limit] : short_of_joining)
      if (!kept_apart_.contains(street(i).nodes[0]) || !kept_apart_.contains(street(i).nodes[1]))
        review_gap(plan_, i, limit, out_);
  }

  /// A street back to where it began gets a place halfway, so that every link joins two junctions.
  std::uint32_t part_loop(std::uint32_t i, std::uint32_t place) {
    const double middle = street(i).length_m / 2;
    const StreetControl* halfway = nullptr;
    for (const StreetControl& c : street(i).controls)
      if (c.at_m > kCarLength && c.at_m < street(i).length_m - kCarLength &&
          (!halfway || std::abs(c.at_m - middle) < std::abs(halfway->at_m - middle)))
        halfway = &c;
    if (!halfway || out_.place_of[halfway->node] != kNoIndex) return place;
    const StreetControl at = *halfway;
    break_street(i, at);
    const auto added = static_cast<std::uint32_t>(out_.places.size());
    out_.place_of[at.node] = added;
    out_.places.emplace_back().nodes.push_back(at.node);
    return added;
  }

  void unite(std::uint32_t a, std::uint32_t b, std::vector<std::vector<std::uint32_t>>& members) {
    if (a == b) return;
    if (b < a) std::swap(a, b);
    parent_[b] = a;
    members[a].insert(members[a].end(), members[b].begin(), members[b].end());
    members[b].clear();
  }

  // -- overrides ------------------------------------------------------------------------------------------

  void join_by_hand(std::vector<std::vector<std::uint32_t>>& members) {
    for (std::uint32_t i = 0; i < options_.edits.size(); ++i) {
      const BuildEdit& edit = options_.edits[i];
      if (edit.what.kind == OverrideKind::kSplit)
        for (const std::uint32_t n : edit.nodes) kept_apart_.emplace(n, i);
      if (edit.what.kind != OverrideKind::kJoin) continue;
      std::uint32_t first = kNoIndex;
      for (const std::uint32_t n : edit.nodes) {
        if (ends_[n].empty()) continue;
        joined_by_hand_.insert(n);
        if (first != kNoIndex) unite(root(first), root(n), members);
        first = n;
      }
    }
  }

  /// A ring stays a ring: its entries are places of their own, also where the arms of one entry part before
  /// it.
  bool breaks_ring(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) const {
    for (const std::uint32_t x : a)
      for (const std::uint32_t y : b)
        if (ring_of_[x] != kNoIndex && ring_of_[x] == ring_of_[y] &&
            distance(plan_.nodes[x].at, plan_.nodes[y].at) > kRingTogether)
          return true;
    return false;
  }

  bool has_signals(const std::vector<std::uint32_t>& nodes) const {
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](std::uint32_t n) { return !signal_nodes_at_[n].empty(); });
  }

  bool on_ring(const std::vector<std::uint32_t>& nodes) const {
    return std::any_of(nodes.begin(), nodes.end(), [&](std::uint32_t n) { return ring_of_[n] != kNoIndex; });
  }

  /// No override keeps a node of the one from a node of the other.
  bool may_unite(std::uint32_t a, std::uint32_t b,
                 const std::vector<std::vector<std::uint32_t>>& members) const {
    if (kept_apart_.empty() || a == b) return true;
    for (const std::uint32_t x : members[a])
      for (auto [it, end] = kept_apart_.equal_range(x); it != end; ++it)
        for (const std::uint32_t y : members[b])
          for (auto [other, last] = kept_apart_.equal_range(y); other != last; ++other)
            if (it->second == other->second) return false;
    return true;
  }

  /// Which of the joins, splits and signals came out as asked.
  void judge_edits() {
    out_.edit_faults.assign(options_.edits.size(), {});
    out_.edit_remarks.assign(options_.edits.size(), {});
    for (std::size_t i = 0; i < options_.edits.size(); ++i) {
      const BuildEdit& edit = options_.edits[i];
      if (edit.what.kind == OverrideKind::kSignal)
        out_.edit_faults[i] = signal_fault(edit, out_.edit_remarks[i]);
      else if (edit.what.kind == OverrideKind::kJoin || edit.what.kind == OverrideKind::kSplit)
        out_.edit_faults[i] = cluster_fault(edit);
    }
  }

  std::string cluster_fault(const BuildEdit& edit) const {
    for (std::size_t a = 0; a < edit.nodes.size(); ++a) {
      const std::uint32_t place = out_.place_of[edit.nodes[a]];
      if (place == kNoIndex) return plan_.nodes[edit.nodes[a]].id + " is no junction of streets";
      for (std::size_t b = 0; b < a; ++b)
        if ((place == out_.place_of[edit.nodes[b]]) != (edit.what.kind == OverrideKind::kJoin))
          return "another override says the opposite of " + plan_.nodes[edit.nodes[a]].id;
    }
    return {};
  }

  std::string signal_fault(const BuildEdit& edit, std::string& remark) {
    const std::uint32_t node = edit.nodes.front(), place = out_.place_of[node];
    if (!edit.what.present) {
      if (place != kNoIndex) {
        Place& here = out_.places[place];
        here.signal = here.crossing_signal = false;
        here.signal_nodes.clear();
      }
      return {};
    }
    for (std::uint32_t p = 0; p < out_.places.size(); ++p) {
      const Place& there = out_.places[p];
      if (!there.signal || !std::binary_search(there.signal_nodes.begin(), there.signal_nodes.end(), node))
        continue;
      if (p != place)
        remark = "it stands on the way to " + junction_id(plan_, there) + " and is that junction's";
      return {};
    }
    return "a signal there would stop nobody";
  }

  /// A circle too small to drive around piece by piece is one junction.
  void join_tight_rings(std::vector<std::vector<std::uint32_t>>& members) {
    std::map<std::uint32_t, double> length_at;  // by ring, named by its lowest node
    std::vector<std::uint32_t> ring(plan_.nodes.size());
    std::iota(ring.begin(), ring.end(), 0u);
    const auto ring_root = [&](std::uint32_t n) {
      while (ring[n] != n) n = ring[n] = ring[ring[n]];
      return n;
    };
    for (const Street& s : out_.streets)
      if (!s.dropped && s.roundabout) {
        const std::uint32_t a = ring_root(s.nodes[0]), b = ring_root(s.nodes[1]);
        ring[std::max(a, b)] = std::min(a, b);
      }
    for (const Street& s : out_.streets)
      if (!s.dropped && s.roundabout) length_at[ring_root(s.nodes[0])] += s.length_m;
    ring_of_.assign(plan_.nodes.size(), kNoIndex);
    for (const Street& s : out_.streets)
      if (!s.dropped && s.roundabout && length_at[ring_root(s.nodes[0])] >= kTightRing)
        for (const std::uint32_t n : s.nodes) ring_of_[n] = ring_root(n);
    for (const Street& s : out_.streets)
      if (!s.dropped && s.roundabout && s.nodes[0] != s.nodes[1] &&
          length_at[ring_root(s.nodes[0])] < kTightRing &&
          may_unite(root(s.nodes[0]), root(s.nodes[1]), members))
        unite(root(s.nodes[0]), root(s.nodes[1]), members);
  }

  void describe(Place& place) {
    double x = 0, y = 0;
    for (const std::uint32_t n : place.nodes) {
      x += plan_.nodes[n].at.x;
      y += plan_.nodes[n].at.y;
      place.signal_nodes.insert(place.signal_nodes.end(), signal_nodes_at_[n].begin(),
                                signal_nodes_at_[n].end());
      if (plan_.nodes[n].control == NodeControl::kAllWayStop) place.all_way_stop = true;
      if (plan_.nodes[n].control == NodeControl::kMiniRoundabout) place.mini_roundabout = true;
    }
    place.at = {x / static_cast<double>(place.nodes.size()), y / static_cast<double>(place.nodes.size())};
    std::sort(place.signal_nodes.begin(), place.signal_nodes.end());
    place.signal_nodes.erase(std::unique(place.signal_nodes.begin(), place.signal_nodes.end()),
                             place.signal_nodes.end());
    bool ring = false;
    for (const Arm& arm : place.arms) ring = ring || street(arm.street).roundabout;
    bool on_place = false;
    for (const std::uint32_t n : place.signal_nodes)
      on_place = on_place || std::binary_search(place.nodes.begin(), place.nodes.end(), n);
    // A signal on the approach of a roundabout serves the zebra there; one on the ring itself serves the
    // ring.
    place.signal = !place.signal_nodes.empty() && (!ring || on_place);
    place.crossing_signal = place.signal && place.arms.size() == 2;
    if (place.arms.size() < 2) place.signal = false;
    for (const Arm& arm : place.arms) {
      const Street& s = street(arm.street);
      for (const StreetControl& c : s.controls)
        if (c.control == NodeControl::kAllWayStop &&
            (arm.at_end ? s.length_m - c.at_m : c.at_m) < kSignReach &&
            (c.direction == 0 || (c.direction > 0) == arm.at_end))
          place.all_way_stop = true;
    }
    if (place.arms.size() < 3) place.all_way_stop = place.mini_roundabout = false;
  }

  const StreetPlan& plan_;
  const BuildOptions& options_;
  Streets out_;
  std::vector<char> usable_;
  std::vector<std::vector<End>> ends_;                       // by plan node
  std::vector<std::vector<std::uint32_t>> signal_nodes_at_;  // by plan node: the signals that it answers for
  std::vector<std::uint32_t> parent_;
  std::vector<std::uint32_t> ring_of_;  // by plan node: the long ring it lies on, by its lowest node
  std::multimap<std::uint32_t, std::uint32_t> kept_apart_;  // by plan node: overrides that split there
  std::set<std::uint32_t> joined_by_hand_;                  // plan nodes
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
