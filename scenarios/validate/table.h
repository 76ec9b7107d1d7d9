#pragma once
// What a validation says: rows of expected beside measured, some of them gates, and figures. One text for the
// terminal, one for docs/VALIDATION.md.
#include <limits>
#include <string>
#include <vector>

#include "scenarios/map/plot.h"

namespace arterial::validate {

struct Row {
  std::string what, unit;
  double expected = std::numeric_limits<double>::quiet_NaN(), measured = 0;
  double low = 0, high = 0;  // of the gate, both included
  bool gate = false;
  std::string note;
  bool good() const { return !gate || (measured >= low && measured <= high); }  // a NaN fails
};

struct Figure {
  std::string file;  // "fundamental_krauss.svg"
  Plot plot;
};

struct Section {
  std::string id, title;  // "discharge", "Signal discharge"
  std::string words;      // what was done, and the sources
  std::vector<Row> rows;
  std::vector<Figure> figures;

  Section& within(std::string what, std::string unit, double expected, double measured, double share,
                  std::string note = "");
  Section& between(std::string what, std::string unit, double low, double high, double measured,
                   std::string note = "");
  /// No gate: a figure to know.
  Section& told(std::string what, std::string unit, double measured, std::string note = "");
  Section& beside(std::string what, std::string unit, double expected, double measured,
                  std::string note = "");
  /// What must be exactly so many.
  Section& count(std::string what, double expected, double measured, std::string note = "");
};

std::string number(double value);
std::string as_text(const Section& section);
std::string as_markdown(const Section& section, const std::string& figure_folder);
std::vector<const Row*> red_rows(const Section& section);

}  // namespace arterial::validate
