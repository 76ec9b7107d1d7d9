#include "scenarios/synthetic/odd_streets.h"

#include <algorithm>
#include <cmath>

#include "scenarios/synthetic/dice.h"
#include "sim/model/keyed_hash.h"
#include "sim/model/network_builder.h"

namespace arterial {

namespace {

using synthetic::Dice;

/// One draw after the other of one purpose, so that more draws for one thing do not change another.
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view purpose) : dice_(seed, purpose) {}
  double unit() { return dice_.unit(n_++); }
  double between(double low, double high) { return low + (high - low) * unit(); }
  bool chance(double p) { return unit() < p; }
  std::uint32_t pick(std::size_t n) { return dice_.pick(static_cast<std::uint32_t>(n), n_++); }
  int whole(int low, int high) {
    const int values = high - low + 1;
    return low + static_cast<int>(pick(static_cast<std::size_t>(values)));
  }
  template <class T, std::size_t N>
  T one_of(const T (&list)[N]) {
    return list[pick(N)];
  }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[pick(list.size())];
  }

 private:
  Dice dice_;
  std::int64_t n_ = 0;
};

/// In 0.1 mm, so that the same number comes out where sin and cos differ by a bit.
double rounded(double metres) { return std::round(metres * 1e4) / 1e4; }

constexpr ClassMask kFew[] = {
    mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kTaxi), mask_of(VehicleClass::kBicycle),
    kMotorClasses, static_cast<ClassMask>(kAllRoadClasses & ~mask_of(VehicleClass::kTruck)),
    static_cast<ClassMask>(mask_of(VehicleClass::kCar) | mask_of(VehicleClass::kMotorcycle))};

// ---------------------------------------------------------------------------------------------------- the
// plan

class OddPlan {
 public:
  OddPlan(std::uint64_t seed, int nodes) : d_(seed, "odd plan") {
    plan.name = "odd streets " + std::to_string(seed);
    plan.left_hand = d_.chance(0.2);
    const double block_m = d_.one_of({12.0, 30.0, 60.0, 90.0, 150.0});
    for (int k = 0; k < nodes; ++k) place_node(block_m);
    for (std::uint32_t k = 1; k < plan.nodes.size(); ++k) join(k, d_.pick(k));
    for (int k = d_.whole(0, nodes); k > 0; --k) join(d_.pick(plan.nodes.size()), d_.pick(plan.nodes.size()));
    if (d_.chance(0.3)) star(d_.pick(plan.nodes.size()), d_.whole(4, 6), block_m);
    if (d_.chance(0.35)) roundabout(d_.pick(plan.nodes.size()));
    if (d_.chance(0.2)) loop(d_.pick(plan.nodes.size()), block_m);
    if (d_.chance(0.25)) motorway(d_.pick(plan.nodes.size()), block_m);
    for (PlanNode& node : plan.nodes) control(node);
    while (d_.chance(0.2)) ban();
  }

  StreetPlan plan;

 private:
  std::uint32_t node(Point at) {
    PlanNode n;
    n.id = "node/" + std::to_string(plan.nodes.size());
    n.at = {rounded(at.x), rounded(at.y)};
    plan.nodes.push_back(n);
    return static_cast<std::uint32_t>(plan.nodes.size() - 1);
  }

  /// Some close to another: that makes short links and odd junctions.
  void place_node(double block_m) {
    const int cell = static_cast<int>(plan.nodes.size());
    if (cell > 1 && d_.chance(0.25)) {
      const Point near = d_.one_of(plan.nodes).at;
      node({near.x + d_.between(-9, 9), near.y + d_.between(-9, 9)});
    } else {
      const int column = cell % 3, row = cell / 3;
      node({block_m * (column + d_.between(-0.3, 0.3)), block_m * (row + d_.between(-0.3, 0.3))});
    }
  }

