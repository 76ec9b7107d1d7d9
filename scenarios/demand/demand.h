#pragma once
// Everything that can be said about who travels, as one Demand: SUMO route files, CSV trips, OD matrices,
// random trips. What is not run is rejected with a reason; nothing is dropped in silence.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/demand.h"
#include "sim/model/network.h"
#include "sim/routing/route_query.h"

namespace arterial {

/// One source of trips. docs/DEMAND.md describes the formats.
struct DemandSource {
  enum class Kind : std::uint8_t {
    kFiles,     // SUMO routes with the additional files they need, in any order, CSV trips or matrices (as
                // below): told by content
    kOdMatrix,  // files[0]: from_zone,to_zone,trips[,type], DTALite's o_zone_id,d_zone_id,volume, TNTP trips
    kRandom,
    kGravity,  // from the zones' residents and jobs: scenarios/demand/gravity.h
  } kind = Kind::kFiles;
  std::vector<std::string> files;
  std::string zones;    // OD: CSV zone,link[,weight]; empty: the zones of the network
  std::string profile;  // OD, gravity: CSV begin_s,end_s,share; empty: even over the run
  std::string
      type;  // OD, gravity, random, CSV trips without a type: a type of the files or a class; empty: car
  std::uint64_t trips = 0;          // random, gravity (0: by the rate)
  double trips_per_resident_h = 0;  // gravity; 0: the usual rate
  double within_s = 0;              // random: depart in this first stretch of the run; 0: in all of it
  double factor = 1;                // OD; 0.9 of a matrix is a subset of 1.0 of it
};

struct DemandOptions {
  double begin_s = 0, end_s = 3600;
  /// Of the demand, not of the run: replicas of a run share one demand, so a run's seed must not change it.
  std::uint64_t seed = 1;
  int threads = 1;
  /// Route choice of OD and random trips: each driver's link times differ by up to this share, by the
  /// driver's key.
  double spread = 0.1;
  int variants = 8;                    // in how many ways
  const TimeProfile* times = nullptr;  // route on these instead of free flow
  /// Refuse more: a line of hostile XML can ask for any number.
  std::uint64_t most_trips = 20'000'000;
};

/// "random:5000", "gravity", "gravity:5000", "gravity:0.2/resident" or the path of a file.
DemandSource demand_source(const std::string& text);

/// Reads and routes. Every trip of the result has a route that its class can drive. Throws InputError.
/// The same for any number of threads.
Demand read_demand(const Network& network, const std::vector<DemandSource>& sources,
                   const DemandOptions& options);

}  // namespace arterial
