#pragma once
// From FILE.arfcd to the table that --fcd FILE.csv writes.
#include <string>

namespace arterial {

/// `csv`: a name that ends in .csv or .csv.gz. `network`: its file where it has moved, else empty. Throws
/// InputError.
void export_trajectories(const std::string& arfcd, const std::string& network, const std::string& csv);

}  // namespace arterial
