#pragma once
// How QGIS shows a layer of ours when it is opened: a style by what the layer holds.
#include <string>

#include "gis/export_layers.h"

namespace arterial {

/// A QGIS style (.qml). Links: differences of two runs in diverging colours, else results by speed relative
/// to the limit and drawn as wide as the flow, else by road class; problems by severity; the other layers by
/// what they are. Empty for a table.
std::string qgis_style(const VectorLayer& layer);

}  // namespace arterial
