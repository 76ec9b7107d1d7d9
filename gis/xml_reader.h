#pragma once
// XML from strangers: a SAX reader over expat that refuses what an attacker sends. No DOCTYPE (so no entities
// of the document's own and nothing external), bounded depth, attributes and token size, .gz by content with
// a cap on the expansion. Every message names file, line, element, attribute, value.
//
// std, expat and zlib only; library target `arterial_xml`. Readers of SUMO nets and of SUMO demand stand on
// it.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/model/problem.h"

namespace arterial {

struct XmlLimits {
  int depth = 64;
  int attributes = 256;                    // of one element
  std::size_t attribute_bytes = 64 << 10;  // of one value
  std::uint64_t bytes = 32ull << 30;       // of the text, after decompression
  std::uint64_t expansion = 200;           // decompressed / compressed, beyond the first 16 MiB
};

struct XmlAttribute {
  std::string_view name, value;
};

/// The start of an element. Valid inside XmlHandler::begin only: copy what is to be kept.
class XmlElement {
 public:
  XmlElement(const std::string& file, int line, std::string_view name,
             std::span<const XmlAttribute> attributes)
      : file_(file), line_(line), name_(name), attributes_(attributes) {
    for (const XmlAttribute& attribute : attributes) marks_ |= mark_of(attribute.name);
  }

  std::string_view name() const { return name_; }
  int line() const { return line_; }
  const std::string& file() const { return file_; }

  std::optional<std::string_view> attribute(std::string_view name) const {
    return marks_ & mark_of(name) ? find(name) : std::nullopt;
  }
  bool has(std::string_view name) const { return attribute(name).has_value(); }
  std::string_view text(std::string_view name, std::string_view otherwise = {}) const {
    return attribute(name).value_or(otherwise);
  }

  // These throw InputError where the attribute is missing or is no such thing.
  std::string_view required(std::string_view name) const;
  double number(std::string_view name) const;
  double number(std::string_view name, double otherwise) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double time(std::string_view name) const;  // seconds; "HH:MM:SS", "D:HH:MM:SS" or a number
  double time(std::string_view name, double otherwise) const;
  bool boolean(std::string_view name, bool otherwise) const;

  /// Throws InputError: "FILE: line 12, <lane> id="a_0": WHAT. REMEDY".
  [[noreturn]] void fail(const std::string& what_is_wrong, const std::string& what_to_do) const;
  /// The same about one attribute: '... : length="nan" is not a finite number. ...'.
  [[noreturn]] void fail_attribute(std::string_view attribute, const std::string& what_is_wrong,
                                   const std::string& what_to_do) const;

 private:
  /// One bit of 64. Readers ask for many attributes that few elements have: a bit that no attribute set
  /// answers most of these, and the compiler knows the bit of a name that stands in the source.
  static constexpr std::uint64_t mark_of(std::string_view name) {
    if (name.empty()) return 0;  // which is no name
    return std::uint64_t{1} << ((static_cast<unsigned char>(name.front()) +
                                 static_cast<unsigned char>(name.back()) + name.size()) %
                                64);
  }
  std::optional<std::string_view> find(std::string_view name) const;

  const std::string& file_;
  int line_;
  std::string_view name_;
  std::span<const XmlAttribute> attributes_;
  std::uint64_t marks_ = 0;  // of all attributes
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void begin(const XmlElement& element) = 0;
  virtual void end(std::string_view name) { (void)name; }
};

/// Reads a plain or gzip-compressed file. Throws InputError; whatever the handler throws passes through.
void read_xml(const std::string& path, XmlHandler& handler, const XmlLimits& limits = {});
/// The same from memory (not compressed); `name` stands for the file in messages.
void read_xml_text(const std::string& name, std::string_view text, XmlHandler& handler,
                   const XmlLimits& limits = {});

// Values as SUMO writes them. Surrounding blanks are allowed; NaN, infinities and trailing letters are not.
std::optional<double> to_number(std::string_view text);
std::optional<std::int64_t> to_integer(std::string_view text);
std::optional<double> to_time(std::string_view text);
std::optional<bool> to_boolean(std::string_view text);

}  // namespace arterial
