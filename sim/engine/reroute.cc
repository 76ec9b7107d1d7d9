// Drivers who take another way while they drive: some on measured times, all in front of a closure.
//
// A period's link times are measured at its end and used one period later, so that a cluster may work them
// out while the city runs on. Every choice depends on the state, the key of the trip and the link's id alone.
#include <algorithm>
#include <cmath>
#include <thread>

#include "sim/engine/local_simulation.h"
#include "sim/engine/roads_now.h"
#include "sim/model/random.h"

namespace arterial {

namespace {

constexpr std::uint64_t kLongestMs = 3600000;  // on one link: a jam's time says little beyond an hour
constexpr std::uint64_t kWorthwhilePercent =
    95;                                // a new way is taken where it needs less than this of the old
constexpr double kChangeLanes_m = 60;  // wanted for each lane change before the first new turn
constexpr std::size_t kMostRouteLinks = 0xf0000000u;

MetricSettings settings_of(const VehicleType& type) {
  MetricSettings settings;
  settings.vehicle_class = type.vehicle_class;
  settings.ignore_permissions = type.ignores_permissions;
  return settings;
}

/// Those who drive on the same times, and what they ask.
struct Group {
  MetricSettings settings;
  std::vector<std::size_t> drivers;
  std::vector<RouteRequest> requests;
  RoadTimes times;
  std::size_t first_alike = 0;  // group: the first for whom the roads are the same; one metric serves both
};

/// With more links than this for each route asked, pruning a metric takes longer than it saves: it takes as
/// long as some hundred routes through a city of 10,000 links.
constexpr std::size_t kLinksPerQuery = 50;

/// By group; none where the metric of the group's first_alike serves.
template <class SameRoads>
std::vector<std::unique_ptr<Metric>> make_metrics(const Router& router, std::vector<Group>& groups,
                                                  const SameRoads& same) {
  std::vector<std::size_t> queries(groups.size(), 0);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::size_t& alike = groups[g].first_alike;
    while (alike < g && !(groups[alike].first_alike == alike && groups[alike].times == groups[g].times &&
                          same(groups[alike].settings, groups[g].settings)))
      ++alike;
    queries[alike] += groups[g].requests.size();
  }
  std::vector<std::unique_ptr<Metric>> metrics(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (groups[g].first_alike == g)
      metrics[g] = std::make_unique<Metric>(router.customize(
          groups[g].settings, groups[g].times.link_ms, groups[g].times.banned_edges,
          queries[g] * kLinksPerQuery < router.graph().link_count() ? Queries::kFew : Queries::kMany));
  return metrics;
}

/// Links of `via` that lie ahead of place `origin` on the route.
std::vector<LinkId> still_to_pass(const std::vector<LinkId>& via, const std::uint32_t* route,
                                  std::uint32_t count, std::uint32_t origin) {
  std::size_t k = via.size();
  for (std::uint32_t at = count - 1; at > origin && k > 0; --at)
    if (route[at] == via[k - 1].value) --k;
  return {via.begin() + static_cast<std::ptrdiff_t>(k), via.end()};
}

}  // namespace

std::int32_t LocalSimulation::in_steps(double seconds) const {
  return std::max(step_ms_, to_ms(seconds) / step_ms_ * step_ms_);
}

bool LocalSimulation::knows_the_times(std::uint32_t slot) const {
  return random_unit(input_.options.seed + slot / city_.trips, Purpose::kReroute,
                     city_.trip[slot % city_.trips].key, 0) < input_.options.reroute_share;
}

void LocalSimulation::make_router() {
  if (graph_) return;
  graph_ = std::make_unique<RoadGraph>(*input_.network);
  router_ = std::make_unique<Router>(*graph_);
}

bool LocalSimulation::closures_in_force(std::int32_t now_ms) const {
  return std::any_of(input_.changes.begin(), input_.changes.end(), [&](const Change& c) {
    const bool closes = c.kind == ChangeKind::kCloseLink || c.kind == ChangeKind::kCloseLane ||
                        c.kind == ChangeKind::kTurnBan || c.kind == ChangeKind::kPermissions;
    return closes && to_ms(c.begin_s) <= now_ms && now_ms < to_ms(c.end_s);
  });
}

const Metric& LocalSimulation::metric_in_force(const StateImage& s, std::uint32_t replica,
                                               const MetricSettings& settings, std::int32_t now_ms) {
  make_router();
  if (!closures_in_force(now_ms - step_ms_)) return router_->metric(settings);
  const std::size_t first = static_cast<std::size_t>(replica) * city_.grounds;
  const std::vector<std::uint16_t> allowed(
      s.lane_allowed.begin() + static_cast<std::ptrdiff_t>(first),
      s.lane_allowed.begin() + static_cast<std::ptrdiff_t>(first + city_.grounds));
  if (allowed != closed_for_) {
    closed_metrics_.clear();
    closed_for_ = allowed;
  }
  for (const auto& m : closed_metrics_)
    if (m->settings() == settings) return *m;
  const RoadsNow roads(*router_, city_, s, replica, true);
  const RoadTimes times = roads.times(settings, {});
  closed_metrics_.push_back(
      std::make_unique<Metric>(router_->customize(settings, times.link_ms, times.banned_edges)));
  return *closed_metrics_.back();
}

/// Accounts were read and begin anew at zero: what counts is the growth since the period began.
void LocalSimulation::carry_accounts(const std::vector<LinkAccount>& taken) {
  auto carry = [&](RoadWatch& watch) {
    watch.before.resize(taken.size());
    for (std::size_t i = 0; i < taken.size(); ++i) {
      watch.before[i].vehicle_units -= taken[i].vehicle_units;
      watch.before[i].vehicle_ms -= taken[i].vehicle_ms;
    }
  };
  if (input_.options.reroute_share > 0) carry(rerouting_);
  if (!choosing_.empty()) carry(departing_);
}

/// Link times of the period that ends: vehicle time over vehicle distance, with one vehicle at free flow
/// among them, so that a lone driver at a red light does not close a road, and an empty one is free.
void LocalSimulation::measure_road_times(const StateImage& s, RoadWatch& watch) const {
  const std::size_t places = static_cast<std::size_t>(city_.links) + city_.junctions;
  watch.before.resize(s.link_account.size());
  watch.times.assign(city_.replicas, {});
  for (std::uint32_t r = 0; r < city_.replicas; ++r) {
    watch.times[r].resize(city_.links);
    for (std::uint32_t link = 0; link < city_.links; ++link) {
      const std::size_t at = r * places + link;
      const LinkAccount &now = s.link_account[at], &before = watch.before[at];
      const std::int64_t units = std::max<std::int64_t>(0, now.vehicle_units - before.vehicle_units);
      const std::int64_t ms = std::max<std::int64_t>(0, now.vehicle_ms - before.vehicle_ms);
      const std::uint64_t length = static_cast<std::uint64_t>(city_.lane_length[city_.link_first_lane[link]]);
      std::int32_t limit = 1;
      for (std::uint32_t k = 0; k < city_.link_lane_count[link]; ++k)
        limit = std::max(limit, s.lane_limit[r * city_.grounds + city_.link_first_lane[link] + k]);
      const std::uint64_t free_ms =
          (1000 * length + static_cast<std::uint64_t>(limit) - 1) / static_cast<std::uint64_t>(limit);
      watch.times[r][link] = static_cast<std::uint32_t>(free_ms);
      if (units == 0 && ms == 0) continue;  // most links of most periods
      // Lengths below 2^31 and times below 2^40 a period: the product needs care.
      const double mean = static_cast<double>(static_cast<std::uint64_t>(ms) + free_ms) *
                          static_cast<double>(length) /
                          static_cast<double>(static_cast<std::uint64_t>(units) + length);
      const std::uint64_t most = std::max(kLongestMs, free_ms);
      const std::uint64_t time = mean < static_cast<double>(most) ? static_cast<std::uint64_t>(mean) : most;
      watch.times[r][link] = static_cast<std::uint32_t>(std::max(free_ms, time));
    }
  }
  watch.before = s.link_account;
}

/// The part of a running vehicle's route that it can still choose: from place `origin` on. False where it
/// cannot.
bool LocalSimulation::can_choose(const StateImage& s, std::uint32_t row, std::uint32_t& origin) const {
  const TripState& t = s.trip_state[s.slot[row]];
  if ((s.ctl[row] & (kCommittedMask | kDwelling)) != 0 || t.cursor + 1 >= t.route_count) return false;
  const std::uint32_t g = s.lane[row] % city_.grounds;
  std::int64_t to_end = static_cast<std::int64_t>(city_.lane_length[g]) - s.pos[row];
  origin = t.cursor;
  if (g >= city_.road_lanes) {  // on its way through a junction: it chooses beyond the link it comes to
    to_end += city_.lane_length[city_.conn[g - city_.road_lanes].to];
    ++origin;
  }
  // It must be able to stop before the first new turn: nobody there has reckoned with it.
  const TypeParams& type = city_.type[s.kind[row] & 0xffff];
  const double step = step_ms_ / 1000.0, v = to_metres(s.speed[row]) + type.accel * step;
  return to_metres(to_end) > v * step + v * v / (2 * type.decel) + v * step + 1.0 &&
         origin + 1 < t.route_count;
}

/// Whether the first new turn can be reached from the vehicle's lane.
bool LocalSimulation::can_turn_into(const StateImage& s, std::uint32_t row, LinkId next,
                                    bool may_turn_back) const {
  const std::uint32_t g = s.lane[row] % city_.grounds;
  if (g >= city_.road_lanes) return true;
  const std::uint32_t link = city_.lane_link[g], first = city_.link_first_lane[link];
  std::uint32_t nearest = kNone;
  for (std::uint32_t lane = first; lane < first + city_.link_lane_count[link]; ++lane)
    for (std::uint32_t e = city_.lane_conn_first[lane]; e < city_.lane_conn_first[lane + 1]; ++e) {
      const std::uint32_t c = city_.lane_conn[e];
      if (city_.lane_link[city_.conn[c].to] != next.value) continue;
      if (input_.network->connections[c].turn == Turn::kUTurn && !may_turn_back) continue;
      nearest = std::min(nearest, lane > g ? lane - g : g - lane);
    }
  if (nearest == kNone) return false;
  return to_metres(city_.lane_length[g] - s.pos[row]) >= kChangeLanes_m * nearest;
}

void LocalSimulation::take_route(StateImage& s, std::uint32_t slot, std::uint32_t origin,
                                 const std::vector<LinkId>& way) {
  TripState& t = s.trip_state[slot];
  const std::uint32_t first = static_cast<std::uint32_t>(s.route_links.size());
  for (std::uint32_t k = t.cursor; k < origin; ++k) s.route_links.push_back(s.route_links[t.route_first + k]);
  for (LinkId l : way) s.route_links.push_back(l.value);
  t.route_first = first;
  t.next_best = 0;
  t.route_count = origin - t.cursor + static_cast<std::uint32_t>(way.size());
  t.cursor = 0;
  ++t.reroutes;
}

void LocalSimulation::reroute_drivers(std::int32_t now_ms) {
  if ((now_ms - begin_ms_) % in_steps(input_.options.reroute_period_s) != 0) return;
  make_router();
  backend_->settle_accounts(params(now_ms));
  image_step_ = ~0ull;
  image();
  StateImage& s = image_;
  const bool measured = !rerouting_.times.empty();
  const bool closures = closures_in_force(now_ms - step_ms_);
  bool changed = false;
  for (std::uint32_t r = 0;
       r < city_.replicas && (measured || closures) && s.route_links.size() < kMostRouteLinks; ++r)
    changed |= reroute_replica(s, r, now_ms, closures);
  measure_road_times(s, rerouting_);
  if (changed) backend_->write_trips(s, params(now_ms));
  image_step_ = ~0ull;
}

/// Trips that choose when they depart know how the roads were a moment ago: those due before the next look
/// choose now. Only what concerns them is read and written, for there is a look every few seconds.
void LocalSimulation::choose_at_departure(std::int32_t now_ms) {
  const std::int32_t period_ms = in_steps(input_.options.departure_choice_s);
  if ((now_ms - begin_ms_) % period_ms != 0) return;
  make_router();
  backend_->settle_accounts(params(now_ms));
  image_step_ = ~0ull;
  StateImage& s = image_;
  for (; due_to_choose_ < choosing_.size() &&
         city_.trip[choosing_[due_to_choose_]].depart_ms < now_ms + period_ms;
       ++due_to_choose_)
    for (std::uint32_t r = 0; r < city_.replicas; ++r)
      yet_to_depart_[r].push_back(r * city_.trips + choosing_[due_to_choose_]);
  std::vector<std::uint32_t> slots;
  for (std::uint32_t r = 0;
       r < city_.replicas && !departing_.times.empty() && s.route_links.size() < kMostRouteLinks; ++r) {
    const std::vector<Chooser> choosers = choosers_before_departure(s, r, now_ms + period_ms);
    if (choose_ways(s, r, choosers, &departing_.times[r], closures_in_force(now_ms - step_ms_)))
      for (const Chooser& c : choosers) slots.push_back(c.slot);
  }
  backend_->read_link_accounts(s.link_account);
  measure_road_times(s, departing_);
  if (slots.empty()) return;
  std::vector<TripState> trips;
  for (const std::uint32_t slot : slots) trips.push_back(s.trip_state[slot]);
  backend_->edit_trips(slots, trips, s.route_links, params(now_ms));
}

/// Their states are read into `s`; who has departed is forgotten.
std::vector<LocalSimulation::Chooser> LocalSimulation::choosers_before_departure(StateImage& s,
                                                                                 std::uint32_t replica,
                                                                                 std::int32_t until_ms) {
  std::vector<std::uint32_t>& slots = yet_to_depart_[replica];
  std::vector<TripState> trips;
  backend_->read_trips(slots, trips);
  for (std::size_t k = 0; k < slots.size(); ++k) s.trip_state[slots[k]] = trips[k];
  std::erase_if(slots, [&](std::uint32_t slot) { return !may_choose_before_departure(s, slot, until_ms); });
  std::sort(slots.begin(), slots.end());
  std::vector<Chooser> choosers;
  for (const std::uint32_t slot : slots) choosers.push_back({slot, kNone, 0});
  return choosers;
}

/// Whether a trip leaves before `until_ms`, or waits to, and has a way to choose.
bool LocalSimulation::may_choose_before_departure(const StateImage& s, std::uint32_t slot,
                                                  std::int32_t until_ms) const {
  const TripState& t = s.trip_state[slot];
  return t.status == static_cast<std::uint8_t>(SlotStatus::kScheduled) && t.next_stop == kNone &&
         t.route_count >= 2 && city_.trip[slot % city_.trips].depart_ms < until_ms;
}

bool LocalSimulation::reroute_replica(StateImage& s, std::uint32_t replica, std::int32_t now_ms,
                                      bool closures) {
  std::vector<Chooser> choosers;
  for (std::uint32_t row = 0; row < s.lane.size(); ++row) {
    std::uint32_t origin = 0;
    if (s.lane[row] / city_.grounds != replica || s.trip_state[s.slot[row]].next_stop != kNone) continue;
    if (knows_the_times(s.slot[row]) && can_choose(s, row, origin))
      choosers.push_back({s.slot[row], row, origin});
  }
  // Who leaves before the next look at the times chooses now.
  for (std::uint32_t i = 0; i < city_.trips; ++i) {
    const std::uint32_t slot = replica * city_.trips + i;
    if (may_choose_before_departure(s, slot, now_ms + in_steps(input_.options.reroute_period_s)) &&
        knows_the_times(slot))
      choosers.push_back({slot, kNone, 0});
  }
  return choose_ways(s, replica, choosers, rerouting_.times.empty() ? nullptr : &rerouting_.times[replica],
                     closures);
}

/// same_roads, remembered: the network does not change.
bool LocalSimulation::are_alike(const MetricSettings& a, const MetricSettings& b) {
  for (const Alike& known : alike_)
    if (known.a == a && known.b == b) return known.same;
  alike_.push_back({a, b, same_roads(*graph_, a, b)});
  return alike_.back().same;
}

/// Without `times` only those whose way is closed look for another.
bool LocalSimulation::choose_ways(StateImage& s, std::uint32_t replica, const std::vector<Chooser>& choosers,
                                  const std::vector<std::uint32_t>* times, bool closures) {
  if (choosers.empty()) return false;
  std::vector<Group> groups;
  for (std::size_t d = 0; d < choosers.size(); ++d) {
    const TripState& t = s.trip_state[choosers[d].slot];
    const std::uint32_t* route = s.route_links.data() + t.route_first;
    const LinkId goal(route[t.route_count - 1]);
    bool loops = false;  // a way that passes its goal on purpose is left alone
    for (std::uint32_t k = choosers[d].origin; k + 1 < t.route_count; ++k) loops |= route[k] == goal.value;
    if (loops) continue;
    const std::uint32_t trip = choosers[d].slot % city_.trips;
    const MetricSettings settings = settings_of(demand_.demand.types[city_.trip[trip].type]);
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.settings == settings; });
    if (group == groups.end()) group = groups.insert(group, {settings, {}, {}, {}});
    group->drivers.push_back(d);
    group->requests.push_back(
        {LinkId(route[choosers[d].origin]), goal,
         still_to_pass(demand_.demand.trips[trip].via, route, t.route_count, choosers[d].origin)});
  }

  const int wanted = input_.options.threads > 0 ? input_.options.threads
                                                : static_cast<int>(std::thread::hardware_concurrency());
  const RoadsNow roads(*router_, city_, s, replica, closures);
  for (Group& group : groups)
    group.times = roads.times(group.settings, times ? *times : std::vector<std::uint32_t>{});
  const auto metrics = make_metrics(
      *router_, groups, [this](const MetricSettings& a, const MetricSettings& b) { return are_alike(a, b); });
  bool changed = false;
  for (const Group& group : groups) {
    const Metric& metric = *metrics[group.first_alike];
    const auto answers = route_all(metric, group.requests, wanted);
    RouteQuery query;
    for (std::size_t k = 0; k < group.drivers.size(); ++k) {
      const Chooser& driver = choosers[group.drivers[k]];
      const TripState& t = s.trip_state[driver.slot];
      const std::uint32_t* route = s.route_links.data() + t.route_first;
      std::vector<LinkId> old;
      for (std::uint32_t at = driver.origin; at < t.route_count; ++at) old.emplace_back(route[at]);
      const std::uint64_t old_ms = way_ms(metric, old);
      const bool closed = old_ms == kNoWay;
      if (!times && !closed) continue;
      std::vector<LinkId> way = answers[k];
      if (way.empty() && closed) way = way_out(metric, query, group.requests[k]);
      if (way.size() < 2) continue;
      if (driver.row != kNone && way[1] != old[1] && !can_turn_into(s, driver.row, way[1], closed)) {
        // Too late for that turn: the best way beyond the next link.
        if (old.size() < 3 || way_ms(metric, {old[0], old[1]}) == kNoWay) continue;
        RouteRequest beyond = group.requests[k];
        beyond.from = old[1];
        if (!beyond.via.empty() && beyond.via.front() == old[1]) beyond.via.erase(beyond.via.begin());
        if (!query.route(metric, beyond.from, beyond.via, beyond.to, way)) continue;
        way.insert(way.begin(), old[0]);
      }
      const std::uint64_t new_ms = way_ms(metric, way);
      if (!closed && !(new_ms * 100 < old_ms * kWorthwhilePercent)) continue;
      if (way == old) continue;
      take_route(s, driver.slot, driver.origin, way);
      changed = true;
    }
  }
  return changed;
}

