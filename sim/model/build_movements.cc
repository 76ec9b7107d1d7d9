// Which link leads to which: ways through a place along its swallowed streets, and turn restrictions on them.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/model/build_context.h"

namespace arterial::build {
namespace {

constexpr double kUTurn = 160 * std::numbers::pi / 180;
constexpr double kOnewayUTurn = 130 * std::numbers::pi / 180;  // between the two halves of a split road
constexpr std::size_t kMaxInsideSteps = 8;

struct Step {  // one street driven in one direction
  std::uint32_t street = 0;
  bool forward = true;
};

struct Way {  // a movement with the swallowed streets that it uses
  Movement movement;
  std::vector<std::uint32_t> inside;
  double length_m = 0;
};

class MovementFinder {
 public:
  MovementFinder(Context& context, std::uint32_t place)
      : c_(context), place_(context.streets.places[place]), junction_(place) {
    for (const Arm& arm : place_.arms)
      at_node_.push_back({node_of(arm.street, arm.at_end), arm.street, arm.at_end, false});
    for (const std::uint32_t s : place_.inside) {
      at_node_.push_back({node_of(s, false), s, false, true});
      at_node_.push_back({node_of(s, true), s, true, true});
    }
  }

  std::vector<Movement> find() {
    std::vector<Movement> out;
    std::vector<std::vector<Way>> by_link;
    std::vector<std::uint32_t> used;
    for (const LinkId in : c_.incoming[junction_]) {
      ways_.clear();
      const LinkOrigin& origin = c_.origins[in.value];
      from_ = in;
      path_ = {{origin.street, origin.forward}};
      nodes_ = {node_of(origin.street, origin.forward)};
      follow(kAllClasses, 0);
      for (const Way& w : ways_)
        if (!w.movement.u_turn) used.insert(used.end(), w.inside.begin(), w.inside.end());
      by_link.push_back(ways_);
    }
    std::sort(used.begin(), used.end());
    for (auto& ways : by_link) choose(ways, used, out);
    return out;
  }

 private:
  struct Branch {
    std::uint32_t node, street;
    bool at_end, inside;
  };

  const Street& street(std::uint32_t s) const { return c_.streets.streets[s]; }
  std::uint32_t node_of(std::uint32_t s, bool at_end) const { return street(s).nodes[at_end ? 1 : 0]; }
  std::uint32_t first_road(Step s) const {
    return s.forward ? street(s.street).pieces.front().road : street(s.street).pieces.back().road;
  }
  std::uint32_t last_road(Step s) const {
    return s.forward ? street(s.street).pieces.back().road : street(s.street).pieces.front().road;
  }

  void follow(ClassMask allowed, double length_m) {
    const std::uint32_t node = nodes_.back();
    for (const Branch& b : at_node_) {
      if (b.node != node) continue;
      const Step next{b.street, !b.at_end};
      if (street(b.street).direction(next.forward).lanes == 0) continue;
      const bool back = b.street == path_.back().street && next.forward != path_.back().forward;
      if (back && (b.inside || path_.size() > 1)) continue;
      const ClassMask mask = allowed & admitted(next);
      if (mask == 0) continue;
      if (!b.inside) {
        arrive(next, back, mask, length_m);
        continue;
      }
      const std::uint32_t beyond = node_of(b.street, !b.at_end);
      if (path_.size() > kMaxInsideSteps || std::find(nodes_.begin(), nodes_.end(), beyond) != nodes_.end())
        continue;
      path_.push_back(next);
      nodes_.push_back(beyond);
      follow(mask, length_m + street(b.street).length_m);
      path_.pop_back();
      nodes_.pop_back();
    }
  }

  /// The roads driven so far, each named once.
  std::vector<std::uint32_t> roads() const {
    std::vector<std::uint32_t> out{last_road(path_.front())};
    for (std::size_t i = 1; i < path_.size(); ++i) {
      const auto& pieces = street(path_[i].street).pieces;
      for (std::size_t k = 0; k < pieces.size(); ++k) {
        const std::uint32_t r = pieces[path_[i].forward ? k : pieces.size() - 1 - k].road;
        if (r != out.back()) out.push_back(r);
      }
    }
    return out;
  }

