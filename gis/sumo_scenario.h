#pragma once
// A SUMO configuration (.sumocfg) with everything it names, brought over in one step: network, demand and a
// scenario file that runs the same hours.
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

struct SumoConfiguration {
  std::string path, net;
  std::vector<std::string> routes,
      additional;                              // joined with the folder of the configuration, in SUMO's order
  double begin_s = 0, end_s = -1, step_s = 1;  // end negative: SUMO stops when the last vehicle has left
  std::string seed;                            // as written; empty: not stated
  double reroute_share = 0, reroute_period_s = 0;
  bool departure_choice = true;          // routes of trips by the speeds when they depart
  std::vector<std::string> not_carried;  // options that have no counterpart here
};

/// Throws InputError where the configuration cannot be read or names no net.
SumoConfiguration read_sumo_configuration(const std::string& path);

struct SumoImport {
  Network network;
  std::vector<std::string> demand_files;  // under the folder, in load order
  std::vector<std::string> missing;       // named by the configuration, left out on request
  double end_s = 0;
};

/// Writes FOLDER/city.arnet, FOLDER/demand/* and, last, FOLDER/scenario.yaml. A file that the configuration
/// names and that is not there is an InputError, unless `skip_missing`.
SumoImport import_sumo_configuration(const std::string& path, const std::string& folder, bool skip_missing);

}  // namespace arterial
