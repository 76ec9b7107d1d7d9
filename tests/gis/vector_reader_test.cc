// GIS data through a mapping file: what rows mean, what is hostile, and what real data gives.
#include "gis/vector_reader.h"

#include <arpa/inet.h>
#include <cpl_vsi.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>

#include "gis/gdal_session.h"
#include "gis/reader.h"
#include "gis/suggest_mapping.h"
#include "gis/vector_source.h"
#include "sim/model/network_builder.h"
#include "tests/gis/shapefile_writer.h"
#include "tests/gis/test_folder.h"
#include "tests/gis/zip_writer.h"
#include "tests/shared_data.h"

using namespace arterial;

namespace {

std::string feature(const std::string& properties, const std::string& type, const std::string& coordinates) {
  return R"({"type":"Feature","properties":{)" + properties + R"(},"geometry":{"type":")" + type +
         R"(","coordinates":)" + coordinates + "}}";
}

std::string collection(const std::vector<std::string>& features) {
  std::string out = R"({"type":"FeatureCollection","features":[)";
  for (std::size_t k = 0; k < features.size(); ++k) out += (k ? "," : "") + features[k];
  return out + "]}";
}

StreetPlan read(const std::vector<std::string>& sources, const std::string& mapping) {
  return read_vector(sources, parse_mapping("map.yaml", mapping));
}

/// The words of the problems with a code, one a line.
std::string said(const StreetPlan& plan, const std::string& code) {
  std::string out;
  for (const Problem& p : plan.problems)
    if (p.code == code) out += p.words + "\n";
  return out;
}

constexpr double kMph = 0.44704;

const std::string kTown = collection(
    {feature(R"("id":"a","cls":"main","max":30,"one":"F","n":2)", "LineString", "[[0.01,51],[0.02,51]]"),
     feature(R"("id":"b","cls":"main","max":null,"one":"T","n":3)", "LineString", "[[0.02,51],[0.03,51]]"),
     feature(R"("id":"c","cls":"lane","max":"20 km/h","one":"","n":0)", "LineString",
             "[[0.02,51],[0.02,51.01]]"),
     feature(R"("id":"d","cls":"path","max":3,"one":"","n":1)", "LineString", "[[0.02,51],[0.02,50.99]]")});

const std::string kTownMapping = R"(
name: Town
country: GB
roads:
  layer: town
  id: id
  direction: {field: one, values: {F: forward, T: backward}, otherwise: both}
  lanes: n
  speed: {field: max, unit: mph}
  class: {field: cls, values: {main: primary, lane: residential, path: none}}
)";

}  // namespace

TEST_CASE("vector: rows become roads, by the mapping") {
  const TestFolder folder;
  const StreetPlan plan = read({folder.file("town.geojson", kTown)}, kTownMapping);
  REQUIRE(plan.roads.size() == 3);
  CHECK(plan.crs == "EPSG:32631");
  CHECK(plan.left_hand);
  const PlanRoad &a = plan.roads[0], &b = plan.roads[1], &c = plan.roads[2];
  CHECK(a.id == "a");
  CHECK(a.road_class == RoadClass::kPrimary);
  CHECK(a.forward.lanes == 2);
  CHECK(a.backward.lanes == 0);
  CHECK(a.forward.speed_mps == Approx(30 * kMph));
  CHECK_FALSE(a.forward.speed_guessed);
  CHECK(b.forward.lanes + b.backward.lanes == 3);
  CHECK(c.forward.lanes == 1);
  CHECK(c.forward.lanes_guessed);
  CHECK(c.backward.speed_mps == Approx(20 / 3.6));
  CHECK(a.nodes.back() == c.nodes.front());
  // b runs against its drawing: from the east to the shared node.
  CHECK((b.forward.lanes > 0 ? b.nodes.back() : b.nodes.front()) == a.nodes.back());
  const Point p = plan.nodes[a.nodes[0]].at, q = plan.nodes[a.nodes[1]].at;
  CHECK(std::hypot(q.x - p.x, q.y - p.y) == Approx(702).margin(1));  // 0.01 degrees at 51 N
  CHECK(says(said(plan, "layer_read"), "Layer town: 4 rows, 3 roads; 1 rows are no road: path (1)."));
  CHECK(says(said(plan, "lanes_guessed"), "1 roads state no number of lanes"));
  CHECK(says(said(plan, "speed_guessed"), "1 roads state no speed"));
}

