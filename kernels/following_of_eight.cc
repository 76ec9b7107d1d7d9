#include "kernels/following_of_eight.h"

#include <iterator>

#include "kernels/draws.h"

namespace arterial {

namespace {

/// As many at a time as an R holds.
template <class R>
[[gnu::always_inline]] inline void follow_with(EightVehicles& e, const std::uint32_t (&bits)[8],
                                               double step_s, double step_ms) {
  if (!e.noise_given)
    for (int k = 0; k < 8; ++k) e.seen.noise.of[k] = unit_of(bits[k]);
  constexpr unsigned kWidth = sizeof(R) / sizeof(double);
  for (unsigned first = 0; first < 8; first += kWidth) follow<R>(e.seen, first, step_s, step_ms, e.followed);
}

#if defined(__x86_64__)
void follow_plain(EightVehicles& e, std::uint64_t index, double step_s, double step_ms) {
  std::uint32_t bits[8];
  random_bits_of_eight_sse2(e.seed, Purpose::kDawdle, e.key, index, bits);
  follow_with<Real2>(e, bits, step_s, step_ms);
}
[[gnu::target("avx2")]] void follow_avx2(EightVehicles& e, std::uint64_t index, double step_s,
                                         double step_ms) {
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

#if defined(__x86_64__)
constexpr LawOfEight kLaws[] = {{"SSE2", follow_plain}, {"AVX2", follow_avx2}};
#else
constexpr LawOfEight kLaws[] = {{"plain", follow_plain}};
#endif

std::size_t count_laws() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return 1;
#endif
  return std::size(kLaws);
}

}  // namespace

std::span<const LawOfEight> laws_of_eight() {
  static const std::size_t count = count_laws();
  return {kLaws, count};
}

void follow_eight(EightVehicles& eight, std::uint64_t index, double step_s, double step_ms) {
  static const auto law = laws_of_eight().back().follow;
  law(eight, index, step_s, step_ms);
}

}  // namespace arterial
