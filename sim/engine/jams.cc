#include "sim/engine/jams.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "sim/model/random.h"

namespace arterial {

namespace {
/// The connection from a lane to the link at `cursor` of a route; the first one, kNone where there is none.
std::uint32_t connection_to(const CityTables& city, const StateImage& s, const TripState& t,
                            std::uint32_t lane, std::uint32_t cursor) {
  if (cursor >= t.route_count) return kNone;
  for (std::uint32_t k = city.lane_conn_first[lane]; k < city.lane_conn_first[lane + 1]; ++k)
    if (city.lane_link[city.conn[city.lane_conn[k]].to] == s.route_links[t.route_first + cursor])
      return city.lane_conn[k];
  return kNone;
}

/// Who stands beside a vehicle that needs another lane: the one whose body reaches furthest along it.
std::uint32_t beside(const CityTables& city, const StateImage& s, std::uint32_t i,
                     const std::unordered_map<std::uint32_t, std::uint32_t>& last_on) {
  const std::uint32_t base = s.lane[i] / city.grounds * city.grounds, ground = s.lane[i] - base,
                      link = city.lane_link[ground];
  const std::int32_t rear = s.pos[i] - city.type[s.kind[i] & 0xffff].length_units;
  const std::uint32_t lanes = city.trip.empty() ? 0 : city.link_lane_count[link],
                      first = city.link_first_lane[link];
  const std::uint32_t wanted = s.trip_state[s.slot[i]].masks >> 16, index = ground - first;
  for (int side = -1; side <= 1; side += 2) {
    const std::uint32_t other = index + static_cast<std::uint32_t>(side);
    if (other >= lanes || (wanted && !(wanted >> other & 1u) &&
                           (side > 0 ? !(wanted >> (other + 1)) : !(wanted & ((1u << other) - 1)))))
      continue;
    const auto it = last_on.find(base + first + other);
    if (it == last_on.end()) continue;
    for (std::uint32_t k = it->second; k < s.lane.size() && s.lane[k] == base + first + other; ++k)
      if (s.pos[k] + 30000 >= rear) return k;  // alongside, or so close behind that there is no gap
  }
  return i;
}

/// Where bodies are: the last row on each ground, and whose rear still covers it from beyond.
struct Bodies {
  struct Tail {
    std::uint32_t row;
    std::int32_t rear;
  };
  std::unordered_map<std::uint32_t, std::uint32_t> last_on;
  std::unordered_map<std::uint32_t, Tail> tail_on;

  Bodies(const CityTables& city, const StateImage& s) {
    for (std::uint32_t i = 0; i < s.lane.size(); ++i) {
      last_on.try_emplace(s.lane[i], i);
      const TripState& t = s.trip_state[s.slot[i]];
      std::int32_t rear = s.pos[i] - city.type[s.kind[i] & 0xffff].length_units;
      for (int k = 0; k < t.trail_count && rear < 0; ++k) {
        const std::uint32_t g = s.trail[static_cast<std::size_t>(s.slot[i]) * kTrail + k];
        rear += city.lane_length[g];
        const auto at = tail_on.try_emplace(s.lane[i] / city.grounds * city.grounds + g, Tail{i, rear}).first;
        if (rear < at->second.rear) at->second = {i, rear};
      }
    }
  }

