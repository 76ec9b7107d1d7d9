#include "gis/problems_geojson.h"

#include "gis/projection.h"
#include "gis/text_output.h"
#include "sim/model/atomic_file.h"

namespace arterial {

using gis::json_text;
using gis::number_text;

std::string problems_geojson(const Network& network) {
  const ToWgs84 to_wgs84(network);
  std::string out = "{\"type\":\"FeatureCollection\",\"name\":" + json_text(network.name) +
                    ",\"source\":" + json_text(network.source) +
                    ",\"attribution\":" + json_text(network.attribution) +
                    ",\"licence\":" + json_text(network.licence) + ",\"features\":[";
  bool first = true;
  for (const Problem& p : network.problems) {
    const bool has_place = p.x_m != 0 || p.y_m != 0;
    const auto place = has_place ? to_wgs84({p.x_m, p.y_m}) : std::nullopt;
    out += first ? "\n" : ",\n";
    first = false;
    out += "{\"type\":\"Feature\",\"geometry\":";
    out += place ? "{\"type\":\"Point\",\"coordinates\":[" + number_text(place->lon) + "," +
                       number_text(place->lat) + "]}"
                 : std::string("null");
    out += ",\"properties\":{\"severity\":" + json_text(name_of(p.severity)) +
           ",\"code\":" + json_text(p.code) + ",\"object_id\":" + json_text(p.object_id) +
           ",\"words\":" + json_text(p.words) + ",\"x_m\":" + (has_place ? number_text(p.x_m) : "null") +
           ",\"y_m\":" + (has_place ? number_text(p.y_m) : "null") + "}}";
  }
  return out + "\n]}\n";
}

void write_problems_geojson(const Network& network, const std::string& path) {
  write_file_atomically(path, problems_geojson(network));
}

}  // namespace arterial
