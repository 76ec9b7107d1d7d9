#include <algorithm>
#include <cmath>

#include "gis/csv_table.h"
#include "scenarios/demand/od_cells.h"
#include "scenarios/demand/od_trips.h"
#include "scenarios/demand/sources.h"

namespace arterial {
namespace {

/// Of a point with more links than this the trips choose one by lot, not by the quickest way.
constexpr std::size_t kMostEnds = 8;

}  // namespace

DepartureProfile::DepartureProfile(const std::string& file, double begin_s, double end_s) {
  if (file.empty()) {
    parts_.push_back({begin_s, end_s, 1});
  } else {
    enum : std::size_t { kBegin, kEnd, kShare };
    for_each_row(file, read_whole_file(file), {"begin_s", "end_s", "share"}, {}, [&](const CsvRow& row) {
      const Part part{row.time(kBegin), row.time(kEnd), row.number(kShare, 0, 1e12)};
      if (!(part.end_s > part.begin_s)) row.fail(kEnd, "does not lie after begin_s", "Correct the interval");
      parts_.push_back(part);
    });
  }
  for (const Part& p : parts_) sum_ += p.share;
  if (!(sum_ > 0))
    throw InputError(file, "", "its shares add up to nothing", "Write at least one share above 0");
}

double DepartureProfile::depart_s(std::uint64_t bits) const {
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

OdTrips::OdTrips(const DemandSource& source, std::string prefix, ZoneLinks& zones, DemandBuilder& builder)
    : source_(source),
      prefix_(std::move(prefix)),
      zones_(zones),
      builder_(builder),
      profile_(source.profile, builder.options().begin_s, builder.options().end_s) {}

void OdTrips::add(std::string_view from, std::string_view to, double wanted, std::string_view stated_type,
                  const std::string& file, const std::string& place) {
  const std::string type_name(stated_type.empty() ? std::string_view(source_.type) : stated_type);
  const TypeId type = builder_.find_type(type_name);
  const std::string origin(from), destination(to);
  std::string pair = prefix_ + "." + origin + "." + destination;
  if (!stated_type.empty()) pair += "." + type_name;
  if (const int before = rows_of_pair_[pair]++; before > 0) pair += "#" + std::to_string(before + 1);

  const std::uint64_t rounding = keyed_draw(builder_.options().seed, hash_bytes(pair),
                                            static_cast<std::uint64_t>(DemandDraw::kRounding));
  const double count = std::floor(wanted + (1.0 - unit_interval(rounding)));
  const auto trips =
      static_cast<std::uint64_t>(std::min(count, 1e18)) - (unit_interval(rounding) == 0 ? 1 : 0);
  builder_.expect(trips, file, place);
  for (std::uint64_t n = 0; n < trips; ++n) add_trip(pair, n, origin, destination, type, type_name);
}

void OdTrips::add_trip(const std::string& pair, std::uint64_t n, const std::string& from,
                       const std::string& to, TypeId type, const std::string& type_name) {
  constexpr std::uint64_t kTries = 32;
  TripDraft draft;
  Trip& trip = draft.trip;
  trip.id = pair + "." + std::to_string(n);
  trip.key = trip_key(pair, n);
  const auto bits = [&](DemandDraw purpose, std::uint64_t i) {
    return keyed_draw(builder_.options().seed, trip.key, static_cast<std::uint64_t>(purpose), i);
  };
  trip.depart_s = profile_.depart_s(bits(DemandDraw::kDepart, 0));
  if (!type.valid())
    return builder_.reject(trip.id, trip.depart_s, "unknown_type",
                           "type \"" + type_name + "\" is not defined");
  trip.type = type;
  trip.depart_speed = DepartSpeed::kMax;
  const VehicleClass c = builder_.type(type).vehicle_class;
  const LinkChoice &origins = zones_.choice(from, c, true), &destinations = zones_.choice(to, c, false);
  if (origins.empty() || destinations.empty())
    return builder_.reject(
        trip.id, trip.depart_s, "no_ends",
        "zone \"" + (origins.empty() ? from : to) + "\" has no link for class " + std::string(name_of(c)));
  for (std::uint64_t i = 0; i < kTries; ++i) {
    trip.from = origins.draw(bits(DemandDraw::kFromLink, i));
    trip.to = destinations.draw(bits(DemandDraw::kToLink, i));
    if (trip.from != trip.to) break;
  }
  // Who starts or ends in a point takes the links that make the quickest way.
  if (from != to) {
    if (zones_.is_point(from)) take_any(origins, trip.from, draft.from_any);
    if (zones_.is_point(to)) take_any(destinations, trip.to, draft.to_any);
  }
  draft.choose_route = true;
  builder_.add(std::move(draft));
}

void OdTrips::take_any(const LinkChoice& choice, LinkId& one, std::vector<LinkId>& any) {
  if (choice.size() > 1 && choice.size() <= kMostEnds) any = choice.links();
  if (!any.empty()) one = any.front();
}

void read_od_matrix(const DemandSource& source, int ordinal, DemandBuilder& builder) {
  ZoneLinks zones(builder, source.zones);
  OdTrips trips(source, ordinal == 0 ? "od" : "od" + std::to_string(ordinal + 1), zones, builder);
  for_each_od_cell(source.files.front(), [&](const OdCell& cell) {
    const std::string place = "line " + std::to_string(cell.line);
    for (const auto& [zone, name] : {std::pair{cell.from, cell.from_name}, std::pair{cell.to, cell.to_name}})
      if (!zones.has(zone))
        throw InputError(
            *cell.file, place, std::string(name) + " \"" + std::string(zone.substr(0, 200)) + "\" is no zone",
            source.zones.empty() ? "The network has no zone of this id; give a zones file zone,link[,weight]"
                                 : "Add it to the zones file");
    trips.add(cell.from, cell.to, cell.trips * source.factor, cell.type, *cell.file, place);
  });
}

}  // namespace arterial
