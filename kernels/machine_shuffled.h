#pragma once
// A machine that finds fault: one host thread runs every stage in a drawn order, never the same twice, with
// the passes of a device. A city that comes out different depends on which thread came first.
#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/machine_host.h"
#include "kernels/row_order.h"
#include "sim/model/random.h"

namespace arterial {

class ShuffledMachine {
 public:
  using Where = Serial;
  template <class T>
  using Column = HostMachine<Serial>::Column<T>;
  explicit ShuffledMachine(std::uint64_t seed = 1) : draws_(seed) {}

  StageClock& clock() { return clock_; }  // never asked: what it measures is order, not time

  template <class F>
  void for_each_index(const char*, std::uint32_t n, const F& body) {
    // Blocks as a device has them, in a drawn order, each forwards or backwards: cheap, and neighbours part
    // often.
    constexpr std::uint32_t kBlock = 32;
    blocks_.resize((std::uint64_t{n} + kBlock - 1) / kBlock);
    std::iota(blocks_.begin(), blocks_.end(), 0u);
    for (std::size_t k = blocks_.size(); k > 1; --k) std::swap(blocks_[k - 1], blocks_[draw() % k]);
    for (const std::uint32_t block : blocks_) {
      const std::uint32_t begin = block * kBlock, end = n - begin < kBlock ? n : begin + kBlock;
      if (draw() & 1)
        for (std::uint32_t i = begin; i < end; ++i) body(i);
      else
        for (std::uint32_t i = end; i-- > begin;) body(i);
    }
  }
  template <class T>
  void fill(Column<T>& column, T value) const {
    std::fill(column.data(), column.data() + column.size(), value);
  }
  template <class... F>
  void fill_all(const F&... fills) {
    (for_each_index("fill", fills.n, fills), ...);
  }
  std::uint32_t reorder(const View& v) { return order_.reorder(*this, v); }
  bool merge_inserted(const View& v, std::uint32_t m, std::uint32_t) {
    order_.merge_inserted(*this, v, m);
    return m > 0;
  }
  void index_lanes(const View& v, std::uint32_t lanes) {
    for_each_index("index lanes", lanes + 1, IndexLane{v.s});
  }

  // What RowOrder asks for.
  Tally tally_rows(const TallyOfRow& row, std::uint32_t n, Tally* out) {
    out[0] = row(0);
    for (std::uint32_t i = 1; i < n; ++i) out[i] = JoinTallies{}(out[i - 1], row(i));
    return out[n - 1];
  }
  void sort_pairs(const std::uint64_t* place_in, std::uint64_t* place_out, const std::uint32_t* row_in,
                  std::uint32_t* row_out, std::uint32_t n, int bits) {
    const std::uint64_t mask = bits >= 64 ? ~0ull : (1ull << bits) - 1;
    std::vector<std::uint32_t> at(n);
    std::iota(at.begin(), at.end(), 0u);
    std::stable_sort(at.begin(), at.end(), [&](std::uint32_t a, std::uint32_t b) {
      return (place_in[a] & mask) < (place_in[b] & mask);
    });
    for (std::uint32_t i = 0; i < n; ++i) {
      place_out[i] = place_in[at[i]];
      row_out[i] = row_in[at[i]];
    }
  }

 private:
  StageClock clock_;
  std::uint64_t draw() { return mix64(draws_ += 0x9e3779b97f4a7c15ull); }

  std::uint64_t draws_;
  std::vector<std::uint32_t> blocks_;
  RowOrder<ShuffledMachine> order_;
};

}  // namespace arterial
