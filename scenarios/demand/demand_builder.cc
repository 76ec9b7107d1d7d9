#include "scenarios/demand/demand_builder.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <map>
#include <thread>
#include <tuple>

#include "scenarios/demand/crowding.h"
#include "scenarios/demand/vehicle_types.h"
#include "sim/model/keyed_hash.h"
#include "sim/model/scenario.h"

namespace arterial {

std::string seconds_text(double s) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, s).ptr;
  return std::string(buffer, end) + " s";
}

DemandBuilder::DemandBuilder(const Network& network, const DemandOptions& options)
    : network_(network), options_(options), graph_(network) {
  for (std::uint32_t l = 0; l < network.links.size(); ++l) links_.emplace(network.links[l].id, LinkId(l));
  for (std::uint32_t l = 0; l < network.road_lane_count; ++l)
    fastest_limit_mps_ = std::max(fastest_limit_mps_, network.lanes[l].speed_mps);
  ends_.resize(static_cast<std::size_t>(VehicleClass::kCount));
}

LinkId DemandBuilder::find_link(std::string_view id) const {
  const auto it = links_.find(id);
  return it == links_.end() ? LinkId() : it->second;
}

LaneId DemandBuilder::find_lane(std::string_view id) const {
  if (lanes_.empty())
    for (std::uint32_t l = 0; l < network_.road_lane_count; ++l)
      lanes_.emplace(network_.lanes[l].id, LaneId(l));
  const auto it = lanes_.find(id);
  return it == lanes_.end() ? LaneId() : it->second;
}

JunctionId DemandBuilder::find_junction(std::string_view id) const {
  if (junctions_.empty())
    for (std::uint32_t j = 0; j < network_.junctions.size(); ++j) {
      junctions_.emplace(network_.junctions[j].id, JunctionId(j));
      for (const std::string& source : network_.junctions[j].source_ids)
        junctions_.emplace(source, JunctionId(j));
    }
  const auto it = junctions_.find(id);
  return it == junctions_.end() ? JunctionId() : it->second;
}

const Stop* DemandBuilder::find_stop(std::string_view id) const {
  if (stops_.empty())
    for (std::uint32_t s = 0; s < network_.stops.size(); ++s) stops_.emplace(network_.stops[s].id, s);
  const auto it = stops_.find(id);
  return it == stops_.end() ? nullptr : &network_.stops[it->second];
}

TypeId DemandBuilder::add_type(const VehicleType& type) {
  for (std::uint32_t t = 0; t < types_.size(); ++t)
    if (types_[t] == type) return TypeId(t);
  types_.push_back(type);
  return TypeId(static_cast<std::uint32_t>(types_.size() - 1));
}

TypeId DemandBuilder::find_type(std::string_view name) {
  if (name.empty()) name = "car";
  const auto it = named_types_.find(name);
  if (it != named_types_.end()) return it->second;
  const auto c = vehicle_class_from(name);
  const auto usual = c ? usual_type(*c) : std::nullopt;
  return usual ? add_type(*usual) : TypeId();
}

RouteId DemandBuilder::add_route(std::vector<LinkId> links) {
  std::uint64_t hash = links.size();
  for (const LinkId l : links) hash = mix64(hash ^ l.value) + 0x9e3779b97f4a7c15ull;
  const auto [begin, end] = route_by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it)
    if (routes_[it->second].links == links) return RouteId(it->second);
  const auto id = static_cast<std::uint32_t>(routes_.size());
  routes_.push_back({std::move(links)});
  route_by_hash_.emplace(hash, id);
  return RouteId(id);
}

void DemandBuilder::note(Severity severity, std::string code, std::string object_id, std::string words) {
  if (!noted_.insert(code + "\n" + object_id).second) return;
  Problem p;
  p.severity = severity;
  p.code = std::move(code);
  p.object_id = std::move(object_id);
  p.words = std::move(words);
  problems_.push_back(std::move(p));
}

