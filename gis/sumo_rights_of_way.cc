#include "gis/sumo_rights_of_way.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "sim/model/build_conflicts.h"
#include "sim/model/network_builder.h"

namespace arterial::sumo {
namespace {

constexpr double kSameLine_m =
    2.0;  // the two directions of a road, drawn closer than this, are drawn as one line
constexpr double kEnd_m = 0.01;

std::uint64_t pair_key(ConnectionId a, ConnectionId b) {
  return std::uint64_t{std::min(a, b).value} << 32 | std::max(a, b).value;
}

double side_of(Point a, Point b, Point p) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); }

class Rights {
 public:
  Rights(const NetFile& net, const std::vector<bool>& by_matrix, Network& network)
      : net_(net), by_matrix_(by_matrix), n_(network) {}

  RightsOfWay apply(const std::vector<const NetJunction*>& sources,
                    const std::vector<std::vector<ConnectionId>>& matrix) {
    find_conflicts(n_);
    for (std::uint32_t i = 0; i < n_.conflicts.size(); ++i)
      place_.emplace(pair_key(n_.conflicts[i].a, n_.conflicts[i].b), i);
    stated_.assign(n_.conflicts.size(), false);
    for (std::size_t j = 0; j < sources.size(); ++j) apply_requests(*sources[j], matrix[j]);
    drop_artefacts();
    std::sort(n_.conflicts.begin(), n_.conflicts.end(),
              [](const Conflict& x, const Conflict& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
    return counts_;
  }

 private:
  void apply_requests(const NetJunction& junction, const std::vector<ConnectionId>& at) {
    const std::size_t size = junction.requests.size();
    std::vector<const Request*> row(size, nullptr);
    for (const Request& r : junction.requests) {
      if (static_cast<std::size_t>(r.index) >= size || row[r.index])
        net_.fail(junction.source, "junction", junction.id,
                  "request index " + std::to_string(r.index) + " is out of range or occurs twice",
                  "Make the net again with netconvert");
      if (r.response.size() != size || r.foes.size() != size)
        net_.fail(junction.source, "junction", junction.id,
                  "request " + std::to_string(r.index) + " has " + std::to_string(r.response.size()) +
                      " and " + std::to_string(r.foes.size()) + " bits where the junction has " +
                      std::to_string(size) + " requests",
                  "Make the net again with netconvert");
      row[r.index] = &r;
    }
    const auto connection_at = [&](std::size_t i) { return i < at.size() ? at[i] : ConnectionId(); };
    // Bit j of a row is written j places from its right end.
    const auto bit = [&](const std::string& bits, std::size_t j) { return bits[size - 1 - j] == '1'; };
    for (std::size_t i = 0; i < size; ++i) {
      const ConnectionId a = connection_at(i);
      if (!a.valid()) continue;
      Connection& connection = n_.connections[a.value];
      // A signal that is off leaves the rule of the road, which is the matrix.
      if (by_matrix_[a.value])
        connection.priority =
            row[i]->response.find('1') == std::string::npos ? Priority::kMajor : Priority::kMinor;
      if (row[i]->waits_inside && connection.pieces.size() > 1)
        connection.wait_m = connection.pieces[1].begin_m;
      for (std::size_t j = i + 1; j < size; ++j) {
        const ConnectionId b = connection_at(j);
        if (!b.valid() || a == b) continue;
        const bool a_yields = bit(row[i]->response, j), b_yields = bit(row[j]->response, i);
        if (a_yields || b_yields || bit(row[i]->foes, j) || bit(row[j]->foes, i))
          state(a, b, a_yields, b_yields);
      }
    }
  }

  void state(ConnectionId a, ConnectionId b, bool a_yields, bool b_yields) {
    const auto [found, is_new] =
        place_.emplace(pair_key(a, b), static_cast<std::uint32_t>(n_.conflicts.size()));
    if (is_new) {
      Conflict conflict;
      conflict_interval(n_, std::min(a, b), std::max(a, b), conflict, true);
      n_.conflicts.push_back(conflict);
      stated_.push_back(true);
      ++counts_.without_contact;
    }
    Conflict& conflict = n_.conflicts[found->second];
    stated_[found->second] = true;
    (conflict.a == a ? conflict.a_yields : conflict.b_yields) = a_yields;
    (conflict.a == a ? conflict.b_yields : conflict.a_yields) = b_yields;
  }

  /// SUMO knows the matrix from angles, we add what the drawing shows. But much of that is drawing alone: the
  /// two directions of a road on one line, lanes that part or meet side by side.
  void drop_artefacts() {
    std::vector<Conflict> kept;
    for (std::size_t i = 0; i < n_.conflicts.size(); ++i) {
      const Conflict& c = n_.conflicts[i];
      if (!stated_[i] && !c.merge && is_artefact(c)) continue;
      if (!stated_[i]) ++counts_.beyond_matrix;
      kept.push_back(c);
    }
    n_.conflicts = std::move(kept);
  }

  bool is_artefact(const Conflict& c) const {
    const Connection &a = n_[c.a], &b = n_[c.b];
    const Link &a_from = n_[n_[a.from].link], &a_to = n_[n_[a.to].link];
    const Link &b_from = n_[n_[b.from].link], &b_to = n_[n_[b.to].link];
    const bool opposite_at_a = a_from.from == b_to.to, opposite_at_b = b_from.from == a_to.to;
    if (opposite_at_a && opposite_at_b && n_[a.from].link != n_[b.from].link) return true;
    if ((&a_from == &b_from || &a_to == &b_to) && !lines_cross(a, b)) return true;
    const Lane &ground_a = n_[a.lane], &ground_b = n_[b.lane];
    if (opposite_at_a && c.a_begin_m < kEnd_m && c.b_end_m > ground_b.length_m - kEnd_m &&
        near(first_of(ground_a), last_of(ground_b)))
      return true;
    return opposite_at_b && c.b_begin_m < kEnd_m && c.a_end_m > ground_a.length_m - kEnd_m &&
           near(first_of(ground_b), last_of(ground_a));
  }

  Point first_of(const Lane& lane) const { return n_.points[lane.shape.first]; }
  Point last_of(const Lane& lane) const { return n_.points[lane.shape.first + lane.shape.count - 1]; }
  static bool near(Point p, Point q) { return std::hypot(p.x - q.x, p.y - q.y) < kSameLine_m; }

  bool lines_cross(const Connection& a, const Connection& b) const {
    const Shape s = n_[a.lane].shape, t = n_[b.lane].shape;
    for (std::uint32_t i = 1; i < s.count; ++i)
      for (std::uint32_t j = 1; j < t.count; ++j) {
        const Point p = n_.points[s.first + i - 1], q = n_.points[s.first + i];
        const Point u = n_.points[t.first + j - 1], v = n_.points[t.first + j];
        if (side_of(p, q, u) * side_of(p, q, v) < 0 && side_of(u, v, p) * side_of(u, v, q) < 0) return true;
      }
    return false;
  }

  const NetFile& net_;
  const std::vector<bool>& by_matrix_;
  Network& n_;
  std::unordered_map<std::uint64_t, std::uint32_t> place_;  // of a pair among the conflicts
  std::vector<bool> stated_;                                // by conflict: the matrix names it
  RightsOfWay counts_;
};

}  // namespace

RightsOfWay add_rights_of_way(const NetFile& net, const std::vector<const NetJunction*>& sources,
                              const std::vector<std::vector<ConnectionId>>& matrix,
                              const std::vector<bool>& by_matrix, Network& network) {
  return Rights(net, by_matrix, network).apply(sources, matrix);
}

}  // namespace arterial::sumo
