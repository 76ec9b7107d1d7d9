#include "scenarios/run/progress_bar.h"

#include <algorithm>
#include <ostream>

#include "scenarios/text.h"
#include "sim/model/quantity.h"

namespace arterial {

ProgressBar::ProgressBar(std::ostream& out, bool on, double begin_s, double end_s)
    : out_(out), on_(on), begin_s_(begin_s), end_s_(end_s), start_(Clock::now()), last_(start_) {}

void ProgressBar::show(const Simulation& simulation) {
  if (!on_) return;
  const auto now = Clock::now();
  if (drawn_ && now - last_ < std::chrono::milliseconds(100)) return;
  const double at_s = simulation.now_s();
  if (!drawn_) {
    first_s_ = at_s;
    start_ = now;
  }
  last_ = now;
  drawn_ = true;
  const double share =
      end_s_ > begin_s_ ? std::clamp((at_s - begin_s_) / (end_s_ - begin_s_), 0.0, 1.0) : 1.0;
  constexpr int kCells = 24;
  const int full = static_cast<int>(share * kCells);
  std::string line = "\r  " + clock_text(at_s) + "  ";
  for (int i = 0; i < kCells; ++i) line += i < full ? "█" : "░";
  line += " " + fixed(share * 100, 0) + " %";
  const Ledger ledger = simulation.ledger(0);
  line += "   running " + std::to_string(ledger.running) + "  waiting " + std::to_string(ledger.waiting) +
          "  arrived " + std::to_string(ledger.arrived);
  const double wall_s = std::chrono::duration<double>(now - start_).count();
  if (at_s > first_s_ && wall_s > 0.5)
    line +=
        "  " + clock_text(std::max(0.0, wall_s * (end_s_ - at_s) / (at_s - first_s_))).substr(3, 5) + " left";
  out_ << line << "\033[K" << std::flush;
}

void ProgressBar::clear() {
  if (drawn_) out_ << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace arterial
