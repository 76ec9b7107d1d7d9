#include "scenarios/validate/report.h"

#include <filesystem>

#include "scenarios/validate/known_red.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"

namespace arterial::validate {

void write_report(const std::vector<Section>& sections, const std::string& folder) {
  std::string text =
      "# Validation: expected beside measured\n\n"
      "Written by `arterial bench validation --report docs`; nothing here was typed by hand. `arterial bench "
      "laws` and "
      "`arterial bench junctions` print the same tables and exit 1 when a gate fails; CI runs their short "
      "form "
      "(`--quick`). A row with a gate is **RED** where the measured figure lies outside; a row without one "
      "is there to "
      "be known. Cases with observed data need the shared data folder (`--data`).\n\n";
  std::size_t gates = 0, red = 0;
  std::string table = "| case | gates | red |\n|---|---:|---:|\n", reasons;
  for (const Section& s : sections) {
    std::size_t here = 0;
    for (const Row& row : s.rows) here += row.gate;
    const auto bad = red_rows(s);
    gates += here, red += bad.size();
    table += "| [" + s.title + "](#" + s.id + ") | " + number(static_cast<double>(here)) + " | " +
             number(static_cast<double>(bad.size())) + " |\n";
    const KnownRed* last = nullptr;
    for (const Row* row : bad) {
      const KnownRed* known = known_red(s.id, row->what);
      if (known && known == last) continue;
      last = known;
      reasons += "- **" + s.title + ", " +
                 (known ? std::string(known->begins) + "...**: " + std::string(known->reason)
                        : row->what + "**: not yet explained.") +
                 "\n";
    }
  }
  table +=
      "| all | " + number(static_cast<double>(gates)) + " | " + number(static_cast<double>(red)) + " |\n";
  text += table + "\n";
  if (!reasons.empty()) text += "What is red, and what would reach it:\n\n" + reasons + "\n";
  std::error_code failed;
  std::filesystem::create_directories(folder + "/validation", failed);
  if (failed)
    throw InputError(folder, "validation", "the folder cannot be made: " + failed.message(),
                     "Name a folder that can be written");
  for (const Section& s : sections) {
    text += "<a id=\"" + s.id + "\"></a>\n\n" + as_markdown(s, "validation");
    for (const Figure& figure : s.figures)
      write_file_atomically(folder + "/validation/" + figure.file, plot_svg(figure.plot));
  }
  while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
  write_file_atomically(folder + "/VALIDATION.md", text);
}

}  // namespace arterial::validate
