#pragma once
// What the readers of all sources build on: names of the network, types, routes, and the checks that every
// trip must pass. A reader says what it read; the builder decides whether it runs, routes it, and keeps the
// books.
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "scenarios/demand/demand.h"
#include "sim/routing/components.h"
#include "sim/routing/router.h"

namespace arterial {

/// A memory of names without a copy per look-up.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
template <class Value>
using Names = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

/// A trip on its way in. `trip.type` is set; either `trip.route` or the ends are.
struct TripDraft {
  Trip trip;
  std::vector<TripStop> stops;
  std::vector<LinkId> from_any, to_any;  // instead of trip.from and trip.to: the quickest pair
  bool choose_route = false;             // among variants, by the trip's key
};

class DemandBuilder {
 public:
  DemandBuilder(const Network& network, const DemandOptions& options);

  const Network& network() const { return network_; }
  const DemandOptions& options() const { return options_; }
  const RoadGraph& graph() const { return graph_; }

  // Names of the network; an invalid id where there is none.
  LinkId find_link(std::string_view id) const;
  LaneId find_lane(std::string_view id) const;
  JunctionId find_junction(std::string_view id) const;
  const Stop* find_stop(std::string_view id) const;

  TypeId add_type(const VehicleType& type);
  const VehicleType& type(TypeId id) const { return types_[id.value]; }
  /// Types of the source files by name, for the tables that name them; of classes otherwise. Invalid if
  /// unknown.
  TypeId find_type(std::string_view name);
  void name_type(const std::string& name, TypeId id) { named_types_.emplace(name, id); }

  RouteId add_route(std::vector<LinkId> links);
  const std::vector<LinkId>& route(RouteId id) const { return routes_[id.value].links; }

  void note(Severity severity, std::string code, std::string object_id, std::string words);
  /// About so many trips more will be added.
  void reserve(std::size_t more);
  /// Counts a trip and lists it as rejected.
  void reject(std::string id, double depart_s, std::string reason, std::string words);
  /// Counts a trip, and takes it or rejects it.
  void add(TripDraft draft);
  bool has_room(std::uint64_t more) const {
    return more <= options_.most_trips && read_ + more <= options_.most_trips;
  }
  /// Throws InputError at `place` where there is no room for so many more.
  void expect(std::uint64_t more, const std::string& file, const std::string& place) const;

  /// Where trips of a class may start and end so that there is a way for sure.
  const TripEnds& ends(VehicleClass c);

  Demand finish();

 private:
  struct Reason {
    std::string code, words;
  };
  std::optional<Reason> fault_of_route(const std::vector<LinkId>& links, const VehicleType& type) const;
  std::optional<Reason> fault_of_ends(const TripDraft& draft, const VehicleType& type) const;
  std::optional<Reason> fault_of_stops(const TripDraft& draft, const std::vector<LinkId>& links,
                                       const VehicleType& type) const;
  void reject_read(const Trip& trip, Reason reason);
  void route_all();
  void route_group(const Hierarchy& hierarchy, const MetricSettings& settings,
                   const std::vector<std::uint32_t>& members, int threads,
                   std::span<const std::uint32_t> link_ms, std::vector<std::vector<LinkId>>& found);
  std::vector<LinkId> links_to_pass(const TripDraft& draft) const;
  MetricSettings metric_settings(const TripDraft& draft) const;

  const Network& network_;
  DemandOptions options_;
  RoadGraph graph_;
  double fastest_limit_mps_ = 0;
  Names<LinkId> links_;
  mutable Names<LaneId> lanes_;
  mutable Names<JunctionId> junctions_;
  mutable Names<std::uint32_t> stops_;
  std::vector<VehicleType> types_;
  Names<TypeId> named_types_;
  std::vector<Route> routes_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> route_by_hash_;
  std::unordered_map<std::uint64_t, std::optional<Reason>> checked_routes_;  // by (route, class, ignoring)
  std::vector<TripDraft> drafts_;
  std::pmr::monotonic_buffer_resource id_memory_;  // of these two, which only grow
  std::pmr::unordered_set<std::uint64_t> keys_{&id_memory_};
  std::pmr::unordered_set<std::pmr::string> ids_{&id_memory_};
  std::vector<std::unique_ptr<TripEnds>> ends_;
  std::vector<RejectedTrip> rejected_;
  std::vector<Problem> problems_;
  std::unordered_set<std::string> noted_;
  std::uint64_t read_ = 0;
};

/// Seconds as a user wrote them: whole where they are.
std::string seconds_text(double s);

}  // namespace arterial
