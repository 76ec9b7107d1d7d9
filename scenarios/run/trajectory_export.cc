#include "scenarios/run/trajectory_export.h"

#include <filesystem>

#include "scenarios/run/arfcd.h"
#include "scenarios/run/load_inputs.h"
#include "scenarios/run/stream_file.h"
#include "scenarios/run/trajectory_rows.h"
#include "sim/model/problem.h"

namespace arterial {

void export_trajectories(const std::string& arfcd, const std::string& network_path, const std::string& csv) {
  if (!csv.ends_with(".csv") && !csv.ends_with(".csv.gz"))
    throw InputError(csv, "", "trajectories are exported as CSV", "Give a name that ends in .csv or .csv.gz");
  ArfcdReader reader(arfcd);
  const auto& tables = reader.tables();
  const std::string& path = network_path.empty() ? tables.network_path : network_path;
  // What the file says may be anything, a pipe too.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw InputError(path, "", "is no file, and " + arfcd + " needs its network",
                     "Name the network that was run with --network city.arnet");
  // Places and lane ids come from the network, so it must be the very one.
  if (xxh3_of_file(path) != tables.network_xxh3)
    throw InputError(path, "", "is not the network of " + arfcd + " (what it holds has changed)",
                     "Name the network that was run with --network city.arnet");
  const Network network = read_network(path);
  if (network.lanes.size() != tables.lanes)
    throw InputError(arfcd, "",
                     "speaks of " + std::to_string(tables.lanes) + " lanes, and its network has " +
                         std::to_string(network.lanes.size()),
                     "Run the simulation again with --fcd FILE.arfcd");
  TrajectoryRows rows(network, tables);
  StreamFile out(csv);
  out.buffer() = rows.header();
  TrafficColumns state;
  while (reader.next(state)) rows.write(state, out);
  out.commit();
}

}  // namespace arterial
