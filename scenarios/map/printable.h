#pragma once
// Foreign text made fit for a picture.
#include <cstddef>
#include <string>

namespace arterial {

/// Valid UTF-8 on one line: bad bytes become U+FFFD, control characters (and those that turn the direction of
/// text) spaces; at most `most_bytes`.
std::string printable(const std::string& text, std::size_t most_bytes = 400);

}  // namespace arterial
