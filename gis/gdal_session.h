#pragma once
// GDAL with the doors shut: GDAL reads hundreds of formats, some of which fetch URLs or open other files.
// Only the drivers named here stay registered; plug-ins, Python and every virtual file system that reaches a
// network, an archive or a part of another file are off; and a file must be what its reader expects.
#include <optional>
#include <string>

namespace arterial {

/// Registers GeoPackage, ESRI Shapefile, GeoJSON, FlatGeobuf and CSV and nothing else (and PostgreSQL, where
/// postgres_allowed()). Any number of calls.
void start_gdal();

/// The operator of the machine allows databases as sources: ARTERIAL_POSTGRES=1 in the environment.
bool postgres_allowed();

/// Refuses names that GDAL would take for something other than a file here: /vsi..., URLs, "GPKG:file:layer",
/// NUL bytes; and what is no regular file. Throws InputError.
void require_plain_file(const std::string& path);

enum class VectorFormat : unsigned char { kGeoPackage, kShapefile, kGeoJson, kFlatGeobuf, kCsv };

/// GDAL's name of the driver.
const char* driver_of(VectorFormat format);

/// What a plain file holds, by its content; the name decides only between kinds of text. A name that promises
/// another format than the content (a VRT called x.gpkg), SpatiaLite and everything that no driver above
/// reads is refused with a remedy, before GDAL sees it. Throws InputError.
VectorFormat format_of_file(const std::string& path);

/// True for an SQLite file of SpatiaLite, which is no GeoPackage.
bool is_spatialite(const std::string& path);

}  // namespace arterial
