#include "tests/ascii_network.h"

#include <cctype>
#include <map>
#include <sstream>
#include <stdexcept>

namespace arterial {

namespace {

struct Stroke {
  char character;
  int along, against;  // lanes in reading direction (right or down), and back
};
constexpr Stroke kAcross[] = {{'-', 1, 1}, {'=', 2, 2}, {'>', 1, 0}, {'<', 0, 1}};
constexpr Stroke kDown[] = {{'|', 1, 1}, {':', 2, 2}, {'v', 1, 0}, {'^', 0, 1}};

bool is_node(char c) {
  return std::isupper(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c));
}

template <std::size_t N>
const Stroke* stroke(const Stroke (&strokes)[N], char c) {
  for (const Stroke& s : strokes)
    if (s.character == c) return &s;
  return nullptr;
}

RoadClass road_class(const std::string& name) {
  static const std::map<std::string, RoadClass> classes{
      {"motorway", RoadClass::kMotorway},         {"primary", RoadClass::kPrimary},
      {"secondary", RoadClass::kSecondary},       {"tertiary", RoadClass::kTertiary},
      {"residential", RoadClass::kResidential},   {"service", RoadClass::kService},
      {"motorway_link", RoadClass::kMotorwayLink}};
  return classes.at(name);
}

NodeControl control(const std::string& name) {
  static const std::map<std::string, NodeControl> controls{{"signal", NodeControl::kSignal},
                                                           {"stop", NodeControl::kStop},
                                                           {"all_way_stop", NodeControl::kAllWayStop},
                                                           {"yield", NodeControl::kYield},
                                                           {"mini_roundabout", NodeControl::kMiniRoundabout}};
  return controls.at(name);
}

class Drawing {
 public:
  Drawing(std::string_view drawing, double metres) {
    std::string line;
    for (std::istringstream in{std::string(drawing)}; std::getline(in, line);) lines_.push_back(line);
    for (std::size_t y = 0; y < lines_.size(); ++y)
      for (std::size_t x = 0; x < lines_[y].size(); ++x) {
        const char c = lines_[y][x];
        if (!is_node(c)) continue;
        if (!nodes_.emplace(c, static_cast<std::uint32_t>(plan.nodes.size())).second)
          throw std::logic_error(std::string("two nodes are called ") + c);
        PlanNode node;
        node.id = std::string("node/") + c;
        node.at = {static_cast<double>(x) * metres, -2.0 * metres * static_cast<double>(y)};
        plan.nodes.push_back(node);
      }
    for (std::size_t y = 0; y < lines_.size(); ++y)
      for (std::size_t x = 0; x < lines_[y].size(); ++x)
        if (is_node(lines_[y][x])) {
          follow(x, y, 1, 0, kAcross);
          follow(x, y, 0, 1, kDown);
        }
  }

  void say(const std::string& entry) {
    std::istringstream in(entry);
    std::string name, word;
    if (!(in >> name)) return;
    while (in >> word) {
      if (name.size() == 1) {
        plan.nodes.at(nodes_.at(name[0])).control = control(word);
        continue;
      }
      bool drawn_so = true;
      PlanRoad& road = find_road(name, drawn_so);
      const std::string key = word.substr(0, word.find('='));
      const std::string value = word.find('=') == std::string::npos ? "" : word.substr(word.find('=') + 1);
      if (key == "lanes") {
        (drawn_so ? road.forward : road.backward).lanes = std::stoi(value);
        (drawn_so ? road.backward : road.forward).lanes = std::stoi(value.substr(value.find('+') + 1));
      } else if (key == "speed") {
        road.forward.speed_mps = road.backward.speed_mps = std::stod(value) / 3.6;
      } else if (key == "class") {
        road.road_class = road_class(value);
      } else if (key == "roundabout") {
        road.roundabout = true;
      } else {
        throw std::logic_error("no such word: " + word);
      }
    }
  }

  StreetPlan plan;

