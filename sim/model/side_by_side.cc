#include "sim/model/side_by_side.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>

namespace arterial {

void run_side_by_side(const std::vector<std::function<void()>>& jobs, unsigned threads) {
  std::vector<std::exception_ptr> thrown(jobs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t k; (k = next++) < jobs.size();) try {
        jobs[k]();
      } catch (...) {
        thrown[k] = std::current_exception();
      }
  };
  std::vector<std::thread> others;
  others.reserve(threads);
  try {
    while (others.size() + 1 < std::min<std::size_t>(threads, jobs.size())) others.emplace_back(work);
  } catch (const std::system_error&) {
    // No further thread is to be had here: those that there are do it.
  }
  work();
  for (std::thread& other : others) other.join();
  for (const std::exception_ptr& fault : thrown)
    if (fault) std::rethrow_exception(fault);
}

unsigned threads_worth(std::size_t bytes) {
  constexpr std::size_t kSmall = 4 << 20;  // read in less time than a thread takes to start and be waited for
  constexpr unsigned kMost = 4;            // more only wait for memory
  return bytes < kSmall ? 1 : std::clamp(std::thread::hardware_concurrency(), 1u, kMost);
}

}  // namespace arterial