void DemandBuilder::expect(std::uint64_t more, const std::string& file, const std::string& place) const {
  if (!has_room(more))
    throw InputError(file, place,
                     std::to_string(more) + " trips bring the demand above the limit of " +
                         std::to_string(options_.most_trips),
                     "Check the number or the period, or split the demand into several runs");
}

void DemandBuilder::reserve(std::size_t more) {
  drafts_.reserve(drafts_.size() + more);
  keys_.reserve(keys_.size() + more);
  ids_.reserve(ids_.size() + more);
}

void DemandBuilder::reject(std::string id, double depart_s, std::string reason, std::string words) {
  ++read_;
  rejected_.push_back({std::move(id), depart_s, std::move(reason), std::move(words)});
}

void DemandBuilder::reject_read(const Trip& trip, Reason reason) {
  rejected_.push_back({trip.id, trip.depart_s, std::move(reason.code), std::move(reason.words)});
}

const TripEnds& DemandBuilder::ends(VehicleClass c) {
  auto& slot = ends_[static_cast<std::size_t>(c)];
  if (!slot) slot = std::make_unique<TripEnds>(trip_ends(graph_, c));
  return *slot;
}

std::optional<DemandBuilder::Reason> DemandBuilder::fault_of_route(const std::vector<LinkId>& links,
                                                                   const VehicleType& type) const {
  const auto class_name = [&] { return std::string(name_of(type.vehicle_class)); };
  const auto name = [&](LinkId l) -> const std::string& { return network_[l].id; };
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (!type.ignores_permissions && !graph_.admits(links[i], type.vehicle_class))
      return Reason{"class_forbidden", "link " + name(links[i]) + " has no lane for class " + class_name()};
    if (i == 0) continue;
    const RoadGraph::Edge* turn = graph_.edge(links[i - 1], links[i]);
    if (!turn)
      return Reason{"route_broken",
                    "no connection leads from link " + name(links[i - 1]) + " to link " + name(links[i])};
    if (!type.ignores_permissions && !(turn->allowed & mask_of(type.vehicle_class)))
      return Reason{"class_forbidden", "no connection from link " + name(links[i - 1]) + " to link " +
                                           name(links[i]) + " is open to class " + class_name()};
  }
  return std::nullopt;
}

std::optional<DemandBuilder::Reason> DemandBuilder::fault_of_ends(const TripDraft& draft,
                                                                  const VehicleType& type) const {
  const Trip& trip = draft.trip;
  const LinkId first = trip.route.valid() ? routes_[trip.route.value].links.front() : trip.from;
  if (!first.valid()) return std::nullopt;
  const Link& link = network_[first];
  double length = network_[link.first_lane].length_m;
  if (trip.depart_lane == DepartLane::kIndex) {
    if (trip.depart_lane_index >= link.lane_count)
      return Reason{"depart_lane", "departLane " + std::to_string(trip.depart_lane_index) + " of link " +
                                       link.id + ", which has " + std::to_string(link.lane_count) + " lanes"};
    const Lane& lane = network_.lanes[link.first_lane.value + trip.depart_lane_index];
    if (!type.ignores_permissions && !(lane.allowed & mask_of(type.vehicle_class)))
      return Reason{"class_forbidden", "departLane: lane " + lane.id + " is closed to class " +
                                           std::string(name_of(type.vehicle_class))};
    length = lane.length_m;
  }
  if (trip.depart_pos == DepartPos::kValue && std::abs(trip.depart_pos_m) > length + 0.1)
    return Reason{"depart_position", "departPos is " + std::to_string(trip.depart_pos_m) +
                                         " m, the lane has " + std::to_string(length) + " m"};
  return std::nullopt;
}