 private:
  char at(std::size_t x, std::size_t y) const {
    return y < lines_.size() && x < lines_[y].size() ? lines_[y][x] : ' ';
  }

  template <std::size_t N>
  void follow(std::size_t x, std::size_t y, std::size_t dx, std::size_t dy, const Stroke (&strokes)[N]) {
    const char from = at(x, y);
    const Stroke* s = stroke(strokes, at(x + dx, y + dy));
    if (!s) return;
    do {
      x += dx;
      y += dy;
    } while (at(x, y) == s->character);
    if (!is_node(at(x, y))) throw std::logic_error(std::string("a road from ") + from + " ends in the air");
    PlanRoad road;
    road.id = std::string("way/") + from + at(x, y);
    road.road_class = s->along + s->against > 2 ? RoadClass::kSecondary : RoadClass::kResidential;
    road.nodes = {nodes_.at(from), nodes_.at(at(x, y))};
    road.forward.lanes = s->along;
    road.backward.lanes = s->against;
    if (s->along == 0) {  // drawn against its direction
      std::swap(road.forward, road.backward);
      std::swap(road.nodes[0], road.nodes[1]);
      road.id = std::string("way/") + at(x, y) + from;
    }
    plan.roads.push_back(road);
  }

  PlanRoad& find_road(const std::string& name, bool& drawn_so) {
    for (PlanRoad& r : plan.roads) {
      drawn_so = r.id == "way/" + name;
      if (drawn_so || r.id == std::string("way/") + name[1] + name[0]) return r;
    }
    throw std::logic_error("no road is drawn between " + name);
  }

  std::vector<std::string> lines_;
  std::map<char, std::uint32_t> nodes_;
};

bool made_of(const Network& net, JunctionId j, char node) {
  for (const std::string& id : net[j].source_ids)
    if (id == std::string("node/") + node) return true;
  return false;
}

}  // namespace

StreetPlan ascii_plan(std::string_view drawing, std::string_view words, double metres) {
  Drawing d(drawing, metres);
  std::string entry;
  for (std::istringstream in{std::string(words)}; std::getline(in, entry, ';');) d.say(entry);
  return d.plan;
}

Network ascii_network(std::string_view drawing, std::string_view words, double metres) {
  return build_network(ascii_plan(drawing, words, metres));
}

LinkId link_between(const Network& net, std::string_view from_to) {
  for (std::uint32_t l = 0; l < net.links.size(); ++l)
    if (made_of(net, net.links[l].from, from_to[0]) && made_of(net, net.links[l].to, from_to[1]))
      return LinkId(l);
  throw std::logic_error("no link " + std::string(from_to));
}

std::vector<LinkId> links_along(const Network& net, std::string_view nodes) {
  std::vector<LinkId> links;
  for (std::size_t k = 0; k + 1 < nodes.size(); ++k) links.push_back(link_between(net, nodes.substr(k, 2)));
  return links;
}

LaneId lane_of(const Network& net, std::string_view from_to, int index) {
  const Link& link = net[link_between(net, from_to)];
  if (index >= link.lane_count) throw std::logic_error("no such lane of " + std::string(from_to));
  return LaneId(link.first_lane.value + static_cast<std::uint32_t>(index));
}

JunctionId junction_at(const Network& net, char node) {
  for (std::uint32_t j = 0; j < net.junctions.size(); ++j)
    if (made_of(net, JunctionId(j), node)) return JunctionId(j);
  throw std::logic_error(std::string("no junction at ") + node);
}

std::vector<ConnectionId> connections_between(const Network& net, std::string_view from_via_to) {
  const LinkId from = link_between(net, from_via_to.substr(0, 2)),
               to = link_between(net, from_via_to.substr(1, 2));
  std::vector<ConnectionId> found;
  for (std::uint32_t c = 0; c < net.connections.size(); ++c)
    if (net[net.connections[c].from].link == from && net[net.connections[c].to].link == to)
      found.emplace_back(c);
  return found;
}

}  // namespace arterial
