#pragma once
// `arterial inspect --quality`: what of a network a planner would send back, place by place, and a score that
// says how much of it there is. Everything is read off the network; `arterial check` finds what only traffic
// shows.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/place.h"
#include "sim/model/network.h"

namespace arterial {

enum class Aspect : std::uint8_t {
  kConnected,     // lanes open to cars outside the largest strongly connected part
  kLanes,         // lanes that lead nowhere beside lanes that lead on, links that end inside the city
  kJunctions,     // geometry: junctions that look torn apart or wrongly joined
  kSignals,       // signals that seem to be missing, controllers that should be one
  kPrograms,      // greens that meet, greens that never come, cycles nobody would set
  kOutliers,      // speeds and lane counts unlike the same street before and behind
  kRestrictions,  // turn restrictions of the source that could not be applied
};
inline constexpr std::size_t kAspects = 7;

struct AspectRule {
  const char* key;   // for files
  const char* name;  // for people
  const char* of;    // what the share is of
  double points;     // of 100
  double tolerated;  // share at which all points are lost
};
const AspectRule& rule_of(Aspect aspect);

struct QualityFinding {
  Aspect aspect = Aspect::kConnected;
  Severity severity = Severity::kWarning;
  Point at;
  std::string object_id;  // link, junction or signal
  std::string words;
  double weight = 0;  // in the unit of the aspect's share: lane metres, junctions, signals
};

struct Quality {
  std::vector<QualityFinding> findings;  // by aspect, the heaviest first
  std::array<double, kAspects> share{};  // concerned, 0 to 1
  std::array<std::size_t, kAspects> count{};
  double points_lost(Aspect aspect) const;  // points * min(1, share / tolerated)
  double score() const;                     // 100 less what is lost
};

Quality quality_of(const Network& network);

/// Two connections of a signal that cross and both have a green that yields to nobody ('G'), in one phase.
/// Into one lane they zip and are not meant.
struct MeetingGreens {
  SignalId signal;
  std::uint32_t program = 0, phase = 0;
  ConnectionId a, b;
};
std::vector<MeetingGreens> meeting_greens(const Network& network);

/// Writes quality.html (opens without a network), quality.geojson and quality.png into the folder. Throws
/// InputError.
void write_quality_report(const Network& network, const Quality& quality, const ToLonLat& to_lonlat,
                          const std::string& folder);
std::string quality_html(const Network& network, const Quality& quality, const ToLonLat& to_lonlat,
                         const std::string& png);
std::string quality_geojson(const Network& network, const Quality& quality, const ToLonLat& to_lonlat);
/// One line and a line for each aspect, for a terminal.
std::string quality_text(const Quality& quality);

}  // namespace arterial
