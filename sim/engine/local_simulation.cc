#include "sim/engine/local_simulation.h"

#include <algorithm>
#include <climits>
#include <cmath>

#include "sim/engine/state_hash.h"
#include "sim/model/random.h"

namespace arterial {

namespace {

constexpr std::int32_t kFaceOffMs = 15000;
constexpr std::int32_t kStuckMs = 120000;  // longer than a signal's cycle: at red nobody finds a gap

void check_input(const SimulationInput& input) {
  if (!input.network) throw InputError("the scenario", "", "no network", "Give a network");
  const SimOptions& o = input.options;
  const std::int32_t step = to_ms(o.step_s);
  if (step < 100 || step > 1000 || 1000 % step != 0)
    throw InputError("the scenario", "step", std::to_string(o.step_s) + " s",
                     "A step divides 1 s and is at least 0.1 s");
  if (o.replicas < 1)
    throw InputError("the scenario", "replicas", std::to_string(o.replicas), "Give 1 or more");
  if (!(o.end_s >= o.begin_s))
    throw InputError("the scenario", "end", std::to_string(o.end_s), "The end comes after the begin");
  for (const Trip& t : input.demand.trips)
    if (!t.route.valid() || input.demand.routes[t.route.value].links.empty())
      throw InputError("the demand", t.id, "the trip has no route", "Route the demand before running it");
}

}  // namespace

LocalSimulation::LocalSimulation(SimulationInput input, const MakeBackend& make_backend)
    : input_(std::move(input)) {
  check_input(input_);
  demand_ = copy_trips(input_);
  city_ = build_city(input_, demand_.demand);
  begin_ms_ = to_ms(input_.options.begin_s);
  end_ms_ = to_ms(input_.options.end_s);
  step_ms_ = to_ms(input_.options.step_s);
  interval_ms_ = std::max(step_ms_, to_ms(input_.options.interval_s) / step_ms_ * step_ms_);
  if (make_backend) {
    backend_ = make_backend(city_);
  } else if (input_.options.backend == Backend::kCuda ||
             (input_.options.backend == Backend::kAuto && cuda_available())) {
    backend_ = make_cuda_backend(city_);
    if (!backend_)
      throw InputError("the scenario", "backend",
                       cuda_built() ? "no CUDA device on this machine" : "this build has no CUDA",
                       "Use --backend cpu");
  } else {
    backend_ = make_host_backend(city_, input_.options.threads);
  }
  for (std::uint32_t i = 0; i < city_.trips && input_.options.departure_choice_s > 0; ++i)
    if (demand_.demand.trips[i].chooses_at_departure) choosing_.push_back(i);
  std::stable_sort(choosing_.begin(), choosing_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return city_.trip[a].depart_ms < city_.trip[b].depart_ms;
  });
  yet_to_depart_.resize(city_.replicas);
  start();
}

void LocalSimulation::start() {
  const std::uint32_t k = city_.replicas;
  StateImage first = first_state(input_, city_, demand_);
  departures_.assign(k, {});
  for (std::uint32_t r = 0; r < k; ++r) {
    for (std::uint32_t i = 0; i < city_.trips; ++i)
      if (first.trip_state[r * city_.trips + i].status != static_cast<std::uint8_t>(SlotStatus::kAbsent))
        departures_[r].push_back(city_.trip[i].depart_ms);
    std::sort(departures_[r].begin(), departures_[r].end());
    scheduled_.push_back(departures_[r].size());
  }
  loaded_.assign(k, 0);
  conservation_.assign(k, 0);
  updates_.assign(k, 0);
  series_.assign(k, {});
  waiting_s_.assign(k, 0);
  backend_->write(first);
  image_ = std::move(first);  // what only changes of the scenario alter stays known from here on
  interval_begin_ms_ = begin_ms_ + to_ms(input_.options.warm_up_s);
  backend_->control(params(begin_ms_));
  backend_->insert_due(params(begin_ms_));
  update_loaded(begin_ms_);
  check_conservation();
  // Who enters at the begin is counted as inserted, not as present before.
  n_begin_.assign(static_cast<std::size_t>(city_.links + city_.junctions) * k, 0);
  add_series_point();
}

