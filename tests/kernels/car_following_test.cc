// The laws of car following against closed forms, and against what must never happen.
#include "kernels/car_following.h"

#include <cmath>
#include <random>
#include <vector>

#include "kernels/advance.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

const double kSteps[] = {0.1, 0.125, 0.2, 0.25, 0.5, 1.0};

TypeParams car(bool idm = false) {
  TypeParams p{};
  p.max_speed = 50, p.accel = 2.6, p.decel = 4.5, p.emergency_decel = 9, p.sigma = 0, p.tau = 1,
  p.min_gap = 2.5;
  p.length = 5;
  p.length_units = 50000, p.min_gap_units = 25000;
  p.idm = idm, p.idm_delta = 4;
  return p;
}

/// As brake_distance, step by step.
double braked(double v, double decel, double step) {
  double way = 0;
  for (v -= decel * step; v > 0; v -= decel * step) way += v * step;
  return way;
}

}  // namespace

TEST_CASE("brake_distance sums the speeds of a braking vehicle") {
  for (const double step : kSteps)
    for (double v = 0; v < 60; v += 0.37) {
      INFO("step " << step << " speed " << v);
      CHECK(brake_distance(v, 4.5, step) == Approx(braked(v, 4.5, step)).margin(1e-9));
    }
  // As the step shrinks: v^2 / 2b.
  CHECK(brake_distance(30.0, 4.5, 0.001) == Approx(100.0).margin(0.02));
}

TEST_CASE("safe_speed is the inverse of driving one step and braking") {
  for (const double step : kSteps)
    for (double room = 0.01; room < 400; room *= 1.17) {
      const double v = safe_speed(room, 4.5, step);
      INFO("step " << step << " room " << room << " speed " << v);
      CHECK(v * step + brake_distance(v, 4.5, step) <= room + 1e-9);
      const double faster = v + 1e-6;
      CHECK(faster * step + brake_distance(faster, 4.5, step) > room - 1e-9);
    }
  CHECK(safe_speed(0.0, 4.5, 1) == 0);
  CHECK(safe_speed(-3.0, 4.5, 1) == 0);
  CHECK(safe_speed(std::nan(""), 4.5, 1) == 0);
}

TEST_CASE("a bound that ends after some steps allows the most that keeps to it until then") {
  for (const double step : kSteps)
    for (int steps = 2; steps < 12; ++steps)
      for (double room = 0.01; room < 60; room *= 1.3) {
        INFO("step " << step << " steps " << steps << " room " << room);
        const double v = safe_speed_for(room, 4.5, step, steps);
        // Where it is in the last state of the bound, braking from the second step on.
        const auto reach = [&](double u) {
          double at = 0;
          for (int k = 1; k < steps; ++k, u = std::max(0.0, u - 4.5 * step)) at += u * step;
          return at;
        };
        CHECK(reach(v) <= room + 1e-9);
        CHECK(reach(v + 1e-6) > room - 1e-9);
      }
  CHECK(safe_speed_for(0, 4.5, 1, 5) == 0);
  CHECK(safe_speed_for(1, 4.5, 1, 1) > 1e6);
}

TEST_CASE("a foe that brakes leaves in so many steps, or never") {
  CHECK(steps_to_cover(3.2, 10, 9, 0.5) == 2);   // at 5.5 and 1 m/s: 2.75 m, 0.5 m
  CHECK(steps_to_cover(3.3, 10, 9, 0.5) > 100);  // then it stands
  CHECK(steps_to_cover(2.7, 10, 9, 0.5) == 1);
  CHECK(steps_to_cover(10, 5, 0, 1) == 2);
  CHECK(steps_to_cover(1, 0, 0, 1) > 100);
}

TEST_CASE("safe_speed grows with room and its distance never shrinks") {
  for (const double step : kSteps) {
    double before = 0;
    for (double room = 0; room < 100; room += 0.05) {
      const double v = safe_speed(room, 9.0, step);
      CHECK(v >= before);
      before = v;
    }
  }
}

TEST_CASE("Krauss: the closed form behind a standing leader and the headway in a platoon") {
  // With tau above the step: v = -b h + sqrt((b h)^2 + 2 b gap), h = tau - step / 2.
  const double b = 4.5, tau = 1.0, step = 0.1, h = tau - step / 2;
  for (double gap = 1; gap < 200; gap += 3.3) {
    const double expected = -b * h + std::sqrt(b * h * b * h + 2 * b * gap);
    CHECK(krauss_follow_speed(gap, 0.0, b, b, tau, step) ==
          Approx(std::min(expected, safe_speed(gap, b, step))));
  }
  // Equal speeds: the gap in balance is about v * tau.
  const double v = 15;
  double gap = 60, follower = v;
  for (int k = 0; k < 6000; ++k) {
    follower = std::min(follower + 2.6 * step, krauss_follow_speed(gap, v, b, b, tau, step));
    gap += (v - follower) * step;
    if (gap > 40) gap = 40;
  }
  CHECK(follower == Approx(v).margin(0.05));
  CHECK(gap == Approx(v * tau).margin(2.0));
}

TEST_CASE("Krauss falls back to the exact safe speed where the headway is the step") {
  for (double gap = 0.5; gap < 100; gap *= 1.3)
    CHECK(krauss_follow_speed(gap, 10.0, 4.5, 4.5, 1.0, 1.0) ==
          Approx(safe_speed(gap + brake_distance(10.0, 4.5, 1.0), 4.5, 1.0)));
}

