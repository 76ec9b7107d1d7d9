// The .arnet file: what goes in comes out, and what is damaged is refused.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "sim/model/atomic_file.h"
#include "sim/model/checksum.h"
#include "sim/model/network.h"
#include "sim/model/strong_parts.h"
#include "tests/catch.h"
#include "tests/sealed_network_file.h"

namespace arterial {
namespace {

using Catch::Matchers::Contains;

/// Two links that meet, one connection, and one of everything else.
Network sample() {
  Network n;
  n.name = "sample";
  n.crs = "EPSG:32632";
  n.offset_x_m = -1.5;
  n.source = "a test";
  n.licence = "none";
  n.attribution = "nobody";
  n.left_hand = true;
  const Shape outline = n.add_shape({{0, 0}, {1, 0}, {1, 1}});
  for (const char* id : {"A", "B", "C"}) {
    Junction j;
    j.id = id;
    j.source_ids = {std::string("node/") + id, "other"};
    j.shape = outline;
    n.junctions.push_back(j);
  }
  n.junctions[1].type = JunctionType::kSignal;
  for (std::uint32_t i = 0; i < 2; ++i) {
    Link l;
    l.from = JunctionId(i);
    l.to = JunctionId(i + 1);
    l.first_lane = LaneId(i);
    l.lane_count = 1;
    l.road_class = RoadClass::kPrimary;
    l.priority = -3;
    l.id = "l" + std::to_string(i);
    l.source_id = "way/7";
    l.name =
        "Stra\xc3\x9f"
        "e";
    n.links.push_back(l);
    Lane lane;
    lane.link = LinkId(i);
    lane.length_m = 100.25;
    lane.allowed = mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kCar);
    lane.no_change_left = mask_of(VehicleClass::kTaxi);
    lane.shape = n.add_shape({{100.0 * i, 0}, {100.0 * i + 99, 0}});
    lane.id = l.id + "_0";
    n.lanes.push_back(lane);
  }
  n.road_lane_count = 2;
  for (std::uint32_t k = 0; k < 2; ++k) {
    Lane ground;
    ground.internal = true;
    ground.length_m = 10;
    ground.id = ":B_" + std::to_string(k);
    ground.shape = n.add_shape({{99, 0}, {100, 0}});
    n.lanes.push_back(ground);
    Connection c;
    c.from = LaneId(0);
    c.to = LaneId(1);
    c.lane = LaneId(2 + k);
    c.junction = JunctionId(1);
    c.signal = SignalId(0);
    c.signal_index = static_cast<std::uint16_t>(k);
    c.turn = Turn::kLeft;
    c.priority = Priority::kZipper;
    c.keep_clear = false;
    c.turn_on_red = true;
    c.wait_m = 4.5;
    c.pieces = {{":B_" + std::to_string(k), 0}, {":Bx_" + std::to_string(k), 4.5}};
    n.connections.push_back(c);
  }
  n.conflicts.push_back({ConnectionId(0), ConnectionId(1), 1.5f, 10, 2.5f, 10, true, false, true});
  Signal s;
  s.id = "T";
  s.source_ids = {"tl"};
  Program p;
  p.id = "day";
  p.actuated = true;
  p.offset_s = -3;
  p.phases = {{30, 5, 50, "Gr", {1}}, {3, 3, 3, "yr", {}}};
  s.programs = {p, p};
  s.programs[1].id = "night";
  s.active_program = 1;
  s.switches = {{3600, 0}, {7200, 1}};
  s.guessed = true;
  n.signals.push_back(s);
  n.stops.push_back({LaneId(0), 1, 20, "stop", "Market"});
  n.detectors.push_back({LaneId(1), 50, 60, "loop"});
  Zone z;
  z.id = "z";
  z.name = "Centre";
  z.residents = 10;
  z.jobs = 20;
  z.rings = {outline};
  z.links = {LinkId(0), LinkId(1)};
  n.zones.push_back(z);
  n.buildings.push_back({outline, 12.5f});
  n.water.push_back(outline);
  n.problems.push_back({Severity::kGuess, "guessed", "l0", 1, 2, "words"});
  return n;
}

/// A road of many links, one behind the other: large enough to be read by several threads.
Network long_road() {
  constexpr std::uint32_t kLinks = 30'000;
  Network n;
  n.road_lane_count = kLinks;
  n.junctions.resize(kLinks + 1);
  n.links.resize(kLinks);
  n.lanes.resize(2 * kLinks - 1);
  n.connections.resize(kLinks - 1);
  for (std::uint32_t i = 0; i <= kLinks; ++i) {
    n.junctions[i].id = std::to_string(i);
    n.junctions[i].source_ids = {"node/" + n.junctions[i].id};
  }
  for (std::uint32_t i = 0; i < kLinks; ++i) {
    Link& link = n.links[i];
    link.from = JunctionId(i);
    link.to = JunctionId(i + 1);
    link.first_lane = LaneId(i);
    link.lane_count = 1;
    link.id = "a link with a long id/" + std::to_string(i);
    n.lanes[i].link = LinkId(i);
    n.lanes[i].length_m = 10;
    n.lanes[i].id = link.id + "_0";
    n.lanes[i].shape = n.add_shape({{10.0 * i, 0}, {10.0 * i + 9, 0}});
  }
  for (std::uint32_t i = 0; i + 1 < kLinks; ++i) {
    Lane& ground = n.lanes[kLinks + i];
    ground.internal = true;
    ground.length_m = 1;
    ground.id = ":" + std::to_string(i + 1) + "_0";
    Connection& c = n.connections[i];
    c.from = LaneId(i);
    c.to = LaneId(i + 1);
    c.lane = LaneId(kLinks + i);
    c.junction = JunctionId(i + 1);
  }
  return n;
}

struct File {
  std::string path;
  File() {
    static int count = 0;
    path = (std::filesystem::temp_directory_path() /
            ("arterial_file_" + std::to_string(::getpid()) + "_" + std::to_string(count++) + ".arnet"))
               .string();
  }
  ~File() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
};

TEST_CASE("The sample network is sound") { CHECK(faults_in(sample()).empty()); }

TEST_CASE("A network survives its file, byte for byte when written again") {
  const Network n = sample();
  const File a, b;
  write_network(n, a.path);
  const Network m = read_network(a.path);
  write_network(m, b.path);
  CHECK(a.bytes() == b.bytes());
  CHECK(m.name == n.name);
  CHECK(m.crs == n.crs);
  CHECK(m.offset_x_m == n.offset_x_m);
  CHECK(m.attribution == n.attribution);
  CHECK(m.left_hand);
  CHECK(m.road_lane_count == 2);
  CHECK(m.links[1].name == n.links[1].name);
  CHECK(m.links[1].priority == -3);
  CHECK(m.lanes[0].length_m == 100.25);
  CHECK(m.lanes[0].no_change_left == mask_of(VehicleClass::kTaxi));
  CHECK(m.connections[1].pieces[1].lane_id == ":Bx_1");
  CHECK(m.connections[1].turn_on_red);
  CHECK(m.conflicts[0].b_begin_m == 2.5f);
  CHECK(m.conflicts[0].a_yields);
  CHECK_FALSE(m.conflicts[0].b_yields);
  CHECK(m.junctions[2].source_ids == n.junctions[2].source_ids);
  CHECK(m.signals[0].programs[1].phases[0].next == std::vector<std::uint32_t>{1});
  CHECK(m.signals[0].switches[1].at_s == 7200);
  CHECK(m.zones[0].links == n.zones[0].links);
  CHECK(m.buildings[0].height_m == 12.5f);
  CHECK(m.problems[0].severity == Severity::kGuess);
  CHECK(m.points.size() == n.points.size());
}

TEST_CASE("An empty network has a file too") {
  const File a;
  write_network(Network{}, a.path);
  CHECK(read_network(a.path).links.empty());
}

TEST_CASE("Every flipped bit and every truncation of the file is noticed") {
  const File a, b;
  write_network(sample(), a.path);
  const std::string whole = a.bytes();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    std::ofstream(b.path, std::ios::binary)
        .write(damaged.data(), static_cast<std::streamsize>(damaged.size()));
    INFO("bit " << i % 8 << " of byte " << i);
    CHECK_THROWS_AS(read_network(b.path), InputError);
  }
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream(b.path, std::ios::binary).write(whole.data(), static_cast<std::streamsize>(size));
    INFO("cut to " << size);
    CHECK_THROWS_AS(read_network(b.path), InputError);
  }
  std::ofstream(b.path, std::ios::binary)
      .write((whole + "x").data(), static_cast<std::streamsize>(whole.size() + 1));
  CHECK_THROWS_AS(read_network(b.path), InputError);
}

