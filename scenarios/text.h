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
/// With the quotes. Bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);
/// A number as JSON has it; `null` where it is not finite.
std::string json_number(double value, int decimals);
std::string html_text(std::string_view text);
std::string base64(std::string_view bytes);
std::string hex64(std::uint64_t value);

/// The nearest of `words`, or nothing where none is near.
std::string nearest_word(std::string_view wrong, const std::vector<std::string_view>& words);

/// Reads RFC 4180 into rows of fields. Throws InputError above `most_bytes` or on an open quote.
std::vector<std::vector<std::string>> read_csv(const std::string& path,
                                               std::size_t most_bytes = std::size_t{4} << 30);
std::string read_text_file(const std::string& path, std::size_t most_bytes);

}  // namespace arterial
