#pragma once
// One reader per kind of source; each adds its trips to the builder.
#include "scenarios/demand/demand_builder.h"

namespace arterial {

/// SUMO: vehicle, trip, flow, route, vType and their distributions, stops, zones (taz), in any order over all
/// files.
void read_sumo_routes(const std::vector<std::string>& files, DemandBuilder& builder);
/// The same from memory, for tests and fuzzing.
void read_sumo_routes_text(const std::string& name, const std::string& text, DemandBuilder& builder);

/// trip_id,depart_s,from_link,to_link[,type,via]
void read_csv_trips(const std::string& file, const std::string& default_type, DemandBuilder& builder);
void read_csv_trips_text(const std::string& name, const std::string& text, const std::string& default_type,
                         DemandBuilder& builder);

/// A matrix (scenarios/demand/od_cells.h) with zones and a departure profile. `ordinal` (from 0) tells
/// several apart.
void read_od_matrix(const DemandSource& source, int ordinal, DemandBuilder& builder);

/// Trips between links drawn by lane length, evenly over the run, not too near to each other.
void draw_random_trips(const DemandSource& source, int ordinal, DemandBuilder& builder);

/// What draws are for, so that no two purposes share one. Never renumber: demands would change.
enum class DemandDraw : std::uint64_t {
  kType = 1,
  kRoute,
  kFromLink,
  kToLink,
  kDepart,
  kRounding,
  kFlowGap,
  kFlowChance,
  kArrivalPos
};

}  // namespace arterial
