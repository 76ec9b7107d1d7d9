// Philox4x32-10 against the known answers that Random123 publishes (kat_vectors).
#include "sim/model/random.h"
#include "tests/catch.h"

using namespace arterial;

namespace {
void check(Philox4x32 counter, std::uint32_t key0, std::uint32_t key1, Philox4x32 expected) {
  const Philox4x32 got = philox4x32_10(counter, key0, key1);
  for (int i = 0; i < 4; ++i) CHECK(got.v[i] == expected.v[i]);
}
}  // namespace

TEST_CASE("Philox4x32-10 gives the published answers") {
  check({{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}});
  check({{~0u, ~0u, ~0u, ~0u}}, ~0u, ~0u, {{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}});
  check({{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}}, 0xa4093822u, 0x299f31d0u,
        {{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}});
}

TEST_CASE("Draws of different keys, purposes, indexes and seeds are unlike; their mean is a half") {
  const auto draw = [](std::uint64_t seed, Purpose p, std::uint64_t key, std::uint64_t index) {
    return random_bits(seed, p, key, index);
  };
  const std::uint32_t one = draw(1, Purpose::kDawdle, 7, 3);
  CHECK(one == draw(1, Purpose::kDawdle, 7, 3));
  CHECK(one != draw(2, Purpose::kDawdle, 7, 3));
  CHECK(one != draw(1ull << 40, Purpose::kDawdle, 7, 3));
  CHECK(one != draw(1, Purpose::kDepart, 7, 3));
  CHECK(one != draw(1, Purpose::kDawdle, 8, 3));
  CHECK(one != draw(1, Purpose::kDawdle, 7, 4));
  double sum = 0;
  for (std::uint64_t k = 0; k < 20000; ++k) {
    const double u = random_unit(1, Purpose::kDawdle, k, 0);
    REQUIRE((u >= 0 && u < 1));
    sum += u;
  }
  CHECK(sum / 20000 == Approx(0.5).margin(0.01));
}
