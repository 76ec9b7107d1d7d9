#pragma once
// What must hold of every run, whatever the streets: no violation at any state, the ledger exact at every
// step, and one answer on any number of threads, with stages in a drawn order, with a checkpoint in between,
// as one replica of several.
#include <array>
#include <string>

#include "sim/engine/simulation.h"

namespace arterial {

enum class RunForm : std::uint8_t { kPlain, kShuffled, kCheckpoint, kReplicas, kTwoThreads, kThreeThreads };
inline constexpr std::array kRunForms{RunForm::kPlain,    RunForm::kShuffled,   RunForm::kCheckpoint,
                                      RunForm::kReplicas, RunForm::kTwoThreads, RunForm::kThreeThreads};
const char* name_of(RunForm form);

struct Finding {
  RunForm form = RunForm::kPlain;
  std::string
      kind;  // short and stable: "overlap", "red", "ledger", "state hash", "refused"; empty: all is well
  std::string words;
  explicit operator bool() const { return !kind.empty(); }
};

/// Runs the input to its end in each form; the plain run is what the others are compared with. `scratch` is a
/// file that may be written. Threads share every loop here, however short. The plain run's vehicle-updates
/// are added to `updates`.
Finding find_broken_invariant(const SimulationInput& input, const std::string& scratch,
                              std::uint64_t& updates);
/// Only the plain run and the one of `form`.
Finding find_broken_invariant(const SimulationInput& input, const std::string& scratch, RunForm form);

}  // namespace arterial
