// A sensible fixed program for every place with signals: approaches that face each other go together where
// their paths allow it, others one after another; green is shared by class. All of it is a guess, and said
// so.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/model/build_context.h"

namespace arterial::build {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kFacing = 120 * kDegree;
constexpr double kBeside = 35 * kDegree;
constexpr double kStraight = 35 * kDegree;
constexpr double kPedestrianRed_s = 14;  // what a crossing between junctions takes from the street
constexpr double kProgression_mps = 11;  // offsets let a platoon arrive in step
constexpr double kMaxCycle_s = 120, kMinCycle_s = 60;
constexpr double kCar_m = 5;
constexpr double kTurning_mps =
    8.9;  // of a left turn that empties the junction (20 mph, as those guidelines have it)
constexpr double kWaitInside_m = 1;  // a front that far over its line waits inside the junction

bool is_green(char letter) { return letter == 'G' || letter == 'g'; }

/// Vehicles an hour on one lane, by class: only the proportions matter.
double lane_demand(RoadClass c) {
  switch (c) {
    case RoadClass::kMotorway:
    case RoadClass::kMotorwayLink:
    case RoadClass::kTrunk: return 650;
    case RoadClass::kTrunkLink:
    case RoadClass::kPrimary: return 550;
    case RoadClass::kPrimaryLink:
    case RoadClass::kSecondary: return 450;
    case RoadClass::kSecondaryLink:
    case RoadClass::kTertiary: return 330;
    case RoadClass::kTertiaryLink:
    case RoadClass::kUnclassified: return 220;
    case RoadClass::kResidential:
    case RoadClass::kBusway: return 180;
    default: return 100;
  }
}

struct Foe {
  std::uint32_t other = 0;  // local index
  bool yields = false;      // this one to the other
  bool other_yields = false;
};

struct Stage {
  std::vector<std::uint32_t> approaches;  // local
  std::string state;                      // G, g, r per controlled connection
  double weight = 0, min_green_s = 5;
};

class SignalMaker {
 public:
  SignalMaker(Context& context, std::uint32_t junction, std::uint32_t first, std::uint32_t last,
              std::size_t first_conflict, std::size_t last_conflict)
      : c_(context), net_(context.network), place_(context.streets.places[junction]), junction_(junction) {
    for (std::uint32_t k = first; k < last; ++k) {
      const LinkId link = net_[net_.connections[k].from].link;
      if (!has_signal(c_, link)) continue;
      local_.push_back(k);
      if (std::find(approaches_.begin(), approaches_.end(), link) == approaches_.end())
        approaches_.push_back(link);
    }
    foes_.resize(local_.size());
    for (std::size_t i = first_conflict; i < last_conflict; ++i) {
      const Conflict& k = net_.conflicts[i];
      const int a = local_of(k.a.value), b = local_of(k.b.value);
      if (a < 0 || b < 0) continue;
      foes_[a].push_back({static_cast<std::uint32_t>(b), k.a_yields, k.b_yields});
      foes_[b].push_back({static_cast<std::uint32_t>(a), k.b_yields, k.a_yields});
    }
  }

  void make() {
    if (local_.empty() || take_stated()) return;
    if (place_.crossing_signal) {
      Stage go{{}, std::string(local_.size(), 'G'), 1, 10};
      settle(go);
      stages_ = {go};
    } else {
      group_approaches();
      protect_lefts();
      if (stages_.size() < 2) {
        stages_.push_back({{}, std::string(local_.size(), 'r'), 0, 0});
        stages_.back().min_green_s = kPedestrianRed_s - clearance_of(stages_.front()).all_red_s;
      }
    }
    add_signal();
  }

 private:
  // -- programs that the plan states ------------------------------------------------------------------------

  std::uint32_t road_at(LinkId link, bool end) const {
    const auto& pieces = c_.street_of(link).pieces;
    return (end == c_.origins[link.value].forward ? pieces.back() : pieces.front()).road;
  }

  /// Which of the signal's turns each connection makes; kNoIndex where it states none for this way.
  std::vector<std::uint32_t> turns_of(const PlanSignal& stated) const {
    std::vector<std::uint32_t> turns(local_.size(), kNoIndex);
    for (std::uint32_t k = 0; k < local_.size(); ++k) {
      const std::uint32_t from = road_at(link_of(k), true);
      const std::uint32_t to = road_at(net_[net_.connections[local_[k]].to].link, false);
      for (std::uint32_t t = 0; t < stated.turns.size(); ++t)
        if (stated.turns[t].from_road == from && stated.turns[t].to_road == to &&
            std::binary_search(place_.nodes.begin(), place_.nodes.end(), stated.turns[t].node))
          turns[k] = t;
    }
    return turns;
  }

