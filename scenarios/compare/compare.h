#pragma once
// Two finished runs side by side: a table of figures with differences (unserved demand first), links, a
// difference map and a page that holds it all.
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "scenarios/compare/statistics.h"
#include "scenarios/report/run_folder.h"

namespace arterial {

struct Figure {
  std::string key, name, unit;
  int decimals = 0;
  int better = 0;  // +1: more is better, -1: less is better, 0: neither
  PairedDifference values;
};

struct Comparison {
  RunFolder a, b;
  bool paired = false;  // the same number of replicas with the same seeds
  std::vector<Figure> figures;
};
Comparison compare_runs(const std::string& a, const std::string& b);

struct CompareRequest {
  std::string a, b;
  std::string report;  // a folder; or FILE.html, whose folder takes the other files
  bool json = false, quiet = false;
  /// `arterial export NETWORK --join CSV -o FILE`; returns what went wrong, in words.
  std::function<std::string(const std::string& network, const std::string& csv, const std::string& file)>
      export_joined;
};
/// Returns an exit code. Throws InputError.
int compare(const CompareRequest& request, std::ostream& out, std::ostream& err);

}  // namespace arterial
