// What the builder tells the user: what it guessed, and where the network does not hang together.
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "sim/model/build_context.h"
#include "sim/model/strong_parts.h"

namespace arterial::build {
namespace {

constexpr std::size_t kMaxParts = 100;    // parts listed one by one
constexpr std::size_t kMaxListed = 1000;  // dead ends and the like listed one by one

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

class Reporter {
 public:
  explicit Reporter(Context& context) : c_(context), net_(context.network) {}

  void report() {
    overrides();
    guesses();
    dead_ends();
    parts();
  }

 private:
  void say(Severity severity, std::string code, std::string id, Point at, std::string words) {
    c_.problems.push_back({severity, std::move(code), std::move(id), at.x, at.y, std::move(words)});
  }

  Point middle_of(LinkId l) const {
    const Shape& s = net_[net_[l].first_lane].shape;
    return net_.points[s.first + s.count / 2];
  }

  void overrides() {
    for (std::size_t i = 0; i < c_.options.edits.size(); ++i) {
      BuildEdit edit = c_.options.edits[i];
      const std::string& remark = c_.streets.edit_remarks[i];
      if (!remark.empty()) {
        edit.partly = true;
        edit.remark += (edit.remark.empty() ? "" : "; ") + remark;
      }
      std::string fault = c_.streets.edit_faults[i];
      if (fault.empty() && remark.empty() && !has_wanted_signal(edit))
        fault = "a signal there would stop nobody";
      c_.problems.push_back(outcome_of(edit, c_.plan.nodes[edit.nodes.front()].at, fault));
    }
  }

  /// True for every other kind of edit.
  bool has_wanted_signal(const BuildEdit& edit) {
    if (edit.what.kind != OverrideKind::kSignal || !edit.what.present) return true;
    if (signalled_.empty()) {
      signalled_.assign(net_.junctions.size(), 0);
      for (const Connection& k : net_.connections)
        if (k.signal.valid()) signalled_[k.junction.value] = 1;
    }
    return signalled_[c_.streets.place_of[edit.nodes.front()]];
  }

  void guesses() {
    std::size_t lanes = 0, speeds = 0;
    for (std::uint32_t l = 0; l < net_.links.size(); ++l) {
      const PlanDirection& d = c_.street_of(LinkId(l)).direction(c_.origins[l].forward);
      lanes += d.lanes_guessed;
      speeds += d.speed_guessed;
    }
    const std::string of = " of " + std::to_string(net_.links.size()) + " links ";
    if (lanes)
      say(Severity::kGuess, "lanes_guessed", "", {},
          std::to_string(lanes) + of + "state no number of lanes; it was taken from the road class.");
    if (speeds)
      say(Severity::kGuess, "speed_guessed", "", {},
          std::to_string(speeds) + of + "state no speed limit; it was taken from the road class.");
    std::size_t programs = 0, crossings = 0;
    for (const Signal& s : net_.signals) programs += s.guessed;
    for (const Place& p : c_.streets.places) crossings += p.crossing_signal;
    if (programs)
      say(Severity::kGuess, "signal_program_guessed", "", {},
          std::to_string(programs) +
              " signals have no program in the source; a fixed one was made from conflicts, lanes and road "
              "classes.");
    if (crossings)
      say(Severity::kGuess, "crossing_signal", "", {},
          std::to_string(crossings) +
              " signals stand between junctions; they stop the street for pedestrians once a cycle.");
    std::size_t ignored = 0, rules = 0;
    for (const PlanNode& n : c_.plan.nodes) ignored += n.control == NodeControl::kCrossing;
    if (ignored)
      say(Severity::kNote, "pedestrian_crossings_ignored", "", {},
          std::to_string(ignored) + " pedestrian crossings with signals were left out.");
    for (const TurnRestriction& r : c_.plan.restrictions) rules += !r.via_roads.empty() && !applied(r);
    if (rules)
      say(Severity::kWarning, "restriction_not_applied", "", {},
          std::to_string(rules) +
              " turn restrictions over a street that is no part of one junction cannot be kept.");
    std::size_t red = 0;
    for (const Connection& k : net_.connections) red += k.turn_on_red;
    if (red)
      say(Severity::kGuess, "turn_on_red_guessed", "", {},
          std::to_string(red) + " right turns may go on red after a stop, as is the law in " +
              c_.plan.country + ".");
  }

