// arterial bench laws, arterial bench junctions: expected beside measured; exit code 1 when a gate fails.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "scenarios/program.h"
#include "scenarios/validate/cases.h"

namespace {

using namespace arterial;

constexpr const char* kUsage =
    "usage: arterial bench laws|junctions [options]\n"
    "  laws       signal discharge, fundamental diagrams, stability, lane use, real followers\n"
    "  junctions  gap acceptance, stop signs, roundabouts, merges\n"
    "options\n"
    "  --quick         a short form, under 20 s on one core\n"
    "  --only ID       one case (may be repeated); --list names them\n"
    "  --data FOLDER   observed data (default: ../shared/data beside the working folder, where it is there)\n"
    "exit code 1: a gate failed\n";

int run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return std::fputs(kUsage, stdout), 0;
  const std::string& suite = words[0];
  validate::Effort effort;
  effort.data = "../shared/data";
  std::vector<std::string> only;
  bool list = false;
  for (std::size_t k = 1; k < words.size(); ++k) {
    if (words[k] == "--quick") {
      effort.quick = true;
    } else if (words[k] == "--list") {
      list = true;
    } else if (words[k] == "--help") {
      return std::fputs(kUsage, stdout), 0;
    } else if ((words[k] == "--only" || words[k] == "--data") && k + 1 < words.size()) {
      if (words[k] == "--only") only.push_back(words[k + 1]);
      if (words[k] == "--data") effort.data = words[k + 1];
      ++k;
    } else {
      throw InputError("arterial bench", words[k].substr(0, 60), "is no option, or its value is missing",
                       "See arterial bench laws --help");
    }
  }
  int ran = 0;
  std::vector<std::string> red;
  for (const auto& c : validate::all_cases()) {
    if (suite != "all" && suite != c.suite) continue;
    bool wanted = only.empty();
    for (const std::string& id : only) wanted = wanted || id == c.id;
    if (!wanted) continue;
    ++ran;
    if (list) {
      std::printf("%s\n", c.id);
      continue;
    }
    const auto began = std::chrono::steady_clock::now();
    const validate::Section section = c.run(effort);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%s  (%s: %.1f s)\n\n", validate::as_text(section).c_str(), c.id, took);
    std::fflush(stdout);
    for (const validate::Row* row : validate::red_rows(section))
      red.push_back(std::string(c.id) + ": " + row->what);
  }
  if (ran == 0)
    throw InputError("arterial bench", suite.substr(0, 60), "has no such case",
                     "See arterial bench laws --list");
  for (const std::string& row : red) std::printf("RED  %s\n", row.c_str());
  return red.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return guarded_main("arterial bench", [&] { return run({argv + 1, argv + argc}); });
}
