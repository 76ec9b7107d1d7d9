// Changes of the scenario: closures, limits, incidents, bans, signals, demand; each in its window.
#include <cmath>
#include <map>
#include <set>

#include "tests/engine/town.h"

using namespace arterial;

namespace {

constexpr const char* kBlock = R"(
W---------A-----------B---------E
          |           |
          |           |
          |           |
          |           |
V---------C-----------D---------U
)";

}  // namespace

TEST_CASE("a closed link: nobody enters it, drivers wait or find another way, and it opens again") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(kBlock));
    town.options.backend = machine;
    town.options.end_s = 1500;
    for (int i = 0; i < 10; ++i) town.trip(numbered("v", i), i * 20, "WABE");
    town.change(ChangeKind::kCloseLink, 40, 700).link = link_between(town.net, "AB");
    const LaneId closed = lane_of(town.net, "AB");
    std::set<std::uint32_t> inside_at_40;
    const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
      for (const auto& v : state.vehicles) {
        if (v.lane != closed) continue;
        if (s.now_s() <= 45) inside_at_40.insert(v.trip.value);  // committed ones go on
        if (s.now_s() > 45 && s.now_s() < 700) CHECK(inside_at_40.count(v.trip.value) == 1);
      }
    });
    CHECK(run.all_arrived());
    std::uint32_t reroutes = 0;
    for (const TripRow& row : run.rows()) reroutes += row.reroutes;
    CHECK(reroutes > 0);
  }
}

TEST_CASE("a road closed without another way holds its vehicles until it opens") {
  Town town(ascii_network(R"(
A---------------B---------------C
                |
                |
                |
                D
)",
                          "AB class=primary; BC class=primary"));
  town.options.end_s = 900;
  town.trip("one", 0, "ABC");
  town.change(ChangeKind::kCloseLink, 0, 100).link = link_between(town.net, "BC");
  const WatchedRun run(town);
  REQUIRE(run.all_arrived());
  CHECK(run.trip("one").ended_s > 100);
  CHECK(run.trip("one").ended_s < 160);
}

TEST_CASE("a speed limit holds in its window only") {
  for (const Backend machine : machines()) {
    Town town(ascii_network("A------------------------------------------------------------B", "AB speed=50"));
    town.options.backend = machine;
    Change& limit = town.change(ChangeKind::kSpeedLimit, 100, 200);
    limit.link = link_between(town.net, "AB"), limit.speed_mps = 20 / 3.6;
    town.flow("v", "AB", 15, 0, 300);
    double top_inside = 0, top_before = 0, top_after = 0;
    const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
      for (const auto& v : state.vehicles) {
        if (s.now_s() <= 100)
          top_before = std::max(top_before, v.speed_mps);
        else if (s.now_s() > 104 && s.now_s() <= 200)
          top_inside = std::max(top_inside, v.speed_mps);
        else if (s.now_s() > 210)
          top_after = std::max(top_after, v.speed_mps);
      }
    });
    CHECK(run.all_arrived());
    CHECK(top_before == Approx(50 / 3.6).margin(0.01));
    CHECK(top_inside == Approx(20 / 3.6).margin(0.01));
    CHECK(top_after == Approx(50 / 3.6).margin(0.01));
  }
}

namespace {

struct IncidentRun {
  std::uint64_t arrived = 0;
  int drove_in = 0;  // on its lane, the front came over the beginning of the incident after it was there
  int on_blocked_ground = 0;  // states in which a front is between its ends
};

IncidentRun pass_an_incident(Backend machine, double step_s) {
  Town town(ascii_network("A==================================================B", "AB lanes=2+0"),
            {real_car(), truck(), idm_car()});
  town.options.step_s = step_s;
  town.options.backend = machine;
  town.options.end_s = 1500;
  Change& incident = town.change(ChangeKind::kIncident, 50, 1e18);
  incident.lane = lane_of(town.net, "AB", 0), incident.pos_m = 300, incident.length_m = 20;
  for (int i = 0; i < 60; ++i) town.trip(numbered("v", i), i * 3, "AB", static_cast<std::uint32_t>(i % 3));
  IncidentRun result;
  std::set<std::uint32_t> beyond;  // could not stop before it, and pass
  std::map<std::uint32_t, double> before;
  const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
    std::map<std::uint32_t, double> now;
    for (const auto& v : state.vehicles) {
      if (v.lane != incident.lane) continue;
      now[v.trip.value] = v.pos_m;
      if (s.now_s() <= 54 && v.pos_m > 300) beyond.insert(v.trip.value);
      if (s.now_s() <= 54 || v.pos_m <= 300 || beyond.count(v.trip.value)) continue;
      result.on_blocked_ground += v.pos_m < 320;
      result.drove_in += before.count(v.trip.value) && before[v.trip.value] <= 300;
    }
    before = std::move(now);
  });
  result.arrived = run.ledger().arrived;
  return result;
}

}  // namespace

TEST_CASE("an incident on one lane of two: nobody drives into it, traffic passes on the other lane") {
  for (const Backend machine : machines())
    for (const double step : {0.5, 1.0}) {
      INFO("step " << step);
      const IncidentRun run = pass_an_incident(machine, step);
      CHECK(run.drove_in == 0);
      CHECK(run.arrived >= 58);
    }
}

