#include "scenarios/check/check.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <ostream>

#include "scenarios/map/map.h"
#include "scenarios/text.h"
#include "sim/model/atomic_file.h"

namespace arterial {
namespace {

constexpr double kDepartures_s = 3600, kEnd_s = 7200;
constexpr std::size_t kShown = 12;  // in the terminal; files hold all

double car_lane_km(const Network& network) {
  double metres = 0;
  for (std::uint32_t k = 0; k < network.road_lane_count; ++k)
    if (network.lanes[k].allowed & mask_of(VehicleClass::kCar)) metres += network.lanes[k].length_m;
  return metres / 1000;
}

std::vector<double> lost_by_link(const Network& network, const ResultTables& tables) {
  std::vector<double> lost(network.links.size(), NAN);
  for (const LinkRow& row : tables.links)
    if (row.link.valid() && row.vehicle_s > 0)
      lost[row.link.value] =
          (std::isnan(lost[row.link.value]) ? 0 : lost[row.link.value]) + row.time_loss_s / 3600;
  return lost;
}

std::string text_of(const CheckResult& r) {
  std::string text = std::to_string(r.ledger.loaded) + " trips on " + fixed(r.lane_km, 1) + " km of lanes, " +
                     std::to_string(r.ledger.arrived) + " arrived, " + std::to_string(r.ledger.running) +
                     " under way, " + std::to_string(r.ledger.waiting) + " not entered, " +
                     std::to_string(r.violations.total()) + " violations\n";
  if (r.findings.empty()) return text + "No place holds a light traffic up.\n";
  std::size_t shown = 0, busy = 0;
  for (const Finding& f : r.findings) {
    if (f.kind == FindingKind::kBusy) {
      ++busy;
      continue;
    }
    if (shown++ < kShown) text += std::string(name_of(f.kind)) + "  " + f.words + "\n";
  }
  if (shown > kShown) text += "and " + std::to_string(shown - kShown) + " more\n";
  if (shown == 0) text += "No place holds a light traffic up by itself.\n";
  if (busy > 0)
    text += std::to_string(busy) + (busy == 1 ? " movement is" : " movements are") +
            " slow because random traffic fills them (no fault of the map)\n";
  return text;
}

std::string json_of(const CheckResult& r) {
  std::string json = "{\"lane_km\":" + json_number(r.lane_km, 3) +
                     ",\"loaded\":" + std::to_string(r.ledger.loaded) +
                     ",\"arrived\":" + std::to_string(r.ledger.arrived) +
                     ",\"running\":" + std::to_string(r.ledger.running) +
                     ",\"waiting\":" + std::to_string(r.ledger.waiting) +
                     ",\"violations\":" + std::to_string(r.violations.total()) +
                     ",\"sound\":" + (r.sound() ? "true" : "false") + ",\"findings\":[";
  for (std::size_t k = 0; k < r.findings.size(); ++k) {
    const Finding& f = r.findings[k];
    json += (k ? "," : "") + std::string("{\"kind\":\"") + name_of(f.kind) +
            "\",\"junction_id\":" + json_string(f.junction_id) +
            ",\"from_link\":" + json_string(f.from_link) + ",\"to_link\":" + json_string(f.to_link) +
            ",\"lost_h\":" + json_number(f.lost_h, 3) + ",\"x_m\":" + json_number(f.at.x, 2) +
            ",\"y_m\":" + json_number(f.at.y, 2) + ",\"words\":" + json_string(f.words) + "}";
  }
  return json + "]}\n";
}

/// One bad link must not make all others look alike.
double most_but_the_highest(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.empty()) return 1;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return std::max(0.1, *at);
}

void draw(const Network& network, const CheckResult& result, const std::string& path) {
  MapPicture picture;
  picture.network = &network;
  picture.title = (network.name.empty() ? "Network" : network.name) + ": check with a light traffic";
  picture.subtitle = "The numbers are the lines of findings.csv, worst first";
  picture.link_value = result.lost_h;
  picture.ramp = quantity_ramp(most_but_the_highest(result.lost_h));
  picture.ramp.open_high = true;
  picture.legend = "Time lost on the link, vehicle hours";
  for (std::size_t k = 0; k < result.findings.size() && k < 40; ++k)
    if (is_fault(result.findings[k].kind) && result.findings[k].kind != FindingKind::kViolation)
      picture.marks.push_back({result.findings[k].at, std::to_string(k + 1)});
  draw_map_png(picture, path);
}

}  // namespace

CheckResult check_network(const Network& network, const CheckRequest& request, const RunTools& tools) {
  CheckResult result;
  result.lane_km = car_lane_km(network);
  SimulationInput input;
  input.network = &network;
  input.options.end_s = kEnd_s;
  input.options.threads = request.threads;
  DemandEntry trips;
  trips.kind = DemandEntry::Kind::kRandom;
  trips.trips =
      static_cast<std::uint64_t>(std::max(1.0, std::round(result.lane_km * request.vehicles_per_lane_km)));
  trips.within_s = kDepartures_s;
  input.demand = tools.read_demand({trips}, network, input.options);
  const auto simulation = tools.make(std::move(input));
  while (!simulation->finished()) simulation->step();
  result.ledger = simulation->ledger();
  result.violations = simulation->violations();
  const ResultTables tables = simulation->results();
  result.findings = findings_in(network, tables, result.ledger, result.violations);
  result.lost_h = lost_by_link(network, tables);
  return result;
}

int check(const CheckRequest& request, const RunTools& tools,
          const std::function<ToLonLat(const Network&)>& to_lonlat_of, std::ostream& out) {
  const Network network = tools.read_network(request.network);
  const CheckResult result = check_network(network, request, tools);
  if (!request.out.empty()) {
    std::error_code error;
    std::filesystem::create_directories(request.out, error);
    if (error)
      throw InputError(request.out, "", "cannot be made (" + error.message() + ")", "Name another folder");
    const ToLonLat to_lonlat = to_lonlat_of(network);
    write_file_atomically(request.out + "/findings.csv", findings_csv(result, to_lonlat));
    write_file_atomically(request.out + "/findings.geojson", findings_geojson(network, result, to_lonlat));
    draw(network, result, request.out + "/map.png");
  }
  if (request.json)
    out << json_of(result);
  else if (!request.quiet)
    out << text_of(result);
  return result.sound() ? kDone : kViolated;
}

}  // namespace arterial