StepParams LocalSimulation::params(std::int32_t next_ms) const {
  StepParams p;
  p.next_ms = next_ms;
  p.now_ms = next_ms - step_ms_;
  p.step_ms = step_ms_;
  p.step_s = step_ms_ / 1000.0;
  p.seed = input_.options.seed;
  p.step = static_cast<std::uint32_t>(steps_);
  p.impatience_after_s = std::max(1.0, input_.options.impatience_after_s);
  p.remove_after_ms = to_ms(input_.options.remove_after_s);
  return p;
}

std::int32_t LocalSimulation::ms_at(std::uint64_t step) const {
  return begin_ms_ + static_cast<std::int32_t>(step) * step_ms_;
}
double LocalSimulation::now_s() const { return ms_at(steps_) / 1000.0; }

bool LocalSimulation::finished() const { return ms_at(steps_) >= end_ms_; }

/// Nobody is on the road, waits, or departs until then: only signals and clocks go on.
bool LocalSimulation::is_empty_until(std::int32_t next_ms) const {
  if (backend_->active() + parked() > 0) return false;
  for (std::uint32_t r = 0; r < city_.replicas; ++r) {
    const bool waits =
        loaded_[r] > counter(static_cast<int>(r), kDeparted) + counter(static_cast<int>(r), kRemovedWaiting);
    if (waits || (loaded_[r] < departures_[r].size() && departures_[r][loaded_[r]] <= next_ms)) return false;
  }
  return true;
}

bool LocalSimulation::changes_between(std::int32_t from_ms, std::int32_t to) const {
  auto inside = [&](double s) { return to_ms(s) > from_ms && to_ms(s) <= to; };
  for (const Change& c : input_.changes)
    if (c.kind != ChangeKind::kDemandFactor && (inside(c.begin_s) || inside(c.end_s))) return true;
  for (const Signal& s : input_.network->signals)
    for (const ProgramSwitch& sw : s.switches)
      if (inside(sw.at_s)) return true;
  return false;
}

void LocalSimulation::step() {
  const std::int32_t now = ms_at(steps_), next = now + step_ms_;
  for (std::uint32_t r = 0; r < city_.replicas; ++r) {
    const int replica = static_cast<int>(r);
    updates_[r] += counter(replica, kDeparted) - counter(replica, kArrived) -
                   counter(replica, kRemovedRunning) - counter(replica, kParkedNow);
  }
  constexpr int kStepsToForget =
      2;  // after which nothing is left of the last vehicle, no mark and no crossing
  empty_steps_ = is_empty_until(next) ? empty_steps_ + 1 : 0;
  ++steps_;
  StepParams p = params(next);
  p.step = static_cast<std::uint32_t>(steps_);
  if (empty_steps_ <= kStepsToForget) backend_->step(p);
  if (changes_between(now, next)) {
    backend_->read(image_);
    apply_changes(input_, city_, next, image_);
    backend_->write_overlays(image_, p);
    image_step_ = ~0ull;
  }
  backend_->control(p);
  update_loaded(next);
  check_conservation();

  if ((next - begin_ms_) % 10000 == 0) {
    backend_->sample_queues(p);
    ++queue_samples_;
    turn_away_from_closures(next);
    free_stuck_vehicles(next);
  }
  if (input_.options.reroute_share > 0) reroute_drivers(next);
  if (!choosing_.empty()) choose_at_departure(next);
  if ((next - begin_ms_) % 30000 == 0) {
    backend_->read_active(image_);
    image_step_ = ~0ull;
    for (std::uint32_t r = 0; r < city_.replicas; ++r)
      jams_.look(city_, image_, r, now_s(), p.step_s, input_.options.jam_after_s);
    turn_out_of_circles(next);
  }
  if (next == interval_begin_ms_ && next > begin_ms_) {  // the warm-up ends here
    std::vector<LinkAccount> links;
    std::vector<MovementAccount> movements;
    std::vector<DetectorAccount> detectors;
    backend_->settle_accounts(p);
    backend_->take_accounts(links, movements, detectors);
    carry_accounts(links);
    count_present(n_begin_);
    queue_samples_ = 0;
    std::fill(waiting_s_.begin(), waiting_s_.end(), 0.0);
    image_step_ = ~0ull;
  } else if (next > interval_begin_ms_ && (next - interval_begin_ms_) % interval_ms_ == 0) {
    close_interval(next);
  }
  if ((next - begin_ms_) % 60000 == 0) add_series_point();
}

const StateImage& LocalSimulation::image() const {
  if (image_step_ != steps_) {
    backend_->read(image_);
    image_step_ = steps_;
  }
  return image_;
}

