#pragma once
// What every fuzz target shares: the bytes as a file, because the readers take paths, and the rule that a
// reader may refuse (InputError) but never crash, hang, leak or throw anything else.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
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
  if (!content.empty() && std::fwrite(content.data(), 1, content.size(), file) != content.size())
    std::abort();
  std::fclose(file);
  return path;
}

inline void write_bytes(const std::string& path, std::string_view content) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) std::abort();
  if (!content.empty() && std::fwrite(content.data(), 1, content.size(), file) != content.size())
    std::abort();
  std::fclose(file);
}

/// A good file with edits of five bytes each: where (24 bits), what is done (bit 24: four bytes become all
/// ones), the byte. What is left over cuts the file short. So a fuzzer gets deep into a format that it would
/// never hit by itself.
inline std::string with_edits(std::string file, const std::uint8_t* data, std::size_t size) {
  for (; size >= 5; data += 5, size -= 5) {
    const std::size_t at = (data[0] | std::size_t{data[1]} << 8 | std::size_t{data[2]} << 16) % file.size();
    if (data[3] & 1)
      for (std::size_t k = at; k < file.size() && k < at + 4; ++k) file[k] = '\xff';
    else
      file[at] = static_cast<char>(data[4]);
  }
  if (size > 0) file.resize(file.size() - data[0] % 64);
  return file;
}

inline std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
