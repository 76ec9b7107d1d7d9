#pragma once
// Car-following laws: the speed of the next step from what is ahead. Pure functions of one vehicle's own
// numbers, one source for host and device. Metres, seconds. Euler update as SUMO's: a vehicle moves
// next_speed * step.
//
// Sources: Krauss, "Microscopic modeling of traffic flow" (1998), in the discrete form of SUMO's
// documentation; Treiber, Hennecke, Helbing, "Congested traffic states" (2000) for IDM. Formulas and
// defaults: docs/MODELS.md.
#include <cmath>
#include <cstdint>

#include "kernels/pack.h"

namespace arterial {

/// What the laws need of a vehicle type, in SI.
struct TypeParams {
  double max_speed, accel, decel, emergency_decel, sigma, tau, min_gap, length;
  std::int32_t length_units, min_gap_units;
  std::int32_t startup_ms;  // hesitation at green
  std::int32_t idm;         // 1: IDM, 0: Krauss
  std::int32_t idm_delta;   // whole number: pow() differs between machines
  std::uint16_t class_mask;
  std::uint16_t flags;  // kIgnoresPermissions
  double lc_speed_gain, lc_keep_right, lc_strategic, lc_cooperative;
  double brake_per_v2, hard_brake_per_v2;  // 1 / (2 decel), 1 / (2 emergency_decel): metres per (m/s)^2
};
constexpr std::uint16_t kIgnoresPermissions = 1;

/// Distance still driven when braking with `decel` from the next step on: speeds v-bT, v-2bT, ... each for T.
template <class R>
ARTERIAL_HD R brake_distance(const R& v, const R& decel, double step) {
  const R reduction = decel * step;
  if constexpr (is_one<R>)
    if (v < reduction) return 0;  // stands after one step: most of a queue, and no division
  const R n = whole(v / reduction);
  return select(v < reduction, R{}, step * (n * v - reduction * n * (n + 1.0) * 0.5));
}

/// The largest next speed v with v * step + brake_distance(v) <= room. Zero when there is no room.
template <class R>
ARTERIAL_HD R safe_speed(const R& any_room, const R& decel, double step) {
  const R room = select(0.0 < any_room, any_room, R{});
  const R unit = decel * step * step;
  if constexpr (is_one<R>)
    if (room < unit) return room / step;  // one step takes it all
  const R s = room / unit;
  const R n = whole((root(1.0 + 8.0 * s) - 1.0) * 0.5);
  return select(room < unit, room / step, (s / (n + 1.0) + n * 0.5) * decel * step);
}

/// The same where `room` is a bound for the next `steps` states less one: after `steps` there is no bound any
/// more.
ARTERIAL_HD double safe_speed_for(double room, double decel, double step, int steps) {
  if (steps <= 1) return 1e9;
  const double full = safe_speed(room, decel, step);
  const double n = steps - 2, reduction = decel * step;  // times that it brakes before the bound ends
  if (!(room > 0) || full < n * reduction) return full;
  return room / ((n + 1) * step) + 0.5 * n * reduction;
}

/// In how many steps a vehicle of speed v covers `distance` while it brakes with `decel`; never: more than it
/// may take.
ARTERIAL_HD int steps_to_cover(double distance, double v, double decel, double step) {
  constexpr int kNever = 1000;
  for (int n = 1; n <= 20; ++n) {
    v -= decel * step;
    if (v <= 0) return kNever;
    distance -= v * step;
    if (distance <= 0) return n;
  }
  return kNever;
}

// Bounds that need no division and no root: what is far from the limit is told apart from what has to be
// worked out. Braking in steps is v^2 / 2b - v T / 2 + (b T^2 / 2) f (1 - f) with f in [0, 1): between these
// two.
template <class R>
ARTERIAL_HD R most_braked(const R& v, const R& per_v2) {
  return v * v * per_v2;
}
ARTERIAL_HD double least_braked(double v, double per_v2, double step) {
  return v * (v * per_v2 - 0.5 * step);
}

/// Whether `v` keeps within `room` with `headway` (at least a step) driven before it brakes, by far more than
/// rounding.
template <class R>
ARTERIAL_HD Truth<R> surely_within(const R& v, double headway, const R& per_v2, const R& room) {
  return v * headway + most_braked(v, per_v2) < room - 1e-6;
}

/// What one step may bring a vehicle to: the fastest next speed, in m/s.
template <class R>
ARTERIAL_HD R fastest_next(const R& v, const R& desired, const R& accel, double step) {
  return least(R(v + accel * step), most(desired, v));
}
ARTERIAL_HD double fastest_next(double v, double desired, const TypeParams& t, double step) {
  return fastest_next(v, desired, t.accel, step);
}

template <class R>
ARTERIAL_HD R stopping_distance(const R& next_speed, const R& decel, double step) {
  return next_speed * step + brake_distance(next_speed, decel, step);
}

/// Krauss' safe speed behind a leader at `gap` (already less the wanted standstill gap), with headway `tau`.
template <class R>
ARTERIAL_HD R krauss_follow_speed(const R& gap, const R& leader_speed, const R& decel, const R& leader_decel,
                                  const R& tau, double step) {
  const R b_leader = most(leader_decel, decel);
  const R room = gap + brake_distance(leader_speed, b_leader, step);
  const R exact = safe_speed(room, decel, step);
  if constexpr (is_one<R>)
    if (tau <= step || room <= 0) return exact;
  // The leader's braking distance here without the stairs of its steps, so that equilibrium is gap / tau at
  // every step.
  const R smooth = gap + leader_speed * (leader_speed / (2.0 * b_leader) - 0.5 * step);
  const R h = tau - 0.5 * step;
  const R bh = decel * h;
  const R square = bh * bh + 2.0 * decel * smooth;
  const R v = select(bh * bh < square, root(square) - bh, R{});
  return select(step < tau, least(v, exact), exact);
}

/// IDM acceleration. gap in metres to the leader's rear (> 0), `dv` = own speed - leader's speed.
ARTERIAL_HD double idm_acceleration(double v, double desired, double gap, double dv, const TypeParams& p) {
  double ratio = desired > 0.1 ? v / desired : v / 0.1, power = 1;
  for (int i = 0; i < p.idm_delta; ++i) power *= ratio;
  double wanted = v * p.tau + v * dv / (2.0 * sqrt(p.accel * p.decel));
  wanted = p.min_gap + (wanted > 0 ? wanted : 0);
  const double s = gap > 0.1 ? gap : 0.1;
  return p.accel * (1.0 - power - (wanted / s) * (wanted / s));
}

/// Krauss' driver imperfection: slower by up to sigma * accel. `noise` in [0,1) is drawn per second, and what
/// it takes is meant for a second too. With a step of 1 s this is SUMO's next - sigma * min(next, accel) *
/// noise. A shorter step lessens acceleration in proportion, and holds a driver as much below the speed it
/// could keep (`cap`: all that limits it but its own acceleration), of a slow one at most a quarter, reached
/// no faster than by braking with `decel`. This form for short steps is Arterial's own: discharge and flow
/// stay those of 1 s (arterial bench laws).
template <class R>
ARTERIAL_HD R dawdle(const R& v, const R& cap, const R& accel, const R& decel, const R& sigma, double step,
                     const R& noise) {
  const R loss = sigma * noise, faster = v + accel * step;
  const R rising = faster - loss * least(faster, R(accel * step));
  const R share = step < 1 ? R(0.25 * cap) : cap;
  const R below = cap - loss * least(share, accel);
  const R gentle = least(R(v - decel * step), cap) - loss * accel * step;
  return most(least(rising, most(below, gentle)), R{});
}

/// Seconds to cover `distance` from speed v, accelerating with `accel` up to `v_max`.
ARTERIAL_HD double travel_time(double distance, double v, double accel, double v_max) {
  if (distance <= 0) return 0;
  if (v >= v_max) return distance / (v_max > 0.1 ? v_max : 0.1);
  const double d_accelerate = (v_max * v_max - v * v) / (2.0 * accel);
  if (distance <= d_accelerate) return (sqrt(v * v + 2.0 * accel * distance) - v) / accel;
  return (v_max - v) / accel + (distance - d_accelerate) / v_max;
}

}  // namespace arterial
