#pragma once
// A hash of what is the case, not of how it is stored: the sum modulo 2^64 of a keyed mix of every logical
// record. Leaves out storage indexes, partition, scratch and output settings.
#include <cstdint>
#include <vector>

#include "kernels/state_columns.h"

namespace arterial {

std::uint64_t hash_state(const CityTables& city, const StateImage& image, std::uint32_t replica);

}  // namespace arterial
