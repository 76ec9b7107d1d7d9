#pragma once
// What to run: time, step, seed, outputs and the changes over the base network. Read from YAML by
// scenarios/scenario_file.h; handed to the engine as a value.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

enum class Backend : std::uint8_t { kAuto, kCpu, kCuda };

/// No run begins, ends or lets anybody depart later: the clock counts milliseconds in 32 bits.
constexpr double kLatest_s = 22 * 86400.0;

/// Every number here is declared once, with unit, range and help, in sim/model/sim_options.h.
struct SimOptions {
  double begin_s = 0, end_s = 3600;
  double step_s = 1.0;
  double warm_up_s = 0;  // results before begin + warm_up are left out
  std::uint64_t seed = 1;
  Backend backend = Backend::kAuto;
  int threads = 0;  // 0: all cores
  int replicas = 1;
  double interval_s = 900;     // of links.csv, movements.csv, detectors.csv
  double reroute_share = 0.0;  // of drivers who reroute on measured times
  double reroute_period_s = 300;
  double departure_choice_s =
      20;  // between two looks at the measured times by trips that choose at departure; 0: never
  double remove_after_s = 0;       // remove a vehicle that stood this long for no stop or signal; 0: never
  double jam_after_s = 120;        // a standing vehicle joins the search for blocker cycles after this
  double impatience_after_s = 20;  // a yielding driver's rank begins to rise after waiting this long
  double demand_factor = 1.0;
};

enum class ChangeKind : std::uint8_t {
  kCloseLink,
  kCloseLane,
  kSpeedLimit,
  kPermissions,
  kSignalProgram,
  kSignalOffset,
  kTurnBan,
  kDemandFactor,
  kIncident
};

/// One edit over the base, in force in [begin_s, end_s). The fields that a kind does not use stay at their
/// default.
struct Change {
  ChangeKind kind = ChangeKind::kCloseLink;
  double begin_s = 0, end_s = 1e18;
  LinkId link;            // close link, speed limit (all lanes), turn ban (from)
  LinkId to_link;         // turn ban
  LaneId lane;            // close lane, incident, speed limit and permissions of one lane
  double speed_mps = 0;   // speed limit
  ClassMask allowed = 0;  // permissions
  SignalId signal;        // program and offset
  std::uint32_t program = 0;
  double offset_s = 0;
  double factor = 1;               // demand factor (by departure time)
  double pos_m = 0, length_m = 0;  // incident: blocked [pos, pos + length)
};

}  // namespace arterial
