// arterial import SOURCE... -o city.arnet | arterial import scenario.sumocfg -o FOLDER
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "gis/junction_review_files.h"
#include "gis/network_summary.h"
#include "gis/reader.h"
#include "gis/suggest_mapping.h"
#include "gis/sumo_scenario.h"
#include "sim/model/atomic_file.h"

namespace {

void report(const arterial::Network& network, bool json, const std::string& written) {
  const arterial::NetworkSummary summary = arterial::summary_of(network);
  std::string account;  // what an import by a mapping read, layer by layer
  for (const arterial::Problem& problem : network.problems)
    if (problem.code == "layer_read") account += "  " + problem.words + "\n";
  const std::string text =
      json ? summary_json(summary, network, true)
           : summary_text(summary, true) + account + overrides_text(network) + "wrote " + written + "\n";
  std::fputs(text.c_str(), stdout);
  if (std::fflush(stdout) != 0)
    throw arterial::InputError("standard output", "", "cannot be written", "Free some space");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is an error of its write, with a message
  CLI::App app("Makes a network (or, from a SUMO configuration, a whole scenario) of a map.",
               "arterial import");
  std::vector<std::string> sources;
  std::string out, review;
  arterial::ImportOptions options;
  bool json = false, skip_missing = false, suggest_mapping = false, left_hand = false, right_hand = false;
  app.add_option("source", sources,
                 "OpenStreetMap, SUMO net or .sumocfg, GMNS folder, TNTP network, GIS data")
      ->required();
  app.add_option("-o,--output", out, "The .arnet file; for a .sumocfg the folder of the scenario");
  app.add_option("--additional", options.additional,
                 "SUMO additional files: signal programs, stops, detectors")
      ->delimiter(',');
  app.add_option("--overrides", options.overrides,
                 "Repairs of the map by source id: joins, splits, lanes, turns, signals (docs/OVERRIDES.md)");
  app.add_option("--review", review,
                 "Folder for the list of doubtful junctions (review.csv, review.geojson)");
  app.add_option("--mapping", options.mapping, "Which layer and field means what (docs/MAPPING.md)");
  app.add_flag("--suggest-mapping", suggest_mapping,
               "Writes a first mapping for GIS data, to -o or standard output");
  app.add_option("--country", options.country,
                 "ISO 3166 code, for speeds and rules that OpenStreetMap leaves open");
  app.add_flag("--left-hand", left_hand, "Traffic keeps left");
  app.add_flag("--right-hand", right_hand, "Traffic keeps right")->excludes("--left-hand");
  app.add_flag("--skip-missing", skip_missing,
               "Leaves out files that a .sumocfg names and that are not there");
  app.add_flag("--json", json, "The report for machines");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (suggest_mapping) {
      const std::string mapping = arterial::suggest_mapping(sources);
      if (out.empty())
        std::fputs(mapping.c_str(), stdout);
      else
        arterial::write_file_atomically(out, mapping);
      return 0;
    }
    if (out.empty())
      throw arterial::InputError("import", "-o", "is missing", "Say where the network goes: -o city.arnet");
    if (left_hand || right_hand) options.left_hand = left_hand ? 1 : 0;
    if (sources.size() == 1 && options.mapping.empty() &&
        arterial::kind_of_source(sources.front()) == arterial::SourceKind::kSumoConfiguration) {
      if (!options.additional.empty())
        throw arterial::InputError(sources.front(), "--additional",
                                   "a configuration names its additional files itself",
                                   "Leave the option out");
      if (!options.overrides.empty())
        throw arterial::InputError(options.overrides, "--overrides",
                                   "a configuration's net is taken as it is", "Leave the option out");
      const arterial::SumoImport import =
          arterial::import_sumo_configuration(sources.front(), out, skip_missing);
      report(import.network, json,
             out + "/scenario.yaml with city.arnet and " + std::to_string(import.demand_files.size()) +
                 " demand files; run it with: arterial run " + out + "/scenario.yaml -o OUT");
      return 0;
    }
    const arterial::Network network = arterial::import_network(sources, options);
    arterial::write_network(network, out);
    if (!review.empty()) arterial::write_junction_review(network, review);
    report(network, json, out);
    return 0;
  } catch (const arterial::InputError& error) {
    std::fprintf(stderr, "arterial import: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arterial import: internal fault: %s\n", error.what());
    return 3;
  }
}
