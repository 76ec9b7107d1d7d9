// What overrides ask of links and movements, found in the network under way.
#include <algorithm>

#include "sim/model/build_context.h"

namespace arterial::build {
namespace {

Polyline line_of(const Network& network, LinkId link) {
  const Shape& s = network[network[link].first_lane].shape;
  return {network.points.begin() + s.first, network.points.begin() + s.first + s.count};
}

}  // namespace

LinkId link_at(const Context& context, const std::vector<std::uint32_t>& roads, const FeatureName& name,
               std::uint32_t via, bool into, std::string& fault) {
  const std::string& node = context.plan.nodes[via].id;
  const std::uint32_t place = context.streets.place_of[via];
  if (place == kNoIndex) {
    fault = node + " is no junction of streets";
    return {};
  }
  std::vector<LinkId> found;
  for (const LinkId l : (into ? context.incoming : context.outgoing)[place]) {
    const auto& pieces = context.street_of(l).pieces;
    if (std::any_of(pieces.begin(), pieces.end(), [&](const StreetPiece& p) {
          return std::find(roads.begin(), roads.end(), p.road) != roads.end();
        }))
      found.push_back(l);
  }
  if (found.empty()) fault = name.id + (into ? " does not lead to " : " does not leave ") + node;
  if (found.size() < 2) return found.empty() ? LinkId{} : found.front();
  if (name.at.empty()) {
    fault = name.id + " lies on more than one side of " + node + "; say with 'at' which is meant";
    return {};
  }
  return *std::min_element(found.begin(), found.end(), [&](LinkId a, LinkId b) {
    return distance_to(line_of(context.network, a), name.at.front()) <
           distance_to(line_of(context.network, b), name.at.front());
  });
}

void edit_approaches(Context& context) {
  for (std::size_t i = 0; i < context.options.edits.size(); ++i) {
    const BuildEdit& edit = context.options.edits[i];
    if (edit.what.kind != OverrideKind::kRightOfWay) continue;
    const LinkId link = link_at(context, edit.from_roads, edit.what.roads.front(), edit.nodes.front(), true,
                                context.streets.edit_faults[i]);
    if (!link.valid()) continue;
    context.origins[link.value].sign = edit.what.sign;
    context.origins[link.value].goes_first = edit.what.sign == NodeControl::kNone;
  }
}

std::vector<MovementEdit> movement_edits(Context& context) {
  std::vector<MovementEdit> out;
  for (std::uint32_t i = 0; i < context.options.edits.size(); ++i) {
    const BuildEdit& edit = context.options.edits[i];
    if (edit.what.kind != OverrideKind::kBan && edit.what.kind != OverrideKind::kConnect) continue;
    std::string& fault = context.streets.edit_faults[i];
    const std::uint32_t via = edit.nodes.front();
    const LinkId from = link_at(context, edit.from_roads, edit.what.roads[0], via, true, fault);
    if (!from.valid()) continue;
    const LinkId to = link_at(context, edit.to_roads, edit.what.roads[1], via, false, fault);
    if (to.valid()) out.push_back({i, context.streets.place_of[via], from, to});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const MovementEdit& a, const MovementEdit& b) { return a.junction < b.junction; });
  return out;
}

}  // namespace arterial::build