  /// The one behind which row `i` would come onto `ground`; its own row where nobody is there.
  std::uint32_t last(std::uint32_t ground, std::uint32_t i) const {
    if (const auto it = last_on.find(ground); it != last_on.end()) return it->second;
    const auto it = tail_on.find(ground);
    return it != tail_on.end() ? it->second.row : i;
  }
};

/// Whose body is on ground that connection `c` shares with another, not before `from` on it; row `i` where
/// nobody is.
std::uint32_t on_shared_ground(const CityTables& city, const StateImage& s, const Bodies& bodies,
                               std::uint32_t c, std::int32_t from, std::uint32_t i) {
  const std::uint32_t base = s.lane[i] / city.grounds * city.grounds;
  for (std::uint32_t k = city.conflict_first[c]; k < city.conflict_first[c + 1]; ++k) {
    const ConflictEntry& shared = city.conflict[k];
    if (shared.begin < from) continue;
    const std::uint32_t foe = base + city.road_lanes + shared.other;
    if (const auto it = bodies.last_on.find(foe);
        it != bodies.last_on.end() && it->second != i &&
        s.pos[it->second] - city.type[s.kind[it->second] & 0xffff].length_units < shared.other_end)
      return it->second;
    if (const auto it = bodies.tail_on.find(foe);
        it != bodies.tail_on.end() && it->second.row != i && it->second.rear < shared.other_end)
      return it->second.row;
  }
  return i;
}

/// Of those who stand first at the lines of the other connections that share ground with `c` the one that
/// goes first, and before row `i`: the ground is kept for it. Row `i` where there is none.
std::uint32_t at_other_line(const CityTables& city, const StateImage& s, std::uint32_t c, std::uint32_t i) {
  constexpr std::int32_t kAtLine = 40000;  // 4 m
  const std::uint32_t base = s.lane[i] / city.grounds * city.grounds;
  // As junctions order those of one rank.
  const auto order = [&](std::uint32_t row) {
    return std::pair(kHaltMax - halted_steps(s.ctl[row]), mix64(s.trip_state[s.slot[row]].key) >> 24);
  };
  std::uint32_t found = i;
  for (std::uint32_t k = city.conflict_first[c]; k < city.conflict_first[c + 1]; ++k) {
    const std::uint32_t foe = city.conflict[k].other, from = city.conn[foe].from;
    const auto after = std::upper_bound(s.lane.begin(), s.lane.end(), base + from);
    if (after == s.lane.begin() || *(after - 1) != base + from) continue;
    const std::uint32_t row = static_cast<std::uint32_t>(after - s.lane.begin()) - 1;
    if (s.trip_state[s.slot[row]].next_conn == foe && city.lane_length[from] - s.pos[row] < kAtLine &&
        order(row) < order(found))
      found = row;
  }
  return found;
}

/// The vehicle (row) that row i waits for: the leader on its lane; at the end of its lane, a body on
/// conflicting ground, who stands at another line and goes first, the last vehicle on the way ahead, or who
/// stands in the lane that it needs; inside a junction the same of those it was let in behind. Its own row
/// where nobody is found.
std::uint32_t blocker_of(const CityTables& city, const StateImage& s, const Bodies& bodies, std::uint32_t i) {
  const std::uint32_t lane = s.lane[i], base = lane / city.grounds * city.grounds;
  if (i + 1 < s.lane.size() && s.lane[i + 1] == lane) return i + 1;
  const TripState& t = s.trip_state[s.slot[i]];
  std::uint32_t ground = lane - base, cursor = t.cursor;
  if (const auto it = bodies.tail_on.find(lane); it != bodies.tail_on.end() && it->second.row != i)
    return it->second.row;
  const bool on_road = ground < city.road_lanes;
  if (on_road && (t.next_conn == kNone || (s.ctl[i] & kUrgent))) {
    const std::uint32_t other = beside(city, s, i, bodies.last_on);
    if (other != i || t.next_conn == kNone) return other;
  }
  if (!on_road && (s.ctl[i] & (kBehindFoe | kHalfWay))) {
    const std::uint32_t foe = on_shared_ground(city, s, bodies, ground - city.road_lanes, s.pos[i], i);
    if (foe != i) return foe;
  }
  for (int hop = 0; hop < 8; ++hop) {
    if (ground >= city.road_lanes) {
      ground = city.conn[ground - city.road_lanes].to;
      ++cursor;
    } else {
      const std::uint32_t c = hop == 0 ? t.next_conn : connection_to(city, s, t, ground, cursor + 1);
      if (c == kNone) return i;
      const std::uint32_t foe = on_shared_ground(city, s, bodies, c, 0, i);
      if (foe != i) return foe;
      if (hop == 0 && !(s.ctl[i] & kWontPass)) {  // it was refused for somebody who goes first, or not at all
        const std::uint32_t first = at_other_line(city, s, c, i);
        if (first != i) return first;
      }
      ground = city.road_lanes + c;
    }
    const std::uint32_t ahead = bodies.last(base + ground, i);
    if (ahead != i) return ahead;
  }
  return i;
}
}  // namespace

void JamFinder::look(const CityTables& city, const StateImage& s, std::uint32_t replica, double now_s,
                     double step_s, double after_s) {
  std::vector<std::uint32_t> standing;
  for (std::uint32_t i = 0; i < s.lane.size(); ++i)
    if (s.lane[i] / city.grounds == replica && !(s.ctl[i] & kDwelling) &&
        halted_steps(s.ctl[i]) * step_s >= after_s)
      standing.push_back(i);
  std::vector<std::vector<std::uint32_t>> found;  // trips, rotated to begin with the smallest
  std::vector<std::vector<std::uint32_t>> lanes;
  if (!standing.empty()) {
    const Bodies bodies(city, s);
    std::unordered_map<std::uint32_t, int> mark;  // row -> walk number
    int walk = 0;
    for (std::uint32_t from : standing) {
      ++walk;
      std::uint32_t i = from;
      while (!mark.count(i)) {
        mark[i] = walk;
        if (s.speed[i] >= 1000 || (s.ctl[i] & kDwelling) || halted_steps(s.ctl[i]) * step_s < after_s) break;
        const std::uint32_t next = blocker_of(city, s, bodies, i);
        if (next == i) break;
        i = next;
        if (mark.count(i) && mark[i] == walk) {  // a cycle: collect it
          std::vector<std::uint32_t> trips, where;
          std::uint32_t k = i;
          do {
            trips.push_back(s.slot[k] % city.trips);
            where.push_back(s.lane[k] % city.grounds);
            k = blocker_of(city, s, bodies, k);
          } while (k != i && trips.size() < 10000);
          const auto least = std::min_element(trips.begin(), trips.end()) - trips.begin();
          std::rotate(trips.begin(), trips.begin() + least, trips.end());
          std::rotate(where.begin(), where.begin() + least, where.end());
          found.push_back(std::move(trips));
          lanes.push_back(std::move(where));
          break;
        }
      }
    }
  }
  for (Record& r : records_) {
    if (r.replica != replica || r.until_s >= 0) continue;
    if (std::find(found.begin(), found.end(), r.trips) == found.end()) r.until_s = now_s;
  }
  for (std::size_t k = 0; k < found.size(); ++k) {
    const bool known = std::any_of(records_.begin(), records_.end(), [&](const Record& r) {
      return r.replica == replica && r.until_s < 0 && r.trips == found[k];
    });
    if (!known) records_.push_back({replica, std::max(0.0, now_s - after_s), -1, found[k], lanes[k]});
  }
}

std::vector<JamRow> JamFinder::rows(std::uint32_t replica) const {
  std::vector<JamRow> out;
  for (const Record& r : records_) {
    if (r.replica != replica) continue;
    JamRow row;
    row.since_s = r.since_s;
    row.until_s = r.until_s;
    for (std::uint32_t t : r.trips) row.vehicles.emplace_back(t);
    for (std::uint32_t l : r.lanes) row.lanes.emplace_back(l);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace arterial
