#include "scenarios/run/local_tools.h"

#include <algorithm>
#include <thread>

#include "scenarios/demand/demand.h"
#include "scenarios/sibling.h"

namespace arterial {
namespace {

DemandSource source_of(const DemandEntry& entry) {
  DemandSource source;
  switch (entry.kind) {
    case DemandEntry::Kind::kFile: source.kind = DemandSource::Kind::kFiles; break;
    case DemandEntry::Kind::kOdMatrix: source.kind = DemandSource::Kind::kOdMatrix; break;
    case DemandEntry::Kind::kGravity: source.kind = DemandSource::Kind::kGravity; break;
    case DemandEntry::Kind::kRandom: source.kind = DemandSource::Kind::kRandom; break;
  }
  source.files = entry.files;
  source.zones = entry.zones;
  source.profile = entry.profile;
  source.type = entry.type;
  source.trips = entry.trips;
  source.trips_per_resident_h = entry.trips_per_resident_h;
  source.within_s = entry.within_s;
  source.factor = entry.factor;
  return source;
}

Demand demand_of(const std::vector<DemandEntry>& entries, const Network& network, const SimOptions& options) {
  std::vector<DemandSource> sources;
  // SUMO's files belong together: the routes of one use the types of another.
  for (const auto& entry : entries) {
    auto source = source_of(entry);
    if (source.kind == DemandSource::Kind::kFiles && !sources.empty() &&
        sources.back().kind == DemandSource::Kind::kFiles)
      sources.back().files.insert(sources.back().files.end(), source.files.begin(), source.files.end());
    else
      sources.push_back(std::move(source));
  }
  DemandOptions demand;
  demand.begin_s = options.begin_s;
  demand.end_s = options.end_s;
  // The seed of the demand stays: replica r of seed S equals seed S + r alone, and both share one demand.
  demand.threads = options.threads > 0 ? options.threads
                                       : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return read_demand(network, sources, demand);
}

}  // namespace

RunTools local_tools() {
  RunTools tools;
  tools.read_network = [](const std::string& path) { return read_network(path); };
  tools.read_demand = demand_of;
  tools.make = make_local_simulation;
  tools.resume = resume_local_simulation;
  tools.export_layers = [](const std::string& source, const std::vector<std::string>& files) {
    std::vector<std::string> arguments{source};
    for (const auto& file : files) {
      arguments.emplace_back("-o");
      arguments.push_back(file);
    }
    return run_sibling("export", arguments);
  };
  return tools;
}

}  // namespace arterial
