#pragma once
// Programs of ours that stand beside this one.
#include <string>
#include <vector>

namespace arterial {

/// Runs the program `arterial-<name>` that stands beside this one and waits. Returns what went wrong, in
/// words. GDAL stays behind a program of its own: it takes long to load, and Debian's brings GPL libraries.
std::string run_sibling(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace arterial
