#include "kernels/city_lookups.h"

#include <algorithm>
#include <utility>

namespace arterial {

namespace {

/// Of each link its next links, and the connections that lead to each, lane by lane.
void derive_turns(CityTables& city) {
  city.link_ahead.clear();
  city.turn.clear();
  city.turn_way.clear();
  for (std::uint32_t link = 0; link < city.link_first_lane.size(); ++link) {
    const std::uint32_t first = city.link_first_lane[link], end = first + city.link_lane_count[link];
    std::vector<std::pair<std::uint32_t, TurnWay>> ways;
    for (std::uint32_t lane = first; lane < end; ++lane)
      for (std::uint32_t e = city.lane_conn_first[lane]; e < city.lane_conn_first[lane + 1]; ++e) {
        const std::uint32_t c = city.lane_conn[e], to = city.conn[c].to, next = city.lane_link[to];
        ways.push_back({next,
                        {c, static_cast<std::uint16_t>(lane - first),
                         static_cast<std::uint16_t>(to - city.link_first_lane[next]), city.conn[c].length}});
      }
    std::stable_sort(ways.begin(), ways.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const std::uint32_t turns = static_cast<std::uint32_t>(city.turn.size());
    for (std::size_t k = 0; k < ways.size(); ++k) {
      if (k == 0 || ways[k].first != ways[k - 1].first)
        city.turn.push_back({ways[k].first, static_cast<std::uint32_t>(city.turn_way.size())});
      city.turn_way.push_back(ways[k].second);
    }
    city.link_ahead.push_back({.first_lane = first,
                               .lanes = city.link_lane_count[link],
                               .turn_first = turns,
                               .turn_end = static_cast<std::uint32_t>(city.turn.size()),
                               .length = city.lane_length[first],
                               .ring = city.lane_ring[first]});
  }
  city.turn.push_back({kNone, static_cast<std::uint32_t>(city.turn_way.size())});
}

void derive_places(CityTables& city) {
  city.lane_place.assign(city.grounds, 0);
  for (std::uint32_t lane = 0; lane < city.road_lanes; ++lane) {
    const std::uint32_t link = city.lane_link[lane];
    const bool detectors =
        city.detectors > 0 && city.lane_detector_first[lane] < city.lane_detector_first[lane + 1];
    city.lane_place[lane] =
        pack_place(lane - city.link_first_lane[link], city.link_lane_count[link], detectors);
  }
}

}  // namespace

void derive_lookups(CityTables& city) {
  for (std::uint32_t c = 0; c < city.connections; ++c)
    city.conn[c].length = city.lane_length[city.road_lanes + c];
  derive_turns(city);
  derive_places(city);
}

}  // namespace arterial
