#pragma once
// CSV with a header line, read row by row: commas, double quotes, either line end. Messages name file, line,
// column.
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/problem.h"

namespace arterial {

class CsvRow {
 public:
  int line() const { return line_; }
  /// Empty where the column is not there.
  std::string_view text(std::size_t column) const;
  double number(std::size_t column, double least, double most) const;
  /// Seconds, or HH:MM:SS.
  double time(std::size_t column) const;
  [[noreturn]] void fail(std::size_t column, const std::string& what_is_wrong,
                         const std::string& what_to_do) const;

 private:
  friend void for_each_row(const std::string&, std::string_view, std::initializer_list<const char*>,
                           std::initializer_list<const char*>, const std::function<void(const CsvRow&)>&);
  const std::string* file_ = nullptr;
  const std::vector<std::string>* names_ = nullptr;  // of the columns asked for
  const std::vector<std::size_t>* place_ = nullptr;  // of each in the row
  std::vector<std::string> cells_;
  int line_ = 0;
};

/// Columns are asked for by name: first `required` (InputError if one is missing), then `optional`; a row
/// knows them by their place in that order. Others are passed over.
void for_each_row(const std::string& file, std::string_view text, std::initializer_list<const char*> required,
                  std::initializer_list<const char*> optional, const std::function<void(const CsvRow&)>& row);

/// The whole of a file, at most 4 GiB. Throws InputError.
std::string read_whole_file(const std::string& path);

}  // namespace arterial
