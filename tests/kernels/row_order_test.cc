// Reorder, merge and index on every machine: host threads, a device's passes run by the host in any order,
// and the device itself.
#include <algorithm>
#include <tuple>

#include "kernels/backend.h"
#include "kernels/machine_host.h"
#include "kernels/machine_probe.h"
#include "kernels/machine_shuffled.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

/// Straight from the definition: rows that stay in their order, movers by (place, key), behind rows at the
/// same place; inserted rows by (place, key), before rows at the same place.
ProbeResult by_definition(const ProbeInput& input) {
  struct Ranked {
    std::uint64_t place, group, key;
    HotRow row;
  };
  const auto sorted = [](std::vector<Ranked> list) {
    std::stable_sort(list.begin(), list.end(), [](const Ranked& a, const Ranked& b) {
      return std::tie(a.place, a.group, a.key) < std::tie(b.place, b.group, b.key);
    });
    std::vector<HotRow> rows;
    for (const Ranked& r : list) rows.push_back(r.row);
    return rows;
  };
  const auto first_of_lanes = [&](const std::vector<HotRow>& rows) {
    std::vector<std::uint32_t> first;
    for (std::uint32_t lane = 0; lane <= input.lanes; ++lane)
      first.push_back(static_cast<std::uint32_t>(
          std::count_if(rows.begin(), rows.end(), [&](const HotRow& r) { return r.lane < lane; })));
    return first;
  };
  ProbeResult result;
  std::vector<Ranked> list;
  for (std::size_t i = 0; i < input.rows.size(); ++i) {
    const HotRow& r = input.rows[i];
    if (input.fate[i] == kStays) list.push_back({order_key(r.lane, r.pos), 0, i, r});
    if (input.fate[i] == kMoves) list.push_back({order_key(r.lane, r.pos), 1, input.trips[r.slot].key, r});
  }
  result.reordered = sorted(list);
  list.clear();
  for (const HotRow& r : input.inserted)
    list.push_back({order_key(r.lane, r.pos), 0, input.trips[r.slot].key, r});
  for (std::size_t i = 0; i < result.reordered.size(); ++i) {
    const HotRow& r = result.reordered[i];
    list.push_back({order_key(r.lane, r.pos), 1, i, r});
  }
  result.merged = sorted(list);
  result.lane_first_reordered = first_of_lanes(result.reordered);
  result.lane_first_merged = first_of_lanes(result.merged);
  return result;
}

void same(const ProbeResult& got, const ProbeResult& wanted) {
  CHECK(got.reordered == wanted.reordered);
  CHECK(got.lane_first_reordered == wanted.lane_first_reordered);
  CHECK(got.merged == wanted.merged);
  CHECK(got.lane_first_merged == wanted.lane_first_merged);
}

struct Size {
  std::uint32_t rows, lanes, move_every;
};
constexpr Size kSizes[] = {{0, 3, 2},      {1, 1, 1},       {1, 5, 2},      {40, 4, 1},     {300, 7, 3},
                           {5000, 90, 20}, {9000, 9000, 4}, {20000, 3, 50}, {12000, 400, 1}};

}  // namespace

TEST_CASE("vehicles come to lie in the stated order, on any number of threads") {
  std::uint64_t seed = 0;
  for (const Size& size : kSizes) {
    CAPTURE(size.rows, size.lanes, size.move_every);
    const ProbeInput input = draw_probe(++seed, size.rows, size.lanes, size.move_every);
    const ProbeResult wanted = by_definition(input);
    same(probe_machine(HostMachine<Serial>(1), input), wanted);
    for (int threads : {2, 3, 7}) same(probe_machine(HostMachine<Parallel>(threads), input), wanted);
  }
}

TEST_CASE("the passes of a device put every row where the host puts it") {
  std::uint64_t seed = 100;
  for (const Size& size : kSizes) {
    CAPTURE(size.rows, size.lanes, size.move_every);
    const ProbeInput input = draw_probe(++seed, size.rows, size.lanes, size.move_every);
    same(probe_machine(ShuffledMachine(), input), by_definition(input));
  }
}

TEST_CASE("rows out of order are a fault, but none is lost or doubled") {
  ProbeInput input = draw_probe(5, 6000, 20, 6);
  // A row that stays keeps its lane: overlaps disturb the order within a lane, and the index of the lanes
  // holds.
  const auto stays_in = [&](std::size_t i) { return input.fate[i] == kStays ? input.rows[i].lane : kNone; };
  std::uint32_t swaps = 0;
  for (std::size_t i = 0; i + 40 < input.rows.size(); i += 61) {
    if (stays_in(i) == kNone || stays_in(i) != stays_in(i + 40)) continue;
    std::swap(input.rows[i], input.rows[i + 40]);
    ++swaps;
  }
  REQUIRE(swaps > 30);
  const auto slots = [](const std::vector<HotRow>& rows) {
    std::vector<std::uint32_t> all;
    for (const HotRow& r : rows) all.push_back(r.slot);
    std::sort(all.begin(), all.end());
    return all;
  };
  std::vector<std::uint32_t> wanted;
  for (std::size_t i = 0; i < input.rows.size(); ++i)
    if (input.fate[i] != kGone) wanted.push_back(input.rows[i].slot);
  std::sort(wanted.begin(), wanted.end());
  const ProbeResult serial = probe_machine(HostMachine<Serial>(1), input);
  CHECK(slots(serial.reordered) == wanted);
  for (int threads : {2, 5}) same(probe_machine(HostMachine<Parallel>(threads), input), serial);
  const ProbeResult passes = probe_machine(ShuffledMachine(), input);
  CHECK(passes.reordered == serial.reordered);
  CHECK(passes.lane_first_reordered == serial.lane_first_reordered);
  CHECK(passes.lane_first_merged == serial.lane_first_merged);
  for (const HotRow& r : input.inserted) wanted.push_back(r.slot);
  std::sort(wanted.begin(), wanted.end());
  CHECK(slots(passes.merged) == wanted);
}

TEST_CASE("a CUDA device puts every row where the host puts it") {
  if (!cuda_available()) {
    WARN("SKIPPED: " << (cuda_built() ? "no CUDA device here" : "this build has no CUDA"));
    return;
  }
  std::uint64_t seed = 200;
  for (const Size& size : kSizes) {
    CAPTURE(size.rows, size.lanes, size.move_every);
    const ProbeInput input = draw_probe(++seed, size.rows, size.lanes, size.move_every);
    ProbeResult got;
    REQUIRE(probe_cuda_machine(input, got));
    same(got, by_definition(input));
  }
  const ProbeInput large = draw_probe(9, 1500000, 60000, 12);
  ProbeResult got;
  REQUIRE(probe_cuda_machine(large, got));
  same(got, probe_machine(HostMachine<Serial>(1), large));
}
