#include "sim/model/atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "sim/model/problem.h"
#include "tests/catch.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes away with the test.
struct Folder {
  std::string path = (fs::temp_directory_path() / ("arterial_atomic_" + std::to_string(::getpid()))).string();
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return path + "/" + name; }
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }
};

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string message_of(const std::string& path) {
  try {
    write_file_atomically(path, "x");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a file appears whole, with nothing beside it") {
  Folder folder;
  write_file_atomically(folder / "a.txt", "one");
  write_file_atomically(folder / "a.txt", std::string(3 << 20, 'x'));
  CHECK(content_of(folder / "a.txt") == std::string(3 << 20, 'x'));
  CHECK(folder.files() == 1);
}

TEST_CASE("what is not committed never was, and the old file stays") {
  Folder folder;
  write_file_atomically(folder / "a.txt", "old");
  {
    AtomicFile file(folder / "a.txt");
    file.write(std::string(3 << 20, 'x'));
    CHECK(folder.files() == 2);
  }
  CHECK(content_of(folder / "a.txt") == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("a failed write names the file and the remedy and leaves nothing behind") {
  Folder folder;
  write_file_atomically(folder / "a.txt", "old");
  // A limit on file sizes fails like a full disk: in the middle.
  struct rlimit before {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 1 << 20;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    write_file_atomically(folder / "a.txt", std::string(3 << 20, 'x'));
  } catch (const InputError& error) {
    message = error.what();
  }
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(message.find(folder / "a.txt") != std::string::npos);
  CHECK(message.find("size limit") != std::string::npos);
  CHECK(content_of(folder / "a.txt") == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("a place that cannot be written is refused in words") {
  Folder folder;
  CHECK(message_of(folder / "missing/a.txt").find("Create the folder first") != std::string::npos);
  write_file_atomically(folder / "a.txt", "x");
  CHECK(message_of(folder / "a.txt/b.txt").find("not a folder") != std::string::npos);
  fs::create_directory(folder / "sub");
  CHECK(message_of(folder / "sub").find("A folder stands at this path") != std::string::npos);
  CHECK(message_of("").find("file name") != std::string::npos);
  CHECK(folder.files() == 2);
}

TEST_CASE("a device or a pipe is refused and stays what it is") {
  Folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", folder / "device");
  for (const char* name : {"pipe", "device"}) {
    CHECK(message_of(folder / name).find("only a file") != std::string::npos);
    CHECK(fs::exists(folder / name));
    CHECK_FALSE(fs::is_regular_file(folder / name));
  }
  CHECK(folder.files() == 2);
}

}  // namespace arterial
