#include "scenarios/synthetic/morning.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>

#include "scenarios/synthetic/dice.h"
#include "sim/model/keyed_hash.h"

namespace arterial {

namespace {

using synthetic::Dice;

bool inside(const Network& n, const Shape& ring, Point p) {
  bool in = false;
  for (std::uint32_t k = 0, before = ring.count - 1; k < ring.count; before = k++) {
    const Point &a = n.points[ring.first + k], &b = n.points[ring.first + before];
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x)) in = !in;
  }
  return in;
}

/// Picks an index with a chance in proportion to its weight.
class Urn {
 public:
  void add(double weight) { sums_.push_back((sums_.empty() ? 0 : sums_.back()) + std::max(weight, 0.0)); }
  double total() const { return sums_.empty() ? 0 : sums_.back(); }
  std::size_t pick(double unit) const {
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), unit * total());
    return std::min(static_cast<std::size_t>(found - sums_.begin()), sums_.size() - 1);
  }

 private:
  std::vector<double> sums_;
};

/// The streets of a zone on which trips begin and end.
struct Doors {
  std::vector<LinkId> out, in;  // trips leave by `out`, come in by `in`
  Urn out_urn, in_urn;
  Point centre;
  bool gate = false;
};

Point first_point(const Network& n, const Link& l) { return n.points[n[l.first_lane].shape.first]; }
Point last_point(const Network& n, const Link& l) {
  const Shape& s = n[l.first_lane].shape;
  return n.points[s.first + s.count - 1];
}
double squared_distance(Point a, Point b) { return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y); }

bool usable(const Network& n, const Link& l) {
  return l.lane_count > 0 && !l.roundabout && n[l.first_lane].length_m >= 25 &&
         n[l.first_lane].shape.count >= 2 && (n[l.first_lane].allowed & mask_of(VehicleClass::kCar));
}

class Zones {
 public:
  explicit Zones(const Network& n) : n_(n), doors_(n.zones.size()) {
    Point middle{0, 0};
    double towns = 0;
    for (std::size_t z = 0; z < doors_.size(); ++z) {
      const Zone& zone = n.zones[z];
      Doors& d = doors_[z];
      d.gate = zone.id.starts_with("gate/");
      double points = 0;
      for (const Shape& ring : zone.rings)
        for (std::uint32_t k = 0; k < ring.count; ++k, ++points)
          d.centre.x += n.points[ring.first + k].x, d.centre.y += n.points[ring.first + k].y;
      if (points == 0 && !zone.links.empty()) d.centre = first_point(n, n[zone.links[0]]), points = 1;
      if (points > 0) d.centre = {d.centre.x / points, d.centre.y / points};
      if (!d.gate) middle.x += d.centre.x, middle.y += d.centre.y, ++towns;
    }
    if (towns > 0) middle = {middle.x / towns, middle.y / towns};
    for (std::size_t z = 0; z < doors_.size(); ++z) doors_[z].gate ? open_gate(z, middle) : open_doors(z);
  }

  const Doors& operator[](std::size_t zone) const { return doors_[zone]; }
  std::size_t size() const { return doors_.size(); }

 private:
  void add(Doors& d, LinkId id, bool out, bool in) {
    const Link& l = n_[id];
    const double weight = n_[l.first_lane].length_m * l.lane_count;
    if (out) d.out.push_back(id), d.out_urn.add(weight);
    if (in) d.in.push_back(id), d.in_urn.add(weight);
  }

  void open_doors(std::size_t z) {
    // Doors on big roads only where there are no others.
    const auto is_big = [&](LinkId id) { return n_[id].road_class <= RoadClass::kPrimaryLink; };
    const bool has_small = std::any_of(n_.zones[z].links.begin(), n_.zones[z].links.end(),
                                       [&](LinkId id) { return usable(n_, n_[id]) && !is_big(id); });
    for (LinkId id : n_.zones[z].links)
      if (usable(n_, n_[id]) && !(has_small && is_big(id))) add(doors_[z], id, true, true);
  }

  /// The roads that cross the edge of the map: those towards the town let traffic in.
  void open_gate(std::size_t z, Point town) {
    for (std::uint32_t l = 0; l < n_.links.size(); ++l) {
      const Link& link = n_.links[l];
      if (!usable(n_, link)) continue;
      const Point a = first_point(n_, link), b = last_point(n_, link);
      for (const Shape& ring : n_.zones[z].rings) {
        if (ring.count < 3 || !(inside(n_, ring, a) || inside(n_, ring, b))) continue;
        if (link.road_class == RoadClass::kMotorwayLink) continue;  // turning round
        const bool towards = squared_distance(b, town) < squared_distance(a, town);
        add(doors_[z], LinkId(l), towards, !towards);
      }
    }
  }

