#include "scenarios/demand/vehicle_types.h"

#include <array>
#include <cmath>

#include "gis/xml_reader.h"

namespace arterial {
namespace {

struct Defaults {
  std::string_view name;
  VehicleClass travels_as;
  bool run;
  double length_m, width_m, min_gap_m, max_speed_mps, accel_mps2, decel_mps2, emergency_decel_mps2, deviation;
};

using enum VehicleClass;
// Bicycles and scooters ride at SUMO's desired speed of 20 km/h unless the type says otherwise.
constexpr double kCycling = 20 / 3.6, kAny = 200 / 3.6;
constexpr std::array kDefaults = {
    Defaults{"passenger", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"private", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"ignoring", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"taxi", kTaxi, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.05},
    Defaults{"bus", kBus, true, 12, 2.5, 2.5, 100 / 3.6, 1.2, 4, 7, 0},
    Defaults{"coach", kBus, true, 14, 2.6, 2.5, 100 / 3.6, 2, 4, 7, 0.05},
    Defaults{"delivery", kVan, true, 6.5, 2.16, 2.5, kAny, 2.6, 4.5, 9, 0.05},
    Defaults{"truck", kTruck, true, 7.1, 2.4, 2.5, 130 / 3.6, 1.3, 4, 7, 0.05},
    Defaults{"trailer", kTruck, true, 16.5, 2.55, 2.5, 130 / 3.6, 1.1, 4, 7, 0.05},
    Defaults{"motorcycle", kMotorcycle, true, 2.2, 0.9, 2.5, kAny, 6, 10, 10, 0.1},
    Defaults{"moped", kMotorcycle, true, 2.1, 0.78, 2.5, 60 / 3.6, 1.1, 7, 10, 0.1},
    Defaults{"bicycle", kBicycle, true, 1.6, 0.65, 0.5, kCycling, 1.2, 3, 7, 0.1},
    Defaults{"scooter", kBicycle, true, 1.2, 0.5, 0.5, kCycling, 1.2, 3, 7, 0.1},
    Defaults{"evehicle", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"emergency", kEmergency, true, 6.5, 2.16, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"authority", kEmergency, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"army", kTruck, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"vip", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"hov", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"custom1", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"custom2", kCar, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0.1},
    Defaults{"pedestrian", kPedestrian, false, 0.215, 0.478, 0.25, 1.39, 1.5, 2, 5, 0.1},
    Defaults{"wheelchair", kPedestrian, false, 1.2, 0.72, 0.5, 8.33, 1.5, 2, 5, 0.1},
    Defaults{"tram", kTram, false, 22, 2.4, 2.5, 80 / 3.6, 1, 3, 7, 0},
    Defaults{"rail_urban", kRail, false, 109.5, 3, 5, 100 / 3.6, 1, 3, 7, 0},
    Defaults{"subway", kRail, false, 109.5, 3, 5, 100 / 3.6, 1, 3, 7, 0},
    Defaults{"rail", kRail, false, 135, 2.84, 5, 160 / 3.6, 0.25, 1.3, 5, 0},
    Defaults{"rail_electric", kRail, false, 200, 2.95, 5, 220 / 3.6, 0.5, 1.3, 5, 0},
    Defaults{"rail_fast", kRail, false, 200, 2.95, 5, 330 / 3.6, 0.5, 1.3, 5, 0},
    Defaults{"cable_car", kRail, false, 22, 2.4, 2.5, 80 / 3.6, 1, 3, 7, 0},
    Defaults{"ship", kShip, false, 17, 4, 2.5, 4.12, 0.1, 0.15, 1, 0.1},
    Defaults{"container", kPedestrian, false, 6.1, 2.44, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"drone", kPedestrian, false, 0.5, 0.5, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"aircraft", kPedestrian, false, 72.7, 79.8, 2.5, kAny, 2.6, 4.5, 9, 0},
    // Names of early versions.
    Defaults{"public_transport", kBus, true, 12, 2.5, 2.5, 100 / 3.6, 1.2, 4, 7, 0},
    Defaults{"public_emergency", kEmergency, true, 6.5, 2.16, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"public_authority", kEmergency, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"public_army", kTruck, true, 5, 1.8, 2.5, kAny, 2.6, 4.5, 9, 0},
    Defaults{"lightrail", kTram, false, 22, 2.4, 2.5, 80 / 3.6, 1, 3, 7, 0},
    Defaults{"cityrail", kRail, false, 109.5, 3, 5, 100 / 3.6, 1, 3, 7, 0},
    Defaults{"rail_slow", kRail, false, 135, 2.84, 5, 160 / 3.6, 0.25, 1.3, 5, 0},
};

}  // namespace

std::optional<SumoClass> sumo_class(std::string_view vclass) {
  for (const Defaults& d : kDefaults) {
    if (d.name != vclass) continue;
    SumoClass c;
    c.run = d.run;
    c.type.vehicle_class = d.travels_as;
    c.type.length_m = d.length_m;
    c.type.width_m = d.width_m;
    c.type.min_gap_m = d.min_gap_m;
    c.type.max_speed_mps = d.max_speed_mps;
    c.type.accel_mps2 = d.accel_mps2;
    c.type.decel_mps2 = d.decel_mps2;
    c.type.emergency_decel_mps2 = d.emergency_decel_mps2;
    c.type.speed_factor_deviation = d.deviation;
    c.type.ignores_permissions = d.name == "ignoring";
    return c;
  }
  return std::nullopt;
}

std::optional<VehicleType> usual_type(VehicleClass c) {
  constexpr std::array<std::string_view, 8> kUsual = {"passenger",  "delivery", "truck",     "bus",
                                                      "motorcycle", "bicycle",  "emergency", "taxi"};
  const auto i = static_cast<std::size_t>(c);
  if (i >= kUsual.size()) return std::nullopt;
  VehicleType type = sumo_class(kUsual[i])->type;
  type.id = name_of(c);
  type.startup_delay_s = kUsualStartupDelay_s;
  return type;
}

bool read_speed_factor(std::string_view text, VehicleType& type) {
  const auto open = text.find('(');
  double values[4] = {1, 0, 0.2, 2};
  std::size_t wanted = 0, least = 0;
  if (open == std::string_view::npos) {
    const auto mean = to_number(text);
    if (!mean || !(*mean > 0) || *mean > 100) return false;
    type.speed_factor_mean = *mean;  // the deviation stays the class's own, as in SUMO
    type.speed_factor_max = std::max(type.speed_factor_max, *mean);
    type.speed_factor_min = std::min(type.speed_factor_min, *mean);
    return true;
  }
  const std::string_view name = text.substr(0, open);
  if (text.back() != ')') return false;
  if (name == "norm") {
    wanted = least = 2;
  } else if (name == "normc") {
    wanted = 4;
    least = 2;
  } else {
    return false;
  }
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  std::size_t count = 0;
  while (true) {
    const auto comma = rest.find(',');
    const auto value = to_number(rest.substr(0, comma));
    if (!value || count == wanted) return false;
    values[count++] = *value;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (count < least || !(values[0] > 0) || values[0] > 100 || values[1] < 0 || values[1] > 100) return false;
  if (name == "norm") {  // no bounds of its own; a factor near zero or below would stand for ever
    values[2] = 0.05;
    values[3] = values[0] + 5 * values[1];
  }
  if (values[2] < 0 || values[3] < values[2] || values[3] > 1000) return false;
  type.speed_factor_mean = values[0];
  type.speed_factor_deviation = values[1];
  type.speed_factor_min = std::max(values[2], 0.01);
  type.speed_factor_max = std::max(values[3], type.speed_factor_min);
  return true;
}

}  // namespace arterial
