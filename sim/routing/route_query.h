#pragma once
// Shortest routes on a metric. One query object per thread; metrics are shared.
#include <cstdint>
#include <vector>

#include "sim/routing/hierarchy.h"

namespace arterial {

/// Link times by interval, as measured. Entering a link in interval i costs ms[i][link]; where waiting for a
/// quicker interval would bring one out earlier, that is the time (first in, first out). After the last
/// interval its times stay.
struct TimeProfile {
  double begin_s = 0, interval_s = 900;
  std::vector<std::vector<std::uint32_t>> ms;

  /// The least of each link: the lower bounds that a Metric for route_at() is made of.
  std::vector<std::uint32_t> least() const;
};

class RouteQuery {
 public:
  /// Links from `from` to `to`, both included, into `out`. False, and `out` empty, where there is no way.
  bool route(const Metric& metric, LinkId from, LinkId to, std::vector<LinkId>& out);

  /// The same over links to be passed in order.
  bool route(const Metric& metric, LinkId from, const std::vector<LinkId>& via, LinkId to,
             std::vector<LinkId>& out);

  /// Leaving at `depart_s`, with times that change on the way. `bounds` must be made of the profile's
  /// least().
  bool route_at(const Metric& bounds, const TimeProfile& profile, LinkId from, LinkId to, double depart_s,
                std::vector<LinkId>& out);

  /// Of the last route found: from the start of `from` to the end of `to`.
  std::uint64_t last_ms() const { return last_ms_; }

  /// Ranks looked at by the last query.
  std::uint64_t last_settled() const { return settled_; }

 private:
  void prepare(const Metric& metric);
  void unpack_up(const Metric& metric, std::uint32_t from, std::uint32_t to, std::uint32_t middle,
                 std::vector<LinkId>& out);
  Cost potential(const Metric& metric, std::uint32_t rank);

  struct Step {
    std::uint32_t from, to, middle;  // ranks; middle kTop: a turn of the graph
  };
  /// What is known of a rank on one side of the search, in one cache line's reach.
  struct Mark {
    Cost cost = kUnreachable;
    std::uint32_t next = Hierarchy::kTop;  // rank one step nearer to this side's end
    std::uint32_t arc = 0;                 // that leads there
  };
  std::vector<Mark> forward_, backward_;
  std::vector<Step> stack_;
  std::vector<LinkId> leg_;
  // Time-dependent search.
  std::vector<Cost> bound_, arrival_;
  std::vector<std::uint32_t> touched_, bound_touched_, chain_, before_;
  std::uint64_t last_ms_ = 0, settled_ = 0;
};

/// When a link entered at `enter_ms` (from the profile's begin) is left, first in, first out.
std::uint64_t leave_ms(const TimeProfile& profile, LinkId link, std::uint64_t enter_ms);

}  // namespace arterial