void LocalSimulation::update_loaded(std::int32_t now_ms) {
  for (std::uint32_t r = 0; r < city_.replicas; ++r) {
    while (loaded_[r] < departures_[r].size() && departures_[r][loaded_[r]] <= now_ms) ++loaded_[r];
    if (steps_ > 0)
      waiting_s_[r] += static_cast<double>(loaded_[r] - counter(r, kDeparted) - counter(r, kRemovedWaiting)) *
                       step_ms_ / 1000.0;
  }
}

Ledger LocalSimulation::ledger(int replica) const {
  Ledger l;
  const std::size_t r = static_cast<std::size_t>(replica);
  l.rejected = input_.demand.rejected.size();
  l.scheduled = scheduled_[r];
  // As the sources were counted, plus what a demand factor added or took.
  l.read = input_.demand.read ? input_.demand.read + l.scheduled - input_.demand.trips.size()
                              : l.scheduled + l.rejected;
  l.loaded = loaded_[r];
  l.departed = counter(replica, kDeparted);
  l.arrived = counter(replica, kArrived);
  l.removed_running = counter(replica, kRemovedRunning);
  l.removed_waiting = counter(replica, kRemovedWaiting);
  l.running = l.departed - l.arrived - l.removed_running;
  l.waiting = l.loaded - l.departed - l.removed_waiting;
  return l;
}

void LocalSimulation::check_conservation() {
  std::uint64_t running = 0;
  for (std::uint32_t r = 0; r < city_.replicas; ++r) {
    const Ledger l = ledger(static_cast<int>(r));
    running += l.running;
    if (!l.balanced() || l.departed > l.loaded || l.arrived + l.removed_running > l.departed)
      ++conservation_[r];
  }
  // What is on the road, counted, against what the ledger says.
  if (running != backend_->active() + parked()) ++conservation_[0];
}

Violations LocalSimulation::violations(int replica) const {
  Violations v;
  v.overlap = counter(replica, kOverlap);
  v.red = counter(replica, kRed);
  v.conflict = counter(replica, kConflict);
  v.lane = counter(replica, kLaneFault);
  v.conservation = conservation_[static_cast<std::size_t>(replica)];
  if (finished()) {
    look_at_last_state();
    v.overlap += last_state_[static_cast<std::size_t>(replica)].overlap;
    v.conflict += last_state_[static_cast<std::size_t>(replica)].conflict;
  }
  return v;
}

/// A step counts the overlaps and conflicts of the state it leaves. Nothing leaves the last one, so a step
/// past the end is made and undone.
void LocalSimulation::look_at_last_state() const {
  if (!last_state_.empty()) return;
  last_state_.resize(city_.replicas);
  if (backend_->active() == 0) return;
  backend_->read_crossings(last_crossings_);
  const StateImage& before = image();
  const std::vector<std::uint64_t> counters = backend_->counters();
  StepParams p = params(ms_at(steps_) + step_ms_);
  ++p.step;
  backend_->step(p);
  for (std::uint32_t r = 0; r < city_.replicas; ++r) {
    const auto more = [&](Counter c) {
      return counter(static_cast<int>(r), c) - counters[static_cast<std::size_t>(r) * kCounterCount + c];
    };
    last_state_[r].overlap = more(kOverlap);
    last_state_[r].conflict = more(kConflict);
  }
  backend_->write(before);
}

