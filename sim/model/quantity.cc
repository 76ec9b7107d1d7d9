#include "sim/model/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace arterial {
namespace {

constexpr double kLongestTime_s = 1e9;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The number at the front; what follows it is left in `rest`, trimmed.
std::optional<double> leading_number(std::string_view text, std::string_view& rest) {
  text = trimmed(text);
  const bool plus = !text.empty() && text[0] == '+';
  if (plus) text.remove_prefix(1);
  if (plus && !text.empty() && text[0] == '-') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  rest = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return value;
}

struct UnitWord {
  std::string_view word;
  double factor;
};

template <std::size_t N>
std::optional<double> with_unit(std::string_view text, const std::array<UnitWord, N>& units, const char* what,
                                const char* write, std::string& why) {
  std::string_view unit;
  const auto value = leading_number(text, unit);
  if (!value) {
    why = std::string("is no ") + what + "; write " + write;
    return std::nullopt;
  }
  for (const auto& known : units)
    if (unit == known.word) return *value * known.factor;
  why = "has the unit '" + std::string(unit) + "', which is none of a " + what + "; write " + write;
  return std::nullopt;
}

std::optional<int> digits(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "7:30", "07:30:15", "07:30:15.250"; hours may pass 24 (a run over midnight).
std::optional<double> colon_time(std::string_view text) {
  const auto first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(':', first + 1);
  const auto hours = digits(text.substr(0, first), 1, 4);
  const bool with_seconds = second != std::string_view::npos;
  const auto minutes =
      digits(text.substr(first + 1, with_seconds ? second - first - 1 : std::string_view::npos), 2, 2);
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  double seconds = 0;
  if (with_seconds) {
    const auto tail = text.substr(second + 1);
    const auto point = tail.find('.');
    const auto whole = digits(tail.substr(0, point), 2, 2);
    if (!whole || *whole > 59) return std::nullopt;
    seconds = *whole;
    if (point != std::string_view::npos) {
      const auto fraction = tail.substr(point + 1);
      const auto parts = digits(fraction, 1, 3);
      if (!parts) return std::nullopt;
      seconds += *parts / std::pow(10.0, static_cast<double>(fraction.size()));
    }
  }
  return *hours * 3600.0 + *minutes * 60.0 + seconds;
}

/// Days since 1970-01-01 of a proleptic Gregorian date (the usual era arithmetic: years begin in March).
std::optional<std::int64_t> day_number(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4), 4, 4);
  const auto month = digits(text.substr(5, 2), 2, 2);
  const auto day = digits(text.substr(8, 2), 2, 2);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
  const bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (*day > kDays[*month - 1] + (*month == 2 && leap ? 1 : 0)) return std::nullopt;
  const std::int64_t y = *year - (*month <= 2 ? 1 : 0);
  const std::int64_t era = y / 400;
  const std::int64_t of_era = y - era * 400;
  const std::int64_t of_year = (153 * (*month + (*month > 2 ? -3 : 9)) + 2) / 5 + *day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/// "PT1H30M", "PT900S".
std::optional<double> iso_duration(std::string_view text) {
  if (text.size() < 4 || text.substr(0, 2) != "PT") return std::nullopt;
  text.remove_prefix(2);
  double total = 0;
  std::string_view order = "HMS";
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return std::nullopt;
    const auto place = order.find(text[0]);
    if (place == std::string_view::npos) return std::nullopt;
    total += value * (text[0] == 'H' ? 3600.0 : text[0] == 'M' ? 60.0 : 1.0);
    order.remove_prefix(place + 1);
    text.remove_prefix(1);
  }
  return total;
}

std::string_view without_zone(std::string_view clock) {
  if (!clock.empty() && clock.back() == 'Z') return clock.substr(0, clock.size() - 1);
  const auto sign = clock.find_last_of("+-");
  if (sign == std::string_view::npos) return clock;
  const auto zone = clock.substr(sign + 1);
  const bool fits = (zone.size() == 5 && zone[2] == ':' && digits(zone.substr(0, 2), 2, 2) &&
                     digits(zone.substr(3), 2, 2)) ||
                    digits(zone, 2, 2) || digits(zone, 4, 4);
  return fits ? clock.substr(0, sign) : clock;
}

}  // namespace

