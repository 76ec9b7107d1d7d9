#pragma once
// What a person should look at after an import: junctions that the builder made of several nodes, and pairs
// that it kept apart, the most doubtful first, each with the override that would undo it.
#include <string>

#include "sim/model/network.h"

namespace arterial {

/// review.csv (rank, id, lon, lat, confidence, decision, reasons, source_nodes, override) and review.geojson
/// with the same columns, into a folder that is made where it is
/// missing. Throws InputError where they cannot be written.
void write_junction_review(const Network& network, const std::string& folder);

}  // namespace arterial