  bool applied(const TurnRestriction& r) {
    if (inside_roads_.empty()) {
      for (const Street& s : c_.streets.streets)
        if (s.inside)
          for (const StreetPiece& p : s.pieces) inside_roads_.push_back(p.road);
      inside_roads_.push_back(kNoIndex);
      std::sort(inside_roads_.begin(), inside_roads_.end());
    }
    for (const std::uint32_t road : r.via_roads)
      if (!std::binary_search(inside_roads_.begin(), inside_roads_.end(), road)) return false;
    return true;
  }

  /// Junctions closed to through traffic, even to turning round: centroids of zones.
  void find_stated_ends() {
    stated_end_.assign(net_.junctions.size(), 0);
    for (const TurnRestriction& r : c_.plan.restrictions)
      if (r.from_road == r.to_road && !r.only && r.via_nodes.size() == 1 && c_.plan.junctions_stated)
        if (const std::uint32_t j = c_.streets.place_of[r.via_nodes.front()]; j != kNoIndex)
          stated_end_[j] = 1;
  }

  void dead_ends() {
    std::vector<char> leads(net_.lanes.size(), 0), fed(net_.links.size(), 0), leaves(net_.links.size(), 0);
    for (const Connection& k : net_.connections) {
      leads[k.from.value] = 1;
      leaves[net_[k.from].link.value] = 1;
      fed[net_[k.to].link.value] = 1;
    }
    find_stated_ends();
    std::size_t no_exit = 0, no_entry = 0, lanes = 0;
    for (std::uint32_t l = 0; l < net_.links.size(); ++l) {
      const Link& link = net_.links[l];
      if (!leaves[l] && !stated_end_[link.to.value] && ++no_exit <= kMaxListed)
        say(Severity::kWarning, "no_way_out", link.source_id, middle_of(LinkId(l)),
            "Nothing leads on from " + link.id + ": trips can only end there.");
      if (!fed[l] && !stated_end_[link.from.value] && ++no_entry <= kMaxListed)
        say(Severity::kWarning, "no_way_in", link.source_id, middle_of(LinkId(l)),
            "Nothing leads into " + link.id + ": trips can only begin there.");
      for (std::uint32_t k = 0; k < link.lane_count && leaves[l]; ++k)
        lanes += !leads[link.first_lane.value + k];
    }
    if (lanes)
      say(Severity::kWarning, "lane_leads_nowhere", "", {},
          std::to_string(lanes) + " lanes lead nowhere although their link goes on.");
    std::size_t dead = 0;
    for (const Junction& j : net_.junctions) dead += j.type == JunctionType::kDeadEnd;
    if (dead)
      say(Severity::kNote, "dead_ends", "", {},
          std::to_string(dead) + " dead ends; vehicles may turn round there.");
  }

  void parts() {
    const StrongParts parts = strong_parts(net_);
    if (parts.largest == StrongParts::kNone) return;
    std::vector<std::uint32_t> size(parts.lane_m.size(), 0), first(parts.lane_m.size(), kNoIndex);
    std::size_t open = 0;
    for (std::uint32_t l = 0; l < parts.of_link.size(); ++l) {
      const std::uint32_t p = parts.of_link[l];
      if (p == StrongParts::kNone) continue;
      ++open;
      ++size[p];
      first[p] = std::min(first[p], l);
    }
    std::vector<std::uint32_t> order(size.size());
    std::iota(order.begin(), order.end(), 0u);
    std::erase_if(order, [&](std::uint32_t p) {
      const Link& link = net_.links[first[p] == kNoIndex ? 0 : first[p]];
      return p == parts.largest ||
             (size[p] == 1 && (stated_end_[link.from.value] || stated_end_[link.to.value]));
    });
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return size[a] != size[b] ? size[a] > size[b] : first[a] < first[b];
    });
    say(Severity::kNote, "largest_part", "", {},
        "The largest part in which cars get from every link to every other holds " +
            std::to_string(size[parts.largest]) + " of " + std::to_string(open) + " links and " +
            percent(parts.largest_share()) + " of the lane length.");
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i == kMaxParts) {
        say(Severity::kWarning, "not_connected", "", {},
            std::to_string(order.size() - i) + " more parts do not connect both ways to the largest one.");
        break;
      }
      const LinkId l(first[order[i]]);
      say(Severity::kWarning, "not_connected", net_[l].source_id, middle_of(l),
          std::to_string(size[order[i]]) + (size[order[i]] == 1 ? " link does" : " links do") +
              " not connect both ways to the largest part, among them " + net_[l].id + ".");
    }
  }

  Context& c_;
  Network& net_;
  std::vector<std::uint32_t> inside_roads_;
  std::vector<char> stated_end_;  // by junction
  std::vector<char> signalled_;   // by junction
};

}  // namespace

void report_problems(Context& context) { Reporter(context).report(); }

}  // namespace arterial::build
