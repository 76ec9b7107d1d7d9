#pragma once
// What a driver does by its own lane alone: the speed of the next step behind the one ahead, and how far it
// has to look. One source: a device works it out for one vehicle, a host for eight in a row.
//
// Comfortable limits (follow, stop line, slower road ahead) shape the speed; the safe limit, at emergency
// deceleration and without the wanted gap, can only lower it. So no law and no step size can collide.
#include "kernels/car_following.h"

namespace arterial {

/// Of a vehicle of Krauss' model and the one it follows. Units and SI as the names say; whole numbers in an R
/// are exact.
template <class R>
struct Seen {
  R pos, speed;                 // units, units/s
  R lane_limit, speed_factor;   // units/s, 1/16384
  R lane_length;                // units
  R leader_rear, leader_speed;  // units on this lane, units/s; nobody ahead: kNobodyAhead
  R leader_decel, leader_emergency;
  R max_speed, accel, decel, emergency_decel, sigma, tau, min_gap, length_units, brake_per_v2,
      hard_brake_per_v2;
  R noise;  // drawn, in [0, 1)
};
constexpr double kNobodyAhead = 1e13;  // units
constexpr double kFarAhead = 5e8;      // metres: a gap beyond that is to nobody

template <class R>
struct Followed {
  R speed_mps, desired;  // m/s
  R gap, leader_mps;     // metres; beyond kFarAhead where nobody is
  R comfortable, safe;   // limits by the leader, m/s
  R look;                // units: beyond the end of the lane it looks if that is nearer than this
  R next_speed,
      at;  // units: of the coming step, and where it brings the front, if nothing else is in its way
  // 1 or 0:
  R ends_near;      // the end of the lane is within its look
  R keeps_to_lane;  // nor does it come beyond it, cover or reach other ground, or overlap
  R far_from_line;  // then it is more than kHorizon_s from the end of the lane
};
constexpr double kRules = 1.5;
constexpr double kHorizon_s = 8.0;  // drivers nearer than this to a stop line may concern others

/// The speed of the next step of one whose own wish is at most `open` and whom everything ahead limits to
/// `limit`, then to what is `safe`. Imperfection holds a driver below the limit where that is what rules it,
/// and not its own acceleration: where it is no more than half as far again as acceleration brings it in the
/// step. (Of consequence only below a step of 1 s; kRules from discharge at 0.1 s: 1.0 gives 1,997
/// pc/h/ln, 1.5 1,970, 2.0 1,932.)
template <class R>
ARTERIAL_HD R next_speed(const R& v, const R& open, const R& limit, const R& safe, const R& accel,
                         const R& decel, const R& emergency_decel, const R& sigma, double step,
                         const R& noise) {
  const R cap = select(limit < least(R(v + accel * (kRules * step)), open), limit, open);
  // A leader that comes into sight is no reason to brake harder than followers can rely on.
  const R next = most(dawdle(v, cap, accel, decel, sigma, step, noise), R(v - emergency_decel * step));
  return most(least(safe, next), R{});
}

/// Of as many vehicles as an R holds, from the k-th on. N: double, or EightNumbers.
template <class R, class N>
ARTERIAL_HD void follow(const Seen<N>& s, unsigned k, double step, double step_ms, Followed<N>& f) {
  const R pos = from<R>(s.pos, k), accel = from<R>(s.accel, k), decel = from<R>(s.decel, k);
  const R emergency_decel = from<R>(s.emergency_decel, k), min_gap = from<R>(s.min_gap, k),
          tau = from<R>(s.tau, k);
  const R lane_length = from<R>(s.lane_length, k);
  const R v = from<R>(s.speed, k) * kMetresPerUnit;
  const R limit =
      (from<R>(s.lane_limit, k) * kMetresPerUnit) * (from<R>(s.speed_factor, k) * (1.0 / 16384.0));
  const R desired = least(from<R>(s.max_speed, k), limit);
  const R fastest = fastest_next(v, desired, accel, step), slower = v - decel * step;

  const R gap = (from<R>(s.leader_rear, k) - pos) * kMetresPerUnit,
          leader = from<R>(s.leader_speed, k) * kMetresPerUnit;
  const R hardest = most(from<R>(s.leader_emergency, k), emergency_decel);
  const R safe = safe_speed(R(gap - 0.01 + brake_distance(leader, hardest, step)), emergency_decel, step);
  const R comfortable =
      krauss_follow_speed(R(gap - min_gap), leader, decel, from<R>(s.leader_decel, k), tau, step);

  const R one = R{} + 1.0;
  const R look = stopping_distance(fastest, decel, step) + fastest * most(tau, R(R{} + step)) + min_gap + 2.0;
  const R look_units = whole(least(R(look * kUnitsPerMetre + 0.5), R(R{} + kMaxUnits)));

  const R next = next_speed(v, most(desired, slower), comfortable, safe, accel, decel, emergency_decel,
                            from<R>(s.sigma, k), step, from<R>(s.noise, k));
  const R next_units = whole(next * kUnitsPerMetre);
  const R at = pos + whole(next_units * step_ms / 1000.0);

  const R v_next = next_units * kMetresPerUnit, to_end = (lane_length - at) * kMetresPerUnit;
  const R fastest_then = fastest_next(v_next, desired, accel, step), room = to_end - 0.2;
  const R needs = most(R(fastest_then * step + most_braked(fastest_then, from<R>(s.hard_brake_per_v2, k))),
                       most_braked(v_next, from<R>(s.brake_per_v2, k)));
  // Its own lane is all it needs to know of, and all it touches.
  const R within = select(at < from<R>(s.length_units, k), R{}, select(needs < room - 1e-6, one, R{}));
  const R ends_near = select(look_units < lane_length - pos, R{}, one);

  put(f.speed_mps, k, v);
  put(f.desired, k, desired);
  put(f.gap, k, gap);
  put(f.leader_mps, k, leader);
  put(f.comfortable, k, comfortable);
  put(f.safe, k, safe);
  put(f.look, k, look_units);
  put(f.next_speed, k, next_units);
  put(f.at, k, at);
  put(f.ends_near, k, ends_near);
  put(f.keeps_to_lane, k,
      select(ends_near < one, select(lane_length < at, R{}, select(gap < 0.0, R{}, within)), R{}));
  put(f.far_from_line, k, select(kHorizon_s * most(desired, fastest_then) < to_end, one, R{}));
}

}  // namespace arterial
