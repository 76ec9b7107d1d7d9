#include "gis/sumo_names.h"

#include <string_view>
#include <unordered_set>

#include "gis/text_output.h"

namespace arterial::sumo {
namespace {

constexpr std::string_view kForbidden = " \t\n\r|\\'\";,<>&";
constexpr std::size_t kLongestId = 1000;  // bytes; file systems and SUMO's own tools choke on more

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string repaired(std::string_view id) {
  std::string out;
  while (!id.empty() && out.size() < kLongestId) {
    const std::size_t size = gis::utf8_character_size(id);
    if (size == 0 || is_control(id[0]) || kForbidden.find(id[0]) != std::string_view::npos)
      out += '_';
    else
      out += id.substr(0, size);
    id.remove_prefix(size == 0 ? 1 : size);
  }
  if (out.empty()) return "_";
  if (out[0] == ':') out[0] = '_';
  return out;
}

template <class Objects>
std::vector<std::string> names_of(const Objects& objects) {
  std::vector<std::string_view> ids;
  for (const auto& object : objects) ids.push_back(object.id);
  return sumo_ids(ids);
}

}  // namespace

bool is_sumo_id(std::string_view id) { return !id.empty() && id.size() <= kLongestId && repaired(id) == id; }

std::vector<std::string> sumo_ids(const std::vector<std::string_view>& ids) {
  std::vector<std::string> out(ids.size());
  std::unordered_set<std::string> taken;
  // First those that need no repair, so that no sound id gives way to a repaired one.
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (is_sumo_id(ids[i]) && taken.emplace(ids[i]).second) out[i] = ids[i];
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!out[i].empty()) continue;
    const std::string stem = repaired(ids[i]);
    std::string id = stem;
    for (std::size_t copy = 2; !taken.insert(id).second; ++copy) id = stem + "~" + std::to_string(copy);
    out[i] = std::move(id);
  }
  return out;
}

Names::Names(const Network& network)
    : links(names_of(network.links)),
      junctions(names_of(network.junctions)),
      signals(names_of(network.signals)),
      stops(names_of(network.stops)),
      detectors(names_of(network.detectors)) {
  for (const Signal& signal : network.signals) programs.push_back(names_of(signal.programs));
}

std::string Names::lane(const Network& network, LaneId road_lane) const {
  const Lane& lane = network[road_lane];
  return links[lane.link.value] + "_" + std::to_string(lane.index);
}

}  // namespace arterial::sumo
