#pragma once
// A long output that grows during a run: FILE.part until it is whole, then FILE. A checkpoint remembers its
// offset; a resumed run cuts the part there and goes on, so that the file equals that of an uninterrupted
// run. A name that ends in .gz is compressed; each checkpoint then begins a new gzip member, which every
// reader joins.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace arterial {

class StreamFile {
 public:
  /// Begins a new file, or continues the part at `offset`. Throws InputError.
  explicit StreamFile(std::string path);
  StreamFile(std::string path, std::uint64_t offset);
  /// The part stays only after keep_part(): half-written files never stay unless a checkpoint needs them.
  ~StreamFile();
  StreamFile(const StreamFile&) = delete;
  StreamFile& operator=(const StreamFile&) = delete;

  /// Where to append; call flush_if_full() now and then.
  std::string& buffer() { return buffer_; }
  void flush_if_full() {
    if (buffer_.size() >= kFlushAt) flush();
  }
  /// Brings everything to the disk and returns the offset for a checkpoint.
  std::uint64_t sync();
  void keep_part() { keep_part_ = true; }
  void commit();

 private:
  static constexpr std::size_t kFlushAt = 1 << 20;
  struct Deflate;
  void open(bool fresh, std::uint64_t offset);
  void flush();
  void put(std::string_view bytes);
  void compress(bool end_member);
  void close();

  std::string path_, part_, buffer_;
  int descriptor_ = -1;
  std::uint64_t written_ = 0;
  bool keep_part_ = false;
  std::unique_ptr<Deflate> deflate_;
};

}  // namespace arterial
