#pragma once
// What every fuzz target shares: the bytes as a file, because the readers take paths, and the rule that a reader may
// refuse (InputError) but never crash, hang, leak or throw anything else.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sim/model/problem.h"

namespace arterial {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Puts the bytes where the reader finds them. Memory, not disk: a fuzzer writes thousands of files a second.
inline std::string fuzz_file(std::string_view content, const char* ending) {
  static const std::string folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  static const std::string base = folder + "/arterial_fuzz_" + std::to_string(getpid());
  static const std::string path = base + ending;
  static const bool removed_at_exit = std::atexit([] { unlink(path.c_str()); }) == 0;
  std::FILE* file = removed_at_exit ? std::fopen(path.c_str(), "wb") : nullptr;
  if (!file) std::abort();
  if (!content.empty() && std::fwrite(content.data(), 1, content.size(), file) != content.size()) std::abort();
  std::fclose(file);
  return path;
}

template <class Body>
int refuse_or_read(Body body) {
  try {
    body();
  } catch (const InputError&) {
  }
  return 0;
}

/// What a reader lets through must be sound.
inline void demand_sound(bool sound, const char* what) {
  if (sound) return;
  std::fprintf(stderr, "let through: %s\n", what);
  std::abort();
}

}  // namespace arterial
