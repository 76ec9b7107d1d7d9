// SUMO route and additional files. Reading has two parts, because files need not be sorted: first everything
// is taken in as written, then types, routes and zones are looked up and every vehicle becomes a draft.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gis/xml_reader.h"
#include "scenarios/demand/sources.h"
#include "scenarios/demand/vehicle_types.h"
#include "sim/model/keyed_hash.h"

namespace arterial {
namespace {

constexpr std::size_t kLongestRoute = 1'000'000;  // links, repeats included
constexpr double kStated = -1e18;                 // marks a number that was not stated

struct Place {
  std::uint32_t file = 0;
  int line = 0;
};

struct RawStop {
  std::string place;  // id of a stop, or of a lane or link
  enum class Kind : std::uint8_t { kNamed, kLane, kEdge } kind = Kind::kNamed;
  double begin_m = kStated, end_m = kStated, duration_s = 0, until_s = -1;
  bool parking = false;
};

struct RawRoute {
  std::vector<LinkId> links;
  std::vector<RawStop> stops;
  std::string missing;  // the first link that the network does not have
  Place place;
  std::string owner;  // for messages: route "r1", vehicle "v7"
  double cycle_s = 0;
  bool excused = false;  // only a class that is not run wants it
};

/// A choice by weights; one member is no choice.
struct Choice {
  std::vector<std::string> members;
  std::vector<double> weights;
};

struct RawType {
  VehicleType type;
  bool run = true;
  std::string vclass;
};

struct Rate {
  enum class Kind : std::uint8_t { kNumber, kPeriod, kExponential, kProbability } kind = Kind::kNumber;
  double value = 0;  // period in s, rate in 1/s, probability a second
};

struct RawVehicle {
  enum class Kind : std::uint8_t { kVehicle, kTrip, kFlow } kind = Kind::kVehicle;
  std::string id, type, route_name;
  std::string from, to, from_junction, to_junction, from_taz, to_taz;
  std::vector<std::string> via;
  std::int64_t route = -1;  // nested, or by attribute edges
  Place place;
  double depart_s = 0;
  std::string not_timed;  // depart="triggered": what it says
  // Flows.
  double end_s = -1;
  std::int64_t number = -1;
  Rate rate;
  bool has_rate = false;
  Trip as;  // departure and arrival as stated
  bool arrival_random = false;
  std::vector<RawStop> stops;
};

struct Taz {
  std::vector<std::string> links;
  std::vector<double> source_weights, sink_weights;
};

class SumoRoutes : public XmlHandler {
 public:
  explicit SumoRoutes(DemandBuilder& builder) : builder_(builder) {}

  void next_file(const std::string& name) {
    files_.push_back(name);
    person_depth_ = 0;
    open_vehicle_ = open_route_ = false;
    open_choice_ = nullptr;
    open_type_.clear();
  }

  void begin(const XmlElement& e) override {
    const std::string_view name = e.name();
    if (person_depth_ > 0) {
      ++person_depth_;
      return;
    }
    if (name == "vType" || name == "vtype") return begin_type(e);
    if (name == "vTypeDistribution" || name == "vtypeDistribution" || name == "vTypeRef" ||
        name == "vtypeRef")
      return begin_type_distribution(e);
    if (name == "route") return begin_route(e);
    if (name == "routeDistribution" || name == "routeRef") return begin_route_distribution(e);
    if (name == "vehicle" || name == "trip" || name == "flow") return begin_vehicle(e);
    if (name == "stop") return begin_stop(e);
    if (name == "person" || name == "container" || name == "personFlow" || name == "containerFlow")
      return begin_person(e);
    if (name == "busStop" || name == "trainStop" || name == "parkingArea" || name == "containerStop" ||
        name == "chargingStation")
      return begin_stopping_place(e);
    if (name == "taz" || name == "tazSource" || name == "tazSink") return begin_taz(e);
    if (name.starts_with("carFollowing-") && !open_type_.empty()) return read_following(e, name.substr(13));
    // Nets, detectors, polygons, parameters and whatever else an additional file holds: not demand.
  }

