// Signals: the clock of fixed programs, gap-out, minimum and maximum of actuated ones.
#include "kernels/signals.h"

#include <climits>
#include <string>

#include "tests/catch.h"
#include "tests/kernels/tiny_view.h"

using namespace arterial;

namespace {

struct PhaseWords {
  int duration_s, min_s, max_s;
  std::string letters;
};

/// One signal over the lanes 0, 1, ..., one slot each, 100 m long, detectors at 80 m.
struct SignalBench {
  TinyView t;

  SignalBench(std::vector<PhaseWords> phases, bool actuated, int offset_s = 0) {
    CityTables& c = t.city;
    const std::uint32_t n = static_cast<std::uint32_t>(phases.front().letters.size());
    c.grounds = c.road_lanes = n, c.signals = 1, c.slots = n, c.trips = 1;
    c.signal = {{0, n, 0, 1}};
    ProgramParams program{};
    program.phase_count = static_cast<std::uint32_t>(phases.size());
    program.offset_ms = offset_s * 1000, program.actuated = actuated, program.max_gap_ms = 3000;
    for (const PhaseWords& p : phases) {
      c.phase.push_back({p.duration_s * 1000, p.min_s * 1000, p.max_s * 1000,
                         static_cast<std::uint32_t>(c.phase_letters.size())});
      c.phase_letters.insert(c.phase_letters.end(), p.letters.begin(), p.letters.end());
      program.cycle_ms += p.duration_s * 1000;
    }
    c.program = {program};
    for (std::uint32_t l = 0; l < n; ++l) {
      c.slot_lane.push_back(l);
      c.lane_detector_pos.push_back(800000);
    }
    TypeParams car{};
    car.length_units = 50000;
    c.type = {car};
    t.now.signal_state = {{0, 0, 0, offset_s * 1000}};
    t.now.letter.assign(n, 'r');
    t.now.green_since_ms.assign(n, 0);
    t.now.lane_seen_ms.assign(n, -1000000000);
    t.lane_first.assign(n + 1, 0);
    t.bind();
  }

  /// A vehicle on the detector of `lane`, or none.
  void stand(int lane) {
    t.now.lane.clear(), t.now.pos.clear(), t.now.kind.clear();
    if (lane >= 0)
      t.now.lane.push_back(static_cast<std::uint32_t>(lane)), t.now.pos.push_back(820000),
          t.now.kind.push_back(0);
    for (std::uint32_t l = 0; l < t.lane_first.size(); ++l)
      t.lane_first[l] = lane >= 0 && l > static_cast<std::uint32_t>(lane) ? 1 : 0;
    t.bind();
    t.view.s.n = lane >= 0 ? 1 : 0;
  }

  std::string at(double now_s) {
    t.view.p.now_ms = static_cast<std::int32_t>(now_s * 1000);
    ControlSignals{t.view}(0);
    std::string letters;
    for (const std::uint8_t l : t.now.letter) letters += static_cast<char>(l & 0x7f);
    return letters;
  }
  bool green_just_ended(int slot) const { return t.now.letter[static_cast<std::size_t>(slot)] & kGreenEnded; }
};

const std::vector<PhaseWords> kFixed{
    {30, 0, 0, "Gr"}, {3, 0, 0, "yr"}, {2, 0, 0, "rr"}, {20, 0, 0, "rG"}, {5, 0, 0, "ry"}};
const std::vector<PhaseWords> kActuated{
    {30, 10, 45, "Gr"}, {3, 3, 3, "yr"}, {30, 5, 20, "rG"}, {3, 3, 3, "ry"}};

}  // namespace

TEST_CASE("a fixed program follows the clock from midnight, whenever one looks") {
  SignalBench s(kFixed, false);
  for (const int day : {0, 60, 3600, 86400 - 60 * 17}) {
    const int t0 = day / 60 * 60;
    CHECK(s.at(t0) == "Gr");
    CHECK(s.at(t0 + 29.9) == "Gr");
    CHECK(s.at(t0 + 30) == "yr");
    CHECK(s.at(t0 + 33) == "rr");
    CHECK(s.at(t0 + 35) == "rG");
    CHECK(s.at(t0 + 54.9) == "rG");
    CHECK(s.at(t0 + 55) == "ry");
  }
}

TEST_CASE("an offset moves the cycle later; times before it are in the cycle before") {
  SignalBench s(kFixed, false, 12);
  CHECK(s.at(12) == "Gr");
  CHECK(s.at(41.9) == "Gr");
  CHECK(s.at(42) == "yr");
  CHECK(s.at(0) == "rG");  // 48 s into the cycle
  CHECK(s.at(11) == "ry");
}

TEST_CASE("the end of green is marked for one step") {
  SignalBench s(kFixed, false);
  s.at(29);
  CHECK_FALSE(s.green_just_ended(0));
  s.at(30);
  CHECK(s.green_just_ended(0));
  CHECK_FALSE(s.green_just_ended(1));
  s.at(31);
  CHECK_FALSE(s.green_just_ended(0));
}

TEST_CASE(
    "a fixed program looks at its letters only where they change: at a phase, and when the end of green is "
    "over") {
  SignalBench s(kFixed, false);
  s.at(5);
  s.t.now.letter[1] = 'x';
  CHECK(s.at(29) == "Gx");
  CHECK(s.at(30) == "yr");
  CHECK(s.green_just_ended(0));
  CHECK(s.at(31) == "yr");
  CHECK_FALSE(s.green_just_ended(0));
  s.t.now.letter[1] = 'x';
  CHECK(s.at(32) == "yx");
  CHECK(s.at(33) == "rr");
}

TEST_CASE("an actuated phase with nobody coming ends at its minimum") {
  SignalBench s(kActuated, true);
  std::string letters;
  for (int now = 1; now <= 13; ++now) {
    letters = s.at(now);
    if (now < 10) CHECK(letters == "Gr");
  }
  CHECK(s.at(9.9) != "Gr");
  CHECK(letters != "Gr");
}

TEST_CASE("an actuated phase holds while vehicles come and ends 3 s after the last (gap-out)") {
  SignalBench s(kActuated, true);
  for (int now = 1; now <= 40; ++now) {
    s.stand(now <= 20 ? 0 : -1);
    const std::string letters = s.at(now);
    INFO("second " << now);
    if (now < 23) CHECK(letters == "Gr");
    if (now == 23) CHECK(letters == "yr");
    if (now == 26) CHECK(letters == "rG");
  }
}

TEST_CASE("an actuated phase ends at its maximum however many come") {
  SignalBench s(kActuated, true);
  for (int now = 1; now <= 60; ++now) {
    s.stand(0);
    const std::string letters = s.at(now);
    INFO("second " << now);
    if (now < 45) CHECK(letters == "Gr");
    if (now == 45) CHECK(letters == "yr");
  }
}

TEST_CASE("vehicles on a lane that has red do not hold the green of another") {
  SignalBench s(kActuated, true);
  for (int now = 1; now <= 10; ++now) {
    s.stand(1);
    if (now == 10)
      CHECK(s.at(now) == "yr");
    else
      CHECK(s.at(now) == "Gr");
  }
}
