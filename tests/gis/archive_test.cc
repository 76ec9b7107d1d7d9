// Archives: what a usual program wrote comes out whole; what an attacker wrote is refused before it is
// unpacked.
#include "gis/archive.h"

#include <sys/stat.h>

#include <chrono>

#include "tests/gis/test_folder.h"
#include "tests/gis/zip_writer.h"

using namespace arterial;

namespace {

const std::string kRoads(5000, 'r');

std::string refusal_of_zip(const std::string& bytes, const ArchiveLimits& limits = {}) {
  const TestFolder folder;
  const std::string path = folder.file("city.zip", bytes);
  const PrivateFolder target;
  return refusal([&] { unpack(path, target.path(), limits); });
}

}  // namespace

TEST_CASE("archive: zip files come out as they went in") {
  const TestFolder folder;
  const std::string path = folder.file(
      "city.zip",
      zip_of(
          {{"roads.shp", kRoads}, {"data/", ""}, {"data/zones.csv", "id\n1\n", false}, {"empty.csv", ""}}));
  const PrivateFolder target;
  const auto files = unpack(path, target.path());
  REQUIRE(files.size() == 3);
  CHECK(files[0] == target.path() + "/roads.shp");
  CHECK(content_of_file(files[0]) == kRoads);
  CHECK(files[1] == target.path() + "/data/zones.csv");
  CHECK(content_of_file(files[1]) == "id\n1\n");
  CHECK(content_of_file(files[2]).empty());
}

TEST_CASE("archive: gzip files come out as they went in, of several members too") {
  const TestFolder folder;
  const PrivateFolder target;
  const std::string path = folder.file("edges.csv.gz", gzip_of(kRoads) + gzip_of("more"));
  const auto files = unpack(path, target.path());
  REQUIRE(files.size() == 1);
  CHECK(files[0] == target.path() + "/edges.csv");
  CHECK(content_of_file(files[0]) == kRoads + "more");
}

