#pragma once
// Text for files that others read: fixed decimals without the locale, and names quoted so that a hostile one
// stays a name in CSV, JSON and HTML.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace arterial {

/// Fixed decimals (0 to 9), never "-0.00". A value that is not finite becomes nothing: an empty cell.
void append_fixed(std::string& out, double value, int decimals);
void append_integer(std::string& out, std::uint64_t value);
std::string fixed(double value, int decimals);
/// "12 345.6" with thin spaces between thousands, for people.
std::string for_people(double value, int decimals);

/// RFC 4180: quoted where the text holds a comma, a quote or a line break; control characters otherwise stay
/// out.
std::string csv_field(std::string_view text);
/// For tables that people open: as csv_field, but what a spreadsheet would work out (a leading = + - @) gets
/// a quote before it, so that it stays text. Not for the tables of a run folder: programs join them by ids as
/// they are.
std::string csv_words(std::string_view text);
/// With the quotes. Bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);
/// A number as JSON has it; `null` where it is not finite.
std::string json_number(double value, int decimals);
std::string html_text(std::string_view text);
std::string base64(std::string_view bytes);
std::string hex64(std::uint64_t value);

/// Reads RFC 4180 row by row. Throws InputError for a file that cannot be read or a quote left open.
class CsvReader {
 public:
  /// The first row names the columns.
  explicit CsvReader(const std::string& path, std::size_t most_bytes = std::size_t{8} << 30);
  const std::vector<std::string>& columns() const { return columns_; }
  /// Place of a column; throws InputError where it is missing.
  std::size_t column(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Moves to the next row; false at the end. A row of another width than the header is an InputError.
  bool next();
  const std::string& text(std::size_t column) const { return fields_[column]; }
  /// NaN where the cell is empty; throws InputError where it is no number.
  double number(std::size_t column) const;

 private:
  bool read_row(std::vector<std::string>& fields);
  std::string path_, text_;
  std::vector<std::string> columns_, fields_;
  std::size_t next_ = 0, line_ = 1;
};

/// All rows, the header among them.
std::vector<std::vector<std::string>> read_csv(const std::string& path);
std::string read_text_file(const std::string& path, std::size_t most_bytes);

}  // namespace arterial