  const Network& n_;
  std::vector<Doors> doors_;
};

struct Kind {
  VehicleClass vehicle_class;
  double share;
};
constexpr Kind kKinds[] = {{VehicleClass::kCar, 0.835},       {VehicleClass::kVan, 0.085},
                           {VehicleClass::kTruck, 0.03},      {VehicleClass::kBus, 0.005},
                           {VehicleClass::kMotorcycle, 0.03}, {VehicleClass::kBicycle, 0.015}};

/// SUMO's defaults for its class of the same sense.
VehicleType type_of(VehicleClass c) {
  VehicleType t;
  t.id = name_of(c);
  t.vehicle_class = c;
  t.startup_delay_s = kUsualStartupDelay_s;
  switch (c) {
    case VehicleClass::kVan: t.length_m = 6.5, t.width_m = 2.16; break;
    case VehicleClass::kTruck:
      t.length_m = 7.1, t.width_m = 2.4, t.max_speed_mps = 36.11, t.accel_mps2 = 1.3, t.decel_mps2 = 4,
      t.emergency_decel_mps2 = 7;
      break;
    case VehicleClass::kBus:
      t.length_m = 12, t.width_m = 2.5, t.max_speed_mps = 23.61, t.accel_mps2 = 1.2, t.decel_mps2 = 4,
      t.emergency_decel_mps2 = 7;
      break;
    case VehicleClass::kMotorcycle:
      t.length_m = 2.2, t.width_m = 0.9, t.accel_mps2 = 6, t.decel_mps2 = 10, t.emergency_decel_mps2 = 10;
      break;
    case VehicleClass::kBicycle:
      t.length_m = 1.6, t.width_m = 0.65, t.min_gap_m = 0.5, t.max_speed_mps = 5.56, t.accel_mps2 = 1.2,
      t.decel_mps2 = 3, t.emergency_decel_mps2 = 7;
      break;
    default: break;
  }
  return t;
}

std::string number(double value, int decimals) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals);
  return {text, end.ptr};
}

/// As RFC 4180 says: quoted where it holds a comma, a quote or a line break.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::vector<ProfilePart> morning_profile(double begin_s, double end_s) {
  // Weight of departures along the morning, piecewise linear.
  constexpr double kWeights[] = {0.45, 0.60, 0.80, 1.00, 1.20, 1.36, 1.45, 1.46,
                                 1.40, 1.28, 1.14, 1.00, 0.86, 0.76, 0.66, 0.58};
  constexpr int kParts = static_cast<int>(std::size(kWeights));
  double sum = 0;
  for (double w : kWeights) sum += w;
  std::vector<ProfilePart> profile;
  for (int k = 0; k < kParts; ++k)
    profile.push_back({begin_s + (end_s - begin_s) * k / kParts,
                       begin_s + (end_s - begin_s) * (k + 1) / kParts, kWeights[k] / sum});
  return profile;
}

