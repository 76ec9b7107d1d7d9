// The signal tables of a GMNS folder as programs. Phases stand in rings that run side by side and end
// together at barriers (NEMA TS 2): the rings are laid over each other, and each stretch in which nothing
// changes is a phase of the program.
#include <algorithm>
#include <cmath>
#include <set>

#include "gis/gmns_rows.h"
#include "gis/gmns_tables.h"

namespace arterial::gis {
namespace {

using gmns::number_or;

constexpr std::size_t kMostRows = 1'000'000;
constexpr double kCycleSlack_s = 2;  // between the sum of the phases and the stated cycle
constexpr int kWednesday = 3;        // of the bits Sunday to Saturday, holiday: the day that is run

struct Row {  // of signal_timing_phase
  std::string plan;
  int number = 0, ring = 0, barrier = 0, position = 0;
  double green_s = 0, clearance_s = 0;
  std::vector<std::pair<std::uint32_t, bool>> movements;  // row of movements, permitted
};

struct TimingPlan {
  std::string id;
  double cycle_s = 0;  // 0: none, actuated
  bool timed = false;
  bool used = true;  // on the day that is run
  double from_s = 0, until_s = 0;
};

struct Coordination {
  int phase = 0;
  char reference = 'g';  // begin of green, yellow, red
  double offset_s = 0;
};

/// When a row is green, yellow and red within the cycle.
struct Span {
  const Row* row;
  double begin, green_end, yellow_end, end;
};

class SignalReader {
 public:
  SignalReader(const GmnsTables& tables, StreetPlan& plan) : t_(tables), plan_(plan) {}

  void read() {
    if (!read_phases()) return;
    read_plans();
    read_movements();
    read_coordination();
    std::map<std::string, std::map<std::string, std::vector<const Row*>>> by_node;  // then by timing plan
    for (const auto& [id, row] : rows_) {
      std::set<std::string> nodes;
      for (const auto& [m, permitted] : row.movements) nodes.insert(t_.movements[m].node);
      for (const std::string& node : nodes) by_node[node][row.plan].push_back(&row);
    }
    for (const auto& [node, plans] : by_node) add_signal(node, plans);
  }

 private:
  /// The table's rows, at most a million of them.
  bool rows_of(const char* name, std::initializer_list<const char*> required,
               std::initializer_list<const char*> optional,
               const std::function<void(const CsvRow&)>& use) const {
    std::size_t rows = 0;
    return gmns::rows_of(t_.folder, name, required, optional, [&](const CsvRow& row) {
      if (++rows > kMostRows) row.fail(0, "is beyond a million rows", "Import a part of the network");
      use(row);
    });
  }

  bool read_phases() {
    enum : std::size_t { kId, kPlan, kNumber, kRing, kBarrier, kPosition, kMin, kMax, kClearance };
    return rows_of("signal_timing_phase.csv",
                   {"timing_phase_id", "timing_plan_id", "signal_phase_num", "ring", "barrier", "position"},
                   {"min_green", "max_green", "clearance"}, [&](const CsvRow& row) {
                     Row r;
                     r.plan = row.text(kPlan);
                     r.number = static_cast<int>(row.number(kNumber, 0, 1000));
                     r.ring = static_cast<int>(row.number(kRing, 0, 12));
                     r.barrier = static_cast<int>(row.number(kBarrier, 0, 12));
                     r.position = static_cast<int>(row.number(kPosition, 0, 1000));
                     const double least = number_or(row, kMin, 0, 600, 0);
                     r.green_s = std::max(1.0, number_or(row, kMax, 0, 600, least));
                     r.clearance_s = number_or(row, kClearance, 0, 120, 5);
                     rows_.emplace(std::string(row.text(kId)), std::move(r));
                   });
  }

