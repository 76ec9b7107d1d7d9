#pragma once
// Order-free updates of shared integers (min, max, sum) on one thread, many threads, and a GPU.
#include <cstdint>

#include "sim/model/units.h"

namespace arterial {

struct Serial {};    // one host thread: plain loads and stores
struct Parallel {};  // host threads
struct Device {};    // CUDA

template <class W>
struct Atomic;

template <>
struct Atomic<Serial> {
  template <class T> static ARTERIAL_HD void min(T* p, T v) { if (v < *p) *p = v; }
  template <class T> static ARTERIAL_HD void max(T* p, T v) { if (v > *p) *p = v; }
  template <class T> static ARTERIAL_HD T add(T* p, T v) { const T old = *p; *p = old + v; return old; }
};

template <>
struct Atomic<Parallel> {
  template <class T> static void min(T* p, T v) {
    T old = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (v < old && !__atomic_compare_exchange_n(p, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  }
  template <class T> static void max(T* p, T v) {
    T old = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (v > old && !__atomic_compare_exchange_n(p, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  }
  template <class T> static T add(T* p, T v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }
};

#if defined(__CUDACC__)
template <>
struct Atomic<Device> {
  static __device__ void min(std::int32_t* p, std::int32_t v) { atomicMin(p, v); }
  static __device__ void max(std::int32_t* p, std::int32_t v) { atomicMax(p, v); }
  static __device__ void min(std::uint32_t* p, std::uint32_t v) { atomicMin(p, v); }
  static __device__ void min(std::uint64_t* p, std::uint64_t v) {
    atomicMin(reinterpret_cast<unsigned long long*>(p), static_cast<unsigned long long>(v));
  }
  static __device__ void max(std::int64_t* p, std::int64_t v) {
    atomicMax(reinterpret_cast<long long*>(p), static_cast<long long>(v));
  }
  static __device__ std::int32_t add(std::int32_t* p, std::int32_t v) { return atomicAdd(p, v); }
  static __device__ std::uint32_t add(std::uint32_t* p, std::uint32_t v) { return atomicAdd(p, v); }
  static __device__ std::uint64_t add(std::uint64_t* p, std::uint64_t v) {
    return atomicAdd(reinterpret_cast<unsigned long long*>(p), static_cast<unsigned long long>(v));
  }
  static __device__ std::int64_t add(std::int64_t* p, std::int64_t v) {
    return static_cast<std::int64_t>(atomicAdd(reinterpret_cast<unsigned long long*>(p), static_cast<unsigned long long>(v)));
  }
};
#endif

}  // namespace arterial
