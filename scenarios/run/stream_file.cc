#include "scenarios/run/stream_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what, int error) {
  throw InputError(path, "", std::string(what) + " (" + std::strerror(error) + ")",
                   error == ENOSPC || error == EDQUOT ? "Free some space on that disk, or write elsewhere"
                                                      : "Choose a place that can be written");
}

}  // namespace

struct StreamFile::Deflate {
  z_stream stream{};
  bool open = false;
  std::vector<unsigned char> out = std::vector<unsigned char>(1 << 18);
  ~Deflate() {
    if (open) deflateEnd(&stream);
  }
};

StreamFile::StreamFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") { open(true, 0); }

StreamFile::StreamFile(std::string path, std::uint64_t offset)
    : path_(std::move(path)), part_(path_ + ".part") {
  open(false, offset);
}

StreamFile::~StreamFile() {
  close();
  if (!keep_part_) ::unlink(part_.c_str());
}

void StreamFile::open(bool fresh, std::uint64_t offset) {
  check_output_path(path_);
  if (path_.ends_with(".gz")) deflate_ = std::make_unique<Deflate>();
  // A run that had come to its end left the whole file; a resumed one goes on from what it holds.
  if (!fresh && ::access(part_.c_str(), F_OK) != 0) ::rename(path_.c_str(), part_.c_str());
  descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (fresh ? O_TRUNC : 0), 0644);
  if (descriptor_ < 0) fail(path_, "cannot be written", errno);
  struct stat there {};
  if (::fstat(descriptor_, &there) != 0) fail(path_, "cannot be looked at", errno);
  if (!fresh) {
    keep_part_ = true;  // the checkpoint it belongs to is still good if this run fails
    if (static_cast<std::uint64_t>(there.st_size) < offset)
      throw InputError(part_, "",
                       "is shorter than the checkpoint says (" + std::to_string(offset) + " bytes)",
                       "Put the file back beside the run, or resume without --fcd into another folder");
    if (::ftruncate(descriptor_, static_cast<off_t>(offset)) != 0) fail(path_, "cannot be cut", errno);
    if (::lseek(descriptor_, 0, SEEK_END) < 0) fail(path_, "cannot be continued", errno);
    written_ = offset;
  }
  buffer_.reserve(kFlushAt + (64 << 10));
}

void StreamFile::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(path_, "could not be written to the end", n < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    written_ += static_cast<std::uint64_t>(n);
  }
}

void StreamFile::compress(bool end_member) {
  auto& z = *deflate_;
  if (!z.open) {
    if (buffer_.empty()) return;
    z.stream = {};
    // 15 + 16: a gzip wrapper with a 32 KiB window. No time stamp, so the same run gives the same bytes.
    if (deflateInit2(&z.stream, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw InputError(path_, "", "cannot be compressed (out of memory)", "Write it without .gz");
    z.open = true;
  }
  z.stream.next_in = reinterpret_cast<unsigned char*>(buffer_.data());
  z.stream.avail_in = static_cast<unsigned>(buffer_.size());
  for (;;) {
    z.stream.next_out = z.out.data();
    z.stream.avail_out = static_cast<unsigned>(z.out.size());
    const int state = deflate(&z.stream, end_member ? Z_FINISH : Z_NO_FLUSH);
    put({reinterpret_cast<const char*>(z.out.data()), z.out.size() - z.stream.avail_out});
    if (end_member ? state == Z_STREAM_END : z.stream.avail_out > 0) break;
  }
  if (end_member) {
    deflateEnd(&z.stream);
    z.open = false;
  }
}

void StreamFile::flush() {
  if (deflate_)
    compress(false);
  else
    put(buffer_);
  buffer_.clear();
}

std::uint64_t StreamFile::sync() {
  if (deflate_) {
    compress(true);
    buffer_.clear();
  } else {
    flush();
  }
  if (::fsync(descriptor_) != 0) fail(path_, "could not be brought to the disk", errno);
  return written_;
}

void StreamFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void StreamFile::commit() {
  sync();
  close();
  if (::rename(part_.c_str(), path_.c_str()) != 0) fail(path_, "could not be put in its place", errno);
}

}  // namespace arterial
