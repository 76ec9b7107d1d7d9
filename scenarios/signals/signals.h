#pragma once
// `arterial signals city.arnet --demand ... -o retimed.arnet`: fixed programs timed for a demand (Webster),
// and green waves along streets. What is retimed gets a further program, "webster", which is then the active
// one; the old ones stay, so that a scenario can switch back.
#include <iosfwd>
#include <string>
#include <vector>

#include "scenarios/run/run.h"
#include "scenarios/signals/green_wave.h"
#include "scenarios/signals/timing.h"

namespace arterial {

struct SignalsRequest {
  std::string network, out;          // .arnet files
  std::vector<std::string> demand;   // as `arterial run` takes it
  std::string report;                // CSV; empty: none
  std::vector<std::string> along;    // names of streets that get a green wave, the first first
  double begin_s = 0, end_s = 3600;  // of the demand
  bool all = false;                  // programs of the source too, not only guessed ones
  CycleLimits cycle;
  bool json = false, quiet = false;
};

struct RetimedSignal {
  SignalId signal;
  Service before, after;
  double offset_s = 0;
};

struct WaveReport {
  std::string street;
  std::size_t signals = 0;
  int cycle_s = 0;
  Wave before, after;  // before: with the new greens and the old offsets
};

struct SignalsResult {
  std::vector<RetimedSignal> signals;
  std::vector<WaveReport> waves;
  std::size_t kept = 0;  // not retimed: actuated, of the source, of one stage, or unused
};

/// Passenger cars an hour of every connection in a demand's busiest quarter of an hour; a movement's flow is
/// shared evenly by its lanes. Heavy vehicles count twice (HCM 6, chapter 19: E_T = 2.0).
Volumes_pcuph volumes_of(const Network& network, const Demand& demand);

/// Changes the network's programs. Throws InputError for a street that has no two signals in a row.
SignalsResult retime_signals(Network& network, const Volumes_pcuph& volumes, const SignalsRequest& request);

/// Returns an ExitCode. Throws InputError.
int signals(const SignalsRequest& request, const RunTools& tools, std::ostream& out);

}  // namespace arterial
