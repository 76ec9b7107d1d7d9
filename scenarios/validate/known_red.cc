#include "scenarios/validate/known_red.h"

namespace arterial::validate {
namespace {

constexpr KnownRed kKnown[] = {
    {"gaps", "right turn into a major road: 1400", "Impatience accepts shorter gaps where gaps are rare."},
    {"gaps", "left turn across opposing traffic: 1", "Impatience accepts shorter gaps where gaps are rare."},
    {"stops", "two-way stop",
     "Follow-up time of 6 s at a step of 1 s and of 5 s at 0.5 s: a step to creep to the line, a step to "
     "have stood, a "
     "step to be answered. It takes counting a crawl at the line as the stop."},
    {"stops", "all-way stop",
     "The same follow-up time; where all four approaches are full it is shorter than the Manual's."},
    {"roundabouts", "single-lane",
     "Critical gap of 6.0 to 6.6 s instead of 5: slow turning speeds of drawn paths (lateral acceleration "
     "2.75 m/s2, "
     "SUMO's netconvert allows 5.5), and whoever enters waits until the rear of the one before has left the "
     "merge."},
    {"roundabouts", "two-lane", "As with one lane."},
    {"merging", "lane drop, 2 to 1",
     "Vehicles of both lanes take turns one by one, each after a stop, the more so the shorter the ground on "
     "which they "
     "meet. It takes following the other lane's first vehicle before the line."},
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
