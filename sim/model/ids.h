#pragma once
// Typed indexes into the arrays of a Network or a Demand. Swapping two does not compile.
#include <cstdint>
#include <functional>

namespace arterial {

template <class Tag>
struct Id {
  static constexpr std::uint32_t kNone = 0xffffffffu;
  std::uint32_t value = kNone;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t v) : value(v) {}
  constexpr bool valid() const { return value != kNone; }
  friend constexpr bool operator==(Id, Id) = default;
  friend constexpr auto operator<=>(Id, Id) = default;
};

using LinkId = Id<struct LinkTag>;
using LaneId = Id<struct LaneTag>;  // road lanes first, then the lanes inside junctions
using ConnectionId = Id<struct ConnectionTag>;
using JunctionId = Id<struct JunctionTag>;
using SignalId = Id<struct SignalTag>;
using StopId = Id<struct StopTag>;
using ZoneId = Id<struct ZoneTag>;
using TypeId = Id<struct TypeTag>;
using RouteId = Id<struct RouteTag>;
using TripId = Id<struct TripTag>;

}  // namespace arterial

template <class Tag>
struct std::hash<arterial::Id<Tag>> {
  std::size_t operator()(arterial::Id<Tag> id) const noexcept { return id.value; }
};