  PlanRoad& road(std::vector<std::uint32_t> nodes) {
    PlanRoad r;
    r.id = "way/" + std::to_string(plan.roads.size());
    r.nodes = std::move(nodes);
    r.road_class = d_.one_of({RoadClass::kPrimary, RoadClass::kSecondary, RoadClass::kTertiary,
                              RoadClass::kResidential, RoadClass::kResidential, RoadClass::kUnclassified,
                              RoadClass::kLivingStreet, RoadClass::kService, RoadClass::kTrunk});
    const int lanes[] = {1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 8};
    const int forward = d_.one_of(lanes), backward = d_.chance(0.35) ? 0 : d_.one_of(lanes);
    const double speed = d_.one_of({3.0, 5.56, 8.33, 13.89, 13.89, 19.44, 27.78, 36.11});
    for (PlanDirection* way : {&r.forward, &r.backward}) {
      way->lanes = way == &r.forward ? forward : backward;
      way->speed_mps = speed;
      if (d_.chance(0.08)) way->allowed = d_.one_of(kFew);
      if (way->lanes > 1 && d_.chance(0.15)) {
        way->lane_allowed.assign(static_cast<std::size_t>(way->lanes), kAllRoadClasses);
        d_.chance(0.7) ? way->lane_allowed.front() = d_.one_of(kFew)
                       : way->lane_allowed.back() = d_.one_of(kFew);
      }
      if (d_.chance(0.12))
        for (int k = 0; k < way->lanes; ++k) way->turns.push_back(static_cast<std::uint8_t>(d_.whole(0, 63)));
    }
    r.lane_width_m = d_.chance(0.2) ? d_.between(2, 4.5) : 3.2;
    plan.roads.push_back(std::move(r));
    return plan.roads.back();
  }

  void join(std::uint32_t a, std::uint32_t b) {
    if (a == b) return;
    if (!d_.chance(0.25)) {
      road({a, b});
      return;
    }
    // Over a node in between, where the number of lanes may change.
    const Point p = plan.nodes[a].at, q = plan.nodes[b].at;
    const double part = d_.between(0.05, 0.95);
    const std::uint32_t middle =
        node({p.x + part * (q.x - p.x) + d_.between(-4, 4), p.y + part * (q.y - p.y) + d_.between(-4, 4)});
    if (d_.chance(0.3)) {
      road({a, middle, b});
      return;
    }
    const std::size_t first = plan.roads.size();
    road({a, middle});
    road({middle, b});
    if (d_.chance(0.6)) {  // one road that loses or wins a lane
      PlanRoad &before = plan.roads[first], &after = plan.roads[first + 1];
      after.road_class = before.road_class;
      after.forward = before.forward;
      after.forward.turns.clear(), after.forward.lane_allowed.clear();
      after.forward.lanes = std::max(1, before.forward.lanes + d_.whole(-1, 1));
    }
  }

  /// A junction of five and more legs, some of them dead ends.
  void star(std::uint32_t middle, int legs, double block_m) {
    const Point at = plan.nodes[middle].at;
    const double turn = d_.between(0, 6.28);
    for (int k = 0; k < legs; ++k) {
      const double angle = turn + 6.283185 * (k + d_.between(-0.3, 0.3)) / legs,
                   r = block_m * d_.between(0.3, 1);
      road({middle, node({at.x + r * std::cos(angle), at.y + r * std::sin(angle)})});
    }
  }

  /// Round a point beside the node; every piece of the ring has a leg, to the node or to a dead end.
  void roundabout(std::uint32_t beside) {
    const int pieces = d_.whole(2, 5);
    const double r = d_.one_of({4.0, 7.0, 12.0, 20.0}), first_angle = d_.between(0, 6.28);
    const Point at{plan.nodes[beside].at.x + 3 * r, plan.nodes[beside].at.y + r};
    std::vector<std::uint32_t> ring;
    const int corners = std::max(pieces, 4);
    for (int k = 0; k < corners; ++k) {
      const double angle =
          first_angle + (plan.left_hand ? -1 : 1) * 6.283185 * (k + d_.between(-0.2, 0.2)) / corners;
      ring.push_back(node({at.x + r * std::cos(angle), at.y + r * std::sin(angle)}));
    }
    const int lanes = d_.whole(1, 2);
    const auto closed = [&](std::vector<std::uint32_t> nodes) {
      PlanRoad& circle = road(std::move(nodes));
      circle.roundabout = true;
      circle.forward = {}, circle.backward = {};
      circle.forward.lanes = lanes, circle.forward.speed_mps = d_.between(4, 10);
    };
    std::vector<std::uint32_t> whole = ring;
    whole.push_back(ring.front());
    closed(whole);
    for (int k = 0; k < pieces; ++k) {
      const Point p = plan.nodes[ring[static_cast<std::size_t>(k)]].at;
      const double out = d_.between(1.5, 8);
      const bool to_town = k == 0 || d_.chance(0.4);
      const std::uint32_t end = to_town && k > 0 ? d_.pick(plan.nodes.size())
                                : to_town        ? beside
                                          : node({at.x + out * (p.x - at.x), at.y + out * (p.y - at.y)});
      if (std::find(ring.begin(), ring.end(), end) == ring.end())
        road({ring[static_cast<std::size_t>(k)], end});
    }
  }

