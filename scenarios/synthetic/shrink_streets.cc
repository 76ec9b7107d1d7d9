// Odd streets that fail, made small: by halves, then one by one, as long as they still fail.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "scenarios/synthetic/odd_streets.h"

namespace arterial {

namespace {

using Fails = std::function<bool(const OddStreets&)>;

class Shrinker {
 public:
  Shrinker(OddStreets streets, const Fails& fails, int attempts)
      : best_(std::move(streets)), fails_(fails), attempts_(attempts) {}

  OddStreets shrink() {
    if (best_.options.replicas > 1) attempt([](OddStreets& s) { s.options.replicas = 1; });
    drop_things(best_.demand.trips.size(),
                [](OddStreets& s, const std::vector<bool>& drop) { erase(s.demand.trips, drop); });
    shorten();
    drop_things(best_.changes.size(),
                [](OddStreets& s, const std::vector<bool>& drop) { erase(s.changes, drop); });
    drop_things(best_.demand.trips.size(), [](OddStreets& s, const std::vector<bool>& drop) {
      for (std::size_t k = 0; k < drop.size(); ++k)
        if (drop[k]) s.demand.trips[k].stop_count = 0;
    });
    attempt([](OddStreets& s) { s.options.reroute_share = 0; });
    attempt([](OddStreets& s) { s.options.remove_after_s = 0; });
    attempt([](OddStreets& s) { s.network.detectors.clear(); });
    keep_what_is_used();
    drop_things(best_.network.connections.size(), [](OddStreets& s, const std::vector<bool>& drop) {
      std::vector<bool> keep(drop.size());
      for (std::size_t c = 0; c < drop.size(); ++c) keep[c] = !drop[c];
      s.network = without_parts(s.network, std::vector<bool>(s.network.links.size(), true), keep);
    });
    drop_things(best_.demand.trips.size(),
                [](OddStreets& s, const std::vector<bool>& drop) { erase(s.demand.trips, drop); });
    shorten();
    return std::move(best_);
  }

 private:
  template <class T>
  static void erase(std::vector<T>& list, const std::vector<bool>& drop) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < list.size(); ++k)
      if (!drop[k]) list[kept++] = list[k];
    list.resize(kept);
  }

  template <class Edit>
  bool attempt(const Edit& edit) {
    if (attempts_-- <= 0) return false;
    OddStreets smaller = best_;
    edit(smaller);
    smaller.demand.read = smaller.demand.trips.size();
    if (!fails_(smaller)) return false;
    best_ = std::move(smaller);
    return true;
  }

  /// Drops runs of things: a half, a quarter, ..., one; `count` of them are there at first.
  template <class Drop>
  void drop_things(std::size_t count, const Drop& drop) {
    for (std::size_t run = (count + 1) / 2; run > 0; run = run == 1 ? 0 : (run + 1) / 2)
      for (std::size_t at = count;
           at > 0 && attempts_ > 0;) {  // from the back: what is before keeps its place
        const std::size_t begin = at > run ? at - run : 0;
        std::vector<bool> gone(count, false);
        std::fill(gone.begin() + static_cast<std::ptrdiff_t>(begin),
                  gone.begin() + static_cast<std::ptrdiff_t>(at), true);
        const std::size_t trips = best_.demand.trips.size(), changes = best_.changes.size(),
                          connections = best_.network.connections.size();
        if (attempt([&](OddStreets& s) { drop(s, gone); }))
          count -= trips - best_.demand.trips.size() + changes - best_.changes.size() + connections -
                   best_.network.connections.size();
        at = begin;
      }
  }

  void shorten() {
    for (double share = 0.5; share > 0.02 && attempts_ > 0;) {
      const SimOptions& o = best_.options;
      const double steps = std::max(1.0, std::round((1 - share) * (o.end_s - o.begin_s) / o.step_s));
      const double end_s = o.begin_s + steps * o.step_s;
      if (end_s >= o.end_s || !attempt([&](OddStreets& s) { s.options.end_s = end_s; })) share /= 2;
    }
  }

