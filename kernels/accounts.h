#pragma once
// Accounts at the moments a vehicle leaves or enters a ground: trip sums, link and junction sums (Edie),
// movements.
#include "kernels/atomics.h"
#include "kernels/vehicle_path.h"

namespace arterial {

ARTERIAL_HD std::uint32_t account_of(const View& v, std::uint32_t replica, std::uint32_t ground) {
  const CityView& c = v.city;
  const std::uint32_t base = replica * (c.links + c.junctions);
  return base +
         (ground < c.road_lanes ? c.lane_link[ground] : c.links + c.conn[ground - c.road_lanes].junction);
}

/// Closes the running account of a vehicle on its ground at `time_ms` and position `pos`; opens the next
/// there. Returns the time lost.
template <class W>
ARTERIAL_HD std::int32_t settle(const View& v, std::uint32_t replica, std::uint32_t ground, TripState& t,
                                std::uint32_t kind, std::int32_t time_ms, std::int32_t pos) {
  const TypeParams& type = v.city.type[kind & 0xffff];
  LinkAccount& a = v.s.link_account[account_of(v, replica, ground)];
  const std::int32_t spent = time_ms - t.enter_ms;
  const std::int64_t driven = static_cast<std::int64_t>(pos) - t.enter_pos;
  double desired = to_metres(v.s.ground[replica * v.city.grounds + ground].limit) * speed_factor_of(kind);
  if (desired > type.max_speed) desired = type.max_speed;
  const double free_ms = desired > 0.01 ? 1000.0 * to_metres(driven) / desired : spent;
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): a law takes no rounding from a library
  const std::int32_t free = free_ms < 2e9 ? static_cast<std::int32_t>(free_ms + 0.5) : 0;
  // Lines are crossed within a step and times are whole steps: what one ground is given too much the next
  // gives back.
  const std::int32_t loss = spent - free > -v.p.step_ms ? spent - free : -v.p.step_ms;
  Atomic<W>::add(&a.vehicle_units, driven);
  Atomic<W>::add(&a.vehicle_ms, static_cast<std::int64_t>(spent));
  Atomic<W>::add(&a.loss_ms, static_cast<std::int64_t>(loss));
  t.distance += driven;
  t.free_flow_ms += free;
  t.loss_ms += loss;
  t.enter_ms = time_ms;
  t.enter_pos = pos;
  return loss;
}

/// Of a standing time that ends at `time_ms`, what has come since its account was last settled: the interval
/// before has had the rest.
ARTERIAL_HD std::int32_t halt_since_settled(const TripState& t, std::int32_t halt_ms, std::int32_t time_ms) {
  const std::int32_t open_ms = time_ms - t.enter_ms;
  return halt_ms < open_ms ? halt_ms : open_ms;
}

/// A vehicle that stood for `steps`, up to `time_ms`, moves again or leaves its ground. Before its account is
/// settled.
template <class W>
ARTERIAL_HD void settle_halt(const View& v, std::uint32_t replica, std::uint32_t ground, TripState& t,
                             std::uint32_t steps, std::int32_t time_ms) {
  const std::int32_t ms = static_cast<std::int32_t>(steps) * v.p.step_ms;
  t.halted_ms += ms;
  Atomic<W>::add(&v.s.link_account[account_of(v, replica, ground)].halted_ms,
                 static_cast<std::int64_t>(halt_since_settled(t, ms, time_ms)));
}

template <class W>
ARTERIAL_HD void count(const View& v, std::uint32_t replica, Counter which, std::uint64_t by = 1) {
  Atomic<W>::add(&v.s.counter[replica * kCounterCount + which], by);
}

}  // namespace arterial
