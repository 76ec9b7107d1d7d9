#include "scenarios/run/summary.h"

#include <limits>

#include "scenarios/text.h"
#include "sim/model/build_info.h"
#include "sim/model/quantity.h"
#include "sim/model/sim_options.h"

namespace arterial {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
double mean(double sum, std::uint64_t count) { return count > 0 ? sum / static_cast<double>(count) : kNone; }

void settle_means(ReplicaSummary& r) {
  r.mean_trip_s = mean(r.trip_sum_s, r.arrived_rows);
  r.mean_delay_s = mean(r.delay_sum_s, r.arrived_rows);
  r.mean_depart_delay_s = mean(r.depart_delay_sum_s, r.departed_rows);
}

/// Means are over trips that entered once the warm-up was over (`from_s`).
ReplicaSummary summary_of(const Simulation& simulation, const ResultTables& tables, int replica,
                          double from_s) {
  ReplicaSummary r;
  r.ledger = simulation.ledger(replica);
  r.violations = simulation.violations(replica);
  r.totals = simulation.totals(replica);
  r.state_hash = simulation.state_hash(replica);
  r.results_hash = simulation.results_hash(replica);
  for (const auto& trip : tables.trips) {
    if (trip.entered_s >= 0 && trip.entered_s < from_s) continue;
    if (trip.entered_s >= 0) {
      r.depart_delay_sum_s += trip.entered_s - trip.scheduled_s;
      ++r.departed_rows;
    }
    if (trip.status == TripStatus::kArrived) {
      r.trip_sum_s += trip.ended_s - trip.entered_s;
      r.delay_sum_s += trip.time_loss_s;
      ++r.arrived_rows;
    }
  }
  settle_means(r);
  return r;
}

void add(ReplicaSummary& sum, const ReplicaSummary& r) {
  auto& a = sum.ledger;
  const auto& b = r.ledger;
  a.read += b.read, a.rejected += b.rejected, a.scheduled += b.scheduled, a.loaded += b.loaded,
      a.waiting += b.waiting;
  a.departed += b.departed, a.running += b.running, a.arrived += b.arrived;
  a.removed_waiting += b.removed_waiting, a.removed_running += b.removed_running;
  auto& v = sum.violations;
  v.overlap += r.violations.overlap, v.red += r.violations.red, v.conflict += r.violations.conflict;
  v.lane += r.violations.lane, v.conservation += r.violations.conservation;
  auto& t = sum.totals;
  t.vehicle_updates += r.totals.vehicle_updates, t.vkt_km += r.totals.vkt_km, t.vht_h += r.totals.vht_h;
  t.waiting_h += r.totals.waiting_h, t.lookahead_bounds += r.totals.lookahead_bounds;
  sum.trip_sum_s += r.trip_sum_s, sum.delay_sum_s += r.delay_sum_s,
      sum.depart_delay_sum_s += r.depart_delay_sum_s;
  sum.arrived_rows += r.arrived_rows, sum.departed_rows += r.departed_rows;
  sum.state_hash += r.state_hash, sum.results_hash += r.results_hash;
}

class JsonObject {
 public:
  explicit JsonObject(std::string indent) : indent_(std::move(indent)) {}
  void raw(const char* key, const std::string& value) {
    out_ += (out_.empty() ? "" : ",\n") + indent_ + "  \"" + key + "\": " + value;
  }
  void text(const char* key, std::string_view value) { raw(key, json_string(value)); }
  void number(const char* key, double value, int decimals) { raw(key, json_number(value, decimals)); }
  void integer(const char* key, std::uint64_t value) { raw(key, std::to_string(value)); }
  std::string close() const { return "{\n" + out_ + "\n" + indent_ + "}"; }

 private:
  std::string indent_, out_;
};

void put_ledger(JsonObject& json, const ReplicaSummary& r) {
  const auto& l = r.ledger;
  json.integer("read", l.read);
  json.integer("rejected", l.rejected);
  json.integer("scheduled", l.scheduled);
  json.integer("loaded", l.loaded);
  json.integer("waiting", l.waiting);
  json.integer("departed", l.departed);
  json.integer("running", l.running);
  json.integer("arrived", l.arrived);
  json.integer("removed_waiting", l.removed_waiting);
  json.integer("removed_running", l.removed_running);
  json.integer("removed", l.removed());
  json.number("mean_trip_s", r.mean_trip_s, 3);
  json.number("mean_delay_s", r.mean_delay_s, 3);
  json.number("mean_depart_delay_s", r.mean_depart_delay_s, 3);
  json.number("total_time_h", r.total_time_h(), 4);
  json.number("vkt_km", r.totals.vkt_km, 4);
  json.number("vht_h", r.totals.vht_h, 4);
  json.number("mean_speed_mps", r.mean_speed_mps(), 4);
  json.integer("vehicle_updates", r.totals.vehicle_updates);
}

void put_hashes(JsonObject& json, const ReplicaSummary& r) {
  json.text("state_hash", hex64(r.state_hash));
  json.text("results_hash", hex64(r.results_hash));
  const auto& v = r.violations;
  json.raw("violations",
           "{\"overlap\": " + std::to_string(v.overlap) + ", \"red\": " + std::to_string(v.red) +
               ", \"conflict\": " + std::to_string(v.conflict) + ", \"lane\": " + std::to_string(v.lane) +
               ", \"conservation\": " + std::to_string(v.conservation) + "}");
}

void put_run(JsonObject& json, const RunSummary& summary, std::uint64_t seed) {
  json.text("arterial_version", version());
  json.text("backend", summary.machine.backend);
  json.text("device", summary.machine.device);
  json.integer("threads", static_cast<std::uint64_t>(summary.machine.threads));
  json.integer("ranks", static_cast<std::uint64_t>(summary.machine.ranks));
  json.integer("seed", seed);
  json.number("begin_s", summary.options.begin_s, 3);
  json.number("end_s", summary.options.end_s, 3);
  json.number("step_s", summary.options.step_s, 3);
  json.integer("steps", summary.steps);
}

void put_speed(JsonObject& json, const RunSummary& summary, const ReplicaSummary& r) {
  json.number("wall_s", summary.wall_s, 3);
  json.number("updates_per_s",
              summary.wall_s > 0 ? static_cast<double>(r.totals.vehicle_updates) / summary.wall_s : 0, 0);
  json.number("real_time_factor", summary.real_time_factor(), 2);
  json.number("bytes_per_update", summary.bytes_per_update, 2);
}

}  // namespace

