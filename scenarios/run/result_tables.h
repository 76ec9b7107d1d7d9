#pragma once
// The CSV files of a run folder (docs/RUN_FOLDER.md), from the rows that the engine hands out.
#include <string>
#include <vector>

#include "sim/engine/results.h"
#include "sim/model/demand.h"
#include "sim/model/network.h"

namespace arterial {

/// Everything the tables of one run are made of. `replicas` holds one entry per replica.
struct RunTables {
  const Network* network = nullptr;
  const Demand* demand = nullptr;
  double now_s = 0;
  std::vector<ResultTables> replicas;
};

void write_result_tables(const RunTables& run, const std::string& folder);

std::string_view name_of_status(TripStatus status);
/// The link_id of a junction's row in links.csv, by JunctionId: its id, or "junction:<id>" where a link has
/// that id.
std::vector<std::string> junction_row_ids(const Network& network);
/// Edie's speed and what follows from it; NaN where nobody drove.
struct LinkMeasures {
  double length_m = 0;
  double flow_vph = 0, density_vpkm = 0, speed_mps = 0, travel_time_s = 0;
};
LinkMeasures measures_of(const Network& network, const LinkRow& row);

/// So far, where a trip has not ended: a waiting trip's delay and a running trip's time count to `now_s`.
struct TripTimes {
  double entry_delay_s, trip_s;  // NaN where there is none
};
TripTimes times_of(const TripRow& row, double now_s);

}  // namespace arterial