  void end(std::string_view name) override {
    if (person_depth_ > 0) {
      --person_depth_;
      return;
    }
    if (name == "vehicle" || name == "trip" || name == "flow") {
      if (open_vehicle_) vehicles_.push_back(std::move(vehicle_));
      open_vehicle_ = false;
    } else if (name == "route") {
      open_route_ = false;
    } else if (name == "vTypeDistribution" || name == "vtypeDistribution" || name == "routeDistribution") {
      open_choice_ = nullptr;
    } else if (name == "vType" || name == "vtype") {
      open_type_.clear();
    } else if (name == "taz") {
      open_taz_ = nullptr;
    }
  }

  void finish();

 private:
  Place place(const XmlElement& e) const { return {static_cast<std::uint32_t>(files_.size() - 1), e.line()}; }
  const std::string& file(const Place& p) const { return files_[p.file]; }
  static std::string line_of(const Place& p) { return "line " + std::to_string(p.line); }

  void begin_type(const XmlElement& e);
  void read_type_numbers(const XmlElement& e, VehicleType& type);
  void read_following(const XmlElement& e, std::string_view model);
  void set_model(std::string_view model, VehicleType& type);
  void begin_type_distribution(const XmlElement& e);
  void begin_route(const XmlElement& e);
  void begin_route_distribution(const XmlElement& e);
  std::size_t read_route(const XmlElement& e, std::string owner);
  void begin_vehicle(const XmlElement& e);
  void read_departure(const XmlElement& e, Trip& trip);
  void read_flow(const XmlElement& e);
  void begin_stop(const XmlElement& e);
  void begin_person(const XmlElement& e);
  void begin_stopping_place(const XmlElement& e);
  void begin_taz(const XmlElement& e);

  template <class Value>
  void define_choice(const XmlElement& e, Names<Choice>& choices, std::string_view members_attribute,
                     const Names<Value>& single);
  const std::string* draw(const Choice& choice, std::uint64_t key, DemandDraw purpose) const;
  const RawType* type_of(const RawVehicle& v, std::uint64_t key, std::string& name);
  bool route_of(const RawVehicle& v, std::uint64_t key, const std::string& id, double depart_s, bool run,
                std::int64_t& route, std::string& why);
  LinkId link_or_throw(const std::string& name, const RawVehicle& v, const char* attribute) const;
  bool ends_of(const RawVehicle& v, std::uint64_t key, const VehicleType& type, TripDraft& draft,
               std::string& why) const;
  bool stop_of(const RawStop& raw, TripStop& stop, std::string& reason, std::string& why) const;
  void emit(const RawVehicle& v, const std::string& id, std::uint64_t key, double depart_s,
            double until_offset_s);
  void emit_flow(const RawVehicle& v);

  DemandBuilder& builder_;
  std::vector<std::string> files_;
  Names<RawType> types_;
  Names<TypeId> type_ids_;
  Names<Choice> type_choices_, route_choices_;
  Names<std::size_t> route_names_;
  std::vector<RawRoute> routes_;
  std::vector<RouteId> route_ids_;
  std::vector<RawVehicle> vehicles_;
  Names<Stop> stopping_places_;
  Names<Taz> taz_;

