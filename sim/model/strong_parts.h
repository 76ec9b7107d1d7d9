#pragma once
// The parts of a network within which every link can be reached from every other.
#include <cstdint>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

struct StrongParts {
  static constexpr std::uint32_t kNone = 0xffffffffu;
  std::vector<std::uint32_t> of_link;  // kNone where none of the classes may go
  std::vector<double> lane_m;          // of each part
  std::uint32_t largest = kNone;       // by lane_m; of equals the first
  double all_lane_m = 0;

  /// Of the lane metres open to the classes, how many lie in the largest part.
  double largest_share() const {
    return largest == kNone || all_lane_m <= 0 ? 0 : lane_m[largest] / all_lane_m;
  }
};

/// For vehicles of any of `classes`: a link counts with its lanes that admit one of them.
StrongParts strong_parts(const Network& network, ClassMask classes = mask_of(VehicleClass::kCar));

}  // namespace arterial
