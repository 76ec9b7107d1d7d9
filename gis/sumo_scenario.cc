#include "gis/sumo_scenario.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "gis/sumo_reader.h"
#include "gis/text_output.h"
#include "gis/xml_reader.h"
#include "sim/model/atomic_file.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;
using gis::json_text;
using gis::number_text;

constexpr double kHour_s = 3600;

/// A name in the configuration, seen from where the configuration lies. Files only: no URLs, no virtual file
/// systems.
std::string beside(const XmlElement& e, const std::string& configuration, std::string_view name) {
  if (name.find("://") != std::string_view::npos || name.starts_with("/vsi") ||
      name.find('\0') != std::string_view::npos)
    e.fail_attribute("value", "is no file name", "Name files on this machine");
  const fs::path path{std::string(name)};
  return path.is_absolute() ? path.string()
                            : (fs::path(configuration).parent_path() / path).lexically_normal().string();
}

/// "a.xml,b.xml" or blank separated.
std::vector<std::string> files_of(const XmlElement& e, const std::string& configuration,
                                  std::string_view list) {
  std::vector<std::string> files;
  while (!list.empty()) {
    const auto end = list.find_first_of(",;");
    std::string_view name = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    while (!name.empty() && (name.front() == ' ' || name.front() == '\n' || name.front() == '\t'))
      name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\n' || name.back() == '\t'))
      name.remove_suffix(1);
    if (!name.empty()) files.push_back(beside(e, configuration, name));
  }
  return files;
}

class ConfigurationHandler : public XmlHandler {
 public:
  explicit ConfigurationHandler(SumoConfiguration& c) : c_(c) {}

  void begin(const XmlElement& e) override {
    const std::string_view name = e.name();
    if (++depth_ == 1) {
      if (name != "configuration" && name != "sumoConfiguration")
        e.fail("this is no SUMO configuration", "Give a .sumocfg file");
      return;
    }
    const auto stated = e.has("value") ? e.attribute("value") : e.attribute("v");
    if (!stated) {
      if (depth_ == 2) section_ = name;
      return;
    }
    const std::string_view value = *stated;
    if (name == "net-file" || name == "net" || name == "n") {
      const auto files = files_of(e, c_.path, value);
      if (files.size() != 1) e.fail_attribute("value", "must name one net", "Name one .net.xml file");
      c_.net = files.front();
    } else if (name == "route-files" || name == "routes" || name == "r") {
      c_.routes = files_of(e, c_.path, value);
    } else if (name == "additional-files" || name == "additional" || name == "a") {
      c_.additional = files_of(e, c_.path, value);
    } else if (name == "begin" || name == "b") {
      c_.begin_s = time(e, value);
    } else if (name == "end" || name == "e") {
      c_.end_s = time(e, value);
    } else if (name == "step-length") {
      c_.step_s = time(e, value);
    } else if (name == "seed") {
      if (!to_integer(value)) e.fail_attribute("value", "is no seed", "Write a whole number");
      c_.seed = std::to_string(*to_integer(value));
    } else if (name == "device.rerouting.probability") {
      c_.reroute_share = std::clamp(number(e, value), 0.0, 1.0);
    } else if (name == "device.rerouting.period") {
      c_.reroute_period_s = time(e, value);
    } else if (name == "device.rerouting.adaptation-interval") {
      c_.departure_choice = time(e, value) > 0;
    } else if (section_ != "output" && section_ != "report" && section_ != "gui_only") {
      c_.not_carried.push_back(std::string(name.substr(0, 80)) + "=" + std::string(value.substr(0, 80)));
    }
  }
  void end(std::string_view) override { --depth_; }

 private:
  static double time(const XmlElement& e, std::string_view value) {
    const auto seconds = to_time(value);
    if (!seconds || std::abs(*seconds) > 366 * 24 * kHour_s)
      e.fail_attribute("value", "is no time", "Write seconds or HH:MM:SS");
    return *seconds;
  }
  static double number(const XmlElement& e, std::string_view value) {
    const auto number = to_number(value);
    if (!number) e.fail_attribute("value", "is no number", "Write a decimal number");
    return *number;
  }

  SumoConfiguration& c_;
  int depth_ = 0;
  std::string section_;
};

/// Whether a file brings demand, and when its last vehicle sets out.
class DemandScan : public XmlHandler {
 public:
  bool has_demand = false;
  double last_s = 0;

  void begin(const XmlElement& e) override {
    ++depth_;
    const std::string_view name = e.name();
    const bool flow = name == "flow" || name == "personFlow" || name == "interval";
    const bool travels = flow || name == "vehicle" || name == "trip" || name == "person";
    if (depth_ >= 2 && (travels || name == "vType" || name == "vTypeDistribution" || name == "route" ||
                        name == "routeDistribution"))
      has_demand = true;
    if (!travels) return;
    if (const auto at = to_time(e.text(flow ? "end" : "depart")); at && *at < 366 * 24 * kHour_s)
      last_s = std::max(last_s, *at);
  }
  void end(std::string_view) override { --depth_; }

 private:
  int depth_ = 0;
};

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder))
    throw InputError(folder, "",
                     "the folder cannot be made" + (error ? " (" + error.message() + ")" : std::string()),
                     "Choose another folder for the scenario");
}

void copy_file(const std::string& from, const std::string& to) {
  std::ifstream in(from, std::ios::binary);
  if (!in) throw InputError(from, "", "cannot be read", "Check its permissions");
  AtomicFile out(to);
  std::string chunk(1 << 20, '\0');
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    out.write(std::string_view(chunk).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad()) throw InputError(from, "", "could not be read to the end", "Check the disk");
  out.commit();
}

