// An archive from a stranger: edits of a good one, or the bytes themselves. What comes out lies inside the
// folder, is no link and keeps within its limits.
#include "gis/archive.h"

#include <filesystem>

#include "tests/fuzz/fuzz_file.h"
#include "tests/gis/zip_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  static const std::string good =
      zip_of({{"roads.shp", std::string(3000, 'r')}, {"data/zones.csv", "id,pop\n1,2\n", false}});
  const std::string_view text = text_of(data, size);
  const bool whole = text.starts_with("PK") || text.starts_with("\x1f\x8b");
  const std::string bytes = whole ? std::string(text) : with_edits(good, data, size);
  ArchiveLimits limits;
  limits.bytes = 4 << 20;
  return refuse_or_read([&] {
    const PrivateFolder folder;
    std::uint64_t sum = 0;
    for (const std::string& file : unpack(fuzz_file(bytes, ".zip"), folder.path(), limits)) {
      demand_sound(file.starts_with(folder.path() + "/") && file.find("/../") == std::string::npos,
                   "a file outside");
      demand_sound(std::filesystem::is_regular_file(std::filesystem::symlink_status(file)), "no plain file");
      sum += std::filesystem::file_size(file);
    }
    demand_sound(sum <= limits.bytes, "more than the limit");
  });
}
