#pragma once
// What GMNS and TNTP share: a table of nodes and a table of directed links, made into roads of a StreetPlan.
// Two links between the same nodes and along the same ground are the two directions of one road; each keeps
// its id. Units that a source does not state, or states wrongly, are found from the speeds and drawn lengths
// they give.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/street_plan.h"

namespace arterial::gis {

struct NodeLink {
  std::string id, name;
  std::uint32_t from = 0, to = 0;  // indexes into StreetPlan::nodes
  std::vector<Point> inner;        // the drawing between its nodes
  RoadClass road_class = RoadClass::kUnclassified;
  PlanDirection way;
  double length_m = 0;  // as stated, where the drawing is not to be trusted; 0: as drawn
  double lane_width_m = 3.2;
  bool both_ways = false;
  bool connector = false;  // of a zone: no real road
};

constexpr std::uint32_t kNoRoad = 0xffffffffu;

/// Adds a road for each link or pair of links. Returns the road of each link; kNoRoad for those left out
/// (from a node to itself, without any extent, longer than 150 km), which are counted in plan.problems.
/// Throws InputError about `file` where more than 200 links meet in one node: no junction has so many.
std::vector<std::uint32_t> add_node_links(StreetPlan& plan, const std::vector<NodeLink>& links,
                                          const std::string& file);

/// No traffic through `nodes`: trips begin and end there (centroids of zones).
void close_to_through_traffic(StreetPlan& plan, const std::vector<std::uint32_t>& nodes);

/// "mile", "ft", "km", "m", ... in metres; nothing where the word is unknown.
std::optional<double> metres_of_unit(std::string_view unit);
/// "mph", "km/h", "m/s", "ft/min" in m/s.
std::optional<double> mps_of_unit(std::string_view unit);

struct LengthUnit {
  const char* name;
  double metres;
};

/// Among metre, kilometre, foot and mile the one by which stated lengths come nearest to the drawn ones, in
/// the median; nothing where none comes within a factor of two, or nothing is stated.
std::optional<LengthUnit> fitting_unit(const std::vector<double>& stated, const std::vector<double>& drawn_m);

/// Median of `stated[i] * unit_m / drawn_m[i]`; 0 where there is none.
double median_ratio(const std::vector<double>& stated, const std::vector<double>& drawn_m, double unit_m);

double drawn_length_m(const StreetPlan& plan, const NodeLink& link);

/// The class that a speed suggests, where nothing else is known.
RoadClass class_of_speed(double speed_mps, int lanes);

/// Counts in words: "3 links", "1 link".
std::string counted(std::size_t n, const std::string& one, const std::string& many);

}  // namespace arterial::gis
