#pragma once
// What was built in. The values are written by sim/build_info.cmake; `arterial --version` and manifest.json
// show them.
#include <span>

namespace arterial {

struct BuiltIn {
  const char* name;   // "compiler", "backends", "GDAL"
  const char* value;  // "GNU 12.2.0", "cpu cuda (sm_80 sm_90)", "3.6.2"
};

const char* version();
std::span<const BuiltIn> built_in();

}  // namespace arterial
