#pragma once
// report.html: one file that opens without a network and says how the city fared. No script, no foreign file;
// every name from a map or a demand is escaped.
#include <string>
#include <string_view>

#include "scenarios/run/finish_folder.h"

namespace arterial {

/// `map_png`: the bytes of map.png, empty where there is none.
std::string run_report_html(const FinishedRun& run, std::string_view map_png);

}  // namespace arterial
