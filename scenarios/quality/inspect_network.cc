// Parts, lanes and streets.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "scenarios/quality/inspectors.h"
#include "scenarios/text.h"
#include "sim/model/strong_parts.h"

namespace arterial {
namespace {

constexpr double kOfCut = 0.25;          // how much a part counts that only the map's edge cuts off
constexpr double kEdge_m = 150;          // of the extent
constexpr double kSpeedUnlike = 1.6;     // times quicker or slower than most of its street
constexpr double kShortStretch_m = 250;  // lanes that come and go within this are an outlier
constexpr ClassMask kCar = mask_of(VehicleClass::kCar);

struct SpeedRange {
  double least_kmh, most_kmh;
};
SpeedRange usual_speeds(RoadClass c) {
  switch (c) {
    case RoadClass::kMotorway: return {60, 140};
    case RoadClass::kTrunk: return {40, 130};
    case RoadClass::kMotorwayLink:
    case RoadClass::kTrunkLink: return {20, 130};
    case RoadClass::kPrimary:
    case RoadClass::kSecondary: return {20, 110};
    case RoadClass::kResidential: return {5, 70};
    case RoadClass::kLivingStreet: return {3, 30};
    default: return {3, 110};
  }
}

double speed_of(const Network& network, LinkId link) { return network[network[link].first_lane].speed_mps; }

/// Of speeds with their lengths, the one in the middle.
double middle_speed(std::vector<std::pair<double, double>> speeds) {
  std::sort(speeds.begin(), speeds.end());
  double all = 0, passed = 0;
  for (const auto& [speed, metres] : speeds) all += metres;
  for (const auto& [speed, metres] : speeds)
    if ((passed += metres) >= all / 2) return speed;
  return 0;
}

void speeds_along_streets(Inspection& in) {
  const Network& n = in.network;
  std::map<std::pair<std::string, RoadClass>, std::vector<std::uint32_t>> streets;
  for (std::uint32_t k = 0; k < n.links.size(); ++k)
    if (in.open_to_cars(LinkId(k)) && !n.links[k].name.empty())
      streets[{n.links[k].name, n.links[k].road_class}].push_back(k);
  for (const auto& [key, links] : streets) {
    if (links.size() < 4) continue;
    std::vector<std::pair<double, double>> speeds;
    for (const std::uint32_t k : links) speeds.push_back({speed_of(n, LinkId(k)), in.car_lane_m[k]});
    const double usual = middle_speed(speeds);
    for (const std::uint32_t k : links) {
      const double speed = speed_of(n, LinkId(k));
      if (speed > usual / kSpeedUnlike && speed < usual * kSpeedUnlike) continue;
      in.add(Aspect::kOutliers, Severity::kNote, in.middle_of(LinkId(k)), n.links[k].id, in.car_lane_m[k],
             in.street(LinkId(k)) + ": " + fixed(speed * 3.6, 0) + " km/h, most of the street has " +
                 fixed(usual * 3.6, 0));
    }
  }
}

void speeds_by_class(Inspection& in) {
  for (std::uint32_t k = 0; k < in.network.links.size(); ++k) {
    if (!in.open_to_cars(LinkId(k))) continue;
    const double kmh = speed_of(in.network, LinkId(k)) * 3.6;
    const SpeedRange usual = usual_speeds(in.network.links[k].road_class);
    if (kmh >= usual.least_kmh && kmh <= usual.most_kmh) continue;
    in.add(Aspect::kOutliers, Severity::kWarning, in.middle_of(LinkId(k)), in.network.links[k].id,
           in.car_lane_m[k],
           in.street(LinkId(k)) + ": " + fixed(kmh, 0) + " km/h is unusual for a road of its class");
  }
}

/// A stretch with other lanes than the same street before and behind, where those two agree.
void lanes_along_streets(Inspection& in) {
  const Network& n = in.network;
  std::vector<std::uint32_t> before(n.links.size(), LinkId::kNone), behind(n.links.size(), LinkId::kNone);
  for (const Connection& c : n.connections) {
    if (c.turn != Turn::kStraight) continue;
    const LinkId from = n[c.from].link, to = n[c.to].link;
    if (n[from].name.empty() || n[from].name != n[to].name) continue;
    behind[from.value] = to.value;
    before[to.value] = from.value;
  }
  for (std::uint32_t k = 0; k < n.links.size(); ++k) {
    if (before[k] == LinkId::kNone || behind[k] == LinkId::kNone || !in.open_to_cars(LinkId(k))) continue;
    const int lanes = n.links[k].lane_count, a = n.links[before[k]].lane_count,
              b = n.links[behind[k]].lane_count;
    const double length_m = n[n.links[k].first_lane].length_m;
    if (a != b || length_m > kShortStretch_m || std::abs(lanes - a) < 2) continue;
    in.add(Aspect::kOutliers, Severity::kWarning, in.middle_of(LinkId(k)), n.links[k].id, in.car_lane_m[k],
           in.street(LinkId(k)) + ": " + std::to_string(lanes) + " lanes for " + fixed(length_m, 0) +
               " m between stretches of " + std::to_string(a));
  }
}

/// Links outside the largest part, those that meet together; by the junction that stands for them.
std::map<std::uint32_t, std::vector<std::uint32_t>> links_outside(const Inspection& in,
                                                                  const StrongParts& parts) {
  const Network& n = in.network;
  std::vector<std::uint32_t> parent(n.junctions.size());
  std::iota(parent.begin(), parent.end(), 0u);
  const auto root = [&](std::uint32_t j) {
    while (parent[j] != j) j = parent[j] = parent[parent[j]];
    return j;
  };
  std::vector<std::uint32_t> outside;
  for (std::uint32_t k = 0; k < n.links.size(); ++k) {
    if (!in.open_to_cars(LinkId(k)) || parts.of_link[k] == parts.largest) continue;
    outside.push_back(k);
    parent[root(n.links[k].from.value)] = root(n.links[k].to.value);
  }
  std::map<std::uint32_t, std::vector<std::uint32_t>> groups;
  for (const std::uint32_t k : outside) groups[root(n.links[k].to.value)].push_back(k);
  return groups;
}

/// The longest that has a name, else the longest.
LinkId best_known(const Inspection& in, const std::vector<std::uint32_t>& links) {
  const auto rank = [&](std::uint32_t k) {
    return std::pair(!in.network.links[k].name.empty(), in.car_lane_m[k]);
  };
  return LinkId(*std::max_element(links.begin(), links.end(),
                                  [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); }));
}

}  // namespace

