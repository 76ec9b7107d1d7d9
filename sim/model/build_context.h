#pragma once
// Second half of the network builder: what its steps share while streets and places become links and
// junctions. Right-hand traffic throughout; the builder mirrors the result for left-hand plans.
#include "sim/model/build_streets.h"

namespace arterial::build {

struct LinkOrigin {
  std::uint32_t street = 0;
  bool forward = true;
  double heading_begin = 0, heading_end = 0;  // over the first and last metres
  NodeControl sign = NodeControl::kNone;      // stop or give way at its end
  bool goes_first = false;                    // an override gives it priority
  std::vector<std::uint32_t> car_lanes;  // lane indexes open to cars (all lanes where none is), kerb first
};

/// One way through a place, from link to link.
struct Movement {
  LinkId from, to;
  double turn = 0;  // radians, left positive
  ClassMask allowed = kAllClasses;
  bool u_turn = false;
};

struct Context {
  const StreetPlan& plan;
  const BuildOptions& options;
  Streets& streets;
  Network& network;
  std::vector<LinkOrigin> origins;                            // by link
  std::vector<std::vector<LinkId>> incoming, outgoing;        // by junction
  std::vector<double> turn_of;                                // by connection, radians, left positive
  std::vector<std::vector<std::uint32_t>> restrictions_from;  // by road: indexes of StreetPlan::restrictions
  std::vector<Problem>& problems;

  const Street& street_of(LinkId link) const { return streets.streets[origins[link.value].street]; }
};

/// The link that comes from one of `roads` into the junction of the plan node `via` (`into`), or leaves it
/// towards one of them. Where a way runs through the junction, `at` tells its two sides apart. None: `fault`
/// says why.
LinkId link_at(const Context& context, const std::vector<std::uint32_t>& roads, const FeatureName& name,
               std::uint32_t via, bool into, std::string& fault);

/// Links and lanes with their geometry, cut back so that junctions have an area; junctions with outlines.
void make_links(Context& context);

/// Which links lead to which, with turn restrictions.
std::vector<Movement> movements_at(Context& context, std::uint32_t place);

/// Signs and priority on approaches, by BuildOptions::edits. After make_links.
void edit_approaches(Context& context);

/// Lane connections and turn bans of BuildOptions::edits, found in the network, by junction.
struct MovementEdit {
  std::uint32_t edit = 0, junction = 0;
  LinkId from, to;
};
std::vector<MovementEdit> movement_edits(Context& context);

/// Connections from lane to lane with their curves and speeds, junction by junction.
void make_connections(Context& context);

/// Who yields: Conflict flags, Connection::priority, Junction::type. After find_conflicts.
void make_priorities(Context& context);

/// Whether the approach has a signal of its own at its end.
bool has_signal(const Context& context, LinkId link);

/// Programs for the places with signals. After make_priorities.
void make_signals(Context& context);

/// What a user should know about the result: guesses, dead ends, parts that do not connect.
void report_problems(Context& context);

}  // namespace arterial::build
