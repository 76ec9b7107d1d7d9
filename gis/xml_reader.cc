#include "gis/xml_reader.h"

#include <expat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <vector>

namespace arterial {
namespace {

constexpr std::size_t kChunk = 64 << 10;
// Bytes that expat may hold back for one token. A token is read again with every chunk, so this bounds time
// too.
constexpr XML_Index kMaxToken = 4 << 20;
// The start of a text, and most texts are no longer, goes to expat in one piece: after every piece but the
// last, expat reads all of it once more to count its lines.
constexpr std::size_t kFirstChunk = kMaxToken;
constexpr std::uint64_t kExpansionFree = 16 << 20;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Long or binary values are shortened in messages.
std::string shown(std::string_view value) {
  std::string out(value.substr(0, 60));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return value.size() > 60 ? out + "..." : out;
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.substr(1).starts_with('-')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// One document being parsed. Exceptions of the handler must not pass through expat's C frames: they are kept
/// and thrown again afterwards.
class Parse {
 public:
  Parse(const std::string& file, XmlHandler& handler, const XmlLimits& limits)
      : file_(file), handler_(handler), limits_(limits), parser_(XML_ParserCreate(nullptr), &XML_ParserFree) {
    if (!parser_) throw InputError(file, "", "no memory for the XML parser", "Free some memory");
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &Parse::on_start, &Parse::on_end);
    XML_SetDoctypeDeclHandler(parser_.get(), &Parse::on_doctype, nullptr);
  }

  void feed(std::string_view chunk, bool last) {
    chunk_ = chunk;
    chunk_begin_ = fed_;
    counted_to_ = -1;
    newlines_are_lines_ = chunk.find('\r') == chunk.npos && chunk.find('\0') == chunk.npos;
    fed_ += static_cast<XML_Index>(chunk.size());
    if (static_cast<std::uint64_t>(fed_) > limits_.bytes)
      fail("the text is larger than " + std::to_string(limits_.bytes) + " bytes", "Split the file");
    const XML_Status status = XML_Parse(parser_.get(), chunk.data(), static_cast<int>(chunk.size()), last);
    if (exception_) std::rethrow_exception(exception_);
    if (status == XML_STATUS_OK) {
      const XML_Index held_back = fed_ - XML_GetCurrentByteIndex(parser_.get());
      if (!last && held_back > kMaxToken)
        fail("one tag or comment is longer than " + std::to_string(kMaxToken) + " bytes", "Correct the file");
      return;
    }
    const XML_Error error = XML_GetErrorCode(parser_.get());
    if (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
        (depth_ > 0 && (error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION)))
      fail("the XML ends before its last element is closed",
           "The file is cut short: fetch or write it again");
    fail(std::string("not well-formed XML (") + XML_ErrorString(error) + ")",
         "Correct the file or write it again");
  }

  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
    throw InputError(file_, "line " + std::to_string(line()), what, remedy);
  }

 private:
  int line() const { return static_cast<int>(XML_GetCurrentLineNumber(parser_.get())); }

  /// The same for the start of an element, without expat's look at every byte: expat is asked for the first
  /// element of a chunk, and again while elements began in the chunk before; from there newlines are counted.
  int line_of_element() {
    const XML_Index at = XML_GetCurrentByteIndex(parser_.get()) - chunk_begin_;
    if (counted_to_ < 0 || !newlines_are_lines_) {
      line_ = line();
    } else {
      const std::string_view passed = chunk_.substr(0, static_cast<std::size_t>(at));
      for (auto newline = passed.find('\n', static_cast<std::size_t>(counted_to_)); newline != passed.npos;
           newline = passed.find('\n', newline + 1))
        ++line_;
    }
    counted_to_ = at;
    return line_;
  }

  template <class Action>
  void guarded(Action action) {
    if (exception_) return;
    try {
      action();
    } catch (...) {
      exception_ = std::current_exception();
      XML_StopParser(parser_.get(), XML_FALSE);
    }
  }

