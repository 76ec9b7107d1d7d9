#include "tests/body_watch.h"

#include <algorithm>
#include <cmath>

namespace arterial {

namespace {
constexpr double kHair = 0.0011;  // lengths are rounded to 0.1 mm on every ground
bool is_go(char c) { return c == 'G' || c == 'g' || c == 's' || c == 'o' || c == 'O'; }
}  // namespace

std::vector<std::string> BodyWatch::look(const Simulation& simulation, int replica) {
  faults_.clear();
  simulation.snapshot(now_, replica);
  const Demand& demand = simulation.demand();
  find_bodies(demand);
  check_ground(demand);
  check_conflicts(demand);
  check_red(demand);
  check_moves(demand);
  const Ledger ledger = simulation.ledger(replica);
  if (ledger.running != now_.vehicles.size())
    say("the ledger says " + std::to_string(ledger.running) + " run, " +
        std::to_string(now_.vehicles.size()) + " are seen");
  before_.clear();
  for (const VehicleSnapshot& v : now_.vehicles)
    if (v.lane.valid()) before_[v.trip.value] = {v.speed_mps, v.lane, v.pos_m};
  before_s_ = now_.time_s;
  letters_older_ = letters_before_;
  letters_before_ = now_.signal_states;
  return faults_;
}

void BodyWatch::find_bodies(const Demand& demand) {
  bodies_.assign(net_.lanes.size(), {});
  for (std::size_t i = 0; i < now_.vehicles.size(); ++i) {
    const VehicleSnapshot& v = now_.vehicles[i];
    if (!v.lane.valid()) continue;  // parked beside the road
    const VehicleType& type = demand.types[v.type.value];
    const Lane& lane = net_[v.lane];
    const std::string& id = demand.trips[v.trip.value].id;
    if (v.pos_m < 0 || v.pos_m > std::max(0.1, lane.length_m) + kHair)
      say(id + " stands beyond its lane " + lane.id);
    if (!lane.internal && !type.ignores_permissions && !(lane.allowed & mask_of(type.vehicle_class)))
      say(id + " is on " + lane.id + ", forbidden to its class");
    double rear = v.pos_m - type.length_m;
    bodies_[v.lane.value].push_back({std::max(0.0, rear), v.pos_m, i});
    for (std::uint32_t k = 0; k < v.trail_count && rear < 0; ++k) {
      const LaneId ground = now_.trails[v.first_trail + k];
      const double length = std::max(0.1, net_[ground].length_m);
      rear += length;
      bodies_[ground.value].push_back({std::max(0.0, rear), length, i});
    }
  }
}

void BodyWatch::check_ground(const Demand& demand) {
  for (std::size_t l = 0; l < bodies_.size(); ++l) {
    auto& on = bodies_[l];
    std::sort(on.begin(), on.end(), [](const Body& a, const Body& b) { return a.front < b.front; });
    for (std::size_t k = 1; k < on.size(); ++k)
      if (on[k].rear < on[k - 1].front - kHair && on[k].vehicle != on[k - 1].vehicle)
        say("overlap on " + net_.lanes[l].id + ": " +
            demand.trips[now_.vehicles[on[k - 1].vehicle].trip.value].id + " at " +
            std::to_string(on[k - 1].front) + " is in " +
            demand.trips[now_.vehicles[on[k].vehicle].trip.value].id + ", whose rear is at " +
            std::to_string(on[k].rear));
  }
}

void BodyWatch::check_conflicts(const Demand& demand) {
  for (const Conflict& x : net_.conflicts) {
    const auto &on_a = bodies_[net_[x.a].lane.value], &on_b = bodies_[net_[x.b].lane.value];
    if (on_a.empty() || on_b.empty()) continue;
    for (const Body& a : on_a)
      for (const Body& b : on_b)
        if (a.vehicle != b.vehicle && a.front > x.a_begin_m + kHair && a.rear < x.a_end_m - kHair &&
            b.front > x.b_begin_m + kHair && b.rear < x.b_end_m - kHair)
          say("shared ground in " + net_[net_[x.a].junction].id + ": " +
              demand.trips[now_.vehicles[a.vehicle].trip.value].id + " [" + std::to_string(a.rear) + ", " +
              std::to_string(a.front) + "] in [" + std::to_string(x.a_begin_m) + ", " +
              std::to_string(x.a_end_m) + "] of " + net_[net_[x.a].lane].id + " and " +
              demand.trips[now_.vehicles[b.vehicle].trip.value].id + " [" + std::to_string(b.rear) + ", " +
              std::to_string(b.front) + "] in [" + std::to_string(x.b_begin_m) + ", " +
              std::to_string(x.b_end_m) + "] of " + net_[net_[x.b].lane].id + (x.merge ? " (merge)" : ""));
  }
}

void BodyWatch::check_moves(const Demand& demand) {
  for (const VehicleSnapshot& v : now_.vehicles) {
    if (!v.lane.valid()) continue;
    const auto it = before_.find(v.trip.value);
    if (it == before_.end()) continue;
    const VehicleType& type = demand.types[v.type.value];
    const std::string& id = demand.trips[v.trip.value].id;
    const double faster = v.speed_mps - it->second.speed_mps;
    if (faster > type.accel_mps2 * step_s_ + 0.001)
      say(id + " gains " + std::to_string(faster) + " m/s in a step");
    const double too_hard = -faster - std::max(type.emergency_decel_mps2, type.decel_mps2) * step_s_;
    if (too_hard > 0.01) {
      ++hard_brakings;
      hard_braking = "t=" + std::to_string(now_.time_s) + ": " + id + " loses " + std::to_string(-faster) +
                     " m/s in a step, from " + std::to_string(it->second.speed_mps) + " on " +
                     net_[v.lane].id + " at " + std::to_string(v.pos_m);
    }
    if (v.lane == it->second.lane && v.pos_m >= it->second.pos_m &&
        std::abs(v.pos_m - it->second.pos_m - v.speed_mps * step_s_) > 0.001)
      say(id + " moved " + std::to_string(v.pos_m - it->second.pos_m) + " m at " +
          std::to_string(v.speed_mps) + " m/s");
    // From lane to lane only beside each other or through a connection.
    if (v.lane == it->second.lane) continue;
    const Lane &from = net_[it->second.lane], &to = net_[v.lane];
    if (!from.internal && !to.internal && from.link == to.link) {
      if (std::abs(from.index - to.index) != 1) say(id + " jumped over a lane");
    } else if (v.trail_count > 0) {
      LaneId ahead = v.lane;
      for (std::uint32_t k = 0; k < v.trail_count; ++k) {
        const LaneId behind = now_.trails[v.first_trail + k];
        const bool joined =
            net_[ahead].internal
                ? net_.connections[ahead.value - net_.road_lane_count].from == behind
                : net_[behind].internal && net_.connections[behind.value - net_.road_lane_count].to == ahead;
        // Farther back it may have changed lanes while its tail was still in the junction before.
        const bool beside =
            k > 0 && net_[behind].internal && net_[ahead].link.valid() &&
            net_[net_.connections[behind.value - net_.road_lane_count].to].link == net_[ahead].link;
        if (!joined && !beside && !(net_[ahead].link.valid() && net_[ahead].link == net_[behind].link))
          say(id + " came to " + net_[ahead].id + " from " + net_[behind].id + " without a connection");
        ahead = behind;
      }
    }
  }
}

void BodyWatch::check_red(const Demand& demand) {
  // The letters of the state before were in force for the step that led here, as were its positions.
  const auto letter = [&](const std::vector<std::string>& letters, const Connection& c) {
    if (!c.signal.valid() || c.signal.value >= letters.size()) return '\0';
    const std::string& s = letters[c.signal.value];
    return c.signal_index < s.size() ? s[c.signal_index] : '\0';
  };
  // Who could stop when its green ended. A vehicle may take any connection from its lane, so look at all.
  if (before_s_ >= 0)
    for (const auto& [trip, b] : before_) {
      if (net_[b.lane].internal) continue;
      for (const Connection& c : net_.connections) {
        if (c.from != b.lane || !is_go(letter(letters_older_, c)) || is_go(letter(letters_before_, c)))
          continue;
        const double e = demand.types[demand.trips[trip].type.value].emergency_decel_mps2, bt = e * step_s_;
        const double n = std::floor(b.speed_mps / bt);
        const double way = step_s_ * (n * b.speed_mps - bt * n * (n + 1) / 2);
        could_stop_[trip] = way <= net_[b.lane].length_m - b.pos_m;
      }
    }
  for (const Crossing& x : now_.crossings) {
    ++crossings;
    const Connection& c = net_[x.connection];
    const char l = letter(letters_before_, c);
    const auto it = could_stop_.find(x.trip.value);
    if ((l == 'r' || l == 'u') && !c.turn_on_red) {
      ++crossings_on_red;
      if (it == could_stop_.end() || it->second) say(demand.trips[x.trip.value].id + " crossed on red");
    }
    could_stop_.erase(x.trip.value);
  }
}

}  // namespace arterial
