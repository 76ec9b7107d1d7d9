#pragma once
// Who travels: vehicle types, routes and trips. Sources (SUMO routes, CSV, OD matrices, random) are readers
// in scenarios/demand; the engine sees only this.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/ids.h"
#include "sim/model/problem.h"
#include "sim/model/vehicle_class.h"

namespace arterial {

enum class FollowingModel : std::uint8_t { kKrauss, kIdm };

/// Of Arterial's own types: a start-up lost time of 2 s (Highway Capacity Manual) less what acceleration
/// takes.
constexpr double kUsualStartupDelay_s = 1.6;

/// Defaults are SUMO's passenger car. Sources of the laws: docs/MODELS.md.
struct VehicleType {
  std::string id;
  VehicleClass vehicle_class = VehicleClass::kCar;
  FollowingModel model = FollowingModel::kKrauss;
  double length_m = 5, width_m = 1.8, min_gap_m = 2.5;
  double max_speed_mps = 55.56, accel_mps2 = 2.6, decel_mps2 = 4.5, emergency_decel_mps2 = 9.0;
  double sigma = 0.5;  // Krauss: driver imperfection, 0 to 1
  double tau_s = 1.0;  // desired time headway
  double startup_delay_s =
      0;  // the first at a signal hesitates so long after green begins; SUMO's drivers do not
  double idm_delta = 4.0;
  double speed_factor_mean = 1.0, speed_factor_deviation = 0.1, speed_factor_min = 0.2,
         speed_factor_max = 2.0;
  double impatience = 0.0;
  bool ignores_permissions = false;  // SUMO's class "ignoring": may use every open lane

  friend bool operator==(const VehicleType&, const VehicleType&) = default;
  double lc_cooperative = 1.0, lc_speed_gain = 1.0, lc_keep_right = 1.0, lc_strategic = 1.0;
};

enum class DepartLane : std::uint8_t { kFirst, kIndex, kFree, kAllowed, kBest, kRandom };
enum class DepartPos : std::uint8_t { kValue, kBase, kFree, kRandom, kRandomFree, kLast };
enum class DepartSpeed : std::uint8_t { kValue, kMax, kDesired, kSpeedLimit, kRandom, kLast, kAverage };

struct TripStop {
  LaneId lane;
  double pos_m = 0;       // front bumper
  double duration_s = 0;  // at least this long
  double until_s = -1;    // and not before this time; negative: not stated
  bool parking = false;   // leaves the lane while stopped
};

struct Trip {
  std::string id;
  std::uint64_t key = 0;  // hash of (source id, copy number); unique
  TypeId type;
  double depart_s = 0;
  RouteId route;                      // none: route from `from` over `via` to `to`
  bool chooses_at_departure = false;  // takes the way that is quickest when it departs, by measured times
  LinkId from, to;
  std::vector<LinkId> via;
  DepartLane depart_lane = DepartLane::kBest;
  std::uint16_t depart_lane_index = 0;
  DepartPos depart_pos = DepartPos::kBase;
  double depart_pos_m = 0;  // negative counts from the end
  DepartSpeed depart_speed = DepartSpeed::kValue;
  double depart_speed_mps = 0;
  double arrival_pos_m = -1;  // negative counts from the end; -1 with arrival_pos_stated false: the end
  bool arrival_pos_stated = false;
  std::uint32_t first_stop = 0, stop_count = 0;  // run of Demand::stops
};

struct RejectedTrip {
  std::string id;
  double depart_s = 0;
  std::string reason;  // short and stable: "before_begin", "no_route", "class_forbidden", ...
  std::string words;
};

struct Route {
  std::vector<LinkId> links;
};

struct Demand {
  std::vector<VehicleType> types;
  std::vector<Route> routes;
  std::vector<TripStop> stops;
  std::vector<Trip> trips;  // sorted by (depart_s, key)
  std::vector<RejectedTrip> rejected;
  std::uint64_t read = 0;         // trips seen in the sources: trips.size() + rejected.size()
  std::vector<Problem> problems;  // what was guessed or left out of the sources; object_id: a type or a trip
};

}  // namespace arterial
