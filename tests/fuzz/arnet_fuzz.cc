#include "sim/model/network.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    const auto faults = faults_in(read_network(fuzz_file(text_of(data, size), ".arnet")));
    demand_sound(faults.empty(), faults.empty() ? "" : faults.front().c_str());
  });
}