  /// False, and said, where an approach has no turn among those stated: it would never get green.
  bool take_stated() {
    const PlanSignal* stated = nullptr;
    for (const PlanSignal& s : c_.plan.signals)
      for (const PlanTurn& t : s.turns)
        if (std::binary_search(place_.nodes.begin(), place_.nodes.end(), t.node)) stated = &s;
    if (!stated || stated->programs.empty()) return false;
    const auto turns = turns_of(*stated);
    for (const LinkId approach : approaches_) {
      bool named = false;
      for (std::uint32_t k = 0; k < local_.size(); ++k)
        named = named || (link_of(k) == approach && turns[k] != kNoIndex);
      if (named) continue;
      c_.problems.push_back({Severity::kWarning, "signal_not_used", stated->id, place_.at.x, place_.at.y,
                             "The programs of signal " + stated->id + " name no way out of " +
                                 net_[approach].source_id + ": a program was made instead."});
      return false;
    }
    Signal signal;
    signal.active_program = stated->active_program;
    signal.switches = stated->switches;
    for (const Program& from : stated->programs) {
      Program program = from;
      for (Phase& phase : program.phases) phase.state = state_of(phase.state, turns);
      signal.programs.push_back(std::move(program));
      for (const Phase& phase : signal.programs.back().phases) stages_.push_back({{}, phase.state, 0, 0});
    }
    put_up(std::move(signal));
    return true;
  }

  /// The letters of turns as letters of connections; a way not named is green, and yields, with its approach.
  std::string state_of(const std::string& of_turns, const std::vector<std::uint32_t>& turns) const {
    Stage stage;
    stage.state.assign(local_.size(), 'r');
    for (std::uint32_t k = 0; k < local_.size(); ++k)
      if (turns[k] != kNoIndex) stage.state[k] = of_turns[turns[k]];
    for (std::uint32_t k = 0; k < local_.size(); ++k) {
      if (turns[k] != kNoIndex) continue;
      for (std::uint32_t i = 0; i < local_.size(); ++i)
        if (link_of(i) == link_of(k) && turns[i] != kNoIndex && stage.state[k] == 'r')
          stage.state[k] = stage.state[i] == 'G' ? 'g' : stage.state[i];
    }
    settle(stage);
    return stage.state;
  }

  int local_of(std::uint32_t connection) const {
    const auto it = std::lower_bound(local_.begin(), local_.end(), connection);
    return it != local_.end() && *it == connection ? static_cast<int>(it - local_.begin()) : -1;
  }
  LinkId link_of(std::uint32_t k) const { return net_[net_.connections[local_[k]].from].link; }
  double turn_of(std::uint32_t k) const { return c_.turn_of[local_[k]]; }
  double heading(LinkId l) const { return c_.origins[l.value].heading_end; }

  /// Whether two approaches may have green together: where their paths meet, one must yield by rule.
  bool compatible(LinkId a, LinkId b) const {
    for (std::uint32_t k = 0; k < local_.size(); ++k) {
      if (link_of(k) != a) continue;
      for (const Foe& f : foes_[k]) {
        if (link_of(f.other) != b) continue;
        const bool left_k = turn_of(k) > kStraight, left_other = turn_of(f.other) > kStraight;
        const bool k_gives = f.yields && (left_k || std::abs(turn_of(k)) > kStraight);
        const bool other_gives = f.other_yields && (left_other || std::abs(turn_of(f.other)) > kStraight);
        const bool both_left = left_k && left_other;
        if (!k_gives && !other_gives && !both_left) return false;
      }
    }
    return true;
  }

