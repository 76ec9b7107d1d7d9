#include "scenarios/validate/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace arterial::validate {
namespace {

Row row_of(std::string what, std::string unit, double measured, std::string note) {
  Row row;
  row.what = std::move(what), row.unit = std::move(unit), row.measured = measured, row.note = std::move(note);
  return row;
}

std::string gate_words(const Row& row) {
  if (!row.gate) return "";
  if (row.low == row.high) return "= " + number(row.low);
  if (row.high >= 1e300) return ">= " + number(row.low);
  if (row.low <= -1e300) return "<= " + number(row.high);
  return number(row.low) + " to " + number(row.high);
}

std::string verdict(const Row& row) { return !row.gate ? "" : row.good() ? "ok" : "RED"; }

std::string padded(std::string text, std::size_t width, bool right = false) {
  if (text.size() < width) text.insert(right ? 0 : text.size(), width - text.size(), ' ');
  return text;
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c == '\n' ? ' ' : c);
  return out;
}

}  // namespace

std::string number(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  const int digits = size >= 100 || value == std::floor(value) ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4;
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return end.ec == std::errc() ? std::string(text, end.ptr) : "?";
}

Section& Section::within(std::string what, std::string unit, double expected, double measured, double share,
                         std::string note) {
  Row row = row_of(std::move(what), std::move(unit), measured, std::move(note));
  row.expected = expected, row.low = expected * (1 - share), row.high = expected * (1 + share),
  row.gate = true;
  rows.push_back(std::move(row));
  return *this;
}

Section& Section::between(std::string what, std::string unit, double low, double high, double measured,
                          std::string note) {
  Row row = row_of(std::move(what), std::move(unit), measured, std::move(note));
  row.low = low, row.high = high, row.gate = true;
  rows.push_back(std::move(row));
  return *this;
}

Section& Section::told(std::string what, std::string unit, double measured, std::string note) {
  rows.push_back(row_of(std::move(what), std::move(unit), measured, std::move(note)));
  return *this;
}

Section& Section::beside(std::string what, std::string unit, double expected, double measured,
                         std::string note) {
  told(std::move(what), std::move(unit), measured, std::move(note));
  rows.back().expected = expected;
  return *this;
}

Section& Section::count(std::string what, double expected, double measured, std::string note) {
  Row row = row_of(std::move(what), "", measured, std::move(note));
  row.expected = row.low = row.high = expected, row.gate = true;
  rows.push_back(std::move(row));
  return *this;
}

std::string as_text(const Section& section) {
  std::size_t widest = 8;
  for (const Row& row : section.rows) widest = std::max(widest, row.what.size());
  widest = std::min<std::size_t>(widest, 70);
  std::string text = section.title + "\n  " + padded("", widest) + padded("expected", 11, true) +
                     padded("measured", 11, true) + padded("gate", 20, true) + "\n";
  for (const Row& row : section.rows) {
    text += "  " + padded(row.what, widest) + padded(number(row.expected), 11, true) +
            padded(number(row.measured), 11, true) + padded(gate_words(row), 20, true) + "  " +
            padded(verdict(row), 4) + row.unit;
    if (!row.note.empty()) text += (row.unit.empty() ? "" : "; ") + row.note;
    text += "\n";
  }
  return text;
}

std::string as_markdown(const Section& section, const std::string& figure_folder) {
  std::string text = "## " + section.title + "\n\n" + section.words + "\n\n";
  text += "| | unit | expected | measured | gate | |\n|---|---|---:|---:|---|---|\n";
  for (const Row& row : section.rows) {
    const std::string mark = !row.gate ? "" : row.good() ? "ok" : "**RED**";
    text += "| " + cell(row.what) + " | " + cell(row.unit) + " | " + number(row.expected) + " | " +
            number(row.measured) + " | " + gate_words(row) + " | " + mark +
            (row.note.empty() ? "" : (mark.empty() ? "" : "; ") + cell(row.note)) + " |\n";
  }
  for (const Figure& figure : section.figures)
    text += "\n![" + cell(figure.plot.title) + "](" + figure_folder + "/" + figure.file + ")\n";
  return text + "\n";
}

std::vector<const Row*> red_rows(const Section& section) {
  std::vector<const Row*> red;
  for (const Row& row : section.rows)
    if (!row.good()) red.push_back(&row);
  return red;
}

}  // namespace arterial::validate
