// The findings as files for a spreadsheet and for a map.
#include "scenarios/check/check.h"
#include "scenarios/text.h"

namespace arterial {
std::string findings_csv(const CheckResult& result, const ToLonLat& to_lonlat) {
  std::string csv = "number,kind,lost_h,junction_id,from_link,to_link,x_m,y_m,lon,lat,place,words\n";
  std::size_t number = 0;
  for (const Finding& f : result.findings) {
    const auto lonlat = f.kind == FindingKind::kViolation ? std::nullopt : to_lonlat(f.at);
    csv += std::to_string(++number) + "," + name_of(f.kind) + "," + fixed(f.lost_h, 3) + "," +
           csv_words(f.junction_id) + "," + csv_words(f.from_link) + "," + csv_words(f.to_link) + "," +
           fixed(f.at.x, 2) + "," + fixed(f.at.y, 2) + ",";
    csv += lonlat ? fixed(lonlat->first, 7) + "," + fixed(lonlat->second, 7) : ",";
    csv += "," + map_link(lonlat);
    csv += "," + csv_words(f.words) + "\n";
  }
  return csv;
}

std::string findings_geojson(const Network& network, const CheckResult& result, const ToLonLat& to_lonlat) {
  std::string json = "{\"type\":\"FeatureCollection\",\"name\":" + json_string(network.name) +
                     ",\"attribution\":" + json_string(network.attribution) + ",\"features\":[";
  for (std::size_t k = 0; k < result.findings.size(); ++k) {
    const Finding& f = result.findings[k];
    const auto lonlat = f.kind == FindingKind::kViolation ? std::nullopt : to_lonlat(f.at);
    json += std::string(k ? ",\n" : "\n") + "{\"type\":\"Feature\",\"geometry\":" +
            (lonlat ? "{\"type\":\"Point\",\"coordinates\":[" + json_number(lonlat->first, 7) + "," +
                          json_number(lonlat->second, 7) + "]}"
                    : std::string("null")) +
            ",\"properties\":{\"number\":" + std::to_string(k + 1) + ",\"kind\":\"" + name_of(f.kind) +
            "\",\"fault\":" + (is_fault(f.kind) ? "true" : "false") +
            ",\"lost_h\":" + json_number(f.lost_h, 3) + ",\"junction_id\":" + json_string(f.junction_id) +
            ",\"from_link\":" + json_string(f.from_link) + ",\"to_link\":" + json_string(f.to_link) +
            ",\"words\":" + json_string(f.words) + "}}";
  }
  return json + "\n]}\n";
}

}  // namespace arterial
