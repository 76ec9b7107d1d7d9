#include "scenarios/validate/cases.h"

namespace arterial::validate {

const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases{
      {"laws", "discharge", signal_discharge},
      {"laws", "diagram", fundamental_diagram},
      {"laws", "stability", idm_stability},
      {"laws", "collisions", no_collision},
      {"laws", "lanes", lane_use},
      {"laws", "followers", real_followers},
      {"laws", "freeway", freeway_points},
      {"junctions", "gaps", gap_acceptance},
      {"junctions", "stops", stop_signs},
      {"junctions", "roundabouts", roundabouts},
      {"junctions", "merging", merging},
  };
  return cases;
}

}  // namespace arterial::validate
