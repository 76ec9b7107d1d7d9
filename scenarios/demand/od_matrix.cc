#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "gis/csv_table.h"
#include "scenarios/demand/link_choice.h"
#include "scenarios/demand/sources.h"

namespace arterial {
namespace {

/// Where the trips of a zone may start or end, per class.
class ZoneLinks {
 public:
  ZoneLinks(DemandBuilder& builder, const std::string& zones_file) : builder_(builder) {
    if (zones_file.empty())
      read_network_zones();
    else
      read_zones_file(zones_file);
  }

  bool has(std::string_view zone) const { return zones_.find(zone) != zones_.end(); }

  /// Links of the zone where trips of a class start or end: those from or to where there is a way, if there
  /// are any.
  const LinkChoice& choice(std::string_view zone, VehicleClass c, bool origin) {
    const std::tuple key(std::string(zone), c, origin);
    const auto known = choices_.find(key);
    if (known != choices_.end()) return known->second;
    const TripEnds& ends = builder_.ends(c);
    LinkChoice connected, open;
    for (const auto& [link, weight] : zones_.find(zone)->second) {
      const std::uint64_t units = weight > 0
                                      ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(weight * 1000))
                                  : weight < 0 ? lane_decimetres(builder_.network(), link, c)
                                               : 0;
      if (!builder_.graph().admits(link, c)) continue;
      open.add(link, units);
      if ((origin ? ends.origin : ends.destination)[link.value]) connected.add(link, units);
    }
    return choices_.emplace(key, connected.empty() ? open : connected).first->second;
  }

 private:
  void read_zones_file(const std::string& file) {
    enum : std::size_t { kZone, kLink, kWeight };
    for_each_row(file, read_whole_file(file), {"zone", "link"}, {"weight"}, [&](const CsvRow& row) {
      const LinkId link = builder_.find_link(row.text(kLink));
      if (!link.valid())
        row.fail(kLink, "is a link that the network does not have",
                 "Correct the id, or bring the network that the file was made for");
      if (row.text(kZone).empty()) row.fail(kZone, "names no zone", "Write the zone's id");
      const double weight = row.text(kWeight).empty() ? -1 : row.number(kWeight, 0, 1e9);
      zones_[std::string(row.text(kZone))].emplace_back(link, weight);
    });
  }

  void read_network_zones() {
    const Network& net = builder_.network();
    std::vector<Point> middles;
    for (const Zone& zone : net.zones) {
      auto& links = zones_[zone.id];
      for (const LinkId l : zone.links) links.emplace_back(l, -1.0);
      if (!links.empty()) continue;
      if (middles.empty())
        for (std::uint32_t l = 0; l < net.links.size(); ++l) middles.push_back(middle_of(net, LinkId(l)));
      for (const Shape& ring : zone.rings) {
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
          if (road == RoadClass::kMotorway || road == RoadClass::kMotorwayLink)
            continue;  // nobody lives there
          if (m.x >= west && m.x <= east && m.y >= south && m.y <= north && inside(net, ring, m))
            links.emplace_back(LinkId(l), -1.0);
        }
      }
    }
  }

  static bool inside(const Network& net, const Shape& ring, Point p) {
    bool in = false;
    for (std::uint32_t i = 0, j = ring.count - 1; i < ring.count; j = i++) {
      const Point a = net.points[ring.first + i], b = net.points[ring.first + j];
      if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x) in = !in;
    }
    return in;
  }

  DemandBuilder& builder_;
  std::map<std::string, std::vector<std::pair<LinkId, double>>, std::less<>> zones_;
  std::map<std::tuple<std::string, VehicleClass, bool>, LinkChoice> choices_;
};

/// Departures in the proportions of a profile.
class Profile {
 public:
  Profile(const std::string& file, double begin_s, double end_s) {
    if (file.empty()) {
      parts_.push_back({begin_s, end_s, 1});
    } else {
      enum : std::size_t { kBegin, kEnd, kShare };
      for_each_row(file, read_whole_file(file), {"begin_s", "end_s", "share"}, {}, [&](const CsvRow& row) {
        const Part part{row.time(kBegin), row.time(kEnd), row.number(kShare, 0, 1e12)};
        if (!(part.end_s > part.begin_s))
          row.fail(kEnd, "does not lie after begin_s", "Correct the interval");
        parts_.push_back(part);
      });
    }
    for (const Part& p : parts_) sum_ += p.share;
    if (!(sum_ > 0))
      throw InputError(file, "", "its shares add up to nothing", "Write at least one share above 0");
  }

