// Junctions, signals and their programs.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "scenarios/quality/inspectors.h"
#include "scenarios/text.h"

namespace arterial {
namespace {

constexpr double kTooNear_m = 12;        // of two junctions: what stands between them holds no car and a half
constexpr double kOneController_m = 45;  // stop lines nearer than that hold no queue of a cycle
constexpr double kLongConnection_m = 90;  // a path inside one junction
constexpr std::size_t kManyArms = 10;
constexpr double kLongCycle_s = 180, kShortGreen_s = 4;

bool is_main(RoadClass c) {
  return c == RoadClass::kTrunk || c == RoadClass::kPrimary || c == RoadClass::kSecondary;
}

bool is_link(const Network& n, LinkId link) {
  switch (n[link].road_class) {
    case RoadClass::kMotorway:
    case RoadClass::kMotorwayLink:
    case RoadClass::kTrunkLink:
    case RoadClass::kPrimaryLink:
    case RoadClass::kSecondaryLink:
    case RoadClass::kTertiaryLink: return true;
    default: return n[link].roundabout;
  }
}

double length_of(const Network& n, std::uint32_t link) { return n[n.links[link].first_lane].length_m; }

std::string letter_of(const Network& n, ConnectionId id) {
  const Connection& c = n[id];
  return n[c.from].id + " to " + n[c.to].id;
}

/// Streets, by name; links of no name count each for itself.
std::set<std::string> streets_at(const Network& n, const std::vector<std::uint32_t>& links) {
  std::set<std::string> names;
  for (const std::uint32_t k : links)
    if (is_main(n.links[k].road_class) && !n.links[k].roundabout)
      names.insert(n.links[k].name.empty() ? n.links[k].id : n.links[k].name);
  return names;
}

void never_green(Inspection& in) {
  const Network& n = in.network;
  for (std::uint32_t k = 0; k < n.connections.size(); ++k) {
    const Connection& c = n.connections[k];
    if (!c.signal.valid() || c.turn_on_red || !(n[c.from].allowed & n[c.to].allowed)) continue;
    const Signal& signal = n[c.signal];
    if (signal.active_program >= signal.programs.size()) continue;
    bool ever = false;
    for (const Phase& phase : signal.programs[signal.active_program].phases)
      ever |= c.signal_index < phase.state.size() &&
              std::string_view("GgsoO").find(phase.state[c.signal_index]) != std::string_view::npos;
    if (!ever)
      in.add(Aspect::kPrograms, Severity::kError, n[c.junction].at, signal.id, 1,
             "signal " + signal.id + " never shows green from " + letter_of(n, ConnectionId(k)));
  }
}

void odd_cycles(Inspection& in) {
  const Network& n = in.network;
  std::map<std::uint32_t, Point> place;
  for (const Connection& c : n.connections)
    if (c.signal.valid()) place.try_emplace(c.signal.value, n[c.junction].at);
  for (std::uint32_t k = 0; k < n.signals.size(); ++k) {
    const Signal& signal = n.signals[k];
    if (signal.active_program >= signal.programs.size() || !place.count(k)) continue;
    double cycle_s = 0, shortest_s = 1e9;
    for (const Phase& phase : signal.programs[signal.active_program].phases) {
      cycle_s += phase.duration_s;
      const bool changes = phase.state.find_first_of("yYu") != std::string::npos;
      if (!changes && phase.state.find('G') != std::string::npos)
        shortest_s = std::min(shortest_s, phase.duration_s);
    }
    if (cycle_s > kLongCycle_s)
      in.add(Aspect::kPrograms, Severity::kWarning, place[k], signal.id, 1,
             "signal " + signal.id + ": a cycle of " + fixed(cycle_s, 0) + " s");
    if (shortest_s < kShortGreen_s)
      in.add(Aspect::kPrograms, Severity::kNote, place[k], signal.id, 0.5,
             "signal " + signal.id + ": a green of " + fixed(shortest_s, 0) + " s");
  }
}

}  // namespace

std::vector<MeetingGreens> meeting_greens(const Network& network) {
  std::vector<MeetingGreens> found;
  for (const Conflict& conflict : network.conflicts) {
    const Connection& a = network[conflict.a];
    const Connection& b = network[conflict.b];
    if (conflict.merge || !a.signal.valid() || a.signal != b.signal) continue;
    const Signal& signal = network[a.signal];
    for (std::uint32_t p = 0; p < signal.programs.size(); ++p)
      for (std::uint32_t k = 0; k < signal.programs[p].phases.size(); ++k) {
        const std::string& state = signal.programs[p].phases[k].state;
        if (std::max(a.signal_index, b.signal_index) >= state.size()) continue;
        if (state[a.signal_index] == 'G' && state[b.signal_index] == 'G')
          found.push_back({a.signal, p, k, conflict.a, conflict.b});
      }
  }
  return found;
}

void inspect_junctions(Inspection& in) {
  const Network& n = in.network;
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (std::uint32_t k = 0; k < n.links.size(); ++k) {
    const Link& link = n.links[k];
    if (!in.open_to_cars(LinkId(k)) || is_link(n, LinkId(k)) || length_of(n, k) > kTooNear_m) continue;
    if (!pairs.insert(std::minmax(link.from.value, link.to.value)).second) continue;
    const auto meets = [&](JunctionId j) { return in.into[j.value].size() + in.out_of[j.value].size() > 4; };
    if (meets(link.from) && meets(link.to))
      in.add(Aspect::kJunctions, Severity::kWarning, in.middle_of(LinkId(k)), link.id, 1,
             in.street(LinkId(k)) + ": only " + fixed(length_of(n, k), 1) +
                 " m between two junctions; they may be one place");
  }
  for (std::uint32_t j = 0; j < n.junctions.size(); ++j)
    if (in.into[j].size() > kManyArms)
      in.add(Aspect::kJunctions, Severity::kWarning, n.junctions[j].at, n.junctions[j].id, 1,
             "junction " + n.junctions[j].id + ": " + std::to_string(in.into[j].size()) +
                 " links lead into it; several places may have been joined");
  std::set<std::uint32_t> told;
  for (const Connection& c : n.connections) {
    const double length_m = n[c.lane].length_m;
    if (length_m < kLongConnection_m || !told.insert(c.junction.value).second) continue;
    in.add(Aspect::kJunctions, Severity::kNote, n[c.junction].at, n[c.junction].id, 0.5,
           "junction " + n[c.junction].id + ": a path of " + fixed(length_m, 0) + " m inside it");
  }
}

void inspect_signals(Inspection& in) {
  const Network& n = in.network;
  std::vector<bool> signalled(n.junctions.size(), false);
  for (const Connection& c : n.connections)
    if (c.signal.valid()) signalled[c.junction.value] = true;
  double places = static_cast<double>(std::count(signalled.begin(), signalled.end(), true));
  for (std::uint32_t j = 0; j < n.junctions.size(); ++j) {
    const JunctionType type = n.junctions[j].type;
    if (signalled[j] || type == JunctionType::kRoundabout || type == JunctionType::kAllWayStop) continue;
    std::size_t main_arms = 0, primary_arms = 0;
    for (const std::uint32_t k : in.into[j]) {
      const RoadClass c = n.links[k].road_class;
      main_arms += is_main(c) && !n.links[k].roundabout;
      primary_arms += (c == RoadClass::kPrimary || c == RoadClass::kTrunk) && !n.links[k].roundabout;
    }
    const auto streets = streets_at(n, in.into[j]);
    bool crossed = false;  // streets that only join or part are no crossing
    for (const std::uint32_t k : in.out_of[j])
      crossed |= is_main(n.links[k].road_class) && streets_at(n, {k}) != streets && !n.links[k].roundabout;
    if ((main_arms < 4 && primary_arms < 3) || streets.size() < 2 || !crossed) continue;
    places += 1;
    std::string names;
    for (const auto& name : streets) names += (names.empty() ? "" : ", ") + name;
    in.add(Aspect::kSignals, Severity::kWarning, n.junctions[j].at, n.junctions[j].id, 1,
           "junction " + n.junctions[j].id + ": main roads cross without a signal or a roundabout (" +
               names.substr(0, 120) + ")");
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> told;
  for (std::uint32_t k = 0; k < n.links.size(); ++k) {
    const Link& link = n.links[k];
    const std::uint32_t a = std::min(link.from.value, link.to.value),
                        b = std::max(link.from.value, link.to.value);
    if (!in.open_to_cars(LinkId(k)) || a == b || !signalled[a] || !signalled[b]) continue;
    if (length_of(n, k) > kOneController_m || !told.insert({a, b}).second) continue;
    in.add(Aspect::kSignals, Severity::kNote, in.middle_of(LinkId(k)), link.id, 0.5,
           in.street(LinkId(k)) + ": two signals of their own, " + fixed(length_of(n, k), 0) +
               " m apart; one controller would keep the space between them free");
  }
  in.set_whole(Aspect::kSignals, places);
}

void inspect_programs(Inspection& in) {
  const Network& n = in.network;
  std::set<std::pair<std::uint32_t, std::uint32_t>> told;
  for (const MeetingGreens& m : meeting_greens(n)) {
    if (!told.insert({m.a.value, m.b.value}).second) continue;
    in.add(Aspect::kPrograms, Severity::kError, n[n[m.a].junction].at, n[m.signal].id, 1,
           "signal " + n[m.signal].id + ", program " + n[m.signal].programs[m.program].id + ", phase " +
               std::to_string(m.phase + 1) + ": green for both " + letter_of(n, m.a) + " and " +
               letter_of(n, m.b) + ", which cross");
  }
  never_green(in);
  odd_cycles(in);
}

}  // namespace arterial