TEST_CASE("archive: the private folder is nobody else's and goes away") {
  std::string path;
  {
    const PrivateFolder folder;
    path = folder.path();
    struct stat info;
    REQUIRE(stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    std::ofstream(path + "/file") << "x";
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("archive: names that leave the folder, links and devices are refused") {
  for (const char* name : {"../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "a//b.csv", "./a.csv",
                           "a\\b.csv", "c:evil.csv", "a/..", "", "tab\there.csv"}) {
    INFO(name);
    CHECK_FALSE(refusal_of_zip(zip_of({{name, "x"}})).empty());
  }
  CHECK(says(refusal_of_zip(zip_of({{std::string("zero\0.csv", 9), "x"}})), "control character"));
  CHECK(says(refusal_of_zip(zip_of({{std::string(300, 'a'), "x"}})), "300 bytes"));
  for (const std::uint32_t mode : {0120777u, 0020666u, 0060666u, 0010666u, 0140666u}) {
    ZipEntry link{"roads.csv", "/etc/passwd"};
    link.unix_mode = mode;
    CHECK(says(refusal_of_zip(zip_of({link})), "not a file"));
  }
}

TEST_CASE("archive: two entries of one name cannot overwrite each other") {
  CHECK_FALSE(refusal_of_zip(zip_of({{"a.csv", "x"}, {"a.csv", "y"}})).empty());
  CHECK_FALSE(refusal_of_zip(zip_of({{"a", "x"}, {"a/b.csv", "y"}})).empty());
}

TEST_CASE("archive: archives inside archives are refused by name and by content") {
  CHECK(says(refusal_of_zip(zip_of({{"inner.zip", "x"}})), "archive inside an archive"));
  CHECK(says(refusal_of_zip(zip_of({{"inner.tar.GZ", "x"}})), "archive inside an archive"));
  CHECK(says(refusal_of_zip(zip_of({{"roads.csv", zip_of({{"a", "b"}})}})), "archive inside an archive"));
  CHECK(says(refusal_of_zip(zip_of({{"roads.csv", gzip_of("a")}})), "archive inside an archive"));
  const TestFolder folder;
  const PrivateFolder target;
  const std::string nested = folder.file("a.csv.gz", gzip_of(gzip_of("a")));
  CHECK(says(refusal([&] { unpack(nested, target.path()); }), "archive inside an archive"));
  const std::string tar = folder.file("a.tar.gz", gzip_of("a"));
  CHECK(says(refusal([&] { unpack(tar, target.path()); }), "archive inside an archive"));
}

TEST_CASE("archive: bombs are refused quickly") {
  const auto begin = std::chrono::steady_clock::now();
  // By what it states, before a byte is unpacked.
  CHECK(says(refusal_of_zip(zip_of({{"zeros.csv", std::string(50 << 20, '\0')}})), "times"));
  // One that lies about its size is stopped at the stated size.
  ZipEntry liar{"zeros.csv", std::string(50 << 20, '\0')};
  liar.stated_size = 1000;
  CHECK(says(refusal_of_zip(zip_of({liar})), "more than it states"));
  // Many entries, and too much of all together.
  CHECK(says(refusal_of_zip(zip_of(std::vector<ZipEntry>(101, {"a.csv", "x"}))), "101 entries"));
  ArchiveLimits small;
  small.bytes = 1000;
  CHECK(says(
      refusal_of_zip(zip_of({{"a.csv", std::string(600, 'a')}, {"b.csv", std::string(600, 'b')}}), small),
      "1200 bytes"));
  // Entries that share their packed bytes.
  ZipEntry twin{"b.csv", kRoads};
  twin.name = "a.csv";
  twin.stated_offset = 0;
  CHECK_FALSE(refusal_of_zip(zip_of({{"a.csv", kRoads}, twin})).empty());
  const TestFolder folder;
  const PrivateFolder target;
  const std::string bomb = folder.file("zeros.csv.gz", gzip_of(std::string(50 << 20, '\0')));
  CHECK(says(refusal([&] { unpack(bomb, target.path()); }), "unpacks to more than"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("archive: what cannot be unpacked honestly is refused") {
  ZipEntry locked{"a.csv", "x"};
  locked.flags = 1;
  CHECK(says(refusal_of_zip(zip_of({locked})), "encrypted"));
  ZipEntry odd{"a.csv", "x"};
  odd.stated_method = 14;
  CHECK(says(refusal_of_zip(zip_of({odd})), "method 14"));
  ZipEntry wrong{"a.csv", kRoads};
  wrong.stated_crc = 7;
  CHECK(says(refusal_of_zip(zip_of({wrong})), "does not unpack to what it states"));
  ZipEntry large{"a.csv", "x"};
  large.stated_size = 0xffffffff;
  CHECK(says(refusal_of_zip(zip_of({large})), "4 GiB"));
  ZipEntry nowhere{"a.csv", "x"};
  nowhere.stated_offset = 1 << 30;
  CHECK_FALSE(refusal_of_zip(zip_of({nowhere})).empty());
  ZipEntry longer{"a.csv", "x"};
  longer.stated_packed = 1 << 20;
  CHECK_FALSE(refusal_of_zip(zip_of({longer})).empty());
}

TEST_CASE("archive: cut anywhere, it is refused; changed anywhere, it is refused or whole") {
  const std::string good =
      zip_of({{"roads.csv", "id,name\n1,Alder Street\n"}, {"zones.csv", "id\n2\n", false}});
  for (std::size_t k = 0; k < good.size(); ++k) {
    INFO("cut at " << k);
    CHECK_FALSE(refusal_of_zip(good.substr(0, k)).empty());
  }
  for (std::size_t k = 0; k < good.size(); ++k) {
    std::string bytes = good;
    bytes[k] = static_cast<char>(bytes[k] ^ 0xff);
    refusal_of_zip(bytes);  // anything but a crash, a hang or another exception
  }
  const std::string gz = gzip_of("id,name\n1,Alder Street\n");
  for (std::size_t k = 2; k < gz.size(); ++k) {
    const TestFolder folder;
    const PrivateFolder target;
    const std::string path = folder.file("a.csv.gz", gz.substr(0, k));
    INFO("cut at " << k);
    CHECK_FALSE(refusal([&] { unpack(path, target.path()); }).empty());
  }
}
