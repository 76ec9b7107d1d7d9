#pragma once
// Reads the observed data of the shared folder: small CSV files, plain or gzipped, of numbers in named
// columns.
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace arterial::validate {

/// A table of numbers; a column that is not numeric holds the hash of its text. Nothing where there is no
/// such file. Throws InputError for a file that is no such table (a row of another length, more than 10
/// million cells).
struct NumberTable {
  std::map<std::string, std::vector<double>, std::less<>> columns;
  std::size_t rows = 0;
};
std::optional<NumberTable> read_numbers(const std::string& path, const std::vector<std::string>& wanted);

}  // namespace arterial::validate