/// The files that are there. A missing one is an error or, on request, a line in `missing`.
std::vector<std::string> present(const SumoConfiguration& c, const std::vector<std::string>& files,
                                 bool skip_missing, std::vector<std::string>& missing) {
  std::vector<std::string> out;
  for (const std::string& file : files) {
    std::error_code error;
    if (fs::exists(file, error)) {
      out.push_back(file);
    } else if (skip_missing) {
      missing.push_back(file);
    } else {
      throw InputError(c.path, "", "it names the file " + file + ", which does not exist",
                       "Put the file there, correct the configuration, or import with --skip-missing");
    }
  }
  return out;
}

/// SUMO's step must divide a second here, and be 0.1 s at least.
double step_of(const SumoConfiguration& c) {
  if (c.step_s >= 1) return 1;
  for (const double step : {0.5, 0.25, 0.2, 0.125, 0.1})
    if (c.step_s >= step - 1e-9) return step;
  return 0.1;
}

std::string scenario_text(const SumoConfiguration& c, const SumoImport& import) {
  std::string out = "# Imported from the SUMO configuration " + fs::path(c.path).filename().string() +
                    " by arterial import\n";
  out += "network: city.arnet\n";
  if (import.demand_files.empty()) {
    out += "demand: []\n";
  } else {
    out += "demand:\n  - files:\n";  // in SUMO's order: additional files (types first), then routes
    for (const std::string& file : import.demand_files) out += "      - " + json_text(file) + "\n";
  }
  const double step = step_of(c);
  out += "time:\n  begin: " + json_text(clock_text(std::max(0.0, c.begin_s))) +
         "\n  end: " + json_text(clock_text(import.end_s));
  if (c.end_s < 0) out += "  # SUMO stops with the last vehicle; this is an hour after the last departure";
  out += "\n  step: " + json_text(number_text(step) + " s");
  if (std::abs(step - c.step_s) > 1e-9) out += "  # the configuration says " + number_text(c.step_s) + " s";
  out += "\n";
  if (!c.seed.empty() && c.seed[0] != '-') out += "seed: " + c.seed + "\n";
  if (c.reroute_share > 0 || !c.departure_choice) out += "rerouting:\n";
  if (!c.departure_choice) out += "  departure_choice: \"0 s\"\n";
  if (c.reroute_share > 0) {
    out += "  share: " + number_text(c.reroute_share) + "\n";
    if (c.reroute_period_s >= 1)
      out += "  period: " + json_text(number_text(c.reroute_period_s) + " s") + "\n";
  }
  std::string comments;
  for (const std::string& option : c.not_carried) comments += "#   " + option + "\n";
  for (const std::string& file : import.missing) comments += "#   missing file " + file + "\n";
  for (char& ch : comments)
    if (static_cast<unsigned char>(ch) < 0x20 && ch != '\n') ch = ' ';
  if (!comments.empty()) out += "# Not carried over:\n" + comments;
  return out;
}

}  // namespace

SumoConfiguration read_sumo_configuration(const std::string& path) {
  SumoConfiguration c;
  c.path = path;
  ConfigurationHandler handler(c);
  read_xml(path, handler);
  if (c.net.empty()) throw InputError(path, "", "it names no net", "Add <net-file value=\"...\"/>");
  if (c.end_s >= 0 && c.end_s <= c.begin_s)
    throw InputError(
        path, "",
        "its end " + number_text(c.end_s) + " s is not after its begin " + number_text(c.begin_s) + " s",
        "Correct the times");
  return c;
}

SumoImport import_sumo_configuration(const std::string& path, const std::string& folder, bool skip_missing) {
  const SumoConfiguration c = read_sumo_configuration(path);
  SumoImport import;
  std::vector<std::string> ignored;
  present(c, {c.net}, false, ignored);  // without its net nothing can be done
  const std::vector<std::string> additional = present(c, c.additional, skip_missing, import.missing);
  const std::vector<std::string> routes = present(c, c.routes, skip_missing, import.missing);
  import.network = read_sumo_net(c.net, additional);

  // Read everything before anything is written: a bad file leaves no half scenario.
  double last_s = c.begin_s;
  std::vector<std::string> demand;
  for (const auto& [files, always] : {std::pair{&additional, false}, std::pair{&routes, true}})
    for (const std::string& file : *files) {
      DemandScan scan;
      read_xml(file, scan);
      if (scan.has_demand || always) demand.push_back(file);
      last_s = std::max(last_s, scan.last_s);
    }
  import.end_s = c.end_s >= 0 ? c.end_s : (std::ceil(last_s / kHour_s) + 1) * kHour_s;
  for (const std::string& file : import.missing)
    import.network.problems.push_back({Severity::kWarning, "file_missing", file, 0, 0,
                                       "The configuration names this file; it was left out"});

  make_folder(folder);
  if (!demand.empty()) make_folder(folder + "/demand");
  std::set<std::string> taken;
  for (const std::string& file : demand) {
    std::string name = fs::path(file).filename().string();
    for (int copy = 2; !taken.insert(name).second; ++copy)
      name = std::to_string(copy) + "_" + fs::path(file).filename().string();
    copy_file(file, folder + "/demand/" + name);
    import.demand_files.push_back("demand/" + name);
  }
  write_network(import.network, folder + "/city.arnet");
  write_file_atomically(folder + "/scenario.yaml", scenario_text(c, import));
  return import;
}

}  // namespace arterial
