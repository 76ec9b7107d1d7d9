#pragma once
// Numbers of one vehicle (double) or of several at once (Real2, Real4): a law written on them serves a
// device, where every thread has one vehicle, and a host, whose registers hold several. The same operations
// on the same numbers, so the same bits.
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "sim/model/units.h"

namespace arterial {

/// What a comparison of two R gives: bool, or a mask.
template <class R>
using Truth = decltype(R{} < R{});

template <class R>
constexpr bool is_one = std::is_same_v<R, double>;

ARTERIAL_HD double select(bool which, double yes, double no) { return which ? yes : no; }
ARTERIAL_HD double root(double x) { return sqrt(x); }
/// Without its fraction; of numbers below 2^31.
ARTERIAL_HD double whole(double x) { return static_cast<double>(static_cast<std::int32_t>(x)); }

#if defined(__GNUC__) && !defined(__CUDACC__)
/// As many as a register holds.
typedef double Real2 __attribute__((vector_size(16)));
typedef double Real4 __attribute__((vector_size(32)));

#define ARTERIAL_PACK(Real, count, Mask, Int)                                                              \
  typedef std::int64_t Mask __attribute__((vector_size(8 * count)));                                       \
  typedef std::int32_t Int __attribute__((vector_size(4 * count)));                                        \
  ARTERIAL_HD Real select(const Mask& which, const Real& yes, const Real& no) { return which ? yes : no; } \
  ARTERIAL_HD Real root(const Real& x) {                                                                   \
    Real r;                                                                                                \
    for (int k = 0; k < count; ++k) r[k] = __builtin_sqrt(x[k]);                                           \
    return r;                                                                                              \
  }                                                                                                        \
  ARTERIAL_HD Real whole(const Real& x) {                                                                  \
    return __builtin_convertvector(__builtin_convertvector(x, Int), Real);                                 \
  }
ARTERIAL_PACK(Real2, 2, Mask2, Int2)
ARTERIAL_PACK(Real4, 4, Mask4, Int4)
#undef ARTERIAL_PACK
#endif

/// A place in memory for one vehicle's number, or for those of eight.
struct alignas(64) EightNumbers {
  double of[8];
};
ARTERIAL_HD double& nth(double& x, unsigned) { return x; }
ARTERIAL_HD double& nth(EightNumbers& x, unsigned k) { return x.of[k]; }
ARTERIAL_HD double nth(const EightNumbers& x, unsigned k) { return x.of[k]; }
/// As many of them from the k-th on as an R holds.
template <class R>
ARTERIAL_HD R from(const double& x, unsigned) {
  return x;
}
ARTERIAL_HD void put(double& x, unsigned, double value) { x = value; }
#if !defined(__CUDACC__)
template <class R>
ARTERIAL_HD R from(const EightNumbers& x, unsigned k) {
  R r;
  __builtin_memcpy(&r, x.of + k, sizeof r);
  return r;
}
template <class R>
ARTERIAL_HD void put(EightNumbers& x, unsigned k, const R& value) {
  __builtin_memcpy(x.of + k, &value, sizeof value);
}
#endif

template <class R>
ARTERIAL_HD R least(const R& a, const R& b) {
  return select(a < b, a, b);
}
template <class R>
ARTERIAL_HD R most(const R& a, const R& b) {
  return select(b < a, a, b);
}

}  // namespace arterial
