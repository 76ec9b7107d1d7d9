#pragma once
// A .arfcd file as a forger would make it: every checksum fits, so that what lies behind them is tried.
#include <cstdint>
#include <cstring>
#include <string>

#include "sim/model/checksum.h"

namespace arterial {

inline std::string with_true_checksums(std::string file) {
  constexpr std::size_t kHead = 16;
  for (std::size_t at = kHead; at + kHead <= file.size();) {
    std::uint32_t kind = 0, size = 0;
    std::memcpy(&kind, file.data() + at, sizeof kind);
    std::memcpy(&size, file.data() + at + 4, sizeof size);
    if (size > file.size() - at - kHead) break;
    const std::uint64_t checksum = xxh64(file.data() + at + kHead, size, at ^ std::uint64_t{kind} << 56);
    std::memcpy(file.data() + at + 8, &checksum, sizeof checksum);
    at += kHead + size;
  }
  return file;
}

}  // namespace arterial
