#include "gis/export_layers.h"

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "sim/model/problem.h"
#include "tests/catch.h"

using namespace arterial;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("arterial-export-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<VectorLayer> two_layers() {
  VectorLayer roads;
  roads.name = "roads";
  roads.geometry.kind = GeometryKind::kLine;
  roads.geometry.add({{500000, 5000000}, {500100, 5000000}});
  roads.geometry.add({});  // a row without a place
  roads.columns.push_back({"id", std::vector<std::string>{"a \"b\"", "<c>"}});
  roads.columns.push_back({"speed", std::vector<double>{1.5, std::nan("")}});
  roads.columns.push_back({"lanes", std::vector<std::int64_t>{2, 3}});
  VectorLayer table;
  table.name = "counts";
  table.columns.push_back({"n", std::vector<std::int64_t>{7}});
  table.columns.push_back({"words", std::vector<std::string>{"a,b"}});
  return {roads, table};
}

const LayerSource kUtm{"EPSG:32632", 0, 0, "town", "somebody", "ODbL"};

}  // namespace

TEST_CASE("GeoJSON is in WGS 84, names the owner of the data and keeps hostile names") {
  const Folder folder;
  write_layers(two_layers(), kUtm, folder / "roads.geojson");
  const auto text = text_of(folder / "roads.geojson");
  REQUIRE(text.find("[ 9.0, 45.1") != std::string::npos);  // the central meridian of zone 32
  REQUIRE(text.find("a \\\"b\\\"") != std::string::npos);
  REQUIRE(text.find("somebody, ODbL") != std::string::npos);
  REQUIRE(text.find("\"speed\": null") != std::string::npos);
}

TEST_CASE("each format is written and nothing half-made stays") {
  const Folder folder;
  for (const char* name : {"all.gpkg", "roads.fgb", "counts.csv", "roads.csv"}) {
    write_layers(two_layers(), kUtm, folder / name);
    REQUIRE(fs::file_size(folder / name) > 3);
  }
  REQUIRE(text_of(folder / "counts.csv") == "n,words\n7,\"a,b\"\n");
  REQUIRE(text_of(folder / "all.gpkg").substr(0, 15) == "SQLite format 3");
  REQUIRE(text_of(folder / "roads.fgb.attribution.txt") == "somebody, ODbL\n");
  for (const auto& entry : fs::directory_iterator(folder.path))
    REQUIRE(entry.path().string().find(".part") == std::string::npos);
  const auto first = text_of(folder / "all.gpkg");
  write_layers(two_layers(), kUtm, folder / "all.gpkg");
  REQUIRE(text_of(folder / "all.gpkg") == first);
}

TEST_CASE("a full disk is told in every format, and nothing is left") {
  const Folder folder;
  VectorLayer roads = two_layers()[0];
  auto& ids = std::get<std::vector<std::string>>(roads.columns[0].values);
  auto& speeds = std::get<std::vector<double>>(roads.columns[1].values);
  auto& lanes = std::get<std::vector<std::int64_t>>(roads.columns[2].values);
  for (int k = 0; k < 20000; ++k) {
    roads.geometry.add({{500000.0 + k, 5000000}, {500100, 5000000}});
    ids.emplace_back("road"), speeds.push_back(k), lanes.push_back(k);
  }
  // A limit on file sizes fails like a full disk: in the middle.
  struct rlimit before {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 256 << 10;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::vector<std::string> written;
  for (const char* name : {"roads.gpkg", "roads.fgb", "roads.geojson", "roads.csv"}) try {
      write_layers({roads}, kUtm, folder / name);
      written.emplace_back(name);
    } catch (const InputError&) {
    }
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(written == std::vector<std::string>{});
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("what cannot be written says why") {
  const Folder folder;
  REQUIRE_THROWS_AS(write_layers(two_layers(), kUtm, folder / "x.shp"), InputError);
  REQUIRE_THROWS_AS(write_layers(two_layers(), kUtm, folder / "x.net.xml"), InputError);
  REQUIRE_THROWS_AS(write_layers(two_layers(), kUtm, folder / "no/such/folder.gpkg"), InputError);
  REQUIRE_THROWS_AS(write_layers(two_layers(), kUtm, folder / "x.fgb", "lanes"), InputError);
  REQUIRE(fs::is_empty(folder.path));
}

TEST_CASE("without a known reference system GeoJSON has no places, the others keep their metres") {
  const Folder folder;
  const LayerSource nowhere{"", 0, 0, "town", "", ""};
  write_layers(two_layers(), nowhere, folder / "roads.geojson");
  REQUIRE(text_of(folder / "roads.geojson").find("\"geometry\": null") != std::string::npos);
  write_layers(two_layers(), nowhere, folder / "roads.csv");
  REQUIRE(text_of(folder / "roads.csv").find("LINESTRING (500000 5000000,500100 5000000)") !=
          std::string::npos);
}