  void loop(std::uint32_t at, double block_m) {
    const Point p = plan.nodes[at].at;
    const double r = block_m * d_.between(0.1, 0.6);
    const std::uint32_t a = node({p.x + r, p.y + d_.between(-r, r)}),
                        b = node({p.x + d_.between(-r, r), p.y + r});
    road({at, a, b, at});
  }

  /// One way, wide, with a ramp on and a ramp off.
  void motorway(std::uint32_t beside, double block_m) {
    const Point p = plan.nodes[beside].at;
    std::vector<std::uint32_t> on_it;
    for (int k = 0; k < 4; ++k)
      on_it.push_back(node({p.x + block_m * (k - 1.5) * d_.between(0.7, 1.3), p.y - block_m * 0.4}));
    const int lanes = d_.whole(1, 4);
    for (std::size_t k = 0; k + 1 < on_it.size(); ++k) {
      PlanRoad& r = road({on_it[k], on_it[k + 1]});
      r.road_class = RoadClass::kMotorway;
      r.forward = {}, r.backward = {};
      r.forward.lanes = lanes + (k == 1 && d_.chance(0.6) ? 1 : 0);
      r.forward.speed_mps = 33.3;
    }
    for (int k = 0; k < 2; ++k) {
      PlanRoad& ramp = k == 0 ? road({beside, on_it[1]}) : road({on_it[2], beside});
      ramp.road_class = RoadClass::kMotorwayLink;
      ramp.backward = {};
      ramp.forward.lanes = d_.whole(1, 2);
    }
  }

  void control(PlanNode& node) {
    if (!d_.chance(0.5)) return;
    node.control =
        d_.one_of({NodeControl::kSignal, NodeControl::kSignal, NodeControl::kStop, NodeControl::kAllWayStop,
                   NodeControl::kYield, NodeControl::kMiniRoundabout, NodeControl::kCrossing});
    if (node.control == NodeControl::kStop || node.control == NodeControl::kYield)
      node.control_direction = d_.whole(-1, 1);
  }

  void ban() {
    const std::uint32_t from = d_.pick(plan.roads.size()), to = d_.pick(plan.roads.size());
    for (const std::uint32_t end : {plan.roads[from].nodes.front(), plan.roads[from].nodes.back()})
      if (from != to && (end == plan.roads[to].nodes.front() || end == plan.roads[to].nodes.back())) {
        TurnRestriction r;
        r.id = "relation/" + std::to_string(plan.restrictions.size());
        r.from_road = from, r.to_road = to, r.via_nodes = {end};
        r.only = d_.chance(0.2);
        plan.restrictions.push_back(r);
        return;
      }
  }

  Draws d_;
};

// ----------------------------------------------------------------------------------------------------
// oddities

bool is_go(char c) { return c == 'G' || c == 'g' || c == 'o' || c == 'O'; }

/// What readers of foreign maps make that our builder would not.
class Oddities {
 public:
  Oddities(std::uint64_t seed, Network& network) : d_(seed, "oddities"), net_(network) {
    if (d_.chance(0.4)) lose_connections();
    for (std::uint32_t l = 0; l < net_.links.size(); ++l) bend_link(l);
    for (std::uint32_t j = 0; j < net_.junctions.size(); ++j) bend_junction(JunctionId(j));
    for (Signal& s : net_.signals)
      if (d_.chance(0.5)) reprogram(s);
    while (d_.chance(0.4)) {
      Detector detector;
      detector.lane = LaneId(d_.pick(net_.road_lane_count));
      detector.pos_m = d_.unit() * net_[detector.lane].length_m;
      detector.id = "detector " + std::to_string(net_.detectors.size());
      net_.detectors.push_back(detector);
    }
  }

