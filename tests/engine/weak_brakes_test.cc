// Drivers drawn at random, with weak brakes, short headways and no gaps, both laws mixed, through a signal at
// 70 km/h.
#include <random>

#include "tests/engine/town.h"

using namespace arterial;

namespace {

Town crowd(unsigned seed) {
  std::mt19937 dice(seed);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<VehicleType> types;
  for (int k = 0; k < 4; ++k) {
    VehicleType t;
    t.id = numbered("t", k);
    t.model = k % 2 ? FollowingModel::kIdm : FollowingModel::kKrauss;
    t.accel_mps2 = 0.8 + 3 * unit(dice);
    t.decel_mps2 = 1 + 4 * unit(dice);
    t.emergency_decel_mps2 = t.decel_mps2 * (unit(dice) < 0.5 ? 1 : 1 + unit(dice));
    t.tau_s = 0.1 + 1.5 * unit(dice);
    t.min_gap_m = 2.5 * unit(dice);
    t.length_m = unit(dice) < 0.3 ? 12 : 2 + 4 * unit(dice);
    t.sigma = unit(dice);
    types.push_back(t);
  }
  Town town(ascii_network(R"(
            N
            |
            |
W===========X===========E
            |
            |
            S
)",
                          "X signal; WX speed=70; XE speed=70"),
            types);
  const double steps[] = {0.1, 0.2, 0.25, 0.5, 1.0};
  town.options.step_s = steps[seed % 5];
  town.options.seed = seed;
  town.options.end_s = 500;
  for (int i = 0; i < 150; ++i) {
    const char* way = i % 5 == 0 ? "WXN" : i % 7 == 0 ? "NXE" : "WXE";
    Trip& t = town.trip(numbered("v", i), i * 1.2, way, static_cast<std::uint32_t>(dice() % 4));
    t.depart_speed = DepartSpeed::kMax;
    t.depart_lane = DepartLane::kFree;
  }
  return town;
}

struct Seen {
  std::string overlap, red, other;  // the first of each, in words
};

Seen look_at(const Town& town) {
  Seen seen;
  const auto simulation = town.start();
  simulation->record_crossings(true);
  BodyWatch watch(town.net, town.options.step_s);
  while (!simulation->finished()) {
    simulation->step();
    for (const std::string& fault : watch.look(*simulation)) {
      std::string& kind = fault.find("overlap") != std::string::npos  ? seen.overlap
                          : fault.find("on red") != std::string::npos ? seen.red
                                                                      : seen.other;
      if (kind.empty()) kind = fault;
    }
  }
  return seen;
}

}  // namespace

// Fails where a leader brakes harder than the emergency deceleration its follower counts on.
TEST_CASE("drivers with weak brakes never touch, at any step") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    INFO("seed " << seed);
    CHECK(look_at(crowd(seed)).overlap == "");
  }
}

// Fails where amber is shorter than the way to the line of one who cannot stop comfortably, but could in an
// emergency.
TEST_CASE("drivers with weak brakes do not cross on red when they could have stopped") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    INFO("seed " << seed);
    CHECK(look_at(crowd(seed)).red == "");
  }
}

TEST_CASE("drivers with weak brakes share no ground in the junction and keep to the lanes") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    INFO("seed " << seed);
    CHECK(look_at(crowd(seed)).other == "");
  }
}
