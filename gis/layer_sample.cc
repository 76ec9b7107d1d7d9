#include "gis/layer_sample.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

namespace arterial {
namespace {

constexpr std::uint64_t kMostRows = 20'000;
constexpr std::size_t kMostValues = 400;

/// Lower case, letters and digits alone: "From_Node ID" is "fromnodeid".
std::string bare(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

struct RoleNames {
  FieldRole role;
  std::vector<std::string_view> names;  // in the order of preference
};

const std::vector<RoleNames>& role_names() {
  static const std::vector<RoleNames> table{
      {FieldRole::kId,
       {"osmid", "uniqueid", "linkid", "edgeid", "roadid", "segmentid", "streetid", "nodeid", "id", "gid",
        "objectid", "fid", "uid"}},
      {FieldRole::kFrom,
       {"fromnodeid", "fromnode", "fromid", "from", "u", "anode", "nodea", "source", "startnode", "fnode",
        "initnode", "inode"}},
      {FieldRole::kTo,
       {"tonodeid", "tonode", "toid", "to", "v", "bnode", "nodeb", "target", "endnode", "tnode", "termnode",
        "jnode"}},
      {FieldRole::kName,
       {"name", "streetname", "roadname", "fullname", "street", "strname", "stname", "linkname", "label"}},
      {FieldRole::kDirection,
       {"oneway", "direction", "trafficdir", "traveldir", "dirtravel", "dir", "onewaycode", "flowdir"}},
      {FieldRole::kLanes, {"lanes", "numlanes", "nlanes", "lanecount", "nolanes", "lane", "lanenumber"}},
      {FieldRole::kLanesTotal, {"lanestotal", "totallanes", "alllanes"}},
      {FieldRole::kLanesForward, {"lanesforward", "lanesab", "ablanes", "lanesfwd"}},
      {FieldRole::kLanesBackward, {"lanesbackward", "lanesba", "balanes", "lanesbwd"}},
      {FieldRole::kSpeed,
       {"maxspeed", "speedlimit", "speedmph", "speedkmh", "speedkph", "speedmps", "postedspeed", "freespeed",
        "freeflowspeed", "speed", "vmax", "spd", "speedab"}},
      {FieldRole::kClass,
       {"highway", "fclass", "roadclass", "roadtype", "functionalclass", "funcclass", "facilitytype",
        "linktype", "class", "type", "hierarchy", "category", "frc"}},
      {FieldRole::kCapacity, {"capacity", "capacityvph", "cap", "capacityab"}},
      {FieldRole::kLevel, {"layer", "level", "zlevel", "bridge", "tunnel"}},
      {FieldRole::kRoundabout, {"roundabout", "junction"}},
      {FieldRole::kLaneWidth, {"lanewidth", "lanewidthm"}},
      {FieldRole::kLength, {"length", "lengthm", "distance"}},
      {FieldRole::kX, {"x", "lon", "lng", "long", "longitude", "xcoord", "xcoordinate", "easting"}},
      {FieldRole::kY, {"y", "lat", "latitude", "ycoord", "ycoordinate", "northing"}},
      {FieldRole::kControl, {"highway", "control", "ctrltype", "signal", "controltype", "type"}},
      {FieldRole::kHeight, {"height", "heightm", "buildingheight", "bldgheight", "hgt", "elevheight"}},
      {FieldRole::kResidents,
       {"residents", "population", "totpop", "pop", "inhabitants", "poptotal", "pop100"}},
      {FieldRole::kJobs, {"jobs", "employment", "totemp", "emp", "workplaces", "jobstotal"}},
      {FieldRole::kZone, {"zone", "zoneid", "taz", "tazid", "taz1454", "tract", "id", "geoid", "fid"}},
  };
  return table;
}

void take(FieldSample& field, std::unordered_set<std::string>& seen, std::string value) {
  if (value.empty()) return;
  ++field.filled;
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) {
    field.all_numbers = false;
  } else {
    field.low = field.filled == 1 ? number : std::min(field.low, number);
    field.high = field.filled == 1 ? number : std::max(field.high, number);
  }
  if (field.all_different) field.all_different = seen.insert(value).second;
  const auto found = field.values.find(value);
  if (found != field.values.end())
    ++found->second;
  else if (field.values.size() < kMostValues && value.size() <= 100)
    field.values.emplace(std::move(value), 1);
}

std::optional<Point> place_of_row(const VectorRow& row, VectorLayer::Shapes shapes) {
  switch (shapes) {
    case VectorLayer::Shapes::kPoints: {
      const auto points = row.points();
      return points.empty() ? std::nullopt : std::optional(points[0]);
    }
    case VectorLayer::Shapes::kLines: {
      const auto lines = row.lines();
      return lines.empty() ? std::nullopt : std::optional(lines[0][0]);
    }
    case VectorLayer::Shapes::kAreas: {
      const auto rings = row.rings();
      return rings.empty() ? std::nullopt : std::optional(rings[0][0]);
    }
    default: return std::nullopt;
  }
}

}  // namespace

LayerSample sample_of(const VectorLayer& layer) {
  LayerSample sample;
  sample.layer = &layer;
  sample.fields.resize(layer.fields().size());
  std::vector<std::unordered_set<std::string>> seen(layer.fields().size());
  for (std::size_t k = 0; k < sample.fields.size(); ++k) sample.fields[k].name = layer.fields()[k];
  sample.rows = layer.each(
      [&](const VectorRow& row) {
        if (!sample.place) sample.place = place_of_row(row, layer.shapes());
        for (std::size_t k = 0; k < sample.fields.size(); ++k)
          take(sample.fields[k], seen[k], row.text(static_cast<int>(k)));
      },
      kMostRows);
  return sample;
}

const FieldSample* field_for(const LayerSample& sample, FieldRole role) {
  for (const RoleNames& known : role_names()) {
    if (known.role != role) continue;
    for (const std::string_view name : known.names)
      for (const FieldSample& field : sample.fields)
        if (field.filled > 0 && bare(field.name) == name) return &field;
  }
  return nullptr;
}

bool is_named(const LayerSample& sample, std::initializer_list<std::string_view> words) {
  const std::string name = bare(sample.layer->name());
  for (const std::string_view word : words)
    if (name.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace arterial
