#pragma once
// Numbers with units, as people write them in scenario files and on the command line: "30 km/h", "15 min",
// "07:30", "2024-03-05T07:30:00". Independent of the locale; NaN, infinities and trailing letters are
// refused. Every function returns nothing where the text is no such quantity, and says why in `why`, ready to
// follow the value in a message: "is no duration; write seconds, or a number with s, min or h, or HH:MM:SS".
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arterial {

std::optional<double> parse_number(std::string_view text, std::string& why);
std::optional<std::uint64_t> parse_count(std::string_view text, std::string& why);
std::optional<bool> parse_yes_no(std::string_view text, std::string& why);
std::optional<double> parse_duration_s(std::string_view text, std::string& why);
std::optional<double> parse_speed_mps(std::string_view text, std::string& why);
std::optional<double> parse_length_m(std::string_view text, std::string& why);

/// Times of day count from 00:00 of the first day that a dated value named; a run may pass midnight.
/// A time zone designator is accepted and means nothing: the clock is local.
struct Calendar {
  std::optional<std::int64_t> first_day;  // days since 1970-01-01
};
std::optional<double> parse_clock_s(std::string_view text, Calendar& calendar, std::string& why);

/// "07:30:00", "07:30:00.250", "1:02:00:00" past midnight is written "26:00:00".
std::string clock_text(double seconds);

/// Number of single-letter edits (insert, delete, replace, swap of neighbours), or `limit` + 1 once it is
/// above.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit = 8);

/// The nearest of `words`, or nothing where none is near.
std::string nearest_word(std::string_view wrong, const std::vector<std::string_view>& words);

}  // namespace arterial
