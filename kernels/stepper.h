#pragma once
// The step as a recipe: the same stages in the same order on every machine.
#include <array>
#include <climits>

#include "kernels/backend.h"
#include "kernels/grant.h"
#include "kernels/insertion.h"
#include "kernels/post.h"

namespace arterial {

/// Forgets the marks of former steps, block by block, where there are any. `blocks` counts them.
template <class W>
struct ClearMarks {
  View v;
  std::uint32_t grounds, connections;  // of all replicas
  std::uint64_t* blocks;
  ARTERIAL_HD void operator()(std::uint32_t block) const {
    const StateView& s = v.s;
    const std::uint32_t begin = block * kMarkBlock;
    if (begin < grounds) {
      const std::uint32_t end = grounds - begin < kMarkBlock ? grounds : begin + kMarkBlock;
      if (s.touched_claim[block]) {
        s.touched_claim[block] = 0;
        Atomic<W>::add(blocks, std::uint64_t{1});
        for (std::uint32_t i = begin; i < end; ++i) s.claim[i] = 0;
        for (std::uint32_t i = begin; i < end; ++i) s.promise[i] = 0;
      }
      if (s.next_touched_reach[block]) {
        s.next_touched_reach[block] = 0;
        Atomic<W>::add(blocks, std::uint64_t{1});
        for (std::uint32_t i = begin; i < end; ++i) s.next_tail_mark[i] = kNoMark;
        for (std::uint32_t i = begin; i < end; ++i) s.next_reach[i] = 0;
      }
    }
    if (begin < connections && s.touched_hold[block]) {
      s.touched_hold[block] = 0;
      Atomic<W>::add(blocks, std::uint64_t{1});
      const std::uint32_t end = connections - begin < kMarkBlock ? connections : begin + kMarkBlock;
      for (std::uint32_t i = begin; i < end; ++i) s.hold[i] = Hold{};
    }
  }
};

/// Junctions look at each other's holds while they hand out leave: at those from before, so that none is
/// first.
struct KeepPostedHolds {
  View v;
  std::uint32_t connections;
  ARTERIAL_HD void operator()(std::uint32_t block) const {
    if (!v.s.touched_hold[block]) return;
    const std::uint32_t begin = block * kMarkBlock,
                        end = connections - begin < kMarkBlock ? connections : begin + kMarkBlock;
    for (std::uint32_t c = begin; c < end; ++c)
      v.s.hold[c].rear_before =
          v.s.hold[c].rear < v.s.hold[c].half_rear ? v.s.hold[c].rear : v.s.hold[c].half_rear;
  }
};

/// What was promised in this step joins the claims. Not sooner: a junction that looks down the road must not
/// see what another one is promising at the same time.
struct KeepPromises {
  View v;
  std::uint32_t grounds;
  ARTERIAL_HD void operator()(std::uint32_t block) const {
    if (!v.s.touched_claim[block]) return;
    const std::uint32_t begin = block * kMarkBlock,
                        end = grounds - begin < kMarkBlock ? grounds : begin + kMarkBlock;
    for (std::uint32_t i = begin; i < end; ++i) v.s.claim[i] += v.s.promise[i];
  }
};

/// What stands in columns of its own, side by side.
struct PackGrounds {
  View v;
  GroundNow* ground;
  ARTERIAL_HD void operator()(std::uint32_t at) const {
    const std::uint32_t g = at % v.city.grounds;
    ground[at] = {v.city.lane_length[g], v.s.lane_limit[at], v.s.lane_obstacle[at], v.city.lane_place[g]};
  }
};

template <class W>
struct SettleAccounts {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::uint32_t lane = v.s.lane[i], replica = replica_of(v.city, lane);
    TripState& t = v.s.trip_state[v.s.slot[i]];
    const std::uint32_t ground = lane - replica * v.city.grounds;
    const std::int32_t halt_ms = static_cast<std::int32_t>(halted_steps(v.s.ctl[i])) * v.p.step_ms;
    Atomic<W>::add(&v.s.link_account[account_of(v, replica, ground)].halted_ms,
                   static_cast<std::int64_t>(halt_since_settled(t, halt_ms, v.p.next_ms)));
    const std::int32_t loss = settle<W>(v, replica, ground, t, v.s.kind[i], v.p.next_ms, v.s.pos[i]);
    if (ground < v.city.road_lanes) t.approach_loss_ms += loss;
  }
};