  void group_approaches() {
    struct Match {
      double angle;
      std::size_t a, b;
    };
    std::vector<Match> matches;
    for (std::size_t a = 0; a < approaches_.size(); ++a)
      for (std::size_t b = a + 1; b < approaches_.size(); ++b) {
        const double between = std::abs(turn_between(heading(approaches_[a]), heading(approaches_[b])));
        if (between < kBeside)
          matches.push_back({between / 2, a, b});
        else if (between > kFacing)
          matches.push_back({std::numbers::pi - between, a, b});
      }
    std::stable_sort(matches.begin(), matches.end(),
                     [](const Match& x, const Match& y) { return x.angle < y.angle; });
    std::vector<std::size_t> group(approaches_.size());
    for (std::size_t i = 0; i < group.size(); ++i) group[i] = i;
    for (const Match& m : matches) {
      if (group[m.a] == group[m.b]) continue;
      bool fits = true;
      for (std::size_t i = 0; i < group.size() && fits; ++i)
        for (std::size_t k = 0; k < group.size() && fits; ++k)
          if (group[i] == group[m.a] && group[k] == group[m.b]) {
            const double between = std::abs(turn_between(heading(approaches_[i]), heading(approaches_[k])));
            fits = (between < 60 * kDegree || between > 110 * kDegree) &&
                   compatible(approaches_[i], approaches_[k]);
          }
      if (!fits) continue;
      const std::size_t gone = group[m.b], into = group[m.a];
      for (std::size_t& g : group)
        if (g == gone) g = into;
    }
    for (std::size_t g = 0; g < group.size(); ++g) {
      Stage stage;
      for (std::size_t i = 0; i < group.size(); ++i)
        if (group[i] == g) stage.approaches.push_back(static_cast<std::uint32_t>(i));
      if (stage.approaches.empty()) continue;
      stage.state.assign(local_.size(), 'r');
      for (std::uint32_t k = 0; k < local_.size(); ++k)
        for (const std::uint32_t a : stage.approaches)
          if (link_of(k) == approaches_[a]) stage.state[k] = 'G';
      for (const std::uint32_t a : stage.approaches) {
        const RoadClass c = net_[approaches_[a]].road_class;
        stage.weight = std::max(stage.weight, lane_demand(c));
        stage.min_green_s = std::max(stage.min_green_s, is_minor(c) ? 7.0 : 10.0);
      }
      settle(stage);
      stages_.push_back(std::move(stage));
    }
    // The heaviest road first, so that the cycle begins with it and offsets mean something.
    std::stable_sort(stages_.begin(), stages_.end(),
                     [](const Stage& a, const Stage& b) { return a.weight > b.weight; });
  }

  /// Of two paths that meet and are both green, at least one gets 'g'; where neither yields by rule, both do.
  void settle(Stage& stage) const {
    for (std::uint32_t k = 0; k < local_.size(); ++k)
      for (const Foe& f : foes_[k]) {
        if (f.other < k || !is_green(stage.state[k]) || !is_green(stage.state[f.other])) continue;
        if (f.yields || !f.other_yields) stage.state[k] = 'g';
        if (f.other_yields || !f.yields) stage.state[f.other] = 'g';
      }
  }

  /// A left turn with lanes of its own against a wide main road gets a stage of its own.
  void protect_lefts() {
    std::vector<Stage> out;
    for (Stage& stage : stages_) {
      Stage lefts;
      lefts.state.assign(local_.size(), 'r');
      bool any = false;
      for (std::uint32_t k = 0; k < local_.size(); ++k)
        if (stage.state[k] == 'g' && turn_of(k) > kStraight && own_lane(k) && heavy_foe(k, stage))
          lefts.state[k] = 'G', any = true;
      for (std::uint32_t k = 0; k < local_.size() && any; ++k)
        for (const Foe& f : foes_[k])
          if (lefts.state[k] == 'G' && lefts.state[f.other] == 'G' && link_of(k) != link_of(f.other))
            any = false;
      if (!any) {
        out.push_back(std::move(stage));
        continue;
      }
      for (std::uint32_t k = 0; k < local_.size(); ++k)
        if (lefts.state[k] == 'G') {
          stage.state[k] = 'r';
          lefts.weight = std::max(lefts.weight, 0.45 * lane_demand(net_[link_of(k)].road_class));
        }
      settle(lefts);
      lefts.min_green_s = 8;
      refresh(stage);
      out.push_back(std::move(stage));
      out.push_back(std::move(lefts));
    }
    stages_ = std::move(out);
  }

  /// With the lefts gone, others may have lost the foe they had to yield to.
  void refresh(Stage& stage) {
    for (char& c : stage.state)
      if (c == 'g') c = 'G';
    settle(stage);
  }

