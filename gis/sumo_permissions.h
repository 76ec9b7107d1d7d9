#pragma once
// SUMO's vehicle classes and permission lists, brought to ours.
#include <optional>
#include <string>
#include <string_view>

#include "sim/model/vehicle_class.h"

namespace arterial {

/// The class that a SUMO vClass travels as: trailer as truck, coach as bus, moped as motorcycle. None for a
/// name that SUMO does not know, and for what is on no road or rail (container, aircraft, drone).
std::optional<VehicleClass> vehicle_class_of_sumo(std::string_view vclass);

struct SumoPermissions {
  ClassMask mask = 0;
  std::string_view unknown;  // the first name that SUMO does not have; empty if all are known
};

/// A list such as allow="bus taxi" or "all". Only SUMO's main class of each of ours decides: a lane that
/// admits coaches alone is no bus lane.
SumoPermissions permissions_of_sumo(std::string_view list);

/// The other way: every SUMO class that travels as one of ours, for allow="...". permissions_of_sumo gives
/// the mask back. "all" where the mask admits all; empty where it admits none.
std::string sumo_class_list(ClassMask mask);

}  // namespace arterial
