#pragma once
// What a driver does by its own lane alone: the speed of the next step behind the one ahead, and how far it has to look.
// One source: a device works it out for one vehicle, a host for eight in a row.
//
// Comfortable limits (follow, stop line, slower road ahead) shape the speed; the safe limit, at emergency deceleration and
// without the wanted gap, can only lower it. So no law and no step size can collide.
#include "kernels/car_following.h"

namespace arterial {

/// Of a vehicle of Krauss' model and the one it follows. Units and SI as the names say; whole numbers in an R are exact.
template <class R>
struct Seen {
  R pos, speed;                       // units, units/s
  R lane_limit, speed_factor;         // units/s, 1/16384
  R lane_length;                      // units
  R leader_rear, leader_speed;        // units on this lane, units/s; nobody ahead: kNobodyAhead
  R leader_decel, leader_emergency;
  R max_speed, accel, decel, emergency_decel, sigma, tau, min_gap, length_units, brake_per_v2, hard_brake_per_v2;
  R noise;                            // drawn, in [0, 1)
};
constexpr double kNobodyAhead = 1e13;  // units
constexpr double kFarAhead = 5e8;      // metres: a gap beyond that is to nobody

template <class R>
struct Followed {
  R speed_mps, desired, fastest, wanted;  // m/s; wanted: without anything ahead
  R gap, leader_mps;                      // metres; beyond kFarAhead where nobody is
  R comfortable, safe;                    // limits by the leader
  R look;                                 // units: beyond the end of the lane it looks if that is nearer than this
  // Where nothing else is in its way:
  R next_mps, next_speed, at;             // speed of the coming step, in units too, and where it brings the front
  // 1 or 0:
  R ends_near;                            // the end of the lane is within its look
  R passes_end;                           // the front comes beyond it
  R marks;                                // there it may cover or reach other ground
  R far_from_line;                        // and is more than kHorizon_s from the end of the lane
};
constexpr double kHorizon_s = 8.0;       // drivers nearer than this to a stop line may concern others

/// The hold of everything ahead on a driver's speed but its own acceleration: cap, then imperfection, then what brakes can do.
template <class R>
ARTERIAL_HD R next_speed(const R& v, const R& cap, const R& safe, const R& accel, const R& decel, const R& emergency_decel,
                         const R& sigma, double step, const R& noise) {
  // A leader that comes into sight is no reason to brake harder than followers can rely on.
  const R next = most(dawdle(v, cap, accel, decel, sigma, step, noise), R(v - emergency_decel * step));
  return most(least(safe, next), R{});
}

template <class R>
ARTERIAL_HD void follow(const Seen<R>& s, double step, double step_ms, Followed<R>& f) {
  const R v = s.speed * kMetresPerUnit;
  const R limit = (s.lane_limit * kMetresPerUnit) * (s.speed_factor * (1.0 / 16384.0));
  f.speed_mps = v;
  f.desired = least(s.max_speed, limit);
  f.fastest = fastest_next(v, f.desired, s.accel, step);
  const R faster = v + s.accel * step, slower = v - s.decel * step;
  f.wanted = select(faster < f.desired, faster, most(f.desired, slower));

  f.gap = (s.leader_rear - s.pos) * kMetresPerUnit;
  f.leader_mps = s.leader_speed * kMetresPerUnit;
  const R hardest = most(s.leader_emergency, s.emergency_decel);
  f.safe = safe_speed(R(f.gap - 0.01 + brake_distance(f.leader_mps, hardest, step)), s.emergency_decel, step);
  f.comfortable = krauss_follow_speed(R(f.gap - s.min_gap), f.leader_mps, s.decel, s.leader_decel, s.tau, step);

  const R headway = f.fastest * most(s.tau, R(R{} + step));
  const R look = stopping_distance(f.fastest, s.decel, step) + headway + s.min_gap + 2.0;
  f.look = whole(least(R(look * kUnitsPerMetre + 0.5), R{} + kMaxUnits));
  const R one = R{} + 1.0;
  f.ends_near = select(f.look < s.lane_length - s.pos, R{}, one);

  const R cap = least(f.comfortable, most(f.desired, slower));
  f.next_mps = next_speed(v, cap, f.safe, s.accel, s.decel, s.emergency_decel, s.sigma, step, s.noise);
  f.next_speed = whole(f.next_mps * kUnitsPerMetre);
  f.at = s.pos + whole(f.next_speed * step_ms / 1000.0);
  f.passes_end = select(s.lane_length < f.at, one, R{});

  const R v_next = f.next_speed * kMetresPerUnit, to_end = (s.lane_length - f.at) * kMetresPerUnit;
  const R fastest_then = fastest_next(v_next, f.desired, s.accel, step), room = to_end - 0.2;
  const R needs = most(R(fastest_then * step + most_braked(fastest_then, s.hard_brake_per_v2)), most_braked(v_next, s.brake_per_v2));
  f.marks = select(f.at < s.length_units, one, select(needs < room - 1e-6, R{}, one));
  f.far_from_line = select(kHorizon_s * most(f.desired, fastest_then) < to_end, one, R{});
}

}  // namespace arterial
