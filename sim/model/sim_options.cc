#include "sim/model/sim_options.h"

#include <array>
#include <charconv>
#include <cmath>

#include "sim/model/problem.h"

namespace arterial {
namespace {

using S = SimOptions;
constexpr double kYear_s = 366 * 86400.0;

constexpr std::array<OptionSpec, 16> kTable{{
    {"begin", "time.begin", OptionUnit::kClock, 0, kLatest_s, &S::begin_s,
     "first state; trips before it are rejected"},
    {"end", "time.end", OptionUnit::kClock, 0, kLatest_s, &S::end_s,
     "last state; trips after it stay scheduled"},
    {"step", "time.step", OptionUnit::kDuration, 0.1, 1, &S::step_s, "time step; must divide one second"},
    {"warm-up", "time.warm_up", OptionUnit::kDuration, 0, kYear_s, &S::warm_up_s,
     "results of this long after the begin are left out"},
    {"seed", "seed", OptionUnit::kCount, 0, 1.8446744073709552e19, &S::seed, "of every random number"},
    {"replicas", "replicas", OptionUnit::kCount, 1, 65536, &S::replicas,
     "copies of the city run at once; replica r has seed + r"},
    {"backend", "backend", OptionUnit::kBackend, 0, 0, &S::backend,
     "cpu, cuda, or auto: cuda where a device is"},
    {"threads", "threads", OptionUnit::kCount, 0, 4096, &S::threads, "of the cpu backend; 0: all cores"},
    {"interval", "outputs.interval", OptionUnit::kDuration, 1, kYear_s, &S::interval_s,
     "of links.csv, movements.csv and detectors.csv"},
    {"reroute-share", "rerouting.share", OptionUnit::kNumber, 0, 1, &S::reroute_share,
     "of drivers who reroute on measured times"},
    {"reroute-period", "rerouting.period", OptionUnit::kDuration, 1, kYear_s, &S::reroute_period_s,
     "between two looks at the measured times"},
    {"departure-choice", "rerouting.departure_choice", OptionUnit::kDuration, 0, kYear_s,
     &S::departure_choice_s,
     "between two looks at the measured times by trips that choose their way when they depart (SUMO's "
     "without a route); 0: the quickest way of an empty network"},
    {"jam-after", "jams.after", OptionUnit::kDuration, 1, kYear_s, &S::jam_after_s,
     "a standing vehicle joins the search for blocker cycles after this"},
    {"remove-after", "jams.remove_after", OptionUnit::kDuration, 0, kYear_s, &S::remove_after_s,
     "remove a vehicle that stood this long for no stop or signal, counted under `removed`; 0: never"},
    {"impatience-after", "jams.impatience_after", OptionUnit::kDuration, 0, kYear_s, &S::impatience_after_s,
     "a yielding driver's rank begins to rise after waiting this long"},
    {"demand-factor", "demand_factor", OptionUnit::kNumber, 0, 100, &S::demand_factor,
     "thins or copies the trips, each by its own draw"},
}};

std::string number_text(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::string range_words(const OptionSpec& spec) {
  return "is outside " + number_text(spec.least) + " to " + number_text(spec.most);
}

std::optional<double> number_in(const OptionSpec& spec, std::string_view text, Calendar& calendar,
                                std::string& why) {
  switch (spec.unit) {
    case OptionUnit::kClock: return parse_clock_s(text, calendar, why);
    case OptionUnit::kDuration: return parse_duration_s(text, why);
    default: return parse_number(text, why);
  }
}

}  // namespace

std::span<const OptionSpec> sim_option_table() { return kTable; }

const OptionSpec* sim_option_by_flag(std::string_view flag) {
  for (const auto& spec : kTable)
    if (spec.flag == flag) return &spec;
  return nullptr;
}

std::string_view name_of(Backend backend) {
  switch (backend) {
    case Backend::kCpu: return "cpu";
    case Backend::kCuda: return "cuda";
    default: return "auto";
  }
}

std::string set_option(SimOptions& options, const OptionSpec& spec, std::string_view text,
                       Calendar& calendar) {
  std::string why;
  if (const auto* member = std::get_if<Backend S::*>(&spec.member)) {
    for (const Backend backend : {Backend::kAuto, Backend::kCpu, Backend::kCuda})
      if (text == name_of(backend)) {
        options.*(*member) = backend;
        return {};
      }
    return "is none of auto, cpu, cuda";
  }
  if (const auto* member = std::get_if<double S::*>(&spec.member)) {
    const auto value = number_in(spec, text, calendar, why);
    if (!value) return why;
    // The first comparison fails for NaN too.
    if (!(*value >= spec.least && *value <= spec.most)) return range_words(spec);
    options.*(*member) = *value;
    return {};
  }
  const auto value = parse_count(text, why);
  if (const auto* member = std::get_if<std::uint64_t S::*>(&spec.member)) {
    if (!value) return why;
    options.*(*member) = *value;
    return {};
  }
  if (!value) return "is no whole number from " + number_text(spec.least) + " to " + number_text(spec.most);
  if (static_cast<double>(*value) < spec.least || static_cast<double>(*value) > spec.most)
    return range_words(spec);
  options.*std::get<int S::*>(spec.member) = static_cast<int>(*value);
  return {};
}

std::string option_text(const SimOptions& options, const OptionSpec& spec) {
  if (const auto* member = std::get_if<Backend S::*>(&spec.member))
    return std::string(name_of(options.*(*member)));
  if (const auto* member = std::get_if<std::uint64_t S::*>(&spec.member))
    return std::to_string(options.*(*member));
  if (const auto* member = std::get_if<int S::*>(&spec.member)) return std::to_string(options.*(*member));
  return number_text(options.*std::get<double S::*>(spec.member));
}

std::string_view unit_words(OptionUnit unit) {
  switch (unit) {
    case OptionUnit::kClock: return "time";
    case OptionUnit::kDuration: return "s";
    case OptionUnit::kBackend: return "word";
    default: return "number";
  }
}

void check_options(const SimOptions& options, const std::string& file) {
  if (!(options.end_s > options.begin_s))
    throw InputError(file, "time",
                     "the end (" + clock_text(options.end_s) + ") is not after the begin (" +
                         clock_text(options.begin_s) + ")",
                     "Give an end that is later");
  const double step_ms = options.step_s * 1000.0;
  const long whole_ms = std::lround(step_ms);
  if (std::abs(step_ms - static_cast<double>(whole_ms)) > 1e-6 || whole_ms < 100 || 1000 % whole_ms != 0)
    throw InputError(file, "step",
                     "a step of " + number_text(options.step_s) + " s does not divide one second",
                     "Use 0.1, 0.125, 0.2, 0.25, 0.5 or 1 s");
  if (options.warm_up_s >= options.end_s - options.begin_s)
    throw InputError(file, "warm_up",
                     "a warm-up of " + number_text(options.warm_up_s) + " s leaves no time for results",
                     "Shorten it, or give a later end");
}

std::string options_as_markdown() {
  std::string text =
      "| scenario file | command line | unit | default | range | meaning |\n|---|---|---|---|---|---|\n";
  const SimOptions defaults;
  for (const auto& spec : kTable) {
    const bool word = spec.unit == OptionUnit::kBackend;
    const bool clock = spec.unit == OptionUnit::kClock;
    const bool seed = spec.flag == "seed";
    text += "| `" + std::string(spec.key) + "` | `--" + std::string(spec.flag) + "` | " +
            std::string(unit_words(spec.unit)) + " | " +
            (clock ? clock_text(defaults.*std::get<double S::*>(spec.member)) : option_text(defaults, spec)) +
            " | " +
            (word   ? "auto, cpu, cuda"
             : seed ? "0 to 2^64 - 1"
             : spec.most >= kYear_s && spec.most < 1e12
                 ? "from " + number_text(spec.least)
                 : number_text(spec.least) + " to " + number_text(spec.most)) +
            " | " + std::string(spec.help) + " |\n";
  }
  return text;
}

}  // namespace arterial
