#pragma once
// `arterial check city.arnet`: drives a light traffic of random trips through a network, so light that every
// place should carry it, and names the places where it does not: where the map makes the jam, and not the
// traffic.
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/place.h"
#include "scenarios/run/run.h"

namespace arterial {

struct CheckRequest {
  std::string network;
  std::string out;                   // folder for findings.csv, findings.geojson and map.png; empty: none
  double vehicles_per_lane_km = 10;  // that depart within the first hour
  int threads = 0;                   // 0: all cores
  bool json = false, quiet = false;
};

enum class FindingKind : std::uint8_t {
  kViolation,     // a violation counter is not zero
  kLastingJam,    // vehicles that block each other in a circle, to the end
  kNobodyLeaves,  // vehicles stood at the end of a link for a whole interval, and nobody left
  kNotEntered,    // trips that still wait to depart at the end
  kSlow,          // long delays at a place whose lanes and control could carry at least twice what came
  kBusy,  // long delays where the traffic fills the place; no fault of the map, and none of the check's
};
/// Stable, for files: "lasting_jam".
const char* name_of(FindingKind kind);
inline bool is_fault(FindingKind kind) { return kind != FindingKind::kBusy; }

struct Finding {
  FindingKind kind = FindingKind::kSlow;
  Point at;
  std::string junction_id, from_link, to_link;  // source ids are within; empty where there is none
  double lost_h = 0;                            // vehicle hours, what the list is ranked by
  std::string words;
};

struct CheckResult {
  Ledger ledger;
  Violations violations;
  double lane_km = 0;             // open to cars
  std::vector<Finding> findings;  // worst first, faults before busy places
  std::vector<double> lost_h;     // by LinkId, vehicle hours; NaN where nobody drove
  bool sound() const;             // no fault
};

/// Departures in the first hour, results to the end of the second. The same for any number of threads.
CheckResult check_network(const Network& network, const CheckRequest& request, const RunTools& tools);

/// The findings in finished tables, in that order.
std::vector<Finding> findings_in(const Network& network, const ResultTables& tables, const Ledger& ledger,
                                 const Violations& violations);

std::string findings_csv(const CheckResult& result, const ToLonLat& to_lonlat);
std::string findings_geojson(const Network& network, const CheckResult& result, const ToLonLat& to_lonlat);

/// Returns an ExitCode: kViolated where there is a fault. Throws InputError.
int check(const CheckRequest& request, const RunTools& tools,
          const std::function<ToLonLat(const Network&)>& to_lonlat_of, std::ostream& out);

}  // namespace arterial
