// arterial run: parse, then one library call.
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "scenarios/program.h"
#include "scenarios/run/local_tools.h"
#include "scenarios/run/run.h"
#include "sim/model/build_info.h"
#include "sim/model/sim_options.h"

int main(int argc, char** argv) {
  using namespace arterial;
  CLI::App app{"Simulates a city: a scenario file, or a network with its demand, becomes a run folder.",
               "arterial run"};
  RunRequest request;
  std::map<std::string, std::string> options;
  std::string checkpoint_every, hash_every, fcd, resume;
  bool help_options = false;
  app.add_option("source", request.source, "scenario.yaml, or city.arnet with --demand");
  app.add_option(
         "-d,--demand", request.demand,
         "FILE (SUMO routes, CSV trips, a matrix between zones as CSV or TNTP), random:TRIPS, "
         "random:TRIPS:SECONDS (departures in the first SECONDS), or from the zones' residents and jobs "
         "gravity, gravity:TRIPS, gravity:RATE/resident (an hour); may be repeated")
      ->type_name("WHAT")
      ->allow_extra_args(false);
  app.add_option("-o,--out", request.out, "run folder")->type_name("OUT");
  const SimOptions defaults;
  for (const auto& spec : sim_option_table()) {
    const std::string flag(spec.flag);
    app.add_option("--" + flag, options[flag],
                   std::string(spec.help) + " [" + option_text(defaults, spec) + "]")
        ->type_name(std::string(unit_words(spec.unit)))
        ->group("Simulation (docs/SCENARIO_FILE.md)");
  }
  app.add_option("--checkpoint-every", checkpoint_every,
                 "write a checkpoint each time this much simulated time has passed")
      ->type_name("S");
  app.add_option("--resume", resume, "continue the run in this folder from its newest good checkpoint")
      ->type_name("OUT");
  app.add_flag("--fork", request.fork, "with --resume: allow inputs to differ from those of the checkpoint");
  app.add_option("--hash-every", hash_every, "write the state hash every N steps to hashes.csv")
      ->type_name("N");
  app.add_option(
         "--fcd", fcd,
         "every vehicle at every state; crossings.csv and signals.csv beside it. FILE.arfcd costs and "
         "takes least; 'arterial export' makes the CSV of it")
      ->type_name("FILE.csv[.gz]|FILE.arfcd");
  app.add_flag("--json", request.json, "print summary.json");
  app.add_flag("-q,--quiet", request.quiet, "print nothing but faults");
  app.add_flag("--help-options", help_options, "print the table of options for the documentation");
  app.set_version_flag("--version", version());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (help_options) {
    std::cout << options_as_markdown();
    return 0;
  }
  for (auto& [flag, text] : options)
    if (app.count("--" + flag) > 0) request.options[flag] = text;
  if (app.count("--checkpoint-every") > 0) request.checkpoint_every = checkpoint_every;
  if (app.count("--hash-every") > 0) request.hash_every = hash_every;
  if (app.count("--fcd") > 0) request.fcd = fcd;
  request.resume = resume;
  request.progress = !request.quiet && !request.json && ::isatty(STDERR_FILENO) != 0;
  return guarded_main("arterial run", [&] { return run(request, local_tools(), std::cout, std::cerr); });
}
