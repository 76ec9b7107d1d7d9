// arterial export city.arnet|OUT|REPORT|FILE.arfcd -o FILE|FOLDER...: parse, build the layers, the table or
// SUMO's files, write them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "gis/export_layers.h"
#include "gis/export_network.h"
#include "gis/export_styles.h"
#include "gis/export_sumo.h"
#include "gis/problems_geojson.h"
#include "scenarios/program.h"
#include "scenarios/report/result_layers.h"
#include "scenarios/report/run_folder.h"
#include "scenarios/run/arfcd.h"
#include "scenarios/run/trajectory_export.h"
#include "sim/model/atomic_file.h"
#include "sim/model/build_info.h"

namespace {

using namespace arterial;
namespace fs = std::filesystem;

struct Request {
  std::string source, layer, join, network, format;
  std::vector<std::string> files;
};

bool is_folder(const std::string& out) { return out.ends_with('/') || fs::is_directory(out); }

/// A folder or a bare prefix is SUMO's unless a format is named; PREFIX.netccfg and PREFIX.nod.xml say it
/// too.
bool is_sumo(const Request& request, const std::string& out) {
  if (!request.format.empty()) return request.format == "sumo";
  return is_folder(out) || fs::path(out).extension().empty() || out.ends_with(".netccfg") ||
         out.ends_with(".nod.xml");
}

std::string sumo_prefix(const Request& request, const std::string& out) {
  if (is_folder(out)) return (fs::path(out) / fs::path(request.source).stem()).string();
  for (const std::string ending : {".netccfg", ".nod.xml"})
    if (out.ends_with(ending)) return out.substr(0, out.size() - ending.size());
  return out;
}

/// What is wrong with a request is known before anything is read.
void check(const Request& request, bool is_run) {
  if (!request.format.empty() && request.format != "sumo" && !layer_format_named(request.format))
    throw InputError("command line", "--format " + request.format, "is no format",
                     "Use gpkg, fgb, geojson, csv or sumo");
  for (const auto& out : request.files) {
    if (!is_sumo(request, out)) {
      if (out.ends_with(".net.xml") || out.ends_with(".net.xml.gz"))
        throw InputError(out, "", "is made by netconvert, of SUMO plain XML",
                         "Write that with -o PREFIX.netccfg, then run the netconvert command it prints");
      if (request.format.empty()) layer_format(out);
      continue;
    }
    if (is_run)
      throw InputError(out, "", "SUMO plain XML is of a network, and " + request.source + " is a run",
                       "Name its city.arnet, or a file ending in .gpkg, .fgb, .geojson or .csv, or --format");
    if (!request.layer.empty() || !request.join.empty())
      throw InputError("command line", request.layer.empty() ? "--join" : "--layer",
                       "SUMO plain XML is the whole network", "Leave it out");
  }
}

void write_sumo(const Network& network, const std::string& prefix) {
  const fs::path folder = fs::path(prefix).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  const SumoPlainFiles written = write_sumo_plain(network, prefix);
  for (const auto& file : written.files) std::printf("wrote %s\n", file.c_str());
  for (const auto& words : written.left_out) std::printf("left out: %s\n", words.c_str());
  std::printf("a SUMO net of it: %s\n", written.command.c_str());
}

void write_file(const Request& request, const Network& network, const std::vector<VectorLayer>& layers,
                const std::string& file) {
  const auto format =
      request.format.empty() ? layer_format(file) : layer_format_named(request.format).value();
  if (is_folder(file)) {
    for (const auto& written : write_layer_folder(layers, layer_source(network), file, format))
      std::printf("wrote %s\n", written.c_str());
    return;
  }
  const bool problems =
      request.layer == "problems" || (request.layer.empty() && fs::path(file).stem() == "problems");
  // One writer for problems.geojson, here and in `arterial inspect`.
  if (problems && format == LayerFormat::kGeoJson) {
    write_problems_geojson(network, file);
    write_file_atomically(fs::path(file).replace_extension(".qml").string(),
                          qgis_style(problem_layer(network)));
  } else {
    write_layers(layers, layer_source(network), file, request.layer, format);
  }
}

int export_trajectory_files(const Request& request) {
  if (!request.layer.empty() || !request.join.empty() || !request.format.empty())
    throw InputError("command line",
                     !request.layer.empty()  ? "--layer"
                     : !request.join.empty() ? "--join"
                                             : "--format",
                     "trajectories are one table", "Leave it out");
  for (const auto& file : request.files) export_trajectories(request.source, request.network, file);
  return 0;
}

int export_comparison(const Request& request) {
  const std::string path = request.network.empty() ? network_of_comparison(request.source) : request.network;
  const Network network = read_network(path);
  std::vector<VectorLayer> layers{link_layer(network)};
  layers[0].name = "differences";
  layers[0].description = "Links with the differences between two runs, B less A";
  join_csv(layers[0], (fs::path(request.source) / "links_difference.csv").string());
  if (!request.join.empty()) join_csv(layers[0], request.join);
  for (const auto& file : request.files) write_file(request, network, layers, file);
  return 0;
}

int export_all(const Request& request) {
  if (request.source.ends_with(kArfcdEnding)) return export_trajectory_files(request);
  const bool is_run = fs::is_directory(request.source);
  check(request, is_run);
  if (is_run && is_comparison_folder(request.source)) return export_comparison(request);
  RunFolder folder;
  if (is_run) folder = read_run_folder(request.source);
  const std::string path = !request.network.empty() ? request.network
                           : is_run                 ? folder.network_path
                                                    : request.source;
  const Network network = read_network(path);
  std::vector<VectorLayer> layers;
  for (const auto& file : request.files) {
    if (is_sumo(request, file)) {
      write_sumo(network, sumo_prefix(request, file));
      continue;
    }
    if (layers.empty()) {
      layers = is_run ? result_layers(folder, network, link_layer(network)) : network_layers(network);
      if (is_run) layers.push_back(problem_layer(network));
      if (!request.join.empty()) join_csv(layers[0], request.join);
    }
    write_file(request, network, layers, file);
  }
  if (std::fflush(stdout) != 0)
    throw InputError("standard output", "", "cannot be written", "Free some space");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Writes a network as SUMO plain XML, a network or a run as layers for GIS, or the trajectories of a "
      "run "
      "as CSV.",
      "arterial export"};
  Request request;
  app.add_option("source", request.source,
                 "city.arnet, the run folder OUT, the folder of a comparison, or FILE.arfcd")
      ->required();
  app.add_option(
         "-o,--out", request.files,
         "FILE.gpkg (all layers), .fgb, .geojson or .csv (one layer); FOLDER/ or PREFIX for SUMO plain "
         "XML; of trajectories .csv or .csv.gz; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("FILE|FOLDER");
  app.add_option("--format", request.format,
                 "gpkg, fgb, geojson, csv or sumo, whatever the name ends in; with a FOLDER/ a file a layer")
      ->type_name("NAME");
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
