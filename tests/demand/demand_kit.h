#pragma once
// What the tests of demand share: a grid to travel in, sources from text, and a demand as one comparable
// string.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "scenarios/demand/demand.h"
#include "scenarios/demand/demand_builder.h"
#include "scenarios/demand/sources.h"
#include "sim/routing/routing_bench.h"
#include "tests/catch.h"

namespace arterial {

/// Junctions "X.Y", links "X.Y>X.Y", both ways and without turn bans; lane 0 of links out of "0.1" is for
/// buses.
inline Network test_grid(std::uint32_t side = 5) {
  Network net;
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x) {
      Junction j;
      j.at = {200.0 * x, 200.0 * y};
      j.id = std::to_string(x).append(".").append(std::to_string(y));
      net.junctions.push_back(j);
    }
  const auto add = [&](std::uint32_t a, std::uint32_t b) {
    Link link;
    link.from = JunctionId(a);
    link.to = JunctionId(b);
    link.first_lane = LaneId(static_cast<std::uint32_t>(net.lanes.size()));
    link.lane_count = 1;
    link.id = net.junctions[a].id + ">" + net.junctions[b].id;
    Lane lane;
    lane.link = LinkId(static_cast<std::uint32_t>(net.links.size()));
    lane.length_m = 180;
    lane.id = link.id + "_0";
    if (net.junctions[a].id == "0.1") lane.allowed = mask_of(VehicleClass::kBus);
    lane.shape = net.add_shape({net.junctions[a].at, net.junctions[b].at});
    net.lanes.push_back(lane);
    net.links.push_back(link);
  };
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x) {
      const std::uint32_t a = y * side + x;
      if (x + 1 < side) add(a, a + 1), add(a + 1, a);
      if (y + 1 < side) add(a, a + side), add(a + side, a);
    }
  net.road_lane_count = static_cast<std::uint32_t>(net.lanes.size());
  for (std::uint32_t a = 0; a < net.links.size(); ++a)
    for (std::uint32_t b = 0; b < net.links.size(); ++b) {
      if (net.links[a].to != net.links[b].from || net.links[a].from == net.links[b].to) continue;
      Connection c;
      c.from = net.links[a].first_lane;
      c.to = net.links[b].first_lane;
      c.junction = net.links[a].to;
      c.lane = LaneId(static_cast<std::uint32_t>(net.lanes.size()));
      Lane ground;
      ground.internal = true;
      ground.length_m = 15;
      net.lanes.push_back(ground);
      net.connections.push_back(c);
    }
  Stop stop;
  stop.id = "market";
  stop.lane = net.links[0].first_lane;
  stop.begin_m = 80;
  stop.end_m = 100;
  net.stops.push_back(stop);
  return net;
}

inline Demand demand_of_xml(const Network& net, const std::string& inside, DemandOptions options = {}) {
  DemandBuilder builder(net, options);
  read_sumo_routes_text("test.rou.xml", "<routes>\n" + inside + "\n</routes>", builder);
  return builder.finish();
}

inline Demand demand_of_csv(const Network& net, const std::string& text, DemandOptions options = {}) {
  DemandBuilder builder(net, options);
  read_csv_trips_text("test.csv", text, "", builder);
  return builder.finish();
}

inline std::string everything_in(const Demand& d) {
  std::ostringstream out;
  for (const Trip& t : d.trips) {
    out << t.id << ' ' << t.key << ' ' << d.types[t.type.value].id << ' ' << t.depart_s << ':';
    for (const LinkId l : d.routes[t.route.value].links) out << ' ' << l.value;
    for (std::uint32_t s = 0; s < t.stop_count; ++s)
      out << " stop " << d.stops[t.first_stop + s].lane.value << '@' << d.stops[t.first_stop + s].until_s;
    out << '\n';
  }
  for (const RejectedTrip& r : d.rejected) out << r.id << ' ' << r.reason << ' ' << r.words << '\n';
  return out.str();
}

inline std::string reason_of(const Demand& d, const std::string& id) {
  for (const RejectedTrip& r : d.rejected)
    if (r.id == id) return r.reason;
  return "";
}

inline const Trip* trip_named(const Demand& d, const std::string& id) {
  for (const Trip& t : d.trips)
    if (t.id == id) return &t;
  return nullptr;
}

template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "arterial_demand_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace arterial
