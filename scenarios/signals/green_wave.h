#pragma once
// Offsets of signals in a row: the band of departures that meet green at every one of them, there and back,
// made as wide as can be (Morgan and Little, Synchronizing Traffic Signals for Maximal Bandwidth, Operations
// Research 12, 1964; here by trying every second, one signal after another).
#include <cstdint>
#include <vector>

namespace arterial {

/// One signal on the way, all of one cycle of whole seconds. Greens of the way's own movement in seconds from
/// the begin of its cycle; empty where that direction does not pass a signal here.
struct WaveSignal {
  std::vector<bool> green_there, green_back;  // by second of the cycle
  double there_s = 0, back_s = 0;             // travel time from the first of that direction to here
  int offset_s = 0;
  bool fixed = false;  // belongs to another street's wave: its offset stays
};

/// Means over all seconds at which a car may leave the first stop line of its way.
struct Drive {
  double stops = 0, waits_s = 0;
  int band_s = 0;  // seconds of departures that meet no red
};

struct Wave {
  Drive there, back;
};

Wave wave_of(const std::vector<WaveSignal>& signals, int cycle_s);

/// Sets the offsets of those that are not fixed; where none is, the first keeps its own.
Wave make_green_wave(std::vector<WaveSignal>& signals, int cycle_s);

}  // namespace arterial
