#include "sim/routing/zone_times.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace arterial {
namespace {

struct Label {
  std::uint32_t rank;
  Cost cost;
};

/// What a set of links meets on its ways up, with the least cost to (or from) each rank.
class Climber {
 public:
  explicit Climber(const Metric& metric) : metric_(metric), cost_(metric.hierarchy().size(), kUnreachable) {}

  std::vector<Label> climb(const std::vector<LinkId>& links, bool upward) {
    const Hierarchy& h = metric_.hierarchy();
    const Metric::Arcs& arcs = upward ? metric_.up() : metric_.down();
    ranks_.clear();
    for (const LinkId link : links) {
      if (metric_.link_ms(link) == kClosedLink) continue;
      Cost& cost = cost_[h.rank(link)];
      cost = std::min(cost, upward ? Cost{metric_.link_ms(link)} << kTieBits : 0);
      for (std::uint32_t r = h.rank(link); r != Hierarchy::kTop; r = h.parent(r)) ranks_.push_back(r);
    }
    std::sort(ranks_.begin(), ranks_.end());
    ranks_.erase(std::unique(ranks_.begin(), ranks_.end()), ranks_.end());
    std::vector<Label> labels;
    for (const std::uint32_t r : ranks_) {
      const Cost d = cost_[r];
      if (d >= kUnreachable) continue;
      labels.push_back({r, d});
      for (std::uint32_t a = arcs.first[r]; a < arcs.first[r + 1]; ++a)
        cost_[arcs.head[a]] = std::min(cost_[arcs.head[a]], d + arcs.cost[a]);
    }
    for (const std::uint32_t r : ranks_) cost_[r] = kUnreachable;
    return labels;
  }

 private:
  const Metric& metric_;
  std::vector<Cost> cost_;  // by rank; all unreachable between two climbs
  std::vector<std::uint32_t> ranks_;
};

}  // namespace

std::vector<std::uint32_t> times_between(const Metric& metric, const std::vector<std::vector<LinkId>>& from,
                                         const std::vector<std::vector<LinkId>>& to, int threads) {
  std::vector<std::uint32_t> out(from.size() * to.size(), kNoTime);
  std::vector<std::vector<Label>> into(to.size());
  {
    Climber climber(metric);
    for (std::size_t j = 0; j < to.size(); ++j) into[j] = climber.climb(to[j], false);
  }
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    Climber climber(metric);
    std::vector<Cost> at(metric.hierarchy().size(), kUnreachable);
    for (std::size_t i; (i = next.fetch_add(1)) < from.size();) {
      const auto labels = climber.climb(from[i], true);
      for (const Label& l : labels) at[l.rank] = l.cost;
      for (std::size_t j = 0; j < to.size(); ++j) {
        Cost best = kUnreachable;
        for (const Label& l : into[j]) best = std::min(best, at[l.rank] + l.cost);
        if (best < kUnreachable)
          out[i * to.size() + j] = static_cast<std::uint32_t>(std::min<Cost>(best >> kTieBits, kNoTime - 1));
      }
      for (const Label& l : labels) at[l.rank] = kUnreachable;
    }
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  for (std::thread& t : others) t.join();
  return out;
}

}  // namespace arterial
