#pragma once
// A CUDA device: memory, the parallel loop, and the sort that keeps vehicles in (lane, position) order.
// Everything runs in the default stream of the current device, so calls happen in the order they are written.
#include <cuda_runtime.h>

#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_scan.cuh>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/atomics.h"
#include "kernels/row_order.h"
#include "kernels/stage_clock.h"
#include "sim/model/problem.h"

namespace arterial {

/// Out of memory is the user's to mend; anything else is a fault of ours or of the machine.
inline void check_cuda(cudaError_t error, const char* doing, std::size_t bytes = 0) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();
  if (error == cudaErrorMemoryAllocation) {
    std::size_t free = 0, total = 0;
    (void)cudaMemGetInfo(&free, &total);
    throw InputError("the CUDA device", doing,
                     "out of memory: " + std::to_string(bytes >> 20) + " MiB more are needed, " +
                         std::to_string(free >> 20) + " of " + std::to_string(total >> 20) + " MiB are free",
                     "Use fewer replicas, a larger device or --backend cpu");
  }
  throw std::runtime_error(std::string("CUDA: ") + doing + ": " + cudaGetErrorString(error) + " (" +
                           cudaGetErrorName(error) + ")");
}

constexpr unsigned kThreadsPerBlock = 128;

template <class F>
__global__ void __launch_bounds__(kThreadsPerBlock)
    for_each_index_kernel(std::uint32_t n, const __grid_constant__ F body) {
  const std::uint64_t i = static_cast<std::uint64_t>(blockIdx.x) * kThreadsPerBlock + threadIdx.x;
  if (i < n) body(static_cast<std::uint32_t>(i));
}

template <class T>
struct FillColumn {
  T* column;
  T value;
  ARTERIAL_HD void operator()(std::uint32_t i) const { column[i] = value; }
};

/// Two bodies of one loop.
template <class A, class B>
struct Both {
  A a;
  B b;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    a(i);
    b(i);
  }
};

class CudaMachine {
 public:
  using Where = Device;

  template <class T>
  class Column {
    static_assert(std::is_trivially_copyable_v<T>);

   public:
    Column() = default;
    ~Column() { (void)cudaFree(data_); }
    Column(Column&& other) noexcept { swap(other); }
    Column& operator=(Column&& other) noexcept {
      swap(other);
      return *this;
    }
    Column(const Column&) = delete;
    Column& operator=(const Column&) = delete;

    /// Keeps what is there; what is new is zero.
    void resize(std::size_t n) {
      if (n > capacity_) {
        T* wider = nullptr;
        check_cuda(cudaMalloc(&wider, n * sizeof(T)), "memory for a column", n * sizeof(T));
        Column old;  // frees the narrower one, also where a copy fails
        old.data_ = std::exchange(data_, wider);
        old.size_ = size_;
        capacity_ = n;
        if (size_ > 0)
          check_cuda(cudaMemcpy(data_, old.data_, size_ * sizeof(T), cudaMemcpyDeviceToDevice),
                     "copy a column");
      }
      if (n > size_) check_cuda(cudaMemset(data_ + size_, 0, (n - size_) * sizeof(T)), "clear a column");
      size_ = n;
    }
    std::size_t size() const { return size_; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    void assign(const std::vector<T>& from) {
      if (from.size() > capacity_) {
        Column().swap(*this);  // what was there need not be kept: frees it first
        resize(from.size());
      }
      size_ = from.size();
      write(from.data(), from.size());
    }
    void write(const T* from, std::size_t n) {
      if (n > 0) check_cuda(cudaMemcpy(data_, from, n * sizeof(T), cudaMemcpyHostToDevice), "write a column");
    }
    void read(std::vector<T>& to, std::size_t n) const {
      to.resize(n);
      if (n > 0)
        check_cuda(cudaMemcpy(to.data(), data_, n * sizeof(T), cudaMemcpyDeviceToHost), "read a column");
    }
    void write_part(const T* from, std::size_t at, std::size_t n) {
      if (n > 0)
        check_cuda(cudaMemcpy(data_ + at, from, n * sizeof(T), cudaMemcpyHostToDevice), "write a column");
    }
    void read_part(T* to, std::size_t at, std::size_t n) const {
      if (n > 0)
        check_cuda(cudaMemcpy(to, data_ + at, n * sizeof(T), cudaMemcpyDeviceToHost), "read a column");
    }
    void swap(Column& other) noexcept {
      std::swap(data_, other.data_);
      std::swap(size_, other.size_);
      std::swap(capacity_, other.capacity_);
    }

   private:
    T* data_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
  };

