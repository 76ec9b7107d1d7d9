#pragma once
// SIGTERM and SIGINT ask a run to finish its step and write a checkpoint; a second one ends it at once.

namespace arterial {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool raised() const;
  /// For tests: as if the signal had come.
  static void raise_now();
};

}  // namespace arterial
