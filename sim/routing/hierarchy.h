#pragma once
// Customizable contraction hierarchy over links (Dibbelt, Strasser, Wagner 2016; with turns as in Buchhold,
// Wagner, Zeitz, Zuendorf 2020): the order and its shortcuts depend on the topology alone and are made once;
// a Metric puts times on them, in a fraction of a second for a city, as often as measured times, closures or
// classes ask for it.
#include <cstdint>
#include <span>
#include <vector>

#include "sim/routing/road_graph.h"

namespace arterial {

/// Milliseconds in the high bits; below them a sum of the links' ties, so that of equally long routes every
/// search finds the same one, whatever its order of work.
using Cost = std::uint64_t;
inline constexpr int kTieBits = 28;
inline constexpr Cost kUnreachable = Cost{1} << 62;

class Hierarchy {
 public:
  explicit Hierarchy(const RoadGraph& graph, int threads = 1);

  const RoadGraph& graph() const { return *graph_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(link_of_.size()); }
  std::uint32_t rank(LinkId link) const { return rank_of_[link.value]; }
  LinkId link(std::uint32_t rank) const { return link_of_[rank]; }
  /// The next rank on the way up; kTop at a root.
  std::uint32_t parent(std::uint32_t rank) const { return parent_[rank]; }
  std::uint64_t arc_count() const { return head_.size(); }
  static constexpr std::uint32_t kTop = 0xffffffffu;

 private:
  friend class Metric;
  const RoadGraph* graph_;
  std::vector<LinkId> link_of_;
  std::vector<std::uint32_t> rank_of_, parent_;
  // Arcs from each rank to higher ones, by ascending head; and for each rank the arcs that end in it from
  // below.
  std::vector<std::uint32_t> first_, head_, first_below_, arc_below_, tail_below_;
  std::vector<std::uint32_t> up_arc_of_edge_,
      down_arc_of_edge_;  // one of both per turn of the graph, else kTop
};

/// What a metric is for. Two drivers with equal settings share one.
struct MetricSettings {
  VehicleClass vehicle_class = VehicleClass::kCar;
  double speed_cap_mps = 0;         // of the vehicle; 0: the limits alone
  bool ignore_permissions = false;  // SUMO's class "ignoring"
  /// Route choice: link times differ by up to +- this share, drawn per link from (seed, variant, link id).
  double spread = 0;
  std::uint64_t seed = 0, variant = 0;

  friend bool operator==(const MetricSettings&, const MetricSettings&) = default;
};

/// Whether both see the same turns and the same free-flow times, whatever their classes are called.
bool same_roads(const RoadGraph& graph, const MetricSettings& a, const MetricSettings& b);

/// How many routes will be asked of a metric. For many, arcs that no shortest route uses are looked for and
/// taken out: that takes as long as all the rest. The routes are the same.
enum class Queries : std::uint8_t { kMany, kFew };

/// Times on a hierarchy, ready for queries. Immutable; share it among threads. Refers to the hierarchy.
class Metric {
 public:
  /// Free-flow times. With `link_ms` (one per link; kClosedLink: nobody may enter) measured times, never
  /// quicker than the vehicle's own free flow. `banned_edges` are turns (RoadGraph edge indexes, ascending)
  /// out of use.
  explicit Metric(const Hierarchy& hierarchy, const MetricSettings& settings = {},
                  std::span<const std::uint32_t> link_ms = {},
                  std::span<const std::uint32_t> banned_edges = {}, Queries queries = Queries::kMany);

  /// Arcs of all ranks in one direction, by rank, then ascending head. Apart, because a search streams
  /// through costs and heads, and looks at few middles.
  struct Arcs {
    std::vector<std::uint32_t> first;
    std::vector<Cost> cost;
    std::vector<std::uint32_t> head;    // rank at the higher end
    std::vector<std::uint32_t> middle;  // rank that a shortcut passes through; kTop: a turn of the graph
  };

  const Hierarchy& hierarchy() const { return *hierarchy_; }
  const MetricSettings& settings() const { return settings_; }
  /// Arcs that lead up out of a rank, and arcs that lead down into it from above.
  const Arcs& up() const { return up_; }
  const Arcs& down() const { return down_; }
  /// Time on the link itself, kClosedLink where the class may not be.
  std::uint32_t link_ms(LinkId link) const { return link_ms_[link.value]; }
  /// Cost of a turn with the link that it leads to; kUnreachable where it may not be made.
  Cost edge_cost(std::uint32_t edge) const;
  std::uint64_t bytes() const;

 private:
  struct Weight {
    Cost up = kUnreachable, down = kUnreachable;  // lower to higher rank, and back
    std::uint32_t up_middle = Hierarchy::kTop, down_middle = Hierarchy::kTop;
  };
  void take_times(std::span<const std::uint32_t> link_ms);
  std::vector<Weight> customized() const;
  void keep_arcs(const std::vector<Weight>& weights, Queries queries);

  const Hierarchy* hierarchy_;
  MetricSettings settings_;
  std::vector<std::uint32_t> link_ms_, banned_;
  Arcs up_, down_;
};

/// The factor by which `spread` changes a link's time, as 1024ths.
std::uint32_t spread_factor_1024(const MetricSettings& settings, std::uint64_t link_hash);

}  // namespace arterial