 private:
  /// Lanes that lead nowhere, or not where they should.
  void lose_connections() {
    std::vector<bool> keep_link(net_.links.size(), true), keep(net_.connections.size(), true);
    for (std::size_t c = 0; c < keep.size(); ++c) keep[c] = !d_.chance(0.1);
    net_ = without_parts(net_, keep_link, keep);
  }

  void bend_link(std::uint32_t l) {
    const Link& link = net_.links[l];
    const double length = d_.chance(0.15) ? d_.one_of({0.1, 0.5, 1.0, 1.0, 2.0, 5.0, 8.0}) : 0;
    const bool uneven = d_.chance(0.03);
    for (std::uint32_t k = 0; k < link.lane_count; ++k) {
      Lane& lane = net_.lanes[link.first_lane.value + k];
      if (length > 0) lane.length_m = length;
      if (uneven) lane.length_m = std::max(0.1, lane.length_m * d_.between(0.8, 1.1));
      if (d_.chance(0.03)) lane.no_change_left = d_.chance(0.5) ? kAllRoadClasses : d_.one_of(kFew);
      if (d_.chance(0.03)) lane.no_change_right = d_.chance(0.5) ? kAllRoadClasses : d_.one_of(kFew);
      if (d_.chance(0.03)) lane.allowed = d_.one_of(kFew);
      if (d_.chance(0.03)) lane.speed_mps = d_.between(0.5, 40);
    }
  }

  void bend_junction(JunctionId j) {
    const bool no_length = d_.chance(0.12), yields = d_.chance(0.15), stops = d_.chance(0.06),
               all_stop = d_.chance(0.04), waits = d_.chance(0.15), blocked = d_.chance(0.1),
               on_red = d_.chance(0.1), fast = d_.chance(0.1);
    for (Connection& c : net_.connections) {
      if (c.junction != j) continue;
      Lane& ground = net_.lanes[c.lane.value];
      if (no_length) {
        shorten(c.lane.value - net_.road_lane_count, 0.1 / ground.length_m);
        ground.length_m = 0.1;
        c.wait_m = 0;
        c.pieces.clear();
      }
      if (stops && d_.chance(0.5)) c.priority = Priority::kStop;
      if (all_stop) c.priority = Priority::kAllWayStop;
      if (waits) c.wait_m = d_.chance(0.5) ? d_.unit() * ground.length_m : 0;
      if (blocked) c.keep_clear = d_.chance(0.5);
      if (on_red) c.turn_on_red = d_.chance(0.5);
      if (fast) ground.speed_mps = d_.between(1, 30);
    }
    if (!yields) return;
    for (Conflict& x : net_.conflicts)
      if (net_[x.a].junction == j) x.a_yields = d_.chance(0.4), x.b_yields = d_.chance(0.4);
  }

  void shorten(std::uint32_t connection, double factor) {
    for (Conflict& x : net_.conflicts) {
      if (x.a.value == connection)
        x.a_begin_m *= static_cast<float>(factor), x.a_end_m *= static_cast<float>(factor);
      if (x.b.value == connection)
        x.b_begin_m *= static_cast<float>(factor), x.b_end_m *= static_cast<float>(factor);
    }
  }

