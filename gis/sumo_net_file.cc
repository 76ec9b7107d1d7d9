#include "gis/sumo_net_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "gis/sumo_permissions.h"
#include "gis/xml_reader.h"

namespace arterial::sumo {
namespace {

constexpr double kFarthest_m = 1e8;
constexpr double kLongest_m = 200000;  // lanes, see sim/model/network_checks.cc
constexpr std::size_t kMostLanes = 20'000'000;
constexpr std::size_t kMostRequests = 4096;  // of one junction; SUMO's own limit is 256
constexpr std::size_t kMostPointsInside =
    1000;                                    // of a lane inside a junction: every pair of them is compared
constexpr std::size_t kMostPhases = 10'000;  // of one program

constexpr std::string_view kBlank = " \t\r\n";

template <class Use>
void each_word(std::string_view text, Use use) {
  while (true) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return;
    text.remove_prefix(first);
    const std::string_view word = text.substr(0, text.find_first_of(kBlank));
    use(word);
    text.remove_prefix(word.size());
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  each_word(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

/// "x,y" or "x,y,z"; the height is dropped.
bool read_point(std::string_view word, Point& point) {
  const auto comma = word.find(',');
  if (comma == std::string_view::npos) return false;
  const std::string_view rest = word.substr(comma + 1);
  const auto x = to_number(word.substr(0, comma));
  const auto y = to_number(rest.substr(0, rest.find(',')));
  if (!x || !y) return false;
  point = {*x, *y};
  return true;
}

std::vector<Point> shape_of(const XmlElement& element, std::string_view attribute) {
  std::vector<Point> shape;
  each_word(element.text(attribute), [&](std::string_view word) {
    Point p;
    if (!read_point(word, p) || std::abs(p.x) > kFarthest_m || std::abs(p.y) > kFarthest_m)
      element.fail("the point \"" + std::string(word.substr(0, 60)) + "\" of its " + std::string(attribute) +
                       " is no pair of finite coordinates",
                   "Write x,y pairs in metres, or make the net again with netconvert");
    shape.push_back(p);
  });
  return shape;
}

double bounded(const XmlElement& element, std::string_view attribute, double value, double low, double high) {
  if (!(value >= low && value <= high))
    element.fail_attribute(attribute, "is out of range",
                           "Write a value from " + std::to_string(low) + " to " + std::to_string(high));
  return value;
}

/// Elements of additional files that belong to the demand, to outputs or to pictures: other readers take
/// them, or nobody misses them.
bool is_of_other_readers(std::string_view name) {
  static constexpr std::string_view kNames[] = {"vType",         "vTypeDistribution",
                                                "route",         "routeDistribution",
                                                "vehicle",       "trip",
                                                "flow",          "person",
                                                "personFlow",    "container",
                                                "containerFlow", "routes",
                                                "edgeData",      "laneData",
                                                "poly",          "poi",
                                                "location",      "type",
                                                "stopOffset"};
  for (const auto n : kNames)
    if (n == name) return true;
  return false;
}

class NetHandler : public XmlHandler {
 public:
  NetHandler(NetFile& net, bool additional) : net_(net), additional_(additional) {
    file_ = static_cast<std::uint32_t>(net.files.size() - 1);
  }

  void begin(const XmlElement& e) override {
    const std::string_view name = e.name();
    ++depth_;
    if (skip_below_ > 0) return;
    if (depth_ == 1) return root(e);
    if (depth_ == 2) return top(e);
    if (depth_ == 3) {
      if (inside_ == Inside::kEdge && name == "lane") return lane(e);
      if (inside_ == Inside::kEdge && name == "param" && e.text("key") == "origId") {
        net_.edges.back().source_id = e.text("value");
        return;
      }
      if (inside_ == Inside::kJunction && name == "request") return request(e);
      if (inside_ == Inside::kLogic && name == "phase") return phase(e);
      if (inside_ == Inside::kLogic && name == "param") {
        net_.logics.back().parameters[std::string(e.text("key"))] = std::string(e.text("value"));
        return;
      }
      if (inside_ == Inside::kSwitchPlan && name == "wautSwitch") {
        net_.switch_plans.back().switches.push_back({e.time("time"), std::string(e.required("to"))});
        return;
      }
    }
    // What is below means nothing to the network: lineage parameters, the inside of vehicle types and so on.
  }

  void end(std::string_view) override {
    if (depth_ == skip_below_) skip_below_ = 0;
    if (depth_ == 2) inside_ = Inside::kNothing;
    --depth_;
  }

 private:
  enum class Inside { kNothing, kEdge, kJunction, kLogic, kSwitchPlan };

  Source here(const XmlElement& e) const { return {file_, e.line()}; }

  void root(const XmlElement& e) {
    if (!additional_) {
      if (e.name() != "net")
        e.fail("this is no SUMO net: its root is <" + std::string(e.name().substr(0, 40)) + ">",
               "Give a .net.xml file written by netconvert or netedit");
      net_.seen_net = true;
      net_.version = e.text("version");
      net_.left_hand = e.boolean("lefthand", false);
    } else if (e.name() == "net") {
      e.fail("a net cannot be an additional file",
             "Give one net as SOURCE; name its additional files after it");
    }
  }

  void top(const XmlElement& e) {
    const std::string_view name = e.name();
    if (!additional_) {
      if (name == "edge") return edge(e);
      if (name == "connection") return connection(e);
      if (name == "junction") return junction(e);
      if (name == "location") return location(e);
      if (name == "roundabout") {
        for (auto& id : words_of(e.text("edges"))) net_.roundabout_edges.push_back(std::move(id));
        for (auto& id : words_of(e.text("nodes"))) net_.roundabout_nodes.push_back(std::move(id));
        return;
      }
      // Old spellings that newer nets do not use, and what the request matrices already say.
      if (name == "prohibition" || name == "succ" || name == "ROWLogic" || name == "junctionlogic") return;
    }
    if (name == "tlLogic") return logic(e);
    if (name == "WAUT") return switch_plan(e);
    if (name == "wautJunction") return switched_signal(e);
    if (name == "busStop" || name == "trainStop" || name == "parkingArea" || name == "containerStop" ||
        name == "chargingStation")
      return stop(e);
    if (name == "e1Detector" || name == "inductionLoop") return loop(e);
    if (is_of_other_readers(name)) {
      skip_below_ = depth_;
      return;
    }
    ++net_.left_out[std::string(name.substr(0, 60))];
    skip_below_ = depth_;
  }

  void location(const XmlElement& e) {
    if (e.has("netOffset")) {
      const bool read = read_point(e.text("netOffset"), net_.net_offset);
      if (!read || std::abs(net_.net_offset.x) > 1e9 || std::abs(net_.net_offset.y) > 1e9)
        e.fail_attribute("netOffset", "is no pair of finite coordinates", "Write x,y in metres");
    }
    const std::string_view projection = e.text("projParameter");
    if (projection != "!" && projection != "-") net_.projection = projection;
    if (net_.projection.size() > 4096) e.fail("its projParameter is too long", "Write a PROJ string");
  }

  ClassMask classes(const XmlElement& e, std::string_view attribute) {
    const SumoPermissions permissions = permissions_of_sumo(e.text(attribute));
    if (!permissions.unknown.empty()) ++net_.unknown_classes[std::string(permissions.unknown.substr(0, 60))];
    return permissions.mask;
  }

  /// SUMO: a list of what is allowed, or of what is not; neither admits all.
  ClassMask permissions(const XmlElement& e) {
    if (!e.text("allow").empty()) return classes(e, "allow");
    if (!e.text("disallow").empty()) return kAllClasses & ~classes(e, "disallow");
    return kAllClasses;
  }
  ClassMask no_change(const XmlElement& e, std::string_view attribute) {
    return e.text(attribute).empty() ? 0 : kAllClasses & ~classes(e, attribute);
  }

  void edge(const XmlElement& e) {
    Edge edge;
    edge.id = e.required("id");
    const std::string_view function = e.text("function", "normal");
    if (function == "internal")
      edge.function = EdgeFunction::kInternal;
    else if (function == "crossing")
      edge.function = EdgeFunction::kCrossing;
    else if (function == "walkingarea")
      edge.function = EdgeFunction::kWalkingArea;
    else if (function != "normal" && function != "connector" && !function.empty())
      e.fail_attribute("function", "is no function of an edge",
                       "Use normal, internal, connector, crossing or walkingarea");
    if (edge.id.empty()) e.fail_attribute("id", "is empty", "Give the edge an id");
    if (edge.function == EdgeFunction::kNormal) {
      edge.from = e.required("from");
      edge.to = e.required("to");
      edge.type = e.text("type");
      edge.name = e.text("name");
      edge.priority = e.integer("priority", 0);
    }
    edge.source = here(e);
    net_.edges.push_back(std::move(edge));
    inside_ = Inside::kEdge;
  }

  void lane(const XmlElement& e) {
    if (++lane_count_ > kMostLanes)
      e.fail("the net has more lanes than can be read", "Cut the net into parts");
    NetLane lane;
    lane.id = e.required("id");
    if (lane.id.empty()) e.fail_attribute("id", "is empty", "Give the lane an id");
    lane.index = e.integer("index");
    bounded(e, "index", static_cast<double>(lane.index), 0, 1000);
    lane.length_m = bounded(e, "length", e.number("length"), 0, kLongest_m);
    const bool internal = net_.edges.back().function != EdgeFunction::kNormal;
    if (lane.length_m <= 0 && !internal)
      e.fail_attribute("length", "is no length of a lane", "Write a positive number of metres");
    lane.speed_mps = bounded(e, "speed", e.number("speed"), 0, 1000);
    lane.width_m = bounded(e, "width", e.number("width", 3.2), 0, 1000);
    lane.allowed = permissions(e);
    lane.no_change_left = no_change(e, "changeLeft");
    lane.no_change_right = no_change(e, "changeRight");
    lane.shape = shape_of(e, "shape");
    if (lane.shape.size() < 2 && !internal)
      e.fail("its shape has fewer than two points", "Make the net again with netconvert");
    if (internal && lane.shape.size() > kMostPointsInside)
      e.fail("its shape has more than " + std::to_string(kMostPointsInside) + " points",
             "Draw it more simply");
    lane.source = here(e);
    net_.edges.back().lanes.push_back(std::move(lane));
  }

  void connection(const XmlElement& e) {
    NetConnection c;
    c.from = e.required("from");
    c.to = e.required("to");
    c.from_lane = e.integer("fromLane");
    c.to_lane = e.integer("toLane");
    c.via = e.text("via");
    c.signal = e.text("tl");
    c.signal_index = e.integer("linkIndex", -1);
    // -1: the signal knows the connection (of trains, say) but shows it no letter.
    if (c.signal_index != -1) bounded(e, "linkIndex", static_cast<double>(c.signal_index), 0, 65535);
    if (c.signal_index < 0) c.signal.clear();
    const std::string_view state = e.text("state", "M"), dir = e.text("dir", "s");
    c.state = state.empty() ? 'M' : state[0];
    c.dir = dir.empty() ? 's' : dir[0];
    c.keep_clear = e.boolean("keepClear", true);
    c.allowed = permissions(e);
    if (e.has("length")) c.length_m = std::max(0.0, bounded(e, "length", e.number("length"), -1, kLongest_m));
    c.source = here(e);
    net_.connections.push_back(std::move(c));
  }

  void junction(const XmlElement& e) {
    NetJunction j;
    j.id = e.required("id");
    j.type = e.text("type");
    j.at = {bounded(e, "x", e.number("x"), -kFarthest_m, kFarthest_m),
            bounded(e, "y", e.number("y"), -kFarthest_m, kFarthest_m)};
    if (j.type != "internal") {
      j.incoming_lanes = words_of(e.text("incLanes"));
      j.internal_lanes = words_of(e.text("intLanes"));
      j.shape = shape_of(e, "shape");
    }
    j.source = here(e);
    net_.junctions.push_back(std::move(j));
    inside_ = Inside::kJunction;
  }

  void request(const XmlElement& e) {
    auto& requests = net_.junctions.back().requests;
    Request r{e.integer("index"), std::string(e.required("response")), std::string(e.required("foes")),
              e.boolean("cont", false)};
    if (requests.size() >= kMostRequests || r.index < 0 ||
        r.index >= static_cast<std::int64_t>(kMostRequests))
      e.fail("the junction has more requests than can be read (" + std::to_string(kMostRequests) + ")",
             "Split the junction");
    if (r.response.size() > kMostRequests || r.response.find_first_not_of("01") != std::string::npos)
      e.fail_attribute("response", "is no row of 0 and 1", "Make the net again with netconvert");
    if (r.foes.size() > kMostRequests || r.foes.find_first_not_of("01") != std::string::npos)
      e.fail_attribute("foes", "is no row of 0 and 1", "Make the net again with netconvert");
    requests.push_back(std::move(r));
  }

  void logic(const XmlElement& e) {
    Logic l;
    l.id = e.required("id");
    l.type = e.text("type", "static");
    l.program = e.text("programID", "0");
    l.offset = e.text("offset", "0");
    l.additional = additional_;
    l.source = here(e);
    net_.logics.push_back(std::move(l));
    inside_ = Inside::kLogic;
  }

  void phase(const XmlElement& e) {
    auto& phases = net_.logics.back().phases;
    if (phases.size() >= kMostPhases)
      e.fail("the program has more than " + std::to_string(kMostPhases) + " phases",
             "Write a shorter program");
    NetPhase p;
    p.duration_s = bounded(e, "duration", e.time("duration"), 0, 1e8);
    if (e.has("minDur")) p.min_s = bounded(e, "minDur", e.time("minDur"), 0, 1e8);
    if (e.has("maxDur")) p.max_s = bounded(e, "maxDur", e.time("maxDur"), 0, 1e10);
    p.state = e.required("state");
    for (char& letter : p.state) {
      // Letters of early versions and of rail signals: blinking, and the cyan of a switched-off head.
      if (letter == 'Y')
        letter = 'y';
      else if (letter == 'R')
        letter = 'r';
      else if (letter == 'b' || letter == 'B')
        letter = 'o';
    }
    if (p.state.empty() || p.state.find_first_not_of("ruygGsoO") != std::string::npos)
      e.fail_attribute("state", "is no row of signal letters", "Use r, u, y, g, G, s, o and O");
    each_word(e.text("next"), [&](std::string_view word) {
      const auto next = to_integer(word);
      if (!next || *next < 0) e.fail_attribute("next", "is no list of phase indexes", "Write indexes from 0");
      p.next.push_back(*next);
    });
    phases.push_back(std::move(p));
  }

  void switch_plan(const XmlElement& e) {
    SwitchPlan plan;
    plan.id = e.required("id");
    plan.start_program = e.required("startProg");
    plan.reference_s = e.time("refTime", 0);
    plan.source = here(e);
    net_.switch_plans.push_back(std::move(plan));
    inside_ = Inside::kSwitchPlan;
  }

  void switched_signal(const XmlElement& e) {
    const std::string_view plan = e.required("wautID");
    for (SwitchPlan& p : net_.switch_plans)
      if (p.id == plan) {
        p.signals.emplace_back(e.required("junctionID"));
        return;
      }
    e.fail_attribute("wautID", "names no WAUT before it", "Define the WAUT first");
  }

  void stop(const XmlElement& e) {
    if (e.text("lane").empty()) {  // off the road, for instance a parking area that others refer to
      ++net_.left_out[std::string(e.name()) + " without a lane"];
      skip_below_ = depth_;
      return;
    }
    StopPlace s;
    s.kind = e.name();
    s.id = e.required("id");
    s.name = e.text("name");
    s.lane = e.text("lane");
    s.begin_stated = e.has("startPos");
    s.end_stated = e.has("endPos");
    s.begin_m = e.number("startPos", 0);
    s.end_m = e.number("endPos", 0);
    s.source = here(e);
    net_.stops.push_back(std::move(s));
    skip_below_ = depth_;
  }

  void loop(const XmlElement& e) {
    Loop l;
    l.id = e.required("id");
    l.lane = e.required("lane");
    l.pos_m = e.number("pos");
    for (const std::string_view attribute : {"period", "freq"})
      if (e.has(attribute)) {
        l.period_s = bounded(e, attribute, e.time(attribute), -1, 1e9);
        break;
      }
    if (l.period_s < 0) l.period_s = 0;  // SUMO's "once, at the end"
    l.source = here(e);
    net_.loops.push_back(std::move(l));
    skip_below_ = depth_;
  }

  NetFile& net_;
  bool additional_;
  std::uint32_t file_;
  int depth_ = 0, skip_below_ = 0;
  Inside inside_ = Inside::kNothing;
  std::size_t lane_count_ = 0;
};

}  // namespace

void NetFile::fail(const Source& source, const std::string& kind, const std::string& id,
                   const std::string& what, const std::string& remedy) const {
  std::string place = "line " + std::to_string(source.line) + ", " + kind;
  if (!id.empty()) place += " \"" + id.substr(0, 100) + "\"";
  throw InputError(files.at(source.file), place, what, remedy);
}

NetFile read_net_file(const std::string& path, const std::vector<std::string>& additional) {
  NetFile net;
  net.files.push_back(path);
  {
    NetHandler handler(net, false);
    read_xml(path, handler);
  }
  for (const std::string& file : additional) {
    net.files.push_back(file);
    NetHandler handler(net, true);
    read_xml(file, handler);
  }
  return net;
}

}  // namespace arterial::sumo
