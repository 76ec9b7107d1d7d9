// From what was read to trips: types, routes, ends and stops are looked up, flows become vehicles.
#include <algorithm>
#include <cmath>

#include "scenarios/demand/sumo_routes.h"
#include "scenarios/demand/vehicle_types.h"
#include "sim/model/keyed_hash.h"

namespace arterial {
namespace sumo_routes {

const std::string* SumoRoutes::draw(const Choice& choice, std::uint64_t key, DemandDraw purpose) const {
  double sum = 0;
  for (const double w : choice.weights) sum += w;
  if (!(sum > 0)) return nullptr;
  double u =
      unit_interval(keyed_draw(builder_.options().seed, key, static_cast<std::uint64_t>(purpose))) * sum;
  for (std::size_t i = 0; i < choice.members.size(); ++i) {
    if (choice.weights[i] > 0 && u < choice.weights[i]) return &choice.members[i];
    u -= choice.weights[i];
  }
  for (std::size_t i = choice.members.size(); i-- > 0;)
    if (choice.weights[i] > 0) return &choice.members[i];
  return nullptr;
}

/// Its type, and in any case the type's name; none where it is not defined.
RawType* SumoRoutes::type_of(const RawVehicle& v, std::uint64_t key, std::string_view& name) {
  name = v.type.empty() ? std::string_view("DEFAULT_VEHTYPE") : v.type;
  if (const auto choice = type_choices_.find(name); choice != type_choices_.end()) {
    const std::string* member = draw(choice->second, key, DemandDraw::kType);
    if (!member) return nullptr;
    name = *member;
  }
  auto it = types_.find(name);
  if (it == types_.end()) {
    // SUMO has these without a definition.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBuiltIn = {
        {{"DEFAULT_VEHTYPE", "passenger"},
         {"DEFAULT_BIKETYPE", "bicycle"},
         {"DEFAULT_TAXITYPE", "taxi"},
         {"DEFAULT_PEDTYPE", "pedestrian"},
         {"DEFAULT_RAILTYPE", "rail"}}};
    for (const auto& [id, vclass] : kBuiltIn)
      if (id == name) {
        const SumoClass c = *sumo_class(vclass);
        RawType raw{c.type, c.run, std::string(vclass)};
        raw.type.id = name;
        it = types_.emplace(raw.type.id, raw).first;
      }
  }
  return it == types_.end() ? nullptr : &it->second;
}

/// The index of the vehicle's explicit route, -1 if it is to be routed. False with `why` where it names an
/// unknown.
bool SumoRoutes::route_of(const RawVehicle& v, std::uint64_t key, bool run, std::int64_t& route,
                          std::string& why) {
  route = v.route;
  if (route < 0 && !v.route_name.empty()) {
    const std::string* name = &v.route_name;
    if (const auto choice = route_choices_.find(*name); choice != route_choices_.end()) {
      name = draw(choice->second, key, DemandDraw::kRoute);
      if (!run)  // every member may have been meant for it
        for (const std::string& member : choice->second.members)
          if (const auto it = route_names_.find(member); it != route_names_.end())
            routes_[it->second].excused = true;
    }
    const auto it = name ? route_names_.find(*name) : route_names_.end();
    if (it == route_names_.end()) {
      why = "route \"" + (name ? *name : v.route_name) + "\" is not defined";
      return false;
    }
    route = static_cast<std::int64_t>(it->second);
  }
  if (route < 0) return true;
  RawRoute& raw = routes_[static_cast<std::size_t>(route)];
  if (const std::string& missing = edges_[raw.edges].missing; !missing.empty()) {
    if (run)
      throw InputError(file(raw.place), line_of(raw.place) + ", " + raw.owner(),
                       "edge \"" + missing + "\" is not in the network",
                       "Correct the route, or bring the network that it was made for");
    raw.excused = true;
  }
  return true;
}

LinkId SumoRoutes::link_or_throw(const std::string& name, const RawVehicle& v, const char* attribute) const {
  const LinkId link = builder_.find_link(name);
  if (!link.valid())
    throw InputError(file(v.place), line_of(v.place) + ", \"" + v.id + "\"",
                     std::string(attribute) + ": edge \"" + name + "\" is not in the network",
                     "Correct the id, or bring the network that the file was made for");
  return link;
}

bool SumoRoutes::ends_of(const RawVehicle& v, std::uint64_t key, const VehicleType& type, TripDraft& draft,
                         std::string& why) const {
  const Network& net = builder_.network();
  const auto admits = [&](LinkId l) {
    return type.ignores_permissions || builder_.graph().admits(l, type.vehicle_class);
  };
  const auto of_junction = [&](const std::string& name, bool leaving, std::vector<LinkId>& links) {
    const JunctionId j = builder_.find_junction(name);
    if (!j.valid()) {
      why = "junction \"" + name + "\" is not in the network";
      return false;
    }
    for (std::uint32_t l = 0; l < net.links.size(); ++l)
      if ((leaving ? net.links[l].from : net.links[l].to) == j && admits(LinkId(l)))
        links.push_back(LinkId(l));
    if (links.empty()) why = "no link at junction \"" + name + "\" is open to its class";
    return !links.empty();
  };
  const auto of_taz = [&](const std::string& name, bool leaving, LinkId& link) {
    std::vector<LinkId> links;
    std::vector<double> weights;
    if (const auto it = taz_.find(name); it != taz_.end()) {
      for (std::size_t i = 0; i < it->second.links.size(); ++i) {
        const double w = leaving ? it->second.source_weights[i] : it->second.sink_weights[i];
        if (!(w > 0)) continue;
        const LinkId l = link_or_throw(it->second.links[i], v, leaving ? "fromTaz" : "toTaz");
        if (!admits(l)) continue;
        links.push_back(l);
        weights.push_back(w);
      }
    } else {
      for (const Zone& zone : net.zones)
        if (zone.id == name)
          for (const LinkId l : zone.links)
            if (admits(l)) {
              links.push_back(l);
              weights.push_back(1);
            }
    }
    double sum = 0;
    for (const double w : weights) sum += w;
    if (links.empty() || !(sum > 0)) {
      why = "zone \"" + name + "\" is not defined or has no link for its class";
      return false;
    }
    const auto purpose = static_cast<std::uint64_t>(leaving ? DemandDraw::kFromLink : DemandDraw::kToLink);
    double u = unit_interval(keyed_draw(builder_.options().seed, key, purpose)) * sum;
    link = links.back();
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (u < weights[i]) {
        link = links[i];
        break;
      }
      u -= weights[i];
    }
    return true;
  };
  static const RawEnds kNone;
  const RawEnds& ends = v.ends ? *v.ends : kNone;
  if (!ends.from.empty())
    draft.trip.from = link_or_throw(ends.from, v, "from");
  else if (!ends.from_junction.empty()) {
    if (!of_junction(ends.from_junction, true, draft.from_any)) return false;
  } else if (!ends.from_taz.empty()) {
    if (!of_taz(ends.from_taz, true, draft.trip.from)) return false;
  } else {
    why = "neither a route nor an origin is stated";
    return false;
  }
  if (!ends.to.empty())
    draft.trip.to = link_or_throw(ends.to, v, "to");
  else if (!ends.to_junction.empty()) {
    if (!of_junction(ends.to_junction, false, draft.to_any)) return false;
  } else if (!ends.to_taz.empty()) {
    if (!of_taz(ends.to_taz, false, draft.trip.to)) return false;
  } else {
    why = "neither a route nor a destination is stated";
    return false;
  }
  for (const std::string& name : ends.via) draft.trip.via.push_back(link_or_throw(name, v, "via"));
  return true;
}