std::optional<double> parse_number(std::string_view text, std::string& why) {
  std::string_view rest;
  const auto value = leading_number(text, rest);
  if (value && rest.empty()) return value;
  why = "is no number";
  return std::nullopt;
}

std::optional<std::uint64_t> parse_count(std::string_view text, std::string& why) {
  text = trimmed(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return value;
  why = "is no whole number from 0 to 18446744073709551615";
  return std::nullopt;
}

std::optional<bool> parse_yes_no(std::string_view text, std::string& why) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  why = "is neither yes nor no";
  return std::nullopt;
}

std::optional<double> parse_duration_s(std::string_view text, std::string& why) {
  static constexpr std::array<UnitWord, 8> kUnits{{{"", 1},
                                                   {"s", 1},
                                                   {"sec", 1},
                                                   {"ms", 0.001},
                                                   {"min", 60},
                                                   {"h", 3600},
                                                   {"d", 86400},
                                                   {"hours", 3600}}};
  text = trimmed(text);
  std::optional<double> value = colon_time(text);
  if (!value) value = iso_duration(text);
  if (!value)
    value = with_unit(text, kUnits, "duration", "seconds, or a number with s, min or h, or HH:MM:SS", why);
  if (value && (*value < 0 || *value > kLongestTime_s)) {
    why = "is no duration between 0 and 1e9 seconds";
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_speed_mps(std::string_view text, std::string& why) {
  static constexpr std::array<UnitWord, 6> kUnits{
      {{"", 1}, {"m/s", 1}, {"mps", 1}, {"km/h", 1 / 3.6}, {"kmh", 1 / 3.6}, {"mph", 0.44704}}};
  return with_unit(text, kUnits, "speed", "\"30 km/h\", \"20 mph\" or \"8.3 m/s\"", why);
}

std::optional<double> parse_length_m(std::string_view text, std::string& why) {
  static constexpr std::array<UnitWord, 4> kUnits{{{"", 1}, {"m", 1}, {"km", 1000}, {"ft", 0.3048}}};
  return with_unit(text, kUnits, "length", "metres, or a number with m, km or ft", why);
}

std::optional<double> parse_clock_s(std::string_view text, Calendar& calendar, std::string& why) {
  text = trimmed(text);
  if (text.size() >= 16 && (text[10] == 'T' || text[10] == ' ')) {
    const auto day = day_number(text.substr(0, 10));
    const auto clock = colon_time(without_zone(text.substr(11)));
    if (day && clock && *clock < 86400 + 1) {
      if (!calendar.first_day) calendar.first_day = *day;
      return static_cast<double>(*day - *calendar.first_day) * 86400.0 + *clock;
    }
    why = "is no date and time; write 2024-03-05T07:30:00";
    return std::nullopt;
  }
  if (const auto clock = colon_time(text)) return clock;
  static constexpr std::array<UnitWord, 4> kUnits{{{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}}};
  const auto value =
      with_unit(text, kUnits, "time", "seconds from 00:00, HH:MM, HH:MM:SS or 2024-03-05T07:30:00", why);
  if (value && (*value < 0 || *value > kLongestTime_s)) {
    why = "is no time between 0 and 1e9 seconds";
    return std::nullopt;
  }
  return value;
}

std::string clock_text(double seconds) {
  const std::int64_t ms = std::llround(std::clamp(seconds, -kLongestTime_s, kLongestTime_s) * 1000.0);
  const std::int64_t left = ms < 0 ? -ms : ms;
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  std::string text =
      (ms < 0 ? "-" : "") + two(left / 3600000) + ":" + two(left / 60000 % 60) + ":" + two(left / 1000 % 60);
  if (left % 1000 != 0) text += "." + std::to_string(1000 + left % 1000).substr(1);
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t best = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
    before.swap(last);
    last.swap(row);
  }
  return std::min(last[b.size()], limit + 1);
}

std::string nearest_word(std::string_view wrong, const std::vector<std::string_view>& words) {
  const std::size_t near = std::max<std::size_t>(2, wrong.size() / 3);
  std::size_t best = near + 1;
  std::string_view found;
  for (const auto word : words) {
    const std::size_t distance = edit_distance(wrong, word, near);
    if (distance < best) {
      best = distance;
      found = word;
    }
  }
  return std::string(found);
}

}  // namespace arterial
