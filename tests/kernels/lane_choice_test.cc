// What a driver knows of the lanes ahead, when it must leave one, and beside whom it may.
#include "kernels/city_lookups.h"
#include "kernels/lane_change.h"

#include <climits>

#include "tests/catch.h"
#include "tests/kernels/tiny_view.h"

using namespace arterial;

namespace {

constexpr std::int32_t kMetre = 10000;

TypeParams car() {
  TypeParams p{};
  p.max_speed = 30, p.accel = 2.6, p.decel = 4.5, p.emergency_decel = 9, p.tau = 1, p.min_gap = 2.5,
  p.length = 5;
  p.length_units = 5 * kMetre, p.min_gap_units = 25000, p.class_mask = 1;
  p.lc_speed_gain = p.lc_keep_right = p.lc_strategic = p.lc_cooperative = 1;
  p.brake_per_v2 = 1 / (2 * p.decel), p.hard_brake_per_v2 = 1 / (2 * p.emergency_decel);
  return p;
}

struct Piece {
  std::uint32_t lanes;
  std::int32_t length_m;
  bool ring = false;
};

/// A route over links one after another, lane k leading into lane k of the next; the last has one lane, which
/// only the lane at the kerb leads to. Grounds of connections are 5 m long. One vehicle, a second one where a
/// test wants it.
struct Chain {
  TinyView t;
  std::vector<std::int32_t> claim, reach;
  std::vector<std::uint64_t> tail_mark, make_room;
  std::vector<Asked> asked;

  explicit Chain(const std::vector<Piece>& pieces) {
    CityTables& c = t.city;
    for (const Piece& p : pieces) {
      const std::uint32_t link = static_cast<std::uint32_t>(c.link_first_lane.size());
      c.link_first_lane.push_back(c.road_lanes);
      c.link_lane_count.push_back(p.lanes);
      t.now.route_links.push_back(link);
      for (std::uint32_t k = 0; k < p.lanes; ++k, ++c.road_lanes) {
        c.lane_length.push_back(p.length_m * kMetre);
        c.lane_link.push_back(link);
        c.lane_ring.push_back(p.ring ? k : kNone);
      }
    }
    c.links = static_cast<std::uint32_t>(pieces.size());
    c.lane_in_first.assign(c.road_lanes + 1, 0);
    for (std::uint32_t lane = 0; lane < c.road_lanes; ++lane) {
      c.lane_conn_first.push_back(c.connections);
      const std::uint32_t link = c.lane_link[lane], k = lane - c.link_first_lane[link];
      if (link + 1 == c.links || k >= c.link_lane_count[link + 1]) continue;
      c.lane_conn.push_back(c.connections++);
      c.conn.push_back({.from = lane, .to = c.link_first_lane[link + 1] + k, .flags = kConnFree});
      c.lane_length.push_back(5 * kMetre);
    }
    c.lane_conn_first.push_back(c.connections);
    for (std::uint32_t lane = 0; lane < c.road_lanes; ++lane) {
      c.lane_in_first[lane] = static_cast<std::uint32_t>(c.lane_in.size());
      for (std::uint32_t n = 0; n < c.connections; ++n)
        if (c.conn[n].to == lane) c.lane_in.push_back(n);
    }
    c.lane_in_first[c.road_lanes] = static_cast<std::uint32_t>(c.lane_in.size());
    c.grounds = c.road_lanes + c.connections;
    c.trips = 2;
    derive_lookups(c);
    c.lane_no_left.assign(c.road_lanes, 0), c.lane_no_right.assign(c.road_lanes, 0);
    c.type = {car()};
    t.now.lane_limit.assign(c.grounds, 10 * kMetre);
    t.now.lane_allowed.assign(c.grounds, 0xffff);
    t.now.lane_obstacle.assign(c.grounds, INT_MAX), t.now.lane_obstacle_end.assign(c.grounds, INT_MAX);
    claim.assign(c.grounds, 0), reach.assign(c.grounds, 0);
    tail_mark.assign(c.grounds, kNoMark), make_room.assign(2, kNoMark), asked.assign(c.grounds, {});
    TripState trip;
    trip.route_count = c.links;
    trip.next_stop = kNone;
    t.now.trip_state.assign(2, trip);
    t.lane_first.assign(c.grounds + 1, 0);
    bind();
  }