TEST_CASE("vector: what a mapping names and the data has not is refused by its place") {
  const TestFolder folder;
  const std::string town = folder.file("town.geojson", kTown);
  const auto refused = [&](const std::string& mapping) { return refusal([&] { read({town}, mapping); }); };
  CHECK(says(refused("roads:\n  layer: twon\n"), "map.yaml: line 2, column 10: the layer 'twon'"));
  CHECK(says(refused("roads:\n  layer: twon\n"), "Did you mean 'town'?"));
  CHECK(says(refused("roads:\n  layer: town\n  lanes: nn\n"),
             "map.yaml: line 3, column 10: the layer 'town' has no field 'nn'"));
  CHECK(says(refused("roads:\n  layer: town\n  lanes: {value: 1}\nwater: {layer: sea}\n"),
             "'sea' is in no source"));
  CHECK(says(refused("local_crs: EPSG:3857\nroads:\n  layer: town\n"), "does not measure metres"));
  CHECK(says(refused("roads:\n  layer: town\n  class: {value: none}\n"), "none of its 4 rows is a road"));
}

TEST_CASE("vector: values that are not understood are counted and named") {
  const TestFolder folder;
  const StreetPlan plan = read({folder.file("town.geojson", kTown)}, R"(
roads:
  layer: town
  class: {field: cls, values: {main: primary}}
  direction: {field: one, values: {F: forward}}
  speed: {field: cls, unit: kmh}
)");
  CHECK(plan.roads.size() == 4);
  CHECK(says(said(plan, "class_not_understood"), "lane (1), path (1)"));
  CHECK(says(said(plan, "direction_not_understood"), "T (1)"));
  CHECK(says(said(plan, "speed_not_understood"), "main (2), lane (1), path (1)"));
}

TEST_CASE("vector: tables of nodes and directed edges, pairs become roads that keep both ids") {
  const TestFolder folder;
  const std::string nodes = folder.file(
      "nodes.csv",
      "osmid,x,y,highway\n1,-122.01,37.5,traffic_signals\n2,-122.0,37.5,\n3,-122.0,37.51,odd\n3,0,0,\n");
  const std::string edges =
      folder.file("edges.csv.gz", gzip_of("uid,u,v,length,lanes,mph\n10,1,2,900,3,30\n11,2,1,900,1,25\n12,2,"
                                          "3,1200,1,65\n13,3,3,5,1,25\n14,3,9,5,1,25\n"));
  const StreetPlan plan = read({nodes, edges}, R"(
crs: EPSG:4326
roads: {layer: edges, id: uid, from: u, to: v, direction: {value: forward}, lanes: lanes, speed: {field: mph, unit: mph}, length: length}
nodes: {layer: nodes, id: osmid, x: x, y: y, control: {field: highway, values: {traffic_signals: signal}, otherwise: none}}
)");
  REQUIRE(plan.roads.size() == 2);
  CHECK(plan.country == "US");
  CHECK(plan.roads[0].id == "10");
  CHECK(plan.roads[0].backward_id == "11");
  CHECK(plan.roads[0].forward.lanes == 3);
  CHECK(plan.roads[0].backward.lanes == 1);
  CHECK(plan.roads[0].backward.speed_mps == Approx(25 * kMph));
  CHECK(plan.roads[0].length_m == 900);
  CHECK(plan.roads[1].backward.lanes == 0);
  CHECK(plan.nodes[plan.roads[0].nodes[0]].control == NodeControl::kSignal);
  CHECK(plan.nodes[plan.roads[0].nodes[0]].id == "1");
  CHECK(says(said(plan, "layer_read"), "Layer nodes: 4 rows, 3 nodes, 1 of them with a signal or sign."));
  CHECK(says(said(plan, "layer_read"), "Layer edges: 5 rows, 5 roads; stated length 5 lane-km"));
  CHECK(says(said(plan, "node_unknown"), "14 leads to the node '9'"));
  CHECK(says(said(plan, "node_twice"), "1 nodes"));
  CHECK(says(said(plan, "road_without_length"), "2 roads"));
  // Without a stated system the places mean nothing.
  CHECK(says(refusal([&] {
               read({nodes, edges},
                    "roads: {layer: edges, from: u, to: v}\nnodes: {layer: nodes, id: osmid, x: x, y: y}\n");
             }),
             "states no coordinate reference system"));
}