double ReplicaSummary::mean_speed_mps() const {
  return totals.vht_h > 0 ? totals.vkt_km / totals.vht_h / 3.6 : kNone;
}

RunSummary summarize(const Simulation& simulation, const RunTables& tables, const SimOptions& options) {
  RunSummary summary;
  summary.machine = simulation.machine();
  summary.options = options;
  summary.now_s = simulation.now_s();
  summary.steps = simulation.steps_done();
  summary.bytes_per_update = simulation.bytes_per_update();
  summary.problems = tables.network->problems.size();
  const double from_s = options.warm_up_s > 0 ? options.begin_s + options.warm_up_s : -1e300;
  for (std::size_t r = 0; r < tables.replicas.size(); ++r) {
    summary.replicas.push_back(summary_of(simulation, tables.replicas[r], static_cast<int>(r), from_s));
    add(summary.all, summary.replicas.back());
  }
  settle_means(summary.all);
  return summary;
}

std::string summary_json(const RunSummary& summary) {
  const auto& all = summary.all;
  JsonObject json("");
  put_run(json, summary, summary.options.seed);
  put_ledger(json, all);
  put_speed(json, summary, all);
  put_hashes(json, all);
  json.integer("problems", summary.problems);
  // Beyond the contract.
  json.number("warm_up_s", summary.options.warm_up_s, 3);
  json.number("waiting_h", all.totals.waiting_h, 4);
  json.integer("lookahead_bounds", all.totals.lookahead_bounds);
  if (summary.replicas.size() > 1) {
    // Above stand sums and means over all replicas; here each as if it had run alone.
    std::string list;
    for (std::size_t r = 0; r < summary.replicas.size(); ++r) {
      JsonObject one("    ");
      one.integer("replica", r);
      put_run(one, summary, summary.options.seed + r);
      put_ledger(one, summary.replicas[r]);
      put_speed(one, summary, summary.replicas[r]);
      put_hashes(one, summary.replicas[r]);
      one.integer("problems", summary.problems);
      one.number("warm_up_s", summary.options.warm_up_s, 3);
      list += (r ? ",\n    " : "    ") + one.close();
    }
    json.raw("replicas", "[\n" + list + "\n  ]");
  }
  return json.close() + "\n";
}

std::string summary_table(const RunSummary& summary) {
  const auto& all = summary.all;
  const auto& l = all.ledger;
  std::string out;
  const auto row = [&](const char* name, const std::string& value, const std::string& note = "") {
    std::string line = "  ";
    line += name;
    line.resize(24, ' ');
    // Thin spaces take three bytes and one column.
    std::size_t columns = 0;
    for (const char c : value) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    line += std::string(columns < 12 ? 12 - columns : 0, ' ') + value;
    out += line + (note.empty() ? "" : "  " + note) + "\n";
  };
  const auto count = [](std::uint64_t n) { return for_people(static_cast<double>(n), 0); };
  const auto share = [&](std::uint64_t n) {
    return l.loaded == 0 ? std::string()
                         : for_people(100.0 * static_cast<double>(n) / static_cast<double>(l.loaded), 1) +
                               " % of those loaded";
  };
  if (summary.replicas.size() > 1)
    out += "  " + std::to_string(summary.replicas.size()) + " replicas, summed\n";
  row("trips read", count(l.read),
      l.rejected > 0 ? count(l.rejected) + " rejected, see trips_rejected.csv" : "");
  row("scheduled", count(l.scheduled), count(l.loaded) + " loaded by " + clock_text(summary.now_s));
  row("arrived", count(l.arrived), share(l.arrived));
  row("still running", count(l.running));
  row("waiting to enter", count(l.waiting), l.waiting > 0 ? "demand that was not served" : "");
  row("removed", count(l.removed()));
  row("mean trip", for_people(all.mean_trip_s, 1), "s");
  row("mean delay", for_people(all.mean_delay_s, 1),
      "s on the road, " + for_people(all.mean_depart_delay_s, 1) + " s before it");
  row("driven", for_people(all.totals.vkt_km, 1),
      "vehicle-km in " + for_people(all.totals.vht_h, 1) + " vehicle-h");
  row("mean speed", for_people(all.mean_speed_mps() * 3.6, 1), "km/h");
  const auto& v = all.violations;
  row("violations", count(v.total()),
      v.total() == 0
          ? ""
          : "overlap " + count(v.overlap) + ", red " + count(v.red) + ", conflict " + count(v.conflict) +
                ", lane " + count(v.lane) + ", conservation " + count(v.conservation));
  row("engine", for_people(summary.updates_per_s() / 1e6, 2),
      "million vehicle updates a second on " + summary.machine.backend + ", " + summary.machine.device);
  row("wall time", for_people(summary.wall_s, 2),
      "s, " + for_people(summary.real_time_factor(), 0) + " times real time");
  row("state hash", hex64(all.state_hash));
  return out;
}

}  // namespace arterial
