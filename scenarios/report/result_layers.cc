#include "scenarios/report/result_layers.h"

#include <cmath>
#include <unordered_map>

#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

std::vector<std::string>& link_ids(VectorLayer& links) {
  return std::get<std::vector<std::string>>(links.columns.at(0).values);
}

/// Every row of a CSV file as a table; columns are numbers where each cell is one.
VectorLayer csv_table(const std::string& path, std::string name, std::string description) {
  VectorLayer table;
  table.name = std::move(name);
  table.description = std::move(description);
  CsvReader csv(path);
  std::vector<std::vector<std::string>> cells(csv.columns().size());
  while (csv.next())
    for (std::size_t c = 0; c < cells.size(); ++c) cells[c].push_back(csv.text(c));
  for (std::size_t c = 0; c < cells.size(); ++c) {
    std::vector<double> numbers;
    std::string why;
    const bool is_name = csv.columns()[c].ends_with("_id") || csv.columns()[c].ends_with("_link");
    for (const auto& cell : cells[c]) {
      if (is_name) break;
      const auto value = parse_number(cell, why);
      if (!value && !cell.empty()) break;
      numbers.push_back(value.value_or(std::nan("")));
    }
    if (!is_name && numbers.size() == cells[c].size())
      table.columns.push_back({csv.columns()[c], std::move(numbers)});
    else
      table.columns.push_back({csv.columns()[c], std::move(cells[c])});
    std::vector<std::string>().swap(cells[c]);
  }
  return table;
}

VectorLayer jam_layer(const RunFolder& folder, const Network& network) {
  auto layer = csv_table(folder.path + "/jams.csv", "jams", "Vehicles that block each other");
  std::unordered_map<std::string_view, const Lane*> lanes;
  for (const auto& lane : network.lanes) lanes.emplace(lane.id, &lane);
  layer.geometry.kind = GeometryKind::kPoint;
  for (const auto& column : layer.columns) {
    if (column.name != "lane_id") continue;
    for (const auto& id : std::get<std::vector<std::string>>(column.values)) {
      const auto lane = lanes.find(id);
      const bool drawn = lane != lanes.end() && lane->second->shape.count > 0;
      // The end of the lane, where its queue stands.
      layer.geometry.add(
          drawn
              ? std::vector<Point>{network.points[lane->second->shape.first + lane->second->shape.count - 1]}
              : std::vector<Point>{});
    }
  }
  return layer;
}

}  // namespace

void join_csv(VectorLayer& links, const std::string& csv_path) {
  const VectorLayer table = csv_table(csv_path, "", "");
  const LayerColumn* key = nullptr;
  for (const auto& column : table.columns)
    if (column.name == "link_id") key = &column;
  if (key == nullptr)
    throw InputError(csv_path, "line 1", "has no column 'link_id'", "Add it: rows are joined by it");
  std::unordered_map<std::string_view, std::size_t> rows;
  const auto& keys = std::get<std::vector<std::string>>(key->values);
  for (std::size_t i = 0; i < keys.size(); ++i) rows.emplace(keys[i], i);
  const auto ids = link_ids(links);
  for (const auto& column : table.columns) {
    bool known = false;
    for (const auto& earlier : links.columns) known = known || earlier.name == column.name;
    if (known) continue;
    LayerColumn joined{column.name, {}};
    std::visit(
        [&](const auto& values) {
          std::decay_t<decltype(values)> out;
          for (const auto& id : ids) {
            const auto row = rows.find(id);
            if (row != rows.end()) {
              out.push_back(values[row->second]);
            } else if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<double>>) {
              out.push_back(std::nan(""));
            } else {
              out.push_back({});
            }
          }
          joined.values = std::move(out);
        },
        column.values);
    links.columns.push_back(std::move(joined));
  }
}

std::vector<VectorLayer> result_layers(const RunFolder& folder, const Network& network, VectorLayer links) {
  const LinkResults results = read_link_results(folder, network);
  std::vector<double> flow, speed, density, relative;
  for (std::size_t i = 0; i < network.links.size(); ++i) {
    const double length_m = network[network.links[i].first_lane].length_m;
    const double limit = network[network.links[i].first_lane].speed_mps;
    flow.push_back(flow_vph(results, network, i));
    speed.push_back(speed_mps(results, i));
    density.push_back(
        length_m > 0 && results.span_s > 0 ? results.vehicle_s[i] / length_m / results.span_s * 1000 : 0);
    relative.push_back(limit > 0 ? speed.back() / limit : std::nan(""));
  }
  links.description = "Links with results over the whole run; means over replicas";
  for (auto& [name, values] : std::vector<std::pair<std::string, std::vector<double>>>{
           {"flow_vph", flow},
           {"density_vpkm", density},
           {"speed_mps", speed},
           {"relative_speed", relative},
           {"vehicle_m", results.vehicle_m},
           {"vehicle_s", results.vehicle_s},
           {"time_loss_s", results.time_loss_s},
           {"halted_vehicle_s", results.halted_vehicle_s},
           {"queue_max_m", results.queue_max_m},
           {"entered", results.entered},
           {"left", results.left},
           {"waiting_end", results.waiting_end}})
    links.columns.push_back({name, std::move(values)});
  std::vector<VectorLayer> layers;
  layers.push_back(std::move(links));
  layers.push_back(
      csv_table(folder.path + "/links.csv", "link_intervals", "links.csv: by link and interval"));
  layers.push_back(csv_table(folder.path + "/movements.csv", "movements", "movements.csv"));
  layers.push_back(jam_layer(folder, network));
  return layers;
}

}  // namespace arterial
