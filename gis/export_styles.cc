#include "gis/export_styles.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gis/text_output.h"

namespace arterial {
namespace {

/// One entry of the legend. The first rule that fits counts; an empty filter fits whatever is left.
struct Rule {
  std::string label, filter, colour;  // colour: "r,g,b"
  double size_mm = 0.5;               // line width or diameter
  std::string width_expression;       // lines: replaces size_mm
};

const LayerColumn* column_of(const VectorLayer& layer, std::string_view name) {
  for (const LayerColumn& column : layer.columns)
    if (column.name == name) return &column;
  return nullptr;
}

Rule rule(std::string label, std::string filter, std::string colour, double size_mm,
          std::string width_expression = {}) {
  return {std::move(label), std::move(filter), std::move(colour), size_mm, std::move(width_expression)};
}

std::vector<Rule> road_classes() {
  return {rule("motorway", "\"class\" IN ('motorway', 'motorway_link')", "214,69,80", 1.1),
          rule("trunk", "\"class\" IN ('trunk', 'trunk_link')", "224,118,69", 1.0),
          rule("primary", "\"class\" IN ('primary', 'primary_link')", "236,163,62", 0.9),
          rule("secondary", "\"class\" IN ('secondary', 'secondary_link')", "214,190,60", 0.8),
          rule("tertiary", "\"class\" IN ('tertiary', 'tertiary_link')", "120,160,90", 0.6),
          rule("residential", "\"class\" IN ('residential', 'unclassified')", "110,120,130", 0.4),
          rule("living street, service", "\"class\" IN ('living_street', 'service')", "165,170,176", 0.3),
          rule("bus", "\"class\" = 'busway'", "70,110,190", 0.4),
          rule("bicycle", "\"class\" = 'cycleway'", "60,150,140", 0.3),
          rule("rail", "\"class\" = 'rail'", "80,70,90", 0.4),
          rule("other", "", "190,190,190", 0.3)};
}

/// Blue-green is fast and dark red slow, told apart by the colour-blind too; the width is the flow.
std::vector<Rule> speeds() {
  const std::string width = "scale_linear(coalesce(\"flow_vph\", 0), 0, 2000, 0.3, 2.4)";
  return {rule("below 25 % of the limit", "\"relative_speed\" < 0.25", "165,0,38", 1, width),
          rule("25 to 50 %", "\"relative_speed\" < 0.5", "244,109,67", 1, width),
          rule("50 to 70 %", "\"relative_speed\" < 0.7", "254,204,92", 1, width),
          rule("70 to 90 %", "\"relative_speed\" < 0.9", "116,173,209", 1, width),
          rule("90 % and more", "\"relative_speed\" >= 0.9", "49,84,149", 1, width),
          rule("no traffic", "", "200,200,200", 0.2)};
}

/// What 95 of 100 values that are not zero stay within, rounded to 1, 2 or 5 times a power of ten.
double round_bound(const LayerColumn& column) {
  std::vector<double> sizes;
  if (const auto* values = std::get_if<std::vector<double>>(&column.values))
    for (const double v : *values)
      if (std::isfinite(v) && v != 0) sizes.push_back(std::abs(v));
  if (sizes.empty()) return 1;
  const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 95 / 100);
  std::nth_element(sizes.begin(), at == sizes.end() ? sizes.end() - 1 : at, sizes.end());
  const double wanted = at == sizes.end() ? sizes.back() : *at;
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double step : {1.0, 2.0, 5.0})
    if (wanted <= step * power * 1.0001) return step * power;
  return 10 * power;
}

/// Red has more of what nobody wants, blue less; what hardly changed is grey.
std::vector<Rule> differences(const LayerColumn& column, const std::string& unit) {
  const double bound = round_bound(column);
  const std::string name = "\"" + column.name + "\"", far = gis::number_text(bound / 2),
                    near = gis::number_text(bound / 10);
  return {rule("not in both runs", name + " IS NULL", "225,225,225", 0.2),
          rule("less by over " + far + unit, name + " < -" + far, "33,102,172", 1.6),
          rule("less by over " + near + unit, name + " < -" + near, "103,169,207", 1.0),
          rule("about the same", name + " <= " + near, "180,180,180", 0.4),
          rule("more by over " + near + unit, name + " <= " + far, "239,138,98", 1.0),
          rule("more by over " + far + unit, name + " > " + far, "178,24,43", 1.6)};
}

std::vector<Rule> severities() {
  return {rule("error", "\"severity\" = 'error'", "178,24,43", 3.2),
          rule("warning", "\"severity\" = 'warning'", "239,138,98", 2.6),
          rule("guess", "\"severity\" = 'guess'", "254,204,92", 2.2), rule("note", "", "150,160,170", 1.6)};
}

