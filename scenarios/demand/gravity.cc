#include "scenarios/demand/gravity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gis/xml_reader.h"
#include "scenarios/demand/od_trips.h"
#include "scenarios/demand/sources.h"
#include "sim/routing/zone_times.h"

namespace arterial {
namespace {

constexpr std::size_t kMostZones = 5000;  // the matrix has as many rows and columns
constexpr int kRounds = 50;
constexpr std::uint32_t kFarthest_s = 3 * 3600;

/// exp(-t / 10 min) for every whole second up to three hours, by products alone: the C library's exp differs
/// from machine to machine in the last bit. Beyond, nobody travels.
std::vector<double> deterrence() {
  constexpr double kStep = 0.9983347214509387;  // exp(-1 s / 600 s)
  static_assert(kDeterrence_min == 10);
  std::vector<double> f(kFarthest_s);
  double value = 1;
  for (double& x : f) x = value, value *= kStep;
  return f;
}

class GravityModel {
 public:
  GravityModel(const DemandSource& source, int ordinal, DemandBuilder& builder)
      : source_(source),
        builder_(builder),
        zones_(builder, ""),
        trips_(source, ordinal == 0 ? "gravity" : "gravity" + std::to_string(ordinal + 1), zones_, builder) {}

  void draw() {
    collect_zones();
    const auto ms = times();
    leave_out_the_cut_off(ms);
    const std::uint64_t total = trips_in_all();
    builder_.expect(total, "demand", "gravity");
    const auto made = shared_out(total);
    const auto matrix = gravity_matrix(std::vector<double>(made.begin(), made.end()), pulls_, ms);
    for (std::size_t i = 0; i < ids_.size(); ++i) draw_row(i, made[i], &matrix[i * ids_.size()]);
  }

 private:
  void collect_zones() {
    const Network& net = builder_.network();
    const TypeId type = builder_.find_type(source_.type);
    if (!type.valid())
      throw InputError("demand", "gravity", "type \"" + source_.type + "\" is not defined",
                       "Name a class (car, truck, ...) or a type of the demand's files");
    class_ = builder_.type(type).vehicle_class;
    double residents = 0, jobs = 0;
    std::vector<const Zone*> used;
    std::size_t cut_off = 0;
    for (const Zone& zone : net.zones) {
      if (zones_.choice(zone.id, class_, true).empty() || zones_.choice(zone.id, class_, false).empty()) {
        ++cut_off;
        continue;
      }
      used.push_back(&zone);
      residents += zone.residents;
      jobs += zone.jobs;
    }
    if (used.size() < 2)
      throw InputError("demand", "gravity", "needs a network with at least two zones on its roads",
                       "Import zones with the network, or use random:TRIPS");
    if (used.size() > kMostZones)
      throw InputError("demand", "gravity",
                       std::to_string(used.size()) + " zones are more than the " +
                           std::to_string(kMostZones) + " that a matrix may have",
                       "Import larger zones");
    if (!(residents > 0) && source_.trips == 0)
      throw InputError("demand", "gravity", "the zones of the network state no residents",
                       "State how many trips: gravity:5000");
    if (cut_off > 0)
      builder_.note(Severity::kWarning, "zones_without_roads", "",
                    std::to_string(cut_off) + " zones have no road for the class and make no trips.");
    if (!(residents > 0))
      builder_.note(
          Severity::kGuess, "zones_without_residents", "",
          "The zones state no residents: trips begin in proportion to the length of their lanes, or "
          "everywhere alike where zones are points.");
    if (!(jobs > 0))
      builder_.note(Severity::kGuess, "zones_without_jobs", "",
                    "The zones state no jobs: trips end in proportion to where they begin.");
    for (const Zone* zone : used) {
      ids_.push_back(zone->id);
      pushes_.push_back(residents > 0 ? zone->residents : lane_metres(*zone));
      pulls_.push_back(jobs > 0 ? zone->jobs : pushes_.back());
    }
    residents_ = residents;
  }

  double lane_metres(const Zone& zone) {
    if (zones_.is_point(zone.id)) return 1;
    std::uint64_t sum = 0;
    for (const LinkId l : zones_.choice(zone.id, class_, true).links())
      sum += lane_decimetres(builder_.network(), l, class_);
    return static_cast<double>(sum) / 10;
  }

