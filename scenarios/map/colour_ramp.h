#pragma once
// Colours for values, told apart by people with any of the common colour blindnesses: no red against green.
#include <string>
#include <vector>

namespace arterial {

struct Colour {
  double r = 0, g = 0, b = 0;  // 0 to 1
};

struct Ramp {
  double low = 0, high = 1;                  // values beyond take the colour of the end
  std::vector<Colour> colours;               // evenly spaced from low to high
  std::vector<double> ticks;                 // values written under the legend; empty: chosen
  bool as_percent = false;                   // ticks as 0 %, 50 %, 100 % of value 1
  bool open_low = false, open_high = false;  // "<= " and ">= " at the end ticks: values beyond exist

  Colour at(double value) const;
};

/// Dark red (standing) over yellow to blue (free): speed as a share of the limit, 0 to 1.
Ramp relative_speed_ramp();
/// Light to dark blue: a quantity from 0 to `high` (flow, density, delay).
Ramp quantity_ramp(double high);
/// Orange (less) over grey to blue (more), from -reach to reach.
Ramp difference_ramp(double reach);

/// Round numbers that cover [low, high], at most `most` of them: 1, 2 or 5 times a power of ten apart.
std::vector<double> round_ticks(double low, double high, int most);
/// A number as a person writes it: as few decimals as `step` needs, a comma every three digits ("12,500").
std::string number_words(double value, double step);
/// "#rrggbb"
std::string hex_of(Colour colour);

}  // namespace arterial
