#pragma once
// Keys and keyed draws of trips. A draw depends on (key, purpose, number) alone, never on an order or an
// index, so base and option of a study differ by the edit alone. The step's own random numbers are Philox
// (sim/model/random.h); these serve what happens once per trip, while demand is read.
#include <cstdint>
#include <string_view>

#include "sim/model/random.h"

namespace arterial {

/// 64-bit hash of bytes; the same on every machine.
inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0) {
  std::uint64_t h = mix64(seed + 0x9e3779b97f4a7c15ull) ^ (bytes.size() * 0xd6e8feb86659fd93ull);
  std::uint64_t word = 0;
  unsigned filled = 0;
  for (const char c : bytes) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << (8 * filled);
    if (++filled == 8) {
      h = mix64(h ^ word) + 0x9e3779b97f4a7c15ull;
      word = 0;
      filled = 0;
    }
  }
  return mix64(mix64(h ^ word) + 0xa0761d6478bd642full);
}

/// Key of a trip: its source's id and which copy of it this is (flows, demand factors).
inline std::uint64_t trip_key(std::string_view source_id, std::uint64_t copy = 0) {
  return mix64(hash_bytes(source_id) + 0x9e3779b97f4a7c15ull * (copy + 1));
}

/// The n-th draw of `key` for one purpose under `seed`.
inline std::uint64_t keyed_draw(std::uint64_t seed, std::uint64_t key, std::uint64_t purpose,
                                std::uint64_t n = 0) {
  const std::uint64_t a = mix64(seed * 0x9e3779b97f4a7c15ull + purpose);
  const std::uint64_t b = mix64(a ^ key);
  return mix64(b + 0xd1342543de82ef95ull * (n + 1));
}

/// [0, 1), 53 bits.
constexpr double unit_interval(std::uint64_t draw) { return static_cast<double>(draw >> 11) * 0x1.0p-53; }

/// [0, n), without bias that matters for n far below 2^64. n > 0.
constexpr std::uint64_t below(std::uint64_t draw, std::uint64_t n) {
  // High word of the product draw * n, in four 32-bit parts (no 128-bit type in standard C++).
  const std::uint64_t a = draw >> 32, b = draw & 0xffffffffu, c = n >> 32, d = n & 0xffffffffu;
  const std::uint64_t bd = b * d, ad = a * d, bc = b * c;
  const std::uint64_t middle = (bd >> 32) + (ad & 0xffffffffu) + (bc & 0xffffffffu);
  return a * c + (ad >> 32) + (bc >> 32) + (middle >> 32);
}

}  // namespace arterial
