// Jobs side by side: each runs once, and what fails is told as if they had run one after the other.
#include "sim/model/side_by_side.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include "tests/catch.h"

namespace arterial {
namespace {

TEST_CASE("Every job runs once, on any number of threads") {
  for (const unsigned threads : {0u, 1u, 2u, 7u}) {
    std::vector<int> runs(50, 0);
    std::vector<std::function<void()>> jobs;
    for (int& count : runs) jobs.push_back([&count] { ++count; });
    run_side_by_side(jobs, threads);
    CHECK(runs == std::vector<int>(50, 1));
  }
  run_side_by_side({}, 4);
}

TEST_CASE("Of the jobs that throw the first in the list is told, after all have run") {
  for (const unsigned threads : {1u, 3u}) {
    std::atomic<int> ran = 0;
    std::vector<std::function<void()>> jobs;
    for (int k = 0; k < 20; ++k)
      jobs.push_back([&ran, k] {
        ++ran;
        if (k % 7 == 3) throw std::runtime_error(std::to_string(k));
      });
    CHECK_THROWS_WITH(run_side_by_side(jobs, threads), "3");
    CHECK(ran == 20);
  }
}

TEST_CASE("What is small is not worth a thread") {
  CHECK(threads_worth(0) == 1);
  CHECK(threads_worth(100'000) == 1);
  CHECK(threads_worth(1 << 30) >= 1);
}

}  // namespace
}  // namespace arterial
