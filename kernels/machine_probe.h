#pragma once
// A machine's own operations (reorder, merge, index) on drawn rows, so that two machines can be compared
// without a city: by the tests, and by `arterial bench device-check` where there is no test program.
#include <cstdint>
#include <vector>

#include "kernels/row_order.h"

namespace arterial {

/// Rows of a state as a step leaves them, and rows to be inserted.
struct ProbeInput {
  std::uint32_t lanes = 1;         // one replica
  std::vector<HotRow> rows;        // next_*, in the order of the state before
  std::vector<std::uint8_t> fate;  // of each
  std::vector<HotRow> inserted;
  std::vector<TripParams> trips;  // `slot` of a row is an index into it
};

struct ProbeResult {
  std::vector<HotRow> reordered, merged;
  std::vector<std::uint32_t> lane_first_reordered, lane_first_merged;
};

/// What a machine makes of an input.
template <class Machine>
ProbeResult probe_machine(Machine machine, const ProbeInput& input) {
  struct Columns {
#define X(type, name) typename Machine::template Column<type> name, next_##name;
    ARTERIAL_HOT_COLUMNS(X)
#undef X
  } columns;
  typename Machine::template Column<std::uint8_t> fate;
  typename Machine::template Column<std::uint32_t> lane_first;
  typename Machine::template Column<TripParams> trips;
  const std::size_t n = input.rows.size(), capacity = n + input.inserted.size();
  View v;
  const auto bind = [&] {
#define X(type, name) v.s.name = columns.name.data(), v.s.next_##name = columns.next_##name.data();
    ARTERIAL_HOT_COLUMNS(X)
#undef X
  };
  const auto write_next = [&](const std::vector<HotRow>& rows) {
#define X(type, name)                                          \
  {                                                            \
    std::vector<type> values;                                  \
    for (const HotRow& row : rows) values.push_back(row.name); \
    columns.next_##name.write(values.data(), values.size());   \
  }
    ARTERIAL_HOT_COLUMNS(X)
#undef X
  };
  const auto read_now = [&](std::vector<HotRow>& rows) {
    rows.resize(v.s.n);
#define X(type, name)                                                       \
  {                                                                         \
    std::vector<type> values;                                               \
    columns.name.read(values, v.s.n);                                       \
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].name = values[i]; \
  }
    ARTERIAL_HOT_COLUMNS(X)
#undef X
  };
#define X(type, name) columns.name.resize(capacity), columns.next_##name.resize(capacity);
  ARTERIAL_HOT_COLUMNS(X)
#undef X
  fate.assign(input.fate);
  trips.assign(input.trips);
  lane_first.resize(std::size_t{input.lanes} + 1);
  v.city.replicas = 1;
  v.city.grounds = input.lanes;
  v.city.trips = static_cast<std::uint32_t>(input.trips.size());
  v.city.trip = trips.data();
  v.s.fate = fate.data();
  v.s.lane_first = lane_first.data();
  v.s.n = static_cast<std::uint32_t>(n);
  bind();

  ProbeResult result;
  write_next(input.rows);
  v.s.n = machine.reorder(v);
  read_now(result.reordered);
  machine.index_lanes(v, input.lanes);
  lane_first.read(result.lane_first_reordered, lane_first.size());

  const std::uint32_t inserted = static_cast<std::uint32_t>(input.inserted.size());
  write_next(input.inserted);
  const bool swapped = inserted > 0 && machine.merge_inserted(v, inserted, input.lanes);
  v.s.n += inserted;
  if (swapped) {
#define X(type, name) columns.name.swap(columns.next_##name);
    ARTERIAL_HOT_COLUMNS(X)
#undef X
    bind();
    machine.index_lanes(v, input.lanes);
  }
  read_now(result.merged);
  lane_first.read(result.lane_first_merged, lane_first.size());
  return result;
}

/// The same on the device of this machine; false, and `result` as it was, where there is none.
bool probe_cuda_machine(const ProbeInput& input, ProbeResult& result);

/// Bytes a second that a plain copy on the device reads and writes; 0 where there is none.
double cuda_copy_bandwidth(std::size_t bytes);

/// A drawn input: `n` rows in `lanes` lanes, of which about one in `move_every` moves and one in 40 goes.
ProbeInput draw_probe(std::uint64_t seed, std::uint32_t n, std::uint32_t lanes, std::uint32_t move_every);

}  // namespace arterial
