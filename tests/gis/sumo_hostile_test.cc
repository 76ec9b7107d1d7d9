// What a SUMO reader must refuse, each with file, line, value and remedy.
#include <zlib.h>

#include "gis/reader.h"
#include "gis/sumo_reader.h"
#include "gis/xml_reader.h"
#include "tests/gis/sumo_text.h"

namespace arterial {
namespace {

using Catch::Matchers::Contains;

std::string refused(const std::string& net, const std::string& additional = "") {
  const TemporaryFolder folder;
  std::vector<std::string> files;
  if (!additional.empty())
    files.push_back(folder.put("more.add.xml", "<additional>" + additional + "</additional>"));
  const std::string path = folder.put("small.net.xml", net);
  return refusal([&] { read_sumo_net(path, files); });
}

std::string gzipped(const std::string& text) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/x.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::FILE* in = std::fopen(path.c_str(), "rb");
  REQUIRE(std::fread(bytes.data(), 1, bytes.size(), in) == bytes.size());
  std::fclose(in);
  return bytes;
}

TEST_CASE("Numbers that are none are refused with line and value") {
  const std::string words = refused(with(kSmallNet, R"(length="92.37")", R"(length="nan")"));
  CHECK_THAT(words, Contains("small.net.xml"));
  CHECK_THAT(words, Contains("line 10"));
  CHECK_THAT(words, Contains("wi_0"));
  CHECK_THAT(words, Contains("length=\"nan\""));
  for (const char* length : {"inf", "-5", "0", "1e9", "12m", "", "0x10", "1e999"})
    CHECK_THAT(refused(with(kSmallNet, "92.37", length)), Contains("length"));
  for (const char* speed : {"nan", "-1", "1e9"})
    CHECK_THAT(refused(with(kSmallNet, R"(speed="8.33")", std::string("speed=\"") + speed + "\"")),
               Contains("speed"));
  CHECK_THAT(refused(with(kSmallNet, "1.6,-100 1.6,-8", "1.6,-100 1.6,nan")), Contains("coordinates"));
  CHECK_THAT(refused(with(kSmallNet, "1.6,-100 1.6,-8", "1.6,-100")), Contains("two points"));
  CHECK_THAT(refused(with(kSmallNet, "1.6,-100 1.6,-8", "1.6 -100 1.6 -8")), Contains("coordinates"));
  CHECK_THAT(refused(with(kSmallNet, R"(netOffset="-1000.50,-2000.25")", R"(netOffset="nan,0")")),
             Contains("netOffset"));
  CHECK_THAT(refused(with(kSmallNet, R"(x="-100" y="0")", R"(x="1e300" y="0")")), Contains("out of range"));
}

TEST_CASE("References into nothing are refused") {
  CHECK_THAT(refused(with(kSmallNet, R"(from="W" to="J")", R"(from="W" to="Q")")),
             Contains("\"Q\" is no junction"));
  CHECK_THAT(
      refused(with(kSmallNet, R"(from="si" to="no" fromLane="0")", R"(from="si" to="no" fromLane="3")")),
      Contains("has no lane 3"));
  CHECK_THAT(refused(with(kSmallNet, R"(from="si" to="no")", R"(from="si" to="nowhere")")),
             Contains("nowhere"));
  CHECK_THAT(refused(with(kSmallNet, R"(from="si" to="no")", R"(from="si" to="ei")")),
             Contains("do not meet"));
  CHECK_THAT(refused(with(kSmallNet, R"(via=":J_0_0" dir)", R"(via=":J_9_0" dir)")), Contains(":J_9_0"));
  CHECK_THAT(refused(with(kSmallNet, R"(via=":J_0_0" dir)", R"(via=":J_1_0" dir)")),
             Contains("another connection"));
  CHECK_THAT(refused(with(kSmallNet, R"(via=":J_0_0" dir)", R"(via=":J_0_0" tl="X" linkIndex="0" dir)")),
             Contains("no tlLogic"));
  CHECK_THAT(refused(with(kSmallNet, R"(edge id="ei")", R"(edge id="wi")")), Contains("twice"));
  CHECK_THAT(refused(with(kSmallNet, R"(lane id="ei_0")", R"(lane id="wi_0")")), Contains("twice"));
  CHECK_THAT(refused(kSmallNet, R"(<busStop id="b" lane="zz_0"/>)"), Contains("zz_0"));
  CHECK_THAT(refused(kSmallNet, R"(<e1Detector id="d" lane="zz_0" pos="1" freq="1"/>)"),
             Contains("more.add.xml"));
  // A way through the junction that runs in a circle.
  const std::string circle = with(kSmallNet, R"(<connection from=":J_4" to="no" fromLane="0" toLane="0")",
                                  R"(<connection from=":J_4" to="no" fromLane="0" toLane="0" via=":J_3_0")");
  CHECK_THAT(refused(circle), Contains("no end"));
}

TEST_CASE("A request matrix must be whole") {
  CHECK_THAT(refused(with(kSmallNet, R"(response="1110")", R"(response="110")")), Contains("bits"));
  CHECK_THAT(refused(with(kSmallNet, R"(response="1110")", R"(response="11x0")")), Contains("0 and 1"));
  CHECK_THAT(refused(with(kSmallNet, R"(request index="3")", R"(request index="2")")),
             Contains("occurs twice"));
  CHECK_THAT(refused(with(kSmallNet, R"(request index="3")", R"(request index="999999")")),
             Contains("requests"));
}

TEST_CASE("Signal programs must fit their connections") {
  const std::string net = small_net_with_signal(kSmallLogic);
  CHECK_THAT(refused(small_net_with_signal(with(kSmallLogic, "ryyy", "ryy"))), Contains("linkIndex 3"));
  CHECK_THAT(refused(small_net_with_signal(with(kSmallLogic, "ryyy", "r?yy"))), Contains("signal letters"));
  CHECK_THAT(refused(small_net_with_signal(with(kSmallLogic, R"(duration="3")", R"(duration="-3")"))),
             Contains("duration"));
  CHECK_THAT(refused(small_net_with_signal(with(kSmallLogic, R"(offset="5")", R"(offset="soon")"))),
             Contains("offset"));
  CHECK_THAT(refused(small_net_with_signal(with(kSmallLogic, R"(state="ryyy")", R"(state="ryyy" next="4")"))),
             Contains("phase 4"));
  CHECK_THAT(
      refused(small_net_with_signal(
          R"(<tlLogic id="T" type="static" programID="0" offset="0"><phase duration="0" state="rrrr"/></tlLogic>)")),
      Contains("no time"));
  CHECK_THAT(refused(net, kSmallLogic), Contains("defined twice"));
  CHECK_THAT(refused(net, R"(<wautJunction wautID="w" junctionID="T"/>)"), Contains("no WAUT"));
  CHECK_THAT(refused(net, R"(<WAUT id="w" startProg="x"/><wautJunction wautID="w" junctionID="T"/>)"),
             Contains("no program"));
}

TEST_CASE("XML that could harm is refused") {
  CHECK_THAT(refused(with(kSmallNet, "<net ", R"(<!DOCTYPE net [<!ENTITY a "b">]><net )")),
             Contains("DOCTYPE"));
  CHECK_THAT(refused(kSmallNet.substr(0, kSmallNet.size() / 2)), Contains("cut short"));
  CHECK_THAT(refused(""), Contains("line 1"));
  std::string deep = "<net>";
  for (int i = 0; i < 70; ++i) deep += "<other>";
  CHECK_THAT(refused(deep), Contains("64"));
  CHECK_THAT(refused(with(kSmallNet, "West Street", std::string(70000, 'x'))), Contains("65536"));
  CHECK_THAT(refused("<net " + std::string(5 << 20, ' ') + "/>"), Contains("longer than"));
  std::string many = "<net";
  for (int i = 0; i < 300; ++i) many += " a" + std::to_string(i) + "=\"1\"";
  CHECK_THAT(refused(many + "/>"), Contains("256 attributes"));
}

TEST_CASE("A compressed net is read; a truncated, damaged or exploding one is refused") {
  const TemporaryFolder folder;
  const std::string bytes = gzipped(kSmallNet);
  CHECK(read_sumo_net(folder.put("a.net.xml.gz", bytes)).links.size() == 5);
  CHECK_THAT(refusal([&] { read_sumo_net(folder.put("b.gz", bytes.substr(0, bytes.size() / 2))); }),
             Contains("cut short"));
  std::string damaged = bytes;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  CHECK_THROWS_AS(read_sumo_net(folder.put("c.gz", damaged)), InputError);
  std::string bomb = "<net>";
  while (bomb.size() < 40u << 20)
    bomb += "<x/>                                                                                ";
  CHECK_THAT(refusal([&] { read_sumo_net(folder.put("d.gz", gzipped(bomb))); }), Contains("200 times"));
}

TEST_CASE("A source is known by its content") {
  const TemporaryFolder folder;
  CHECK(kind_of_source(folder.put("odd.name", kSmallNet)) == SourceKind::kSumoNet);
  CHECK(kind_of_source(folder.put("zipped", gzipped(kSmallNet))) == SourceKind::kSumoNet);
  CHECK(kind_of_source(folder.put("a.sumocfg", "<configuration/>")) == SourceKind::kSumoConfiguration);
  CHECK(kind_of_source(folder.put("a.osm", "<?xml version='1.0'?><!-- x --><osm version=\"0.6\"/>")) ==
        SourceKind::kOsm);
  CHECK(kind_of_source(folder.put("a.pbf", std::string("\0\0\0\x0d\x0a\x09OSMHeader", 15))) ==
        SourceKind::kOsm);
  CHECK(kind_of_source(folder.put("a.gpkg", std::string("SQLite format 3\0", 16))) ==
        SourceKind::kGeoPackage);
  CHECK(kind_of_source(folder.put("a.rou.xml", "<routes/>")) == SourceKind::kSumoOther);
  CHECK_THAT(refusal([&] { kind_of_source(folder.put("e", "")); }), Contains("empty"));
  CHECK_THAT(refusal([&] { kind_of_source(folder.put("h", "<html/>")); }), Contains("html"));
  CHECK_THAT(refusal([&] { kind_of_source(folder.put("t", "hello")); }), Contains("no map"));
  CHECK_THAT(refusal([&] { kind_of_source(folder.path() + "/none"); }), Contains("does not exist"));
  CHECK_THAT(refusal([&] { kind_of_source(folder.path()); }), Contains("folder"));
  ImportOptions overrides;
  overrides.overrides = "fix.yaml";
  CHECK_THAT(refusal([&] { import_network({folder.put("b.net.xml", kSmallNet)}, overrides); }),
             Contains("a SUMO net is taken as it is"));
}

TEST_CASE("Times and numbers are read as SUMO writes them") {
  CHECK(to_time("12.5") == 12.5);
  CHECK(to_time("-1") == -1);
  CHECK(to_time("01:02:03.5") == 3723.5);
  CHECK(to_time("2:01:00:00") == 2 * 86400 + 3600);
  for (const char* wrong : {"", "1:2", "1:60:00", "1:00:60", "a", "1:1:1:1:1", "1.5:00:00", "nan"})
    CHECK_FALSE(to_time(wrong));
  CHECK(to_number(" +1.5 ") == 1.5);
  for (const char* wrong : {"", "+-1", "1,5", "inf", "nan", "1e999", "1 2"}) CHECK_FALSE(to_number(wrong));
  CHECK(to_integer("42") == 42);
  CHECK_FALSE(to_integer("4.2"));
  CHECK(to_boolean("TRUE") == true);
  CHECK(to_boolean("0") == false);
  CHECK_FALSE(to_boolean("perhaps"));
}

}  // namespace
}  // namespace arterial