Totals LocalSimulation::totals(int replica) const {
  Totals t;
  t.vehicle_updates = updates_[static_cast<std::size_t>(replica)];
  t.lookahead_bounds = counter(replica, kBounds);
  const StateImage& s = image();
  const std::uint32_t r = static_cast<std::uint32_t>(replica);
  const std::int32_t now = ms_at(steps_);
  std::int64_t units = 0, ms = 0;
  for (std::uint32_t i = 0; i < city_.trips; ++i) {
    const TripState& x = s.trip_state[r * city_.trips + i];
    units += x.distance;
    if (x.entered_ms >= begin_ms_) ms += (x.ended_ms >= 0 ? x.ended_ms : now) - x.entered_ms;
  }
  for (std::size_t i = 0; i < s.lane.size(); ++i)
    if (s.lane[i] / city_.grounds == r) units += s.pos[i] - s.trip_state[s.slot[i]].enter_pos;
  if (interval_begin_ms_ > begin_ms_) {
    // After a warm-up: what the links and junctions saw since then.
    const std::size_t places = static_cast<std::size_t>(city_.links) + city_.junctions;
    units = ms = 0;
    auto add = [&](const std::vector<LinkAccount>& accounts) {
      for (std::size_t i = r * places; i < (r + 1) * places; ++i)
        units += accounts[i].vehicle_units, ms += accounts[i].vehicle_ms;
    };
    for (const Interval& x : intervals_) add(x.links);
    add(s.link_account);
    for (std::size_t i = 0; i < s.lane.size(); ++i) {
      if (s.lane[i] / city_.grounds != r) continue;
      const TripState& x = s.trip_state[s.slot[i]];
      units += s.pos[i] - x.enter_pos;
      ms += now - x.enter_ms;
    }
    each_parked(s, [&](std::uint32_t replica_of, std::uint32_t, const TripState& x) {
      if (replica_of == r) ms += now - x.enter_ms;
    });
  }
  t.vkt_km = to_metres(units) / 1000.0;
  t.vht_h = static_cast<double>(ms) / 3.6e6;
  t.waiting_h = waiting_s_[r] / 3600.0;
  return t;
}

std::uint64_t LocalSimulation::state_hash(int replica) const {
  return hash_state(city_, image(), static_cast<std::uint32_t>(replica));
}

Machine LocalSimulation::machine() const {
  Machine m;
  m.backend = backend_->name();
  m.device = backend_->device();
  m.threads = m.backend == "cpu" ? std::max(1, std::atoi(m.device.c_str())) : 1;
  return m;
}

void LocalSimulation::snapshot(Snapshot& out, int replica) const {
  backend_->read_visible(image_);
  image_step_ = ~0ull;
  const std::uint32_t r = static_cast<std::uint32_t>(replica), base = r * city_.grounds;
  const StateImage& s = image_;
  out.time_s = now_s();
  out.step = steps_;
  out.vehicles.clear();
  out.trails.clear();
  for (std::size_t i = 0; i < s.lane.size(); ++i) {
    if (s.lane[i] / city_.grounds != r) continue;
    VehicleSnapshot v;
    v.trip = TripId(s.slot[i] % city_.trips);
    v.type = TypeId(s.kind[i] & 0xffff);
    v.lane = LaneId(s.lane[i] - base);
    v.pos_m = to_metres(s.pos[i]);
    v.speed_mps = to_metres(s.speed[i]);
    v.first_trail = static_cast<std::uint32_t>(out.trails.size());
    std::int32_t rear = s.pos[i] - city_.type[s.kind[i] & 0xffff].length_units;
    const TripState& t = s.trip_state[s.slot[i]];
    for (int k = 0; k < t.trail_count && rear < 0; ++k) {
      const std::uint32_t g = s.trail[static_cast<std::size_t>(s.slot[i]) * kTrail + k];
      rear += city_.lane_length[g];
      out.trails.push_back(LaneId(g));
    }
    v.trail_count = static_cast<std::uint32_t>(out.trails.size()) - v.first_trail;
    out.vehicles.push_back(v);
  }
  each_parked(s, [&](std::uint32_t replica_of, std::uint32_t, const TripState& t) {
    if (replica_of != r) return;
    VehicleSnapshot v;  // on no lane
    v.trip = TripId(t.trip);
    v.type = TypeId(city_.trip[t.trip].type);
    v.first_trail = static_cast<std::uint32_t>(out.trails.size());
    out.vehicles.push_back(v);
  });
  copy_crossings(r, out.crossings);
  copy_signals(r, s.letter, out.signal_states);
}

