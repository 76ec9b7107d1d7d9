#pragma once
// What links.csv promises: n_end = n_begin + entered + inserted - left - arrived - removed in every row,
// intervals that join, and n_end over links and junctions that sums to the running vehicles.
#include <cmath>
#include <map>
#include <string>

#include "sim/engine/simulation.h"

namespace arterial {

/// The first promise that is broken, in words; empty when all hold.
inline std::string broken_link_identity(const Simulation& simulation, int replica = 0) {
  const ResultTables tables = simulation.results(replica);
  const Ledger ledger = simulation.ledger(replica);
  struct Place {
    std::uint32_t n_end = 0;
    double end_s = -1;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Place> last;
  std::uint64_t inserted = 0, arrived = 0, removed = 0;
  double vehicle_s = 0, vehicle_m = 0;
  for (const LinkRow& r : tables.links) {
    const std::string where = (r.link.valid() ? "link " + std::to_string(r.link.value)
                                              : "junction " + std::to_string(r.junction.value)) +
                              " [" + std::to_string(r.begin_s) + ", " + std::to_string(r.end_s) + ")";
    if (r.n_end + r.left + r.arrived + r.removed != r.n_begin + r.entered + r.inserted)
      return where + ": n_end does not follow";
    auto [it, first] = last.try_emplace({r.link.value, r.junction.value});
    if (!first && (it->second.n_end != r.n_begin || it->second.end_s != r.begin_s))
      return where + ": does not join the interval before";
    it->second = {r.n_end, r.end_s};
    inserted += r.inserted, arrived += r.arrived, removed += r.removed;
    vehicle_s += r.vehicle_s, vehicle_m += r.vehicle_m;
  }
  std::uint64_t running = 0;
  for (const auto& [place, x] : last) running += x.n_end;
  if (running != ledger.running)
    return "n_end sums to " + std::to_string(running) + ", running are " + std::to_string(ledger.running);
  const Totals totals = simulation.totals(replica);
  const auto far = [](double a, double b) { return std::abs(a - b) > 1e-6 * (1 + std::abs(b)); };
  if (far(vehicle_s / 3600, totals.vht_h))
    return "vehicle_s sums to " + std::to_string(vehicle_s / 3600) + " h, vht_h is " +
           std::to_string(totals.vht_h);
  if (far(vehicle_m / 1000, totals.vkt_km))
    return "vehicle_m sums to " + std::to_string(vehicle_m / 1000) + " km, vkt_km is " +
           std::to_string(totals.vkt_km);
  // Not after a warm-up: what happened in it is in no row.
  if (!tables.series.empty() && !tables.links.empty() &&
      tables.links.front().begin_s > tables.series.front().time_s)
    return "";
  if (inserted != ledger.departed)
    return "inserted are " + std::to_string(inserted) + ", departed " + std::to_string(ledger.departed);
  if (arrived != ledger.arrived)
    return "the rows say " + std::to_string(arrived) + " arrived, the ledger " +
           std::to_string(ledger.arrived);
  if (removed != ledger.removed_running)
    return "the rows say " + std::to_string(removed) + " removed, the ledger " +
           std::to_string(ledger.removed_running);
  return "";
}

}  // namespace arterial
