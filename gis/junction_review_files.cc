#include "gis/junction_review_files.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <unordered_map>

#include "gis/projection.h"
#include "gis/text_output.h"
#include "sim/model/atomic_file.h"
#include "sim/model/junction_review.h"

namespace arterial {
namespace {

using gis::csv_text;
using gis::json_text;
using gis::number_text;

struct Row {
  JunctionReview review;
  std::string id;
  std::vector<std::string> nodes;
  Point at;
};

/// Ids come from strangers: a spreadsheet must not take one for a formula.
std::string cell(const std::string& text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  return csv_text(formula ? "'" + text : text);
}

/// As it stands in an overrides file; ids that YAML would read otherwise are quoted.
std::string override_of(const Row& row) {
  std::string out = row.review.joined ? "{split: [" : "{join: [";
  for (std::size_t i = 0; i < row.nodes.size(); ++i) {
    const std::string& id = row.nodes[i];
    const bool plain = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
             c == '_';
    });
    out += (i ? ", " : "") + (plain ? id : json_text(id));
  }
  return out + "]}";
}

std::vector<Row> rows_of(const Network& network) {
  std::unordered_map<std::string_view, const Junction*> junction_of;
  for (const Junction& j : network.junctions) junction_of.emplace(j.id, &j);
  std::vector<Row> rows;
  for (const Problem& p : network.problems) {
    const auto review = review_of(p);
    if (!review) continue;
    Row row{*review, p.object_id, {}, {p.x_m, p.y_m}};
    if (review->joined) {
      const auto it = junction_of.find(p.object_id);
      if (it == junction_of.end()) continue;
      row.nodes = it->second->source_ids;
    } else {
      const auto part = p.object_id.find(';');
      if (part == std::string::npos) continue;
      row.nodes = {p.object_id.substr(0, part), p.object_id.substr(part + 1)};
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.review.confidence < b.review.confidence; });
  return rows;
}

/// To a centimetre.
std::string degrees(double value) { return number_text(std::round(value * 1e7) / 1e7); }

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

}  // namespace

void write_junction_review(const Network& network, const std::string& folder) {
  const ToWgs84 to_wgs84(network);
  std::string csv = "rank,id,lon,lat,confidence,decision,reasons,source_nodes,override\n";
  std::string json = "{\"type\":\"FeatureCollection\",\"name\":\"review\",\"attribution\":" +
                     json_text(network.attribution) + ",\"features\":[";
  std::size_t rank = 0;
  for (const Row& row : rows_of(network)) {
    const auto place = to_wgs84(row.at);
    const std::string number = std::to_string(++rank), confidence = number_text(row.review.confidence),
                      decision = row.review.joined ? "joined" : "kept apart", line = override_of(row);
    csv += number + "," + cell(row.id) + "," + (place ? degrees(place->lon) : "") + "," +
           (place ? degrees(place->lat) : "") + "," + confidence + "," + decision + "," +
           cell(row.review.reasons) + "," + cell(list_of(row.nodes)) + "," + cell(line) + "\n";
    json += (rank > 1 ? ",\n" : "\n");
    json += "{\"type\":\"Feature\",\"geometry\":";
    json += place ? "{\"type\":\"Point\",\"coordinates\":[" + degrees(place->lon) + "," +
                        degrees(place->lat) + "]}"
                  : std::string("null");
    json += ",\"properties\":{\"rank\":" + number + ",\"id\":" + json_text(row.id) +
            ",\"confidence\":" + confidence + ",\"decision\":" + json_text(decision) +
            ",\"reasons\":" + json_text(row.review.reasons) +
            ",\"source_nodes\":" + json_text(list_of(row.nodes)) + ",\"override\":" + json_text(line) + "}}";
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);  // where it fails, writing says so
  write_file_atomically(folder + "/review.csv", csv);
  write_file_atomically(folder + "/review.geojson", json + "\n]}\n");
}

}  // namespace arterial
