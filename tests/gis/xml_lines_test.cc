// The line of an element is exact, whatever ends lines and wherever the reader cuts the text.
#include "gis/xml_reader.h"
#include "tests/gis/sumo_text.h"

namespace arterial {
namespace {

/// Elements that state the line they begin in, with line ends between them, in their tags and in comments.
std::string text_of_lines(std::size_t bytes, const std::string& line_end) {
  std::string text = "<all>";
  int line = 1;
  for (int i = 0; text.size() < bytes; ++i) {
    const auto end_lines = [&](int count) {
      for (int k = 0; k < count; ++k) text += line_end;
      line += count;
    };
    end_lines(i % 3);
    text += "<a line=\"" + std::to_string(line) + "\"";
    end_lines(i % 5 == 0 ? 40 : 0);
    text += " other=\"" + std::string(static_cast<std::size_t>(i % 97), 'x') + "\"/>";
    if (i % 7 == 0) {
      text += "<!--";
      end_lines(2);
      text += "-->words &amp; more";
    }
  }
  return text + "</all>";
}

std::string in_utf16(const std::string& ascii) {
  std::string wide = "\xff\xfe";
  for (const char c : ascii) wide += {c, '\0'};
  return wide;
}

struct Lines : XmlHandler {
  int elements = 0, wrong = 0;
  void begin(const XmlElement& element) override {
    if (element.name() != "a") return;
    ++elements;
    wrong += element.integer("line") != element.line();
  }
};

void check_lines(const std::string& text) {
  Lines of_text;
  read_xml_text("lines.xml", text, of_text);
  CHECK(of_text.elements > 100);
  CHECK(of_text.wrong == 0);
  const TemporaryFolder folder;
  Lines of_file;
  read_xml(folder.put("lines.xml", text), of_file);
  CHECK(of_file.elements == of_text.elements);
  CHECK(of_file.wrong == 0);
}

TEST_CASE("The line of an element is exact in texts of one piece and of many") {
  for (const std::string line_end : {"\n", "\r\n", "\r"}) check_lines(text_of_lines(100'000, line_end));
  check_lines(text_of_lines(5 << 20, "\n"));
  check_lines(text_of_lines(5 << 20, "\r\n"));
}

TEST_CASE("The line of an element is exact where only some pieces hold other line ends") {
  std::string text = text_of_lines(5 << 20, "\n");
  // In the first piece and in the last: a carriage return before a newline ends the same line.
  for (const std::size_t from : {std::size_t{1000}, text.size() - 1000})
    text.insert(text.find('\n', from), "\r");
  check_lines(text);
}

TEST_CASE("The line of an element is exact in UTF-16, where a newline's byte is part of other letters") {
  std::string text = in_utf16(text_of_lines(3 << 20, "\n"));
  const std::string gujarati("\x0a\x0a", 2);
  for (std::size_t at = 0; (at = text.find(std::string("x\0x\0", 4), at)) != std::string::npos; at += 4)
    if (at % 2 == 0) text.replace(at, 2, gujarati);
  check_lines(text);
}

TEST_CASE("A fault is told with its line, in the first piece and after it") {
  const auto told = [](const std::string& text) {
    Lines lines;
    return refusal([&] { read_xml_text("lines.xml", text, lines); });
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(told("<a line='1'>\n\n</b>"), Contains("line 3: not well-formed"));
  CHECK_THAT(told("<a line='1'>\n\n<b"), Contains("line 3: the XML ends before"));
  CHECK_THAT(told("<a line='1'>\n<![CDATA["), Contains("line 2: the XML ends before"));
  CHECK_THAT(told("<a line='1'>\n\xc3"), Contains("line 2: the XML ends before"));
  CHECK_THAT(told("\n<a line='x'/>"), Contains("line 2, <a>"));
  const std::string much = "<all>" + std::string(5 << 20, '\n');
  CHECK_THAT(told(much + "<a line='x'/>"), Contains("line 5242881, <a>"));
  CHECK_THAT(told(much + "</a>"), Contains("line 5242881: not well-formed"));
  CHECK_THAT(told(much), Contains("line 5242881: the XML ends before"));
}

}  // namespace
}  // namespace arterial
