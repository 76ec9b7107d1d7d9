#include "scenarios/run/finish_folder.h"

#include <cmath>
#include <limits>

#include "scenarios/map/map.h"
#include "scenarios/report/report.h"
#include "scenarios/text.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string map_of(const FinishedRun& run) {
  const auto& network = *run.tables.network;
  const auto totals = totals_by_link(network, run.tables.replicas.at(0));
  std::vector<double> speed_mps, flow_vph;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const auto& t = totals[i];
    const double length_m = network[network.links[i].first_lane].length_m;
    speed_mps.push_back(t.vehicle_s > 0 ? t.vehicle_m / t.vehicle_s : kNone);
    flow_vph.push_back(length_m > 0 && t.span_s > 0 ? t.vehicle_m / length_m / t.span_s * 3600 : 0);
  }
  MapPicture picture;
  picture.network = &network;
  picture.link_value = relative_speeds(network, speed_mps);
  picture.link_width_px = flow_widths_px(flow_vph);
  picture.ramp = relative_speed_ramp();
  picture.legend = "Mean speed, share of the limit";
  picture.title = run.scenario.name.empty() ? network.name : run.scenario.name;
  picture.subtitle = clock_text(run.summary.options.begin_s) + " to " + clock_text(run.summary.now_s) +
                     (run.tables.replicas.size() > 1 ? ", replica 0" : "");
  picture.footnote = "Line width: flow";
  return map_png(picture);
}

/// Without arterial-export the places stay in the network's own coordinates, and the file says so.
std::string problems_geojson(const Network& network) {
  std::string out = "{\"type\": \"FeatureCollection\", \"crs_note\": " +
                    json_string("coordinates are local metres in " +
                                (network.crs.empty() ? "no stated CRS" : network.crs)) +
                    ", \"attribution\": " + json_string(network.attribution) + ", \"features\": [";
  bool first = true;
  for (const auto& problem : network.problems) {
    const bool placed = problem.x_m != 0 || problem.y_m != 0;
    out += std::string(first ? "" : ",") + "\n{\"type\": \"Feature\", \"geometry\": " +
           (placed ? "{\"type\": \"Point\", \"coordinates\": [" + json_number(problem.x_m, 3) + ", " +
                         json_number(problem.y_m, 3) + "]}"
                   : std::string("null")) +
           ", \"properties\": {\"severity\": " + json_string(name_of(problem.severity)) +
           ", \"code\": " + json_string(problem.code) + ", \"object_id\": " + json_string(problem.object_id) +
           ", \"words\": " + json_string(problem.words) + "}}";
    first = false;
  }
  return out + "\n]}\n";
}

}  // namespace

std::vector<LinkTotals> totals_by_link(const Network& network, const ResultTables& tables) {
  std::vector<LinkTotals> totals(network.links.size());
  for (const auto& row : tables.links) {
    if (!row.link.valid()) continue;
    auto& t = totals[row.link.value];
    t.vehicle_m += row.vehicle_m;
    t.vehicle_s += row.vehicle_s;
    t.time_loss_s += row.time_loss_s;
    t.halted_vehicle_s += row.halted_vehicle_s;
    t.queue_max_m = std::max(t.queue_max_m, row.queue_max_m);
    t.span_s += row.end_s - row.begin_s;
    t.entered += row.entered;
    t.inserted += row.inserted;
    t.left += row.left;
    t.arrived += row.arrived;
    t.waiting_end = row.waiting_end;
  }
  return totals;
}

std::vector<std::string> finish_folder(const FinishedRun& run, const RunTools& tools) {
  std::vector<std::string> faults;
  const auto& outputs = run.scenario.outputs;
  std::string map;
  if (outputs.map || outputs.report) {
    try {
      map = map_of(run);
    } catch (const std::exception& fault) {
      faults.push_back(std::string("no map.png: ") + fault.what());
    }
    if (outputs.map && !map.empty()) write_file_atomically(run.folder + "/map.png", map);
  }
  if (outputs.report) write_file_atomically(run.folder + "/report.html", run_report_html(run, map));
  std::string fault;
  std::vector<std::string> layers{run.folder + "/problems.geojson"};
  if (outputs.geopackage) layers.push_back(run.folder + "/links.gpkg");
  if (tools.export_layers) fault = tools.export_layers(run.folder, layers);
  if (!tools.export_layers || !fault.empty()) {
    write_file_atomically(run.folder + "/problems.geojson", problems_geojson(*run.tables.network));
    if (outputs.geopackage && !fault.empty()) faults.push_back("no links.gpkg: " + fault);
  }
  return faults;
}

}  // namespace arterial
