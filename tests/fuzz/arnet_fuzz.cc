#include "sim/model/network.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/sealed_network_file.h"

/// The file as a forger would make it: size and checksums agree, so that what lies behind them is tried.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  std::string file(text_of(data, size));
  seal_network_file(file);
  return refuse_or_read([&] {
    const auto faults = faults_in(read_network(fuzz_file(file, ".arnet")));
    demand_sound(faults.empty(), faults.empty() ? "" : faults.front().c_str());
  });
}
