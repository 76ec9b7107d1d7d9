#include "gis/sumo_reader.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    const Network network = read_sumo_net(fuzz_file(text_of(data, size), ".net.xml"));
    const auto faults = faults_in(network);
    demand_sound(faults.empty(), faults.empty() ? "" : faults.front().c_str());
  });
}
