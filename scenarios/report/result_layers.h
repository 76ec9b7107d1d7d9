#pragma once
// A run folder as layers: links with their results over the run, the same by interval, problems, jams.
#include <vector>

#include "gis/export_layers.h"
#include "scenarios/report/run_folder.h"

namespace arterial {

/// `links` is the plain layer of links (gis/export_network.h), which the results are joined to.
std::vector<VectorLayer> result_layers(const RunFolder& folder, const Network& network, VectorLayer links);

/// Adds the columns of a CSV file to a layer by `link_id`; links that the file does not name get no value.
void join_csv(VectorLayer& links, const std::string& csv_path);

}  // namespace arterial
