#pragma once
// From a request to everything a simulation is made of.
#include <string>
#include <vector>

#include "scenarios/run/run.h"

namespace arterial {

struct InputFile {
  std::string path, xxh3;
};

struct RunInputs {
  ScenarioFile scenario;  // with the command line's values, paths absolute
  std::string folder;     // the run folder, without a slash at the end
  std::vector<InputFile> files;
  std::uint64_t hash = 0;  // of everything that decides the result; not of machine or outputs
};

/// Scenario and command line joined and checked; files hashed. Does not read network or demand.
RunInputs load_inputs(const RunRequest& request);

std::string manifest_json(const RunInputs& inputs, const Demand& demand, const Network& network);

/// 16 hexadecimal digits. Throws InputError where the file cannot be read.
std::string xxh3_of_file(const std::string& path);

}  // namespace arterial
