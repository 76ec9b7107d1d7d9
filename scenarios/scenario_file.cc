#include "scenarios/scenario_file.h"

#include "gis/yaml_section.h"
#include "scenarios/demand/gravity.h"
#include "scenarios/text.h"
#include "sim/model/problem.h"
#include "sim/model/sim_options.h"

namespace arterial {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string beside(const std::string& file, const std::string& path) {
  return path.empty() || path[0] == '/' ? path : folder_of(file) + path;
}

/// Every option of the table whose key lies in this section: `time` holds time.begin as `begin`.
void read_options(const YamlSection& section, std::string_view section_name, ScenarioFile& scenario) {
  for (const auto& spec : sim_option_table()) {
    const auto dot = spec.key.find('.');
    const auto of = dot == std::string_view::npos ? std::string_view{} : spec.key.substr(0, dot);
    if (of != section_name) continue;
    const auto key = dot == std::string_view::npos ? spec.key : spec.key.substr(dot + 1);
    const auto text = section.text(key);
    if (!text) continue;
    const std::string wrong = set_option(scenario.options, spec, *text, scenario.calendar);
    if (!wrong.empty()) section.fail(key, "= '" + *text + "' " + wrong, std::string(spec.help));
  }
}

std::vector<std::string_view> option_keys(std::string_view section_name) {
  std::vector<std::string_view> keys;
  for (const auto& spec : sim_option_table()) {
    const auto dot = spec.key.find('.');
    if (dot == std::string_view::npos ? section_name.empty() : spec.key.substr(0, dot) == section_name)
      keys.push_back(dot == std::string_view::npos ? spec.key : spec.key.substr(dot + 1));
  }
  return keys;
}

std::vector<std::string> one_or_list(const std::string& file, const YAML::Node& node,
                                     const std::string& what) {
  std::vector<std::string> values;
  if (node.IsSequence())
    for (const auto& item : node) values.push_back(scalar_at(file, item, "an item of " + what));
  else
    values.push_back(scalar_at(file, node, what));
  if (values.empty()) fail_at(file, place_of(node), what + " is an empty list", "Name at least one");
  return values;
}

bool yes_no(const YamlSection& section, std::string_view key, bool otherwise) {
  const auto text = section.text(key);
  if (!text) return otherwise;
  std::string why;
  const auto value = parse_yes_no(*text, why);
  if (!value) section.fail(key, "= '" + *text + "' " + why, "Write yes or no");
  return *value;
}

DemandEntry read_demand_entry(const std::string& file, const YAML::Node& node) {
  DemandEntry entry;
  if (node.IsScalar()) {
    entry = demand_entry(node.Scalar());
    for (auto& path : entry.files) path = beside(file, path);
    entry.place = place_of(node);
    return entry;
  }
  const YamlSection section(
      file, node, "an entry of demand",
      {"file", "files", "od", "zones", "profile", "factor", "type", "random", "within", "gravity"});
  entry.place = place_of(node);
  int kinds = 0;
  for (const auto key : {"file", "files"})
    if (const auto value = section.find(key)) {
      ++kinds;
      for (const auto& path : one_or_list(file, *value, std::string("'") + key + "'"))
        entry.files.push_back(beside(file, path));
    }
  if (const auto matrix = section.text("od")) {
    ++kinds;
    entry.kind = DemandEntry::Kind::kOdMatrix;
    entry.files.push_back(beside(file, *matrix));
  }
  if (const auto trips = section.text("random")) {
    ++kinds;
    entry.kind = DemandEntry::Kind::kRandom;
    std::string why;
    const auto count = parse_count(*trips, why);
    if (!count) section.fail("random", "= '" + *trips + "' " + why, "Give the number of trips");
    if (*count > 1000000000) section.fail("random", "= '" + *trips + "' is above 1e9 trips", "Give fewer");
    entry.trips = *count;
  }
  if (const auto wish = section.text("gravity")) {
    ++kinds;
    try {
      const DemandEntry model =
          demand_entry(wish->empty() || *wish == "yes" ? "gravity" : "gravity:" + *wish);
      entry.kind = model.kind;
      entry.trips = model.trips;
      entry.trips_per_resident_h = model.trips_per_resident_h;
    } catch (const InputError&) {
      section.fail("gravity", "= '" + *wish + "' is neither a number of trips nor a rate",
                   "Give 'yes', a number such as 5000, or a rate such as 0.2/resident");
    }
  }
  if (const auto within = section.text("within")) {
    if (entry.kind != DemandEntry::Kind::kRandom)
      section.fail("within", "belongs to random trips", "Give it beside random");
    std::string why;
    const auto seconds = parse_duration_s(*within, why);
    if (!seconds || !(*seconds > 0))
      section.fail("within", "= '" + *within + "' " + (seconds ? "is not above zero" : why),
                   "Give a time such as 1 h");
    entry.within_s = *seconds;
  }
  if (kinds != 1)
    fail_at(file, entry.place,
            kinds == 0 ? "an entry of demand names no source" : "an entry of demand names several sources",
            "Give one of file, od, gravity and random in each entry");
  const bool od = entry.kind == DemandEntry::Kind::kOdMatrix;
  for (const auto key : {"zones", "profile", "factor"})
    if (!od && section.find(key) &&
        (entry.kind != DemandEntry::Kind::kGravity || std::string_view(key) != "profile"))
      section.fail(key, "belongs to an OD matrix", "Give it beside od");
  if (entry.kind == DemandEntry::Kind::kFile && section.find("type"))
    section.fail("type", "belongs to OD and random trips", "A file states its own types");
  entry.zones = beside(file, section.text("zones").value_or(""));
  entry.profile = beside(file, section.text("profile").value_or(""));
  entry.type = section.text("type").value_or("");
  if (const auto factor = section.text("factor")) {
    std::string why;
    const auto value = parse_number(*factor, why);
    if (!value) section.fail("factor", "= '" + *factor + "' " + why, "Give a number such as 1.1");
    if (!(*value >= 0 && *value <= 1000))
      section.fail("factor", "= '" + *factor + "' is outside 0 to 1000", "Give a smaller one");
    entry.factor = *value;
  }
  return entry;
}

constexpr std::string_view kChangeKinds[] = {"close_link",  "close_lanes",    "speed_limit",
                                             "permissions", "signal_program", "signal_offset",
                                             "turn_ban",    "demand_factor",  "incident"};

std::vector<std::string_view> keys_of_change(std::string_view kind) {
  std::vector<std::string_view> keys;
  if (kind == "close_link") keys = {"link"};
  if (kind == "close_lanes") keys = {"link", "lanes"};
  if (kind == "speed_limit") keys = {"link", "lanes", "speed"};
  if (kind == "permissions") keys = {"link", "lanes", "allow", "disallow"};
  if (kind == "signal_program") keys = {"signal", "program"};
  if (kind == "signal_offset") keys = {"signal", "offset"};
  if (kind == "turn_ban") keys = {"from_link", "to_link"};
  if (kind == "demand_factor") keys = {"factor"};
  if (kind == "incident") keys = {"link", "lanes", "position", "length"};
  for (const auto common : {"begin", "end", "note"}) keys.emplace_back(common);
  return keys;
}

/// Window times become seconds here, where the calendar of the file is known.
void settle_window(const std::string& file, Calendar& calendar, ChangeEntry& change) {
  for (auto& field : change.fields) {
    if (field.key != "begin" && field.key != "end") continue;
    std::string why;
    const auto value =
        field.values.size() == 1 ? parse_clock_s(field.values[0], calendar, why) : std::nullopt;
    if (!value)
      fail_at(file, field.place,
              change.kind + ": " + field.key + " = '" + field.values[0] + "' " +
                  (why.empty() ? "is a list" : why),
              "Times of day count from 00:00");
    field.values[0] = fixed(*value, 3);
  }
}

ChangeEntry read_change(const std::string& file, const YAML::Node& node) {
  const YamlSection outer(file, node, "an entry of changes",
                          std::vector<std::string_view>(std::begin(kChangeKinds), std::end(kChangeKinds)));
  if (outer.entries().size() != 1)
    fail_at(file, place_of(node), "an entry of changes must name exactly one change",
            "Write '- close_link: {...}'");
  ChangeEntry change;
  change.kind = outer.entries()[0].key;
  change.place = outer.entries()[0].key_place;
  const YamlSection section(file, outer.entries()[0].value, change.kind, keys_of_change(change.kind));
  for (const auto& entry : section.entries())
    change.fields.push_back({entry.key, one_or_list(file, entry.value, "'" + entry.key + "'"),
                             entry.value.IsSequence(), place_of(entry.value)});
  return change;
}

void read_outputs(const YAML::Node& node, ScenarioFile& scenario) {
  auto keys = option_keys("outputs");
  for (const auto key : {"fcd", "hash_every", "checkpoint_every", "map", "report", "geopackage"})
    keys.emplace_back(key);
  const YamlSection section(scenario.path, node, "outputs", keys);
  read_options(section, "outputs", scenario);
  auto& outputs = scenario.outputs;
  outputs.fcd = section.text("fcd").value_or("");
  std::string why;
  if (const auto text = section.text("hash_every")) {
    const auto value = parse_count(*text, why);
    if (!value) section.fail("hash_every", "= '" + *text + "' " + why, "Give a number of steps");
    outputs.hash_every = *value;
  }
  if (const auto text = section.text("checkpoint_every")) {
    const auto value = parse_duration_s(*text, why);
    if (!value)
      section.fail("checkpoint_every", "= '" + *text + "' " + why, "Give a simulated time, such as 15 min");
    outputs.checkpoint_every_s = *value;
  }
  outputs.map = yes_no(section, "map", outputs.map);
  outputs.report = yes_no(section, "report", outputs.report);
  outputs.geopackage = yes_no(section, "geopackage", outputs.geopackage);
}

}  // namespace

