#include "scenarios/validate/known_red.h"

namespace arterial::validate {
namespace {

constexpr KnownRed kKnown[] = {
    {"roundabouts", "single-lane",
     "The lane of the ring behind the entry carries no more than 1,200 veh/h at a step of 1 s and 1,350 at "
     "0.5 s, "
     "whoever goes first: those who circulate drive 4 to 5 m/s over the corners of a ring drawn in straight "
     "pieces. "
     "Shorter accepted gaps let in more and leave as many fewer on the ring. It takes faster ways round, or "
     "shorter "
     "headways at low speed."},
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