void LocalSimulation::copy_traffic(TrafficColumns& out, int replica) const {
  StateImage& s = traffic_;
  if (traffic_step_ != steps_) {
    backend_->read_hot(s);
    backend_->read_letters(s.letter);
    traffic_step_ = steps_;
  }
  const std::uint32_t r = static_cast<std::uint32_t>(replica);
  const std::uint32_t first_lane = r * city_.grounds, first_trip = r * city_.trips;
  const auto row_of = [&](std::uint32_t lane) {  // the first on this lane or behind it
    return std::lower_bound(s.lane.begin(), s.lane.end(), lane) - s.lane.begin();
  };
  const auto begin = row_of(first_lane);
  const auto end = r + 1 == city_.replicas ? std::ssize(s.lane) : row_of(first_lane + city_.grounds);
  const auto copy = [&](const auto& from, auto& to) { to.assign(from.begin() + begin, from.begin() + end); };
  out.time_ms = ms_at(steps_);
  out.replica = replica;
  copy(s.slot, out.trip);
  copy(s.lane, out.lane);
  copy(s.pos, out.pos);
  copy(s.speed, out.speed);
  if (r > 0) {
    for (std::uint32_t& trip : out.trip) trip -= first_trip;
    for (std::uint32_t& lane : out.lane) lane -= first_lane;
  }
  out.parked.clear();
  if (counter(replica, kParkedNow) > 0) {
    if (parkers_.empty()) {
      parkers_ = city_.parking_trip;
      std::sort(parkers_.begin(), parkers_.end());
      parkers_.erase(std::unique(parkers_.begin(), parkers_.end()), parkers_.end());
    }
    std::vector<std::uint32_t> slots = parkers_;
    for (std::uint32_t& slot : slots) slot += first_trip;
    std::vector<TripState> trips;
    backend_->read_trips(slots, trips);
    for (std::size_t i = 0; i < trips.size(); ++i)
      if (trips[i].status == static_cast<std::uint8_t>(SlotStatus::kParked))
        out.parked.push_back(parkers_[i]);
  }
  copy_crossings(r, out.crossings);
  copy_signals(r, s.letter, out.signal_states);
}

void LocalSimulation::copy_crossings(std::uint32_t replica, std::vector<Crossing>& out) const {
  std::vector<CrossingRecord> crossings = last_crossings_;
  if (last_state_.empty()) backend_->read_crossings(crossings);
  out.clear();
  for (const CrossingRecord& c : crossings)
    if (c.slot / std::max(1u, city_.trips) == replica)
      out.push_back({TripId(c.slot % city_.trips), ConnectionId(c.connection)});
  std::sort(out.begin(), out.end(), [](const Crossing& a, const Crossing& b) {
    return a.connection != b.connection ? a.connection < b.connection : a.trip < b.trip;
  });
}

void LocalSimulation::copy_signals(std::uint32_t replica, const std::vector<std::uint8_t>& letters,
                                   std::vector<std::string>& out) const {
  out.resize(city_.signals);
  for (std::uint32_t i = 0; i < city_.signals; ++i) {
    const auto* first = letters.data() + replica * city_.slots + city_.signal[i].first_slot;
    out[i].resize(city_.signal[i].slot_count);
    for (std::size_t k = 0; k < out[i].size(); ++k) out[i][k] = static_cast<char>(first[k] & 0x7f);
  }
}

void LocalSimulation::count_present(std::vector<std::uint32_t>& present) const {
  const std::uint32_t places = city_.links + city_.junctions;
  present.assign(static_cast<std::size_t>(places) * city_.replicas, 0);
  StateImage& s = image_;
  backend_->read_visible(s);
  image_step_ = ~0ull;
  for (std::uint32_t lane : s.lane) {
    const std::uint32_t r = lane / city_.grounds, g = lane % city_.grounds;
    ++present[r * places + (g < city_.road_lanes ? city_.lane_link[g]
                                                 : city_.links + city_.conn[g - city_.road_lanes].junction)];
  }
  each_parked(s, [&](std::uint32_t r, std::uint32_t g, const TripState&) {
    ++present[r * places + city_.lane_link[g]];
  });
}

void LocalSimulation::count_waiting(std::vector<std::uint32_t>& waiting) const {
  const std::uint32_t places = city_.links + city_.junctions;
  waiting.assign(static_cast<std::size_t>(places) * city_.replicas, 0);
  const std::int32_t now = ms_at(steps_);
  for (std::uint32_t r = 0; r < city_.replicas; ++r)
    for (std::uint32_t link = 0; link < city_.links; ++link)
      for (std::uint32_t k = city_.queue_first[link]; k < city_.queue_first[link + 1]; ++k) {
        const std::uint32_t i = city_.queue_trip[k];
        if (city_.trip[i].depart_ms > now) break;
        if (image_.trip_state[r * city_.trips + i].status ==
            static_cast<std::uint8_t>(SlotStatus::kScheduled))
          ++waiting[r * places + link];
      }
}

