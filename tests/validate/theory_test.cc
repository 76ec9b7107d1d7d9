// The formulas that the model is held against, held against their own sources; and gates that can fail.
#include "scenarios/validate/theory.h"

#include <cmath>
#include <limits>

#include "scenarios/validate/gaps.h"
#include "scenarios/validate/known_red.h"
#include "scenarios/validate/table.h"
#include "tests/catch.h"

using namespace arterial;
using namespace arterial::validate;

TEST_CASE("capacity formulas agree with each other where they must, and with figures of the Manual") {
  CHECK(siegloch_vph(0, 6.2, 3.3) == Approx(3600 / 3.3));
  CHECK(harders_vph(0, 6.2, 3.3) == Approx(3600 / 3.3));
  // A continuous number of followers or a whole one: within a few percent of each other at small flows.
  CHECK(siegloch_vph(300, 4.1, 2.2) == Approx(harders_vph(300, 4.1, 2.2)).epsilon(0.01));
  CHECK(harders_vph(600, 7.1, 3.5) < harders_vph(600, 4.1, 2.2));
  // Worked by hand: 600 e^(-600*6.2/3600) / (1 - e^(-600*3.3/3600)).
  CHECK(harders_vph(600, 6.2, 3.3) == Approx(600 * 0.355817 / (1 - 0.576950)).epsilon(0.001));
  CHECK(roundabout_pcph(0, 1, 1) == Approx(1380));
  CHECK(roundabout_pcph(1000, 1, 1) == Approx(1380 * 0.360595).epsilon(0.001));
  CHECK(roundabout_pcph(500, 2, 2, true) < roundabout_pcph(500, 2, 2));
}

TEST_CASE("equilibrium of the following laws") {
  CHECK(krauss_speed(17.5, 30, 1.5, 2.5) == Approx(10));
  CHECK(krauss_speed(2, 30, 1.5, 2.5) == 0);
  CHECK(krauss_speed(500, 30, 1.5, 2.5) == 30);
  for (const double v : {1.0, 8.0, 20.0, 29.0})
    CHECK(idm_speed(idm_gap(v, 30, 1.6, 2, 4), 30, 1.6, 2, 4) == Approx(v).epsilon(1e-6));
  CHECK(idm_speed(1.9, 30, 1.6, 2, 4) == 0);
}

TEST_CASE(
    "linear stability: slopes are the derivatives, and a brisk driver is stable where a lazy one is not") {
  const double a = 0.73, b = 1.67, tau = 1.6, s0 = 2, v0 = 33.3, gap = 20;
  const double v = idm_speed(gap, v0, tau, s0, 4);
  const auto f = [&](double s, double rate, double speed) {
    const double wanted = s0 + speed * tau - speed * rate / (2 * std::sqrt(a * b));
    return a * (1 - std::pow(speed / v0, 4) - wanted * wanted / (s * s));
  };
  const double h = 1e-5;
  const Slopes slopes = idm_slopes(gap, v, v0, tau, s0, a, b, 4);
  CHECK(slopes.gap == Approx((f(gap + h, 0, v) - f(gap - h, 0, v)) / (2 * h)).epsilon(1e-4));
  CHECK(slopes.rate == Approx((f(gap, h, v) - f(gap, -h, v)) / (2 * h)).epsilon(1e-4));
  CHECK(slopes.speed == Approx((f(gap, 0, v + h) - f(gap, 0, v - h)) / (2 * h)).epsilon(1e-4));
  CHECK(string_stability(slopes) < 0);
  CHECK(fastest_wave(slopes, 60, 0.01).growth > 0);
  const Slopes brisk = idm_slopes(gap, v, v0, tau, s0, 4, 4, 4);
  CHECK(string_stability(brisk) > 0);
  CHECK(fastest_wave(brisk, 60, 0.01).growth < 0);
  // On a long ring and at a small step the growth of long waves has the sign of the criterion of Wilson and
  // Ward.
  CHECK(wave_growth(slopes, 4000, 1, 0.001) > 0);
  CHECK(wave_growth(brisk, 4000, 1, 0.001) < 0);
}

TEST_CASE("gaps: what is allowed is counted in whole vehicles, and the fit finds the driver that made them") {
  CHECK(allowed({{5.9, 0}}, 6, 3) == 0);
  CHECK(allowed({{6.0, 0}, {8.9, 0}, {9.0, 0}, {15.5, 0}}, 6, 3) == 1 + 1 + 2 + 4);
  Observed o;
  o.major_vph = 500;
  for (double h = 1; h < 40; h += 0.37) {
    const int n = h < 5.5 ? 0 : static_cast<int>((h - 5.5) / 2.5 + 1);
    o.gaps.push_back({h, n});
    for (int k = 1; k < n; ++k) o.follow_ups.push_back(2.5);
  }
  const GapBase found = fitted({o});
  CHECK(found.critical_s == Approx(5.5).margin(0.11));
  CHECK(found.follow_up_s == Approx(2.5).margin(0.06));
}

TEST_CASE("gaps: entries belong to the gap in which they happen") {
  Observed o;
  o.begin_s = 0, o.end_s = 3600;
  const auto at = [](double t) { return Passing{t, {}, {}, {}}; };
  o.note({at(10), at(20), at(22)}, {at(5), at(12), at(15), at(21), at(30)});
  REQUIRE(o.gaps.size() == 2);
  CHECK(o.gaps[0].headway_s == Approx(10));
  CHECK(o.gaps[0].entered == 2);
  CHECK(o.gaps[1].entered == 1);
  REQUIRE(o.follow_ups.size() == 1);
  CHECK(o.follow_ups[0] == Approx(3));
  CHECK(o.major_vph == Approx(3));
}

TEST_CASE("a gate fails outside its bounds, and on a figure that is none") {
  Section s;
  s.id = "x";
  s.within("in", "", 100, 104, 0.05)
      .within("out", "", 100, 106, 0.05)
      .between("none", "", 0, 1, std::numeric_limits<double>::quiet_NaN());
  s.told("told", "", 1e9).count("exact", 0, 0).count("not exact", 0, 1);
  const auto red = red_rows(s);
  REQUIRE(red.size() == 3);
  CHECK(red[0]->what == "out");
  CHECK(red[1]->what == "none");
  CHECK(red[2]->what == "not exact");
  CHECK(as_text(s).find("RED") != std::string::npos);
  CHECK(as_markdown(s, "f").find("**RED**") != std::string::npos);
  CHECK(known_red("x", "out") == nullptr);
}
