#include "sim/engine/state_hash.h"

#include "sim/model/random.h"

namespace arterial {

namespace {
/// Mixes the fields of one record in order.
class Mixer {
 public:
  explicit Mixer(std::uint64_t kind) : state_(mix64(kind * 0x9E3779B97F4A7C15ull + 1)) {}
  Mixer& operator()(std::uint64_t x) {
    state_ = mix64(state_ ^ (x + 0x9E3779B97F4A7C15ull));
    return *this;
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_;
};
std::uint64_t u(std::int64_t x) { return static_cast<std::uint64_t>(x); }
}  // namespace

std::uint64_t hash_state(const CityTables& city, const StateImage& image, std::uint32_t replica) {
  std::uint64_t sum = 0;
  const std::uint32_t base = replica * city.grounds;
  for (std::size_t i = 0; i < image.lane.size(); ++i) {
    if (image.lane[i] / city.grounds != replica) continue;
    const std::uint32_t slot = image.slot[i];
    const TripState& t = image.trip_state[slot];
    const TripParams& trip = city.trip[slot % city.trips];
    Mixer m(1);
    m(trip.key)(image.lane[i] - base)(u(image.pos[i]))(u(image.speed[i]))(image.kind[i])(
        image.ctl[i] & ~(kQuiet | kStandsFar));
    m(t.next_conn)(t.masks)(t.usable)(u(t.last_change_ms))(u(t.stop_until_ms));
    m(u(t.distance + image.pos[i] -
        t.enter_pos));  // however often an interval of results has settled its account
    m(t.next_stop == kNone ? kNone : t.next_stop - trip.first_stop)(t.route_count - t.cursor);
    for (std::uint32_t k = t.cursor; k < t.route_count; ++k) m(image.route_links[t.route_first + k]);
    std::int32_t rear = image.pos[i] - city.type[image.kind[i] & 0xffff].length_units;
    for (int k = 0; k < t.trail_count && rear < 0; ++k) {
      const std::uint32_t g = image.trail[static_cast<std::size_t>(slot) * kTrail + k];
      rear += city.lane_length[g];
      m(g);
    }
    sum += m.value();
  }
  for (std::uint32_t i = 0; i < city.trips; ++i) {
    const TripState& t = image.trip_state[replica * city.trips + i];
    Mixer m(2);
    m(city.trip[i].key)(t.status)(u(t.entered_ms))(u(t.ended_ms));
    const bool parked = t.status == static_cast<std::uint8_t>(SlotStatus::kParked);
    if (parked) m(u(t.enter_pos))(u(t.stop_until_ms))(t.next_stop - city.trip[i].first_stop);
    if (parked || (t.reroutes && t.status == static_cast<std::uint8_t>(SlotStatus::kScheduled)))
      for (std::uint32_t k = t.cursor; k < t.route_count; ++k) m(image.route_links[t.route_first + k]);
    sum += m.value();
  }
  for (std::uint32_t i = 0; i < city.signals; ++i) {
    const SignalState& s = image.signal_state[replica * city.signals + i];
    sum += Mixer(3)(i)(s.program)(s.phase)(u(s.phase_begin_ms))(u(s.offset_ms)).value();
  }
  for (std::uint32_t i = 0; i < city.slots; ++i)
    sum +=
        Mixer(4)(i)(image.letter[replica * city.slots + i])(u(image.green_since_ms[replica * city.slots + i]))
            .value();
  for (std::uint32_t i = 0; i < city.road_lanes; ++i)
    if (city.lane_detector_pos[i] >= 0)
      sum += Mixer(5)(i)(u(image.lane_seen_ms[replica * city.road_lanes + i])).value();
  for (std::uint32_t i = 0; i < city.grounds; ++i)
    sum += Mixer(6)(i)(u(image.lane_limit[base + i]))(image.lane_allowed[base + i])(
               u(image.lane_obstacle[base + i]))(u(image.lane_obstacle_end[base + i]))
               .value();
  return sum;
}

}  // namespace arterial
