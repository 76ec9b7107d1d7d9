#pragma once
// The tools of a run on this machine: the local engine, our readers, and arterial-export for what needs GDAL.
#include "scenarios/run/run.h"

namespace arterial {

RunTools local_tools();

/// Runs the program `arterial-<name>` that stands beside this one and waits. Returns what went wrong, in
/// words. GDAL stays behind a program of its own: it takes long to load, and Debian's brings GPL libraries.
std::string run_sibling(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace arterial
