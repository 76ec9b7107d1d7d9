#pragma once
// The tools of a run on this machine: the local engine, our readers, and arterial-export for what needs GDAL.
#include "scenarios/run/run.h"

namespace arterial {

RunTools local_tools();

}  // namespace arterial
