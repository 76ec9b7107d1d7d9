#pragma once
// How rows stay sorted by (lane, position): every row works out its own new place, so any number of threads
// can. The host's blocked merge (machine_host.h) gives the same order; a device scans, sorts the few movers
// and calls these.
//
//   reorder        rows that stay keep their order; the movers, sorted, are merged in, behind rows at the
//   same place merge_inserted the inserted rows, sorted, are merged into the rows there are, before rows at
//   the same place
//
// Should rows that stay be out of order (an overlap: counted as a violation elsewhere), the highest place so
// far stands for a row's own: the result is still every row once.
#include "kernels/vehicle_path.h"

namespace arterial {

ARTERIAL_HD std::uint64_t order_key(std::uint32_t lane, std::int32_t pos) {
  return (static_cast<std::uint64_t>(lane) << 32) | (static_cast<std::uint32_t>(pos) ^ 0x80000000u);
}

/// Sets the first n of a column.
template <class T>
struct Fill {
  T* column;
  std::uint32_t n;
  T value;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    if (i < n) column[i] = value;
  }
};
template <class T, class V>
Fill(T*, std::uint32_t, V) -> Fill<T>;

ARTERIAL_HD void copy_row(const StateView& s, std::uint32_t from, std::uint32_t to) {
#define X(type, name) s.name[to] = s.next_##name[from];
  ARTERIAL_HOT_COLUMNS(X)
#undef X
}

ARTERIAL_HD std::uint64_t key_of_row(const View& v, std::uint32_t row) {
  return v.city.trip[v.s.next_slot[row] % v.city.trips].key;
}

/// First index in [0, n) for which `is_past` holds; n where there is none. `is_past` must not turn false
/// again.
template <class F>
ARTERIAL_HD std::uint32_t first_index(std::uint32_t n, const F& is_past) {
  std::uint32_t lo = 0, hi = n;
  while (lo < hi) {
    const std::uint32_t mid = lo + (hi - lo) / 2;
    if (is_past(mid))
      hi = mid;
    else
      lo = mid + 1;
  }
  return lo;
}

/// Of the rows up to and with this one.
struct Tally {
  std::uint64_t highest;  // place of a row that stays; 0 before the first
  std::uint32_t stayers, movers;
};

struct JoinTallies {
  ARTERIAL_HD Tally operator()(const Tally& a, const Tally& b) const {
    return {a.highest > b.highest ? a.highest : b.highest, a.stayers + b.stayers, a.movers + b.movers};
  }
};

struct TallyOfRow {
  const std::uint8_t* fate;
  const std::uint32_t* next_lane;
  const std::int32_t* next_pos;
  ARTERIAL_HD Tally operator()(std::uint32_t i) const {
    const bool stays = fate[i] == kStays;
    return {stays ? order_key(next_lane[i], next_pos[i]) : 0, stays ? 1u : 0u, fate[i] == kMoves ? 1u : 0u};
  }
};

/// Collects the movers in the order of their rows.
struct ListMovers {
  StateView s;
  const Tally* tally;
  std::uint64_t* place;
  std::uint32_t* row;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    if (s.fate[i] != kMoves) return;
    const std::uint32_t k = tally[i].movers - 1;
    place[k] = order_key(s.next_lane[i], s.next_pos[i]);
    row[k] = i;
  }
};

/// Rows sorted by place become sorted by (place, key). The first row of a run at one place orders the run.
struct SettleTies {
  View v;
  const std::uint64_t* place;
  std::uint32_t* row;
  std::uint32_t rows;
  ARTERIAL_HD void operator()(std::uint32_t k) const {
    if (k > 0 && place[k - 1] == place[k]) return;
    for (std::uint32_t end = k + 1; end < rows && place[end] == place[k]; ++end) {
      const std::uint32_t moving = row[end];
      const std::uint64_t key = key_of_row(v, moving);
      std::uint32_t at = end;
      for (; at > k && key < key_of_row(v, row[at - 1]); --at) row[at] = row[at - 1];
      row[at] = moving;
    }
  }
};

struct PlaceStayers {
  StateView s;
  const Tally* tally;
  const std::uint64_t* place;  // of the movers, sorted
  std::uint32_t movers;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    if (s.fate[i] != kStays) return;
    const std::uint64_t highest = tally[i].highest;
    const std::uint32_t before = first_index(movers, [&](std::uint32_t k) { return place[k] >= highest; });
    copy_row(s, i, tally[i].stayers - 1 + before);
  }
};

struct PlaceMovers {
  StateView s;
  const Tally* tally;
  const std::uint64_t* place;
  const std::uint32_t* row;
  ARTERIAL_HD void operator()(std::uint32_t k) const {
    const std::uint64_t here = place[k];
    const std::uint32_t i = first_index(s.n, [&](std::uint32_t at) { return tally[at].highest > here; });
    copy_row(s, row[k], k + (i == 0 ? 0 : tally[i - 1].stayers));
  }
};

/// The inserted rows stand at the front of next_*, in any order.
struct ListInserted {
  StateView s;
  std::uint64_t* place;
  std::uint32_t* row;
  ARTERIAL_HD void operator()(std::uint32_t k) const {
    place[k] = order_key(s.next_lane[k], s.next_pos[k]);
    row[k] = k;
  }
};

