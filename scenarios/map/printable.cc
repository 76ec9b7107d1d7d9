#include "scenarios/map/printable.h"

namespace arterial {

namespace {

/// Length of the UTF-8 sequence that starts here, 0 if it is none; `code` gets the character.
std::size_t sequence_at(const std::string& s, std::size_t at, char32_t& code) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return code = first, 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || at + length > s.size()) return 0;
  code = first & (0xff >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(at + k) & 0xc0) != 0x80) return 0;
    code = (code << 6) | (byte(at + k) & 0x3f);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  return overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

bool steers_text(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::string printable(const std::string& text, std::size_t most_bytes) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = 0;
    const std::size_t length = sequence_at(text, at, code);
    if (out.size() + 4 > most_bytes) return out + "\u2026";
    if (length == 0)
      out += "\ufffd";
    else if (steers_text(code))
      out += ' ';
    else
      out.append(text, at, length);
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace arterial
