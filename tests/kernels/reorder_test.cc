// Vehicles stay sorted by (lane, position): stayers keep their order, movers are merged, the same on one
// thread and on many.
#include <algorithm>
#include <random>

#include "kernels/machine_host.h"
#include "tests/catch.h"
#include "tests/kernels/tiny_view.h"

using namespace arterial;

namespace {

struct Crowd : TinyView {
  static constexpr std::uint32_t kLanes = 60;

  Crowd(std::uint32_t n, unsigned seed, double movers, double gone) {
    std::mt19937 dice(seed);
    std::uniform_real_distribution<double> unit(0, 1);
    city.trips = 2 * n;
    for (std::uint32_t i = 0; i < city.trips; ++i) {
      TripParams trip{};
      trip.key = mix64(i + 1);
      city.trip.push_back(trip);
    }
    std::vector<std::uint64_t> places;
    for (std::uint32_t i = 0; i < n; ++i)
      places.push_back((static_cast<std::uint64_t>(dice() % kLanes) << 32) | (dice() % 5000 * 10));
    std::sort(places.begin(), places.end());
    // Room for as many again, put in later.
#define X(type, name) now.name.assign(2 * n, 0), next.name.assign(2 * n, 0);
    ARTERIAL_HOT_COLUMNS(X)
#undef X
    fate.assign(2 * n, kStays);
    lane_first.assign(kLanes + 1, 0);
    for (std::uint32_t i = 0; i < n; ++i) {
      now.lane[i] = next.lane[i] = static_cast<std::uint32_t>(places[i] >> 32);
      now.pos[i] = next.pos[i] = static_cast<std::int32_t>(places[i] & 0xffffffff);
      next.slot[i] = i;
      next.kind[i] = static_cast<std::uint32_t>(dice());
      next.speed[i] = static_cast<std::int32_t>(dice() % 100000);
      next.ctl[i] = static_cast<std::uint32_t>(dice());
      const double draw = unit(dice);
      if (draw < movers) {
        fate[i] = kMoves;
        next.lane[i] = dice() % kLanes;
        next.pos[i] = static_cast<std::int32_t>(dice() % 5000 * 10 + 5);  // often a tie with another mover
      } else if (draw < movers + gone) {
        fate[i] = kGone;
      }
    }
    bind();
    view.s.n = n;
  }

  /// What must come out, the slow way.
  std::vector<std::uint32_t> expected() const {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < view.s.n; ++i)
      if (fate[i] != kGone) rows.push_back(i);
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto place = [&](std::uint32_t i) { return std::make_pair(next.lane[i], next.pos[i]); };
      if (place(a) != place(b)) return place(a) < place(b);
      if (fate[a] == kMoves && fate[b] == kMoves) return city.trip[a].key < city.trip[b].key;
      return fate[a] < fate[b];
    });
    return rows;
  }
};

template <class W>
void check(int threads, std::uint32_t n, unsigned seed, double movers, double gone) {
  INFO(n << " vehicles, seed " << seed << ", " << threads << " threads");
  Crowd crowd(n, seed, movers, gone);
  const std::vector<std::uint32_t> rows = crowd.expected();
  HostMachine<W> machine(threads);
  const std::uint32_t left = machine.reorder(crowd.view);
  REQUIRE(left == rows.size());
  std::size_t wrong = 0;
  for (std::uint32_t k = 0; k < left; ++k) {
    const std::uint32_t i = rows[k];
    wrong += crowd.now.slot[k] != i || crowd.now.lane[k] != crowd.next.lane[i] ||
             crowd.now.pos[k] != crowd.next.pos[i] || crowd.now.speed[k] != crowd.next.speed[i] ||
             crowd.now.kind[k] != crowd.next.kind[i] || crowd.now.ctl[k] != crowd.next.ctl[i];
  }
  CHECK(wrong == 0);

  crowd.view.s.n = left;
  machine.index_lanes(crowd.view, Crowd::kLanes);
  for (std::uint32_t lane = 0; lane <= Crowd::kLanes; ++lane) {
    const auto first = std::lower_bound(crowd.now.lane.begin(), crowd.now.lane.begin() + left, lane);
    CHECK(crowd.lane_first[lane] == static_cast<std::uint32_t>(first - crowd.now.lane.begin()));
  }

  // Departures, in whatever order threads found them.
  std::mt19937 dice(seed + 1);
  const std::uint32_t more = std::min<std::uint32_t>(n, 40);
  std::vector<std::uint32_t> order(more);
  for (std::uint32_t k = 0; k < more; ++k) order[k] = k;
  std::shuffle(order.begin(), order.end(), dice);
  for (std::uint32_t k = 0; k < more; ++k) {
    const std::uint32_t trip = n + order[k];
    crowd.next.lane[k] = static_cast<std::uint32_t>(crowd.city.trip[trip].key % Crowd::kLanes);
    crowd.next.pos[k] = static_cast<std::int32_t>(crowd.city.trip[trip].key / 64 % 5000 * 10 + 3);
    crowd.next.slot[k] = trip;
  }
  CHECK_FALSE(machine.merge_inserted(crowd.view, more, Crowd::kLanes));
  for (std::uint32_t lane = 0; lane <= Crowd::kLanes; ++lane) {
    const auto first = std::lower_bound(crowd.now.lane.begin(), crowd.now.lane.begin() + left + more, lane);
    CHECK(crowd.lane_first[lane] == static_cast<std::uint32_t>(first - crowd.now.lane.begin()));
  }
  std::size_t unsorted = 0;
  std::vector<std::uint32_t> slots;
  for (std::uint32_t k = 0; k < left + more; ++k) {
    slots.push_back(crowd.now.slot[k]);
    if (k)
      unsorted += std::make_pair(crowd.now.lane[k], crowd.now.pos[k]) <
                  std::make_pair(crowd.now.lane[k - 1], crowd.now.pos[k - 1]);
  }
  CHECK(unsorted == 0);
  std::sort(slots.begin(), slots.end());
  CHECK(std::adjacent_find(slots.begin(), slots.end()) == slots.end());
  CHECK(slots.size() == left + more);
}

}  // namespace

TEST_CASE("reorder sorts on one thread and on many as a plain sort does") {
  for (unsigned seed = 1; seed <= 3; ++seed)
    for (const std::uint32_t n : {1u, 2u, 100u, 4095u, 4096u, 12001u}) {
      check<Serial>(1, n, seed, 0.2, 0.05);
      for (const int threads : {2, 3, 7}) check<Parallel>(threads, n, seed, 0.2, 0.05);
    }
}

TEST_CASE("reorder when nobody moves, everybody moves, everybody leaves") {
  for (const std::uint32_t n : {5u, 9000u}) {
    check<Parallel>(3, n, 4, 0, 0);
    check<Parallel>(3, n, 5, 1, 0);
    check<Parallel>(3, n, 6, 0, 1);
    check<Serial>(1, n, 6, 0, 1);
  }
}