Inspection::Inspection(const Network& inspected) : network(inspected) {
  car_lane_m.assign(network.links.size(), 0);
  into.resize(network.junctions.size());
  out_of.resize(network.junctions.size());
  for (std::uint32_t k = 0; k < network.road_lane_count; ++k)
    if (network.lanes[k].allowed & kCar) car_lane_m[network.lanes[k].link.value] += network.lanes[k].length_m;
  double all_m = 0;
  bool first = true;
  for (std::uint32_t k = 0; k < network.links.size(); ++k) {
    if (!open_to_cars(LinkId(k))) continue;
    all_m += car_lane_m[k];
    into[network.links[k].to.value].push_back(k);
    out_of[network.links[k].from.value].push_back(k);
    for (const Point p : {middle_of(LinkId(k)), end_of(LinkId(k))}) {
      min_x = first ? p.x : std::min(min_x, p.x), max_x = first ? p.x : std::max(max_x, p.x);
      min_y = first ? p.y : std::min(min_y, p.y), max_y = first ? p.y : std::max(max_y, p.y);
      first = false;
    }
  }
  for (const Aspect a : {Aspect::kConnected, Aspect::kLanes, Aspect::kOutliers}) set_whole(a, all_m);
  double meetings = 0;
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
    meetings += into[j].size() + out_of[j].size() > 4;
  set_whole(Aspect::kJunctions, meetings);
  set_whole(Aspect::kRestrictions, meetings / 10);
  set_whole(Aspect::kPrograms, static_cast<double>(network.signals.size()));
}

std::string Inspection::street(LinkId link) const {
  const Link& l = network[link];
  return l.name.empty() ? l.id : l.name + " (" + l.id + ")";
}

Point Inspection::end_of(LinkId link) const {
  const Shape& s = network[network[link].first_lane].shape;
  return s.count > 0 ? network.points[s.first + s.count - 1] : network[network[link].to].at;
}

Point Inspection::middle_of(LinkId link) const {
  const Shape& s = network[network[link].first_lane].shape;
  if (s.count == 0) return network[network[link].to].at;
  if (s.count % 2) return network.points[s.first + s.count / 2];
  const Point a = network.points[s.first + s.count / 2 - 1], b = network.points[s.first + s.count / 2];
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

bool Inspection::is_at_edge(Point at) const {
  return at.x < min_x + kEdge_m || at.x > max_x - kEdge_m || at.y < min_y + kEdge_m || at.y > max_y - kEdge_m;
}

void inspect_connections(Inspection& in) {
  const Network& n = in.network;
  for (const auto& [junction, links] : links_outside(in, strong_parts(n))) {
    double metres = 0;
    bool cut = false;  // a road that comes in at the edge and goes out there
    for (const std::uint32_t k : links) {
      metres += in.car_lane_m[k];
      cut |= in.is_at_edge(in.end_of(LinkId(k))) || in.is_at_edge(in.middle_of(LinkId(k)));
    }
    const LinkId first = best_known(in, links);
    in.add(Aspect::kConnected, cut ? Severity::kNote : Severity::kWarning, in.middle_of(first), n[first].id,
           cut ? kOfCut * metres : metres,
           in.street(first) + (links.size() > 1 ? " and " + std::to_string(links.size() - 1) + " more" : "") +
               ": " + fixed(metres, 0) + " m of lanes cannot be both reached and left by car" +
               (cut ? ", cut by the edge of the map" : ""));
  }
  std::vector<bool> leads_on(n.road_lane_count, false);
  for (const Connection& c : n.connections) leads_on[c.from.value] = true;
  for (std::uint32_t k = 0; k < n.links.size(); ++k) {
    if (!in.open_to_cars(LinkId(k))) continue;
    const Link& link = n.links[k];
    std::size_t dead = 0;
    double dead_m = 0;
    for (std::uint32_t lane = link.first_lane.value; lane < link.first_lane.value + link.lane_count; ++lane)
      if (!leads_on[lane] && (n.lanes[lane].allowed & kCar)) ++dead, dead_m += n.lanes[lane].length_m;
    const Point end = in.end_of(LinkId(k));
    if (dead == 0 || (dead == link.lane_count && in.is_at_edge(end))) continue;
    const bool all = dead == link.lane_count;
    in.add(Aspect::kLanes, Severity::kWarning, end, link.id, dead_m,
           in.street(LinkId(k)) + (all ? std::string(": nothing leads on from its end, inside the city")
                                       : ": " + std::to_string(dead) + " of " +
                                             std::to_string(link.lane_count) + " lanes lead nowhere"));
  }
}

void inspect_streets(Inspection& in) {
  speeds_along_streets(in);
  speeds_by_class(in);
  lanes_along_streets(in);
  for (const Problem& p : in.network.problems)
    if (p.code.find("restriction") != std::string::npos && p.severity >= Severity::kWarning)
      in.add(Aspect::kRestrictions, p.severity, {p.x_m, p.y_m}, p.object_id, 1, p.words);
}

}  // namespace arterial