  /// Any letters at all, but never from green to red without 3 s of amber.
  Program program(std::size_t letters, const std::string& id) {
    Program p;
    p.id = id;
    p.offset_s = d_.whole(0, 60);
    p.actuated = d_.chance(0.3);
    std::vector<std::string> greens;
    for (int k = d_.whole(1, 4); k > 0; --k) {
      std::string state;
      const double share = d_.between(0.2, 0.9);
      for (std::size_t i = 0; i < letters; ++i)
        state += d_.chance(share) ? "GGgggsoO"[d_.pick(d_.chance(0.2) ? 8 : 5)] : 'r';
      greens.push_back(state);
    }
    for (std::size_t k = 0; k < greens.size(); ++k) {
      const std::string& here = greens[k];
      const std::string& then = greens[(k + 1) % greens.size()];
      Phase green;
      green.duration_s = d_.between(3, 25);
      green.state = here;
      if (p.actuated) green.min_s = d_.between(2, 6), green.max_s = green.min_s + d_.between(0, 30);
      p.phases.push_back(green);
      Phase amber;
      amber.duration_s = d_.one_of({3.0, 3.0, 4.0, 5.0});
      for (std::size_t i = 0; i < letters; ++i)
        amber.state += is_go(here[i]) && !is_go(then[i]) ? 'y'
                       : is_go(here[i])                  ? here[i]
                       : d_.chance(0.1)                  ? 'u'
                                                         : 'r';
      p.phases.push_back(amber);
      if (d_.chance(0.4)) {
        Phase all_red;
        all_red.duration_s = d_.between(0.3, 3);
        for (std::size_t i = 0; i < letters; ++i)
          all_red.state += is_go(here[i]) && is_go(then[i]) ? here[i] : 'r';
        p.phases.push_back(all_red);
      }
    }
    return p;
  }

  void reprogram(Signal& s) {
    const std::size_t letters = s.programs.at(0).phases.at(0).state.size();
    if (letters == 0) return;
    if (d_.chance(0.5)) s.programs.clear();
    for (int k = d_.whole(1, 2); k > 0; --k)
      s.programs.push_back(program(letters, "odd " + std::to_string(s.programs.size())));
    s.active_program = d_.pick(s.programs.size());
    if (d_.chance(0.2)) s.switches = {{d_.between(5, 100), d_.pick(s.programs.size())}};
  }

  Draws d_;
  Network& net_;
};

// ---------------------------------------------------------------------------------------------------- demand

VehicleType odd_type(Draws& d, int number) {
  VehicleType t;
  t.id = "type " + std::to_string(number);
  const VehicleClass classes[] = {VehicleClass::kCar,     VehicleClass::kCar,       VehicleClass::kCar,
                                  VehicleClass::kVan,     VehicleClass::kTruck,     VehicleClass::kTruck,
                                  VehicleClass::kBus,     VehicleClass::kBus,       VehicleClass::kMotorcycle,
                                  VehicleClass::kBicycle, VehicleClass::kEmergency, VehicleClass::kTaxi};
  t.vehicle_class = number == 0 ? VehicleClass::kCar : d.one_of(classes);
  t.model = d.chance(0.4) ? FollowingModel::kIdm : FollowingModel::kKrauss;
  switch (t.vehicle_class) {
    case VehicleClass::kTruck:
      t.length_m = d.between(8, 18.75), t.width_m = 2.5, t.accel_mps2 = d.between(0.4, 1.3),
      t.decel_mps2 = d.between(2, 4), t.emergency_decel_mps2 = 7, t.max_speed_mps = 25;
      break;
    case VehicleClass::kBus:
      t.length_m = d.one_of({12.0, 18.0, 24.0}), t.width_m = 2.5, t.accel_mps2 = 1.2, t.decel_mps2 = 4,
      t.emergency_decel_mps2 = 7, t.max_speed_mps = 24;
      break;
    case VehicleClass::kBicycle:
      t.length_m = 1.6, t.width_m = 0.65, t.min_gap_m = 0.5, t.accel_mps2 = 1.2, t.decel_mps2 = 3,
      t.emergency_decel_mps2 = 7, t.max_speed_mps = d.between(3, 8);
      break;
    case VehicleClass::kMotorcycle:
      t.length_m = 2.2, t.width_m = 0.9, t.accel_mps2 = 6, t.decel_mps2 = 10, t.emergency_decel_mps2 = 10;
      break;
    default: t.length_m = d.between(3, 6);
  }
  if (d.chance(0.3)) t.accel_mps2 = d.between(0.3, 5);
  if (d.chance(0.3))
    t.decel_mps2 = d.between(0.8, 6),
    t.emergency_decel_mps2 = t.decel_mps2 * (d.chance(0.4) ? 1 : d.between(1, 2.5));
  if (d.chance(0.3)) t.tau_s = d.between(0.1, 3);
  if (d.chance(0.3)) t.min_gap_m = d.between(0, 4);
  t.sigma = d.chance(0.4) ? 0.5 : d.chance(0.3) ? 0 : d.unit();
  if (d.chance(0.3)) t.speed_factor_deviation = d.between(0, 0.4);
  if (d.chance(0.3)) t.startup_delay_s = kUsualStartupDelay_s;
  t.ignores_permissions = d.chance(0.03);
  t.lc_cooperative = d.chance(0.8) ? 1 : 0;
  t.lc_speed_gain = d.chance(0.8) ? 1 : 0;
  t.lc_keep_right = d.chance(0.8) ? 1 : 0;
  t.lc_strategic = d.chance(0.8) ? 1 : d.between(0.1, 5);
  return t;
}