DemandEntry demand_entry(const std::string& text) {
  DemandEntry entry;
  if (const auto wish = gravity_wish(text)) {
    entry.kind = DemandEntry::Kind::kGravity;
    entry.trips = wish->trips;
    entry.trips_per_resident_h = wish->trips_per_resident_h;
    return entry;
  }
  if (text.starts_with("random:")) {
    entry.kind = DemandEntry::Kind::kRandom;
    std::string why;
    const std::string_view numbers = std::string_view(text).substr(7);
    const std::size_t colon = numbers.find(':');
    const auto trips = parse_count(numbers.substr(0, colon), why);
    if (!trips || *trips > 1000000000)
      throw InputError("--demand " + text, "",
                       trips ? "asks for more than 1e9 trips" : "the part after 'random:' " + why,
                       "Write random:5000 for 5000 trips");
    entry.trips = *trips;
    if (colon != std::string_view::npos) {
      const auto seconds = parse_count(numbers.substr(colon + 1), why);
      if (!seconds || *seconds == 0)
        throw InputError(
            "--demand " + text, "",
            seconds ? "asks for departures within no time" : "the part behind the number of trips " + why,
            "Write random:5000:3600 for 5000 departures in the first hour");
      entry.within_s = static_cast<double>(*seconds);
    }
    return entry;
  }
  if (text.empty()) throw InputError("--demand", "", "is empty", "Give a file, random:TRIPS or gravity");
  entry.files.push_back(text);
  return entry;
}

