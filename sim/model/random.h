#pragma once
// Random numbers that belong to a vehicle and a purpose, never to an order: Philox4x32-10.
// Source: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11; tested against the published
// known answers in tests/model/random_test.cc.
#include <cstdint>

#include "sim/model/units.h"

namespace arterial {

struct Philox4x32 {
  std::uint32_t v[4];
};

ARTERIAL_HD Philox4x32 philox4x32_10(Philox4x32 counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * counter.v[0], p1 = 0xCD9E8D57ull * counter.v[2];
    counter = {{static_cast<std::uint32_t>(p1 >> 32) ^ counter.v[1] ^ key0, static_cast<std::uint32_t>(p1),
                static_cast<std::uint32_t>(p0 >> 32) ^ counter.v[3] ^ key1, static_cast<std::uint32_t>(p0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// What a draw is for. Never renumber: results would change.
enum class Purpose : std::uint32_t {
  kSpeedFactor = 1,
  kDawdle = 2,
  kDemandFactor = 3,
  kReroute = 4,
  kDepart = 5,
  kLaneChange = 6
};

/// 32 random bits of (seed, purpose) for (key, index).
ARTERIAL_HD std::uint32_t random_bits(std::uint64_t seed, Purpose purpose, std::uint64_t key,
                                      std::uint64_t index) {
  const Philox4x32 c{{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32),
                      static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32)}};
  const std::uint32_t s =
      static_cast<std::uint32_t>(seed) ^ (static_cast<std::uint32_t>(seed >> 32) * 0x9E3779B9u);
  return philox4x32_10(c, s, static_cast<std::uint32_t>(purpose)).v[0];
}

/// Of 32 random bits a number uniform in [0, 1).
ARTERIAL_HD double unit_of(std::uint32_t bits) { return bits * (1.0 / 4294967296.0); }

/// Uniform in [0, 1).
ARTERIAL_HD double random_unit(std::uint64_t seed, Purpose purpose, std::uint64_t key, std::uint64_t index) {
  return unit_of(random_bits(seed, purpose, key, index));
}

/// Mixes 64 bits (Stafford's variant 13 of the MurmurHash3 finaliser): for hashes and tie-breaks.
ARTERIAL_HD std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace arterial
