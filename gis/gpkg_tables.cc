#include "gis/gpkg_tables.h"

#include "gis/gdal_owners.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

/// The first column of what an SQL query of ours says.
std::vector<std::string> names_by(GDALDataset& dataset, const std::string& file, const char* sql) {
  std::vector<std::string> names;
  OGRLayer* rows = dataset.ExecuteSQL(sql, nullptr, nullptr);
  if (rows) {
    while (const Feature row{rows->GetNextFeature()}) names.emplace_back(row->GetFieldAsString(0));
    dataset.ReleaseResultSet(rows);
  } else if (CPLGetLastErrorType() == CE_Failure) {
    throw InputError(file, "", "its list of tables cannot be read: " + gdal_said(""),
                     "Save the layers as GeoPackage again");
  }
  return names;
}

}  // namespace

void refuse_virtual_tables(GDALDataset& dataset, const std::string& file) {
  const auto found = names_by(
      dataset, file,
      "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%' AND NOT (sql "
      "LIKE '%USING rtree%')");
  if (!found.empty())
    throw InputError(file, "table " + found.front().substr(0, 80),
                     "is a virtual table, which is not accepted", "Save the layers as plain tables");
}

std::vector<std::string> views_in(GDALDataset& dataset, const std::string& file) {
  return names_by(dataset, file, "SELECT name FROM sqlite_master WHERE type = 'view'");
}

}  // namespace arterial
