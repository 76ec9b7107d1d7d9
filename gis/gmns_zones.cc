// Zones of a GMNS folder.
#include <algorithm>
#include <map>
#include <set>

#include "gis/gmns_rows.h"
#include "gis/gmns_tables.h"
#include "gis/osm_projection.h"
#include "gis/wkt.h"

namespace arterial::gis {
namespace {

using namespace gmns;  // NOLINT: the words of the tables

constexpr std::size_t kMostPointsOfZone = 1'000'000;

class ZoneReader {
 public:
  ZoneReader(const GmnsTables& tables, StreetPlan& plan) : t_(tables), plan_(plan) {}

  void read() {
    std::vector<char> real(t_.nodes_read, 0), touched(t_.nodes_read, 0);
    for (const GmnsLink& l : t_.links)
      for (const std::uint32_t n : {l.link.from, l.link.to}) touched[n] = 1, real[n] |= !l.link.connector;
    std::vector<std::uint32_t> centroids;
    std::map<std::string, std::vector<std::uint32_t>> nodes_of;
    std::vector<std::string> order;
    for (std::uint32_t n = 0; n < t_.nodes_read; ++n) {
      if (t_.node_zone[n].empty() || !touched[n]) continue;
      auto& nodes = nodes_of[t_.node_zone[n]];
      if (nodes.empty()) order.push_back(t_.node_zone[n]);
      nodes.push_back(n);
      if (!real[n]) centroids.push_back(n);
    }
    close_to_through_traffic(plan_, centroids);
    if (!centroids.empty())
      problem(Severity::kNote, "centroids",
              counted(centroids.size(), "node", "nodes") +
                  " where only connectors of zones meet: trips begin and end there, none pass through.");
    for (const std::string& id : order) {
      auto& nodes = nodes_of[id];
      const bool has_centroid = std::any_of(nodes.begin(), nodes.end(), [&](auto n) { return !real[n]; });
      if (has_centroid) std::erase_if(nodes, [&](auto n) { return real[n] != 0; });
      plan_.zones.push_back({id, "", 0, 0, {}, nodes});
    }
    read_zone_table();
  }

 private:
  void problem(Severity severity, const char* code, std::string words) {
    plan_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  void read_zone_table() {
    std::unordered_map<std::string, std::size_t> zone_at;
    for (std::size_t z = 0; z < plan_.zones.size(); ++z) zone_at.emplace(plan_.zones[z].id, z);
    std::set<std::string> seen;
    std::size_t renamed = 0;
    enum : std::size_t { kId, kName, kBoundary, kResidents, kPopulation, kJobs, kEmployment };
    rows_of(t_.folder, "zone.csv", {"zone_id"},
            {"name", "boundary", "residents", "population", "jobs", "employment"}, [&](const CsvRow& row) {
              std::string id = id_of(row, kId, "zone");
              const std::string name(row.text(kName).substr(0, kLongestId));
              if (seen.contains(id)) {
                id = name.empty() || seen.contains(name) ? id + "#" + std::to_string(row.line()) : name;
                ++renamed;
              }
              seen.insert(id);
              const auto [at, fresh] = zone_at.emplace(id, plan_.zones.size());
              if (fresh) plan_.zones.emplace_back().id = id;
              auto& zone = plan_.zones[at->second];
              zone.name = name;
              const auto people = [&](std::size_t a, std::size_t b) {
                return number_or(row, row.text(a).empty() ? b : a, 0, 1e9, 0);
              };
              zone.residents = people(kResidents, kPopulation);
              zone.jobs = people(kJobs, kEmployment);
              if (!row.text(kBoundary).empty()) zone.ring = ring_of(row, kBoundary);
            });
    if (renamed > 0)
      problem(Severity::kWarning, "zone_ids_repeat",
              counted(renamed, "zone has", "zones have") +
                  " the id of another (a spreadsheet rounds long numbers): their names take its place.");
  }

  /// The longest ring stands for the zone.
  std::vector<Point> ring_of(const CsvRow& row, std::size_t column) {
    auto parts = wkt_parts(row.text(column), kMostPointsOfZone);
    if (!parts) row.fail(column, "is no polygon of finite points", "Write POLYGON ((x y, x y, ...))");
    auto ring = *std::max_element(parts->begin(), parts->end(),
                                  [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (ring.size() < 3) row.fail(column, "has fewer than three points", "Write the whole boundary");
    if (t_.epsg > 0 && plan_.crs != "EPSG:" + std::to_string(t_.epsg)) {
      try {
        if (osm::project_to_metres(ring, t_.epsg) != plan_.crs) return {};
      } catch (const std::runtime_error& error) {
        row.fail(column, error.what(), "Correct the boundary");
      }
    }
    return ring;
  }

  const GmnsTables& t_;
  StreetPlan& plan_;
};

}  // namespace

void read_gmns_zones(const GmnsTables& tables, StreetPlan& plan) { ZoneReader(tables, plan).read(); }

}  // namespace arterial::gis