TEST_CASE("A file whose checksum is right may still lie: it is refused or read as a sound network") {
  const File a, b;
  write_network(sample(), a.path);
  const std::string whole = a.bytes();
  int refused = 0, read = 0;
  for (std::size_t i = 32; i < whole.size(); ++i)
    for (const char value : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string forged = whole;
      if (forged[i] == value) continue;
      forged[i] = value;
      seal_network_file(forged);
      std::ofstream(b.path, std::ios::binary)
          .write(forged.data(), static_cast<std::streamsize>(forged.size()));
      try {
        if (!faults_in(read_network(b.path)).empty()) FAIL("a fault was let through at byte " << i);
        ++read;
      } catch (const InputError&) {
        ++refused;
      }
    }
  CHECK(refused > 1000);
  CHECK(read > 0);
}

TEST_CASE("A large network survives its file, and damage anywhere in it is noticed") {
  const Network n = long_road();
  const File a, b;
  write_network(n, a.path);
  const std::string whole = a.bytes();
  REQUIRE(whole.size() > 4 << 20);  // several threads where there are several cores
  const Network m = read_network(a.path);
  write_network(m, b.path);
  CHECK(b.bytes() == whole);
  CHECK(m.lanes.back().id == n.lanes.back().id);
  CHECK(m.links.back().id == n.links.back().id);
  CHECK(m.points.back().x == n.points.back().x);
  for (std::size_t i = 13; i < whole.size(); i += whole.size() / 40) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 16);
    write_file_atomically(b.path, damaged);
    INFO("byte " << i);
    CHECK_THROWS_AS(read_network(b.path), InputError);
  }
}

