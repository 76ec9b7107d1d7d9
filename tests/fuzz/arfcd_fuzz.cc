// A file of trajectories as a forger would make it: bytes of a good one changed, and checksums that fit. What
// is let through must be fit to be written as rows of a network of so many lanes.
#include "scenarios/run/arfcd.h"
#include "scenarios/run/trajectory_rows.h"
#include "sim/routing/routing_bench.h"
#include "tests/arfcd_forgery.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace arterial;

const Network& network() {
  static const Network grid = routing_grid(60, 1);
  return grid;
}

std::string good_file() {
  TrajectoryTables tables;
  tables.replicas = 2;
  tables.lanes = static_cast<std::uint32_t>(network().lanes.size());
  tables.network_path = "city.arnet", tables.network_xxh3 = "0123456789abcdef";
  tables.types = {{"car", 4.5, 1.8}, {"bus, long", 12, 2.5}};
  for (std::uint32_t i = 0; i < 20; ++i) tables.vehicles.push_back({"v" + std::to_string(i), i % 2});
  std::string file;
  ArfcdPacker packer(0);
  packer.put_tables(tables, file);
  for (int k = 0; k < 3; ++k) {
    TrafficColumns state;
    state.time_ms = 1000 * k, state.replica = k % 2;
    for (std::uint32_t i = 0; i < 15; ++i) {
      state.trip.push_back(19 - i), state.lane.push_back(i / 3);
      state.pos.push_back(static_cast<std::int32_t>(80'000 * (i % 3))), state.speed.push_back(139'000);
    }
    state.parked = {0, 3};
    packer.put_state(state, file);
  }
  packer.put_end(file);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string good = good_file();
  const std::string file = with_true_checksums(with_edits(good, data, size));
  return refuse_or_read([&] {
    ArfcdReader reader(fuzz_file(file, kArfcdEnding));
    const auto& tables = reader.tables();
    if (tables.lanes != network().lanes.size()) return;  // as `arterial export` does
    TrajectoryRows rows(network(), tables);
    StreamFile out(fuzz_file("", ".csv"));
    out.buffer() = rows.header();
    TrafficColumns state;
    while (reader.next(state)) rows.write(state, out);
  });
}