std::optional<DemandBuilder::Reason> DemandBuilder::fault_of_stops(const TripDraft& draft,
                                                                   const std::vector<LinkId>& links,
                                                                   const VehicleType& type) const {
  std::size_t at = 0;
  double beyond = -1e9;
  for (const TripStop& stop : draft.stops) {
    const Lane& lane = network_[stop.lane];
    if (!type.ignores_permissions && !(lane.allowed & mask_of(type.vehicle_class)))
      return Reason{"class_forbidden", "a stop is on lane " + lane.id + ", closed to class " +
                                           std::string(name_of(type.vehicle_class))};
    // On the present link, farther on; else on a later one.
    std::size_t i = at;
    if (i < links.size() && links[i] == lane.link && stop.pos_m + 0.1 < beyond) ++i;
    while (i < links.size() && links[i] != lane.link) ++i;
    if (i == links.size())
      return Reason{"stop_off_route",
                    "the stop on lane " + lane.id + " does not follow on the rest of the route"};
    at = i;
    beyond = stop.pos_m;
  }
  return std::nullopt;
}

void DemandBuilder::add(TripDraft draft) {
  ++read_;
  Trip& trip = draft.trip;
  const VehicleType& type = types_[trip.type.value];
  if (!ids_.emplace(trip.id).second)
    return reject_read(trip, {"duplicate_id", "another trip has the id " + trip.id});
  if (trip.depart_s < options_.begin_s)
    return reject_read(
        trip, {"before_begin", "departs before the run begins at " + seconds_text(options_.begin_s)});
  // Who departs when the run has ended is scheduled all the same, unless the clock does not reach that far.
  if (trip.depart_s > kLatest_s)
    return reject_read(trip,
                       {"depart_time", "departs after the latest time of a run, " + seconds_text(kLatest_s)});
  if (trip.route.valid()) {
    const std::uint64_t key = (std::uint64_t{trip.route.value} << 8) |
                              (static_cast<std::uint64_t>(type.vehicle_class) << 1) |
                              static_cast<std::uint64_t>(type.ignores_permissions);
    auto it = checked_routes_.find(key);
    if (it == checked_routes_.end())
      it = checked_routes_.emplace(key, fault_of_route(routes_[trip.route.value].links, type)).first;
    if (it->second) return reject_read(trip, *it->second);
    const auto& links = routes_[trip.route.value].links;
    trip.from = links.front();
    trip.to = links.back();
    if (auto fault = fault_of_stops(draft, links, type)) return reject_read(trip, *fault);
  } else {
    for (const LinkId end : {trip.from, trip.to})
      if (end.valid() && !type.ignores_permissions && !graph_.admits(end, type.vehicle_class))
        return reject_read(trip, {"class_forbidden", "link " + network_[end].id + " has no lane for class " +
                                                         std::string(name_of(type.vehicle_class))});
  }
  if (auto fault = fault_of_ends(draft, type)) return reject_read(trip, *fault);
  if (!keys_.insert(trip.key).second)
    throw InputError("demand", "trip \"" + trip.id + "\"", "has the same 64-bit key as another trip",
                     "Give the trip another id");
  drafts_.push_back(std::move(draft));
}

MetricSettings DemandBuilder::metric_settings(const TripDraft& draft) const {
  const VehicleType& type = types_[draft.trip.type.value];
  MetricSettings s;
  s.vehicle_class = type.vehicle_class;
  s.ignore_permissions = type.ignores_permissions;
  // Types that no limit of this network holds back share a metric.
  if (type.max_speed_mps < fastest_limit_mps_) s.speed_cap_mps = std::round(type.max_speed_mps * 10) / 10;
  if (draft.choose_route && options_.spread > 0 && options_.variants > 1) {
    s.spread = options_.spread;
    s.seed = options_.seed;
    s.variant = below(keyed_draw(options_.seed, draft.trip.key, 0x726f757465 /* "route" */),
                      static_cast<std::uint64_t>(options_.variants));
  }
  return s;
}

/// What a trip without a route must pass: its own via links, or else its stops.
std::vector<LinkId> DemandBuilder::links_to_pass(const TripDraft& draft) const {
  std::vector<LinkId> via = draft.trip.via;
  if (via.empty())
    for (const TripStop& stop : draft.stops) {
      const LinkId link = network_[stop.lane].link;
      if (via.empty() ? link != draft.trip.from : link != via.back()) via.push_back(link);
    }
  if (!via.empty() && via.back() == draft.trip.to) via.pop_back();
  return via;
}

