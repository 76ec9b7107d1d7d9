// A checkpoint is one file: a header, everything logical as flat columns, and a checksum over all of it. What
// can be derived (marks, lane index) is not in it. Resuming gives the same bits as never having stopped.
#include <sys/stat.h>
#include <algorithm>
#include <cstring>
#include <fstream>
#include <tuple>
#include <type_traits>

#include "sim/engine/local_simulation.h"
#include "sim/model/atomic_file.h"
#include "sim/model/checksum.h"

namespace arterial {

namespace {

constexpr char kMagic[8] = {'A', 'R', 'T', 'C', 'K', 'P', 'T', '1'};
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kHeader =
    sizeof(kMagic) + 3 * sizeof(std::uint64_t);  // magic, version, length, checksum

class Writer {
 public:
  template <class T>
  void value(const T& x) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  template <class T>
  void column(const std::vector<T>& x) {
    value<std::uint64_t>(x.size());
    value<std::uint64_t>(sizeof(T));
    bytes_.append(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(T));
  }
  void text(const std::string& x) {
    value<std::uint64_t>(x.size());
    bytes_.append(x);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  Reader(const std::string& path, const char* data, std::size_t size) : path_(path), at_(data), left_(size) {}
  template <class T>
  void value(T& x) {
    need(sizeof x);
    std::memcpy(&x, at_, sizeof x);
    advance(sizeof x);
  }
  template <class T>
  void column(std::vector<T>& x) {
    std::uint64_t n = 0, width = 0;
    value(n);
    value(width);
    if (width != sizeof(T) || n > left_ / sizeof(T)) fail("a column of another size");
    x.resize(n);
    if (n) std::memcpy(x.data(), at_, n * sizeof(T));
    advance(n * sizeof(T));
  }
  void text(std::string& x) {
    std::uint64_t n = 0;
    value(n);
    if (n > left_) fail("a text beyond the end");
    x.assign(at_, n);
    advance(n);
  }
  std::uint64_t count() {
    std::uint64_t n = 0;
    value(n);
    if (n > left_) fail("a count beyond the end");
    return n;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(path_, "", "the checkpoint cannot be used: " + what,
                     "Resume from an older one or run from the start");
  }

 private:
  void need(std::size_t n) {
    if (n > left_) fail("it ends too early");
  }
  void advance(std::size_t n) {
    at_ += n;
    left_ -= n;
  }
  const std::string& path_;
  const char* at_;
  std::size_t left_;
};

}  // namespace

void LocalSimulation::save_checkpoint(const std::string& path, const std::string& extra) const {
  const StateImage& s = image();
  Writer w;
  w.value(input_.input_hash);
  w.value(city_.replicas), w.value(city_.grounds), w.value(city_.connections), w.value(city_.trips),
      w.value(city_.links);
  w.value(step_ms_), w.value(begin_ms_);
  w.value(steps_), w.value(queue_samples_), w.value(interval_begin_ms_);
  w.text(extra);
#define X(type, name) w.column(s.name);
  ARTERIAL_HOT_COLUMNS(X)
  ARTERIAL_FIXED_COLUMNS(X)
#undef X
  w.column(s.route_links);
  w.column(updates_);
  w.column(conservation_);
  w.column(waiting_s_);
  w.column(n_begin_);
  w.value<std::uint64_t>(intervals_.size());
  for (const Interval& x : intervals_) {
    w.value(x.begin_ms), w.value(x.end_ms), w.value(x.queue_samples);
    w.column(x.links), w.column(x.movements), w.column(x.detectors);
    w.column(x.n_begin), w.column(x.n_end), w.column(x.waiting_end);
  }
  for (const auto& points : series_) w.column(points);
  w.value<std::uint64_t>(jams_.records().size());
  for (const JamFinder::Record& r : jams_.records()) {
    w.value(r.replica), w.value(r.since_s), w.value(r.until_s);
    w.column(r.trips), w.column(r.lanes);
  }
  for (const RoadWatch* watch : {&rerouting_, &departing_}) {
    w.value<std::uint64_t>(watch->times.size());
    for (const auto& times : watch->times) w.column(times);
    w.column(watch->before);
  }

  Writer head;
  for (char c : kMagic) head.value(c);
  head.value<std::uint64_t>(kVersion);
  head.value<std::uint64_t>(w.bytes().size());
  head.value<std::uint64_t>(xxh64(w.bytes().data(), w.bytes().size()));
  AtomicFile file(path);
  file.write(head.bytes());
  file.write(w.bytes());
  file.commit();
}

void LocalSimulation::load(const std::string& path, bool fork, std::string& extra) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(path, "", "the checkpoint cannot be opened", "Check the path");
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode) ||
      static_cast<std::size_t>(st.st_size) < kHeader)
    throw InputError(path, "", "this is no checkpoint", "Give a file that arterial run wrote");
  std::string bytes(static_cast<std::size_t>(st.st_size), '\0');
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw InputError(path, "", "the checkpoint cannot be read", "Check the disk");
  std::uint64_t head[3];
  std::memcpy(head, bytes.data() + sizeof kMagic, sizeof head);
  Reader r(path, bytes.data() + kHeader, bytes.size() - kHeader);
  if (std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) r.fail("it does not begin as one");
  if (head[0] != kVersion)
    r.fail("it is of version " + std::to_string(head[0]) + ", this program reads " +
           std::to_string(kVersion));
  if (head[1] != bytes.size() - kHeader || xxh64(bytes.data() + kHeader, bytes.size() - kHeader) != head[2])
    r.fail("its checksum does not fit (cut short or damaged)");

  std::uint64_t input_hash = 0;
  r.value(input_hash);
  if (input_hash != input_.input_hash && !fork)
    throw InputError(path, "", "it belongs to other inputs (network, demand, changes or options differ)",
                     "Resume with the same inputs, or use --fork to go on with the changed ones");
  std::uint32_t sizes[5];
  for (std::uint32_t& x : sizes) r.value(x);
  const std::uint32_t now[5] = {city_.replicas, city_.grounds, city_.connections, city_.trips, city_.links};
  if (std::memcmp(sizes, now, sizeof now) != 0) r.fail("network, demand or replicas are of another size");
  std::int32_t step_ms = 0, begin_ms = 0;
  r.value(step_ms), r.value(begin_ms);
  if (step_ms != step_ms_ || begin_ms != begin_ms_) r.fail("begin or step differ");
  r.value(steps_), r.value(queue_samples_), r.value(interval_begin_ms_);
  if (steps_ > static_cast<std::uint64_t>((to_ms(kLatest_s) - begin_ms_) / step_ms_))
    r.fail("it is of a time beyond any clock");
  r.text(extra);
  StateImage s;
  const StateImage first = first_state(input_, city_, demand_);
