#pragma once
// Draws of several vehicles at once, the same bit for bit as each by itself (sim/model/random.h).
#include <cstdint>

#include "sim/model/random.h"

#if defined(__SSE2__) && !defined(__CUDACC__)
#include <emmintrin.h>
#endif

namespace arterial {

/// random_bits() of eight keys at once: two keys in a register, and nobody waits for another.
inline void random_bits_of_eight(std::uint64_t seed, Purpose purpose, const std::uint64_t (&key)[8], std::uint64_t index,
                                 std::uint32_t (&bits)[8]) {
#if defined(__SSE2__) && !defined(__CUDACC__)
  const std::uint32_t seed0 = static_cast<std::uint32_t>(seed) ^ (static_cast<std::uint32_t>(seed >> 32) * 0x9E3779B9u);
  // Each half of a register holds one number of a counter; what stands above its 32 bits is never looked at.
  const __m128i low = _mm_set1_epi64x(static_cast<long long>(index)), high = _mm_srli_epi64(low, 32);
  const __m128i m0 = _mm_set1_epi64x(0xD2511F53), m1 = _mm_set1_epi64x(0xCD9E8D57);
  for (int first = 0; first < 8; first += 4) {  // four at a time is what the registers hold
    __m128i a[2], b[2], c[2], d[2];
    for (int n = 0; n < 2; ++n) {
      a[n] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key + first + 2 * n));
      b[n] = _mm_srli_epi64(a[n], 32);
      c[n] = low;
      d[n] = high;
    }
    std::uint32_t key0 = seed0, key1 = static_cast<std::uint32_t>(purpose);
    for (int round = 0; round < 10; ++round) {
      const __m128i k0 = _mm_cvtsi32_si128(static_cast<int>(key0)), k1 = _mm_cvtsi32_si128(static_cast<int>(key1));
      for (int n = 0; n < 2; ++n) {
        const __m128i p0 = _mm_mul_epu32(a[n], m0), p1 = _mm_mul_epu32(c[n], m1);
        a[n] = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(p1, 32), b[n]), _mm_unpacklo_epi64(k0, k0));
        c[n] = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(p0, 32), d[n]), _mm_unpacklo_epi64(k1, k1));
        b[n] = p1;
        d[n] = p0;
      }
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    for (int n = 0; n < 2; ++n) {
      bits[first + 2 * n] = static_cast<std::uint32_t>(_mm_cvtsi128_si32(a[n]));
      bits[first + 2 * n + 1] = static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_srli_si128(a[n], 8)));
    }
  }
#else
  for (int n = 0; n < 8; ++n) bits[n] = random_bits(seed, purpose, key[n], index);
#endif
}

}  // namespace arterial
