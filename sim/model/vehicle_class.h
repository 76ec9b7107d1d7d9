#pragma once
// Vehicle classes and the masks by which lanes admit them.
#include <cstdint>
#include <optional>
#include <string_view>

namespace arterial {

enum class VehicleClass : std::uint8_t {
  kCar,
  kVan,
  kTruck,
  kBus,
  kMotorcycle,
  kBicycle,
  kEmergency,
  kTaxi,
  kTram,
  kRail,
  kShip,
  kPedestrian,
  kCount
};

using ClassMask = std::uint16_t;
constexpr ClassMask mask_of(VehicleClass c) { return static_cast<ClassMask>(1u << static_cast<unsigned>(c)); }
constexpr ClassMask kAllRoadClasses = mask_of(VehicleClass::kCar) | mask_of(VehicleClass::kVan) |
                                      mask_of(VehicleClass::kTruck) | mask_of(VehicleClass::kBus) |
                                      mask_of(VehicleClass::kMotorcycle) | mask_of(VehicleClass::kBicycle) |
                                      mask_of(VehicleClass::kEmergency) | mask_of(VehicleClass::kTaxi);
constexpr ClassMask kMotorClasses = kAllRoadClasses & ~mask_of(VehicleClass::kBicycle);
constexpr ClassMask kAllClasses = (1u << static_cast<unsigned>(VehicleClass::kCount)) - 1;

inline constexpr std::string_view kVehicleClassNames[] = {"car",        "van",     "truck",     "bus",
                                                          "motorcycle", "bicycle", "emergency", "taxi",
                                                          "tram",       "rail",    "ship",      "pedestrian"};

constexpr std::string_view name_of(VehicleClass c) { return kVehicleClassNames[static_cast<unsigned>(c)]; }
constexpr std::optional<VehicleClass> vehicle_class_from(std::string_view name) {
  for (unsigned i = 0; i < static_cast<unsigned>(VehicleClass::kCount); ++i)
    if (kVehicleClassNames[i] == name) return static_cast<VehicleClass>(i);
  return std::nullopt;
}

}  // namespace arterial
