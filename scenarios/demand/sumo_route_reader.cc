// SUMO's elements as they stand in the files.
#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/demand/sumo_routes.h"
#include "scenarios/demand/vehicle_types.h"

namespace arterial::sumo_routes {
namespace {

double in_range(const XmlElement& e, std::string_view attribute, double otherwise, double least,
                double most) {
  const double v = e.number(attribute, otherwise);
  if (e.has(attribute) && !(v >= least && v <= most)) {
    const auto text = [](double d) {
      std::string s = seconds_text(d);
      return s.substr(0, s.size() - 2);
    };
    e.fail_attribute(attribute, "is not between " + text(least) + " and " + text(most), "Correct the value");
  }
  return v;
}

template <class Take>
void each_word(std::string_view text, Take take) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t first = at;
    while (at < text.size() && !blank(text[at])) ++at;
    if (at > first) take(text.substr(first, at - first));
    while (at < text.size() && blank(text[at])) ++at;
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  each_word(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

}  // namespace

// --- types

void SumoRoutes::set_model(std::string_view model, VehicleType& type) {
  if (model == "IDM" || model == "IDMM") {
    type.model = FollowingModel::kIdm;
  } else {
    type.model = FollowingModel::kKrauss;
  }
  if (model != "IDM" && model != "Krauss" && model != "SKOrig")
    builder_.note(Severity::kGuess, "following_model_replaced", type.id,
                  "type " + type.id + " follows by " + std::string(model) + "; it is run with " +
                      (type.model == FollowingModel::kIdm ? "IDM" : "Krauss"));
}

void SumoRoutes::read_type_numbers(const XmlElement& e, VehicleType& t) {
  constexpr double kTiny = 1e-3;
  t.length_m = in_range(e, "length", t.length_m, 0.1, 1000);
  t.width_m = in_range(e, "width", t.width_m, 0.1, 100);
  t.min_gap_m = in_range(e, "minGap", t.min_gap_m, 0, 1000);
  if (e.has("desiredMaxSpeed")) t.max_speed_mps = in_range(e, "desiredMaxSpeed", 0, kTiny, 1e6);
  if (e.has("maxSpeed")) {
    const double most = in_range(e, "maxSpeed", 0, kTiny, 1e6);
    t.max_speed_mps = e.has("desiredMaxSpeed") ? std::min(t.max_speed_mps, most) : most;
  }
  t.accel_mps2 = in_range(e, "accel", t.accel_mps2, kTiny, 100);
  t.decel_mps2 = in_range(e, "decel", t.decel_mps2, kTiny, 100);
  if (e.has("emergencyDecel")) {
    const double stated = in_range(e, "emergencyDecel", 0, kTiny, 1000);
    if (stated < t.decel_mps2)
      builder_.note(Severity::kGuess, "emergency_decel_raised", t.id,
                    "type " + t.id + " states an emergencyDecel below its decel; decel is taken");
    t.emergency_decel_mps2 = stated;
  }
  t.emergency_decel_mps2 = std::max(t.emergency_decel_mps2, t.decel_mps2);
  t.sigma = in_range(e, "sigma", t.sigma, 0, 1);
  t.tau_s = in_range(e, "tau", t.tau_s, 0, 1000);
  t.idm_delta = in_range(e, "delta", t.idm_delta, 0.1, 100);
  if (const auto text = e.attribute("speedFactor"))
    if (!read_speed_factor(*text, t))
      e.fail_attribute("speedFactor", "is no speed factor",
                       "Write a number, norm(mean,deviation) or normc(mean,deviation,least,most)");
  t.speed_factor_deviation = in_range(e, "speedDev", t.speed_factor_deviation, 0, 100);
  if (e.text("impatience") != "off") t.impatience = in_range(e, "impatience", t.impatience, -1e6, 1e6);
  t.impatience = std::clamp(t.impatience, 0.0, 1.0);
  t.lc_cooperative = in_range(e, "lcCooperative", t.lc_cooperative, -1e6, 1e6);
  t.lc_speed_gain = in_range(e, "lcSpeedGain", t.lc_speed_gain, -1e6, 1e6);
  t.lc_keep_right = in_range(e, "lcKeepRight", t.lc_keep_right, -1e6, 1e6);
  t.lc_strategic = in_range(e, "lcStrategic", t.lc_strategic, -1e6, 1e6);
}

void SumoRoutes::begin_type(const XmlElement& e) {
  const std::string id(e.required("id"));
  const std::string vclass(e.text("vClass", id == "DEFAULT_BIKETYPE"   ? "bicycle"
                                            : id == "DEFAULT_PEDTYPE"  ? "pedestrian"
                                            : id == "DEFAULT_TAXITYPE" ? "taxi"
                                            : id == "DEFAULT_RAILTYPE" ? "rail"
                                                                       : "passenger"));
  const auto c = sumo_class(vclass);
  if (!c)
    e.fail_attribute(
        "vClass", "is no vehicle class of SUMO",
        "Use passenger, delivery, truck, bus, motorcycle, bicycle, emergency, taxi or another of its "
        "classes");
  RawType raw{c->type, c->run, vclass};
  raw.type.id = id;
  set_model(e.text("carFollowModel", "Krauss"), raw.type);
  read_type_numbers(e, raw.type);
  const double weight = in_range(e, "probability", 1, 0, 1e12);
  const auto [it, fresh] = types_.emplace(id, raw);
  if (!fresh) {
    if (!(it->second.type == raw.type))
      e.fail("a type of this id was defined before, otherwise", "Give one of the two another id");
  } else if (type_choices_.contains(id)) {
    e.fail("a distribution of this id was defined before", "Give one of the two another id");
  }
  open_type_ = id;
  if (open_choice_) {
    open_choice_->members.push_back(id);
    open_choice_->weights.push_back(weight);
  }
}

void SumoRoutes::read_following(const XmlElement& e, std::string_view model) {
  RawType& raw = types_.find(open_type_)->second;
  set_model(model, raw.type);
  read_type_numbers(e, raw.type);
}

template <class Value>
void SumoRoutes::define_choice(const XmlElement& e, Names<Choice>& choices,
                               std::string_view members_attribute, const Names<Value>& single) {
  const std::string id(e.required("id"));
  if (single.contains(id) || choices.contains(id))
    e.fail("this id was defined before", "Give one of the two another id");
  Choice& choice = choices[id];
  choice.members = words_of(e.text(members_attribute));
  for (const std::string& word : words_of(e.text("probabilities"))) {
    const auto weight = to_number(word);
    if (!weight || !(*weight >= 0) || *weight > 1e12)
      e.fail_attribute("probabilities", "holds a value that is no probability",
                       "Write numbers from 0, with blanks");
    choice.weights.push_back(*weight);
  }
  if (choice.weights.empty()) choice.weights.assign(choice.members.size(), 1.0);
  if (choice.weights.size() != choice.members.size())
    e.fail("has " + std::to_string(choice.members.size()) + " members and " +
               std::to_string(choice.weights.size()) + " probabilities",
           "Write one probability for each member");
  open_choice_ = &choice;
}

void SumoRoutes::begin_type_distribution(const XmlElement& e) {
  if (e.name() == "vTypeRef" || e.name() == "vtypeRef") {
    if (!open_choice_) e.fail("stands outside a distribution", "Put it into a vTypeDistribution");
    open_choice_->members.emplace_back(e.required("refId"));
    open_choice_->weights.push_back(in_range(e, "probability", 1, 0, 1e12));
    return;
  }
  define_choice(e, type_choices_, "vTypes", types_);
}

// --- routes

std::size_t SumoRoutes::read_edges(std::string_view text) {
  constexpr std::size_t kMostText = 64 << 20;  // remembered: all texts of a huge file would be too much
  if (const auto known = edges_of_text_.find(text); known != edges_of_text_.end()) return known->second;
  Edges edges;
  each_word(text, [&](std::string_view word) {
    const LinkId link = builder_.find_link(word);
    if (link.valid())
      edges.links.push_back(link);
    else if (edges.missing.empty())
      edges.missing = word;
  });
  if ((text_bytes_ += text.size()) <= kMostText) edges_of_text_.emplace(text, edges_.size());
  edges_.push_back(std::move(edges));
  return edges_.size() - 1;
}

std::size_t SumoRoutes::read_route(const XmlElement& e, const std::string& id, bool of_vehicle) {
  RawRoute& route = routes_.emplace_back();
  route.place = place(e);
  route.id = id;
  route.of_vehicle = of_vehicle;
  route.edges = read_edges(e.required("edges"));
  const Edges& edges = edges_[route.edges];
  if (edges.links.empty() && edges.missing.empty())
    e.fail_attribute("edges", "names no edge", "Name the edges of the route, with blanks between them");
  const std::int64_t repeat = e.integer("repeat", 0);
  if (repeat < 0 || static_cast<std::uint64_t>(repeat) >= kLongestRoute ||
      (static_cast<std::uint64_t>(repeat) + 1) * edges.links.size() > kLongestRoute)
    e.fail_attribute("repeat", "makes a route of more than a million edges", "Repeat it less often");
  if (repeat > 0) {
    Edges repeated{{}, edges.missing};
    for (std::int64_t i = 0; i <= repeat; ++i)
      repeated.links.insert(repeated.links.end(), edges.links.begin(), edges.links.end());
    route.edges = edges_.size();
    edges_.push_back(std::move(repeated));
    builder_.note(Severity::kNote, "route_repeat", route.owner(),
                  route.owner() + " is repeated; its stops are made once");
  }
  route.cycle_s = e.time("cycleTime", 0);
  return routes_.size() - 1;
}

void SumoRoutes::begin_route(const XmlElement& e) {
  open_route_ = true;
  if (open_choice_ && e.has("refId")) {
    open_choice_->members.emplace_back(e.required("refId"));
    open_choice_->weights.push_back(in_range(e, "probability", 1, 0, 1e12));
    open_route_ = false;
    return;
  }
  if (open_vehicle_ && !open_choice_) {
    RawVehicle& v = open_vehicle();
    v.route = static_cast<std::int64_t>(read_route(e, v.id, true));
    return;
  }
  std::string id(e.text("id"));
  if (id.empty()) {
    if (!open_choice_) e.fail("has no id", "Name the route, or put it into a vehicle");
    id = "!" + std::to_string(unnamed_++);  // a member of a distribution needs none
  }
  if (route_names_.contains(id) || route_choices_.contains(id))
    e.fail("a route of this id was defined before", "Give one of the two another id");
  const std::size_t index = read_route(e, id, false);
  route_names_.emplace(id, index);
  if (open_choice_) {
    open_choice_->members.push_back(id);
    open_choice_->weights.push_back(in_range(e, "probability", 1, 0, 1e12));
  }
}

void SumoRoutes::begin_route_distribution(const XmlElement& e) {
  if (e.name() == "routeRef") {
    if (!open_choice_) e.fail("stands outside a distribution", "Put it into a routeDistribution");
    open_choice_->members.emplace_back(e.required("refId"));
    open_choice_->weights.push_back(in_range(e, "probability", 1, 0, 1e12));
    return;
  }
  if (!e.has("id") && open_vehicle_) {  // a choice of one vehicle's own
    const std::string id = "!" + std::to_string(unnamed_++);
    open_choice_ = &route_choices_[id];
    open_vehicle().route_name = id;
    return;
  }
  define_choice(e, route_choices_, "routes", route_names_);
}

// --- vehicles

void SumoRoutes::read_departure(const XmlElement& e, RawVehicle& v) {
  Trip& trip = v.as;
  // SUMO's defaults since 1.27 (before: the first lane, and standing).
  trip.depart_lane = DepartLane::kBest;
  trip.depart_speed = DepartSpeed::kAverage;
  if (const auto lane = e.attribute("departLane")) {
    if (*lane == "first") {
      trip.depart_lane = DepartLane::kFirst;
    } else if (*lane == "random") {
      trip.depart_lane = DepartLane::kRandom;
    } else if (*lane == "free") {
      trip.depart_lane = DepartLane::kFree;
    } else if (*lane == "allowed") {
      trip.depart_lane = DepartLane::kAllowed;
    } else if (*lane != "best" && *lane != "best_prob") {
      const auto index = to_integer(*lane);
      if (!index || *index < 0 || *index > 65535)
        e.fail_attribute("departLane", "is no lane",
                         "Use an index from 0, first, free, allowed, best or random");
      trip.depart_lane = DepartLane::kIndex;
      trip.depart_lane_index = static_cast<std::uint16_t>(*index);
    }
  }
  if (const auto pos = e.attribute("departPos")) {
    if (*pos == "random") {
      trip.depart_pos = DepartPos::kRandom;
    } else if (*pos == "free") {
      trip.depart_pos = DepartPos::kFree;
    } else if (*pos == "random_free") {
      trip.depart_pos = DepartPos::kRandomFree;
    } else if (*pos == "last") {
      trip.depart_pos = DepartPos::kLast;
    } else if (*pos == "stop" || *pos == "splitFront") {
      builder_.note(Severity::kGuess, "depart_position_replaced", v.id,
                    "departPos " + std::string(*pos) + " is run as base");
    } else if (*pos != "base") {
      const auto m = to_number(*pos);
      if (!m)
        e.fail_attribute("departPos", "is no position",
                         "Use metres, base, free, random, random_free or last");
      trip.depart_pos = DepartPos::kValue;
      trip.depart_pos_m = *m;
    }
  }
  if (const auto speed = e.attribute("departSpeed")) {
    if (*speed == "random") {
      trip.depart_speed = DepartSpeed::kRandom;
    } else if (*speed == "max") {
      trip.depart_speed = DepartSpeed::kMax;
    } else if (*speed == "desired") {
      trip.depart_speed = DepartSpeed::kDesired;
    } else if (*speed == "speedLimit") {
      trip.depart_speed = DepartSpeed::kSpeedLimit;
    } else if (*speed == "last") {
      trip.depart_speed = DepartSpeed::kLast;
    } else if (*speed == "avg") {
      trip.depart_speed = DepartSpeed::kAverage;
    } else {
      const auto mps = to_number(*speed);
      if (!mps || !(*mps >= 0) || *mps > 1e6)
        e.fail_attribute("departSpeed", "is no speed",
                         "Use m/s from 0, max, desired, speedLimit, last, avg or random");
      trip.depart_speed = DepartSpeed::kValue;
      trip.depart_speed_mps = *mps;
    }
  }
  if (const auto pos = e.attribute("arrivalPos")) {
    if (*pos == "random") {
      v.arrival_random = true;
    } else if (*pos != "max") {
      const auto m = to_number(*pos);
      if (!m && *pos != "center")
        e.fail_attribute("arrivalPos", "is no position", "Use metres, max or random");
      if (m) {
        trip.arrival_pos_m = *m;
        trip.arrival_pos_stated = true;
      }
    }
  }
}

void SumoRoutes::read_flow(const XmlElement& e, RawVehicle& v) {
  const DemandOptions& options = builder_.options();
  if (const auto begin = e.attribute("begin"); begin && !to_time(*begin)) {
    v.not_timed = *begin;
    return;
  }
  v.depart_s = e.time("begin", options.begin_s);
  v.end_s = e.time("end", std::max(options.end_s, v.depart_s));
  v.number = e.integer("number", -1);
  if (e.has("number") && v.number < 0) e.fail_attribute("number", "is negative", "Write how many depart");
  if (e.has("end") && v.end_s < v.depart_s)
    e.fail_attribute("end", "lies before begin", "Correct begin or end");
  const auto positive = [&](std::string_view attribute, double most) {
    const double x = e.number(attribute);
    if (!(x >= 0) || x > most) e.fail_attribute(attribute, "is out of range", "Correct the value");
    return x;
  };
  for (const char* attribute : {"vehsPerHour", "perHour"})
    if (e.has(attribute)) {
      const double per_hour = positive(attribute, 1e9);
      v.rate = {Rate::Kind::kPeriod, 3600 / std::max(per_hour, 1e-9)};
      if (per_hour == 0) v.number = 0;
      v.has_rate = true;
    }
  if (const auto period = e.attribute("period")) {
    if (period->starts_with("exp(") && period->ends_with(")")) {
      const auto lambda = to_number(period->substr(4, period->size() - 5));
      if (!lambda || !(*lambda > 0) || *lambda > 1e6)
        e.fail_attribute("period", "has no rate above 0", "Write exp(RATE) with departures a second");
      v.rate = {Rate::Kind::kExponential, *lambda};
    } else {
      const auto seconds = to_time(*period);
      if (!seconds || !(*seconds > 0))
        e.fail_attribute("period", "is no time above 0", "Write seconds, HH:MM:SS or exp(RATE)");
      v.rate = {Rate::Kind::kPeriod, *seconds};
    }
    v.has_rate = true;
  }
  if (e.has("probability")) {
    v.rate = {Rate::Kind::kProbability, in_range(e, "probability", 0, 0, 1)};
    v.has_rate = true;
  }
  if (!v.has_rate && v.number < 0)
    e.fail("states neither number, period, vehsPerHour nor probability", "State one of them");
  double most = v.number >= 0 ? static_cast<double>(v.number) : std::numeric_limits<double>::infinity();
  if (v.has_rate) {
    const double span = v.end_s - v.depart_s;
    const double by_rate = v.rate.kind == Rate::Kind::kPeriod        ? span / v.rate.value + 1
                           : v.rate.kind == Rate::Kind::kExponential ? span * v.rate.value
                                                                     : span;
    most = std::min(most, by_rate);
  }
  if (most > static_cast<double>(options.most_trips))
    e.fail("makes more than " + std::to_string(options.most_trips) + " trips",
           "Check number, period and end");
}

void SumoRoutes::begin_vehicle(const XmlElement& e) {
  if (open_vehicle_) vehicles_.pop_back();  // one in another stands for it
  open_vehicle_ = true;
  RawVehicle& v = vehicles_.emplace_back();
  v.kind = e.name() == "vehicle" ? RawVehicle::Kind::kVehicle
           : e.name() == "trip"  ? RawVehicle::Kind::kTrip
                                 : RawVehicle::Kind::kFlow;
  v.place = place(e);
  v.id = e.required("id");
  v.type = e.text("type");
  v.route_name = e.text("route");
  const auto keep_end = [&](std::string RawEnds::*end, std::optional<std::string_view> name) {
    if (!name) return;
    if (!v.ends) v.ends = std::make_unique<RawEnds>();
    *v.ends.*end = *name;
  };
  keep_end(&RawEnds::from, e.attribute("from"));
  keep_end(&RawEnds::to, e.attribute("to"));
  keep_end(&RawEnds::from_junction, e.attribute("fromJunction"));
  keep_end(&RawEnds::to_junction, e.attribute("toJunction"));
  keep_end(&RawEnds::from_taz, e.attribute("fromTaz"));
  keep_end(&RawEnds::to_taz, e.attribute("toTaz"));
  if (v.ends) v.ends->via = words_of(e.text("via"));
  read_departure(e, v);
  for (const char* attribute : {"departEdge", "arrivalEdge"})
    if (e.has(attribute))
      builder_.note(Severity::kWarning, "depart_edge_ignored", v.id,
                    std::string(attribute) + " is not read: the whole route is driven");
  if (v.kind == RawVehicle::Kind::kFlow) {
    read_flow(e, v);
  } else {
    const std::string_view depart = e.required("depart");
    if (const auto depart_s = to_time(depart)) {
      v.depart_s = *depart_s;
    } else if (depart == "begin") {
      v.depart_s = builder_.options().begin_s;
    } else if (depart == "triggered" || depart == "containerTriggered" || depart == "now" ||
               depart == "split") {
      v.not_timed = depart;
    } else {
      e.fail_attribute("depart", "is no time", "Write seconds or HH:MM:SS");
    }
  }
}

void SumoRoutes::begin_stop(const XmlElement& e) {
  RawStop stop;
  for (const char* attribute : {"busStop", "trainStop", "containerStop", "chargingStation", "parkingArea"})
    if (const auto id = e.attribute(attribute)) {
      stop.place = *id;
      if (std::string_view(attribute) == "parkingArea") stop.parking = true;
    }
  if (stop.place.empty()) {
    if (const auto lane = e.attribute("lane")) {
      stop.kind = RawStop::Kind::kLane;
      stop.place = *lane;
    } else if (const auto edge = e.attribute("edge")) {
      stop.kind = RawStop::Kind::kEdge;
      stop.place = *edge;
    } else {
      e.fail("names no busStop, lane or edge", "Say where to stop");
    }
    stop.begin_m = in_range(e, "startPos", kStated, -1e6, 1e6);
    stop.end_m = in_range(e, "endPos", kStated, -1e6, 1e6);
  }
  stop.duration_s = e.time("duration", 0);
  stop.until_s = e.time("until", -1);
  if (stop.duration_s < 0) stop.duration_s = 0;
  const std::string_view parking = e.text("parking");
  if (parking == "true" || parking == "1" || parking == "yes" || parking == "on") stop.parking = true;
  if (e.boolean("triggered", false) || e.has("expected"))
    builder_.note(Severity::kWarning, "stop_trigger_ignored",
                  open_vehicle_ ? open_vehicle().id : std::string(),
                  "a stop waits for persons, who are not run; only its times hold");
  if (open_route_)
    routes_.back().stops.push_back(std::move(stop));
  else if (open_vehicle_)
    open_vehicle().stops.push_back(std::move(stop));
  // Elsewhere (a person's stop) it is nobody's.
}

void SumoRoutes::begin_person(const XmlElement& e) {
  person_depth_ = 1;
  const bool container = e.name().starts_with("container");
  const std::string id(e.text("id"));
  const auto depart = to_time(e.text("depart", e.text("begin")));
  expect(1, place(e));
  builder_.reject(id, depart.value_or(0), container ? "container" : "person",
                  std::string(e.name()) + ": only vehicles on the road are run");
}

void SumoRoutes::begin_stopping_place(const XmlElement& e) {
  Stop stop;
  stop.id = e.required("id");
  stop.lane = builder_.find_lane(e.text("lane"));
  if (!stop.lane.valid()) return;  // rejected where a trip wants to stop there
  const double length = builder_.network()[stop.lane].length_m;
  const auto from_start = [&](double m) { return std::clamp(m < 0 ? m + length : m, 0.0, length); };
  stop.begin_m = from_start(in_range(e, "startPos", 0, -1e6, 1e6));
  stop.end_m = from_start(in_range(e, "endPos", length, -1e6, 1e6));
  stopping_places_.emplace(stop.id, stop);
}

void SumoRoutes::begin_taz(const XmlElement& e) {
  const std::string id(e.required("id"));
  if (e.name() == "taz") {
    open_taz_ = &taz_[id];
    for (std::string& link : words_of(e.text("edges"))) {
      open_taz_->links.push_back(std::move(link));
      open_taz_->source_weights.push_back(1);
      open_taz_->sink_weights.push_back(1);
    }
    return;
  }
  if (!open_taz_) return;
  const double weight = in_range(e, "weight", 1, 0, 1e12);
  open_taz_->links.push_back(id);
  open_taz_->source_weights.push_back(e.name() == "tazSource" ? weight : 0);
  open_taz_->sink_weights.push_back(e.name() == "tazSource" ? 0 : weight);
}

}  // namespace arterial::sumo_routes
