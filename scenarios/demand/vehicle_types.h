#pragma once
// Vehicle types where a source leaves them open: SUMO's classes with SUMO's defaults, and a type for each of
// ours.
#include <optional>
#include <string>
#include <string_view>

#include "sim/model/demand.h"

namespace arterial {

/// How a SUMO vClass travels here, with the parameters that SUMO gives it (read from SUMO 1.28 by TraCI).
/// None for a name that SUMO does not have.
struct SumoClass {
  VehicleType type;
  bool run = false;  // on the road: not on rails, water or foot
};
std::optional<SumoClass> sumo_class(std::string_view vclass);

/// The usual vehicle of a class: id "car", "truck", ... None for classes that are not run.
std::optional<VehicleType> usual_type(VehicleClass c);

/// "1.1", "norm(1.1,0.2)" or "normc(1.1,0.2,0.5,1.5)" into the type's speed factor. False where it is none of
/// these.
bool read_speed_factor(std::string_view text, VehicleType& type);

}  // namespace arterial
