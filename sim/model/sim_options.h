#pragma once
// The options of a run, declared once: this table feeds the command line (--flag), the scenario file (key),
// --help and docs/SCENARIO_FILE.md. Defaults are those of SimOptions itself.
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/model/quantity.h"
#include "sim/model/scenario.h"

namespace arterial {

enum class OptionUnit : std::uint8_t { kClock, kDuration, kNumber, kCount, kBackend };

struct OptionSpec {
  std::string_view flag;  // "begin" is --begin on the command line
  std::string_view key;   // "time.begin" is `begin` of the section `time` in a scenario file
  OptionUnit unit;
  double least, most;
  std::variant<double SimOptions::*, std::uint64_t SimOptions::*, int SimOptions::*, Backend SimOptions::*>
      member;
  std::string_view help;
};

/// In an order in which they can be set: `begin` names the first day of dated times.
std::span<const OptionSpec> sim_option_table();
const OptionSpec* sim_option_by_flag(std::string_view flag);

/// Reads `text` into the option. Returns what is wrong, to follow the value in a message; empty when all is
/// well.
std::string set_option(SimOptions& options, const OptionSpec& spec, std::string_view text,
                       Calendar& calendar);
/// The value as a scenario file would state it.
std::string option_text(const SimOptions& options, const OptionSpec& spec);
std::string_view unit_words(OptionUnit unit);

/// What no single range can say: the end after the begin, a step that divides a second. Throws InputError.
void check_options(const SimOptions& options, const std::string& file);

/// The table of docs/SCENARIO_FILE.md.
std::string options_as_markdown();

std::string_view name_of(Backend backend);

}  // namespace arterial