bool SumoRoutes::stop_of(const RawStop& raw, TripStop& stop, std::string& reason, std::string& why) const {
  const Network& net = builder_.network();
  stop.duration_s = raw.duration_s;
  stop.until_s = raw.until_s;
  stop.parking = raw.parking;
  if (raw.kind == RawStop::Kind::kNamed) {
    const Stop* named = builder_.find_stop(raw.place);
    if (!named) {
      const auto it = stopping_places_.find(raw.place);
      if (it != stopping_places_.end()) named = &it->second;
    }
    if (!named) {
      reason = "unknown_stop";
      why = "stop \"" + raw.place + "\" is not defined; add the additional file that holds it";
      return false;
    }
    stop.lane = named->lane;
    stop.pos_m = named->end_m;
    return true;
  }
  if (raw.kind == RawStop::Kind::kLane) {
    stop.lane = builder_.find_lane(raw.place);
  } else if (const LinkId link = builder_.find_link(raw.place); link.valid()) {
    stop.lane = net[link].first_lane;
  }
  if (!stop.lane.valid()) {
    reason = "unknown_stop";
    why = "it stops on \"" + raw.place + "\", which the network does not have";
    return false;
  }
  const double length = net[stop.lane].length_m;
  double end = raw.end_m == kStated ? length : raw.end_m;
  if (end < 0) end += length;
  if (end < 0 || end > length + 0.1) {
    reason = "stop_position";
    why = "it stops at " + std::to_string(raw.end_m) + " m of lane " + net[stop.lane].id + ", which has " +
          std::to_string(length) + " m";
    return false;
  }
  stop.pos_m = std::min(end, length);
  return true;
}

