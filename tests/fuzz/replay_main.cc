// The seed corpora without a fuzzer, in every build: each file as it is, cut short at sixteen places, and
// with bytes changed in sixty-four fixed ways. Whoever crashes ends this program.
//   test_corpora TARGET [FOLDER]
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#define ARTERIAL_FUZZ_TARGET(name) extern "C" int name(const std::uint8_t* data, std::size_t size);
#include "tests/fuzz/fuzz_targets.inc"
#undef ARTERIAL_FUZZ_TARGET

namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

Target target_of(const char* asked) {
#define ARTERIAL_FUZZ_TARGET(name) \
  if (std::strcmp(asked, #name) == 0) return name;
#include "tests/fuzz/fuzz_targets.inc"
#undef ARTERIAL_FUZZ_TARGET
  return nullptr;
}

void feed(Target target, const std::string& input) {
  const std::vector<std::uint8_t> bytes(input.begin(),
                                        input.end());  // no byte beyond its end, as a fuzzer has it
  target(bytes.data(), bytes.size());
}

void feed_with_edits(Target target, const std::string& sound) {
  feed(target, sound);
  for (std::size_t k = 1; k <= 16; ++k) feed(target, sound.substr(0, sound.size() * k / 17));
  std::uint64_t dice = 0x9e3779b97f4a7c15u ^ sound.size();
  for (int k = 0; k < 64 && !sound.empty(); ++k) {
    std::string edited = sound;
    for (int edit = 0; edit <= k % 4; ++edit) {
      dice = dice * 6364136223846793005u + 1442695040888963407u;
      edited[(dice >> 24) % edited.size()] = static_cast<char>(dice >> 56);
    }
    feed(target, edited);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Target target = argc > 1 ? target_of(argv[1]) : nullptr;
  if (!target) {
    std::fprintf(stderr, "test_corpora TARGET [FOLDER]: there is no such target\n");
    return 2;
  }
  feed(target, "");
  std::size_t files = 0;
  if (argc > 2)
    for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
      std::ifstream in(entry.path(), std::ios::binary);
      feed_with_edits(target, {std::istreambuf_iterator<char>(in), {}});
      ++files;
    }
  std::printf("%s: %zu files of the corpus, each in 81 states\n", argv[1], files);
  return 0;
}
