#include "scenarios/synthetic/dice.h"

#include <cmath>
#include <set>

#include "scenarios/synthetic/street_names.h"
#include "tests/catch.h"

using namespace arterial;
using arterial::synthetic::Dice;

TEST_CASE("draws belong to a seed, a purpose and a place, and to no order") {
  const Dice a(1, "names"), b(1, "names"), other_seed(2, "names"), other_purpose(1, "people");
  CHECK(a.bits(3, 4) == b.bits(3, 4));
  CHECK(a.bits(3, 4) != a.bits(4, 3));
  CHECK(a.bits(3, 4) != a.bits(3, -4));
  CHECK(a.bits(3, 4) != other_seed.bits(3, 4));
  CHECK(a.bits(3, 4) != other_purpose.bits(3, 4));
}

TEST_CASE("the generator is SplitMix64") {
  // First outputs of the published generator for state 0 and 1234567.
  CHECK(arterial::synthetic::mix(0) == 0xe220a8397b1dcdafull);
  CHECK(arterial::synthetic::mix(1234567) == 6457827717110365317ull);
}

TEST_CASE("units are even over [0, 1), picks over [0, n)") {
  const Dice dice(7, "test");
  double sum = 0;
  int counts[5] = {};
  for (int k = 0; k < 20'000; ++k) {
    const double u = dice.unit(k, 1);
    CHECK((u >= 0 && u < 1));
    sum += u;
    const auto n = dice.pick(5, k, 2);
    REQUIRE(n < 5);
    ++counts[n];
  }
  CHECK(std::abs(sum / 20'000 - 0.5) < 0.01);
  for (int c : counts) CHECK(std::abs(c - 4000) < 250);
}

TEST_CASE("noise is smooth and bounded") {
  const Dice dice(3, "noise");
  for (double x = -3; x < 3; x += 0.01) {
    const double a = dice.noise(x, 0.3), b = dice.noise(x + 0.01, 0.3);
    CHECK(std::abs(a) <= 1);
    CHECK(std::abs(a - b) < 0.05);
  }
}

TEST_CASE("streets have names, and not all the same") {
  std::set<std::string> names;
  for (std::uint64_t k = 0; k < 300; ++k) {
    const std::string name = synthetic::street_name(k, RoadClass::kResidential);
    CHECK(name.find(' ') != std::string::npos);
    names.insert(name);
  }
  CHECK(names.size() > 250);
}
