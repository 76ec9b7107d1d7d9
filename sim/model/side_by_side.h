#pragma once
// Independent jobs at the same time. What comes out is the same on any number of threads.
#include <cstddef>
#include <functional>
#include <vector>

namespace arterial {

/// Runs every job once, in turn on whichever thread is free, and returns when all have ended: name the
/// longest first. Of those that threw, the first in the list throws here.
void run_side_by_side(const std::vector<std::function<void()>>& jobs, unsigned threads);

/// How many threads are worth their start where so many bytes are gone through: one for what is small, never
/// more than this process may use.
unsigned threads_worth(std::size_t bytes);

}  // namespace arterial