  bool own_lane(std::uint32_t k) const {
    const LaneId lane = net_.connections[local_[k]].from;
    for (std::uint32_t i = 0; i < local_.size(); ++i)
      if (net_.connections[local_[i]].from == lane && turn_of(i) <= kStraight) return false;
    return true;
  }

  bool heavy_foe(std::uint32_t k, const Stage& stage) const {
    int lanes = 0;
    for (const Foe& f : foes_[k]) {
      const Link& link = net_[link_of(f.other)];
      if (stage.state[f.other] != 'r' && f.yields && std::abs(turn_of(f.other)) < kStraight &&
          priority_of(link.road_class) >= priority_of(RoadClass::kSecondary))
        ++lanes;
    }
    return lanes >= 2;
  }

  double cycle() const {
    bool main_road = false;
    for (const LinkId l : approaches_)
      main_road = main_road || priority_of(net_[l].road_class) >= priority_of(RoadClass::kTertiary);
    const double stages = static_cast<double>(stages_.size());
    double cycle = c_.options.cycle_s + 10 * std::max(0.0, stages - 2);
    if (!main_road && stages <= 2) cycle = kMinCycle_s;
    return std::clamp(std::round(cycle), kMinCycle_s, kMaxCycle_s);
  }

  struct Clearance {
    double amber_s = 0, all_red_s = 0;
    double sum() const { return amber_s + all_red_s; }
  };

  /// What follows a stage: fast approaches need a longer amber, wide junctions more time to empty. Amber: 1 s
  /// to react and speed / 6.1 m/s2; all red: (path + car) / speed on it, less the 1 s that others take to
  /// start (Institute of Transportation Engineers, Guidelines for Determining Traffic Signal Change and
  /// Clearance Intervals, 2020). Whole seconds, so that every step shows them as they are.
  Clearance clearance_of(const Stage& stage) const {
    double fastest_mps = 0, empties_s = 0;
    for (std::uint32_t k = 0; k < local_.size(); ++k) {
      if (!is_green(stage.state[k])) continue;
      const Connection& c = net_.connections[local_[k]];
      const double approach_mps = net_[c.from].speed_mps;
      const double on_it_mps = std::max(kTurning_mps, std::min(approach_mps, net_[c.lane].speed_mps));
      fastest_mps = std::max(fastest_mps, approach_mps);
      empties_s = std::max(empties_s, (net_[c.lane].length_m + kCar_m) / on_it_mps - 1);
    }
    Clearance clearance{c_.options.amber_s, c_.options.all_red_s};
    if (clearance.amber_s < 0) clearance.amber_s = std::clamp(std::round(1 + fastest_mps / 6.1), 3.0, 6.0);
    if (clearance.all_red_s < 0) clearance.all_red_s = std::clamp(std::round(empties_s), 1.0, 5.0);
    return clearance;
  }

  void add_signal() {
    const std::size_t n = stages_.size();
    std::vector<Clearance> clearance(n);
    for (std::size_t i = 0; i < n; ++i) clearance[i] = clearance_of(stages_[i]);
    double total = cycle();
    std::vector<double> green(n);
    double weights = 0, least = 0, lost = place_.crossing_signal ? kPedestrianRed_s : 0;
    for (const Stage& s : stages_) weights += s.weight, least += s.min_green_s;
    for (const Clearance& c : clearance) lost += c.sum();
    total = std::max(total, least + lost);
    double used = lost;
    for (std::size_t i = 0; i < n; ++i) {
      const double spare = total - least - lost;
      green[i] = std::round(stages_[i].min_green_s + (weights > 0 ? spare * stages_[i].weight / weights : 0));
      used += green[i];
    }
    green[0] = std::max(1.0, green[0] + std::round(total - used));

    Program program;
    program.id = "guessed";
    for (std::size_t i = 0; i < n; ++i) {
      const std::string& now = stages_[i].state;
      const std::string& next = stages_[(i + 1) % n].state;
      const bool pause = place_.crossing_signal;
      std::string yellow = now, red = now;
      for (std::size_t k = 0; k < now.size(); ++k) {
        if (now[k] == 'r' || (next[k] != 'r' && !pause)) continue;
        yellow[k] = 'y';
        red[k] = 'r';
      }
      add_phase(program, green[i], now);
      if (yellow == now) continue;
      add_phase(program, clearance[i].amber_s, yellow);
      add_phase(program, clearance[i].all_red_s + (pause ? kPedestrianRed_s : 0), red);
    }
    double sum = 0;
    for (const Phase& p : program.phases) sum += p.duration_s;
    const double along = (std::abs(place_.at.x) + std::abs(place_.at.y)) / kProgression_mps;
    program.offset_s = std::floor(std::fmod(along, sum));

    Signal signal;
    signal.guessed = true;
    signal.programs.push_back(std::move(program));
    put_up(std::move(signal));
  }

