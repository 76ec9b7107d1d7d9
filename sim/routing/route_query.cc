#include "sim/routing/route_query.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

namespace arterial {
namespace {
constexpr std::uint32_t kTop = Hierarchy::kTop;
}

void RouteQuery::prepare(const Metric& metric) {
  const std::size_t n = metric.hierarchy().size();
  if (forward_.size() == n) return;
  forward_.assign(n, {});
  backward_.assign(n, {});
  bound_.clear();
}

bool RouteQuery::route(const Metric& metric, LinkId from, LinkId to, std::vector<LinkId>& out) {
  out.clear();
  prepare(metric);
  settled_ = 0;
  if (metric.link_ms(from) == kClosedLink || metric.link_ms(to) == kClosedLink) return false;
  if (from == to) {
    out.push_back(from);
    last_ms_ = metric.link_ms(from);
    return true;
  }
  const Hierarchy& h = metric.hierarchy();
  const std::uint32_t s = h.rank(from), t = h.rank(to);
  forward_[s].cost = 0;
  backward_[t].cost = 0;
  // Both sides climb their path to the root; the lower one steps first, so both pass a common rank together.
  Cost best = kUnreachable;
  std::uint32_t meeting = kTop, x = s, y = t;
  const auto climb = [&](std::uint32_t r, std::vector<Mark>& side, const Metric::Arcs& arcs) {
    ++settled_;
    const Cost d = side[r].cost;
    if (d >= best) return;
    for (std::uint32_t a = arcs.first[r]; a < arcs.first[r + 1]; ++a)
      if (Mark& mark = side[arcs.head[a]]; d + arcs.cost[a] < mark.cost) mark = {d + arcs.cost[a], r, a};
  };
  while (x != kTop || y != kTop) {
    if (x == y) {
      if (forward_[x].cost + backward_[x].cost < best) {
        best = forward_[x].cost + backward_[x].cost;
        meeting = x;
      }
      climb(x, forward_, metric.up());
      climb(x, backward_, metric.down());
      x = y = h.parent(x);
    } else if (x < y) {  // kTop is above all
      climb(x, forward_, metric.up());
      x = h.parent(x);
    } else {
      climb(y, backward_, metric.down());
      y = h.parent(y);
    }
  }
  if (meeting != kTop) {
    last_ms_ = (best >> kTieBits) + metric.link_ms(from);
    out.push_back(from);
    chain_.clear();
    for (std::uint32_t r = meeting; r != s; r = forward_[r].next) chain_.push_back(r);
    std::uint32_t at = s;
    for (std::size_t i = chain_.size(); i-- > 0;) {
      unpack_up(metric, at, chain_[i], metric.up().middle[forward_[chain_[i]].arc], out);
      at = chain_[i];
    }
    for (std::uint32_t r = meeting; r != t; r = backward_[r].next)
      unpack_up(metric, r, backward_[r].next, metric.down().middle[backward_[r].arc], out);
  }
  for (std::uint32_t r = s; r != kTop; r = h.parent(r)) forward_[r] = {};
  for (std::uint32_t r = t; r != kTop; r = h.parent(r)) backward_[r] = {};
  return meeting != kTop;
}

/// Appends the links after `from` up to `to` along one arc. The way through a lower middle is an arc down
/// into the middle and an arc up out of it.
void RouteQuery::unpack_up(const Metric& metric, std::uint32_t from, std::uint32_t to, std::uint32_t middle,
                           std::vector<LinkId>& out) {
  const auto find = [](const Metric::Arcs& arcs, std::uint32_t rank, std::uint32_t head) {
    const auto begin = arcs.head.begin() + arcs.first[rank], end = arcs.head.begin() + arcs.first[rank + 1];
    return arcs.middle[static_cast<std::size_t>(std::lower_bound(begin, end, head) - arcs.head.begin())];
  };
  stack_.clear();
  stack_.push_back({from, to, middle});
  while (!stack_.empty()) {
    const Step step = stack_.back();
    stack_.pop_back();
    if (step.middle == kTop) {
      out.push_back(metric.hierarchy().link(step.to));
      continue;
    }
    const std::uint32_t m = step.middle;
    stack_.push_back({m, step.to, find(metric.up(), m, step.to)});
    stack_.push_back({step.from, m, find(metric.down(), m, step.from)});
  }
}

bool RouteQuery::route(const Metric& metric, LinkId from, const std::vector<LinkId>& via, LinkId to,
                       std::vector<LinkId>& out) {
  std::vector<LinkId> all{from};
  std::uint64_t ms = 0;
  LinkId at = from;
  for (std::size_t i = 0; i <= via.size(); ++i) {
    const LinkId next = i < via.size() ? via[i] : to;
    if (next == at && i < via.size()) continue;
    if (!route(metric, at, next, leg_)) {
      out.clear();
      return false;
    }
    ms += last_ms_ - (all.size() > 1 ? metric.link_ms(at) : 0);
    all.insert(all.end(), leg_.begin() + 1, leg_.end());
    at = next;
  }
  last_ms_ = ms;
  out = std::move(all);
  return true;
}

std::vector<std::uint32_t> TimeProfile::least() const {
  std::vector<std::uint32_t> result;
  for (const auto& interval : ms) {
    if (result.empty()) result = interval;
    for (std::size_t l = 0; l < result.size() && l < interval.size(); ++l)
      result[l] = std::min(result[l], interval[l]);
  }
  return result;
}

std::uint64_t leave_ms(const TimeProfile& profile, LinkId link, std::uint64_t enter_ms) {
  const auto interval = static_cast<std::uint64_t>(std::llround(profile.interval_s * 1000));
  const std::uint64_t count = profile.ms.size();
  std::uint64_t i = std::min(enter_ms / interval, count - 1);
  const auto open = [&](std::uint64_t k) { return profile.ms[k][link.value] != kClosedLink; };
  std::uint64_t leave = open(i) ? enter_ms + profile.ms[i][link.value] : kUnreachable;
  while (++i < count && i * interval < leave)
    if (open(i)) leave = std::min(leave, i * interval + profile.ms[i][link.value]);
  return leave;
}

Cost RouteQuery::potential(const Metric& metric, std::uint32_t rank) {
  // The bound of a rank is that of its arcs' heads, which are higher: a short depth-first walk, each rank
  // once. bound_ holds kUnreachable + 1 where not yet known.
  constexpr Cost kUnknown = kUnreachable + 1;
  chain_.clear();
  chain_.push_back(rank);
  while (!chain_.empty()) {
    const std::uint32_t r = chain_.back();
    if (bound_[r] != kUnknown) {
      chain_.pop_back();
      continue;
    }
    Cost best = backward_[r].cost;
    bool ready = true;
    const Metric::Arcs& up = metric.up();
    for (std::uint32_t a = up.first[r]; a < up.first[r + 1]; ++a) {
      const std::uint32_t head = up.head[a];
      if (bound_[head] == kUnknown) {
        chain_.push_back(head);
        ready = false;
      } else if (ready) {
        best = std::min(best, up.cost[a] + bound_[head]);
      }
    }
    if (!ready) continue;
    bound_[r] = std::min(best, kUnreachable);
    bound_touched_.push_back(r);
    chain_.pop_back();
  }
  return bound_[rank];
}

bool RouteQuery::route_at(const Metric& metric, const TimeProfile& profile, LinkId from, LinkId to,
                          double depart_s, std::vector<LinkId>& out) {
  out.clear();
  prepare(metric);
  settled_ = 0;
  const Hierarchy& h = metric.hierarchy();
  const RoadGraph& graph = h.graph();
  if (profile.ms.empty()) return route(metric, from, to, out);
  if (metric.link_ms(from) == kClosedLink || metric.link_ms(to) == kClosedLink) return false;
  if (bound_.size() != h.size()) {
    bound_.assign(h.size(), kUnreachable + 1);
    arrival_.assign(h.size(), kUnreachable);
    before_.assign(h.size(), kTop);
  }

  // Lower bounds towards `to`: its climb, then lazily from there (CH-Potentials; Strasser and Zeitz 2021).
  const std::uint32_t t = h.rank(to);
  backward_[t].cost = 0;
  const Metric::Arcs& down = metric.down();
  for (std::uint32_t r = t; r != kTop; r = h.parent(r))
    for (std::uint32_t a = down.first[r]; a < down.first[r + 1]; ++a) {
      Cost& above = backward_[down.head[a]].cost;
      above = std::min(above, backward_[r].cost + down.cost[a]);
    }

  // A* over links; a label is the instant of leaving the link, with the ties of the links so far below it.
  struct Label {
    Cost key;
    std::uint32_t link;
    bool operator>(const Label& o) const { return key != o.key ? key > o.key : link > o.link; }
  };
  std::priority_queue<Label, std::vector<Label>, std::greater<>> queue;
  const double since_begin = std::max(0.0, depart_s - profile.begin_s);
  const auto start_ms = static_cast<std::uint64_t>(std::llround(since_begin * 1000));
  // Never quicker than the vehicle's own free flow, which the bounds contain.
  const auto leave = [&](LinkId link, std::uint64_t enter) {
    return std::max(leave_ms(profile, link, enter), enter + metric.link_ms(link));
  };
  constexpr Cost kTieMask = (Cost{1} << kTieBits) - 1;
  bool found = false;
  const std::uint64_t first_leave = leave(from, start_ms);
  if (first_leave < (kUnreachable >> kTieBits)) {
    arrival_[from.value] = first_leave << kTieBits;
    before_[from.value] = kTop;
    touched_.push_back(from.value);
    const Cost p = potential(metric, h.rank(from));
    if (p < kUnreachable) queue.push({arrival_[from.value] + p, from.value});
  }
  while (!queue.empty()) {
    const Label label = queue.top();
    queue.pop();
    const LinkId at(label.link);
    const Cost now = arrival_[at.value];
    if (label.key != now + potential(metric, h.rank(at))) continue;  // an older label
    ++settled_;
    if (at == to) {
      found = true;
      break;
    }
    const auto edges = graph.out(at);
    for (std::uint32_t k = 0; k < edges.size(); ++k) {
      const LinkId next = edges[k].to;
      if (metric.edge_cost(graph.first_edge(at) + k) >= kUnreachable) continue;
      const std::uint64_t left = leave(next, (now >> kTieBits) + edges[k].crossing_ms);
      if (left >= (kUnreachable >> kTieBits)) continue;
      const Cost value = (left << kTieBits) + (now & kTieMask) + graph.tie(next);
      if (value >= arrival_[next.value]) continue;
      const Cost p = potential(metric, h.rank(next));
      if (p >= kUnreachable) continue;
      if (arrival_[next.value] == kUnreachable) touched_.push_back(next.value);
      arrival_[next.value] = value;
      before_[next.value] = at.value;
      queue.push({value + p, next.value});
    }
  }
  if (found) {
    last_ms_ = (arrival_[to.value] >> kTieBits) - start_ms;
    for (std::uint32_t l = to.value; l != kTop; l = before_[l]) out.push_back(LinkId(l));
    std::reverse(out.begin(), out.end());
  }
  for (const std::uint32_t l : touched_) arrival_[l] = kUnreachable;
  for (const std::uint32_t r : bound_touched_) bound_[r] = kUnreachable + 1;
  touched_.clear();
  bound_touched_.clear();
  for (std::uint32_t r = t; r != kTop; r = h.parent(r)) backward_[r] = {};
  return found;
}

}  // namespace arterial
