// The quality of a network as a page, a map and a layer.
#include <algorithm>

#include "scenarios/map/map.h"
#include "scenarios/quality/quality.h"
#include "scenarios/report/page.h"
#include "scenarios/text.h"
#include "sim/model/atomic_file.h"
#include "sim/model/build_info.h"

namespace arterial {
namespace {

constexpr std::size_t kListed = 60;    // of each aspect on the page; the layer holds all
constexpr std::size_t kPerAspect = 6;  // numbered on the map

bool has_place(const QualityFinding& f) { return f.at.x != 0 || f.at.y != 0; }

/// The heaviest of each aspect, as they are numbered on map and page.
std::vector<std::size_t> numbers_of(const Quality& quality) {
  std::vector<std::size_t> number(quality.findings.size(), 0);
  std::array<std::size_t, kAspects> taken{};
  std::size_t next = 0;
  for (std::size_t k = 0; k < quality.findings.size(); ++k) {
    const QualityFinding& f = quality.findings[k];
    if (has_place(f) && taken[static_cast<std::size_t>(f.aspect)]++ < kPerAspect) number[k] = ++next;
  }
  return number;
}

std::string picture_of(const Network& network, const Quality& quality) {
  MapPicture picture;
  picture.network = &network;
  picture.title = (network.name.empty() ? "Network" : network.name) + ": quality " +
                  fixed(quality.score(), 0) + " of 100";
  picture.subtitle = "The numbers are those of the list; the heaviest places of each aspect";
  const auto number = numbers_of(quality);
  for (std::size_t k = 0; k < quality.findings.size(); ++k)
    if (number[k] > 0) picture.marks.push_back({quality.findings[k].at, std::to_string(number[k])});
  return map_png(picture);
}

}  // namespace

std::string quality_html(const Network& network, const Quality& quality, const ToLonLat& to_lonlat,
                         const std::string& png) {
  const auto count = [](std::size_t n) { return for_people(static_cast<double>(n), 0); };
  HtmlPage page((network.name.empty() ? "Network" : network.name) + ": quality of the map",
                count(network.links.size()) + " links, " + count(network.junctions.size()) + " junctions, " +
                    count(network.signals.size()) + " signals",
                fixed(quality.score(), 0) + " of 100", quality.score() >= 80);
  page.heading(
      "The score",
      "100 less the points lost: an aspect loses all of its points where the share concerned reaches "
      "what is tolerated, and in proportion before.");
  std::vector<std::vector<std::string>> rows;
  for (std::size_t k = 0; k < kAspects; ++k) {
    const auto aspect = static_cast<Aspect>(k);
    const AspectRule& rule = rule_of(aspect);
    rows.push_back({rule.name, fixed(rule.points - quality.points_lost(aspect), 1), fixed(rule.points, 0),
                    count(quality.count[k]), fixed(100 * quality.share[k], 1) + " %",
                    fixed(100 * rule.tolerated, 0) + " %", rule.of});
  }
  page.table({{"Aspect", false},
              {"Points", true},
              {"of", true},
              {"Places", true},
              {"Share", true},
              {"Tolerated", true},
              {"of", false}},
             rows, "");
  page.heading("The map");
  page.image(png, "Map with the heaviest places of each aspect");
  const auto number = numbers_of(quality);
  for (std::size_t a = 0; a < kAspects; ++a) {
    const auto aspect = static_cast<Aspect>(a);
    rows.clear();
    for (std::size_t k = 0; k < quality.findings.size() && rows.size() < kListed; ++k) {
      const QualityFinding& f = quality.findings[k];
      if (f.aspect != aspect) continue;
      rows.push_back({number[k] ? std::to_string(number[k]) : "", name_of(f.severity), f.words,
                      has_place(f) ? map_link(to_lonlat(f.at)) : ""});
    }
    page.heading(rule_of(aspect).name, quality.count[a] > rows.size()
                                           ? "The first " + count(rows.size()) + " of " +
                                                 count(quality.count[a]) + "; quality.geojson holds all."
                                           : "");
    page.table({{"No.", true}, {"", false}, {"What", false}, {.name = "Place", .link = true}}, rows,
               "Nothing found.");
  }
  std::string footer = network.attribution.empty() ? "" : "Map data: " + network.attribution + ". ";
  return page.close(footer + "Computed by Arterial " + version() + ".");
}

std::string quality_geojson(const Network& network, const Quality& quality, const ToLonLat& to_lonlat) {
  std::string json = "{\"type\":\"FeatureCollection\",\"name\":" + json_string(network.name) +
                     ",\"attribution\":" + json_string(network.attribution) +
                     ",\"score\":" + json_number(quality.score(), 1) + ",\"features\":[";
  for (std::size_t k = 0; k < quality.findings.size(); ++k) {
    const QualityFinding& f = quality.findings[k];
    const auto lonlat = has_place(f) ? to_lonlat(f.at) : std::nullopt;
    json += std::string(k ? ",\n" : "\n") + "{\"type\":\"Feature\",\"geometry\":" +
            (lonlat ? "{\"type\":\"Point\",\"coordinates\":[" + json_number(lonlat->first, 7) + "," +
                          json_number(lonlat->second, 7) + "]}"
                    : std::string("null")) +
            ",\"properties\":{\"aspect\":\"" + rule_of(f.aspect).key + "\",\"severity\":\"" +
            name_of(f.severity) + "\",\"object_id\":" + json_string(f.object_id) +
            ",\"weight\":" + json_number(f.weight, 1) + ",\"words\":" + json_string(f.words) + "}}";
  }
  return json + "\n]}\n";
}

void write_quality_report(const Network& network, const Quality& quality, const ToLonLat& to_lonlat,
                          const std::string& folder) {
  const std::string png = picture_of(network, quality);
  write_file_atomically(folder + "/quality.png", png);
  write_file_atomically(folder + "/quality.html", quality_html(network, quality, to_lonlat, png));
  write_file_atomically(folder + "/quality.geojson", quality_geojson(network, quality, to_lonlat));
}

}  // namespace arterial