  static void on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    auto& self = *static_cast<Parse*>(data);
    self.guarded([&] {
      if (++self.depth_ > self.limits_.depth)
        self.fail("elements are nested deeper than " + std::to_string(self.limits_.depth),
                  "Correct the file");
      self.attributes_.clear();
      for (const XML_Char** a = attributes; *a; a += 2) {
        self.attributes_.push_back({a[0], a[1]});
        if (self.attributes_.size() > static_cast<std::size_t>(self.limits_.attributes))
          self.fail("<" + shown(name) + "> has more than " + std::to_string(self.limits_.attributes) +
                        " attributes",
                    "Correct the file");
        if (self.attributes_.back().value.size() > self.limits_.attribute_bytes)
          self.fail("attribute " + shown(a[0]) + " of <" + shown(name) + "> is longer than " +
                        std::to_string(self.limits_.attribute_bytes) + " bytes",
                    "Correct the file");
      }
      self.handler_.begin(XmlElement(self.file_, self.line_of_element(), name, self.attributes_));
    });
  }
  static void on_end(void* data, const XML_Char* name) {
    auto& self = *static_cast<Parse*>(data);
    self.guarded([&] {
      --self.depth_;
      self.handler_.end(name);
    });
  }
  static void on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    auto& self = *static_cast<Parse*>(data);
    self.guarded([&] {
      self.fail("a DOCTYPE is not accepted (it could pull in other files)",
                "Remove the <!DOCTYPE ...> declaration");
    });
  }

  const std::string& file_;
  XmlHandler& handler_;
  const XmlLimits& limits_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  std::exception_ptr exception_;
  int depth_ = 0;
  std::vector<XmlAttribute> attributes_;  // of the element that begins
  std::string_view chunk_;
  XML_Index chunk_begin_ = 0, fed_ = 0;  // in the whole text
  bool newlines_are_lines_ = false;      // in this chunk: no other line ends, and not UTF-16
  XML_Index counted_to_ = -1;            // in this chunk: up to here line_ is known
  int line_ = 0;
};

}  // namespace