ScenarioFile read_scenario_file(const std::string& path) {
  return parse_scenario(path, read_text_file(path, YamlLimits{}.bytes));
}

ScenarioFile parse_scenario(const std::string& path, const std::string& text) {
  ScenarioFile scenario;
  scenario.path = path;
  scenario.text = text;
  const YAML::Node root = load_yaml(path, text);
  if (!root.IsDefined() || root.IsNull())
    fail_at(path, {}, "is empty", "Write at least 'network: city.arnet' and 'demand: [random: 5000]'");
  try {
    auto keys = option_keys("");
    for (const auto key : {"name", "network", "demand", "time", "outputs", "rerouting", "jams", "changes"})
      keys.emplace_back(key);
    const YamlSection top(path, root, "the scenario", keys);
    scenario.name = top.text("name").value_or("");
    const auto network = top.text("network");
    if (!network) fail_at(path, {1, 1}, "names no network", "Add 'network: city.arnet'");
    scenario.network = beside(path, *network);
    scenario.network_place = place_of(*top.find("network"));
    if (const auto node = top.find("time"))
      read_options(YamlSection(path, *node, "time", option_keys("time")), "time", scenario);
    read_options(top, "", scenario);
    for (const std::string_view name : {"rerouting", "jams"})
      if (const auto node = top.find(name))
        read_options(YamlSection(path, *node, std::string(name), option_keys(name)), name, scenario);
    if (const auto node = top.find("outputs")) read_outputs(*node, scenario);
    if (const auto node = top.find("demand")) {
      if (node->IsSequence())
        for (const auto& item : *node) scenario.demand.push_back(read_demand_entry(path, item));
      else
        scenario.demand.push_back(read_demand_entry(path, *node));
    }
    if (const auto node = top.find("changes"); node && !node->IsNull()) {
      if (!node->IsSequence())
        fail_at(path, place_of(*node), "'changes' must be a list", "Begin each change with '- '");
      for (const auto& item : *node) {
        scenario.changes.push_back(read_change(path, item));
        settle_window(path, scenario.calendar, scenario.changes.back());
      }
    }
  } catch (const YAML::Exception& error) {
    fail_at(path, {error.mark.line + 1, error.mark.column + 1}, "is no valid scenario: " + error.msg,
            "Correct the line");
  }
  return scenario;
}

