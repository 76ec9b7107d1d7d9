#include "scenarios/signals/signals.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <set>

#include "scenarios/signals/street_chain.h"
#include "scenarios/text.h"
#include "sim/model/atomic_file.h"

namespace arterial {
namespace {

constexpr double kPeak_s = 900;  // HCM: the flow rate of the busiest quarter of an hour is what counts
constexpr const char* kProgramName = "webster";

double cars_of(const VehicleType& type) {
  return type.vehicle_class == VehicleClass::kTruck || type.vehicle_class == VehicleClass::kBus ? 2.0 : 1.0;
}

/// The trips (sorted by departure) of the quarter of an hour that has most.
std::pair<std::size_t, std::size_t> busiest_trips(const std::vector<Trip>& trips) {
  std::pair<std::size_t, std::size_t> best{0, 0};
  for (std::size_t begin = 0, end = 0; begin < trips.size(); ++begin) {
    while (end < trips.size() && trips[end].depart_s < trips[begin].depart_s + kPeak_s) ++end;
    if (end - begin > best.second - best.first) best = {begin, end};
  }
  return best;
}

bool may_be_timed(const Signal& signal, bool all) {
  if (signal.active_program >= signal.programs.size() || (!signal.guessed && !all)) return false;
  const Program& program = signal.programs[signal.active_program];
  return !program.actuated && signal.switches.empty() &&
         std::all_of(program.phases.begin(), program.phases.end(),
                     [](const Phase& p) { return p.next.empty(); });
}

/// Somebody comes, and there are stages to share the cycle.
bool is_worth_timing(const Network& network, SignalId id, const Volumes_pcuph& volumes, bool all) {
  if (!may_be_timed(network[id], all)) return false;
  const Program& program = network[id].programs[network[id].active_program];
  const Timing timing = timing_of(network, id, program, volumes);
  return service_of(timing, program).critical_ratio > 0 &&
         std::count(timing.is_stage.begin(), timing.is_stage.end(), true) >= 2;
}

void set_program(Signal& signal, Program program) {
  program.id = kProgramName;
  std::string taken = program.id;
  const auto is_taken = [&](const Program& p) { return p.id == taken; };
  for (int n = 2; std::any_of(signal.programs.begin(), signal.programs.end(), is_taken); ++n)
    taken = std::string(kProgramName) + " " + std::to_string(n);
  program.id = taken;
  signal.programs.push_back(std::move(program));
  signal.active_program = static_cast<std::uint32_t>(signal.programs.size() - 1);
}

Program& active(Network& network, SignalId id) {
  Signal& signal = network.signals[id.value];
  return signal.programs[signal.active_program];
}

/// The active program with the stages and the green that the volumes ask for.
Program timed(const Network& network, SignalId id, const Volumes_pcuph& volumes, const CycleLimits& limits) {
  const Signal& signal = network[id];
  const Program staged = with_protected_lefts(network, id, signal.programs[signal.active_program], volumes);
  return retimed(timing_of(network, id, staged, volumes), staged, limits);
}

double cycle_of(const Program& program) {
  double sum = 0;
  for (const Phase& phase : program.phases) sum += phase.duration_s;
  return sum;
}

struct Street {
  std::string name;
  StreetChain chain;
  std::vector<SignalId> ids;
};

std::vector<Street> streets_of(const Network& network, const SignalsRequest& request) {
  std::vector<Street> streets;
  for (const std::string& name : request.along) {
    Street street{name, chain_along(network, name), {}};
    street.ids = signals_along(network, street.chain);
    std::erase_if(street.ids, [&](SignalId id) { return !may_be_timed(network[id], request.all); });
    if (street.ids.size() < 2)
      throw InputError(request.network, "--along " + name,
                       street.chain.there.empty()
                           ? "no street of that name goes on from link to link"
                           : "fewer than two fixed programs that may be timed lie on it",
                       "Name a street as the map does, or allow the source's programs with --all");
    streets.push_back(std::move(street));
  }
  return streets;
}

/// The longest that one of the signals needs; of many stages one may not fit into that, then what it needs.
double common_cycle(const Network& network, const std::set<SignalId>& ids, const Volumes_pcuph& volumes,
                    CycleLimits limits) {
  double longest_s = 0;
  for (const SignalId id : ids)
    longest_s = std::max(longest_s, cycle_of(timed(network, id, volumes, limits)));
  for (bool again = true; again;) {
    again = false;
    limits.common_s = longest_s;
    for (const SignalId id : ids) {
      const double cycle_s = cycle_of(timed(network, id, volumes, limits));
      if (cycle_s > longest_s) longest_s = cycle_s, again = true;
    }
  }
  return longest_s;
}

RetimedSignal retime(Network& network, SignalId id, const Volumes_pcuph& volumes, const CycleLimits& limits) {
  RetimedSignal entry{
      id, service_of(timing_of(network, id, active(network, id), volumes), active(network, id)), {}, 0};
  set_program(network.signals[id.value], timed(network, id, volumes, limits));
  entry.after = service_of(timing_of(network, id, active(network, id), volumes), active(network, id));
  return entry;
}

/// Offsets along one street; what another street's wave has set stays.
WaveReport make_wave(Network& network, const Street& street, int cycle_s, std::set<SignalId>& in_a_wave) {
  WaveReport report{street.name, street.ids.size(), cycle_s, {}, {}};
  auto waves = waves_along(network, street.chain, street.ids, cycle_s);
  for (std::size_t k = 0; k < waves.size(); ++k) waves[k].fixed = in_a_wave.count(street.ids[k]) > 0;
  report.before = wave_of(waves, cycle_s);
  report.after = make_green_wave(waves, cycle_s);
  for (std::size_t k = 0; k < waves.size(); ++k) active(network, street.ids[k]).offset_s = waves[k].offset_s;
  in_a_wave.insert(street.ids.begin(), street.ids.end());
  return report;
}

std::string csv_of(const Network& network, const SignalsResult& result) {
  std::string csv =
      "signal_id,cycle_before_s,cycle_s,offset_s,critical_ratio,saturation_before,saturation,delay_before_s,"
      "delay_s\n";
  for (const RetimedSignal& s : result.signals)
    csv += csv_words(network[s.signal].id) + "," + fixed(s.before.cycle_s, 0) + "," +
           fixed(s.after.cycle_s, 0) + "," + fixed(s.offset_s, 0) + "," + fixed(s.after.critical_ratio, 3) +
           "," + fixed(s.before.saturation, 3) + "," + fixed(s.after.saturation, 3) + "," +
           fixed(s.before.delay_s, 1) + "," + fixed(s.after.delay_s, 1) + "\n";
  return csv;
}

std::string text_of(const Network& network, const SignalsResult& result) {
  double before = 0, after = 0;
  std::size_t over = 0;
  for (const RetimedSignal& s : result.signals)
    before += s.before.delay_s, after += s.after.delay_s, over += s.after.saturation > 1;
  const double n = std::max<double>(1, static_cast<double>(result.signals.size()));
  std::string text = std::to_string(result.signals.size()) + " of " + std::to_string(network.signals.size()) +
                     " signals timed; mean delay by Webster's formula " + fixed(before / n, 1) + " -> " +
                     fixed(after / n, 1) + " s; " + std::to_string(over) + " stay over capacity\n";
  const auto way = [](const Drive& before, const Drive& after) {
    return fixed(before.stops, 1) + " -> " + fixed(after.stops, 1) + " stops, " + fixed(before.waits_s, 0) +
           " -> " + fixed(after.waits_s, 0) + " s of red, band " + std::to_string(before.band_s) + " -> " +
           std::to_string(after.band_s) + " s";
  };
  for (const WaveReport& w : result.waves)
    text += w.street + ": " + std::to_string(w.signals) + " signals at a cycle of " +
            std::to_string(w.cycle_s) + " s\n  there " + way(w.before.there, w.after.there) + "\n  back  " +
            way(w.before.back, w.after.back) + "\n";
  return text;
}

std::string drive_json(const Drive& d) {
  return "{\"stops\":" + json_number(d.stops, 2) + ",\"red_s\":" + json_number(d.waits_s, 1) +
         ",\"band_s\":" + std::to_string(d.band_s) + "}";
}

std::string json_of(const Network& network, const SignalsResult& result) {
  std::string json = "{\"signals\":" + std::to_string(network.signals.size()) +
                     ",\"timed\":" + std::to_string(result.signals.size()) + ",\"waves\":[";
  for (std::size_t k = 0; k < result.waves.size(); ++k) {
    const WaveReport& w = result.waves[k];
    json += (k ? "," : "") + std::string("{\"street\":") + json_string(w.street) +
            ",\"signals\":" + std::to_string(w.signals) + ",\"cycle_s\":" + std::to_string(w.cycle_s) +
            ",\"there\":" + drive_json(w.after.there) + ",\"back\":" + drive_json(w.after.back) + "}";
  }
  return json + "]}\n";
}

}  // namespace

Volumes_pcuph volumes_of(const Network& network, const Demand& demand) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> connections;
  for (std::uint32_t k = 0; k < network.connections.size(); ++k) {
    const Connection& c = network.connections[k];
    connections[{network[c.from].link.value, network[c.to].link.value}].push_back(k);
  }
  Volumes_pcuph volumes(network.connections.size(), 0);
  const auto [begin, end] = busiest_trips(demand.trips);
  for (std::size_t t = begin; t < end; ++t) {
    const Trip& trip = demand.trips[t];
    if (!trip.route.valid()) continue;
    const double cars_ph = cars_of(demand.types[trip.type.value]) * 3600 / kPeak_s;
    const auto& links = demand.routes[trip.route.value].links;
    for (std::size_t k = 0; k + 1 < links.size(); ++k) {
      const auto found = connections.find({links[k].value, links[k + 1].value});
      if (found == connections.end()) continue;
      for (const std::uint32_t c : found->second)
        volumes[c] += cars_ph / static_cast<double>(found->second.size());
    }
  }
  return volumes;
}

