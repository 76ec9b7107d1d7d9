#pragma once
// Names and numbers in files that others read: shortest decimals that read back to the same value, no locale,
// and a hostile name stays a name in JSON and CSV.
#include <string>
#include <string_view>

namespace arterial::gis {

std::string number_text(double value);  // shortest that reads back; "null" where not finite
std::string number_text(float value);
std::string json_text(std::string_view text);  // with the quotes; bytes that are no UTF-8 become U+FFFD
std::string csv_text(std::string_view text);   // quoted where needed; a formula gets a ' before it

}  // namespace arterial::gis