  void read_plans() {
    enum : std::size_t { kId, kTimeDay, kCycle };
    rows_of("signal_timing_plan.csv", {"timing_plan_id"}, {"time_day", "cycle_length"},
            [&](const CsvRow& row) {
              TimingPlan p;
              p.id = row.text(kId);
              p.cycle_s = number_or(row, kCycle, 0, 600, 0);
              read_time(row, kTimeDay, p);
              timing_.emplace(p.id, p);
            });
  }

  /// "01111100_06:00_09:00": a bit for each day from Sunday and for holidays, then the hours.
  static void read_time(const CsvRow& row, std::size_t column, TimingPlan& p) {
    const std::string_view text = row.text(column);
    if (text.empty()) return;
    const auto first = text.find('_'), second = text.find('_', first + 1);
    const auto clock = [&](std::string_view t) {
      std::string digits;
      for (const char c : t)
        if (c != ':') digits += c;
      if (digits.size() != 4 || digits.find_first_not_of("0123456789") != std::string::npos)
        row.fail(column, "is no days_HHMM_HHMM", "Write for instance 01111100_0600_0900");
      return std::stoi(digits.substr(0, 2)) * 3600.0 + std::stoi(digits.substr(2)) * 60.0;
    };
    if (first == std::string_view::npos || second == std::string_view::npos || first < 7)
      row.fail(column, "is no days_HHMM_HHMM", "Write for instance 01111100_0600_0900");
    p.timed = true;
    p.used = text[kWednesday] == '1';
    p.from_s = clock(text.substr(first + 1, second - first - 1));
    p.until_s = clock(text.substr(second + 1));
  }

  void read_movements() {
    enum : std::size_t { kPhase, kMovement, kProtection };
    rows_of("signal_phase_mvmt.csv", {"timing_phase_id"}, {"mvmt_id", "protection"}, [&](const CsvRow& row) {
      const auto phase = rows_.find(std::string(row.text(kPhase)));
      const auto movement = t_.movement_at.find(std::string(row.text(kMovement)));
      if (phase == rows_.end() || movement == t_.movement_at.end()) return;  // of pedestrians
      if (phase->second.movements.size() >= 200)
        row.fail(kPhase, "has more than 200 movements", "Correct the table");
      phase->second.movements.emplace_back(movement->second, row.text(kProtection) == "permitted");
    });
  }

  void read_coordination() {
    enum : std::size_t { kPlan, kController, kPhase, kReference, kOffset };
    rows_of("signal_coordination.csv", {"timing_plan_id", "controller_id"},
            {"coord_phase", "coord_ref_to", "offset"}, [&](const CsvRow& row) {
              if (row.text(kPhase).empty() || row.text(kOffset).empty()) return;
              Coordination c;
              c.phase = static_cast<int>(row.number(kPhase, 0, 32));
              c.offset_s = row.number(kOffset, 0, 3600);
              const std::string_view word = row.text(kReference);
              c.reference = word.ends_with("yellow") ? 'y' : word.ends_with("red") ? 'r' : 'g';
              coordination_[{std::string(row.text(kPlan)), std::string(row.text(kController))}] = c;
            });
  }

  // -- programs -------------------------------------------------------------------------------------------

  void problem(Severity severity, const char* code, const std::string& node, std::string words) {
    const Point at = plan_.nodes[t_.node_at.at(node)].at;
    plan_.problems.push_back({severity, code, node, at.x, at.y, std::move(words)});
  }

