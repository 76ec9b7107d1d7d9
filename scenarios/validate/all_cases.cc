#include "scenarios/validate/cases.h"

namespace arterial::validate {

const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases{
      {"laws", "discharge", signal_discharge}, {"junctions", "gaps", gap_acceptance},
      {"junctions", "stops", stop_signs},      {"junctions", "roundabouts", roundabouts},
      {"junctions", "merging", merging},
  };
  return cases;
}

}  // namespace arterial::validate
