#pragma once
// How the GeoPackage of a street plan says what a StreetPlan holds: writer and reader share these words.
#include <string_view>

namespace arterial::gpkg_plan {

constexpr std::string_view kFormat = "1";

// Enumerations, by value.

constexpr std::string_view kControls[] = {"",      "signal",          "stop",    "all_way_stop",
                                          "yield", "mini_roundabout", "crossing"};
constexpr std::string_view kClasses[] = {
    "motorway",      "motorway_link",  "trunk",    "trunk_link",    "primary",      "primary_link",
    "secondary",     "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential",
    "living_street", "service",        "busway",   "cycleway",      "rail",         "other"};
constexpr std::string_view kTurns[] = {"straight", "right", "left", "u_turn", "part_right", "part_left"};

}  // namespace arterial::gpkg_plan
