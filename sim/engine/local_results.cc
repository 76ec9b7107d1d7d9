// What a run has to tell at the present state: rows of trips, links, movements and detectors, and their hash.
#include <algorithm>
#include <cmath>

#include "sim/engine/local_simulation.h"
#include "sim/model/random.h"

namespace arterial {

namespace {

LinkAccount sum_of(const LinkAccount& a, const LinkAccount& b) {
  LinkAccount s = a;
  s.entered += b.entered, s.inserted += b.inserted, s.left += b.left, s.arrived += b.arrived,
      s.removed += b.removed;
  s.vehicle_units += b.vehicle_units, s.vehicle_ms += b.vehicle_ms, s.loss_ms += b.loss_ms;
  s.halted_ms += b.halted_ms, s.queue_sum += b.queue_sum;
  s.queue_max = std::max(s.queue_max, b.queue_max);
  return s;
}

}  // namespace

/// What a vehicle on the road has done since its account was last settled, and the time it takes at free
/// flow.
LocalSimulation::OpenAccount LocalSimulation::open_account(const StateImage& s, std::size_t row) const {
  const TripState& t = s.trip_state[s.slot[row]];
  OpenAccount open;
  LinkAccount& part = open.part;
  part.vehicle_units = s.pos[row] - t.enter_pos;
  part.vehicle_ms = ms_at(steps_) - t.enter_ms;
  const double desired = std::min(to_metres(s.lane_limit[s.lane[row]]) * (s.kind[row] >> 16) / 16384.0,
                                  city_.type[s.kind[row] & 0xffff].max_speed);
  const double free_ms = desired > 0.01 ? 1000.0 * to_metres(part.vehicle_units) / desired
                                        : static_cast<double>(part.vehicle_ms);
  open.free_flow_ms = free_ms < 2e9 ? std::llround(free_ms) : 0;
  part.loss_ms = std::max<std::int64_t>(-step_ms_, part.vehicle_ms - open.free_flow_ms);
  open.halted_ms = static_cast<std::int64_t>(halted_steps(s.ctl[row])) * step_ms_;
  part.halted_ms = std::min(open.halted_ms, part.vehicle_ms);  // the interval before has had the rest
  return open;
}

ResultTables LocalSimulation::results(int replica, bool close) const {
  const std::uint32_t r = static_cast<std::uint32_t>(replica), places = city_.links + city_.junctions;
  const Network& net = *input_.network;
  ResultTables out;
  const StateImage& s = image();
  const std::int32_t now = ms_at(steps_);

  // Trips; the running ones with what they have done since their last settlement.
  out.trips.reserve(city_.trips);
  std::vector<std::uint32_t> row_of(city_.trips, kNone);
  for (std::uint32_t i = 0; i < s.lane.size(); ++i)
    if (s.lane[i] / city_.grounds == r) row_of[s.slot[i] % city_.trips] = i;
  for (std::uint32_t i = 0; i < city_.trips; ++i) {
    const TripState& t = s.trip_state[r * city_.trips + i];
    const SlotStatus status = static_cast<SlotStatus>(t.status);
    if (status == SlotStatus::kAbsent) continue;
    const Route& route = demand_.demand.routes[demand_.demand.trips[i].route.value];
    TripRow row;
    row.trip = TripId(i);
    row.scheduled_s = city_.trip[i].depart_ms / 1000.0;
    row.speed_factor = t.speed_factor / 16384.0;
    row.entered_s = t.entered_ms >= 0 || status != SlotStatus::kScheduled ? t.entered_ms / 1000.0 : -1;
    row.ended_s = t.ended_ms >= 0 ? t.ended_ms / 1000.0 : -1;
    std::int64_t distance = t.distance, free_flow = t.free_flow_ms, loss = t.loss_ms, halted = t.halted_ms,
                 stopped = t.stop_ms;
    bool at_stop = status == SlotStatus::kParked;
    if (at_stop) loss += now - t.enter_ms;
    if (const std::uint32_t at = row_of[i]; at != kNone) {
      const OpenAccount open = open_account(s, at);
      distance += open.part.vehicle_units, free_flow += open.free_flow_ms;
      loss += open.part.loss_ms, halted += open.halted_ms;
      at_stop = (s.ctl[at] & kDwelling) != 0;
    }
    if (at_stop) stopped -= std::max(0, t.stop_until_ms - now);  // booked as a whole when it began
    row.distance_m = to_metres(distance);
    row.free_flow_s = static_cast<double>(free_flow) / 1000.0;
    row.time_loss_s = static_cast<double>(std::max<std::int64_t>(0, loss - stopped)) / 1000.0;
    row.halted_s = static_cast<double>(halted) / 1000.0;
    row.stop_s = static_cast<double>(stopped) / 1000.0;
    row.halts = t.halts;
    row.reroutes = t.reroutes;
    row.lane_changes = t.lane_changes;
    if (t.enter_lane != kNone) row.enter_lane = LaneId(t.enter_lane);
    if (t.end_lane != kNone) row.end_lane = LaneId(t.end_lane);
    row.from = route.links.front();
    row.to = route.links.back();
    switch (status) {
      case SlotStatus::kScheduled:
        row.status = city_.trip[i].depart_ms <= now ? TripStatus::kWaiting : TripStatus::kScheduled;
        break;
      case SlotStatus::kRunning:
      case SlotStatus::kParked: row.status = TripStatus::kRunning; break;
      case SlotStatus::kArrived: row.status = TripStatus::kArrived; break;
      case SlotStatus::kRemovedWaiting: row.status = TripStatus::kRemovedWaiting; break;
      default: row.status = TripStatus::kRemovedRunning;
    }
    out.trips.push_back(row);
  }

  auto add_interval = [&](const Interval& x) {
    const double begin = x.begin_ms / 1000.0, end = x.end_ms / 1000.0;
    for (std::uint32_t i = 0; i < places; ++i) {
      const std::size_t at = static_cast<std::size_t>(r) * places + i;
      const LinkAccount& a = x.links[at];
      LinkRow row;
      row.begin_s = begin, row.end_s = end;
      if (i < city_.links)
        row.link = LinkId(i);
      else
        row.junction = JunctionId(i - city_.links);
      row.n_begin = x.n_begin[at], row.n_end = x.n_end[at], row.waiting_end = x.waiting_end[at];
      row.entered = static_cast<std::uint32_t>(a.entered),
      row.inserted = static_cast<std::uint32_t>(a.inserted);
      row.left = static_cast<std::uint32_t>(a.left), row.arrived = static_cast<std::uint32_t>(a.arrived);
      row.removed = static_cast<std::uint32_t>(a.removed);
      row.vehicle_m = to_metres(a.vehicle_units), row.vehicle_s = static_cast<double>(a.vehicle_ms) / 1000.0;
      row.time_loss_s = static_cast<double>(std::max<std::int64_t>(0, a.loss_ms)) / 1000.0,
      row.halted_vehicle_s = static_cast<double>(a.halted_ms) / 1000.0;
      row.queue_mean_m = x.queue_samples ? to_metres(a.queue_sum) / x.queue_samples : 0;
      row.queue_max_m = to_metres(a.queue_max);
      out.links.push_back(row);
    }
    // Movements: connections of one junction between the same two links together.
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
    for (std::uint32_t c = 0; c < city_.connections; ++c) {
      const Connection& conn = net.connections[c];
      order.emplace_back(
          (static_cast<std::uint64_t>(net[conn.from].link.value) << 32) | net[conn.to].link.value, c);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t k = 0; k < order.size();) {
      const std::uint64_t pair = order[k].first;
      MovementRow row;
      row.begin_s = begin, row.end_s = end;
      row.from = LinkId(static_cast<std::uint32_t>(pair >> 32)),
      row.to = LinkId(static_cast<std::uint32_t>(pair));
      for (; k < order.size() && order[k].first == pair; ++k) {
        const MovementAccount& m =
            x.movements[static_cast<std::size_t>(r) * city_.connections + order[k].second];
        row.junction = net.connections[order[k].second].junction;
        row.count += static_cast<std::uint32_t>(m.count), row.stops += static_cast<std::uint32_t>(m.stops);
        row.delay_s += static_cast<double>(std::max<std::int64_t>(0, m.delay_ms)) / 1000.0,
            row.spillback_s += static_cast<double>(m.spillback_ms) / 1000.0;
        row.queue_max_m = std::max(row.queue_max_m, to_metres(m.queue_max));
      }
      out.movements.push_back(row);
    }
    for (std::uint32_t d = 0; d < city_.detectors; ++d) {
      const DetectorAccount& a = x.detectors[static_cast<std::size_t>(r) * city_.detectors + d];
      DetectorRow row;
      row.begin_s = begin, row.end_s = end, row.detector = d;
      row.count = static_cast<std::uint32_t>(a.count);
      row.occupied_s = static_cast<double>(a.occupied_ms) / 1000.0,
      row.speed_sum_mps = to_metres(a.speed_sum);
      row.inverse_speed_sum_spm = static_cast<double>(a.pace_sum) * 1e-6,
      row.length_sum_m = to_metres(a.length_sum);
      out.detectors.push_back(row);
    }
  };
  for (const Interval& x : intervals_) add_interval(x);
  const std::int32_t last_end = intervals_.empty() ? interval_begin_ms_ : intervals_.back().end_ms;
  if (close && now > last_end) {
    // The running interval, closed on the side: the simulation itself may go on as if nobody had looked.
    Interval x;
    x.begin_ms = last_end, x.end_ms = now;
    x.links = s.link_account, x.movements = s.movement_account, x.detectors = s.detector_account;
    x.n_begin = n_begin_, x.queue_samples = queue_samples_;
    x.n_end.assign(static_cast<std::size_t>(places) * city_.replicas, 0);
    for (std::size_t i = 0; i < s.lane.size(); ++i) {
      const std::uint32_t q = s.lane[i] / city_.grounds, g = s.lane[i] % city_.grounds;
      const std::size_t at =
          q * places + (g < city_.road_lanes ? city_.lane_link[g]
                                             : city_.links + city_.conn[g - city_.road_lanes].junction);
      ++x.n_end[at];
      x.links[at] = sum_of(x.links[at], open_account(s, i).part);
    }
    each_parked(s, [&](std::uint32_t q, std::uint32_t g, const TripState& t) {
      const std::size_t at = q * places + city_.lane_link[g];
      ++x.n_end[at];
      LinkAccount part;
      part.vehicle_ms = part.loss_ms = now - t.enter_ms;
      x.links[at] = sum_of(x.links[at], part);
    });
    count_waiting(x.waiting_end);
    add_interval(x);
  }
  out.jams = jams_.rows(r);
  out.series = series_[r];
  return out;
}

std::uint64_t LocalSimulation::results_hash(int replica) const {
  const ResultTables tables = results(replica, true);
  std::uint64_t sum = 0;
  auto bits = [](double x) { return static_cast<std::uint64_t>(std::llround(x * 1e4)); };
  auto add = [&](std::uint64_t kind, std::initializer_list<std::uint64_t> fields) {
    std::uint64_t h = mix64(kind);
    for (std::uint64_t f : fields) h = mix64(h ^ (f + 0x9E3779B97F4A7C15ull));
    sum += h;
  };
  for (const TripRow& t : tables.trips)
    add(1, {demand_.demand.trips[t.trip.value].key, static_cast<std::uint64_t>(t.status), bits(t.entered_s),
            bits(t.ended_s), bits(t.distance_m), bits(t.free_flow_s), bits(t.time_loss_s), bits(t.halted_s),
            bits(t.stop_s), t.halts, t.lane_changes, t.reroutes});
  for (const LinkRow& x : tables.links)
    add(2, {bits(x.begin_s), x.link.value, x.junction.value, x.n_begin, x.entered, x.inserted, x.left,
            x.arrived, x.n_end, bits(x.vehicle_m), bits(x.vehicle_s), bits(x.time_loss_s),
            bits(x.halted_vehicle_s), bits(x.queue_mean_m), bits(x.queue_max_m)});
  for (const MovementRow& x : tables.movements)
    add(3,
        {bits(x.begin_s), x.from.value, x.to.value, x.count, bits(x.delay_s), x.stops, bits(x.queue_max_m)});
  for (const DetectorRow& x : tables.detectors)
    add(4, {bits(x.begin_s), x.detector, x.count, bits(x.occupied_s), bits(x.speed_sum_mps)});
  return sum;
}

}  // namespace arterial
