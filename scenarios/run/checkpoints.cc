#include "scenarios/run/checkpoints.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "scenarios/text.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;
constexpr const char* kMagic = "arterial-run-progress 1";

bool is_checkpoint(const std::string& name) {
  return name.starts_with("step_") && name.ends_with(".ckpt") && name.size() >= 18 &&
         std::all_of(name.begin() + 5, name.end() - 5, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string checkpoint_path(const std::string& folder, std::uint64_t step) {
  std::string digits = std::to_string(step);
  digits.insert(0, digits.size() < 8 ? 8 - digits.size() : 0, '0');
  return folder + "/checkpoints/step_" + digits + ".ckpt";
}

std::vector<std::string> checkpoints_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder + "/checkpoints", error), end; !error && it != end;
       it.increment(error))
    if (is_checkpoint(it->path().filename().string())) names.push_back(it->path().filename().string());
  // By number: more digits are larger, and leading zeros fill the rest.
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a > b;
  });
  for (auto& name : names) name = folder + "/checkpoints/" + name;
  return names;
}

void prune_checkpoints(const std::string& folder, std::size_t keep) {
  const auto all = checkpoints_in(folder);
  std::error_code ignored;
  for (std::size_t i = keep; i < all.size(); ++i) fs::remove(all[i], ignored);
}

std::string to_text(const RunProgress& progress) {
  std::ostringstream out;
  out << kMagic << "\nwall_ms " << static_cast<std::uint64_t>(progress.wall_s * 1000) << "\ntrajectories "
      << (progress.has_trajectories ? 1 : 0) << ' ' << progress.fcd_offset << ' ' << progress.crossings_offset
      << ' ' << progress.signals_offset << "\nhashes " << (progress.has_hashes ? 1 : 0) << "\n\n"
      << progress.hash_rows;
  return out.str();
}

RunProgress progress_from(const std::string& text, const std::string& file) {
  RunProgress progress;
  const auto split = text.find("\n\n");
  std::istringstream in(split == std::string::npos ? std::string() : text.substr(0, split));
  std::string magic, word;
  std::getline(in, magic);
  std::uint64_t wall_ms = 0;
  int trajectories = 0, hashes = 0;
  in >> word >> wall_ms >> word >> trajectories >> progress.fcd_offset >> progress.crossings_offset >>
      progress.signals_offset >> word >> hashes;
  if (magic != kMagic || !in)
    throw InputError(file, "", "was not written by arterial run", "Resume from a run folder of this version");
  progress.wall_s = static_cast<double>(wall_ms) / 1000;
  progress.has_trajectories = trajectories != 0;
  progress.has_hashes = hashes != 0;
  progress.hash_rows = text.substr(split + 2);
  return progress;
}

}  // namespace arterial
