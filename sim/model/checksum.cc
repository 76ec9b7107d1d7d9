#include "sim/model/checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace arterial {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read as they lie in memory");

constexpr std::uint64_t kP1 = 0x9E3779B185EBCA87u, kP2 = 0xC2B2AE3D27D4EB4Fu, kP3 = 0x165667B19E3779F9u,
                        kP4 = 0x85EBCA77C2B2AE63u, kP5 = 0x27D4EB2F165667C5u;

template <class Word>
std::uint64_t load(const unsigned char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

std::uint64_t round_of(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kP2, 31) * kP1;
}

}  // namespace

Xxh64::Xxh64(std::uint64_t seed) : lane_{seed + kP1 + kP2, seed + kP2, seed, seed - kP1}, seed_(seed) {}

void Xxh64::add(const void* data, std::size_t size) {
  const auto* p = static_cast<const unsigned char*>(data);
  const auto* const end = p + size;
  std::uint64_t lane[4] = {lane_[0], lane_[1], lane_[2], lane_[3]};
  const auto stripe = [&](const unsigned char* at) {
    for (int i = 0; i < 4; ++i) lane[i] = round_of(lane[i], load<std::uint64_t>(at + 8 * i));
  };
  const std::size_t waiting = size_ % sizeof rest_;
  size_ += size;
  if (waiting > 0) {
    const std::size_t more = std::min(sizeof rest_ - waiting, size);
    std::memcpy(rest_ + waiting, p, more);
    p += more;
    if (waiting + more < sizeof rest_) return;
    stripe(rest_);
  }
  for (; end - p >= 32; p += 32) stripe(p);
  if (p < end) std::memcpy(rest_, p, static_cast<std::size_t>(end - p));
  std::memcpy(lane_, lane, sizeof lane);
}

std::uint64_t Xxh64::value() const {
  std::uint64_t hash = seed_ + kP5;
  if (size_ >= sizeof rest_) {
    hash =
        std::rotl(lane_[0], 1) + std::rotl(lane_[1], 7) + std::rotl(lane_[2], 12) + std::rotl(lane_[3], 18);
    for (const std::uint64_t l : lane_) hash = (hash ^ round_of(0, l)) * kP1 + kP4;
  }
  hash += size_;
  const unsigned char* p = rest_;
  const unsigned char* const end = rest_ + size_ % sizeof rest_;
  for (; end - p >= 8; p += 8) hash = std::rotl(hash ^ round_of(0, load<std::uint64_t>(p)), 27) * kP1 + kP4;
  for (; end - p >= 4; p += 4) hash = std::rotl(hash ^ load<std::uint32_t>(p) * kP1, 23) * kP2 + kP3;
  for (; p < end; ++p) hash = std::rotl(hash ^ *p * kP5, 11) * kP1;
  hash = (hash ^ hash >> 33) * kP2;
  hash = (hash ^ hash >> 29) * kP3;
  return hash ^ hash >> 32;
}

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed) {
  Xxh64 hash(seed);
  hash.add(data, size);
  return hash.value();
}

}  // namespace arterial
