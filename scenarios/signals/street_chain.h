#pragma once
// The way along a named street, there and back, and the signals on it.
#include <string>
#include <vector>

#include "scenarios/signals/green_wave.h"
#include "sim/model/network.h"

namespace arterial {

struct StreetChain {
  std::vector<LinkId> there, back;  // links in driving order; back is empty for a one-way street
};

/// The longest way along links of that name, straight on wherever several go on, counted by signals, then by
/// length; and the one against it that passes most of the same signals. Empty where no link has the name.
StreetChain chain_along(const Network& network, const std::string& street);

/// Signals in the order in which they are met; those only met on the way back come last.
std::vector<SignalId> signals_along(const Network& network, const StreetChain& chain);
/// Their greens and the time at the speed limit from the first to each. All active programs must have a cycle
/// of `cycle_s` whole seconds.
std::vector<WaveSignal> waves_along(const Network& network, const StreetChain& chain,
                                    const std::vector<SignalId>& ids, int cycle_s);

}  // namespace arterial
