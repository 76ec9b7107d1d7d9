#pragma once
// Where the real data lies that some tests want: env ARTERIAL_SHARED_DATA, or ../shared/data beside the
// source tree. It is no part of the repository, so a test without it says so and goes on:
//
//   const auto net = shared_data("sumo_bologna/joined/joined_buslanes.net.xml");
//   if (!net) return skip_without("sumo_bologna");
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/catch.h"

namespace arterial {

/// The path of a file or folder of the shared data, or nothing where it is not there.
inline std::optional<std::string> shared_data(const std::string& relative) {
  const char* stated = std::getenv("ARTERIAL_SHARED_DATA");
#ifdef ARTERIAL_SOURCE_DIR
  const std::filesystem::path beside = std::filesystem::path(ARTERIAL_SOURCE_DIR) / ".." / "shared" / "data";
#else
  const std::filesystem::path beside = std::filesystem::path("..") / "shared" / "data";
#endif
  const std::filesystem::path path =
      (stated && *stated ? std::filesystem::path(stated) : beside) / std::filesystem::path(relative);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  return path.lexically_normal().string();
}

/// Says that a test was left out, so that a green run without the data is not taken for a full one.
inline void skip_without(const std::string& what) {
#if __has_include(<catch2/catch_all.hpp>)
  SKIP("the shared data has no " << what << "; set ARTERIAL_SHARED_DATA");
#else
  WARN("skipped: the shared data has no " << what << "; set ARTERIAL_SHARED_DATA");
#endif
}

}  // namespace arterial
