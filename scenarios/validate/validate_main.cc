// arterial bench laws, junctions and validation: expected beside measured; exit code 1 when a gate fails.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "scenarios/program.h"
#include "scenarios/validate/cases.h"
#include "scenarios/validate/known_red.h"
#include "scenarios/validate/report.h"
#include "sim/model/problem.h"

namespace {

using namespace arterial;

constexpr const char* kUsage =
    "usage: arterial bench laws|junctions|validation [options]\n"
    "  laws         signal discharge, fundamental diagrams, stability, lane use, real followers\n"
    "  junctions    gap acceptance, stop signs, roundabouts, merges\n"
    "  validation   both\n"
    "options\n"
    "  --quick          a short form, a few seconds on one core\n"
    "  --only ID        one case (may be repeated)\n"
    "  --list           the cases\n"
    "  --report FOLDER  also write FOLDER/VALIDATION.md and FOLDER/validation/*.svg\n"
    "  --data FOLDER    observed data (default: the environment's ARTERIAL_SHARED_DATA, else "
    "../shared/data)\n"
    "  --known-red      exit 0 where only those gates are red that are known to be (for CI)\n"
    "exit code 1: a gate failed\n";

struct Words {
  std::string suite;
  validate::Effort effort;
  std::vector<std::string> only;
  std::string report;
  bool list = false, accept_known = false;
};

Words parse(const std::vector<std::string>& words) {
  Words w;
  w.suite = words[0];
  const char* stated = std::getenv("ARTERIAL_SHARED_DATA");
  w.effort.data = stated && *stated ? stated : "../shared/data";
  for (std::size_t k = 1; k < words.size(); ++k) {
    const std::string& option = words[k];
    if (option == "--quick") {
      w.effort.quick = true;
    } else if (option == "--list") {
      w.list = true;
    } else if (option == "--known-red") {
      w.accept_known = true;
    } else if (option == "--only" || option == "--data" || option == "--report") {
      if (++k == words.size())
        throw InputError("command line", option, "needs a value", "See arterial bench laws --help");
      if (option == "--only") w.only.push_back(words[k]);
      if (option == "--data") w.effort.data = words[k];
      if (option == "--report") w.report = words[k];
    } else {
      throw InputError("command line", option.substr(0, 60), "is no option",
                       "See arterial bench laws --help");
    }
  }
  return w;
}

int run(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word == "--help" || word == "-h") return std::fputs(kUsage, stdout), 0;
  if (words.empty()) return std::fputs(kUsage, stdout), 0;
  const Words w = parse(words);
  std::vector<validate::Section> sections;
  std::vector<std::string> red;
  int chosen = 0, unknown = 0;
  for (const validate::Case& c : validate::all_cases()) {
    if (w.suite != "validation" && w.suite != c.suite) continue;
    bool wanted = w.only.empty();
    for (const std::string& id : w.only) wanted = wanted || id == c.id;
    if (!wanted) continue;
    ++chosen;
    if (w.list) {
      std::printf("%s\n", c.id);
      continue;
    }
    const auto began = std::chrono::steady_clock::now();
    sections.push_back(c.run(w.effort));
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%s  (%s: %.1f s)\n\n", validate::as_text(sections.back()).c_str(), c.id, took);
    std::fflush(stdout);
    for (const validate::Row* row : validate::red_rows(sections.back())) {
      const bool known = validate::known_red(c.id, row->what) != nullptr;
      unknown += !known;
      red.push_back(std::string(known ? "RED (known)  " : "RED          ") + c.id + ": " + row->what);
    }
  }
  if (chosen == 0)
    throw InputError("command line", w.suite.substr(0, 60), "has no such case",
                     "See arterial bench laws --list");
  for (const std::string& row : red) std::printf("%s\n", row.c_str());
  if (!w.report.empty()) validate::write_report(sections, w.report);
  return red.empty() || (w.accept_known && unknown == 0) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return guarded_main("arterial bench", [&] { return run({argv + 1, argv + argc}); });
}