/// Sets the sorted inserted rows aside, with the number of rows that go before each. A search that probes by
/// a fixed pattern is monotone in what it looks for, whatever it looks through.
struct FindInserted {
  StateView s;
  const std::uint64_t* place;
  const std::uint32_t* row;
  HotRow* aside;
  std::uint32_t* before;
  ARTERIAL_HD void operator()(std::uint32_t k) const {
    const std::uint64_t here = place[k];
    before[k] = first_index(s.n, [&](std::uint32_t i) { return order_key(s.lane[i], s.pos[i]) >= here; });
    const std::uint32_t from = row[k];
#define X(type, name) aside[k].name = s.next_##name[from];
    ARTERIAL_HOT_COLUMNS(X)
#undef X
  }
};

/// Index [0, n): the rows that were there; [n, n + inserted): those set aside. All go to next_*.
struct MergeRows {
  StateView s;
  const HotRow* aside;
  const std::uint32_t* before;
  std::uint32_t inserted;
  ARTERIAL_HD void operator()(std::uint32_t index) const {
    if (index < s.n) {
      const std::uint32_t to =
          index + first_index(inserted, [&](std::uint32_t k) { return before[k] > index; });
#define X(type, name) s.next_##name[to] = s.name[index];
      ARTERIAL_HOT_COLUMNS(X)
#undef X
    } else {
      const std::uint32_t k = index - s.n, to = k + before[k];
#define X(type, name) s.next_##name[to] = aside[k].name;
      ARTERIAL_HOT_COLUMNS(X)
#undef X
    }
  }
};

/// lane_first[lane] for lanes [0, lanes]: the first row at or behind it. Every lane looks for itself, so that
/// a run of empty lanes is nobody's burden.
struct IndexLane {
  StateView s;
  ARTERIAL_HD void operator()(std::uint32_t lane) const {
    s.lane_first[lane] = first_index(s.n, [&](std::uint32_t i) { return s.lane[i] >= lane; });
  }
};

/// The passes in their order. Tools bring memory (Column), the parallel loop, and the two operations that
/// each machine does in its own way:
///   Tally tally_rows(TallyOfRow row, n, Tally* out)   out[i] = row(0) joined ... joined row(i); returns the
///   last void sort_pairs(place_in, place_out, row_in, row_out, n, bits)   stable, by the low `bits` of the
///   place
template <class Tools>
class RowOrder {
  template <class T>
  using Column = typename Tools::template Column<T>;

 public:
  /// next_* (unsorted, with fates) -> now columns, sorted. Returns the number of vehicles left.
  std::uint32_t reorder(Tools& tools, const View& v) {
    const StateView& s = v.s;
    if (s.n == 0) return 0;
    reserve(tally_, s.n);
    const Tally all = tools.tally_rows(TallyOfRow{s.fate, s.next_lane, s.next_pos}, s.n, tally_.data());
    if (all.movers > 0) {
      reserve_places(all.movers);
      tools.for_each_index("list movers", s.n,
                           ListMovers{s, tally_.data(), unsorted_place_.data(), unsorted_row_.data()});
      sort(tools, v, all.movers);
    }
    tools.for_each_index("place stayers", s.n, PlaceStayers{s, tally_.data(), place_.data(), all.movers});
    tools.for_each_index("place movers", all.movers,
                         PlaceMovers{s, tally_.data(), place_.data(), row_.data()});
    return all.stayers + all.movers;
  }

  /// Merges `m` rows at the front of next_* with the n sorted rows of the now columns, into next_*.
  void merge_inserted(Tools& tools, const View& v, std::uint32_t m) {
    const StateView& s = v.s;
    if (m == 0) return;
    reserve_places(m);
    reserve(aside_, m);
    reserve(before_, m);
    tools.for_each_index("list inserted", m, ListInserted{s, unsorted_place_.data(), unsorted_row_.data()});
    sort(tools, v, m);
    tools.for_each_index("find inserted", m,
                         FindInserted{s, place_.data(), row_.data(), aside_.data(), before_.data()});
    tools.for_each_index("merge inserted", s.n + m, MergeRows{s, aside_.data(), before_.data(), m});
  }

  /// For memory that is filled anew each time: grows, never shrinks.
  template <class T>
  static void reserve(Column<T>& column, std::size_t n) {
    if (n <= column.size()) return;
    Column<T>().swap(column);  // nothing in it is wanted
    column.resize(n + n / 2);
  }

 private:
  void reserve_places(std::uint32_t n) {
    reserve(unsorted_place_, n);
    reserve(unsorted_row_, n);
    reserve(place_, n);
    reserve(row_, n);
  }

  /// unsorted_* -> place_, row_ by (place, key).
  void sort(Tools& tools, const View& v, std::uint32_t n) {
    int bits = 32;
    for (std::uint64_t lanes = std::uint64_t{v.city.grounds} * v.city.replicas; lanes > 0; lanes >>= 1)
      ++bits;
    tools.sort_pairs(unsorted_place_.data(), place_.data(), unsorted_row_.data(), row_.data(), n, bits);
    tools.for_each_index("settle ties", n, SettleTies{v, place_.data(), row_.data(), n});
  }

  Column<Tally> tally_;
  Column<std::uint64_t> unsorted_place_, place_;
  Column<std::uint32_t> unsorted_row_, row_, before_;
  Column<HotRow> aside_;
};

}  // namespace arterial
