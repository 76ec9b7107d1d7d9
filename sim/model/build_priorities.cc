// Who yields to whom. A signal, where there is one, decides by time; what is set here then rules within a
// phase (a left turn yields to oncoming traffic) and while the signal is off.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/model/build_context.h"

namespace arterial::build {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kOpposing = 135 * kDegree;  // approaches that face each other at least this much
constexpr double kSameWay = 30 * kDegree;
constexpr double kStraight = 35 * kDegree;

enum class Order { kFirst, kSecond, kNeither };  // who of two goes before the other

class Referee {
 public:
  Referee(Context& context, std::uint32_t junction)
      : c_(context), net_(context.network), place_(context.streets.places[junction]), junction_(junction) {
    rank_approaches();
  }

  JunctionType type() const {
    if (place_.arms.size() < 2) return JunctionType::kDeadEnd;
    if (place_.signal) return JunctionType::kSignal;
    if (ring_ || place_.mini_roundabout) return JunctionType::kRoundabout;
    if (place_.all_way_stop) return JunctionType::kAllWayStop;
    if (equal_ && place_.arms.size() > 2) return JunctionType::kRightBeforeLeft;
    return JunctionType::kPriority;
  }

  void decide(Conflict& conflict) const {
    conflict.a_yields = conflict.b_yields = false;
    switch (order(conflict.a, conflict.b)) {
      case Order::kFirst: conflict.b_yields = true; break;
      case Order::kSecond: conflict.a_yields = true; break;
      case Order::kNeither: break;
    }
  }

  NodeControl sign(LinkId link) const { return c_.origins[link.value].sign; }
  bool equal_ranks() const { return equal_; }

 private:
  LinkId from_link(ConnectionId k) const { return net_[net_[k].from].link; }
  double heading(LinkId l) const { return c_.origins[l.value].heading_end; }

  /// A number per approach: larger goes first. Signs beat classes; among equal major roads the one that runs
  /// on straight, then the wider, then the faster; equal minor roads stay equal.
  void rank_approaches() {
    const auto& in = c_.incoming[junction_];
    int signs = 0, classes_low = 1000, classes_high = -1000;
    for (const LinkId l : in) {
      const Link& link = net_[l];
      ring_ = ring_ || link.roundabout;
      signs += sign(l) != NodeControl::kNone;
      classes_low = std::min<int>(classes_low, link.priority);
      classes_high = std::max<int>(classes_high, link.priority);
    }
    bool node_stop = false, node_yield = false;  // tagged on the junction itself: binds the lower class
    for (const std::uint32_t n : place_.nodes) {
      node_stop = node_stop || c_.plan.nodes[n].control == NodeControl::kStop;
      node_yield = node_yield || c_.plan.nodes[n].control == NodeControl::kYield;
    }
    const bool signs_tell = signs > 0 && signs < static_cast<int>(in.size());
    for (const LinkId l : in) {
      const Link& link = net_[l];
      double rank = link.priority * 100.0;
      if (ring_ && link.roundabout) rank += 10000;
      if (signs_tell && sign(l) != NodeControl::kNone) rank -= 5000;
      if (c_.origins[l.value].goes_first) rank += 5000;
      if ((node_stop || node_yield) && classes_low < classes_high && link.priority == classes_low &&
          signs == 0) {
        rank -= 5000;
        if (node_stop) c_.origins[l.value].sign = NodeControl::kStop;
      }
      if (!is_minor(link.road_class) || !side_decides()) {
        if (runs_on(l)) rank += 40;
        if (!is_minor(link.road_class) || !c_.options.right_before_left)
          rank += 4 * std::min<int>(link.lane_count, 6) + net_[link.first_lane].speed_mps / 20;
      }
      ranks_.emplace_back(l, rank);
    }
    equal_ = !ring_ && in.size() > 1;
    for (const auto& [l, rank] : ranks_) equal_ = equal_ && rank == ranks_.front().second;
  }

