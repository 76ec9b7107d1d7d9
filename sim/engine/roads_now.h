#pragma once
// The roads of one replica as they are now: closures, bans and limits of the changes in force, and measured
// times.
#include <cstdint>
#include <vector>

#include "kernels/state_columns.h"
#include "sim/routing/router.h"

namespace arterial {

inline constexpr std::uint64_t kNoWay = ~0ull;

/// What a metric is made from.
struct RoadTimes {
  std::vector<std::uint32_t> link_ms, banned_edges;

  friend bool operator==(const RoadTimes&, const RoadTimes&) = default;
};

class RoadsNow {
 public:
  /// `closures`: whether some change in force closes anything; without one the network's own permissions
  /// hold. All must outlive this.
  RoadsNow(const Router& router, const CityTables& city, const StateImage& state, std::uint32_t replica,
           bool closures);

  /// `measured_ms`: one per link, or empty for free flow at the limits now in force.
  RoadTimes times(const MetricSettings& settings, const std::vector<std::uint32_t>& measured_ms) const;

  /// Whether a vehicle on link `from` may turn into `to` now.
  bool turn_is_open(LinkId from, LinkId to, const MetricSettings& settings) const;

 private:
  bool admits(std::uint32_t ground, const MetricSettings& settings) const;
  bool connection_is_open(std::uint32_t connection, const MetricSettings& settings) const;
  bool some_lane_admits(std::uint32_t link, const MetricSettings& settings) const;

  const Router& router_;
  const CityTables& city_;
  const std::uint16_t* allowed_;  // of this replica's grounds
  const std::int32_t* limit_;
  bool closures_;
};

/// Time of a way without its first link; kNoWay where it is closed.
std::uint64_t way_ms(const Metric& metric, const std::vector<LinkId>& way);

/// The best way for one who stands on a link that is closed itself: over its open turns. Empty where there is
/// none.
std::vector<LinkId> way_out(const Metric& metric, RouteQuery& query, const RouteRequest& request);

}  // namespace arterial
