// A checkpoint as a forger would make it: bytes of a good one changed, and a checksum that fits. What is let
// through must be fit to be looked at: snapshot, tables, hash, and a copy of its own.
#include <algorithm>
#include <cstring>

#include "sim/engine/simulation.h"
#include "sim/model/checksum.h"
#include "sim/model/keyed_hash.h"
#include "tests/ascii_network.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace arterial;

SimulationInput crossing() {
  static const Network network = ascii_network(R"(
        N
        |
        |
W=======X-------E
        |
        |
        S
)",
                                               "X signal");
  SimulationInput in;
  in.network = &network;
  in.demand.types.emplace_back();
  int n = 0;
  for (const char* way : {"WXE", "NXS", "EXW", "SXE"})
    for (int k = 0; k < 4; ++k) {
      Trip t;
      t.id = std::to_string(n++);
      t.key = trip_key(t.id);
      t.type = TypeId(0);
      t.depart_s = 4 * k;
      t.route = RouteId(static_cast<std::uint32_t>(in.demand.routes.size()));
      in.demand.routes.push_back({links_along(network, way)});
      t.from = in.demand.routes.back().links.front(), t.to = in.demand.routes.back().links.back();
      in.demand.trips.push_back(t);
    }
  std::sort(in.demand.trips.begin(), in.demand.trips.end(), [](const Trip& a, const Trip& b) {
    return a.depart_s != b.depart_s ? a.depart_s < b.depart_s : a.key < b.key;
  });
  in.demand.read = in.demand.trips.size();
  in.options.backend = Backend::kCpu;
  in.options.threads = 1;
  in.options.end_s = 60;
  in.options.interval_s = 10;
  return in;
}

/// Of a run in the middle of everything.
std::string good_checkpoint() {
  const auto simulation = make_local_simulation(crossing());
  while (simulation->now_s() < 25) simulation->step();
  const std::string path = fuzz_file("", ".ckpt");
  simulation->save_checkpoint(path, "the caller's own");
  return content_of(path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string good = good_checkpoint();
  constexpr std::size_t kHeader = 32;
  std::string file = with_edits(good, data, size);
  const std::uint64_t stated[2] = {file.size() - kHeader,
                                   xxh64(file.data() + kHeader, file.size() - kHeader)};
  std::memcpy(file.data() + kHeader - sizeof stated, stated, sizeof stated);
  return refuse_or_read([&] {
    std::string extra;
    const auto simulation = resume_local_simulation(crossing(), fuzz_file(file, ".ckpt"), true, extra);
    Snapshot snapshot;
    simulation->snapshot(snapshot, 0);
    for (const VehicleSnapshot& v : snapshot.vehicles)
      demand_sound(v.trip.value < simulation->demand().trips.size(), "a vehicle without a trip");
    simulation->results(0, true);
    simulation->totals(0);
    simulation->state_hash(0);
    simulation->save_checkpoint(fuzz_file("", ".ckpt"), extra);
  });
}
