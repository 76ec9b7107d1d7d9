#pragma once
// The following law of eight vehicles at once on a host, with the widest registers the processor has; and
// their draws.
#include <cstdint>
#include <span>

#include "kernels/following.h"

namespace arterial {

struct EightVehicles {
  Seen<EightNumbers> seen;
  Followed<EightNumbers> followed;
  std::uint64_t key[8], seed;
  bool noise_given = false;  // not to be drawn
};

/// follow() of eight, with the noise of each from random_bits(seed, Purpose::kDawdle, key[k], index), unless
/// it is given. The same bits on every processor, and the same as one by one.
void follow_eight(EightVehicles& eight, std::uint64_t index, double step_s, double step_ms);

/// The ways of doing it that this processor has, the widest last: follow_eight is that one.
struct LawOfEight {
  const char* name;
  void (*follow)(EightVehicles& eight, std::uint64_t index, double step_s, double step_ms);
};
std::span<const LawOfEight> laws_of_eight();

}  // namespace arterial