class OddTraffic {
 public:
  OddTraffic(std::uint64_t seed, OddStreets& streets, double span_s)
      : d_(seed, "odd traffic"),
        s_(streets),
        net_(streets.network),
        seed_(seed),
        span_s_(span_s),
        next_(net_.road_lane_count) {
    for (const Connection& c : net_.connections) next_[c.from.value].push_back(c.to);
  }

  void draw(int trips) {
    for (int k = d_.whole(1, 5); k >= 0; --k)
      s_.demand.types.push_back(odd_type(d_, static_cast<int>(s_.demand.types.size())));
    // Some few ways are taken again and again, so that queues form.
    const int flows = d_.whole(2, std::max(3, trips / 6));
    for (int k = 0; k < flows; ++k) {
      Way way;
      way.type = d_.pick(s_.demand.types.size());
      way.links = walk(s_.demand.types[way.type]);
      if (!way.links.empty()) ways_.push_back(std::move(way));
    }
    if (ways_.empty()) return;
    for (int k = 0; k < trips; ++k) trip(d_.one_of(ways_), k);
    std::sort(s_.demand.trips.begin(), s_.demand.trips.end(), [](const Trip& a, const Trip& b) {
      return a.depart_s != b.depart_s ? a.depart_s < b.depart_s : a.key < b.key;
    });
    s_.demand.read = s_.demand.trips.size();
  }

 private:
  struct Way {
    std::uint32_t type = 0;
    std::vector<LinkId> links;
  };

  bool open_to(const VehicleType& t, const Lane& lane) const {
    return t.ignores_permissions ? lane.allowed != 0 : (lane.allowed & mask_of(t.vehicle_class)) != 0;
  }
  std::vector<LaneId> lanes_open(const VehicleType& t, LinkId link) const {
    std::vector<LaneId> open;
    for (std::uint32_t k = 0; k < net_[link].lane_count; ++k)
      if (const LaneId lane(net_[link].first_lane.value + k); open_to(t, net_[lane])) open.push_back(lane);
    return open;
  }

  std::vector<LinkId> walk(const VehicleType& type) {
    std::vector<LinkId> links;
    for (int attempt = 0; attempt < 10 && links.empty(); ++attempt) {
      const LinkId start(d_.pick(net_.links.size()));
      if (!lanes_open(type, start).empty()) links.push_back(start);
    }
    for (int k = links.empty() ? 0 : d_.whole(1, 14); k > 0; --k) {
      std::vector<LinkId> onward;
      for (const LaneId lane : lanes_open(type, links.back()))
        for (const LaneId to : next_[lane.value])
          if (open_to(type, net_[to])) onward.push_back(net_[to].link);
      if (onward.empty()) break;
      links.push_back(d_.one_of(onward));
    }
    return links;
  }

