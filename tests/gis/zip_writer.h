#pragma once
// Zip archives for tests, with every field open to a lie.
#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace arterial {

struct ZipEntry {
  std::string name, content;
  bool deflate = true;
  std::uint32_t unix_mode = 0100644, flags = 0;
  // What the directory says, where it is not the truth.
  std::int64_t stated_size = -1, stated_packed = -1, stated_crc = -1, stated_offset = -1, stated_method = -1;
};

inline std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(content.size())) + 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zip_of(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  const auto number = [](std::string& to, std::uint64_t value, int bytes) {
    for (int k = 0; k < bytes; ++k) to += static_cast<char>(value >> 8 * k & 0xff);
  };
  for (const ZipEntry& e : entries) {
    const std::string data = e.deflate ? deflated(e.content) : e.content;
    const std::uint64_t at = out.size();
    const auto crc = static_cast<std::uint64_t>(
        crc32(0, reinterpret_cast<const Bytef*>(e.content.data()), static_cast<uInt>(e.content.size())));
    const auto fields = [&](std::string& to) {
      number(to, e.flags, 2);
      number(to, e.stated_method >= 0 ? static_cast<std::uint64_t>(e.stated_method) : e.deflate ? 8 : 0, 2);
      number(to, 0, 4);  // time, date
      number(to, e.stated_crc >= 0 ? static_cast<std::uint64_t>(e.stated_crc) : crc, 4);
      number(to, e.stated_packed >= 0 ? static_cast<std::uint64_t>(e.stated_packed) : data.size(), 4);
      number(to, e.stated_size >= 0 ? static_cast<std::uint64_t>(e.stated_size) : e.content.size(), 4);
      number(to, e.name.size(), 2);
    };
    out += "PK\3\4";
    number(out, 20, 2);
    fields(out);
    number(out, 0, 2);
    out += e.name + data;
    directory += "PK\1\2";
    number(directory, 3 << 8 | 20, 2);  // made on Unix
    number(directory, 20, 2);
    fields(directory);
    number(directory, 0, 2);  // extra
    number(directory, 0, 2);  // comment
    number(directory, 0, 2);  // disk
    number(directory, 0, 2);  // internal attributes
    number(directory, std::uint64_t{e.unix_mode} << 16, 4);
    number(directory, e.stated_offset >= 0 ? static_cast<std::uint64_t>(e.stated_offset) : at, 4);
    directory += e.name;
  }
  const std::uint64_t at = out.size();
  out += directory + "PK\5\6";
  number(out, 0, 4);
  number(out, entries.size(), 2);
  number(out, entries.size(), 2);
  number(out, directory.size(), 4);
  number(out, at, 4);
  number(out, 0, 2);
  return out;
}

inline std::string gzip_of(const std::string& content) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  out += deflated(content);
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  for (int k = 0; k < 4; ++k) out += static_cast<char>(crc >> 8 * k & 0xff);
  for (int k = 0; k < 4; ++k) out += static_cast<char>(content.size() >> 8 * k & 0xff);
  return out;
}

}  // namespace arterial
