// What counts as a finding.
#include <algorithm>
#include <cmath>
#include <map>

#include "scenarios/check/approach_capacity.h"
#include "scenarios/check/check.h"
#include "scenarios/text.h"

namespace arterial {
namespace {

constexpr double kLongDelay_s = 120;  // a vehicle, on average over an interval; at signals at least
constexpr double kLongDelay_cycles =
    1.5;  // that many cycles: who comes just too late and misses no green waits one
constexpr double kServedShare = 0.5;    // of what it could carry: less, and it is not the traffic
constexpr double kFullExitShare = 0.3;  // of the interval: more, and the cause lies beyond the exit
constexpr double kCongested_vpkm = 40, kCongestedShare = 0.4;  // of the limit
constexpr std::uint32_t kFewVehicles = 3;                      // one who waits long for a gap is chance

std::string junction_name(const Network& network, JunctionId id) {
  return id.valid() ? network[id].id : std::string();
}

Point end_of(const Network& network, LinkId link) {
  const Lane& lane = network[network[link].first_lane];
  if (lane.shape.count == 0) return network[network[link].to].at;
  return network.points[lane.shape.first + lane.shape.count - 1];
}

std::string street(const Network& network, LinkId link) {
  const Link& l = network[link];
  return l.name.empty() ? l.id : l.name + " (" + l.id + ")";
}

Finding at_link(const Network& network, FindingKind kind, LinkId link) {
  Finding f;
  f.kind = kind;
  f.at = end_of(network, link);
  f.from_link = network[link].id;
  f.junction_id = junction_name(network, network[link].to);
  return f;
}

bool exit_is_full(const MovementRow& row, const Network& network) {
  const double lanes = network[row.from].lane_count;
  return row.spillback_s > kFullExitShare * (row.end_s - row.begin_s) * std::max(1.0, lanes);
}

/// Denser than a lane carries at capacity (HCM 6: 28 pc/km/ln), and slow: its queue reaches back to its
/// begin.
bool is_congested(const Network& network, const LinkRow& row) {
  const Link& link = network[row.link];
  double lane_m = 0, limit_mps = 0;
  for (std::uint32_t k = 0; k < link.lane_count; ++k) {
    const Lane& lane = network.lanes[link.first_lane.value + k];
    lane_m += lane.length_m;
    limit_mps = std::max(limit_mps, lane.speed_mps);
  }
  const double interval_s = row.end_s - row.begin_s;
  if (!(lane_m > 0) || !(row.vehicle_s > 0)) return false;
  return row.vehicle_s / interval_s / lane_m * 1000 > kCongested_vpkm &&
         row.vehicle_m / row.vehicle_s < kCongestedShare * limit_mps;
}

/// One interval's movements, and where their queues come from.
struct Interval {
  std::vector<MovementRow> rows;
  std::vector<Approach> approach;
  std::vector<std::size_t> main_exit;  // by LinkId: the row that most leave it by; rows.size(): none
  std::vector<bool> congested;         // by LinkId

  Interval(const Network& network, const ResultTables& tables, std::size_t begin, std::size_t end)
      : rows(tables.movements.begin() + static_cast<std::ptrdiff_t>(begin),
             tables.movements.begin() + static_cast<std::ptrdiff_t>(end)),
        approach(approaches(network, rows)),
        main_exit(network.links.size(), rows.size()),
        congested(network.links.size(), false) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      std::size_t& best = main_exit[rows[k].from.value];
      if (best == rows.size() || rows[k].count > rows[best].count) best = k;
    }
    for (const LinkRow& row : tables.links)
      if (row.link.valid() && row.begin_s == rows.front().begin_s)
        congested[row.link.value] = is_congested(network, row);
  }

  /// The head of the queue that movement `k` stands in: from congested link to congested link, the way that
  /// most go.
  std::size_t head_of(std::size_t k) const {
    for (int hop = 0; hop < 200 && congested[rows[k].to.value]; ++hop) {
      const std::size_t next = main_exit[rows[k].to.value];
      if (next == rows.size() || rows[next].count == 0) break;
      k = next;
    }
    return k;
  }
};

std::vector<Interval> intervals_of(const Network& network, const ResultTables& tables) {
  std::vector<Interval> intervals;
  const auto& rows = tables.movements;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && rows[end].begin_s == rows[begin].begin_s) ++end;
    intervals.emplace_back(network, tables, begin, end);
  }
  return intervals;
}

