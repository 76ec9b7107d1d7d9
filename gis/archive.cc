#include "gis/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include "sim/model/problem.h"

namespace arterial {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::uint64_t kExpansionFree = 1 << 20;
constexpr std::size_t kEndRecord = 22, kLongestComment = 65535, kCentralRecord = 46, kLocalRecord = 30;
constexpr std::uint32_t kEndMark = 0x06054b50, kCentralMark = 0x02014b50, kLocalMark = 0x04034b50;

using Bytes = std::vector<unsigned char>;

std::uint32_t u16(const unsigned char* p) { return p[0] | std::uint32_t{p[1]} << 8; }
std::uint32_t u32(const unsigned char* p) { return u16(p) | u16(p + 2) << 16; }

std::string shown(std::string_view name) {
  std::string out(name.substr(0, 60));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return name.size() > 60 ? out + "..." : out;
}

bool begins_as_archive(std::string_view head) {
  using namespace std::literals;
  for (const std::string_view magic : {"PK\3\4"sv, "PK\5\6"sv, "\x1f\x8b"sv, "BZh"sv,
                                       "\xfd"
                                       "7zXZ\0"sv,
                                       "7z\xbc\xaf"sv, "Rar!"sv, "\x28\xb5\x2f\xfd"sv})
    if (head.starts_with(magic)) return true;
  return head.size() >= 262 && head.substr(257, 5) == "ustar";
}

bool named_as_archive(std::string_view name) {
  std::string low(name);
  for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view end :
       {".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst", ".kmz"})
    if (low.ends_with(end)) return true;
  return false;
}

/// A new file of ours; never through a link, never over something that is there.
class NewFile {
 public:
  NewFile(const std::string& archive, std::string path)
      : archive_(archive),
        path_(std::move(path)),
        descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) fail();
  }
  ~NewFile() { ::close(descriptor_); }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(const unsigned char* bytes, std::size_t count) {
    if (size_ < 512)
      head_.append(reinterpret_cast<const char*>(bytes), std::min<std::size_t>(count, 512 - size_));
    size_ += count;
    while (count > 0) {
      const ssize_t n = ::write(descriptor_, bytes, count);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail();
      bytes += n;
      count -= static_cast<std::size_t>(n);
    }
  }
  std::uint64_t size() const { return size_; }
  const std::string& head() const { return head_; }

 private:
  [[noreturn]] void fail() const {
    throw InputError(archive_, "",
                     std::string("cannot be unpacked to ") + path_ + " (" + std::strerror(errno) + ")",
                     "Free some space, or set TMPDIR to a folder that has it");
  }
  const std::string& archive_;
  std::string path_, head_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

class Archive {
 public:
  Archive(const std::string& path, const ArchiveLimits& limits)
      : path_(path), limits_(limits), file_(std::fopen(path.c_str(), "rbe"), &std::fclose) {
    struct stat info;
    if (!file_ || fstat(fileno(file_.get()), &info) != 0 || !S_ISREG(info.st_mode))
      throw InputError(path_, "", "cannot be read", "Check the path and its permissions");
    size_ = static_cast<std::uint64_t>(info.st_size);
  }

 protected:
  [[noreturn]] void fail(const std::string& place, const std::string& what, const std::string& remedy) const {
    throw InputError(path_, place, what, remedy);
  }
  [[noreturn]] void damaged(const std::string& place, const std::string& what) const {
    fail(place, what, "The archive is damaged; fetch or write it again");
  }

  Bytes read_at(std::uint64_t at, std::size_t count) const {
    Bytes bytes(count);
    if (at > size_ || count > size_ - at || fseeko(file_.get(), static_cast<off_t>(at), SEEK_SET) != 0 ||
        std::fread(bytes.data(), 1, count, file_.get()) != count)
      damaged("", "ends before its content does");
    return bytes;
  }

  void require_no_archive_inside(const std::string& place, const NewFile& file) const {
    if (begins_as_archive(file.head()))
      fail(place, "is an archive inside an archive", "Unpack it and give the files themselves");
  }

  std::string path_;
  ArchiveLimits limits_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t size_ = 0;
};

struct Inflater {
  explicit Inflater(int window_bits) { ready = inflateInit2(&stream, window_bits) == Z_OK; }
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  z_stream stream{};
  bool ready = false;
};

class ZipArchive : Archive {
 public:
  using Archive::Archive;