  template <class F>
  void for_each_index(const char* name, std::uint32_t n, const F& body) const {
    static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= 4000);  // goes as a kernel parameter
    if (n == 0) return;
    const unsigned blocks =
        static_cast<unsigned>((std::uint64_t{n} + kThreadsPerBlock - 1) / kThreadsPerBlock);
    timed(name, n, [&] {
      for_each_index_kernel<<<blocks, kThreadsPerBlock>>>(n, body);
      return cudaGetLastError();
    });
  }

  StageClock& clock() { return clock_; }

  template <class T>
  void fill(Column<T>& column, T value) const {
    // Longer columns than an index can count are filled in parts.
    constexpr std::size_t kPart = std::size_t{1} << 31;
    for (std::size_t at = 0; at < column.size(); at += kPart) {
      const std::size_t n = column.size() - at < kPart ? column.size() - at : kPart;
      for_each_index("fill a column", static_cast<std::uint32_t>(n),
                     FillColumn<T>{column.data() + at, value});
    }
  }

  /// Several fills in one launch.
  template <class... F>
  void fill_all(const F&... fills) const {
    std::uint32_t n = 0;
    ((n = fills.n > n ? fills.n : n), ...);
    for_each_index("fill columns", n, joined(fills...));
  }

  /// next_* (unsorted, with fates) -> now columns, sorted. Returns the number of vehicles left.
  std::uint32_t reorder(const View& v) { return order_.reorder(*this, v); }

  /// Merges `m` rows at the front of next_* with the n sorted rows of the now columns. True: the result is in
  /// next_*, and the caller swaps.
  bool merge_inserted(const View& v, std::uint32_t m, std::uint32_t) {
    order_.merge_inserted(*this, v, m);
    return m > 0;
  }

  void index_lanes(const View& v, std::uint32_t lanes) const {
    for_each_index("index lanes", lanes + 1, IndexLane{v.s});
  }

  // What RowOrder asks for.
  Tally tally_rows(const TallyOfRow& row, std::uint32_t n, Tally* out) {
    const auto rows = thrust::make_transform_iterator(thrust::make_counting_iterator(std::uint32_t{0}), row);
    with_workspace("tally rows", n, [&](void* space, std::size_t& bytes) {
      return cub::DeviceScan::InclusiveScan(space, bytes, rows, out, JoinTallies{}, n);
    });
    Tally last;
    check_cuda(cudaMemcpy(&last, out + (n - 1), sizeof last, cudaMemcpyDeviceToHost), "read the tally");
    return last;
  }
  void sort_pairs(const std::uint64_t* place_in, std::uint64_t* place_out, const std::uint32_t* row_in,
                  std::uint32_t* row_out, std::uint32_t n, int bits) {
    with_workspace("sort rows", n, [&](void* space, std::size_t& bytes) {
      return cub::DeviceRadixSort::SortPairs(space, bytes, place_in, place_out, row_in, row_out, n, 0, bits);
    });
  }

 private:
  template <class A>
  static A joined(const A& a) {
    return a;
  }
  template <class A, class... Rest>
  static auto joined(const A& a, const Rest&... rest) {
    return Both<A, decltype(joined(rest...))>{a, joined(rest...)};
  }

  /// Calls a CUB algorithm with as much workspace as it asks for; the space is kept for the next step.
  template <class F>
  void with_workspace(const char* name, std::uint32_t n, const F& call) {
    std::size_t bytes = 0;
    check_cuda(call(nullptr, bytes), name);
    RowOrder<CudaMachine>::reserve(workspace_,
                                   bytes + 1);  // never null: CUB would take that for the question
    timed(name, n, [&] { return call(workspace_.data(), bytes); });
  }

  /// Launches, and where the clock is on waits and tells it how long the device was busy.
  template <class F>
  void timed(const char* name, std::uint32_t n, const F& launch) const {
    if (!clock_.on()) return check_cuda(launch(), name);
    cudaEvent_t begin, end;
    float ms = 0;
    check_cuda(cudaEventCreate(&begin), "make an event");
    check_cuda(cudaEventCreate(&end), "make an event");
    check_cuda(cudaEventRecord(begin), "record an event");
    check_cuda(launch(), name);
    check_cuda(cudaEventRecord(end), "record an event");
    check_cuda(cudaEventSynchronize(end), name);
    check_cuda(cudaEventElapsedTime(&ms, begin, end), "read the time of a stage");
    (void)cudaEventDestroy(begin);
    (void)cudaEventDestroy(end);
    clock_.add(name, n, ms * 1e-3);
  }

  mutable StageClock clock_;
  RowOrder<CudaMachine> order_;
  Column<unsigned char> workspace_;
};

}  // namespace arterial
