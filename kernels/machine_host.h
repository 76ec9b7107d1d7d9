#pragma once
// Host threads: memory, the parallel loop, and the sort that keeps vehicles in (lane, position) order.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <type_traits>
#include <vector>

#include "kernels/atomics.h"
#include "kernels/row_order.h"
#include "kernels/stage_clock.h"

namespace arterial {

template <class W>  // Serial or Parallel
class HostMachine {
 public:
  using Where = W;
  /// `shared_from_ns`: what one thread is through with sooner it does alone, for to wake another takes as
  /// long. Tests say 0, so that a street with ten cars has its races too.
  explicit HostMachine(int threads, std::uint64_t shared_from_ns = 100'000)
      : threads_(threads), shared_from_ns_(shared_from_ns) {}
  int threads() const { return threads_; }

  template <class T>
  class Column {
   public:
    void resize(std::size_t n) { data_.resize(n); }
    std::size_t size() const { return data_.size(); }
    T* data() { return data_.data(); }
    const T* data() const { return data_.data(); }
    void assign(const std::vector<T>& from) { data_ = from; }
    void write(const T* from, std::size_t n) { std::copy(from, from + n, data_.begin()); }
    void read(std::vector<T>& to, std::size_t n) const {
      to.assign(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(n));
    }
    void write_part(const T* from, std::size_t at, std::size_t n) {
      std::copy(from, from + n, data_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    void read_part(T* to, std::size_t at, std::size_t n) const {
      std::copy_n(data_.begin() + static_cast<std::ptrdiff_t>(at), n, to);
    }
    void swap(Column& other) { data_.swap(other.data_); }

   private:
    std::vector<T> data_;
  };

  template <class F>
  void for_each_index(const char* name, std::uint32_t n, const F& body) const {
    const Timed timed(clock_, name, n);
    if constexpr (std::is_same_v<W, Parallel>) {
      if (is_shared(n, ns_each<F>())) return run_shared(n, body);
    }
    run_alone(n, alone(body));
  }

  StageClock& clock() { return clock_; }

  template <class T>
  void fill(Column<T>& column, T value) const {
    T* p = column.data();
    const std::size_t n = column.size();
    if constexpr (std::is_same_v<W, Serial>) {
      std::fill(p, p + n, value);
    } else {
#pragma omp parallel for schedule(static) num_threads(threads_) if (is_shared(n, 1))
      for (std::size_t i = 0; i < n; ++i) p[i] = value;
    }
  }

  template <class... F>
  void fill_all(const F&... fills) const {
    const Timed timed(clock_, "fill columns", 0);
    (fill_part(fills), ...);
  }

  /// next_* (unsorted, with fates) -> now columns, sorted. Stayers keep their order; the few movers are
  /// sorted and merged. Returns the number of vehicles left.
  std::uint32_t reorder(const View& v) {
    const StateView& s = v.s;
    const std::uint32_t n = s.n;
    const Timed timed(clock_, "reorder", n);
    const int blocks = is_shared(n, 10) ? threads_ : 1;
    block_stayers_.assign(static_cast<std::size_t>(blocks) + 1, 0);
    block_movers_.resize(static_cast<std::size_t>(blocks));
    block_highest_.assign(static_cast<std::size_t>(blocks) + 1, 0);
    auto begin_of = [&](int b) {
      return static_cast<std::uint32_t>(static_cast<std::uint64_t>(n) * b / blocks);
    };
#pragma omp parallel for schedule(static, 1) num_threads(blocks) if (blocks > 1)
    for (int b = 0; b < blocks; ++b) {
      std::uint32_t stayers = 0;
      std::uint64_t highest = 0;  // the last one's place, as long as rows lie in order
      auto& list = block_movers_[b];
      list.clear();
      const std::uint32_t end = begin_of(b + 1);
      for (std::uint32_t i = begin_of(b); i < end; ++i) {
        std::uint64_t eight;  // fates: mostly all stay
        if (blocks == 1 && i + 8 <= end && (std::memcpy(&eight, s.fate + i, 8), eight == 0)) {
          stayers += 8;
          i += 7;
          continue;
        }
        if (s.fate[i] == kStays) {
          ++stayers;
          if (blocks > 1) highest = std::max(highest, order_key(s.next_lane[i], s.next_pos[i]));
        }
        if (s.fate[i] == kMoves) list.push_back(i);
      }
      block_stayers_[b + 1] = stayers;
      block_highest_[b + 1] = highest;
    }
    movers_.clear();
    for (int b = 0; b < blocks; ++b) {
      block_stayers_[b + 1] += block_stayers_[b];
      block_highest_[b + 1] = std::max(block_highest_[b + 1], block_highest_[b]);
      movers_.insert(movers_.end(), block_movers_[b].begin(), block_movers_[b].end());
    }
    sort_by_place(v, movers_);
    const std::uint32_t total = block_stayers_[blocks] + static_cast<std::uint32_t>(movers_.size());
    auto merge = [&](int b) {
      // Movers that belong between this block's first stayer and the next block's first.
      const std::size_t m = b == 0 ? 0 : first_mover(s, begin_of(b), n, block_highest_[b]);
      const std::size_t m_end =
          b + 1 == blocks ? movers_.size() : first_mover(s, begin_of(b + 1), n, block_highest_[b + 1]);
      merge_rows(s, begin_of(b), begin_of(b + 1), m, m_end, block_stayers_[b] + static_cast<std::uint32_t>(m),
                 total);
    };
    if (blocks == 1) {
      merge(0);
    } else {
#pragma omp parallel for schedule(static, 1) num_threads(blocks)
      for (int b = 0; b < blocks; ++b) merge(b);
    }
    return total;
  }

  /// Merges `m` rows at the front of next_* into the n sorted rows of the now columns. False: in place, and
  /// the index of the `lanes` with it (a device that puts the result into next_* says true: the caller swaps,
  /// and indexes anew).
  bool merge_inserted(const View& v, std::uint32_t m, std::uint32_t lanes) {
    const StateView& s = v.s;
    const Timed timed(clock_, "merge inserted", s.n);
    movers_.resize(m);
    for (std::uint32_t k = 0; k < m; ++k) movers_[k] = k;
    sort_by_place(v, movers_);
    std::uint32_t from = s.n, out = s.n + m;
    for (std::uint32_t k = m; k-- > 0;) {
      const std::uint32_t row = movers_[k];
      const std::uint64_t place = order_key(s.next_lane[row], s.next_pos[row]);
      // Rows behind this place move up together.
      std::uint32_t lo = 0, hi = from;
      while (lo < hi) {
        const std::uint32_t mid = (lo + hi) / 2;
        if (order_key(s.lane[mid], s.pos[mid]) < place)
          lo = mid + 1;
        else
          hi = mid;
      }
      const std::uint32_t run = from - lo;
      out -= run;
#define X(type, name) std::memmove(s.name + out, s.name + lo, run * sizeof(type));
      ARTERIAL_HOT_COLUMNS(X)
#undef X
      from = lo;
      copy_row(s, row, --out);
    }
    for (std::uint32_t k = 0; k < m; ++k) {
      const std::uint32_t begin = s.next_lane[movers_[k]] + 1,
                          end = k + 1 < m ? s.next_lane[movers_[k + 1]] + 1 : lanes + 1;
      for (std::uint32_t lane = begin; lane < end; ++lane) s.lane_first[lane] += k + 1;
    }
    return false;
  }

  void index_lanes(const View& v, std::uint32_t lanes) const {
    const StateView& s = v.s;
    const std::uint32_t n = s.n;
    const Timed timed(clock_, "index lanes", lanes);
    if (!is_shared(n, 5)) {
      // Gaps between occupied lanes are mostly short: some places more are written than need be, which the
      // next row puts right, rather than guessed where a gap ends.
      constexpr std::uint32_t kShort = 8;
      std::uint32_t* const first = s.lane_first;
      const std::uint32_t* const lane = s.lane;
      std::uint32_t from = 0;
      for (std::uint32_t i = 0; i <= n; ++i) {
        const std::uint32_t to = i == n ? lanes : lane[i];
        if (from + kShort <= lanes) {
          for (std::uint32_t k = 0; k < kShort; ++k) first[from + k] = i;
          for (std::uint32_t l = from + kShort; l <= to; ++l) first[l] = i;
        } else {
          for (std::uint32_t l = from; l <= to; ++l) first[l] = i;
        }
        from = to + 1;
      }
      return;
    }
    auto fill_between = [&](std::uint32_t i) {
      const std::uint32_t from = i == 0 ? 0 : s.lane[i - 1] + 1, to = i == n ? lanes : s.lane[i];
      for (std::uint32_t l = from; l <= to; ++l) s.lane_first[l] = i;
    };
#pragma omp parallel for schedule(static) num_threads(threads_)
    for (std::uint32_t i = 0; i <= n; ++i)
      if (i == 0 || i == n || s.lane[i] != s.lane[i - 1]) fill_between(i);
  }

 private:
  bool is_shared(std::size_t n, std::uint64_t ns) const {
    return std::is_same_v<W, Parallel> && n * ns > shared_from_ns_;
  }
  /// What an index of a stage takes on one thread, roughly.
  template <class F>
  static constexpr std::uint32_t ns_each() {
    if constexpr (requires { F::kNsEach; })
      return F::kNsEach;
    else
      return 10;
  }

  /// The same body for one thread that is alone, without locked operations where it knows how.
  template <template <class> class Body>
  requires(sizeof(Body<Parallel>) == sizeof(View)) static Body<Serial> alone(const Body<Parallel>& body) {
    return {body.v};
  }
  template <class F>
  static const F& alone(const F& body) {
    return body;
  }

  template <class F>
  [[gnu::noinline]] static void run_alone(std::uint32_t n, const F& body) {
    if constexpr (kTogether<F>) {
      for (std::uint32_t begin = 0; begin < n; begin += F::kRowsTogether)
        body.visit_rows(begin, std::min(n, begin + F::kRowsTogether));
    } else {
      for (std::uint32_t i = 0; i < n; ++i) visit(body, i, n);
    }
  }
  template <class F>
  [[gnu::noinline]] void run_shared(std::uint32_t n, const F& body) const {
    if constexpr (kTogether<F>) {
      constexpr std::uint32_t kRows = F::kRowsTogether;
      const std::uint32_t blocks = n / kRows + (n % kRows != 0);
#pragma omp parallel for schedule(static) num_threads(threads_)
      for (std::uint32_t block = 0; block < blocks; ++block)
        body.visit_rows(block * kRows, std::min(n, block * kRows + kRows));
    } else {
#pragma omp parallel for schedule(static) num_threads(threads_)
      for (std::uint32_t i = 0; i < n; ++i) visit(body, i, n);
    }
  }
  /// Whether some rows are visited together, with what is worked out for several at once.
  template <class F>
  static constexpr bool kTogether = requires(const F& body) {
    body.visit_rows(0u, 0u);
  };

  /// A body that knows what it will read from places not in order asks for it some turns ahead.
  template <class F>
  [[gnu::always_inline]] static void visit(const F& body, std::uint32_t i, std::uint32_t n) {
    if constexpr (requires { body.prefetch(i); })
      if (i + 12 < n) body.prefetch(i + 12);
    body(i);
  }

  template <class T>
  void fill_part(const Fill<T>& fill) const {
    constexpr std::uint32_t kPart = 1u << 16;
    auto fill_from = [&](std::uint32_t begin) {
      T* const p = fill.column + begin;
      const std::size_t n = std::min(kPart, fill.n - begin);
      if (fill.value == T{})
        std::memset(p, 0, n * sizeof(T));
      else if (fill.value == static_cast<T>(~T{}))
        std::memset(p, 0xff, n * sizeof(T));
      else
        std::fill(p, p + n, fill.value);
    };
    const std::uint32_t parts = fill.n / kPart + (fill.n % kPart != 0);
    if constexpr (std::is_same_v<W, Serial>) {
      for (std::uint32_t part = 0; part < parts; ++part) fill_from(part * kPart);
    } else {
#pragma omp parallel for schedule(static) num_threads(threads_) if (parts > 1)
      for (std::uint32_t part = 0; part < parts; ++part) fill_from(part * kPart);
    }
  }

  /// Rows [i, end) that stay and movers [m, m_end), to `out` and after. Rows between two movers go together.
  void merge_rows(const StateView& s, std::uint32_t i, std::uint32_t end, std::size_t m, std::size_t m_end,
                  std::uint32_t out, std::uint32_t total) const {
    auto key = [&](std::uint32_t row) { return order_key(s.next_lane[row], s.next_pos[row]); };
    std::uint64_t next = m < m_end ? key(movers_[m]) : ~0ull;
    while (i < end) {
      if (s.fate[i] != kStays) {
        ++i;
        continue;
      }
      for (const std::uint64_t k = key(i); next < k; next = ++m < m_end ? key(movers_[m]) : ~0ull)
        copy_row(s, movers_[m], out++);
      const std::uint32_t first = i;
      do ++i;
      while (i < end && s.fate[i] == kStays && key(i) <= next);
      copy_rows(s, first, i - first, out, total);
      out += i - first;
    }
    while (m < m_end) copy_row(s, movers_[m++], out++);
  }

  /// On one thread four rows at a time: what is written too far is put right by those that come after.
  static void copy_rows(const StateView& s, std::uint32_t from, std::uint32_t rows, std::uint32_t to,
                        std::uint32_t total) {
    if (std::is_same_v<W, Serial> && to + rows + 3 <= total && from + rows + 3 <= s.n) {
      for (std::uint32_t k = 0; k < rows; k += 4) {
#define X(type, name) std::memcpy(s.name + to + k, s.next_##name + from + k, 4 * sizeof(type));
        ARTERIAL_HOT_COLUMNS(X)
#undef X
      }
    } else {
      for (std::uint32_t k = 0; k < rows; ++k) copy_row(s, from + k, to + k);
    }
  }

  void sort_by_place(const View& v, std::vector<std::uint32_t>& rows) const {
    const StateView& s = v.s;
    std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      const std::uint64_t ka = order_key(s.next_lane[a], s.next_pos[a]),
                          kb = order_key(s.next_lane[b], s.next_pos[b]);
      if (ka != kb) return ka < kb;
      return v.city.trip[s.next_slot[a] % v.city.trips].key < v.city.trip[s.next_slot[b] % v.city.trips].key;
    });
  }

  /// Index of the first mover that belongs behind the first stayer from row `i` on; `highest`: place of those
  /// before.
  std::size_t first_mover(const StateView& s, std::uint32_t i, std::uint32_t n, std::uint64_t highest) const {
    while (i < n && s.fate[i] != kStays) ++i;
    if (i == n) return movers_.size();
    const std::uint64_t k = std::max(highest, order_key(s.next_lane[i], s.next_pos[i]));
    return static_cast<std::size_t>(std::lower_bound(movers_.begin(), movers_.end(), k,
                                                     [&](std::uint32_t row, std::uint64_t place) {
                                                       return order_key(s.next_lane[row], s.next_pos[row]) <
                                                              place;
                                                     }) -
                                    movers_.begin());
  }

  /// Tells the clock, where it is on, how long it lived.
  class Timed {
   public:
    Timed(StageClock& clock, const char* name, std::uint64_t indices)
        : clock_(clock.on() ? &clock : nullptr), name_(name), indices_(indices) {
      if (clock_) began_ = std::chrono::steady_clock::now();
    }
    ~Timed() {
      if (clock_)
        clock_->add(name_, indices_,
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count());
    }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

   private:
    StageClock* clock_;
    const char* name_;
    std::uint64_t indices_;
    std::chrono::steady_clock::time_point began_;
  };

  mutable StageClock clock_;
  int threads_;
  std::uint64_t shared_from_ns_;
  std::vector<std::uint32_t> block_stayers_;
  std::vector<std::uint64_t> block_highest_;
  std::vector<std::vector<std::uint32_t>> block_movers_;
  std::vector<std::uint32_t> movers_;
};

}  // namespace arterial