/// Routes drafts of one metric into their places of `found`.
void DemandBuilder::route_group(const Hierarchy& hierarchy, const MetricSettings& settings,
                                const std::vector<std::uint32_t>& members, int threads,
                                std::span<const std::uint32_t> link_ms,
                                std::vector<std::vector<LinkId>>& found) {
  const TimeProfile* times = options_.times;
  const std::vector<std::uint32_t> least = times ? times->least() : std::vector<std::uint32_t>();
  const Metric metric(hierarchy, settings, times ? std::span<const std::uint32_t>(least) : link_ms);
  RouteQuery query;
  // The same ends and the same metric have the same route.
  std::map<std::tuple<LinkId, std::vector<LinkId>, LinkId>, std::uint32_t> known;
  std::map<std::pair<std::vector<LinkId>, std::vector<LinkId>>, std::pair<LinkId, LinkId>> quickest;
  std::vector<RouteRequest> requests;
  constexpr std::uint32_t kNone = 0xffffffffu;
  std::vector<std::uint32_t> answer_of(members.size(), kNone);
  for (std::size_t n = 0; n < members.size(); ++n) {
    TripDraft& d = drafts_[members[n]];
    if (!d.from_any.empty() || !d.to_any.empty()) {
      if (d.from_any.empty()) d.from_any = {d.trip.from};
      if (d.to_any.empty()) d.to_any = {d.trip.to};
      const auto [it, fresh] =
          quickest.try_emplace({d.from_any, d.to_any}, d.from_any.front(), d.to_any.front());
      if (fresh) {
        std::uint64_t best = ~std::uint64_t{0};
        std::vector<LinkId> links;
        for (const LinkId a : d.from_any)
          for (const LinkId b : d.to_any)
            if (query.route(metric, a, b, links) && query.last_ms() < best) {
              best = query.last_ms();
              it->second = {a, b};
            }
      }
      d.trip.from = it->second.first;
      d.trip.to = it->second.second;
    }
    auto via = links_to_pass(d);
    if (times && via.empty()) {
      query.route_at(metric, *times, d.trip.from, d.trip.to, d.trip.depart_s, found[members[n]]);
      continue;
    }
    const auto [it, fresh] =
        known.try_emplace({d.trip.from, via, d.trip.to}, static_cast<std::uint32_t>(requests.size()));
    if (fresh) requests.push_back({d.trip.from, d.trip.to, std::move(via)});
    answer_of[n] = it->second;
  }
  const auto answers = arterial::route_all(metric, requests, threads);
  for (std::size_t n = 0; n < members.size(); ++n)
    if (answer_of[n] != kNone) found[members[n]] = answers[answer_of[n]];
}

