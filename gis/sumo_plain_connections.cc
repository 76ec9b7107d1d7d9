// Connections, signals and what stands on the road, as SUMO plain XML.
#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include "gis/sumo_permissions.h"
#include "gis/sumo_plain.h"
#include "gis/text_output.h"

namespace arterial::sumo {
namespace {

std::string ends(const Network& n, const Names& names, const Connection& c) {
  const Lane &from = n[c.from], &to = n[c.to];
  return attribute("from", names.links[from.link.value]) + attribute("to", names.links[to.link.value]) +
         attribute("fromLane", std::to_string(from.index)) + attribute("toLane", std::to_string(to.index));
}

/// The drawn path with a point where a yielding turn waits: netconvert cuts the path there, or at a point it
/// finds within 0.1 m, so such points give way.
std::vector<Point> path_with_wait(const Network& n, const Connection& c) {
  constexpr double kNear_m = 0.15;
  const Lane& ground = n[c.lane];
  const auto line = std::span(n.points).subspan(ground.shape.first, ground.shape.count);
  std::vector<Point> out(line.begin(), line.end());
  if (c.wait_m <= 0 || line.size() < 2) return out;
  double drawn_m = 0;
  const auto gap = [](Point a, Point b) { return std::hypot(b.x - a.x, b.y - a.y); };
  for (std::size_t i = 1; i < line.size(); ++i) drawn_m += gap(line[i - 1], line[i]);
  const double wait_m = c.wait_m * drawn_m / ground.length_m;
  if (wait_m < kNear_m || wait_m > drawn_m - kNear_m) return out;
  out.assign(1, line[0]);
  double at_m = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const double next_m = at_m + gap(line[i - 1], line[i]);
    if (at_m <= wait_m && wait_m < next_m) {
      const double share = (wait_m - at_m) / (next_m - at_m);
      out.push_back({line[i - 1].x + share * (line[i].x - line[i - 1].x),
                     line[i - 1].y + share * (line[i].y - line[i - 1].y)});
    }
    const bool last = i + 1 == line.size();
    if (last || std::abs(next_m - wait_m) > kNear_m) out.push_back(line[i]);
    at_m = next_m;
  }
  return out;
}

std::string connection_xml(const Network& n, const Names& names, const Connection& c, bool in_signal) {
  const Lane& ground = n[c.lane];
  std::string out = "  <connection" + ends(n, names, c);
  out += attribute("keepClear", c.keep_clear ? "1" : "0");  // unstated, netconvert thinks for itself
  out += attribute("contPos", decimal(c.wait_m > 0 ? c.wait_m : 0));
  // Where the junction has a signal that this connection does not obey.
  if (in_signal && !c.signal.valid()) out += attribute("uncontrolled", "1");
  if (ground.shape.count > 1) out += attribute("shape", drawn(path_with_wait(n, c)));
  out += attribute("length", decimal(ground.length_m)) + attribute("speed", decimal(ground.speed_mps));
  if (ground.allowed != (n[c.from].allowed & n[c.to].allowed)) {
    const std::string allowed = sumo_class_list(ground.allowed);
    out += allowed.empty() ? attribute("disallow", "all") : attribute("allow", allowed);
  }
  return out + "/>\n";
}

/// SUMO states right of way between pairs of edges.
class Prohibitions {
 public:
  explicit Prohibitions(const Network& n) : n_(n) {
    for (const Conflict& c : n.conflicts) {
      if (c.a_yields == c.b_yields) continue;
      const Movement a = movement(c.a), b = movement(c.b);
      if (a.first == b.first) continue;  // lanes of one edge: netconvert sorts them out by side
      const bool a_first = c.b_yields;
      orders_[a < b ? std::pair(a, b) : std::pair(b, a)] |= (a < b) == a_first ? 1u : 2u;
    }
  }

  std::string xml(const Names& names) const {
    std::string out;
    for (const auto& [pair, order] : orders_) {
      if (order == 3) continue;
      const auto [first, second] = order == 1 ? pair : std::pair(pair.second, pair.first);
      const std::string before = text(names, first), after = text(names, second);
      // netconvert takes what follows a "_" for a lane.
      if (before.find('_') != std::string::npos || after.find('_') != std::string::npos) continue;
      out += "  <prohibition" + attribute("prohibitor", before) + attribute("prohibited", after) + "/>\n";
    }
    return out;
  }

 private:
  using Movement = std::pair<std::uint32_t, std::uint32_t>;  // links
  Movement movement(ConnectionId c) const { return {n_[n_[c].from].link.value, n_[n_[c].to].link.value}; }
  static std::string text(const Names& names, Movement m) {
    return names.links[m.first] + "->" + names.links[m.second];
  }

  const Network& n_;
  std::map<std::pair<Movement, Movement>, unsigned> orders_;
};

std::string phase_xml(const Phase& phase, bool actuated, const std::vector<bool>& turns_on_red) {
  std::string state = phase.state;
  // SUMO's letter for "red, but may turn after a stop".
  for (std::size_t i = 0; i < state.size() && i < turns_on_red.size(); ++i)
    if (state[i] == 'r' && turns_on_red[i]) state[i] = 's';
  std::string out =
      "    <phase" + attribute("duration", decimal(phase.duration_s)) + attribute("state", state);
  if (actuated) out += attribute("minDur", decimal(phase.min_s)) + attribute("maxDur", decimal(phase.max_s));
  std::string next;
  for (const std::uint32_t to : phase.next) next.append(next.empty() ? "" : " ").append(std::to_string(to));
  if (!next.empty()) out += attribute("next", next);
  return out + "/>\n";
}

bool changes(const Signal& signal) { return signal.programs.size() > 1; }

}  // namespace

