#pragma once
// XXH64 (Collet's published specification), for files: fast, and any flipped bit or lost tail is noticed.
// Not for secrets. The state hash of a simulation is another matter (sim/engine).
#include <cstddef>
#include <cstdint>

namespace arterial {

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed = 0);

/// The same, of bytes that come in pieces.
class Xxh64 {
 public:
  explicit Xxh64(std::uint64_t seed = 0);
  void add(const void* data, std::size_t size);
  std::uint64_t value() const;

 private:
  std::uint64_t lane_[4], seed_, size_ = 0;
  unsigned char rest_[32] = {};  // the size_ % 32 bytes that do not fill a stripe yet
};

}  // namespace arterial
