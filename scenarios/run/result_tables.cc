#include "scenarios/run/result_tables.h"

#include <limits>
#include <unordered_set>

#include "scenarios/run/table_writer.h"

namespace arterial {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double or_none(double value) { return value < 0 ? kNone : value; }
double ratio(double a, double b) { return b > 0 ? a / b : kNone; }

/// Ids quoted once, not once per row.
struct Names {
  std::vector<std::string> lanes, links, junctions;
  explicit Names(const Network& network) {
    for (const auto& lane : network.lanes) lanes.push_back(csv_field(lane.id));
    for (const auto& link : network.links) links.push_back(csv_field(link.id));
    for (const auto& junction : network.junctions) junctions.push_back(csv_field(junction.id));
  }
  template <class Tag>
  static std::string_view of(const std::vector<std::string>& names, Id<Tag> id) {
    return id.valid() && id.value < names.size() ? std::string_view(names[id.value]) : std::string_view();
  }
};

template <class WriteRows>
void write_table(const RunTables& run, const std::string& path, std::string_view columns,
                 WriteRows write_rows) {
  TableWriter table(path, columns, run.replicas.size() > 1);
  for (std::size_t r = 0; r < run.replicas.size(); ++r)
    write_rows(table, static_cast<int>(r), run.replicas[r]);
  table.commit();
}

void write_trips(const RunTables& run, const Names& names, const std::string& path) {
  const auto& demand = *run.demand;
  std::vector<std::string> types;
  for (const auto& type : demand.types)
    // SUMO's "ignoring" drives as a car but where it likes: a table that said "car" would accuse it of
    // breaking rules.
    types.push_back(csv_field(type.id) + "," +
                    (type.ignores_permissions ? "ignoring" : std::string(name_of(type.vehicle_class))));
  write_table(
      run, path,
      "vehicle_id,type,class,from_link,to_link,scheduled_s,entered_s,ended_s,status,entry_delay_s,trip_s,"
      "distance_m,free_flow_s,time_loss_s,halted_s,halts,stop_s,reroutes,lane_changes,enter_lane,end_lane,"
      "speed_factor",
      [&](TableWriter& out, int replica, const ResultTables& tables) {
        for (const auto& row : tables.trips) {
          const auto& trip = demand.trips[row.trip.value];
          const TripTimes times = times_of(row, run.now_s);
          out.begin_row(replica);
          out.name(trip.id);
          out.raw(types[trip.type.value]);
          out.raw(Names::of(names.links, row.from));
          out.raw(Names::of(names.links, row.to));
          out.number(row.scheduled_s, 3);
          out.number(or_none(row.entered_s), 3);
          out.number(or_none(row.ended_s), 3);
          out.raw(name_of_status(row.status));
          out.number(times.entry_delay_s, 3);
          out.number(times.trip_s, 3);
          out.number(row.distance_m, 4);
          out.number(row.free_flow_s, 3);
          out.number(row.time_loss_s, 3);
          out.number(row.halted_s, 3);
          out.integer(row.halts);
          out.number(row.stop_s, 3);
          out.integer(row.reroutes);
          out.integer(row.lane_changes);
          out.raw(Names::of(names.lanes, row.enter_lane));
          out.raw(Names::of(names.lanes, row.end_lane));
          out.number(row.speed_factor, 4);
          out.end_row();
        }
      });
}

void write_links(const RunTables& run, const std::string& path) {
  const auto& network = *run.network;
  std::vector<std::string> link_names, junction_names;
  for (const auto& link : network.links) {
    const auto& lane = network[link.first_lane];
    link_names.push_back(csv_field(link.id) + "," + csv_field(link.source_id) + "," +
                         fixed(lane.length_m, 4) + "," + std::to_string(link.lane_count));
  }
  const auto ids = junction_row_ids(network);
  for (std::size_t i = 0; i < network.junctions.size(); ++i) {
    const auto& junction = network.junctions[i];
    junction_names.push_back(csv_field(ids[i]) + "," +
                             csv_field(junction.source_ids.empty() ? "" : junction.source_ids[0]) +
                             ",0.0000,0");
  }
  write_table(
      run, path,
      "begin_s,end_s,link_id,source_id,length_m,lanes,n_begin,entered,inserted,left,arrived,removed,n_end,"
      "vehicle_m,vehicle_s,flow_vph,density_vpkm,speed_mps,travel_time_s,time_loss_s,halted_vehicle_s,"
      "queue_mean_m,queue_max_m,waiting_end",
      [&](TableWriter& out, int replica, const ResultTables& tables) {
        for (const auto& row : tables.links) {
          const LinkMeasures measures = measures_of(network, row);
          out.begin_row(replica);
          out.number(row.begin_s, 3);
          out.number(row.end_s, 3);
          out.raw(row.junction.valid() ? junction_names[row.junction.value] : link_names[row.link.value]);
          out.integer(row.n_begin);
          out.integer(row.entered);
          out.integer(row.inserted);
          out.integer(row.left);
          out.integer(row.arrived);
          out.integer(row.removed);
          out.integer(row.n_end);
          out.number(row.vehicle_m, 4);
          out.number(row.vehicle_s, 3);
          out.number(measures.flow_vph, 4);
          out.number(measures.density_vpkm, 4);
          out.number(measures.speed_mps, 4);
          out.number(measures.travel_time_s, 3);
          out.number(row.time_loss_s, 3);
          out.number(row.halted_vehicle_s, 3);
          out.number(row.queue_mean_m, 4);
          out.number(row.queue_max_m, 4);
          out.integer(row.waiting_end);
          out.end_row();
        }
      });
}

void write_movements(const RunTables& run, const Names& names, const std::string& path) {
  write_table(run, path,
              "begin_s,end_s,junction_id,from_link,to_link,count,delay_s,stops,queue_max_m,spillback_s",
              [&](TableWriter& out, int replica, const ResultTables& tables) {
                for (const auto& row : tables.movements) {
                  out.begin_row(replica);
                  out.number(row.begin_s, 3);
                  out.number(row.end_s, 3);
                  out.raw(Names::of(names.junctions, row.junction));
                  out.raw(Names::of(names.links, row.from));
                  out.raw(Names::of(names.links, row.to));
                  out.integer(row.count);
                  out.number(row.delay_s, 3);
                  out.integer(row.stops);
                  out.number(row.queue_max_m, 4);
                  out.number(row.spillback_s, 3);
                  out.end_row();
                }
              });
}

void write_detectors(const RunTables& run, const Names& names, const std::string& path) {
  const auto& network = *run.network;
  write_table(
      run, path,
      "begin_s,end_s,detector_id,lane_id,pos_m,count,flow_vph,occupancy_pct,speed_mps,harmonic_speed_mps,"
      "mean_length_m",
      [&](TableWriter& out, int replica, const ResultTables& tables) {
        for (const auto& row : tables.detectors) {
          const auto& detector = network.detectors[row.detector];
          const double span_s = row.end_s - row.begin_s;
          out.begin_row(replica);
          out.number(row.begin_s, 3);
          out.number(row.end_s, 3);
          out.name(detector.id);
          out.raw(Names::of(names.lanes, detector.lane));
          out.number(detector.pos_m, 4);
          out.integer(row.count);
          out.number(ratio(row.count * 3600.0, span_s), 4);
          out.number(ratio(row.occupied_s * 100.0, span_s), 4);
          out.number(ratio(row.speed_sum_mps, row.count), 4);
          out.number(ratio(row.count, row.inverse_speed_sum_spm), 4);
          out.number(ratio(row.length_sum_m, row.count), 4);
          out.end_row();
        }
      });
}

void write_jams(const RunTables& run, const Names& names, const std::string& path) {
  const auto& demand = *run.demand;
  write_table(run, path, "jam_id,since_s,until_s,vehicle_id,blocked_by,lane_id",
              [&](TableWriter& out, int replica, const ResultTables& tables) {
                for (std::size_t jam = 0; jam < tables.jams.size(); ++jam) {
                  const auto& row = tables.jams[jam];
                  for (std::size_t i = 0; i < row.vehicles.size(); ++i) {
                    out.begin_row(replica);
                    out.integer(jam + 1);
                    out.number(row.since_s, 3);
                    out.number(or_none(row.until_s), 3);
                    out.name(demand.trips[row.vehicles[i].value].id);
                    // A vehicle alone stands without being able to say why.
                    out.name(row.vehicles.size() > 1
                                 ? demand.trips[row.vehicles[(i + 1) % row.vehicles.size()].value].id
                                 : "");
                    out.raw(i < row.lanes.size() ? Names::of(names.lanes, row.lanes[i]) : "");
                    out.end_row();
                  }
                }
              });
}

void write_series(const RunTables& run, const std::string& path) {
  write_table(run, path, "time_s,loaded,waiting,departed,running,arrived,removed,halted,mean_speed_mps",
              [&](TableWriter& out, int replica, const ResultTables& tables) {
                for (const auto& point : tables.series) {
                  out.begin_row(replica);
                  out.number(point.time_s, 3);
                  out.integer(point.ledger.loaded);
                  out.integer(point.ledger.waiting);
                  out.integer(point.ledger.departed);
                  out.integer(point.ledger.running);
                  out.integer(point.ledger.arrived);
                  out.integer(point.ledger.removed());
                  out.integer(point.halted);
                  out.number(point.mean_speed_mps, 4);
                  out.end_row();
                }
              });
}

void write_rejected(const RunTables& run, const std::string& path) {
  TableWriter out(path, "vehicle_id,scheduled_s,reason,words", false);
  for (const auto& trip : run.demand->rejected) {
    out.begin_row(0);
    out.name(trip.id);
    out.number(trip.depart_s, 3);
    out.name(trip.reason);
    out.name(trip.words);
    out.end_row();
  }
  out.commit();
}

}  // namespace

