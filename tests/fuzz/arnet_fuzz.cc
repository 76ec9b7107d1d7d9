#include <cstring>

#include "sim/model/checksum.h"
#include "sim/model/network.h"
#include "tests/fuzz/fuzz_file.h"

/// The file as a forger would make it: size and checksum agree, so that what lies behind them is tried.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  std::string file(text_of(data, size));
  if (constexpr std::size_t kHeader = 32; size >= kHeader) {
    std::uint32_t sections;
    std::memcpy(&sections, file.data() + 12, sizeof sections);
    const std::uint64_t stated[2] = {size, xxh64(file.data() + kHeader, size - kHeader, sections)};
    std::memcpy(file.data() + 16, stated, sizeof stated);
  }
  return refuse_or_read([&] {
    const auto faults = faults_in(read_network(fuzz_file(file, ".arnet")));
    demand_sound(faults.empty(), faults.empty() ? "" : faults.front().c_str());
  });
}
