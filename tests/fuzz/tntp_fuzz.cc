// A TNTP network with its file of nodes (behind a line of "%%"), and the same bytes as a table of trips.
#include "gis/tntp_reader.h"
#include "scenarios/demand/od_cells.h"
#include "sim/model/network_builder.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  const std::string_view text = text_of(data, size);
  const auto cut = text.find("%%\n");
  const std::string net = fuzz_file(text.substr(0, cut), "_net.tntp");
  static const std::string nodes = net.substr(0, net.size() - 9) + "_node.tntp";
  static const bool removed_at_exit = std::atexit([] { unlink(nodes.c_str()); }) == 0;
  if (cut == std::string_view::npos || !removed_at_exit)
    unlink(nodes.c_str());
  else
    write_bytes(nodes, text.substr(cut + 3));
  refuse_or_read([&] {
    for_each_tntp_cell("fuzz", text, [](const OdCell& c) {
      demand_sound(!c.from.empty() && !c.to.empty() && c.trips >= 0 && c.trips < 1e13, "a cell that is none");
    });
  });
  return refuse_or_read([&] {
    const Network network = build_network(read_tntp(net));
    demand_sound(faults_in(network).empty(), "a network with a fault");
  });
}