bool lanes_of_a_road_are_apart(const Network& n) {
  const auto is_such = [&](const Connection& a, const Connection& b) {
    return n[a.to].link == n[b.to].link && a.to != b.to && n[a.from].link != n[b.from].link;
  };
  std::size_t foes = 0, pairs = 0;
  for (const Conflict& c : n.conflicts) foes += is_such(n[c.a], n[c.b]);
  for (std::size_t i = 0; i < n.connections.size(); ++i)  // sorted by junction
    for (std::size_t k = i + 1;
         k < n.connections.size() && n.connections[k].junction == n.connections[i].junction; ++k)
      pairs += is_such(n.connections[i], n.connections[k]);
  return 2 * foes < pairs;
}

std::string connections_xml(const Network& n, const Names& names) {
  std::vector<bool> signalled(n.junctions.size(), false), left(n.links.size(), false);
  for (const Connection& c : n.connections)
    if (c.signal.valid()) signalled[c.junction.value] = true;
  std::string out = "<connections>\n";
  for (const Connection& c : n.connections) {
    left[n[c.from].link.value] = true;
    out += connection_xml(n, names, c, signalled[c.junction.value]);
  }
  // An edge without a word about it would be connected by guess.
  for (std::uint32_t i = 0; i < n.links.size(); ++i)
    if (!left[i]) out += "  <connection" + attribute("from", names.links[i]) + "/>\n";
  return out + Prohibitions(n).xml(names) + "</connections>\n";
}

std::string signals_xml(const Network& n, const Names& names) {
  const std::vector<bool> used = used_signals(n);
  std::vector<std::vector<bool>> turns_on_red(n.signals.size());
  for (const Connection& c : n.connections) {
    if (!c.signal.valid() || !c.turn_on_red) continue;
    auto& turns = turns_on_red[c.signal.value];
    if (turns.size() <= c.signal_index) turns.resize(c.signal_index + 1u, false);
    turns[c.signal_index] = true;
  }
  std::string out = "<tlLogics>\n";
  for (std::uint32_t s = 0; s < n.signals.size(); ++s) {
    if (!used[s]) continue;
    for (std::size_t k = 0; k < n.signals[s].programs.size(); ++k) {
      const Program& p = n.signals[s].programs[k];
      out += "  <tlLogic" + attribute("id", names.signals[s]) +
             attribute("type", p.actuated ? "actuated" : "static") +
             attribute("programID", names.programs[s][k]) + attribute("offset", decimal(p.offset_s)) + ">\n";
      for (const Phase& phase : p.phases) out += phase_xml(phase, p.actuated, turns_on_red[s]);
      if (p.actuated)
        out += "    <param" + attribute("key", "max-gap") + attribute("value", decimal(p.max_gap_s)) +
               "/>\n    <param" + attribute("key", "detector-gap") +
               attribute("value", decimal(p.detector_gap_s)) + "/>\n";
      out += "  </tlLogic>\n";
    }
  }
  for (const Connection& c : n.connections)
    if (c.signal.valid())
      out += "  <connection" + ends(n, names, c) + attribute("tl", names.signals[c.signal.value]) +
             attribute("linkIndex", std::to_string(c.signal_index)) + "/>\n";
  return out + "</tlLogics>\n";
}

std::string additional_xml(const Network& n, const Names& names, std::vector<std::string>& left_out) {
  std::string out;
  std::size_t inside = 0;
  const auto on_road = [&](LaneId lane) {
    inside += n[lane].internal;
    return !n[lane].internal;
  };
  for (std::size_t i = 0; i < n.stops.size(); ++i) {
    const Stop& s = n.stops[i];
    if (!on_road(s.lane)) continue;
    out += "  <busStop" + attribute("id", names.stops[i]) + attribute("lane", names.lane(n, s.lane)) +
           attribute("startPos", decimal(s.begin_m)) + attribute("endPos", decimal(s.end_m)) +
           (s.name.empty() ? "" : attribute("name", s.name)) + "/>\n";
  }
  for (std::size_t i = 0; i < n.detectors.size(); ++i) {
    const Detector& d = n.detectors[i];
    if (!on_road(d.lane)) continue;
    out += "  <inductionLoop" + attribute("id", names.detectors[i]) +
           attribute("lane", names.lane(n, d.lane)) + attribute("pos", decimal(d.pos_m)) +
           (d.period_s > 0 ? attribute("period", decimal(d.period_s)) : "") + attribute("file", "NUL") +
           "/>\n";
  }
  const std::vector<bool> used = used_signals(n);
  for (std::uint32_t s = 0; s < n.signals.size(); ++s) {
    const Signal& signal = n.signals[s];
    if (!used[s] || (!changes(signal) && signal.switches.empty())) continue;
    const std::string plan = names.signals[s] + "_plan";
    out += "  <WAUT" + attribute("id", plan) + attribute("refTime", "0") +
           attribute("startProg", names.programs[s][signal.active_program]) + ">\n";
    for (const ProgramSwitch& change : signal.switches)
      out += "    <wautSwitch" + attribute("time", decimal(change.at_s)) +
             attribute("to", names.programs[s][change.program]) + "/>\n";
    out += "  </WAUT>\n  <wautJunction" + attribute("wautID", plan) +
           attribute("junctionID", names.signals[s]) + "/>\n";
  }
  if (inside > 0)
    left_out.push_back(std::to_string(inside) +
                       " stops or detectors lie inside junctions, whose lanes netconvert names anew");
  return out.empty() ? "" : "<additional>\n" + out + "</additional>\n";
}

}  // namespace arterial::sumo
