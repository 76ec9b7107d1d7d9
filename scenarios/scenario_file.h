#pragma once
// The scenario file: YAML, strict. A misspelt key, a wrong unit, a key given twice or an object that the
// network does not have is an InputError with file, line, column and the nearest valid word.
// docs/SCENARIO_FILE.md shows every key.
//
// Reading has two parts, because changes name objects of a network that the file itself names:
//   ScenarioFile scenario = read_scenario_file("morning.yaml");
//   Network network = read_network(scenario.network);
//   std::vector<Change> changes = resolve_changes(scenario, network);
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/file_place.h"
#include "sim/model/network.h"
#include "sim/model/quantity.h"
#include "sim/model/scenario.h"

namespace arterial {

/// One source of trips, as written; scenarios/demand reads it.
struct DemandEntry {
  enum class Kind : std::uint8_t { kFile, kOdMatrix, kRandom, kGravity } kind = Kind::kFile;
  std::vector<std::string>
      files;                   // SUMO routes (with the additional files they need, types first) or CSV trips
  std::string zones, profile;  // OD matrix: polygons or link lists, departure profile; may be empty
  std::string type;            // vehicle type of OD, gravity and random trips; empty: the default car
  std::uint64_t trips = 0;     // random, gravity (0: by the rate)
  double trips_per_resident_h = 0;  // gravity; 0: the usual rate
  double within_s = 0;              // random: depart in this first stretch of the run; 0: in all of it
  double factor = 1;                // OD
  FilePlace place;
};

struct RunOutputs {
  std::string fcd;                // empty: none. From a file: relative to the run folder
  std::uint64_t hash_every = 0;   // steps; 0: no hashes.csv
  double checkpoint_every_s = 0;  // simulated time; 0: only when stopped by a signal
  bool map = true, report = true, geopackage = true;
};

/// One entry of `changes`, not yet looked up in a network. `fields` keep the order of the file.
struct ChangeEntry {
  struct Field {
    std::string key;
    std::vector<std::string> values;  // one, or the items of a list
    bool is_list = false;
    FilePlace place;
  };
  std::string kind;  // "close_link"
  std::vector<Field> fields;
  FilePlace place;
};

struct ScenarioFile {
  std::string path, text;  // as read, for the manifest
  std::string name;
  std::string network;  // path, joined with the folder of the file
  FilePlace network_place;
  std::vector<DemandEntry> demand;
  SimOptions options;
  RunOutputs outputs;
  std::vector<ChangeEntry> changes;
  Calendar calendar;
};

ScenarioFile read_scenario_file(const std::string& path);
ScenarioFile parse_scenario(const std::string& path, const std::string& text);

/// In the order of the file; one entry may become several changes (lanes, links of one source feature).
std::vector<Change> resolve_changes(const ScenarioFile& scenario, const Network& network);

/// The scenario with every default filled in, as a scenario file that gives the same run.
std::string resolved_yaml(const ScenarioFile& scenario);

/// "random:5000", "gravity" or a path, as `--demand` takes it. Throws InputError.
DemandEntry demand_entry(const std::string& text);

}  // namespace arterial