  int person_depth_ = 0;
  bool open_vehicle_ = false, open_route_ = false;
  RawVehicle vehicle_;
  Choice* open_choice_ = nullptr;
  std::string open_type_;
  Taz* open_taz_ = nullptr;
  std::uint64_t unnamed_ = 0;
  double chances_ = 0;
};

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

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  constexpr std::string_view kBlank = " \t\r\n";
  while (true) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return words;
    text.remove_prefix(first);
    const auto length = std::min(text.find_first_of(kBlank), text.size());
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

// --- types
// -----------------------------------------------------------------------------------------------------

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
// ----------------------------------------------------------------------------------------------------

std::size_t SumoRoutes::read_route(const XmlElement& e, std::string owner) {
  RawRoute route;
  route.place = place(e);
  route.owner = std::move(owner);
  std::string_view text = e.required("edges");
  constexpr std::string_view kBlank = " \t\r\n";
  while (true) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) break;
    text.remove_prefix(first);
    const auto length = std::min(text.find_first_of(kBlank), text.size());
    const LinkId link = builder_.find_link(text.substr(0, length));
    if (link.valid())
      route.links.push_back(link);
    else if (route.missing.empty())
      route.missing = text.substr(0, length);
    text.remove_prefix(length);
  }
  if (route.links.empty() && route.missing.empty())
    e.fail_attribute("edges", "names no edge", "Name the edges of the route, with blanks between them");
  const std::int64_t repeat = e.integer("repeat", 0);
  if (repeat < 0 || static_cast<std::uint64_t>(repeat) >= kLongestRoute ||
      (static_cast<std::uint64_t>(repeat) + 1) * route.links.size() > kLongestRoute)
    e.fail_attribute("repeat", "makes a route of more than a million edges", "Repeat it less often");
  const std::size_t once = route.links.size();
  for (std::int64_t i = 0; i < repeat; ++i)
    for (std::size_t k = 0; k < once; ++k) route.links.push_back(route.links[k]);
  if (repeat > 0)
    builder_.note(Severity::kNote, "route_repeat", route.owner,
                  route.owner + " is repeated; its stops are made once");
  route.cycle_s = e.time("cycleTime", 0);
  routes_.push_back(std::move(route));
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
    vehicle_.route = static_cast<std::int64_t>(read_route(e, "vehicle \"" + vehicle_.id + "\""));
    return;
  }
  std::string id(e.text("id"));
  if (id.empty()) {
    if (!open_choice_) e.fail("has no id", "Name the route, or put it into a vehicle");
    id = "!" + std::to_string(unnamed_++);  // a member of a distribution needs none
  }
  if (route_names_.contains(id) || route_choices_.contains(id))
    e.fail("a route of this id was defined before", "Give one of the two another id");
  const std::size_t index = read_route(e, "route \"" + id + "\"");
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
    vehicle_.route_name = id;
    return;
  }
  define_choice(e, route_choices_, "routes", route_names_);
}

// --- vehicles
// --------------------------------------------------------------------------------------------------

