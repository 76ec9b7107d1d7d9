#include "scenarios/demand/od_cells.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "gis/csv_table.h"
#include "gis/xml_reader.h"

namespace arterial {
namespace {

constexpr double kMostTrips = 1e12;  // in a cell; what fits into a run is the builder's to say

void read_table(const std::string& file, std::initializer_list<const char*> columns, const char* type,
                const std::function<void(const OdCell&)>& cell) {
  enum : std::size_t { kFrom, kTo, kTrips, kType };
  for_each_row(file, read_whole_file(file), columns, {type}, [&](const CsvRow& row) {
    for (const std::size_t column : {kFrom, kTo})
      if (row.text(column).empty()) row.fail(column, "names no zone", "Write the zone's id");
    cell({row.text(kFrom), row.text(kTo), row.text(kType), row.number(kTrips, 0, kMostTrips), &file,
          row.line(), columns.begin()[kFrom], columns.begin()[kTo]});
  });
}

class TntpWords {
 public:
  TntpWords(const std::string& name, std::string_view text) : name_(name), rest_(text) {}

  int line() const { return line_; }

  /// To behind <END OF METADATA>.
  void skip_metadata() {
    constexpr std::string_view kEnd = "<END OF METADATA>";
    const auto at = rest_.find(kEnd);
    if (at == std::string_view::npos) fail("has no <END OF METADATA>", "Give a TNTP table of trips");
    line_ +=
        static_cast<int>(std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    rest_.remove_prefix(at + kEnd.size());
  }

  /// ":" and ";" are words of their own; "~" begins a remark. Empty at the end.
  std::string_view next() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '~') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        continue;
      }
      if (c == '\n') ++line_;
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') break;
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return {};
    const bool mark = rest_.front() == ':' || rest_.front() == ';';
    const std::size_t end = mark ? 1 : std::min(rest_.find_first_of(" \t\r\n:;~"), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    if (word.size() > 200) fail("has a word of more than 200 letters", "Is this a TNTP table of trips?");
    rest_.remove_prefix(end);
    return word;
  }

  std::string_view zone(std::string_view word) const {
    const auto number = to_integer(word);
    if (!number || *number < 1) fail(quoted(word) + " is no number of a zone", "Write 1, 2, ...");
    return word;
  }

  double trips(std::string_view word) const {
    const auto value = to_number(word);
    if (!value || !(*value >= 0 && *value <= kMostTrips))
      fail(quoted(word) + " is no number of trips", "Write a number from 0");
    return *value;
  }

  void want(std::string_view mark) {
    const std::string_view word = next();
    if (word != mark)
      fail(quoted(word) + " stands where \"" + std::string(mark) + "\" should",
           "Write 'Origin 1', then '2 : 35.5;' for each destination");
  }

  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
    throw InputError(name_, "line " + std::to_string(line_), what, remedy);
  }

 private:
  static std::string quoted(std::string_view word) {
    return std::string(1, '"').append(word.substr(0, 60)).append(1, '"');
  }

  const std::string& name_;
  std::string_view rest_;
  int line_ = 1;
};

}  // namespace

OdForm od_form_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw InputError(path, "", "cannot be opened", "Check the path and that you may read it");
  std::string head(4096, '\0');
  head.resize(std::fread(head.data(), 1, head.size(), file.get()));
  std::string_view text(head);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  for (const std::string_view tntp : {"<NUMBER OF ZONES>", "<TOTAL OD FLOW>"})
    if (text.starts_with(tntp)) return OdForm::kTntp;
  const std::string line =
      std::string(1, ',').append(text.substr(0, text.find_first_of("\r\n"))).append(1, ',');
  std::string columns;
  std::copy_if(line.begin(), line.end(), std::back_inserter(columns),
               [](char c) { return c != ' ' && c != '"' && c != '\t'; });
  const auto has = [&](const char* name) {
    return columns.find(std::string(1, ',').append(name).append(1, ',')) != std::string::npos;
  };
  if (has("from_zone") && has("to_zone") && has("trips")) return OdForm::kTable;
  if (has("o_zone_id") && has("d_zone_id") && has("volume")) return OdForm::kDtalite;
  return OdForm::kNone;
}

void for_each_tntp_cell(const std::string& name, std::string_view text,
                        const std::function<void(const OdCell&)>& cell) {
  TntpWords words(name, text);
  words.skip_metadata();
  std::string_view origin;
  for (std::string_view word; !(word = words.next()).empty();) {
    if (word == ";") continue;  // of an origin without destinations
    if (word == "Origin" || word == "origin" || word == "ORIGIN") {
      origin = words.zone(words.next());
      continue;
    }
    const std::string_view to = words.zone(word);
    if (origin.empty()) words.fail("states trips before the first Origin", "Write 'Origin 1' first");
    words.want(":");
    const double trips = words.trips(words.next());
    words.want(";");
    if (trips > 0) cell({origin, to, {}, trips, &name, words.line()});
  }
}

void for_each_od_cell(const std::string& file, const std::function<void(const OdCell&)>& cell) {
  switch (od_form_of(file)) {
    case OdForm::kTntp: return for_each_tntp_cell(file, read_whole_file(file), cell);
    case OdForm::kDtalite: return read_table(file, {"o_zone_id", "d_zone_id", "volume"}, "type", cell);
    default: return read_table(file, {"from_zone", "to_zone", "trips"}, "type", cell);
  }
}

}  // namespace arterial
