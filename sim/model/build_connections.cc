// Connections: which lane leads to which, the curve between them and how fast it can be driven.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "sim/model/build_context.h"

namespace arterial::build {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kStraight = 35 * kDegree;  // no more bend than this: straight on
constexpr double kAlong = 60 * kDegree;     // may pass for straight on where nothing is straighter
constexpr double kTurnTable = 170 * kDegree;
constexpr double kShortOut = 60;    // no room to change lanes: every lane is fed
constexpr double kSlowestTurn = 3;  // m/s

/// How fast drivers go round a bend of `radius_m`: the side friction they accept falls with speed (AASHTO),
/// as fitted in NCHRP Report 672, eq. 6-1 and 6-2; the mean of both, for a level road. About 4 m/s2 at 5
/// m, 2.5 at 40 m.
double bend_speed(double radius_m) {
  return (8.7602 * std::pow(radius_m, 0.3861) + 8.6164 * std::pow(radius_m, 0.3673)) / 2 / 3.6;
}

struct Pair {
  std::uint32_t from_lane = 0, to_lane = 0;  // indexes in their links
  std::size_t movement = 0;
  friend auto operator<=>(const Pair& a, const Pair& b) {
    return std::tie(a.from_lane, a.movement, a.to_lane) <=> std::tie(b.from_lane, b.movement, b.to_lane);
  }
  friend bool operator==(const Pair&, const Pair&) = default;
};

struct Range {  // of places in the list of car lanes; empty where first > last
  int first = 0, last = -1;
  int size() const { return last - first + 1; }
};

/// What of a movement's target is its own: several links may add up to one.
struct Target {
  int first = 0, count = 0;
};

class Connector {
 public:
  Connector(Context& context, std::uint32_t junction, std::vector<MovementEdit> edits)
      : c_(context), net_(context.network), junction_(junction), edits_(std::move(edits)) {}

  void connect() {
    movements_ = movements_at(c_, junction_);
    for (const MovementEdit& e : edits_) edit_movement(e);
    for (Movement& m : movements_) m.turn = std::clamp(m.turn, -kTurnTable, std::numbers::pi);
    share_targets();
    for (const LinkId in : c_.incoming[junction_]) connect_link(in);
  }

 private:
  const std::vector<std::uint32_t>& car_lanes(LinkId l) const { return c_.origins[l.value].car_lanes; }
  const Lane& lane_of(LinkId l, std::uint32_t index) const {
    return net_.lanes[net_[l].first_lane.value + index];
  }

  Point end_of(LinkId l, std::uint32_t index) const {
    const Shape& s = lane_of(l, index).shape;
    return net_.points[s.first + s.count - 1];
  }
  Point begin_of(LinkId l, std::uint32_t index) const { return net_.points[lane_of(l, index).shape.first]; }

  /// Two links that run on into one: where their lanes add up to its lanes, each keeps its own (an on-ramp
  /// whose lane joins the motorway).
  void share_targets() {
    targets_.resize(movements_.size());
    for (std::size_t m = 0; m < movements_.size(); ++m)
      targets_[m] = {0, static_cast<int>(car_lanes(movements_[m].to).size())};
    for (const LinkId out : c_.outgoing[junction_]) {
      std::vector<std::size_t> in;
      for (std::size_t m = 0; m < movements_.size(); ++m)
        if (movements_[m].to == out && !movements_[m].u_turn) in.push_back(m);
      if (in.size() != 2) continue;
      const int lanes = static_cast<int>(car_lanes(out).size());
      std::size_t right = in[0], left = in[1];
      if (std::abs(movements_[right].turn) > kAlong || std::abs(movements_[left].turn) > kAlong) continue;
      if (lateral(movements_[right].from, out) < lateral(movements_[left].from, out)) std::swap(right, left);
      const int n_right = static_cast<int>(car_lanes(movements_[right].from).size());
      const int n_left = static_cast<int>(car_lanes(movements_[left].from).size());
      if (n_right + n_left > lanes) continue;
      const bool right_is_main = net_[movements_[right].from].priority > net_[movements_[left].from].priority;
      const int right_share = right_is_main ? lanes - n_left : n_right;
      targets_[right] = {0, right_share};
      targets_[left] = {right_share, lanes - right_share};
    }
  }