void SumoRoutes::read_departure(const XmlElement& e, Trip& trip) {
  trip.depart_lane = DepartLane::kFirst;  // SUMO's default
  if (const auto lane = e.attribute("departLane")) {
    if (*lane == "random") {
      trip.depart_lane = DepartLane::kRandom;
    } else if (*lane == "free") {
      trip.depart_lane = DepartLane::kFree;
    } else if (*lane == "allowed") {
      trip.depart_lane = DepartLane::kAllowed;
    } else if (*lane == "best" || *lane == "best_prob") {
      trip.depart_lane = DepartLane::kBest;
    } else if (*lane != "first") {
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
      builder_.note(Severity::kGuess, "depart_position_replaced", trip.id,
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
      const auto v = to_number(*speed);
      if (!v || !(*v >= 0) || *v > 1e6)
        e.fail_attribute("departSpeed", "is no speed",
                         "Use m/s from 0, max, desired, speedLimit, last, avg or random");
      trip.depart_speed_mps = *v;
    }
  }
  if (const auto pos = e.attribute("arrivalPos")) {
    if (*pos == "random") {
      vehicle_.arrival_random = true;
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

void SumoRoutes::read_flow(const XmlElement& e) {
  RawVehicle& v = vehicle_;
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
  vehicle_ = RawVehicle();
  RawVehicle& v = vehicle_;
  open_vehicle_ = true;
  v.kind = e.name() == "vehicle" ? RawVehicle::Kind::kVehicle
           : e.name() == "trip"  ? RawVehicle::Kind::kTrip
                                 : RawVehicle::Kind::kFlow;
  v.place = place(e);
  v.id = e.required("id");
  v.type = e.text("type");
  v.route_name = e.text("route");
  v.from = e.text("from");
  v.to = e.text("to");
  v.from_junction = e.text("fromJunction");
  v.to_junction = e.text("toJunction");
  v.from_taz = e.text("fromTaz");
  v.to_taz = e.text("toTaz");
  v.via = words_of(e.text("via"));
  v.as.id = v.id;
  read_departure(e, v.as);
  for (const char* attribute : {"departEdge", "arrivalEdge"})
    if (e.has(attribute))
      builder_.note(Severity::kWarning, "depart_edge_ignored", v.id,
                    std::string(attribute) + " is not read: the whole route is driven");
  if (v.kind == RawVehicle::Kind::kFlow) {
    read_flow(e);
  } else {
    const std::string_view depart = e.required("depart");
    if (to_time(depart)) {
      v.depart_s = e.time("depart");
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
    builder_.note(Severity::kWarning, "stop_trigger_ignored", vehicle_.id,
                  "a stop waits for persons, who are not run; only its times hold");
  if (open_route_)
    routes_.back().stops.push_back(std::move(stop));
  else if (open_vehicle_)
    vehicle_.stops.push_back(std::move(stop));
  // Elsewhere (a person's stop) it is nobody's.
}

void SumoRoutes::begin_person(const XmlElement& e) {
  person_depth_ = 1;
  const bool container = e.name().starts_with("container");
  const std::string id(e.text("id"));
  const auto depart = to_time(e.text("depart", e.text("begin")));
  builder_.expect(1, e.file(), line_of(place(e)));
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

// --- from what was read to trips
// ---------------------------------------------------------------------------------

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

const RawType* SumoRoutes::type_of(const RawVehicle& v, std::uint64_t key, std::string& name) {
  name = v.type.empty() ? "DEFAULT_VEHTYPE" : v.type;
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
        it = types_.emplace(name, raw).first;
      }
  }
  return it == types_.end() ? nullptr : &it->second;
}

/// The index of the vehicle's explicit route, -1 if it is to be routed. False with `why` where it names an
/// unknown.
bool SumoRoutes::route_of(const RawVehicle& v, std::uint64_t key, const std::string& id, double depart_s,
                          bool run, std::int64_t& route, std::string& why) {
  (void)id;
  (void)depart_s;
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
  if (!raw.missing.empty()) {
    if (run)
      throw InputError(file(raw.place), line_of(raw.place) + ", " + raw.owner,
                       "edge \"" + raw.missing + "\" is not in the network",
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
  if (!v.from.empty())
    draft.trip.from = link_or_throw(v.from, v, "from");
  else if (!v.from_junction.empty()) {
    if (!of_junction(v.from_junction, true, draft.from_any)) return false;
  } else if (!v.from_taz.empty()) {
    if (!of_taz(v.from_taz, true, draft.trip.from)) return false;
  } else {
    why = "neither a route nor an origin is stated";
    return false;
  }
  if (!v.to.empty())
    draft.trip.to = link_or_throw(v.to, v, "to");
  else if (!v.to_junction.empty()) {
    if (!of_junction(v.to_junction, false, draft.to_any)) return false;
  } else if (!v.to_taz.empty()) {
    if (!of_taz(v.to_taz, false, draft.trip.to)) return false;
  } else {
    why = "neither a route nor a destination is stated";
    return false;
  }
  for (const std::string& name : v.via) draft.trip.via.push_back(link_or_throw(name, v, "via"));
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
  std::string type_name, why;
  const RawType* raw = type_of(v, key, type_name);
  if (!raw) return builder_.reject(id, depart_s, "unknown_type", "type \"" + type_name + "\" is not defined");
  std::int64_t route = -1;
  const bool known_route = route_of(v, key, id, depart_s, raw->run, route, why);
  if (!raw->run)
    return builder_.reject(id, depart_s, "class_not_run",
                           "type \"" + type_name + "\" is of class " + raw->vclass + ", which is not run");
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
  auto type_id = type_ids_.find(type_name);
  if (type_id == type_ids_.end()) type_id = type_ids_.emplace(type_name, builder_.add_type(raw->type)).first;
  draft.trip.type = type_id->second;
  LinkId last;
  if (route >= 0) {
    RouteId& route_id = route_ids_[static_cast<std::size_t>(route)];
    if (!route_id.valid()) route_id = builder_.add_route(routes_[static_cast<std::size_t>(route)].links);
    draft.trip.route = route_id;
    last = builder_.route(route_id).back();
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
    builder_.expect(1, file(v.place), line_of(v.place));
    return builder_.reject(v.id, builder_.options().begin_s, "depart_triggered",
                           "begins when " + v.not_timed);
  }
  if (!v.has_rate) {
    builder_.expect(most, file(v.place), line_of(v.place));
    for (std::uint64_t i = 0; i < most; ++i)
      copy(v.depart_s + (v.end_s - v.depart_s) * static_cast<double>(i) / static_cast<double>(most));
    return;
  }
  if (v.rate.kind == Rate::Kind::kPeriod) {
    for (std::uint64_t i = 0; i < most; ++i) {
      const double t = v.depart_s + (i == 0 ? 0 : static_cast<double>(i) * v.rate.value);
      if (!(t < v.end_s)) break;
      builder_.expect(1, file(v.place), line_of(v.place));
      copy(t);
    }
  } else if (v.rate.kind == Rate::Kind::kExponential) {
    double t = v.depart_s;
    for (std::uint64_t i = 0; i < most; ++i) {
      const double u =
          unit_interval(keyed_draw(seed, flow_key, static_cast<std::uint64_t>(DemandDraw::kFlowGap), i));
      t += -std::log1p(-u) / v.rate.value;
      if (!(t < v.end_s)) break;
      builder_.expect(1, file(v.place), line_of(v.place));
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
      builder_.expect(1, file(v.place), line_of(v.place));
      copy(v.depart_s + static_cast<double>(s));
    }
  }
}

void SumoRoutes::finish() {
  route_ids_.resize(routes_.size());
  for (const RawVehicle& v : vehicles_) {
    if (v.kind == RawVehicle::Kind::kFlow) {
      emit_flow(v);
    } else {
      builder_.expect(1, file(v.place), line_of(v.place));
      emit(v, v.id, trip_key(v.id), v.depart_s, 0);
    }
  }
  for (const RawRoute& r : routes_)
    if (!r.missing.empty() && !r.excused)
      throw InputError(file(r.place), line_of(r.place) + ", " + r.owner,
                       "edge \"" + r.missing + "\" is not in the network",
                       "Correct the route, or bring the network that it was made for");
  // Tables of other sources may name these types.
  std::vector<std::string> names;
  for (const auto& [name, raw] : types_)
    if (raw.run) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    builder_.name_type(name, builder_.add_type(types_.find(name)->second.type));
}

}  // namespace

void read_sumo_routes(const std::vector<std::string>& files, DemandBuilder& builder) {
  SumoRoutes reader(builder);
  for (const std::string& file : files) {
    reader.next_file(file);
    read_xml(file, reader);
  }
  reader.finish();
}

void read_sumo_routes_text(const std::string& name, const std::string& text, DemandBuilder& builder) {
  SumoRoutes reader(builder);
  reader.next_file(name);
  read_xml_text(name, text, reader);
  reader.finish();
}

}  // namespace arterial
