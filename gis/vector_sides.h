#pragma once
// What a mapping names beside roads: points of signals and signs, buildings, water, zones with residents and
// jobs (from their own fields or a table joined by a key).
#include <functional>
#include <string>
#include <vector>

#include "gis/vector_binding.h"
#include "sim/model/street_plan.h"

namespace arterial {

/// Brings points of the named system into the plan's; throws InputError about the layer where that cannot be.
using ToPlan = std::function<void(const VectorLayer&, const std::string& crs, std::vector<Point>&)>;

/// Each adds to the plan and says in its problems what was read. Precondition: the plan's nodes and roads are
/// there, in its reference system. Throw InputError.
void add_control_points(const Binder& binder, const VectorMapping::ControlPoints& use, const char* what,
                        NodeControl otherwise, const ToPlan& to_plan, StreetPlan& plan);
void add_buildings(const Binder& binder, const VectorMapping::Areas& use, const ToPlan& to_plan,
                   StreetPlan& plan);
void add_water(const Binder& binder, const VectorMapping::Areas& use, const ToPlan& to_plan,
               StreetPlan& plan);
void add_zones(const Binder& binder, const VectorMapping::Zones& use, const ToPlan& to_plan,
               StreetPlan& plan);

}  // namespace arterial