  /// Who cannot leave makes no trips; where nobody gets to none end.
  void leave_out_the_cut_off(const std::vector<std::uint32_t>& ms) {
    const std::size_t n = ids_.size();
    std::vector<char> leaves(n, 0), reached(n, 0);
    for (std::size_t k = 0; k < n * n; ++k)
      if (ms[k] / 1000 < kFarthest_s) leaves[k / n] = reached[k % n] = 1;
    std::size_t cut_off = 0;
    for (std::size_t i = 0; i < n; ++i) {
      cut_off += !leaves[i] || !reached[i];
      if (!leaves[i]) pushes_[i] = 0;
      if (!reached[i]) pulls_[i] = 0;
    }
    if (cut_off > 0)
      builder_.note(Severity::kWarning, "zones_cut_off", "",
                    std::to_string(cut_off) + " zones have no way within three hours to or from any other.");
    const double push = std::accumulate(pushes_.begin(), pushes_.end(), 0.0);
    const double pull = std::accumulate(pulls_.begin(), pulls_.end(), 0.0);
    if (!(push > 0 && pull > 0))
      throw InputError("demand", "gravity", "no zone reaches another within three hours",
                       "Bring zones that the roads of the network connect, or use random:TRIPS");
  }

  std::uint64_t trips_in_all() const {
    if (source_.trips > 0) return source_.trips;
    const DemandOptions& o = builder_.options();
    const double rate =
        source_.trips_per_resident_h > 0 ? source_.trips_per_resident_h : kTripsPerResidentHour;
    return static_cast<std::uint64_t>(
        std::min(std::round(residents_ * rate * (o.end_s - o.begin_s) / 3600), 1e18));
  }

  /// Whole trips in proportion to the pushes, by largest remainders; of equal ones by the zones' ids.
  std::vector<std::uint64_t> shared_out(std::uint64_t total) const {
    const double sum = std::accumulate(pushes_.begin(), pushes_.end(), 0.0);
    std::vector<std::uint64_t> out;
    std::vector<double> rest;
    std::uint64_t given = 0;
    for (const double push : pushes_) {
      const double wanted = sum > 0 ? push / sum * static_cast<double>(total) : 0;
      out.push_back(static_cast<std::uint64_t>(wanted));
      rest.push_back(wanted - std::floor(wanted));
      given += out.back();
    }
    std::vector<std::size_t> order(out.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return rest[a] != rest[b] ? rest[a] > rest[b] : ids_[a] < ids_[b];
    });
    for (std::size_t k = 0; given < total && k < order.size(); ++k) ++out[order[k]], ++given;
    return out;
  }

  /// Of a point all its links; of an area the one that lies nearest to the middle of its links.
  std::vector<LinkId> gates(const std::string& zone, bool origin) {
    const auto& links = zones_.choice(zone, class_, origin).links();
    if (zones_.is_point(zone)) return links;
    Point middle;
    for (const LinkId l : links) {
      const Point p = middle_of(builder_.network(), l);
      middle.x += p.x / static_cast<double>(links.size());
      middle.y += p.y / static_cast<double>(links.size());
    }
    const auto gap = [&](LinkId l) {
      const Point p = middle_of(builder_.network(), l);
      return std::hypot(p.x - middle.x, p.y - middle.y);
    };
    return {
        *std::min_element(links.begin(), links.end(), [&](LinkId a, LinkId b) { return gap(a) < gap(b); })};
  }

  std::vector<std::uint32_t> times() {
    const std::size_t n = ids_.size();
    std::vector<std::vector<LinkId>> out, in;
    for (const std::string& id : ids_) {
      out.push_back(gates(id, true));
      in.push_back(gates(id, false));
    }
    const int threads = builder_.options().threads;
    const Hierarchy hierarchy(builder_.graph(), threads);
    MetricSettings settings;
    settings.vehicle_class = class_;
    const Metric metric(hierarchy, settings, {}, {}, Queries::kFew);
    auto ms = times_between(metric, out, in, threads);
    for (std::size_t i = 0; i < n; ++i) {
      std::uint32_t nearest = kNoTime;
      for (std::size_t j = 0; j < n; ++j)
        if (j != i) nearest = std::min(nearest, ms[i * n + j]);
      // Nobody drives from a point to itself.
      ms[i * n + i] = zones_.is_point(ids_[i]) || nearest == kNoTime ? kNoTime : nearest / 2;
    }
    return ms;
  }

