// arterial inspect city.arnet [--json] [--quality] [--tables DIR] [--junction ID -o FILE.png]
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "gis/junction_review_files.h"
#include "gis/network_summary.h"
#include "gis/network_tables.h"
#include "gis/problems_geojson.h"
#include "gis/projection.h"
#include "scenarios/map/junction_picture.h"
#include "scenarios/quality/quality.h"

namespace {

/// Writes its files; the words for the terminal.
std::string report_quality(const arterial::Network& network, const std::string& folder) {
  const arterial::Quality quality = arterial::quality_of(network);
  arterial::write_problems_geojson(network, folder + "/problems.geojson");
  arterial::write_junction_review(network, folder);
  arterial::write_quality_report(network, quality, arterial::lonlat_of(network), folder);
  return arterial::quality_text(quality);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is an error of its write, with a message
  CLI::App app("Says what a network file holds.", "arterial inspect");
  std::string path, tables, junction, title, picture;
  double width_m = 0;
  bool json = false, quality = false;
  app.add_option("network", path, "An .arnet file")->required();
  app.add_flag("--json", json, "For machines");
  app.add_flag(
      "--quality", quality,
      "A score and what a planner would send back; writes quality.html, quality.geojson, quality.png, "
      "problems.geojson and the list of doubtful junctions (review.csv, review.geojson) beside the "
      "tables or the network");
  app.add_option("--tables", tables, "Folder for lanes, connections, conflicts and programs as CSV");
  CLI::Option* wanted =
      app.add_option("--junction", junction, "Draws the junction with this id, or with this source node");
  app.add_option("-o,--output", picture, "The picture, a .png")->needs(wanted);
  app.add_option("--width", width_m, "Metres that the picture shows from left to right")->needs(wanted);
  app.add_option("--title", title, "Words over the picture")->needs(wanted);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const arterial::Network network = arterial::read_network(path);
    if (!junction.empty()) {
      if (picture.empty())
        throw arterial::InputError(path, "--junction", "the picture has no name", "Add -o FILE.png");
      arterial::JunctionPicture wanted_picture{&network, find_junction(network, junction, path), width_m,
                                               title};
      arterial::draw_junction_png(wanted_picture, picture);
      return 0;
    }
    const arterial::NetworkSummary summary = arterial::summary_of(network);
    if (!tables.empty()) arterial::write_network_tables(network, tables);
    std::string words;
    if (quality) {
      const std::string folder = tables.empty() ? std::filesystem::path(path).parent_path().string() : tables;
      words = report_quality(network, folder.empty() ? "." : folder);
    }
    std::string text = json ? summary_json(summary, network, quality) : summary_text(summary, quality);
    if (!json) text += words;
    std::fputs(text.c_str(), stdout);
    if (std::fflush(stdout) != 0)
      throw arterial::InputError("standard output", "", "cannot be written", "Free some space");
    return 0;
  } catch (const arterial::InputError& error) {
    std::fprintf(stderr, "arterial inspect: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arterial inspect: internal fault: %s\n", error.what());
    return 3;
  }
}
