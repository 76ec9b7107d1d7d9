#pragma once
// The following law of eight vehicles in a row on a host, with the widest registers the processor has; and their draws.
#include <cstdint>

#include "kernels/following.h"

namespace arterial {

/// follow() of eight; `noise` from random_bits(seed, Purpose::kDawdle, key[k], index) of each, unless it is
/// given. Chosen once for the
/// processor this runs on; the same bits on all of them, and the same as one by one.
struct EightVehicles {
  Seen<EightNumbers> seen;
  Followed<EightNumbers> followed;
  std::uint64_t key[8], seed;
  bool noise_given = false;  // not to be drawn
};
void follow_eight(EightVehicles& eight, std::uint64_t index, double step_s, double step_ms);

}  // namespace arterial
