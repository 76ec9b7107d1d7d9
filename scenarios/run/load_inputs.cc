#include "scenarios/run/load_inputs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "scenarios/run/arfcd.h"
#include "scenarios/text.h"
#include "sim/model/build_info.h"
#include "sim/model/problem.h"
#include "sim/model/sim_options.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;

bool has_ending(const std::string& path, std::initializer_list<const char*> endings) {
  for (const auto ending : endings)
    if (path.ends_with(ending)) return true;
  return false;
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = fs::absolute(path, error).lexically_normal();
  return error ? path : whole.string();
}

ScenarioFile scenario_of(const RunRequest& request) {
  if (request.source.empty()) {
    const std::string earlier = request.resume + "/scenario.yaml";
    if (request.resume.empty())
      throw InputError("command line", "", "names neither a scenario nor a network",
                       "Write 'arterial run scenario.yaml -o OUT' or 'arterial run city.arnet --demand "
                       "random:5000 -o OUT'");
    return read_scenario_file(earlier);
  }
  if (has_ending(request.source, {".yaml", ".yml"})) return read_scenario_file(request.source);
  if (has_ending(request.source,
                 {".net.xml", ".net.xml.gz", ".osm", ".osm.pbf", ".gpkg", ".shp", ".sumocfg"}))
    throw InputError(request.source, "", "is a map, not a network",
                     "Import it first: arterial import " + request.source + " -o city.arnet");
  if (!has_ending(request.source, {".arnet"}))
    throw InputError(request.source, "", "is neither a scenario (.yaml) nor a network (.arnet)",
                     "Give one of the two");
  ScenarioFile scenario;
  scenario.network = request.source;
  return scenario;
}

void apply_command_line(const RunRequest& request, ScenarioFile& scenario) {
  for (const auto& spec : sim_option_table()) {
    const auto given = request.options.find(std::string(spec.flag));
    if (given == request.options.end()) continue;
    const std::string wrong = set_option(scenario.options, spec, given->second, scenario.calendar);
    if (!wrong.empty())
      throw InputError("--" + given->first + " " + given->second, "", wrong, std::string(spec.help));
  }
  std::string why;
  if (request.checkpoint_every) {
    const auto value = parse_duration_s(*request.checkpoint_every, why);
    if (!value)
      throw InputError("--checkpoint-every " + *request.checkpoint_every, "", why, "Give a simulated time");
    scenario.outputs.checkpoint_every_s = *value;
  }
  if (request.hash_every) {
    const auto value = parse_count(*request.hash_every, why);
    if (!value) throw InputError("--hash-every " + *request.hash_every, "", why, "Give a number of steps");
    scenario.outputs.hash_every = *value;
  }
  if (!request.demand.empty()) scenario.demand.clear();
  for (const auto& text : request.demand) scenario.demand.push_back(demand_entry(text));
  if (scenario.demand.empty())
    throw InputError(
        scenario.path.empty() ? "command line" : scenario.path, "", "names no demand",
        scenario.path.empty() ? "Add --demand FILE or --demand random:5000" : "Add 'demand: [random: 5000]'");
}

void make_paths_absolute(const RunRequest& request, const std::string& folder, ScenarioFile& scenario) {
  scenario.network = absolute(scenario.network);
  for (auto& entry : scenario.demand) {
    for (auto& path : entry.files) path = absolute(path);
    if (!entry.zones.empty()) entry.zones = absolute(entry.zones);
    if (!entry.profile.empty()) entry.profile = absolute(entry.profile);
  }
  // From a scenario the name counts from the run folder, from the command line it counts from here.
  if (request.fcd)
    scenario.outputs.fcd = request.fcd->empty() ? "" : absolute(*request.fcd);
  else if (!scenario.outputs.fcd.empty() && scenario.outputs.fcd[0] != '/')
    scenario.outputs.fcd = folder + "/" + scenario.outputs.fcd;
  const auto& fcd = scenario.outputs.fcd;
  if (!fcd.empty() && !has_ending(fcd, {".csv", ".csv.gz", kArfcdEnding}))
    throw InputError(fcd, "", "trajectories are written as CSV or as columns",
                     "Give a name that ends in .csv, .csv.gz or .arfcd");
}

