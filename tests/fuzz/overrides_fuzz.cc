// An overrides file from a stranger ends in overrides that the builder can live with, or in an InputError.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "gis/overrides_file.h"
#include "sim/model/network_builder.h"
#include "sim/model/problem.h"
#include "tests/ascii_network.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const arterial::StreetPlan town = [] {
    arterial::StreetPlan plan = arterial::ascii_plan(
        "    N     M\n    |     |\nW===X-----Y>>>E\n    |     |\n    S     R\n", "X signal");
    plan.crs = "EPSG:32633";
    for (auto& node : plan.nodes) node.at = {node.at.x + 391584, node.at.y + 5820148};
    return plan;
  }();
  try {
    const auto overrides = arterial::parse_overrides(
        "fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size), town.crs);
    if (overrides.size() > 100) return 0;
    arterial::StreetPlan plan = town;
    arterial::BuildOptions options;
    options.edits = arterial::apply_overrides(overrides, plan);
    const arterial::Network network = arterial::build_network(plan, options);
    if (!arterial::faults_in(network).empty()) throw std::logic_error("an override made an unsound network");
    std::size_t outcomes = 0;
    for (const auto& p : network.problems) outcomes += p.code.starts_with("override_");
    if (outcomes != overrides.size()) throw std::logic_error("an override without an outcome");
  } catch (const arterial::InputError&) {
  }
  return 0;
}
