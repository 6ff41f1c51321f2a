// Runs a fuzz target without a fuzzer: each captured payload whole, cut off, and damaged in ways that follow from its
// bytes. Keeps the targets from rotting in builds that have no libFuzzer, and what it once found from coming back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void Run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  const std::string junk("\"\\{}[]:,019eE+-.tfn \xC3\xFF\0u", 26);
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file() || entry.file_size() > 100'000) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      Run(bytes);
      Run(bytes.substr(0, bytes.size() / 2));
      std::uint64_t state = 1 + bytes.size();
      for (int hit = 0; hit < 8 && !bytes.empty(); ++hit) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        bytes[static_cast<std::size_t>(state >> 33) % bytes.size()] =
            junk[static_cast<std::size_t>(state >> 20) % junk.size()];
        Run(bytes);
      }
      inputs += 10;
    }
  }
  std::printf("%zu inputs\n", inputs);
  return inputs == 0 ? 1 : 0;
}
