// arterial signals: parse, then one library call.
#include "scenarios/signals/signals.h"

#include <CLI/CLI.hpp>

#include "scenarios/program.h"
#include "scenarios/run/local_tools.h"
#include "sim/model/build_info.h"
#include "sim/model/quantity.h"

int main(int argc, char** argv) {
  using namespace arterial;
  CLI::App app{
      "Times fixed signal programs for a demand (Webster's cycle and splits) and makes green waves along "
      "streets. The "
      "new program is the active one, the old ones stay in the network.",
      "arterial signals"};
  SignalsRequest request;
  app.add_option("network", request.network, "an .arnet file")->required();
  app.add_option("-o,--output", request.out, "the .arnet file with the new programs")->required();
  app.add_option("-d,--demand", request.demand, "as arterial run takes it; may be repeated")
      ->required()
      ->type_name("WHAT")
      ->allow_extra_args(false);
  app.add_option("--begin", request.begin_s, "of the demand, seconds from 00:00")
      ->check(CLI::Range(0.0, kLatest_s))
      ->capture_default_str();
  app.add_option("--end", request.end_s, "of the demand, seconds from 00:00")
      ->check(CLI::Range(0.0, kLatest_s))
      ->capture_default_str();
  app.add_option("--along", request.along, "name of a street that gets a green wave; may be repeated")
      ->type_name("STREET")
      ->allow_extra_args(false);
  app.add_option("--cycle", request.cycle.common_s, "one cycle for all, seconds; 0: Webster's for each")
      ->check(CLI::Range(0.0, 300.0))
      ->capture_default_str();
  app.add_option("--min-cycle", request.cycle.least_s, "seconds")
      ->check(CLI::Range(10.0, 300.0))
      ->capture_default_str();
  app.add_option("--max-cycle", request.cycle.most_s, "seconds")
      ->check(CLI::Range(10.0, 300.0))
      ->capture_default_str();
  app.add_flag("--all", request.all,
               "fixed programs of the source too, not only those that the import guessed");
  app.add_option("--report", request.report,
                 "CSV: cycle, offset, saturation and delay of each signal, before and after");
  app.add_flag("--json", request.json, "for machines");
  app.add_flag("-q,--quiet", request.quiet, "print nothing but faults");
  app.set_version_flag("--version", version());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return guarded_main("arterial signals", [&] {
    if (request.end_s <= request.begin_s || request.cycle.most_s < request.cycle.least_s)
      throw InputError("arterial signals", "",
                       "--end must lie after --begin, and --max-cycle not below --min-cycle",
                       "Correct the options");
    return signals(request, local_tools(), std::cout);
  });
}