TEST_CASE("the first driver at an incident changes lanes too") {
  for (const double step : {0.5, 1.0}) {
    INFO("step " << step);
    CHECK(pass_an_incident(Backend::kCpu, step).arrived == 60);
  }
}

TEST_CASE("nobody comes from the side onto the ground of an incident") {
  for (const double step : {0.5, 1.0}) {
    INFO("step " << step);
    CHECK(pass_an_incident(Backend::kCpu, step).on_blocked_ground == 0);
  }
}

TEST_CASE("a turn ban: the movement is not driven in its window") {
  for (const Backend machine : machines()) {
    Town town(ascii_network(kBlock));
    town.options.backend = machine;
    town.options.end_s = 1500;
    Change& ban = town.change(ChangeKind::kTurnBan, 0, 1000);
    ban.link = link_between(town.net, "WA"), ban.to_link = link_between(town.net, "AC");
    std::set<std::uint32_t> banned;
    for (const ConnectionId c : connections_between(town.net, "WAC")) banned.insert(c.value);
    REQUIRE(!banned.empty());
    town.trip("turner", 5, "WACD");
    town.trip("straight", 30, "WABE");
    const WatchedRun run(town, [&](const Simulation& s, const Snapshot& state) {
      if (s.now_s() < 1000)
        for (const Crossing& x : state.crossings) CHECK(banned.count(x.connection.value) == 0);
    });
    CHECK(run.all_arrived());
    CHECK(run.trip("turner").reroutes >= 1);
  }
}

TEST_CASE("a lane closed to cars stays empty of them") {
  Town town(ascii_network("A==================================================B", "AB lanes=2+0"));
  const LaneId kerb = lane_of(town.net, "AB", 0);
  Change& bus_lane = town.change(ChangeKind::kPermissions, 0, 1e18);
  bus_lane.lane = kerb, bus_lane.allowed = mask_of(VehicleClass::kBus);
  town.flow("v", "AB", 3, 0, 100);
  const WatchedRun run(town, [&](const Simulation&, const Snapshot& state) {
    for (const auto& v : state.vehicles) CHECK(v.lane != kerb);
  });
  CHECK(run.all_arrived());
}

TEST_CASE("another signal offset moves the letters by it") {
  const Network net = ascii_network(R"(
            N
            |
            |
            |
W-----------X-----------E
            |
            |
            |
            S
)",
                                    "X signal");
  const auto letters = [&](double offset_s) {
    Town town(net);
    town.options.end_s = 300;
    town.trip("late", 290, "WXE");
    if (offset_s != 0) {
      Change& c = town.change(ChangeKind::kSignalOffset);
      c.signal = SignalId(0), c.offset_s = net.signals[0].programs[0].offset_s + offset_s;
    }
    std::vector<std::string> list;
    const WatchedRun run(town,
                         [&](const Simulation&, const Snapshot& s) { list.push_back(s.signal_states[0]); });
    return list;
  };
  const auto base = letters(0), moved = letters(7);
  REQUIRE(base.size() == moved.size());
  std::size_t different = 0;
  for (std::size_t k = 20; k < base.size(); ++k) CHECK(moved[k] == base[k - 7]);
  for (std::size_t k = 20; k < base.size(); ++k) different += moved[k] != base[k];
  CHECK(different > 0);
}

TEST_CASE("0.9 of a demand is a part of all of it, and 1.3 holds all of it") {
  const auto departed = [](double factor, std::uint64_t seed) {
    Town town(ascii_network(kBlock), {real_car()});
    town.options.demand_factor = factor;
    town.options.seed = seed;
    town.options.end_s = 3600;
    town.flow("a", "WABE", 6, 0, 900).flow("b", "EBDC", 6, 1, 900);
    const WatchedRun run(town);
    std::set<std::string> ids;
    for (const TripRow& row : run.rows())
      if (row.entered_s >= 0) ids.insert(run.simulation->demand().trips[row.trip.value].id);
    return ids;
  };
  const auto all = departed(1, 1), part = departed(0.9, 1), less = departed(0.5, 1), more = departed(1.3, 1);
  const auto inside = [](const std::set<std::string>& a, const std::set<std::string>& b) {
    return std::includes(b.begin(), b.end(), a.begin(), a.end());
  };
  CHECK(all.size() == 300);
  CHECK(inside(part, all));
  CHECK(inside(less, part));
  CHECK(inside(all, more));
  CHECK(part.size() == Approx(270).margin(25));
  CHECK(less.size() == Approx(150).margin(40));
  CHECK(more.size() == Approx(390).margin(30));
  CHECK(departed(0.9, 2) != part);
}

TEST_CASE("a vehicle that stands too long is removed where that was asked for, and counted") {
  Town town(ascii_network("A----------------------------------------B"));
  town.options.remove_after_s = 60;
  town.options.end_s = 400;
  town.trip("one", 0, "AB");
  Change& incident = town.change(ChangeKind::kIncident);
  incident.lane = lane_of(town.net, "AB"), incident.pos_m = 200, incident.length_m = 5;
  const WatchedRun run(town);
  CHECK(run.ledger().removed_running == 1);
  CHECK(run.ledger().arrived == 0);
  CHECK(run.trip("one").status == TripStatus::kRemovedRunning);
  CHECK(run.trip("one").halted_s >= 59);
}