template <class W>
struct SettleParked {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t index) const {
    const std::uint32_t replica = index / v.city.links, link = index % v.city.links;
    for (std::uint32_t k = v.city.parking_first[link]; k < v.city.parking_first[link + 1]; ++k) {
      TripState& t = v.s.trip_state[replica * v.city.trips + v.city.parking_trip[k]];
      if (t.status != static_cast<std::uint8_t>(SlotStatus::kParked)) continue;
      const std::uint32_t lane = v.city.stop[t.next_stop].lane;
      if (v.city.lane_link[lane] != link) continue;
      const std::uint32_t kind =
          v.city.trip[v.city.parking_trip[k]].type | (static_cast<std::uint32_t>(t.speed_factor) << 16);
      settle<W>(v, replica, lane, t, kind, v.p.next_ms, t.enter_pos);
    }
  }
};

/// After an edit of the scenario every vehicle, after one of its route only that one looks anew where its
/// lane leads; one that can no longer stop keeps its way.
struct RefreshChoices {
  View v;
  bool all;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::uint32_t lane = v.s.lane[i], replica = replica_of(v.city, lane);
    const std::uint32_t ground = lane - replica * v.city.grounds;
    TripState& t = v.s.trip_state[v.s.slot[i]];
    if (all) v.s.ctl[i] &= ~(kQuiet | kStandsFar);
    if (!all && t.next_best != 0) return;
    const TypeParams& type = v.city.type[v.s.kind[i] & 0xffff];
    know_lanes(v, replica, t, type);
    if (ground >= v.city.road_lanes || (v.s.ctl[i] & kCommittedMask)) {
      if (t.next_conn != kNone)
        t.after_conn = connection_at_end(v, replica, t, v.city.conn[t.next_conn].to, t.cursor + 1, type);
      return;
    }
    choose_connections(v, replica, t, ground, type);
  }
};

/// Trip states and trails in the order of the vehicles.
struct GatherTrips {
  StateView s;
  TripState* trip;
  std::uint32_t* trail;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::size_t slot = s.slot[i];
    trip[i] = s.trip_state[slot];
    for (int k = 0; k < kTrail; ++k) trail[std::size_t{i} * kTrail + k] = s.trail[slot * kTrail + k];
  }
};

/// Queue of a lane: from its end to the rear of the last standing vehicle in an unbroken row of slow ones.
template <class W>
struct SampleQueues {
  View v;
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::uint32_t replica = i / v.city.road_lanes, lane = i % v.city.road_lanes;
    const std::uint32_t at = replica * v.city.grounds + lane;
    std::int64_t queue = 0;
    for (std::uint32_t k = v.s.lane_first[at + 1]; k-- > v.s.lane_first[at];) {
      if (v.s.speed[k] >= 20000) break;  // 2 m/s
      queue = static_cast<std::int64_t>(v.city.lane_length[lane]) - v.s.pos[k] +
              v.city.type[v.s.kind[k] & 0xffff].length_units;
    }
    if (queue == 0) return;
    LinkAccount& a = v.s.link_account[account_of(v, replica, lane)];
    Atomic<W>::add(&a.queue_sum, queue);
    Atomic<W>::max(&a.queue_max, queue);
    const TripState& t = v.s.trip_state[v.s.slot[v.s.lane_first[at + 1] - 1]];
    if (t.next_conn != kNone)
      Atomic<W>::max(&v.s.movement_account[replica * v.city.connections + t.next_conn].queue_max, queue);
  }
};

template <class Machine>
class Stepper : public KernelBackend {
  using W = typename Machine::Where;
  template <class T>
  using Column = typename Machine::template Column<T>;

