#pragma once
// What a run folder gets after the wall clock has stopped: map.png, report.html, and through arterial-export
// the layers that need GDAL (links.gpkg, problems.geojson).
#include <string>
#include <vector>

#include "scenarios/run/run.h"
#include "scenarios/run/summary.h"

namespace arterial {

struct FinishedRun {
  const std::string& folder;
  const ScenarioFile& scenario;
  const RunTables& tables;
  const RunSummary& summary;
};

/// Returns what could not be made, in words: a picture that is missing never fails a run. A full disk does.
std::vector<std::string> finish_folder(const FinishedRun& run, const RunTools& tools);

/// Per link over all intervals of a replica: sums of time and distance, the largest queue.
struct LinkTotals {
  double vehicle_m = 0, vehicle_s = 0, time_loss_s = 0, halted_vehicle_s = 0, queue_max_m = 0, span_s = 0;
  std::uint64_t entered = 0, inserted = 0, left = 0, arrived = 0;
  std::uint32_t waiting_end = 0;
};
std::vector<LinkTotals> totals_by_link(const Network& network, const ResultTables& tables);

}  // namespace arterial
