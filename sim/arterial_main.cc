// `arterial COMMAND ...` runs the program arterial-COMMAND that stands beside it, as git does.
#include <dirent.h>
#include <unistd.h>
#include <cstdlib>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "sim/model/build_info.h"
#include "sim/model/quantity.h"

namespace {

struct Command {
  const char* name;
  const char* help;
};
constexpr std::array<Command, 12> kCommands{{
    {"import", "read a city from OSM, GIS layers or SUMO: arterial import SOURCE... -o city.arnet"},
    {"inspect", "say what a network holds and what is wrong with it"},
    {"check", "find jams that the import makes, with a light test demand"},
    {"signals", "time fixed signal programs for a demand, green waves along streets"},
    {"export", "write a network, a run or differences for GIS, or a network for SUMO"},
    {"synthetic", "draw an invented city from a seed and a size"},
    {"run", "simulate: arterial run scenario.yaml -o OUT"},
    {"compare", "set two runs side by side: arterial compare OUT_A OUT_B -o REPORT"},
    {"study", "networks x demands x changes x seeds, resumable"},
    {"serve", "a running city over an API"},
    {"bench", "measure speed"},
    {"view", "look at a city and a run"},
}};

std::string own_folder() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return ".";
  const std::string whole(path.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_last_of('/'));
}

bool is_here(const std::string& folder, const std::string& command) {
  return ::access((folder + "/arterial-" + command).c_str(), X_OK) == 0;
}

/// Commands that somebody put beside the known ones.
std::vector<std::string> others_in(const std::string& folder) {
  std::vector<std::string> names;
  if (DIR* listing = ::opendir(folder.c_str())) {
    while (const dirent* entry = ::readdir(listing)) {
      const std::string name = entry->d_name;
      if (!name.starts_with("arterial-")) continue;
      const std::string command = name.substr(9);
      const bool known = std::any_of(kCommands.begin(), kCommands.end(),
                                     [&](const Command& c) { return command == c.name; });
      if (!known && is_here(folder, command)) names.push_back(command);
    }
    ::closedir(listing);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void print_help(const std::string& folder) {
  std::printf("arterial %s: a digital twin of a city's road traffic\n\n  arterial COMMAND ...\n\n",
              arterial::version());
  for (const auto& command : kCommands)
    if (is_here(folder, command.name)) std::printf("  %-10s %s\n", command.name, command.help);
  for (const auto& name : others_in(folder)) std::printf("  %s\n", name.c_str());
  std::printf(
      "\n  arterial COMMAND --help   says more about one of them\n  arterial --version        says what was "
      "built in\n");
}

void print_version() {
  std::printf("arterial %s\n", arterial::version());
  for (const auto& part : arterial::built_in()) std::printf("  %-12s %s\n", part.name, part.value);
}

int unknown(const std::string& folder, const std::string& command) {
  std::string near;
  std::size_t best = 3;
  for (const auto& known : kCommands) {
    const std::size_t distance = arterial::edit_distance(command, known.name, 3);
    if (distance < best && is_here(folder, known.name)) {
      best = distance;
      near = known.name;
    }
  }
  bool planned = false;
  for (const auto& known : kCommands) planned = planned || command == known.name;
  std::fprintf(
      stderr, "arterial: '%s' %s. %s\n", command.c_str(), planned ? "is not built here" : "is no command",
      near.empty() ? "'arterial --help' lists the commands" : ("Did you mean '" + near + "'?").c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = own_folder();
  const std::string command = argc > 1 ? argv[1] : "--help";
  if (command == "--version" || command == "version") {
    print_version();
    return 0;
  }
  if (command == "--help" || command == "-h" || (command == "help" && argc < 3)) {
    print_help(folder);
    return argc > 1 ? 0 : 2;
  }
  // `arterial help run` is `arterial run --help`.
  const bool help = command == "help";
  const std::string program = help ? argv[2] : command;
  const bool plain = !program.empty() && std::all_of(program.begin(), program.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain || program[0] == '-' || !is_here(folder, program)) return unknown(folder, program);
  const std::string path = folder + "/arterial-" + program;
  std::string help_option = "--help";
  std::vector<char*> arguments{const_cast<char*>(path.c_str())};
  if (help) arguments.push_back(help_option.data());
  for (int i = help ? 3 : 2; i < argc; ++i) arguments.push_back(argv[i]);
  arguments.push_back(nullptr);
  // On a machine with other work to do, threads that spin at barriers cost ten times what they save.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::execv(path.c_str(), arguments.data());
  std::fprintf(stderr, "arterial: %s could not be started (%s)\n", path.c_str(), std::strerror(errno));
  return 3;
}