void SumoRoutes::emit(const RawVehicle& v, const std::string& id, std::uint64_t key, double depart_s,
                      double until_offset_s) {
  std::string_view type_name;
  std::string why;
  RawType* raw = type_of(v, key, type_name);
  if (!raw)
    return builder_.reject(id, depart_s, "unknown_type",
                           "type \"" + std::string(type_name) + "\" is not defined");
  std::int64_t route = -1;
  const bool known_route = route_of(v, key, raw->run, route, why);
  if (!raw->run)
    return builder_.reject(
        id, depart_s, "class_not_run",
        "type \"" + std::string(type_name) + "\" is of class " + raw->vclass + ", which is not run");
  if (!v.not_timed.empty())
    return builder_.reject(
        id, depart_s, "depart_triggered",
        "departs when " + v.not_timed + ", which only persons and containers could bring about");
  if (!known_route) return builder_.reject(id, depart_s, "unknown_route", why);

  TripDraft draft;
  draft.trip = v.as;
  draft.trip.id = id;
  draft.trip.key = key;
  draft.trip.depart_s = depart_s;
  if (!raw->id.valid()) raw->id = builder_.add_type(raw->type);
  draft.trip.type = raw->id;
  LinkId last;
  if (route >= 0) {
    Edges& edges = edges_[routes_[static_cast<std::size_t>(route)].edges];
    if (!edges.route.valid()) edges.route = builder_.add_route(std::move(edges.links));
    draft.trip.route = edges.route;
    last = builder_.route(edges.route).back();
  } else {
    if (!ends_of(v, key, raw->type, draft, why)) return builder_.reject(id, depart_s, "no_ends", why);
    draft.trip.chooses_at_departure = true;  // as in SUMO
    last = draft.trip.to;
  }
  std::string reason;
  const auto add_stops = [&](const std::vector<RawStop>& stops, double offset_s) {
    for (const RawStop& s : stops) {
      TripStop stop;
      if (!stop_of(s, stop, reason, why)) return false;
      if (stop.until_s >= 0) stop.until_s += offset_s;
      draft.stops.push_back(stop);
    }
    return true;
  };
  // Times of a route's stops count from the departure; those of a vehicle are clock times, shifted from copy
  // to copy.
  if ((route >= 0 && !add_stops(routes_[static_cast<std::size_t>(route)].stops, depart_s)) ||
      !add_stops(v.stops, until_offset_s))
    return builder_.reject(id, depart_s, reason, why);
  if (v.arrival_random && last.valid()) {
    const auto bits =
        keyed_draw(builder_.options().seed, key, static_cast<std::uint64_t>(DemandDraw::kArrivalPos));
    const Network& net = builder_.network();
    draft.trip.arrival_pos_m = unit_interval(bits) * net[net[last].first_lane].length_m;
    draft.trip.arrival_pos_stated = true;
  }
  builder_.add(std::move(draft));
}

/// As the builder's, with the words for the place made only where they are wanted.
void SumoRoutes::expect(std::uint64_t more, const Place& p) const {
  if (!builder_.has_room(more)) builder_.expect(more, file(p), line_of(p));
}

