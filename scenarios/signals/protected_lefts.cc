// Which left turns get a stage of their own.
#include <algorithm>
#include <set>

#include "scenarios/signals/timing.h"

namespace arterial {
namespace {

constexpr double kManyLefts_pcuph = 240, kLeftGreen_s = 8, kAmber_s = 3, kAllRed_s = 2;

double most_product(std::size_t opposing_lanes) {
  return opposing_lanes <= 1 ? 50'000 : opposing_lanes == 2 ? 90'000 : 110'000;
}

bool is_left(Turn turn) { return turn == Turn::kLeft || turn == Turn::kPartLeft; }

char letter_in(const Phase& phase, const Connection& c) {
  return c.signal_index < phase.state.size() ? phase.state[c.signal_index] : 'r';
}

class LeftStages {
 public:
  LeftStages(const Network& network, SignalId signal, const Program& program, const Volumes_pcuph& volumes)
      : network_(network), program_(program), volumes_(volumes) {
    for (std::uint32_t k = 0; k < network.connections.size(); ++k)
      if (network.connections[k].signal == signal) controlled_.push_back(k);
    for (const Conflict& c : network.conflicts)
      if (network[c.a].signal == signal && network[c.b].signal == signal) conflicts_.push_back(c);
  }

  Program made() const {
    Program result = program_;
    result.phases.clear();
    for (std::size_t p = 0; p < program_.phases.size(); ++p) {
      result.phases.push_back(program_.phases[p]);
      const bool clears = program_.phases[p].state.find('y') != std::string::npos ||
                          program_.phases[p].state.find_first_of("Gg") == std::string::npos;
      if (!clears || begins_clearance(p + 1)) continue;  // after the last phase that clears a stage
      const auto lefts = too_many_in(stage_before(p));
      if (!lefts.empty()) add_stage(result, lefts);
    }
    return result;
  }

 private:
  bool begins_clearance(std::size_t p) const {
    const std::string& state = program_.phases[p % program_.phases.size()].state;
    return state.find_first_of("Gg") == std::string::npos || state.find('y') != std::string::npos;
  }

  /// The last phase before `p` in which somebody has green and nobody amber.
  std::size_t stage_before(std::size_t p) const {
    const std::size_t n = program_.phases.size();
    for (std::size_t back = 1; back < n; ++back)
      if (const std::size_t at = (p + n - back) % n; !begins_clearance(at)) return at;
    return p;
  }

  bool has_own_green(const Connection& c) const {
    return std::any_of(program_.phases.begin(), program_.phases.end(),
                       [&](const Phase& phase) { return letter_in(phase, c) == 'G'; });
  }

  bool has_own_lane(const Connection& c) const {
    return std::none_of(controlled_.begin(), controlled_.end(), [&](std::uint32_t k) {
      const Connection& other = network_.connections[k];
      return other.from == c.from && !is_left(other.turn);
    });
  }

  std::vector<std::uint32_t> too_many_in(std::size_t stage) const {
    std::vector<std::uint32_t> lefts;
    for (const std::uint32_t k : controlled_) {
      const Connection& c = network_.connections[k];
      if (!is_left(c.turn) || letter_in(program_.phases[stage], c) != 'g' || has_own_green(c) ||
          !has_own_lane(c))
        continue;
      double opposing = 0;
      std::set<std::uint32_t> lanes;
      for (const Conflict& conflict : conflicts_) {
        const bool is_a = conflict.a.value == k;
        if ((!is_a && conflict.b.value != k) || !(is_a ? conflict.a_yields : conflict.b_yields)) continue;
        const std::uint32_t other = is_a ? conflict.b.value : conflict.a.value;
        if (letter_in(program_.phases[stage], network_.connections[other]) == 'r') continue;
        opposing += volumes_[other];
        lanes.insert(network_.connections[other].from.value);
      }
      if (opposing > 0 &&
          (volumes_[k] > kManyLefts_pcuph || volumes_[k] * opposing > most_product(lanes.size())))
        lefts.push_back(k);
    }
    return without_meetings(std::move(lefts));
  }

  /// Of two whose ways cross the one with fewer waits for gaps on.
  std::vector<std::uint32_t> without_meetings(std::vector<std::uint32_t> lefts) const {
    for (const Conflict& conflict : conflicts_) {
      const auto a = std::find(lefts.begin(), lefts.end(), conflict.a.value);
      const auto b = std::find(lefts.begin(), lefts.end(), conflict.b.value);
      if (a == lefts.end() || b == lefts.end() || conflict.merge) continue;
      lefts.erase(volumes_[*a] < volumes_[*b] ? a : b);
    }
    return lefts;
  }

  void add_stage(Program& result, const std::vector<std::uint32_t>& lefts) const {
    std::string green(result.phases.front().state.size(), 'r');
    for (const std::uint32_t k : lefts) green[network_.connections[k].signal_index] = 'G';
    std::string amber = green;
    std::replace(amber.begin(), amber.end(), 'G', 'y');
    for (const auto& [duration_s, state] : {std::pair(kLeftGreen_s, green), std::pair(kAmber_s, amber),
                                            std::pair(kAllRed_s, std::string(green.size(), 'r'))}) {
      Phase phase;
      phase.duration_s = phase.min_s = phase.max_s = duration_s;
      phase.state = state;
      result.phases.push_back(std::move(phase));
    }
  }

  const Network& network_;
  const Program& program_;
  const Volumes_pcuph& volumes_;
  std::vector<std::uint32_t> controlled_;
  std::vector<Conflict> conflicts_;
};

}  // namespace

Program with_protected_lefts(const Network& network, SignalId signal, const Program& program,
                             const Volumes_pcuph& volumes) {
  return LeftStages(network, signal, program, volumes).made();
}

}  // namespace arterial
