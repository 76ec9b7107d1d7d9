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

TEST_CASE("source, owner and licence go into every format, and a style for QGIS beside the geometry") {
  const Folder folder;
  LayerSource source = kUtm;
  source.source = "a map";
  for (const char* name : {"roads.gpkg", "roads.fgb", "roads.geojson", "roads.csv"}) {
    write_layers(two_layers(), source, folder / name);
    const bool beside = fs::exists(folder / (std::string(name) + ".attribution.txt").c_str());
    const auto text =
        text_of(beside ? folder / (std::string(name) + ".attribution.txt").c_str() : folder / name);
    for (const char* words : {"somebody", "ODbL", "a map"}) CHECK(text.find(words) != std::string::npos);
    CHECK(fs::remove(folder / "roads.qml") == !std::string(name).ends_with(".csv"));
  }
  const auto package = text_of(folder / "roads.gpkg");
  CHECK(package.find("layer_styles") != std::string::npos);
  CHECK(package.find("<renderer-v2") != std::string::npos);
}

TEST_CASE("a folder takes one file a layer, a format may be named whatever the ending") {
  const Folder folder;
  const auto written = write_layer_folder(two_layers(), kUtm, folder / "new", LayerFormat::kCsv);
  CHECK(written == std::vector<std::string>{folder / "new/roads.csv", folder / "new/counts.csv"});
  CHECK(text_of(folder / "new/counts.csv") == "n,words\n7,\"a,b\"\n");
  write_layers(two_layers(), kUtm, folder / "out.dat", "counts", LayerFormat::kCsv);
  CHECK(text_of(folder / "out.dat") == text_of(folder / "new/counts.csv"));
  LayerSource odd = kUtm;
  odd.name = "../a b";
  CHECK(write_layer_folder(two_layers(), odd, folder / "new", LayerFormat::kGeoPackage) ==
        std::vector<std::string>{folder / "new/___a_b.gpkg"});
  write_layers(two_layers(), kUtm, folder / "plain", "counts", LayerFormat::kCsv);
  REQUIRE_THROWS_AS(write_layer_folder(two_layers(), kUtm, folder / "plain", LayerFormat::kCsv), InputError);
}

TEST_CASE("CSV gives a spreadsheet no formula") {
  const Folder folder;
  auto layers = two_layers();
  std::get<std::vector<std::string>>(layers[1].columns[1].values)[0] = "=HYPERLINK(1)";
  write_layers(layers, kUtm, folder / "counts.csv");
  CHECK(text_of(folder / "counts.csv") == "n,words\n7,'=HYPERLINK(1)\n");
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
