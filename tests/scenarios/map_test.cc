// Pictures: the right pixels, honest numbers, no harm from hostile names and coordinates.
#include "scenarios/map/map.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "scenarios/map/plot.h"
#include "scenarios/map/printable.h"
#include "sim/model/network_builder.h"
#include "sim/model/problem.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

/// A crossing of two streets beside a house and a pond.
const Network& village() {
  static const Network network = [] {
    StreetPlan plan;
    plan.name = "Village";
    for (const Point p : {Point{-200, 0}, {0, 0}, {200, 20}, {10, -150}, {0, 150}})
      plan.nodes.push_back(
          {"node/" + std::to_string(plan.nodes.size()), {500000 + p.x, 100000 + p.y}, NodeControl::kNone, 0});
    for (const auto& nodes : {std::vector<std::uint32_t>{0, 1, 2}, {3, 1, 4}}) {
      PlanRoad road;
      road.id = "road/" + std::to_string(plan.roads.size());
      road.nodes = nodes;
      road.forward.lanes = road.backward.lanes = 2;
      plan.roads.push_back(road);
    }
    plan.buildings.push_back({{{500020, 100020}, {500050, 100020}, {500050, 100050}, {500020, 100020}}, 8});
    plan.water.push_back({{499900, 99900}, {499950, 99900}, {499950, 99950}, {499900, 99900}});
    return build_network(plan);
  }();
  return network;
}

bool is_png(const std::string& bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n") && bytes.size() > 200; }

/// Width and height from the PNG's first chunk.
std::pair<int, int> size_of(const std::string& png) {
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t k = 0; k < 4; ++k) value = value << 8 | static_cast<unsigned char>(png.at(at + k));
    return value;
  };
  return {number(16), number(20)};
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a map is a PNG of the size asked for, the same every time") {
  MapPicture picture;
  picture.network = &village();
  picture.width_px = 640;
  picture.height_px = 480;
  const std::string png = map_png(picture);
  REQUIRE(is_png(png));
  CHECK(size_of(png) == std::pair{640, 480});
  CHECK(map_png(picture) == png);
  picture.link_value.assign(village().links.size(), 0.2);
  const std::string red = map_png(picture);
  CHECK(red != png);
  picture.link_value.assign(village().links.size(), 0.9);
  CHECK(map_png(picture) != red);
  picture.view = MapView{500000, 100000, 120};
  CHECK(is_png(map_png(picture)));
}

TEST_CASE("sizes out of range are brought into it, a missing network is the caller's slip") {
  MapPicture picture;
  CHECK_THROWS_AS(map_png(picture), std::invalid_argument);
  picture.network = &village();
  picture.width_px = -5;
  picture.height_px = 1;
  CHECK(size_of(map_png(picture)) == std::pair{64, 64});
}

TEST_CASE("hostile names, empty networks and absurd coordinates still give a picture") {
  Network network = village();
  network.attribution = std::string("<b>&amp; \xff\xfe \x01 \xe2\x80\xae txet ") + std::string(5000, 'W');
  MapPicture picture;
  picture.network = &network;
  picture.width_px = picture.height_px = 400;
  picture.title = "<script>alert(1)</script>\n\t\xc0\xaf";
  picture.legend = std::string(3000, 'x');
  picture.link_value = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                        -1e308};
  picture.link_width_px = {1e300, -4, std::numeric_limits<double>::quiet_NaN()};
  CHECK(is_png(map_png(picture)));
  for (double bad :
       {std::numeric_limits<double>::quiet_NaN(), 1e300, -std::numeric_limits<double>::infinity()}) {
    Network broken = village();
    broken.points[3].x = bad;
    picture.network = &broken;
    CHECK(is_png(map_png(picture)));
  }
  const Network empty;
  picture.network = &empty;
  CHECK(is_png(map_png(picture)));
}

TEST_CASE("a map that cannot be written is an input error") {
  MapPicture picture;
  picture.network = &village();
  picture.width_px = picture.height_px = 100;
  CHECK_THROWS_AS(draw_map_png(picture, "/no/such/folder/map.png"), InputError);
}

