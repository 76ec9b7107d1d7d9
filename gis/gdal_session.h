#pragma once
// GDAL with the doors shut: GDAL reads hundreds of formats, some of which fetch URLs or open other files.
// Only the drivers named here stay registered, plug-ins are off, and a file must be what its reader expects.
#include <string>

namespace arterial {

/// Registers GeoPackage, ESRI Shapefile, GeoJSON, FlatGeobuf and CSV and nothing else. Any number of calls.
void start_gdal();

/// Refuses names that GDAL would take for something other than a file here: /vsi..., URLs, "GPKG:file:layer",
/// NUL bytes; and what is no regular file. Throws InputError.
void require_plain_file(const std::string& path);

}  // namespace arterial
