// movement.csv of a GMNS folder: turns of lanes, and bans.
#include <algorithm>
#include <map>
#include <set>

#include "gis/gmns_rows.h"
#include "gis/gmns_tables.h"

namespace arterial::gis {
namespace {

using namespace gmns;  // NOLINT: the words of the tables

class MovementReader {
 public:
  MovementReader(GmnsTables& tables, StreetPlan& plan) : t_(tables), plan_(plan) {}

  void read() {
    enum : std::size_t { kId, kNode, kIn, kOut, kFirst, kLast, kType };
    std::size_t unknown = 0;
    rows_of(t_.folder, "movement.csv", {"mvmt_id", "node_id", "ib_link_id", "ob_link_id"},
            {"start_ib_lane", "end_ib_lane", "type"}, [&](const CsvRow& row) {
              const auto in = t_.link_at.find(std::string(row.text(kIn))),
                         out = t_.link_at.find(std::string(row.text(kOut)));
              const bool known = in != t_.link_at.end() && out != t_.link_at.end() &&
                                 t_.road_of[in->second] != kNoRoad && t_.road_of[out->second] != kNoRoad &&
                                 t_.node_at.contains(std::string(row.text(kNode)));
              if (!known) return void(++unknown);
              GmnsMovement m{id_of(row, kId, "movement"),
                             std::string(row.text(kNode)),
                             lower(row.text(kType)),
                             in->second,
                             out->second,
                             whole(row, kFirst, -20, 20, 0),
                             whole(row, kLast, -20, 20, 0)};
              if (m.last_lane == 0) m.last_lane = m.first_lane;
              t_.movement_at.emplace(m.id, t_.movements.size());
              t_.movements.push_back(std::move(m));
            });
    if (unknown > 0)
      problem(Severity::kWarning, "movements_unknown",
              counted(unknown, "movement names", "movements name") + " a link or node that is not there.");
    paint_turns();
    ban_what_is_not_listed();
  }

 private:
  void problem(Severity severity, const char* code, std::string words) {
    plan_.problems.push_back({severity, code, "", 0, 0, std::move(words)});
  }

  bool enters(std::uint32_t link, std::uint32_t node) const {
    const NodeLink& l = t_.links[link].link;
    return l.to == node || (l.both_ways && l.from == node);
  }

  PlanDirection& direction_into(std::uint32_t link, std::uint32_t node) {
    PlanRoad& road = plan_.roads[t_.road_of[link]];
    return road.nodes.back() == node ? road.forward : road.backward;
  }

  static std::optional<Turn> turn_of(const std::string& type) {
    if (type == "left" || type == "l") return Turn::kLeft;
    if (type == "right" || type == "r") return Turn::kRight;
    if (type == "thru" || type == "through" || type == "t") return Turn::kStraight;
    if (type == "uturn" || type == "u_turn" || type == "u") return Turn::kUTurn;
    return std::nullopt;
  }

  /// Which lanes turn where. A pocket's turns fall to the lane beside it.
  void paint_turns() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const GmnsMovement*>> by_link;
    for (const GmnsMovement& m : t_.movements) by_link[{m.in, t_.node_at.at(m.node)}].push_back(&m);
    for (const auto& [key, movements] : by_link) {
      const auto [link, node] = key;
      if (!enters(link, node)) continue;
      PlanDirection& way = direction_into(link, node);
      const int motor = t_.links[link].motor_lanes;
      if (way.lanes == 0) continue;
      std::vector<std::uint8_t> turns(static_cast<std::size_t>(way.lanes), 0);
      bool all = true;
      for (const GmnsMovement* m : movements) {
        const auto turn = turn_of(m->type);
        if (!turn || m->first_lane == 0) {
          all = false;
          break;
        }
        const int low = std::min(m->first_lane, m->last_lane), high = std::max(m->first_lane, m->last_lane);
        for (int n = low; n <= high; ++n) {
          if (n == 0) continue;
          const int from_left = n < 0 ? 1 : std::min(n, std::max(1, motor));
          turns[static_cast<std::size_t>(plan_.left_hand ? from_left - 1 : way.lanes - from_left)] |=
              static_cast<std::uint8_t>(1u << static_cast<unsigned>(*turn));
        }
      }
      if (all) way.turns = std::move(turns);
    }
  }

  /// Where a link's movements at its end are listed, others are not allowed.
  void ban_what_is_not_listed() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> listed;  // roads out
    for (const GmnsMovement& m : t_.movements)
      if (const std::uint32_t node = t_.node_at.at(m.node); enters(m.in, node))
        listed[{t_.road_of[m.in], node}].insert(t_.road_of[m.out]);
    if (listed.empty()) return;
    std::map<std::uint32_t, std::vector<std::uint32_t>> roads_at;
    for (std::uint32_t r = 0; r < plan_.roads.size(); ++r) {
      roads_at[plan_.roads[r].nodes.front()].push_back(r);
      roads_at[plan_.roads[r].nodes.back()].push_back(r);
    }
    std::size_t bans = 0;
    for (const auto& [key, allowed] : listed) {
      const auto [from, node] = key;
      for (const std::uint32_t to : roads_at[node]) {
        const PlanRoad& road = plan_.roads[to];
        const bool leaves = (road.nodes.front() == node ? road.forward : road.backward).lanes > 0;
        if (!leaves || to == from || allowed.contains(to)) continue;
        TurnRestriction ban;
        ban.id = "movement of " + plan_.roads[from].id;
        ban.from_road = from;
        ban.to_road = to;
        ban.via_nodes = {node};
        plan_.restrictions.push_back(std::move(ban));
        ++bans;
      }
    }
    if (bans > 0)
      problem(Severity::kNote, "turns_banned",
              counted(bans, "turn is", "turns are") + " closed because movement.csv does not list them.");
  }

  GmnsTables& t_;
  StreetPlan& plan_;
};

}  // namespace

void read_gmns_movements(GmnsTables& tables, StreetPlan& plan) { MovementReader(tables, plan).read(); }

}  // namespace arterial::gis
