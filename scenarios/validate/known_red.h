#pragma once
// Gates that the model does not reach yet, each with the reason and what would reach it. CI accepts these and
// no others
// (--known-red); arterial bench itself exits 1 on every red gate.
#include <string_view>

namespace arterial::validate {

struct KnownRed {
  std::string_view id, begins;  // of the case, and how the row begins
  std::string_view reason;
};

const KnownRed* known_red(std::string_view id, std::string_view what);

}  // namespace arterial::validate
