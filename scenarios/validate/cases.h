#pragma once
// The validations. Each builds its streets, runs them through the public interface of the engine and says
// what came out.
#include <string>
#include <vector>

#include "scenarios/validate/table.h"

namespace arterial::validate {

struct Effort {
  bool quick = false;  // shorter runs, fewer points: for CI; the same gates, wider where chance matters
  std::string data;    // folder of the observed data; empty: leave those cases out
};

// laws
Section signal_discharge(const Effort& effort);
Section fundamental_diagram(const Effort& effort);
Section idm_stability(const Effort& effort);
Section no_collision(const Effort& effort);
Section lane_use(const Effort& effort);
Section real_followers(const Effort& effort);
Section freeway_points(const Effort& effort);
// junctions
Section gap_acceptance(const Effort& effort);
Section stop_signs(const Effort& effort);
Section roundabouts(const Effort& effort);
Section merging(const Effort& effort);

struct Case {
  const char* suite;  // "laws" or "junctions"
  const char* id;
  Section (*run)(const Effort&);
};
const std::vector<Case>& all_cases();

}  // namespace arterial::validate