  /// Whether equal streets go by right before left. Britain and Ireland know no such rule: there the street
  /// that runs on goes before the one that ends, and where both run on
  /// drivers agree.
  bool side_decides() const {
    return c_.options.right_before_left && c_.plan.country != "GB" && c_.plan.country != "IE";
  }

  double rank(LinkId l) const {
    for (const auto& [link, rank] : ranks_)
      if (link == l) return rank;
    return 0;
  }

  /// The approach has a way straight on into a road of its own class.
  bool runs_on(LinkId l) const {
    for (std::uint32_t k = first_connection(); k < last_connection(); ++k) {
      const Connection& connection = net_.connections[k];
      if (net_[connection.from].link != l) continue;
      const Link& to = net_[net_[connection.to].link];
      if (std::abs(c_.turn_of[k]) < kStraight && to.priority == net_[l].priority) return true;
    }
    return false;
  }
  std::uint32_t first_connection() const { return bounds().first; }
  std::uint32_t last_connection() const { return bounds().second; }
  std::pair<std::uint32_t, std::uint32_t> bounds() const {
    const auto less = [](const Connection& k, std::uint32_t j) { return k.junction.value < j; };
    const auto first = std::lower_bound(net_.connections.begin(), net_.connections.end(), junction_, less);
    const auto last = std::lower_bound(first, net_.connections.end(), junction_ + 1, less);
    return {static_cast<std::uint32_t>(first - net_.connections.begin()),
            static_cast<std::uint32_t>(last - net_.connections.begin())};
  }

  Order order(ConnectionId a, ConnectionId b) const {
    const LinkId la = from_link(a), lb = from_link(b);
    const double ta = c_.turn_of[a.value], tb = c_.turn_of[b.value];
    if (la == lb) return same_approach(a, b);
    const double between = turn_between(heading(la), heading(lb));
    const bool opposing = std::abs(between) > kOpposing, same_way = std::abs(between) < kSameWay;

    if (ring_ && net_[la].roundabout != net_[lb].roundabout)
      return net_[la].roundabout ? Order::kFirst : Order::kSecond;
    if (place_.mini_roundabout && !opposing &&
        !same_way)  // the one already on the circle comes from the left
      return between < 0 ? Order::kSecond : Order::kFirst;
    const bool ua = net_[a].turn == Turn::kUTurn, ub = net_[b].turn == Turn::kUTurn;
    if (place_.signal) {
      const bool sa = controlled(la), sb = controlled(lb);
      if (sa != sb) return sa ? Order::kFirst : Order::kSecond;
    }
    if (ua != ub) return ua ? Order::kSecond : Order::kFirst;
    if (place_.all_way_stop && !place_.signal && !opposing) return Order::kNeither;

    // Oncoming traffic on one road: left turns yield, whatever the class of the two halves.
    const double ra = rank(la), rb = rank(lb);
    if (opposing && (place_.signal || std::abs(ra - rb) < 50)) {
      const bool left_a = ta > kStraight, left_b = tb > kStraight;
      if (left_a != left_b) return left_a ? Order::kSecond : Order::kFirst;
      if (left_a && left_b) return Order::kNeither;
      // Both go straight or right and meet: the one that turns more gives way.
      return std::abs(ta) > std::abs(tb)   ? Order::kSecond
             : std::abs(tb) > std::abs(ta) ? Order::kFirst
                                           : Order::kNeither;
    }
    if (ra != rb) return ra > rb ? Order::kFirst : Order::kSecond;
    if (same_way) return Order::kNeither;
    return between > 0 ? Order::kSecond : Order::kFirst;  // b comes from the right of a
  }

