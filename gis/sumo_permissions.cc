#include "gis/sumo_permissions.h"

#include <algorithm>
#include <iterator>

namespace arterial {
namespace {

struct Known {
  std::string_view name;
  std::optional<VehicleClass> travels_as;
  bool decides;  // a lane that lists it admits our class
};

constexpr Known kKnown[] = {
    {"passenger", VehicleClass::kCar, true},
    {"private", VehicleClass::kCar, false},
    {"hov", VehicleClass::kCar, false},
    {"evehicle", VehicleClass::kCar, false},
    {"vip", VehicleClass::kCar, false},
    {"delivery", VehicleClass::kVan, true},
    {"truck", VehicleClass::kTruck, true},
    {"trailer", VehicleClass::kTruck, false},
    {"army", VehicleClass::kTruck, false},
    {"bus", VehicleClass::kBus, true},
    {"public_transport", VehicleClass::kBus, true},  // name of early versions
    {"coach", VehicleClass::kBus, false},
    {"motorcycle", VehicleClass::kMotorcycle, true},
    {"moped", VehicleClass::kMotorcycle, false},
    {"bicycle", VehicleClass::kBicycle, true},
    {"scooter", VehicleClass::kBicycle, false},
    {"emergency", VehicleClass::kEmergency, true},
    {"authority", VehicleClass::kEmergency, false},
    {"public_emergency", VehicleClass::kEmergency, true},
    {"public_authority", VehicleClass::kEmergency, false},
    {"public_army", VehicleClass::kTruck, false},
    {"taxi", VehicleClass::kTaxi, true},
    {"tram", VehicleClass::kTram, true},
    {"lightrail", VehicleClass::kTram, true},
    {"rail", VehicleClass::kRail, true},
    {"rail_urban", VehicleClass::kRail, true},
    {"cityrail", VehicleClass::kRail, true},
    {"rail_electric", VehicleClass::kRail, true},
    {"rail_fast", VehicleClass::kRail, true},
    {"rail_slow", VehicleClass::kRail, true},
    {"subway", VehicleClass::kRail, true},
    {"cable_car", VehicleClass::kRail, false},
    {"ship", VehicleClass::kShip, true},
    {"pedestrian", VehicleClass::kPedestrian, true},
    {"wheelchair", VehicleClass::kPedestrian, false},
    {"custom1", VehicleClass::kCar, false},
    {"custom2", VehicleClass::kCar, false},
    {"ignoring", VehicleClass::kCar, false},
    {"container", std::nullopt, false},
    {"aircraft", std::nullopt, false},
    {"drone", std::nullopt, false},
};

const Known* known(std::string_view name) {
  for (const Known& k : kKnown)
    if (k.name == name) return &k;
  return nullptr;
}

}  // namespace

std::optional<VehicleClass> vehicle_class_of_sumo(std::string_view vclass) {
  const Known* k = known(vclass);
  return k ? k->travels_as : std::nullopt;
}

std::string sumo_class_list(ClassMask mask) {
  if ((mask & kAllClasses) == kAllClasses) return "all";
  // Names of early versions mean what later ones have a name of their own for.
  constexpr std::string_view kEarly[] = {"public_transport", "public_emergency", "public_authority",
                                         "public_army",      "lightrail",        "cityrail",
                                         "rail_slow",        "ignoring"};
  std::string list;
  for (const Known& k : kKnown) {
    if (!k.travels_as || !(mask & mask_of(*k.travels_as))) continue;
    if (std::find(std::begin(kEarly), std::end(kEarly), k.name) != std::end(kEarly)) continue;
    list.append(list.empty() ? "" : " ").append(k.name);
  }
  return list;
}

SumoPermissions permissions_of_sumo(std::string_view list) {
  SumoPermissions out;
  constexpr std::string_view kGap = " \t\r\n,;|";
  while (true) {
    const auto first = list.find_first_not_of(kGap);
    if (first == std::string_view::npos) return out;
    list.remove_prefix(first);
    const std::string_view name = list.substr(0, list.find_first_of(kGap));
    list.remove_prefix(name.size());
    if (name == "all") {
      out.mask = kAllClasses;
    } else if (const Known* k = known(name)) {
      if (k->decides) out.mask |= mask_of(*k->travels_as);
    } else if (out.unknown.empty()) {
      out.unknown = name;
    }
  }
}

}  // namespace arterial
