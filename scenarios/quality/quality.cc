#include "scenarios/quality/quality.h"

#include <algorithm>

#include "scenarios/quality/inspectors.h"
#include "scenarios/text.h"

namespace arterial {
namespace {

constexpr std::array<AspectRule, kAspects> kRules{{
    {"connected", "Connected", "the lane metres open to cars", 25, 0.20},
    {"lanes", "Lanes lead on", "the lane metres open to cars", 15, 0.05},
    {"junctions", "Junctions", "the junctions where three links or more meet", 20, 0.20},
    {"signals", "Signals", "the signalled junctions and those that look it", 15, 0.30},
    {"programs", "Signal programs", "the signals", 10, 0.10},
    {"outliers", "Speeds and lanes", "the lane metres open to cars", 10, 0.05},
    {"restrictions", "Turn restrictions", "ten in a hundred junctions", 5, 1.0},
}};

}  // namespace

const AspectRule& rule_of(Aspect aspect) { return kRules[static_cast<std::size_t>(aspect)]; }

double Quality::points_lost(Aspect aspect) const {
  const AspectRule& rule = rule_of(aspect);
  return rule.points * std::min(1.0, share[static_cast<std::size_t>(aspect)] / rule.tolerated);
}

double Quality::score() const {
  double score = 100;
  for (std::size_t k = 0; k < kAspects; ++k) score -= points_lost(static_cast<Aspect>(k));
  return score;
}

Quality quality_of(const Network& network) {
  Quality quality;
  Inspection inspection(network);
  inspect_connections(inspection);
  inspect_junctions(inspection);
  inspect_signals(inspection);
  inspect_programs(inspection);
  inspect_streets(inspection);
  quality.findings = std::move(inspection.findings);
  std::stable_sort(quality.findings.begin(), quality.findings.end(),
                   [](const QualityFinding& a, const QualityFinding& b) {
                     return a.aspect != b.aspect ? a.aspect < b.aspect : a.weight > b.weight;
                   });
  for (const QualityFinding& f : quality.findings) {
    const auto k = static_cast<std::size_t>(f.aspect);
    ++quality.count[k];
    quality.share[k] += f.weight;
  }
  for (std::size_t k = 0; k < kAspects; ++k)
    quality.share[k] = inspection.whole[k] > 0 ? std::min(1.0, quality.share[k] / inspection.whole[k]) : 0;
  return quality;
}

std::string quality_text(const Quality& quality) {
  std::string text = "quality: " + fixed(quality.score(), 0) + " of 100\n";
  for (std::size_t k = 0; k < kAspects; ++k) {
    const auto aspect = static_cast<Aspect>(k);
    const AspectRule& rule = rule_of(aspect);
    std::string name = std::string(rule.name) + ":";
    name.resize(20, ' ');
    text +=
        "  " + name + fixed(rule.points - quality.points_lost(aspect), 1) + " of " + fixed(rule.points, 0);
    if (quality.count[k] > 0)
      text += ", " + std::to_string(quality.count[k]) + (quality.count[k] == 1 ? " place, " : " places, ") +
              fixed(100 * quality.share[k], 1) + " % of " + rule.of;
    text += "\n";
  }
  return text;
}

}  // namespace arterial
