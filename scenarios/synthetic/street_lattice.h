#pragma once
// Which lattice edges carry a street, of what class and direction, and how its crossings are controlled.
#include <array>
#include <cstdint>
#include <vector>

#include "scenarios/synthetic/city_layout.h"

namespace arterial::synthetic {

enum class Street : std::uint8_t { kNone, kLiving, kResidential, kTertiary, kSecondary, kPrimary };

struct Edge {
  Street street = Street::kNone;
  std::int8_t one_way = 0;   // +1 towards the higher index, -1 towards the lower, 0 both
  std::uint8_t level = 0;    // 1: a bridge
  std::uint8_t lanes = 1;    // that go through, in each direction
  bool interchange = false;  // crosses the motorway and has ramps
};

/// The ways out of a lattice node, counter-clockwise from east.
enum Heading : int {
  kEast,
  kNorthEast,
  kNorth,
  kNorthWest,
  kWest,
  kSouthWest,
  kSouth,
  kSouthEast,
  kHeadings
};
inline constexpr std::array<int, kHeadings> kStepX{1, 1, 0, -1, -1, -1, 0, 1};
inline constexpr std::array<int, kHeadings> kStepY{0, 1, 1, 1, 0, -1, -1, -1};

struct Leg {
  Street street = Street::kNone;
  bool out = false, in = false;  // traffic leaves the node by this leg, enters it by this leg
  std::uint8_t level = 0, lanes = 1;
  bool exists() const { return street != Street::kNone; }
};

enum class Control : std::uint8_t {
  kPlain,  // priority by class, else right before left
  kSignal,
  kAllWayStop,
  kRoundabout,
  kRightInRightOut,  // a small street at a big road: no left turns, no crossing
};

enum class Ground : std::uint8_t { kField, kGrid, kBrick, kLoops, kIndustry, kPark };

class StreetLattice {
 public:
  explicit StreetLattice(const Layout& layout);

  const Layout& layout() const { return layout_; }
  int node(int i, int j) const { return j * layout_.x.lines() + i; }
  const Edge& across(int i, int j) const { return across_[j * layout_.x.gaps() + i]; }  // (i, j) to (i+1, j)
  const Edge& along(int i, int j) const { return along_[j * layout_.x.lines() + i]; }   // (i, j) to (i, j+1)
  /// 0 none, 1 from (i, j) to (i+1, j+1), 2 from (i+1, j) to (i, j+1).
  int diagonal(int i, int j) const { return diagonal_[j * layout_.x.gaps() + i]; }
  Point at(int i, int j) const { return at_[node(i, j)]; }  // world
  Control control(int i, int j) const { return control_[node(i, j)]; }
  Ground ground(int sx, int sy) const { return ground_[sy * layout_.x.superblocks() + sx]; }
  Leg leg(int i, int j, int heading) const;
  int legs(int i, int j) const;

 private:
  Edge& across(int i, int j) { return across_[j * layout_.x.gaps() + i]; }
  Edge& along(int i, int j) { return along_[j * layout_.x.lines() + i]; }
  bool inside(int i, int j) const {
    return i >= 0 && j >= 0 && i < layout_.x.lines() && j < layout_.y.lines();
  }
  Edge* edge(int i, int j, int heading);
  static std::uint8_t lanes_of(Street street);
  Street arterial_class(const Axis& own, int line, const Axis& other, int gap) const;
  void place_nodes();
  void choose_grounds();
  void lay_streets();
  void lay_bridges();
  void lay_diagonals();
  bool lay_diagonal(int qx, int qy);
  void thin_out();
  void reconnect();
  void make_one_way();
  void choose_controls();
  Control choose_control(int i, int j) const;

  const Layout& layout_;
  std::vector<Edge> across_, along_;
  std::vector<std::uint8_t> diagonal_;
  std::vector<Point> at_;
  std::vector<Control> control_;
  std::vector<Ground> ground_;
  struct Removed {
    int i, j, heading;
    Edge edge;
  };
  std::vector<Removed> removed_;
};

}  // namespace arterial::synthetic