std::vector<Rule> rules_of(const VectorLayer& layer) {
  if (const auto* column = column_of(layer, "delay_difference_h")) return differences(*column, " h");
  if (const auto* column = column_of(layer, "flow_difference_vph")) return differences(*column, " veh/h");
  if (column_of(layer, "relative_speed")) return speeds();
  if (column_of(layer, "severity")) return severities();
  if (column_of(layer, "class")) return road_classes();
  if (layer.name == "lanes")
    return {rule("cars", "\"allowed\" LIKE '%car%'", "120,125,130", 0.3),
            rule("buses", "\"allowed\" LIKE '%bus%'", "70,110,190", 0.4),
            rule("bicycles", "\"allowed\" LIKE '%bicycle%'", "60,150,140", 0.3),
            rule("others", "", "190,190,190", 0.2)};
  if (layer.name == "connections")
    return {rule("goes first", "\"priority\" = 'major'", "49,84,149", 0.3),
            rule("yields", "\"priority\" IN ('minor', 'stop')", "214,69,80", 0.3),
            rule("takes turns", "", "150,110,170", 0.3)};
  if (layer.name == "junctions")
    return {rule("signal", "\"type\" = 'signal'", "40,140,80", 2.2),
            rule("roundabout", "\"type\" = 'roundabout'", "70,110,190", 1.8),
            rule("stop", "\"type\" = 'all_way_stop'", "178,24,43", 1.8),
            rule("dead end", "\"type\" = 'dead_end'", "190,190,190", 1.0),
            rule("other", "", "110,120,130", 1.2)};
  if (layer.name == "signals") return {rule("signal", "", "40,140,80", 2.6)};
  if (layer.name == "jams") return {rule("blocked vehicle", "", "165,0,38", 2.4)};
  if (layer.name == "stops") return {rule("stop", "", "70,110,190", 2.0)};
  if (layer.name == "detectors") return {rule("detector", "", "20,20,20", 1.4)};
  if (layer.name == "zones") return {rule("zone", "", "240,225,190", 0.2)};
  if (layer.name == "buildings") return {rule("building", "", "222,217,210", 0.1)};
  return {rule(layer.name, "", "90,100,110", 0.6)};
}

std::string attribute(const char* name, const std::string& value) {
  std::string out(" ");
  return out.append(name).append("=\"").append(gis::xml_text(value)).append("\"");
}

std::string option(const char* name, const std::string& value) {
  std::string out("<Option type=\"QString\"");
  return out.append(attribute("name", name)).append(attribute("value", value)).append("/>");
}

/// Width by an expression, in millimetres.
std::string width_by(const std::string& expression) {
  std::string out("<data_defined_properties><Option type=\"Map\">");
  return out.append(option("name", ""))
      .append("<Option name=\"properties\" type=\"Map\"><Option name=\"outlineWidth\" type=\"Map\">")
      .append("<Option name=\"active\" type=\"bool\" value=\"true\"/>")
      .append(option("expression", expression))
      .append("<Option name=\"type\" type=\"int\" value=\"3\"/></Option></Option>")
      .append(option("type", "collection"))
      .append("</Option></data_defined_properties>");
}

std::string symbol(GeometryKind kind, const Rule& r, std::size_t index) {
  const std::string colour = r.colour + ",255", size = gis::number_text(r.size_mm);
  const char* type = kind == GeometryKind::kPoint ? "marker" : kind == GeometryKind::kLine ? "line" : "fill";
  std::string out("      <symbol");
  out.append(attribute("type", type)).append(attribute("name", std::to_string(index)));
  out += " alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">";
  if (kind == GeometryKind::kPoint)
    out.append("<layer class=\"SimpleMarker\" enabled=\"1\" locked=\"0\" pass=\"0\"><Option type=\"Map\">")
        .append(option("name", "circle") + option("color", colour) + option("size", size) +
                option("size_unit", "MM") + option("outline_color", "255,255,255,255") +
                option("outline_style", "solid") + option("outline_width", "0.2"));
  else if (kind == GeometryKind::kLine)
    out.append("<layer class=\"SimpleLine\" enabled=\"1\" locked=\"0\" pass=\"0\"><Option type=\"Map\">")
        .append(option("line_color", colour) + option("line_width", size) + option("line_width_unit", "MM") +
                option("line_style", "solid") + option("capstyle", "round") + option("joinstyle", "round"));
  else
    out.append("<layer class=\"SimpleFill\" enabled=\"1\" locked=\"0\" pass=\"0\"><Option type=\"Map\">")
        .append(option("color", colour) + option("style", "solid") +
                option("outline_color", "170,165,160,255") + option("outline_style", "solid") +
                option("outline_width", size) + option("outline_width_unit", "MM"));
  out += "</Option>";
  if (!r.width_expression.empty()) out += width_by(r.width_expression);
  return out + "</layer></symbol>\n";
}

}  // namespace

std::string qgis_style(const VectorLayer& layer) {
  if (layer.geometry.kind == GeometryKind::kNone) return {};
  const std::vector<Rule> rules = rules_of(layer);
  std::string entries, symbols, before;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    // QGIS draws every rule that fits, so each leaves out what the former took.
    std::string filter = rules[i].filter;
    if (filter.empty()) {
      filter = i == 0 ? "" : "ELSE";
    } else if (!before.empty()) {
      filter = "NOT coalesce(" + before + ", false) AND (" + filter + ")";
    }
    if (!rules[i].filter.empty())
      before.append(before.empty() ? "(" : " OR (").append(rules[i].filter).append(")");
    entries += "      <rule" + attribute("key", std::string("r").append(std::to_string(i))) +
               attribute("symbol", std::to_string(i)) + attribute("label", rules[i].label) +
               (filter.empty() ? "" : attribute("filter", filter)) + "/>\n";
    symbols += symbol(layer.geometry.kind, rules[i], i);
  }
  return "<qgis version=\"3.22\" styleCategories=\"Symbology\">\n"
         "  <renderer-v2 type=\"RuleRenderer\" symbollevels=\"0\" forceraster=\"0\" enableorderby=\"0\">\n"
         "    <rules key=\"root\">\n" +
         entries + "    </rules>\n    <symbols>\n" + symbols + "    </symbols>\n  </renderer-v2>\n</qgis>\n";
}

}  // namespace arterial
