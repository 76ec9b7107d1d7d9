#include "kernels/following_of_eight.h"

#include <cstring>

#include "kernels/draws.h"

namespace arterial {

namespace {

/// As many at a time as an R holds.
template <class R>
[[gnu::always_inline]] inline void follow_with(EightVehicles& e, const std::uint32_t (&bits)[8], double step_s, double step_ms) {
  if (!e.noise_given)
    for (int k = 0; k < 8; ++k) e.seen.noise.of[k] = unit_of(bits[k]);
  constexpr std::size_t kWidth = sizeof(R) / sizeof(double);
  const auto* in = reinterpret_cast<const EightNumbers*>(&e.seen);
  auto* out = reinterpret_cast<EightNumbers*>(&e.followed);
  for (std::size_t first = 0; first < 8; first += kWidth) {
    Seen<R> seen;
    Followed<R> followed;
    for (std::size_t n = 0; n < sizeof seen / sizeof(R); ++n)
      std::memcpy(reinterpret_cast<R*>(&seen) + n, in[n].of + first, sizeof(R));
    follow(seen, step_s, step_ms, followed);
    for (std::size_t n = 0; n < sizeof followed / sizeof(R); ++n)
      std::memcpy(out[n].of + first, reinterpret_cast<const R*>(&followed) + n, sizeof(R));
  }
}

#if defined(__x86_64__)
void follow_plain(EightVehicles& e, std::uint64_t index, double step_s, double step_ms) {
  std::uint32_t bits[8];
  random_bits_of_eight_sse2(e.seed, Purpose::kDawdle, e.key, index, bits);
  follow_with<Real2>(e, bits, step_s, step_ms);
}
[[gnu::target("avx2")]] void follow_avx2(EightVehicles& e, std::uint64_t index, double step_s, double step_ms) {
  std::uint32_t bits[8];
  random_bits_of_eight_avx2(e.seed, Purpose::kDawdle, e.key, index, bits);
  follow_with<Real4>(e, bits, step_s, step_ms);
}
#else
void follow_plain(EightVehicles& e, std::uint64_t index, double step_s, double step_ms) {
  std::uint32_t bits[8];
  random_bits_of_eight(e.seed, Purpose::kDawdle, e.key, index, bits);
  follow_with<Real2>(e, bits, step_s, step_ms);
}
#endif

using Law = void (*)(EightVehicles&, std::uint64_t, double, double);
Law widest() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) return follow_avx2;
#endif
  return follow_plain;
}

}  // namespace

void follow_eight(EightVehicles& eight, std::uint64_t index, double step_s, double step_ms) {
  static const Law law = widest();
  law(eight, index, step_s, step_ms);
}

}  // namespace arterial