std::string resolved_yaml(const ScenarioFile& scenario) {
  // JSON strings are YAML strings.
  std::string out;
  if (!scenario.name.empty()) out += "name: " + json_string(scenario.name) + "\n";
  out += "network: " + json_string(scenario.network) + "\ndemand:\n";
  for (const auto& entry : scenario.demand) {
    std::string line;
    if (entry.kind == DemandEntry::Kind::kRandom) {
      line = "random: " + std::to_string(entry.trips);
      if (entry.within_s > 0) line += ", within: " + json_string(fixed(entry.within_s, 3) + " s");
    } else if (entry.kind == DemandEntry::Kind::kGravity) {
      line =
          "gravity: " + (entry.trips > 0                  ? std::to_string(entry.trips)
                         : entry.trips_per_resident_h > 0 ? fixed(entry.trips_per_resident_h, 6) + "/resident"
                                                          : "yes");
      if (!entry.profile.empty()) line += ", profile: " + json_string(entry.profile);
    } else if (entry.kind == DemandEntry::Kind::kOdMatrix) {
      line = "od: " + json_string(entry.files.at(0)) + ", factor: " + fixed(entry.factor, 6);
      if (!entry.zones.empty()) line += ", zones: " + json_string(entry.zones);
      if (!entry.profile.empty()) line += ", profile: " + json_string(entry.profile);
    } else {
      line = "files: [";
      for (std::size_t i = 0; i < entry.files.size(); ++i)
        line += (i ? ", " : "") + json_string(entry.files[i]);
      line += "]";
    }
    if (!entry.type.empty()) line += ", type: " + json_string(entry.type);
    out += "  - {" + line + "}\n";
  }
  if (scenario.demand.empty()) out.replace(out.size() - 1, 1, " []\n");
  std::string open;
  for (const auto& spec : sim_option_table()) {
    const auto dot = spec.key.find('.');
    const std::string section(dot == std::string_view::npos ? "" : spec.key.substr(0, dot));
    if (section != open && !section.empty()) out += section + ":\n";
    open = section;
    out += (section.empty() ? "" : "  ") +
           std::string(dot == std::string_view::npos ? spec.key : spec.key.substr(dot + 1)) + ": " +
           option_text(scenario.options, spec) + "\n";
    if (spec.key == "outputs.interval") {
      const auto& outputs = scenario.outputs;
      if (!outputs.fcd.empty()) out += "  fcd: " + json_string(outputs.fcd) + "\n";
      out += "  hash_every: " + std::to_string(outputs.hash_every) + "\n";
      out += "  checkpoint_every: " + fixed(outputs.checkpoint_every_s, 3) + "\n";
      out += std::string("  map: ") + (outputs.map ? "yes" : "no") +
             "\n  report: " + (outputs.report ? "yes" : "no") +
             "\n  geopackage: " + (outputs.geopackage ? "yes" : "no") + "\n";
    }
  }
  if (!scenario.changes.empty()) out += "changes:\n";
  for (const auto& change : scenario.changes) {
    out += "  - " + change.kind + ": {";
    for (std::size_t i = 0; i < change.fields.size(); ++i) {
      const auto& field = change.fields[i];
      out += (i ? ", " : "") + field.key + ": ";
      if (field.is_list) out += "[";
      for (std::size_t k = 0; k < field.values.size(); ++k)
        out += (k ? ", " : "") + json_string(field.values[k]);
      if (field.is_list) out += "]";
    }
    out += "}\n";
  }
  return out;
}

}  // namespace arterial