TEST_CASE("vector: signals, signs, buildings, water and zones with a joined table") {
  const TestFolder folder;
  const std::string square = "[[[0,51],[0.03,51],[0.03,51.02],[0,51.02],[0,51]]]";
  const std::string small = "[[[0,51],[0.001,51],[0.001,51.001],[0,51]]]";
  const std::string town = folder.file("town.geojson", kTown);
  const std::string lights = folder.file(
      "lights.geojson",
      collection({feature("", "Point", "[0.02001,51.00001]"), feature("", "Point", "[0.025,51.005]")}));
  const std::string signs =
      folder.file("signs.geojson", collection({feature(R"("kind":"stop")", "Point", "[0.03,51]"),
                                               feature(R"("kind":"no parking")", "Point", "[0.01,51]")}));
  const std::string houses = folder.file(
      "houses.geojson", collection({feature(R"("h":33)", "MultiPolygon", "[" + small + "," + small + "]")}));
  const std::string sea = folder.file("sea.geojson", collection({feature("", "Polygon", small)}));
  const std::string zones = folder.file(
      "zones.geojson", collection({feature(R"("taz":1)", "MultiPolygon", "[" + small + "," + square + "]"),
                                   feature(R"("taz":2)", "Polygon", square)}));
  const std::string use = folder.file("land use.csv", "ZONE,POP,EMP\n1.0,12000,300\n7,1,1\n");
  const StreetPlan plan = read({town, lights, signs, houses, sea, zones, use}, kTownMapping + R"(
signals: {layer: lights}
stop_signs: {layer: signs, control: {field: kind, values: {stop: stop}, otherwise: none}}
buildings: {layer: houses, height: {field: h, unit: ft}}
water: {layer: sea}
zones: {layer: zones, id: taz, residents: POP, jobs: EMP, join: {layer: land use, key: ZONE}}
)");
  CHECK(plan.nodes[plan.roads[0].nodes[1]].control == NodeControl::kSignal);
  CHECK(says(said(plan, "layer_read"), "Layer lights: 2 rows, 1 signals, 1 far from every road."));
  CHECK(says(said(plan, "layer_read"), "Layer signs: 2 rows, 1 stop signs, 1 without control."));
  REQUIRE(plan.buildings.size() == 2);
  CHECK(plan.buildings[0].height_m == Approx(10.0584f));
  CHECK(plan.water.size() == 1);
  REQUIRE(plan.zones.size() == 2);
  CHECK(plan.zones[0].residents == 12000);
  CHECK(plan.zones[0].ring.size() == 4);
  CHECK(plan.zones[1].jobs == 0);
  CHECK(
      says(said(plan, "layer_read"), "2 zones, 12,000 residents, 300 jobs (joined from 2 rows of land use)"));
  CHECK(says(said(plan, "zone_not_in_table"), "1 zones"));
  CHECK(says(said(plan, "zone_parts"), "1 smaller"));
  CHECK(faults_in(build_network(plan)).empty());
}