#define X(type, name) r.column(s.name);
  ARTERIAL_HOT_COLUMNS(X)
  ARTERIAL_FIXED_COLUMNS(X)
#undef X
  r.column(s.route_links);
#define X(type, name) \
  if (s.name.size() != first.name.size()) r.fail("column " #name " is of another size");
  ARTERIAL_FIXED_COLUMNS(X)
#undef X
#define X(type, name) \
  if (s.name.size() != s.lane.size()) r.fail("column " #name " is of another size");
  ARTERIAL_HOT_COLUMNS(X)
#undef X
  for (std::size_t i = 0; i < s.lane.size(); ++i)
    if (s.lane[i] >= city_.grounds * city_.replicas || s.slot[i] >= city_.trips * city_.replicas ||
        (s.kind[i] & 0xffff) >= city_.type.size() || (i && s.lane[i] < s.lane[i - 1]) || s.pos[i] < 0 ||
        s.pos[i] > city_.lane_length[s.lane[i] % city_.grounds])
      r.fail("a vehicle stands nowhere");
  const auto none_or_below = [](std::uint32_t x, std::size_t n) { return x == kNone || x < n; };
  for (std::size_t slot = 0; slot < s.trip_state.size(); ++slot) {
    const TripState& t = s.trip_state[slot];
    if (t.trail_count > kTrail ||
        static_cast<std::uint64_t>(t.route_first) + t.route_count > s.route_links.size() ||
        (t.route_count && t.cursor >= t.route_count) || !none_or_below(t.next_conn, city_.connections) ||
        !none_or_below(t.after_conn, city_.connections) || !none_or_below(t.next_stop, city_.stop.size()) ||
        !none_or_below(t.enter_lane, city_.grounds) || !none_or_below(t.end_lane, city_.grounds) ||
        t.trip >= city_.trips || t.status > static_cast<std::uint8_t>(SlotStatus::kParked) ||
        (t.status == static_cast<std::uint8_t>(SlotStatus::kParked) && t.next_stop == kNone))
      r.fail("a trip leads nowhere");
    for (int k = 0; k < t.trail_count; ++k)
      if (s.trail[slot * kTrail + static_cast<std::size_t>(k)] == kNone) r.fail("a trail is cut off");
  }
  for (std::size_t i = 0; i < s.queue_head.size(); ++i)
    if (const std::size_t link = i % city_.links;
        s.queue_head[i] > city_.queue_first[link + 1] - city_.queue_first[link])
      r.fail("a queue is shorter than what left it");
  for (std::size_t i = 0; i < s.signal_state.size(); ++i) {
    const SignalParams& signal = city_.signal[i % city_.signals];
    if (s.signal_state[i].program >= signal.program_count ||
        s.signal_state[i].phase >=
            city_.program[signal.first_program + s.signal_state[i].program].phase_count)
      r.fail("a signal is in no phase");
  }
  for (std::uint32_t x : s.trail)
    if (x != kNone && x >= city_.grounds) r.fail("a trail leads nowhere");
  for (std::uint32_t x : s.route_links)
    if (x >= city_.links) r.fail("a route leads nowhere");
  r.column(updates_);
  r.column(conservation_);
  r.column(waiting_s_);
  r.column(n_begin_);
  if (n_begin_.size() != s.link_account.size()) r.fail("counts of vehicles are of another size");
  intervals_.clear();
  for (std::uint64_t n = r.count(); n > 0; --n) {
    Interval x;
    r.value(x.begin_ms), r.value(x.end_ms), r.value(x.queue_samples);
    r.column(x.links), r.column(x.movements), r.column(x.detectors);
    r.column(x.n_begin), r.column(x.n_end), r.column(x.waiting_end);
    if (x.links.size() != s.link_account.size() || x.movements.size() != s.movement_account.size() ||
        x.detectors.size() != s.detector_account.size() || x.n_begin.size() != n_begin_.size() ||
        x.n_end.size() != n_begin_.size() || x.waiting_end.size() != n_begin_.size())
      r.fail("an interval is of another size");
    intervals_.push_back(std::move(x));
  }
  for (auto& points : series_) r.column(points);
  std::vector<JamFinder::Record> jams;
  for (std::uint64_t n = r.count(); n > 0; --n) {
    JamFinder::Record x;
    r.value(x.replica), r.value(x.since_s), r.value(x.until_s);
    r.column(x.trips), r.column(x.lanes);
    if (x.trips.size() != x.lanes.size() ||
        std::any_of(x.trips.begin(), x.trips.end(), [&](std::uint32_t t) { return t >= city_.trips; }) ||
        std::any_of(x.lanes.begin(), x.lanes.end(), [&](std::uint32_t l) { return l >= city_.grounds; }))
      r.fail("a jam is nowhere");
    jams.push_back(std::move(x));
  }
  jams_.restore(std::move(jams));
  for (RoadWatch* watch : {&rerouting_, &departing_}) {
    watch->times.clear();
    for (std::uint64_t n = r.count(); n > 0; --n) {
      watch->times.emplace_back();
      r.column(watch->times.back());
    }
    r.column(watch->before);
    for (const auto& times : watch->times)
      if (watch->times.size() != city_.replicas || times.size() != city_.links)
        r.fail("measured times are of another size");
    if (!watch->before.empty() && watch->before.size() != s.link_account.size())
      r.fail("accounts are of another size");
  }
  if (updates_.size() != city_.replicas || conservation_.size() != city_.replicas ||
      waiting_s_.size() != city_.replicas)
    r.fail("replicas differ");

  // Where the changes in force are those of the checkpoint, nobody looks anew at the way: a fork differs by
  // its edits alone.
  const auto in_force = [](const StateImage& x) {
    std::vector<std::uint32_t> programs;
    for (const SignalState& signal : x.signal_state) {
      programs.push_back(signal.program);
      programs.push_back(static_cast<std::uint32_t>(signal.offset_ms));
    }
    return std::tuple(x.lane_limit, x.lane_allowed, x.lane_obstacle, x.lane_obstacle_end, programs);
  };
  bool edited = false;
  if (fork) {
    const auto before = in_force(s);
    apply_changes(input_, city_, ms_at(steps_), s);
    edited = in_force(s) != before;
  }
  const StepParams p = params(ms_at(steps_));
  backend_->write(s);
  if (edited) backend_->write_overlays(s, p);
  image_ = std::move(s);
  std::fill(loaded_.begin(), loaded_.end(), 0);
  for (std::uint32_t k = 0; k < city_.replicas; ++k)
    while (loaded_[k] < departures_[k].size() && departures_[k][loaded_[k]] <= ms_at(steps_)) ++loaded_[k];
  image_step_ = ~0ull;
  traffic_step_ = ~0ull;
}

std::unique_ptr<Simulation> resume_local_simulation(SimulationInput input, const std::string& path, bool fork,
                                                    std::string& extra) {
  auto simulation = std::make_unique<LocalSimulation>(std::move(input));
  simulation->load(path, fork, extra);
  return simulation;
}

}  // namespace arterial
