// arterial compare: parse, then one library call.
#include <CLI/CLI.hpp>

#include "scenarios/compare/compare.h"
#include "scenarios/program.h"
#include "scenarios/sibling.h"
#include "sim/model/build_info.h"

int main(int argc, char** argv) {
  using namespace arterial;
  CLI::App app{"Sets two finished runs side by side; replicas are paired by seed.", "arterial compare"};
  CompareRequest request;
  app.add_option("a", request.a, "run folder of the base")->required()->type_name("OUT_A");
  app.add_option("b", request.b, "run folder of the option")->required()->type_name("OUT_B");
  app.add_option("-o,--out", request.report, "folder, or FILE.html")->required()->type_name("REPORT");
  app.add_flag("--json", request.json, "print compare.json");
  app.add_flag("-q,--quiet", request.quiet, "print nothing but faults");
  app.set_version_flag("--version", version());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  request.export_joined = [](const std::string& network, const std::string& csv, const std::string& file) {
    return run_sibling("export", {network, "--join", csv, "--layer", "links", "-o", file});
  };
  return guarded_main("arterial compare", [&] { return compare(request, std::cout, std::cerr); });
}
