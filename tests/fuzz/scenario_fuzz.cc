#include "scenarios/scenario_file.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    const ScenarioFile scenario = parse_scenario("fuzz.yaml", std::string(text_of(data, size)));
    // What was read can be written and read again.
    parse_scenario("resolved.yaml", resolved_yaml(scenario));
  });
}
