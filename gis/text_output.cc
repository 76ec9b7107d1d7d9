#include "gis/text_output.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace arterial::gis {
namespace {

template <class Number>
std::string shortest(Number value) {
  if (!std::isfinite(value)) return "null";
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace

std::size_t utf8_character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates and what lies beyond Unicode.
  if ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) > 0x9f) ||
      (byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) > 0x8f))
    return 0;
  return size;
}

std::string number_text(double value) { return shortest(value); }
std::string number_text(float value) { return shortest(value); }

std::string json_text(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t size = utf8_character_size(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (size == 0)
      out += "\\ufffd";
    else if (c == '"' || c == '\\')
      (out += '\\') += static_cast<char>(c);
    else if (c < 0x20 || c == 0x7f)
      ((out += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
    else
      out += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out + '"';
}

std::string xml_text(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string out;
  while (!text.empty()) {
    const std::size_t size = utf8_character_size(text);
    const std::string_view c = text.substr(0, size == 0 ? 1 : size);
    if (c == "&")
      out += "&amp;";
    else if (c == "<")
      out += "&lt;";
    else if (c == ">")
      out += "&gt;";
    else if (c == "\"")
      out += "&quot;";
    else if (c == "\t" || c == "\n" || c == "\r")
      out += "&#" + std::to_string(static_cast<int>(c[0])) + ";";
    else if (size == 0 || static_cast<unsigned char>(c[0]) < 0x20 || c == "\xef\xbf\xbe" ||
             c == "\xef\xbf\xbf")
      out += kReplacement;
    else
      out += c;
    text.remove_prefix(c.size());
  }
  return out;
}

std::string no_formula(std::string_view text) {
  constexpr std::string_view kStarts = "=+-@\t\r\n", kHarmless = "_#.:/~;";
  if (text.empty() || kStarts.find(text[0]) == std::string_view::npos) return std::string(text);
  const auto harmless = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kHarmless.find(c) != std::string_view::npos;
  };
  if (text[0] == '-' && std::all_of(text.begin() + 1, text.end(), harmless)) return std::string(text);
  double number = 0;
  const auto read =
      std::from_chars(text.data() + (text[0] == '+' ? 1 : 0), text.data() + text.size(), number);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && std::isfinite(number))
    return std::string(text);
  std::string out("'");
  return out.append(text);
}

std::string csv_text(std::string_view text) {
  if (const std::string harmless = no_formula(text); harmless != text) return csv_text(harmless);
  bool quote = false;
  for (const char c : text) quote |= c == ',' || c == '"' || static_cast<unsigned char>(c) < 0x20;
  if (!quote) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    if (c != '\0') out += c;
  }
  return out + '"';
}

}  // namespace arterial::gis
