#include "scenarios/signals/timing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "scenarios/check/approach_capacity.h"

namespace arterial {
namespace {

constexpr double kLeastGreen_s = 7;
constexpr double kMostServed = 0.98;  // Webster's delay has no bound at 1
constexpr double kMostCritical = 0.92;

bool is_green(char letter) { return letter == 'G' || letter == 'g' || letter == 's'; }

/// Greens change at its end without anybody being cleared, or nobody has green: no stage.
bool is_stage_state(const std::string& state) {
  bool green = false;
  for (char letter : state) {
    if (letter == 'y' || letter == 'Y' || letter == 'u') return false;
    green |= is_green(letter);
  }
  return green;
}

double cycle_of(const Program& program) {
  double sum = 0;
  for (const Phase& phase : program.phases) sum += phase.duration_s;
  return sum;
}

/// What one that yields during its green takes of it beside one that does not: less room the more oncoming
/// there is. At most five, for one or two go in every cycle whatever comes.
double through_equivalent(double oncoming_vph, double green_share) {
  const double while_green_vph = oncoming_vph / std::max(0.2, green_share);
  return std::clamp(kSaturationFlow_vph / std::max(1.0, yielding_capacity_vph(while_green_vph)), 1.0, 5.0);
}

char letter_of(const Program& program, std::size_t phase, std::uint16_t at) {
  const std::string& state = program.phases[phase].state;
  return at < state.size() ? state[at] : 'r';
}

bool is_protected(const Program& program, std::uint16_t at) {
  for (std::size_t p = 0; p < program.phases.size(); ++p)
    if (letter_of(program, p, at) == 'G') return true;
  return false;
}

/// Where a connection has a green of its own, that is what counts; what it finds beside is a gift.
bool serves(const Program& program, std::size_t phase, std::uint16_t at) {
  const char letter = letter_of(program, phase, at);
  return is_protected(program, at) ? letter == 'G' : is_green(letter);
}

/// Share of the cycle in which it may go and yields; 0 where it has a green of its own.
double yielding_share(const Program& program, std::uint16_t at) {
  if (is_protected(program, at)) return 0;
  double green_s = 0;
  for (std::size_t p = 0; p < program.phases.size(); ++p)
    if (is_green(letter_of(program, p, at))) green_s += program.phases[p].duration_s;
  return green_s / std::max(1.0, cycle_of(program));
}

struct Groups {
  std::map<std::uint32_t, std::uint32_t> parent;  // lanes
  std::uint32_t root(std::uint32_t lane) {
    auto at = parent.try_emplace(lane, lane).first;
    while (at->second != at->first) at = parent.find(at->second);
    return at->first;
  }
  void join(std::uint32_t a, std::uint32_t b) { parent[root(a)] = root(b); }
};

/// Lanes of one link are one group where some movement may use both.
Groups lanes_that_share(const Network& network, const std::vector<std::uint32_t>& controlled) {
  Groups groups;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> lane_of_movement;
  for (const std::uint32_t k : controlled) {
    const Connection& c = network.connections[k];
    const auto [first, is_new] =
        lane_of_movement.try_emplace({network[c.from].link.value, network[c.to].link.value}, c.from.value);
    if (!is_new) groups.join(c.from.value, first->second);
  }
  return groups;
}

double ratio_served(const LaneGroup& group, const Program& program, double cycle_s) {
  double green_s = 0;
  for (const std::uint32_t k : group.green) green_s += program.phases[k].duration_s;
  return green_s / cycle_s;
}

/// What share of the cycle each stage needs: that of the groups that it alone serves, then what is still
/// missing to those that several stages serve.
std::vector<double> critical_ratios(const Timing& timing) {
  std::vector<double> ratio(timing.is_stage.size(), 0);
  std::vector<const LaneGroup*> order;
  for (const LaneGroup& group : timing.groups) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(),
                   [](const LaneGroup* a, const LaneGroup* b) { return a->green.size() < b->green.size(); });
  for (const LaneGroup* group : order) {
    if (group->green.empty()) continue;
    double served = 0;
    for (const std::uint32_t k : group->green) served += ratio[k];
    if (served >= group->ratio) continue;
    for (const std::uint32_t k : group->green)
      ratio[k] += served > 0 ? (group->ratio - served) * ratio[k] / served
                             : group->ratio / static_cast<double>(group->green.size());
  }
  return ratio;
}

}  // namespace

