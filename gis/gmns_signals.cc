// The signal tables of a GMNS folder as programs.
#include "gis/gmns_tables.h"

namespace arterial::gis {

void read_gmns_signals(const GmnsTables&, StreetPlan&) {}

}  // namespace arterial::gis
