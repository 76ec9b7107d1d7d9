// arterial synthetic --seed S --size N -o FOLDER: an invented city with its morning, ready to run. Standard
// library only, so that a bare GPU host can make its own benchmark.
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "scenarios/synthetic/draw_city.h"
#include "scenarios/synthetic/morning.h"
#include "sim/model/atomic_file.h"
#include "sim/model/network_builder.h"

namespace {

using namespace arterial;

constexpr const char* kUsage =
    "usage: arterial synthetic [options] -o FOLDER\n"
    "Draws a city and its morning: FOLDER/city.arnet, trips.csv, od.csv with zones.csv and profile.csv, "
    "scenario.yaml.\n"
    "  -o, --output FOLDER   made if it is not there\n"
    "  --size N              blocks, or small (100), medium (3600), large (10000), huge (360000: a million "
    "links)\n"
    "                        default: medium\n"
    "  --seed S              another number, another city (default 1)\n"
    "  --trips T             of four hours (default: 14 for each block and 1600, so that a medium city has "
    "52,000)\n"
    "  --left-hand           traffic keeps left\n"
    "  --no-buildings        streets only\n";

struct Arguments {
  CityOptions city;
  std::string folder;
  std::uint64_t trips = 0;
  bool trips_stated = false;
};

[[noreturn]] void refuse(const std::string& option, const std::string& what, const std::string& remedy) {
  throw InputError("arguments", option, what, remedy);
}

std::uint64_t count_of(const std::string& option, std::string_view text, std::uint64_t low,
                       std::uint64_t high) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    refuse(option, "'" + std::string(text.substr(0, 60)) + "' will not do",
           "Give a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return value;
}

std::uint32_t blocks_of(std::string_view text) {
  if (text == "small") return 100;
  if (text == "medium") return 3600;
  if (text == "large") return 10'000;
  if (text == "huge") return 360'000;
  return static_cast<std::uint32_t>(count_of("--size", text, 16, 4'000'000));
}

/// False where only help was asked for.
bool parse(int argc, char** argv, Arguments& a) {
  for (int k = 1; k < argc; ++k) {
    std::string option = argv[k];
    if (option == "--help" || option == "-h") return std::fputs(kUsage, stdout), false;
    if (option == "--left-hand") {
      a.city.left_hand = true;
      continue;
    }
    if (option == "--no-buildings") {
      a.city.buildings = false;
      continue;
    }
    std::string value;
    if (const auto equals = option.find('='); option.starts_with("--") && equals != std::string::npos) {
      value = option.substr(equals + 1);
      option.resize(equals);
    } else {
      if (option != "-o" && option != "--output" && option != "--size" && option != "--seed" &&
          option != "--trips")
        refuse(option.substr(0, 60), "is no option", "See arterial synthetic --help");
      if (++k >= argc) refuse(option, "needs a value", "See arterial synthetic --help");
      value = argv[k];
    }
    if (option == "-o" || option == "--output")
      a.folder = value;
    else if (option == "--size")
      a.city.blocks = blocks_of(value);
    else if (option == "--seed")
      a.city.seed = count_of(option, value, 0, UINT64_MAX);
    else if (option == "--trips")
      a.trips = count_of(option, value, 0, 100'000'000), a.trips_stated = true;
    else
      refuse(option.substr(0, 60), "is no option", "See arterial synthetic --help");
  }
  if (a.folder.empty()) refuse("-o", "is missing", "Say where the city shall go: -o FOLDER");
  if (!a.trips_stated) a.trips = 14ull * a.city.blocks + 1600;
  return true;
}

std::string scenario_yaml(const Arguments& a) {
  return "# Written by: arterial synthetic --seed " + std::to_string(a.city.seed) + " --size " +
         std::to_string(a.city.blocks) +
         "\n"
         "# Run it:     arterial run scenario.yaml -o OUT\n"
         "name: A morning in an invented city\n"
         "network: city.arnet\n"
         "demand:\n"
         "  - file: trips.csv\n"
         "  # The same traffic as a matrix, spread anew by the run's own draws:\n"
         "  # - {od: od.csv, zones: zones.csv, profile: profile.csv}\n"
         "time:\n"
         "  begin: \"06:00:00\"\n"
         "  end: \"10:30:00\"\n"
         "  step: 1 s\n"
         "seed: 1\n"
         "rerouting: {share: 0.3, period: 5 min}\n";
}

void write(const Arguments& a) {
  if (mkdir(a.folder.c_str(), 0777) != 0 && errno != EEXIST)
    throw InputError(a.folder, "", std::string("the folder cannot be made: ") + std::strerror(errno),
                     "Give a folder that you may write to");
  const Network network = build_network(draw_city(a.city));
  const MorningOptions morning{.seed = a.city.seed, .trips = a.trips};
  const Demand demand = draw_morning(network, morning);
  const auto place = [&](const char* name) { return a.folder + "/" + name; };
  write_network(network, place("city.arnet"));
  write_file_atomically(place("trips.csv"), trips_csv(network, demand));
  write_file_atomically(place("od.csv"), od_csv(network, demand));
  write_file_atomically(place("zones.csv"), zones_csv(network));
  write_file_atomically(place("profile.csv"), profile_csv(morning_profile(morning.begin_s, morning.end_s)));
  write_file_atomically(place("scenario.yaml"), scenario_yaml(a));
  double lane_km = 0;
  for (std::uint32_t lane = 0; lane < network.road_lane_count; ++lane)
    lane_km += network.lanes[lane].length_m / 1000;
  std::printf(
      "%s: %zu links, %.0f lane-km, %zu signals, %zu zones, %zu trips from 06:00 to 10:00\nwritten to %s\n",
      network.name.c_str(), network.links.size(), lane_km, network.signals.size(), network.zones.size(),
      demand.trips.size(), a.folder.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Arguments arguments;
    if (parse(argc, argv, arguments)) write(arguments);
    return 0;
  } catch (const InputError& error) {
    std::fprintf(stderr, "arterial synthetic: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arterial synthetic: internal fault: %s\n", error.what());
    return 3;
  }
}
