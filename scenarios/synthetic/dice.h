#pragma once
// Random numbers for drawing: a hash of (seed, purpose, where). No state and no order of calls, so a street
// keeps its name when its neighbour changes; no std distributions and no libm, whose results differ between
// platforms.
#include <cstdint>
#include <string_view>

namespace arterial::synthetic {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// FNV-1a, for purposes written as words and for trip keys.
constexpr std::uint64_t hash_of(std::string_view words) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (char c : words) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

class Dice {
 public:
  constexpr Dice(std::uint64_t seed, std::string_view purpose) : key_(mix(seed ^ mix(hash_of(purpose)))) {}

  constexpr std::uint64_t bits(std::int64_t a, std::int64_t b = 0) const {
    return mix(mix(key_ + static_cast<std::uint64_t>(a)) ^
               (static_cast<std::uint64_t>(b) * 0xd1342543de82ef95ull));
  }
  /// In [0, 1).
  constexpr double unit(std::int64_t a, std::int64_t b = 0) const {
    return static_cast<double>(bits(a, b) >> 11) * 0x1p-53;
  }
  constexpr double between(double low, double high, std::int64_t a, std::int64_t b = 0) const {
    return low + (high - low) * unit(a, b);
  }
  constexpr bool chance(double p, std::int64_t a, std::int64_t b = 0) const { return unit(a, b) < p; }
  /// In [0, n).
  constexpr std::uint32_t pick(std::uint32_t n, std::int64_t a, std::int64_t b = 0) const {
    return static_cast<std::uint32_t>(((bits(a, b) >> 32) * n) >> 32);
  }

  /// Smooth value noise in [-1, 1] with one random value per unit square.
  double noise(double x, double y) const;

 private:
  std::uint64_t key_;
};

}  // namespace arterial::synthetic
