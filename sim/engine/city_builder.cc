#include "sim/engine/city_builder.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "kernels/city_lookups.h"
#include "kernels/signals.h"
#include "sim/model/random.h"

namespace arterial {

std::int32_t to_ms(double seconds) {
  if (!(seconds > -2e6)) return -2'000'000'000;
  if (seconds > 2e6) return 2'000'000'000;
  return static_cast<std::int32_t>(std::llround(seconds * 1000.0));
}

namespace {

std::uint32_t checked(std::uint64_t n, const char* what) {
  if (n >= 0xfffffff0ull)
    throw InputError("the scenario", "",
                     std::string("too many ") + what + " for 32-bit indexes (" + std::to_string(n) + ")",
                     "Use fewer replicas or split the demand");
  return static_cast<std::uint32_t>(n);
}

/// The things 0 ... count - 1 by the group of each, in their order: those of group g are
/// members[first[g]] ... members[first[g + 1] - 1].
template <class GroupOf, class Column>
void group(std::uint32_t count, std::uint32_t groups, GroupOf group_of, Column& first, Column& members) {
  first.assign(std::size_t{groups} + 1, 0);
  for (std::uint32_t i = 0; i < count; ++i) ++first[group_of(i) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  members.resize(count);
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  for (std::uint32_t i = 0; i < count; ++i) members[next[group_of(i)]++] = i;
}

void build_lanes(const Network& net, CityTables& city) {
  const std::uint32_t roads = net.road_lane_count;
  for (const Lane& lane : net.lanes) {
    city.lane_length.push_back(std::max(1000, to_units(lane.length_m)));
    city.lane_classes.push_back(lane.allowed);
  }
  group(
      city.connections, roads, [&](std::uint32_t c) { return net.connections[c].from.value; },
      city.lane_conn_first, city.lane_conn);
  group(
      city.connections, roads, [&](std::uint32_t c) { return net.connections[c].to.value; },
      city.lane_in_first, city.lane_in);
  for (std::uint32_t l = 0; l < roads; ++l) {
    city.lane_link.push_back(net.lanes[l].link.value);
    city.lane_no_left.push_back(net.lanes[l].no_change_left);
    city.lane_no_right.push_back(net.lanes[l].no_change_right);
  }
  city.lane_detector_pos.assign(roads, -1);
  for (const Link& link : net.links) {
    city.link_first_lane.push_back(link.first_lane.value);
    city.link_lane_count.push_back(link.lane_count);
  }
}

constexpr std::int64_t kRingShare =
    60;  // per cent of a circle that vehicles may fill before it takes no more

/// Lanes of a roundabout that lead into each other are one circle. How many may be in it: with some space
/// between them, and so few that not on every piece a tail can stand in the way of those who come from the
/// piece before.
void build_rings(const Network& net, CityTables& city) {
  auto on_ring = [&](LaneId l) { return net[net[l].link].roundabout; };
  std::vector<std::vector<std::uint32_t>> next(city.road_lanes);
  for (const Connection& c : net.connections)
    if (on_ring(c.from) && on_ring(c.to)) {
      next[c.from.value].push_back(c.to.value);
      next[c.to.value].push_back(c.from.value);
    }
  city.lane_ring.assign(city.road_lanes, kNone);
  std::uint32_t rings = 0;
  for (std::uint32_t l = 0; l < city.road_lanes; ++l) {
    if (!on_ring(LaneId(l)) || city.lane_ring[l] != kNone) continue;
    std::vector<std::uint32_t> open{l};
    city.lane_ring[l] = rings;
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      for (const std::uint32_t n : next[at])
        if (city.lane_ring[n] == kNone) city.lane_ring[n] = rings, open.push_back(n);
    }
    ++rings;
  }
  std::vector<std::vector<std::uint32_t>> grounds(rings);
  std::vector<std::int64_t> length(rings, 0), without_tails(rings, 0);
  for (std::uint32_t l = 0; l < city.road_lanes; ++l) {
    const std::uint32_t ring = city.lane_ring[l];
    if (ring == kNone) continue;
    grounds[ring].push_back(l);
    length[ring] += city.lane_length[l];
    without_tails[ring] += city.lane_length[l] / kQueueSpacing + 1;
  }
  for (std::uint32_t c = 0; c < city.connections; ++c) {
    const std::uint32_t ring = city.lane_ring[net.connections[c].to.value];
    if (ring == kNone) continue;
    grounds[ring].push_back(city.road_lanes + c);
    if (city.lane_ring[net.connections[c].from.value] == ring)
      length[ring] += city.lane_length[city.road_lanes + c];
  }
  city.ring_ground_first.assign(1, 0);
  for (std::uint32_t ring = 0; ring < rings; ++ring) {
    const std::int64_t room =
        std::min(length[ring] * kRingShare / (100 * kQueueSpacing), without_tails[ring] - 1);
    city.ring_room.push_back(static_cast<std::uint32_t>(std::max<std::int64_t>(1, room)));
    city.ring_ground.insert(city.ring_ground.end(), grounds[ring].begin(), grounds[ring].end());
    city.ring_ground_first.push_back(static_cast<std::uint32_t>(city.ring_ground.size()));
  }
}

constexpr std::int32_t kLeastWait =
    10000;  // 1 m: so far over its line a driver waits inside, whatever its tail covers

constexpr std::int32_t kCarInside = 50000;  // 5 m

/// Whether some phase of some program lets both go.
bool may_meet(const Network& net, const CityTables& city, std::uint32_t a, std::uint32_t b) {
  const Connection &one = net.connections[a], &other = net.connections[b];
  if (!one.signal.valid() || one.signal != other.signal) return true;
  const SignalParams& signal = city.signal[one.signal.value];
  for (std::uint32_t p = signal.first_program; p < signal.first_program + signal.program_count; ++p)
    for (std::uint32_t k = city.program[p].first_phase;
         k < city.program[p].first_phase + city.program[p].phase_count; ++k) {
      const std::uint8_t* letters = city.phase_letters.data() + city.phase[k].letters;
      if (is_green(letters[one.signal_index]) && is_green(letters[other.signal_index])) return true;
    }
  return false;
}

void build_connections(const Network& net, CityTables& city) {
  // Each conflict stands in the runs of both of its connections; either entry knows its twin.
  city.conflict_first.assign(std::size_t{city.connections} + 1, 0);
  checked(2 * std::uint64_t{net.conflicts.size()}, "conflicts");
  for (const Conflict& x : net.conflicts) {
    ++city.conflict_first[x.a.value + 1];
    ++city.conflict_first[x.b.value + 1];
  }
  std::partial_sum(city.conflict_first.begin(), city.conflict_first.end(), city.conflict_first.begin());
  city.conflict.resize(city.conflict_first.back());
  city.conflict_twin.resize(city.conflict_first.back());
  std::vector<std::uint32_t> next(city.conflict_first.begin(), city.conflict_first.end() - 1);
  for (const Conflict& x : net.conflicts) {
    const std::int32_t a0 = to_units(x.a_begin_m), a1 = to_units(x.a_end_m), b0 = to_units(x.b_begin_m),
                       b1 = to_units(x.b_end_m);
    const std::uint32_t merge = x.merge ? kMerge : 0;
    const std::uint32_t a = next[x.a.value]++, b = next[x.b.value]++;
    city.conflict[a] = {x.b.value, a0, a1,
                        b0,        b1, (x.a_yields ? kIYield : 0) | (x.b_yields ? kOtherYields : 0) | merge};
    city.conflict[b] = {x.a.value, b0, b1,
                        a0,        a1, (x.b_yields ? kIYield : 0) | (x.a_yields ? kOtherYields : 0) | merge};
    city.conflict_twin[a] = b;
    city.conflict_twin[b] = a;
  }
  const auto conflicts_of = [&](std::uint32_t c) {
    return std::span(city.conflict)
        .subspan(city.conflict_first[c], city.conflict_first[c + 1] - city.conflict_first[c]);
  };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> junction_lanes;  // that have to ask
  for (std::uint32_t c = 0; c < city.connections; ++c) {
    const Connection& conn = net.connections[c];
    std::uint32_t flags = 0;
    if (conn.keep_clear) flags |= kConnKeepClear;
    if (conn.priority == Priority::kStop) flags |= kConnStop;
    if (conn.priority == Priority::kAllWayStop) flags |= kConnAllWay;
    if (conn.turn_on_red) flags |= kConnTurnOnRed;
    for (const ConflictEntry& x : conflicts_of(c)) {
      flags |= kConnConflicts;
      if ((x.flags & kIYield) && !(x.flags & kOtherYields)) flags |= kConnYields;
    }
    if (!(flags & (kConnConflicts | kConnStop | kConnAllWay)) && !conn.signal.valid()) flags |= kConnFree;
    // A waiting place is good only where the waiting body stands in nobody's way that it must yield to; who
    // comes at another phase waits until it has gone.
    std::int32_t wait = std::min(to_units(conn.wait_m), city.lane_length[city.road_lanes + c] - 1000);
    for (const ConflictEntry& x : conflicts_of(c)) {
      if (!may_meet(net, city, c, x.other)) continue;
      // Opposing turns whose paths cross wait before that ground, where there is room for a car: beyond it
      // one of both could.
      const bool opposing =
          net.connections[x.other].wait_m > 0 && !(x.flags & kMerge) && x.begin - 5000 >= kCarInside;
      if ((x.flags & kIYield) || opposing) wait = std::min(wait, x.begin - 5000);
    }
    if (wait < kLeastWait || !(flags & kConnYields)) wait = 0;
    const std::uint32_t slot =
        conn.signal.valid() ? city.signal[conn.signal.value].first_slot + conn.signal_index : kNone;
    city.conn.push_back({.from = conn.from.value,
                         .to = conn.to.value,
                         .junction = conn.junction.value,
                         .slot = slot,
                         .wait = wait,
                         .flags = flags});
    if (!(flags & kConnFree)) junction_lanes.push_back({conn.junction.value, conn.from.value});
  }
  // Only where somebody may have to yield it matters who comes when.
  bool any_stop_arrow = false;
  for (const Signal& signal : net.signals)
    for (const Program& p : signal.programs)
      for (const Phase& phase : p.phases) any_stop_arrow |= phase.state.find('s') != std::string::npos;
  for (std::uint32_t c = 0; c < city.connections; ++c) {
    const bool to_all =
        (city.conn[c].flags & kConnTurnOnRed) || (any_stop_arrow && city.conn[c].slot != kNone);
    for (const ConflictEntry& x : conflicts_of(c))
      if (to_all || ((x.flags & kIYield) && !(x.flags & kOtherYields)))
        city.conn[x.other].flags |= kConnYieldedTo;
  }
  std::vector<std::uint32_t> waiting;
  for (std::uint32_t c = 0; c < city.connections; ++c)
    if (city.conn[c].wait > 0) waiting.push_back(c);
  group(
      static_cast<std::uint32_t>(waiting.size()), city.junctions,
      [&](std::uint32_t k) { return city.conn[waiting[k]].junction; }, city.junction_wait_first,
      city.junction_wait);
  for (auto& k : city.junction_wait) k = waiting[k];
  std::sort(junction_lanes.begin(), junction_lanes.end());
  junction_lanes.erase(std::unique(junction_lanes.begin(), junction_lanes.end()), junction_lanes.end());
  group(
      static_cast<std::uint32_t>(junction_lanes.size()), city.junctions,
      [&](std::uint32_t k) { return junction_lanes[k].first; }, city.junction_lane_first, city.junction_lane);
  for (auto& k : city.junction_lane) k = junction_lanes[k].second;
}

void build_signals(const Network& net, CityTables& city) {
  for (const Signal& signal : net.signals) {
    SignalParams s;
    s.first_slot = static_cast<std::uint32_t>(city.slot_lane.size());
    std::size_t slots = 0;
    for (const Program& p : signal.programs)
      for (const Phase& f : p.phases) slots = std::max(slots, f.state.size());
    s.slot_count = static_cast<std::uint32_t>(slots);
    s.first_program = static_cast<std::uint32_t>(city.program.size());
    s.program_count = static_cast<std::uint32_t>(signal.programs.size());
    city.slot_lane.resize(city.slot_lane.size() + slots, kNone);
    for (const Program& p : signal.programs) {
      ProgramParams q{};
      q.first_phase = static_cast<std::uint32_t>(city.phase.size());
      q.phase_count = static_cast<std::uint32_t>(p.phases.size());
      q.offset_ms = to_ms(p.offset_s);
      q.actuated = p.actuated;
      q.max_gap_ms = to_ms(p.max_gap_s);
      for (const Phase& f : p.phases) {
        PhaseParams g{};
        g.duration_ms = std::max(1, to_ms(f.duration_s));
        g.min_ms = p.actuated && f.min_s > 0 ? to_ms(f.min_s) : g.duration_ms;
        g.max_ms = p.actuated && f.max_s > 0 ? to_ms(f.max_s) : g.duration_ms;
        if (g.max_ms < g.min_ms) g.max_ms = g.min_ms;
        g.letters = static_cast<std::uint32_t>(city.phase_letters.size());
        for (std::size_t k = 0; k < slots; ++k)
          city.phase_letters.push_back(static_cast<std::uint8_t>(k < f.state.size() ? f.state[k] : 'r'));
        q.cycle_ms += g.duration_ms;
        city.phase.push_back(g);
      }
      if (q.cycle_ms <= 0) q.cycle_ms = 1;
      city.program.push_back(q);
    }
    city.signal.push_back(s);
  }
  city.slots = static_cast<std::uint32_t>(city.slot_lane.size());
  for (const Connection& conn : net.connections) {
    if (!conn.signal.valid()) continue;
    const Signal& signal = net[conn.signal];
    city.slot_lane[city.signal[conn.signal.value].first_slot + conn.signal_index] = conn.from.value;
    double ahead_s = 0;
    for (const Program& p : signal.programs)
      if (p.actuated) ahead_s = std::max(ahead_s, p.detector_gap_s);
    if (ahead_s <= 0) continue;
    const Lane& lane = net[conn.from];
    const double pos = std::max(0.0, lane.length_m - std::max(2.0, ahead_s * lane.speed_mps));
    city.lane_detector_pos[conn.from.value] = to_units(pos);
  }
}

void build_types(const Demand& demand, CityTables& city) {
  if (demand.types.size() > 4095)
    throw InputError("the demand", "", std::to_string(demand.types.size()) + " vehicle types",
                     "At most 4095 can be told apart");
  for (const VehicleType& t : demand.types) {
    TypeParams p{};
    p.max_speed = std::max(0.1, t.max_speed_mps);
    p.accel = std::max(0.05, t.accel_mps2);
    p.decel = std::max(0.1, t.decel_mps2);
    p.emergency_decel = std::max(p.decel, t.emergency_decel_mps2);
    p.sigma = std::clamp(t.sigma, 0.0, 1.0);
    p.startup_ms = static_cast<std::int32_t>(std::lround(1000 * std::clamp(t.startup_delay_s, 0.0, 10.0)));
    p.tau = std::max(0.1, t.tau_s);
    p.min_gap = std::max(0.0, t.min_gap_m);
    p.length = std::max(0.1, t.length_m);
    p.length_units = to_units(p.length);
    p.min_gap_units = to_units(p.min_gap);
    p.idm = t.model == FollowingModel::kIdm;
    p.idm_delta = std::clamp(static_cast<int>(std::lround(t.idm_delta)), 1, 16);
    p.class_mask = mask_of(t.vehicle_class);
    p.flags = t.ignores_permissions ? kIgnoresPermissions : 0;
    p.lc_speed_gain = t.lc_speed_gain;
    p.lc_keep_right = t.lc_keep_right;
    p.lc_strategic = std::clamp(t.lc_strategic, 0.1, 20.0);
    p.lc_cooperative = t.lc_cooperative;
    p.brake_per_v2 = 0.5 / p.decel;
    p.hard_brake_per_v2 = 0.5 / p.emergency_decel;
    city.type.push_back(p);
  }
}

void build_trips(const Network& net, const Demand& demand, CityTables& city) {
  std::vector<std::uint32_t> route_first;
  std::uint32_t at = 0;
  for (const Route& r : demand.routes) {
    route_first.push_back(at);
    at = checked(at + r.links.size(), "route links");
  }
  for (const TripStop& s : demand.stops) {
    StopParams p{};
    p.lane = s.lane.value;
    p.pos = std::min(to_units(s.pos_m), city.lane_length[s.lane.value]);
    p.duration_ms = std::max(0, to_ms(s.duration_s));
    p.until_ms = s.until_s < 0 ? INT_MIN : to_ms(s.until_s);
    p.parking = s.parking;
    city.stop.push_back(p);
  }
  std::vector<std::vector<std::uint32_t>> queue(net.links.size());
  for (std::uint32_t i = 0; i < demand.trips.size(); ++i) {
    const Trip& trip = demand.trips[i];
    const Route& route = demand.routes[trip.route.value];
    TripParams p{};
    p.key = trip.key;
    p.type = trip.type.value;
    p.route_first = route_first[trip.route.value];
    p.route_count = static_cast<std::uint32_t>(route.links.size());
    p.depart_ms = to_ms(trip.depart_s);
    const double last_length = net[net[route.links.back()].first_lane].length_m;
    p.arrival_pos = !trip.arrival_pos_stated ? INT_MAX
                    : trip.arrival_pos_m < 0 ? to_units(std::max(0.1, last_length + trip.arrival_pos_m))
                                             : to_units(trip.arrival_pos_m);
    p.depart_pos = to_units(trip.depart_pos_m);
    p.depart_speed = to_units(trip.depart_speed_mps);
    p.depart_lane = trip.depart_lane_index;
    p.depart_lane_mode = static_cast<std::uint8_t>(trip.depart_lane);
    p.depart_pos_mode = static_cast<std::uint8_t>(trip.depart_pos);
    p.depart_speed_mode = static_cast<std::uint8_t>(trip.depart_speed);
    p.first_stop = trip.first_stop;
    // A stop belongs to the first place of the route, after the stop before, that is its link.
    std::uint32_t cursor = 0;
    for (std::uint32_t k = 0; k < trip.stop_count; ++k) {
      StopParams& stop = city.stop[trip.first_stop + k];
      const LinkId link = net.lanes[stop.lane].link;
      std::uint32_t c = cursor;
      const bool behind = k > 0 && city.stop[trip.first_stop + k - 1].lane == stop.lane &&
                          city.stop[trip.first_stop + k - 1].pos > stop.pos;
      if (behind) ++c;
      while (c < route.links.size() && route.links[c] != link) ++c;
      if (c == route.links.size()) break;
      stop.route_index = cursor = c;
      ++p.stop_count;
    }
    city.trip.push_back(p);
    queue[route.links.front().value].push_back(i);
  }
  std::vector<std::vector<std::uint32_t>> parking(net.links.size());
  for (std::uint32_t i = 0; i < city.trip.size(); ++i)
    for (std::uint32_t k = city.trip[i].first_stop; k < city.trip[i].first_stop + city.trip[i].stop_count;
         ++k)
      if (city.stop[k].parking) {
        auto& list = parking[city.lane_link[city.stop[k].lane]];
        if (list.empty() || list.back() != i) list.push_back(i);
      }
  city.parking_first.push_back(0);
  for (auto& list : parking) {
    std::sort(list.begin(), list.end(),
              [&](std::uint32_t a, std::uint32_t b) { return city.trip[a].key < city.trip[b].key; });
    city.parking_trip.insert(city.parking_trip.end(), list.begin(), list.end());
    city.parking_first.push_back(static_cast<std::uint32_t>(city.parking_trip.size()));
  }
  city.queue_first.push_back(0);
  for (auto& q : queue) {
    std::sort(q.begin(), q.end(), [&](std::uint32_t a, std::uint32_t b) {
      const TripParams &x = city.trip[a], &y = city.trip[b];
      return x.depart_ms != y.depart_ms ? x.depart_ms < y.depart_ms : x.key < y.key;
    });
    city.queue_trip.insert(city.queue_trip.end(), q.begin(), q.end());
    city.queue_first.push_back(static_cast<std::uint32_t>(city.queue_trip.size()));
  }
}

void build_detectors(const Network& net, CityTables& city) {
  std::vector<std::vector<std::uint32_t>> on(city.road_lanes);
  for (std::uint32_t d = 0; d < net.detectors.size(); ++d) {
    const Detector& x = net.detectors[d];
    city.detector.push_back({x.lane.value, std::clamp(to_units(x.pos_m), 0, city.lane_length[x.lane.value])});
    if (x.lane.value < city.road_lanes) on[x.lane.value].push_back(d);
  }
  city.lane_detector_first.push_back(0);
  for (const auto& list : on) {
    city.lane_detector.insert(city.lane_detector.end(), list.begin(), list.end());
    city.lane_detector_first.push_back(static_cast<std::uint32_t>(city.lane_detector.size()));
  }
}

/// Standard normal as the sum of twelve uniforms: the same bits everywhere, tails end at 6.
double normal_draw(std::uint64_t seed, std::uint64_t key) {
  double sum = -6;
  for (std::uint64_t k = 0; k < 12; ++k) sum += random_unit(seed, Purpose::kSpeedFactor, key, k);
  return sum;
}

}  // namespace

CityTables build_city(const SimulationInput& input, const Demand& demand) {
  const Network& net = *input.network;
  CityTables city;
  city.replicas = static_cast<std::uint32_t>(std::max(1, input.options.replicas));
  city.road_lanes = net.road_lane_count;
  city.grounds = checked(net.lanes.size(), "lanes");
  city.links = static_cast<std::uint32_t>(net.links.size());
  city.junctions = static_cast<std::uint32_t>(net.junctions.size());
  city.connections = static_cast<std::uint32_t>(net.connections.size());
  city.signals = static_cast<std::uint32_t>(net.signals.size());
  city.trips = static_cast<std::uint32_t>(demand.trips.size());
  city.detectors = static_cast<std::uint32_t>(net.detectors.size());
  checked(static_cast<std::uint64_t>(city.grounds) * city.replicas, "lanes");
  checked(static_cast<std::uint64_t>(city.trips) * city.replicas * kTrail, "trips");
  build_lanes(net, city);
  build_signals(net, city);
  build_rings(net, city);
  build_connections(net, city);
  build_types(demand, city);
  build_trips(net, demand, city);
  build_detectors(net, city);
  derive_lookups(city);
  return city;
}

std::vector<std::uint32_t> flat_routes(const Demand& demand) {
  std::vector<std::uint32_t> flat;
  for (const Route& r : demand.routes)
    for (LinkId link : r.links) flat.push_back(link.value);
  return flat;
}

CopiedDemand copy_trips(const SimulationInput& input) {
  CopiedDemand out;
  out.demand = input.demand;
  std::vector<Trip> trips;
  for (const Trip& trip : input.demand.trips) {
    double factor = input.options.demand_factor;
    for (const Change& c : input.changes)
      if (c.kind == ChangeKind::kDemandFactor && trip.depart_s >= c.begin_s && trip.depart_s < c.end_s)
        factor *= c.factor;
    const int copies = std::max(1, static_cast<int>(std::ceil(factor - 1e-12)));
    for (int k = 0; k < copies; ++k) {
      Trip copy = trip;
      if (k > 0) {
        copy.id += "#" + std::to_string(k);
        copy.key = mix64(trip.key + 0x9E3779B97F4A7C15ull * static_cast<std::uint64_t>(k));
        copy.depart_s =
            std::min(trip.depart_s + std::floor(60 * random_unit(0, Purpose::kDemandFactor, copy.key, 1)),
                     std::max(trip.depart_s, input.options.end_s - input.options.step_s));
      }
      trips.push_back(std::move(copy));
      out.copy.push_back(static_cast<std::uint32_t>(k));
      out.factor.push_back(factor);
    }
  }
  out.demand.trips = std::move(trips);
  return out;
}

StateImage first_state(const SimulationInput& input, const CityTables& city, const CopiedDemand& demand) {
  StateImage s;
  const std::size_t k = city.replicas;
  s.trip_state.resize(k * city.trips);
  s.trail.assign(k * city.trips * kTrail, kNone);
  s.queue_head.assign(k * city.links, 0);
  s.lane_limit.resize(k * city.grounds);
  s.lane_allowed.resize(k * city.grounds);
  s.lane_obstacle.assign(k * city.grounds, INT_MAX);
  s.lane_obstacle_end.assign(k * city.grounds, INT_MAX);
  s.signal_state.resize(k * city.signals);
  s.letter.assign(k * city.slots, 'r');
  s.green_since_ms.assign(k * city.slots, -1000000000);
  s.lane_seen_ms.assign(k * city.road_lanes, -1000000000);
  s.link_account.resize(k * (city.links + city.junctions));
  s.movement_account.resize(k * city.connections);
  s.detector_account.resize(k * city.detectors);
  s.counter.assign(k * kCounterCount, 0);
  s.route_links = flat_routes(demand.demand);
  for (std::uint32_t r = 0; r < k; ++r) {
    const std::uint64_t seed = input.options.seed + r;
    for (std::uint32_t i = 0; i < city.trips; ++i) {
      TripState& t = s.trip_state[r * city.trips + i];
      const TripParams& p = city.trip[i];
      const VehicleType& type = demand.demand.types[p.type];
      t.trip = i;
      t.key = p.key;
      t.route_first = p.route_first;
      t.route_count = p.route_count;
      t.next_stop = p.stop_count ? p.first_stop : kNone;
      const double f =
          std::clamp(type.speed_factor_mean + type.speed_factor_deviation * normal_draw(seed, p.key),
                     std::max(0.05, type.speed_factor_min), std::min(3.9, type.speed_factor_max));
      t.speed_factor = static_cast<std::uint16_t>(f * 16384.0);
      t.status = static_cast<std::uint8_t>(SlotStatus::kScheduled);
      const double present = demand.factor[i] - demand.copy[i];
      if (present < 1 && !(random_unit(seed, Purpose::kDemandFactor, p.key, 0) < present))
        t.status = static_cast<std::uint8_t>(SlotStatus::kAbsent);
    }
  }
  const std::int32_t begin = to_ms(input.options.begin_s);
  apply_changes(input, city, begin, s);
  for (std::uint32_t i = 0; i < s.signal_state.size(); ++i) {
    SignalState& st = s.signal_state[i];
    const ProgramParams& program = city.program[city.signal[i % city.signals].first_program + st.program];
    std::int64_t at = (static_cast<std::int64_t>(begin) - st.offset_ms) % program.cycle_ms;
    if (at < 0) at += program.cycle_ms;
    for (st.phase = 0;
         st.phase + 1 < program.phase_count && at >= city.phase[program.first_phase + st.phase].duration_ms;
         ++st.phase)
      at -= city.phase[program.first_phase + st.phase].duration_ms;
    st.phase_begin_ms = static_cast<std::int32_t>(begin - at);
  }
  return s;
}

void apply_changes(const SimulationInput& input, const CityTables& city, std::int32_t now_ms,
                   StateImage& image) {
  const Network& net = *input.network;
  const std::uint32_t g = city.grounds;
  for (std::uint32_t i = 0; i < g; ++i) {
    image.lane_limit[i] = std::max(1000, to_units(net.lanes[i].speed_mps));
    image.lane_allowed[i] = net.lanes[i].allowed;
    image.lane_obstacle[i] = INT_MAX;
    image.lane_obstacle_end[i] = INT_MAX;
  }
  std::vector<std::uint32_t> program(city.signals);
  std::vector<std::int32_t> offset(city.signals);
  for (std::uint32_t i = 0; i < city.signals; ++i) {
    const Signal& signal = net.signals[i];
    program[i] = signal.active_program;
    for (const ProgramSwitch& sw : signal.switches)
      if (to_ms(sw.at_s) <= now_ms) program[i] = sw.program;
    offset[i] = city.program[city.signal[i].first_program + program[i]].offset_ms;
  }
  auto each_lane = [&](const Change& c, auto&& body) {
    if (c.lane.valid()) return body(c.lane.value);
    const Link& link = net[c.link];
    for (std::uint32_t k = 0; k < link.lane_count; ++k) body(link.first_lane.value + k);
  };
  for (const Change& c : input.changes) {
    if (now_ms < to_ms(c.begin_s) || now_ms >= to_ms(c.end_s)) continue;
    switch (c.kind) {
      case ChangeKind::kCloseLink:
      case ChangeKind::kCloseLane: each_lane(c, [&](std::uint32_t l) { image.lane_allowed[l] = 0; }); break;
      case ChangeKind::kSpeedLimit:
        each_lane(c, [&](std::uint32_t l) { image.lane_limit[l] = std::max(1000, to_units(c.speed_mps)); });
        break;
      case ChangeKind::kPermissions:
        each_lane(c, [&](std::uint32_t l) { image.lane_allowed[l] = c.allowed; });
        break;
      case ChangeKind::kTurnBan:
        for (std::uint32_t k = 0; k < city.connections; ++k)
          if (net[net.connections[k].from].link == c.link && net[net.connections[k].to].link == c.to_link)
            image.lane_allowed[city.road_lanes + k] = 0;
        break;
      case ChangeKind::kIncident: {
        std::int32_t &from = image.lane_obstacle[c.lane.value], &to = image.lane_obstacle_end[c.lane.value];
        const std::int32_t begin = to_units(c.pos_m), end = to_units(c.pos_m + std::max(0.1, c.length_m));
        to = from == INT_MAX ? end : std::max(to, end);
        from = std::min(from, begin);
      } break;
      case ChangeKind::kSignalProgram:
        program[c.signal.value] = c.program;
        offset[c.signal.value] =
            city.program[city.signal[c.signal.value].first_program + c.program].offset_ms;
        break;
      case ChangeKind::kSignalOffset: offset[c.signal.value] = to_ms(c.offset_s); break;
      case ChangeKind::kDemandFactor: break;
    }
  }
  for (std::uint32_t r = 0; r < city.replicas; ++r) {
    if (r > 0) {
      std::copy_n(image.lane_limit.begin(), g, image.lane_limit.begin() + static_cast<std::ptrdiff_t>(r) * g);
      std::copy_n(image.lane_allowed.begin(), g,
                  image.lane_allowed.begin() + static_cast<std::ptrdiff_t>(r) * g);
      std::copy_n(image.lane_obstacle.begin(), g,
                  image.lane_obstacle.begin() + static_cast<std::ptrdiff_t>(r) * g);
      std::copy_n(image.lane_obstacle_end.begin(), g,
                  image.lane_obstacle_end.begin() + static_cast<std::ptrdiff_t>(r) * g);
    }
    for (std::uint32_t i = 0; i < city.signals; ++i) {
      SignalState& st = image.signal_state[r * city.signals + i];
      if (st.program != program[i]) {
        st.program = program[i];
        st.phase = 0;
        st.phase_begin_ms = now_ms;
      }
      st.offset_ms = offset[i];
    }
  }
}

}  // namespace arterial
