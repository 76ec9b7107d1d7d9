// Queue discharge at a signal, measured as HCM 6 chapter 31 measures it in the field: the saturation headway
// is the mean from the 5th vehicle of a standing queue to its last, the start-up lost time is what the first
// four need beyond.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "scenarios/validate/cases.h"
#include "scenarios/validate/scene.h"

namespace arterial::validate {
namespace {

constexpr double kGreen = 70, kRed = 50, kCycle = kGreen + kRed;

/// The approach goes straight on to E, or only right (to S) or only left (to N); the street across goes with
/// its turn.
Network crossing(char out) {
  Streets s;
  s.node('W', -700, 0)
      .node('X', 0, 0, NodeControl::kSignal)
      .node('E', 700, 0)
      .node('N', 0, 300)
      .node('S', 0, -300);
  s.road("WX", 1);
  if (out == 'E') s.road("XE", 1);
  s.road(out == 'N' ? "SX" : "NX", 1);
  s.road(out == 'N' ? "XN" : "XS", 1);
  Network net = s.build();
  if (net.signals.size() != 1) throw std::logic_error("the crossing has no signal");
  std::string go(net.signals[0].programs.at(0).phases.at(0).state.size(), 'r'), amber = go, stop = go;
  const LinkId west = link_between(net, "WX");
  for (const Connection& c : net.connections)
    if (c.signal.valid() && net[c.from].link == west) go[c.signal_index] = 'G', amber[c.signal_index] = 'y';
  Program program;
  program.id = "0";
  program.phases = {{kGreen, 0, 0, go, {}}, {3, 0, 0, amber, {}}, {kRed - 3, 0, 0, stop, {}}};
  net.signals[0].programs = {program};
  return net;
}

struct Discharge {
  double flow_vph = 0, lost_s = 0;
  int cycles = 0;
  std::vector<double> headway_s;  // by place in the queue, first from the begin of green
  std::uint64_t violations = 0;
};

Discharge measure(double step_s, double truck_share, int cycles, char out = 'E') {
  Scene scene(crossing(out), {default_car(), default_truck()});
  scene.options.step_s = step_s;
  scene.options.end_s = kCycle * (cycles + 1);
  scene.saturate(std::string("WX") + out, 1.5, 0, scene.options.end_s, truck_share);
  // The queue when green begins: everybody who stands on the approach.
  const LinkId approach = link_between(scene.net, "WX");
  std::vector<int> queue(static_cast<std::size_t>(cycles) + 2, 0);
  scene.run([&](const Simulation&, const Snapshot& state) {
    const double phase = std::fmod(state.time_s, kCycle);
    if (phase > 1e-6) return;
    int n = 0;
    for (const VehicleSnapshot& v : state.vehicles)
      n += scene.net[v.lane].link == approach && v.speed_mps < 1;
    queue[static_cast<std::size_t>(std::lround(state.time_s / kCycle))] = n;
  });
  Discharge d;
  d.violations = scene.violations.total();
  double sum_s = 0, sum_headways = 0, first_four = 0;
  std::vector<double> by_place;
  std::vector<int> places;
  for (int k = 1; k <= cycles; ++k) {
    const double green = k * kCycle;
    const auto passed = scene.out_of("WX", green, green + kGreen + 3);
    const std::size_t last = std::min<std::size_t>(passed.size(), static_cast<std::size_t>(queue[k]));
    if (last < 12) continue;
    ++d.cycles;
    sum_s += passed[last - 1].time_s - passed[3].time_s;
    sum_headways += static_cast<double>(last - 4);
    first_four += passed[3].time_s - green;
    for (std::size_t i = 0; i < last; ++i) {
      if (by_place.size() <= i) by_place.push_back(0), places.push_back(0);
      by_place[i] += passed[i].time_s - (i == 0 ? green : passed[i - 1].time_s);
      ++places[i];
    }
  }
  const double headway = sum_headways > 0 ? sum_s / sum_headways : 1e9;
  d.flow_vph = 3600 / headway;
  d.lost_s = d.cycles > 0 ? first_four / d.cycles - 4 * headway : 1e9;
  for (std::size_t i = 0; i < by_place.size(); ++i)
    if (places[i] * 2 >= d.cycles) d.headway_s.push_back(by_place[i] / places[i]);
  return d;
}

}  // namespace

Section signal_discharge(const Effort& effort) {
  Section s;
  s.id = "discharge";
  s.title = "Signal discharge";
  s.words =
      "One straight lane, 50 km/h, level, " + number(kGreen) +
      " s of green for a queue that stands back beyond what "
      "green can serve; the default fleet. Saturation headway from the 5th vehicle to the last that stood "
      "when green "
      "began, start-up lost time of the first four (HCM 6, chapter 31; base saturation flow 1,900 pc/h/ln, "
      "chapter 19). Passenger-car equivalent of a truck from 1/(1 + P (E - 1)).";
  const int cycles = effort.quick ? 10 : 40;
  Plot plot;
  plot.title = "Headways at the stop line by place in the queue";
  plot.x_label = "place in the queue", plot.y_label = "headway (s)", plot.x_is_clock = false;
  std::uint64_t violations = 0;
  for (const double step : {0.1, 0.5, 1.0}) {
    const std::string at = "step " + number(step) + " s: ";
    const Discharge cars = measure(step, 0, cycles), mixed = measure(step, 0.1, cycles);
    s.within(at + "saturation flow", "pc/h/ln", 1900, cars.flow_vph, 0.05, number(cars.cycles) + " cycles");
    s.between(at + "start-up lost time", "s", 1.5, 2.5, cars.lost_s);
    s.told(at + "saturation flow with 10 % trucks", "veh/h/ln", mixed.flow_vph);
    s.told(at + "implied passenger-car equivalent of a truck", "pc",
           1 + (cars.flow_vph / mixed.flow_vph - 1) / 0.1, "HCM 6: 2.0 on level ground");
    const Discharge right = measure(step, 0, cycles / 2, 'S'), left = measure(step, 0, cycles / 2, 'N');
    s.beside(at + "protected right turn from its own lane", "pc/h/ln", 1900 / 1.18, right.flow_vph,
             "expected: HCM 6, equivalent of 1.18");
    s.beside(at + "protected left turn from its own lane", "pc/h/ln", 1900 / 1.05, left.flow_vph,
             "expected: HCM 6, equivalent of 1.05");
    violations += cars.violations + mixed.violations + right.violations + left.violations;
    PlotSeries line;
    line.name = "step " + number(step) + " s";
    for (std::size_t i = 0; i < cars.headway_s.size(); ++i)
      line.x.push_back(static_cast<double>(i + 1)), line.y.push_back(cars.headway_s[i]);
    plot.series.push_back(line);
  }
  s.count("violations", 0, static_cast<double>(violations));
  s.figures.push_back({"discharge.svg", plot});
  return s;
}

}  // namespace arterial::validate
