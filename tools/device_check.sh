#!/bin/bash
# Host against device, on a machine with a GPU and nothing else: CMake, nvcc, g++. One call, under 10 minutes.
#   tools/device_check.sh            exit code 0: every hash of the device equals the host's. Without a device it
#                                    builds, compares the host with itself, and says that the device part is skipped.
# OUT (where the results go) is $OUT, else build/gpu/device_check.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export PATH=$PATH:/usr/local/cuda/bin
out=${OUT:-build/gpu/device_check}
mkdir -p "$out"

for program in cmake nvcc g++ make; do
  command -v "$program" >/dev/null || { echo "device_check: $program is missing" >&2; exit 2; }
done
if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L >"$out/device.txt" 2>&1; then
  echo "device_check: no device (nvidia-smi -L finds none); the build and the host are checked" >&2
  device=no
else
  device=yes
  cat "$out/device.txt"
fi

began=$SECONDS
cmake --preset gpu >"$out/configure.log" 2>&1 || { tail -n 30 "$out/configure.log" >&2; exit 1; }
grep -q '^-- CUDA [0-9].*nvcc' "$out/configure.log" ||
  { echo "device_check: CMake did not take nvcc; see $out/configure.log" >&2; exit 1; }
if ! cmake --build build/gpu -j "$(nproc)" >"$out/build.log" 2>&1; then
  grep -nE 'error|Error' "$out/build.log" | head -n 30 >&2
  exit 1
fi
echo "built in $((SECONDS - began)) s"

# Where there is no device, this compares the host with itself and says what it skipped.
began=$SECONDS
status=0
timeout 300 build/gpu/bin/arterial-bench device-check 2>&1 | tee "$out/device_check.txt" || status=$?
echo "device-check: exit code $status after $((SECONDS - began)) s"
[ "$device" = yes ] || { echo "device_check: the device part was SKIPPED"; exit "$status"; }

began=$SECONDS
speed=0
for size in 1400 10000; do
  timeout 90 build/gpu/bin/arterial-bench speed --size "$size" 2>&1 | tee -a "$out/speed.txt" || speed=$?
done
echo "speed: exit code $speed after $((SECONDS - began)) s"

# Where the time goes: a city of many replicas that fills the device, a small one alone, and 64 of it in one launch.
began=$SECONDS
for case in "--size 10000 --replicas 16" "--vehicles 10000" "--vehicles 10000 --replicas 64"; do
  # shellcheck disable=SC2086 # words, not one name
  timeout 60 build/gpu/bin/arterial-bench stages $case --machines cuda 2>&1 | tee -a "$out/stages.txt" || speed=$?
done
echo "stages: after $((SECONDS - began)) s"
[ "$status" = 0 ] || exit "$status"
exit "$speed"
