#include "scenarios/text.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>

#include "sim/model/problem.h"
#include "sim/model/quantity.h"

namespace arterial {
namespace {

constexpr std::array<double, 10> kPowers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/// Length of the UTF-8 sequence at `i`, or 0 where there is none (overlong forms, surrogates and cuts
/// included).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  const unsigned char next = byte(i + 1);
  if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) || (lead == 0xf0 && next < 0x90) ||
      (lead == 0xf4 && next > 0x8f))
    return 0;
  return length;
}

}  // namespace

void append_integer(std::string& out, std::uint64_t value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void append_fixed(std::string& out, double value, int decimals) {
  if (!std::isfinite(value)) return;
  const double scaled = value * kPowers[static_cast<std::size_t>(decimals)];
  if (std::abs(scaled) > 9e15) {
    char buffer[400];
    out.append(buffer,
               std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals).ptr);
    return;
  }
  std::int64_t digits = std::llround(scaled);
  char buffer[32];
  char* const end = buffer + sizeof buffer;
  char* place = end;
  const bool negative = digits < 0;
  if (negative) digits = -digits;
  for (int i = 0; i < decimals; ++i) {
    *--place = static_cast<char>('0' + digits % 10);
    digits /= 10;
  }
  if (decimals > 0) *--place = '.';
  do {
    *--place = static_cast<char>('0' + digits % 10);
    digits /= 10;
  } while (digits > 0);
  if (negative) *--place = '-';
  out.append(place, end);
}

std::string fixed(double value, int decimals) {
  std::string text;
  append_fixed(text, value, decimals);
  return text;
}

std::string for_people(double value, int decimals) {
  std::string text = fixed(value, decimals);
  if (text.empty()) return "–";
  const auto point = text.find('.');
  std::size_t place = point == std::string::npos ? text.size() : point;
  const std::size_t first = text[0] == '-' ? 1 : 0;
  while (place > first + 3) {
    place -= 3;
    text.insert(place, "\u202f");
  }
  return text;
}

std::string csv_field(std::string_view text) {
  bool quote = false;
  for (const char c : text)
    quote = quote || c == ',' || c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) quote = true;
  if (!quote) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\0') continue;
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string csv_words(std::string_view text) {
  constexpr std::string_view kHarmless =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_#.:/~;";
  const bool begins =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  const bool is_id =
      begins && text.front() == '-' && text.find_first_not_of(kHarmless, 1) == std::string_view::npos;
  return csv_field(begins && !is_id ? "'" + std::string(text) : std::string(text));
}

std::string json_string(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      out += "\\ufffd";
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out.append(text.substr(i, length));
    }
    i += length;
  }
  return out + '"';
}

std::string json_number(double value, int decimals) {
  return std::isfinite(value) ? fixed(value, decimals) : "null";
}

std::string html_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const char c = text[i];
    if (length == 0) {
      out += "\ufffd";
      ++i;
      continue;
    }
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
          out.append(text.substr(i, length));
    }
    i += length;
  }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k])) : 0u;
    };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += kLetters[group >> 18];
    out += kLetters[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kLetters[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kLetters[group & 63] : '=';
  }
  return out;
}

std::string hex64(std::uint64_t value) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) out[static_cast<std::size_t>(i)] = kHex[value & 15];
  return out;
}

std::string read_text_file(const std::string& path, std::size_t most_bytes) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0)
    throw InputError(path, "", "there is no such file", "Correct the path");
  if (S_ISDIR(there.st_mode))
    throw InputError(path, "", "is a folder, where a file was expected", "Correct the path");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(path, "", "cannot be read", "Check its permissions");
  std::string text;
  std::array<char, 1 << 16> buffer;
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > most_bytes)
      throw InputError(path, "", "is larger than " + std::to_string(most_bytes) + " bytes",
                       "Give a smaller file");
  }
  return text;
}

CsvReader::CsvReader(const std::string& path, std::size_t most_bytes)
    : path_(path), text_(read_text_file(path, most_bytes)) {
  if (!read_row(columns_)) throw InputError(path_, "", "is empty", "Give a table with a header line");
}

bool CsvReader::has(std::string_view name) const {
  return std::find(columns_.begin(), columns_.end(), name) != columns_.end();
}

std::size_t CsvReader::column(std::string_view name) const {
  const auto place = std::find(columns_.begin(), columns_.end(), name);
  if (place == columns_.end()) {
    const std::vector<std::string_view> words(columns_.begin(), columns_.end());
    const auto near = nearest_word(name, words);
    throw InputError(path_, "line 1", "has no column '" + std::string(name) + "'",
                     near.empty() ? "Give a table that has it" : "It has '" + near + "'");
  }
  return static_cast<std::size_t>(place - columns_.begin());
}

bool CsvReader::next() {
  const std::size_t line = line_;
  if (!read_row(fields_)) return false;
  if (fields_.size() != columns_.size())
    throw InputError(
        path_, "line " + std::to_string(line),
        "has " + std::to_string(fields_.size()) + " cells, the header has " + std::to_string(columns_.size()),
        "Repair the file");
  return true;
}

double CsvReader::number(std::size_t column) const {
  const std::string& cell = fields_[column];
  if (cell.empty()) return std::nan("");
  std::string why;
  const auto value = parse_number(cell, why);
  if (!value)
    throw InputError(path_, "before line " + std::to_string(line_),
                     "'" + cell + "' in column " + columns_[column] + " " + why, "Repair the file");
  return *value;
}

bool CsvReader::read_row(std::vector<std::string>& fields) {
  while (next_ < text_.size() && (text_[next_] == '\n' || text_[next_] == '\r'))
    line_ += text_[next_++] == '\n' ? 1 : 0;
  if (next_ >= text_.size()) return false;
  // Fields keep their memory from row to row.
  std::size_t count = 0;
  const auto begin_field = [&] {
    if (count == fields.size()) fields.emplace_back();
    fields[count++].clear();
  };
  begin_field();
  bool quoted = false;
  for (; next_ < text_.size(); ++next_) {
    const char c = text_[next_];
    std::string& field = fields[count - 1];
    if (quoted) {
      line_ += c == '\n' ? 1 : 0;
      if (c != '"') {
        field += c;
      } else if (next_ + 1 < text_.size() && text_[next_ + 1] == '"') {
        field += '"';
        ++next_;
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      begin_field();
    } else if (c == '\n') {
      ++line_;
      ++next_;
      break;
    } else if (c != '\r') {
      field += c;
    }
  }
  if (quoted)
    throw InputError(path_, "line " + std::to_string(line_), "a quote is not closed", "Repair the file");
  fields.resize(count);
  return true;
}

std::vector<std::vector<std::string>> read_csv(const std::string& path) {
  CsvReader reader(path);
  std::vector<std::vector<std::string>> rows{reader.columns()};
  std::vector<std::string> row;
  while (reader.next()) {
    row.clear();
    for (std::size_t i = 0; i < reader.columns().size(); ++i) row.push_back(reader.text(i));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace arterial