TEST_CASE("text is made valid: bad bytes, control characters and direction marks go, the rest stays") {
  CHECK(printable("Stra\u00dfe \u6771\u4eac \U0001f697") == "Stra\u00dfe \u6771\u4eac \U0001f697");
  CHECK(printable("a\xff"
                  "b") ==
        "a\ufffd"
        "b");
  CHECK(printable("\xc0\xaf") == "\ufffd\ufffd");            // overlong
  CHECK(printable("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");  // a surrogate
  CHECK(printable("\xe2\x82") == "\ufffd\ufffd");            // cut off
  CHECK(printable("a\nb\x7f"
                  "c\u202e"
                  "d") == "a b c d");
  CHECK(printable(std::string(1000, 'a'), 10).size() < 14);
}

TEST_CASE("ramps run from end to end and clamp beyond") {
  const Ramp ramp = relative_speed_ramp();
  const auto same = [](Colour a, Colour b) { return a.r == b.r && a.g == b.g && a.b == b.b; };
  CHECK(same(ramp.at(0), ramp.colours.front()));
  CHECK(same(ramp.at(-7), ramp.colours.front()));
  CHECK(same(ramp.at(1), ramp.colours.back()));
  CHECK(same(ramp.at(4), ramp.colours.back()));
  const Ramp difference = difference_ramp(10);
  CHECK(difference.low == -10);
  const Colour zero = difference.at(0);
  CHECK(std::abs(zero.r - zero.b) < 0.05);  // no change is grey
  CHECK(difference_ramp(0).high > difference_ramp(0).low);
  CHECK(hex_of({1, 0.5, 0}) == "#ff8000");
}

TEST_CASE("ticks are round, numbers readable") {
  CHECK(round_ticks(0, 100, 5) == std::vector<double>{0, 20, 40, 60, 80, 100});
  CHECK(round_ticks(-10, 10, 5) == std::vector<double>{-10, -5, 0, 5, 10});
  CHECK(round_ticks(3, 3, 5) == std::vector<double>{3});
  CHECK(round_ticks(0, std::numeric_limits<double>::infinity(), 5).size() == 1);
  CHECK(number_words(12500, 500) == "12,500");
  CHECK(number_words(0.25, 0.25) == "0.25");
  CHECK(number_words(-1234567, 1) == "\u22121,234,567");
  CHECK(number_words(-0.0, 1) == "0");
  CHECK(number_words(NAN, 1) == "-");
}

TEST_CASE("speeds relative to the limit, widths by flow; no data stays no data") {
  std::vector<double> speeds(village().links.size(), NAN);
  speeds[0] = village().lanes[village().links[0].first_lane.value].speed_mps / 2;
  const std::vector<double> share = relative_speeds(village(), speeds);
  CHECK(std::abs(share[0] - 0.5) < 1e-9);
  CHECK(std::isnan(share[1]));
  const std::vector<double> widths = flow_widths_px({0, 400, 1600, NAN});
  CHECK(widths[0] < widths[1]);
  CHECK(widths[1] < widths[2]);
  CHECK(std::isnan(widths[3]));
}

TEST_CASE("a plot is one SVG with axes, a line for each run of values, and escaped words") {
  Plot plot;
  plot.title = "Vehicles <on> the \"road\" & waiting";
  plot.y_label = "vehicles";
  plot.series = {{"running", {25200, 25260, 25320, 25380}, {0, 120, NAN, 80}, true, false},
                 {"waiting", {25200, 25380}, {5, 9}, false, true}};
  const std::string svg = plot_svg(plot);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count_of(svg, "<svg") == 1);
  CHECK(svg.find("&lt;on&gt; the &quot;road&quot; &amp; waiting") != std::string::npos);
  CHECK(svg.find("<on>") == std::string::npos);
  CHECK(svg.find(">07:00<") != std::string::npos);
  CHECK(svg.find(">vehicles<") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("stroke-dasharray") != std::string::npos);
  CHECK(svg == plot_svg(plot));
  CHECK(plot_svg({}).find("</svg>") != std::string::npos);
}

TEST_CASE("words for HTML cannot leave their place") {
  CHECK(escaped("<a href='x' onclick=\"y\">&") == "&lt;a href=&#39;x&#39; onclick=&quot;y&quot;&gt;&amp;");
  CHECK(escaped(std::string("a\0b\n", 4)) == "a b ");
}