void LocalSimulation::turn_away_from_closures(std::int32_t now_ms) {
  // Everybody sees a closure when the next turn leads into it, and takes the best way that is left.
  if (!closures_in_force(now_ms - step_ms_)) return;
  make_router();
  backend_->read_active(image_);
  image_step_ = ~0ull;
  StateImage& s = image_;
  std::vector<std::uint32_t> slots;
  std::vector<TripState> trips;
  RouteQuery query;
  std::uint32_t replica = kNone;
  std::unique_ptr<RoadsNow> roads;
  for (std::uint32_t row = 0; row < s.lane.size() && s.route_links.size() < kMostRouteLinks; ++row) {
    std::uint32_t origin = 0;
    if (!can_choose(s, row, origin) || s.lane[row] % city_.grounds >= city_.road_lanes) continue;
    TripState& t = s.trip_state[s.slot[row]];
    if (t.next_stop != kNone && city_.stop[t.next_stop].route_index == t.cursor) continue;
    if (replica != s.lane[row] / city_.grounds) {
      replica = s.lane[row] / city_.grounds;
      roads = std::make_unique<RoadsNow>(*router_, city_, s, replica, true);
    }
    const std::uint32_t* route = s.route_links.data() + t.route_first;
    const MetricSettings settings = settings_of(demand_.demand.types[s.kind[row] & 0xffff]);
    if (roads->turn_is_open(LinkId(route[t.cursor]), LinkId(route[t.cursor + 1]), settings)) continue;
    const Metric& metric = metric_in_force(s, replica, settings, now_ms);
    const LinkId from(route[t.cursor]), goal(route[t.route_count - 1]);
    const RouteRequest request{
        from, goal,
        still_to_pass(demand_.demand.trips[s.slot[row] % city_.trips].via, route, t.route_count, t.cursor)};
    std::vector<LinkId> way;
    if (from == goal || !query.route(metric, from, request.via, goal, way))
      way = way_out(metric, query, request);
    if (way.size() < 2) continue;
    take_route(s, s.slot[row], t.cursor, way);
    t.next_stop = kNone;  // stops belong to the old route
    slots.push_back(s.slot[row]);
    trips.push_back(t);
  }
  if (!slots.empty()) backend_->edit_trips(slots, trips, s.route_links, params(now_ms));
}