/// Long delays, told of the movement at the head of their queue, in its worst interval.
void add_slow_movements(const Network& network, const ResultTables& tables, std::vector<Finding>& findings) {
  struct Head {
    double longest_s = 0, lost_h = 0, saturation = 0;
    Approach approach;
    const MovementRow* row = nullptr;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Head> heads;
  const auto intervals = intervals_of(network, tables);
  for (const Interval& interval : intervals) {
    for (std::size_t k = 0; k < interval.rows.size(); ++k) {
      const MovementRow& row = interval.rows[k];
      if (row.count < kFewVehicles) continue;
      const double delay_s = row.delay_s / row.count;
      if (delay_s < std::max(kLongDelay_s, kLongDelay_cycles * interval.approach[k].cycle_s)) continue;
      const std::size_t at = interval.head_of(k);
      const MovementRow& first = interval.rows[at];
      if (exit_is_full(first, network)) continue;
      Head& head = heads[{first.from.value, first.to.value}];
      head.lost_h += row.delay_s / 3600;
      head.saturation = std::max(head.saturation, interval.approach[at].saturation);
      if (delay_s > head.longest_s)
        head.longest_s = delay_s, head.approach = interval.approach[at], head.row = &first;
    }
  }
  for (const auto& [pair, head] : heads) {
    const FindingKind kind = head.saturation < kServedShare ? FindingKind::kSlow : FindingKind::kBusy;
    Finding f = at_link(network, kind, head.row->from);
    f.to_link = network[head.row->to].id;
    f.lost_h = head.lost_h;
    f.words =
        street(network, head.row->from) + " to " + street(network, head.row->to) + ": up to " +
        fixed(head.longest_s, 0) + " s of delay a vehicle in the queue, " + fixed(head.approach.flow_vph, 0) +
        " vehicles an hour went, its lanes and control would carry " + fixed(head.approach.capacity_vph, 0);
    findings.push_back(std::move(f));
  }
}

void add_blocked_links(const Network& network, const ResultTables& tables, std::vector<Finding>& findings) {
  // Who waits for a full exit is not the head of the queue.
  std::map<std::pair<double, std::uint32_t>, bool> waits_for_exit;
  for (const MovementRow& row : tables.movements)
    if (exit_is_full(row, network)) waits_for_exit[{row.begin_s, row.from.value}] = true;
  std::map<std::uint32_t, double> stood_s;
  for (const LinkRow& row : tables.links) {
    const double interval_s = row.end_s - row.begin_s;
    if (row.junction.valid() || row.left > 0 || interval_s < 300) continue;
    if (row.halted_vehicle_s < 0.9 * interval_s) continue;
    if (waits_for_exit.count({row.begin_s, row.link.value})) continue;
    stood_s[row.link.value] += row.halted_vehicle_s;
  }
  for (const auto& [link, halted_s] : stood_s) {
    Finding f = at_link(network, FindingKind::kNobodyLeaves, LinkId(link));
    f.lost_h = halted_s / 3600;
    f.words = "vehicles stood at the end of " + street(network, LinkId(link)) +
              " and nobody left it for a quarter of an hour";
    findings.push_back(std::move(f));
  }
}

void add_jams(const Network& network, const ResultTables& tables, std::vector<Finding>& findings) {
  for (const JamRow& jam : tables.jams) {
    if (jam.until_s >= 0 || jam.lanes.empty()) continue;
    Finding f;
    f.kind = FindingKind::kLastingJam;
    std::string streets;
    for (LaneId lane : jam.lanes) {
      const bool internal = network[lane].internal;
      const LinkId link = network[lane].link;
      if (!internal && link.valid() && f.from_link.empty()) f = at_link(network, f.kind, link);
      if (streets.size() < 200) streets += (streets.empty() ? "" : ", ") + network[lane].id;
    }
    f.lost_h = static_cast<double>(jam.vehicles.size()) *
               (tables.series.empty() ? 0 : tables.series.back().time_s - jam.since_s) / 3600;
    f.words = std::to_string(jam.vehicles.size()) + " vehicles block each other since " +
              fixed(jam.since_s, 0) + " s and to the end, on " + streets;
    findings.push_back(std::move(f));
  }
}

void add_waiting(const Network& network, const ResultTables& tables, std::vector<Finding>& findings) {
  double end_s = 0;
  for (const LinkRow& row : tables.links) end_s = std::max(end_s, row.end_s);
  for (const LinkRow& row : tables.links) {
    if (row.end_s < end_s || row.waiting_end == 0 || row.junction.valid()) continue;
    Finding f = at_link(network, FindingKind::kNotEntered, row.link);
    f.lost_h = row.waiting_end * (row.end_s - row.begin_s) / 3600;
    f.words = std::to_string(row.waiting_end) + " trips still wait to depart on " + street(network, row.link);
    findings.push_back(std::move(f));
  }
}

void add_violations(const Violations& v, std::vector<Finding>& findings) {
  if (v.total() == 0) return;
  Finding f;
  f.kind = FindingKind::kViolation;
  f.words = "violations: overlap " + std::to_string(v.overlap) + ", red " + std::to_string(v.red) +
            ", conflict " + std::to_string(v.conflict) + ", lane " + std::to_string(v.lane) +
            ", conservation " + std::to_string(v.conservation) + ". Please report this map";
  findings.push_back(std::move(f));
}

}  // namespace

const char* name_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::kViolation: return "violation";
    case FindingKind::kLastingJam: return "lasting_jam";
    case FindingKind::kNobodyLeaves: return "nobody_leaves";
    case FindingKind::kNotEntered: return "not_entered";
    case FindingKind::kSlow: return "slow";
    default: return "busy";
  }
}

bool CheckResult::sound() const {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& f) { return is_fault(f.kind); });
}

std::vector<Finding> findings_in(const Network& network, const ResultTables& tables, const Ledger& ledger,
                                 const Violations& violations) {
  std::vector<Finding> findings;
  add_violations(violations, findings);
  add_jams(network, tables, findings);
  add_blocked_links(network, tables, findings);
  if (ledger.waiting > 0) add_waiting(network, tables, findings);
  add_slow_movements(network, tables, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    if (is_fault(a.kind) != is_fault(b.kind)) return is_fault(a.kind);
    return a.lost_h > b.lost_h;
  });
  return findings;
}

}  // namespace arterial