void SumoRoutes::emit_flow(const RawVehicle& v) {
  const std::uint64_t seed = builder_.options().seed;
  // A vehicle may have the id of a flow: the dot tells their keys apart.
  const std::string source_id = v.id + ".";
  const std::uint64_t flow_key = hash_bytes(source_id);
  std::uint64_t n = 0;
  const auto copy = [&](double depart_s) {
    const double ms = std::round(depart_s * 1000) / 1000;
    const std::uint64_t number = n++;
    emit(v, source_id + std::to_string(number), trip_key(source_id, number), ms, ms - v.depart_s);
  };
  const std::uint64_t most =
      v.number >= 0 ? static_cast<std::uint64_t>(v.number) : builder_.options().most_trips;
  if (!v.not_timed.empty()) {
    expect(1, v.place);
    return builder_.reject(v.id, builder_.options().begin_s, "depart_triggered",
                           "begins when " + v.not_timed);
  }
  if (!v.has_rate) {
    expect(most, v.place);
    for (std::uint64_t i = 0; i < most; ++i)
      copy(v.depart_s + (v.end_s - v.depart_s) * static_cast<double>(i) / static_cast<double>(most));
    return;
  }
  if (v.rate.kind == Rate::Kind::kPeriod) {
    for (std::uint64_t i = 0; i < most; ++i) {
      const double t = v.depart_s + (i == 0 ? 0 : static_cast<double>(i) * v.rate.value);
      if (!(t < v.end_s)) break;
      expect(1, v.place);
      copy(t);
    }
  } else if (v.rate.kind == Rate::Kind::kExponential) {
    double t = v.depart_s;
    for (std::uint64_t i = 0; i < most; ++i) {
      const double u =
          unit_interval(keyed_draw(seed, flow_key, static_cast<std::uint64_t>(DemandDraw::kFlowGap), i));
      t += -std::log1p(-u) / v.rate.value;
      if (!(t < v.end_s)) break;
      expect(1, v.place);
      copy(t);
    }
  } else if (v.rate.value > 0) {
    // A draw for every second: many long flows of a hostile file would keep us busy for days.
    constexpr double kMostDraws = 2e8;
    chances_ += v.end_s - v.depart_s;
    if (chances_ > kMostDraws)
      throw InputError(file(v.place), line_of(v.place),
                       "flows by probability draw for more than 200 million seconds",
                       "Shorten them, or write period=\"exp(RATE)\"");
    for (std::uint64_t s = 0; v.depart_s + static_cast<double>(s) < v.end_s && n < most; ++s) {
      const auto bits = keyed_draw(seed, flow_key, static_cast<std::uint64_t>(DemandDraw::kFlowChance), s);
      if (unit_interval(bits) >= v.rate.value) continue;
      expect(1, v.place);
      copy(v.depart_s + static_cast<double>(s));
    }
  }
}

void SumoRoutes::finish() {
  builder_.reserve(vehicles_.size());
  for (const RawVehicle& v : vehicles_) {
    if (v.kind == RawVehicle::Kind::kFlow) {
      emit_flow(v);
    } else {
      expect(1, v.place);
      emit(v, v.id, trip_key(v.id), v.depart_s, 0);
    }
  }
  for (const RawRoute& r : routes_)
    if (const std::string& missing = edges_[r.edges].missing; !missing.empty() && !r.excused)
      throw InputError(file(r.place), line_of(r.place) + ", " + r.owner(),
                       "edge \"" + missing + "\" is not in the network",
                       "Correct the route, or bring the network that it was made for");
  // Tables of other sources may name these types.
  std::vector<std::string> names;
  for (const auto& [name, raw] : types_)
    if (raw.run) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    builder_.name_type(name, builder_.add_type(types_.find(name)->second.type));
}

}  // namespace sumo_routes

void read_sumo_routes(const std::vector<std::string>& files, DemandBuilder& builder) {
  sumo_routes::SumoRoutes reader(builder);
  for (const std::string& file : files) {
    reader.next_file(file);
    read_xml(file, reader);
  }
  reader.finish();
}

void read_sumo_routes_text(const std::string& name, const std::string& text, DemandBuilder& builder) {
  sumo_routes::SumoRoutes reader(builder);
  reader.next_file(name);
  read_xml_text(name, text, reader);
  reader.finish();
}

}  // namespace arterial
