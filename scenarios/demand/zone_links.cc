#include "scenarios/demand/zone_links.h"

#include <algorithm>

#include "gis/csv_table.h"

namespace arterial {
namespace {

bool inside(const Network& net, const Shape& ring, Point p) {
  bool in = false;
  for (std::uint32_t i = 0, j = ring.count - 1; i < ring.count; j = i++) {
    const Point a = net.points[ring.first + i], b = net.points[ring.first + j];
    if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x) in = !in;
  }
  return in;
}

/// The junctions that all links begin or end at: none, one, or the two ends of a street.
std::vector<JunctionId> common_junctions(const Network& net, const std::vector<LinkId>& links) {
  std::vector<JunctionId> found;
  if (links.empty()) return found;
  for (const JunctionId j : {net[links.front()].from, net[links.front()].to})
    if (std::all_of(links.begin(), links.end(), [&](LinkId l) { return net[l].from == j || net[l].to == j; }))
      found.push_back(j);
  return found;
}

}  // namespace

ZoneLinks::ZoneLinks(DemandBuilder& builder, const std::string& zones_file) : builder_(builder) {
  if (zones_file.empty())
    read_network_zones();
  else
    read_zones_file(zones_file);
}

const LinkChoice& ZoneLinks::choice(std::string_view zone, VehicleClass c, bool origin) {
  const std::tuple key(std::string(zone), c, origin);
  const auto known = choices_.find(key);
  if (known != choices_.end()) return known->second;
  const TripEnds& ends = builder_.ends(c);
  LinkChoice connected, open;
  for (const ZoneEnd& end : zones_.find(zone)->second.links) {
    if (!(origin ? end.begins : end.ends) || !builder_.graph().admits(end.link, c)) continue;
    const std::uint64_t units =
        end.weight > 0   ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(end.weight * 1000))
        : end.weight < 0 ? lane_decimetres(builder_.network(), end.link, c)
                         : 0;
    open.add(end.link, units);
    if ((origin ? ends.origin : ends.destination)[end.link.value]) connected.add(end.link, units);
  }
  return choices_.emplace(key, connected.empty() ? open : connected).first->second;
}

void ZoneLinks::read_zones_file(const std::string& file) {
  enum : std::size_t { kZone, kLink, kWeight };
  for_each_row(file, read_whole_file(file), {"zone", "link"}, {"weight"}, [&](const CsvRow& row) {
    const LinkId link = builder_.find_link(row.text(kLink));
    if (!link.valid())
      row.fail(kLink, "is a link that the network does not have",
               "Correct the id, or bring the network that the file was made for");
    if (row.text(kZone).empty()) row.fail(kZone, "names no zone", "Write the zone's id");
    const double weight = row.text(kWeight).empty() ? -1 : row.number(kWeight, 0, 1e9);
    zones_[std::string(row.text(kZone))].links.push_back({link, weight});
  });
}

void ZoneLinks::read_network_zones() {
  const Network& net = builder_.network();
  std::vector<Point> middles;
  for (const Zone& zone : net.zones) {
    Ends& ends = zones_[zone.id];
    for (const LinkId l : zone.links) ends.links.push_back({l});
    const auto common = zone.rings.empty() ? common_junctions(net, zone.links) : std::vector<JunctionId>();
    ends.point = !common.empty();
    for (ZoneEnd& end : ends.links) {
      if (common.size() != 1) break;  // which end of a street is meant, no one knows
      end.weight = 1;
      end.begins = net[end.link].from == common.front();
      end.ends = net[end.link].to == common.front();
    }
    if (!ends.links.empty()) continue;
    if (middles.empty())
      for (std::uint32_t l = 0; l < net.links.size(); ++l) middles.push_back(middle_of(net, LinkId(l)));
    for (const Shape& ring : zone.rings) add_links_inside(ring, middles, ends);
  }
}

void ZoneLinks::add_links_inside(const Shape& ring, const std::vector<Point>& middles, Ends& ends) const {
  const Network& net = builder_.network();
  double west = 1e300, east = -1e300, south = 1e300, north = -1e300;
  for (std::uint32_t i = 0; i < ring.count; ++i) {
    const Point p = net.points[ring.first + i];
    west = std::min(west, p.x);
    east = std::max(east, p.x);
    south = std::min(south, p.y);
    north = std::max(north, p.y);
  }
  for (std::uint32_t l = 0; l < net.links.size(); ++l) {
    const Point m = middles[l];
    const RoadClass road = net.links[l].road_class;
    if (road == RoadClass::kMotorway || road == RoadClass::kMotorwayLink) continue;  // nobody lives there
    if (m.x >= west && m.x <= east && m.y >= south && m.y <= north && inside(net, ring, m))
      ends.links.push_back({LinkId(l)});
  }
}

}  // namespace arterial