  const View& bind() {
    View& v = t.bind();
    v.s.claim = claim.data(), v.s.reach = reach.data(), v.s.tail_mark = tail_mark.data();
    v.s.make_room = make_room.data(), v.s.asked = asked.data();
    v.s.n = static_cast<std::uint32_t>(t.now.lane.size());
    return v;
  }
  /// Vehicles come in the order of their grounds, on one ground from the one behind on.
  void put(std::uint32_t ground, double pos_m, double speed_mps, std::uint32_t standing_s = 0) {
    t.now.slot.push_back(static_cast<std::uint32_t>(t.now.lane.size()));
    t.now.lane.push_back(ground);
    t.now.pos.push_back(static_cast<std::int32_t>(pos_m * kMetre));
    t.now.speed.push_back(static_cast<std::int32_t>(speed_mps * kMetre));
    t.now.kind.push_back(16384u << 16);
    t.now.ctl.push_back(standing_s << kHaltShift);
    for (std::uint32_t g = ground + 1; g < t.lane_first.size(); ++g) ++t.lane_first[g];
    bind();
  }
  /// Of the vehicle in `row`, which has come into its link and looked ahead.
  Driver driver(std::uint32_t row) {
    TripState& trip = t.now.trip_state[t.now.slot[row]];
    if (t.now.lane[row] < t.city.road_lanes) trip.cursor = t.city.lane_link[t.now.lane[row]];
    know_lanes(t.view, 0, trip, t.city.type[0]);
    return driver_of(t.view, row);
  }
};

constexpr std::uint32_t kKerb = 0, kInner = 1;  // lanes of the first link of two

}  // namespace

TEST_CASE("lanes: a lane that only goes round a roundabout is used until the last stretch before the exit") {
  for (const bool ring : {false, true}) {
    INFO(ring);
    Chain chain({{2, 50}, {2, 20, ring}, {2, 20, ring}, {2, 20, ring}, {2, 20, ring}, {1, 100}});
    chain.put(kInner, 10, 10);
    const Driver d = chain.driver(0);
    // On the road: 50 m of this link, four pieces of 20 m and the 5 m before each.
    const double bonus = ring ? 300 : 0;
    CHECK(metres_left(chain.t.view.city, d, kInner) == Approx(150 - 10 + bonus).margin(4));
    CHECK(d.trip.next_best == (ring ? 3u : 1u));
    CHECK(d.trip.masks >> 16 == 1u);
  }
}

TEST_CASE(
    "lanes: who has come half-way through the stretch left for it must change, though the lane leads on") {
  Chain chain({{2, 200}, {2, 50}, {1, 100}});
  for (const bool late : {false, true}) {
    Chain here = chain;
    here.put(kInner, late ? 200 : 150, 10);
    const Driver d = here.driver(0);
    std::uint32_t ctl = 0;
    const LaneWish wish = wish_for_lane(here.bind(), d, kInner, 2, ctl);
    CHECK(wish.side == -1);
    CHECK(wish.must == late);
    CHECK(((ctl & kUrgent) != 0) == late);
    CHECK((ctl & kWishRight) != 0);
  }
}

TEST_CASE("lanes: room promised beyond the junction is left to others, but not for ever") {
  for (const std::uint32_t standing_s : {5u, 30u}) {
    INFO(standing_s);
    Chain chain({{1, 50}, {2, 27}, {1, 100}});
    const std::uint32_t lane = 2;  // of the second link, away from the kerb: must get over to lane 1
    chain.claim[1] = 22 * kMetre;
    chain.put(lane, 26, 0, standing_s);
    const Driver d = chain.driver(0);
    View v = chain.bind();
    v.p.step = 1;  // the steps in which drivers change to the kerb
    Plan plan;
    plan.lane = d.lane, plan.ctl = chain.t.now.ctl[0];
    change_lane(v, d, plan);
    CHECK(plan.lane == (standing_s > 20 ? 1u : lane));
  }
}

TEST_CASE(
    "lanes: a tail that drives on leaves room for who comes from the junction, one that stands does not") {
  Chain chain({{1, 50}, {2, 27}, {1, 100}});
  const std::uint32_t into = chain.t.city.road_lanes;  // the ground of the connection into lane 1
  REQUIRE(chain.t.city.conn[0].to == 1);
  chain.put(into, 1, 8);
  const double emergency_decel = chain.t.city.type[0].emergency_decel;
  CHECK(nobody_comes(chain.bind(), 0, 1, 8 * kMetre, 12, emergency_decel));
  CHECK_FALSE(nobody_comes(chain.bind(), 0, 1, 8 * kMetre, 0, emergency_decel));
  CHECK_FALSE(nobody_comes(chain.bind(), 0, 1, 3 * kMetre, 30,
                           emergency_decel));  // it would be there in this very step
}
