#pragma once
// SUMO route and additional files. Reading has two parts, because files need not be sorted: first everything
// is taken in as written (sumo_route_reader.cc), then types, routes and zones are looked up and every vehicle
// becomes a draft (sumo_route_drafts.cc).
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gis/xml_reader.h"
#include "scenarios/demand/sources.h"

namespace arterial::sumo_routes {

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

/// The links that a list of edges names.
struct Edges {
  std::vector<LinkId> links;
  std::string missing;  // the first that the network does not have
  RouteId route{};      // the builder's, which has the links from then on
};

struct RawRoute {
  std::size_t edges = 0;
  std::vector<RawStop> stops;
  Place place;
  std::string id;  // its own or its vehicle's
  bool of_vehicle = false;
  double cycle_s = 0;
  bool excused = false;  // only a class that is not run wants it

  /// For messages: route "r1", vehicle "v7".
  std::string owner() const { return (of_vehicle ? "vehicle \"" : "route \"") + id + "\""; }
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
  TypeId id{};  // the builder's, once a trip has wanted it
};

struct Rate {
  enum class Kind : std::uint8_t { kNumber, kPeriod, kExponential, kProbability } kind = Kind::kNumber;
  double value = 0;  // period in s, rate in 1/s, probability a second
};

/// Where one without a route begins, what it passes and where it ends.
struct RawEnds {
  std::string from, to, from_junction, to_junction, from_taz, to_taz;
  std::vector<std::string> via;
};

struct RawVehicle {
  enum class Kind : std::uint8_t { kVehicle, kTrip, kFlow } kind = Kind::kVehicle;
  std::string id, type, route_name;
  std::unique_ptr<RawEnds> ends;  // none: most have a route
  std::int64_t route = -1;        // nested, or by attribute edges
  Place place;
  double depart_s = 0;
  std::string not_timed;  // depart="triggered": what it says
  // Flows.
  double end_s = -1;
  std::int64_t number = -1;
  Rate rate;
  bool has_rate = false;
  Trip as;  // departure and arrival as stated; no more of it is set
  bool arrival_random = false;
  std::vector<RawStop> stops;
};

struct Taz {
  std::vector<std::string> links;
  std::vector<double> source_weights, sink_weights;
};

/// Takes in files, one after the other, and hands everything to the builder at the end.
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
  RawVehicle& open_vehicle() { return vehicles_.back(); }
  const std::string& file(const Place& p) const { return files_[p.file]; }
  static std::string line_of(const Place& p) { return "line " + std::to_string(p.line); }

  void begin_type(const XmlElement& e);
  void read_type_numbers(const XmlElement& e, VehicleType& type);
  void read_following(const XmlElement& e, std::string_view model);
  void set_model(std::string_view model, VehicleType& type);
  void begin_type_distribution(const XmlElement& e);
  void begin_route(const XmlElement& e);
  void begin_route_distribution(const XmlElement& e);
  std::size_t read_edges(std::string_view text);
  std::size_t read_route(const XmlElement& e, const std::string& id, bool of_vehicle);
  void begin_vehicle(const XmlElement& e);
  void read_departure(const XmlElement& e, RawVehicle& v);
  void read_flow(const XmlElement& e, RawVehicle& v);
  void begin_stop(const XmlElement& e);
  void begin_person(const XmlElement& e);
  void begin_stopping_place(const XmlElement& e);
  void begin_taz(const XmlElement& e);

  template <class Value>
  void define_choice(const XmlElement& e, Names<Choice>& choices, std::string_view members_attribute,
                     const Names<Value>& single);
  const std::string* draw(const Choice& choice, std::uint64_t key, DemandDraw purpose) const;
  RawType* type_of(const RawVehicle& v, std::uint64_t key, std::string_view& name);
  bool route_of(const RawVehicle& v, std::uint64_t key, bool run, std::int64_t& route, std::string& why);
  LinkId link_or_throw(const std::string& name, const RawVehicle& v, const char* attribute) const;
  bool ends_of(const RawVehicle& v, std::uint64_t key, const VehicleType& type, TripDraft& draft,
               std::string& why) const;
  bool stop_of(const RawStop& raw, TripStop& stop, std::string& reason, std::string& why) const;
  void emit(const RawVehicle& v, const std::string& id, std::uint64_t key, double depart_s,
            double until_offset_s);
  void emit_flow(const RawVehicle& v);
  void expect(std::uint64_t more, const Place& p) const;

  DemandBuilder& builder_;
  std::vector<std::string> files_;
  Names<RawType> types_;
  Names<Choice> type_choices_, route_choices_;
  Names<std::size_t> route_names_;
  std::vector<RawRoute> routes_;
  std::vector<Edges> edges_;
  Names<std::size_t> edges_of_text_;  // many vehicles drive the same way, which is looked up once
  std::size_t text_bytes_ = 0;        // in edges_of_text_
  std::vector<RawVehicle> vehicles_;
  Names<Stop> stopping_places_;
  Names<Taz> taz_;

  int person_depth_ = 0;
  bool open_vehicle_ = false, open_route_ = false;
  Choice* open_choice_ = nullptr;
  std::string open_type_;
  Taz* open_taz_ = nullptr;
  std::uint64_t unnamed_ = 0;
  double chances_ = 0;
};

}  // namespace arterial::sumo_routes