TEST_CASE("vector: hostile names and files are refused before GDAL sees them") {
  const TestFolder folder;
  const std::string mapping = "roads:\n  layer: a\n";
  const auto refused = [&](const std::string& source) { return refusal([&] { read({source}, mapping); }); };
  for (const char* name : {"/vsicurl/http://127.0.0.1/a.gpkg", "/vsizip/a.zip/a.shp", "/vsistdin/",
                           "/vsimem/a", "http://127.0.0.1/a.geojson", "ftp://a/a", "GPKG:a.gpkg:roads",
                           "CSV:a.csv", "ESRI Shapefile:a.shp", "", "/etc", "/dev/zero", "nowhere.gpkg"}) {
    INFO(name);
    CHECK_FALSE(refused(name).empty());
  }
  const std::string vrt =
      "<OGRVRTDataSource><OGRVRTLayer "
      "name=\"a\"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>";
  for (const char* name : {"a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.csv", "a.vrt"}) {
    INFO(name);
    CHECK(says(refused(folder.file(name, vrt)), "is a VRT"));
    CHECK(says(refused(folder.file(name, "\xef\xbb\xbf \n" + vrt)), "is a VRT"));
  }
  CHECK(says(refused(folder.file("v.zip", zip_of({{"a.gpkg", vrt}}))), "is a VRT"));
  CHECK(says(refused(folder.file("k.kml", "<kml></kml>")), "holds XML"));
  CHECK(says(refused(folder.file("b.gpkg", kTown)), "is named as GPKG and holds GeoJSON"));
  CHECK(says(refused(folder.file("c.csv", kTown)), "is named as CSV and holds GeoJSON"));
  CHECK(says(refused(folder.file("d.geojson", "id,x\n1,2\n")), "is no GeoPackage"));
  CHECK(says(refused(folder.file("e.csv", "")), "holds nothing"));
  CHECK(says(refused(folder.file("f.csv", std::string("id\0,x\n", 6))), "is no GeoPackage"));
  CHECK_FALSE(refused(folder.file("g.fgb", "fgb\3fgb\1" + std::string(100, '\xff'))).empty());
  CHECK_FALSE(refused(folder.file("h.geojson", std::string(100'000, '{'))).empty());
  CHECK_FALSE(
      refused(folder.file("i.gpkg", std::string("SQLite format 3\0", 16) + std::string(1000, 'x'))).empty());
  CHECK(says(refused(folder.file("j.db", std::string("SQLite format 3\0", 16) + std::string(1000, ' ') +
                                             "spatialite_history")),
             "SpatiaLite"));
  if (!std::getenv("ARTERIAL_POSTGRES")) {
    const std::string words = refused("PG:host=127.0.0.1 password=secret");
    CHECK(says(words, "ARTERIAL_POSTGRES=1"));
    CHECK(words.find("secret") == std::string::npos);
    CHECK(says(refused("postgresql://user:secret@127.0.0.1/gis"), "databases are no sources here"));
  }
}

TEST_CASE("vector: GDAL reaches no network and no file system but this one") {
  start_gdal();
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(server, 4) == 0);
  REQUIRE(getsockname(server, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/a.gpkg";
  for (const char* prefix : {"/vsicurl/", "/vsicurl_streaming/", "/vsicurl?url="}) {
    INFO(prefix);
    CHECK(VSIFOpenL((prefix + url).c_str(), "rb") == nullptr);
    VSIStatBufL info;
    CHECK(VSIStatL((prefix + url).c_str(), &info) != 0);
  }
  for (const char* name : {"/vsizip//tmp/a.zip/a", "/vsitar//tmp/a.tar/a", "/vsisubfile/0_10,/etc/passwd",
                           "/vsigzip//tmp/a.gz", "/vsis3/b/k", "/vsistdin/"}) {
    INFO(name);
    CHECK(VSIFOpenL(name, "rb") == nullptr);
  }
  CHECK(accept(server, nullptr, nullptr) == -1);
  CHECK(errno == EAGAIN);
  close(server);
}

TEST_CASE("vector: a shapefile that was cut off, or lies, is refused") {
  const TestFolder folder;
  const Shapefile good =
      shapefile_of({{{500000, 5600000}, {500500, 5600000}}, {{500500, 5600000}, {500500, 5600400}}}, "kind");
  const std::string mapping = "crs: EPSG:32631\nroads:\n  layer: roads\n  name: kind\n";
  const auto refused = [&](const Shapefile& s) {
    const std::string shp = folder.file("roads.shp", s.shp);
    folder.file("roads.shx", s.shx);
    folder.file("roads.dbf", s.dbf);
    return refusal([&] {
      const StreetPlan plan = read({shp}, mapping);
      CHECK(plan.roads.size() == 2);
      CHECK(plan.roads[1].name == "road1");
    });
  };
  CHECK(refused(good) == "");
  for (std::size_t k = 0; k < good.shp.size(); k += 4) {
    Shapefile cut = good;
    cut.shp.resize(k);
    INFO("cut at " << k);
    CHECK_FALSE(refused(cut).empty());
  }
  Shapefile lie = good;
  lie.shp[100 + 8 + 36 + 3] = '\x7f';  // the number of parts: 2^31
  CHECK_FALSE(refused(lie).empty());
  lie = good;
  lie.shp[100 + 8 + 40 + 3] = '\x7f';  // the number of points
  CHECK_FALSE(refused(lie).empty());
  std::filesystem::remove(folder / "roads.shx");
  CHECK(says(refusal([&] { read({folder / "roads.shp"}, mapping); }), "has no .shx file"));
}

TEST_CASE("vector: coordinates and ids have bounds") {
  const TestFolder folder;
  const auto refused = [&](const std::string& features, const std::string& mapping) {
    return refusal([&] { read({folder.file("a.geojson", features)}, mapping); });
  };
  const std::string id = "roads:\n  layer: a\n  id: id\n";
  CHECK_FALSE(
      refused(collection({feature("", "LineString", "[[1e300,0],[1,1]]")}), "roads:\n  layer: a\n").empty());
  CHECK_FALSE(refused(collection({feature("", "LineString", "[[1000,0],[1001,1]]")}), "roads:\n  layer: a\n")
                  .empty());
  CHECK_FALSE(
      refused(collection({feature("", "LineString", "[[0,0],[170,1]]")}), "roads:\n  layer: a\n").empty());
  CHECK(says(refused(collection({feature("", "Point", "[0,0]")}), "roads:\n  layer: a\n"), "is no line"));
  CHECK(says(refused(collection({feature("\"id\":\"" + std::string(300, 'i') + "\"", "LineString",
                                         "[[0,0],[0.01,0]]")}),
                     id),
             "300 bytes"));
  CHECK(says(refused(collection({feature("\"id\":\"" + std::string(9000, 'i') + "\"", "LineString",
                                         "[[0,0],[0.01,0]]")}),
                     id),
             "4096"));
}

TEST_CASE("vector: a first mapping is suggested, says what it is unsure of, and works as it is") {
  const TestFolder folder;
  const std::string town = folder.file("town.geojson", kTown);
  const std::string text = suggest_mapping({town});
  const VectorMapping mapping = parse_mapping("suggested.yaml", text);
  CHECK(mapping.roads.layer == "town");
  CHECK(mapping.roads.id->field == "id");
  CHECK(says(text, "country: GB"));
  CHECK(says(text, "# unsure: no field says which roads are one-way"));
  CHECK(read_vector({town}, mapping).roads.size() == 4);
  // Names from a file stay names.
  const std::string odd = folder.file(
      "odd: [x].geojson", collection({feature(R"("name":"x","highway":"a: b\n- c","oneway":"yes\u0007")",
                                              "LineString", "[[0,0],[0.01,0]]")}));
  CHECK(parse_mapping("odd.yaml", suggest_mapping({odd})).roads.layer == "odd: [x]");
  CHECK(read_vector({odd}, parse_mapping("odd.yaml", suggest_mapping({odd}))).roads.size() == 1);
  CHECK(says(refusal([&] {
               suggest_mapping({folder.file("p.geojson", collection({feature("", "Point", "[0,0]")}))});
             }),
             "no layer looks like roads"));
}

// Real data.

TEST_CASE("vector: Sydney's roads, as they come in a zip") {
  const auto zip = shared_data("gis_roads_buildings_small/sydroads.zip");
  if (!zip) return skip_without("gis_roads_buildings_small");
  const VectorMapping mapping = parse_mapping("s.yaml", suggest_mapping({*zip}));
  const StreetPlan plan = read_vector({*zip}, mapping);
  CHECK(says(said(plan, "layer_read"), "Layer roads: 4,451 rows, 2,911 roads; 1,540 rows are no road"));
  CHECK(plan.left_hand);
  CHECK(plan.crs == "EPSG:32756");
  CHECK(faults_in(build_network(plan)).empty());
}

TEST_CASE("vector: Bubenec's streets, buildings and plots leave Web Mercator") {
  const auto gpkg = shared_data("gis_roads_buildings_small/bubenec.gpkg");
  if (!gpkg) return skip_without("gis_roads_buildings_small");
  const StreetPlan plan = read_vector({*gpkg}, parse_mapping("b.yaml", suggest_mapping({*gpkg})));
  CHECK(plan.roads.size() == 35);
  CHECK(plan.buildings.size() == 144);
  CHECK(plan.zones.size() == 407);
  CHECK(plan.crs == "EPSG:32633");
}

TEST_CASE("vector: SpatiaLite is refused by name, with what to do") {
  const auto zip = shared_data("gis_roads_buildings_small/nauru.zip");
  if (!zip) return skip_without("gis_roads_buildings_small");
  const std::string words = refusal([&] { suggest_mapping({*zip}); });
  CHECK(says(words, "project_database.sqlite: is a SpatiaLite database"));
  CHECK(says(words, "ogr2ogr -f GPKG"));
}

TEST_CASE("vector: MANTA's Bay Area with the region's zones") {
  const auto nodes = shared_data("manta_bayarea/tertiary_network/nodes.csv.gz"),
             edges = shared_data("manta_bayarea/tertiary_network/edges.csv.gz");
  const auto zones = shared_data("gis_bayarea_taz/zone_shapefile/bayarea_rtaz1454_rev1.shp"),
             use = shared_data("gis_bayarea_taz/2015/TAZ1454 2015 Land Use.csv");
  if (!nodes || !edges || !zones || !use) return skip_without("manta_bayarea and gis_bayarea_taz");
  const std::vector<std::string> sources{*nodes, *edges, *zones, *use};
  const StreetPlan plan = read_vector(sources, parse_mapping("m.yaml", suggest_mapping(sources)));
  const std::string account = said(plan, "layer_read");
  CHECK(says(account, "Layer nodes: 30,826 rows, 30,826 nodes"));
  CHECK(says(account, "Layer edges: 65,524 rows, 65,524 roads; stated length 46,596 lane-km"));
  CHECK(
      says(account, "1,454 rows, 1,454 zones, 7,581,396 residents, 3,861,318 jobs (joined from 1,454 rows"));
  std::size_t directions = 0;
  for (const PlanRoad& road : plan.roads) directions += (road.forward.lanes > 0) + (road.backward.lanes > 0);
  CHECK(directions == 65'524 - 117);  // 117 edges lead from a node to itself
  CHECK(says(said(plan, "road_without_length"), "117 roads"));
  CHECK(plan.zones.size() == 1454);
}