  void put_up(Signal signal) {
    signal.id = net_.junctions[junction_].id;
    for (const std::uint32_t node : place_.signal_nodes) signal.source_ids.push_back(c_.plan.nodes[node].id);
    const SignalId id(static_cast<std::uint32_t>(net_.signals.size()));
    for (std::size_t k = 0; k < local_.size(); ++k) {
      Connection& connection = net_.connections[local_[k]];
      connection.signal = id;
      connection.signal_index = static_cast<std::uint16_t>(k);
    }
    net_.signals.push_back(std::move(signal));
    waiting_places();
  }

  static void add_phase(Program& program, double duration_s, const std::string& state) {
    if (duration_s <= 0) return;
    if (!program.phases.empty() && program.phases.back().state == state) {
      program.phases.back().duration_s += duration_s;
      return;
    }
    Phase phase;
    phase.duration_s = phase.min_s = phase.max_s = duration_s;
    phase.state = state;
    program.phases.push_back(std::move(phase));
  }

  /// A left turn that is green but yields may wait in the middle, before the first path it yields to.
  void waiting_places() {
    for (std::uint32_t k = 0; k < local_.size(); ++k) {
      bool permissive = false;
      for (const Stage& s : stages_) permissive = permissive || s.state[k] == 'g';
      if (!permissive || turn_of(k) <= kStraight) continue;
      Connection& connection = net_.connections[local_[k]];
      double first = 1e9;
      for (const Conflict& f : conflicts_of(connection)) {
        const bool is_a = f.a.value == local_[k];
        const LinkId other = net_[net_[is_a ? f.b : f.a].from].link;
        if (std::abs(turn_between(heading(link_of(k)), heading(other))) > kFacing)
          first = std::min<double>(first, is_a ? f.a_begin_m : f.b_begin_m);
      }
      if (first < 1e8 && first - 0.5 >= kWaitInside_m) connection.wait_m = first - 0.5;
    }
  }

  std::vector<Conflict> conflicts_of(const Connection& connection) const {
    std::vector<Conflict> out;
    const auto begin =
        std::lower_bound(net_.conflicts.begin(), net_.conflicts.end(), junction_,
                         [&](const Conflict& k, std::uint32_t j) { return net_[k.a].junction.value < j; });
    for (auto it = begin; it != net_.conflicts.end() && net_[it->a].junction.value == junction_; ++it)
      if (net_[it->a].lane == connection.lane || net_[it->b].lane == connection.lane) out.push_back(*it);
    return out;
  }

  Context& c_;
  Network& net_;
  const Place& place_;
  std::uint32_t junction_;
  std::vector<std::uint32_t> local_;  // controlled connections, ascending
  std::vector<LinkId> approaches_;
  std::vector<std::vector<Foe>> foes_;
  std::vector<Stage> stages_;
};

bool right_on_red(const StreetPlan& plan) { return plan.country == "US" || plan.country == "CA"; }

}  // namespace

void make_signals(Context& context) {
  Network& net = context.network;
  std::uint32_t connection = 0;
  std::size_t conflict = 0;
  for (std::uint32_t j = 0; j < net.junctions.size(); ++j) {
    const std::uint32_t first = connection;
    const std::size_t first_conflict = conflict;
    while (connection < net.connections.size() && net.connections[connection].junction.value == j)
      ++connection;
    while (conflict < net.conflicts.size() && net[net.conflicts[conflict].a].junction.value == j) ++conflict;
    if (context.streets.places[j].signal)
      SignalMaker(context, j, first, connection, first_conflict, conflict).make();
  }
  if (!right_on_red(context.plan)) return;
  for (std::size_t k = 0; k < net.connections.size(); ++k)
    if (net.connections[k].signal.valid() && net.connections[k].turn == Turn::kRight)
      net.connections[k].turn_on_red = true;
}

}  // namespace arterial::build
