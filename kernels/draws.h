#pragma once
// Draws of several vehicles at once, the same bit for bit as each by itself (sim/model/random.h).
#include <cstdint>

#include "sim/model/random.h"

#if defined(__SSE2__) && !defined(__CUDACC__)
#include <immintrin.h>
#endif

namespace arterial {

/// random_bits() of eight keys.
inline void random_bits_of_eight(std::uint64_t seed, Purpose purpose, const std::uint64_t (&key)[8],
                                 std::uint64_t index, std::uint32_t (&bits)[8]) {
  for (int n = 0; n < 8; ++n) bits[n] = random_bits(seed, purpose, key[n], index);
}

#if defined(__SSE2__) && !defined(__CUDACC__)
// Four counters in a register, or two: nobody waits for another. Each 64 bits hold one of a counter's four
// numbers; what stands above its 32 bits is never looked at.
#define ARTERIAL_DRAWS_OF_EIGHT(name, isa, Register, lanes, load, set1, srl, mul, mix_in, store)            \
  [[gnu::target(isa), gnu::always_inline]] inline void name(std::uint64_t seed, Purpose purpose,            \
                                                            const std::uint64_t(&key)[8],                   \
                                                            std::uint64_t index, std::uint32_t(&bits)[8]) { \
    const std::uint32_t seed0 =                                                                             \
        static_cast<std::uint32_t>(seed) ^ (static_cast<std::uint32_t>(seed >> 32) * 0x9E3779B9u);          \
    const Register low = set1(static_cast<long long>(index)), high = srl(low, 32);                          \
    const Register m0 = set1(0xD2511F53), m1 = set1(0xCD9E8D57);                                            \
    for (int first = 0; first < 8; first += lanes) {                                                        \
      Register a = load(reinterpret_cast<const Register*>(key + first)), b = srl(a, 32), c = low, d = high; \
      std::uint32_t key0 = seed0, key1 = static_cast<std::uint32_t>(purpose);                               \
      for (int round = 0; round < 10; ++round) {                                                            \
        const Register p0 = mul(a, m0), p1 = mul(c, m1);                                                    \
        a = mix_in(mix_in(srl(p1, 32), b), set1(static_cast<long long>(key0)));                             \
        c = mix_in(mix_in(srl(p0, 32), d), set1(static_cast<long long>(key1)));                             \
        b = p1;                                                                                             \
        d = p0;                                                                                             \
        key0 += 0x9E3779B9u;                                                                                \
        key1 += 0xBB67AE85u;                                                                                \
      }                                                                                                     \
      alignas(64) std::uint64_t out[lanes];                                                                 \
      store(reinterpret_cast<Register*>(out), a);                                                           \
      for (int n = 0; n < lanes; ++n) bits[first + n] = static_cast<std::uint32_t>(out[n]);                 \
    }                                                                                                       \
  }
ARTERIAL_DRAWS_OF_EIGHT(random_bits_of_eight_sse2, "sse2", __m128i, 2, _mm_loadu_si128, _mm_set1_epi64x,
                        _mm_srli_epi64, _mm_mul_epu32, _mm_xor_si128, _mm_store_si128)
ARTERIAL_DRAWS_OF_EIGHT(random_bits_of_eight_avx2, "avx2", __m256i, 4, _mm256_loadu_si256, _mm256_set1_epi64x,
                        _mm256_srli_epi64, _mm256_mul_epu32, _mm256_xor_si256, _mm256_store_si256)
#undef ARTERIAL_DRAWS_OF_EIGHT
#endif

}  // namespace arterial
