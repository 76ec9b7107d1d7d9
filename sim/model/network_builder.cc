#include "sim/model/network_builder.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "sim/model/build_context.h"
#include "sim/model/build_stops.h"

namespace arterial {
namespace {

using build::Polyline;

Turn mirrored(Turn turn) {
  switch (turn) {
    case Turn::kRight: return Turn::kLeft;
    case Turn::kLeft: return Turn::kRight;
    case Turn::kPartRight: return Turn::kPartLeft;
    case Turn::kPartLeft: return Turn::kPartRight;
    default: return turn;
  }
}

/// Left-hand traffic is right-hand traffic seen in a mirror: the builder knows only the latter.
StreetPlan mirrored(StreetPlan plan) {
  for (PlanNode& n : plan.nodes) n.at.y = -n.at.y;
  for (PlanRoad& r : plan.roads)
    for (PlanDirection* d : {&r.forward, &r.backward})
      for (std::uint8_t& t : d->turns) {
        std::uint8_t seen = 0;
        for (unsigned i = 0; i < 6; ++i)
          if (t & (1u << i))
            seen |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(mirrored(static_cast<Turn>(i))));
        t = seen;
      }
  return plan;
}

BuildOptions mirrored(BuildOptions options) {
  for (BuildEdit& e : options.edits)
    for (auto* names : {&e.what.nodes, &e.what.roads})
      for (FeatureName& name : *names)
        for (Point& at : name.at) at.y = -at.y;
  return options;
}

void mirror(Network& network) {
  for (Point& p : network.points) p.y = -p.y;
  for (Junction& j : network.junctions) j.at.y = -j.at.y;
  for (Connection& c : network.connections) c.turn = mirrored(c.turn);
  for (Problem& p : network.problems) p.y_m = 0 - p.y_m;  // keeps zero positive
}

/// Where the trips of a zone begin and end: streets with doors inside its ring, or the nearest one.
void add_zones(Network& network, const StreetPlan& plan) {
  const auto has_doors = [](RoadClass c) {
    return build::priority_of(c) <= 10 && c != RoadClass::kBusway && c != RoadClass::kPrimaryLink &&
           c != RoadClass::kSecondaryLink && c != RoadClass::kTertiaryLink;
  };
  std::vector<Point> middle;
  for (const Link& l : network.links) {
    const Shape& s = network[l.first_lane].shape;
    middle.push_back({(network.points[s.first].x + network.points[s.first + s.count - 1].x) / 2,
                      (network.points[s.first].y + network.points[s.first + s.count - 1].y) / 2});
  }
  std::unordered_map<std::string_view, std::uint32_t> junction_of;  // by plan node's id
  std::vector<std::vector<LinkId>> links_at(network.junctions.size());
  if (std::any_of(plan.zones.begin(), plan.zones.end(), [](const auto& z) { return !z.nodes.empty(); })) {
    for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
      for (const std::string& id : network.junctions[j].source_ids) junction_of.emplace(id, j);
    for (std::uint32_t l = 0; l < network.links.size(); ++l)
      for (const JunctionId j : {network.links[l].from, network.links[l].to})
        links_at[j.value].push_back(LinkId(l));
  }
  for (const auto& z : plan.zones) {
    Zone zone;
    zone.id = z.id;
    zone.name = z.name;
    zone.residents = z.residents;
    zone.jobs = z.jobs;
    if (z.ring.size() >= 3) {
      zone.rings.push_back(network.add_shape(z.ring));
      Point low = z.ring[0], high = z.ring[0], centre{0, 0};
      for (const Point& p : z.ring) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y)};
        centre.x += p.x / static_cast<double>(z.ring.size());
        centre.y += p.y / static_cast<double>(z.ring.size());
      }
      std::uint32_t nearest = build::kNoIndex;
      double gap = 1e18;
      for (std::uint32_t l = 0; l < network.links.size(); ++l) {
        if (!has_doors(network.links[l].road_class) ||
            !(network[network.links[l].first_lane].allowed & mask_of(VehicleClass::kCar)))
          continue;
        const Point p = middle[l];
        const double d = build::distance(p, centre);
        if (d < gap) gap = d, nearest = l;
        if (p.x >= low.x && p.x <= high.x && p.y >= low.y && p.y <= high.y && build::inside_ring(z.ring, p))
          zone.links.push_back(LinkId(l));
      }
      if (zone.links.empty() && nearest != build::kNoIndex) zone.links.push_back(LinkId(nearest));
    }
    if (!z.nodes.empty()) zone.links.clear();
    for (const std::uint32_t n : z.nodes)
      if (const auto it = junction_of.find(plan.nodes[n].id); it != junction_of.end())
        zone.links.insert(zone.links.end(), links_at[it->second].begin(), links_at[it->second].end());
    std::sort(zone.links.begin(), zone.links.end());
    zone.links.erase(std::unique(zone.links.begin(), zone.links.end()), zone.links.end());
    network.zones.push_back(std::move(zone));
  }
}

/// Where a two-way street parts into the halves of a divided road the drawn lanes of the two directions run
/// into each other, but nobody there crosses to the other side.
void drop_conflicts_at_forks(const build::Context& context, Network& network) {
  const auto out_and_back = [&](LinkId in, LinkId out) {
    return context.origins[in.value].street == context.origins[out.value].street;
  };
  std::erase_if(network.conflicts, [&](const Conflict& k) {
    const Connection &a = network[k.a], &b = network[k.b];
    const std::uint32_t j = a.junction.value;
    if (k.merge || context.incoming[j].size() != 2 || context.outgoing[j].size() != 2) return false;
    const LinkId a_from = network[a.from].link, a_to = network[a.to].link, b_from = network[b.from].link,
                 b_to = network[b.to].link;
    if (a_from == b_from || a_to == b_to || out_and_back(a_from, a_to) || out_and_back(b_from, b_to))
      return false;
    return out_and_back(a_from, b_to) || out_and_back(b_from, a_to);
  });
}

Network build_right_hand(const StreetPlan& plan, const BuildOptions& options) {
  Network network;
  build::Streets streets = build::find_streets(plan, options);
  network.problems = plan.problems;
  network.problems.insert(network.problems.end(), streets.problems.begin(), streets.problems.end());
  build::Context context{plan, options, streets, network, {}, {}, {}, {}, {}, network.problems};
  build::make_links(context);
  build::edit_approaches(context);
  build::make_connections(context);
  find_conflicts(network);
  drop_conflicts_at_forks(context, network);
  build::make_priorities(context);
  build::make_signals(context);
  build::report_problems(context);
  return network;
}

}  // namespace

Network build_network(const StreetPlan& plan, const BuildOptions& options) {
  Network network;
  if (plan.left_hand) {
    network = build_right_hand(mirrored(plan), mirrored(options));
    // The plan's own problems were never mirrored.
    mirror(network);
    std::copy(plan.problems.begin(), plan.problems.end(), network.problems.begin());
  } else {
    network = build_right_hand(plan, options);
  }
  network.name = plan.name;
  network.crs = plan.crs;
  network.source = plan.source;
  network.licence = plan.licence;
  network.attribution = plan.attribution;
  network.left_hand = plan.left_hand;
  add_zones(network, plan);
  build::add_stops(network, plan);
  for (const auto& b : plan.buildings)
    network.buildings.push_back({network.add_shape(b.outline), b.height_m});
  for (const auto& w : plan.water) network.water.push_back(network.add_shape(w));
  return network;
}

}  // namespace arterial
