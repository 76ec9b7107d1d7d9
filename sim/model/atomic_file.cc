#include "sim/model/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "sim/model/problem.h"

namespace arterial {
namespace {

constexpr std::size_t kBufferSize = 1 << 20;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

const char* remedy_for(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return "Choose an output folder that you may write to, or change its permissions";
    case EROFS: return "The file system is mounted read-only; choose an output folder elsewhere";
    case ENOENT: return "Create the folder first, or correct the path";
    case ENOTDIR: return "A part of the path is a file, not a folder; correct the path";
    case EISDIR: return "A folder stands at this path; choose another name for the output";
    case ENOSPC:
    case EDQUOT: return "Free some space on that disk (nothing half-written was left), or write elsewhere";
    case EFBIG: return "The file exceeds the size limit of the file system or of this shell (ulimit -f)";
    case ENAMETOOLONG: return "Choose a shorter path";
    case EMFILE:
    case ENFILE: return "Too many files are open; raise the limit (ulimit -n)";
    default: return "Check that disk, or choose another output folder";
  }
}

[[noreturn]] void fail(const std::string& path, const char* what, int error) {
  throw InputError(path, "", std::string(what) + " (" + std::strerror(error) + ")", remedy_for(error));
}

/// A new name for every attempt: two writers of one path, in one process or in several, never share a file.
std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  return path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
}

}  // namespace

void check_output_path(const std::string& path) {
  if (path.empty() || path.back() == '/')
    throw InputError(path, "", "the output needs a file name", "Give a path that ends in a file name");
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) return;
  if (S_ISDIR(there.st_mode)) fail(path, "cannot be written", EISDIR);
  if (!S_ISREG(there.st_mode))
    throw InputError(path, "", "is a device or a pipe, and only a file can be written whole or not at all",
                     "Give the name of a file");
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  check_output_path(path_);
  temporary_path_ = temporary_name(path_);
  descriptor_ = ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(path_, "cannot be written", errno);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_path_.c_str());
  descriptor_ = -1;
}

void AtomicFile::write(std::string_view content) {
  buffer_.append(content);
  if (buffer_.size() >= kBufferSize) flush();
}

void AtomicFile::flush() {
  if (descriptor_ < 0) throw InputError(path_, "", "written after it was closed", "Report this as a bug");
  const char* next = buffer_.data();
  std::size_t left = buffer_.size();
  while (left > 0) {
    const ssize_t written = ::write(descriptor_, next, left);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written < 0 ? errno : ENOSPC;
      discard();
      fail(path_, "could not be written to the end", error);
    }
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

void AtomicFile::commit() {
  flush();
  // A failed fsync is final: the kernel may have dropped the pages, so the file is given up, never retried.
  if (::fsync(descriptor_) != 0) {
    const int error = errno;
    discard();
    fail(path_, "could not be brought to the disk", error);
  }
  const int closed = ::close(descriptor_);
  const int close_error = errno;
  descriptor_ = -1;
  if (closed != 0 || ::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    const int error = closed != 0 ? close_error : errno;
    ::unlink(temporary_path_.c_str());
    fail(path_, "could not be put in its place", error);
  }
  // The name itself must survive a power cut. Some file systems refuse fsync on a folder; the file is whole
  // anyway.
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  const bool failed = ::fsync(folder) != 0;
  const int error = errno;
  ::close(folder);
  if (failed && error != EINVAL && error != EROFS && error != ENOTSUP)
    fail(path_, "was written, but its folder could not be brought to the disk", error);
}

void write_file_atomically(const std::string& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace arterial
