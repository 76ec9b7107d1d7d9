#pragma once
// A finished run folder, read back: for comparison, export and whoever comes later.
#include <map>
#include <string>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

struct RunFolder {
  std::string path, network_path, name;
  /// Numbers of summary.json; "violations.red" for what is nested.
  std::map<std::string, double> summary;
  std::vector<std::map<std::string, double>> replicas;  // at least one
  std::string state_hash;
};
/// Throws InputError where it is no finished run.
RunFolder read_run_folder(const std::string& path);

/// Whether a folder is what `arterial compare` left, and the network of its first run, which the path in
/// compare.json leads to. Throws InputError where that has moved.
bool is_comparison_folder(const std::string& path);
std::string network_of_comparison(const std::string& path);

/// links.csv of all replicas, by link of the network: means over replicas, over the whole run.
struct LinkResults {
  std::vector<double> vehicle_m, vehicle_s, time_loss_s, halted_vehicle_s, queue_max_m, waiting_end, entered,
      left;
  double span_s = 0;
  std::size_t links_unknown = 0;  // rows of links that this network does not have
};
LinkResults read_link_results(const RunFolder& folder, const Network& network);

double flow_vph(const LinkResults& results, const Network& network, std::size_t link);
double speed_mps(const LinkResults& results, std::size_t link);  // NaN where nobody drove

}  // namespace arterial