  std::vector<std::string> unpack(const std::string& folder) {
    read_directory();
    check_sizes();
    std::vector<std::string> files;
    for (const Entry& e : entries_) {
      if (e.name.ends_with('/')) continue;
      const std::filesystem::path target = std::filesystem::path(folder) / e.name;
      std::error_code error;
      std::filesystem::create_directories(target.parent_path(), error);
      if (error) fail(place_of(e), "cannot be unpacked (" + error.message() + ")", "Free some space");
      extract(e, target.string());
      files.push_back(target.string());
    }
    if (files.empty()) fail("", "holds no file", "Give an archive with map files");
    return files;
  }

 private:
  struct Entry {
    std::string name;
    std::uint32_t method = 0, crc = 0;
    std::uint64_t packed = 0, unpacked = 0, header_at = 0, data_at = 0;
  };

  static std::string place_of(const Entry& e) { return "entry '" + shown(e.name) + "'"; }

  void read_directory() {
    if (size_ < kEndRecord) damaged("", "is too short for a zip archive");
    const std::size_t tail =
        static_cast<std::size_t>(std::min<std::uint64_t>(size_, kEndRecord + kLongestComment));
    const Bytes bytes = read_at(size_ - tail, tail);
    std::size_t end = bytes.size();
    for (std::size_t k = tail - kEndRecord + 1; k-- > 0 && end == bytes.size();)
      if (u32(&bytes[k]) == kEndMark && k + kEndRecord + u16(&bytes[k + 20]) == tail) end = k;
    if (end == bytes.size()) damaged("", "has no directory at its end, as a zip archive has");
    const unsigned char* record = &bytes[end];
    const std::uint32_t count = u16(record + 10), directory_size = u32(record + 12),
                        directory_at = u32(record + 16);
    if (u16(record + 4) != 0 || u16(record + 6) != 0 || u16(record + 8) != count)
      fail("", "is one volume of several", "Join the volumes into one archive");
    if (count == 0xffff || directory_size == 0xffffffff || directory_at == 0xffffffff)
      fail("", "is a Zip64 archive", "Give the files themselves, or an archive of less than 4 GiB");
    if (count > limits_.entries)
      fail("", "holds " + std::to_string(count) + " entries; the most is " + std::to_string(limits_.entries),
           "Unpack it and give the files themselves");
    if (directory_size > count * (kCentralRecord + 3 * 65535ull) ||
        std::uint64_t{directory_at} + directory_size > size_ - tail + end)
      damaged("", "states a directory that does not fit");
    parse_directory(read_at(directory_at, directory_size), count);
    for (Entry& e : entries_) find_data(e, directory_at);
  }

  void parse_directory(const Bytes& directory, std::uint32_t count) {
    std::size_t at = 0;
    for (std::uint32_t k = 0; k < count; ++k) {
      const std::string place = "entry " + std::to_string(k + 1);
      if (directory.size() - at < kCentralRecord || u32(&directory[at]) != kCentralMark)
        damaged(place, "is no entry of a directory");
      const unsigned char* p = &directory[at];
      const std::size_t name_size = u16(p + 28), rest = u16(p + 30) + u16(p + 32);
      if (directory.size() - at - kCentralRecord < name_size + rest)
        damaged(place, "runs beyond the directory");
      Entry e;
      e.name.assign(reinterpret_cast<const char*>(p + kCentralRecord), name_size);
      e.method = u16(p + 10);
      e.crc = u32(p + 16);
      e.packed = u32(p + 20);
      e.unpacked = u32(p + 24);
      e.header_at = u32(p + 42);
      check_entry(e, u16(p + 8), u16(p + 4) >> 8, u32(p + 38));
      entries_.push_back(std::move(e));
      at += kCentralRecord + name_size + rest;
    }
  }

  void check_entry(const Entry& e, std::uint32_t flags, std::uint32_t made_by,
                   std::uint32_t attributes) const {
    check_name(e);
    constexpr std::uint32_t kUnix = 3, kMac = 19;
    const std::uint32_t mode = attributes >> 16;
    if ((made_by == kUnix || made_by == kMac) && (mode & S_IFMT) != 0 && !S_ISREG(mode) && !S_ISDIR(mode))
      fail(place_of(e), "is a link or a device, not a file", "Archive plain files");
    if (flags & 1) fail(place_of(e), "is encrypted", "Archive it without a password");
    if (e.method != 0 && e.method != 8)
      fail(place_of(e), "is compressed by method " + std::to_string(e.method),
           "Compress it with deflate, as zip does");
    if (e.packed == 0xffffffff || e.unpacked == 0xffffffff || e.header_at == 0xffffffff)
      fail(place_of(e), "is larger than 4 GiB", "Give the file itself");
    if (e.name.ends_with('/') && (e.unpacked > 0 || e.packed > 2))
      damaged(place_of(e), "is a folder with content");
  }

