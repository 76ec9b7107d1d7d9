#include "scenarios/signals/green_wave.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace arterial {
namespace {

int wrapped(double second, int cycle_s) {
  const int whole = static_cast<int>(std::floor(second)) % cycle_s;
  return whole < 0 ? whole + cycle_s : whole;
}

/// One direction's signals in the order in which they are met.
struct Row {
  struct Met {
    std::vector<int> wait_s;  // by second of the cycle, until green
    double from_last_s = 0;
    std::size_t signal = 0;
  };
  std::vector<Met> met;

  Row(const std::vector<WaveSignal>& signals, int cycle_s, bool back) {
    for (std::size_t k = 0; k < signals.size(); ++k) {
      const auto& green = back ? signals[k].green_back : signals[k].green_there;
      if (std::find(green.begin(), green.end(), true) == green.end()) continue;
      Met m;
      m.signal = k;
      m.from_last_s = back ? signals[k].back_s : signals[k].there_s;
      m.wait_s.assign(static_cast<std::size_t>(cycle_s), 0);
      int wait = 0;
      for (int t = 2 * cycle_s - 1; t >= 0; --t) {
        const auto at = static_cast<std::size_t>(t % cycle_s);
        wait = green[at] ? 0 : wait + 1;
        m.wait_s[at] = wait;
      }
      met.push_back(std::move(m));
    }
    std::stable_sort(met.begin(), met.end(),
                     [](const Met& a, const Met& b) { return a.from_last_s < b.from_last_s; });
    for (std::size_t k = met.size(); k-- > 1;) met[k].from_last_s -= met[k - 1].from_last_s;
  }

  Drive drive(const std::vector<WaveSignal>& signals, int cycle_s) const {
    Drive sum;
    if (met.empty()) return sum;
    std::vector<bool> open(static_cast<std::size_t>(cycle_s), false);
    int departures = 0;
    for (int t = 0; t < cycle_s; ++t) {
      if (met[0].wait_s[static_cast<std::size_t>(wrapped(t - signals[met[0].signal].offset_s, cycle_s))] > 0)
        continue;
      ++departures;
      double now = t;
      int stops = 0;
      for (std::size_t k = 1; k < met.size(); ++k) {
        now += met[k].from_last_s;
        const int wait =
            met[k].wait_s[static_cast<std::size_t>(wrapped(now - signals[met[k].signal].offset_s, cycle_s))];
        if (wait == 0) continue;
        ++stops;
        sum.waits_s += wait;
        now += wait;
      }
      sum.stops += stops;
      open[static_cast<std::size_t>(t)] = stops == 0;
    }
    sum.stops /= departures;
    sum.waits_s /= departures;
    for (int t = 0, run = 0; t < 2 * cycle_s; ++t) {
      run = open[static_cast<std::size_t>(t % cycle_s)] ? run + 1 : 0;
      sum.band_s = std::max(sum.band_s, std::min(run, cycle_s));
    }
    return sum;
  }
};

struct Rows {
  Row there, back;
  Rows(const std::vector<WaveSignal>& signals, int cycle_s)
      : there(signals, cycle_s, false), back(signals, cycle_s, true) {}
  Wave wave(const std::vector<WaveSignal>& signals, int cycle_s) const {
    return {there.drive(signals, cycle_s), back.drive(signals, cycle_s)};
  }
};

/// Less is better.
std::pair<double, int> cost_of(const Wave& w) {
  return {w.there.waits_s + w.back.waits_s, -w.there.band_s - w.back.band_s};
}

/// Every second for one signal after another, until none does better.
Wave descend(const Rows& rows, std::vector<WaveSignal>& signals, int cycle_s) {
  Wave best = rows.wave(signals, cycle_s);
  for (bool better = true; better;) {
    better = false;
    for (std::size_t k = 0; k < signals.size(); ++k) {
      if (signals[k].fixed) continue;
      int chosen = signals[k].offset_s;
      for (int offset = 0; offset < cycle_s; ++offset) {
        signals[k].offset_s = offset;
        const Wave wave = rows.wave(signals, cycle_s);
        if (cost_of(wave) < cost_of(best)) best = wave, chosen = offset, better = true;
      }
      signals[k].offset_s = chosen;
    }
  }
  return best;
}

}  // namespace

Wave wave_of(const std::vector<WaveSignal>& signals, int cycle_s) {
  return Rows(signals, cycle_s).wave(signals, cycle_s);
}

Wave make_green_wave(std::vector<WaveSignal>& signals, int cycle_s) {
  if (signals.empty() || cycle_s <= 0) return {};
  const Rows rows(signals, cycle_s);
  auto anchor = std::find_if(signals.begin(), signals.end(), [](const WaveSignal& s) { return s.fixed; });
  const bool all_free = anchor == signals.end();
  if (all_free) anchor = signals.begin(), anchor->fixed = true;
  // From several beginnings, for one signal alone may not be able to do better: as it is, in step with one
  // direction or the other, half a cycle apart.
  std::vector<std::vector<WaveSignal>> beginnings(4, signals);
  const WaveSignal first = *anchor;
  for (std::size_t k = 0; k < signals.size(); ++k) {
    if (signals[k].fixed) continue;
    const double there_s = signals[k].there_s - first.there_s, back_s = signals[k].back_s - first.back_s;
    beginnings[1][k].offset_s = wrapped(first.offset_s + there_s, cycle_s);
    beginnings[2][k].offset_s = wrapped(first.offset_s + back_s, cycle_s);
    beginnings[3][k].offset_s =
        wrapped(first.offset_s + 0.5 * cycle_s * std::round(2 * there_s / cycle_s), cycle_s);
  }
  Wave best = rows.wave(signals, cycle_s);
  for (auto& beginning : beginnings) {
    const Wave wave = descend(rows, beginning, cycle_s);
    if (cost_of(wave) < cost_of(best)) best = wave, signals = beginning;
  }
  if (all_free) signals.front().fixed = false;
  return best;
}

}  // namespace arterial
