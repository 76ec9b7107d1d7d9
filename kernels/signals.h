#pragma once
// Stage "control": the letter of every signal slot at the frozen state. Fixed programs follow the clock;
// actuated ones keep their phase and end it when no vehicle came for max_gap (gap-out) or at its maximum.
#include <climits>

#include "kernels/vehicle_path.h"

namespace arterial {

constexpr std::uint8_t kGreenEnded = 0x80;  // beside the letter: green until the last step

ARTERIAL_HD bool is_green(std::uint8_t letter) {
  const std::uint8_t l = letter & 0x7f;
  return l == 'G' || l == 'g' || l == 's' || l == 'o' || l == 'O';
}

/// A vehicle's body covers the detector of `lane`.
ARTERIAL_HD bool detector_covered(const View& v, std::uint32_t lane, std::int32_t pos) {
  std::uint32_t lo = v.s.lane_first[lane], hi = v.s.lane_first[lane + 1];
  while (lo < hi) {  // first vehicle with its front at or past the detector
    const std::uint32_t mid = (lo + hi) / 2;
    if (v.s.pos[mid] < pos)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < v.s.lane_first[lane + 1] &&
         v.s.pos[lo] - v.city.type[v.s.kind[lo] & 0xffff].length_units <= pos;
}

struct ControlSignals {
  View v;
  static constexpr std::uint32_t kNsEach = 40;  // on a host, see HostMachine
  ARTERIAL_HD void operator()(std::uint32_t i) const {
    const std::uint32_t replica = i / v.city.signals, id = i % v.city.signals;
    const SignalParams& signal = v.city.signal[id];
    SignalState& st = v.s.signal_state[i];
    const ProgramParams& program = v.city.program[signal.first_program + st.program];
    const std::int32_t now = v.p.now_ms;
    std::int64_t until = now;  // its letters stay as they are
    if (!program.actuated) {
      if (now < v.s.signal_due[i] && now >= st.phase_begin_ms) return;
      std::int64_t at = (static_cast<std::int64_t>(now) - st.offset_ms) % program.cycle_ms;
      if (at < 0) at += program.cycle_ms;
      until = now + program.cycle_ms - at;
      std::uint32_t phase = 0;
      while (phase + 1 < program.phase_count && at >= v.city.phase[program.first_phase + phase].duration_ms) {
        at -= v.city.phase[program.first_phase + phase].duration_ms;
        ++phase;
      }
      st.phase = phase;
      st.phase_begin_ms = static_cast<std::int32_t>(now - at);
      const std::int64_t end =
          st.phase_begin_ms + std::int64_t{v.city.phase[program.first_phase + phase].duration_ms};
      if (phase + 1 < program.phase_count && end < until) until = end;
    } else {
      for (std::uint32_t k = 0; k < signal.slot_count; ++k) {
        const std::uint32_t lane = v.city.slot_lane[signal.first_slot + k];
        if (lane == kNone || v.city.lane_detector_pos[lane] < 0) continue;
        if (detector_covered(v, replica * v.city.grounds + lane, v.city.lane_detector_pos[lane]))
          v.s.lane_seen_ms[replica * v.city.road_lanes + lane] = now;
      }
      const PhaseParams& phase = v.city.phase[program.first_phase + st.phase];
      const std::int32_t elapsed = now - st.phase_begin_ms;
      if (elapsed >= phase.min_ms) {
        bool wanted = false;
        if (elapsed < phase.max_ms)
          for (std::uint32_t k = 0; k < signal.slot_count && !wanted; ++k) {
            const std::uint8_t l = v.city.phase_letters[phase.letters + k];
            const std::uint32_t lane = v.city.slot_lane[signal.first_slot + k];
            if ((l == 'G' || l == 'g') && lane != kNone)
              wanted = now - v.s.lane_seen_ms[replica * v.city.road_lanes + lane] < program.max_gap_ms;
          }
        if (!wanted) {
          st.phase = (st.phase + 1) % program.phase_count;
          st.phase_begin_ms = now;
        }
      }
    }
    const PhaseParams& phase = v.city.phase[program.first_phase + st.phase];
    for (std::uint32_t k = 0; k < signal.slot_count; ++k) {
      std::uint8_t& letter = v.s.letter[replica * v.city.slots + signal.first_slot + k];
      const std::uint8_t next = v.city.phase_letters[phase.letters + k];
      if (is_green(next) && !is_green(letter))
        v.s.green_since_ms[replica * v.city.slots + signal.first_slot + k] = now;
      letter = is_green(letter) && !is_green(next) ? static_cast<std::uint8_t>(next | kGreenEnded) : next;
      if (letter & kGreenEnded) until = now;  // for one step
    }
    v.s.signal_due[i] = static_cast<std::int32_t>(until < INT_MAX ? until : INT_MAX);
  }
};

/// 0 where no signal rules the connection.
ARTERIAL_HD std::uint8_t letter_of(const View& v, std::uint32_t replica, std::uint32_t conn) {
  const std::uint32_t slot = v.city.conn[conn].slot;
  return slot == kNone ? 0 : v.s.letter[replica * v.city.slots + slot];
}

constexpr double kLongestCycle_s = 120;

/// Seconds for which a vehicle that stood `halted` steps before `conn` has had the right to look for a gap:
/// what it stood at one red is no reason to be impatient, having stood for longer than any cycle is.
ARTERIAL_HD double waited_for_gap(const View& v, std::uint32_t replica, std::uint32_t conn,
                                  std::uint32_t halted) {
  const double stood = halted * v.p.step_s;
  const std::uint32_t slot = v.city.conn[conn].slot;
  if (slot == kNone || !is_green(v.s.letter[replica * v.city.slots + slot])) return stood;
  const double green = 0.001 * (v.p.now_ms - v.s.green_since_ms[replica * v.city.slots + slot]);
  const double long_since = stood - kLongestCycle_s;
  if (stood <= green) return stood;
  return green > long_since ? green : long_since;
}

}  // namespace arterial
