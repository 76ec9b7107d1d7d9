#include "scenarios/demand/demand.h"

#include <cmath>
#include <cstdio>
#include <memory>

#include "gis/xml_reader.h"
#include "scenarios/demand/demand_builder.h"
#include "scenarios/demand/gravity.h"
#include "scenarios/demand/od_cells.h"
#include "scenarios/demand/sources.h"

namespace arterial {
namespace {

enum class Content { kXml, kCsv, kMatrix };

/// Compressed XML begins with gzip's magic, a matrix with words or columns of its own, XML with '<'; the rest
/// is taken for a table of trips.
Content content_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw InputError(path, "", "cannot be opened", "Check the path and that you may read it");
  unsigned char head[64];
  const std::size_t n = std::fread(head, 1, sizeof head, file.get());
  if (n == 0) {
    throw InputError(path, "", std::ferror(file.get()) ? "cannot be read" : "is empty",
                     "Give SUMO routes (XML, also .gz) or CSV trips");
  }
  if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b) return Content::kXml;
  std::size_t i = n >= 3 && head[0] == 0xef && head[1] == 0xbb && head[2] == 0xbf ? 3 : 0;
  while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n')) ++i;
  if (od_form_of(path) != OdForm::kNone) return Content::kMatrix;
  return i < n && head[i] == '<' ? Content::kXml : Content::kCsv;
}

}  // namespace

DemandSource demand_source(const std::string& text) {
  DemandSource source;
  if (const auto wish = gravity_wish(text)) {
    source.kind = DemandSource::Kind::kGravity;
    source.trips = wish->trips;
    source.trips_per_resident_h = wish->trips_per_resident_h;
    return source;
  }
  if (!text.starts_with("random:")) {
    source.files = {text};
    return source;
  }
  source.kind = DemandSource::Kind::kRandom;
  const auto trips = to_integer(std::string_view(text).substr(7));
  if (!trips || *trips < 0 || static_cast<std::uint64_t>(*trips) > DemandOptions().most_trips)
    throw InputError("demand", text,
                     "states no number of trips from 0 to " + std::to_string(DemandOptions().most_trips),
                     "Write random:2000");
  source.trips = static_cast<std::uint64_t>(*trips);
  return source;
}

Demand read_demand(const Network& network, const std::vector<DemandSource>& sources,
                   const DemandOptions& options) {
  if (!std::isfinite(options.begin_s) || !std::isfinite(options.end_s) || options.end_s < options.begin_s)
    throw InputError("demand", "", "the run ends before it begins", "Correct begin and end");
  DemandBuilder builder(network, options);
  // SUMO files first, all together, for they name each other's types and routes; tables may name their types
  // too.
  std::vector<std::string> routes;
  std::vector<std::vector<std::string>> tables(sources.size()), matrices_of(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (sources[i].kind == DemandSource::Kind::kFiles)
      for (const std::string& file : sources[i].files) {
        const Content content = content_of(file);
        (content == Content::kXml   ? routes
         : content == Content::kCsv ? tables[i]
                                    : matrices_of[i])
            .push_back(file);
      }
  if (!routes.empty()) read_sumo_routes(routes, builder);
  int matrices = 0, draws = 0, models = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const DemandSource& source = sources[i];
    for (const std::string& file : tables[i]) read_csv_trips(file, source.type, builder);
    for (const std::string& file : matrices_of[i]) {
      DemandSource matrix = source;
      matrix.files = {file};
      read_od_matrix(matrix, matrices++, builder);
    }
    if (source.kind == DemandSource::Kind::kOdMatrix) {
      if (source.files.size() != 1 || !std::isfinite(source.factor) || source.factor < 0 ||
          source.factor > 1e6)
        throw InputError("demand", "OD matrix", "needs one file and a factor from 0", "Correct the scenario");
      read_od_matrix(source, matrices++, builder);
    }
    if (source.kind == DemandSource::Kind::kGravity) draw_gravity_trips(source, models++, builder);
    if (source.kind == DemandSource::Kind::kRandom) draw_random_trips(source, draws++, builder);
  }
  return builder.finish();
}

}  // namespace arterial
