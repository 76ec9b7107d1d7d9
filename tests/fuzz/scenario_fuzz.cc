// A scenario file from a stranger ends in a Scenario or in an InputError.
#include <cstddef>
#include <cstdint>
#include <string>

#include "scenarios/scenario_file.h"
#include "sim/model/problem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const arterial::Network network;
  try {
    const auto scenario =
        arterial::parse_scenario("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size));
    // What was accepted can be written and read again.
    arterial::parse_scenario("again.yaml", arterial::resolved_yaml(scenario));
    arterial::resolve_changes(scenario, network);
  } catch (const arterial::InputError&) {
  }
  return 0;
}
