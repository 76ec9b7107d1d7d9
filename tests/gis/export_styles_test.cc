#include "gis/export_styles.h"

#include <cmath>
#include <set>

#include "gis/export_network.h"
#include "gis/text_output.h"
#include "gis/xml_reader.h"
#include "tests/ascii_network.h"
#include "tests/catch.h"

namespace arterial {
namespace {

/// What QGIS would see; reading it proves that it is XML.
struct Style : XmlHandler {
  std::vector<std::string> labels, filters, symbol_types;
  std::set<std::string> rule_symbols, symbols;
  void begin(const XmlElement& e) override {
    if (e.name() == "rule") {
      labels.emplace_back(e.text("label"));
      filters.emplace_back(e.text("filter"));
      rule_symbols.emplace(e.text("symbol"));
    }
    if (e.name() == "symbol") {
      symbols.emplace(e.text("name"));
      symbol_types.emplace_back(e.text("type"));
    }
  }
};

Style style_of(const VectorLayer& layer) {
  Style style;
  read_xml_text("style", qgis_style(layer), style);
  return style;
}

VectorLayer lines(std::vector<LayerColumn> columns) {
  VectorLayer layer;
  layer.name = "links";
  layer.geometry.kind = GeometryKind::kLine;
  layer.columns = std::move(columns);
  return layer;
}

TEST_CASE("Every layer of a network has a style with a symbol of its own kind for each rule") {
  for (const VectorLayer& layer : network_layers(ascii_network("A---B", "A signal"))) {
    INFO(layer.name);
    const Style style = style_of(layer);
    REQUIRE(!style.labels.empty());
    CHECK(style.rule_symbols == style.symbols);
    const char* type = layer.geometry.kind == GeometryKind::kPoint  ? "marker"
                       : layer.geometry.kind == GeometryKind::kLine ? "line"
                                                                    : "fill";
    for (const auto& symbol : style.symbol_types) CHECK(symbol == type);
  }
  CHECK(qgis_style(VectorLayer{}).empty());  // a table
}

TEST_CASE("Links are coloured by what they hold: differences, else speed, else class") {
  const LayerColumn road_class{"class", std::vector<std::string>{"primary"}};
  const LayerColumn speed{"relative_speed", std::vector<double>{0.4}};
  const LayerColumn delay{"delay_difference_h", std::vector<double>{-3.9, 0, 0.2, 4.1, std::nan("")}};
  CHECK(style_of(lines({road_class})).labels.front() == "motorway");
  CHECK(style_of(lines({road_class, speed})).labels.back() == "no traffic");
  const Style diverging = style_of(lines({road_class, speed, delay}));
  REQUIRE(diverging.filters.size() == 6);
  // 5 is the round number above 4.1: the far classes begin at half of it, the near ones at a tenth.
  CHECK(diverging.filters.back().find("\"delay_difference_h\" > 2.5") != std::string::npos);
  CHECK(diverging.filters[2].find("\"delay_difference_h\" < -0.5") != std::string::npos);
}

TEST_CASE("A spreadsheet takes no name for a formula, and numbers and ids stay") {
  for (const char* formula : {"=1+1", "+cmd", "@SUM(A1)", "-cmd|' /C calc'!A0", "-1+HYPERLINK(\"x\")", "\t=1",
                              "\r=1", "\n=1", "-[x]A!1", "-A1*(B2)", "+nan", "-1 =2"})
    CHECK(gis::no_formula(formula) == std::string("'") + formula);
  for (const char* harmless :
       {"", "Main Street", "-42", "+4.5", "-1e3", "-186623965#9", "-way/12:3~2", "5=5", "a-b"})
    CHECK(gis::no_formula(harmless) == harmless);
}

}  // namespace
}  // namespace arterial
