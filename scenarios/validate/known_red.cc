#include "scenarios/validate/known_red.h"

namespace arterial::validate {
namespace {

constexpr KnownRed kKnown[] = {
    {"gaps", "right turn into a major road: 1400", "Impatience accepts shorter gaps where gaps are rare."},
    {"gaps", "crossing a major road: 1400", "Impatience accepts shorter gaps where gaps are rare."},
    {"gaps", "left turn across opposing traffic: 1", "Impatience accepts shorter gaps where gaps are rare."},
    {"stops", "two-way stop",
     "Follow-up time of 5 s at a step of 1 s and of 4.5 s at 0.5 s: a driver that stands for one state has "
     "to start, draw "
     "up and stand again. It takes rolling stops, which trips.csv would show as no halt."},
    {"stops", "all-way stop, step 1 s, one approach", "The same follow-up time."},
    {"stops", "all-way stop",
     "Drivers start as soon as the one before them leaves; the Manual's hesitate the longer the more others "
     "stand."},
    {"roundabouts", "single-lane",
     "Critical gap and follow-up time (below) are near what the Manual implies, but what circulates here has "
     "fewer long "
     "gaps than random arrivals. It takes shorter gaps accepted at high flows."},
    {"roundabouts", "two-lane", "As with one lane."},
    {"merging", "lane drop, 2 to 1",
     "Vehicles of both lanes take turns one by one, each after a stop, the more so the shorter the ground on "
     "which they "
     "meet. It takes bodies that follow each other on the ground on which they meet."},
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
