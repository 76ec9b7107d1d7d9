#pragma once
// Where the lines of the city run, before there are roads on them.
//
// Vocabulary
//   line        a north-south (index i) or east-west (index j) line of the street lattice
//   gap         the space between line k and line k+1; a *strip* is a wide gap that the river or a motorway
//   fills arterial    a line that carries through traffic; arterials bound superblocks superblock  the ground
//   between neighbouring arterials base plane  the lattice undistorted, metres from the crossing of the two
//   central lines world       the base plane bent: square rings become round, the river meanders, everything
//   wobbles a little.
//               The bend is continuous and one to one, so what does not cross in the base plane never
//               crosses.
#include <cstdint>
#include <vector>

#include "scenarios/synthetic/dice.h"
#include "scenarios/synthetic/draw_city.h"

namespace arterial::synthetic {

struct Axis {
  std::vector<double> at_m;            // of each line, in the base plane
  std::vector<std::uint8_t> arterial;  // of each line
  std::vector<std::uint8_t> collector;
  std::vector<std::uint8_t> strip;    // of each gap
  std::vector<int> superblock;        // of each gap
  std::vector<int> superblock_first;  // first line of each superblock, and the last line at the end
  std::vector<int> ordinal;  // of each arterial line: 0 the central one, then -1, 1, ...; else kNoOrdinal
  int centre = 0;

  static constexpr int kNoOrdinal = 1 << 30;
  int lines() const { return static_cast<int>(at_m.size()); }
  int gaps() const { return lines() - 1; }
  int superblocks() const { return static_cast<int>(superblock_first.size()) - 1; }
  int line_of_ordinal(int ordinal_wanted) const;  // -1 where there is none
  double half_extent_m() const { return (at_m.back() - at_m.front()) / 2; }
};

struct Layout {
  CityOptions options;
  Axis x, y;
  int river_gap = -1;              // of y
  std::vector<int> motorway_gaps;  // of x
  std::vector<int> rings;          // arterial ordinals
  double ring_radius_m = 0;        // to which the bend is round

  explicit Layout(const CityOptions& options);

  Point to_world(Point base) const;
  /// Urban density from 0 (fields) to 1 (centre).
  double density(Point base) const;
  Point base(int i, int j) const { return {x.at_m[i], y.at_m[j]}; }
  Point middle(int sx, int sy) const;
  bool built(int sx, int sy) const;

 private:
  Dice bend_, fine_, meander_, town_;
};

inline constexpr double kMotorwayStripM = 440;
inline constexpr double kRiverStripM = 190;

}  // namespace arterial::synthetic