  void add_signal(const std::string& node, const std::map<std::string, std::vector<const Row*>>& plans) {
    PlanSignal signal;
    signal.id = node;
    const std::uint32_t at = t_.node_at.at(node);
    std::map<std::uint32_t, std::size_t> turn_at;  // by row of movements
    for (const auto& [plan, rows] : plans)
      for (const Row* row : rows)
        for (const auto& [m, permitted] : row->movements)
          if (t_.movements[m].node == node && turn_at.emplace(m, signal.turns.size()).second)
            signal.turns.push_back({t_.road_of[t_.movements[m].in], at, t_.road_of[t_.movements[m].out]});
    std::uint32_t usual = kNoRoad;
    for (const auto& [id, rows] : plans) {
      const auto timing = timing_.find(id);
      const TimingPlan plan = timing == timing_.end() ? TimingPlan{id} : timing->second;
      if (!plan.used) {
        ++other_days_;
        continue;
      }
      auto program = program_of(plan, rows, turn_at, signal.turns.size(), node);
      if (!program) continue;
      const auto index = static_cast<std::uint32_t>(signal.programs.size());
      if (!plan.timed)
        usual = index;
      else
        signal.switches.push_back({plan.from_s, index});
      if (plan.timed) ends_.push_back({plan.until_s, index});
      signal.programs.push_back(std::move(*program));
    }
    if (!signal.programs.empty()) {
      signal.active_program = usual == kNoRoad ? 0 : usual;
      switch_back(signal);
      plan_.nodes[at].control = NodeControl::kSignal;
      plan_.signals.push_back(std::move(signal));
    }
    ends_.clear();
  }

