#include "scenarios/signals/street_chain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace arterial {
namespace {

/// From each link of the street the one that goes on: straight before a bend before a turn.
std::map<std::uint32_t, std::uint32_t> next_on_street(const Network& network, const std::string& street) {
  std::map<std::uint32_t, std::pair<int, std::uint32_t>> best;
  const auto bend = [](Turn turn) { return turn == Turn::kStraight ? 0 : turn == Turn::kUTurn ? 9 : 1; };
  for (const Connection& c : network.connections) {
    const LinkId from = network[c.from].link, to = network[c.to].link;
    if (network[from].name != street || network[to].name != street || c.turn == Turn::kUTurn) continue;
    if (network[from].from == network[to].to) continue;  // back where it came from
    const std::pair<int, std::uint32_t> offered{bend(c.turn), to.value};
    const auto [at, is_new] = best.try_emplace(from.value, offered);
    if (!is_new) at->second = std::min(at->second, offered);
  }
  std::map<std::uint32_t, std::uint32_t> next;
  for (const auto& [from, to] : best) next[from] = to.second;
  return next;
}

std::vector<LinkId> follow(const std::map<std::uint32_t, std::uint32_t>& next, std::uint32_t link) {
  std::vector<LinkId> way;
  std::set<std::uint32_t> seen;
  for (auto at = next.end(); seen.insert(link).second; link = at->second) {
    way.push_back(LinkId(link));
    at = next.find(link);
    if (at == next.end()) break;
  }
  return way;
}

/// What controls the step from one link to the next; none where nothing does.
SignalId signal_between(const Network& network, LinkId from, LinkId to) {
  for (const Connection& c : network.connections)
    if (network[c.from].link == from && network[c.to].link == to && c.signal.valid()) return c.signal;
  return {};
}

std::vector<SignalId> signals_on(const Network& network, const std::vector<LinkId>& way) {
  std::vector<SignalId> ids;
  for (std::size_t k = 0; k + 1 < way.size(); ++k)
    if (const SignalId id = signal_between(network, way[k], way[k + 1]);
        id.valid() && std::find(ids.begin(), ids.end(), id) == ids.end())
      ids.push_back(id);
  return ids;
}

double length_of(const Network& network, const std::vector<LinkId>& way) {
  double metres = 0;
  for (const LinkId link : way) metres += network[network[link].first_lane].length_m;
  return metres;
}

/// By second of the cycle, whether somebody may go from one link to the other.
std::vector<bool> greens(const Network& network, SignalId signal, LinkId from, LinkId to, int cycle_s) {
  std::vector<bool> green(static_cast<std::size_t>(cycle_s), false);
  const Signal& s = network[signal];
  for (const Connection& c : network.connections) {
    if (c.signal != signal || network[c.from].link != from || network[c.to].link != to) continue;
    double at_s = 0;
    for (const Phase& phase : s.programs[s.active_program].phases) {
      const char letter = c.signal_index < phase.state.size() ? phase.state[c.signal_index] : 'r';
      const int begin = static_cast<int>(std::ceil(at_s)), end = static_cast<int>(at_s + phase.duration_s);
      if (letter == 'G' || letter == 'g')
        for (int t = begin; t < std::min(end, cycle_s); ++t) green[static_cast<std::size_t>(t)] = true;
      at_s += phase.duration_s;
    }
  }
  return green;
}

template <class Meet>
void drive(const Network& network, const std::vector<LinkId>& way, Meet meet) {
  double at_s = 0;
  bool met_one = false;
  for (std::size_t k = 0; k + 1 < way.size(); ++k) {
    const Lane& lane = network[network[way[k]].first_lane];
    if (met_one) at_s += lane.length_m / std::max(1.0, lane.speed_mps);
    const SignalId signal = signal_between(network, way[k], way[k + 1]);
    if (!signal.valid()) continue;
    met_one = true;
    meet(signal, way[k], way[k + 1], at_s);
  }
}

}  // namespace

StreetChain chain_along(const Network& network, const std::string& street) {
  const auto next = next_on_street(network, street);
  std::set<std::uint32_t> inner;
  for (const auto& [from, to] : next) inner.insert(to);
  std::vector<std::vector<LinkId>> ways;
  for (const auto& [from, to] : next)
    if (!inner.count(from)) ways.push_back(follow(next, from));
  if (ways.empty() && !next.empty()) ways.push_back(follow(next, next.begin()->first));  // a ring
  StreetChain chain;
  const auto longer = [&](const std::vector<LinkId>& a, const std::vector<LinkId>& b) {
    const auto signals_a = signals_on(network, a).size(), signals_b = signals_on(network, b).size();
    return signals_a != signals_b ? signals_a > signals_b : length_of(network, a) > length_of(network, b);
  };
  for (const auto& way : ways)
    if (chain.there.empty() || longer(way, chain.there)) chain.there = way;
  const auto there = signals_on(network, chain.there);
  std::size_t most_shared = 0;
  for (const auto& way : ways) {
    if (way == chain.there) continue;
    auto shared = signals_on(network, way);
    std::erase_if(shared,
                  [&](SignalId id) { return std::find(there.begin(), there.end(), id) == there.end(); });
    if (shared.size() < 2 || shared.size() <= most_shared) continue;
    // Against it: what comes first there comes last here.
    const auto place = [&](SignalId id) { return std::find(there.begin(), there.end(), id) - there.begin(); };
    if (place(shared.front()) < place(shared.back())) continue;
    most_shared = shared.size();
    chain.back = way;
  }
  return chain;
}

std::vector<SignalId> signals_along(const Network& network, const StreetChain& chain) {
  auto ids = signals_on(network, chain.there);
  for (const SignalId id : signals_on(network, chain.back))
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  return ids;
}

std::vector<WaveSignal> waves_along(const Network& network, const StreetChain& chain,
                                    const std::vector<SignalId>& ids, int cycle_s) {
  std::vector<WaveSignal> waves(ids.size());
  for (std::size_t k = 0; k < ids.size(); ++k) {
    const Signal& s = network[ids[k]];
    waves[k].offset_s = static_cast<int>(s.programs[s.active_program].offset_s) % cycle_s;
  }
  const auto wave_of = [&](SignalId id) -> WaveSignal& {
    return waves[static_cast<std::size_t>(std::find(ids.begin(), ids.end(), id) - ids.begin())];
  };
  drive(network, chain.there, [&](SignalId id, LinkId from, LinkId to, double at_s) {
    wave_of(id).green_there = greens(network, id, from, to, cycle_s);
    wave_of(id).there_s = at_s;
  });
  drive(network, chain.back, [&](SignalId id, LinkId from, LinkId to, double at_s) {
    wave_of(id).green_back = greens(network, id, from, to, cycle_s);
    wave_of(id).back_s = at_s;
  });
  return waves;
}

}  // namespace arterial