Timing timing_of(const Network& network, SignalId signal, const Program& program,
                 const Volumes_pcuph& volumes) {
  Timing timing;
  for (const Phase& phase : program.phases) {
    timing.is_stage.push_back(is_stage_state(phase.state));
    timing.least_s.push_back(std::min(phase.duration_s, kLeastGreen_s));
  }
  std::vector<std::uint32_t> controlled;
  for (std::uint32_t k = 0; k < network.connections.size(); ++k)
    if (network.connections[k].signal == signal) controlled.push_back(k);
  std::map<std::uint32_t, double> oncoming_vph;  // by connection that yields
  for (const Conflict& c : network.conflicts) {
    if (network[c.a].signal != signal || network[c.b].signal != signal) continue;
    if (c.a_yields) oncoming_vph[c.a.value] += volumes[c.b.value];
    if (c.b_yields) oncoming_vph[c.b.value] += volumes[c.a.value];
  }
  Groups groups = lanes_that_share(network, controlled);
  struct Sum {
    double flow = 0;
    std::vector<std::uint32_t> lanes, connections;
  };
  std::map<std::uint32_t, Sum> sums;
  for (const std::uint32_t k : controlled) {
    const Connection& c = network.connections[k];
    const double yielding = yielding_share(program, c.signal_index);
    Sum& sum = sums[groups.root(c.from.value)];
    sum.flow += volumes[k] * (yielding > 0 ? through_equivalent(oncoming_vph[k], yielding) : 1.0);
    sum.connections.push_back(k);
    if (std::find(sum.lanes.begin(), sum.lanes.end(), c.from.value) == sum.lanes.end())
      sum.lanes.push_back(c.from.value);
  }
  for (const auto& [root, sum] : sums) {
    LaneGroup group;
    group.ratio = sum.flow / (kSaturationFlow_vph * static_cast<double>(sum.lanes.size()));
    for (std::uint32_t p = 0; p < program.phases.size(); ++p) {
      // The green of most of what comes counts: a turn that goes on alone does not empty the lane.
      double of_green = 0, of_all = 0;
      for (const std::uint32_t k : sum.connections) {
        const std::uint16_t at = network.connections[k].signal_index;
        const double weight = volumes[k] + 1e-3;
        of_all += weight;
        if (serves(program, p, at)) of_green += weight;
      }
      if (timing.is_stage[p] && of_green > 0.5 * of_all) group.green.push_back(p);
    }
    timing.groups.push_back(std::move(group));
  }
  return timing;
}

Service service_of(const Timing& timing, const Program& program) {
  Service service;
  service.cycle_s = cycle_of(program);
  const auto ratios = critical_ratios(timing);
  service.critical_ratio = std::accumulate(ratios.begin(), ratios.end(), 0.0);
  double flow = 0, delay = 0;
  for (const LaneGroup& group : timing.groups) {
    if (!(group.ratio > 0)) continue;
    const double green = ratio_served(group, program, service.cycle_s);
    const double x = green > 0 ? group.ratio / green : 2;
    service.saturation = std::max(service.saturation, x);
    // Webster's first two terms: arrivals in a stream, and by chance; his third is a correction of a tenth.
    const double served = std::min(x, kMostServed), share = std::max(green, 0.02);
    const double q_per_s = std::max(group.ratio * kSaturationFlow_vph / 3600, 1e-4);
    const double uniform = service.cycle_s * (1 - share) * (1 - share) / (2 * (1 - share * served));
    const double random = served * served / (2 * q_per_s * (1 - served));
    flow += group.ratio;
    delay += group.ratio * 0.9 * (uniform + random);
  }
  if (flow > 0) service.delay_s = delay / flow;
  return service;
}

Program retimed(const Timing& timing, const Program& program, const CycleLimits& limits) {
  const auto ratios = critical_ratios(timing);
  const double critical = std::accumulate(ratios.begin(), ratios.end(), 0.0);
  const auto stages = std::count(timing.is_stage.begin(), timing.is_stage.end(), true);
  if (stages == 0 || (limits.common_s <= 0 && (stages < 2 || !(critical > 0)))) return program;
  double lost_s = 0, least_s = 0;
  for (std::size_t k = 0; k < program.phases.size(); ++k)
    timing.is_stage[k] ? least_s += timing.least_s[k] : lost_s += program.phases[k].duration_s;
  double cycle_s = limits.common_s;
  if (cycle_s <= 0)
    cycle_s = std::clamp((1.5 * lost_s + 5) / (1 - std::min(critical, kMostCritical)), limits.least_s,
                         limits.most_s);
  cycle_s = std::max(std::round(cycle_s), std::ceil(lost_s + least_s));

  // Whole seconds; a stage that its share would leave below its least green gets that, and the others share
  // the rest.
  Program result = program;
  std::vector<bool> at_least(program.phases.size(), false);
  double left_s = cycle_s - lost_s, weight = critical > 0 ? critical : static_cast<double>(stages);
  const auto weight_of = [&](std::size_t k) { return critical > 0 ? ratios[k] : 1.0; };
  for (bool again = true; again;) {
    again = false;
    for (std::size_t k = 0; k < program.phases.size(); ++k) {
      if (!timing.is_stage[k] || at_least[k]) continue;
      if (weight > 1e-12 && left_s * weight_of(k) / weight >= timing.least_s[k]) continue;
      at_least[k] = again = true;
      left_s -= timing.least_s[k];
      weight -= weight_of(k);
    }
  }
  double used_s = 0;
  std::size_t longest = program.phases.size();
  for (std::size_t k = 0; k < program.phases.size(); ++k) {
    Phase& phase = result.phases[k];
    if (timing.is_stage[k]) {
      phase.duration_s =
          at_least[k] ? std::ceil(timing.least_s[k]) : std::floor(left_s * weight_of(k) / weight);
      if (longest == program.phases.size() || phase.duration_s > result.phases[longest].duration_s)
        longest = k;
    }
    used_s += phase.duration_s;
    phase.min_s = phase.max_s = phase.duration_s;
  }
  Phase& spare = result.phases[longest];  // what rounding has left
  spare.duration_s = std::max(1.0, spare.duration_s + cycle_s - used_s);
  spare.min_s = spare.max_s = spare.duration_s;
  result.offset_s = std::fmod(result.offset_s, cycle_s);
  return result;
}

}  // namespace arterial
