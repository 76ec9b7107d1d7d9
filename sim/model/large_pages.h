#pragma once
// Memory in pages of 2 MB where the system has them. A page costs a visit to the kernel when it is first
// touched: for hundreds of megabytes in small pages these visits take longer than filling them.
#include <sys/mman.h>

#include <cstdint>
#include <vector>

namespace arterial {

/// Reserves room for `count` things and asks for large pages under it. A wish: where it is not granted the
/// room is there all the same.
template <class T>
void reserve_on_large_pages(std::vector<T>& things, std::size_t count) {
  things.reserve(count);
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kSmallPage = 4096, kWorthIt = 4 << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(things.data()), end = begin + count * sizeof(T);
  if (end - begin < kWorthIt) return;
  const std::uintptr_t first = (begin + kSmallPage - 1) / kSmallPage * kSmallPage;
  ::madvise(reinterpret_cast<char*>(things.data()) + (first - begin), end / kSmallPage * kSmallPage - first,
            MADV_HUGEPAGE);
#endif
}

}  // namespace arterial
