#pragma once
// `arterial bench routing`: routes a second on a generated city against a plain Dijkstra, with equal costs.
#include <cstdint>
#include <iosfwd>

#include "sim/model/network.h"

namespace arterial {

/// A grid of streets with arterials, one-way streets, turn bans and uneven lengths: routable, not drivable
/// (one lane and no conflicts). About `links` links.
Network routing_grid(std::uint32_t links, std::uint64_t seed);

struct RoutingBenchOptions {
  std::uint32_t links = 100000;
  std::uint32_t routes = 20000;  // timed on one thread
  std::uint32_t checked = 60;    // compared with Dijkstra
  int threads = 1;               // for the order and the batch
  std::uint64_t seed = 1;
};

/// Prints a table to `out`. False where a route differs or a speed of 5,000 routes a second is missed.
bool run_routing_bench(const RoutingBenchOptions& options, std::ostream& out);
/// The same on a network of the caller's; `links` is not used.
bool run_routing_bench(const Network& network, const RoutingBenchOptions& options, std::ostream& out);

}  // namespace arterial
