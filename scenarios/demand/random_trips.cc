#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

#include "scenarios/demand/link_choice.h"
#include "scenarios/demand/sources.h"

namespace arterial {

namespace {
/// The other direction of each two-way street, itself where there is none.
std::vector<LinkId> other_directions(const Network& net) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string_view>, LinkId> at;
  for (std::uint32_t l = 0; l < net.links.size(); ++l)
    at.try_emplace({net.links[l].from.value, net.links[l].to.value, net.links[l].source_id}, LinkId(l));
  std::vector<LinkId> out;
  for (std::uint32_t l = 0; l < net.links.size(); ++l) {
    const auto it = at.find({net.links[l].to.value, net.links[l].from.value, net.links[l].source_id});
    out.push_back(it == at.end() ? LinkId(l) : it->second);
  }
  return out;
}
}  // namespace

void draw_random_trips(const DemandSource& source, int ordinal, DemandBuilder& builder) {
  const Network& net = builder.network();
  const DemandOptions& options = builder.options();
  const std::string name = ordinal == 0 ? "random" : "random" + std::to_string(ordinal + 1);
  const std::string place = name + ":" + std::to_string(source.trips);
  builder.expect(source.trips, "demand", place);
  const TypeId type = builder.find_type(source.type);
  if (!type.valid())
    throw InputError("demand", place, "type \"" + source.type + "\" is not defined",
                     "Name a class (car, truck, ...) or a type of the demand's files");
  const VehicleClass c = builder.type(type).vehicle_class;
  const TripEnds& ends = builder.ends(c);
  LinkChoice origins, destinations;
  double west = 1e300, east = -1e300, south = 1e300, north = -1e300;
  for (std::uint32_t l = 0; l < net.links.size(); ++l) {
    if (!ends.origin[l] && !ends.destination[l]) continue;
    const std::uint64_t weight = lane_decimetres(net, LinkId(l), c);
    if (ends.origin[l]) origins.add(LinkId(l), weight);
    if (ends.destination[l]) destinations.add(LinkId(l), weight);
    const Point p = middle_of(net, LinkId(l));
    west = std::min(west, p.x);
    east = std::max(east, p.x);
    south = std::min(south, p.y);
    north = std::max(north, p.y);
  }
  if (source.trips > 0 && (origins.empty() || destinations.empty()))
    throw InputError("demand", place, "the network has no link for class " + std::string(name_of(c)),
                     "Bring a network with roads, or another type");
  const double near = std::min(500.0, std::max(east - west, north - south) / 5);

  const std::vector<LinkId> other = other_directions(net);
  // Every origin reaches every destination, so no pair needs a search.
  constexpr std::uint64_t kTries = 64;
  for (std::uint64_t n = 0; n < source.trips; ++n) {
    TripDraft draft;
    Trip& trip = draft.trip;
    trip.id = name + "." + std::to_string(n);
    trip.key = trip_key(name, n);
    trip.type = type;
    trip.depart_speed = DepartSpeed::kMax;
    const auto bits = [&](DemandDraw purpose, std::uint64_t i) {
      return keyed_draw(options.seed, trip.key, static_cast<std::uint64_t>(purpose), i);
    };
    const double run_s = options.end_s - options.begin_s;
    const double span = source.within_s > 0 ? std::min(source.within_s, run_s) : run_s;
    trip.depart_s =
        options.begin_s + std::floor(unit_interval(bits(DemandDraw::kDepart, 0)) * span * 1000) / 1000;
    for (std::uint64_t i = 0; i < kTries; ++i) {
      trip.from = origins.draw(bits(DemandDraw::kFromLink, i));
      trip.to = destinations.draw(bits(DemandDraw::kToLink, i));
      const Point a = middle_of(net, trip.from), b = middle_of(net, trip.to);
      if (trip.from != trip.to && std::hypot(b.x - a.x, b.y - a.y) >= near) break;
    }
    draft.choose_route = true;
    // Who starts or ends on a two-way street does so in the direction that is quicker.
    if (const LinkId back = other[trip.from.value]; back != trip.from && ends.origin[back.value])
      draft.from_any = {trip.from, back};
    if (const LinkId back = other[trip.to.value]; back != trip.to && ends.destination[back.value])
      draft.to_any = {trip.to, back};
    builder.add(std::move(draft));
  }
}

}  // namespace arterial
