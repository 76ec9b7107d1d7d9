#pragma once
// A file appears whole or not at all: written beside its place under a temporary name, flushed to the disk,
// then renamed over it. A reader, a crash or a full disk never leaves half a file behind.
#include <string>
#include <string_view>

namespace arterial {

/// Throws InputError unless `path` can be the name of a file: what is renamed over a device, a pipe or a
/// socket would take its place for everybody.
void check_output_path(const std::string& path);

class AtomicFile {
 public:
  /// Opens a temporary file in the folder of `path`. Throws InputError where that cannot be.
  explicit AtomicFile(std::string path);
  /// Without commit() the temporary file is removed and what stood at `path` stays.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Buffered. Throws InputError (disk full, file too large, ...).
  void write(std::string_view content);
  /// Flushes, fsyncs, renames and fsyncs the folder. Call once, last.
  void commit();

  const std::string& path() const { return path_; }

 private:
  void flush();
  void discard() noexcept;

  std::string path_, temporary_path_, buffer_;
  int descriptor_ = -1;
};

void write_file_atomically(const std::string& path, std::string_view content);

}  // namespace arterial
