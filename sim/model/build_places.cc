// Which ends of streets are one place: what lies too close together for a car between, what signals or a
// tight ring hold together, what overrides join or split.
#include "sim/model/build_places.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace arterial::build {
namespace {

constexpr double kSignReach = 60;     // of an all-way stop on an approach
constexpr double kTightRing = 45;     // a ring this short is one place
constexpr double kRingTogether = 10;  // on a longer one only nodes this near are one place
constexpr double kMaxSwallowed = 60;
constexpr double kMaxSwallowedByHand = 150;  // an override knows what it joins
constexpr double kDoubtful = 1.6;            // times the length below which two places are one: worth a look

std::vector<StreetPiece> pieces_between(const std::vector<StreetPiece>& pieces, double begin, double end) {
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

class PlaceJoiner {
 public:
  explicit PlaceJoiner(StreetEnds& ends)
      : ends_(ends), plan_(ends.plan), options_(ends.options), out_(ends.out) {}

  void join() {
    const auto node_count = static_cast<std::uint32_t>(plan_.nodes.size());
    parent_.resize(node_count);
    std::iota(parent_.begin(), parent_.end(), 0u);
    std::vector<std::vector<std::uint32_t>> members(node_count);
    for (std::uint32_t n = 0; n < node_count; ++n)
      if (!ends_.at[n].empty()) members[n] = {n};

    join_by_hand(members);
    if (!plan_.junctions_stated) join_tight_rings(members);
    std::vector<std::pair<double, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < out_.streets.size(); ++i) {
      const Street& s = out_.streets[i];
      if (!s.dropped && s.nodes[0] != s.nodes[1] && !plan_.junctions_stated &&
          s.length_m < join_limit(s, true))
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
      if (ends_.at[n].empty()) continue;
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
      out_.problems.push_back(
          {Severity::kNote, "junctions_joined", "", 0, 0,
           std::to_string(joined) +
               " junctions were made of several nodes each, because they are one place."});
    judge_edits();
  }

 private:
  const PlanRoad& road_of(const Street& s) const { return plan_.roads[s.road]; }
  Street& street(std::uint32_t i) { return out_.streets[i]; }

  std::uint32_t root(std::uint32_t n) {
    while (parent_[n] != n) n = parent_[n] = parent_[parent_[n]];
    return n;
  }

  /// Only service roads branch off here: a yard entrance, not worth a place in a big junction.
  bool only_yards(std::uint32_t node) {
    int real = 0;
    for (const End& e : ends_.at[node])
      if (road_of(street(e.street)).road_class != RoadClass::kService) ++real;
    return real <= 2;
  }

  /// What the junction at this end will take of the street: half the widest street across, and room for
  /// corners.
  double taken_at(std::uint32_t node, const Street& self) {
    double half = 0;
    for (const End& e : ends_.at[node]) {
      const Street& s = street(e.street);
      if (&s != &self)
        half = std::max(half, (s.forward.lanes + s.backward.lanes) * road_of(s).lane_width_m / 2);
    }
    return ends_.at[node].size() >= 3 ? half + 2 : 1;
  }

  bool is_motorway(const Street& s) const {
    const RoadClass c = road_of(s).road_class;
    return c == RoadClass::kMotorway || c == RoadClass::kMotorwayLink;
  }

  /// A ramp meets an ordinary road here.
  bool ramp_terminal(std::uint32_t node) {
    int ordinary = 0;
    for (const End& e : ends_.at[node]) ordinary += !is_motorway(street(e.street));
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
    if (!ends_.is_junction(a) || !ends_.is_junction(b))
      return ends_.at[a].size() >= 2 && ends_.at[b].size() >= 2 ? least : 0;
    if (only_yards(a) || only_yards(b)) return std::max(least, std::min(10.0, options_.join_distance_m));
    return std::max(least, options_.join_distance_m * (signals ? 1.6 : 1.0));
  }

  /// Below which length the street's ends would be one place, where it is not much longer than that; else 0.
  double doubtful_limit(const Street& s) {
    if (!ends_.is_junction(s.nodes[0]) || !ends_.is_junction(s.nodes[1]) || s.roundabout || is_motorway(s))
      return 0;
    const bool signals =
        !ends_.signal_nodes_at[s.nodes[0]].empty() && !ends_.signal_nodes_at[s.nodes[1]].empty();
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
    break_street(ends_, i, at);
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
        if (ends_.at[n].empty()) continue;
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
                       [&](std::uint32_t n) { return !ends_.signal_nodes_at[n].empty(); });
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
    if (options_.edits.empty()) return;
    for (std::uint32_t p = 0; p < out_.places.size(); ++p)
      for (const std::uint32_t n : out_.places[p].signal_nodes) signal_place_.emplace(n, p);
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
    const auto it = signal_place_.find(node);
    if (it != signal_place_.end() && out_.places[it->second].signal) {
      if (it->second != place)
        remark = "it stands on the way to " + junction_id(plan_, out_.places[it->second]) +
                 " and is that junction's";
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
      place.signal_nodes.insert(place.signal_nodes.end(), ends_.signal_nodes_at[n].begin(),
                                ends_.signal_nodes_at[n].end());
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

  StreetEnds& ends_;
  const StreetPlan& plan_;
  const BuildOptions& options_;
  Streets& out_;
  std::vector<std::uint32_t> parent_;
  std::vector<std::uint32_t> ring_of_;  // by plan node: the long ring it lies on, by its lowest node
  std::multimap<std::uint32_t, std::uint32_t> kept_apart_;  // by plan node: overrides that split there
  std::map<std::uint32_t, std::uint32_t> signal_place_;  // by plan node: the place whose signal stands there
  std::set<std::uint32_t> joined_by_hand_;               // plan nodes
};

}  // namespace

void break_street(StreetEnds& ends, std::uint32_t i, const StreetControl& at) {
  Streets& out_ = ends.out;
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
  for (End& e : ends.at[head.nodes[1]])
    if (e.street == i && e.at_end) e.street = index;
  head.nodes[1] = at.node;
  ends.at[at.node] = {{i, true}, {index, false}};
  out_.streets.push_back(std::move(tail));
}

void join_places(StreetEnds& ends) { PlaceJoiner(ends).join(); }

}  // namespace arterial::build