  /// Neighbouring lanes of one link that come together take turns, unless one bends across the other.
  Order same_approach(ConnectionId a, ConnectionId b) const {
    if (net_[a].to == net_[b].to || net_[net_[a].to].link == net_[net_[b].to].link) {
      if (!place_.signal) return Order::kNeither;
      return net_[net_[a].from].index <= net_[net_[b].from].index ? Order::kFirst : Order::kSecond;
    }
    if (net_[from_link(a)].roundabout) return Order::kNeither;
    const double ta = std::abs(c_.turn_of[a.value]), tb = std::abs(c_.turn_of[b.value]);
    return ta <= tb ? Order::kFirst : Order::kSecond;
  }

 public:
  /// Yards and alleys that end in a signalled junction have no signal of their own; they wait for a gap.
  bool controlled(LinkId l) const {
    if (!is_yard(l)) return true;
    int others = 0;
    for (const LinkId k : c_.incoming[junction_]) others += !is_yard(k);
    if (others < 2) return true;
    for (const StreetControl& k : c_.street_of(l).controls)
      if (k.control == NodeControl::kSignal) return true;
    return false;
  }

 private:
  /// A service road for cars; where only buses and trams drive it is a line with a signal of its own.
  bool is_yard(LinkId l) const {
    const Link& link = net_[l];
    ClassMask allowed = 0;
    for (std::uint32_t k = 0; k < link.lane_count; ++k)
      allowed |= net_.lanes[link.first_lane.value + k].allowed;
    const bool line = !(allowed & mask_of(VehicleClass::kCar)) && (allowed & mask_of(VehicleClass::kBus));
    return priority_of(link.road_class) <= 1 && !line;
  }

  Context& c_;
  Network& net_;
  const Place& place_;
  std::uint32_t junction_;
  std::vector<std::pair<LinkId, double>> ranks_;
  bool ring_ = false, equal_ = false;
};

}  // namespace

void make_priorities(Context& context) {
  Network& net = context.network;
  std::size_t conflict = 0, connection = 0;
  for (std::uint32_t j = 0; j < net.junctions.size(); ++j) {
    Referee referee(context, j);
    net.junctions[j].type = referee.type();
    const std::size_t first = connection;
    while (connection < net.connections.size() && net.connections[connection].junction.value == j)
      ++connection;
    std::vector<char> yields(connection - first, 0), turns(connection - first, 0),
        meets_others(connection - first, 0);
    for (; conflict < net.conflicts.size() && net[net.conflicts[conflict].a].junction.value == j;
         ++conflict) {
      Conflict& k = net.conflicts[conflict];
      referee.decide(k);
      if (k.a_yields) yields[k.a.value - first] = 1;
      if (k.b_yields) yields[k.b.value - first] = 1;
      if (!k.a_yields && !k.b_yields) turns[k.a.value - first] = turns[k.b.value - first] = 1;
      if (net[net[k.a].from].link != net[net[k.b].from].link)
        meets_others[k.a.value - first] = meets_others[k.b.value - first] = 1;
    }
    for (std::size_t i = first; i < connection; ++i) {
      Connection& c = net.connections[i];
      c.keep_clear = meets_others[i - first];  // nothing to keep clear where only the next lane comes in
      const NodeControl sign = referee.sign(net[c.from].link);
      const JunctionType type = net.junctions[j].type;
      if (type == JunctionType::kAllWayStop)
        c.priority = Priority::kAllWayStop;
      else if (yields[i - first] && sign == NodeControl::kStop && type != JunctionType::kSignal)
        c.priority = Priority::kStop;
      else if (yields[i - first])
        c.priority = type == JunctionType::kRightBeforeLeft ? Priority::kEqual : Priority::kMinor;
      else if (turns[i - first] && type != JunctionType::kSignal)
        c.priority = Priority::kZipper;
      else
        c.priority = Priority::kMajor;
    }
  }
}

bool has_signal(const Context& context, LinkId link) {
  const std::uint32_t j = context.network[link].to.value;
  return context.streets.places[j].signal && Referee(const_cast<Context&>(context), j).controlled(link);
}

}  // namespace arterial::build
