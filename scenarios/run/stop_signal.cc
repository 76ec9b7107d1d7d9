#include "scenarios/run/stop_signal.h"

#include <csignal>

namespace arterial {
namespace {

volatile std::sig_atomic_t stop_asked = 0;
struct sigaction before_term, before_int;

extern "C" void ask_to_stop(int) { stop_asked = 1; }

}  // namespace

StopSignal::StopSignal() {
  stop_asked = 0;
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  sigemptyset(&action.sa_mask);
  // The handler is good for once: the second signal meets the default action, which ends the process.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGTERM, &action, &before_term);
  sigaction(SIGINT, &action, &before_int);
}

StopSignal::~StopSignal() {
  sigaction(SIGTERM, &before_term, nullptr);
  sigaction(SIGINT, &before_int, nullptr);
}

bool StopSignal::raised() const { return stop_asked != 0; }
void StopSignal::raise_now() { stop_asked = 1; }

}  // namespace arterial