 public:
  Stepper(const CityTables& city, Machine machine) : machine_(std::move(machine)) {
    static_cast<CitySizes&>(view_.city) = city;
#define X(type, name)           \
  city_.name.assign(city.name); \
  view_.city.name = city_.name.data();
    ARTERIAL_CITY_COLUMNS(X)
#undef X
    const CitySizes& c = city;
    grounds_ = c.grounds * c.replicas;
    connections_ = c.connections * c.replicas;
    lanes_ = c.road_lanes * c.replicas;
    ground_.resize(grounds_);
    tail_mark_.resize(grounds_);
    next_tail_mark_.resize(grounds_);
    reach_.resize(grounds_);
    next_reach_.resize(grounds_);
    claim_.resize(grounds_);
    promise_.resize(grounds_);
    hold_.resize(connections_);
    ground_used_.resize(used_words(city.conflict.size()) * c.replicas);
    touched_claim_.resize(blocks(grounds_));
    touched_reach_.resize(blocks(grounds_));
    next_touched_reach_.resize(blocks(grounds_));
    touched_hold_.resize(blocks(connections_));
    junction_asked_.resize(static_cast<std::size_t>(c.junctions) * c.replicas);
    next_due_.resize(static_cast<std::size_t>(c.links) * c.replicas);
    signal_due_.resize(static_cast<std::size_t>(c.signals) * c.replicas);
    asked_.resize(grounds_);
    lane_first_.resize(static_cast<std::size_t>(grounds_) + 1);
    inserted_count_.resize(2);
    long_departure_.resize(c.replicas);
    cleared_.resize(1);
    crossing_count_.resize(1);
  }

  void write(const StateImage& image) override {
#define X(type, name) name##_.assign(image.name);
    ARTERIAL_FIXED_COLUMNS(X)
#undef X
    route_links_.assign(image.route_links);
    view_.s.n = static_cast<std::uint32_t>(image.lane.size());
    capacity_ = 0;
    reserve(view_.s.n);
#define X(type, name) name##_.write(image.name.data(), image.name.size());
    ARTERIAL_HOT_COLUMNS(X)
#undef X
    bind();
    pack_grounds();
    machine_.index_lanes(view_, grounds_);
    machine_.fill_all(Fill{long_departure_.data(), view_.city.replicas, kNoMark},
                      Fill{tail_mark_.data(), grounds_, kNoMark},
                      Fill{next_tail_mark_.data(), grounds_, kNoMark}, Fill{reach_.data(), grounds_, 0},
                      Fill{next_reach_.data(), grounds_, 0}, Fill{claim_.data(), grounds_, 0},
                      Fill{promise_.data(), grounds_, 0}, Fill{touched_claim_.data(), blocks(grounds_), 0},
                      Fill{touched_reach_.data(), blocks(grounds_), 0},
                      Fill{next_touched_reach_.data(), blocks(grounds_), 0},
                      Fill{touched_hold_.data(), blocks(connections_), 0},
                      Fill{junction_asked_.data(), static_cast<std::uint32_t>(junction_asked_.size()), 0});
    machine_.fill(hold_, Hold{});
    machine_.fill(asked_, Asked{});
    machine_.fill(next_due_, INT_MIN);
    machine_.fill(signal_due_, INT_MIN);
    counter_.read(counters_, counter_.size());
    // Marks of the state that was written: what the move before it would have left behind.
    view_.s.next_tail_mark = tail_mark_.data();
    view_.s.next_reach = reach_.data();
    view_.s.next_touched_reach = touched_reach_.data();
    machine_.for_each_index("mark the written state", view_.s.n, RemarkVehicles<W>{view_});
    bind();
  }

  void read(StateImage& image) const override {
    read_visible(image);
#define X(type, name) name##_.read(image.name, name##_.size());
    ARTERIAL_FIXED_COLUMNS(X)
#undef X
    // Routes are appended, never altered.
    if (image.route_links.size() != route_links_.size())
      route_links_.read(image.route_links, route_links_.size());
  }

  void read_hot(StateImage& image) const override {
#define X(type, name) name##_.read(image.name, view_.s.n);
    ARTERIAL_HOT_COLUMNS(X)
#undef X
  }