/// The quickest way for the vehicle in `row`, first on its lane, that turns elsewhere than its route does,
/// into a lane with room for it.
LocalSimulation::OtherWay LocalSimulation::turn_elsewhere(const StateImage& s, std::uint32_t replica,
                                                          std::uint32_t row, std::int32_t now_ms) {
  const std::uint32_t base = replica * city_.grounds, lane = s.lane[row] - base;
  const TripState& t = s.trip_state[s.slot[row]];
  const TypeParams& type = city_.type[s.kind[row] & 0xffff];
  const MetricSettings settings = settings_of(demand_.demand.types[s.kind[row] & 0xffff]);
  const Metric& metric = metric_in_force(s, replica, settings, now_ms);
  const RoadsNow roads(*router_, city_, s, replica, true);
  const std::uint32_t* route = s.route_links.data() + t.route_first;
  const LinkId goal(route[t.route_count - 1]);
  const auto via =
      still_to_pass(demand_.demand.trips[s.slot[row] % city_.trips].via, route, t.route_count, t.cursor);
  RouteQuery query;
  OtherWay out;
  std::vector<LinkId> old, way;
  for (std::uint32_t at = t.cursor; at < t.route_count; ++at) old.emplace_back(route[at]);
  for (std::uint32_t e = city_.lane_conn_first[lane]; e < city_.lane_conn_first[lane + 1]; ++e) {
    const std::uint32_t c = city_.lane_conn[e], to = city_.conn[c].to;
    const LinkId next(city_.lane_link[to]);
    if (next == old[1] || input_.network->connections[c].turn == Turn::kUTurn ||
        !roads.turn_is_open(old[0], next, settings))
      continue;
    const std::int32_t room = type.length_units + type.min_gap_units;
    const auto last = std::lower_bound(s.lane.begin(), s.lane.end(), base + to);
    const std::size_t there = static_cast<std::size_t>(last - s.lane.begin());
    if (city_.lane_length[to] < room) continue;
    if (last != s.lane.end() && *last == base + to &&
        s.pos[there] - city_.type[s.kind[there] & 0xffff].length_units < room)
      continue;
    if (!query.route(metric, next, via, goal, way)) continue;
    way.insert(way.begin(), old[0]);
    const std::int64_t loss_ms =
        static_cast<std::int64_t>(way_ms(metric, way)) - static_cast<std::int64_t>(way_ms(metric, old));
    if (out.way.empty() || loss_ms < out.loss_ms) out = {way, loss_ms};
  }
  return out;
}

