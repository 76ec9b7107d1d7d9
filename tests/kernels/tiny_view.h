#pragma once
// Host arrays bound to the View that a stage sees, for tests of one stage alone.
#include <climits>

#include "kernels/vehicle_path.h"

namespace arterial {

struct TinyView {
  CityTables city;
  StateImage now, next;
  std::vector<std::uint32_t> lane_first;
  std::vector<GroundNow> ground;
  std::vector<std::uint8_t> fate;
  std::vector<std::int32_t> signal_due;
  View view;

  View& bind() {
    static_cast<CitySizes&>(view.city) = city;
#define X(type, name) view.city.name = city.name.data();
    ARTERIAL_CITY_COLUMNS(X)
#undef X
#define X(type, name) view.s.name = now.name.data(), view.s.next_##name = next.name.data();
    ARTERIAL_HOT_COLUMNS(X)
#undef X
#define X(type, name) view.s.name = now.name.data();
    ARTERIAL_FIXED_COLUMNS(X)
#undef X
    view.s.route_links = now.route_links.data();
    view.s.lane_first = lane_first.data();
    ground.resize(now.lane_limit.size());  // of tests that ask for grounds
    for (std::size_t at = 0; at < ground.size(); ++at)
      ground[at] = {city.lane_length[at], now.lane_limit[at], now.lane_obstacle[at], city.lane_place[at]};
    view.s.ground = ground.data();
    view.s.fate = fate.data();
    signal_due.resize(city.signals, INT_MIN);
    view.s.signal_due = signal_due.data();
    return view;
  }
};

}  // namespace arterial
