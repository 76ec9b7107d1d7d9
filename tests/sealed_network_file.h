#pragma once
// A network file as a forger would make it: what it states of its size and checksums agrees, so that what
// lies behind them is tried.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "sim/model/checksum.h"

namespace arterial {

/// States the right size and checksums in `file`, as far as it has a header and a table.
inline void seal_network_file(std::string& file) {
  constexpr std::size_t kHeader = 32, kEntry = 32;
  if (file.size() < kHeader) return;
  std::uint32_t sections;
  std::memcpy(&sections, file.data() + 12, sizeof sections);
  const std::size_t table = std::min<std::size_t>(sections, (file.size() - kHeader) / kEntry);
  std::size_t end = file.size();  // of the section, where the next one begins
  for (std::size_t k = table; k-- > 0;) {
    char* const entry = file.data() + kHeader + k * kEntry;
    std::uint64_t begin;
    std::memcpy(&begin, entry + 16, sizeof begin);
    if (begin > end) continue;
    const std::uint64_t sum = xxh64(file.data() + begin, end - begin);
    std::memcpy(entry + 24, &sum, sizeof sum);
    end = begin;
  }
  const std::uint64_t stated[2] = {file.size(), xxh64(file.data() + kHeader, table * kEntry, sections)};
  std::memcpy(file.data() + 16, stated, sizeof stated);
}

}  // namespace arterial
