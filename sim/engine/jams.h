#pragma once
// Who blocks whom: vehicles that stood long, the one each waits for, and the cycles among them.
#include <cstdint>
#include <map>
#include <vector>

#include "kernels/state_columns.h"
#include "sim/engine/results.h"

namespace arterial {

class JamFinder {
 public:
  /// Looks at one state. Cheap where nobody stood for `after_s`.
  void look(const CityTables& city, const StateImage& image, std::uint32_t replica, double now_s,
            double step_s, double after_s);
  /// Jams so far; those still there have until_s < 0.
  std::vector<JamRow> rows(std::uint32_t replica) const;
  /// All jams, for checkpoints.
  struct Record {
    std::uint32_t replica = 0;
    double since_s = 0, until_s = -1;
    std::vector<std::uint32_t> trips, lanes;
  };
  const std::vector<Record>& records() const { return records_; }
  void restore(std::vector<Record> records) { records_ = std::move(records); }

 private:
  std::vector<Record> records_;
};

}  // namespace arterial
