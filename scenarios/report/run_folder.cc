#include "scenarios/report/run_folder.h"

#include <cmath>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

#include "gis/yaml_section.h"
#include "scenarios/scenario_file.h"
#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

std::map<std::string, double> numbers_of(const YAML::Node& map, const std::string& prefix = "") {
  std::map<std::string, double> numbers;
  for (const auto& pair : map) {
    const std::string key = prefix + pair.first.Scalar();
    if (pair.second.IsMap()) {
      numbers.merge(numbers_of(pair.second, key + "."));
    } else if (pair.second.IsScalar() && key.find("hash") == std::string::npos) {
      std::string why;
      if (const auto value = parse_number(pair.second.Scalar(), why)) numbers[key] = *value;
    }
  }
  return numbers;
}

}  // namespace

RunFolder read_run_folder(const std::string& path) {
  RunFolder folder;
  folder.path = path;
  while (folder.path.size() > 1 && folder.path.back() == '/') folder.path.pop_back();
  const std::string summary_path = folder.path + "/summary.json";
  if (!std::filesystem::is_directory(folder.path))
    throw InputError(path, "", "is no run folder", "Give the OUT of 'arterial run ... -o OUT'");
  if (!std::filesystem::exists(summary_path))
    throw InputError(path, "", "holds no summary.json: the run did not come to its end",
                     "Finish it: arterial run --resume " + path);
  YamlLimits limits;
  limits.bytes = 256u << 20;
  limits.nodes = 20'000'000;
  const YAML::Node root = load_yaml(summary_path, read_text_file(summary_path, limits.bytes), limits);
  if (!root.IsMap()) throw InputError(summary_path, "", "is no object", "Run the scenario again");
  folder.summary = numbers_of(root);
  if (root["state_hash"] && root["state_hash"].IsScalar()) folder.state_hash = root["state_hash"].Scalar();
  if (const auto list = root["replicas"]; list && list.IsSequence())
    for (const auto& one : list) folder.replicas.push_back(numbers_of(one));
  if (folder.replicas.empty()) folder.replicas.push_back(folder.summary);
  const ScenarioFile scenario = read_scenario_file(folder.path + "/scenario.yaml");
  folder.network_path = scenario.network;
  folder.name = scenario.name;
  return folder;
}

bool is_comparison_folder(const std::string& path) {
  const std::filesystem::path folder(path);
  return std::filesystem::exists(folder / "links_difference.csv") &&
         std::filesystem::exists(folder / "compare.json") &&
         !std::filesystem::exists(folder / "summary.json");
}

std::string network_of_comparison(const std::string& path) {
  const std::string file = (std::filesystem::path(path) / "compare.json").string();
  YamlLimits limits;
  limits.bytes = 16u << 20;
  const YAML::Node root = load_yaml(file, read_text_file(file, limits.bytes), limits);
  const std::string first = root.IsMap() && root["a"] && root["a"].IsScalar() ? root["a"].Scalar() : "";
  if (!std::filesystem::exists(std::filesystem::path(first) / "summary.json"))
    throw InputError(file, "a", "leads to no run folder: " + first.substr(0, 200),
                     "Name the network with --network, or go to the folder where the runs were compared");
  return read_run_folder(first).network_path;
}

LinkResults read_link_results(const RunFolder& folder, const Network& network) {
  LinkResults results;
  for (auto* column :
       {&results.vehicle_m, &results.vehicle_s, &results.time_loss_s, &results.halted_vehicle_s,
        &results.queue_max_m, &results.waiting_end, &results.entered, &results.left})
    column->assign(network.links.size(), 0.0);
  std::unordered_map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < network.links.size(); ++i) by_id.emplace(network.links[i].id, i);
  std::unordered_set<std::string> junctions;
  for (const auto& junction : network.junctions) junctions.insert(junction.id);

  CsvReader csv(folder.path + "/links.csv");
  const auto id = csv.column("link_id"), begin = csv.column("begin_s"), end = csv.column("end_s");
  const auto m = csv.column("vehicle_m"), s = csv.column("vehicle_s"), loss = csv.column("time_loss_s");
  const auto halted = csv.column("halted_vehicle_s"), queue = csv.column("queue_max_m"),
             waiting = csv.column("waiting_end");
  const auto entered = csv.column("entered"), inserted = csv.column("inserted"), left = csv.column("left"),
             arrived = csv.column("arrived");
  double first_s = INFINITY, last_s = -INFINITY;
  const double share = 1.0 / static_cast<double>(folder.replicas.size());
  while (csv.next()) {
    first_s = std::min(first_s, csv.number(begin));
    last_s = std::max(last_s, csv.number(end));
    const auto link = by_id.find(csv.text(id));
    if (link == by_id.end()) {
      const auto& name = csv.text(id);
      if (!junctions.contains(name) && !name.starts_with("junction:")) ++results.links_unknown;
      continue;
    }
    const auto i = link->second;
    const auto value = [&](std::size_t column) {
      const double v = csv.number(column);
      return std::isfinite(v) ? v : 0.0;
    };
    results.vehicle_m[i] += value(m) * share;
    results.vehicle_s[i] += value(s) * share;
    results.time_loss_s[i] += value(loss) * share;
    results.halted_vehicle_s[i] += value(halted) * share;
    results.queue_max_m[i] = std::max(results.queue_max_m[i], value(queue));
    if (csv.number(end) >= last_s) results.waiting_end[i] = value(waiting);
    results.entered[i] += (value(entered) + value(inserted)) * share;
    results.left[i] += (value(left) + value(arrived)) * share;
  }
  results.span_s = last_s > first_s ? last_s - first_s : 0;
  return results;
}

double flow_vph(const LinkResults& results, const Network& network, std::size_t link) {
  const double length_m = network[network.links[link].first_lane].length_m;
  return length_m > 0 && results.span_s > 0 ? results.vehicle_m[link] / length_m / results.span_s * 3600 : 0;
}

double speed_mps(const LinkResults& results, std::size_t link) {
  return results.vehicle_s[link] > 0 ? results.vehicle_m[link] / results.vehicle_s[link] : std::nan("");
}

}  // namespace arterial
