#include "gis/sumo_signals.h"

#include <algorithm>
#include <cmath>

#include "gis/xml_reader.h"

namespace arterial::sumo {
namespace {

constexpr double kUnlimited_s = 2147483;  // SUMO's maxDur where only minDur is stated

bool is_rail(const Logic& logic) { return logic.type == "rail_signal" || logic.type == "rail_crossing"; }

bool runs_by_vehicles(const std::string& type) {
  return type == "actuated" || type == "delay_based" || type == "NEMA";
}

double parameter(const NetFile& net, const Logic& logic, const std::string& key, double otherwise) {
  const auto found = logic.parameters.find(key);
  if (found == logic.parameters.end()) return otherwise;
  const auto value = to_number(found->second);
  if (!value || *value < 0 || *value > 1e6)
    net.fail(logic.source, "signal", logic.id,
             key + "=\"" + found->second.substr(0, 60) + "\" is no number of seconds",
             "Write a number from 0");
  return *value;
}

double offset_of(const NetFile& net, const Logic& logic, Network& network) {
  if (logic.offset == "begin") {
    network.problems.push_back({Severity::kGuess, "signal_offset_begin", logic.id, 0, 0,
                                "Program " + logic.program +
                                    " starts with the simulation in SUMO; its cycle is counted "
                                    "from 00:00 here"});
    return 0;
  }
  const auto offset = to_time(logic.offset);
  if (!offset || std::abs(*offset) > 1e8)
    net.fail(logic.source, "signal", logic.id, "offset=\"" + logic.offset.substr(0, 60) + "\" is not a time",
             "Write seconds");
  return *offset;
}

/// What SUMO shows with the signal switched off: o where one must yield, O where not.
Program off_program(SignalId id, const Network& network) {
  std::size_t letters = 1;
  for (const Connection& c : network.connections)
    if (c.signal == id) letters = std::max<std::size_t>(letters, c.signal_index + 1u);
  Phase phase;
  phase.duration_s = 3600;
  phase.state.assign(letters, 'O');
  for (const Connection& c : network.connections)
    if (c.signal == id && c.priority != Priority::kMajor) phase.state[c.signal_index] = 'o';
  Program program;
  program.id = "off";
  program.phases.push_back(std::move(phase));
  return program;
}

Program program_of(const NetFile& net, const Logic& logic, Network& network) {
  Program program;
  program.id = logic.program;
  program.actuated = runs_by_vehicles(logic.type);
  program.offset_s = offset_of(net, logic, network);
  program.max_gap_s = parameter(net, logic, "max-gap", program.max_gap_s);
  program.detector_gap_s = parameter(net, logic, "detector-gap", program.detector_gap_s);
  if (logic.type != "static" && logic.type != "actuated" && !logic.type.empty())
    network.problems.push_back({Severity::kGuess, "signal_type_replaced", logic.id, 0, 0,
                                "Program " + logic.program + " is of type " + logic.type.substr(0, 40) +
                                    "; it runs as " + (program.actuated ? "actuated" : "static")});
  double cycle = 0;
  for (const sumo::NetPhase& from : logic.phases) {
    Phase phase;
    phase.duration_s = from.duration_s;
    phase.min_s = from.min_s >= 0 ? from.min_s : from.duration_s;
    const double max_s = from.max_s >= 0 ? from.max_s : from.min_s >= 0 ? kUnlimited_s : from.duration_s;
    phase.max_s = std::max(max_s, phase.min_s);
    phase.state = from.state;
    for (const std::int64_t next : from.next) {
      if (next >= static_cast<std::int64_t>(logic.phases.size()))
        net.fail(logic.source, "signal", logic.id,
                 "a phase of program " + logic.program + " is followed by phase " + std::to_string(next) +
                     ", which does not exist",
                 "Correct the attribute next");
      phase.next.push_back(static_cast<std::uint32_t>(next));
    }
    cycle += phase.duration_s;
    program.phases.push_back(std::move(phase));
  }
  if (cycle <= 0)
    net.fail(logic.source, "signal", logic.id,
             "the phases of program " + logic.program + " last no time at all", "Give the phases a duration");
  return program;
}

void check_lengths(const NetFile& net, const Logic& logic, SignalId id, const Network& network) {
  for (const Connection& c : network.connections) {
    if (c.signal != id) continue;
    for (const sumo::NetPhase& phase : logic.phases)
      if (phase.state.size() <= c.signal_index)
        net.fail(logic.source, "signal", logic.id,
                 "state=\"" + phase.state.substr(0, 60) + "\" of program " + logic.program + " has " +
                     std::to_string(phase.state.size()) + " letters, but connection " + network[c.lane].id +
                     " has linkIndex " + std::to_string(c.signal_index),
                 "Give every phase a letter for each controlled connection");
  }
}

std::uint32_t program_index(Signal& signal, SignalId id, const std::string& program, const Network& network) {
  for (std::uint32_t i = 0; i < signal.programs.size(); ++i)
    if (signal.programs[i].id == program) return i;
  if (program != "off") return Id<void>::kNone;
  signal.programs.push_back(off_program(id, network));
  return static_cast<std::uint32_t>(signal.programs.size() - 1);
}

void add_switches(const NetFile& net, const std::unordered_map<std::string, SignalId>& ids,
                  Network& network) {
  for (const SwitchPlan& plan : net.switch_plans)
    for (const std::string& name : plan.signals) {
      const auto found = ids.find(name);
      if (found == ids.end())
        net.fail(plan.source, "WAUT", plan.id,
                 "it switches signal \"" + name.substr(0, 60) + "\", which does not exist",
                 "Correct the junctionID of its wautJunction");
      Signal& signal = network.signals[found->second.value];
      const auto index = [&](const std::string& program) {
        const std::uint32_t i = program_index(signal, found->second, program, network);
        if (i == Id<void>::kNone)
          net.fail(plan.source, "WAUT", plan.id,
                   "signal \"" + name + "\" has no program \"" + program.substr(0, 60) + "\"",
                   "Correct the program, or load the file that defines it first");
        return i;
      };
      signal.active_program = index(plan.start_program);
      for (const Switch& s : plan.switches)
        signal.switches.push_back({plan.reference_s + s.at_s, index(s.program)});
      std::stable_sort(signal.switches.begin(), signal.switches.end(),
                       [](const ProgramSwitch& a, const ProgramSwitch& b) { return a.at_s < b.at_s; });
    }
}

}  // namespace

std::unordered_map<std::string, SignalId> add_signals(const NetFile& net, Network& network) {
  std::unordered_map<std::string, SignalId> ids;
  for (const Logic& logic : net.logics) {
    if (is_rail(logic)) continue;
    if (logic.id.empty()) net.fail(logic.source, "tlLogic", "", "its id is empty", "Give it an id");
    if (!ids.emplace(logic.id, SignalId(static_cast<std::uint32_t>(network.signals.size()))).second) continue;
    Signal signal;
    signal.id = logic.id;
    signal.source_ids = {logic.id};
    network.signals.push_back(std::move(signal));
  }
  return ids;
}

void add_programs(const NetFile& net, const std::unordered_map<std::string, SignalId>& ids,
                  Network& network) {
  for (const Logic& logic : net.logics) {
    if (is_rail(logic)) continue;
    const SignalId id = ids.at(logic.id);
    Signal& signal = network.signals[id.value];
    const auto known = std::find_if(signal.programs.begin(), signal.programs.end(),
                                    [&](const Program& p) { return p.id == logic.program; });
    if (logic.phases.empty() &&
        known != signal.programs.end()) {  // SUMO: only the offset of a known program changes
      known->offset_s = offset_of(net, logic, network);
      continue;
    }
    if (known != signal.programs.end())
      net.fail(logic.source, "signal", logic.id, "program \"" + logic.program + "\" is defined twice",
               "Rename or remove one of the two programs");
    if (logic.phases.empty() && logic.program == "off") {
      signal.programs.push_back(off_program(id, network));
    } else {
      if (logic.phases.empty())
        net.fail(logic.source, "signal", logic.id, "program \"" + logic.program + "\" has no phases",
                 "Add its phases");
      check_lengths(net, logic, id, network);
      signal.programs.push_back(program_of(net, logic, network));
    }
    signal.active_program = static_cast<std::uint32_t>(signal.programs.size() - 1);
  }
  add_switches(net, ids, network);

  std::vector<bool> used(network.signals.size(), false);
  for (const Connection& c : network.connections)
    if (c.signal.valid()) used[c.signal.value] = true;
  for (std::size_t s = 0; s < used.size(); ++s)
    if (!used[s])
      network.problems.push_back({Severity::kNote, "signal_without_connections", network.signals[s].id, 0, 0,
                                  "No connection for vehicles obeys this signal"});
}

}  // namespace arterial::sumo