  /// How far to the right of `out`'s first metres the link `in` arrives.
  double lateral(LinkId in, LinkId out) const {
    const auto& lanes = car_lanes(in);
    const Point p = end_of(in, lanes[lanes.size() / 2]), q = begin_of(out, car_lanes(out).front());
    const double h = c_.origins[out.value].heading_begin;
    return (p.x - q.x) * std::sin(h) - (p.y - q.y) * std::cos(h);
  }

  void connect_link(LinkId in) {
    std::vector<std::size_t> mine;  // kerb side first
    for (std::size_t m = 0; m < movements_.size(); ++m)
      if (movements_[m].from == in) mine.push_back(m);
    if (mine.empty()) return;
    std::stable_sort(mine.begin(), mine.end(),
                     [&](std::size_t a, std::size_t b) { return movements_[a].turn < movements_[b].turn; });
    const int lanes = static_cast<int>(car_lanes(in).size());
    std::vector<Range> ranges = painted_ranges(in, mine);
    if (ranges.empty()) ranges = usual_ranges(mine, lanes);
    pairs_.clear();
    for (std::size_t k = 0; k < mine.size(); ++k) map_lanes(in, mine[k], ranges[k], mine.size() == 1);
    connect_special_lanes(in, mine);
    feed_orphans(in);
    for (const MovementEdit& e : edits_)
      if (e.from == in) edit_lanes(e);
    for (const Pair& p : pairs_) add(in, p);
  }

  // -- overrides
  // ----------------------------------------------------------------------------------------------------

  void edit_movement(const MovementEdit& e) {
    const auto is_meant = [&](const Movement& m) { return m.from == e.from && m.to == e.to; };
    const bool there = std::any_of(movements_.begin(), movements_.end(), is_meant);
    if (c_.options.edits[e.edit].what.kind == OverrideKind::kBan) {
      if (!there) c_.streets.edit_faults[e.edit] = "nothing led from the one to the other";
      std::erase_if(movements_, is_meant);
    } else if (!there) {
      const auto& origins = c_.origins;
      movements_.push_back(
          {e.from, e.to, turn_between(origins[e.from.value].heading_end, origins[e.to.value].heading_begin),
           kAllClasses, false});
    }
  }