  void check_name(const Entry& e) const {
    const std::string& name = e.name;
    if (name.empty() || name.size() > limits_.name_bytes)
      fail(place_of(e), "has a name of " + std::to_string(name.size()) + " bytes", "Shorten it");
    for (const char c : name)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':')
        fail(place_of(e), "has a name with a control character, '\\' or ':'", "Rename the file");
    if (name.front() == '/') fail(place_of(e), "has an absolute name", "Archive it relative to its folder");
    std::size_t from = 0;
    while (from < name.size()) {
      const std::size_t to = std::min(name.find('/', from), name.size());
      const std::string_view part(name.data() + from, to - from);
      if (part.empty() || part == "." || part == "..")
        fail(place_of(e), "has a name that leaves its folder", "Archive it relative to its folder");
      from = to + 1;
    }
    if (named_as_archive(name))
      fail(place_of(e), "is an archive inside an archive", "Unpack it and give the files themselves");
  }

  /// Reads the local header: where the data begins, and that it names the same file.
  void find_data(Entry& e, std::uint64_t directory_at) const {
    const Bytes header = read_at(e.header_at, kLocalRecord);
    if (u32(header.data()) != kLocalMark) damaged(place_of(e), "points to no file");
    const std::size_t name_size = u16(&header[26]);
    if (name_size != e.name.size()) damaged(place_of(e), "has another name in front of its data");
    const Bytes name = read_at(e.header_at + kLocalRecord, name_size);
    if (!std::equal(name.begin(), name.end(), e.name.begin(),
                    [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); }))
      damaged(place_of(e), "has another name in front of its data");
    e.data_at = e.header_at + kLocalRecord + name_size + u16(&header[28]);
    if (e.data_at + e.packed > directory_at) damaged(place_of(e), "runs into the directory");
  }

  void check_sizes() {
    std::uint64_t sum = 0;
    for (const Entry& e : entries_) {
      sum += e.unpacked;  // 100 times 4 GiB at most
      if (e.unpacked > kExpansionFree && e.unpacked / limits_.expansion > e.packed)
        fail(place_of(e),
             "would grow from " + std::to_string(e.packed) + " to " + std::to_string(e.unpacked) +
                 " bytes, more than " + std::to_string(limits_.expansion) + " times",
             "No map is so regular: check where the archive comes from");
      if (e.method == 0 && e.packed != e.unpacked) damaged(place_of(e), "is stored with two sizes");
    }
    if (sum > limits_.bytes)
      fail("",
           "would unpack to " + std::to_string(sum) + " bytes; the most is " + std::to_string(limits_.bytes),
           "Give the files themselves, or a smaller area");
    std::vector<const Entry*> by_place;
    for (const Entry& e : entries_) by_place.push_back(&e);
    std::sort(by_place.begin(), by_place.end(),
              [](const Entry* a, const Entry* b) { return a->header_at < b->header_at; });
    for (std::size_t k = 1; k < by_place.size(); ++k)
      if (by_place[k]->header_at < by_place[k - 1]->data_at + by_place[k - 1]->packed)
        fail(place_of(*by_place[k]), "lies inside another entry",
             "Write the archive again with a usual program");
  }

  void extract(const Entry& e, const std::string& target) {
    NewFile out(path_, target);
    std::uint32_t crc = 0;
    const auto take = [&](const unsigned char* bytes, std::size_t count) {
      if (count > e.unpacked - out.size()) damaged(place_of(e), "unpacks to more than it states");
      crc = static_cast<std::uint32_t>(crc32(crc, bytes, static_cast<uInt>(count)));
      out.write(bytes, count);
    };
    if (e.method == 0)
      copy(e, take);
    else
      inflate_entry(e, take);
    if (out.size() != e.unpacked || crc != e.crc) damaged(place_of(e), "does not unpack to what it states");
    require_no_archive_inside(place_of(e), out);
  }

  template <class Take>
  void copy(const Entry& e, Take&& take) {
    for (std::uint64_t done = 0; done < e.packed;) {
      const Bytes part = read_at(e.data_at + done,
                                 static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, e.packed - done)));
      take(part.data(), part.size());
      done += part.size();
    }
  }

  template <class Take>
  void inflate_entry(const Entry& e, Take&& take) {
    Inflater inflater(-MAX_WBITS);
    if (!inflater.ready) fail(place_of(e), "cannot be unpacked: no memory", "Free some memory");
    Bytes out(kChunk);
    int state = Z_OK;
    for (std::uint64_t done = 0; done < e.packed && state != Z_STREAM_END;) {
      Bytes part = read_at(e.data_at + done,
                           static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, e.packed - done)));
      done += part.size();
      inflater.stream.next_in = part.data();
      inflater.stream.avail_in = static_cast<uInt>(part.size());
      do {
        inflater.stream.next_out = out.data();
        inflater.stream.avail_out = static_cast<uInt>(out.size());
        state = inflate(&inflater.stream, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
          damaged(place_of(e), "is no valid compressed data");
        take(out.data(), out.size() - inflater.stream.avail_out);
      } while (state == Z_OK && inflater.stream.avail_out == 0);
    }
    if (state != Z_STREAM_END) damaged(place_of(e), "ends before its data does");
  }

  std::vector<Entry> entries_;
};