/// In a circle of drivers who wait for each other one gives in: of those first on their lanes who could turn
/// elsewhere the one for whom the way round is the shortest.
void LocalSimulation::turn_out_of_circles(std::int32_t now_ms) {
  StateImage& s = image_;
  std::vector<std::uint32_t> slots;
  std::vector<TripState> trips;
  for (const JamFinder::Record& jam : jams_.records()) {
    if (jam.until_s >= 0 || s.route_links.size() >= kMostRouteLinks) continue;
    OtherWay best;
    std::uint32_t best_slot = kNone;
    for (std::size_t k = 0; k < jam.trips.size(); ++k) {
      const std::uint32_t slot = jam.replica * city_.trips + jam.trips[k];
      if (jam.lanes[k] >= city_.road_lanes) continue;
      const auto after =
          std::upper_bound(s.lane.begin(), s.lane.end(), jam.replica * city_.grounds + jam.lanes[k]);
      const std::uint32_t row =
          static_cast<std::uint32_t>(after - s.lane.begin()) - 1;  // the first of its lane
      const TripState& t = s.trip_state[slot];
      if (after == s.lane.begin() || s.slot[row] != slot || (s.ctl[row] & (kCommittedMask | kDwelling)) ||
          t.next_stop != kNone || t.cursor + 1 >= t.route_count)
        continue;
      OtherWay out = turn_elsewhere(s, jam.replica, row, now_ms);
      if (out.way.empty()) continue;
      const bool first = best_slot == kNone || out.loss_ms < best.loss_ms ||
                         (out.loss_ms == best.loss_ms &&
                          city_.trip[jam.trips[k]].key < city_.trip[best_slot % city_.trips].key);
      if (first) best = std::move(out), best_slot = slot;
    }
    if (best_slot == kNone) continue;
    take_route(s, best_slot, s.trip_state[best_slot].cursor, best.way);
    slots.push_back(best_slot);
    trips.push_back(s.trip_state[best_slot]);
  }
  if (!slots.empty()) backend_->edit_trips(slots, trips, s.route_links, params(now_ms));
}

}  // namespace arterial