std::string_view name_of_status(TripStatus status) {
  switch (status) {
    case TripStatus::kScheduled: return "scheduled";
    case TripStatus::kWaiting: return "waiting";
    case TripStatus::kRunning: return "running";
    case TripStatus::kArrived: return "arrived";
    case TripStatus::kRemovedWaiting: return "removed_waiting";
    default: return "removed_running";
  }
}

std::vector<std::string> junction_row_ids(const Network& network) {
  std::unordered_set<std::string_view> links;
  for (const auto& link : network.links) links.insert(link.id);
  std::vector<std::string> ids;
  for (const auto& junction : network.junctions)
    ids.push_back(links.contains(junction.id) ? "junction:" + junction.id : junction.id);
  return ids;
}

LinkMeasures measures_of(const Network& network, const LinkRow& row) {
  LinkMeasures m;
  const double span_s = row.end_s - row.begin_s;
  m.speed_mps = ratio(row.vehicle_m, row.vehicle_s);
  m.flow_vph = m.density_vpkm = m.travel_time_s = kNone;
  if (row.junction.valid()) return m;
  m.length_m = network[network[row.link].first_lane].length_m;
  m.flow_vph = ratio(row.vehicle_m * 3600.0, m.length_m * span_s);
  m.density_vpkm = ratio(row.vehicle_s * 1000.0, m.length_m * span_s);
  m.travel_time_s = ratio(m.length_m, m.speed_mps);
  return m;
}

TripTimes times_of(const TripRow& row, double now_s) {
  const bool entered = row.entered_s >= 0, ended = row.ended_s >= 0;
  const double end_s = ended ? row.ended_s : now_s;
  if (row.status == TripStatus::kScheduled) return {kNone, kNone};
  return {(entered ? row.entered_s : end_s) - row.scheduled_s, entered ? end_s - row.entered_s : kNone};
}

void write_result_tables(const RunTables& run, const std::string& folder) {
  const Names names(*run.network);
  write_trips(run, names, folder + "/trips.csv");
  write_links(run, folder + "/links.csv");
  write_movements(run, names, folder + "/movements.csv");
  write_detectors(run, names, folder + "/detectors.csv");
  write_jams(run, names, folder + "/jams.csv");
  write_series(run, folder + "/series.csv");
  write_rejected(run, folder + "/trips_rejected.csv");
}

}  // namespace arterial
