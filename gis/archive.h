#pragma once
// Archives from strangers: .zip and .gz, unpacked into a private folder before any other reader sees them.
// What is declared is checked first (number of entries, names, sizes, ratio, overlaps), and what comes out is
// held against it. No absolute names, no "..", no links, no archives inside archives, no encryption.
//
// std and zlib only.
#include <cstdint>
#include <string>
#include <vector>

namespace arterial {

struct ArchiveLimits {
  std::uint64_t bytes = 4ull << 30;  // of all files together, unpacked
  std::uint64_t expansion = 200;     // unpacked / packed of one file, beyond the first MiB
  std::size_t entries = 100;
  std::size_t name_bytes = 255;
};

/// A folder that nobody else may enter, removed with all it holds.
class PrivateFolder {
 public:
  PrivateFolder();  // throws InputError where there is no place for it
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// By content.
bool is_zip(const std::string& path);
bool is_gzip(const std::string& path);

/// Unpacks a .zip or .gz under `folder`; the paths of the files, in the archive's order. The file inside a
/// .gz has the archive's name without ".gz". Throws InputError, and what was unpacked until then stays in
/// `folder`.
std::vector<std::string> unpack(const std::string& archive, const std::string& folder,
                                const ArchiveLimits& limits = {});

}  // namespace arterial
