#pragma once
// Names and numbers in files that others read: shortest decimals that read back to the same value, no locale,
// and a hostile name stays a name in JSON and CSV.
#include <string>
#include <string_view>

namespace arterial::gis {

std::string number_text(double value);  // shortest that reads back; "null" where not finite
std::string number_text(float value);
std::string json_text(std::string_view text);  // with the quotes; bytes that are no UTF-8 become U+FFFD
std::string csv_text(std::string_view text);   // quoted where needed; no_formula()
/// For an attribute in double quotes. Bytes that are no UTF-8 and characters that XML forbids become U+FFFD.
std::string xml_text(std::string_view text);

/// A cell that no spreadsheet takes for a formula: text that begins with = + - @, a tab or a line break gets
/// an apostrophe in front. Numbers stay, and ids such as "-42#1": a minus and letters, digits and _ # . : / ~
/// ; alone call nothing.
std::string no_formula(std::string_view text);

/// Bytes of the UTF-8 character at the start of `text`, 0 where there is none. Precondition: not empty.
std::size_t utf8_character_size(std::string_view text);

}  // namespace arterial::gis