class GzipArchive : Archive {
 public:
  using Archive::Archive;

  std::vector<std::string> unpack(const std::string& folder) {
    std::string name = std::filesystem::path(path_).filename().string();
    if (name.size() > 3 && (name.ends_with(".gz") || name.ends_with(".GZ"))) name.resize(name.size() - 3);
    if (named_as_archive(name))
      fail("", "is an archive inside an archive", "Unpack it and give the files themselves");
    const std::string target = (std::filesystem::path(folder) / name).string();
    NewFile out(path_, target);
    const std::uint64_t most = std::min(limits_.bytes, std::max(kExpansionFree, size_ * limits_.expansion));
    inflate_members(out, most);
    require_no_archive_inside("", out);
    return {target};
  }

 private:
  void inflate_members(NewFile& out, std::uint64_t most) {
    Inflater inflater(MAX_WBITS + 16);
    if (!inflater.ready) fail("", "cannot be unpacked: no memory", "Free some memory");
    Bytes buffer(kChunk);
    int state = Z_OK;
    for (std::uint64_t done = 0; done < size_;) {
      Bytes part = read_at(done, static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, size_ - done)));
      done += part.size();
      inflater.stream.next_in = part.data();
      inflater.stream.avail_in = static_cast<uInt>(part.size());
      while (inflater.stream.avail_in > 0) {
        if (state == Z_STREAM_END && inflateReset(&inflater.stream) != Z_OK)  // another member follows
          damaged("", "is no valid gzip file");
        do {
          inflater.stream.next_out = buffer.data();
          inflater.stream.avail_out = static_cast<uInt>(buffer.size());
          state = inflate(&inflater.stream, Z_NO_FLUSH);
          if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            damaged("", "is no valid gzip file");
          const std::size_t count = buffer.size() - inflater.stream.avail_out;
          if (count > most - out.size())
            fail("", "unpacks to more than " + std::to_string(most) + " bytes",
                 "The most is " + std::to_string(limits_.expansion) +
                     " times its size: check where it comes from");
          out.write(buffer.data(), count);
        } while (state == Z_OK && inflater.stream.avail_out == 0);
      }
    }
    if (state != Z_STREAM_END) damaged("", "ends before its data does");
  }
};

std::string head_of(const std::string& path, std::size_t count) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  std::string bytes(count, '\0');
  bytes.resize(file ? std::fread(bytes.data(), 1, count, file.get()) : 0);
  return bytes;
}

}  // namespace

PrivateFolder::PrivateFolder() {
  std::error_code error;
  std::string pattern = (std::filesystem::temp_directory_path(error) / "arterial-import-XXXXXX").string();
  if (error || !::mkdtemp(pattern.data()))
    throw InputError(error ? "the folder for temporary files" : pattern, "", "cannot be made",
                     "Set TMPDIR to a folder with some space");
  path_ = pattern;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool is_zip(const std::string& path) {
  const std::string head = head_of(path, 4);
  return head == "PK\3\4" || head == "PK\5\6";
}

bool is_gzip(const std::string& path) { return head_of(path, 2) == "\x1f\x8b"; }

std::vector<std::string> unpack(const std::string& archive, const std::string& folder,
                                const ArchiveLimits& limits) {
  if (is_zip(archive)) return ZipArchive(archive, limits).unpack(folder);
  if (is_gzip(archive)) return GzipArchive(archive, limits).unpack(folder);
  throw InputError(archive, "", "is neither a zip archive nor a gzip file", "Give the files themselves");
}

}  // namespace arterial