  void draw_row(std::size_t i, std::uint64_t made, const double* row) {
    const std::size_t n = ids_.size();
    const double sum = std::accumulate(row, row + n, 0.0);
    if (made == 0) return;
    if (!(sum > 0)) {
      for (std::uint64_t k = 0; k < made; ++k)
        builder_.reject("gravity." + ids_[i] + "." + std::to_string(k), builder_.options().begin_s,
                        "no_route", "zone \"" + ids_[i] + "\" reaches no other zone within three hours");
      return;
    }
    const double start = unit_interval(keyed_draw(builder_.options().seed, hash_bytes("gravity." + ids_[i]),
                                                  static_cast<std::uint64_t>(DemandDraw::kRounding)));
    double before = std::floor(start), at = 0;
    std::size_t last = 0;
    for (std::size_t j = 0; j < n; ++j)
      if (row[j] > 0) last = j;
    for (std::size_t j = 0; j <= last; ++j) {
      at += row[j];
      const double reached = std::floor((j == last ? 1.0 : at / sum) * static_cast<double>(made) + start);
      if (reached > before) trips_.add(ids_[i], ids_[j], reached - before, {}, "demand", "gravity");
      before = std::max(before, reached);
    }
  }

  const DemandSource& source_;
  DemandBuilder& builder_;
  ZoneLinks zones_;
  OdTrips trips_;
  VehicleClass class_ = VehicleClass::kCar;
  std::vector<std::string> ids_;
  std::vector<double> pushes_, pulls_;
  double residents_ = 0;
};

}  // namespace

std::optional<GravityWish> gravity_wish(const std::string& text) {
  if (text == "gravity") return GravityWish{};
  if (!text.starts_with("gravity:")) return std::nullopt;
  constexpr std::string_view kPerResident = "/resident";
  std::string_view value = std::string_view(text).substr(8);
  GravityWish wish;
  if (value.ends_with(kPerResident)) {
    value.remove_suffix(kPerResident.size());
    const auto rate = to_number(value);
    if (rate && *rate > 0 && *rate <= 100) {
      wish.trips_per_resident_h = *rate;
      return wish;
    }
  } else if (const auto trips = to_integer(value);
             trips && *trips > 0 && static_cast<std::uint64_t>(*trips) <= DemandOptions().most_trips) {
    wish.trips = static_cast<std::uint64_t>(*trips);
    return wish;
  }
  throw InputError("--demand " + text.substr(0, 200), "",
                   "states neither a number of trips from 1 to " +
                       std::to_string(DemandOptions().most_trips) + " nor trips a resident and hour",
                   "Write gravity, gravity:5000 or gravity:0.2/resident");
}

std::vector<double> gravity_matrix(const std::vector<double>& origins,
                                   const std::vector<double>& destinations,
                                   const std::vector<std::uint32_t>& time_ms) {
  const std::size_t n = origins.size();
  const std::vector<double> f = deterrence();
  std::vector<double> t(n * n, 0), column(n);
  for (std::size_t k = 0; k < n * n; ++k)
    if (time_ms[k] != kNoTime && time_ms[k] / 1000 < f.size()) t[k] = f[time_ms[k] / 1000];
  const double pushed = std::accumulate(origins.begin(), origins.end(), 0.0),
               pulled = std::accumulate(destinations.begin(), destinations.end(), 0.0);
  const double scale = pulled > 0 ? pushed / pulled : 0;
  for (int round = 0; round < kRounds; ++round) {
    std::fill(column.begin(), column.end(), 0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) column[j] += t[i * n + j];
    for (std::size_t j = 0; j < n; ++j) column[j] = column[j] > 0 ? destinations[j] * scale / column[j] : 0;
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += t[i * n + j] *= column[j];
      for (std::size_t j = 0; j < n && sum > 0; ++j) t[i * n + j] *= origins[i] / sum;
    }
  }
  return t;
}

void draw_gravity_trips(const DemandSource& source, int ordinal, DemandBuilder& builder) {
  GravityModel(source, ordinal, builder).draw();
}

}  // namespace arterial
