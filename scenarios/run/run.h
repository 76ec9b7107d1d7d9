#pragma once
// One call from a request to a run folder (docs/RUN_FOLDER.md). arterial-run is this and nothing more.
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario_file.h"
#include "sim/engine/simulation.h"

namespace arterial {

enum ExitCode : int { kDone = 0, kViolated = 1, kBadInput = 2, kInternalFault = 3, kStoppedBySignal = 4 };

/// As the command line says it. What is absent keeps the scenario file's value.
struct RunRequest {
  std::string source;               // scenario.yaml or city.arnet; empty with `resume`: as it was run
  std::vector<std::string> demand;  // FILE or random:TRIPS; replaces the scenario's
  std::string out;                  // run folder; empty with `resume`: that folder
  std::map<std::string, std::string> options;  // by OptionSpec::flag: "step" -> "0.5"
  std::optional<std::string> checkpoint_every, hash_every, fcd;
  std::string resume;  // run folder whose newest good checkpoint to continue
  bool fork = false;   // allow changed inputs
  bool json = false, quiet = false;
  bool progress = false;  // draw a progress bar on `err`
};

/// What a run is made with: the engine and the readers, or fakes in tests.
struct RunTools {
  std::function<Network(const std::string& path)> read_network;
  std::function<Demand(const std::vector<DemandEntry>&, const Network&, const SimOptions&)> read_demand;
  std::function<std::unique_ptr<Simulation>(SimulationInput)> make;
  std::function<std::unique_ptr<Simulation>(SimulationInput, const std::string& path, bool fork,
                                            std::string& extra)>
      resume;
  /// `arterial export SOURCE -o FILE...`: the layers that need GDAL. Returns what went wrong, in words;
  /// absent: none made.
  std::function<std::string(const std::string& source, const std::vector<std::string>& files)> export_layers;
};

/// Returns an ExitCode. Throws InputError for bad input.
int run(const RunRequest& request, const RunTools& tools, std::ostream& out, std::ostream& err);

}  // namespace arterial
