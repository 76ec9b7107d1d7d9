#pragma once
// docs/VALIDATION.md and its figures out of the sections of one run.
#include <string>
#include <vector>

#include "scenarios/validate/table.h"

namespace arterial::validate {

/// Writes FOLDER/VALIDATION.md and FOLDER/validation/*.svg, each whole or not at all. Same sections, same
/// bytes.
void write_report(const std::vector<Section>& sections, const std::string& folder);

}  // namespace arterial::validate