  /// Links that a route, a stop or a change names, and the connections that lead from one of them to another.
  void keep_what_is_used() {
    const Network& net = best_.network;
    std::vector<bool> keep(net.links.size(), false);
    for (const Trip& t : best_.demand.trips)
      for (const LinkId l : best_.demand.routes[t.route.value].links) keep[l.value] = true;
    for (const Change& c : best_.changes) {
      if (c.link.valid()) keep[c.link.value] = true;
      if (c.to_link.valid()) keep[c.to_link.value] = true;
      if (c.lane.valid() && net[c.lane].link.valid()) keep[net[c.lane].link.value] = true;
    }
    std::vector<TripStop> stops;
    std::vector<std::uint32_t> first_stop;
    for (const Trip& t : best_.demand.trips) {
      first_stop.push_back(static_cast<std::uint32_t>(stops.size()));
      for (std::uint32_t k = t.first_stop; k < t.first_stop + t.stop_count; ++k) {
        stops.push_back(best_.demand.stops[k]);
        keep[net[stops.back().lane].link.value] = true;
      }
    }
    std::vector<std::uint32_t> new_link(net.links.size(), 0), new_lane(net.lanes.size(), 0);
    std::uint32_t links = 0, lanes = 0;
    for (std::uint32_t l = 0; l < keep.size(); ++l)
      if (keep[l]) {
        new_link[l] = links++;
        for (std::uint32_t k = 0; k < net.links[l].lane_count; ++k)
          new_lane[net.links[l].first_lane.value + k] = lanes++;
      }
    attempt([&](OddStreets& s) {
      for (Route& route : s.demand.routes) {
        if (std::any_of(route.links.begin(), route.links.end(), [&](LinkId l) { return !keep[l.value]; })) {
          route.links.clear();  // of a trip that is gone
          continue;
        }
        for (LinkId& l : route.links) l = LinkId(new_link[l.value]);
      }
      for (Trip& t : s.demand.trips)
        t.from = LinkId(new_link[t.from.value]), t.to = LinkId(new_link[t.to.value]);
      for (std::size_t k = 0; k < first_stop.size(); ++k) s.demand.trips[k].first_stop = first_stop[k];
      s.demand.stops = stops;
      for (TripStop& stop : s.demand.stops) stop.lane = LaneId(new_lane[stop.lane.value]);
      for (Change& c : s.changes) {
        if (c.link.valid()) c.link = LinkId(new_link[c.link.value]);
        if (c.to_link.valid()) c.to_link = LinkId(new_link[c.to_link.value]);
        if (c.lane.valid()) c.lane = LaneId(new_lane[c.lane.value]);
      }
      s.network = without_parts(s.network, keep, std::vector<bool>(s.network.connections.size(), true));
    });
  }

  OddStreets best_;
  const Fails& fails_;
  int attempts_;
};

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", x);
  return text;
}

}  // namespace

Network without_parts(const Network& net, const std::vector<bool>& keep_link,
                      const std::vector<bool>& keep_connection) {
  Network out = net;
  out.links.clear(), out.lanes.clear(), out.connections.clear(), out.conflicts.clear();
  constexpr std::uint32_t kGone = 0xffffffffu;
  std::vector<std::uint32_t> lane(net.lanes.size(), kGone), connection(net.connections.size(), kGone);
  for (std::uint32_t l = 0; l < net.links.size(); ++l) {
    if (!keep_link[l]) continue;
    Link link = net.links[l];
    const std::uint32_t first = link.first_lane.value;
    link.first_lane = LaneId(static_cast<std::uint32_t>(out.lanes.size()));
    for (std::uint32_t k = first; k < first + link.lane_count; ++k) {
      lane[k] = static_cast<std::uint32_t>(out.lanes.size());
      out.lanes.push_back(net.lanes[k]);
      out.lanes.back().link = LinkId(static_cast<std::uint32_t>(out.links.size()));
    }
    out.links.push_back(std::move(link));
  }
  out.road_lane_count = static_cast<std::uint32_t>(out.lanes.size());
  for (std::uint32_t c = 0; c < net.connections.size(); ++c) {
    Connection kept = net.connections[c];
    if (!keep_connection[c] || lane[kept.from.value] == kGone || lane[kept.to.value] == kGone) continue;
    connection[c] = static_cast<std::uint32_t>(out.connections.size());
    lane[kept.lane.value] = static_cast<std::uint32_t>(out.lanes.size());
    out.lanes.push_back(net[kept.lane]);
    kept.from = LaneId(lane[kept.from.value]), kept.to = LaneId(lane[kept.to.value]),
    kept.lane = LaneId(lane[kept.lane.value]);
    out.connections.push_back(std::move(kept));
  }
  for (Conflict x : net.conflicts) {
    x.a = ConnectionId(connection[x.a.value]), x.b = ConnectionId(connection[x.b.value]);
    if (x.a.value != kGone && x.b.value != kGone) out.conflicts.push_back(x);
  }
  const auto stays = [&](auto& thing) {
    if (lane[thing.lane.value] == kGone) return false;
    thing.lane = LaneId(lane[thing.lane.value]);
    return true;
  };
  out.stops.clear(), out.detectors.clear(), out.zones.clear();
  for (Stop stop : net.stops)
    if (stays(stop)) out.stops.push_back(stop);
  for (Detector detector : net.detectors)
    if (stays(detector)) out.detectors.push_back(detector);
  return out;
}

OddStreets shrink_streets(const OddStreets& streets, const Fails& fails, int attempts) {
  return Shrinker(streets, fails, attempts).shrink();
}