  void trip(const Way& way, int number) {
    Trip t;
    t.id = std::to_string(number);
    t.key = trip_key(t.id, seed_);
    t.type = TypeId(d_.chance(0.8) ? way.type : 0u);
    const VehicleType* type = &s_.demand.types[t.type.value];
    if (!drivable(*type, way.links)) t.type = TypeId(way.type), type = &s_.demand.types[way.type];
    t.depart_s =
        d_.chance(0.3) ? std::floor(d_.between(0, span_s_)) : d_.between(0, 1) * d_.between(0, span_s_);
    t.depart_s = std::round(t.depart_s * 1000) / 1000;
    t.route = RouteId(static_cast<std::uint32_t>(s_.demand.routes.size()));
    s_.demand.routes.push_back({way.links});
    t.from = way.links.front(), t.to = way.links.back();
    t.chooses_at_departure = d_.chance(0.15);
    const std::vector<LaneId> first = lanes_open(*type, t.from);
    t.depart_lane =
        d_.one_of({DepartLane::kFirst, DepartLane::kIndex, DepartLane::kFree, DepartLane::kAllowed,
                   DepartLane::kBest, DepartLane::kBest, DepartLane::kRandom});
    t.depart_lane_index = net_[d_.one_of(first)].index;
    t.depart_pos = d_.one_of({DepartPos::kBase, DepartPos::kBase, DepartPos::kValue, DepartPos::kFree,
                              DepartPos::kRandom, DepartPos::kRandomFree, DepartPos::kLast});
    t.depart_pos_m = d_.between(-1, 1) * net_[net_[t.from].first_lane].length_m;
    t.depart_speed =
        d_.one_of({DepartSpeed::kValue, DepartSpeed::kMax, DepartSpeed::kDesired, DepartSpeed::kSpeedLimit,
                   DepartSpeed::kRandom, DepartSpeed::kLast, DepartSpeed::kAverage});
    t.depart_speed_mps = d_.chance(0.5) ? 0 : d_.between(0, 15);
    if (d_.chance(0.2)) {
      t.arrival_pos_stated = true;
      t.arrival_pos_m = d_.between(0, 1) * net_[net_[t.to].first_lane].length_m;
    }
    if (type->vehicle_class == VehicleClass::kBus ? d_.chance(0.8) : d_.chance(0.12))
      stops(t, *type, way.links);
    s_.demand.trips.push_back(std::move(t));
  }

  bool drivable(const VehicleType& type, const std::vector<LinkId>& links) const {
    for (std::size_t k = 0; k < links.size(); ++k) {
      bool joined = k + 1 == links.size();
      const std::vector<LaneId> open = lanes_open(type, links[k]);
      if (open.empty()) return false;
      for (const LaneId lane : open)
        for (const LaneId to : next_[lane.value])
          joined |= !(k + 1 == links.size()) && net_[to].link == links[k + 1] && open_to(type, net_[to]);
      if (!joined) return false;
    }
    return true;
  }

  void stops(Trip& t, const VehicleType& type, const std::vector<LinkId>& links) {
    t.first_stop = static_cast<std::uint32_t>(s_.demand.stops.size());
    for (const LinkId link : links) {
      if (!d_.chance(0.3) || t.stop_count == 3) continue;
      TripStop stop;
      stop.lane = d_.one_of(lanes_open(type, link));
      stop.pos_m = d_.unit() * net_[stop.lane].length_m;
      stop.duration_s = d_.between(0, 25);
      if (d_.chance(0.2)) stop.until_s = t.depart_s + d_.between(0, 60);
      stop.parking = d_.chance(0.3);
      s_.demand.stops.push_back(stop);
      ++t.stop_count;
    }
  }

  Draws d_;
  OddStreets& s_;
  const Network& net_;
  std::uint64_t seed_;
  double span_s_;
  std::vector<std::vector<LaneId>> next_;  // by lane
  std::vector<Way> ways_;
};

void draw_options(std::uint64_t seed, SimOptions& o, int most_steps) {
  Draws d(seed, "odd options");
  o.step_s = d.one_of({0.1, 0.125, 0.2, 0.25, 0.5, 0.5, 1.0, 1.0, 1.0});
  o.begin_s = d.chance(0.2) ? d.whole(0, 100) : 0;
  o.end_s = o.begin_s + o.step_s * std::floor(most_steps * d.between(0.5, 1));
  o.seed = d.pick(1000);
  o.backend = Backend::kCpu;
  o.threads = 1;
  o.replicas = d.chance(0.25) ? d.whole(2, 3) : 1;
  o.interval_s = d.whole(5, 60);
  if (d.chance(0.35)) o.reroute_share = d.chance(0.5) ? 1 : d.unit(), o.reroute_period_s = d.whole(10, 60);
  o.departure_choice_s = d.chance(0.3) ? 0 : d.whole(10, 30);
  if (d.chance(0.15)) o.remove_after_s = d.whole(10, 60);
  o.jam_after_s = d.chance(0.5) ? 120 : d.whole(10, 40);
  o.impatience_after_s = d.chance(0.5) ? 20 : d.whole(1, 60);
  if (d.chance(0.1)) o.demand_factor = d.between(0.5, 1.5);
}

