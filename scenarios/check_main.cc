// arterial check: parse, then one library call.
#include <CLI/CLI.hpp>

#include "gis/projection.h"
#include "scenarios/check/check.h"
#include "scenarios/program.h"
#include "scenarios/run/local_tools.h"
#include "sim/model/build_info.h"

int main(int argc, char** argv) {
  using namespace arterial;
  CLI::App app{
      "Drives a light traffic of random trips through a network and names the places where the map makes a "
      "jam, "
      "not the traffic. Exit code 1 where there is such a place.",
      "arterial check"};
  CheckRequest request;
  app.add_option("network", request.network, "an .arnet file")->required();
  app.add_option("-o,--out", request.out, "folder for findings.csv, findings.geojson and map.png");
  app.add_option("--vehicles-per-lane-km", request.vehicles_per_lane_km,
                 "that depart within the first hour, of lanes open to cars")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  app.add_option("--threads", request.threads, "0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--json", request.json, "the findings for machines");
  app.add_flag("-q,--quiet", request.quiet, "print nothing but faults");
  app.set_version_flag("--version", version());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return guarded_main("arterial check", [&] { return check(request, local_tools(), lonlat_of, std::cout); });
}