std::optional<double> to_number(std::string_view text) {
  const auto value = whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> to_integer(std::string_view text) { return whole<std::int64_t>(text); }

std::optional<bool> to_boolean(std::string_view text) {
  text = trimmed(text);
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (lower == "1" || lower == "true" || lower == "yes" || lower == "on" || lower == "x" || lower == "t")
    return true;
  if (lower == "0" || lower == "false" || lower == "no" || lower == "off" || lower == "-" || lower == "f")
    return false;
  return std::nullopt;
}

std::optional<double> to_time(std::string_view text) {
  text = trimmed(text);
  if (text.find(':') == std::string_view::npos) return to_number(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  double parts[4];
  int count = 0;
  while (true) {
    const auto colon = text.find(':');
    const auto part = to_number(text.substr(0, colon));
    if (!part || *part < 0 || count == 4) return std::nullopt;
    if (colon != std::string_view::npos && *part != std::floor(*part)) return std::nullopt;
    parts[count++] = *part;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  if (count < 3) return std::nullopt;
  const double* hms = parts + (count - 3);
  if (hms[1] >= 60 || hms[2] >= 60) return std::nullopt;
  const double seconds = (count == 4 ? parts[0] * 86400 : 0) + hms[0] * 3600 + hms[1] * 60 + hms[2];
  return negative ? -seconds : seconds;
}

std::optional<std::string_view> XmlElement::find(std::string_view name) const {
  for (const XmlAttribute& attribute : attributes_)
    if (attribute.name == name) return attribute.value;
  return std::nullopt;
}

std::string_view XmlElement::required(std::string_view name) const {
  const auto value = attribute(name);
  if (!value) fail("attribute " + std::string(name) + " is missing", "Add it, or write the file again");
  return *value;
}

double XmlElement::number(std::string_view name) const {
  const auto value = to_number(required(name));
  if (!value) fail_attribute(name, "is not a finite number", "Write a decimal number");
  return *value;
}

double XmlElement::number(std::string_view name, double otherwise) const {
  return has(name) ? number(name) : otherwise;
}

std::int64_t XmlElement::integer(std::string_view name) const {
  const auto value = to_integer(required(name));
  if (!value) fail_attribute(name, "is not a whole number", "Write a whole number");
  return *value;
}

std::int64_t XmlElement::integer(std::string_view name, std::int64_t otherwise) const {
  return has(name) ? integer(name) : otherwise;
}

double XmlElement::time(std::string_view name) const {
  const auto value = to_time(required(name));
  if (!value) fail_attribute(name, "is not a time", "Write seconds, HH:MM:SS or D:HH:MM:SS");
  return *value;
}

double XmlElement::time(std::string_view name, double otherwise) const {
  return has(name) ? time(name) : otherwise;
}

bool XmlElement::boolean(std::string_view name, bool otherwise) const {
  const auto value = attribute(name);
  if (!value) return otherwise;
  const auto yes = to_boolean(*value);
  if (!yes) fail_attribute(name, "is neither true nor false", "Write true or false");
  return *yes;
}

void XmlElement::fail(const std::string& what_is_wrong, const std::string& what_to_do) const {
  std::string place = "line " + std::to_string(line_) + ", <" + shown(name_) + ">";
  if (const auto id = attribute("id")) place += " id=\"" + shown(*id) + "\"";
  throw InputError(file_, place, what_is_wrong, what_to_do);
}

void XmlElement::fail_attribute(std::string_view attribute_name, const std::string& what_is_wrong,
                                const std::string& what_to_do) const {
  fail(std::string(attribute_name) + "=\"" + shown(text(attribute_name)) + "\" " + what_is_wrong, what_to_do);
}

void read_xml(const std::string& path, XmlHandler& handler, const XmlLimits& limits) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status))
    throw InputError(path, "", "the file does not exist or cannot be reached", "Correct the path");
  if (std::filesystem::is_directory(status))
    throw InputError(path, "", "this is a folder, not an XML file", "Name a file in it");
  const std::unique_ptr<gzFile_s, decltype(&gzclose_r)> file(gzopen(path.c_str(), "rbe"), &gzclose_r);
  if (!file)
    throw InputError(path, "", std::string("cannot be read (") + std::strerror(errno) + ")",
                     "Check its permissions");
  gzbuffer(file.get(), 256 << 10);
  Parse parse(path, handler, limits);
  // Not filled beforehand: a small file should not pay for the room.
  const auto chunk = std::make_unique_for_overwrite<char[]>(kFirstChunk);
  std::size_t room = kFirstChunk, held = 0;
  const auto feed = [&](bool last) {
    parse.feed({chunk.get(), held}, last);
    room = kChunk;
    held = 0;
  };
  const auto refuse = [&](const std::string& what, const char* remedy) {
    feed(false);  // a fault of the text before is told first
    throw InputError(path, "", what, remedy);
  };
  std::uint64_t total = 0;
  while (true) {
    const int got = gzread(file.get(), chunk.get() + held, static_cast<unsigned>(kChunk));
    int code = Z_OK;
    const char* words = gzerror(file.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_BUF_ERROR))
      refuse(std::string("the compressed data is damaged (") + words + ")", "Fetch the file again");
    total += static_cast<std::uint64_t>(got);
    if (!gzdirect(file.get()) && total > kExpansionFree) {
      const auto compressed = gzoffset(file.get());
      if (compressed > 0 && total / static_cast<std::uint64_t>(compressed) > limits.expansion)
        refuse("expands to more than " + std::to_string(limits.expansion) + " times its size",
               "Decompress it yourself if you trust it");
    }
    if (got == 0) {
      if (code == Z_BUF_ERROR) refuse("the compressed data is cut short", "Fetch the file again");
      break;
    }
    held += static_cast<std::size_t>(got);
    if (held + kChunk > room) feed(false);
  }
  feed(true);
}

void read_xml_text(const std::string& name, std::string_view text, XmlHandler& handler,
                   const XmlLimits& limits) {
  Parse parse(name, handler, limits);
  for (std::size_t room = kFirstChunk; text.size() > room; room = kChunk) {
    parse.feed(text.substr(0, room), false);
    text.remove_prefix(room);
  }
  parse.feed(text, true);
}

}  // namespace arterial