void LocalSimulation::close_interval(std::int32_t now_ms) {
  Interval x;
  x.begin_ms = std::max(interval_begin_ms_, now_ms - interval_ms_);
  if (!intervals_.empty()) x.begin_ms = intervals_.back().end_ms;
  x.end_ms = now_ms;
  backend_->settle_accounts(params(now_ms));
  backend_->take_accounts(x.links, x.movements, x.detectors);
  carry_accounts(x.links);
  x.n_begin = n_begin_;
  count_present(n_begin_);
  x.n_end = n_begin_;
  count_waiting(x.waiting_end);
  x.queue_samples = queue_samples_;
  queue_samples_ = 0;
  intervals_.push_back(std::move(x));
}

void LocalSimulation::add_series_point() {
  backend_->read_hot(image_);
  image_step_ = ~0ull;
  std::vector<std::int64_t> speed(city_.replicas, 0);
  std::vector<std::uint32_t> n(city_.replicas, 0), halted(city_.replicas, 0);
  for (std::size_t i = 0; i < image_.lane.size(); ++i) {
    const std::uint32_t r = image_.lane[i] / city_.grounds;
    speed[r] += image_.speed[i];
    ++n[r];
    halted[r] += image_.speed[i] < 1000;
  }
  for (std::uint32_t r = 0; r < city_.replicas; ++r)
    series_[r].push_back(
        {now_s(), ledger(static_cast<int>(r)), n[r] ? to_metres(speed[r]) / n[r] : 0, halted[r]});
}

void LocalSimulation::free_stuck_vehicles(std::int32_t now_ms) {
  // A driver who stands at the end of a lane that does not lead on, and found no gap, takes the way the lane
  // leads. Of two who stand side by side and each want the other's lane, one gives in sooner.
  const std::uint32_t patience = static_cast<std::uint32_t>(kStuckMs / step_ms_);
  const std::uint32_t face_off = static_cast<std::uint32_t>(kFaceOffMs / step_ms_);
  backend_->read_hot(image_);
  image_step_ = ~0ull;
  // Only the first of a lane, and mostly nobody.
  const std::uint32_t n = static_cast<std::uint32_t>(image_.lane.size());
  std::vector<std::uint32_t> rows, slots;
  for (std::uint32_t i = 0; i < n; ++i)
    if (halted_steps(image_.ctl[i]) >= face_off && (image_.ctl[i] & (kUrgent | kHasStop)) &&
        (i + 1 == n || image_.lane[i + 1] != image_.lane[i]) &&
        image_.lane[i] % city_.grounds < city_.road_lanes) {
      rows.push_back(i);
      slots.push_back(image_.slot[i]);
    }
  if (rows.empty()) return;
  std::vector<TripState> trips;
  backend_->read_trips(slots, trips);
  auto wants_out = [&](std::uint32_t i) {
    const auto at = std::lower_bound(rows.begin(), rows.end(), i);
    if (at == rows.end() || *at != i) return false;
    const std::uint32_t g = image_.lane[i] % city_.grounds;
    const TripState& t = trips[static_cast<std::size_t>(at - rows.begin())];
    if ((image_.ctl[i] & kDwelling) || city_.lane_length[g] - image_.pos[i] >= 400000) return false;
    const bool misses_stop = t.next_stop != kNone && city_.stop[t.next_stop].route_index == t.cursor &&
                             city_.stop[t.next_stop].lane != g;
    return misses_stop || (t.next_conn == kNone && t.cursor + 1 < t.route_count);
  };
  auto key_of = [&](std::uint32_t i) { return city_.trip[image_.slot[i] % city_.trips].key; };
  std::vector<std::size_t> stuck;  // of rows
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const std::uint32_t i = rows[k], halted = halted_steps(image_.ctl[i]);
    if (!wants_out(i)) continue;
    bool gives_in = halted >= patience;
    for (int side = -1; side <= 1 && !gives_in; side += 2) {
      const std::uint32_t beside = image_.lane[i] + static_cast<std::uint32_t>(side);
      if (beside % city_.grounds >= city_.road_lanes ||
          city_.lane_link[beside % city_.grounds] != city_.lane_link[image_.lane[i] % city_.grounds])
        continue;
      const auto end = std::upper_bound(image_.lane.begin(), image_.lane.end(), beside);
      if (end == image_.lane.begin() || *(end - 1) != beside) continue;
      const std::uint32_t other = static_cast<std::uint32_t>(end - image_.lane.begin()) - 1;
      gives_in = wants_out(other) && key_of(i) < key_of(other);
    }
    if (gives_in) stuck.push_back(k);
  }
  if (stuck.empty()) return;
  StateImage& s = image_;
  std::vector<std::uint32_t> edited_slots;
  std::vector<TripState> edited;
  make_router();
  for (const std::size_t k : stuck) {
    const std::uint32_t i = rows[k], g = s.lane[i] % city_.grounds, slot = s.slot[i];
    TripState t = trips[k];
    auto edit = [&] {
      ++t.reroutes;
      t.next_best = 0;
      edited_slots.push_back(slot);
      edited.push_back(t);
    };
    const TripParams& trip = city_.trip[slot % city_.trips];
    if (t.next_stop != kNone && city_.stop[t.next_stop].route_index == t.cursor &&
        city_.stop[t.next_stop].lane != g) {
      // Its stop is beside it in a lane it never reached: it leaves that stop out.
      if (++t.next_stop >= trip.first_stop + trip.stop_count) t.next_stop = kNone;
      edit();
      continue;
    }
    const LinkId goal(s.route_links[t.route_first + t.route_count - 1]);
    const std::vector<LinkId> way = way_from_lane(s, i, goal, halted_steps(s.ctl[i]) >= 2 * patience);
    if (way.empty()) continue;
    t.route_first = static_cast<std::uint32_t>(s.route_links.size());
    for (LinkId l : way) s.route_links.push_back(l.value);
    t.route_count = static_cast<std::uint32_t>(way.size());
    t.cursor = 0;
    t.next_stop = kNone;  // stops belong to the old route
    edit();
  }
  if (!edited.empty()) backend_->edit_trips(edited_slots, edited, s.route_links, params(now_ms));
}

