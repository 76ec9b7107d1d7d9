#include "sim/engine/jams.h"

#include <algorithm>
#include <unordered_map>

namespace arterial {

namespace {
/// The vehicle (row) that row i waits for: the leader on its lane; at the end of its lane, the last vehicle on the
/// way ahead, or a body on conflicting ground. Its own row where nobody is found.
std::uint32_t blocker_of(const CityTables& city, const StateImage& s, std::uint32_t i,
                         const std::unordered_map<std::uint32_t, std::uint32_t>& first_on_lane,
                         const std::unordered_map<std::uint32_t, std::uint32_t>& covers) {
  const std::uint32_t lane = s.lane[i], base = lane / city.grounds * city.grounds;
  if (i + 1 < s.lane.size() && s.lane[i + 1] == lane) return i + 1;
  const TripState& t = s.trip_state[s.slot[i]];
  std::uint32_t ground = lane - base;
  if (auto it = covers.find(lane); it != covers.end() && it->second != i) return it->second;
  for (int hop = 0; hop < 4; ++hop) {
    std::uint32_t c;
    if (ground >= city.road_lanes) {
      c = ground - city.road_lanes;
      ground = city.conn_to[c];
    } else {
      if (hop > 0) return i;
      c = t.next_conn;
      if (c == kNone) return i;
      for (std::uint32_t k = city.conflict_first[c]; k < city.conflict_first[c + 1]; ++k) {
        const std::uint32_t foe = base + city.road_lanes + city.conflict[k].other;
        if (auto it = first_on_lane.find(foe); it != first_on_lane.end()) return it->second;
        if (auto it = covers.find(foe); it != covers.end() && it->second != i) return it->second;
      }
      ground = city.road_lanes + c;
    }
    if (auto it = first_on_lane.find(base + ground); it != first_on_lane.end()) return it->second;
    if (auto it = covers.find(base + ground); it != covers.end() && it->second != i) return it->second;
  }
  return i;
}
}  // namespace

void JamFinder::look(const CityTables& city, const StateImage& s, std::uint32_t replica, double now_s, double step_s,
                     double after_s) {
  std::vector<std::uint32_t> standing;
  for (std::uint32_t i = 0; i < s.lane.size(); ++i)
    if (s.lane[i] / city.grounds == replica && !(s.ctl[i] & kDwelling) && (s.ctl[i] >> kHaltShift) * step_s >= after_s)
      standing.push_back(i);
  std::vector<std::vector<std::uint32_t>> found;  // trips, rotated to begin with the smallest
  std::vector<std::vector<std::uint32_t>> lanes;
  if (!standing.empty()) {
    std::unordered_map<std::uint32_t, std::uint32_t> first_on_lane, covers;
    for (std::uint32_t i = 0; i < s.lane.size(); ++i) {
      first_on_lane.try_emplace(s.lane[i], i);
      const TripState& t = s.trip_state[s.slot[i]];
      std::int32_t rear = s.pos[i] - city.type[s.kind[i] & 0xffff].length_units;
      for (int k = 0; k < t.trail_count && rear < 0; ++k) {
        const std::uint32_t g = s.trail[static_cast<std::size_t>(s.slot[i]) * kTrail + k];
        rear += city.lane_length[g];
        covers.try_emplace(s.lane[i] / city.grounds * city.grounds + g, i);
      }
    }
    std::unordered_map<std::uint32_t, int> mark;  // row -> walk number
    int walk = 0;
    for (std::uint32_t from : standing) {
      ++walk;
      std::uint32_t i = from;
      while (!mark.count(i)) {
        mark[i] = walk;
        if (s.speed[i] >= 1000 || (s.ctl[i] & kDwelling) || (s.ctl[i] >> kHaltShift) * step_s < after_s) break;
        const std::uint32_t next = blocker_of(city, s, i, first_on_lane, covers);
        if (next == i) break;
        i = next;
        if (mark.count(i) && mark[i] == walk) {  // a cycle: collect it
          std::vector<std::uint32_t> trips, where;
          std::uint32_t k = i;
          do {
            trips.push_back(s.slot[k] % city.trips);
            where.push_back(s.lane[k] % city.grounds);
            k = blocker_of(city, s, k, first_on_lane, covers);
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
