// Eight at once, in whatever registers, are eight one by one: bit for bit.
#include <array>
#include <bit>
#include <cstring>

#include "kernels/following_of_eight.h"
#include "sim/model/random.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

/// Number `n` of turn `turn`, uniform in [from, to).
double draw(std::uint64_t turn, std::uint64_t n, double from, double to) {
  return from + (to - from) * unit_of(static_cast<std::uint32_t>(mix64(turn * 1000 + n) >> 32));
}

/// Of the k-th of eight: near and far from the end, with and without a leader, overlapping too, of many
/// kinds.
void see_something(std::uint64_t turn, unsigned k, EightVehicles& eight) {
  const std::uint64_t t = turn * 8 + k;
  Seen<EightNumbers>& s = eight.seen;
  auto units = [&](std::uint64_t n, double from, double to) { return std::floor(draw(t, n, from, to)); };
  s.pos.of[k] = units(0, 0, 5e6);
  s.speed.of[k] = turn % 5 == 0 ? 0 : units(1, 0, 4e5);
  s.lane_limit.of[k] = units(2, 1e3, 4e5);
  s.speed_factor.of[k] = units(3, 8000, 24000);
  s.lane_length.of[k] = s.pos.of[k] + units(4, 0, turn % 3 ? 2e6 : 2e5);
  const bool alone = turn % 4 == 0;
  s.leader_rear.of[k] = alone ? kNobodyAhead : s.pos.of[k] + units(5, -1e4, turn % 2 ? 1e6 : 1e5);
  s.leader_speed.of[k] = alone || turn % 7 == 0 ? 0 : units(6, 0, 4e5);
  s.leader_decel.of[k] = draw(t, 7, 2, 6);
  s.leader_emergency.of[k] = draw(t, 8, 6, 10);
  s.max_speed.of[k] = draw(t, 9, 5, 60);
  s.accel.of[k] = draw(t, 10, 0.5, 4);
  s.decel.of[k] = draw(t, 11, 2, 6);
  s.emergency_decel.of[k] = draw(t, 12, 6, 10);
  s.sigma.of[k] = turn % 6 == 0 ? 0 : draw(t, 13, 0, 1);
  s.tau.of[k] = draw(t, 14, 0.05, 2);
  s.min_gap.of[k] = draw(t, 15, 0, 3);
  s.length_units.of[k] = units(16, 1e4, 2e5);
  s.brake_per_v2.of[k] = 1 / (2 * s.decel.of[k]);
  s.hard_brake_per_v2.of[k] = 1 / (2 * s.emergency_decel.of[k]);
  eight.key[k] = mix64(t);
}

/// Both are made of numbers only.
template <class One, class Eight>
One one_of_eight(const Eight& eight, unsigned k) {
  static_assert(sizeof(Eight) / sizeof(EightNumbers) == sizeof(One) / sizeof(double));
  One one;
  for (std::size_t n = 0; n < sizeof(One) / sizeof(double); ++n)
    std::memcpy(reinterpret_cast<char*>(&one) + n * sizeof(double),
                reinterpret_cast<const char*>(&eight) + n * sizeof(EightNumbers) + k * sizeof(double),
                sizeof(double));
  return one;
}

}  // namespace

TEST_CASE("eight at once follow as each by itself, on every kind of register this processor has") {
  for (const LawOfEight& law : laws_of_eight()) {
    INFO(law.name);
    for (std::uint64_t turn = 0; turn < 400; ++turn) {
      EightVehicles eight;
      for (unsigned k = 0; k < 8; ++k) see_something(turn, k, eight);
      eight.seed = turn % 2 ? turn : mix64(turn);
      const std::uint64_t second = turn % 3 ? turn : mix64(turn + 99);
      const double step_ms = turn % 3 == 0 ? 100 : turn % 3 == 1 ? 500 : 1000;
      law.follow(eight, second, step_ms / 1000, step_ms);
      for (unsigned k = 0; k < 8; ++k) {
        auto seen = one_of_eight<Seen<double>>(eight.seen, k);
        REQUIRE(seen.noise == random_unit(eight.seed, Purpose::kDawdle, eight.key[k], second));
        Followed<double> alone;
        follow<double>(seen, 0, step_ms / 1000, step_ms, alone);
        const auto together = one_of_eight<Followed<double>>(eight.followed, k);
        using Bits = std::array<std::uint64_t, sizeof alone / sizeof(double)>;
        CHECK(std::bit_cast<Bits>(alone) == std::bit_cast<Bits>(together));
        CHECK(alone.next_speed >= 0);
      }
    }
  }
}

TEST_CASE("noise that is given is not drawn") {
  EightVehicles eight;
  for (unsigned k = 0; k < 8; ++k) {
    see_something(3, k, eight);
    eight.seen.noise.of[k] = 0.125 * k;
  }
  eight.seed = 1;
  eight.noise_given = true;
  follow_eight(eight, 7, 1, 1000);
  for (unsigned k = 0; k < 8; ++k) CHECK(eight.seen.noise.of[k] == 0.125 * k);
}