std::string in_words(const OddStreets& s) {
  const Network& net = s.network;
  std::string text;
  const auto say = [&](const std::string& words) { text.append("  ").append(words).append("\n"); };
  say("step " + number(s.options.step_s) + " s, from " + number(s.options.begin_s) + " to " +
      number(s.options.end_s) + " s, seed " + std::to_string(s.options.seed) + ", " +
      std::to_string(s.options.replicas) + " replicas" + (net.left_hand ? ", keeps left" : "") +
      (s.options.reroute_share > 0 ? ", rerouting" : ""));
  const auto limits = [&](const Lane& lane) {
    return number(lane.length_m) + " m, " + number(lane.speed_mps) + " m/s" +
           (lane.allowed == kAllRoadClasses ? "" : ", classes " + std::to_string(lane.allowed)) +
           (lane.no_change_left ? ", no change left" : "") +
           (lane.no_change_right ? ", no change right" : "");
  };
  for (const Link& link : net.links)
    for (std::uint32_t k = link.first_lane.value; k < link.first_lane.value + link.lane_count; ++k)
      say("lane " + std::to_string(k) + " of " + link.id + ", junction " + std::to_string(link.from.value) +
          " to " + std::to_string(link.to.value) + ": " + limits(net.lanes[k]) +
          (link.roundabout ? ", roundabout" : ""));
  constexpr const char* kPriority[] = {"major", "minor", "stop", "all-way stop", "equal", "zipper"};
  for (std::uint32_t c = 0; c < net.connections.size(); ++c) {
    const Connection& x = net.connections[c];
    say("connection " + std::to_string(c) + ": lane " + std::to_string(x.from.value) + " to " +
        std::to_string(x.to.value) + ", " + limits(net[x.lane]) + ", " +
        kPriority[static_cast<int>(x.priority)] + (x.keep_clear ? "" : ", keeps nothing clear") +
        (x.wait_m > 0 ? ", waits at " + number(x.wait_m) + " m" : "") +
        (x.turn_on_red ? ", turns on red" : "") +
        (x.signal.valid()
             ? ", letter " + std::to_string(x.signal_index) + " of signal " + std::to_string(x.signal.value)
             : ""));
  }
  for (const Conflict& x : net.conflicts)
    say("conflict of " + std::to_string(x.a.value) + " [" + number(x.a_begin_m) + ", " + number(x.a_end_m) +
        "]" + (x.a_yields ? " yields" : "") + " and " + std::to_string(x.b.value) + " [" +
        number(x.b_begin_m) + ", " + number(x.b_end_m) + "]" + (x.b_yields ? " yields" : "") +
        (x.merge ? ", merge" : ""));
  std::vector<bool> used(net.signals.size(), false);
  for (const Connection& x : net.connections)
    if (x.signal.valid()) used[x.signal.value] = true;
  for (std::uint32_t i = 0; i < net.signals.size(); ++i)
    for (const Program& p : net.signals[i].programs) {
      if (!used[i]) continue;
      std::string words = "signal " + std::to_string(i) + (p.actuated ? ", actuated" : "") + ", offset " +
                          number(p.offset_s) + ":";
      for (const Phase& phase : p.phases) words += " " + number(phase.duration_s) + " " + phase.state;
      say(words);
    }
  for (const Change& c : s.changes)
    say("change of kind " + std::to_string(static_cast<int>(c.kind)) + " in [" + number(c.begin_s) + ", " +
        number(c.end_s) + ") link " + (c.link.valid() ? std::to_string(c.link.value) : "-") + " lane " +
        (c.lane.valid() ? std::to_string(c.lane.value) : "-") + " pos " + number(c.pos_m) + " + " +
        number(c.length_m) + ", " + number(c.speed_mps) + " m/s, classes " + std::to_string(c.allowed));
  for (const Trip& t : s.demand.trips) {
    const VehicleType& type = s.demand.types[t.type.value];
    std::string words =
        "trip " + t.id + ": " + std::string(name_of(type.vehicle_class)) +
        (type.model == FollowingModel::kIdm ? " IDM" : " Krauss") + " " + number(type.length_m) + " m + " +
        number(type.min_gap_m) + " m, a " + number(type.accel_mps2) + ", b " + number(type.decel_mps2) +
        ", e " + number(type.emergency_decel_mps2) + ", tau " + number(type.tau_s) + ", departs " +
        number(t.depart_s) + ", lane mode " + std::to_string(static_cast<int>(t.depart_lane)) + " (" +
        std::to_string(t.depart_lane_index) + "), pos mode " +
        std::to_string(static_cast<int>(t.depart_pos)) + " (" + number(t.depart_pos_m) + "), speed mode " +
        std::to_string(static_cast<int>(t.depart_speed)) + " (" + number(t.depart_speed_mps) + "), links";
    for (const LinkId l : s.demand.routes[t.route.value].links) words += " " + net[l].id;
    for (std::uint32_t k = t.first_stop; k < t.first_stop + t.stop_count; ++k) {
      const TripStop& stop = s.demand.stops[k];
      words += ", stops on lane " + std::to_string(stop.lane.value) + " at " + number(stop.pos_m) + " for " +
               number(stop.duration_s) + (stop.parking ? " parking" : "");
    }
    say(words);
  }
  return text;
}

}  // namespace arterial
