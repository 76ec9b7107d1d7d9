#include "gis/xml_reader.h"
#include "tests/fuzz/fuzz_file.h"

namespace {
struct Reads : arterial::XmlHandler {
  void begin(const arterial::XmlElement& element) override {
    element.number("length", 1.0);
    element.time("depart", 0.0);
    element.integer("index", 0);
    element.boolean("spread", false);
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  return refuse_or_read([&] {
    Reads reads;
    read_xml_text("fuzz", text_of(data, size), reads);
  });
}
