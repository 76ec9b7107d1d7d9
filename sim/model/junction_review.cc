#include "sim/model/junction_review.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace arterial {
namespace {

constexpr std::string_view kJoined = "junction_joined", kApart = "junctions_kept_apart";
constexpr std::string_view kStart = "Confidence 0.", kSure = "Confidence 1.00", kColon = ": ";

}  // namespace

Problem problem_of(const JunctionReview& review, std::string object_id, double x_m, double y_m) {
  const int percent = std::clamp(static_cast<int>(std::lround(review.confidence * 100)), 0, 100);
  std::string words(percent == 100 ? kSure : kStart);
  if (percent < 100) words += {static_cast<char>('0' + percent / 10), static_cast<char>('0' + percent % 10)};
  words += kColon;
  words += review.reasons;
  return {review.joined ? Severity::kGuess : Severity::kNote,
          std::string(review.joined ? kJoined : kApart),
          std::move(object_id),
          x_m,
          y_m,
          std::move(words)};
}

std::optional<JunctionReview> review_of(const Problem& problem) {
  JunctionReview out;
  out.joined = problem.code == kJoined;
  if (!out.joined && problem.code != kApart) return std::nullopt;
  const std::string_view words(problem.words);
  if (words.size() < kSure.size() + kColon.size()) return std::nullopt;
  if (words.starts_with(kSure)) {
    out.confidence = 1;
  } else if (words.starts_with(kStart)) {
    const char tens = words[kStart.size()], ones = words[kStart.size() + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return std::nullopt;
    out.confidence = ((tens - '0') * 10 + (ones - '0')) / 100.0;
  } else {
    return std::nullopt;
  }
  out.reasons = words.substr(kSure.size() + kColon.size());
  return out;
}

}  // namespace arterial
