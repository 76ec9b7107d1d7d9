#pragma once
// The checkpoints of a run folder: OUT/checkpoints/step_00001800.ckpt, three generations, the newest good one
// wins.
#include <cstdint>
#include <string>
#include <vector>

namespace arterial {

constexpr std::size_t kCheckpointGenerations = 3;

std::string checkpoint_path(const std::string& folder, std::uint64_t step);
/// Newest first.
std::vector<std::string> checkpoints_in(const std::string& folder);
/// Removes all but the newest `keep`.
void prune_checkpoints(const std::string& folder, std::size_t keep);

/// What this program puts beside the engine's state: offsets of growing files and rows held in memory.
struct RunProgress {
  double wall_s = 0;
  std::uint64_t fcd_offset = 0, crossings_offset = 0, signals_offset = 0;
  bool has_trajectories = false;
  std::string hash_rows;  // of hashes.csv, without its header
  bool has_hashes = false;
};
std::string to_text(const RunProgress& progress);
/// Throws InputError where `text` was not written by to_text.
RunProgress progress_from(const std::string& text, const std::string& file);

}  // namespace arterial