Demand draw_morning(const Network& network, const MorningOptions& options) {
  const Zones zones(network);
  Urn homes, jobs;
  for (std::size_t z = 0; z < zones.size(); ++z) {
    homes.add(zones[z].out.empty() ? 0 : network.zones[z].residents);
    jobs.add(zones[z].in.empty() ? 0 : network.zones[z].jobs);
  }
  if (!(homes.total() > 0 && jobs.total() > 0))
    throw std::invalid_argument("no zone has both people and streets: there is nobody to travel");

  Demand demand;
  Urn kinds, times;
  for (const Kind& kind : kKinds) {
    kinds.add(kind.share);
    demand.types.push_back(type_of(kind.vehicle_class));
  }
  const std::vector<ProfilePart> profile = morning_profile(options.begin_s, options.end_s);
  for (const ProfilePart& part : profile) times.add(part.share);

  const Dice dice(options.seed, "morning");
  const double half2 = options.half_distance_m * options.half_distance_m;
  demand.trips.reserve(options.trips);
  for (std::uint64_t k = 0; k < options.trips; ++k) {
    const auto key = static_cast<std::int64_t>(k);
    const auto roll = [&](std::int64_t purpose) { return dice.unit(key, purpose); };
    // Every sixth trip is not to work: it may end where people live.
    const bool to_work = roll(1) < 0.83;
    std::size_t from = homes.pick(roll(2)), to = from;
    Trip trip;
    double best2 = 1e300;
    for (int attempt = 0; attempt < 64; ++attempt) {
      const std::int64_t at = 100 + 10 * attempt;
      const std::size_t z = to_work ? jobs.pick(roll(at)) : homes.pick(roll(at));
      if (zones[z].in.empty()) continue;
      const LinkId a = zones[from].out[zones[from].out_urn.pick(roll(at + 1))],
                   b = zones[z].in[zones[z].in_urn.pick(roll(at + 2))];
      const double d2 = squared_distance(first_point(network, network[a]), last_point(network, network[b]));
      if (a == b || d2 < 350.0 * 350.0) continue;
      const bool through = zones[from].gate && zones[z].gate && from != z;  // long trips do not mind distance
      const bool accepted = through || roll(at + 3) < half2 / (half2 + d2);
      if (!accepted && d2 >= best2) continue;  // if none is accepted, the nearest that came up
      best2 = d2;
      to = z;
      trip.from = a;
      trip.to = b;
      if (accepted) break;
    }
    if (!trip.from.valid()) continue;
    std::size_t kind = kinds.pick(roll(3));
    const bool on_foot_speed = kKinds[kind].vehicle_class == VehicleClass::kBicycle;
    if (on_foot_speed && (zones[from].gate || zones[to].gate)) kind = 0;  // nobody cycles in by motorway
    trip.id = "trip/" + std::to_string(k + 1);
    trip.key = trip_key(trip.id);
    trip.type = TypeId(static_cast<std::uint32_t>(kind));
    const ProfilePart& part = profile[times.pick(roll(4))];
    trip.depart_s = std::floor(10 * (part.begin_s + (part.end_s - part.begin_s) * roll(5))) / 10;
    demand.trips.push_back(std::move(trip));
  }
  std::sort(demand.trips.begin(), demand.trips.end(), [](const Trip& a, const Trip& b) {
    return std::tie(a.depart_s, a.key) < std::tie(b.depart_s, b.key);
  });
  demand.read = demand.trips.size();
  return demand;
}

std::string trips_csv(const Network& network, const Demand& demand) {
  std::string text = "trip_id,depart_s,from_link,to_link,type\n";
  for (const Trip& t : demand.trips)
    text += cell(t.id) + "," + number(t.depart_s, 1) + "," + cell(network[t.from].id) + "," +
            cell(network[t.to].id) + "," + cell(demand.types[t.type.value].id) + "\n";
  return text;
}

std::string od_csv(const Network& network, const Demand& demand) {
  const Zones zones(network);
  // A link on the border of two zones counts for the first.
  std::vector<std::uint32_t> zone_out(network.links.size(), ZoneId::kNone), zone_in = zone_out;
  for (std::size_t z = zones.size(); z-- > 0;) {
    for (LinkId l : zones[z].out) zone_out[l.value] = static_cast<std::uint32_t>(z);
    for (LinkId l : zones[z].in) zone_in[l.value] = static_cast<std::uint32_t>(z);
  }
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint64_t> counts;
  for (const Trip& t : demand.trips)
    if (zone_out[t.from.value] != ZoneId::kNone && zone_in[t.to.value] != ZoneId::kNone)
      ++counts[{zone_out[t.from.value], zone_in[t.to.value], t.type.value}];
  std::string text = "from_zone,to_zone,trips,type\n";
  for (const auto& [cells, trips] : counts) {
    const auto& [from, to, type] = cells;
    text += cell(network.zones[from].id) + "," + cell(network.zones[to].id) + "," + std::to_string(trips) +
            "," + cell(demand.types[type].id) + "\n";
  }
  return text;
}

std::string zones_csv(const Network& network) {
  const Zones zones(network);
  std::string text = "zone,link,weight\n";
  for (std::size_t z = 0; z < zones.size(); ++z) {
    std::vector<LinkId> links = zones[z].out;
    links.insert(links.end(), zones[z].in.begin(), zones[z].in.end());
    std::sort(links.begin(), links.end());
    links.erase(std::unique(links.begin(), links.end()), links.end());
    for (LinkId l : links)
      text += cell(network.zones[z].id) + "," + cell(network[l].id) + "," +
              number(network[network[l].first_lane].length_m * network[l].lane_count, 0) + "\n";
  }
  return text;
}

std::string profile_csv(const std::vector<ProfilePart>& profile) {
  std::string text = "begin_s,end_s,share\n";
  for (const ProfilePart& p : profile)
    text += number(p.begin_s, 0) + "," + number(p.end_s, 0) + "," + number(p.share, 6) + "\n";
  return text;
}

}  // namespace arterial
