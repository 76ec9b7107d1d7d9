#include "scenarios/check/approach_capacity.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace arterial {
namespace {

bool yields(const Connection& c) { return c.priority != Priority::kMajor && c.priority != Priority::kZipper; }

/// Connection -> those it yields to.
std::vector<std::vector<std::uint32_t>> masters_of(const Network& network) {
  std::vector<std::vector<std::uint32_t>> masters(network.connections.size());
  for (const Conflict& c : network.conflicts) {
    if (c.a_yields) masters[c.a.value].push_back(c.b.value);
    if (c.b_yields) masters[c.b.value].push_back(c.a.value);
  }
  return masters;
}

using Pair = std::pair<std::uint32_t, std::uint32_t>;  // from and to link

Pair links_of(const Network& network, const Connection& c) {
  return {network[c.from].link.value, network[c.to].link.value};
}

/// Parts of one group stand on shared lanes.
struct Groups {
  std::vector<std::size_t> parent;
  std::size_t root(std::size_t k) {
    while (parent[k] != k) k = parent[k] = parent[parent[k]];
    return k;
  }
  void join(std::size_t a, std::size_t b) { parent[root(a)] = root(b); }
};

}  // namespace

GreenShares green_shares(const Network& network, const Connection& connection) {
  GreenShares shares;
  const Signal& signal = network[connection.signal];
  if (signal.active_program >= signal.programs.size()) return shares;
  for (const Phase& phase : signal.programs[signal.active_program].phases) {
    shares.cycle_s += phase.duration_s;
    if (connection.signal_index >= phase.state.size()) continue;
    const char letter = phase.state[connection.signal_index];
    if (letter == 'G') shares.protected_green += phase.duration_s;
    if (letter == 'g' || letter == 's' || letter == 'o' || letter == 'O')
      shares.yielding_green += phase.duration_s;
  }
  if (shares.cycle_s > 0) {
    shares.protected_green /= shares.cycle_s;
    shares.yielding_green /= shares.cycle_s;
  }
  return shares;
}

std::vector<Approach> approaches(const Network& network, const std::vector<MovementRow>& rows) {
  std::map<Pair, std::size_t> row_of;
  std::vector<Approach> result(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    row_of[{rows[k].from.value, rows[k].to.value}] = k;
    const double hours = (rows[k].end_s - rows[k].begin_s) / 3600;
    if (hours > 0) result[k].flow_vph = rows[k].count / hours;
  }
  const auto masters = masters_of(network);
  Groups groups{std::vector<std::size_t>(rows.size())};
  std::iota(groups.parent.begin(), groups.parent.end(), std::size_t{0});
  std::map<std::uint32_t, std::size_t> row_on_lane;
  for (const Connection& c : network.connections) {
    const auto row = row_of.find(links_of(network, c));
    if (row == row_of.end()) continue;
    if (const auto [other, is_first] = row_on_lane.try_emplace(c.from.value, row->second); !is_first)
      groups.join(row->second, other->second);
    double major_vph = 0;
    std::vector<Pair> seen;
    for (std::uint32_t m : masters[static_cast<std::size_t>(&c - network.connections.data())]) {
      const Pair pair = links_of(network, network.connections[m]);
      const auto master = row_of.find(pair);
      if (master == row_of.end() || std::find(seen.begin(), seen.end(), pair) != seen.end()) continue;
      seen.push_back(pair);
      major_vph += result[master->second].flow_vph;
    }
    Approach& approach = result[row->second];
    if (c.signal.valid()) {
      const GreenShares green = green_shares(network, c);
      approach.cycle_s = std::max(approach.cycle_s, green.cycle_s);
      approach.capacity_vph += green.protected_green * kSaturationFlow_vph +
                               green.yielding_green * yielding_capacity_vph(major_vph);
    } else {
      approach.capacity_vph += yields(c) ? yielding_capacity_vph(major_vph) : kSaturationFlow_vph;
    }
  }
  for (std::size_t k = 0; k < rows.size(); ++k)  // more lanes may lead there than lead on
    result[k].capacity_vph =
        std::min(result[k].capacity_vph, network[rows[k].to].lane_count * kSaturationFlow_vph);
  std::vector<double> saturation(rows.size(), 0);
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (result[k].capacity_vph > 0) saturation[groups.root(k)] += result[k].flow_vph / result[k].capacity_vph;
  for (std::size_t k = 0; k < rows.size(); ++k) result[k].saturation = saturation[groups.root(k)];
  return result;
}

}  // namespace arterial
