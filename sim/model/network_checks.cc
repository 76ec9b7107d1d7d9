#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>

#include "sim/model/large_pages.h"
#include "sim/model/network.h"
#include "sim/model/side_by_side.h"

namespace arterial {
namespace {

constexpr std::size_t kMostFaults = 20;    // more help nobody
constexpr double kFarthest_m = 1e8;        // of a coordinate from the origin
constexpr double kLongestLane_m = 200000;  // positions are int32 in 0.1 mm
constexpr double kFastest_mps = 1000;
constexpr double kWidest_m = 1000;

bool within(double value, double low, double high) { return value >= low && value <= high; }  // false for NaN

/// Collects sentences such as `lane "a_0": its length -1 m is not between 0 and 200000 m`.
class Faults {
 public:
  std::vector<std::string> found;
  bool full() const { return found.size() >= kMostFaults; }
  void add(std::string_view kind, std::string_view id, std::string_view words) {
    if (full()) return;
    found.push_back(std::string(kind) + " \"" + std::string(id.substr(0, 80)) + "\": " + std::string(words));
  }
  bool expect(bool holds, std::string_view kind, std::string_view id, std::string_view words) {
    if (!holds) add(kind, id, words);
    return holds;
  }
};

/// False where no value occurs twice. Puts the values into drawers by their upper bits, then sorts each
/// drawer, which fits into the cache, by the next ones; the few that still agree are sorted in the usual way,
/// so that no choice of values takes more than n log n steps.
bool any_twice(std::vector<std::uint64_t>& values) {
  constexpr unsigned kDrawerBits = 10, kNextBits = 11, kFew = 128;
  constexpr unsigned kShift = 64 - kDrawerBits, kNextShift = kShift - kNextBits;
  const auto sorted_twice = [](auto begin, auto end) {
    std::sort(begin, end);
    return std::adjacent_find(begin, end) != end;
  };
  std::vector<std::uint32_t> drawer((1u << kDrawerBits) + 1, 0), next;
  for (const std::uint64_t value : values) ++drawer[(value >> kShift) + 1];
  std::partial_sum(drawer.begin(), drawer.end(), drawer.begin());
  std::vector<std::uint64_t> placed;
  reserve_on_large_pages(placed, values.size());
  placed.resize(values.size());
  next = drawer;
  for (const std::uint64_t value : values) placed[next[value >> kShift]++] = value;

  for (std::size_t d = 0; d + 1 < drawer.size(); ++d) {
    const auto begin = placed.begin() + drawer[d], end = placed.begin() + drawer[d + 1];
    if (end - begin <= kFew) {
      if (sorted_twice(begin, end)) return true;
      continue;
    }
    const auto place = [&](std::uint64_t value) { return (value >> kNextShift) % (1u << kNextBits); };
    next.assign((1u << kNextBits) + 1, 0);
    for (auto value = begin; value != end; ++value) ++next[place(*value) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    const auto sorted = values.begin() + drawer[d], sorted_end = values.begin() + drawer[d + 1];
    for (auto value = begin; value != end; ++value) sorted[next[place(*value)]++] = *value;
    for (auto run = sorted; run != sorted_end;) {
      auto run_end = run + 1;
      while (run_end != sorted_end && place(*run_end) == place(*run)) ++run_end;
      if (run_end - run > 1 && sorted_twice(run, run_end)) return true;
      run = run_end;
    }
  }
  return false;
}

class Check {
 public:
  Check(const Network& network, Faults& faults) : n_(network), f_(faults) {}

  /// What the other checks count on. They are independent of each other.
  void arrays() {
    if (n_.road_lane_count > n_.lanes.size() || n_.lanes.size() - n_.road_lane_count != n_.connections.size())
      f_.add("network", n_.name, "the lanes are not the road lanes followed by one lane for each connection");
  }

  void offset() {
    f_.expect(within(n_.offset_x_m, -1e9, 1e9) && within(n_.offset_y_m, -1e9, 1e9), "network", n_.name,
              "its offset is no finite number");
  }

  void points() {
    // There are many and nearly all are sound: many at a time without a branch, one by one only to say which.
    std::uint64_t astray = 0;
    for (const Point p : n_.points) astray += place_ok(p) ? 0 : 1;
    if (astray == 0) return;
    for (std::size_t i = 0; i < n_.points.size() && !f_.full(); ++i)
      if (!place_ok(n_.points[i]))
        f_.add("point", std::to_string(i), "its coordinates are no finite numbers");
  }

  void junctions() {
    for (const Junction& j : n_.junctions) {
      if (f_.full()) return;
      f_.expect(place_ok(j.at), "junction", j.id, "its coordinates are no finite numbers");
      f_.expect(shape_ok(j.shape), "junction", j.id, "its outline lies outside the points");
    }
  }

  void links() {
    std::uint64_t lanes = 0;
    for (std::uint32_t i = 0; i < n_.links.size() && !f_.full(); ++i) {
      const Link& l = n_.links[i];
      f_.expect(l.from.value < n_.junctions.size() && l.to.value < n_.junctions.size(), "link", l.id,
                "it begins or ends at a junction that does not exist");
      f_.expect(l.lane_count > 0, "link", l.id, "it has no lane");
      lanes += l.lane_count;
      if (!f_.expect(l.first_lane.value < n_.road_lane_count &&
                         l.lane_count <= n_.road_lane_count - l.first_lane.value,
                     "link", l.id, "its lanes lie outside the road lanes"))
        continue;
      for (std::uint32_t k = 0; k < l.lane_count; ++k) {
        const Lane& lane = n_.lanes[l.first_lane.value + k];
        f_.expect(lane.link == LinkId(i) && lane.index == k, "link", l.id,
                  "its lanes are not its own, kerb first");
      }
    }
    f_.expect(f_.full() || lanes == n_.road_lane_count, "network", n_.name, "a road lane belongs to no link");
  }

  void lanes() {
    for (std::uint32_t i = 0; i < n_.lanes.size() && !f_.full(); ++i) {
      const Lane& l = n_.lanes[i];
      const bool internal = i >= n_.road_lane_count;
      f_.expect(l.internal == internal && l.link.valid() != internal, "lane", l.id,
                "it is neither a road lane in its place nor the ground of a connection");
      f_.expect(internal || l.link.value < n_.links.size(), "lane", l.id, "its link does not exist");
      if (!(l.length_m > 0 && within(l.length_m, 0, kLongestLane_m)))
        f_.add("lane", l.id,
               "its length " + std::to_string(l.length_m) + " m is not above 0 and at most 200000 m");
      f_.expect(within(l.width_m, 0, kWidest_m), "lane", l.id, "its width is not between 0 and 1000 m");
      f_.expect(within(l.speed_mps, 0, kFastest_mps), "lane", l.id,
                "its speed is not between 0 and 1000 m/s");
      f_.expect((l.allowed | l.no_change_left | l.no_change_right) <= kAllClasses, "lane", l.id,
                "it names a vehicle class that does not exist");
      f_.expect(shape_ok(l.shape), "lane", l.id, "its shape lies outside the points");
    }
  }

  void connections() {
    // Where each road lane begins and ends: few bytes that stay in the cache, unlike lanes and links.
    std::vector<JunctionId> lane_begin(n_.road_lane_count), lane_end(n_.road_lane_count);
    for (const Link& l : n_.links)
      for (std::uint64_t k = l.first_lane.value;
           k < std::min<std::uint64_t>(std::uint64_t{l.first_lane.value} + l.lane_count, n_.road_lane_count);
           ++k)
        lane_begin[k] = l.from, lane_end[k] = l.to;
    for (std::uint32_t i = 0; i < n_.connections.size() && !f_.full(); ++i) {
      const Connection& c = n_.connections[i];
      const std::string& id = n_.lanes[n_.road_lane_count + i].id;
      if (!f_.expect(c.lane.value == n_.road_lane_count + i, "connection", id,
                     "its ground is not its own lane"))
        continue;
      if (!f_.expect(c.from.value < n_.road_lane_count && c.to.value < n_.road_lane_count, "connection", id,
                     "it joins a lane that does not exist"))
        continue;
      if (!f_.expect(c.junction.value < n_.junctions.size(), "connection", id, "its junction does not exist"))
        continue;
      f_.expect(i == 0 || n_.connections[i - 1].junction <= c.junction, "connection", id,
                "the connections are not sorted by junction");
      f_.expect(lane_end[c.from.value] == c.junction && lane_begin[c.to.value] == c.junction, "connection",
                id, "its lanes do not meet at its junction");
      f_.expect(!c.signal.valid() || c.signal.value < n_.signals.size(), "connection", id,
                "its signal does not exist");
      if (c.wait_m == 0 && c.pieces.empty()) continue;
      f_.expect(within(c.wait_m, 0, n_[c.lane].length_m), "connection", id,
                "its waiting place lies outside it");
      double before = 0;
      for (const LanePiece& piece : c.pieces) {
        f_.expect(within(piece.begin_m, before, n_[c.lane].length_m), "connection", id,
                  "its pieces lie outside it");
        before = piece.begin_m;
      }
    }
  }

  void conflicts() {
    for (std::uint32_t i = 0; i < n_.conflicts.size() && !f_.full(); ++i) {
      const Conflict& c = n_.conflicts[i];
      if (!(c.a.value < n_.connections.size() && c.b.value < n_.connections.size() && c.a != c.b)) {
        f_.add("conflict", std::to_string(i), "it names a connection that does not exist, or one twice");
        continue;
      }
      if (n_[c.a].junction != n_[c.b].junction)
        f_.add("conflict", std::to_string(i), "its connections lie in two junctions");
      // The intervals are float, the lengths double: a hair of rounding is no fault.
      const auto interval_ok = [&](float begin, float end, ConnectionId on) {
        const double length = n_.lanes[n_.road_lane_count + on.value].length_m;
        return begin >= 0 && begin <= end && end <= length * (1 + 1e-6) + 1e-3;
      };
      if (!interval_ok(c.a_begin_m, c.a_end_m, c.a) || !interval_ok(c.b_begin_m, c.b_end_m, c.b))
        f_.add("conflict", std::to_string(i), "an interval lies outside its connection");
    }
    pairs_once();
  }

  void signals() {
    std::vector<std::uint32_t> needed(n_.signals.size(), 0);  // letters that the states must have
    for (const Connection& c : n_.connections)
      if (c.signal.valid() && c.signal.value < needed.size())
        needed[c.signal.value] = std::max<std::uint32_t>(needed[c.signal.value], c.signal_index + 1u);
    for (std::uint32_t s = 0; s < n_.signals.size() && !f_.full(); ++s) {
      const Signal& signal = n_.signals[s];
      if (!f_.expect(!signal.programs.empty() && signal.active_program < signal.programs.size(), "signal",
                     signal.id, "it has no active program"))
        continue;
      for (const Program& program : signal.programs) program_ok(signal, program, needed[s]);
      double before = -std::numeric_limits<double>::infinity();
      for (const ProgramSwitch& change : signal.switches) {
        f_.expect(change.program < signal.programs.size(), "signal", signal.id,
                  "a switch leads to a program that does not exist");
        f_.expect(within(change.at_s, before, 1e12), "signal", signal.id,
                  "its switches are not in order of time");
        before = change.at_s;
      }
    }
  }

  void program_ok(const Signal& signal, const Program& program, std::uint32_t needed) {
    const std::string where = signal.id + "/" + program.id;
    f_.expect(within(program.offset_s, -1e9, 1e9) && within(program.max_gap_s, 0, 1e9) &&
                  within(program.detector_gap_s, 0, 1e9),
              "program", where, "its offset or gaps are no sound numbers");
    double cycle = 0;
    for (const Phase& phase : program.phases) {
      if (f_.full()) return;
      cycle += phase.duration_s;
      f_.expect(
          within(phase.duration_s, 0, 1e9) && within(phase.min_s, 0, 1e9) && within(phase.max_s, 0, 1e10),
          "program", where, "a phase has no sound duration");
      if (phase.state.size() < needed)
        f_.add("program", where,
               "a state has " + std::to_string(phase.state.size()) + " letters where " +
                   std::to_string(needed) + " connections are controlled");
      f_.expect(phase.state.find_first_not_of("ruygGsoO") == std::string::npos, "program", where,
                "a state has a letter that means nothing");
      for (const std::uint32_t next : phase.next)
        f_.expect(next < program.phases.size(), "program", where,
                  "a phase is followed by one that does not exist");
    }
    f_.expect(cycle > 0, "program", where, "its phases last no time at all");
  }

  void furniture() {
    for (const Stop& s : n_.stops) {
      if (f_.full()) return;
      if (f_.expect(s.lane.value < n_.lanes.size(), "stop", s.id, "its lane does not exist"))
        f_.expect(within(s.begin_m, 0, s.end_m) && within(s.end_m, 0, n_[s.lane].length_m), "stop", s.id,
                  "it lies outside its lane");
    }
    for (const Detector& d : n_.detectors) {
      if (f_.full()) return;
      if (f_.expect(d.lane.value < n_.lanes.size(), "detector", d.id, "its lane does not exist"))
        f_.expect(within(d.pos_m, 0, n_[d.lane].length_m), "detector", d.id, "it lies outside its lane");
      f_.expect(within(d.period_s, 0, 1e9), "detector", d.id, "its period is not between 0 and 1e9 s");
    }
    for (const Zone& z : n_.zones) {
      if (f_.full()) return;
      f_.expect(within(z.residents, 0, 1e12) && within(z.jobs, 0, 1e12), "zone", z.id,
                "its numbers are not sound");
      for (const Shape ring : z.rings)
        f_.expect(shape_ok(ring), "zone", z.id, "a ring lies outside the points");
      for (const LinkId link : z.links)
        f_.expect(link.value < n_.links.size(), "zone", z.id, "it names a link that does not exist");
    }
    for (const Building& b : n_.buildings)
      f_.expect(shape_ok(b.outline) && within(b.height_m, -1e4, 1e4), "building", "",
                "its outline or height is not sound");
    for (const Shape w : n_.water) f_.expect(shape_ok(w), "water", "", "its outline lies outside the points");
    for (const Problem& p : n_.problems)
      f_.expect(within(p.x_m, -1e9, 1e9) && within(p.y_m, -1e9, 1e9), "problem", p.code,
                "its place is no finite number");
  }

  void ids() {
    unique("link", n_.links);
    unique("junction", n_.junctions);
    unique("signal", n_.signals);
    unique("stop", n_.stops);
    unique("zone", n_.zones);
  }
  void lane_ids() { unique("lane", n_.lanes); }

 private:
  bool shape_ok(Shape s) const {
    return s.first <= n_.points.size() && s.count <= n_.points.size() - s.first;
  }
  static bool place_ok(Point p) {
    return (std::abs(p.x) <= kFarthest_m) & (std::abs(p.y) <= kFarthest_m);  // false for NaN
  }

  void pairs_once() {
    if (f_.full()) return;
    const auto pair_of = [](const Conflict& c) {
      return std::uint64_t{std::min(c.a, c.b).value} << 32 | std::max(c.a, c.b).value;
    };
    // As order_network leaves them, each comes behind a smaller one and there is nothing to sort.
    bool rising = true;
    for (std::size_t i = 1; i < n_.conflicts.size() && rising; ++i)
      rising = pair_of(n_.conflicts[i - 1]) < pair_of(n_.conflicts[i]);
    if (rising) return;
    std::vector<std::uint64_t> pairs;
    pairs.reserve(n_.conflicts.size());
    for (const Conflict& c : n_.conflicts) pairs.push_back(pair_of(c));
    std::sort(pairs.begin(), pairs.end());
    const auto twice = std::adjacent_find(pairs.begin(), pairs.end());
    f_.expect(twice == pairs.end(), "network", n_.name, "a conflict is stated twice");
  }

  template <class Things>
  void unique(std::string_view kind, const Things& things) {
    // Two equal ids have one hash. Hashes are sorted faster than ids are looked up, and only where two agree
    // the ids themselves are compared.
    std::vector<std::uint64_t> hashes;
    reserve_on_large_pages(hashes, things.size());
    bool all_named = true;
    for (const auto& thing : things) {
      all_named &= !thing.id.empty();
      hashes.push_back(std::hash<std::string_view>()(thing.id));
    }
    if (all_named && !any_twice(hashes)) return;

    std::vector<std::uint32_t> order(things.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int compared = things[a].id.compare(things[b].id);
      return compared != 0 ? compared < 0 : a < b;
    });
    std::vector<bool> again(things.size(), false);
    for (std::size_t k = 1; k < order.size(); ++k)
      again[order[k]] = things[order[k]].id == things[order[k - 1]].id;
    for (std::size_t i = 0; i < things.size() && !f_.full(); ++i) {
      f_.expect(!things[i].id.empty(), kind, things[i].id, "it has no id");
      f_.expect(!again[i], kind, things[i].id, "the id occurs twice");
    }
  }

  const Network& n_;
  Faults& f_;
};

/// new_place[old] for the order in which things are wanted.
std::vector<std::uint32_t> places_of(const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> place(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  return place;
}

}  // namespace

std::vector<std::string> faults_in(const Network& network) {
  Faults all;
  Check(network, all).arrays();
  if (!all.found.empty()) return all.found;

  struct Part {
    void (Check::*check)();
    Faults faults = {};
  };
  Part parts[] = {{&Check::offset},      {&Check::junctions}, {&Check::links},   {&Check::lanes},
                  {&Check::connections}, {&Check::conflicts}, {&Check::signals}, {&Check::furniture},
                  {&Check::points},      {&Check::ids},       {&Check::lane_ids}};
  std::vector<std::function<void()>> jobs;
  for (Part& part : parts) jobs.push_back([&] { (Check(network, part.faults).*part.check)(); });
  std::reverse(jobs.begin(), jobs.end());  // what is told last takes longest
  const std::size_t bytes = network.lanes.size() * sizeof(Lane) + network.points.size() * sizeof(Point);
  run_side_by_side(jobs, threads_worth(bytes));
  for (const Part& part : parts)
    for (const std::string& fault : part.faults.found)
      if (!all.full()) all.found.push_back(fault);
  return all.found;
}

void order_network(Network& network) {
  // Connections by junction; within one, as they were read.
  std::vector<std::uint32_t> connection_order(network.connections.size());
  std::iota(connection_order.begin(), connection_order.end(), 0u);
  std::stable_sort(connection_order.begin(), connection_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return network.connections[a].junction < network.connections[b].junction;
  });
  // Road lanes by link and index, then the ground of each connection.
  std::vector<std::uint32_t> lane_order;
  lane_order.reserve(network.lanes.size());
  for (std::uint32_t i = 0; i < network.lanes.size(); ++i)
    if (!network.lanes[i].internal) lane_order.push_back(i);
  std::stable_sort(lane_order.begin(), lane_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Lane &x = network.lanes[a], &y = network.lanes[b];
    return x.link != y.link ? x.link < y.link : x.index < y.index;
  });
  const auto road_lanes = static_cast<std::uint32_t>(lane_order.size());
  for (const std::uint32_t c : connection_order) lane_order.push_back(network.connections[c].lane.value);
  if (lane_order.size() != network.lanes.size())
    throw std::logic_error("order_network: not one internal lane for each connection");