/// What decides a result. The end is part of it: trips after it are left out of the demand.
std::string deciding_text(const RunInputs& inputs) {
  std::string text;
  for (const auto& file : inputs.files) text += file.xxh3 + "\n";
  const auto& scenario = inputs.scenario;
  for (const auto& entry : scenario.demand)
    text += std::to_string(static_cast<int>(entry.kind)) + " " + std::to_string(entry.trips) + " " +
            std::to_string(entry.within_s) + " " + fixed(entry.factor, 9) + " " + entry.type +
            (entry.kind == DemandEntry::Kind::kGravity ? " " + fixed(entry.trips_per_resident_h, 9) : "") +
            "\n";
  for (const auto& spec : sim_option_table())
    if (spec.flag != "backend" && spec.flag != "threads")
      text += std::string(spec.flag) + "=" + option_text(scenario.options, spec) + "\n";
  for (const auto& change : scenario.changes) {
    text += change.kind;
    for (const auto& field : change.fields) {
      if (field.key == "note") continue;
      text += " " + field.key;
      for (const auto& value : field.values) text += "," + value;
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string xxh3_of_file(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) throw InputError(path, "", "there is no such file", "Correct the path");
  if (fs::is_directory(path, error))
    throw InputError(path, "", "is a folder, where a file was expected", "Correct the path");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(path, "", "cannot be read", "Check its permissions");
  XXH3_state_t* state = XXH3_createState();
  XXH3_64bits_reset(state);
  std::vector<char> buffer(1 << 18);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
    XXH3_64bits_update(state, buffer.data(), static_cast<std::size_t>(in.gcount()));
  const auto hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return hex64(hash);
}

RunInputs load_inputs(const RunRequest& request) {
  RunInputs inputs;
  inputs.scenario = scenario_of(request);
  inputs.folder = request.out.empty() ? request.resume : request.out;
  if (inputs.folder.empty()) throw InputError("command line", "", "names no run folder", "Add -o OUT");
  if (request.fork && request.resume.empty())
    throw InputError("command line", "--fork", "nothing is resumed",
                     "Name the run to fork with --resume OUT");
  inputs.folder = absolute(inputs.folder);
  while (inputs.folder.size() > 1 && inputs.folder.back() == '/') inputs.folder.pop_back();
  apply_command_line(request, inputs.scenario);
  make_paths_absolute(request, inputs.folder, inputs.scenario);
  const auto& scenario = inputs.scenario;
  check_options(scenario.options, scenario.path.empty() ? "command line" : scenario.path);
  inputs.files.push_back({scenario.network, xxh3_of_file(scenario.network)});
  for (const auto& entry : scenario.demand) {
    for (const auto& path : entry.files) inputs.files.push_back({path, xxh3_of_file(path)});
    for (const auto& path : {entry.zones, entry.profile})
      if (!path.empty()) inputs.files.push_back({path, xxh3_of_file(path)});
  }
  const std::string deciding = deciding_text(inputs);
  inputs.hash = XXH3_64bits(deciding.data(), deciding.size());
  return inputs;
}

std::string manifest_json(const RunInputs& inputs, const Demand& demand, const Network& network) {
  std::string out = "{\n  \"arterial_version\": " + json_string(version()) + ",\n  \"built_in\": {";
  bool first = true;
  for (const auto& part : built_in()) {
    out += (first ? "" : ", ") + json_string(part.name) + ": " + json_string(part.value);
    first = false;
  }
  out += "},\n  \"input_hash\": " + json_string(hex64(inputs.hash)) + ",\n  \"inputs\": [";
  for (std::size_t i = 0; i < inputs.files.size(); ++i)
    out += std::string(i ? "," : "") + "\n    {\"path\": " + json_string(inputs.files[i].path) +
           ", \"xxh3\": " + json_string(inputs.files[i].xxh3) + "}";
  out += "\n  ],\n  \"network\": {\"name\": " + json_string(network.name) +
         ", \"crs\": " + json_string(network.crs) + ", \"source\": " + json_string(network.source) +
         ", \"licence\": " + json_string(network.licence) +
         ", \"attribution\": " + json_string(network.attribution) +
         ", \"links\": " + std::to_string(network.links.size()) +
         ", \"junctions\": " + std::to_string(network.junctions.size()) + "},\n  \"options\": {";
  first = true;
  for (const auto& spec : sim_option_table()) {
    const auto value = option_text(inputs.scenario.options, spec);
    out += (first ? "" : ", ") + json_string(spec.key) + ": " +
           (spec.unit == OptionUnit::kBackend ? json_string(value) : value);
    first = false;
  }
  out += "},\n  \"vehicle_types\": [";
  for (std::size_t i = 0; i < demand.types.size(); ++i) {
    const auto& type = demand.types[i];
    out += std::string(i ? "," : "") + "\n    {\"id\": " + json_string(type.id) +
           ", \"class\": " + json_string(name_of(type.vehicle_class)) +
           ", \"model\": " + (type.model == FollowingModel::kIdm ? "\"idm\"" : "\"krauss\"") +
           ", \"length_m\": " + fixed(type.length_m, 4) + ", \"width_m\": " + fixed(type.width_m, 4) +
           ", \"min_gap_m\": " + fixed(type.min_gap_m, 4) +
           ", \"max_speed_mps\": " + fixed(type.max_speed_mps, 4) +
           ", \"accel_mps2\": " + fixed(type.accel_mps2, 4) +
           ", \"decel_mps2\": " + fixed(type.decel_mps2, 4) +
           ", \"emergency_decel_mps2\": " + fixed(type.emergency_decel_mps2, 4) +
           ", \"tau_s\": " + fixed(type.tau_s, 4) + ", \"sigma\": " + fixed(type.sigma, 4) + "}";
  }
  out += "\n  ],\n  \"scenario_resolved\": " + json_string(resolved_yaml(inputs.scenario)) +
         ",\n  \"scenario_as_given\": " + json_string(inputs.scenario.text) + "\n}\n";
  return out;
}

}  // namespace arterial
