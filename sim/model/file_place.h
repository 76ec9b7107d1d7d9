#pragma once
// A place in a text file that people write: scenario files, mapping files.
#include <string>

namespace arterial {

/// Where in the file a value stands, from 1; 0 where it came from the command line.
struct FilePlace {
  int line = 0, column = 0;
  std::string words() const {
    return line == 0 ? "" : "line " + std::to_string(line) + ", column " + std::to_string(column);
  }
};

}  // namespace arterial