void draw_changes(std::uint64_t seed, OddStreets& s) {
  Draws d(seed, "odd changes");
  const Network& net = s.network;
  const double span_s = s.options.end_s - s.options.begin_s;
  while (d.chance(0.45)) {
    Change c;
    c.kind = d.one_of({ChangeKind::kCloseLink, ChangeKind::kCloseLane, ChangeKind::kSpeedLimit,
                       ChangeKind::kPermissions, ChangeKind::kSignalProgram, ChangeKind::kSignalOffset,
                       ChangeKind::kTurnBan, ChangeKind::kDemandFactor, ChangeKind::kIncident,
                       ChangeKind::kIncident});
    c.begin_s = s.options.begin_s + d.between(-0.2, 0.8) * span_s;
    c.end_s = d.chance(0.2) ? 1e18 : c.begin_s + d.between(0.05, 0.6) * span_s;
    const LaneId lane(d.pick(net.road_lane_count));
    switch (c.kind) {
      case ChangeKind::kCloseLink: c.link = net[lane].link; break;
      case ChangeKind::kCloseLane: c.lane = lane; break;
      case ChangeKind::kSpeedLimit:
        d.chance(0.5) ? c.lane = lane, void() : (c.link = net[lane].link, void());
        c.speed_mps = d.between(0.5, 35);
        break;
      case ChangeKind::kPermissions:
        d.chance(0.5) ? c.lane = lane, void() : (c.link = net[lane].link, void());
        c.allowed = d.one_of(kFew);
        break;
      case ChangeKind::kSignalProgram:
      case ChangeKind::kSignalOffset: {
        if (net.signals.empty()) continue;
        c.signal = SignalId(d.pick(net.signals.size()));
        c.program = d.pick(net[c.signal].programs.size());
        c.offset_s = d.whole(0, 60);
        break;
      }
      case ChangeKind::kTurnBan: {
        if (net.connections.empty()) continue;
        const Connection& connection = d.one_of(net.connections);
        c.link = net[connection.from].link, c.to_link = net[connection.to].link;
        break;
      }
      case ChangeKind::kDemandFactor: c.factor = d.between(0, 2); break;
      case ChangeKind::kIncident:
        c.lane = lane;
        c.pos_m = d.unit() * net[lane].length_m, c.length_m = d.between(1, 20);
        break;
    }
    s.changes.push_back(c);
  }
}

}  // namespace

OddStreets draw_odd_streets(std::uint64_t seed, bool tiny) {
  Draws d(seed, "odd streets");
  const bool large = !tiny && d.chance(0.25);
  OddStreets s;
  BuildOptions build;
  build.join_distance_m = d.one_of({0.0, 0.0, 5.0, 20.0});
  build.cycle_s = d.one_of({20.0, 40.0, 80.0});
  build.all_red_s = d.one_of({0.0, 1.0, 2.0});
  build.right_before_left = d.chance(0.7);
  s.network = build_network(OddPlan(seed, large ? d.whole(6, 20) : d.whole(2, 6)).plan, build);
  if (s.network.links.empty()) return s;
  if (d.chance(0.8)) Oddities(seed, s.network);
  draw_options(seed, s.options, large ? 900 : 200);
  OddTraffic(seed, s, 0.7 * (s.options.end_s - s.options.begin_s))
      .draw(large ? d.whole(50, 400) : d.whole(1, 60));
  for (Trip& trip : s.demand.trips) trip.depart_s += s.options.begin_s;
  draw_changes(seed, s);
  return s;
}

}  // namespace arterial
