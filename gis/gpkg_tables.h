#pragma once
// What a GeoPackage stores must be data: a view or a foreign virtual table runs what the author of the file
// wrote.
#include <string>
#include <vector>

class GDALDataset;

namespace arterial {

/// Throws InputError where there is a virtual table other than an R-tree.
void refuse_virtual_tables(GDALDataset& dataset, const std::string& file);
std::vector<std::string> views_in(GDALDataset& dataset, const std::string& file);

}  // namespace arterial