SignalsResult retime_signals(Network& network, const Volumes_pcuph& volumes, const SignalsRequest& request) {
  SignalsResult result;
  const auto streets = streets_of(network, request);
  std::set<SignalId> together;
  for (const Street& street : streets) together.insert(street.ids.begin(), street.ids.end());
  CycleLimits common = request.cycle;
  if (!together.empty()) common.common_s = common_cycle(network, together, volumes, request.cycle);
  for (std::uint32_t k = 0; k < network.signals.size(); ++k) {
    const SignalId id(k);
    const bool in_step = together.count(id) > 0;
    if (!in_step && !is_worth_timing(network, id, volumes, request.all)) {
      ++result.kept;
      continue;
    }
    result.signals.push_back(retime(network, id, volumes, in_step ? common : request.cycle));
  }
  std::set<SignalId> in_a_wave;
  for (const Street& street : streets)
    result.waves.push_back(
        make_wave(network, street, static_cast<int>(std::lround(common.common_s)), in_a_wave));
  for (RetimedSignal& entry : result.signals) entry.offset_s = active(network, entry.signal).offset_s;
  return result;
}

int signals(const SignalsRequest& request, const RunTools& tools, std::ostream& out) {
  Network network = tools.read_network(request.network);
  std::vector<DemandEntry> entries;
  for (const std::string& text : request.demand) entries.push_back(demand_entry(text));
  SimOptions options;
  options.begin_s = request.begin_s, options.end_s = request.end_s;
  const Demand demand = tools.read_demand(entries, network, options);
  const SignalsResult result = retime_signals(network, volumes_of(network, demand), request);
  if (!request.report.empty()) write_file_atomically(request.report, csv_of(network, result));
  write_network(network, request.out);
  if (request.json)
    out << json_of(network, result);
  else if (!request.quiet)
    out << text_of(network, result);
  return kDone;
}

}  // namespace arterial
