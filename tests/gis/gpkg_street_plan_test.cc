// The GeoPackage of a street plan: what goes in comes out, to the last bit; what is hostile is refused.
#include "gis/gpkg_street_plan.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "gis/gdal_session.h"
#include "gis/reader.h"
#include "scenarios/synthetic/draw_city.h"
#include "sim/model/network_builder.h"
#include "sim/model/problem.h"
#include "tests/catch.h"

using namespace arterial;

namespace {

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("arterial_gpkg_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

StreetPlan crossing() {
  StreetPlan plan;
  plan.name = "Crossing \"of\" two <roads>";
  plan.crs = "EPSG:32631";
  plan.nodes = {{"w", {500000.123, 100000}, NodeControl::kNone, 0},
                {"m", {500100.1, 100000.1}, NodeControl::kSignal, 0},
                {"e", {500200, 100000}, NodeControl::kStop, -1},
                {"n", {500100, 100100}, NodeControl::kNone, 0}};
  PlanRoad road;
  road.id = "a";
  road.name = "Alder Street";
  road.nodes = {0, 1, 2};
  road.forward.lanes = 2;
  road.forward.turns = {1 << static_cast<int>(Turn::kRight),
                        (1 << static_cast<int>(Turn::kStraight)) | (1 << static_cast<int>(Turn::kLeft))};
  road.forward.lane_allowed = {mask_of(VehicleClass::kBus) | mask_of(VehicleClass::kTaxi), kMotorClasses};
  road.forward.capacity_vph = 1800;
  road.forward.lanes_guessed = true;
  road.backward.lanes = 1;
  road.level = -1;
  plan.roads.push_back(road);
  PlanRoad other;
  other.id = "b";
  other.nodes = {3, 1};
  other.forward.lanes = 1;
  other.forward.speed_mps = 30 / 3.6;
  plan.roads.push_back(other);
  TurnRestriction r;
  r.id = "r";
  r.from_road = 1;
  r.via_nodes = {1};
  r.to_road = 0;
  r.except = mask_of(VehicleClass::kBus);
  plan.restrictions.push_back(r);
  return plan;
}

template <class Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& words) {
  if (text.find(words) != std::string::npos) return true;
  UNSCOPED_INFO("it says: " << text);
  return false;
}

/// Runs SQL on a file with Python's sqlite3, which GDAL's own interface would not let through.
bool change_with_sql(const std::string& path, const std::string& sql) {
  const std::string command =
      "python3 -c \"import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); "
      "c.commit()\" '" +
      path + "' '" + sql + "' 2>/dev/null";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("an invented city and its GeoPackage give the same network, byte for byte") {
  for (bool left_hand : {false, true}) {
    const Folder folder;
    CityOptions options;
    options.seed = 11;
    options.blocks = 700;
    options.left_hand = left_hand;
    const StreetPlan plan = draw_city(options);
    write_street_plan_gpkg(plan, folder / "city.gpkg");
    write_network(build_network(plan), folder / "drawn.arnet");
    write_network(build_network(read_street_plan_gpkg(folder / "city.gpkg")), folder / "imported.arnet");
    const std::string drawn = bytes_of(folder / "drawn.arnet");
    CHECK(drawn.size() > 100'000);
    CHECK(drawn == bytes_of(folder / "imported.arnet"));
    write_street_plan_gpkg(plan, folder / "again.gpkg");
    CHECK(bytes_of(folder / "city.gpkg") == bytes_of(folder / "again.gpkg"));
    CHECK(folder.files() == 4);
  }
}

TEST_CASE("every attribute comes back") {
  const Folder folder;
  const StreetPlan plan = crossing();
  write_street_plan_gpkg(plan, folder / "a.gpkg");
  const StreetPlan back = read_street_plan_gpkg(folder / "a.gpkg");
  CHECK(back.name == plan.name);
  CHECK(back.crs == "EPSG:32631");
  REQUIRE(back.nodes.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(back.nodes[k].id == plan.nodes[k].id);
    CHECK(back.nodes[k].at.x == plan.nodes[k].at.x);
    CHECK(back.nodes[k].control == plan.nodes[k].control);
    CHECK(back.nodes[k].control_direction == plan.nodes[k].control_direction);
  }
  REQUIRE(back.roads.size() == 2);
  CHECK(back.roads[0].nodes == plan.roads[0].nodes);
  CHECK(back.roads[0].level == -1);
  CHECK(back.roads[0].forward.turns == plan.roads[0].forward.turns);
  CHECK(back.roads[0].forward.lane_allowed == plan.roads[0].forward.lane_allowed);
  CHECK(back.roads[0].forward.capacity_vph == 1800);
  CHECK(back.roads[0].forward.lanes_guessed);
  CHECK_FALSE(back.roads[0].forward.speed_guessed);
  CHECK(back.roads[1].forward.speed_mps == 30 / 3.6);
  REQUIRE(back.restrictions.size() == 1);
  CHECK(back.restrictions[0].from_road == 1);
  CHECK(back.restrictions[0].via_nodes == std::vector<std::uint32_t>{1});
  CHECK(back.restrictions[0].except == mask_of(VehicleClass::kBus));
}

TEST_CASE("numbers that are none, or out of range, are refused with layer, row and remedy") {
  const Folder folder;
  const auto refused = [&](auto change) {
    StreetPlan plan = crossing();
    change(plan);
    return refusal_of([&] {
      write_street_plan_gpkg(plan, folder / "bad.gpkg");
      read_street_plan_gpkg(folder / "bad.gpkg");
    });
  };
  CHECK(says(refused([](StreetPlan& p) { p.nodes[0].at.x = 1e12; }), "layer nodes, row 1"));
  CHECK(refused([](StreetPlan& p) { p.nodes[2].at.y = std::numeric_limits<double>::infinity(); }) != "");
  CHECK(says(refused([](StreetPlan& p) { p.roads[0].forward.speed_mps = -5; }), "speed_mps_forward is -5"));
  CHECK(says(refused([](StreetPlan& p) { p.roads[1].forward.lanes = 4000; }), "lanes_forward is 4000"));
  CHECK(says(refused([](StreetPlan& p) { p.roads[1].id = "a"; }), "'a' is given twice"));
  CHECK(says(refused([](StreetPlan& p) { p.roads[0].forward.turns.pop_back(); }),
             "speaks of 1 lanes, but there are 2"));
  CHECK(says(refused([](StreetPlan& p) { p.nodes[1].at = p.nodes[0].at; }), "two nodes lie at"));
  CHECK(says(refused([](StreetPlan& p) { p.roads[0].name = std::string(5000, 'x'); }), "5000 bytes"));
  CHECK(says(refused([](StreetPlan& p) { p.crs = "EPSG:4326"; }), "degrees"));
  CHECK(says(refused([](StreetPlan& p) { p.crs = "EPSG:99999999"; }), "bad.gpkg"));
}

TEST_CASE("what is no GeoPackage of streets is refused: other files, URLs, folders, halves") {
  const Folder folder;
  const auto refused = [](const std::string& path) {
    return refusal_of([&] { read_street_plan_gpkg(path); });
  };
  CHECK(says(refused(folder / "absent.gpkg"), "No such file"));
  CHECK(says(refused(folder / ""), "not a regular file"));
  CHECK(says(refused("/vsicurl/https://example.org/city.gpkg"), "not the name of a file"));
  CHECK(says(refused("https://example.org/city.gpkg"), "not the name of a file"));
  CHECK(says(refused("GPKG:city.gpkg:roads"), "not the name of a file"));
  std::ofstream(folder / "vrt.gpkg") << "<OGRVRTDataSource><OGRVRTLayer name=\"roads\"/></OGRVRTDataSource>";
  CHECK(says(refused(folder / "vrt.gpkg"), "is no GeoPackage"));
  write_street_plan_gpkg(crossing(), folder / "good.gpkg");
  const std::string good = bytes_of(folder / "good.gpkg");
  for (std::size_t length :
       {std::size_t{20}, std::size_t{100}, good.size() / 4, good.size() / 2, good.size() - 5000}) {
    std::ofstream(folder / "half.gpkg", std::ios::binary)
        .write(good.data(), static_cast<std::streamsize>(length));
    CHECK(refused(folder / "half.gpkg") != "");
  }
}

TEST_CASE("a GeoPackage that would run what its author wrote is refused") {
  const Folder folder;
  write_street_plan_gpkg(crossing(), folder / "view.gpkg");
  if (!change_with_sql(folder / "view.gpkg",
                       "ALTER TABLE water RENAME TO pools; CREATE VIEW water AS SELECT * FROM pools;")) {
    WARN("skipped: there is no python3 with sqlite3");
    return;
  }
  CHECK(says(refusal_of([&] { read_street_plan_gpkg(folder / "view.gpkg"); }), "is a view"));
  write_street_plan_gpkg(crossing(), folder / "virtual.gpkg");
  REQUIRE(change_with_sql(folder / "virtual.gpkg",
                          "PRAGMA writable_schema=ON; INSERT INTO sqlite_master VALUES (\"table\", \"spy\", "
                          "\"spy\", 0, \"CREATE VIRTUAL TABLE spy USING VirtualOGR(1)\");"));
  CHECK(says(refusal_of([&] { read_street_plan_gpkg(folder / "virtual.gpkg"); }), "virtual.gpkg"));
  write_street_plan_gpkg(crossing(), folder / "empty.gpkg");
  REQUIRE(change_with_sql(
      folder / "empty.gpkg",
      "PRAGMA foreign_keys=OFF; DROP TABLE roads; DELETE FROM gpkg_contents WHERE table_name = \"roads\";"));
  CHECK(says(refusal_of([&] { read_street_plan_gpkg(folder / "empty.gpkg"); }), "roads"));
}

TEST_CASE("a street plan that cannot be written leaves nothing, and what stood there stays") {
  const Folder folder;
  CHECK(refusal_of([&] { write_street_plan_gpkg(crossing(), folder / "no/such/folder.gpkg"); }) != "");
  write_street_plan_gpkg(crossing(), folder / "city.gpkg");
  const std::string before = bytes_of(folder / "city.gpkg");
  StreetPlan bad = crossing();
  bad.crs = "not a reference system";
  CHECK(refusal_of([&] { write_street_plan_gpkg(bad, folder / "city.gpkg"); }) != "");
  CHECK(bytes_of(folder / "city.gpkg") == before);
  CHECK(folder.files() == 1);
}

TEST_CASE("gpkg: a street plan comes in by the door of all maps") {
  const Folder folder;
  write_street_plan_gpkg(crossing(), folder / "crossing.gpkg");
  const Network network = import_network({folder / "crossing.gpkg"}, {});
  CHECK(network.links.size() == build_network(crossing()).links.size());
  CHECK(!network.links.empty());
}
