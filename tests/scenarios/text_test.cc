#include "scenarios/text.h"

#include <cmath>
#include <limits>

#include "sim/model/problem.h"
#include "tests/catch.h"
#include "tests/scenarios/fake_simulation.h"

using namespace arterial;

TEST_CASE("fixed decimals are rounded and never a negative nothing") {
  REQUIRE(fixed(1.23456, 4) == "1.2346");
  REQUIRE(fixed(-0.00001, 4) == "0.0000");
  REQUIRE(fixed(-1.5, 0) == "-2");
  REQUIRE(fixed(0.05, 4) == "0.0500");
  REQUIRE(fixed(1e18, 2) == "1000000000000000000.00");
  REQUIRE(fixed(std::nan(""), 2).empty());
  REQUIRE(fixed(std::numeric_limits<double>::infinity(), 2).empty());
  REQUIRE(for_people(1234567.891, 1) == "1\u202f234\u202f567.9");
  REQUIRE(for_people(-123, 0) == "-123");
}

TEST_CASE("hostile names stay names") {
  REQUIRE(csv_field("plain") == "plain");
  REQUIRE(csv_field("a,b") == "\"a,b\"");
  REQUIRE(csv_field("say \"no\"") == "\"say \"\"no\"\"\"");
  REQUIRE(csv_field("two\nlines") == "\"two\nlines\"");
  REQUIRE(json_string("a\"\\\n\x01\xff") == "\"a\\\"\\\\\\n\\u0001\\ufffd\"");
  REQUIRE(json_string("Zürich") == "\"Zürich\"");
  REQUIRE(json_string("\xed\xa0\x80") == "\"\\ufffd\\ufffd\\ufffd\"");  // a surrogate is no UTF-8
  REQUIRE(html_text("<script>'&\"") == "&lt;script&gt;&#39;&amp;&quot;");
  REQUIRE(base64("Man") == "TWFu");
  REQUIRE(base64("Ma") == "TWE=");
  REQUIRE(base64("M") == "TQ==");
}

TEST_CASE("a table that was written is read as it was") {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "t.csv", "a,b\r\n\"x,\"\"y\"\"\nz\",\n,2\n");
  const auto rows = read_csv(folder / "t.csv");
  REQUIRE(rows == std::vector<std::vector<std::string>>{{"a", "b"}, {"x,\"y\"\nz", ""}, {"", "2"}});
  testing::write_file(folder / "open.csv", "a\n\"b");
  REQUIRE_THROWS_AS(read_csv(folder / "open.csv"), InputError);
}