  /// Exactly the lanes that the override names lead from the one link to the other.
  void edit_lanes(const MovementEdit& e) {
    const Override& wanted = c_.options.edits[e.edit].what;
    if (wanted.kind != OverrideKind::kConnect) return;
    std::string& fault = c_.streets.edit_faults[e.edit];
    const int from_lanes = net_[e.from].lane_count, to_lanes = net_[e.to].lane_count;
    for (const auto& [from, to] : wanted.lane_pairs)
      if (from >= from_lanes || to >= to_lanes)
        fault = "there is no lane " + std::to_string(from >= from_lanes ? from : to) + " among the " +
                std::to_string(from >= from_lanes ? from_lanes : to_lanes) + " lanes of " +
                (from >= from_lanes ? net_[e.from].id : net_[e.to].id);
    if (!fault.empty()) return;
    std::size_t m = 0;
    while (m < movements_.size() && !(movements_[m].from == e.from && movements_[m].to == e.to)) ++m;
    if (m == movements_.size()) return;
    std::erase_if(pairs_, [&](const Pair& p) { return p.movement == m; });
    for (const auto& [from, to] : wanted.lane_pairs) {
      const std::size_t before = pairs_.size();
      link_lanes(m, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
      if (pairs_.size() == before)
        fault = "no class of vehicles may use both lane " + std::to_string(from) + " and lane " +
                std::to_string(to);
    }
  }

  // -- which lanes a movement may use
  // ------------------------------------------------------------------------

  /// From turn:lanes, as places among the car lanes; empty where the map states none.
  std::vector<Range> painted_ranges(LinkId in, const std::vector<std::size_t>& mine) const {
    const auto& turns = c_.street_of(in).direction(c_.origins[in.value].forward).turns;
    if (turns.size() != net_[in].lane_count) return {};
    const auto& lanes = car_lanes(in);
    const int n = static_cast<int>(lanes.size());
    std::vector<Range> ranges(mine.size());
    bool any = false;
    const std::array<int, 6> in_order = arrows_in_order(turns, lanes, mine);
    for (int i = 0; i < n; ++i) {
      std::uint8_t bits = turns[lanes[i]];
      if (bits == 0)
        bits = 1u << static_cast<unsigned>(Turn::kStraight);
      else
        any = true;
      for (unsigned t = 0; t < 6; ++t) {
        if (!(bits & (1u << t))) continue;
        const int k = in_order[t] >= 0 ? in_order[t] : best_for(static_cast<Turn>(t), mine);
        if (k < 0) continue;
        Range& r = ranges[k];
        if (r.size() <= 0)
          r = {i, i};
        else
          r.first = std::min(r.first, i), r.last = std::max(r.last, i);
      }
    }
    if (!any) return {};
    bool matched = false;
    for (const Range& r : ranges) matched = matched || r.size() > 0;
    if (!matched) return {};
    // A movement that the paint leaves out uses the lane beside its neighbours; lanes never cross.
    for (std::size_t k = 0; k < ranges.size(); ++k) {
      if (ranges[k].size() > 0) continue;
      if (k == 0) {
        ranges[k] = {0, 0};
      } else {
        const int lane = k + 1 == ranges.size() ? n - 1 : ranges[k - 1].last;
        ranges[k] = {lane, lane};
      }
    }
    for (std::size_t k = 1; k < ranges.size(); ++k) {
      ranges[k].first = std::max(ranges[k].first, ranges[k - 1].first);
      ranges[k].last = std::max(ranges[k].last, std::max(ranges[k - 1].last, ranges[k].first));
      ranges[k].first = std::max(ranges[k].first, ranges[k - 1].last);
      if (ranges[k].first > ranges[k].last) ranges[k].first = ranges[k].last;
    }
    return ranges;
  }

  /// Where as many kinds of arrows are painted as there are ways on, the arrows name them in their order from
  /// the kerb: on a bend "through" may well be the way that turns more. -1 for kinds without an answer.
  std::array<int, 6> arrows_in_order(const std::vector<std::uint8_t>& turns,
                                     const std::vector<std::uint32_t>& lanes,
                                     const std::vector<std::size_t>& mine) const {
    constexpr Turn kFromKerb[] = {Turn::kRight, Turn::kPartRight, Turn::kStraight, Turn::kPartLeft,
                                  Turn::kLeft};
    constexpr double kNominal[] = {-90, -40, 0, 40, 90};
    std::array<int, 6> answer;
    answer.fill(-1);
    unsigned painted = 0;
    for (const std::uint32_t lane : lanes)
      painted |= turns[lane] ? turns[lane] : 1u << static_cast<unsigned>(Turn::kStraight);
    std::vector<int> ways;
    for (std::size_t k = 0; k < mine.size(); ++k)
      if (!movements_[mine[k]].u_turn) ways.push_back(static_cast<int>(k));
    std::array<int, 6> found = answer;
    std::size_t next = 0;
    for (std::size_t kind = 0; kind < 5; ++kind) {
      if (!(painted & (1u << static_cast<unsigned>(kFromKerb[kind])))) continue;
      if (next == ways.size()) return answer;
      if (std::abs(movements_[mine[ways[next]]].turn - kNominal[kind] * kDegree) > 75 * kDegree)
        return answer;
      found[static_cast<std::size_t>(kFromKerb[kind])] = ways[next++];
    }
    return next == ways.size() ? found : answer;
  }

  int best_for(Turn turn, const std::vector<std::size_t>& mine) const {
    double target = 0, low = -kAlong, high = kAlong;
    switch (turn) {
      case Turn::kStraight: break;
      case Turn::kRight: target = -90 * kDegree, low = -kTurnTable, high = -12 * kDegree; break;
      case Turn::kLeft: target = 90 * kDegree, low = 12 * kDegree, high = kTurnTable; break;
      case Turn::kUTurn: target = 180 * kDegree, low = 150 * kDegree, high = 181 * kDegree; break;
      case Turn::kPartRight: target = -40 * kDegree, low = -100 * kDegree, high = 5 * kDegree; break;
      case Turn::kPartLeft: target = 40 * kDegree, low = -5 * kDegree, high = 100 * kDegree; break;
    }
    int best = -1;
    double cost = 1e9;
    for (std::size_t k = 0; k < mine.size(); ++k) {
      const Movement& m = movements_[mine[k]];
      if (m.u_turn != (turn == Turn::kUTurn)) continue;
      if (m.turn < low - 1e-9 || m.turn > high + 1e-9) continue;
      if (std::abs(m.turn - target) < cost) cost = std::abs(m.turn - target), best = static_cast<int>(k);
    }
    return best;
  }

  /// Without paint: the straight lanes in order, surplus lanes to the left turn first, then to the right
  /// turn.
  std::vector<Range> usual_ranges(const std::vector<std::size_t>& mine, int n) const {
    const int k = static_cast<int>(mine.size());
    std::vector<Range> ranges(mine.size(), Range{0, n - 1});
    if (n == 1 || k == 1) return ranges;
    // On a ring every lane may leave or go on: its pieces are too short to change lanes on.
    if (net_[movements_[mine[0]].from].roundabout) return ranges;
    if (k == 2 && std::abs(movements_[mine[0]].turn) < 45 * kDegree &&
        std::abs(movements_[mine[1]].turn) < 45 * kDegree)
      return fork_ranges(mine, n);
    int straight = -1;
    double least = kAlong;
    for (int i = 0; i < k; ++i) {
      const Movement& m = movements_[mine[i]];
      if (!m.u_turn && std::abs(m.turn) < least) least = std::abs(m.turn), straight = i;
    }
    if (straight < 0) return stem_ranges(mine, n);
    const int rights = straight, lefts = k - 1 - straight;
    const int through = std::min(n, targets_[mine[straight]].count);
    int surplus = n - through, left_lanes = 0, right_lanes = 0;
    if (lefts > 0 && surplus > 0) ++left_lanes, --surplus;
    if (rights > 0 && surplus > 0) ++right_lanes, --surplus;
    if (lefts > 0 && surplus > 0 && targets_[mine[k - 1]].count > 1) ++left_lanes, --surplus;
    ranges[straight] = {right_lanes, n - 1 - left_lanes};
    for (int i = 0; i < straight; ++i)
      ranges[i] = i == 0 ? Range{0, 0} : Range{0, std::max(0, right_lanes - 1)};
    if (straight == 1 && right_lanes > 0) ranges[0] = {0, right_lanes - 1};
    for (int i = straight + 1; i < k; ++i)
      ranges[i] = i == k - 1 ? Range{n - 1, n - 1} : Range{std::min(n - 1, n - left_lanes), n - 1};
    if (lefts == 1 && left_lanes > 0) ranges[k - 1] = {n - left_lanes, n - 1};
    return ranges;
  }

  std::vector<Range> fork_ranges(const std::vector<std::size_t>& mine, int n) const {
    const int o_right = targets_[mine[0]].count, o_left = targets_[mine[1]].count;
    int right = std::min(o_right, n), left = std::min(o_left, n);
    if (right + left < n)
      (std::abs(movements_[mine[0]].turn) < std::abs(movements_[mine[1]].turn) ? right : left) +=
          n - right - left;
    return {{0, right - 1}, {n - left, n - 1}};
  }

  /// The stem of a T: right turns from the right, left turns from the left.
  std::vector<Range> stem_ranges(const std::vector<std::size_t>& mine, int n) const {
    const int k = static_cast<int>(mine.size());
    std::vector<Range> ranges(mine.size());
    int rights = 0;
    for (const std::size_t m : mine) rights += movements_[m].turn < 0;
    if (rights == 0 || rights == k) {
      for (int i = 0; i < k; ++i) {
        const bool outer = rights == 0 ? i == 0 : i == k - 1;  // the gentlest turn may use every lane
        ranges[i] = outer ? Range{0, n - 1} : rights == 0 ? Range{n - 1, n - 1} : Range{0, 0};
      }
      return ranges;
    }
    const int left = std::clamp(targets_[mine[k - 1]].count, 1, n - 1), right = n - left;
    for (int i = 0; i < k; ++i) {
      if (i < rights)
        ranges[i] = i == rights - 1 ? Range{0, right - 1} : Range{0, 0};
      else
        ranges[i] = i == rights ? Range{right, n - 1} : Range{n - 1, n - 1};
    }
    return ranges;
  }

  // -- lane to lane
  // --------------------------------------------------------------------------------------------

  void map_lanes(LinkId in, std::size_t m, Range range, bool only) {
    const Movement& movement = movements_[m];
    const auto& from = car_lanes(in);
    const auto& to = car_lanes(movement.to);
    const Target target = targets_[m];
    const int k = range.size(), o = target.count;
    const bool along = std::abs(movement.turn) < kStraight || (only && std::abs(movement.turn) < kAlong);
    int shift = 0;  // in-lane range.first + i feeds out-lane i + shift
    if (along)
      shift = best_shift(in, movement.to, range, target);
    else if (movement.turn > 0)
      shift = o - k;
    std::vector<char> fed(o, 0);
    for (int i = 0; i < k; ++i) {
      const int lane = std::clamp(i + shift, 0, o - 1);
      fed[lane] = 1;
      link_lanes(m, from[range.first + i], to[target.first + lane]);
    }
    const bool feed_all = along ? !other_feeder(m) : short_link(movement.to);
    if (!feed_all) return;
    for (int lane = 0; lane < o; ++lane)
      if (!fed[lane])
        link_lanes(m, from[range.first + std::clamp(lane - shift, 0, k - 1)], to[target.first + lane]);
  }

  bool short_link(LinkId l) const { return lane_of(l, 0).length_m < kShortOut; }

  /// Another link runs straight into the same target and may want the lanes that this one leaves.
  bool other_feeder(std::size_t m) const {
    for (std::size_t k = 0; k < movements_.size(); ++k)
      if (k != m && movements_[k].to == movements_[m].to && !movements_[k].u_turn &&
          targets_[k].first == targets_[m].first && std::abs(movements_[k].turn) < kStraight &&
          !short_link(movements_[m].to))
        return true;
    return false;
  }

  /// The alignment with the least sideways movement.
  int best_shift(LinkId in, LinkId out, Range range, Target target) const {
    const auto& from = car_lanes(in);
    const auto& to = car_lanes(out);
    const int k = range.size(), o = target.count;
    const double h =
        (c_.origins[out.value].heading_begin +
         turn_between(c_.origins[out.value].heading_begin, c_.origins[in.value].heading_end) / 2);
    const double nx = std::sin(h), ny = -std::cos(h);
    int best = 0;
    double cost = 1e18;
    for (int shift = std::min(0, o - k); shift <= std::max(0, o - k); ++shift) {
      double sum = 0;
      for (int i = 0; i < k; ++i) {
        const Point p = end_of(in, from[range.first + i]);
        const Point q = begin_of(out, to[target.first + std::clamp(i + shift, 0, o - 1)]);
        const double d = (q.x - p.x) * nx + (q.y - p.y) * ny;
        sum += d * d;
      }
      if (sum < cost - 1e-6) cost = sum, best = shift;
    }
    return best;
  }

  void link_lanes(std::size_t m, std::uint32_t from_lane, std::uint32_t to_lane) {
    const Movement& movement = movements_[m];
    const Lane& a = lane_of(movement.from, from_lane);
    const Lane& b = lane_of(movement.to, to_lane);
    if ((a.allowed & b.allowed & movement.allowed) != 0) pairs_.insert({from_lane, to_lane, m});
  }

  /// Bus lanes lead to bus lanes, or to the nearest lane that admits them; never across the other lanes.
  void connect_special_lanes(LinkId in, const std::vector<std::size_t>& mine) {
    const auto& cars = car_lanes(in);
    for (std::uint32_t lane = 0; lane < net_[in].lane_count; ++lane) {
      if (std::find(cars.begin(), cars.end(), lane) != cars.end()) continue;
      const bool kerb = lane<cars.front(), centre = lane> cars.back();
      for (const std::size_t m : mine) {
        const Movement& movement = movements_[m];
        if (movement.turn > kStraight && kerb) continue;
        if (movement.turn < -kStraight && centre) continue;
        int best = -1;
        double cost = 1e18;
        for (std::uint32_t t = 0; t < net_[movement.to].lane_count; ++t) {
          const ClassMask shared =
              lane_of(in, lane).allowed & lane_of(movement.to, t).allowed & movement.allowed;
          if (shared == 0) continue;
          const bool special = !(lane_of(movement.to, t).allowed & mask_of(VehicleClass::kCar));
          const double far = kerb ? t : net_[movement.to].lane_count - 1.0 - t;
          const double price = far * 3.2 + (special ? 0 : 2.5);
          if (price < cost) cost = price, best = static_cast<int>(t);
        }
        if (best >= 0) link_lanes(m, lane, static_cast<std::uint32_t>(best));
      }
    }
  }

  /// A lane that leads nowhere gets what the nearest lane has.
  void feed_orphans(LinkId in) {
    for (std::uint32_t lane = 0; lane < net_[in].lane_count; ++lane) {
      bool leads = false;
      for (const Pair& p : pairs_) leads = leads || p.from_lane == lane;
      if (leads) continue;
      const Pair* nearest = nullptr;
      for (const Pair& p : pairs_) {
        const auto gap = [&](const Pair& q) {
          return std::abs(static_cast<int>(q.from_lane) - static_cast<int>(lane));
        };
        if (!nearest || gap(p) < gap(*nearest) ||
            (gap(p) == gap(*nearest) &&
             std::abs(movements_[p.movement].turn) < std::abs(movements_[nearest->movement].turn)))
          nearest = &p;
      }
      if (!nearest) return;
      const Pair copy = *nearest;
      link_lanes(copy.movement, lane, copy.to_lane);
    }
  }

  void add(LinkId in, const Pair& p) {
    const Movement& movement = movements_[p.movement];
    const LaneId from(net_[in].first_lane.value + p.from_lane),
        to(net_[movement.to].first_lane.value + p.to_lane);
    const Lane a = net_[from], b = net_[to];
    const auto points = [&](const Lane& l) {
      return Polyline(net_.points.begin() + l.shape.first,
                      net_.points.begin() + l.shape.first + l.shape.count);
    };
    const Polyline shape = turning_path(points(a).back(), heading_at_end(points(a), 3), points(b).front(),
                                        heading_at_begin(points(b), 3));
    Lane ground;
    ground.internal = true;
    ground.index = static_cast<std::uint16_t>(0);
    ground.allowed = a.allowed & b.allowed & movement.allowed;
    ground.length_m = std::max(0.1, length_of(shape));
    ground.width_m = std::min(a.width_m, b.width_m);
    ground.speed_mps = std::min(a.speed_mps, b.speed_mps);
    const double turn = std::abs(turn_between(heading_at_end(points(a), 3), heading_at_begin(points(b), 3)));
    if (turn > 20 * kDegree) {
      const double radius = ground.length_m / turn;
      ground.speed_mps = std::min(ground.speed_mps, std::max(kSlowestTurn, bend_speed(radius)));
    }
    ground.shape = net_.add_shape(shape);
    ground.id = ":" + net_.junctions[junction_].id + "_" + std::to_string(count_++);
    Connection connection;
    connection.from = from;
    connection.to = to;
    connection.lane = LaneId(static_cast<std::uint32_t>(net_.lanes.size()));
    connection.junction = JunctionId(junction_);
    connection.turn = turn_name(movement);
    net_.lanes.push_back(std::move(ground));
    net_.connections.push_back(std::move(connection));
    c_.turn_of.push_back(movement.turn);
  }

  static Turn turn_name(const Movement& m) {
    if (m.u_turn) return Turn::kUTurn;
    const double degrees = m.turn / kDegree;
    if (degrees > 60) return Turn::kLeft;
    if (degrees > 35) return Turn::kPartLeft;
    if (degrees < -60) return Turn::kRight;
    if (degrees < -35) return Turn::kPartRight;
    return Turn::kStraight;
  }

  Context& c_;
  Network& net_;
  std::uint32_t junction_;
  std::vector<MovementEdit> edits_;
  std::vector<Movement> movements_;
  std::vector<Target> targets_;  // by movement, among the car lanes of its target
  std::set<Pair> pairs_;         // of one incoming link
  std::uint32_t count_ = 0;
};

}  // namespace

void make_connections(Context& context) {
  context.restrictions_from.resize(context.plan.roads.size());
  for (std::uint32_t i = 0; i < context.plan.restrictions.size(); ++i) {
    const TurnRestriction& r = context.plan.restrictions[i];
    if (r.from_road < context.restrictions_from.size()) context.restrictions_from[r.from_road].push_back(i);
  }
  const std::vector<MovementEdit> edits = movement_edits(context);
  auto edit = edits.begin();  // they come by junction
  for (std::uint32_t j = 0; j < context.network.junctions.size(); ++j) {
    std::vector<MovementEdit> here;
    while (edit != edits.end() && edit->junction == j) here.push_back(*edit++);
    Connector(context, j, std::move(here)).connect();
  }
}

}  // namespace arterial::build
