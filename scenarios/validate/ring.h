#pragma once
// A ring of one lane with so many vehicles on it, all placed at equal distances and let go at once.
#include <cstdint>
#include <vector>

#include "sim/model/demand.h"

namespace arterial::validate {

struct RingRun {
  double length_m = 0;                                   // of the ring
  double density_vpkm = 0, flow_vph = 0, speed_mps = 0;  // means of the measured span
  std::vector<double>
      wave_mps;  // amplitude of the pushed wave in the speeds, every ten seconds from the release on
  double least_gap_m = 1e9;  // bumper to bumper, at any state
  std::uint64_t violations = 0;
  int entered = 0;
};

struct RingSetting {
  VehicleType type;
  int vehicles = 20;
  double length_m = 1000, speed_limit_mps = 50 / 3.6;
  double step_s = 1;
  double settle_s = 600, measure_s = 600;
  double push_m = 0;   // amplitude of a wave in the places at the start
  int push_waves = 1;  // of which so many fit the ring
  std::uint64_t seed = 1;
};

RingRun run_ring(const RingSetting& setting);

}  // namespace arterial::validate
