#pragma once
// Order-free updates of shared integers (min, max, sum, bits, or all the same) on one thread, many threads,
// and a GPU.
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
  template <class T>
  static ARTERIAL_HD void min(T* p, T v) {
    if (v < *p) *p = v;
  }
  template <class T>
  static ARTERIAL_HD void max(T* p, T v) {
    if (v > *p) *p = v;
  }
  template <class T>
  static ARTERIAL_HD T add(T* p, T v) {
    const T old = *p;
    *p = old + v;
    return old;
  }
  template <class T>
  static ARTERIAL_HD T get(const T* p) {
    return *p;
  }
  template <class T>
  static ARTERIAL_HD void put(T* p, T v) {
    *p = v;
  }
  template <class T>
  static ARTERIAL_HD T set_bits(T* p, T v) {
    const T old = *p;
    *p = old | v;
    return old;
  }
};

template <>
struct Atomic<Parallel> {
  template <class T>
  static void min(T* p, T v) {
    T old = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (v < old && !__atomic_compare_exchange_n(p, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
  }
  template <class T>
  static void max(T* p, T v) {
    T old = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (v > old && !__atomic_compare_exchange_n(p, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
  }
  template <class T>
  static T add(T* p, T v) {
    return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
  }
  template <class T>
  static T get(const T* p) {
    return __atomic_load_n(p, __ATOMIC_RELAXED);
  }
  template <class T>
  static void put(T* p, T v) {
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
  }
  template <class T>
  static T set_bits(T* p, T v) {
    return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
  }
};

#if defined(__CUDACC__)
// Callable from host code in form only: host and device functions are compiled for both sides.
#if defined(__CUDA_ARCH__)
#define ARTERIAL_DEVICE_ATOMIC(operation) return operation
#else
#define ARTERIAL_DEVICE_ATOMIC(operation) \
  return (void)p, __builtin_trap(), static_cast<decltype(operation)>(v)
#endif
template <>
struct Atomic<Device> {
  using Wide = unsigned long long;  // what CUDA's 64-bit atomics take
  static ARTERIAL_HD void min(std::int32_t* p, std::int32_t v) {
    ARTERIAL_DEVICE_ATOMIC((void)atomicMin(p, v));
  }
  static ARTERIAL_HD void max(std::int32_t* p, std::int32_t v) {
    ARTERIAL_DEVICE_ATOMIC((void)atomicMax(p, v));
  }
  static ARTERIAL_HD void min(std::uint32_t* p, std::uint32_t v) {
    ARTERIAL_DEVICE_ATOMIC((void)atomicMin(p, v));
  }
  static ARTERIAL_HD void min(std::uint64_t* p, std::uint64_t v) {
    ARTERIAL_DEVICE_ATOMIC((void)atomicMin(reinterpret_cast<Wide*>(p), static_cast<Wide>(v)));
  }
  static ARTERIAL_HD void max(std::int64_t* p, std::int64_t v) {
    ARTERIAL_DEVICE_ATOMIC((void)atomicMax(reinterpret_cast<long long*>(p), static_cast<long long>(v)));
  }
  static ARTERIAL_HD std::int32_t add(std::int32_t* p, std::int32_t v) {
    ARTERIAL_DEVICE_ATOMIC(atomicAdd(p, v));
  }
  static ARTERIAL_HD std::uint32_t add(std::uint32_t* p, std::uint32_t v) {
    ARTERIAL_DEVICE_ATOMIC(atomicAdd(p, v));
  }
  // Aligned words are read and written whole.
  template <class T>
  static ARTERIAL_HD T get(const T* p) {
    return *static_cast<const volatile T*>(p);
  }
  template <class T>
  static ARTERIAL_HD void put(T* p, T v) {
    *static_cast<volatile T*>(p) = v;
  }
  static ARTERIAL_HD std::uint32_t set_bits(std::uint32_t* p, std::uint32_t v) {
    ARTERIAL_DEVICE_ATOMIC(atomicOr(p, v));
  }
  static ARTERIAL_HD std::uint64_t add(std::uint64_t* p, std::uint64_t v) {
    ARTERIAL_DEVICE_ATOMIC(atomicAdd(reinterpret_cast<Wide*>(p), static_cast<Wide>(v)));
  }
  static ARTERIAL_HD std::int64_t add(std::int64_t* p, std::int64_t v) {
    ARTERIAL_DEVICE_ATOMIC(
        static_cast<std::int64_t>(atomicAdd(reinterpret_cast<Wide*>(p), static_cast<Wide>(v))));
  }
};
#undef ARTERIAL_DEVICE_ATOMIC
#endif

}  // namespace arterial
