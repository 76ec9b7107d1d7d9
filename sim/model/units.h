#pragma once
// Integer units of the state: 0.1 mm for positions, 0.1 mm/s for speeds, 1 ms for time. Sums of integers do
// not depend on their order, so any number of threads, GPUs and ranks gives one answer.
#include <cstdint>

#if defined(__CUDACC__)
#define ARTERIAL_HD __host__ __device__ __forceinline__
#define ARTERIAL_HD_RARE __host__ __device__ inline
#else
#define ARTERIAL_HD inline __attribute__((always_inline))
#define ARTERIAL_HD_RARE inline __attribute__((noinline))  // out of the way of what every vehicle does
#endif

namespace arterial {

constexpr double kUnitsPerMetre = 10000.0;
constexpr double kMetresPerUnit = 1.0 / 10000.0;
constexpr std::int32_t kMaxUnits = 2'000'000'000;  // 200 km: the longest lane

/// Clamps first: a float beyond int32 converts differently on x86 and GPU.
ARTERIAL_HD std::int32_t to_units(double metres) {
  const double u = metres * kUnitsPerMetre;
  if (!(u > -2.0e9)) return -2'000'000'000;
  if (u > 2.0e9) return 2'000'000'000;
  return static_cast<std::int32_t>(u + (u >= 0 ? 0.5 : -0.5));
}
ARTERIAL_HD double to_metres(std::int64_t units) { return static_cast<double>(units) * kMetresPerUnit; }

}  // namespace arterial