  const std::vector<std::uint32_t> lane_place = places_of(lane_order),
                                   connection_place = places_of(connection_order);
  const auto moved = [&](LaneId id) { return id.valid() ? LaneId(lane_place.at(id.value)) : id; };

  std::vector<Lane> lanes;
  lanes.reserve(network.lanes.size());
  for (const std::uint32_t i : lane_order) lanes.push_back(std::move(network.lanes[i]));
  network.lanes = std::move(lanes);
  network.road_lane_count = road_lanes;

  std::vector<Connection> connections;
  connections.reserve(network.connections.size());
  for (const std::uint32_t i : connection_order) connections.push_back(std::move(network.connections[i]));
  network.connections = std::move(connections);
  for (Connection& c : network.connections)
    c.from = moved(c.from), c.to = moved(c.to), c.lane = moved(c.lane);

  for (std::uint32_t i = road_lanes; i-- > 0;)  // backwards, so that the first lane of each link stays
    if (network.lanes[i].link.value < network.links.size())
      network.links[network.lanes[i].link.value].first_lane = LaneId(i);
  for (Stop& s : network.stops) s.lane = moved(s.lane);
  for (Detector& d : network.detectors) d.lane = moved(d.lane);

  for (Conflict& c : network.conflicts) {
    c.a = ConnectionId(connection_place.at(c.a.value));
    c.b = ConnectionId(connection_place.at(c.b.value));
    if (c.b < c.a) {
      std::swap(c.a, c.b);
      std::swap(c.a_begin_m, c.b_begin_m);
      std::swap(c.a_end_m, c.b_end_m);
      std::swap(c.a_yields, c.b_yields);
    }
  }
  std::sort(network.conflicts.begin(), network.conflicts.end(),
            [](const Conflict& x, const Conflict& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
}

}  // namespace arterial