  void read_active(StateImage& image) const override {
    read_hot(image);
    const std::uint32_t n = view_.s.n;
    Column<TripState> trips;
    Column<std::uint32_t> trails;
    trips.resize(n);
    trails.resize(std::size_t{n} * kTrail);
    machine_.for_each_index("gather trips", n, GatherTrips{view_.s, trips.data(), trails.data()});
    std::vector<TripState> trip;
    std::vector<std::uint32_t> trail;
    trips.read(trip, n);
    trails.read(trail, trails.size());
    image.trip_state.resize(trip_state_.size());
    image.trail.resize(trail_.size());
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::size_t slot = image.slot[i];
      image.trip_state[slot] = trip[i];
      std::copy_n(trail.begin() + std::ptrdiff_t{i} * kTrail, kTrail,
                  image.trail.begin() + static_cast<std::ptrdiff_t>(slot * kTrail));
    }
  }

  void read_trips(const std::vector<std::uint32_t>& slots, std::vector<TripState>& trips) const override {
    trips.resize(slots.size());
    for (std::size_t k = 0; k < slots.size(); ++k) trip_state_.read_part(&trips[k], slots[k], 1);
  }

  void read_visible(StateImage& image) const override {
    read_hot(image);
    trip_state_.read(image.trip_state, trip_state_.size());
    trail_.read(image.trail, trail_.size());
    letter_.read(image.letter, letter_.size());
  }

  void read_link_accounts(std::vector<LinkAccount>& accounts) const override {
    link_account_.read(accounts, link_account_.size());
  }

  void read_letters(std::vector<std::uint8_t>& letters) const override {
    letter_.read(letters, letter_.size());
  }

  void step(const StepParams& p) override {
    view_.p = p;
    const CitySizes& c = view_.city;
    machine_.for_each_index("clear marks", std::max(blocks(grounds_), blocks(connections_)),
                            ClearMarks<W>{view_, grounds_, connections_, cleared_.data()});
    machine_.for_each_index("forget requests", c.junctions * c.replicas, ForgetRequests{view_});
    machine_.fill_all(Fill{view_.s.make_room, view_.s.n, kNoMark},
                      Fill{view_.s.ground_used, static_cast<std::uint32_t>(ground_used_.size()), 0u});
    machine_.for_each_index("post vehicles", view_.s.n, PostVehicles<W>{view_});
    machine_.for_each_index("keep posted holds", blocks(connections_), KeepPostedHolds{view_, connections_});
    machine_.for_each_index("grant junctions", c.junctions * c.replicas, GrantJunctions<W>{view_});
    machine_.for_each_index("keep promises", blocks(grounds_), KeepPromises{view_, grounds_});
    clear_crossings();
    machine_.for_each_index("advance vehicles", view_.s.n, AdvanceVehicles<W>{view_});
    updates_ += view_.s.n;
    ++steps_;
    view_.s.n = machine_.reorder(view_);
    tail_mark_.swap(next_tail_mark_);
    reach_.swap(next_reach_);
    touched_reach_.swap(next_touched_reach_);
    bind();
    machine_.index_lanes(view_, grounds_);
    insert_now();
    if (c.detectors)
      machine_.for_each_index("observe detectors", c.detectors * c.replicas, ObserveDetectors<W>{view_});
    counter_.read(counters_, counter_.size());
  }

  void control(const StepParams& p) override {
    view_.p = p;
    view_.p.now_ms = p.next_ms;
    const CitySizes& c = view_.city;
    if (c.signals) machine_.for_each_index("control signals", c.signals * c.replicas, ControlSignals{view_});
  }

  void insert_due(const StepParams& p) override {
    view_.p = p;
    insert_now();
    counter_.read(counters_, counter_.size());
  }

  std::uint32_t active() const override { return view_.s.n; }
  const std::vector<std::uint64_t>& counters() const override { return counters_; }

  void settle_accounts(const StepParams& p) override {
    view_.p = p;
    machine_.for_each_index("settle accounts", view_.s.n, SettleAccounts<W>{view_});
    const CitySizes& c = view_.city;
    machine_.for_each_index("settle parked", c.links * c.replicas, SettleParked<W>{view_});
  }
  void sample_queues(const StepParams& p) override {
    view_.p = p;
    machine_.for_each_index("sample queues", lanes_, SampleQueues<W>{view_});
  }

  void take_accounts(std::vector<LinkAccount>& links, std::vector<MovementAccount>& movements,
                     std::vector<DetectorAccount>& detectors) override {
    link_account_.read(links, link_account_.size());
    movement_account_.read(movements, movement_account_.size());
    detector_account_.read(detectors, detector_account_.size());
    machine_.fill(link_account_, LinkAccount{});
    machine_.fill(movement_account_, MovementAccount{});
    machine_.fill(detector_account_, DetectorAccount{});
  }

  void write_overlays(const StateImage& image, const StepParams& p) override {
    lane_limit_.assign(image.lane_limit);
    lane_allowed_.assign(image.lane_allowed);
    lane_obstacle_.assign(image.lane_obstacle);
    lane_obstacle_end_.assign(image.lane_obstacle_end);
    signal_state_.assign(image.signal_state);
    machine_.fill(signal_due_, INT_MIN);
    bind();
    pack_grounds();
    refresh_choices(p, true);
  }
  void write_trips(const StateImage& image, const StepParams& p) override {
    trip_state_.assign(image.trip_state);
    route_links_.assign(image.route_links);
    bind();
    refresh_choices(p, false);
  }

  void edit_trips(const std::vector<std::uint32_t>& slots, const std::vector<TripState>& trips,
                  const std::vector<std::uint32_t>& route_links, const StepParams& p) override {
    for (std::size_t k = 0; k < slots.size(); ++k) trip_state_.write_part(&trips[k], slots[k], 1);
    const std::size_t before = route_links_.size(), more = route_links.size() - before;
    if (more > 0) {
      route_links_.resize(route_links.size());
      route_links_.write_part(route_links.data() + before, before, more);
    }
    bind();
    refresh_choices(p, false);
  }

  void record_crossings(bool on) override {
    recording_ = on;
    bind();
  }
  void read_crossings(std::vector<CrossingRecord>& out) const override {
    std::vector<std::uint32_t> n;
    crossing_count_.read(n, 1);
    crossing_.read(out, std::min<std::size_t>(n[0], crossing_.size()));
  }

  void time_stages() override { machine_.clock().start(); }
  std::vector<StageTime> stage_times() const override { return machine_.clock().stages(); }

  double bytes_per_update() const override {
    // Hot columns read by post, read and written by advance, read and written by reorder; the first half of
    // the trip's state read twice, and about one in five written with its second half (a new ground, a change
    // of lane). Vehicles of a mean step: what is passed over is shared by all of them.
    const double n = updates_ ? static_cast<double>(updates_) / static_cast<double>(steps_) : 1;
    const double hot = 24.0 * 5, cold = 64.0 * 2 + 0.2 * (2 * sizeof(TripState));
    // Blocks of marks: cleared and used; and what is passed over for every ground, link and junction.
    std::vector<std::uint64_t> cleared;
    cleared_.read(cleared, 1);
    const double marks =
        updates_ ? 2.0 * 14 * kMarkBlock * static_cast<double>(cleared[0]) / static_cast<double>(updates_)
                 : 0;
    const double passed = 4.0 * 2 * grounds_ + 3.0 * blocks(grounds_) + 2.0 * blocks(connections_) +
                          4.0 * static_cast<double>(next_due_.size()) +
                          2.0 * static_cast<double>(junction_asked_.size()) +
                          4.0 * static_cast<double>(ground_used_.size());
    return hot + cold + marks + passed / n;
  }

 protected:
  void pack_grounds() {
    machine_.for_each_index("pack grounds", grounds_, PackGrounds{view_, ground_.data()});
  }

  void refresh_choices(const StepParams& p, bool all) {
    view_.p = p;
    machine_.for_each_index("refresh choices", view_.s.n, RefreshChoices{view_, all});
  }

  void reserve(std::uint32_t n) {
    const std::uint32_t wanted = n + lanes_ + 192;  // and what is asked ahead, beyond the last row
    if (wanted <= capacity_) return;
    capacity_ = wanted + wanted / 2;
#define X(type, name)        \
  name##_.resize(capacity_); \
  next_##name##_.resize(capacity_);
    ARTERIAL_HOT_COLUMNS(X)
#undef X
    fate_.resize(capacity_);
    make_room_.resize(capacity_);
    way_in_.resize(capacity_);
    crossing_.resize(static_cast<std::size_t>(capacity_) * 2);
    bind();
  }

  void bind() {
    StateView& s = view_.s;
#define X(type, name) s.name = name##_.data(), s.next_##name = next_##name##_.data();
    ARTERIAL_HOT_COLUMNS(X)
#undef X
#define X(type, name) s.name = name##_.data();
    ARTERIAL_FIXED_COLUMNS(X)
#undef X
    s.route_links = route_links_.data();
    s.ground = ground_.data();
    s.lane_first = lane_first_.data();
    s.fate = fate_.data();
    s.tail_mark = tail_mark_.data();
    s.next_tail_mark = next_tail_mark_.data();
    s.hold = hold_.data();
    s.ground_used = ground_used_.data();
    s.junction_asked = junction_asked_.data();
    s.touched_claim = touched_claim_.data();
    s.touched_reach = touched_reach_.data();
    s.next_touched_reach = next_touched_reach_.data();
    s.touched_hold = touched_hold_.data();
    s.next_due = next_due_.data();
    s.signal_due = signal_due_.data();
    s.claim = claim_.data();
    s.promise = promise_.data();
    s.reach = reach_.data();
    s.next_reach = next_reach_.data();
    s.asked = asked_.data();
    s.make_room = make_room_.data();
    s.way_in = way_in_.data();
    s.inserted_count = inserted_count_.data();
    s.long_departure = long_departure_.data();
    s.crossing = recording_ ? crossing_.data() : nullptr;
    s.crossing_count = crossing_count_.data();
    s.crossing_capacity = static_cast<std::uint32_t>(crossing_.size());
  }

  static std::uint32_t blocks(std::uint32_t n) { return (n + kMarkBlock - 1) / kMarkBlock; }

  void clear_crossings() {
    const std::uint32_t zero = 0;
    crossing_count_.write(&zero, 1);
  }

  void insert_now() {
    const CitySizes& c = view_.city;
    if (c.trips == 0) return;
    reserve(view_.s.n);
    if (take_in("insert departures", c.links * c.replicas, InsertDepartures<W>{view_}))
      take_in("insert long departures", c.replicas, InsertLongDepartures<W>{view_});
  }

  /// Runs a stage that lets departures in and puts them in their places. Whether some wait for their turn.
  template <class Stage>
  bool take_in(const char* name, std::uint32_t n, const Stage& stage) {
    const std::uint32_t zero[2] = {0, 0};
    inserted_count_.write(zero, 2);
    machine_.for_each_index(name, n, stage);
    std::vector<std::uint32_t>& m = count_buffer_;
    inserted_count_.read(m, 2);
    const bool waiting = m[1] > 0;
    if (m[0] == 0) return waiting;
    View marks = view_;  // of this very state, as the move left those of all others
    marks.s.next_tail_mark = tail_mark_.data();
    marks.s.next_reach = reach_.data();
    marks.s.next_touched_reach = touched_reach_.data();
    machine_.for_each_index("mark departures", m[0], MarkDepartures<W>{marks});
    const bool swapped = machine_.merge_inserted(view_, m[0], grounds_);
    view_.s.n += m[0];
    if (!swapped) return waiting;
#define X(type, name) name##_.swap(next_##name##_);
    ARTERIAL_HOT_COLUMNS(X)
#undef X
    bind();
    machine_.index_lanes(view_, grounds_);
    return waiting;
  }

  mutable Machine machine_;  // counts and workspace of its own; what it works on is told
  View view_;
  struct {
#define X(type, name) Column<type> name;
    ARTERIAL_CITY_COLUMNS(X)
#undef X
  } city_;
#define X(type, name) Column<type> name##_, next_##name##_;
  ARTERIAL_HOT_COLUMNS(X)
#undef X
#define X(type, name) Column<type> name##_;
  ARTERIAL_FIXED_COLUMNS(X)
#undef X
  Column<std::uint32_t> route_links_, lane_first_, ground_used_, way_in_, inserted_count_, crossing_count_;
  Column<std::uint64_t> cleared_, long_departure_, tail_mark_, next_tail_mark_, make_room_;
  Column<std::int32_t> next_due_, signal_due_, promise_, claim_, reach_, next_reach_;
  Column<std::uint8_t> junction_asked_, touched_claim_, touched_reach_, next_touched_reach_, touched_hold_,
      fate_;
  Column<CrossingRecord> crossing_;
  Column<GroundNow> ground_;
  Column<Hold> hold_;
  Column<Asked> asked_;
  std::vector<std::uint64_t> counters_;
  std::vector<std::uint32_t> count_buffer_;
  std::uint32_t grounds_ = 0, connections_ = 0, lanes_ = 0, capacity_ = 0;
  std::uint64_t updates_ = 0, steps_ = 0;
  bool recording_ = false;
};

}  // namespace arterial