  /// After a timed plan the usual one runs again, unless another begins just then.
  void switch_back(PlanSignal& signal) const {
    for (const auto& timed : ends_) {
      const double until_s = timed.first;
      const bool begins = std::any_of(signal.switches.begin(), signal.switches.end(),
                                      [&](const ProgramSwitch& s) { return s.at_s == until_s; });
      if (!begins && until_s < 86'400) signal.switches.push_back({until_s, signal.active_program});
    }
    std::stable_sort(signal.switches.begin(), signal.switches.end(),
                     [](const ProgramSwitch& a, const ProgramSwitch& b) { return a.at_s < b.at_s; });
  }

  /// The rings side by side. The shorter ring rests in its last green before each barrier.
  std::vector<Span> spans_of(const std::vector<const Row*>& rows, double amber_s, double& cycle_s) const {
    std::map<int, std::map<int, std::vector<const Row*>>> barriers;  // then rings
    for (const Row* row : rows) barriers[row->barrier][row->ring].push_back(row);
    std::vector<Span> spans;
    double at = 0;
    for (auto& [barrier, rings] : barriers) {
      double longest = 0;
      for (auto& [ring, phases] : rings) {
        std::stable_sort(phases.begin(), phases.end(),
                         [](const Row* a, const Row* b) { return a->position < b->position; });
        double sum = 0;
        for (const Row* row : phases) sum += row->green_s + row->clearance_s;
        longest = std::max(longest, sum);
      }
      for (const auto& [ring, phases] : rings) {
        double begin = at;
        for (const Row* row : phases) {
          Span span{row, begin, begin + row->green_s, 0, begin + row->green_s + row->clearance_s};
          if (row == phases.back()) span.end = at + longest, span.green_end = span.end - row->clearance_s;
          span.yellow_end = std::min(span.end, span.green_end + amber_s);
          begin = span.end;
          spans.push_back(span);
        }
      }
      at += longest;
    }
    cycle_s = at;
    return spans;
  }

  std::optional<Program> program_of(const TimingPlan& plan, const std::vector<const Row*>& rows,
                                    const std::map<std::uint32_t, std::size_t>& turn_at, std::size_t turns,
                                    const std::string& node) {
    double fastest = 0;
    for (const auto& [m, turn] : turn_at)
      fastest = std::max(fastest, t_.links[t_.movements[m].in].link.way.speed_mps);
    double cycle = 0;
    auto spans = spans_of(rows, std::clamp(1 + fastest / 6.1, 3.0, 6.0), cycle);
    if (plan.cycle_s > 0 && std::abs(cycle - plan.cycle_s) > kCycleSlack_s) {
      problem(Severity::kWarning, "timing_plan_not_used", node,
              "Timing plan " + plan.id + " at node " + node + " has a cycle of " + seconds(plan.cycle_s) +
                  ", but its phases take " + seconds(cycle) + ": it is not used.");
      return std::nullopt;
    }
    if (plan.cycle_s > 0) stretch(spans, cycle, plan.cycle_s);
    Program program;
    program.id = plan.id.empty() ? "plan" : plan.id;
    program.offset_s = offset_of(plan, spans, cycle, node);
    std::set<double> changes{0, cycle};
    for (const Span& s : spans) changes.insert({s.begin, s.green_end, s.yellow_end, s.end});
    for (auto it = changes.begin(); std::next(it) != changes.end(); ++it) {
      const double length = *std::next(it) - *it;
      if (length < 1e-6) continue;
      Phase phase;
      phase.duration_s = phase.min_s = phase.max_s = length;
      phase.state = state_at((*it + *std::next(it)) / 2, spans, turn_at, turns);
      if (!program.phases.empty() && program.phases.back().state == phase.state)
        for (double* d :
             {&program.phases.back().duration_s, &program.phases.back().min_s, &program.phases.back().max_s})
          *d += length;
      else
        program.phases.push_back(std::move(phase));
    }
    if (plan.cycle_s <= 0)
      problem(Severity::kNote, "actuated_plan_fixed", node,
              "Timing plan " + plan.id + " at node " + node +
                  " states no cycle, so it is actuated: it runs " + "with its longest greens, a cycle of " +
                  seconds(cycle) + ".");
    return program;
  }

  /// The second or two that a cycle is longer than its phases belong to the last greens; shorter, likewise.
  static void stretch(std::vector<Span>& spans, double& cycle, double wanted) {
    for (Span& s : spans)
      if (s.end == cycle) {
        const double more = wanted - cycle;
        s.green_end = std::max(s.begin + 1, s.green_end + more);
        s.yellow_end += more;
        s.end = wanted;
      }
    cycle = wanted;
  }

  double offset_of(const TimingPlan& plan, const std::vector<Span>& spans, double cycle,
                   const std::string& node) const {
    const auto it = coordination_.find({plan.id, node});
    if (it == coordination_.end() || !(cycle > 0)) return 0;
    for (const Span& s : spans) {
      if (s.row->number != it->second.phase) continue;
      const double at = it->second.reference == 'y'   ? s.green_end
                        : it->second.reference == 'r' ? s.yellow_end
                                                      : s.begin;
      const double offset = std::fmod(it->second.offset_s - at, cycle);
      return offset < 0 ? offset + cycle : offset;
    }
    return it->second.offset_s;
  }

  std::string state_at(double time, const std::vector<Span>& spans,
                       const std::map<std::uint32_t, std::size_t>& turn_at, std::size_t turns) const {
    std::string state(turns, 'r');
    for (const Span& s : spans) {
      if (time < s.begin || time > s.yellow_end) continue;
      for (const auto& [m, permitted] : s.row->movements) {
        const auto turn = turn_at.find(m);
        if (turn == turn_at.end()) continue;
        char& letter = state[turn->second];
        const char mine = time > s.green_end ? 'y' : permitted ? 'g' : 'G';
        if (letter == 'r' || mine == 'G' || (letter == 'y' && mine == 'g')) letter = mine;
      }
    }
    return state;
  }

  static std::string seconds(double s) { return std::to_string(std::lround(s)) + " s"; }

  const GmnsTables& t_;
  StreetPlan& plan_;
  std::map<std::string, Row> rows_;
  std::map<std::string, TimingPlan> timing_;
  std::map<std::pair<std::string, std::string>, Coordination> coordination_;  // by plan and controller
  std::vector<std::pair<double, std::uint32_t>> ends_;                        // of timed plans of a signal
  std::size_t other_days_ = 0;

 public:
  std::size_t other_days() const { return other_days_; }
};

}  // namespace

void read_gmns_signals(const GmnsTables& tables, StreetPlan& plan) {
  SignalReader reader(tables, plan);
  reader.read();
  if (reader.other_days() > 0)
    plan.problems.push_back({Severity::kNote, "other_days_not_used", "", 0, 0,
                             counted(reader.other_days(), "timing plan", "timing plans") +
                                 " for other days than Wednesday, the day that is run."});
}

}  // namespace arterial::gis
