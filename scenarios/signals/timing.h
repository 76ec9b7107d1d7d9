#pragma once
// Splits, cycles and offsets of fixed signal programs from the volumes that a demand brings. Pure: a program
// in, a program out. Sources: Webster, Traffic Signal Settings, Road Research Technical Paper 39 (1958):
// cycle and delay; HCM 6 (2016), chapter 19: saturation flow, lost time, critical flow ratios.
#include <cstdint>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

/// Passenger cars an hour of each connection, in the busiest quarter of an hour.
using Volumes_pcuph = std::vector<double>;  // by ConnectionId

/// Connections of one signal whose lanes hang together: they share queues, and get green together.
struct LaneGroup {
  double ratio = 0;                  // flow over saturation flow of all its lanes
  std::vector<std::uint32_t> green;  // phases in which all of it may go, ascending
};

/// A program as its timing sees it.
struct Timing {
  std::vector<LaneGroup> groups;
  std::vector<bool> is_stage;   // by phase: green that may be stretched; else clearance (amber, all red)
  std::vector<double> least_s;  // by phase: shortest green
};
Timing timing_of(const Network& network, SignalId signal, const Program& program,
                 const Volumes_pcuph& volumes);

/// The program with a stage of their own for left turns that yield and, in lanes of their own, are too many
/// for the gaps: more than 240 an hour, or left turns times opposing vehicles over 50,000, 90,000 or 110,000
/// for one, two or more opposing lanes (HCM 2000, chapter 10, appendix A). They keep their green among the
/// oncoming traffic too.
Program with_protected_lefts(const Network& network, SignalId signal, const Program& program,
                             const Volumes_pcuph& volumes);

/// How a program serves what comes.
struct Service {
  double cycle_s = 0;
  double critical_ratio = 0;  // Webster's Y: what the stages need of the cycle, lost time aside
  double saturation = 0;      // of the worst lane group; above 1 its queue grows
  double delay_s = 0;         // mean, uniform and random delay by Webster; groups over 0.98 count as 0.98
};
Service service_of(const Timing& timing, const Program& program);

struct CycleLimits {
  double least_s = 40, most_s = 120;
  double common_s = 0;  // > 0: this very cycle
};

/// Webster's cycle (1.5 L + 5) / (1 - Y), whole seconds within the limits, green shared by the critical
/// ratios, no stage below its least green. A program of one stage, or that nobody uses, stays as it is.
Program retimed(const Timing& timing, const Program& program, const CycleLimits& limits);

}  // namespace arterial
