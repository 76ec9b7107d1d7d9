#pragma once
// Faults in the input are data: found by the readers and builders, kept in the network file, shown by
// `inspect`, `problems.geojson` and the viewer. A reader that cannot go on throws InputError instead.
#include <stdexcept>
#include <string>
#include <vector>

namespace arterial {

enum class Severity : unsigned char { kNote, kGuess, kWarning, kError };

inline const char* name_of(Severity s) {
  switch (s) {
    case Severity::kNote: return "note";
    case Severity::kGuess: return "guess";
    case Severity::kWarning: return "warning";
    default: return "error";
  }
}

struct Problem {
  Severity severity = Severity::kNote;
  std::string code;         // short and stable, for counting: "signal_program_guessed"
  std::string object_id;    // source id of the link, junction, signal, trip
  double x_m = 0, y_m = 0;  // in the network's CRS; 0,0 where it has no place
  std::string words;
};

/// Bad input: a message a user can act on. Leads to exit code 2.
/// Say the file, the place in it (line, object id), the value, and what to do.
class InputError : public std::runtime_error {
 public:
  InputError(const std::string& file, const std::string& place, const std::string& what_is_wrong,
             const std::string& what_to_do)
      : std::runtime_error(file + (place.empty() ? "" : ": " + place) + ": " + what_is_wrong +
                           (what_to_do.empty() ? "" : ". " + what_to_do)) {}
};

}  // namespace arterial
