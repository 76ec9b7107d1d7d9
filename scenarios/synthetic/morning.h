#pragma once
// A morning of an invented (or any zoned) city: people leave home for work, nearer jobs before farther ones,
// a few vans, trucks and bicycles among them, and through traffic from gate to gate at the edge of the map.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/demand.h"
#include "sim/model/network.h"

namespace arterial {

struct MorningOptions {
  std::uint64_t seed = 1;
  std::uint64_t trips = 52'000;
  double begin_s = 6 * 3600, end_s = 10 * 3600;  // of departures
  /// Half as many people take a job this far away as one next door.
  double half_distance_m = 700;
};

struct ProfilePart {
  double begin_s = 0, end_s = 0, share = 0;  // shares sum to 1
};

/// Departures in 16 parts: rising to a peak a little before the middle, falling more slowly.
std::vector<ProfilePart> morning_profile(double begin_s, double end_s);

/// Trips without routes, sorted by (depart_s, key); types by class. Zones without residents, jobs or usable
/// links take no part. Same network and options, same demand. Throws std::invalid_argument where no zone can
/// send or take.
Demand draw_morning(const Network& network, const MorningOptions& options);

/// Files that any run takes: trip_id,depart_s,from_link,to_link,type; and the same traffic as a matrix with
/// zones and a profile (from_zone,to_zone,trips,type; zone,link; begin_s,end_s,share).
std::string trips_csv(const Network& network, const Demand& demand);
std::string od_csv(const Network& network, const Demand& demand);
std::string zones_csv(const Network& network);
std::string profile_csv(const std::vector<ProfilePart>& profile);

}  // namespace arterial
