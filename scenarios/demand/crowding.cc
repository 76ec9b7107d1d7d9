#include "scenarios/demand/crowding.h"

#include <algorithm>
#include <cmath>

namespace arterial {

namespace {

constexpr double kLane_vph = 1800;  // saturation flow of a lane
constexpr double kShortest_h = 0.25;

/// Share of the time for which a lane can discharge over this connection. Signals: their green. Without: what
/// the Highway Capacity Manual's formulas give against middling streams (600 vehicles an hour that go first).
double share_of(const Network& net, const Connection& c) {
  if (c.signal.valid()) {
    const Signal& signal = net[c.signal];
    const Program& program = signal.programs[signal.active_program];
    double green = 0, cycle = 0;
    for (const Phase& phase : program.phases) {
      const char letter = c.signal_index < phase.state.size() ? phase.state[c.signal_index] : 'r';
      if (letter == 'G' || letter == 'g' || letter == 'o' || letter == 'O') green += phase.duration_s;
      cycle += phase.duration_s;
    }
    return cycle > 0 ? green / cycle : 1;
  }
  const Link &from = net[net[c.from].link], &to = net[net[c.to].link];
  if (to.roundabout) return from.roundabout ? 0.75 : 0.45;
  switch (c.priority) {
    case Priority::kMinor:
    case Priority::kStop: return 0.35;
    case Priority::kAllWayStop: return 0.3;
    case Priority::kEqual: return 0.5;
    default: return 1;
  }
}

}  // namespace

double queueing_delay_s(double volume_vph, double capacity_vph, double hours) {
  const double x = volume_vph / capacity_vph;
  return 900 * hours * (x - 1 + std::sqrt((x - 1) * (x - 1) + 4 * x / (capacity_vph * hours)));
}

Crowding::Crowding(const Network& network, const std::vector<double>& departures_s)
    : capacity_vph_(network.links.size()), free_ms_(network.links.size()), count_(network.links.size(), 0) {
  std::vector<double> share(network.links.size(), 0);
  for (const Connection& c : network.connections) {
    double& s = share[network[c.from].link.value];
    s = std::max(s, share_of(network, c));
  }
  for (std::uint32_t l = 0; l < network.links.size(); ++l) {
    const Link& link = network.links[l];
    int lanes = 0;
    double speed = 1;
    for (std::uint32_t k = 0; k < link.lane_count; ++k) {
      const Lane& lane = network.lanes[link.first_lane.value + k];
      lanes += (lane.allowed & mask_of(VehicleClass::kCar)) != 0;
      speed = std::max(speed, lane.speed_mps);
    }
    // The last link of a way ends where its driver does.
    capacity_vph_[l] = kLane_vph * std::max(1, lanes) * (share[l] > 0 ? std::max(0.05, share[l]) : 1);
    free_ms_[l] = static_cast<std::uint32_t>(std::min(1000 * network[link.first_lane].length_m / speed, 1e9));
  }
  if (departures_s.empty()) return;
  const auto [first, last] = std::minmax_element(departures_s.begin(), departures_s.end());
  const double begin = *first, span_h = (*last - begin) / 3600;
  std::vector<std::uint64_t> in_hour(static_cast<std::size_t>(std::min(span_h, 10000.0)) + 1, 0);
  for (const double t : departures_s)
    ++in_hour[std::min(in_hour.size() - 1, static_cast<std::size_t>(std::max(0.0, (t - begin) / 3600)))];
  const double most = static_cast<double>(*std::max_element(in_hour.begin(), in_hour.end()));
  hours_ = std::clamp(span_h, kShortest_h, 1.0);
  per_hour_ = most / static_cast<double>(departures_s.size()) / hours_;
}

void Crowding::add(std::span<const LinkId> route) {
  for (const LinkId l : route) ++count_[l.value];
}

std::vector<std::uint32_t> Crowding::link_ms() const {
  std::vector<std::uint32_t> out(free_ms_);
  for (std::uint32_t l = 0; l < out.size(); ++l)
    if (count_[l] > 0)
      out[l] += static_cast<std::uint32_t>(
          std::min(1000 * queueing_delay_s(count_[l] * per_hour_, capacity_vph_[l], hours_), 1e9));
  return out;
}

}  // namespace arterial