  double depart_s(std::uint64_t bits) const {
    double u = unit_interval(bits) * sum_;
    const Part* chosen = nullptr;
    for (const Part& p : parts_) {
      if (!(p.share > 0)) continue;
      chosen = &p;
      if (u < p.share) break;
      u -= p.share;
    }
    const double within = std::clamp(u / chosen->share, 0.0, 0x1.fffffffffffffp-1);
    return std::floor((chosen->begin_s + within * (chosen->end_s - chosen->begin_s)) * 1000) / 1000;
  }

 private:
  struct Part {
    double begin_s, end_s, share;
  };
  std::vector<Part> parts_;
  double sum_ = 0;
};

}  // namespace

void read_od_matrix(const DemandSource& source, int ordinal, DemandBuilder& builder) {
  const std::string& file = source.files.front();
  const DemandOptions& options = builder.options();
  ZoneLinks zones(builder, source.zones);
  const Profile profile(source.profile, options.begin_s, options.end_s);
  const std::string prefix = ordinal == 0 ? "od" : "od" + std::to_string(ordinal + 1);
  std::map<std::string, int> rows_of_pair;  // a pair may stand in several rows
  constexpr std::uint64_t kTries = 32;

  enum : std::size_t { kFrom, kTo, kTrips, kType };
  for_each_row(
      file, read_whole_file(file), {"from_zone", "to_zone", "trips"}, {"type"}, [&](const CsvRow& row) {
        const double wanted = row.number(kTrips, 0, 1e12) * source.factor;
        const std::string from(row.text(kFrom)), to(row.text(kTo));
        for (const std::size_t column : {kFrom, kTo})
          if (!zones.has(row.text(column)))
            row.fail(column, "is no zone",
                     source.zones.empty()
                         ? "The network has no zone of this id; give a zones file zone,link[,weight]"
                         : "Add it to the zones file");
        const std::string type_name(row.text(kType).empty() ? std::string_view(source.type)
                                                            : row.text(kType));
        const TypeId type = builder.find_type(type_name);
        std::string pair = prefix + "." + from + "." + to;
        if (!row.text(kType).empty()) pair += "." + type_name;
        if (const int before = rows_of_pair[pair]++; before > 0) pair += "#" + std::to_string(before + 1);

        // A fraction becomes a trip by the pair's own draw, so that more trips always contain fewer.
        const std::uint64_t rounding =
            keyed_draw(options.seed, hash_bytes(pair), static_cast<std::uint64_t>(DemandDraw::kRounding));
        const double count = std::floor(wanted + (1.0 - unit_interval(rounding)));
        const auto trips =
            static_cast<std::uint64_t>(std::min(count, 1e18)) - (unit_interval(rounding) == 0 ? 1 : 0);
        builder.expect(trips, file, "line " + std::to_string(row.line()));
        for (std::uint64_t n = 0; n < trips; ++n) {
          TripDraft draft;
          Trip& trip = draft.trip;
          trip.id = pair + "." + std::to_string(n);
          trip.key = trip_key(pair, n);
          const auto bits = [&](DemandDraw purpose, std::uint64_t i) {
            return keyed_draw(options.seed, trip.key, static_cast<std::uint64_t>(purpose), i);
          };
          trip.depart_s = profile.depart_s(bits(DemandDraw::kDepart, 0));
          if (!type.valid()) {
            builder.reject(trip.id, trip.depart_s, "unknown_type",
                           "type \"" + type_name + "\" is not defined");
            continue;
          }
          trip.type = type;
          trip.depart_speed = DepartSpeed::kMax;
          const VehicleClass c = builder.type(type).vehicle_class;
          const LinkChoice &origins = zones.choice(from, c, true), &destinations = zones.choice(to, c, false);
          if (origins.empty() || destinations.empty()) {
            builder.reject(trip.id, trip.depart_s, "no_ends",
                           "zone \"" + (origins.empty() ? from : to) + "\" has no link for class " +
                               std::string(name_of(c)));
            continue;
          }
          for (std::uint64_t i = 0; i < kTries; ++i) {
            trip.from = origins.draw(bits(DemandDraw::kFromLink, i));
            trip.to = destinations.draw(bits(DemandDraw::kToLink, i));
            if (trip.from != trip.to) break;
          }
          draft.choose_route = true;
          builder.add(std::move(draft));
        }
      });
}

}  // namespace arterial
