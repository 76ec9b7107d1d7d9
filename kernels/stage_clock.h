#pragma once
// How long each stage of a step takes: a machine asks its clock around every loop it runs. Off until it is
// asked for, and then every stage is waited for, so that a measured step takes longer than one that is not.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace arterial {

/// One stage since the clock was started. `indices`: vehicles, grounds or junctions, as the stage counts.
struct StageTime {
  std::string name;
  std::uint64_t launches = 0, indices = 0;
  double seconds = 0;
};

class StageClock {
 public:
  void start() {
    on_ = true;
    stages_.clear();
  }
  bool on() const { return on_; }
  void add(std::string_view name, std::uint64_t indices, double seconds) {
    StageTime* stage = nullptr;
    for (StageTime& known : stages_)
      if (known.name == name) stage = &known;
    if (!stage) {
      stages_.push_back({std::string(name), 0, 0, 0});
      stage = &stages_.back();
    }
    ++stage->launches;
    stage->indices += indices;
    stage->seconds += seconds;
  }
  /// In the order in which they first ran.
  const std::vector<StageTime>& stages() const { return stages_; }

 private:
  bool on_ = false;
  std::vector<StageTime> stages_;
};

}  // namespace arterial