TEST_CASE("IDM: no acceleration at the gap in balance, all of it on a free road") {
  const TypeParams p = car(true);
  for (double v = 1; v < 30; v += 2.1) {
    const double desired = 33, free = 1 - std::pow(v / desired, 4);
    const double gap = (p.min_gap + v * p.tau) / std::sqrt(free);
    INFO("speed " << v);
    CHECK(idm_acceleration(v, desired, gap, 0, p) == Approx(0).margin(1e-9));
    CHECK(idm_acceleration(v, desired, gap * 1.2, 0, p) > 0);
    CHECK(idm_acceleration(v, desired, gap * 0.8, 0, p) < 0);
    CHECK(idm_acceleration(v, desired, gap, 3, p) < 0);
  }
  CHECK(idm_acceleration(0, 33, 1e9, 0, p) == Approx(2.6));
  CHECK(idm_acceleration(33, 33, 1e9, 0, p) == Approx(0).margin(1e-6));
}

TEST_CASE("dawdling is bounded by sigma * accel * step and never below zero") {
  for (double v = 0; v < 20; v += 0.7)
    for (double noise = 0; noise < 1; noise += 0.09) {
      const double d = dawdle(v, v, 2.6, 4.5, 0.5, 1.0, noise);
      CHECK(d >= 0);
      CHECK(d <= v);
      CHECK(v - d <= 0.5 * 2.6 + 1e-12);
    }
}

TEST_CASE("travel_time is that of a uniform acceleration") {
  CHECK(travel_time(0, 5, 2, 10) == 0);
  CHECK(travel_time(100, 10, 2, 10) == Approx(10));
  CHECK(travel_time(25, 0, 2, 10) == Approx(5));
  CHECK(travel_time(125, 0, 2, 10) == Approx(15));
  CHECK(travel_time(9, 0, 2, 10) == Approx(3));
}

TEST_CASE("a follower never touches a leader that brakes at random, at any step") {
  for (const double step : kSteps)
    for (const bool idm : {false, true})
      for (int round = 0; round < 30; ++round) {
        std::mt19937 dice(static_cast<unsigned>(round) * 977u + static_cast<unsigned>(step * 1000) + idm);
        std::uniform_real_distribution<double> unit(0, 1);
        TypeParams p = car(idm), q = car();
        p.accel = 1 + 3 * unit(dice), p.decel = 2 + 4 * unit(dice),
        p.emergency_decel = p.decel + 5 * unit(dice);
        p.tau = 0.1 + 2 * unit(dice), p.min_gap = 3 * unit(dice);
        q.decel = 2 + 4 * unit(dice), q.emergency_decel = q.decel + 5 * unit(dice);
        std::int64_t x_lead = 200000, x = 0;  // leader's rear, follower's front
        double v_lead = 15 * unit(dice), v = 0;
        double wish = 0;
        for (int k = 0; k < 400; ++k) {
          if (k % 20 == 0) wish = unit(dice) < 0.3 ? 0 : 30 * unit(dice);
          // The leader may brake as hard as it can at once.
          double next_lead =
              std::clamp(wish, v_lead - (unit(dice) < 0.3 ? q.emergency_decel : q.decel) * step,
                         v_lead + q.accel * step);
          if (next_lead < 0) next_lead = 0;
          SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0};
          if (idm) limit.idm_accel = idm_acceleration(v, 33, 1e9, 0, p);
          obey_leader(limit, x_lead - x, v_lead, q, v, 33, p, step);
          double next = std::min({v + p.accel * step, 33.0, limit.comfortable, limit.safe});
          if (idm) next = std::min(next, v + limit.idm_accel * step);
          if (!(next > 0)) next = 0;
          // It does not have to brake harder than in an emergency either.
          INFO("step " << step << " idm " << idm << " round " << round << " k " << k << " speed " << v
                       << " -> " << next);
          if (!idm && limit.safe <= limit.comfortable) REQUIRE(next >= v - p.emergency_decel * step - 1e-2);
          const std::int64_t ms = std::llround(step * 1000);
          x_lead += static_cast<std::int64_t>(next_lead * kUnitsPerMetre) * ms / 1000;
          x += static_cast<std::int64_t>(next * kUnitsPerMetre) * ms / 1000;
          v_lead =
              static_cast<double>(static_cast<std::int64_t>(next_lead * kUnitsPerMetre)) * kMetresPerUnit;
          v = static_cast<double>(static_cast<std::int64_t>(next * kUnitsPerMetre)) * kMetresPerUnit;
          REQUIRE(x <= x_lead);
        }
      }
}

TEST_CASE("a vehicle stops before a wall at any step") {
  for (const double step : kSteps)
    for (double v0 = 0; v0 < 40; v0 += 1.3) {
      const TypeParams p = car();
      std::int64_t left = to_units(v0 * step + brake_distance(v0, p.decel, step) + 0.3);
      double v = v0;
      for (int k = 0; k < 1000; ++k) {
        SpeedLimits limit = {1e9, 1e9, 1e9, 1e9, 0};
        obey_wall(limit, left, kStopGap, p, step);
        const double next =
            std::max(0.0, std::min({v + p.accel * step, 40.0, limit.comfortable, limit.safe}));
        CHECK(next >= v - p.decel * step - 1e-2);  // comfortably
        left -= static_cast<std::int64_t>(next * kUnitsPerMetre * step);
        v = next;
        REQUIRE(left >= 0);
      }
      CHECK(v < 0.01);
      CHECK(left < 4000);
    }
}