  /// The classes that turn restrictions let go on into `next`.
  ClassMask admitted(Step next) const {
    ClassMask mask = kAllClasses;
    const std::uint32_t to = first_road(next);
    const std::vector<std::uint32_t> driven = roads();
    for (const std::uint32_t from : driven) {
      for (const std::uint32_t i : c_.restrictions_from[from]) {
        const TurnRestriction& r = c_.plan.restrictions[i];
        if (r.via_roads.empty()) {
          if (r.via_nodes.empty() || r.via_nodes.front() != nodes_.back() ||
              last_road(path_.back()) != r.from_road)
            continue;
        } else {
          const std::size_t n = r.via_roads.size();
          if (driven.size() < n + 1 || driven[driven.size() - n - 1] != r.from_road ||
              !std::equal(r.via_roads.begin(), r.via_roads.end(),
                          driven.end() - static_cast<std::ptrdiff_t>(n)))
            continue;
        }
        if (r.only ? to != r.to_road : to == r.to_road) mask &= r.except;
      }
    }
    return mask;
  }

  void arrive(Step next, bool back, ClassMask mask, double length_m) {
    const LinkId to = link_of(next);
    if (!to.valid()) return;
    Way way;
    way.movement = {from_, to,
                    turn_between(c_.origins[from_.value].heading_end, c_.origins[to.value].heading_begin),
                    mask, back};
    if (back) way.movement.turn = std::numbers::pi;
    // Round a small ring is no turn back, however far it bends.
    const bool round = !back && street(path_.front().street).roundabout && street(next.street).roundabout;
    if (round && way.movement.turn < -std::numbers::pi / 2) way.movement.turn += 2 * std::numbers::pi;
    const bool halves = one_way(from_) && one_way(to) && way.movement.turn > 0;
    // Where junctions are stated the drawing may be a scheme: who goes back to where he came from turns
    // round.
    const bool returns =
        c_.plan.junctions_stated
            ? node_of(path_.front().street, !path_.front().forward) == node_of(next.street, next.forward)
            : std::abs(way.movement.turn) > (halves ? kOnewayUTurn : kUTurn);
    if (returns && place_.arms.size() > 2 && !round) way.movement.u_turn = true;
    way.length_m = length_m;
    for (std::size_t i = 1; i < path_.size(); ++i) way.inside.push_back(path_[i].street);
    for (Way& known : ways_)
      if (known.movement.to == to) {
        const ClassMask both = known.movement.allowed | mask;
        if (length_m < known.length_m) known = way;
        known.movement.allowed = both;
        return;
      }
    ways_.push_back(std::move(way));
  }

  bool one_way(LinkId l) const { return c_.street_of(l).direction(!c_.origins[l.value].forward).lanes == 0; }

  LinkId link_of(Step s) const {
    for (const LinkId l : c_.outgoing[junction_])
      if (c_.origins[l.value].street == s.street && c_.origins[l.value].forward == s.forward) return l;
    return {};
  }

  /// U-turns only where nothing else exits, where the lanes are painted so, or where a street exists for
  /// nothing else.
  void choose(std::vector<Way>& ways, const std::vector<std::uint32_t>& used,
              std::vector<Movement>& out) const {
    if (ways.empty()) return;
    const LinkId in = ways.front().movement.from;
    bool other = false;
    for (const Way& w : ways) other = other || !w.movement.u_turn;
    bool painted = false;
    const Street& s = c_.street_of(in);
    for (const std::uint8_t t : s.direction(c_.origins[in.value].forward).turns)
      painted = painted || (t & (1u << static_cast<unsigned>(Turn::kUTurn)));
    const Way* best_u = nullptr;
    for (const Way& w : ways) {
      if (!w.movement.u_turn) {
        out.push_back(w.movement);
        continue;
      }
      bool own_street = false;
      for (const std::uint32_t i : w.inside)
        own_street = own_street || !std::binary_search(used.begin(), used.end(), i);
      if (own_street && other)
        out.push_back(w.movement);
      else if (!best_u || w.length_m > best_u->length_m)
        best_u = &w;
    }
    if (best_u && (!other || painted)) out.push_back(best_u->movement);
  }

  Context& c_;
  const Place& place_;
  std::uint32_t junction_;
  std::vector<Branch> at_node_;
  LinkId from_;
  std::vector<Step> path_;
  std::vector<std::uint32_t> nodes_;
  std::vector<Way> ways_;
};

}  // namespace

std::vector<Movement> movements_at(Context& context, std::uint32_t place) {
  return MovementFinder(context, place).find();
}

}  // namespace arterial::build
