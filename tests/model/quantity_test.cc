#include "sim/model/quantity.h"

#include "sim/model/sim_options.h"
#include "tests/catch.h"

using namespace arterial;

namespace {
std::string why;
double clock_of(const char* text) {
  Calendar calendar;
  return parse_clock_s(text, calendar, why).value_or(-1);
}
}  // namespace

TEST_CASE("durations, speeds and lengths are read with their units") {
  REQUIRE(parse_duration_s("90", why) == 90);
  REQUIRE(parse_duration_s("15 min", why) == 900);
  REQUIRE(parse_duration_s("1.5h", why) == 5400);
  REQUIRE(parse_duration_s("00:15:00", why) == 900);
  REQUIRE(parse_duration_s("PT1H30M", why) == 5400);
  REQUIRE(*parse_speed_mps("36 km/h", why) == Approx(10));
  REQUIRE(*parse_speed_mps("10 mph", why) == Approx(4.4704));
  REQUIRE(parse_length_m("1.2 km", why) == 1200);
  for (const char* wrong : {"", "x", "nan", "inf", "1e999", "-5", "5 kg", "1 2", "PT", "PT5", "0x10"}) {
    INFO(wrong);
    REQUIRE_FALSE(parse_duration_s(wrong, why));
    REQUIRE_FALSE(why.empty());
  }
}

TEST_CASE("clock times may pass midnight, and dated ones count from the first day") {
  REQUIRE(clock_of("07:30") == 27000);
  REQUIRE(clock_of("7:30:15.25") == 27015.25);
  REQUIRE(clock_of("26:00:00") == 93600);
  REQUIRE(clock_of("3600") == 3600);
  REQUIRE(clock_of("2024-02-29T06:00:00Z") == 21600);
  for (const char* wrong :
       {"7:60", "07:30:60", "2023-02-29T06:00:00", "2024-13-01T00:00", "07:3", "24h:00", "::"}) {
    INFO(wrong);
    REQUIRE(clock_of(wrong) == -1);
  }
  Calendar calendar;
  REQUIRE(parse_clock_s("2023-12-31T23:00", calendar, why) == 82800);
  REQUIRE(parse_clock_s("2024-01-01T01:00:00+01:00", calendar, why) == 90000);
  REQUIRE(clock_text(90000.5) == "25:00:00.500");
}

TEST_CASE("the nearest word is found by its edits") {
  REQUIRE(edit_distance("begin", "begin") == 0);
  REQUIRE(edit_distance("ende", "end") == 1);
  REQUIRE(edit_distance("demnad", "demand") == 1);
  REQUIRE(edit_distance("", "abc") == 3);
  REQUIRE(edit_distance("completely", "different", 3) == 4);
}

TEST_CASE("every option can be set from its own default and keeps to its range") {
  for (const auto& spec : sim_option_table()) {
    INFO(spec.flag);
    SimOptions options;
    Calendar calendar;
    REQUIRE(set_option(options, spec, option_text(options, spec), calendar).empty());
    REQUIRE(option_text(options, spec) == option_text(SimOptions{}, spec));
    for (const char* wrong : {"", "x", "-1", "nan", "1e30"})
      if (spec.flag != "seed" || std::string(wrong) != "-0")
        REQUIRE_FALSE(set_option(options, spec, wrong, calendar).empty());
    REQUIRE(sim_option_by_flag(spec.flag) == &spec);
  }
}
