#pragma once
// Times between sets of links, all to all: for matrices between zones. Each set climbs the hierarchy once;
// what it meets on its way to the roots are its labels, and a pair is answered by comparing two lists of
// labels.
#include <cstdint>
#include <vector>

#include "sim/routing/hierarchy.h"

namespace arterial {

inline constexpr std::uint32_t kNoTime = 0xffffffffu;

/// Milliseconds from the quickest link of each `from` set (its own time included) to the end of the quickest
/// of each `to` set, row by row; kNoTime where there is no way. The same for any number of threads.
std::vector<std::uint32_t> times_between(const Metric& metric, const std::vector<std::vector<LinkId>>& from,
                                         const std::vector<std::vector<LinkId>>& to, int threads = 1);

}  // namespace arterial