std::vector<LinkId> LocalSimulation::way_from_lane(const StateImage& s, std::uint32_t row, LinkId goal,
                                                   bool may_turn_back) {
  // Follows the lanes through links too short for a change, then asks the router.
  const std::uint32_t g = s.lane[row] % city_.grounds, base = s.lane[row] - g;
  const TypeParams& params = city_.type[s.kind[row] & 0xffff];
  const VehicleType& type = demand_.demand.types[s.kind[row] & 0xffff];
  MetricSettings settings;
  settings.vehicle_class = type.vehicle_class;
  settings.ignore_permissions = type.ignores_permissions;
  const Metric& metric = metric_in_force(s, s.lane[row] / city_.grounds, settings, ms_at(steps_));
  RouteQuery query;
  struct Lead {
    std::uint32_t lane;
    std::vector<LinkId> way;
    std::uint64_t ms;
  };
  std::vector<Lead> open{{g, {LinkId(city_.lane_link[g])}, 0}};
  std::vector<LinkId> best;
  std::uint64_t best_ms = ~0ull;
  for (std::size_t k = 0; k < open.size() && k < 200; ++k) {
    const Lead lead = open[k];
    for (std::uint32_t e = city_.lane_conn_first[lead.lane]; e < city_.lane_conn_first[lead.lane + 1]; ++e) {
      const std::uint32_t c = city_.lane_conn[e], to = city_.conn[c].to;
      const auto open_to = [&](std::uint32_t ground) {
        const ClassMask m = s.lane_allowed[base + ground];
        return (m & mask_of(type.vehicle_class)) != 0 || (type.ignores_permissions && m != 0);
      };
      if (!open_to(to) || !open_to(city_.road_lanes + c)) continue;
      if (input_.network->connections[c].turn == Turn::kUTurn && !may_turn_back) continue;
      Lead next{to, lead.way, lead.ms + static_cast<std::uint64_t>(city_.lane_length[to]) / 100};
      next.way.push_back(LinkId(city_.lane_link[to]));
      if (city_.lane_length[to] < params.length_units + 150000 && next.way.back() != goal &&
          next.way.size() < 12) {
        open.push_back(std::move(next));
        continue;
      }
      std::vector<LinkId> rest;
      if (!query.route(metric, next.way.back(), goal, rest) || next.ms + query.last_ms() >= best_ms) continue;
      best_ms = next.ms + query.last_ms();
      best = next.way;
      best.insert(best.end(), rest.begin() + 1, rest.end());
    }
  }
  return best;
}

std::unique_ptr<Simulation> make_local_simulation(SimulationInput input) {
  return std::make_unique<LocalSimulation>(std::move(input));
}

}  // namespace arterial
