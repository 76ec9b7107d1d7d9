#include "scenarios/validate/observed.h"

#include <zlib.h>

#include <charconv>
#include <memory>

#include "sim/model/keyed_hash.h"
#include "sim/model/problem.h"

namespace arterial::validate {
namespace {

constexpr std::size_t kMostCells = 10'000'000;

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t at = 0;;) {
    const std::size_t comma = line.find(',', at);
    cells.push_back(line.substr(at, comma == std::string_view::npos ? comma : comma - at));
    if (comma == std::string_view::npos) return cells;
    at = comma + 1;
  }
}

double value_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return static_cast<double>(hash_bytes(text) >> 12);
}

}  // namespace

std::optional<NumberTable> read_numbers(const std::string& path, const std::vector<std::string>& wanted) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) return std::nullopt;
  NumberTable table;
  std::vector<std::vector<double>*> columns;  // by place in the file; null: not wanted
  char buffer[8192];
  for (std::size_t number = 1; gzgets(file.get(), buffer, sizeof buffer); ++number) {
    std::string_view line(buffer);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    const auto cells = cells_of(line);
    if (number == 1) {
      for (const std::string_view name : cells) {
        bool take = false;
        for (const std::string& w : wanted) take = take || w == name;
        columns.push_back(take ? &table.columns[std::string(name)] : nullptr);
      }
      if (table.columns.size() != wanted.size())
        throw InputError(path, "line 1", "not all columns are there", "Use the file of the shared data");
      continue;
    }
    if (cells.size() != columns.size())
      throw InputError(
          path, "line " + std::to_string(number),
          "has " + std::to_string(cells.size()) + " cells instead of " + std::to_string(columns.size()),
          "Use the file of the shared data");
    if (++table.rows * wanted.size() > kMostCells)
      throw InputError(path, "line " + std::to_string(number), "is beyond the limit of this reader",
                       "Use the file of the shared data");
    for (std::size_t k = 0; k < cells.size(); ++k)
      if (columns[k]) columns[k]->push_back(value_of(cells[k]));
  }
  return table;
}

}  // namespace arterial::validate
