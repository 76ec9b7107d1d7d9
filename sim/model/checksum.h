#pragma once
// XXH64 (Collet's published specification), for files: fast, and any flipped bit or lost tail is noticed.
// Not for secrets. The state hash of a simulation is another matter (sim/engine).
#include <cstddef>
#include <cstdint>

namespace arterial {

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed = 0);

}  // namespace arterial
