// Why a cluster of nodes is one junction, and how sure that is. The weights are ours: each reason alone
// leaves the answer open, three or four together settle it; what they must do is rank, so that a person looks
// at the doubtful ones first.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/model/build_streets.h"
#include "sim/model/junction_review.h"

namespace arterial::build {
namespace {

constexpr double kOpen = 0.35;  // before any reason
constexpr double kSpread_m = 44;
constexpr std::size_t kUsualNodes = 4;

std::string metres(double m) { return std::to_string(std::lround(m)) + " m"; }

class Judge {
 public:
  Judge(const StreetPlan& plan, const Streets& streets, const Place& place, double join_distance_m)
      : plan_(plan), streets_(streets), place_(place), join_distance_m_(join_distance_m) {}

  JunctionReview judge() {
    distances();
    signals();
    names();
    yards();
    out_.confidence = std::clamp(out_.confidence, 0.05, 0.99);
    return std::move(out_);
  }

 private:
  void say(double weight, const std::string& reason) {
    out_.confidence += weight;
    out_.reasons += (out_.reasons.empty() ? "" : "; ") + reason;
  }

  const Street& street(std::uint32_t s) const { return streets_.streets[s]; }

  void distances() {
    out_.confidence = kOpen;
    double longest = 0, spread = 0;
    bool ring = !place_.inside.empty();
    for (const std::uint32_t s : place_.inside) {
      longest = std::max(longest, street(s).length_m);
      ring = ring && street(s).roundabout;
    }
    for (const std::uint32_t a : place_.nodes)
      for (const std::uint32_t b : place_.nodes)
        spread = std::max(spread, distance(plan_.nodes[a].at, plan_.nodes[b].at));
    const std::string size = std::to_string(place_.nodes.size()) + " nodes within " + metres(spread);
    if (ring)
      say(0.4, size + ", a circle too small to drive around");
    else if (longest < 15)
      say(0.3, size + ", no room for a car and its turn between them");
    else
      say(0.25 * std::max(0.0, 1 - longest / (1.6 * join_distance_m_)),
          size + ", up to " + metres(longest) + " of street between them");
    if (spread > kSpread_m) say(-0.15, "wide for one junction");
    if (place_.nodes.size() > kUsualNodes)
      say(-0.04 * static_cast<double>(std::min<std::size_t>(place_.nodes.size() - kUsualNodes, 6)),
          "many nodes");
  }

  void signals() {
    if (place_.signal_nodes.empty()) return;
    const std::size_t n = place_.signal_nodes.size();
    say(n >= 2 ? 0.2 : 0.1,
        n >= 2 ? std::to_string(n) + " signals stand around it" : "one signal stands at it");
  }

  /// A street that comes in at one node and goes on from another holds them together; so do the halves of a
  /// divided road.
  void names() {
    std::map<std::string, std::set<std::uint32_t>> nodes_of;
    std::map<std::string, int> one_way;
    for (const Arm& arm : place_.arms) {
      const Street& s = street(arm.street);
      const std::string& name = plan_.roads[s.road].name;
      if (name.empty()) continue;
      nodes_of[name].insert(s.nodes[arm.at_end ? 1 : 0]);
      one_way[name] += (s.forward.lanes > 0) != (s.backward.lanes > 0);
    }
    std::string through, divided;
    for (const auto& [name, nodes] : nodes_of) {
      if (nodes.size() < 2) continue;
      (one_way[name] >= 2 ? divided : through) = name;
    }
    if (!divided.empty()) say(0.2, "the halves of " + divided + " meet there");
    if (!through.empty()) say(0.1, through + " runs through");
    if (through.empty() && divided.empty() && place_.arms.size() > 2)
      say(-0.05, "no named street runs through");
  }

  void yards() {
    int real = 0, yard = 0;
    for (const Arm& arm : place_.arms)
      ++(plan_.roads[street(arm.street).road].road_class == RoadClass::kService ? yard : real);
    if (yard > 0 && real <= 2) say(-0.1, "little but service roads meet there");
  }

  const StreetPlan& plan_;
  const Streets& streets_;
  const Place& place_;
  double join_distance_m_;
  JunctionReview out_;
};

}  // namespace

std::string junction_id(const StreetPlan& plan, const Place& place) {
  const auto bare = [](const std::string& id) {  // "node/12" -> "12"
    const auto slash = id.rfind('/');
    return slash == std::string::npos ? id : id.substr(slash + 1);
  };
  std::string id = plan.nodes[place.nodes[0]].id;
  for (std::size_t i = 1; i < place.nodes.size() && i < 4; ++i) {
    id += '+';
    id += bare(plan.nodes[place.nodes[i]].id);
  }
  if (place.nodes.size() > 4) id += "+" + std::to_string(place.nodes.size() - 4) + "more";
  return id;
}

void review_joins(const StreetPlan& plan, double join_distance_m, const std::vector<char>& by_hand,
                  Streets& streets) {
  for (std::size_t p = 0; p < streets.places.size(); ++p) {
    const Place& place = streets.places[p];
    if (place.nodes.size() < 2) continue;
    JunctionReview review = Judge(plan, streets, place, join_distance_m).judge();
    if (by_hand[p]) review.confidence = 1, review.reasons = "joined by an override; " + review.reasons;
    streets.problems.push_back(problem_of(review, junction_id(plan, place), place.at.x, place.at.y));
  }
}

void review_gap(const StreetPlan& plan, std::uint32_t street, double limit_m, Streets& streets) {
  const Street& s = streets.streets[street];
  const PlanNode &a = plan.nodes[s.nodes[0]], &b = plan.nodes[s.nodes[1]];
  JunctionReview review;
  review.joined = false;
  const bool too_wide = s.length_m < limit_m;
  review.confidence = too_wide ? 0.45 : std::clamp(0.5 + 0.45 * (s.length_m / limit_m - 1) / 0.6, 0.5, 0.95);
  review.reasons = metres(s.length_m) + " of street between them, joined below " + metres(limit_m) +
                   (too_wide ? "; kept apart because the junction would become too wide" : "");
  const Point middle{(a.at.x + b.at.x) / 2, (a.at.y + b.at.y) / 2};
  streets.problems.push_back(problem_of(review, a.id + ";" + b.id, middle.x, middle.y));
}

}  // namespace arterial::build
