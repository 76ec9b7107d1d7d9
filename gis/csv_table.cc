#include "gis/csv_table.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "gis/xml_reader.h"

namespace arterial {
namespace {

constexpr std::size_t kMostColumns = 1024, kLongestCell = 1 << 20;
constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

/// Takes one record off `text`. False at the end.
bool take_record(const std::string& file, std::string_view& text, int& line,
                 std::vector<std::string>& cells) {
  cells.clear();
  if (text.empty()) return false;
  const auto where = [&] { return "line " + std::to_string(line); };
  std::string cell;
  bool quoted = false, was_quoted = false;
  int lines = 1;
  std::size_t i = 0;
  const auto close = [&] {
    if (cells.size() == kMostColumns)
      throw InputError(file, where(), "has more than 1024 columns", "Is it a CSV file?");
    if (!was_quoted) {
      const auto first = cell.find_first_not_of(" \t"), last = cell.find_last_not_of(" \t");
      cell = first == std::string::npos ? std::string() : cell.substr(first, last - first + 1);
    }
    cells.push_back(std::move(cell));
    cell.clear();
    was_quoted = false;
  };
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') throw InputError(file, where(), "holds a zero byte", "Is it a CSV file?");
    if (cell.size() > kLongestCell)
      throw InputError(file, where(), "has a cell of more than 1 MiB", "Is a quote missing?");
    if (quoted) {
      if (c == '\n') ++lines;
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && cell.find_first_not_of(" \t") == std::string::npos && !was_quoted) {
      cell.clear();
      quoted = was_quoted = true;
    } else if (c == ',') {
      close();
    } else if (c == '\n') {
      ++i;
      break;
    } else if (c != '\r' || (i + 1 < text.size() && text[i + 1] != '\n')) {
      if (!was_quoted || (c != ' ' && c != '\t')) cell += c;
    }
  }
  if (quoted)
    throw InputError(file, where(), "has a quote that is not closed", "Close it with a double quote");
  close();
  text.remove_prefix(i);
  line += lines;
  return true;
}

}  // namespace

std::string_view CsvRow::text(std::size_t column) const {
  const std::size_t at = (*place_)[column];
  return at == kAbsent || at >= cells_.size() ? std::string_view() : std::string_view(cells_[at]);
}

void CsvRow::fail(std::size_t column, const std::string& what_is_wrong, const std::string& what_to_do) const {
  throw InputError(
      *file_, "line " + std::to_string(line_),
      (*names_)[column] + " \"" + std::string(text(column).substr(0, 200)) + "\" " + what_is_wrong,
      what_to_do);
}

double CsvRow::number(std::size_t column, double least, double most) const {
  const auto value = to_number(text(column));
  if (!value) fail(column, "is no number", "Write a number with a decimal point");
  if (!(*value >= least && *value <= most)) fail(column, "is out of range", "Correct the value");
  return *value;
}

double CsvRow::time(std::size_t column) const {
  const auto value = to_time(text(column));
  if (!value) fail(column, "is no time", "Write seconds or HH:MM:SS");
  return *value;
}

void for_each_row(const std::string& file, std::string_view text, std::initializer_list<const char*> required,
                  std::initializer_list<const char*> optional,
                  const std::function<void(const CsvRow&)>& row) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  int line = 1;
  std::vector<std::string> header;
  if (!take_record(file, text, line, header))
    throw InputError(file, "line 1", "the file is empty",
                     "Write a header line with the names of the columns");
  std::vector<std::string> names;
  std::vector<std::size_t> place;
  const auto look_up = [&](const char* name, bool needed) {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at == header.end() && needed) {
      std::string all;
      for (const char* n : required) all += (all.empty() ? "" : ",") + std::string(n);
      throw InputError(file, "line 1", "has no column " + std::string(name), "The header needs " + all);
    }
    names.emplace_back(name);
    place.push_back(at == header.end() ? kAbsent : static_cast<std::size_t>(at - header.begin()));
  };
  for (const char* name : required) look_up(name, true);
  for (const char* name : optional) look_up(name, false);
  CsvRow r;
  r.file_ = &file;
  r.names_ = &names;
  r.place_ = &place;
  while (true) {
    r.line_ = line;
    if (!take_record(file, text, line, r.cells_)) return;
    if (r.cells_.size() == 1 && r.cells_[0].empty()) continue;  // a blank line
    if (r.cells_.size() != header.size())
      throw InputError(file, "line " + std::to_string(r.line_),
                       "has " + std::to_string(r.cells_.size()) + " cells, the header has " +
                           std::to_string(header.size()),
                       "Write one cell for each column, with quotes around commas");
    row(r);
  }
}

std::string read_whole_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw InputError(path, "", "cannot be opened", "Check the path and that you may read it");
  std::string text;
  constexpr std::size_t kFirst = 1 << 14, kChunk = 1 << 20, kMost = std::size_t{4} << 30;
  while (true) {
    const std::size_t at = text.size(), wanted = std::clamp(at, kFirst, kChunk);
    text.resize(at + wanted);
    const std::size_t got = std::fread(text.data() + at, 1, wanted, file.get());
    text.resize(at + got);
    if (text.size() > kMost) throw InputError(path, "", "is larger than 4 GiB", "Split it");
    if (got < wanted) break;
  }
  if (std::ferror(file.get()))
    throw InputError(path, "", "cannot be read", "Is it a folder, or the disk faulty?");
  return text;
}

}  // namespace arterial
