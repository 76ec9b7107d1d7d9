#include "scenarios/validate/known_red.h"

namespace arterial::validate {
namespace {

constexpr KnownRed kKnown[] = {
    {"discharge", "step ",
     "Nobody hesitates at green, so little time is lost at the start, and the law's headway shrinks with the "
     "step. It takes a "
     "reaction at green and a noise whose strength does not depend on the step."},
    {"diagram", "Krauss without noise, step 0.50",
     "The leader's braking distance is the staircase of its discrete steps, the headway formula is "
     "continuous: the gap "
     "comes out up to b T^2/8 too small. It takes v^2/2b - v T/2 in that formula."},
    {"gaps", "right turn into a major road: 1400", "Impatience accepts shorter gaps where gaps are rare."},
    {"gaps", "left turn across opposing traffic: 1", "Impatience accepts shorter gaps where gaps are rare."},
    {"stops", "two-way stop",
     "Follow-up time of 6 s: a step to creep to the line, a step to have stood, a step to be answered. It "
     "takes "
     "counting a crawl at the line as the stop."},
    {"stops", "all-way stop",
     "The same follow-up time; where all four approaches are full it is shorter than the Manual's."},
    {"roundabouts", "single-lane",
     "Critical gap of 7.5 s instead of 5: whoever enters must have cleared the whole merge before the next "
     "one on the ring is at "
     "its line. It takes gap acceptance at the merge point, as between a leader and a follower."},
    {"roundabouts", "two-lane", "As with one lane."},
    {"merging", "lane drop, 2 to 1", "Both lanes stop and take turns; in the field they slow down and mesh."},
    {"merging", "weaving, overloaded",
     "Two who want each other's lane at its end lock the section. It takes room left ahead of one of them."},
};

}  // namespace

const KnownRed* known_red(std::string_view id, std::string_view what) {
  for (const KnownRed& k : kKnown)
    if (k.id == id && what.starts_with(k.begins)) return &k;
  return nullptr;
}

}  // namespace arterial::validate