void DemandBuilder::route_all() {
  std::vector<MetricSettings> settings;
  std::vector<std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < drafts_.size(); ++i) {
    if (drafts_[i].trip.route.valid()) continue;
    const MetricSettings s = metric_settings(drafts_[i]);
    const auto k =
        static_cast<std::size_t>(std::find(settings.begin(), settings.end(), s) - settings.begin());
    if (k == settings.size()) {
      settings.push_back(s);
      groups.emplace_back();
    }
    groups[k].push_back(i);
  }
  if (groups.empty()) return;

  // A metric is made, used up and let go: a city has many variants and little memory. Threads share the
  // groups out where there are many, else the routes of one.
  const auto threads = static_cast<std::size_t>(std::max(1, options_.threads));
  const Hierarchy hierarchy(graph_, static_cast<int>(threads));
  std::vector<std::vector<LinkId>> found(drafts_.size());
  const auto route_groups = [&](const std::vector<std::size_t>& mine,
                                std::span<const std::uint32_t> link_ms) {
    const bool many = mine.size() >= threads;
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t k; (k = next.fetch_add(1)) < mine.size();)
        route_group(hierarchy, settings[mine[k]], groups[mine[k]], many ? 1 : static_cast<int>(threads),
                    link_ms, found);
    };
    std::vector<std::thread> others;
    for (std::size_t t = 1; many && t < threads; ++t) others.emplace_back(work);
    work();
    for (std::thread& t : others) t.join();
  };
  // Who chooses does so one variant after the other, each with the delays that all before it make.
  std::map<std::uint64_t, std::vector<std::size_t>> of_variant;
  std::vector<std::size_t> rest;
  for (std::size_t k = 0; k < groups.size(); ++k)
    (settings[k].spread > 0 ? of_variant[settings[k].variant] : rest).push_back(k);
  route_groups(rest, {});
  if (!of_variant.empty()) {
    std::vector<double> departures_s;
    for (const TripDraft& d : drafts_) departures_s.push_back(d.trip.depart_s);
    Crowding crowding(network_, departures_s);
    for (std::uint32_t i = 0; i < drafts_.size(); ++i)
      crowding.add(drafts_[i].trip.route.valid() ? routes_[drafts_[i].trip.route.value].links : found[i]);
    for (const auto& [variant, mine] : of_variant) {
      route_groups(mine, crowding.link_ms());
      for (const std::size_t k : mine)
        for (const std::uint32_t i : groups[k]) crowding.add(found[i]);
    }
  }
  for (std::uint32_t i = 0; i < drafts_.size(); ++i)
    if (!found[i].empty()) drafts_[i].trip.route = add_route(std::move(found[i]));
}

Demand DemandBuilder::finish() {
  route_all();
  std::vector<std::uint32_t> order;
  order.reserve(drafts_.size());
  for (std::uint32_t i = 0; i < drafts_.size(); ++i) {
    const TripDraft& d = drafts_[i];
    const VehicleType& type = types_[d.trip.type.value];
    if (!d.trip.route.valid()) {
      reject_read(d.trip, {"no_route", "class " + std::string(name_of(type.vehicle_class)) +
                                           " has no way from link " + network_[d.trip.from].id + " to link " +
                                           network_[d.trip.to].id});
      continue;
    }
    if (auto fault = fault_of_stops(d, routes_[d.trip.route.value].links, type)) {
      reject_read(d.trip, *fault);
      continue;
    }
    order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Trip &x = drafts_[a].trip, &y = drafts_[b].trip;
    return x.depart_s != y.depart_s ? x.depart_s < y.depart_s : x.key < y.key;
  });
  Demand demand;
  std::vector<TypeId> new_type(types_.size());
  std::vector<RouteId> new_route(routes_.size());
  for (const std::uint32_t i : order) {
    new_type[drafts_[i].trip.type.value] = TypeId(0);
    new_route[drafts_[i].trip.route.value] = RouteId(0);
  }
  for (std::uint32_t t = 0; t < types_.size(); ++t)
    if (new_type[t].valid()) {
      new_type[t] = TypeId(static_cast<std::uint32_t>(demand.types.size()));
      demand.types.push_back(types_[t]);
    }
  for (std::uint32_t r = 0; r < routes_.size(); ++r)
    if (new_route[r].valid()) {
      new_route[r] = RouteId(static_cast<std::uint32_t>(demand.routes.size()));
      demand.routes.push_back(std::move(routes_[r]));
    }
  demand.trips.reserve(order.size());
  for (const std::uint32_t i : order) {
    TripDraft& d = drafts_[i];
    d.trip.type = new_type[d.trip.type.value];
    d.trip.route = new_route[d.trip.route.value];
    d.trip.first_stop = static_cast<std::uint32_t>(demand.stops.size());
    d.trip.stop_count = static_cast<std::uint32_t>(d.stops.size());
    demand.stops.insert(demand.stops.end(), d.stops.begin(), d.stops.end());
    demand.trips.push_back(std::move(d.trip));
  }
  demand.rejected = std::move(rejected_);
  demand.problems = std::move(problems_);
  demand.read = read_;
  return demand;
}

}  // namespace arterial