TEST_CASE("An id that occurs twice is found among many, and told once") {
  Network n = long_road();
  CHECK(faults_in(n).empty());
  n.lanes[29'000].id = n.lanes[7].id;
  CHECK(faults_in(n) == std::vector<std::string>{"lane \"" + n.lanes[7].id + "\": the id occurs twice"});
  n.junctions[5].id.clear();
  CHECK(faults_in(n).size() == 2);
  for (Link& link : n.links) link.id = "same";
  CHECK(faults_in(n).size() == 20);
}

TEST_CASE("faults_in tells in the same order on any number of threads, and no more than help") {
  Network n = long_road();
  n.points[3].x = std::numeric_limits<double>::infinity();
  n.lanes[2].width_m = -1;
  n.connections[4].to = LaneId(4);
  const std::vector<std::string> found = faults_in(n);
  REQUIRE(found.size() == 3);
  CHECK_THAT(found[0], Contains("width"));
  CHECK_THAT(found[1], Contains("do not meet"));
  CHECK_THAT(found[2], Contains("point \"3\""));
  for (Lane& lane : n.lanes) lane.speed_mps = -1;
  CHECK(faults_in(n).size() == 20);
}

TEST_CASE("What is no network file is refused in words") {
  const File a;
  CHECK_THROWS_WITH(read_network(a.path), Contains("cannot be read"));
  CHECK_THROWS_WITH(read_network("/"), Contains("no regular file"));
  write_file_atomically(a.path, "");
  CHECK_THROWS_WITH(read_network(a.path), Contains("no .arnet"));
  write_file_atomically(a.path,
                        "hello, this is some text that is longer than the header of a network file is");
  CHECK_THROWS_WITH(read_network(a.path), Contains("no .arnet"));
  write_network(sample(), a.path);
  std::string newer = a.bytes();
  newer[8] = 9;
  write_file_atomically(a.path, newer);
  CHECK_THROWS_WITH(read_network(a.path), Contains("version 9"));
  newer[8] = 1;
  write_file_atomically(a.path, newer);
  CHECK_THROWS_WITH(read_network(a.path),
                    Contains("version 1; this program reads version 2") && Contains("arterial import"));
}

TEST_CASE("faults_in names what is wrong") {
  const auto fault = [](auto&& spoil) {
    Network n = sample();
    spoil(n);
    const auto faults = faults_in(n);
    return faults.empty() ? std::string("sound") : faults.front();
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THAT(fault([](Network& n) { n.lanes[0].length_m = kNan; }), Contains("length"));
  CHECK_THAT(fault([](Network& n) { n.lanes[0].length_m = -1; }), Contains("length"));
  CHECK_THAT(fault([](Network& n) { n.lanes[2].length_m = 0; }), Contains("length"));
  CHECK_THAT(fault([](Network& n) { n.lanes[0].speed_mps = kNan; }), Contains("speed"));
  CHECK_THAT(fault([](Network& n) { n.lanes[0].shape.count = 1000; }), Contains("shape"));
  CHECK_THAT(fault([](Network& n) { n.lanes[0].shape.first = 0xffffffff; }), Contains("shape"));
  CHECK_THAT(fault([](Network& n) { n.points[0].x = kNan; }), Contains("coordinates"));
  CHECK_THAT(fault([](Network& n) { n.links[0].to = JunctionId(7); }), Contains("junction"));
  CHECK_THAT(fault([](Network& n) { n.links[0].lane_count = 2; }), Contains("lanes"));
  CHECK_THAT(fault([](Network& n) { n.links[1].id = "l0"; }), Contains("twice"));
  CHECK_THAT(fault([](Network& n) { n.connections[0].to = LaneId(0); }), Contains("do not meet"));
  CHECK_THAT(fault([](Network& n) { n.connections[0].from = LaneId(3); }), Contains("does not exist"));
  CHECK_THAT(fault([](Network& n) { n.connections[0].signal_index = 2; }), Contains("letters"));
  CHECK_THAT(fault([](Network& n) { n.connections[0].wait_m = 11; }), Contains("waiting"));
  CHECK_THAT(fault([](Network& n) { n.conflicts[0].b = ConnectionId(0); }), Contains("conflict"));
  CHECK_THAT(fault([](Network& n) { n.conflicts[0].a_end_m = 11; }), Contains("interval"));
  CHECK_THAT(fault([](Network& n) { n.conflicts.push_back(n.conflicts[0]); }), Contains("twice"));
  CHECK_THAT(fault([](Network& n) { n.signals[0].active_program = 2; }), Contains("active"));
  CHECK_THAT(fault([](Network& n) { n.signals[0].programs[0].phases[0].next = {2}; }), Contains("followed"));
  CHECK_THAT(fault([](Network& n) { n.stops[0].end_m = 101; }), Contains("outside its lane"));
  CHECK_THAT(fault([](Network& n) { n.detectors[0].pos_m = kNan; }), Contains("outside its lane"));
  CHECK_THAT(fault([](Network& n) { n.zones[0].links = {LinkId(9)}; }), Contains("link"));
  CHECK_THAT(fault([](Network& n) { n.road_lane_count = 3; }), Contains("road lanes"));
}

TEST_CASE("order_network sorts lanes and connections and keeps every reference right") {
  Network n = sample();
  std::swap(n.lanes[0], n.lanes[3]);  // a ground first, a road lane last
  const auto moved = [](LaneId id) { return id.value == 0 ? LaneId(3) : id.value == 3 ? LaneId(0) : id; };
  for (Connection& c : n.connections) c.from = moved(c.from), c.to = moved(c.to), c.lane = moved(c.lane);
  n.links[0].first_lane = LaneId(3);
  n.stops[0].lane = moved(n.stops[0].lane);
  std::swap(n.connections[0], n.connections[1]);
  std::swap(n.conflicts[0].a, n.conflicts[0].b);
  order_network(n);
  CHECK(faults_in(n).empty());
  CHECK(n.lanes[0].id == "l0_0");
  CHECK(n[n.stops[0].lane].id == "l0_0");
  CHECK(n[n.connections[0].lane].id == ":B_1");
  CHECK(n.conflicts[0].a == ConnectionId(0));
  CHECK(n.conflicts[0].a_begin_m == 2.5f);
  CHECK(n.conflicts[0].b_yields);
  const Network once = n;
  order_network(n);
  CHECK(n.lanes[3].id == once.lanes[3].id);
  CHECK(n.conflicts[0].a_begin_m == once.conflicts[0].a_begin_m);
}

TEST_CASE("Strong parts: a one-way street is no part of the ring it leads into") {
  Network n = sample();
  CHECK(strong_parts(n).lane_m.size() == 2);  // l0 -> l1 only
  CHECK(strong_parts(n).largest_share() == Approx(0.5));
  n.links[1].to = JunctionId(0);  // back to A, and on from there
  Lane ground = n.lanes[2];
  ground.id = ":A_0";
  n.lanes.push_back(ground);
  Connection back = n.connections[0];
  back.from = LaneId(1);
  back.to = LaneId(0);
  back.lane = LaneId(4);
  back.junction = JunctionId(0);
  back.signal = SignalId();
  n.connections.push_back(back);
  order_network(n);
  REQUIRE(faults_in(n).empty());
  CHECK(strong_parts(n).lane_m.size() == 1);
  CHECK(strong_parts(n).largest_share() == 1);
  CHECK(strong_parts(n, mask_of(VehicleClass::kShip)).lane_m.empty());
}

TEST_CASE("XXH64 gives the published values") {
  CHECK(xxh64("", 0) == 0xEF46DB3751D8E999u);
  CHECK(xxh64("a", 1) == 0xD24EC4F1A98C6E5Bu);
  CHECK(xxh64("abc", 3) == 0x44BC2CF5AD770999u);
  const std::string text = "Nobody inspects the spammish repetition";
  CHECK(xxh64(text.data(), text.size()) == 0xFBCEA83C8A378BF1u);
}

TEST_CASE("XXH64 of pieces is that of the whole, wherever it is cut") {
  std::string text;
  for (int i = 0; i < 150; ++i) text += static_cast<char>(37 * i);
  const std::uint64_t whole = xxh64(text.data(), text.size(), 7);
  for (std::size_t first = 0; first <= text.size(); ++first)
    for (const std::size_t second : {first, (first + text.size()) / 2, text.size()}) {
      Xxh64 sum(7);
      sum.add(text.data(), first);
      sum.add(text.data() + first, second - first);
      sum.add(text.data() + second, text.size() - second);
      REQUIRE(sum.value() == whole);
    }
}

}  // namespace
}  // namespace arterial
