#include "kernels/machine_probe.h"

#include <algorithm>

#include "sim/model/keyed_hash.h"

namespace arterial {

ProbeInput draw_probe(std::uint64_t seed, std::uint32_t n, std::uint32_t lanes, std::uint32_t move_every) {
  ProbeInput input;
  input.lanes = lanes;
  std::uint64_t draws = 0;
  const auto draw = [&](std::uint64_t below_this) { return below(keyed_draw(seed, draws++, 1), below_this); };
  // Few positions, so that several rows want one place.
  const auto place = [&] {
    return order_key(static_cast<std::uint32_t>(draw(lanes)),
                     static_cast<std::int32_t>(draw(4 * n / lanes + 8)) - 2);
  };
  const auto row_at = [&](std::uint64_t where) {
    const std::uint32_t slot = static_cast<std::uint32_t>(input.trips.size());
    TripParams trip{};
    trip.key = keyed_draw(seed, slot, 2);
    input.trips.push_back(trip);
    return HotRow{static_cast<std::uint32_t>(where >> 32),
                  static_cast<std::int32_t>(static_cast<std::uint32_t>(where) ^ 0x80000000u),
                  static_cast<std::int32_t>(draw(200000)),
                  slot,
                  slot * 7,
                  slot * 13};
  };
  std::vector<std::uint64_t> places;
  for (std::uint32_t i = 0; i < n; ++i) places.push_back(place());
  std::sort(places.begin(), places.end());
  for (const std::uint64_t where : places) {
    const bool goes = draw(40) == 0, moves = draw(move_every) == 0;
    input.fate.push_back(goes ? kGone : moves ? kMoves : kStays);
    input.rows.push_back(row_at(!goes && moves ? place() : where));
  }
  for (std::uint32_t i = 0; i < n / 20 + 1; ++i) input.inserted.push_back(row_at(place()));
  return input;
}

}  // namespace arterial
