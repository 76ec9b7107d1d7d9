// arterial export city.arnet|OUT|FILE.arfcd -o FILE...: parse, build the layers or the table, write them.
#include <CLI/CLI.hpp>
#include <filesystem>

#include "gis/export_layers.h"
#include "gis/export_network.h"
#include "gis/export_sumo.h"
#include "gis/problems_geojson.h"
#include "scenarios/program.h"
#include "scenarios/report/result_layers.h"
#include "scenarios/report/run_folder.h"
#include "scenarios/run/arfcd.h"
#include "scenarios/run/trajectory_export.h"
#include "sim/model/build_info.h"

namespace {

using namespace arterial;

struct Request {
  std::string source, layer, join, network, format;
  std::vector<std::string> files;
};

int export_all(const Request& request) {
  if (request.source.ends_with(kArfcdEnding)) {
    if (!request.layer.empty() || !request.join.empty())
      throw InputError("command line", request.layer.empty() ? "--join" : "--layer",
                       "trajectories are one table", "Leave it out");
    for (const auto& file : request.files) export_trajectories(request.source, request.network, file);
    return 0;
  }
  if (request.format == "sumo") {
    for (const auto& file : request.files) {
      const SumoPlainFiles written = write_sumo_plain(read_network(request.source), file);
      for (const auto& words : written.left_out) std::printf("left out: %s\n", words.c_str());
      std::printf("%s\n", written.command.c_str());
    }
    return 0;
  }
  for (const auto& file : request.files)
    layer_format(file);  // a wrong ending is known before anything is read
  const bool is_run = std::filesystem::is_directory(request.source);
  RunFolder folder;
  if (is_run) folder = read_run_folder(request.source);
  const std::string path = !request.network.empty() ? request.network
                           : is_run                 ? folder.network_path
                                                    : request.source;
  const Network network = read_network(path);
  std::vector<VectorLayer> layers =
      is_run ? result_layers(folder, network, link_layer(network)) : network_layers(network);
  if (is_run) layers.push_back(problem_layer(network));
  if (!request.join.empty()) join_csv(layers[0], request.join);
  for (const auto& file : request.files) {
    const bool problems = request.layer == "problems" ||
                          (request.layer.empty() && std::filesystem::path(file).stem() == "problems");
    // One writer for problems.geojson, here and in `arterial inspect`.
    if (problems && layer_format(file) == LayerFormat::kGeoJson)
      write_problems_geojson(network, file);
    else
      write_layers(layers, layer_source(network), file, request.layer);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Writes a network or a run as layers for GIS, or the trajectories of a run as CSV.",
               "arterial export"};
  Request request;
  app.add_option("source", request.source, "city.arnet, the run folder OUT, or FILE.arfcd")->required();
  app.add_option("-o,--out", request.files,
                 "FILE.gpkg (all layers), .fgb, .geojson or .csv (one layer); of trajectories .csv or "
                 ".csv.gz; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_option("--format", request.format, "")->type_name("NAME");
  app.add_option("--layer", request.layer,
                 "which layer; left out: the one the file is named after, else links")
      ->type_name("NAME");
  app.add_option("--join", request.join, "add the columns of a CSV file to the links, by link_id")
      ->type_name("FILE.csv");
  app.add_option("--network", request.network,
                 "the network of a run, or of trajectories, whose own has moved")
      ->type_name("city.arnet");
  app.set_version_flag("--version", version());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return guarded_main("arterial export", [&] { return export_all(request); });
}
